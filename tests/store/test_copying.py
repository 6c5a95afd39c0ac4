"""Graphs from one store to another: exactly those, nothing twice, and on from where it stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from provkg.errors import StoreError
from provkg.store.copying import Copied, copy_graphs, count_graphs
from provkg.store.memory import MemoryStore

EX = "http://example.org/"
DOUBLE = NamedNode("http://www.w3.org/2001/XMLSchema#double")


def quads(graph: str, *values: object) -> list[Quad]:
    return [
        Quad(NamedNode(EX + "s"), NamedNode(EX + "p"), Literal(str(each)), NamedNode(graph))
        for each in values
    ]


class Noted(MemoryStore):
    """Keeps which graphs were written together, and fails where it is told to."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.written: list[list[str]] = []
        self._fails_at = fails_at

    def replace_graphs(self, graphs: Mapping[str, Iterable[Quad]]) -> None:
        if len(self.written) == self._fails_at:
            raise StoreError("out of order")
        self.written.append(list(graphs))
        super().replace_graphs(graphs)


@pytest.fixture
def source() -> MemoryStore:
    store = MemoryStore()
    store.replace_graphs(
        {EX + name: quads(EX + name, *range(size)) for size, name in enumerate("abcd", start=1)}
    )
    return store


def test_a_copy_holds_the_same_and_leaves_other_graphs_alone(source: MemoryStore) -> None:
    target = Noted()
    target.replace_graphs({EX + "a": quads(EX + "a", "old"), EX + "z": quads(EX + "z", 1)})
    copied = list(copy_graphs(source, source.graphs(), target))
    assert copied == [Copied(EX + name, size, is_changed=True) for size, name in enumerate("abcd", start=1)]
    assert count_graphs(target) == {EX + "a": 1, EX + "b": 2, EX + "c": 3, EX + "d": 4, EX + "z": 1}
    assert {quad for name in "abcd" for quad in target.quads(EX + name)} == set(source.quads())


def test_what_is_there_already_is_not_written_again(source: MemoryStore) -> None:
    target = Noted()
    list(copy_graphs(source, source.graphs(), target))
    target.replace_graphs({EX + "b": quads(EX + "b", 7, 8)})
    target.written.clear()
    assert [each.graph for each in copy_graphs(source, source.graphs(), target) if each.is_changed] == [
        EX + "b"
    ]
    assert target.written == [[EX + "b"]]


def test_graphs_are_compared_by_value() -> None:
    source, target = MemoryStore(), Noted()
    for store, text in ((source, "5.0E-1"), (target, "0.5")):
        node = NamedNode(EX)
        store.replace_graphs({EX: [Quad(node, node, Literal(text, datatype=DOUBLE))]})
    assert [each.is_changed for each in copy_graphs(source, [EX], target)] == [False]


def test_small_graphs_are_written_together(source: MemoryStore) -> None:
    target = Noted()
    list(copy_graphs(source, source.graphs(), target, batch=3))
    assert target.written == [[EX + "a", EX + "b"], [EX + "c"], [EX + "d"]]


def test_an_interrupted_copy_goes_on_where_it_stopped(source: MemoryStore) -> None:
    target = Noted(fails_at=2)
    told = copy_graphs(source, source.graphs(), target)
    assert [next(told).graph, next(told).graph] == [EX + "a", EX + "b"]
    with pytest.raises(StoreError):
        next(told)
    target._fails_at = None
    rest = list(copy_graphs(source, source.graphs(), target))
    assert [each.is_changed for each in rest] == [False, False, True, True]
