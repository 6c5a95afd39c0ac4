"""What PROV-O says in RDF becomes the statements that PROV-N would have."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from provkg.validate.constraints import check_instances
from provkg.validate.prov_rdf import read_quads
from provkg.validate.prov_statements import Instance

PREFIXES = """
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://example.org/> .
"""


def read(text: str) -> list[Instance]:
    return read_quads(ox.parse(PREFIXES + text, format=ox.RdfFormat.TRIG))


def told(text: str) -> list[str]:
    """The statements in PROV-N's order; what has no name is told as "?"."""
    (instance,) = read(text)

    def name(term: str) -> str:
        return "?" if term.startswith("_:") else term.removeprefix("http://example.org/")

    return [
        f"{each.relation}({name(each.id)}; {', '.join(map(name, each.arguments))})".replace("; )", ")")
        for each in instance.statements
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":e a prov:Plan .", "entity(e)"),
        (":p a prov:Person .", "agent(p)"),
        (":a prov:used :e .", "used(?; a, e, -)"),
        (":a prov:generated :e .", "wasGeneratedBy(?; e, a, -)"),
        (":e prov:wasGeneratedBy :a .", "wasGeneratedBy(?; e, a, -)"),
        (":e prov:wasRevisionOf :f .", "wasDerivedFrom(?; e, f, -, -, -)"),
        (":a prov:influenced :e .", "wasInfluencedBy(?; e, a)"),
        (":e prov:hadMember :f .", "hadMember(?; e, f)"),
        (":a prov:startedAtTime '2026-03-01T08:00:00+01:00'^^xsd:dateTime .", "activity(a; 2026-03-01T07:00:00Z, ?)"),
        (":e prov:generatedAtTime '2026-03-01T08:00:00Z'^^xsd:dateTime .", "wasGeneratedBy(?; e, ?, 2026-03-01T08:00:00Z)"),
        (":a prov:qualifiedUsage :u . :u prov:entity :e .", "used(u; a, e, -)"),
        (":a prov:qualifiedUsage [ prov:entity :e ] . :a prov:used :e .", "used(?; a, e, -)"),
        (":a prov:qualifiedStart :s . :s prov:entity :e ; prov:hadActivity :b .", "wasStartedBy(s; a, e, b, -)"),
        (":e prov:qualifiedRevision :d . :d prov:entity :f ; prov:hadUsage :u ; prov:hadActivity :a .", "wasDerivedFrom(d; e, f, a, -, u)"),
        (":a prov:qualifiedAssociation :x . :x prov:agent :p ; prov:hadPlan :l .", "wasAssociatedWith(x; a, p, l)"),
        (":e prov:qualifiedAttribution :x . :x prov:influencer :p .", "wasAttributedTo(x; e, p)"),
        (":e prov:qualifiedInfluence :x . :x prov:activity :a .", "wasInfluencedBy(x; e, a)"),
    ],
)  # fmt: skip
def test_each_way_of_saying_it_is_read(text: str, expected: str) -> None:
    assert told(text) == [expected]


def test_each_named_graph_is_an_instance() -> None:
    found = read(":e a prov:Entity . :g { :a a prov:Activity } :f { :b a prov:Activity }")
    assert [each.name for each in found] == ["", "http://example.org/f", "http://example.org/g"]


def test_a_text_is_no_argument() -> None:
    (instance,) = read(":a prov:used 'train.csv' .")
    assert instance.statements == []
    assert [each.value for each in instance.malformed] == ["train.csv"]


def test_two_values_in_a_qualified_relation_clash() -> None:
    found = check_instances(read(":a prov:qualifiedUsage :u . :u prov:entity :e , :f ."))
    assert [breach.message for breach in found] == ["the usage u has two values for its entity, e and f"]


def test_things_are_told_by_their_labels() -> None:
    found = check_instances(read(":e a prov:Entity, prov:Activity ; rdfs:label 'the table' ."))
    assert found[0].message.startswith("the table is an entity")


def test_the_order_of_statements_changes_nothing() -> None:
    text = (
        ":a prov:used :e ; a prov:Entity . :e prov:wasDerivedFrom :f . :f prov:wasDerivedFrom :e , 'x' . "
        ":g prov:specializationOf :g ; prov:wasGeneratedBy :a ; prov:qualifiedGeneration :x , :y . "
        ":x prov:activity :a . :y prov:activity :a ."
    )
    quads = list(ox.parse(PREFIXES + text, format=ox.RdfFormat.TRIG))
    first = check_instances(read_quads(quads))
    assert len({breach.code for breach in first}) == 5
    assert check_instances(read_quads(reversed(quads))) == first
