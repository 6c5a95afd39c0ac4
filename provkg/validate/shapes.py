"""Shapes as they stand in a shapes graph: what they ask for, of which nodes, and how they tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import OWL, RDF, RDFS, SH
from provkg.validate.paths import Path, parse_path

TRUE = ox.Literal(True)

TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_CLASSES = (RDFS.Class, OWL.Class)


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, or a property shape where it has a path."""

    node: Any
    path: Path | None
    severity: ox.NamedNode
    messages: tuple[str, ...]
    parameters: dict[ox.NamedNode, tuple[Any, ...]]
    """Predicate → values, sorted: the parameters of constraints, and all else that is said of the shape."""

    def values_of(self, predicate: ox.NamedNode) -> tuple[Any, ...]:
        """What the shape says with that predicate."""
        return self.parameters.get(predicate, ())

    @property
    def is_deactivated(self) -> bool:
        """Whether nothing is to be asked for."""
        return TRUE in self.values_of(SH.deactivated)


def parse_shape(shapes: ox.Store, node: Any) -> Shape:
    """The shape that a node stands for.

    Raises:
        ValidationError: its path is none.
    """
    parameters: dict[ox.NamedNode, list[Any]] = {}
    for quad in shapes.quads_for_pattern(node, None, None):
        parameters.setdefault(quad.predicate, []).append(quad.object)
    (path,) = parameters.get(SH.path, [None])[:1]
    (severity,) = parameters.get(SH.severity, [SH.Violation])[:1]
    messages = sorted(message.value for message in parameters.get(SH.message, ()))
    return Shape(
        node,
        None if path is None else parse_path(shapes, path),
        severity,
        tuple(messages),
        {
            predicate: tuple(sorted(values, key=str))
            for predicate, values in sorted(parameters.items(), key=str)
        },
    )


def find_targeted(shapes: ox.Store) -> list[Any]:
    """The nodes of shapes that have targets, sorted."""
    found = {
        quad.subject for predicate in TARGETS for quad in shapes.quads_for_pattern(None, predicate, None)
    }
    found |= {
        quad.subject
        for kind in (SH.NodeShape, SH.PropertyShape)
        for quad in shapes.quads_for_pattern(None, RDF.type, kind)
        if is_class(shapes, quad.subject)
    }
    return sorted(found, key=str)


def is_class(shapes: ox.Store, node: Any) -> bool:
    """Whether a shape is a class as well, and so its own target (section 2.1.3.3)."""
    return any(ox.Quad(node, RDF.type, kind) in shapes for kind in _CLASSES)
