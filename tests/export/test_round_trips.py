"""What was written can be read back: any quads, in every format, by readers that we did not write."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse, serialize

from provkg.errors import GraphError
from provkg.export.registry import FORMATS, write_graph
from provkg.facts.definition import Plan, Step
from provkg.facts.execution import Output, Run, StepRun
from provkg.facts.factset import FactSet, Origin
from provkg.graph.builder import build_quads, turtle_prefixes
from provkg.graph.terms import PREFIXES, PROV, RDF, RDFS, Vocabulary
from provkg.identity import digest_text

BASE = "arcp://uuid,00000000-0000-0000-0000-000000000001/"
OWN_PREFIXES = {**PREFIXES, "base": BASE, "v": BASE + "iris.ipynb#v1.", "pkg": "http://example.org/pkg/"}
XSD = "http://www.w3.org/2001/XMLSchema#"


def written(quads: list[Quad], format: str) -> bytes:
    stream = io.BytesIO()
    write_graph(quads, format, stream, OWN_PREFIXES)
    return stream.getvalue()


# --- any quads ----------------------------------------------------------------------------------------------


def is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


NAMESPACES = [
    BASE,
    BASE + "iris.ipynb#",
    BASE + "iris.ipynb#v1.",
    "http://example.org/",
    "https://example.org/search?q=",
    "ni:///sha-256;",
    "pkg:pypi/",
    "urn:x:",
    "prov:",
    *PREFIXES.values(),
]
words = st.text(st.sampled_from("abc019_-.~/#é'(),:;=@&+%20"), max_size=9) | st.sampled_from(
    ["", "a%20b", "//", "@id"]
)
iris = st.builds(str.__add__, st.sampled_from(NAMESPACES), words).filter(is_iri).map(NamedNode)
TERMS = [term for vocabulary in Vocabulary.ALL for term in vocabulary.terms()]
terms = st.sampled_from(TERMS)
predicates = terms | st.sampled_from(["http://example.org/p", "urn:x:über", "pkg:own/name"]).map(NamedNode)
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\\"'\n\r\t\0\x1b ")) | words
datatypes = st.sampled_from(
    [
        XSD + "integer",
        XSD + "double",
        XSD + "boolean",
        XSD + "dateTime",
        XSD + "date",
        "http://example.org/type",
    ]
).map(NamedNode)
lexical_forms = texts | st.sampled_from(
    ["3", "03", "-7", "9" * 30, "1.5E0", "0.5", "true", "1", "2020-01-01T00:00:00Z"]
)
literals = (
    texts.map(Literal)
    | st.builds(lambda text, tag: Literal(text, language=tag), texts, st.sampled_from(["de", "en-gb"]))
    | st.builds(lambda text, type_: Literal(text, datatype=type_), lexical_forms, datatypes)
)
quads = st.lists(st.builds(Quad, iris, predicates, iris | terms | literals, iris), max_size=12, unique=True)
many = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def read(data: bytes, format: RdfFormat) -> set[Quad]:
    return set(parse(data, format))


@many
@given(quads)
def test_any_quads_survive_trig_nquads_and_jsonld(given_quads: list[Quad]) -> None:
    assert read(written(given_quads, "trig"), RdfFormat.TRIG) == set(given_quads)
    assert read(written(given_quads, "nquads"), RdfFormat.N_QUADS) == set(given_quads)
    assert read(written(given_quads, "jsonld"), RdfFormat.JSON_LD) == set(given_quads)


@many
@given(quads)
def test_any_triples_survive_turtle_and_ntriples(given_quads: list[Quad]) -> None:
    triples = {Quad(*quad.triple) for quad in given_quads}
    assert read(written(given_quads, "turtle"), RdfFormat.TURTLE) == triples
    assert read(written(given_quads, "ntriples"), RdfFormat.N_TRIPLES) == triples


@many
@given(quads)
def test_any_triples_survive_rdf_xml_as_far_as_xml_can_say_them(given_quads: list[Quad]) -> None:
    given_quads = [quad for quad in given_quads if quad.predicate != RDF.type or quad.object in TERMS]
    data = written(given_quads, "rdfxml")
    ElementTree.fromstring(data)  # noqa: S314 - a strict parser takes it
    assert {(str(quad.subject), str(quad.predicate)) for quad in read(data, RdfFormat.RDF_XML)} == {
        (str(quad.subject), str(quad.predicate)) for quad in given_quads
    }
    sayable = {Quad(*quad.triple) for quad in given_quads if getattr(quad.object, "value", "").isprintable()}
    assert sayable <= read(data, RdfFormat.RDF_XML)


@many
@given(quads, st.randoms(use_true_random=False))
def test_jsonld_is_the_same_for_every_order_of_the_quads(
    given_quads: list[Quad], chance: random.Random
) -> None:
    shuffled = chance.sample(given_quads, len(given_quads))
    assert written(shuffled, "jsonld") == written(given_quads, "jsonld")


@many
@given(quads)
@pytest.mark.filterwarnings("ignore::prov.model.ProvWarning")
def test_any_quads_make_prov_documents_that_read_back(given_quads: list[Quad]) -> None:
    from provkg.export.prov_document import build_document

    # `prov:agent` is no attribute, see below; a label is a text in PROV, and prov reads it back as one.
    given_quads = [quad for quad in given_quads if quad.predicate not in (PROV.agent, RDFS.label)]
    document = build_document(given_quads, OWN_PREFIXES)
    assert document == read_prov(written(given_quads, "provjson"), "json")
    assert document == read_prov(written(given_quads, "provn"), "provn")
    for_xml = build_document(given_quads, OWN_PREFIXES, for_xml=True)
    assert for_xml == read_prov(written(given_quads, "provxml"), "xml")


def test_a_part_of_a_relation_by_itself_is_refused() -> None:
    quads = [Quad(PROV.used, PROV.agent, PROV.used, PROV.used)]
    with pytest.raises(GraphError, match="no place for a <"):
        written(quads, "provn")


def read_prov(data: bytes, format: str) -> object:
    from prov.model import ProvDocument

    return ProvDocument.deserialize(content=data.decode(), format=format)


@pytest.mark.parametrize("format", FORMATS)
def test_blank_nodes_survive_or_are_refused(format: str) -> None:
    quads = [Quad(BlankNode("a"), PROV.used, BlankNode("b"), NamedNode("http://example.org/g"))]
    if format.startswith("prov"):
        with pytest.raises(GraphError, match="no blank nodes"):
            written(quads, format)
    else:
        assert b"used" in written(quads, format)


# --- a graph as we build them -------------------------------------------------------------------------------


def build_graph() -> list[Quad]:
    """A notebook of two cells that ran, with an output that holds an escape sequence."""
    plan = "iris.ipynb#v1"
    steps = [
        Step(
            id=f"{plan}.cell-{index}",
            plan=plan,
            cell=f"iris.ipynb#cell-{index}",
            index=index,
            kind="code",
            text=text,
            digest=digest_text(text),
            previous=f"{plan}.cell-0" if index else None,
        )
        for index, text in enumerate(["x = '''ü\n\"'''", "print(x)"])
    ]
    version = Plan(
        plan,
        "iris.ipynb",
        "notebook",
        "iris.ipynb",
        "nbformat 4.5",
        "python",
        digest_text("c"),
        digest_text("f"),
        9,
    )
    inferred = FactSet(
        "iris.ipynb#inferred", "iris.ipynb", Origin("provkg.extract", "1", "inferred"), (version, *steps)
    )
    run = Run("iris.ipynb#run", plan, tool="papermill 2", parameters=(("alpha", 0.5),))
    step_run = StepRun(
        "iris.ipynb#run.1",
        run.id,
        steps[1].id,
        1,
        0,
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:02.5Z",
        elapsed_seconds=2.5,
    )
    output = Output(
        "iris.ipynb#run.1.out",
        step_run.id,
        steps[1].id,
        0,
        "stream",
        "text/plain",
        digest_text("o"),
        9,
        "\tred\r\n",
    )
    recorded = FactSet(
        "iris.ipynb#recorded",
        "iris.ipynb",
        Origin("provkg.extract", "1", "recorded"),
        (run, step_run, output),
    )
    return build_quads(inferred, BASE) + build_quads(recorded, BASE)


GRAPH = build_graph()


def rdflib_quads(data: bytes, format: str) -> set[tuple[object, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdflib's own deprecations
        dataset = rdflib.Dataset()
        dataset.parse(data=data, format=format)
        return set(dataset.quads())


@pytest.mark.parametrize(("format", "name"), [("jsonld", "json-ld"), ("trig", "trig")])
def test_rdflib_reads_what_oxigraph_reads(format: str, name: str) -> None:
    nquads = serialize(GRAPH, format=RdfFormat.N_QUADS)
    assert nquads is not None
    found = rdflib_quads(written(GRAPH, format), name)
    assert found == rdflib_quads(nquads, "nquads")
    assert len(found) == len(GRAPH)


def test_pyld_reads_what_oxigraph_reads() -> None:
    jsonld = pytest.importorskip("pyld.jsonld")
    nquads = jsonld.to_rdf(json.loads(written(GRAPH, "jsonld")), {"format": "application/n-quads"})
    assert read(nquads.encode(), RdfFormat.N_QUADS) == set(GRAPH)


@pytest.mark.parametrize(("format", "name"), [("provjson", "json"), ("provn", "provn"), ("provxml", "xml")])
def test_every_typed_node_is_a_record_in_the_prov_document(format: str, name: str) -> None:
    from prov.model import ProvDocument

    document = ProvDocument.deserialize(content=written(GRAPH, format).decode(), format=name)
    records = [record for bundle in document.bundles for record in bundle.records if record.is_element()]
    kinds = {str(PROV.Entity): "ProvEntity", str(PROV.Activity): "ProvActivity", str(PROV.Agent): "ProvAgent"}
    expected = {
        (kinds[str(quad.object)], str(quad.subject), str(quad.graph_name))
        for quad in GRAPH
        if quad.predicate == RDF.type and str(quad.object) in kinds
    }
    assert len(expected) > 12
    assert expected == {(type(record).__name__, iri_of(record), iri_of(record.bundle)) for record in records}


def iri_of(thing: Any) -> str:
    return f"<{thing.identifier.uri}>"


@pytest.mark.parametrize("format", FORMATS)
def test_the_bytes_do_not_depend_on_the_hash_seed(format: str) -> None:
    program = (
        "import sys; from pyoxigraph import RdfFormat, parse\n"
        "from provkg.export.registry import write_graph\n"
        "from provkg.graph.terms import PREFIXES\n"
        "quads = list(parse(sys.stdin.buffer.read(), RdfFormat.N_QUADS))\n"
        f"write_graph(quads, {format!r}, sys.stdout.buffer, PREFIXES)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=serialize(GRAPH, format=RdfFormat.N_QUADS),
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_prefixes_of_a_built_graph_are_used() -> None:
    stream = io.BytesIO()
    write_graph(GRAPH, "provn", stream, turtle_prefixes(GRAPH, BASE))
    assert (
        b"activity(doc:run.1, 2020-01-01T00:00:00+00:00, 2020-01-01T00:00:02.500000+00:00"
        in stream.getvalue()
    )
