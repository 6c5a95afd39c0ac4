"""What emitters write into: statements by subject, and what they may look up about other facts of the set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from provkg.facts.definition import Step
from provkg.facts.factset import How
from provkg.graph.iris import make_node, text
from provkg.graph.terms import PPLAN, PROV, RDF, RDFS

Term = NamedNode | Literal
Property = tuple[NamedNode, Term | None]
"""A predicate and its object; None where there is nothing to say."""

Types = dict[Term, None]


def types(*classes: NamedNode) -> Types:
    """The classes of a node, ready to be stated."""
    return dict.fromkeys(classes)


STEP = types(PPLAN.Step, PROV.Entity)
PLAN = types(PPLAN.Plan, PROV.Plan, PROV.Entity)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What one fact set says about the ids that its facts point at."""

    how: How
    steps: dict[str, Step]
    """Step id → step."""
    binding_steps: dict[str, str]
    """Binding id → id of the step that binds it."""
    step_runs: dict[str, list[str]]
    """Step id → ids of its executions."""


class Statements:
    """Statements by subject, in the order the subjects came up; types and label first, none twice."""

    def __init__(self, base: str, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._base = base
        self._nodes: dict[str, NamedNode] = {}
        self._about: dict[NamedNode, dict[NamedNode, dict[Term, None]]] = {}

    def node(self, identifier: str) -> NamedNode:
        """The node of the thing with this id."""
        node = self._nodes.get(identifier)
        if node is None:
            node = self._nodes[identifier] = make_node(identifier, self._base)
        return node

    def describe(self, node: NamedNode, classes: Types, label: str, *properties: Property) -> None:
        """State the classes, the label and the properties of `node`."""
        self.mention(node, classes)
        self.add(node, (RDFS.label, text(label)), *properties)

    def mention(self, node: NamedNode, classes: Types) -> None:
        """State the classes alone of a node that another fact describes.

        The `prov` library drops what is not typed, so a graph says so of everything it hangs statements on.
        """
        self._entry(node)[RDF.type].update(classes)

    def add(self, node: NamedNode, *properties: Property) -> None:
        """State properties of `node`."""
        stated = self._entry(node)
        for predicate, value in properties:
            if value is None:
                continue
            if predicate in stated:
                stated[predicate][value] = None
            else:
                stated[predicate] = {value: None}

    def link(self, predicate: NamedNode, identifiers: Iterable[str]) -> list[Property]:
        """One property for each of the things with these ids."""
        return [(predicate, self.node(identifier)) for identifier in identifiers]

    def optional(self, predicate: NamedNode, identifier: str | None) -> Property:
        """The property that points at the thing with this id, if there is one."""
        return predicate, None if identifier is None else self.node(identifier)

    def place(self, step: str, line: int | None = None) -> str:
        """Where something stands, for people: "cell 7, line 3"; the cell only where its step is known."""
        known = self.surroundings.steps.get(step)
        cell = [] if known is None else [f"cell {known.index + 1}"]
        return ", ".join(cell if line is None else [*cell, f"line {line}"])

    def quads(self, graph: NamedNode) -> list[Quad]:
        """All statements as quads of one named graph."""
        return [
            Quad(node, predicate, value, graph)
            for node, stated in self._about.items()
            for predicate, values in stated.items()
            for value in values
        ]

    def _entry(self, node: NamedNode) -> dict[NamedNode, dict[Term, None]]:
        entry = self._about.get(node)
        if entry is None:
            entry = self._about[node] = {RDF.type: {}, RDFS.label: {}}
        return entry


def shorten(words: str, length: int = 60) -> str:
    """`words` on one line and not longer than a label should be."""
    line = " ".join(words[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"
