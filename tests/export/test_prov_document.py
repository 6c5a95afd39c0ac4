"""PROV documents: which record each statement becomes."""

from __future__ import annotations

import io
import sys

import pytest
from pyoxigraph import RdfFormat, parse

from provkg.errors import MissingExtra
from provkg.export.prov_document import write_prov
from provkg.graph.terms import PREFIXES

EX = "http://example.org/"


def end(trig: str) -> str:
    """The text with the full stop that its last statement needs."""
    return trig if trig.rstrip().endswith(("}", ".")) else f"{trig} ."


def provn(trig: str, **prefixes: str) -> list[str]:
    """The records and bundle marks of the document, without prefixes."""
    header = "".join(f"prefix {name}: <{iri}>\n" for name, iri in {**PREFIXES, "ex": EX}.items())
    stream = io.BytesIO()
    write_prov(
        list(parse(header + end(trig), RdfFormat.TRIG)), "provn", stream, {**PREFIXES, "ex": EX, **prefixes}
    )
    lines = (line.strip() for line in stream.getvalue().decode().splitlines())
    return [line for line in lines if line and not line.startswith(("prefix", "document", "endDocument"))]


def test_a_node_is_the_record_its_class_says_with_its_other_classes() -> None:
    assert provn(
        "ex:a a prov:Entity, prov:Plan, ex:C . ex:b a prov:Activity . ex:c a prov:SoftwareAgent"
    ) == [
        "entity(ex:a, [prov:type='prov:Plan', prov:type='ex:C'])",
        "activity(ex:b, -, -)",
        "agent(ex:c, [prov:type='prov:SoftwareAgent'])",
    ]


def test_a_node_without_such_a_class_is_an_entity_if_something_is_said_of_it() -> None:
    assert provn("ex:a ex:p 1 . ex:b prov:wasDerivedFrom ex:c") == [
        """entity(ex:a, [ex:p="1" %% xsd:integer])""",
        "wasDerivedFrom(ex:b, ex:c, -, -, -)",
    ]


def test_a_node_of_two_kinds_is_two_records_and_is_described_once() -> None:
    assert provn("ex:a a prov:Entity, prov:Agent ; ex:p 1") == [
        'agent(ex:a, [ex:p="1" %% xsd:integer])',
        "entity(ex:a)",
    ]


def test_statements_become_relations_and_attributes_keep_their_types() -> None:
    assert provn(
        """ex:a a prov:Entity ; rdfs:label "Zelle"@de ; rdf:value "x" ; ex:n 3 ; ex:f 0.5 ; ex:t true ;
            ex:d "2020-01-01"^^xsd:date ; prov:wasGeneratedBy ex:run ; prov:specializationOf ex:b ; ex:to ex:b"""
    ) == [
        """entity(ex:a, [prov:label="Zelle"@de, prov:value="x", ex:n="3" %% xsd:integer, """
        """ex:f="0.5" %% xsd:decimal, ex:t="true" %% xsd:boolean, ex:d="2020-01-01" %% xsd:date, ex:to='ex:b'])""",
        "wasGeneratedBy(ex:a, ex:run, -)",
        "specializationOf(ex:a, ex:b)",
    ]


def test_an_activity_has_its_times_and_what_is_no_time_stays_an_attribute() -> None:
    assert provn(
        """ex:a a prov:Activity ; prov:startedAtTime "2020-01-01T00:00:00Z"^^xsd:dateTime ;
            prov:endedAtTime "later"^^xsd:dateTime"""
    ) == ['activity(ex:a, 2020-01-01T00:00:00+00:00, -, [prov:endedAtTime="later" %% xsd:dateTime])']


def test_a_qualified_association_is_one_relation_with_its_plan() -> None:
    assert provn(
        """ex:run a prov:Activity ; prov:wasAssociatedWith ex:tool, ex:other ; prov:qualifiedAssociation ex:q .
        ex:q a prov:Association ; prov:agent ex:tool ; prov:hadPlan ex:plan ; ex:note "n" ."""
    ) == [
        "activity(ex:run, -, -)",
        "wasAssociatedWith(ex:run, ex:other, -)",
        'wasAssociatedWith(ex:q; ex:run, ex:tool, ex:plan, [ex:note="n"])',
    ]


def test_an_association_may_have_a_plan_and_no_agent() -> None:
    assert provn(
        "ex:run prov:qualifiedAssociation ex:q . ex:q a prov:Association ; prov:hadPlan ex:plan ."
    ) == ["wasAssociatedWith(ex:q; ex:run, -, ex:plan)"]


def test_a_named_graph_is_a_bundle() -> None:
    assert provn("ex:a a prov:Entity . ex:g { ex:b a prov:Entity }") == [
        "entity(ex:a)",
        "bundle ex:g",
        "entity(ex:b)",
        "endBundle",
    ]


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://example.org/a.ipynb#v1.cell", "ex:a.ipynb#v1.cell"),
        ("ni:///sha-256;-_aB9", r"ns1:\-_aB9"),
        ("pkg:pypi/numpy@2.3", "ns1:numpy@2.3"),
        ("http://example.org/", "ex:"),
        ("https://other.org/?q=", "ns1:"),
        ("http://example.org/über", "ex:%C3%BCber"),
        ("http://example.org/a:b", "ns1:b"),
    ],
)
def test_every_iri_is_a_qualified_name(iri: str, name: str) -> None:
    assert provn(f"<{iri}> a prov:Entity") == [f"entity({name})"]


def test_prefixes_for_namespaces_avoid_those_there_are() -> None:
    assert provn("<http://other.org/x> a prov:Entity", ns1=EX + "own/") == ["entity(ns2:x)"]


@pytest.mark.parametrize(("module", "format"), [("prov.model", "provn"), ("lxml", "provxml")])
def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, module: str, format: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=f"need the library {module}") as caught:
        write_prov([], format, io.BytesIO(), {})
    assert caught.value.hint == "install it with: pip install 'provkg[prov]'"
