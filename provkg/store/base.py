"""What every store can do, whether it lies in a folder or behind an endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import Quad, QueryBoolean, QuerySolutions, QueryTriples

Answer = QuerySolutions | QueryBoolean | QueryTriples
"""Of SELECT, of ASK, of CONSTRUCT and DESCRIBE."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query asks (SPARQL 1.1, 13.2), by their IRIs."""

    default: tuple[str, ...] = ()
    """Their union is the default graph."""
    named: tuple[str, ...] = ()


class Store(Protocol):
    """Named graphs that can be replaced, read and asked; graphs are named by their IRI."""

    def replace_graphs(self, graphs: Mapping[str, Iterable[Quad]]) -> None:
        """Make each graph hold exactly these triples: all graphs at once, or none of them.

        The graph a quad says it is in does not count: its triple goes where the mapping says.
        What is stored already is not written again.
        """

    def drop(self, graphs: Iterable[str]) -> None:
        """Remove whole graphs, all at once; one that is not there is no error."""

    def graphs(self) -> list[str]:
        """The IRIs of all named graphs, sorted."""

    def quads(self, graph: str | None = None) -> Iterator[Quad]:
        """The quads of one graph, or of the whole store; in no order."""

    def count(self, graph: str | None = None) -> int:
        """The number of quads in one graph, or in the whole store."""

    def query(self, sparql: str) -> Answer:
        """The answer to a SPARQL 1.1 query whose default graph is the union of all graphs."""

    def close(self) -> None:
        """Write everything to where it lasts and let others write."""
