"""Where and why a query is no SPARQL."""

from __future__ import annotations

import pytest

from provkg.errors import QuerySyntaxError
from provkg.report.text import format_error
from provkg.store.syntax import check_syntax


def told(sparql: str) -> str:
    with pytest.raises(QuerySyntaxError) as caught:
        check_syntax(sparql, {"mls": "http://www.w3.org/ns/mls#"})
    return format_error(caught.value)


def test_the_place_is_marked_below_its_line() -> None:
    assert told("SELECT ?a {\n  ?a a mls:Model .\n  FILTER(?a > ) }").splitlines() == [
        "provkg: this is no SPARQL query: it cannot be read from the mark on",
        "  line 3",
        "      FILTER(?a > ) }",
        "    " + " " * 17 + "^",
    ]


def test_a_query_that_ends_too_early_is_marked_where_it_ends() -> None:
    assert told("SELECT ?a {\n?a a mls:Model\n\n").splitlines()[1:] == [
        "  line 2",
        "    ?a a mls:Model",
        "                  ^",
    ]


def test_a_prefix_that_nobody_declared_is_named_as_the_reason() -> None:
    assert "a prefix is not declared" in told("SELECT ?a { ?a a foo:Bar }")


def test_a_variable_that_is_not_grouped_by_is_named_as_the_reason() -> None:
    assert "neither bound, grouped by nor counted" in told("SELECT (COUNT(?a) AS ?n) ?b { ?a ?p ?b }")


def test_of_a_very_long_line_the_part_around_the_place_is_shown() -> None:
    lines = told("SELECT ?a { " + "?a ?b ?c . " * 100 + "FILTER(?a > ) }").splitlines()
    assert len(lines[2]) < 250
    assert lines[3].rstrip().endswith("^")


def test_the_known_prefixes_need_no_declaration() -> None:
    check_syntax("SELECT ?a { ?a a mls:Model }", {"mls": "http://www.w3.org/ns/mls#"})
