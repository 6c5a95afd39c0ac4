"""The text formats of RDF."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from provkg.errors import GraphError
from provkg.export.rdf import write_rdf
from provkg.graph.terms import RDF

EX = "http://example.org/"


def quad(subject: str, predicate: str, value: str | Literal, graph: str = "g") -> Quad:
    node = value if isinstance(value, Literal) else NamedNode(EX + value)
    return Quad(NamedNode(EX + subject), NamedNode(EX + predicate), node, NamedNode(EX + graph))


def written(quads: list[Quad], name: str, **prefixes: str) -> str:
    stream = io.BytesIO()
    write_rdf(quads, name, stream, prefixes)
    return stream.getvalue().decode()


def test_turtle_tells_all_about_a_subject_at_once_though_two_graphs_speak_of_it() -> None:
    quads = [quad("a", "p", "x", "one"), quad("b", "p", "x", "one"), quad("a", "q", "y", "two")]
    assert written([*quads, quad("a", "p", "x", "two")], "turtle", ex=EX) == (
        "@prefix ex: <http://example.org/> .\n"
        "ex:a ex:p ex:x ;\n\tex:q ex:y .\n"
        "ex:b ex:p ex:x .\n"
    )  # fmt: skip


def test_trig_keeps_graphs_apart() -> None:
    assert written([quad("a", "p", "x", "one"), quad("a", "p", "x", "two")], "trig", ex=EX) == (
        "@prefix ex: <http://example.org/> .\n"
        "ex:one {\n\tex:a ex:p ex:x .\n}\n"
        "ex:two {\n\tex:a ex:p ex:x .\n}\n"
    )  # fmt: skip


def test_nquads_keep_the_order() -> None:
    quads = [quad("b", "p", "x"), quad("a", "p", "x")]
    assert written(quads, "nquads") == "".join(f"{each} .\n" for each in quads)


def test_rdf_xml_shows_pictures_of_what_xml_cannot_hold() -> None:
    text = written([quad("a", "p", Literal("\x1b[31m\0\ufffe red\r\n\t", language="en"))], "rdfxml")
    element = ElementTree.fromstring(text)[0][0]  # noqa: S314 - the parser is what is asked here
    assert element.text == "␛[31m␀\N{REPLACEMENT CHARACTER} red\r\n\t"
    (triple,) = parse(text.encode(), RdfFormat.RDF_XML)
    assert triple.object == Literal(element.text, language="en")


@pytest.mark.parametrize("predicate", ["1", "", "p%20", "a/", "#"])
def test_rdf_xml_refuses_predicates_that_are_no_names(predicate: str) -> None:
    with pytest.raises(GraphError, match="does not end in a name"):
        written([quad("a", predicate, "x")], "rdfxml")


def test_rdf_xml_refuses_classes_that_are_no_names() -> None:
    with pytest.raises(GraphError, match="does not end in a name"):
        written([Quad(RDF.type, RDF.type, NamedNode(EX), RDF.type)], "rdfxml")


@pytest.mark.parametrize("predicate", ["1a", "a.b", "-a", "é", "a-1"])
def test_rdf_xml_of_odd_predicates_is_xml(predicate: str) -> None:
    text = written([quad("a", predicate, "x")], "rdfxml", ex=EX)
    assert ElementTree.fromstring(text)[0][0].tag.endswith(predicate.lstrip("-1"))  # noqa: S314
    assert [triple.predicate.value for triple in parse(text.encode(), RdfFormat.RDF_XML)] == [EX + predicate]
