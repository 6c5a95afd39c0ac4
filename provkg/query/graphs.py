"""What named graphs a store holds, what each is about, and whether they are whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, QuerySolution, QuerySolutions

from provkg.graph.terms import PREFIXES, PROV, PROVKG, RDF, SCHEMA, SH
from provkg.store.base import Store
from provkg.store.copying import count_graphs

_PREFIXES = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("prov", "provkg", "schema"))

_ABOUT = """SELECT ?g ?document (SAMPLE(?known) AS ?how)
{ GRAPH ?g { ?g schema:about ?document ; provkg:how ?known } } GROUP BY ?g ?document"""

_PATHS = (
    "SELECT DISTINCT ?document ?path { GRAPH ?g { ?g schema:about ?document . ?document provkg:path ?path } }"
)

_NEWEST = """SELECT ?g (MAX(?time) AS ?newest)
{ GRAPH ?g { ?thing prov:startedAtTime|prov:endedAtTime|prov:generatedAtTime ?time } } GROUP BY ?g"""


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """One named graph; what is None is not known, as of graphs that provkg did not make."""

    graph: str
    size: int
    document: str | None = None
    """The IRI of the notebook or script that it is about."""
    path: str | None = None
    """Where that lies in its project."""
    how: str | None = None
    newest: str | None = None
    """The latest time that it speaks of, as it stands there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a graph that is not as provkg leaves it."""

    graph: str
    message: str


def find_graphs(store: Store) -> list[GraphInfo]:
    """All named graphs, sorted by the document that they are about."""
    about = {row["g"].value: row for row in _ask(store, _ABOUT)}
    paths = {row["document"].value: row["path"].value for row in _ask(store, _PATHS)}
    newest = {row["g"].value: row["newest"].value for row in _ask(store, _NEWEST) if row["newest"]}
    sizes = count_graphs(store)
    found = []
    for graph in store.graphs():  # not those that a server keeps for itself
        row = about.get(graph)
        document = row["document"].value if row else None
        how = row["how"].value if row else None
        path = paths.get(document or "")
        found.append(GraphInfo(graph, sizes.get(graph, 0), document, path, how, newest.get(graph)))
    return sorted(found, key=lambda each: (each.path or "", each.graph))


def check_graphs(store: Store) -> Iterator[tuple[str, list[Finding]]]:
    """Each graph, and what is not right with it; every quad is read for that."""
    for graph in store.graphs():
        yield graph, [Finding(graph, message) for message in check_graph(graph, store.quads(graph))]


def check_graph(graph: str, quads: Iterable[Quad]) -> list[str]:
    """What shows that a graph is not one that provkg wrote as a whole; nothing where it is.

    provkg describes each graph in itself, gives everything a class, and says of each part of a document that
    something points at what it is. What is missing shows in one of the three, unless it is a thing that
    nothing left in the graph points at.
    """
    node, documents = NamedNode(graph), set[str]()
    said: set[NamedNode] = set()
    is_report = False
    subjects, classed, objects = set[object](), set[object](), set[NamedNode]()
    for quad in quads:
        subjects.add(quad.subject)
        if quad.predicate == RDF.type:
            classed.add(quad.subject)
            is_report |= quad.object == SH.ValidationReport
        if quad.subject == node:
            said.add(quad.predicate)
            if quad.predicate == SCHEMA.about and isinstance(quad.object, NamedNode):
                documents.add(quad.object.value)
        if isinstance(quad.object, NamedNode):
            objects.add(quad.object)
    if not {PROVKG.how, SCHEMA.about, PROV.wasAttributedTo} <= said:
        return [
            "it does not say how it is known, about what and by whom: provkg did not write it, or not all"
        ]
    # A report of validation points at what other graphs describe.
    parts = () if is_report else tuple(f"{document}#" for document in documents)
    missing = {each for each in objects - subjects if each.value.startswith(parts)}
    return [
        *_tell(subjects - classed, "has no class"),
        *_tell(missing, "is pointed at and not described"),
    ]


def _tell(nodes: set[object] | set[NamedNode], what: str) -> Iterator[str]:
    if nodes:
        first = min(map(str, nodes))
        more = f", and {len(nodes) - 1} more" if len(nodes) > 1 else ""
        yield f"{first} {what}{more}"


def _ask(store: Store, query: str) -> Iterator[QuerySolution]:
    answer = store.query(_PREFIXES + query)
    assert isinstance(answer, QuerySolutions)  # noqa: S101 - it is a SELECT
    return answer
