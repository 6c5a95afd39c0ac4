"""What the server says of itself: SPARQL 1.1 Service Description.

These terms are about the server, and stand in no graph that provkg makes: so they stand here.
"""

from __future__ import annotations

import io

from pyoxigraph import NamedNode, Quad

from provkg.export.registry import write_graph
from provkg.graph.terms import RDF
from provkg.serve.worker import Contents

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_PREFIXES = {"sd": _SD, "formats": _FORMATS}

_RESULT_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "RDF_XML", "JSON-LD",
)  # fmt: skip


def describe_service(endpoint: str, contents: Contents, format: str) -> bytes:
    """The description of the service at this IRI, in a format of `provkg.export.registry`."""
    stream = io.BytesIO()
    write_graph(_describe(endpoint, contents), format, stream, _PREFIXES)
    return stream.getvalue()


def _describe(endpoint: str, contents: Contents) -> list[Quad]:
    service, dataset, union = (NamedNode(endpoint + part) for part in ("", "#dataset", "#union"))
    names = [name for name in contents.graphs if ":" in name]  # blank nodes cannot be asked for
    about_graphs = [
        statement
        for index, name in enumerate(names, 1)
        for statement in _describe_graph(dataset, NamedNode(f"{endpoint}#graph-{index}"), name)
    ]
    return [
        Quad(service, RDF.type, _sd("Service")),
        Quad(service, _sd("endpoint"), service),
        Quad(service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        Quad(service, _sd("feature"), _sd("UnionDefaultGraph")),
        *(Quad(service, _sd("resultFormat"), NamedNode(_FORMATS + name)) for name in _RESULT_FORMATS),
        Quad(service, _sd("defaultDataset"), dataset),
        Quad(dataset, RDF.type, _sd("Dataset")),
        Quad(dataset, _sd("defaultGraph"), union),
        Quad(union, RDF.type, _sd("Graph")),
        *about_graphs,
    ]


def _describe_graph(dataset: NamedNode, graph: NamedNode, name: str) -> list[Quad]:
    return [
        Quad(dataset, _sd("namedGraph"), graph),
        Quad(graph, RDF.type, _sd("NamedGraph")),
        Quad(graph, _sd("name"), NamedNode(name)),
    ]


def _sd(name: str) -> NamedNode:
    return NamedNode(_SD + name)
