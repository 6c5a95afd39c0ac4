"""Whole graphs from one store to another; those that are there already, as they are, stay untouched.

A graph is the same where it holds the same triples by value, which is found out by their number first and
then by reading it: there is no book beside the stores that could be wrong. So a copy that was interrupted
goes on where it stopped when it is started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from provkg.store.base import Store

LARGEST_BATCH = 50_000
"""Quads that are written in one transaction, give or take one graph."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one graph."""

    graph: str
    size: int
    is_changed: bool
    """Did it have to be written?"""


def copy_graphs(source: Store, graphs: Sequence[str], target: Store, batch: int = 0) -> Iterator[Copied]:
    """Make these graphs in `target` what they are in `source`; each is told of once it is there.

    With `batch`, so many quads are written at once, and only then told of.
    """
    there = count_graphs(target)
    waiting: dict[str, ox.Store] = {}
    for graph in graphs:
        wanted = read_graph(source, graph)
        if there.get(graph) == len(wanted) and _holds(wanted, target.quads(graph)):
            yield Copied(graph, len(wanted), is_changed=False)
            continue
        waiting[graph] = wanted
        if sum(map(len, waiting.values())) >= batch:
            yield from _write(waiting, target)
            waiting = {}
    yield from _write(waiting, target)


def count_graphs(store: Store) -> dict[str, int]:
    """The number of triples in each named graph."""
    answer = store.query("SELECT ?g (COUNT(*) AS ?count) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
    return {row["g"].value: int(row["count"].value) for row in answer}


def read_graph(store: Store, graph: str) -> ox.Store:
    """The triples of a graph as a store in memory, which keeps numbers and times by value as others do."""
    found = ox.Store()
    found.bulk_extend(store.quads(graph))
    return found


def _holds(wanted: ox.Store, quads: Iterable[ox.Quad]) -> bool:
    return all(quad in wanted for quad in quads)


def _write(waiting: dict[str, ox.Store], target: Store) -> Iterator[Copied]:
    if waiting:
        target.replace_graphs(waiting)
    for graph, quads in waiting.items():
        yield Copied(graph, len(quads), is_changed=True)
