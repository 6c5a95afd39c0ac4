"""Where nodes are told."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from provkg.export.nesting import DEEPEST, Nodes, Value, find_places, key_of
from provkg.graph.terms import PREFIXES

EX = "http://example.org/"


def nodes(turtle: str) -> Nodes:
    header = "".join(f"prefix {name}: <{iri}>\n" for name, iri in PREFIXES.items()) + f"prefix : <{EX}>\n"
    found: dict[str, dict[str, list[Value]]] = {}
    for quad in parse(f"{header}{turtle} .", RdfFormat.TURTLE):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, Value)
        found.setdefault(key_of(quad.subject), {}).setdefault(quad.predicate.value, []).append(quad.object)
    return found


def places(turtle: str, top: str | None = None) -> dict[str, str]:
    """Node → the one it is told inside, without their namespace."""
    found = find_places(nodes(turtle), top)
    return {node.removeprefix(EX): place.parent.removeprefix(EX) for node, place in found.items()}


def test_a_cell_is_told_in_its_version_and_that_in_its_document() -> None:
    turtle = ":c p-plan:isStepOfPlan :v . :v prov:specializationOf :nb . :nb :p 1"
    assert places(turtle) == {"c": "v", "v": "nb"}


def test_a_call_is_told_in_the_block_it_stands_in_and_not_in_the_cell() -> None:
    turtle = ":call provkg:inCell :c ; schema:isPartOf :loop . :loop provkg:inCell :c . :c :p 1"
    assert places(turtle) == {"call": "loop", "loop": "c"}


def test_a_definition_is_told_where_it_is_made_and_not_where_it_is_read() -> None:
    turtle = ":a p-plan:hasInputVar :x . :b p-plan:hasOutputVar :x . :x :p 1"
    assert places(turtle) == {"x": "b"}


def test_a_node_that_one_other_speaks_of_is_told_there() -> None:
    assert places(":a :p :b . :b :q 1") == {"b": "a"}
    assert places(":a :p :b . :c :p :b . :b :q 1") == {}


@pytest.mark.parametrize(
    "flow", ["prov:wasDerivedFrom", "prov:used", "p-plan:isPrecededBy", "provkg:dependsOn"]
)
def test_what_flows_from_one_thing_to_another_nests_neither(flow: str) -> None:
    assert places(f":a {flow} :b . :b :q 1") == {}


def test_what_is_not_described_has_no_place() -> None:
    assert places(":a :p :elsewhere ; p-plan:isStepOfPlan :unknown") == {}


def test_the_top_stands_on_its_own() -> None:
    assert places(":a :p :g . :g :q 1", top=EX + "g") == {}


@pytest.mark.parametrize(
    "turtle", [":a :p :a", ":a :p :b . :b :p :a", ":a schema:isPartOf :b . :b schema:isPartOf :a"]
)
def test_nothing_is_told_inside_itself(turtle: str) -> None:
    found = places(turtle)
    assert len(found) == len(nodes(turtle)) - 1


@pytest.mark.parametrize("step", [1, -1])
def test_a_very_long_chain_is_cut(step: int) -> None:
    chain = [f":n{index:04}" for index in range(300)][::step]
    found = places(
        " . ".join(f"{one} :p {next_}" for one, next_ in zip(chain, [*chain[1:], '"end"'], strict=True))
    )
    assert max(depth(node, found) for node in found) <= DEEPEST
    assert len(found) > 250


def depth(node: str, found: dict[str, str]) -> int:
    return 0 if node not in found else 1 + depth(found[node], found)
