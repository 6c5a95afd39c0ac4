"""Holds a graph to the shapes of profiles, and gives what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.graph.terms import SH
from provkg.validate import engine as own
from provkg.validate import provenance, reference
from provkg.validate.findings import Finding, Severity, sort_findings
from provkg.validate.places import find_cell, find_place
from provkg.validate.profiles import choose_profiles, code_of, load_rules, load_shapes
from provkg.validate.results import Result

Validate = Callable[[ox.Store, ox.Store], list[Result]]
"""Holds the default graph of the first to the shapes in that of the second."""

ENGINES: dict[str, Validate] = {"provkg": own.validate, "pyshacl": reference.validate}
DEFAULT_ENGINE = "provkg"

_SEVERITIES: dict[ox.NamedNode, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


def merge_graphs(quads: Iterable[ox.Quad]) -> ox.Store:
    """The union of graphs as one graph: what shapes are about."""
    merged = ox.Store()
    merged.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    return merged


def check_graph(
    data: ox.Store,
    profiles: Iterable[str],
    engine: str = DEFAULT_ENGINE,
    *,
    graphs: Iterable[ox.Quad] | None = None,
) -> list[Finding]:
    """What the rules of these profiles, and of all that they extend, find in a graph: each once, sorted.

    `graphs` are the same statements in their named graphs, each of which PROV wants to be judged by itself.

    Raises:
        ValidationError: there is no such profile or engine.
        MissingExtra: the engine is not installed.
    """
    tokens = tuple(profile.token for profile in choose_profiles(profiles))
    shapes = load_shapes(tokens)
    if engine not in ENGINES:
        raise ValidationError(f"there is no engine {engine!r}", hint=f"there are {', '.join(ENGINES)}")
    found = [make_finding(data, result) for result in dict.fromkeys(ENGINES[engine](data, shapes))]
    if provenance.PROFILE in tokens:
        found += provenance.check_provenance(data if graphs is None else graphs, data)
    return sort_findings(found)


def make_finding(data: ox.Store, result: Result) -> Finding:
    """The finding that a result of validation stands for."""
    shape = result.source_shape.value
    code = code_of(shape)
    rule = load_rules().get(code)
    cell = find_cell(data, result.focus)
    return Finding(
        code,
        rule.name if rule else "",
        "; ".join(result.messages),
        _SEVERITIES.get(result.severity, "violation"),
        result.focus.value,
        result.path,
        None if result.value is None else result.value.value,
        find_place(data, result.focus),
        shape,
        result.component.value,
        (str(result.focus), None if result.value is None else str(result.value)),
        None if cell is None else cell.value,
    )
