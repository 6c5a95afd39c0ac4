"""Fact sets survive JSON Lines, and what is not a facts file is refused with its line."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provkg.errors import FactsError
from provkg.facts.codec import FACT_TYPES, SCHEMA_VERSION, decode_fact_sets, encode_fact_sets
from provkg.facts.definition import Argument, Binding, Call, Use
from provkg.facts.execution import CallRun, Run, StepRun, VariableState
from provkg.facts.factset import FactSet, Origin, Problem, Span
from provkg.facts.learning import DataState, Metric, Parameter, Seed, TrainingRun

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
constants = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def every_field(kind: type, **special: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass with every field drawn; `builds` alone leaves those that have defaults."""
    return st.builds(kind, **{field.name: special.get(field.name, ...) for field in fields(kind)})


def tuples_of(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=3).map(tuple)


MEASURED = st.none() | st.floats(allow_nan=False)
"""NaN survives, but does not equal itself."""

SPECIAL = {
    StepRun: every_field(StepRun, elapsed_seconds=MEASURED),
    TrainingRun: every_field(TrainingRun, elapsed_seconds=st.floats(allow_nan=False)),
    Binding: every_field(Binding, value=constants),
    Call: every_field(Call, arguments=tuples_of(every_field(Argument, value=constants))),
    Metric: every_field(Metric, value=MEASURED),
    Parameter: every_field(Parameter, value=constants),
    Seed: every_field(Seed, value=constants),
    Run: every_field(Run, parameters=tuples_of(st.tuples(st.text(), constants))),
    VariableState: every_field(VariableState, value=constants),
    CallRun: every_field(CallRun, first=constants, last=constants, seconds=MEASURED),
    DataState: every_field(DataState, statistics=constants),
}
"""Fact types with fields that hold whatever JSON can say, which Hypothesis cannot derive."""

facts = st.one_of([SPECIAL.get(kind, every_field(kind)) for kind in FACT_TYPES])
fact_sets = st.builds(
    FactSet,
    id=st.text(),
    source=st.text(),
    origin=every_field(Origin),
    facts=tuples_of(facts),
    problems=tuples_of(every_field(Problem)),
)

ORIGIN = Origin("provkg.extract", "0.1.0", "inferred")
USE = Use("a#v1.cell-2", "a#v1.cell-1.df.L1", "df", 1, "document")
FIELDS = {"fact": "Use", "step": "s", "binding": "b", "name": "n", "line": 1, "order": "document"}
ONE = FactSet("a#inferred", "a", ORIGIN, (USE,), (Problem("a", "odd"),))


def decode(*lines: str) -> list[FactSet]:
    return list(decode_fact_sets(lines, path="facts.jsonl"))


def with_fact(text: str) -> list[str]:
    """The lines of `ONE` with `text` in the place of its fact."""
    header, _, problem = encode_fact_sets([ONE])
    return [header, text, problem]


@given(st.lists(fact_sets, max_size=3))
@example([FactSet("\ud800", "\x00\u2028\n", ORIGIN)])
@example([FactSet("a", "a", ORIGIN, (StepRun("r", "t", "s", None, None, elapsed_seconds=1),))])
def test_fact_sets_survive_json_lines(sets: list[FactSet]) -> None:
    lines = list(encode_fact_sets(sets))
    decoded = list(decode_fact_sets(lines))
    assert decoded == sets
    assert repr(decoded) == repr(sets), "1, 1.0 and True are equal but not the same"


@given(fact_sets)
def test_every_line_is_one_line_of_ascii_for_every_reader(fact_set: FactSet) -> None:
    for line in encode_fact_sets([fact_set]):
        assert line.isascii()
        assert line.splitlines() == [line]


def test_the_lines_read_like_the_facts() -> None:
    binding = Binding("a.df", "a", "df", "", "assignment", Span(1, 0, 1, 2), ("a.x",))
    header, line = encode_fact_sets([FactSet("a#inferred", "a", ORIGIN, (binding,))])
    assert json.loads(header) == {
        "provkg_facts": SCHEMA_VERSION,
        "id": "a#inferred",
        "source": "a",
        "origin": {"producer": "provkg.extract", "version": "0.1.0", "how": "inferred"},
        "facts": 1,
        "problems": 0,
    }
    assert json.loads(line) == {
        "fact": "Binding",
        "id": "a.df",
        "step": "a",
        "name": "df",
        "scope": "",
        "kind": "assignment",
        "span": {"start_line": 1, "start_column": 0, "end_line": 1, "end_column": 2},
        "derived_from": ["a.x"],
    }


def test_no_fact_has_a_field_that_hides_its_type() -> None:
    assert not [kind for kind in (*FACT_TYPES, Problem) if "fact" in {field.name for field in fields(kind)}]


def test_infinity_survives() -> None:
    binding = Binding("b", "s", "x", "", "assignment", Span(1, 0, 1, 2), value=float("inf"))
    fact_set = FactSet("a", "a", ORIGIN, (binding,))
    assert decode(*encode_fact_sets([fact_set])) == [fact_set]


def test_blank_lines_between_sets_are_passed_over() -> None:
    assert decode("", *encode_fact_sets([ONE]), "\n", *encode_fact_sets([ONE])) == [ONE, ONE]


def test_an_empty_file_holds_no_fact_sets() -> None:
    assert decode() == []


@pytest.mark.parametrize(
    ("lines", "line", "message"),
    [
        (["<html>"], 1, "not JSON"),
        (['{"cells": []}'], 1, "not the beginning of a fact set"),
        (["[1]"], 1, "not a JSON object"),
        (["[" * 100_000], 1, "not JSON"),
        (['{"provkg_facts": 99}'], 1, "schema version 99"),
        (['{"provkg_facts": 1, "id": "a"}'], 1, "field facts is missing"),
        ([next(encode_fact_sets([ONE])).replace('"inferred"', '"guessed"')], 1, "'guessed' is none of"),
        (list(encode_fact_sets([ONE]))[:1], 1, "ends before"),
        (list(encode_fact_sets([ONE]))[:2], 2, "ends before"),
        ([*list(encode_fact_sets([ONE]))[:1], '{"fact": "Use", "st'], 2, "cut off"),
        (with_fact('{"fact": "Spell"}'), 2, "'Spell' is not a fact"),
        (with_fact('{"fact": ["Use"]}'), 2, "is not a fact"),
        (with_fact('{"fact": "Problem", "where": "a", "message": "m"}'), 2, "'Problem' is not a fact"),
        (with_fact('{"fact": "Use", "step": "s"}'), 2, "field binding is missing"),
        (with_fact('{"fact": "Use", "colour": "red"}'), 2, "field colour is not known"),
        (with_fact('{"fact": "Use", "step": 5, "binding": "b"}'), 2, "missing"),
        (with_fact(json.dumps({**FIELDS, "step": 5})), 2, "field step: should be a text"),
        (with_fact(json.dumps({**FIELDS, "line": True})), 2, "field line: should be a whole number"),
    ],
)
def test_what_is_not_a_facts_file_is_refused_with_its_line(lines: list[str], line: int, message: str) -> None:
    with pytest.raises(FactsError, match=message) as caught:
        decode(*lines)
    assert (caught.value.path, caught.value.line) == ("facts.jsonl", line)
    assert caught.value.hint


def test_a_newer_schema_asks_for_a_newer_provkg() -> None:
    with pytest.raises(FactsError) as caught:
        decode(f'{{"provkg_facts": {SCHEMA_VERSION + 1}}}')
    assert "update provkg" in (caught.value.hint or "")
