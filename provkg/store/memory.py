"""Graphs in memory, to be asked and then forgotten: of a notebook just extracted, or of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from provkg.store.base import Answer
from provkg.store.files import load_graph_file, parse_any_graph
from provkg.store.syntax import explaining_query


class MemoryStore:
    """Named graphs in memory. Satisfies `provkg.store.base.Store`."""

    def __init__(self) -> None:
        self._database = ox.Store()

    def load_file(self, path: Path, graph: str | None = None) -> None:
        """Add what a graph file says; triples that are in no named graph go into `graph`, if it is named.

        Raises:
            GraphError: it cannot be read, or is not RDF in the format that its suffix names.
        """
        load_graph_file(self._database, path, graph)

    def load_graph(self, text: bytes, name: str) -> None:
        """Add what a text of unknown format says: Turtle, TriG, N-Triples or N-Quads; `name` is for errors.

        Raises:
            GraphError: it is none of them.
        """
        parse_any_graph(self._database, text, name)

    def load_nquads(self, nquads: bytes) -> None:
        """Add graphs that provkg has just written."""
        self._database.bulk_load(input=nquads, format=ox.RdfFormat.N_QUADS, lenient=True)

    def replace_graphs(self, graphs: Mapping[str, Iterable[ox.Quad]]) -> None:
        """Make each graph hold exactly these triples."""
        for name, quads in graphs.items():
            graph = ox.NamedNode(name)
            self._database.clear_graph(graph)
            self._database.extend(ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in quads)

    def drop(self, graphs: Iterable[str]) -> None:
        """Remove whole graphs; one that is not there is no error."""
        self.replace_graphs(dict.fromkeys(graphs, ()))

    def graphs(self) -> list[str]:
        """The IRIs of all named graphs, sorted."""
        return sorted(graph.value for graph in self._database.named_graphs() if graph.value)

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or of the whole store; in no order."""
        name = None if graph is None else ox.NamedNode(graph)
        return self._database.quads_for_pattern(None, None, None, name)

    def count(self, graph: str | None = None) -> int:
        """The number of quads in one graph, or in the whole store."""
        return sum(1 for _ in self.quads(graph))

    def query(self, sparql: str) -> Answer:
        """The answer to a SPARQL 1.1 query whose default graph is the union of all graphs.

        Raises:
            QueryError: the query is not valid SPARQL, or cannot be answered.
        """
        with explaining_query(sparql):
            return self._database.query(sparql, use_default_graph_as_union=True)

    def close(self) -> None:
        """There is nothing to write."""
