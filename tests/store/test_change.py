"""What is written when a graph is replaced: only what differs, and nothing where nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from provkg.store.change import Change, count_quads, find_change, write_update
from provkg.store.local import LocalStore

EX = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
GRAPH = NamedNode(EX + "graph")
SUBJECT, PREDICATE = NamedNode(EX + "s"), NamedNode(EX + "p")


def number(text: str, datatype: str = "double") -> Literal:
    return Literal(text, datatype=NamedNode(XSD + datatype))


def say(*objects: NamedNode | BlankNode | Literal | Triple) -> list[Quad]:
    return [Quad(SUBJECT, PREDICATE, node, GRAPH) for node in objects]


def texts(*values: object) -> list[Quad]:
    return say(*(Literal(str(value)) for value in values))


def stored(quads: Sequence[Quad]) -> ox.Store:
    database = ox.Store()
    database.extend(quads)
    return database


def change_from(old: Sequence[Quad], new: Sequence[Quad]) -> tuple[set[Quad], set[Quad]]:
    """What is removed and what is added."""
    change = find_change(stored(old), GRAPH, new)
    assert not change.is_dropped
    return set(change.removed), set(change.added)


# --- what differs -------------------------------------------------------------------------------------------


def test_a_graph_that_is_not_there_is_only_added() -> None:
    assert find_change(ox.Store(), GRAPH, texts(1, 2)) == Change(GRAPH, added=texts(1, 2))


def test_an_equal_graph_is_no_change_whatever_its_order_and_repetitions() -> None:
    assert change_from(texts(1, 2, 3), texts(3, 1, 2, 1)) == (set(), set())


def test_only_what_differs_is_removed_and_added() -> None:
    assert change_from(texts(1, 2, 3), texts(2, 3, 4)) == (set(texts(1)), set(texts(4)))
    assert change_from(texts(1, 2, 3), texts(1, 3)) == (set(texts(2)), set())
    assert change_from(texts(1), texts(1, 2)) == (set(), set(texts(2)))


def test_a_graph_of_which_nothing_stays_is_dropped_unread() -> None:
    assert find_change(stored(texts(1, 2)), GRAPH, texts(3)) == Change(GRAPH, True, added=texts(3))
    assert find_change(stored(texts(1)), GRAPH, []) == Change(GRAPH, True, added=[])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (number("5.0E-1"), number("0.5")),
        (number("1.0E0"), number("1")),
        (number("007", "integer"), number("7", "integer")),
        (number("1.50", "decimal"), number("1.5", "decimal")),
        (number("1", "boolean"), number("true", "boolean")),
        (number("2024-01-01T00:00:00.000Z", "dateTime"), number("2024-01-01T00:00:00Z", "dateTime")),
    ],
)
def test_values_are_the_same_however_they_are_written(written: Literal, kept: Literal) -> None:
    assert written != kept
    assert set(stored(say(written))) == set(say(kept))
    assert change_from(say(written), say(written)) == (set(), set())
    assert change_from(say(kept, Literal("x")), say(written)) == (set(texts("x")), set())


def test_one_value_written_twice_does_not_hide_one_that_goes() -> None:
    both_ways = say(number("0.5"), number("5.0E-1"))
    assert change_from([*say(number("0.5")), *texts("old")], both_ways) == (set(texts("old")), set())


def test_the_graph_a_quad_names_does_not_count() -> None:
    elsewhere = [Quad(SUBJECT, PREDICATE, Literal("1"), NamedNode(EX + "elsewhere"))]
    assert change_from(texts(1), elsewhere) == (set(), set())


@pytest.mark.parametrize("node", [BlankNode("b"), Triple(BlankNode("b"), PREDICATE, Literal("x"))])
def test_a_graph_whose_blank_nodes_differ_is_written_whole(node: BlankNode | Triple) -> None:
    old, new = texts(1, 2), [*texts(1), *say(node)]
    assert find_change(stored(old), GRAPH, new) == Change(GRAPH, True, added=new)
    assert find_change(stored(new), GRAPH, old) == Change(GRAPH, True, added=old)


def test_blank_nodes_stay_joined_to_what_is_said_of_them() -> None:
    node = BlankNode("b")
    database = stored([*say(node), Quad(node, PREDICATE, Literal("1"), GRAPH)])
    new = [*say(node), Quad(node, PREDICATE, Literal("1"), GRAPH), Quad(node, PREDICATE, Literal("2"), GRAPH)]
    database.update(write_update([find_change(database, GRAPH, new)]))
    assert count_quads(database, GRAPH) == 3
    assert database.query(f"ASK {{ GRAPH {GRAPH} {{ ?s {PREDICATE} ?b . ?b {PREDICATE} '1', '2' }} }}")


TERMS = st.one_of(
    st.integers(0, 5).map(lambda value: Literal(str(value))),
    st.sampled_from(["0.5", "5.0E-1", "1", "1.0", "1e0", "NaN", "INF", "odd"]).map(number),
    st.sampled_from(["1", "01", "+1", "-0", "0", "9" * 30]).map(lambda text: number(text, "integer")),
    st.sampled_from(['"', "\\", "_:b", "\n", "} }", "é"]).map(Literal),
    st.sampled_from("ab").map(lambda name: NamedNode(EX + name)),
)
GRAPHS = st.lists(TERMS, max_size=12).map(lambda terms: say(*terms))


@given(GRAPHS, GRAPHS, GRAPHS)
def test_whatever_was_stored_the_graph_is_then_what_was_wanted(
    old: list[Quad], new: list[Quad], other: list[Quad]
) -> None:
    untouched = [Quad(quad.subject, quad.predicate, quad.object, NamedNode(EX + "other")) for quad in other]
    database = stored([*old, *untouched])
    database.update(write_update([find_change(database, GRAPH, new)]))
    assert set(database) == set(stored([*new, *untouched]))
    again = find_change(database, GRAPH, new)
    assert again.only_adds
    assert not again.added


# --- what reaches the disk ----------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    with LocalStore.open(tmp_path / "store") as store:
        yield store


def log_size(store: LocalStore) -> int:
    """Bytes of the write-ahead log; tables are also written in the background, at moments of their own."""
    return sum(file.stat().st_size for file in store.folder.glob("*.log"))


def count_written(store: LocalStore, graphs: Mapping[str, Sequence[Quad]]) -> int:
    """Bytes that replacing graphs writes into the log."""
    before = log_size(store)
    store.replace_graphs(graphs)
    return log_size(store) - before


def cells(graph: str, count: int, changed: int | None = None) -> list[Quad]:
    """Ten statements on each of `count` cells, one a double."""
    name = NamedNode(graph)
    return [
        Quad(
            NamedNode(f"{graph}/cell/{cell}"),
            NamedNode(f"{EX}p{item}"),
            Literal(f"{'new' if cell == changed else 'old'} {cell} {item}") if item else number("2.5E-1"),
            name,
        )
        for cell in range(count)
        for item in range(10)
    ]


def test_a_graph_stored_again_writes_nothing(store: LocalStore) -> None:
    graphs = {EX + name: cells(EX + name, 50) for name in "ab"}
    assert count_written(store, graphs) > 100_000
    before = log_size(store)
    store.replace_graphs(graphs)
    store.replace_graphs({EX + "none": []})
    store.drop([EX + "none"])
    store.replace_graphs({})
    assert log_size(store) == before


def test_a_changed_cell_writes_only_its_difference(store: LocalStore) -> None:
    whole = count_written(store, {EX + "a": cells(EX + "a", 200), EX + "b": cells(EX + "b", 200)})
    changed = {EX + "a": cells(EX + "a", 200, changed=7), EX + "b": cells(EX + "b", 200)}
    assert 0 < count_written(store, changed) < whole / 100
    assert set(store.quads(EX + "a")) == set(stored(changed[EX + "a"]))
    assert store.count() == 4000


def test_a_thousand_graphs_are_stored_at_once_and_found_again(store: LocalStore) -> None:
    graphs = {f"{EX}{index}": cells(f"{EX}{index}", 3) for index in range(1000)}
    store.replace_graphs(graphs)  # in bulk
    assert (len(store.graphs()), store.count(), store.count(EX + "999")) == (1000, 30_000, 30)
    assert count_written(store, graphs) == 0
    graphs[EX + "500"] = cells(EX + "500", 3, changed=1)
    graphs[EX + "501"] = []
    assert 0 < count_written(store, graphs) < 50_000
    assert (len(store.graphs()), store.count()) == (999, 29_970)
    assert set(store.quads(EX + "500")) == set(stored(graphs[EX + "500"]))
