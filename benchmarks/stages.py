"""The stages that the benchmarks time, from bytes in memory, the collector paused as in the pipeline."""

from __future__ import annotations

from provkg.extract.run import ExtractOptions, extract_facts, paused_collection
from provkg.facts.factset import FactSet
from provkg.graph.builder import build_graph
from provkg.graph.statements import Graph
from provkg.pipeline import Extracted, build_graphs, count_quads
from provkg.report.text import summarise
from provkg.sources.document import Document
from provkg.sources.notebook import parse_notebook

BASE = "https://example.org/"


@paused_collection()
def analyse(data: bytes, name: str) -> list[FactSet]:
    """All facts of a notebook."""
    return analyse_document(parse_notebook(data, name))


def analyse_document(document: Document) -> list[FactSet]:
    """All facts of what was read, with the options a user gets who asks for nothing."""
    return extract_facts(document, ExtractOptions())


@paused_collection()
def extract(data: bytes, name: str) -> list[Graph]:
    """A notebook's graphs as N-Quads, as they go into a file one after the other."""
    return [build_graph(facts, BASE) for facts in analyse(data, name)]


def write_nquads(fact_sets: list[FactSet]) -> bytes:
    """The graphs of fact sets, one after the other."""
    return b"".join(build_graph(facts, BASE).nquads for facts in fact_sets)


def extract_document(data: bytes, name: str) -> Extracted:
    """A notebook's graphs, ready for a store."""
    fact_sets = analyse(data, name)
    graphs = build_graphs(fact_sets, BASE)
    return Extracted(summarise(fact_sets, count_quads(graphs)), BASE, graphs)
