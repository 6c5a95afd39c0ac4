"""HermiT is asked rightly, and what clashes is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from provkg.errors import GraphError, MissingExtra
from provkg.validate import ontology
from provkg.validate.ontology import check_consistency, guess_clash, parse_ontology, read_ontologies

pytest.importorskip("owlready2")
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")

PREFIXES = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <http://example.org/> .
"""
ONTOLOGY = """
:Entity a owl:Class . :Activity a owl:Class ; owl:disjointWith :Entity . :Run a owl:Class ; rdfs:subClassOf :Activity .
:used a owl:ObjectProperty ; rdfs:domain :Activity ; rdfs:range :Entity .
:partOf a owl:ObjectProperty, owl:FunctionalProperty .
"""


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE)]


def told(found: tuple[ox.Triple, ...]) -> list[str]:
    return [
        " ".join(term.value.rpartition("/")[2].rpartition("#")[2] for term in triple)  # type: ignore[union-attr]
        for triple in found
    ]


@needs_java
def test_a_graph_that_agrees_is_consistent() -> None:
    found = check_consistency(triples(":r a :Run ; :used :d ; :note 'x' ; :other :z ."), triples(ONTOLOGY))
    assert found.is_consistent
    assert found.unsatisfiable == ()


@needs_java
def test_a_clash_is_told_by_the_statements_and_axioms_that_make_it() -> None:
    data = triples(":r a :Run . :d a :Entity . :r :used :d . :q :used :r . :a :used :b .")
    found = check_consistency(data, triples(ONTOLOGY))
    assert not found.is_consistent
    assert found.is_minimal
    assert told(found.clash) in (["q used r", "r type Run"], ["q used r", "r used d"])
    assert "Activity disjointWith Entity" in told(found.axioms)
    assert "used range Entity" in told(found.axioms)


@needs_java
def test_a_clash_that_no_class_shows_is_found_by_leaving_out() -> None:
    data = triples(":a :partOf :b , :c . :b owl:differentFrom :c . :d :partOf :e . :f a :Run .")
    assert guess_clash(data, triples(ONTOLOGY)) == ([], [])
    found = check_consistency(data, triples(ONTOLOGY))
    assert told(found.clash) == ["a partOf b", "a partOf c", "b differentFrom c"]
    assert told(found.axioms) == ["partOf type FunctionalProperty"]


@needs_java
def test_classes_that_nothing_can_be_in_are_named() -> None:
    axioms = triples(ONTOLOGY + ":Both a owl:Class ; rdfs:subClassOf :Entity, :Run .")
    assert check_consistency([], axioms).unsatisfiable == ("http://example.org/Both",)


@needs_java
def test_looking_for_a_clash_ends_when_it_takes_too_long() -> None:
    data = triples(":a :partOf :b , :c . :b owl:differentFrom :c .")
    found = check_consistency(data, triples(ONTOLOGY), runs=1)
    assert not found.is_consistent
    assert not found.is_minimal


@needs_java
def test_our_own_ontologies_are_consistent_and_have_no_empty_class() -> None:
    assert check_consistency([], read_ontologies([])).unsatisfiable == ()


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ontology.shutil, "which", lambda _: None)
    with pytest.raises(MissingExtra, match="needs Java"):
        check_consistency([], triples(ONTOLOGY))


def test_a_guess_is_two_statements_and_the_axioms_by_which_they_clash() -> None:
    data = triples(":r a :Run . :q :used :r . :a :used :b .")
    clash, axioms = guess_clash(data, triples(ONTOLOGY))
    assert told(tuple(clash)) == ["q used r", "r type Run"]
    assert told(tuple(axioms)) == [
        "Activity disjointWith Entity",
        "Run subClassOf Activity",
        "used range Entity",
    ]


XML = (
    '<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [<!ENTITY ex "http://example.org/">]>\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="&ex;A">'
    '<rdf:type rdf:resource="http://www.w3.org/2002/07/owl#Class"/></rdf:Description></rdf:RDF>'
)
TURTLE = "<http://example.org/A> a <http://www.w3.org/2002/07/owl#Class> ."


@pytest.mark.parametrize(
    ("name", "content"), [("a.owl", XML), ("a.owl", TURTLE), ("a.xml", XML), ("a.ttl", TURTLE), ("a.nt", TURTLE.replace(" a ", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "))]
)  # fmt: skip
def test_ontologies_are_read_by_what_they_are_not_only_by_their_names(name: str, content: str) -> None:
    assert told(tuple(parse_ontology(content.encode(), name))) == ["A type Class"]


@pytest.mark.parametrize(("name", "content"), [("a.owl", "<rdf:RDF"), ("a.ttl", "x"), ("a.ttl", "")])
def test_what_is_no_ontology_is_told(name: str, content: str) -> None:
    with pytest.raises(GraphError):
        parse_ontology(content.encode(), name)


def test_a_folder_gives_its_ontologies_without_their_imports(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(
        TURTLE + " <http://example.org/> <http://www.w3.org/2002/07/owl#imports> <http://example.org/b> ."
    )
    (tmp_path / "notes.md").write_text("no ontology")
    added = {str(each) for each in read_ontologies([tmp_path])} - {str(each) for each in read_ontologies([])}
    assert added == {str(each) for each in triples(TURTLE)}


def test_ontologies_are_the_same_at_each_reading() -> None:
    assert read_ontologies([]) == read_ontologies([])


def test_a_folder_without_ontologies_is_told(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="there is no ontology"):
        read_ontologies([tmp_path])
