"""Answers in the formats of the standards: SPARQL 1.1 Query Results JSON, CSV, TSV, RDF; and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    Variable,
    serialize,
)

from provkg.errors import QueryError
from provkg.graph.terms import PREFIXES
from provkg.query.asking import python_value, rows_of
from provkg.store.base import Answer

Term = NamedNode | BlankNode | Literal | Triple
STANDARD = {
    "json": QueryResultsFormat.JSON,
    "tsv": QueryResultsFormat.TSV,
}


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as a person reads it: names of columns, and a row of Python values for each solution."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    """What is not bound is None."""


def is_graph(answer: Answer) -> bool:
    """Whether it is the answer to a CONSTRUCT or DESCRIBE."""
    return isinstance(answer, QueryTriples)


def is_no(answer: Answer) -> bool:
    """Whether it is the answer to an ASK, and no."""
    return isinstance(answer, QueryBoolean) and not answer


def write_results(answer: Answer, format: str, stream: BinaryIO) -> None:
    """An answer in one of the formats that programs read, as it comes.

    Raises:
        QueryError: this kind of answer cannot be told in this format.
    """
    if isinstance(answer, QueryTriples):
        _write_triples(answer, format, stream)
    elif format == "csv" and isinstance(answer, QuerySolutions):
        _write_csv(answer, stream)
    elif format == "jsonl" and isinstance(answer, QuerySolutions):
        stream.writelines(_json_lines(answer))
    elif isinstance(answer, QueryBoolean) and format in ("csv", "tsv"):
        stream.write(b"true\n" if answer else b"false\n")
    elif format in STANDARD:
        answer.serialize(stream, format=STANDARD[format])
    else:
        raise QueryError(
            f"rows cannot be written as {format}", hint="ask with CONSTRUCT, or take json, csv or tsv"
        )


def _write_triples(answer: QueryTriples, format: str, stream: BinaryIO) -> None:
    if format != "ttl":
        raise QueryError(f"a graph cannot be written as {format}", hint="take -f ttl")
    serialize(answer, stream, format=RdfFormat.TURTLE, prefixes=PREFIXES)


def _write_csv(answer: QuerySolutions, stream: BinaryIO) -> None:
    stream.write(write_csv(answer.variables, []).encode())
    stream.writelines(write_csv(None, [tuple(solution)]).encode() for solution in answer)


def write_csv(variables: Sequence[Variable] | None, rows: Iterable[Sequence[Term | None]]) -> str:
    """SPARQL 1.1 Query Results CSV: values without their types; no first line without variables.

    pyoxigraph 0.5 leaves IRIs with commas without quotes.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if variables is not None:
        writer.writerow([variable.value for variable in variables])
    writer.writerows([_to_csv(term) for term in row] for row in rows)
    return text.getvalue()


def _to_csv(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _json_lines(answer: QuerySolutions) -> Iterator[bytes]:
    names = [variable.value for variable in answer.variables]
    for row in rows_of(answer):
        yield (json.dumps({name: row.get(name) for name in names}, ensure_ascii=False) + "\n").encode()


def read_table(answer: Answer) -> Table:
    """An answer as a table: the rows of a SELECT, the yes or no of an ASK, the triples of a graph."""
    if isinstance(answer, QueryBoolean):
        return Table(("answer",), [("yes" if answer else "no",)])
    if isinstance(answer, QueryTriples):
        triples = sorted(answer, key=str)
        rows = [(triple.subject, triple.predicate, triple.object) for triple in triples]
        return Table(("subject", "predicate", "object"), [tuple(map(python_value, row)) for row in rows])
    names = tuple(variable.value for variable in answer.variables)
    return Table(names, [tuple(row.get(name) for name in names) for row in rows_of(answer)])
