"""A store that holds the graphs of a program."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provkg.extract.run import extract_facts
from provkg.graph.builder import build_graph
from provkg.sources.document import Cell, Document
from provkg.store.memory import MemoryStore

BASE = "https://example.org/"

StoreOf = Callable[..., MemoryStore]


@pytest.fixture
def store_of() -> StoreOf:
    """Cells → a store with the graphs of the notebook that they make."""

    def store_of(*sources: str) -> MemoryStore:
        cells = tuple(Cell(index, "code", source) for index, source in enumerate(sources))
        document = Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, "sha256:0", 1)
        store = MemoryStore()
        for fact_set in extract_facts(document):
            store.load_nquads(build_graph(fact_set, BASE).nquads)
        return store

    return store_of
