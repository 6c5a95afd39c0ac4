"""Constraints in SPARQL: sh:sparql (SHACL, section 5) and constraint components of one's own (section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.graph.terms import OWL, RDF, RDFS, SH
from provkg.store.tokens import tokens
from provkg.validate.constraint import Validation, Values, Violation
from provkg.validate.injection import Injected, binding, inject
from provkg.validate.shapes import Shape

_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")

SHAPES_GRAPH = ox.NamedNode("urn:x-provkg:shapes")
"""Where a query finds the shapes, where it asks for them."""

Row = Mapping[str, Any]
"""Name of a variable → what a solution binds it to."""


def find_violations(validation: Validation, shape: Shape, values: Values) -> Iterator[Violation]:
    """What the constraints in SPARQL of a shape find.

    Raises:
        ValidationError: a query is no SPARQL, has what SHACL does not allow, or reports a failure.
    """
    for node in shape.values_of(SH.sparql):
        if not _is_deactivated(validation.shapes, node):
            yield from _check_query(
                validation, shape, node, SH.SPARQLConstraintComponent, values, SH.select, {}
            )
    for component in find_components(validation.shapes):
        for parameters in component.find_parameters(shape):
            yield from _check_component(validation, shape, component, values, parameters)


def _is_deactivated(shapes: ox.Store, node: Any) -> bool:
    return ox.Quad(node, SH.deactivated, ox.Literal(True)) in shapes


# --- SELECT -------------------------------------------------------------------------------------------------


def _check_query(
    validation: Validation,
    shape: Shape,
    node: Any,
    component: Any,
    values: Values,
    form: ox.NamedNode,
    parameters: Row,
) -> Iterator[Violation]:
    """What a SELECT query finds: a violation for each of its solutions, each solution once."""
    text = _query_text(validation, shape, node, form)
    with _showing_shapes(validation, shape, text) as given:
        found = list(
            _ask(
                validation.data,
                _inject(text, frozenset({"this", *parameters, *given})),
                list(values),
                {**parameters, **given},
            )
        )
    messages = _messages(validation.shapes, node) or shape.messages
    seen = set()
    for focus, row in found:
        key = (focus, *sorted((name, str(term)) for name, term in row.items()))
        if key not in seen:
            seen.add(key)
            yield _make_violation(shape, component, focus, {**parameters, **row}, messages)


@contextmanager
def _showing_shapes(validation: Validation, shape: Shape, text: str) -> Iterator[Row]:
    """What $shapesGraph and $currentShape stand for in a query that asks for them (section 5.3.1).

    While the block runs, the shapes are in the store.
    """
    named = {token.text[1:] for token in tokens(text) if token.kind == "variable"}
    given = {"currentShape": shape.node, "shapesGraph": SHAPES_GRAPH}
    given = {name: term for name, term in given.items() if name in named}
    if "shapesGraph" in given:
        validation.data.extend(
            ox.Quad(quad.subject, quad.predicate, quad.object, SHAPES_GRAPH) for quad in validation.shapes
        )
    try:
        yield given
    finally:
        if "shapesGraph" in given:
            validation.data.remove_graph(SHAPES_GRAPH)


def _ask(
    database: ox.Store, injected: Injected, nodes: list[Any], parameters: Row
) -> Iterator[tuple[Any, Row]]:
    """The solutions for all the focus nodes, each with the focus node that it is about."""
    constants = {name: [term] for name, term in parameters.items()}
    for part in [nodes] if injected.is_joint else [[node] for node in nodes]:
        with binding(database, {"this": part, **constants}):
            solutions: Any = database.query(injected.text)
            names = [variable.value for variable in solutions.variables]
            rows = [
                {name: term for name in names if (term := solution[name]) is not None}
                for solution in solutions
            ]
        for row in rows:
            yield row.get("this", part[0]), row


def _make_violation(
    shape: Shape, component: Any, focus: Any, row: Row, messages: tuple[str, ...]
) -> Violation:
    """The violation that a solution stands for (section 5.3.2)."""
    if "failure" in row and row["failure"].value == "true":
        raise ValidationError(f"the query of the shape {shape.node} reports a failure about {focus}")
    value = row.get("value", focus if shape.path is None else None)
    path = row.get("path")
    if "message" in row:
        messages = (row["message"].value,)
    told = {"this": focus, **row}
    if shape.path is not None:
        told.setdefault("path", shape.path)
    return Violation(
        component,
        focus,
        value,
        str(path) if isinstance(path, ox.NamedNode) else None,
        tuple(sorted(_fill(message, told) for message in messages)),
    )


def _fill(message: str, told: Row) -> str:
    """A message with its placeholders filled in; those of which nothing is known stay (section 5.3.2)."""

    def fill(match: re.Match[str]) -> str:
        term = told.get(match[1])
        return match[0] if term is None else getattr(term, "value", str(term))

    return _PLACEHOLDER.sub(fill, message)


# --- components of one's own --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Component:
    """A constraint component that a shapes graph declares."""

    node: Any
    parameters: tuple[tuple[ox.NamedNode, bool], ...]
    """Property, and whether it may be left out; sorted."""

    def find_parameters(self, shape: Shape) -> Iterator[Row]:
        """Each combination of parameters that a shape gives, by their names; of none where it lacks one."""
        choices: list[list[tuple[str, Any]]] = []
        for predicate, is_optional in self.parameters:
            given = shape.values_of(predicate)
            if given:
                choices.append([(_local_name(predicate), term) for term in given])
            elif not is_optional:
                return
        yield from (dict(chosen) for chosen in product(*choices))


def find_components(shapes: ox.Store) -> list[Component]:
    """The constraint components that a shapes graph declares, sorted."""
    kinds = {SH.ConstraintComponent, *_subjects(shapes, RDFS.subClassOf, SH.ConstraintComponent)}
    declared = {node for kind in kinds for node in _subjects(shapes, RDF.type, kind)}
    components = (_parse_component(shapes, node) for node in sorted(declared, key=str))
    return [component for component in components if component.parameters]


def _parse_component(shapes: ox.Store, node: Any) -> Component:
    parameters = []
    for parameter in _objects(shapes, node, SH.parameter):
        is_optional = ox.Quad(parameter, SH.optional, ox.Literal(True)) in shapes
        parameters += [(path, is_optional) for path in _objects(shapes, parameter, SH.path)]
    return Component(node, tuple(sorted(parameters, key=str)))


def _local_name(predicate: ox.NamedNode) -> str:
    return re.split(r"[/#:]", predicate.value)[-1]


def _check_component(
    validation: Validation, shape: Shape, component: Component, values: Values, parameters: Row
) -> Iterator[Violation]:
    """What the validator of a component finds: the one for this kind of shape, else the one for both."""
    shapes = validation.shapes
    own = SH.nodeValidator if shape.path is None else SH.propertyValidator
    for validator in (
        *_objects(shapes, component.node, own),
        *_objects(shapes, component.node, SH.validator),
    ):
        if _objects(shapes, validator, SH.ask):
            yield from _check_by_ask(validation, shape, component, validator, values, parameters)
        elif _objects(shapes, validator, SH.select):
            yield from _check_query(
                validation, shape, validator, component.node, values, SH.select, parameters
            )
        return


def _check_by_ask(
    validation: Validation,
    shape: Shape,
    component: Component,
    validator: Any,
    values: Values,
    parameters: Row,
) -> Iterator[Violation]:
    """A violation for each value node of which an ASK query is not true."""
    injected = _inject(
        _query_text(validation, shape, validator, SH.ask), frozenset({"this", "value", *parameters})
    )
    messages = _messages(validation.shapes, validator) or shape.messages
    constants = {name: [term] for name, term in parameters.items()}
    for focus, found in values.items():
        for value in found:
            with binding(validation.data, {"this": [focus], "value": [value], **constants}):
                is_right = bool(validation.data.query(injected.text))
            if not is_right:
                row = {**parameters, "value": value}
                yield _make_violation(shape, component.node, focus, row, messages)


# --- texts --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _inject(text: str, bound: frozenset[str]) -> Injected:
    return inject(text, bound)


def _query_text(validation: Validation, shape: Shape, node: Any, form: ox.NamedNode) -> str:
    """The query of a constraint, with its prefixes, and with the path of the shape for $PATH."""
    texts = _objects(validation.shapes, node, form)
    if not texts:
        raise ValidationError(f"the shape {shape.node} has a constraint without a query")
    prefixes = "".join(
        f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in _find_prefixes(validation.shapes, node)
    )
    path = None if shape.path is None else str(shape.path)
    body = "".join(
        path if path and token.kind == "variable" and token.text[1:] == "PATH" else token.text
        for token in tokens(texts[0].value)
    )
    return prefixes + body


def _find_prefixes(shapes: ox.Store, node: Any) -> list[tuple[str, str]]:
    """Prefixes and namespaces that sh:prefixes names, and owl:imports from there (section 5.2.1)."""
    found: dict[str, str] = {}
    waiting, seen = _objects(shapes, node, SH.prefixes), set()
    while waiting:
        source = waiting.pop()
        if source in seen:
            continue
        seen.add(source)
        waiting += _objects(shapes, source, OWL.imports)
        for declared in _objects(shapes, source, SH.declare):
            for prefix, namespace in product(
                _objects(shapes, declared, SH.prefix), _objects(shapes, declared, SH.namespace)
            ):
                found[prefix.value] = namespace.value
    return sorted(found.items())


def _messages(shapes: ox.Store, node: Any) -> tuple[str, ...]:
    return tuple(sorted(message.value for message in _objects(shapes, node, SH.message)))


def _subjects(shapes: ox.Store, predicate: ox.NamedNode, node: Any) -> set[Any]:
    return {quad.subject for quad in shapes.quads_for_pattern(None, predicate, node)}


def _objects(shapes: ox.Store, node: Any, predicate: ox.NamedNode) -> list[Any]:
    if isinstance(node, ox.Literal):
        return []
    return sorted((quad.object for quad in shapes.quads_for_pattern(node, predicate, None)), key=str)
