"""Where in a program the things of a graph are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import PPLAN, PROV, PROVKG, RDF, SCHEMA
from provkg.validate.findings import Place

TO_CELL = (PROVKG.inCell, PPLAN.correspondsToStep)
"""From a thing to the cell that it stands in, or that it is an execution of."""

FROM_CELL = (PPLAN.hasOutputVar, PPLAN.hasInputVar, PROVKG.reads, PROVKG.writes)
"""From a cell to what belongs to it."""


def find_place(data: ox.Store, node: Any) -> Place | None:
    """Where a node stands in its program, as far as the graph says; None where it says nothing."""
    cell = find_cell(data, node)
    if cell is None:
        document = None if isinstance(node, ox.Literal) else _find_document(data, node)
        return None if document is None else Place(document)
    version = _object(data, cell, PPLAN.isStepOfPlan)
    document = None if version is None else _find_document(data, version)
    line = None if node == cell else _find_line(data, node)
    if version is not None and ox.Quad(version, RDF.type, PROVKG.ScriptVersion) in data:
        # People count the lines of a whole script, not of its parts, as the graph does.
        return Place(document, None, _line_of_script(data, cell, line))
    return Place(document, _int(_object(data, cell, SCHEMA.position)), line)


def _find_line(data: ox.Store, node: Any) -> int | None:
    """The line that a node stands in; that of a model is where it is trained."""
    own = _object(data, node, PROVKG.startLine)
    training = _object(data, node, PROVKG.trainedBy) if own is None else None
    return _int(own if training is None else _object(data, training, PROVKG.startLine))


def _line_of_script(data: ox.Store, cell: Any, line: int | None) -> int | None:
    start = _int(_object(data, cell, PROVKG.startLine)) or 1
    return start + (line or 1) - 1


def find_cell(data: ox.Store, node: Any) -> Any:
    """The cell that a node is, stands in or belongs to; None where it belongs to none."""
    if isinstance(node, ox.Literal):
        return None
    if _object(data, node, PPLAN.isStepOfPlan) is not None:
        return node
    for link in TO_CELL:
        if (cell := _object(data, node, link)) is not None:
            return cell
    access = _subject(data, PROV.specializationOf, node)
    if access is not None and (cell := _object(data, access, PROVKG.inCell)) is not None:
        return cell
    return next((cell for link in FROM_CELL if (cell := _subject(data, link, node)) is not None), None)


def _find_document(data: ox.Store, node: Any) -> str | None:
    """The path of the document that a node is, is a version of, or is a run of."""
    for each in (
        node,
        *_objects(data, node, PROV.specializationOf),
        *_objects(data, node, PROV.used),
        *_objects(data, node, SCHEMA.about),
    ):
        for document in (each, *_objects(data, each, PROV.specializationOf)):
            if (path := _object(data, document, PROVKG.path)) is not None:
                return str(path.value)
    return None


def _objects(data: ox.Store, node: Any, predicate: ox.NamedNode) -> Iterator[Any]:
    found = (quad.object for quad in data.quads_for_pattern(node, predicate, None))
    return iter(sorted((each for each in found if not isinstance(each, ox.Literal)), key=str))


def _object(data: ox.Store, node: Any, predicate: ox.NamedNode) -> Any:
    return min((quad.object for quad in data.quads_for_pattern(node, predicate, None)), key=str, default=None)


def _subject(data: ox.Store, predicate: ox.NamedNode, node: Any) -> Any:
    return min(
        (quad.subject for quad in data.quads_for_pattern(None, predicate, node)), key=str, default=None
    )


def _int(literal: Any) -> int | None:
    return int(literal.value) if isinstance(literal, ox.Literal) and literal.value.isdecimal() else None
