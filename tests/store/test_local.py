"""The embedded store: whole graphs or nothing, one writer at a time, clear errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from provkg.errors import GraphError, QueryError, QuerySyntaxError, StoreError
from provkg.store.base import Dataset, Store
from provkg.store.local import LocalStore, copy_store, read_stamp
from provkg.store.memory import MemoryStore

EX = "http://example.org/"


def quads(graph: str, *values: object) -> list[Quad]:
    subject, predicate = NamedNode(EX + "s"), NamedNode(EX + "p")
    return [Quad(subject, predicate, Literal(str(value)), NamedNode(graph)) for value in values]


def values(store: Store, graph: str) -> set[str]:
    return {quad.object.value for quad in store.quads(graph) if isinstance(quad.object, Literal)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".provkg" / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[LocalStore]:
    with LocalStore.open(folder) as store:
        yield store


# --- graphs -------------------------------------------------------------------------------------------------


def test_what_was_stored_is_there_after_reopening(folder: Path) -> None:
    with LocalStore.open(folder) as store:
        store.replace_graphs({EX + "a": quads(EX + "a", 1, 2), EX + "b": quads(EX + "b", 3)})
    with LocalStore.read(folder) as store:
        assert store.graphs() == [EX + "a", EX + "b"]
        assert set(store.quads(EX + "a")) == set(quads(EX + "a", 1, 2))
        assert (store.count(), store.count(EX + "a"), store.count(EX + "none")) == (3, 2, 0)
        assert set(store.quads()) == {*quads(EX + "a", 1, 2), *quads(EX + "b", 3)}


def test_replacing_a_graph_leaves_nothing_of_it_and_all_of_the_others(store: LocalStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1, 2), EX + "b": quads(EX + "b", 1)})
    store.replace_graphs({EX + "a": quads(EX + "a", 2, 3)})
    assert values(store, EX + "a") == {"2", "3"}
    assert values(store, EX + "b") == {"1"}


def test_numbers_are_kept_by_value(store: LocalStore) -> None:
    node, double = NamedNode(EX), NamedNode("http://www.w3.org/2001/XMLSchema#double")
    store.replace_graphs({EX: [Quad(node, node, Literal("5.0E-1", datatype=double))]})
    assert [quad.object for quad in store.quads(EX)] == [Literal("0.5", datatype=double)]


def test_triples_go_to_the_graph_that_the_mapping_names(store: LocalStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "elsewhere", 1)})
    assert store.graphs() == [EX + "a"]


def test_a_graph_replaced_by_nothing_is_gone(store: LocalStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    store.replace_graphs({EX + "a": []})
    assert store.graphs() == []


def test_dropped_graphs_are_gone_and_unknown_ones_do_not_matter(store: LocalStore) -> None:
    store.replace_graphs({EX + name: quads(EX + name, 1) for name in "abc"})
    store.drop([EX + "a", EX + "b", EX + "none"])
    store.drop([])
    assert store.graphs() == [EX + "c"]


def test_a_failing_replacement_changes_nothing(store: LocalStore) -> None:
    def broken() -> Iterator[Quad]:
        yield from quads(EX + "b", 2)
        raise KeyError("b")

    store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    with pytest.raises(KeyError):
        store.replace_graphs({EX + "a": quads(EX + "a", 2), EX + "b": broken()})
    assert set(store.quads()) == set(quads(EX + "a", 1))


def test_no_graph_name_and_no_text_gets_into_the_update(store: LocalStore) -> None:
    with pytest.raises(ValueError, match="IRI"):
        store.replace_graphs({EX + "a> { } }; DROP ALL; INSERT DATA { GRAPH <x": []})
    attack = '" } }; DROP ALL; INSERT DATA { GRAPH <http://x> { <http://x> <http://x> "\\u0022'
    store.replace_graphs({EX + "a": quads(EX + "a", attack)})
    assert values(store, EX + "a") == {attack}


_MEMORY: list[LocalStore] = []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\\"u0041\n\r\t\0'))))
def test_any_text_is_stored_as_it_is(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    if not _MEMORY:  # one store for all examples: opening a database for each takes too long
        _MEMORY.append(LocalStore.open(tmp_path_factory.mktemp("texts") / "store"))
    _MEMORY[0].replace_graphs({EX + "a": quads(EX + "a", *texts)})
    assert values(_MEMORY[0], EX + "a") == set(texts)


# --- queries ------------------------------------------------------------------------------------------------


def test_a_query_sees_all_graphs_as_one(store: LocalStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1), EX + "b": quads(EX + "b", 2)})
    answer = store.query("SELECT ?value { ?s ?p ?value } ORDER BY ?value")
    assert isinstance(answer, QuerySolutions)
    assert [row["value"] for row in answer] == [Literal("1"), Literal("2")]


def test_a_query_that_is_not_sparql_says_so(store: LocalStore) -> None:
    with pytest.raises(QuerySyntaxError, match="no SPARQL query"):
        store.query("SELECT everything")


# --- writers and readers ------------------------------------------------------------------------------------

HOLD_THE_LOCK = """
import sys; from pathlib import Path; from provkg.store.local import LocalStore
with LocalStore.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_a_second_writer_waits_for_the_first(folder: Path) -> None:
    with start(HOLD_THE_LOCK, folder) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        pauses: list[float] = []

        def first_ends(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                first.communicate()

        with LocalStore.open(folder, sleep=first_ends) as second:
            second.replace_graphs({EX + "a": quads(EX + "a", 1)})
            assert second.count() == 1
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


def test_a_second_writer_gives_up_in_the_end(folder: Path) -> None:
    pauses: list[float] = []
    with (
        LocalStore.open(folder),
        pytest.raises(StoreError, match="another provkg is writing") as caught,
    ):
        LocalStore.open(folder, wait_seconds=3, sleep=pauses.append)
    assert 2 < sum(pauses) <= 3
    assert caught.value.path == str(folder)


def test_a_reader_sees_whole_graphs_beside_a_writer(folder: Path) -> None:
    with LocalStore.open(folder) as writer:
        writer.replace_graphs({EX + "a": quads(EX + "a", 1, 2)})
        with LocalStore.read(folder) as reader:
            writer.replace_graphs({EX + "a": quads(EX + "a", 3)})
            assert values(reader, EX + "a") == {"1", "2"}
        with LocalStore.read(folder) as reader:
            assert values(reader, EX + "a") == {"3"}


def test_what_was_loaded_in_bulk_beside_a_reader_is_there_for_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provkg.store.local.SMALLEST_BULK", 1)
    with LocalStore.open(folder) as writer:
        writer.replace_graphs({EX + "a": quads(EX + "a", *range(1000))})
        with LocalStore.read(folder):
            for round in range(12):
                writer.replace_graphs({f"{EX}{round}": quads(f"{EX}{round}", *range(1000))})
            writer.replace_graphs({EX + "a": quads(EX + "a", "new")})
        with LocalStore.read(folder) as reader:
            assert (len(reader.graphs()), reader.count()) == (13, 12_001)


def test_a_reader_that_opens_while_files_are_replaced_looks_again(
    store: LocalStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def open_at_third_look(path: str) -> Any:
        looks.append(path)
        if len(looks) < 3:
            raise RuntimeError("Corruption: IO error: No such file or directory: 000136.sst")
        return store._database

    monkeypatch.setattr("provkg.store.local.ox.Store", SimpleNamespace(read_only=open_at_third_look))
    pauses: list[float] = []
    LocalStore.read(folder, sleep=pauses.append)
    assert (len(looks), len(pauses)) == (3, 2)


def test_a_reader_cannot_write(store: LocalStore, folder: Path) -> None:
    with LocalStore.read(folder) as reader, pytest.raises(StoreError, match="for reading only"):
        reader.drop([EX + "a"])
    with LocalStore.read(folder) as reader, pytest.raises(StoreError, match="for reading only"):
        reader.replace_graphs({})


def test_closing_lets_the_next_writer_in_at_once(folder: Path) -> None:
    first = LocalStore.open(folder)
    first.close()
    first.close()
    LocalStore.open(folder, wait_seconds=0).close()
    with pytest.raises(StoreError, match="closed"):
        first.count()


def test_opening_often_leaves_no_heap_of_logs(folder: Path) -> None:
    for _ in range(4):
        LocalStore.open(folder).close()
    assert not list(folder.glob("LOG.old.*"))


# --- accidents ----------------------------------------------------------------------------------------------

REPLACE_FOREVER = """
import itertools, sys; from pathlib import Path
from pyoxigraph import Literal, NamedNode, Quad; from provkg.store.local import LocalStore
p = NamedNode("http://example.org/p")
store = LocalStore.open(Path(sys.argv[1]))
for round in itertools.count():
    quads = [Quad(NamedNode(f"http://example.org/s{i}"), p, Literal(round)) for i in range(300)]
    store.replace_graphs({f"http://example.org/{graph}": quads for graph in "abc"})
    print(round, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize("acknowledged", [0, 1, 4, 9])
def test_a_kill_leaves_whole_fact_sets_and_all_that_was_acknowledged(folder: Path, acknowledged: int) -> None:
    with start(REPLACE_FOREVER, folder) as writer:
        assert writer.stdout is not None
        while int(writer.stdout.readline()) < acknowledged:
            pass
        writer.kill()
    with LocalStore.open(folder) as store:
        found = {graph: values(store, graph) for graph in store.graphs()}
        rounds = {int(value) for values_of_graph in found.values() for value in values_of_graph}
        assert sorted(found) == [EX + "a", EX + "b", EX + "c"]
        assert len(rounds) == 1
        assert min(rounds) >= acknowledged
        assert store.count() == 900


BULK_FOREVER = """
import itertools, sys; from pathlib import Path
from pyoxigraph import Literal, NamedNode, Quad; from provkg.store import local
local.SMALLEST_BULK = 1
p = NamedNode("http://example.org/p")
store = local.LocalStore.open(Path(sys.argv[1]))
for round in itertools.count():
    quads = [Quad(NamedNode(f"http://example.org/{round}/s{i}"), p, Literal(i)) for i in range(1000)]
    store.replace_graphs({f"http://example.org/{round}/{graph}": quads for graph in "abc"})
    print(round, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize("acknowledged", [0, 1, 2, 4, 9, 15])
def test_a_killed_bulk_load_leaves_whole_batches_and_no_litter(folder: Path, acknowledged: int) -> None:
    with start(BULK_FOREVER, folder) as writer:
        assert writer.stdout is not None
        while int(writer.stdout.readline()) < acknowledged:
            pass
        writer.kill()
    with LocalStore.open(folder) as store:
        rounds = store.count() // 3000
        assert rounds > acknowledged
        assert store.graphs() == sorted(f"{EX}{round}/{graph}" for round in range(rounds) for graph in "abc")
        assert {store.count(graph) for graph in store.graphs()} == {1000}
        assert len({quad.subject for quad in store.quads()}) == rounds * 1000  # every text is there
        assert not list(folder.glob("bulk-*"))


def test_files_of_a_killed_bulk_load_are_no_error_and_are_removed(folder: Path) -> None:
    with LocalStore.open(folder) as store:
        store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    (folder / f"bulk-{2**127}.sst").write_bytes(b"half a table")
    with LocalStore.open(folder) as store:
        assert values(store, EX + "a") == {"1"}
    assert not list(folder.glob("bulk-*"))


FILL_THE_DISK = """
import resource, signal, sys; from pathlib import Path
from pyoxigraph import Literal, NamedNode, Quad; from provkg.store.local import LocalStore
from provkg.errors import GraphError, QueryError, QuerySyntaxError, StoreError
s = NamedNode("http://example.org/s")
store = LocalStore.open(Path(sys.argv[1]))
store.replace_graphs({"http://example.org/a": [Quad(s, s, Literal("small"))]})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    store.replace_graphs({"http://example.org/a": [Quad(s, s, Literal(str(i) * 100)) for i in range(9000)]})
except StoreError as error:
    print(error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_a_clear_error_and_keeps_what_was_there(folder: Path) -> None:
    with start(FILL_THE_DISK, folder) as writer:
        output, _ = writer.communicate()
    assert output == "is the disk full, or the folder not yours to write?\n"
    with LocalStore.open(folder) as store:
        assert values(store, EX + "a") == {"small"}


FILL_THE_DISK_IN_BULK = FILL_THE_DISK.replace(
    """{"http://example.org/a": [Quad(s, s, Literal(str(i) * 100)) for i in range(9000)]}""",
    """{"http://example.org/b": [Quad(s, s, Literal(str(i) * 100)) for i in range(30_000)]}""",
)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_is_full_before_a_bulk_load_is_done_keeps_what_was_there(folder: Path) -> None:
    assert FILL_THE_DISK_IN_BULK != FILL_THE_DISK
    with start(FILL_THE_DISK_IN_BULK, folder) as writer:
        output, _ = writer.communicate()
    assert output == "is the disk full, or the folder not yours to write?\n"
    assert not list(folder.glob("bulk-*"))
    with LocalStore.open(folder) as store:
        assert store.graphs() == [EX + "a"]
        assert values(store, EX + "a") == {"small"}


def test_nothing_stored_yet_says_what_to_do(folder: Path) -> None:
    with pytest.raises(StoreError, match="nothing is stored here yet") as caught:
        LocalStore.read(folder)
    assert caught.value.hint == "run: provkg extract NOTEBOOK"
    assert not folder.exists()


def test_a_folder_of_something_else_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match=r"not a store of provkg: it holds 'thesis\.tex'"):
        LocalStore.open(folder)
    assert os.listdir(folder) == ["thesis.tex"]


@pytest.mark.parametrize("open_store", [LocalStore.open, LocalStore.read])
def test_a_damaged_store_says_that_it_can_be_made_again(
    folder: Path, open_store: Callable[[Path], LocalStore]
) -> None:
    with LocalStore.open(folder) as store:
        store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    for manifest in folder.glob("MANIFEST-*"):
        manifest.write_bytes(b"x")
    with pytest.raises(StoreError, match="damaged") as caught:
        open_store(folder)
    assert caught.value.hint is not None
    assert "extract again" in caught.value.hint


def test_a_file_in_the_way_is_a_clear_error(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("")
    with pytest.raises(StoreError, match="cannot be"):
        LocalStore.open(folder)
    with pytest.raises(StoreError, match="nothing is stored"):
        LocalStore.read(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_to_write_is_a_clear_error(folder: Path) -> None:
    folder.parent.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be used"):
        LocalStore.open(folder)


def test_a_query_can_say_which_graphs_it_asks(tmp_path: Path) -> None:
    quads = [
        Quad(NamedNode("http://s"), NamedNode("http://p"), Literal(n), NamedNode(f"http://g/{n}"))
        for n in range(3)
    ]
    with LocalStore.open(tmp_path / "store") as store:
        store.fill(quads)

        def answers(sparql: str, dataset: Dataset | None) -> list[str]:
            return sorted(row["o"].value for row in store.query_dataset(sparql, dataset))  # type: ignore[union-attr, index]

        everything, in_graphs = "SELECT ?o {?s ?p ?o}", "SELECT ?o {GRAPH ?g {?s ?p ?o}}"
        assert answers(everything, Dataset(("http://g/0", "http://g/1"))) == ["0", "1"]
        assert answers(in_graphs, Dataset((), ("http://g/2",))) == ["2"]
        assert answers("SELECT ?o FROM <http://g/2> {?s ?p ?o}", None) == ["2"]


def test_the_stamp_changes_with_what_is_written_and_not_with_reading(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    stamps = set()
    for value in ("a", "b"):
        with LocalStore.open(folder) as store:
            store.fill(
                [Quad(NamedNode("http://s"), NamedNode("http://p"), Literal(value), NamedNode("http://g"))]
            )
            stamps.add(read_stamp(folder))
    last = read_stamp(folder)
    with LocalStore.read(folder) as reader:
        assert reader.count() == 2
    assert read_stamp(folder) == last
    assert len(stamps) == 2


def test_a_copy_holds_what_the_store_holds(tmp_path: Path) -> None:
    memory = MemoryStore()
    memory.load_nquads(b'<http://s> <http://p> "a" <http://g> .\n<http://s> <http://p> _:b .\n')
    copy_store(memory, tmp_path / "store")
    with LocalStore.read(tmp_path / "store") as copy:
        assert (copy.graphs(), copy.count()) == (["http://g"], 2)


def test_a_function_that_is_not_there_is_no_damage(tmp_path: Path) -> None:
    with LocalStore.open(tmp_path / "store") as store, pytest.raises(QueryError, match=r"http://no/such"):
        store.query("ASK { FILTER(<http://no/such>(1)) }")


# --- files into a new store ---------------------------------------------------------------------------------


def test_a_fresh_store_takes_files_with_the_graphs_that_they_name(tmp_path: Path) -> None:
    quads, triples = tmp_path / "a.nq", tmp_path / "b.ttl"
    quads.write_text("<urn:a> <urn:p> <urn:b> <urn:g> .\n<urn:a> <urn:p> <urn:c> .\n", encoding="utf-8")
    triples.write_text("<urn:a> <urn:p> 1 .", encoding="utf-8")
    folder = tmp_path / "store"
    assert LocalStore.load_fresh(folder, [(quads, "urn:quads"), (triples, "urn:triples")])
    with LocalStore.read(folder) as store:
        assert store.graphs() == ["urn:g", "urn:quads", "urn:triples"]
        assert [store.count(graph) for graph in store.graphs()] == [1, 1, 1]


def test_a_store_that_holds_something_is_not_loaded_over(tmp_path: Path) -> None:
    file = tmp_path / "a.nq"
    file.write_text("<urn:a> <urn:p> <urn:b> <urn:g> .\n", encoding="utf-8")
    folder = tmp_path / "store"
    assert LocalStore.load_fresh(folder, [(file, "urn:x")])
    assert not LocalStore.load_fresh(folder, [(file, "urn:x")])


def test_a_bad_file_leaves_a_fresh_store_empty(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.nq", tmp_path / "b.nq"
    good.write_text("<urn:a> <urn:p> <urn:b> <urn:g> .\n", encoding="utf-8")
    bad.write_text("<urn:a> <urn:p>", encoding="utf-8")
    with pytest.raises(GraphError):
        LocalStore.load_fresh(tmp_path / "store", [(good, "urn:x"), (bad, "urn:x")])
    with LocalStore.read(tmp_path / "store") as store:
        assert store.graphs() == []
