"""Asks a store in SPARQL and gives rows of plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, QuerySolutions

from provkg.graph.terms import PREFIXES
from provkg.store.base import Store

Row = dict[str, Any]
"""Variable → its value; what is not bound is left out."""

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def ask(store: Store, where: str, variables: str, order: str = "") -> Iterator[Row]:
    """The rows of a SELECT as Python values, in order."""
    query = f"{PROLOGUE}SELECT DISTINCT {variables} WHERE {{ {where} }} ORDER BY {order or variables}"
    answer = store.query(query)
    assert isinstance(answer, QuerySolutions)  # noqa: S101 - a SELECT gives solutions
    return rows_of(answer)


def rows_of(answer: QuerySolutions) -> Iterator[Row]:
    """The solutions as Python values."""
    names = [variable.value for variable in answer.variables]
    for solution in answer:
        yield {name: python_value(solution[name]) for name in names if solution[name] is not None}


def python_value(term: Any) -> Any:
    """A term as Python says it: an IRI as text, a number as a number."""
    if not isinstance(term, Literal):
        return term.value if isinstance(term, NamedNode) else str(term)
    kind = term.datatype.value.rpartition("#")[2]
    if kind == "integer":
        return int(term.value)
    if kind in ("double", "decimal", "float"):
        return float(term.value)
    return term.value == "true" if kind == "boolean" else term.value


def one_of(variable: str, terms: Iterable[str | NamedNode | Literal]) -> str:
    """The clause that binds a variable to one of these terms (a text is an IRI), written by the library."""
    nodes = (NamedNode(term) if isinstance(term, str) else term for term in terms)
    return f"VALUES ?{variable} {{ {' '.join(map(str, nodes))} }}"
