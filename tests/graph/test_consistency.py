"""The graph agrees with PROV-O, P-Plan, ProvONE, REPRODUCE-ME and ML-Schema, says HermiT."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from provkg.facts.factset import FactSet
from provkg.graph.builder import build_quads
from provkg.graph.terms import PPLAN, PROV, RDF, SCHEMA
from provkg.resources import read_resource

owlready2 = pytest.importorskip("owlready2")

REFERENCE = os.environ.get("PROVKG_REFERENCE_ONTOLOGIES")
pytestmark = [
    pytest.mark.skipif(REFERENCE is None, reason="PROVKG_REFERENCE_ONTOLOGIES is not set"),
    pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java"),
]

BASE = "https://w3id.org/my/project/"
OWL = "http://www.w3.org/2002/07/owl#"
ONTOLOGIES = (
    "prov/prov-o-20130430.owl",
    "p-plan/p-plan-1.3.owl",
    "reproduceme/reproduce-me-v1.1.owl",
    "provone/provone-v1.owl",
    "mls/MLSchema.ttl",
)
Rich = Callable[..., FactSet]


@pytest.fixture(scope="module")
def ontologies() -> bytes:
    """The real ontologies and ours as N-Triples, without imports, which the reasoner would fetch."""
    merged = rdflib.Graph()
    for name in ONTOLOGIES:
        text = (Path(REFERENCE or "") / name).read_text(encoding="utf-8")
        merged.parse(data=text, format="xml" if "<rdf:RDF" in text else "turtle")
    for name in ("provkg.ttl", "alignment.ttl"):
        merged.parse(data=read_resource(f"ontologies/{name}"), format="turtle")
    merged.remove((None, rdflib.OWL.imports, None))
    return merged.serialize(format="nt", encoding="utf-8")


def declare_schema_org(quads: Iterable[Quad]) -> list[Quad]:
    """schema.org does not say which of its properties link and which hold values; the graph shows it."""
    kinds: dict[NamedNode, str] = {}
    for quad in quads:
        if quad.predicate.value.startswith(SCHEMA.IRI):
            kinds[quad.predicate] = (
                "DatatypeProperty" if isinstance(quad.object, Literal) else "ObjectProperty"
            )
    return [Quad(term, RDF.type, NamedNode(OWL + kind)) for term, kind in kinds.items()]


def tell_steps_apart(quads: Iterable[Quad]) -> list[Quad]:
    """Say that steps are different things: what would silently merge two of them is then inconsistent."""
    steps = sorted(
        {quad.subject for quad in quads if quad.predicate == RDF.type and quad.object == PPLAN.Step}
    )
    different = NamedNode(OWL + "differentFrom")
    return [Quad(one, different, other) for index, one in enumerate(steps) for other in steps[:index]]


def is_consistent(ontologies: bytes, quads: list[Quad]) -> bool:
    everything = [*quads, *declare_schema_org(quads), *tell_steps_apart(quads)]
    data = serialize((quad.triple for quad in everything), format=RdfFormat.N_TRIPLES)
    world = owlready2.World()
    loaded = world.get_ontology("http://example.org/merged/").load(fileobj=io.BytesIO(ontologies + data))
    assert len(list(world.individuals())) > 100, "nothing was loaded"
    try:
        with loaded:
            owlready2.sync_reasoner_hermit([loaded], debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return False
    return not list(world.inconsistent_classes())


@pytest.fixture
def quads(rich: Rich) -> list[Quad]:
    """All that can be said of two documents with the same text, as written and as happened."""
    sets = [rich(document, how) for document in ("a.ipynb", "b.ipynb") for how in ("inferred", "recorded")]
    return [quad for fact_set in sets for quad in build_quads(fact_set, BASE)]


def test_every_kind_of_fact_together_is_consistent(ontologies: bytes, quads: list[Quad]) -> None:
    assert is_consistent(ontologies, quads)


def test_a_run_that_is_called_an_entity_is_found_out(ontologies: bytes, quads: list[Quad]) -> None:
    run = NamedNode(BASE + "a.ipynb#v3fa9c1d2e4b5.run")
    assert not is_consistent(ontologies, [*quads, Quad(run, RDF.type, PROV.Entity)])


def test_a_variable_that_two_steps_put_out_is_found_out(ontologies: bytes, quads: list[Quad]) -> None:
    step, variable = (
        NamedNode(f"{BASE}a.ipynb#v3fa9c1d2e4b5.{name}") for name in ("cell-b2", "cell-a1.df.L2")
    )
    assert not is_consistent(ontologies, [*quads, Quad(step, PPLAN.hasOutputVar, variable)])
