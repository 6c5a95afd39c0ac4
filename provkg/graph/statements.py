"""What emitters write into: statements by subject, and what they may look up about other facts of the set.

A graph is made as the text of its N-Quads: to make a `Quad` of the library takes longer (1.1 µs) than to find
out what it says and to write it. Who wants quads gets them by parsing the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import overload

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from provkg.facts.definition import Step
from provkg.facts.execution import DataFile
from provkg.facts.factset import How
from provkg.graph.iris import Nodes, Term, string, write_term
from provkg.graph.terms import PPLAN, PROV, RDF, RDFS, Vocabulary

Property = tuple[NamedNode, Term | None] | str | list[str]
"""A predicate and its object, None where there is nothing to say; or the text of both, ready to be stated.

A list has several such texts: a model may have thousands of links, which nobody needs to look at one by one.
"""

Types = tuple[str, ...]
"""What is said of a node's classes: predicate and object as N-Quads writes them."""

_PREDICATES = {term: f"{term} " for vocabulary in Vocabulary.ALL for term in vocabulary.terms()}
_TYPE = _PREDICATES[RDF.type]
LABEL = _PREDICATES[RDFS.label]
_MANY = 8
"""From so many links on it pays to keep what says them: who points at as many often points at the same."""


def predicate(term: NamedNode) -> str:
    """A predicate as N-Quads writes it, ready to have the text of an object put behind it."""
    return _PREDICATES[term]


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
    contents: dict[str, DataFile]
    """Id of a data file → the file, where its bytes were read."""
    carried: frozenset[tuple[str, str]] = frozenset()
    """Binding ids, and ids of those further down that give them values in an earlier round of a loop."""


class Statements:
    """Statements by subject, in the order the subjects came up; types and label first, none twice."""

    def __init__(self, base: str, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.node: Callable[[str], Term] = Nodes(base).__getitem__
        """The node of the thing with this id."""
        self._about: dict[Term, list[str]] = {}
        self._links: dict[NamedNode, Links] = {}
        self._mixed: set[Term] = set()
        self._mentioned: set[tuple[Term, Types]] = set()
        self._described: set[tuple[str, ...]] = set()
        self.variables: dict[tuple[str, str, str], Term] = {}
        """(version of a document, scope, name) → the node of a variable that is described."""

    def describe(self, node: Term, classes: Types, label: str | None, *properties: Property) -> None:
        """State the classes, the label and the properties of `node`; no property twice in one call."""
        stated = [*classes] if label is None else [*classes, LABEL + string(label)]
        stated += _write_properties(properties)
        self.state(node, stated)

    def mention(self, node: Term, classes: Types) -> None:
        """State the classes alone of a node that another fact describes.

        The `prov` library drops what is not typed, so a graph says so of everything it hangs statements on.
        """
        key = node, classes
        if key not in self._mentioned:
            self._mentioned.add(key)
            self.state(node, [*classes])

    def add(self, node: Term, *properties: Property) -> None:
        """State properties of `node`."""
        self.state(node, _write_properties(properties))

    def state(self, node: Term, statements: list[str]) -> None:
        """State what `predicate` and the text of an object say; the list is no longer the caller's.

        What is mentioned before or after it is described needs no sorting: one list begins with the other.
        """
        stated = self._about.get(node)
        if stated is None or statements[: len(stated)] == stated:
            self._about[node] = statements
        elif stated[: len(statements)] != statements:
            stated += statements
            self._mixed.add(node)

    def is_new(self, *names: str) -> bool:
        """Is it the first time that something with these names, of which many facts speak, is described?"""
        if names in self._described:
            return False
        self._described.add(names)
        return True

    def link(self, term: NamedNode, identifiers: Sequence[str]) -> list[str]:
        """What says that each of the things with these ids is an object of the predicate, each once."""
        if not identifiers:
            return []
        if len(identifiers) < _MANY:
            lead = _PREDICATES[term]
            return [lead + node for node in dict.fromkeys(map(self.node, identifiers))]
        links = self._links.get(term)
        if links is None:
            links = self._links[term] = Links(_PREDICATES[term], self.node)
        return [*dict.fromkeys(map(links.__getitem__, identifiers))]

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
        # A buffer, because to join all text first and to encode it then needs twice the memory.
        stream, size, end = BytesIO(), 0, f" {name} .\n"
        for node, stated in self._about.items():
            if node in self._mixed:
                stated = [*_group(stated)]
            if stated:
                size += len(stated)
                # One subject at a time: joining is what Python does fastest.
                stream.write(f"{node} {f'{end}{node} '.join(stated)}{end}".encode())
        return Graph(stream.getvalue(), size)


class Links(dict[str, str]):
    """Id → the text that links to it by one predicate; each is made when it is first asked for."""

    def __init__(self, lead: str, node: Callable[[str], Term]) -> None:
        super().__init__()
        self._lead = lead
        self._node = node

    def __missing__(self, identifier: str) -> str:
        statement = self[identifier] = self._lead + self._node(identifier)
        return statement


def _write_properties(properties: Iterable[Property]) -> list[str]:
    """What says the properties, in their order."""
    written: list[str] = []
    for each in properties:
        if isinstance(each, tuple):
            if each[1] is not None:
                written.append(_PREDICATES[each[0]] + each[1])
        elif isinstance(each, list):
            written += each
        else:
            written.append(each)
    return written


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
