"""What follows from a graph and ontologies: the closure of OWL 2 RL, or of RDFS alone, by `reasonable`.

Nodes without a name and values travel through the reasoner as IRIs: it renames the former, and rdflib, in
whose terms it answers, rewrites the latter ("05" becomes "5"). It knows no chains of properties, by which
`prov:wasGeneratedBy` follows from a qualified generation in PROV-O; they are followed here, until nothing new
comes of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyoxigraph as ox

from provkg.errors import MissingExtra
from provkg.graph.terms import OWL, RDF, RDFS
from provkg.validate.ontology import Triples

RULES = ("owlrl", "rdfs")
"""Which entailments there are: of OWL 2 RL, or those of classes and properties alone."""

_RDFS_AXIOMS = {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range}
_STAND_IN = "urn:provkg:stands-for:"


@dataclass(frozen=True, slots=True)
class Closure:
    """What follows from a graph, beside what it says."""

    triples: tuple[ox.Triple, ...]
    """Sorted; about nodes of the graph, and nothing that holds of everything."""
    same: tuple[tuple[str, str], ...]
    """Pairs of nodes that have to be one and the same, each once: most often a mistake in the graph."""


def close_graph(data: Iterable[ox.Triple], axioms: Triples, rules: str = "owlrl") -> Closure:
    """What follows from a graph and ontologies by these rules.

    Raises:
        MissingExtra: `reasonable` is not installed.
    """
    known = set(data)
    used = [each for each in axioms if rules == "owlrl" or each.predicate in _RDFS_AXIOMS]
    stand_ins = _StandIns()
    told = {stand_ins.replace(triple) for triple in known}
    chains = _find_chains(used) if rules == "owlrl" else []
    everything = _reason([*told, *used])
    while added := set(_follow(chains, everything)) - everything:
        everything = _reason([*everything, *used, *added])
    things = {node for triple in told for node in _things_of(triple)}
    new = [stand_ins.restore(triple) for triple in everything - told if _is_telling(triple, things)]
    triples = sorted({each for each in new if each is not None} - known, key=str)
    return Closure(tuple(triples), tuple(sorted(set(_find_same(triples)))))


def quads_of(closure: Closure) -> list[ox.Quad]:
    """What follows, in no named graph."""
    return [ox.Quad(each.subject, each.predicate, each.object) for each in closure.triples]


def _find_same(triples: Iterable[ox.Triple]) -> Iterator[tuple[str, str]]:
    for triple in triples:
        if triple.predicate == OWL.sameAs:
            one, other = sorted((_name(triple.subject), _name(triple.object)))
            yield one, other


def _name(node: Any) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _things_of(triple: ox.Triple) -> tuple[Any, ...]:
    """What a statement is about: classes are not."""
    return (triple.subject,) if triple.predicate == RDF.type else (triple.subject, triple.object)


def _is_telling(triple: ox.Triple, things: set[Any]) -> bool:
    """Is it about the graph, and not true of everything?"""
    if triple.subject not in things or triple.object == OWL.Thing:
        return False
    if triple.predicate == OWL.sameAs:
        return triple.subject != triple.object
    return not triple.predicate.value.startswith(OWL.IRI)


class _StandIns:
    """IRIs that stand for blank nodes and literals while the reasoner is at work."""

    def __init__(self) -> None:
        self._terms: dict[str, Any] = {}
        self._iris: dict[Any, ox.NamedNode] = {}

    def replace(self, triple: ox.Triple) -> ox.Triple:
        return ox.Triple(self._replace(triple.subject), triple.predicate, self._replace(triple.object))

    def restore(self, triple: ox.Triple) -> ox.Triple | None:
        """The triple that was meant; None where a value would be its subject."""
        subject, value = (self._terms.get(str(term), term) for term in (triple.subject, triple.object))
        return None if isinstance(subject, ox.Literal) else ox.Triple(subject, triple.predicate, value)

    def _replace(self, term: Any) -> Any:
        if isinstance(term, ox.NamedNode):
            return term
        iri = self._iris.get(term)
        if iri is None:
            iri = self._iris[term] = ox.NamedNode(f"{_STAND_IN}{len(self._iris)}")
            self._terms[str(iri)] = term
        return iri


def _reason(triples: Iterable[ox.Triple]) -> set[ox.Triple]:
    """These and what follows from them, but for what has a value or a node without a name in it."""
    try:
        from reasonable import PyReasoner
    except ImportError as error:
        raise MissingExtra(
            "inference needs the library reasonable",
            hint="install it with: pip install 'provkg[infer]'",
        ) from error
    reasoner = PyReasoner()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "graph.ttl"
        ox.serialize(sorted(triples, key=str), output=str(path), format=ox.RdfFormat.N_TRIPLES)
        reasoner.load_file(str(path))
    found = set()
    for subject, predicate, value in reasoner.reason():
        if all(type(term).__name__ == "URIRef" for term in (subject, predicate, value)):
            found.add(ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value)))
    return found


# --- chains of properties -----------------------------------------------------------------------------------

Chain = tuple[ox.NamedNode, tuple[ox.NamedNode, ...]]
"""A property, and those that one after the other amount to it."""


def _find_chains(axioms: Triples) -> list[Chain]:
    firsts: dict[Any, Any] = {each.subject: each.object for each in axioms if each.predicate == RDF.first}
    rests: dict[Any, Any] = {each.subject: each.object for each in axioms if each.predicate == RDF.rest}

    def read_list(node: Any) -> Iterator[Any]:
        seen = set()
        while node in firsts and node not in seen:
            seen.add(node)
            yield firsts[node]
            node = rests.get(node)

    chains = []
    for triple in axioms:
        if triple.predicate == OWL.propertyChainAxiom and isinstance(triple.subject, ox.NamedNode):
            links = tuple(read_list(triple.object))
            if links and all(isinstance(link, ox.NamedNode) for link in links):
                chains.append((triple.subject, links))
    return sorted(set(chains), key=str)


def _follow(chains: Iterable[Chain], triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """What the chains say of these triples."""
    ways: dict[ox.NamedNode, dict[Any, set[Any]]] = defaultdict(lambda: defaultdict(set))
    for triple in triples:
        ways[triple.predicate][triple.subject].add(triple.object)
    for property, (first, *rest) in chains:
        for start, reached in list(ways[first].items()):
            ends = reached
            for link in rest:
                ends = {end for node in ends for end in ways[link].get(node, ())}
            yield from (ox.Triple(start, property, end) for end in ends)
