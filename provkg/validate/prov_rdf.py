"""From RDF in PROV-O's terms to the statements of PROV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from provkg.graph.terms import PROV, RDF, RDFS
from provkg.validate.prov_statements import (
    ABSENT,
    RELATIONS,
    Instance,
    Malformed,
    Statement,
    fresh_variables,
    is_variable,
    normalise_time,
)

_CLASSES = {
    PROV.IRI + name: element
    for element, names in {
        "entity": "Entity Plan Bundle Collection EmptyCollection",
        "activity": "Activity",
        "agent": "Agent Person Organization SoftwareAgent",
    }.items()
    for name in names.split()
}
"""Class → the element that its instances are."""
_COLLECTIONS = {PROV.IRI + "EmptyCollection"}

_EVENT_CLASSES = {
    PROV.IRI + name: relation
    for relation, names in {
        "used": "Usage",
        "wasGeneratedBy": "Generation",
        "wasInvalidatedBy": "Invalidation",
        "wasStartedBy": "Start",
        "wasEndedBy": "End",
        "wasInformedBy": "Communication",
        "wasDerivedFrom": "Derivation Revision Quotation PrimarySource",
        "wasAttributedTo": "Attribution",
        "wasAssociatedWith": "Association",
        "actedOnBehalfOf": "Delegation",
    }.items()
    for name in names.split()
}
"""Class of a qualified relation → the relation."""

_SIMPLE = {
    PROV.IRI + name: (relation, places)
    for name, relation, places in (
        ("used", "used", (0, 1)),
        ("wasGeneratedBy", "wasGeneratedBy", (0, 1)),
        ("generated", "wasGeneratedBy", (1, 0)),
        ("wasInvalidatedBy", "wasInvalidatedBy", (0, 1)),
        ("invalidated", "wasInvalidatedBy", (1, 0)),
        ("wasStartedBy", "wasStartedBy", (0, 1)),
        ("wasEndedBy", "wasEndedBy", (0, 1)),
        ("wasInformedBy", "wasInformedBy", (0, 1)),
        ("wasDerivedFrom", "wasDerivedFrom", (0, 1)),
        ("wasRevisionOf", "wasDerivedFrom", (0, 1)),
        ("wasQuotedFrom", "wasDerivedFrom", (0, 1)),
        ("hadPrimarySource", "wasDerivedFrom", (0, 1)),
        ("wasAttributedTo", "wasAttributedTo", (0, 1)),
        ("wasAssociatedWith", "wasAssociatedWith", (0, 1)),
        ("actedOnBehalfOf", "actedOnBehalfOf", (0, 1)),
        ("wasInfluencedBy", "wasInfluencedBy", (0, 1)),
        ("influenced", "wasInfluencedBy", (1, 0)),
        ("specializationOf", "specializationOf", (0, 1)),
        ("alternateOf", "alternateOf", (0, 1)),
        ("hadMember", "hadMember", (0, 1)),
    )
}
"""Property → the relation, and the places in which its subject and its object stand."""

_TIMES = {
    PROV.IRI + name: (relation, place)
    for name, relation, place in (
        ("startedAtTime", "activity", 0),
        ("endedAtTime", "activity", 1),
        ("generatedAtTime", "wasGeneratedBy", 2),
        ("invalidatedAtTime", "wasInvalidatedBy", 2),
    )
}
"""Property → the statement about its subject, and the place of the time in it."""

_QUALIFIED: dict[str, tuple[str, tuple[str, ...]]] = {
    PROV.IRI + name: (relation, tuple(parts.split()))
    for name, relation, parts in (
        ("qualifiedUsage", "used", "entity atTime"),
        ("qualifiedGeneration", "wasGeneratedBy", "activity atTime"),
        ("qualifiedInvalidation", "wasInvalidatedBy", "activity atTime"),
        ("qualifiedStart", "wasStartedBy", "entity hadActivity atTime"),
        ("qualifiedEnd", "wasEndedBy", "entity hadActivity atTime"),
        ("qualifiedCommunication", "wasInformedBy", "activity"),
        ("qualifiedDerivation", "wasDerivedFrom", "entity hadActivity hadGeneration hadUsage"),
        ("qualifiedRevision", "wasDerivedFrom", "entity hadActivity hadGeneration hadUsage"),
        ("qualifiedQuotation", "wasDerivedFrom", "entity hadActivity hadGeneration hadUsage"),
        ("qualifiedPrimarySource", "wasDerivedFrom", "entity hadActivity hadGeneration hadUsage"),
        ("qualifiedAttribution", "wasAttributedTo", "agent"),
        ("qualifiedAssociation", "wasAssociatedWith", "agent hadPlan"),
        ("qualifiedDelegation", "actedOnBehalfOf", "agent hadActivity"),
        ("qualifiedInfluence", "wasInfluencedBy", "influencer"),
    )
}
"""Property → the relation, and the properties that have its arguments after the first."""
_INFLUENCERS = ("influencer", "entity", "activity", "agent")
"""Where the one who influences stands: the first is the general name of the others."""

Object = NamedNode | BlankNode | Literal
Node = dict[str, list[Object]]


def read_quads(quads: Iterable[Quad]) -> list[Instance]:
    """What each graph says in PROV's terms, the default graph first, then by name."""
    graphs: dict[str, dict[str, Node]] = {"": {}}
    for quad in quads:
        predicate = quad.predicate.value
        if not (predicate.startswith(PROV.IRI) or predicate in _ALSO_READ):
            continue
        name = "" if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name.value
        node = graphs.setdefault(name, {}).setdefault(_name_node(quad.subject), {})
        node.setdefault(predicate, []).append(quad.object)  # type: ignore[arg-type] # objects are terms
    return [_Reader(name, nodes).read() for name, nodes in sorted(graphs.items()) if nodes]


_ALSO_READ = {RDF.type.value, RDFS.label.value}


def _name_node(node: object) -> str:
    return f"_:{node.value}" if isinstance(node, BlankNode) else getattr(node, "value", str(node))


class _Reader:
    """Reads the statements of one graph."""

    def __init__(self, name: str, nodes: dict[str, Node]) -> None:
        self._nodes = nodes
        self._instance = Instance(name)
        self._fresh = fresh_variables()
        self._said: set[tuple[str, str, str]] = set()
        """What qualified relations say: relation, first argument, second argument."""

    def read(self) -> Instance:
        for values in (values for node in self._nodes.values() for values in node.values()):
            values.sort(key=str)
        for subject, node in sorted(self._nodes.items()):
            self._read_label(subject, node)
            self._read_classes(subject, node)
            self._read_times(subject, node)
            for predicate in sorted(node.keys() & _QUALIFIED.keys()):
                for value in self._named(subject, predicate, node[predicate]):
                    self._read_qualified(subject, predicate, value)
        for subject, node in sorted(self._nodes.items()):
            for predicate in sorted(node.keys() & _SIMPLE.keys()):
                for value in self._named(subject, predicate, node[predicate]):
                    self._read_simple(subject, predicate, value)
        return self._instance

    def _read_label(self, subject: str, node: Node) -> None:
        labels = sorted(value.value for value in node.get(RDFS.label.value, ()) if isinstance(value, Literal))
        if labels:
            self._instance.labels[subject] = labels[0]

    def _read_classes(self, subject: str, node: Node) -> None:
        classes = {_name_node(value) for value in node.get(RDF.type.value, ())}
        for element in sorted({_CLASSES[name] for name in classes & _CLASSES.keys()}):
            arguments = tuple(next(self._fresh) for _ in RELATIONS[element])
            self._instance.statements.append(Statement(element, subject, arguments))
        for relation in sorted({_EVENT_CLASSES[name] for name in classes & _EVENT_CLASSES.keys()}):
            self._instance.event_classes.setdefault(subject, set()).add(relation)
        if classes & _COLLECTIONS:
            self._instance.empty_collections.add(subject)

    def _read_times(self, subject: str, node: Node) -> None:
        for predicate in sorted(node.keys() & _TIMES.keys()):
            relation, place = _TIMES[predicate]
            for value in node[predicate]:
                arguments = [next(self._fresh) for _ in RELATIONS[relation]]
                arguments[place] = normalise_time(_name_node(value))
                if relation == "activity":
                    self._add(relation, subject, *arguments)
                else:
                    self._add(relation, next(self._fresh), subject, *arguments[1:])

    def _read_qualified(self, subject: str, predicate: str, id: str) -> None:
        relation, parts = _QUALIFIED[predicate]
        node = self._nodes.get(id, {})
        focus = subject if is_variable(id) else id
        found = [self._find_arguments(focus, node, part) for part in parts]
        for arguments in product(*found):
            if arguments[0] != ABSENT:
                self._said.add((relation, subject, arguments[0]))
            self._add(relation, id, subject, *arguments)

    def _find_arguments(self, focus: str, node: Node, part: str) -> list[str]:
        if part == "atTime":
            times = node.get(PROV.IRI + part, ())
            return sorted({normalise_time(_name_node(value)) for value in times}) or [ABSENT]
        names = _INFLUENCERS if part == "influencer" else (part, "influencer")
        for name in names if part in _INFLUENCERS else (part,):
            values = node.get(PROV.IRI + name)
            if values:
                return sorted(set(self._named(focus, PROV.IRI + name, values))) or [ABSENT]
        return [ABSENT]

    def _read_simple(self, subject: str, predicate: str, value: str) -> None:
        relation, places = _SIMPLE[predicate]
        pair = (subject, value) if places == (0, 1) else (value, subject)
        if (relation, *pair) in self._said:
            return
        rest = [ABSENT] * (len(RELATIONS[relation]) - 2)
        self._add(relation, next(self._fresh), *pair, *rest)

    def _named(self, subject: str, predicate: str, values: Iterable[Object]) -> Iterator[str]:
        """The objects that can be arguments; literals are told."""
        for value in values:
            if isinstance(value, Literal):
                reason = (
                    f"prov:{predicate.removeprefix(PROV.IRI)} has the text {value.value!r} for its object"
                )
                self._instance.malformed.append(Malformed(subject, value.value, reason))
            else:
                yield _name_node(value)

    def _add(self, relation: str, id: str, *arguments: str) -> None:
        self._instance.statements.append(Statement(relation, id, arguments))
