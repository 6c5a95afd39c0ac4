"""What emitters write into: statements by subject, and what they may look up about other facts of the set.

A graph is made as the text of its N-Quads: to make a `Quad` of the library takes longer (1.1 µs) than to find
out what it says and to write it. Who wants quads gets them by parsing the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import overload

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from provkg.facts.definition import Step
from provkg.facts.factset import How
from provkg.graph.iris import Nodes, Term, string, write_term
from provkg.graph.terms import PPLAN, PROV, RDF, RDFS, Vocabulary

Property = tuple[NamedNode, Term | None]
"""A predicate and its object; None where there is nothing to say."""

Types = tuple[str, ...]
"""What is said of a node's classes: predicate and object as N-Quads writes them."""

_PREDICATES = {term: f"{term} " for vocabulary in Vocabulary.ALL for term in vocabulary.terms()}
_TYPE, _LABEL = _PREDICATES[RDF.type], _PREDICATES[RDFS.label]


def types(*classes: NamedNode) -> Types:
    """The classes of a node, ready to be stated."""
    return tuple(_TYPE + write_term(each) for each in classes)


STEP = types(PPLAN.Step, PROV.Entity)
PLAN = types(PPLAN.Plan, PROV.Plan, PROV.Entity)


@dataclass(frozen=True, slots=True)
class Graph(Sequence[Quad]):
    """The statements of one named graph as N-Quads; they are parsed when somebody looks at them."""

    nquads: bytes
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Quad]:
        # Everything in the text was written by us: to check each IRI again takes twice the time.
        return parse(self.nquads, format=RdfFormat.N_QUADS, lenient=True)

    @overload
    def __getitem__(self, index: int) -> Quad: ...
    @overload
    def __getitem__(self, index: slice) -> list[Quad]: ...
    def __getitem__(self, index: int | slice) -> Quad | list[Quad]:
        return list(self)[index]


EMPTY = Graph(b"", 0)


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
    files: dict[str, str]
    """Access id → id of the data file."""


class Statements:
    """Statements by subject, in the order the subjects came up; types and label first, none twice."""

    def __init__(self, base: str, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.node: Callable[[str], Term] = Nodes(base).__getitem__
        """The node of the thing with this id."""
        self._about: dict[Term, list[str]] = {}
        self._mixed: set[Term] = set()
        self._mentioned: set[tuple[Term, Types]] = set()
        self._described: set[tuple[str, ...]] = set()

    def describe(self, node: Term, classes: Types, label: str | None, *properties: Property) -> None:
        """State the classes, the label and the properties of `node`; no property twice in one call."""
        stated = [*classes] if label is None else [*classes, _LABEL + string(label)]
        stated += [_PREDICATES[predicate] + value for predicate, value in properties if value is not None]
        self._state(node, stated)

    def mention(self, node: Term, classes: Types) -> None:
        """State the classes alone of a node that another fact describes.

        The `prov` library drops what is not typed, so a graph says so of everything it hangs statements on.
        """
        key = node, classes
        if key not in self._mentioned:
            self._mentioned.add(key)
            self._state(node, [*classes])

    def add(self, node: Term, *properties: Property) -> None:
        """State properties of `node`."""
        self._state(
            node, [_PREDICATES[predicate] + value for predicate, value in properties if value is not None]
        )

    def is_new(self, *names: str) -> bool:
        """Is it the first time that something with these names, of which many facts speak, is described?"""
        if names in self._described:
            return False
        self._described.add(names)
        return True

    def link(self, predicate: NamedNode, identifiers: Sequence[str]) -> list[Property]:
        """One property for each of the things with these ids."""
        if len(identifiers) < 2:
            return [(predicate, self.node(identifier)) for identifier in identifiers]
        return [(predicate, node) for node in dict.fromkeys(map(self.node, identifiers))]

    def optional(self, predicate: NamedNode, identifier: str | None) -> Property:
        """The property that points at the thing with this id, if there is one."""
        return predicate, None if identifier is None else self.node(identifier)

    def place(self, step: str, line: int | None = None) -> str:
        """Where something stands, for people: "cell 7, line 3"; the cell only where its step is known."""
        known = self.surroundings.steps.get(step)
        if known is None:
            return "" if line is None else f"line {line}"
        return f"cell {known.index + 1}" if line is None else f"cell {known.index + 1}, line {line}"

    def write(self, name: Term) -> Graph:
        """All statements, as the named graph of that name."""
        chunks: list[str] = []
        end, size = f" {name} .\n", 0
        for node, stated in self._about.items():
            if node in self._mixed:
                stated = [*_group(stated)]
            if stated:
                size += len(stated)
                # One subject at a time: joining is what Python does fastest.
                chunks += node, " ", f"{end}{node} ".join(stated), end
        return Graph("".join(chunks).encode(), size)

    def _state(self, node: Term, statements: list[str]) -> None:
        stated = self._about.get(node)
        if stated is None:
            self._about[node] = statements
        else:
            stated += statements
            self._mixed.add(node)


def _group(statements: Iterable[str]) -> Iterator[str]:
    """All about one predicate together, types first, then labels; nothing twice."""
    groups: dict[str, list[str]] = {str(RDF.type): [], str(RDFS.label): []}
    for statement in dict.fromkeys(statements):
        groups.setdefault(statement.partition(" ")[0], []).append(statement)
    return chain.from_iterable(groups.values())


def shorten(words: str, length: int = 60) -> str:
    """`words` on one line and not longer than a label should be."""
    line = " ".join(words[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"
