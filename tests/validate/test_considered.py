from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from provkg.validate.considered import count_considered
from provkg.validate.profiles import load_rules
from provkg.validate.shacl import check_graph

GRAPHS = Path(__file__).parents[1] / "shapes"
RULES = load_rules()


def read_graph(code: str, name: str) -> ox.Store:
    graph = ox.Store()
    graph.load(path=str(GRAPHS / code / name), format=ox.RdfFormat.TURTLE, base_iri="http://example.org/")
    return graph


def count(graph: ox.Store, code: str) -> int:
    return count_considered(graph, [RULES[code]])[code]


@pytest.mark.parametrize("code", [code for code in RULES if RULES[code].profile in ("ml", "fair")])
def test_a_rule_considers_at_least_what_it_finds(code: str) -> None:
    graph = read_graph(code, "fail.ttl")
    failing = {each.focus for each in check_graph(graph, [RULES[code].profile]) if each.code == code}
    assert count(graph, code) >= len(failing) > 0


def test_targets_are_counted_once_however_they_are_reached() -> None:
    assert count(read_graph("ML304", "pass.ttl"), "ML311") == 2


def test_a_rule_that_says_what_it_considers_is_counted_by_that() -> None:
    """Of the two splits only train_test_split draws at random."""
    assert count(read_graph("ML304", "pass.ttl"), "ML304") == 1


def test_nothing_is_considered_in_an_empty_graph() -> None:
    assert set(count_considered(ox.Store(), RULES.values()).values()) == {0}


def test_a_rule_without_targets_looks_at_the_graph_as_a_whole() -> None:
    graph = read_graph("ML304", "pass.ttl")
    assert {count(graph, code) for code in RULES if RULES[code].profile == "prov"} == {1}


def test_a_model_stands_where_it_is_trained() -> None:
    (finding,) = check_graph(read_graph("ML308", "fail.ttl"), ["ml"])
    assert str(finding.place) == "birds.ipynb:cell 2:line 3"
