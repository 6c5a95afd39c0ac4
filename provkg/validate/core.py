"""The constraint components of SHACL Core (section 4), each for all focus nodes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import SH
from provkg.validate.constraint import Validation, Values, Violation, distinct
from provkg.validate.literals import find_bad, is_well_formed
from provkg.validate.shapes import Shape

Constraint = Callable[[Validation, Shape, Any, Values], Iterator[Violation]]
"""Given a shape, the value of a parameter, and the value nodes of each focus node: what breaks it."""

FindBad = Callable[[Validation, Shape, Any, list[Any]], Iterable[Any]]
"""Given a shape, the value of a parameter, and value nodes: those that break it, whatever the focus node."""

CheckFocus = Callable[[Validation, Shape, Any, Any, list[Any]], Iterable[Any]]
"""Given a shape, the value of a parameter, a focus node and its value nodes: the sh:value of each result."""


def _each_value(component: ox.NamedNode, find: FindBad) -> Constraint:
    """A constraint about value nodes one by one; each of them is looked at once."""

    def check(validation: Validation, shape: Shape, parameter: Any, values: Values) -> Iterator[Violation]:
        bad = set(find(validation, shape, parameter, distinct(values)))
        if bad:
            for focus, found in values.items():
                for value in found:
                    if value in bad:
                        yield Violation(component, focus, value)

    return check


def _each_focus(component: ox.NamedNode, find: CheckFocus) -> Constraint:
    """A constraint about all value nodes of a focus node together."""

    def check(validation: Validation, shape: Shape, parameter: Any, values: Values) -> Iterator[Violation]:
        for focus, found in values.items():
            for value in find(validation, shape, parameter, focus, found):
                yield Violation(component, focus, value)

    return check


# --- 4.1 types of values ------------------------------------------------------------------------------------


def _not_of_class(validation: Validation, _: Shape, kind: Any, nodes: list[Any]) -> Iterable[Any]:
    instances = set(validation.find_instances(kind))
    return (node for node in nodes if node not in instances)


def _not_of_datatype(_: Validation, __: Shape, datatype: Any, nodes: list[Any]) -> Iterable[Any]:
    return (
        node
        for node in nodes
        if not (isinstance(node, ox.Literal) and node.datatype == datatype and is_well_formed(node))
    )


_KINDS: dict[ox.NamedNode, tuple[type, ...]] = {
    SH.IRI_: (ox.NamedNode,),
    SH.BlankNode: (ox.BlankNode,),
    SH.Literal: (ox.Literal,),
    SH.BlankNodeOrIRI: (ox.BlankNode, ox.NamedNode),
    SH.BlankNodeOrLiteral: (ox.BlankNode, ox.Literal),
    SH.IRIOrLiteral: (ox.NamedNode, ox.Literal),
}


def _not_of_kind(_: Validation, __: Shape, kind: Any, nodes: list[Any]) -> Iterable[Any]:
    return (node for node in nodes if not isinstance(node, _KINDS[kind]))


# --- 4.2 cardinality ----------------------------------------------------------------------------------------


def _too_few(_: Validation, __: Shape, count: Any, ___: Any, found: list[Any]) -> Iterable[Any]:
    return [None] if len(found) < int(count.value) else []


def _too_many(_: Validation, __: Shape, count: Any, ___: Any, found: list[Any]) -> Iterable[Any]:
    return [None] if len(found) > int(count.value) else []


# --- 4.3 ranges, 4.4 strings --------------------------------------------------------------------------------


def _compare(operator: str) -> FindBad:
    def find(validation: Validation, _: Shape, bound: Any, nodes: list[Any]) -> Iterable[Any]:
        return find_bad(validation.data, f"?v {operator} {bound}", nodes)

    return find


def _has_length(is_right: Callable[[int, int], bool]) -> FindBad:
    def find(_: Validation, __: Shape, length: Any, nodes: list[Any]) -> Iterable[Any]:
        limit = int(length.value)
        return (
            node for node in nodes if isinstance(node, ox.BlankNode) or not is_right(len(node.value), limit)
        )

    return find


def _not_matching(validation: Validation, shape: Shape, pattern: Any, nodes: list[Any]) -> Iterable[Any]:
    flags = "".join(f", {flag}" for flag in shape.values_of(SH.flags)[:1])
    return find_bad(validation.data, f"REGEX(STR(?v), {pattern}{flags})", nodes)


def _not_in_language(validation: Validation, _: Shape, node: Any, nodes: list[Any]) -> Iterable[Any]:
    ranges = [language.value.lower() for language in validation.parse_list(node)]

    def is_right(value: Any) -> bool:
        language = (value.language or "").lower() if isinstance(value, ox.Literal) else ""
        return (
            any(language == each or language.startswith(each + "-") for each in ranges) if language else False
        )

    return (value for value in nodes if not is_right(value))


def _repeated_languages(_: Validation, __: Shape, unique: Any, ___: Any, found: list[Any]) -> Iterable[Any]:
    if unique.value != "true":
        return
    languages = [
        value.language.lower() for value in found if isinstance(value, ox.Literal) and value.language
    ]
    yield from (None for language in sorted(set(languages)) if languages.count(language) > 1)


# --- 4.5 pairs of properties --------------------------------------------------------------------------------


def _others(validation: Validation, predicate: Any, focus: Any) -> list[Any]:
    if isinstance(focus, ox.Literal):
        return []
    found = validation.data.quads_for_pattern(focus, predicate, None, ox.DefaultGraph())
    return [quad.object for quad in found]


def _unequal(validation: Validation, _: Shape, other: Any, focus: Any, found: list[Any]) -> Iterable[Any]:
    return sorted(set(found) ^ set(_others(validation, other, focus)), key=str)


def _not_disjoint(
    validation: Validation, _: Shape, other: Any, focus: Any, found: list[Any]
) -> Iterable[Any]:
    return sorted(set(found) & set(_others(validation, other, focus)), key=str)


def _not_less(operator: str) -> CheckFocus:
    def find(validation: Validation, _: Shape, other: Any, focus: Any, found: list[Any]) -> Iterable[Any]:
        for bound in _others(validation, other, focus):
            if isinstance(bound, ox.Literal):
                yield from find_bad(validation.data, f"?v {operator} {bound}", found)
            else:
                yield from found

    return find


# --- 4.6 logic, 4.7 shapes ----------------------------------------------------------------------------------


def _conforming(validation: Validation, _: Shape, inner: Any, nodes: list[Any]) -> Iterable[Any]:
    return set(nodes) - validation.find_failing(inner, nodes)


def _failing(validation: Validation, _: Shape, inner: Any, nodes: list[Any]) -> Iterable[Any]:
    return validation.find_failing(inner, nodes)


def _count_conforming(is_right: Callable[[int, int], bool]) -> FindBad:
    """Value nodes of which the wrong number of a list of shapes is true, given that number and the list's."""

    def find(validation: Validation, _: Shape, inner: Any, nodes: list[Any]) -> Iterable[Any]:
        shapes = validation.parse_list(inner)
        failing = [validation.find_failing(shape, nodes) for shape in shapes]
        for node in nodes:
            if not is_right(sum(node not in bad for bad in failing), len(shapes)):
                yield node

    return find


def _qualified(component: ox.NamedNode, is_right: Callable[[int, int], bool]) -> Constraint:
    """Too few or too many value nodes that conform to the qualified shape (section 4.7.3)."""

    def check(validation: Validation, shape: Shape, count: Any, values: Values) -> Iterator[Violation]:
        nodes = distinct(values)
        for inner in shape.values_of(SH.qualifiedValueShape):
            conforming = set(nodes) - validation.find_failing(inner, nodes)
            for sibling in _find_siblings(validation, shape):
                conforming &= validation.find_failing(sibling, nodes)
            for focus, found in values.items():
                if not is_right(sum(value in conforming for value in found), int(count.value)):
                    yield Violation(component, focus)

    return check


def _find_siblings(validation: Validation, shape: Shape) -> set[Any]:
    """The qualified shapes of the property shapes beside this one, where they have to be disjoint."""
    if not any(value.value == "true" for value in shape.values_of(SH.qualifiedValueShapesDisjoint)):
        return set()
    shapes = validation.shapes
    siblings: set[Any] = set()
    for parent in shapes.quads_for_pattern(None, SH.property, shape.node):
        for child in shapes.quads_for_pattern(parent.subject, SH.property, None):
            siblings |= set(validation.get_shape(child.object).values_of(SH.qualifiedValueShape))
    return siblings - set(shape.values_of(SH.qualifiedValueShape))


# --- 4.8 others ---------------------------------------------------------------------------------------------


def _check_closed(validation: Validation, shape: Shape, closed: Any, values: Values) -> Iterator[Violation]:
    if closed.value != "true":
        return
    allowed = {
        path
        for inner in shape.values_of(SH.property)
        for path in validation.get_shape(inner).values_of(SH.path)
        if isinstance(path, ox.NamedNode)
    }
    for ignored in shape.values_of(SH.ignoredProperties):
        allowed |= set(validation.parse_list(ignored))
    for focus, found in values.items():
        for value in found:
            if isinstance(value, ox.Literal):
                continue
            for quad in validation.data.quads_for_pattern(value, None, None, ox.DefaultGraph()):
                if quad.predicate not in allowed:
                    yield Violation(SH.ClosedConstraintComponent, focus, quad.object, str(quad.predicate))


def _without(_: Validation, __: Shape, wanted: Any, ___: Any, found: list[Any]) -> Iterable[Any]:
    return [] if wanted in found else [None]


def _not_in(validation: Validation, _: Shape, node: Any, nodes: list[Any]) -> Iterable[Any]:
    members = set(validation.parse_list(node))
    return (value for value in nodes if value not in members)


CONSTRAINTS: dict[ox.NamedNode, Constraint] = {
    SH.class_: _each_value(SH.ClassConstraintComponent, _not_of_class),
    SH.datatype: _each_value(SH.DatatypeConstraintComponent, _not_of_datatype),
    SH.nodeKind: _each_value(SH.NodeKindConstraintComponent, _not_of_kind),
    SH.minCount: _each_focus(SH.MinCountConstraintComponent, _too_few),
    SH.maxCount: _each_focus(SH.MaxCountConstraintComponent, _too_many),
    SH.minExclusive: _each_value(SH.MinExclusiveConstraintComponent, _compare(">")),
    SH.minInclusive: _each_value(SH.MinInclusiveConstraintComponent, _compare(">=")),
    SH.maxExclusive: _each_value(SH.MaxExclusiveConstraintComponent, _compare("<")),
    SH.maxInclusive: _each_value(SH.MaxInclusiveConstraintComponent, _compare("<=")),
    SH.minLength: _each_value(SH.MinLengthConstraintComponent, _has_length(int.__ge__)),
    SH.maxLength: _each_value(SH.MaxLengthConstraintComponent, _has_length(int.__le__)),
    SH.pattern: _each_value(SH.PatternConstraintComponent, _not_matching),
    SH.languageIn: _each_value(SH.LanguageInConstraintComponent, _not_in_language),
    SH.uniqueLang: _each_focus(SH.UniqueLangConstraintComponent, _repeated_languages),
    SH.equals: _each_focus(SH.EqualsConstraintComponent, _unequal),
    SH.disjoint: _each_focus(SH.DisjointConstraintComponent, _not_disjoint),
    SH.lessThan: _each_focus(SH.LessThanConstraintComponent, _not_less("<")),
    SH.lessThanOrEquals: _each_focus(SH.LessThanOrEqualsConstraintComponent, _not_less("<=")),
    SH.not_: _each_value(SH.NotConstraintComponent, _conforming),
    SH.and_: _each_value(SH.AndConstraintComponent, _count_conforming(int.__eq__)),
    SH.or_: _each_value(SH.OrConstraintComponent, _count_conforming(lambda true, _: true > 0)),
    SH.xone: _each_value(SH.XoneConstraintComponent, _count_conforming(lambda true, _: true == 1)),
    SH.node: _each_value(SH.NodeConstraintComponent, _failing),
    SH.qualifiedMinCount: _qualified(SH.QualifiedMinCountConstraintComponent, int.__ge__),
    SH.qualifiedMaxCount: _qualified(SH.QualifiedMaxCountConstraintComponent, int.__le__),
    SH.closed: _check_closed,
    SH.hasValue: _each_focus(SH.HasValueConstraintComponent, _without),
    SH.in_: _each_value(SH.InConstraintComponent, _not_in),
}
"""Parameter → its constraint; sh:property is the engine's own, sh:sparql is in `components.py`."""
