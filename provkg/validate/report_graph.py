"""Validation reports as SHACL writes them (section 3.6): results read from a graph."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import SH
from provkg.validate.paths import parse_path
from provkg.validate.results import Result


def read_results(report: ox.Store) -> list[Result]:
    """The results of the reports that a store holds in its default graph, in no order.

    What only explains another result (sh:detail) is none.
    """
    return [_read_result(report, quad.object) for quad in report.quads_for_pattern(None, SH.result, None)]


def _read_result(report: ox.Store, node: Any) -> Result:
    path = _find_object(report, node, SH.resultPath)
    messages = (quad.object for quad in report.quads_for_pattern(node, SH.resultMessage, None))
    return Result(
        _find_object(report, node, SH.focusNode),
        None if path is None else str(parse_path(report, path)),
        _find_object(report, node, SH.value),
        _find_object(report, node, SH.sourceConstraintComponent),
        _find_object(report, node, SH.sourceShape),
        _find_object(report, node, SH.resultSeverity),
        tuple(sorted({message.value for message in messages if isinstance(message, ox.Literal)})),
    )


def _find_object(report: ox.Store, node: Any, predicate: ox.NamedNode) -> Any:
    return next((quad.object for quad in report.quads_for_pattern(node, predicate, None)), None)
