"""A SHACL engine on the embedded store: SHACL Core, SHACL-SPARQL, and constraint components in SPARQL.

Constraints are checked for all focus nodes of a shape at once, in sets: a lookup costs a microsecond or two,
and a SPARQL constraint is one query for all of them (`injection.py`). So it is fast where pySHACL, which asks
each query anew for each focus node, is slow. It agrees with pySHACL, which tests hold it to.

Section numbers are those of the W3C Recommendation "Shapes Constraint Language (SHACL)", 20 July 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.graph.terms import RDF, RDFS, SH
from provkg.validate import components, core
from provkg.validate.constraint import Values, Violation, distinct
from provkg.validate.paths import follow, parse_list
from provkg.validate.results import Result, Term
from provkg.validate.shapes import Shape, find_targeted, is_class, parse_shape

DEEPEST = 40
"""Shapes inside shapes; beyond it, shapes refer to themselves, of which SHACL leaves the meaning open."""


def validate(data: ox.Store, shapes: ox.Store) -> list[Result]:
    """The results of holding the default graph of `data` to that of `shapes`, in no order.

    As SHACL wants it, what two shapes find, or one shape on two ways to a node, is two results.

    The store takes notes in a named graph while it is asked, and is as before in the end. What is read of the
    shapes is kept for the next time: they are not to be changed after the first.

    Raises:
        ValidationError: the shapes make no sense.
    """
    validation = Validation(data, shapes)
    results: list[Result] = []
    for node in find_targeted(shapes):
        shape = validation.get_shape(node)
        found = validation.check(shape, validation.find_focus_nodes(shape))
        results += (result for _, result in found)
    return results


class Validation:
    """A data graph and a shapes graph, and what has been worked out about them."""

    def __init__(self, data: ox.Store, shapes: ox.Store) -> None:
        self.data = data
        self.shapes = shapes
        self._subclasses: dict[Any, frozenset[Any]] = {}
        self._depth = 0

    def get_shape(self, node: Any) -> Shape:
        """The shape that a node of the shapes graph stands for."""
        return parse_shape(self.shapes, node)

    # ---- focus nodes and value nodes ----

    def find_focus_nodes(self, shape: Shape) -> list[Term]:
        """The nodes that the targets of a shape name, each once (section 2.1.3)."""
        found: dict[Any, None] = dict.fromkeys(shape.values_of(SH.targetNode))
        classes = [
            *shape.values_of(SH.targetClass),
            *([shape.node] if is_class(self.shapes, shape.node) else []),
        ]
        for each in classes:
            found |= dict.fromkeys(self.find_instances(each))
        for predicate in shape.values_of(SH.targetSubjectsOf):
            found |= dict.fromkeys(quad.subject for quad in self._statements(predicate))
        for predicate in shape.values_of(SH.targetObjectsOf):
            found |= dict.fromkeys(quad.object for quad in self._statements(predicate))
        return list(found)

    def _statements(self, predicate: Any) -> Iterable[Any]:
        return self.data.quads_for_pattern(None, predicate, None, ox.DefaultGraph())

    def find_instances(self, kind: Any) -> Iterator[Term]:
        """The instances of a class and of its subclasses in the data graph; some more than once."""
        for each in self.subclasses(kind):
            for quad in self.data.quads_for_pattern(None, RDF.type, each, ox.DefaultGraph()):
                yield quad.subject  # type: ignore[misc] # a subject is never a triple in RDF 1.1

    def subclasses(self, kind: Any) -> frozenset[Any]:
        """The class itself, and what the data graph says are its subclasses."""
        if kind not in self._subclasses:
            found, waiting = {kind}, [kind]
            while waiting:
                upper = waiting.pop()
                lower = {
                    quad.subject
                    for quad in self.data.quads_for_pattern(None, RDFS.subClassOf, upper, ox.DefaultGraph())
                }
                waiting += lower - found
                found |= lower
            self._subclasses[kind] = frozenset(found)
        return self._subclasses[kind]

    def find_values(self, shape: Shape, nodes: Iterable[Any]) -> Values:
        """The value nodes of each focus node: where the path leads, of a node shape the node itself."""
        if shape.path is None:
            return {node: [node] for node in nodes}
        return {node: follow(self.data, shape.path, node) for node in nodes}

    # ---- checking ----

    def check(self, shape: Shape, nodes: Iterable[Any]) -> Iterator[tuple[Any, Result]]:
        """The results of holding these focus nodes to a shape, each with the one of them that it comes from.

        Raises:
            ValidationError: the shape makes no sense.
        """
        if shape.is_deactivated:
            return
        values = self.find_values(shape, nodes)
        if not values:
            return
        for violation in self._find_violations(shape, values):
            yield violation.focus, make_result(shape, violation)
        for inner in shape.values_of(SH.property):
            with self._going_down(shape):
                found = list(self.check(self.get_shape(inner), distinct(values)))
            if found:
                sources = _invert(values)
                yield from ((focus, result) for value, result in found for focus in sources[value])

    def find_failing(self, node: Any, nodes: Iterable[Any]) -> set[Any]:
        """Those of the nodes that do not conform to the shape that `node` stands for (section 3.4.2).

        Raises:
            ValidationError: the shape makes no sense, or refers to itself.
        """
        shape = self.get_shape(node)
        if shape.is_deactivated:
            return set()
        values = self.find_values(shape, nodes)
        with self._going_down(shape):
            failing = {violation.focus for violation in self._find_violations(shape, values)}
            for inner in shape.values_of(SH.property):
                bad = self.find_failing(inner, distinct(values))
                failing |= {focus for focus, found in values.items() if not bad.isdisjoint(found)}
        return failing

    def _find_violations(self, shape: Shape, values: Values) -> Iterator[Violation]:
        """What all constraints of a shape find, but for those of inner property shapes."""
        if not values:
            return
        for predicate, parameters in shape.parameters.items():
            if (constraint := core.CONSTRAINTS.get(predicate)) is not None:
                for parameter in parameters:
                    yield from constraint(self, shape, parameter, values)
        yield from components.find_violations(self, shape, values)

    def _going_down(self, shape: Shape) -> _Level:
        return _Level(self, shape)

    def parse_list(self, node: Any) -> list[Any]:
        """The members of a list in the shapes graph."""
        return parse_list(self.shapes, node)


class _Level:
    """One shape inside another, while it is checked."""

    def __init__(self, validation: Validation, shape: Shape) -> None:
        self._validation, self._shape = validation, shape

    def __enter__(self) -> None:
        self._validation._depth += 1
        if self._validation._depth > DEEPEST:
            raise ValidationError(f"the shape {self._shape.node} refers to itself")

    def __exit__(self, *_: object) -> None:
        self._validation._depth -= 1


def make_result(shape: Shape, violation: Violation) -> Result:
    """What a constraint of a shape finds, as a result."""
    messages = shape.messages if violation.messages is None else violation.messages
    return Result(
        violation.focus,
        violation.path or (None if shape.path is None else str(shape.path)),
        violation.value,
        violation.component,
        shape.node,
        shape.severity,
        messages,
    )


def _invert(values: Values) -> dict[Any, list[Any]]:
    """Value node → the focus nodes that it is a value node of."""
    sources: dict[Any, list[Any]] = {}
    for focus, found in values.items():
        for value in found:
            sources.setdefault(value, []).append(focus)
    return sources
