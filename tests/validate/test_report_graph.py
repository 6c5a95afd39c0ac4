"""A report as RDF is the standard's, reads back, and is the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace

import pyoxigraph as ox
import rdflib
from rdflib import RDF

from provkg.export.registry import write_graph
from provkg.graph.terms import SH
from provkg.validate.checking import Asked, check_document
from provkg.validate.findings import Finding, Report
from provkg.validate.report_graph import PREFIXES, emit_report, name_report, read_results

from .conftest import ReadTurtle

DATA = """
:doc provkg:path "a.ipynb" .
:v a provkg:NotebookVersion, p-plan:Plan ; prov:specializationOf :doc .
:c p-plan:isStepOfPlan :v ; schema:position 3 .
:r a provkg:FileAccess ; provkg:inCell :c ; provkg:startLine 2 ; prov:specializationOf :f .
:f provkg:fileKind "file" ; provkg:isResolved true ; provkg:locator "/home/jane/a.csv" .
"""


def make_report(turtle: ReadTurtle) -> Report:
    return check_document(list(turtle(DATA)), "http://example.org/doc", "", Asked(("script",), ("RUN213",)))


def write(report: Report) -> bytes:
    stream = io.BytesIO()
    write_graph(emit_report(report), "turtle", stream, PREFIXES)
    return stream.getvalue()


def test_a_written_report_reads_back_as_the_results_it_was_made_of(turtle: ReadTurtle) -> None:
    report = make_report(turtle)
    store = ox.Store()
    store.load(input=write(report), format=ox.RdfFormat.TURTLE)
    (result,) = read_results(store)
    (finding,) = report.findings
    assert (result.focus.value, result.messages) == (finding.focus, (finding.message,))
    assert (str(result.source_shape), result.severity) == (f"<{finding.source_shape}>", SH.Warning)
    assert result.value == ox.Literal("/home/jane/a.csv")
    assert result.component == SH.SPARQLConstraintComponent


def test_another_reader_finds_a_validation_report_with_its_place(turtle: ReadTurtle) -> None:
    graph = rdflib.Graph().parse(data=write(make_report(turtle)), format="turtle")
    sh = rdflib.Namespace(SH.IRI)
    (node,) = graph.subjects(RDF.type, sh.ValidationReport)
    assert str(node) == "http://example.org/doc#validation"
    assert graph.value(node, sh.conforms).toPython() is True
    (result,) = graph.objects(node, sh.result)
    assert str(graph.value(result, rdflib.URIRef("https://w3id.org/provkg#inCell"))) == "http://example.org/c"
    assert str(graph.value(result, rdflib.RDFS.label)).startswith("a.ipynb:cell 3:line 2: RUN213 ")


def test_the_same_findings_give_the_same_bytes_without_a_blank_node(turtle: ReadTurtle) -> None:
    first, second = write(make_report(turtle)), write(make_report(turtle))
    assert first == second
    assert b"_:" not in first
    assert b"[" not in first


def test_a_violation_makes_it_not_conform(turtle: ReadTurtle) -> None:
    report = make_report(turtle)
    worse = replace(report, findings=(replace(report.findings[0], severity="violation"),))
    assert b"sh:conforms false" in write(worse)


def test_findings_without_rdf_terms_and_places_can_be_written() -> None:
    """Those about the constraints of PROV, and about what is called by no IRI."""
    bare = Finding("PROV503", "", "odd \\x07", "violation", "not an iri", None, "a value", None, "urn:s")
    report = Report("g.ttl", "", "graph", (), (), (bare,))
    assert name_report(report).endswith("#validation")
    store = ox.Store()
    store.load(input=write(report), format=ox.RdfFormat.TURTLE)
    (result,) = read_results(store)
    assert result.value == ox.Literal("a value")
