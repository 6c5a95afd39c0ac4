"""Graphs in memory: read from files, asked, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from provkg.errors import GraphError, QuerySyntaxError
from provkg.store.memory import MemoryStore

EXAMPLE = "https://example.org/"
QUAD = Quad(NamedNode(EXAMPLE + "s"), NamedNode(EXAMPLE + "p"), Literal("o"), NamedNode(EXAMPLE + "g"))


def test_graphs_are_replaced_and_dropped() -> None:
    store = MemoryStore()
    store.replace_graphs({EXAMPLE + "g": [QUAD], EXAMPLE + "h": [QUAD]})
    assert store.graphs() == [EXAMPLE + "g", EXAMPLE + "h"]
    assert (store.count(), store.count(EXAMPLE + "g")) == (2, 1)
    store.drop([EXAMPLE + "h", EXAMPLE + "nowhere"])
    assert list(store.quads()) == [QUAD]
    store.close()


def test_a_query_sees_the_union_of_all_graphs() -> None:
    store = MemoryStore()
    store.load_nquads(f"{QUAD} .\n".encode())
    answer = store.query("SELECT ?o WHERE { ?s ?p ?o }")
    assert isinstance(answer, QuerySolutions)
    assert [solution["o"] for solution in answer] == [Literal("o")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", "<a> <b> <c> ."),
        ("a.nq", "<x:a> <x:b> <x:c> <x:g> ."),
        ("a.jsonld", '{"@id": "x:a", "x:b": 1}'),
    ],
)
def test_a_graph_file_is_read_by_its_suffix(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    store = MemoryStore()
    store.load_file(path)
    assert store.count() == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.doc", "", "no reader"),
        ("a.ttl", "this is none", "this is not Turtle"),
        ("missing.ttl", None, "cannot be read"),
    ],
)
def test_what_is_no_graph_file_is_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(GraphError, match=message):
        MemoryStore().load_file(path)


def test_a_query_that_is_none_is_refused() -> None:
    with pytest.raises(QuerySyntaxError, match="no SPARQL query"):
        MemoryStore().query("SELECT")
