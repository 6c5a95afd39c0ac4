"""From what a person gives to a question to the text that is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from pyoxigraph import Literal

from provkg.errors import QueryError
from provkg.query.bank import Parameter, Question
from provkg.query.binding import Term, bind, declare_prefixes, variables_of
from provkg.query.naming import find_named, find_nodes, read_iri
from provkg.store.base import Store

ANYTHING = "anything"
"""The type of a variable that nothing is said of: the word itself, and what is called so."""

Given = Iterable[tuple[str, str]]
"""Names of parameters, each with a word; a parameter that is given twice may be either."""


def prepare(store: Store, question: Question, given: Given) -> str:
    """The SPARQL of a question about what is given, whose names are looked up in the store.

    Raises:
        QueryError: a parameter is missing or unknown, or nothing is called so.
    """
    words: dict[str, list[str]] = {}
    for name, word in given:
        words.setdefault(name, []).append(word)
    parameters = {each.name: each for each in question.parameters} or _guess_parameters(question, words)
    _check(question, parameters, words)
    values = {
        parameters[name].variable: find_values(store, parameters[name], said) for name, said in words.items()
    }
    return bind(declare_prefixes(question.sparql), values)


def _check(
    question: Question, parameters: Mapping[str, Parameter], words: Mapping[str, Sequence[str]]
) -> None:
    """Refuse parameters that the question does not take, and miss those that it needs."""
    for name in words:
        if name not in parameters:
            near = get_close_matches(name, parameters, n=1, cutoff=0.5)
            takes = f"it takes: {', '.join(parameters)}" if parameters else "it takes none"
            hint = f"did you mean {near[0]}?" if near else takes
            raise QueryError(f"{question.id} takes no parameter called {name!r}", hint=hint)
    missing = [each for each in parameters.values() if each.is_required and each.name not in words]
    if missing:
        said = " ".join(f"-p {each.name} {each.example or each.name.upper()}" for each in missing)
        names = ", ".join(f"{each.name} ({each.doc})" for each in missing)
        raise QueryError(f"{question.id} has to know: {names}", hint=f"add: {said}")


# --- parameters of questions without a header ---------------------------------------------------------


def _guess_parameters(question: Question, words: Mapping[str, Sequence[str]]) -> dict[str, Parameter]:
    """The variables of the query that are named so: as they stand, or as grlc names parameters."""
    variables = variables_of(question.sparql)
    forms = ("{0}", "_{0}_iri", "__{0}_iri", "_{0}", "__{0}", "_{0}_number", "__{0}_number")
    found = {}
    for name, said in words.items():
        variable = next((each for form in forms if (each := form.format(name)) in variables), None)
        if variable is None:
            raise QueryError(f"the query has no variable ?{name}", path=question.id)
        found[name] = Parameter(name, _guess_type(variable, said[0]), "", variable)
    return found


def _guess_type(variable: str, word: str) -> str:
    if variable.endswith("_iri"):
        return "entity"
    if variable.endswith("_number"):
        return "number"
    return ANYTHING if read_iri(word) is None else "iri"


# --- words ----------------------------------------------------------------------------------------------


def find_values(store: Store, parameter: Parameter, words: Iterable[str]) -> list[Term]:
    """The terms that words stand for, each once.

    Raises:
        QueryError: a word is not of the parameter's type, or nothing in the store is called so.
    """
    return list(dict.fromkeys(term for word in words for term in _find_value(store, parameter, word)))


def _find_value(store: Store, parameter: Parameter, word: str) -> Sequence[Term]:
    if parameter.type == "string":
        return [Literal(word)]
    if parameter.type == "number":
        return [read_number(word)]
    iri = read_iri(word)
    if iri is not None:
        return [iri]
    if parameter.type == "iri":
        raise QueryError(f"{parameter.name} has to be an IRI, and {word!r} is none")
    if parameter.type == ANYTHING:
        return [Literal(word), *find_named(store, "entity", word)]
    return find_nodes(store, parameter.type, word)


def read_number(word: str) -> Literal:
    """An integer or decimal number.

    Raises:
        QueryError: the word is none.
    """
    if re.fullmatch(r"[+-]?[0-9]+", word):
        return Literal(int(word))
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", word):
        return Literal(float(word))
    raise QueryError(f"this has to be a number: {word!r}")
