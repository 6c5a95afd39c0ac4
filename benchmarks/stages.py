"""The stages that the benchmarks time, each from bytes in memory."""

from __future__ import annotations

import io

from provkg.export.registry import write_graph
from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.factset import FactSet
from provkg.graph.builder import build_quads
from provkg.sources.document import Document
from provkg.sources.notebook import parse_notebook

BASE = "https://example.org/"


def analyse(data: bytes, name: str) -> list[FactSet]:
    """All facts of a notebook."""
    return analyse_document(parse_notebook(data, name))


def analyse_document(document: Document) -> list[FactSet]:
    """All facts of what was read, with the options a user gets who asks for nothing."""
    return extract_facts(document, ExtractOptions())


def extract(data: bytes, name: str) -> bytes:
    """A notebook's graph as N-Quads."""
    return write_nquads(analyse(data, name))


def write_nquads(fact_sets: list[FactSet]) -> bytes:
    """The graphs of fact sets, one after the other."""
    stream = io.BytesIO()
    write_graph([quad for facts in fact_sets for quad in build_quads(facts, BASE)], "nquads", stream, {})
    return stream.getvalue()
