"""JSON-LD that reads well to a person."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from provkg.errors import GraphError
from provkg.export.jsonld import natural, write_jsonld

EX = "http://example.org/"
CONTEXT: Mapping[str, Any] = {
    "id": "@id",
    "type": "@type",
    "ex": EX,
    "prov": "http://www.w3.org/ns/prov#",
    "p-plan": "http://purl.org/net/p-plan#",
    "provkg": "https://w3id.org/provkg#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "label": "rdfs:label",
    "cellIndex": "provkg:cellIndex",
    "knows": {"@id": "ex:knows", "@type": "@id"},
    "tags": {"@id": "ex:tag", "@container": "@set"},
    "date": {"@id": "ex:date", "@type": "xsd:date"},
    "Notebook": "https://w3id.org/reproduceme#Notebook",
    "never": "ex:never",
}


def end(trig: str) -> str:
    """The text with the full stop that its last statement needs."""
    return trig if trig.rstrip().endswith(("}", ".")) else f"{trig} ."


def written(turtle: str, context: Mapping[str, Any] = CONTEXT, **prefixes: str) -> str:
    header = "".join(
        f"prefix {name}: <{iri}>\n" for name, iri in CONTEXT.items() if str(iri).startswith("http")
    )
    quads = list(
        parse(header + "prefix repr: <https://w3id.org/reproduceme#>\n" + end(turtle), RdfFormat.TRIG)
    )
    stream = io.BytesIO()
    write_jsonld(quads, stream, prefixes, context)
    assert set(parse(stream.getvalue(), RdfFormat.JSON_LD)) == set(quads)
    return stream.getvalue().decode()


def told(turtle: str, context: Mapping[str, Any] = CONTEXT, **prefixes: str) -> Any:
    return json.loads(written(turtle, context, **prefixes))["@graph"]


def test_a_document_reads_from_the_graph_down_to_its_cells() -> None:
    text = written(
        """ex:g {
            ex:c2 p-plan:isStepOfPlan ex:v1 ; provkg:cellIndex 10 ; a ex:Cell .
            ex:c1 p-plan:isStepOfPlan ex:v1 ; provkg:cellIndex 9 ; p-plan:hasOutputVar ex:x .
            ex:x ex:knows ex:c2 ; a prov:Entity , provkg:VariableDefinition .
            ex:v1 prov:specializationOf ex:nb .
            ex:nb a repr:Notebook ; rdfs:label "iris.ipynb" ; ex:size 3 .
            ex:g a prov:Bundle .
        }"""
    )
    assert text == (
        """\
{
  "@context": {
    "@version": 1.1,
    "ex": "http://example.org/",
    "p-plan": "http://purl.org/net/p-plan#",
    "prov": "http://www.w3.org/ns/prov#",
    "provkg": "https://w3id.org/provkg#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "id": "@id",
    "type": "@type",
    "Notebook": "https://w3id.org/reproduceme#Notebook",
    "cellIndex": "provkg:cellIndex",
    "cells": {"@reverse": "p-plan:isStepOfPlan", "@container": "@set"},
    "knows": {"@id": "ex:knows", "@type": "@id"},
    "label": "rdfs:label",
    "versions": {"@reverse": "prov:specializationOf", "@container": "@set"}
  },
  "id": "ex:g",
  "@graph": [
    {"id": "ex:g", "type": "prov:Bundle"},
    {
      "id": "ex:nb",
      "type": "Notebook",
      "label": "iris.ipynb",
      "ex:size": 3,
      "versions": [
        {
          "id": "ex:v1",
          "cells": [
            {
              "id": "ex:c1",
              "cellIndex": 9,
              "p-plan:hasOutputVar": {
                "id": "ex:x",
                "type": ["provkg:VariableDefinition", "prov:Entity"],
                "knows": "ex:c2"
              }
            },
            {"id": "ex:c2", "type": "ex:Cell", "cellIndex": 10}
          ]
        }
      ]
    }
  ]
}
"""
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"text"', "text"),
        ("42", 42),
        ("-1", -1),
        ('"042"^^xsd:integer', {"@value": "042", "@type": "xsd:integer"}),
        ("12345678901234567890", {"@value": "12345678901234567890", "@type": "xsd:integer"}),
        ("true", True),
        ('"1"^^xsd:boolean', {"@value": "1", "@type": "xsd:boolean"}),
        ("0.5", {"@value": "0.5", "@type": "xsd:decimal"}),
        ("5.0E-1", {"@value": "5.0E-1", "@type": "xsd:double"}),
        ("9.2E0", {"@value": "9.2E0", "@type": "xsd:double"}),
        ("1.0E0", {"@value": "1.0E0", "@type": "xsd:double"}),
        ('"NaN"^^xsd:double', {"@value": "NaN", "@type": "xsd:double"}),
        ("999999999999999", 999999999999999),
        ('"Zelle"@de', {"@value": "Zelle", "@language": "de"}),
        ("ex:b", {"id": "ex:b"}),
    ],
)
def test_values_are_plain_where_every_reader_gives_them_back(value: str, expected: Any) -> None:
    assert told(f"ex:a ex:p {value}") == [{"id": "ex:a", "ex:p": expected}]


def test_a_double_stays_a_text_under_a_term_of_that_type() -> None:
    context = {**CONTEXT, "seconds": {"@id": "ex:seconds", "@type": "xsd:double"}}
    assert told("ex:a ex:seconds 9.2E0", context) == [{"id": "ex:a", "seconds": "9.2E0"}]


def test_a_term_with_a_type_says_its_plain_values() -> None:
    assert told('ex:a ex:date "2020-01-01"^^xsd:date, "soon"; ex:knows ex:b, "Bob"') == [
        {
            "id": "ex:a",
            "date": ["2020-01-01", {"@value": "soon"}],
            "knows": [{"@value": "Bob"}, "ex:b"],
        }
    ]


def test_a_term_that_is_a_set_is_always_a_list() -> None:
    assert told('ex:a ex:tag "one"') == [{"id": "ex:a", "tags": ["one"]}]


def test_named_graphs_stand_beside_what_is_in_none() -> None:
    assert told("ex:a ex:p ex:b . ex:g { ex:a ex:p ex:c } ex:h { ex:a ex:p ex:d }") == [
        {"id": "ex:a", "ex:p": {"id": "ex:b"}},
        {"id": "ex:g", "@graph": [{"id": "ex:a", "ex:p": {"id": "ex:c"}}]},
        {"id": "ex:h", "@graph": [{"id": "ex:a", "ex:p": {"id": "ex:d"}}]},
    ]


def test_the_longest_prefix_wins_and_need_not_end_in_a_slash() -> None:
    text = written(
        "<http://own.org/iris#v1.cell> ex:p ex:b", own="http://own.org/iris#", v="http://own.org/iris#v1."
    )
    document = json.loads(text)
    assert document["@graph"][0]["id"] == "v:cell"
    assert document["@context"]["v"] == {"@id": "http://own.org/iris#v1.", "@prefix": True}
    assert "own" not in document["@context"]


def test_no_iri_is_taken_for_a_short_form() -> None:
    turtle = "<pkg:pypi/numpy> ex:p <ex:real> . <label:x> ex:p <pkg:own>"
    assert [node["id"] for node in told(turtle, pkg="http://packages.org/")] == ["label:x", "pkg:pypi/numpy"]


def test_a_name_for_nested_nodes_that_the_context_has_already_is_not_used_twice() -> None:
    context = {**CONTEXT, "cells": "ex:cells"}
    turtle = "ex:c p-plan:isStepOfPlan ex:v . ex:v ex:cells ex:many"
    (version,) = told(turtle, context)
    assert version == {"id": "ex:v", "cells": {"id": "ex:many"}, "cells_": [{"id": "ex:c"}]}


def test_a_reverse_term_of_the_context_is_used() -> None:
    context = {**CONTEXT, "steps": {"@reverse": "p-plan:isStepOfPlan"}}
    assert told("ex:c p-plan:isStepOfPlan ex:v . ex:v ex:p 1", context)[0]["steps"] == [{"id": "ex:c"}]


def test_entries_that_say_more_than_we_know_are_left_aside() -> None:
    context = {**CONTEXT, "list": {"@id": "ex:p", "@container": "@list"}, "@vocab": EX, "@language": "de"}
    assert told('ex:a ex:p "x"', context) == [{"id": "ex:a", "ex:p": "x"}]


def test_provkgs_own_context_is_the_default() -> None:
    stream = io.BytesIO()
    node = NamedNode(EX + "a")
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    write_jsonld([Quad(node, label, Literal("x"), DefaultGraph())], stream, {})
    assert json.loads(stream.getvalue())["@graph"] == [{"id": EX + "a", "label": "x"}]


def test_statements_about_statements_are_refused() -> None:
    node = NamedNode(EX)
    with pytest.raises(GraphError, match="statements about statements"):
        write_jsonld([Quad(node, node, Triple(node, node, node))], io.BytesIO(), {})


def test_numbers_in_names_count() -> None:
    names = ["cell-10", "cell-9", "cell-09", "cell", "cell-9.b", "cell-9.a"]
    assert sorted(names, key=natural) == ["cell", "cell-09", "cell-9", "cell-9.a", "cell-9.b", "cell-10"]
