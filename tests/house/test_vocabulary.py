"""terms.py, provkg.ttl and the JSON-LD context name the same terms, and foreign terms exist."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS, BNode, URIRef
from rdflib.term import Node

from provkg.graph.terms import PREFIXES, PROVKG, SDO, SH, Vocabulary
from provkg.resources import read_resource

CHECKOUT = Path(__file__).parents[2]
REFERENCE = os.environ.get("PROVKG_REFERENCE_ONTOLOGIES")
needs_reference = pytest.mark.skipif(REFERENCE is None, reason="PROVKG_REFERENCE_ONTOLOGIES is not set")

FILES = {
    "prov": "prov/prov-o-20130430.owl",
    "p-plan": "p-plan/p-plan-1.3.owl",
    "provone": "provone/provone-v1.owl",
    "repr": "reproduceme/reproduce-me-v1.1.owl",
    "mls": "mls/MLSchema.ttl",
    "schema": "schemaorg/schemaorg-30.0-current-http.ttl",
    "fair4ml": "fair4ml/fair4ml-0.1.0.jsonld",
}
"""Prefix → file that defines the vocabulary, in the folder of the real ontologies."""

FORMATS = {".ttl": "turtle", ".jsonld": "json-ld"}


@cache
def ontology(prefix: str) -> rdflib.Graph:
    """The real ontology behind a prefix; an .owl file may hold RDF/XML or Turtle."""
    path = Path(REFERENCE or "") / FILES[prefix]
    text = path.read_text(encoding="utf-8")
    owl_format = "xml" if text.lstrip().startswith("<?xml") or "<rdf:RDF" in text else "turtle"
    graph = rdflib.Graph().parse(data=text, format=FORMATS.get(path.suffix, owl_format))
    assert len(graph) > 50, f"{path} was read as nothing"
    return graph


@cache
def own() -> rdflib.Graph:
    return rdflib.Graph().parse(data=read_resource("ontologies/provkg.ttl"), format="turtle")


def context() -> dict[str, Any]:
    return json.loads(read_resource("ontologies/context.jsonld"))["@context"]  # type: ignore[no-any-return]


def expand(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def used_terms() -> Iterator[str]:
    return (term.value for vocabulary in Vocabulary.ALL for term in vocabulary.terms())


def own_terms() -> set[str]:
    return {str(term) for term in own().subjects() if str(term).startswith(PROVKG.IRI)}


def test_terms_and_ontology_name_the_same_terms() -> None:
    assert own_terms() == {term.value for term in PROVKG.terms()}


def test_context_and_ontology_name_the_same_terms() -> None:
    named = {expand(value if isinstance(value, str) else value["@id"]) for name, value in context().items()
             if name not in PREFIXES}  # fmt: skip
    assert {term for term in named if term.startswith(PROVKG.IRI)} == own_terms()
    assert named <= set(used_terms())


def test_the_context_has_every_prefix() -> None:
    assert {name: context()[name] for name in PREFIXES} == PREFIXES


def test_every_term_is_used_by_who_writes_rdf() -> None:
    code = "".join(
        path.read_text()
        for room in ("graph", "query", "publish", "validate")
        for path in (CHECKOUT / "provkg" / room).glob("*.py")
        if path.name != "terms.py"
    )
    names = set(re.findall(r"\b([A-Z0-9]+)\.(\w+)", code))
    unused = [
        f"{vocabulary.__name__}.{name}"
        for vocabulary in (*Vocabulary.ALL, SDO, SH)
        for name in vocabulary.__annotations__
        if (vocabulary.__name__, name) not in names
    ]
    assert unused == []


@pytest.mark.parametrize("term", sorted(own_terms()))
def test_every_own_term_says_what_it_means_and_where_it_belongs(term: str) -> None:
    node, graph = URIRef(term), own()
    assert len(list(graph.objects(node, RDFS.label))) == 1
    assert str(graph.value(node, RDFS.comment)).endswith(".")
    if (node, RDF.type, OWL.Class) in graph:
        assert (node, RDFS.subClassOf, None) in graph
    else:
        assert (node, RDFS.range, None) in graph
        assert (node, RDFS.domain, None) in graph


@pytest.mark.parametrize("relation", [RDFS.subClassOf, RDFS.subPropertyOf])
def test_nothing_of_our_own_is_above_itself(relation: URIRef) -> None:
    everything = own() + rdflib.Graph().parse(data=read_resource("ontologies/alignment.ttl"), format="turtle")
    circular = [
        str(term)
        for term in set(everything.subjects(relation))
        if any(term in set(everything.transitive_objects(upper, relation)) for upper in everything.objects(term, relation))
    ]  # fmt: skip
    assert circular == []


def test_every_own_term_that_is_named_is_declared() -> None:
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
    named = {str(node) for triple in own() for node in triple if str(node).startswith(PROVKG.IRI)}
    declared = {
        str(term) for kind in kinds for term in own().subjects(RDF.type, kind) if isinstance(term, URIRef)
    }
    assert named == declared


def test_no_two_own_terms_have_the_same_label() -> None:
    labels = sorted(str(label).lower() for label in own().objects(None, RDFS.label))
    assert [one for one, other in pairwise(labels) if one == other] == []


def test_object_properties_of_the_ontology_are_links_in_the_context() -> None:
    links = {
        expand(value["@id"])
        for value in context().values()
        if isinstance(value, dict) and value.get("@type") == "@id"
    }
    own_links = {str(term) for term in own().subjects(RDF.type, OWL.ObjectProperty)}
    assert {link for link in links if link.startswith(PROVKG.IRI)} == own_links


def test_the_ontology_says_its_licence_and_version() -> None:
    header = URIRef("https://w3id.org/provkg")
    assert (header, rdflib.DCTERMS.license, None) in own()
    assert (header, OWL.versionIRI, None) in own()


@needs_reference
@pytest.mark.parametrize("prefix", FILES)
def test_every_foreign_term_exists_in_its_ontology(prefix: str) -> None:
    vocabulary = next(each for each in Vocabulary.ALL if prefix == each.PREFIX)
    missing = [
        term.value
        for term in vocabulary.terms()
        if (URIRef(term.value), RDF.type, None) not in ontology(prefix)
    ]
    assert missing == []


@needs_reference
def test_no_foreign_vocabulary_is_without_a_file() -> None:
    standard = {"provkg", "rdf", "rdfs", "xsd"}
    assert {vocabulary.PREFIX for vocabulary in Vocabulary.ALL} - standard == set(FILES)


def links(graph: rdflib.Graph) -> Iterator[tuple[URIRef, URIRef, URIRef]]:
    for relation in (RDFS.subClassOf, RDFS.subPropertyOf):
        for lower, upper in graph.subject_objects(relation):
            if isinstance(lower, URIRef) and isinstance(upper, URIRef):
                yield lower, relation, upper


@needs_reference
def test_every_link_of_the_alignment_follows_from_the_ontologies() -> None:
    everything = rdflib.Graph()
    for prefix in FILES:
        everything += ontology(prefix)
    alignment = rdflib.Graph().parse(data=read_resource("ontologies/alignment.ttl"), format="turtle")
    invented = [
        (lower, upper) for lower, relation, upper in links(alignment)
        if upper not in set(everything.transitive_objects(lower, relation))
    ]  # fmt: skip
    assert invented == []
    assert len(list(links(alignment))) > 40
    disjoint = set(alignment.subject_objects(OWL.disjointWith))
    assert disjoint <= set(everything.subject_objects(OWL.disjointWith))
    assert disjoint


def own_ranges(relations: Iterable[URIRef]) -> Iterator[Node]:
    """The terms that own terms are related to; of a union of classes, each of them."""
    graph = own()
    for value in (value for relation in relations for value in graph.objects(None, relation)):
        yield from graph.items(graph.value(value, OWL.unionOf)) if isinstance(value, BNode) else [value]


@needs_reference
def test_superclasses_and_ranges_of_own_terms_exist() -> None:
    known = (
        set().union(*({str(term) for term in ontology(prefix).subjects(RDF.type)} for prefix in FILES))
        | own_terms()
    )
    relations = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range)
    named = {str(value) for value in own_ranges(relations)}
    standard = (PREFIXES["xsd"], SH.IRI)
    assert {iri for iri in named - known if not iri.startswith(standard)} == set()


def test_matches_name_terms_of_others() -> None:
    matches = [SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch]
    values = {str(value) for match in matches for value in own().objects(None, match)}
    assert values
    assert not {value for value in values if value.startswith(PROVKG.IRI)}


@needs_reference
@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
def test_our_ontology_has_no_class_that_nothing_can_be_in() -> None:
    owlready2 = pytest.importorskip("owlready2")
    merged = own() + rdflib.Graph().parse(data=read_resource("ontologies/alignment.ttl"), format="turtle")
    for prefix in ("prov", "p-plan", "repr", "mls", "provone"):
        merged += ontology(prefix)
    merged.remove((None, OWL.imports, None))
    world = owlready2.World()
    loaded = world.get_ontology("http://example.org/merged/").load(
        fileobj=io.BytesIO(merged.serialize(format="nt", encoding="utf-8"))
    )
    assert len(list(world.classes())) > 300, "nothing was loaded"
    with loaded:
        owlready2.sync_reasoner_hermit([loaded], debug=0)
    assert list(world.inconsistent_classes()) == []
