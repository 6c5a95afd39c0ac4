"""Where each node of a graph is best told: inside another one, or on its own.

A graph has no beginning; a reader wants one. So a version is told inside its document, a cell inside its
version, a call inside the cell or loop it stands in, an output inside the cell that shows it: by the first of
the rules below that applies. What only one other node speaks of is told there too. Everything else stands on
its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

from provkg.graph.terms import PPLAN, PROV, PROVKG, PROVONE, SCHEMA

Value = NamedNode | BlankNode | Literal
Nodes = Mapping[str, Mapping[str, list[Value]]]
"""Subject → predicate → objects; subjects and predicates as texts, blank nodes with their "_:"."""

DEEPEST = 40
"""Levels of nesting; a reader is lost long before, and JSON parsers some time after."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node is told inside `parent`, where `predicate` ties the two."""

    parent: str
    predicate: str
    is_reverse: bool
    """The node says it of its parent ("is a step of"), not the parent of the node."""


@dataclass(frozen=True, slots=True)
class _Rule:
    predicate: str
    is_reverse: bool
    only_reference: bool = False
    """Applies to what nothing else speaks of."""


_RULES = (
    _Rule(PPLAN.isStepOfPlan.value, is_reverse=True),
    _Rule(SCHEMA.isPartOf.value, is_reverse=True),
    _Rule(PPLAN.hasOutputVar.value, is_reverse=False),
    _Rule(PPLAN.correspondsToStep.value, is_reverse=True),
    _Rule(PROVONE.wasPartOf.value, is_reverse=True),
    _Rule(PPLAN.hasInputVar.value, is_reverse=False, only_reference=True),
    _Rule(PROVKG.parameterOf.value, is_reverse=True),
    _Rule(PROVKG.trains.value, is_reverse=True),
    _Rule(PROVKG.givenData.value, is_reverse=False),
    _Rule(PROVKG.gives.value, is_reverse=False),
    _Rule(PROVKG.inCell.value, is_reverse=True),
    _Rule(PPLAN.isSubPlanOfPlan.value, is_reverse=True),
    _Rule(PROV.specializationOf.value, is_reverse=True),
)
REVERSE_NAMES: Mapping[str, str] = {
    PPLAN.isStepOfPlan.value: "cells",
    SCHEMA.isPartOf.value: "parts",
    PPLAN.correspondsToStep.value: "executions",
    PROVONE.wasPartOf.value: "activities",
    PROVKG.parameterOf.value: "parameters",
    PROVKG.trains.value: "trainings",
    PROVKG.inCell.value: "inThisCell",
    PPLAN.isSubPlanOfPlan.value: "subPlans",
    PROV.specializationOf.value: "versions",
}
"""What a parent calls the nodes that the rule of this predicate puts inside it."""

_FLOW = frozenset(
    term.value
    for term in (
        PROV.used,
        PROV.wasDerivedFrom,
        PROV.wasGeneratedBy,
        PROV.wasInformedBy,
        PPLAN.isPrecededBy,
        PROVKG.dependsOn,
        SCHEMA.about,
    )
)
"""Ties between things side by side: the one does not belong to the other."""


def find_places(nodes: Nodes, top: str | None = None) -> dict[str, Place]:
    """The place of every node that is told inside another; `top` is not, and none is inside itself."""
    places: dict[str, Place] = {}
    references = _references(nodes)
    for rule in _RULES:
        for node in nodes:
            if node not in places and node != top:
                _settle(node, _candidates(node, rule, nodes, references), places)
    for node in nodes:
        if node not in places and node != top:
            _settle(node, _only_reference(references.get(node, [])), places)
    _lift_the_deepest(nodes, places)
    return places


def _references(nodes: Nodes) -> dict[str, list[Place]]:
    """Node → who speaks of it, and by which predicate."""
    references: dict[str, list[Place]] = {}
    for subject, properties in nodes.items():
        for predicate, values in properties.items():
            for value in values:
                if not isinstance(value, Literal):
                    references.setdefault(key_of(value), []).append(Place(subject, predicate, False))
    return references


def _candidates(
    node: str, rule: _Rule, nodes: Nodes, references: Mapping[str, list[Place]]
) -> Iterator[Place]:
    if rule.is_reverse:
        parents = [
            key_of(value) for value in nodes[node].get(rule.predicate, ()) if not isinstance(value, Literal)
        ]
        return (Place(parent, rule.predicate, True) for parent in parents if parent in nodes)
    speakers = references.get(node, [])
    if rule.only_reference and len(speakers) != 1:
        return iter(())
    return (place for place in speakers if place.predicate == rule.predicate)


def _only_reference(speakers: list[Place]) -> Iterator[Place]:
    return iter(speakers if len(speakers) == 1 and speakers[0].predicate not in _FLOW else ())


def _settle(node: str, candidates: Iterator[Place], places: dict[str, Place]) -> None:
    for place in candidates:
        if not _is_inside(place.parent, node, places):
            places[node] = place
            return


def _is_inside(node: str, other: str, places: Mapping[str, Place]) -> bool:
    """Is `node` the `other` one, or told somewhere inside it? Very deep counts as yes."""
    for _ in range(DEEPEST):
        if node == other:
            return True
        if node not in places:
            return False
        node = places[node].parent
    return True


def _lift_the_deepest(nodes: Nodes, places: dict[str, Place]) -> None:
    """Let nodes at the greatest depth stand on their own."""
    children: dict[str, list[str]] = {}
    for node, place in places.items():
        children.setdefault(place.parent, []).append(node)
    level = [node for node in nodes if node not in places]
    depth = 0
    while level:
        level = [child for node in level for child in children.get(node, ())]
        depth += 1
        if depth % DEEPEST == 0:
            for node in level:
                del places[node]


def key_of(value: NamedNode | BlankNode) -> str:
    """The node as a text: an IRI, or "_:" and a label."""
    return value.value if isinstance(value, NamedNode) else str(value)
