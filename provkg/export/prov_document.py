"""PROV-JSON, PROV-N and PROV-XML, written by the prov library.

The documents are built record by record. The library can read TriG itself, and loses no node of our graphs;
but it takes several times as long (0.43 s for 3,260 quads), orders attributes by Python's hash seed, and
declares thirty prefixes that nobody uses beside `ns1`, `ns2`… for those that are.

How RDF becomes PROV:

- A node is the record that its class says: entity, activity or agent, with its classes as `prov:type`. A node
  without such a class is an entity: what PROV can say anything about is one of the three.
- A statement with a property that PROV has a relation for is that relation. A qualified association is one
  `wasAssociatedWith` with its plan, and the plain statement that it stands for is not repeated.
- Everything else is an attribute of the subject's record, with its datatype.
- An IRI is a qualified name, percent-encoded where it is not ASCII.
- A named graph is a bundle.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from provkg.errors import GraphError, MissingExtra
from provkg.export.rdf import legal_in_xml
from provkg.graph.terms import PROV, RDF, RDFS, XSD

if TYPE_CHECKING:
    from prov.identifier import Namespace, QualifiedName
    from prov.model import ProvBundle, ProvDocument

_LIBRARY_FORMATS = {"provjson": "json", "provn": "provn", "provxml": "xml"}

_SUBCLASSES = {
    "entity": ("Entity", "Plan", "Bundle", "Collection", "EmptyCollection"),
    "activity": ("Activity",),
    "agent": ("Agent", "Person", "Organization", "SoftwareAgent"),
}
_KINDS = {PROV.IRI + name: kind for kind, names in _SUBCLASSES.items() for name in names}
_IMPLIED = {PROV.Entity.value, PROV.Activity.value, PROV.Agent.value}
"""Classes that the kind of a record says already."""

_RELATIONS = {
    PROV.IRI + name: name
    for name in (
        "actedOnBehalfOf",
        "alternateOf",
        "hadMember",
        "hadPrimarySource",
        "specializationOf",
        "used",
        "wasAssociatedWith",
        "wasAttributedTo",
        "wasDerivedFrom",
        "wasEndedBy",
        "wasGeneratedBy",
        "wasInfluencedBy",
        "wasInformedBy",
        "wasInvalidatedBy",
        "wasQuotedFrom",
        "wasRevisionOf",
        "wasStartedBy",
    )
}
"""Property → the method of `ProvBundle` that relates two records."""

_ATTRIBUTES = {
    RDF.type.value: PROV.IRI + "type",
    RDFS.label.value: PROV.IRI + "label",
    RDF.value.value: PROV.IRI + "value",
    PROV.IRI + "atLocation": PROV.IRI + "location",
}
"""Property → what PROV calls the attribute."""
_TIMES = (PROV.startedAtTime.value, PROV.endedAtTime.value)

_CHARACTER = "(?:[A-Za-z0-9_.~@+*?$!/#=,;()&-]|%[0-9A-Fa-f]{2})"
_LOCAL_NAME = re.compile(f"{_CHARACTER}+")
"""What PROV-N, PROV-JSON and PROV-XML all can have behind a prefix."""
_ASCII = "".join(map(chr, range(128)))
_NAMESPACE_AND_NAME = re.compile("(.*[/#:;=])((?:[A-Za-z0-9_.~@+-]|%[0-9A-Fa-f]{2})+)")

Value = NamedNode | Literal
Node = dict[str, list[Value]]
"""Property → objects."""


def write_prov(quads: Sequence[Quad], name: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    """Write the quads in the PROV format called `name`.

    XML has no way to say most control characters: PROV-XML gets their pictures instead (␛ for escape).

    Raises:
        MissingExtra: the prov library, or what it needs for XML, is not installed.
        GraphError: the graph has blank nodes, statements about statements, or a part of a relation by itself.
    """
    for_xml = name == "provxml"
    try:
        if for_xml:
            import_module("lxml")  # prov itself does not say so by an ImportError
        document = build_document(quads, prefixes, for_xml=for_xml)
        document.serialize(stream, format=_LIBRARY_FORMATS[name])
    except ImportError as error:
        raise MissingExtra(
            f"the PROV formats need the library {error.name}",
            hint="install it with: pip install 'provkg[prov]'",
        ) from error


def build_document(
    quads: Iterable[Quad], prefixes: Mapping[str, str], *, for_xml: bool = False
) -> ProvDocument:
    """The quads as a document of the prov library, in the order in which they come.

    Raises:
        GraphError: as `write_prov` says.
    """
    from prov.model import ProvDocument

    document = ProvDocument()
    names = _Names(document, prefixes)
    for graph, nodes in _group(quads).items():
        bundle = document.bundle(names.name(graph)) if graph else document
        _Recorder(bundle, names, nodes, for_xml).record_all()
    return document


def _group(quads: Iterable[Quad]) -> dict[str, dict[str, Node]]:
    """Graph → subject → property → objects, in the order they come; the default graph is called ""."""
    graphs: dict[str, dict[str, Node]] = {}
    for quad in quads:
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode | Literal):
            raise GraphError(
                "PROV has no blank nodes and no statements about statements",
                hint="choose another format: -f trig",
            )
        graph = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
        node = graphs.setdefault(graph, {}).setdefault(quad.subject.value, {})
        node.setdefault(quad.predicate.value, []).append(quad.object)
    return graphs


class _Names:
    """Qualified names for IRIs: with the longest prefix that fits, else with one made for the purpose."""

    def __init__(self, document: ProvDocument, prefixes: Mapping[str, str]) -> None:
        self._document = document
        self._prefixes = {_to_uri(iri): prefix for prefix, iri in sorted(prefixes.items(), reverse=True)}
        self._lengths = sorted({len(iri) for iri in self._prefixes}, reverse=True)
        self._taken = set(prefixes)
        self._namespaces: dict[str, Namespace] = {}
        self._names: dict[str, QualifiedName] = {}

    def name(self, iri: str) -> QualifiedName:
        """The qualified name that stands for this IRI in all three formats."""
        name = self._names.get(iri)
        if name is None:
            namespace, local = self._split(_to_uri(iri))
            name = self._names[iri] = self._namespace(namespace)[local]
        return name

    def _split(self, iri: str) -> tuple[str, str]:
        for length in self._lengths:
            if iri[:length] in self._prefixes and _LOCAL_NAME.fullmatch(iri, length):
                return iri[:length], iri[length:]
        own = _NAMESPACE_AND_NAME.fullmatch(iri)
        return (own[1], own[2]) if own else (iri, "")

    def _namespace(self, iri: str) -> Namespace:
        namespace = self._namespaces.get(iri)
        if namespace is None:
            prefix = self._prefixes.get(iri) or self._free_prefix()
            namespace = self._namespaces[iri] = self._document.add_namespace(prefix, iri)
        return namespace

    def _free_prefix(self) -> str:
        prefix = next(f"ns{number}" for number in count(1) if f"ns{number}" not in self._taken)
        self._taken.add(prefix)
        return prefix


def _to_uri(iri: str) -> str:
    """The IRI in ASCII, as RFC 3987 maps it: PROV-XML's namespaces are URIs."""
    return iri if iri.isascii() else quote(iri, safe=_ASCII)


class _Recorder:
    """Records the nodes of one graph in a bundle: first what there is, then how it is related."""

    def __init__(self, bundle: ProvBundle, names: _Names, nodes: Mapping[str, Node], for_xml: bool) -> None:
        self._bundle = bundle
        self._name = names.name
        self._nodes = nodes
        self._for_xml = for_xml
        self._associations = {
            value.value: subject
            for subject, node in nodes.items()
            for value in node.get(PROV.qualifiedAssociation.value, ())
            if PROV.Association in nodes.get(value.value, {}).get(RDF.type.value, ())
        }
        """Node of a qualified association → its activity."""
        self._qualified = {
            (activity, PROV.wasAssociatedWith.value, agent)
            for association, activity in self._associations.items()
            for agent in nodes[association].get(PROV.agent.value, ())
        }
        """The plain statements that these say again, and more."""

    def record_all(self) -> None:
        """Record every node and every relation."""
        for subject, node in self._nodes.items():
            if subject not in self._associations:
                self._record_element(subject, node)
        for subject, node in self._nodes.items():
            if subject in self._associations:
                self._record_association(subject, node)
            else:
                self._record_relations(subject, node)

    def _record_element(self, subject: str, node: Node) -> None:
        types = {value.value for value in node.get(RDF.type.value, ())}
        kinds = sorted({_KINDS[each] for each in types & _KINDS.keys()})
        times = _find_times(node) if "activity" in kinds else {}
        attributes = list(self._attributes(node, times))
        if not kinds and attributes:
            kinds = ["entity"]
        for kind in kinds:
            record = getattr(self._bundle, kind)(self._name(subject), other_attributes=attributes)
            attributes = []  # told once, where a node is of two kinds
            if kind == "activity":
                record.set_time(*(times.get(property) for property in _TIMES))

    def _attributes(self, node: Node, told: Container[str] = ()) -> Iterator[tuple[QualifiedName, Any]]:
        for predicate, values in node.items():
            for value in values:
                if predicate not in told and not self._is_said_otherwise(predicate, value):
                    yield self._attribute_name(predicate), self._value(value)

    def _attribute_name(self, predicate: str) -> QualifiedName:
        from prov.constants import PROV_ATTRIBUTES

        name = self._name(_ATTRIBUTES.get(predicate, predicate))
        if name in PROV_ATTRIBUTES:
            raise GraphError(
                f"PROV has no place for a <{predicate}> outside the relation that it belongs to",
                hint="choose another format: -f trig",
            )
        return name

    def _is_said_otherwise(self, predicate: str, value: Value) -> bool:
        """Does the kind of the record or a relation say it?"""
        return isinstance(value, NamedNode) and (
            predicate in _RELATIONS
            or (predicate == RDF.type.value and value.value in _IMPLIED)
            or (predicate == PROV.qualifiedAssociation.value and value.value in self._associations)
        )

    def _record_relations(self, subject: str, node: Node) -> None:
        for predicate in [each for each in node if each in _RELATIONS]:
            for value in node[predicate]:
                if isinstance(value, NamedNode) and (subject, predicate, value) not in self._qualified:
                    getattr(self._bundle, _RELATIONS[predicate])(self._name(subject), self._name(value.value))

    def _record_association(self, subject: str, node: Node) -> None:
        agent, plan = (next(iter(node.get(term.value, ())), None) for term in (PROV.agent, PROV.hadPlan))
        said = {agent, plan, PROV.Association}
        others = {
            predicate: [value for value in values if value not in said] for predicate, values in node.items()
        }
        self._bundle.association(
            self._name(self._associations[subject]),
            None if agent is None else self._value(agent),
            None if plan is None else self._value(plan),
            self._name(subject),
            list(self._attributes(others)),
        )

    def _value(self, value: Value) -> Any:
        from prov.model import Literal as ProvLiteral

        if isinstance(value, NamedNode):
            return self._name(value.value)
        text = legal_in_xml(value.value) if self._for_xml else value.value
        if value.language:
            return ProvLiteral(text, langtag=value.language)
        if value.datatype.value == XSD.IRI + "string":
            return text
        return ProvLiteral(text, datatype=self._name(value.datatype.value))


def _find_times(node: Node) -> dict[str, datetime]:
    """When an activity began and ended; a property that is not one time stays an attribute."""
    times = {}
    for property in _TIMES:
        match node.get(property):
            case [Literal(value=text, datatype=XSD.dateTime)]:
                with suppress(ValueError):
                    times[property] = datetime.fromisoformat(text)
    return times
