"""Names that a program uses and defines nowhere."""

from __future__ import annotations

import pytest

from provkg.extract.run import extract_facts
from provkg.facts.definition import UnresolvedName
from provkg.sources.document import Cell, Document


def unresolved(*cells: str, version: str | None = "3.11.7") -> list[tuple[int, str, int]]:
    """(cell from 0, name, line) of each unresolved name."""
    metadata = {"language_info": {"version": version}} if version else {}
    document = Document(
        path="a.ipynb",
        kind="notebook",
        format="nbformat 4.5",
        language="python",
        digest="sha256:0",
        size_bytes=1,
        cells=tuple(Cell(index, "code", text, id=f"c{index}") for index, text in enumerate(cells)),
        metadata=metadata,
    )
    found = [fact for fact in extract_facts(document)[0].facts if isinstance(fact, UnresolvedName)]
    return [(int(fact.step.rpartition("cell-c")[2]), fact.name, fact.line) for fact in found]


def test_a_name_that_nothing_defines_is_found_where_it_is_first_used() -> None:
    cells = "threshold = 0.5", "x = 1\nprint(treshold)\nprint(treshold)", "treshold"
    assert unresolved(*cells) == [(1, "treshold", 2), (2, "treshold", 1)]


def test_an_alias_by_convention_is_no_definition() -> None:
    assert unresolved("pd.read_csv('a.csv')") == [(0, "pd", 1)]


def test_a_name_in_a_function_that_nothing_calls_counts() -> None:
    assert unresolved("def f():\n    return missing") == [(0, "missing", 2)]


@pytest.mark.parametrize(
    "cells",
    [
        ("print(x)", "x = 1"),
        ("def f(x): pass", "x"),
        ("import a.b", "a"),
        ("from a import b as c", "c"),
        ("[x for x in range(3)]", "x"),
        ("try:\n    pass\nexcept OSError as x:\n    pass", "x"),
        ("match 1:\n    case {'a': y, **x}: pass", "x"),
        ("def f():\n    global x", "x"),
        ("files = !ls", "files"),
        ("%%capture out\nprint(1)", "out"),
        ("display(In, Out, _, __, _3, _i3, get_ipython())",),
        ("spark.range(3)",),
        ("print(__name__, __file__)",),
        ("try:\n    unicode\nexcept NameError:\n    pass",),
        ("%time x = 3", "x"),
    ],
)
def test_whatever_gives_a_name_a_value_defines_it(cells: tuple[str, ...]) -> None:
    assert unresolved(*cells) == []


@pytest.mark.parametrize(
    "hiding",
    [
        "from numpy import *",
        "exec('x = 1')",
        "globals()['x'] = 1",
        "%run other.ipynb",
        "%pylab inline",
        "%store -r",
        "%%cython\ndef x(): pass",
        "this is no python",
    ],
)
def test_nothing_is_said_where_names_may_be_hidden(hiding: str) -> None:
    assert unresolved("missing", "1") == [(0, "missing", 1)]
    assert unresolved("missing", hiding) == []


def test_names_of_python_2_are_missing_in_python_3_only() -> None:
    assert unresolved("xrange(3)") == [(0, "xrange", 1)]
    assert unresolved("xrange(3)", version="2.7.18") == []
    assert unresolved("xrange(3)", version=None) == []
