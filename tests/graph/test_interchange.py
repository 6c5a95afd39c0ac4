"""rdflib and prov read the graph and lose nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, serialize
from rdflib.compare import to_isomorphic

from provkg.facts.factset import FactSet
from provkg.graph.builder import build_quads, turtle_prefixes
from provkg.graph.terms import PROV
from provkg.resources import read_resource

BASE = "https://w3id.org/my/project/"
Rich = Callable[..., FactSet]


@pytest.fixture
def quads(rich: Rich) -> list[Quad]:
    return [quad for how in ("inferred", "recorded") for quad in build_quads(rich(how=how), BASE)]


def as_rdflib(quads: list[Quad]) -> rdflib.Graph:
    triples = serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=triples, format="nt")


@pytest.mark.parametrize(
    ("rdf_format", "name"),
    [(RdfFormat.TURTLE, "turtle"), (RdfFormat.RDF_XML, "xml"), (RdfFormat.N_TRIPLES, "nt")],
)
def test_rdflib_reads_the_same_triples_from_every_format(
    quads: list[Quad], rdf_format: RdfFormat, name: str
) -> None:
    prefixes = turtle_prefixes(quads, BASE)
    text = serialize((quad.triple for quad in quads), format=rdf_format, prefixes=prefixes)
    assert set(rdflib.Graph().parse(data=text, format=name)) == set(as_rdflib(quads))


def test_json_ld_with_our_context_reads_well_and_gives_the_same_triples_back(quads: list[Quad]) -> None:
    graph = as_rdflib(quads)
    context = json.loads(read_resource("ontologies/context.jsonld"))["@context"]
    text = graph.serialize(format="json-ld", context=context, use_native_types=True)
    assert to_isomorphic(rdflib.Graph().parse(data=text, format="json-ld")) == to_isomorphic(graph)
    keys = {key for node in json.loads(text)["@graph"] for key in node}
    assert not [key for key in keys if "://" in key]
    assert {"label", "dependsOn", "hasInputVar", "wasDerivedFrom", "cellIndex"} <= keys


def test_prov_keeps_every_node(quads: list[Quad]) -> None:
    model = pytest.importorskip("prov.model")
    trig = serialize(quads, format=RdfFormat.TRIG, prefixes=turtle_prefixes(quads, BASE)).decode()
    document = model.ProvDocument.deserialize(content=trig, format="rdf", rdf_format="trig")
    bundles = {bundle.identifier.uri: bundle for bundle in document.bundles}
    assert set(bundles) == {quad.graph_name.value for quad in quads}
    classes = (PROV.Entity, PROV.Activity, PROV.Agent)
    for name, bundle in bundles.items():
        own = [quad for quad in quads if quad.graph_name == NamedNode(name)]
        said = {quad.subject.value for quad in own if quad.object in classes}
        kept = {record.identifier.uri for record in bundle.get_records() if record.identifier}
        assert said - kept == set()
