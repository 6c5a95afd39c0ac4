"""What follows from a graph: the same as owlrl says, in terms of the graph, and nothing that says nothing."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from provkg.validate.closure import close_graph
from provkg.validate.ontology import read_ontologies

PREFIXES = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix p-plan: <http://purl.org/net/p-plan#> .
@prefix repr: <https://w3id.org/reproduceme#> .
@prefix : <http://example.org/> .
"""


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]


def follows(data: str, axioms: str, rules: str = "owlrl") -> set[str]:
    """What follows, without the prefix of the examples and with blank nodes called "?"."""
    closure = close_graph(triples(data), triples(axioms), rules)

    def name(term: object) -> str:
        return "?" if isinstance(term, ox.BlankNode) else str(term).replace("http://example.org/", "")

    return {" ".join(map(name, triple)) for triple in closure.triples}


RULES = [
    (":a :p :b .", ":p rdfs:subPropertyOf :q .", {"<a> <q> <b>"}),
    (":a :p :b .", ":p rdfs:domain :C ; rdfs:range :D .", {f"<a> {ox.NamedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')} <C>", f"<b> {ox.NamedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')} <D>"}),
    (":a :p :b .", ":p owl:inverseOf :q .", {"<b> <q> <a>"}),
    (":a :p :b . :b :p :c .", ":p a owl:TransitiveProperty .", {"<a> <p> <c>"}),
    (":a :p :b .", ":p a owl:SymmetricProperty .", {"<b> <p> <a>"}),
    (":a :p :b . :b :q :c .", ":r owl:propertyChainAxiom (:p :q) .", {"<a> <r> <c>"}),
    (":a :p :b . :b :p :c . :c :p :d .", ":p owl:propertyChainAxiom (:p :p) .", {"<a> <p> <c>", "<b> <p> <d>", "<a> <p> <d>"}),
    (":a :p [ :q :c ] .", ":r owl:propertyChainAxiom (:p :q) . :r rdfs:subPropertyOf :s .", {"<a> <r> <c>", "<a> <s> <c>"}),
    (":a :p '05'^^xsd:integer, 'x'@en .", ":p rdfs:subPropertyOf :q .", {'<a> <q> "05"^^<http://www.w3.org/2001/XMLSchema#integer>', '<a> <q> "x"@en'}),
    (":a :p [] .", ":p rdfs:subPropertyOf :q .", {"<a> <q> ?"}),
    (":a :p 'value' .", ":p rdfs:range rdfs:Literal .", set()),
    (":a :p :b .", "", set()),
]  # fmt: skip


@pytest.mark.parametrize(("data", "axioms", "expected"), RULES)
def test_what_follows_is_told_and_nothing_else(data: str, axioms: str, expected: set[str]) -> None:
    assert follows(data, axioms) == expected


def test_rdfs_leaves_out_what_only_owl_says() -> None:
    axioms = ":p rdfs:subPropertyOf :q ; owl:inverseOf :r ; owl:propertyChainAxiom (:p :p) ."
    assert follows(":a :p :b . :b :p :c .", axioms, "rdfs") == {"<a> <q> <b>", "<b> <q> <c>"}


def test_blank_nodes_keep_being_those_of_the_graph() -> None:
    data = triples(":a :p _:x . _:x :p :c .")
    closure = close_graph(data, triples(":p rdfs:subPropertyOf :q ."))
    assert {triple.object for triple in closure.triples} == {triple.object for triple in data}


def test_things_that_have_to_be_one_are_told() -> None:
    closure = close_graph(triples(":a :p :b, :c ."), triples(":p a owl:FunctionalProperty ."))
    assert closure.same == (("http://example.org/b", "http://example.org/c"),)


def test_a_query_in_the_terms_of_prov_and_p_plan_finds_what_has_only_ours() -> None:
    closure = close_graph(
        triples(":t a repr:Trial . :c a repr:Cell . :e prov:wasDerivedFrom :d ."), read_ontologies([])
    )
    told = {(triple.subject.value, str(triple.object)) for triple in closure.triples}  # type: ignore[union-attr]
    assert ("http://example.org/t", "<http://www.w3.org/ns/prov#Activity>") in told
    assert ("http://example.org/c", "<http://purl.org/net/p-plan#Step>") in told
    assert "<http://www.w3.org/ns/prov#wasInfluencedBy>" in {
        str(triple.predicate) for triple in closure.triples
    }


def test_the_order_of_statements_changes_nothing() -> None:
    data, axioms = triples(":a :p :b . :b :p :c . :c :p [] ."), triples(":p a owl:TransitiveProperty .")
    assert close_graph(data, axioms).triples == close_graph(data[::-1], axioms[::-1]).triples


def test_owlrl_says_the_same() -> None:
    """On a graph with a word of everything that our vocabularies use."""
    owlrl, rdflib = pytest.importorskip("owlrl"), pytest.importorskip("rdflib")
    axioms = triples(
        ":p rdfs:subPropertyOf :q . :q owl:inverseOf :r . :r rdfs:range :C . :C rdfs:subClassOf :D . :D owl:equivalentClass :E ."
        ":t a owl:TransitiveProperty . :x owl:propertyChainAxiom (:p :t) . :f a owl:FunctionalProperty ."
        ":V owl:onProperty :p ; owl:someValuesFrom :D . :W owl:onProperty :p ; owl:allValuesFrom :G . "
        ":U owl:unionOf (:C :G) . :I owl:intersectionOf (:D :E) ."
    )
    data = triples(":a :p :b . :b :p :c . :b :t :c . :c :t :d . :a :f :b . :a :f :z . :c a :G . :b a :W .")
    graph = rdflib.Graph().parse(
        data=ox.serialize([*data, *axioms], format=ox.RdfFormat.N_TRIPLES), format="nt"
    )
    before = set(graph)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    things = {f"http://example.org/{name}" for name in "abcdz"}
    theirs = {
        (str(subject), str(predicate), str(value))
        for subject, predicate, value in set(graph) - before
        if str(subject) in things and value not in (rdflib.OWL.Thing, rdflib.RDFS.Resource)
        and not (predicate == rdflib.OWL.sameAs and subject == value)
    }  # fmt: skip
    ours = {
        tuple(getattr(term, "value", "") for term in triple) for triple in close_graph(data, axioms).triples
    }
    assert ours == theirs
    assert len(ours) > 30
