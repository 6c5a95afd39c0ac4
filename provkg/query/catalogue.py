"""The bank as RDF, in the form in which UniProt, Bgee and others publish the questions of their stores.

Each question is a `sh:SPARQLExecutable` (https://github.com/sib-swiss/sparql-examples), which editors and
assistants of an endpoint find at its `/.well-known/sparql-examples`. Nodes have IRIs where others use blank
nodes, so that the same bank gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from provkg.graph.terms import RDF, RDFS, SDO, SH, XSD
from provkg.query.bank import Parameter, Question

BASE = "https://w3id.org/provkg/queries/"

FORMS = {
    "SELECT": (SH.SPARQLSelectExecutable, SH.select),
    "ASK": (SH.SPARQLAskExecutable, SH.ask),
    "CONSTRUCT": (SH.SPARQLConstructExecutable, SH.construct),
}
"""Form of a query → its class, and the property that holds its text."""

DECLARED = re.compile(r"^PREFIX ([\w-]*): <(\S+)>", re.MULTILINE)


def write_catalogue(questions: Iterable[Question], endpoint: str | None = None) -> bytes:
    """The questions as Turtle; with the endpoint that answers them, where one is named."""
    prefixes = {each.PREFIX: each.IRI for each in (SH, SDO, RDFS, XSD)}
    triples = dict.fromkeys(triple for question in questions for triple in _describe(question, endpoint))
    subjects = {triple.subject: place for place, triple in reversed(list(enumerate(triples)))}
    by_subject = sorted(triples, key=lambda triple: subjects[triple.subject])
    return serialize(by_subject, format=RdfFormat.TURTLE, prefixes=prefixes) or b""


def _describe(question: Question, endpoint: str | None) -> Iterator[Triple]:
    node = NamedNode(BASE + question.id.replace(".", "/"))
    kind, text = FORMS[question.kind]
    yield Triple(node, RDF.type, SH.SPARQLExecutable)
    yield Triple(node, RDF.type, kind)
    yield Triple(node, RDFS.label, Literal(question.id))
    yield Triple(
        node, RDFS.comment, Literal(f"{question.summary} {question.description}".strip(), language="en")
    )
    yield Triple(node, text, Literal(question.sparql))
    for tag in question.tags:
        yield Triple(node, SDO.keywords, Literal(tag))
    if endpoint is not None:
        yield Triple(node, SDO.target, NamedNode(endpoint))
    for prefix, namespace in DECLARED.findall(question.sparql):
        yield from _declare(node, prefix, namespace)
    for parameter in question.parameters:
        yield from _describe_parameter(node, parameter)


def _declare(node: NamedNode, prefix: str, namespace: str) -> Iterator[Triple]:
    """A prefix of the question; all questions share the node that declares it."""
    declaration = NamedNode(f"{BASE}prefixes#{prefix}")
    yield Triple(node, SH.prefixes, NamedNode(f"{BASE}prefixes"))
    yield Triple(NamedNode(f"{BASE}prefixes"), SH.declare, declaration)
    yield Triple(declaration, SH.prefix, Literal(prefix))
    yield Triple(declaration, SH.namespace, Literal(namespace, datatype=XSD.anyURI))


def _describe_parameter(node: NamedNode, parameter: Parameter) -> Iterator[Triple]:
    """A parameter; its path ends in the variable that holds its value in the text."""
    described = NamedNode(f"{node.value}#{parameter.name}")
    yield Triple(node, SH.parameter, described)
    yield Triple(described, RDF.type, SH.Parameter)
    yield Triple(described, SH.path, NamedNode(f"{node.value}#{parameter.variable}"))
    yield Triple(described, SH.name, Literal(parameter.name))
    yield Triple(described, SH.description, Literal(parameter.doc))
    yield Triple(described, SH.optional, Literal(not parameter.is_required))
