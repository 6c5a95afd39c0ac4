"""The bank as RDF: what an endpoint publishes of the questions that it answers."""

from __future__ import annotations

import rdflib
from rdflib.namespace import RDF, SH

from provkg.query.bank import load_bank
from provkg.query.catalogue import BASE, write_catalogue

BANK = load_bank()


def read(endpoint: str | None = None) -> rdflib.Graph:
    return rdflib.Graph().parse(data=write_catalogue(BANK, endpoint), format="turtle")


def test_every_question_is_an_executable_with_its_text_and_comment() -> None:
    graph = read()
    for question in BANK:
        node = rdflib.URIRef(BASE + question.id.replace(".", "/"))
        assert (node, RDF.type, SH.SPARQLExecutable) in graph
        texts = [text for form in (SH.select, SH.ask, SH.construct) for text in graph.objects(node, form)]
        assert list(map(str, texts)) == [question.sparql]
        (comment,) = graph.objects(node, rdflib.RDFS.comment)
        assert comment.language == "en"  # type: ignore[attr-defined]
        assert str(comment).startswith(question.summary)


def test_every_parameter_says_its_name_and_whether_it_may_be_left_out() -> None:
    graph = read()
    told = {
        (
            str(question).removeprefix(BASE),
            str(graph.value(each, SH.name)),
            graph.value(each, SH.optional).toPython(),
        )  # type: ignore[union-attr]
        for question, each in graph.subject_objects(SH.parameter)
    }
    assert told == {
        (question.id.replace(".", "/"), each.name, not each.is_required)
        for question in BANK
        for each in question.parameters
    }


def test_the_prefixes_of_a_question_are_declared() -> None:
    graph = read()
    declared = {
        str(graph.value(each, SH.prefix)): str(graph.value(each, SH.namespace))
        for each in graph.objects(None, SH.declare)
    }
    assert declared["prov"] == "http://www.w3.org/ns/prov#"


def test_the_endpoint_that_answers_is_named_on_request() -> None:
    target = rdflib.URIRef("https://schema.org/target")
    assert not list(read().subject_objects(target))
    answered = {str(url) for url in read("https://example.org/sparql").objects(None, target)}
    assert answered == {"https://example.org/sparql"}


def test_the_same_bank_gives_the_same_bytes_without_blank_nodes() -> None:
    assert write_catalogue(BANK) == write_catalogue(list(BANK))
    assert not any(isinstance(term, rdflib.BNode) for triple in read() for term in triple)
