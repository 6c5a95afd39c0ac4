"""Canonical forms: the W3C's test suite, and graphs that only look different."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from provkg.errors import GraphError
from provkg.export.canonical import digest_quads, name_blank_nodes, write_canonical

CASES = json.loads((Path(__file__).parent / "rdf-canon" / "cases.json").read_text(encoding="utf-8"))

SAYS = NamedNode("https://example.org/says")


@pytest.mark.parametrize("case", CASES)
def test_the_suite_of_the_specification_is_passed(case: str) -> None:
    given_quads, expected = CASES[case]
    assert name_blank_nodes(given_quads.encode()).decode() == expected


def test_the_suite_is_whole() -> None:
    assert len(CASES) == 63


def test_names_of_blank_nodes_order_and_format_do_not_count() -> None:
    one = parse(
        b'_:a <https://example.org/says> _:b . _:b <https://example.org/says> "x" .', format=RdfFormat.TURTLE
    )
    other = parse(
        b'[] <https://example.org/says> [ <https://example.org/says> "x" ] .', format=RdfFormat.TURTLE
    )
    assert digest_quads(one) == digest_quads(other)


def test_what_is_said_counts() -> None:
    assert digest_quads([Quad(SAYS, SAYS, Literal("x"))]) != digest_quads([Quad(SAYS, SAYS, Literal("y"))])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8), st.randoms())
def test_the_order_of_quads_does_not_count(texts: list[str], random: object) -> None:
    quads = [Quad(SAYS, SAYS, Literal(text)) for text in texts]
    shuffled = list(quads)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert write_canonical(quads) == write_canonical(shuffled)


def test_a_graph_made_to_take_for_ever_is_given_up() -> None:
    nodes = [BlankNode() for _ in range(12)]
    clique = [Quad(one, SAYS, other) for one in nodes for other in nodes if one != other]
    with pytest.raises(GraphError, match="cannot be told apart"):
        write_canonical(clique, timeout_seconds=0.01)
