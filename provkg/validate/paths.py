"""Property paths of SHACL (section 2.3.1): read from a shapes graph, written as SPARQL, and followed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.graph.terms import RDF, SH
from provkg.validate.results import Term

Kind = Literal["predicate", "inverse", "sequence", "alternative", "*", "+", "?"]

_OPERATORS: dict[ox.NamedNode, Kind] = {
    SH.inversePath: "inverse",
    SH.alternativePath: "alternative",
    SH.zeroOrMorePath: "*",
    SH.oneOrMorePath: "+",
    SH.zeroOrOnePath: "?",
}


@dataclass(frozen=True, slots=True)
class Path:
    """A property path."""

    kind: Kind
    parts: tuple[Path, ...] = ()
    predicate: ox.NamedNode | None = None

    def __str__(self) -> str:
        """As SPARQL writes it."""
        if self.predicate is not None:
            return str(self.predicate)
        inner = [str(part) if part.kind == "predicate" else f"({part})" for part in self.parts]
        if self.kind in ("sequence", "alternative"):
            return ("/" if self.kind == "sequence" else "|").join(inner)
        return f"^{inner[0]}" if self.kind == "inverse" else f"{inner[0]}{self.kind}"


def parse_path(shapes: ox.Store, node: Any, depth: int = 0) -> Path:
    """The path that a node of a shapes graph stands for.

    Raises:
        ValidationError: it is no path.
    """
    if isinstance(node, ox.NamedNode):
        return Path("predicate", predicate=node)
    if depth > 50 or isinstance(node, ox.Literal):
        raise ValidationError(f"this is no property path of SHACL: {node}")
    kind, members = _find_parts(shapes, node)
    if not members:
        raise ValidationError(f"this is no property path of SHACL: {node}")
    return Path(kind, tuple(parse_path(shapes, each, depth + 1) for each in members))


def _find_parts(shapes: ox.Store, node: Any) -> tuple[Kind, list[Any]]:
    """What kind of path a blank node stands for, and the nodes of its parts."""
    if members := parse_list(shapes, node):
        return "sequence", members
    for predicate, kind in _OPERATORS.items():
        for quad in shapes.quads_for_pattern(node, predicate, None):
            return kind, parse_list(shapes, quad.object) if kind == "alternative" else [quad.object]
    return "sequence", []


def parse_list(shapes: ox.Store, node: Any) -> list[Any]:
    """The members of an RDF list, in their order; of none where it is no list."""
    members: list[Any] = []
    seen = set()
    while node is not None and node not in seen:
        seen.add(node)
        members += [quad.object for quad in shapes.quads_for_pattern(node, RDF.first, None)]
        node = next((quad.object for quad in shapes.quads_for_pattern(node, RDF.rest, None)), None)
    return members


def follow(data: ox.Store, path: Path, node: Term) -> list[Term]:
    """The nodes that a path leads to from `node`, each once."""
    if path.predicate is not None and not isinstance(node, ox.Literal):
        return [quad.object for quad in data.quads_for_pattern(node, path.predicate, None, _DEFAULT)]  # type: ignore[misc] # objects are terms
    return list(dict.fromkeys(_follow(data, path, [node], is_inverse=False)))


_DEFAULT = ox.DefaultGraph()


def _follow(data: ox.Store, path: Path, nodes: Iterable[Any], *, is_inverse: bool) -> list[Any]:
    """Where a path, or its inverse, leads to from nodes; some may come more than once."""
    if path.predicate is not None:
        return _step(data, path.predicate, nodes, is_inverse=is_inverse)
    if path.kind == "inverse":
        return _follow(data, path.parts[0], nodes, is_inverse=not is_inverse)
    if path.kind == "alternative":
        starts = list(nodes)
        return [found for part in path.parts for found in _follow(data, part, starts, is_inverse=is_inverse)]
    if path.kind == "sequence":
        reached: Iterable[Any] = nodes
        for part in reversed(path.parts) if is_inverse else path.parts:
            reached = dict.fromkeys(_follow(data, part, reached, is_inverse=is_inverse))
        return list(reached)
    return _repeat(data, path, list(nodes), is_inverse=is_inverse)


def _repeat(data: ox.Store, path: Path, nodes: list[Any], *, is_inverse: bool) -> list[Any]:
    (part,) = path.parts
    if path.kind == "?":
        return [*nodes, *_follow(data, part, nodes, is_inverse=is_inverse)]
    reached = dict.fromkeys(nodes if path.kind == "*" else ())
    frontier = nodes
    while frontier:
        found = dict.fromkeys(_follow(data, part, frontier, is_inverse=is_inverse))
        frontier = [each for each in found if each not in reached]
        reached |= dict.fromkeys(frontier)
    return list(reached)


def _step(data: ox.Store, predicate: ox.NamedNode, nodes: Iterable[Any], *, is_inverse: bool) -> list[Any]:
    if is_inverse:
        return [
            quad.subject for node in nodes for quad in data.quads_for_pattern(None, predicate, node, _DEFAULT)
        ]
    return [
        quad.object
        for node in nodes
        if not isinstance(node, ox.Literal)
        for quad in data.quads_for_pattern(node, predicate, None, _DEFAULT)
    ]
