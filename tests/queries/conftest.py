"""The graphs that the questions of the bank are asked of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from provkg.extract.run import ExtractOptions
from provkg.pipeline import Failed, Source, Wanted, extract
from provkg.store.memory import MemoryStore

GIVEN = Path(__file__).parent / "given"
BASE = "https://example.org/"
SUFFIXES = {".ipynb", ".py"}


@cache
def graphs_of(fixture: str) -> bytes:
    """The N-Quads of a given folder: of its notebooks and scripts, extracted, and of its graph files."""
    folder = GIVEN / fixture
    assert folder.is_dir(), f"there is no tests/queries/given/{fixture}"
    store = MemoryStore()
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES:
            source = Source(path, path.relative_to(folder).as_posix(), folder)
            made = extract(source, Wanted(BASE, graphs=True, options=ExtractOptions(project_root=folder)))
            assert not isinstance(made, Failed)
            store.load_nquads(b"".join(graph.nquads for graph in made.graphs.values()))
        elif path.suffix in {".trig", ".ttl"}:
            store.load_file(path)
    return b"\n".join(str(quad).encode() + b" ." for quad in store.quads())


@pytest.fixture
def given_graphs() -> Callable[[str], bytes]:
    """Name of a given folder → its N-Quads."""
    return graphs_of


@pytest.fixture
def given_store() -> Callable[[str], MemoryStore]:
    """Name of a given folder → a store with its graphs."""

    def given_store(fixture: str) -> MemoryStore:
        store = MemoryStore()
        store.load_nquads(graphs_of(fixture))
        return store

    return given_store
