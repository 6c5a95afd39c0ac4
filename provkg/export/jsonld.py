"""JSON-LD for people: short terms, every node once and inside the one it belongs to, with the context.

Written here and not by a library, because none writes it: rdflib's serializer compacts but does not nest
(0.25 s for 10,000 quads), and pyld's framing drops what the frame does not reach and takes 3 s (from_rdf,
then frame). The result is plain JSON-LD 1.1 that pyoxigraph, rdflib and pyld read back to the same quads.

IRIs of the project are shortened by prefixes and not by `@base`: rdflib cannot resolve against an `arcp:`
base, and then reads nothing, without a word. Numbers other than integers stay texts with a type: readers of
JSON numbers write them with 15 digits behind the point, and 9.2 becomes 9.199999999999999E0. (pyld 3 does so
to an `xsd:double` that is a text, too, against the specification; nothing written here keeps it from that.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from provkg.errors import GraphError
from provkg.export.context import Context, Term, read_context
from provkg.export.nesting import Nodes, Place, Value, find_places, key_of
from provkg.graph.terms import PROVKG, RDF, RDFS, REPR, SCHEMA, XSD
from provkg.resources import read_resource

Object = dict[str, Any]

_STRING, _INTEGER, _BOOLEAN = (XSD.IRI + name for name in ("string", "integer", "boolean"))
_CANONICAL_INTEGER = re.compile("0|-?[1-9][0-9]{0,14}")  # up to where every reader of JSON is exact
_BOOLEANS = {"true": True, "false": False}

_ORDER = tuple(
    term.value
    for term in (
        PROVKG.cellIndex,
        PROVKG.sequenceIndex,
        PROVKG.startLine,
        PROVKG.outputIndex,
        SCHEMA.position,
    )
)
"""The properties that say which of two siblings comes first."""
_FIRST = (REPR.Notebook, REPR.Script, REPR.Trial)
"""Classes of what a reader wants to see first among the nodes that stand on their own."""
_SPECIFIC = (PROVKG.IRI, REPR.IRI)
"""Namespaces of the classes that say most, so they come first among the types."""


def write_jsonld(
    quads: Sequence[Quad],
    stream: BinaryIO,
    prefixes: Mapping[str, str],
    context: Mapping[str, Any] | None = None,
    *,
    is_nested: bool = True,
    context_url: str | None = None,
) -> None:
    """Write the quads as one JSON-LD document, the same for every order of the quads.

    `context` is provkg's own unless another is given; the document holds the entries it uses, or, where it is
    published at `context_url`, those alone that are not in it. Each named graph is an object with its IRI and
    an `@graph`. Without nesting all nodes stand side by side.

    Raises:
        GraphError: a statement is about a statement, or its text has a direction.
    """
    graphs = _group(quads)
    names = Context(read_context() if context is None else context, prefixes, _schemes(quads))
    told = {
        graph: _Teller(graphs[graph], graph, names, is_nested=is_nested).tell_all()
        for graph in sorted(graphs)
    }
    alone = told.pop("", [])
    content = [{names.keyword("@id"): names.name(graph), "@graph": nodes} for graph, nodes in told.items()]
    body = content[0] if len(content) == 1 and not alone else {"@graph": [*alone, *content]}
    used = names.entries() if context_url is None else _beside(names.entries(), context_url, _schemes(quads))
    stream.write(_lay_out({"@context": used, **body}).encode() + b"\n")


def _beside(entries: Mapping[str, Any], url: str, schemes: Iterable[str]) -> list[Any]:
    """The context at a URL, and what that does not say, or says of a name that is a scheme here."""
    published = json.loads(read_resource("ontologies/context.jsonld"))["@context"]
    own = {name: entry for name, entry in entries.items() if published.get(name) != entry}
    return [url, own | {name: None for name in sorted(schemes) if name in published and name not in own}]


def _group(quads: Iterable[Quad]) -> dict[str, Nodes]:
    """Graph → subject → predicate → objects, sorted by subject; the default graph is called ""."""
    graphs: dict[str, dict[str, dict[str, dict[Value, None]]]] = {}
    for quad in quads:
        if not isinstance(quad.subject, NamedNode | BlankNode) or not isinstance(quad.object, Value):
            raise GraphError(
                "JSON-LD cannot say statements about statements", hint="choose another format: -f trig"
            )
        graph = "" if isinstance(quad.graph_name, DefaultGraph) else key_of(quad.graph_name)
        node = graphs.setdefault(graph, {}).setdefault(key_of(quad.subject), {})
        node.setdefault(quad.predicate.value, {})[quad.object] = None
    return {
        graph: {
            subject: {predicate: list(values) for predicate, values in sorted(properties.items())}
            for subject, properties in sorted(nodes.items())
        }
        for graph, nodes in graphs.items()
    }


def _schemes(quads: Iterable[Quad]) -> set[str]:
    terms = {term for quad in quads for term in quad}
    datatypes = {term.datatype for term in terms if isinstance(term, Literal)}
    return {term.value.partition(":")[0] for term in terms | datatypes if isinstance(term, NamedNode)}


class _Teller:
    """Tells the nodes of one graph."""

    def __init__(self, nodes: Nodes, graph: str, names: Context, *, is_nested: bool) -> None:
        self._nodes = nodes
        self._graph = graph
        self._names = names
        self._places = find_places(nodes, top=graph) if is_nested else {}
        self._inside: dict[str, list[str]] = {}
        for node, place in self._places.items():
            if place.is_reverse:
                self._inside.setdefault(place.parent, []).append(node)

    def tell_all(self) -> list[Object]:
        """The nodes that stand on their own, with all others inside them."""
        return [self._tell(node) for node in sorted(self._nodes.keys() - self._places.keys(), key=self._rank)]

    def _tell(self, node: str) -> Object:
        """One node: its id, types and label, its texts and numbers, its links, and what is inside it."""
        told: Object = {self._names.keyword("@id"): self._names.name(node)}
        types = [
            key_of(value)
            for value in self._nodes[node].get(RDF.type.value, ())
            if not isinstance(value, Literal)
        ]
        if types:
            told[self._names.keyword("@type")] = _one_or_all(self._class_names(types))
        for _, term, predicate, values in sorted(
            self._properties(node), key=lambda item: (item[0], item[1].key)
        ):
            told[term.key] = self._values(node, predicate, values, term)
        for child in sorted(self._inside.get(node, ()), key=self._sibling_key):
            key = self._names.reverse_key(self._places[child].predicate)
            told.setdefault(key, []).append(self._tell(child))
        return told

    def _class_names(self, classes: list[str]) -> list[str]:
        classes.sort(key=lambda iri: (not iri.startswith(_SPECIFIC), iri))
        return [self._names.class_name(iri) for iri in classes]

    def _properties(self, node: str) -> Iterable[tuple[int, Term, str, list[Value]]]:
        place = self._places.get(node)
        for predicate, values in self._nodes[node].items():
            if predicate == RDF.type.value:
                values = [value for value in values if isinstance(value, Literal)]
            elif place is not None and place.is_reverse and place.predicate == predicate:
                values = [
                    value for value in values if isinstance(value, Literal) or key_of(value) != place.parent
                ]
            if values:
                rank = 0 if predicate == RDFS.label.value else 1 if isinstance(values[0], Literal) else 2
                yield rank, self._names.term(predicate), predicate, values

    def _values(self, node: str, predicate: str, values: list[Value], term: Term) -> Any:
        ordered = sorted(values, key=self._value_key)
        here = Place(node, predicate, is_reverse=False)
        told = [self._value(value, here, term) for value in ordered]
        return told if term.is_set else _one_or_all(told)

    def _value(self, value: Value, here: Place, term: Term) -> Any:
        if isinstance(value, Literal):
            return self._literal(value, term)
        node = key_of(value)
        if self._places.get(node) == here:
            return self._tell(node)
        return (
            self._names.name(node)
            if term.type == "@id"
            else {self._names.keyword("@id"): self._names.name(node)}
        )

    def _literal(self, literal: Literal, term: Term) -> Any:
        text, datatype = literal.value, literal.datatype.value
        if literal.direction is not None:
            raise GraphError(
                "JSON-LD cannot say the direction of a text", hint="choose another format: -f trig"
            )
        if literal.language:
            return {"@value": text, "@language": literal.language}
        if term.type in (None, datatype):
            if datatype == _INTEGER and _CANONICAL_INTEGER.fullmatch(text):
                return int(text)
            if datatype == _BOOLEAN and text in _BOOLEANS:
                return _BOOLEANS[text]
            if datatype == (term.type or _STRING):
                return text
        return (
            {"@value": text} if datatype == _STRING else {"@value": text, "@type": self._names.name(datatype)}
        )

    def _rank(self, node: str) -> tuple[Any, ...]:
        """Among nodes that stand on their own: the graph itself, documents, runs, the rest by its types."""
        types = self._nodes[node].get(RDF.type.value, [])
        first = next((rank for rank, term in enumerate(_FIRST) if term in types), len(_FIRST))
        return node != self._graph, first, sorted(map(str, types)), self._sibling_key(node)

    def _value_key(self, value: Value) -> tuple[Any, ...]:
        if isinstance(value, Literal):
            return 0, natural(value.value), value.datatype.value, value.language or ""
        return 1, self._sibling_key(key_of(value))

    def _sibling_key(self, node: str) -> tuple[Any, ...]:
        properties = self._nodes.get(node, {})
        numbers = (next(iter(properties.get(predicate, ())), None) for predicate in _ORDER)
        return tuple(_number(number) for number in numbers), natural(node)


def _lay_out(value: Any, indent: str = "\n") -> str:
    """`value` as JSON, indented by two; a short list of plain values takes one line."""
    if not isinstance(value, dict | list) or not value:
        return _encode(value)
    parts = value.values() if isinstance(value, dict) else value
    if not any(isinstance(part, dict | list) for part in parts):
        line = _encode(value)
        if len(line) <= LONGEST_LINE:
            return line
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{_encode(key)}: {_lay_out(part, deeper)}" for key, part in value.items()]
        return "{" + deeper + ("," + deeper).join(lines) + indent + "}"
    return "[" + deeper + ("," + deeper).join(_lay_out(part, deeper) for part in value) + indent + "]"


_encode = json.JSONEncoder(ensure_ascii=False).encode
LONGEST_LINE = 100


def _number(value: Value | None) -> tuple[bool, list[tuple[int, str]]]:
    return (False, natural(value.value)) if isinstance(value, Literal) else (True, [])


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts "cell-2" before "cell-10": numbers by their size, and before letters."""
    parts = re.split("([0-9]+)", text)
    return [(len(part.lstrip("0")), part) if at % 2 else (1 << 30, part) for at, part in enumerate(parts)]


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
