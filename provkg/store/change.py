"""What has to be written for a graph to hold other triples: mostly little, and mostly nothing.

Whether a quad is stored takes a tenth of the time that reading it back takes, because it is hashed and its
texts are never looked up. So the stored graph is asked for each wanted quad, and read only where it holds
more than these. Asking also compares by value, as the store keeps numbers and times: "5.0E-1" is "0.5".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True, slots=True)
class Change:
    """How the stored graph becomes the wanted one: dropped or freed of some quads, then added to."""

    graph: ox.NamedNode
    is_dropped: bool = False
    removed: Collection[ox.Quad] = ()
    added: Collection[ox.Quad] = ()

    @property
    def only_adds(self) -> bool:
        """Nothing that is stored goes away."""
        return not self.is_dropped and not self.removed


def find_change(database: ox.Store, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> Change:
    """What makes `graph` hold exactly the triples of `quads`; the graph that a quad names does not count."""
    wanted = [_move(quad, graph) for quad in quads]
    if not database.contains_named_graph(graph):
        return Change(graph, added=wanted)
    added = [quad for quad in wanted if quad not in database]
    kept = ox.Store()  # in memory: it counts and compares by value, as the one on disk does
    kept.extend(set(wanted).difference(added))
    if not len(kept):
        return Change(graph, is_dropped=True, added=wanted)
    removed = [] if len(kept) == count_quads(database, graph) else _find_others(database, graph, kept)
    if any(map(_has_blank_node, (*added, *removed))):
        # SPARQL cannot name a stored blank node, neither to remove it nor to say more of it.
        return Change(graph, is_dropped=True, added=wanted)
    return Change(graph, removed=removed, added=added)


def count_quads(database: ox.Store, graph: ox.NamedNode) -> int:
    """The number of quads in a graph; SPARQL counts them without looking up their texts."""
    answer = database.query(f"SELECT (COUNT(*) AS ?count) {{ GRAPH {graph} {{ ?s ?p ?o }} }}")
    assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
    count = next(answer)["count"]
    assert isinstance(count, ox.Literal)  # noqa: S101 - it counts
    return int(count.value)


def write_update(changes: Iterable[Change]) -> str:
    """The changes as one SPARQL update."""
    changes = list(changes)
    dropped = [f"DROP SILENT GRAPH {change.graph}" for change in changes if change.is_dropped]
    removed = "".join(_write_block(change.graph, change.removed) for change in changes)
    added = "".join(_write_block(change.graph, change.added) for change in changes)
    operations = [
        f"{verb} DATA {{\n{data}}}" for verb, data in (("DELETE", removed), ("INSERT", added)) if data
    ]
    return ";\n".join([*dropped, *operations])


def _write_block(graph: ox.NamedNode, quads: Collection[ox.Quad]) -> str:
    """The triples as SPARQL says them: its terms are written as in N-Triples, by the library itself."""
    triples = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""
    return f"GRAPH {graph} {{\n{triples.decode()}}}\n" if quads else ""


def _find_others(database: ox.Store, graph: ox.NamedNode, kept: ox.Store) -> list[ox.Quad]:
    stored = database.quads_for_pattern(None, None, None, graph)
    return [quad for quad in stored if quad not in kept]


def _move(quad: ox.Quad, graph: ox.NamedNode) -> ox.Quad:
    if quad.graph_name == graph:
        return quad
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _has_blank_node(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode | ox.Triple) for term in (quad.subject, quad.object))
