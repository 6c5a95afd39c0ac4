"""Validation reports as SHACL writes them (section 3.6), read from a graph and written to one.

A report of ours is the standard sh:ValidationReport, with a node of its own for each result, so that the same
findings give the same bytes. Each result also names the code of its rule (skos:notation), the document and
the cell that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from provkg.graph.iris import make_node
from provkg.graph.terms import DCTERMS, PROV, PROVKG, RDF, RDFS, SCHEMA, SH, SHAPES, SKOS
from provkg.identity import digest_text
from provkg.validate.findings import Finding, Report, Severity
from provkg.validate.paths import parse_path
from provkg.validate.profiles import find_profile
from provkg.validate.results import Result

REPORT = "#validation"
"""How the name of a report's graph ends; it begins with the document's."""

TOOL = ox.NamedNode("pkg:pypi/provkg#provkg.validate")
"""Who found it; without a version, so that what is found is the same where only that differs."""

PREFIXES = {
    each.PREFIX: each.IRI
    for each in (SH, SHAPES, SKOS, DCTERMS, PROVKG, PROV, SCHEMA, RDF, RDFS)
}  # fmt: skip

_SEVERITIES: dict[Severity, ox.NamedNode] = {
    "violation": SH.Violation,
    "warning": SH.Warning,
    "info": SH.Info,
}


# --- reading ------------------------------------------------------------------------------------------------


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


# --- writing ------------------------------------------------------------------------------------------------


def emit_report(report: Report) -> list[ox.Quad]:
    """The named graph of a report, in order.

    Paths that are more than a property are left out: SHACL writes them with blank nodes.
    """
    graph = ox.NamedNode(name_report(report))
    return [
        ox.Quad(subject, predicate, value, graph)
        for subject, predicate, value in _describe_report(report, graph)
    ]


def name_report(report: Report) -> str:
    """The IRI of a report, which is also that of its graph."""
    return _parse_node(report.iri or "graph").value + REPORT


_Statement = tuple[ox.NamedNode, ox.NamedNode, Any]


def _describe_report(report: Report, node: ox.NamedNode) -> Iterator[_Statement]:
    conforms = not any(finding.severity == "violation" for finding in report.findings)
    for kind in (SH.ValidationReport, PROV.Bundle, PROV.Entity):
        yield node, RDF.type, kind
    yield node, RDFS.label, ox.Literal(f"what validation found in {report.document or 'a graph'}")
    yield node, SH.conforms, ox.Literal(conforms)
    for token in report.profiles:
        yield node, DCTERMS.conformsTo, ox.NamedNode(find_profile(token).iri)
    if report.iri:
        yield node, SCHEMA.about, _parse_node(report.iri)
    yield node, PROVKG.how, ox.Literal("validated")
    yield node, PROV.wasAttributedTo, TOOL
    for kind in (PROV.SoftwareAgent, PROV.Agent, SCHEMA.SoftwareApplication):
        yield TOOL, RDF.type, kind
    yield TOOL, RDFS.label, ox.Literal("provkg.validate")
    results = [(_name_result(node, finding), finding) for finding in report.findings]
    for result, _ in results:
        yield node, SH.result, result
    for result, finding in results:
        yield from _describe_result(result, finding)


def _name_result(node: ox.NamedNode, finding: Finding) -> ox.NamedNode:
    text = "\n".join(
        map(str, (*finding.terms, finding.path, finding.source_shape, finding.component, finding.message))
    )
    digest = digest_text(text).partition(":")[2][:16]
    return ox.NamedNode(f"{node.value}.{finding.code or 'result'}.{digest}")


def _describe_result(node: ox.NamedNode, finding: Finding) -> Iterator[_Statement]:
    focus, value = _terms(finding)
    yield node, RDF.type, SH.ValidationResult
    yield node, RDFS.label, ox.Literal(f"{finding.place or finding.focus}: {finding.code} {finding.message}")
    yield node, SKOS.notation, ox.Literal(finding.code)
    yield node, SH.focusNode, focus
    if finding.path is not None and finding.path.startswith("<") and finding.path.count("<") == 1:
        yield node, SH.resultPath, _parse_term(finding.path)
    if value is not None:
        yield node, SH.value, value
    yield node, SH.resultMessage, ox.Literal(finding.message)
    yield node, SH.resultSeverity, _SEVERITIES[finding.severity]
    yield node, SH.sourceConstraintComponent, ox.NamedNode(finding.component or finding.source_shape)
    yield node, SH.sourceShape, _parse_node(finding.source_shape)
    if finding.cell is not None:
        yield node, PROVKG.inCell, ox.NamedNode(finding.cell)
    if finding.place is not None and finding.place.cell is not None:
        yield node, SCHEMA.position, ox.Literal(finding.place.cell)
    if finding.place is not None and finding.place.line is not None:
        yield node, PROVKG.startLine, ox.Literal(finding.place.line)


def _terms(finding: Finding) -> tuple[Any, Any]:
    """The focus node and the value as RDF; those of constraints that are not written in SHACL are texts."""
    focus, value = finding.terms
    if not focus:
        return _parse_node(finding.focus), None if finding.value is None else ox.Literal(finding.value)
    return _parse_term(focus), None if value is None else _parse_term(value)


def _parse_node(text: str) -> ox.NamedNode:
    return make_node(text, "urn:x-provkg:")


def _parse_term(text: str) -> Any:
    """The term that N-Triples writes so."""
    (quad,) = ox.parse(f"<urn:s> <urn:p> {text} .".encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return quad.object
