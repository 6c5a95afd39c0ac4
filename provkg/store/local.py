"""The store of a project: Oxigraph on disk, inside `.provkg/`.

What was tried on pyoxigraph 0.5.13, and what the code rests on:

- One SPARQL update is one transaction, and nothing else in pyoxigraph removes and adds at once. It costs
  twice what `Store.extend` costs, so it says only what differs, and what only adds goes another way.
- `extend` is one transaction as well. `bulk_extend` sorts the quads into new files and takes all of them in
  with one entry in the manifest: a third of the time, a quarter of the disk, and all or nothing too. But it
  leaves up to eight files each time, which are never merged where they do not overlap: for many quads only.
- A transaction is in the write-ahead log when it returns, so `kill -9` loses nothing that was acknowledged
  and leaves nothing half done, but for files of a bulk load that nothing refers to. `flush`, on closing, is
  for the power cut.
- One process writes; a second one fails at once, so it waits here. Readers open beside a writer and see the
  state at their opening.
- The lock is freed when the last Python object of the database goes, answers to queries included.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pyoxigraph as ox

from provkg.errors import StoreError
from provkg.store.base import Answer, Dataset, Store
from provkg.store.change import Change, count_quads, find_change, write_update
from provkg.store.files import load_graph_file
from provkg.store.syntax import explaining_query

MOST_LOOKS = 20
"""How often a reader tries to open a store whose files change under its eyes."""

FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5

SMALLEST_BULK = 20_000
"""Quads from which on they are loaded in bulk."""

_ROCKSDB_FILE = re.compile(
    r"CURRENT|LOCK|IDENTITY|LOG.*|(MANIFEST|OPTIONS)-\d+.*|\d+\.(log|sst|dbtmp|blob)|bulk-\d+\.sst"
)


_DIARY = re.compile(r"LOG.*|LOCK")

Stamp = frozenset[tuple[str, int, int]]
"""Name, size and time of each file."""


class LocalStore:
    """The named graphs of a project, in a folder of its own. Satisfies `provkg.store.base.Store`."""

    def __init__(self, folder: Path, database: ox.Store, *, is_writable: bool) -> None:
        self.folder = folder
        self._database: ox.Store | None = database
        self._is_writable = is_writable

    @classmethod
    def open(
        cls, folder: Path, *, wait_seconds: float = 10.0, sleep: Callable[[float], None] = time.sleep
    ) -> LocalStore:
        """The store in `folder`, made if it is not there, for one writer at a time.

        Waits up to `wait_seconds` for another process to finish writing.

        Raises:
            StoreError: another process still writes, the folder is not a store, or it cannot be written.
        """
        _check_is_store(folder)
        with _store_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            database = _open_when_free(folder, wait_seconds, sleep)
        _remove_litter(folder)
        return cls(folder, database, is_writable=True)

    @classmethod
    def read(cls, folder: Path, *, sleep: Callable[[float], None] = time.sleep) -> LocalStore:
        """The store in `folder` as it stands now, beside whoever writes to it.

        Raises:
            StoreError: there is no store, or it cannot be read.
        """
        if not (folder / "CURRENT").is_file():
            raise StoreError(
                "nothing is stored here yet", path=str(folder), hint="run: provkg extract NOTEBOOK"
            )
        with _store_errors(folder):
            return cls(folder, _open_beside_writer(folder, sleep), is_writable=False)

    @classmethod
    def load_fresh(cls, folder: Path, files: Iterable[tuple[Path, str]]) -> bool:
        """Load files into the store in `folder` where nothing is in it yet; whether that is so.

        With each file comes the graph of its triples that are in none. The engine loads in several steps, so
        it does that in a folder beside, which then takes the place of the other: all is there, or nothing.

        Raises:
            GraphError: a file cannot be read.
            StoreError: another process writes, or it cannot be written.
        """
        with cls.open(folder) as store:
            if store.graphs():
                return False
        beside, aside = (folder.with_name(f"{folder.name}.{state}") for state in ("loading", "empty"))
        with _store_errors(folder):
            for left in (beside, aside):  # by who was killed
                shutil.rmtree(left, ignore_errors=True)
            _load_files(beside, files)
            folder.rename(aside)
            beside.rename(folder)
            shutil.rmtree(aside, ignore_errors=True)
        return True

    def replace_graphs(self, graphs: Mapping[str, Iterable[ox.Quad]]) -> None:
        """Make each graph hold exactly these triples: all graphs at once, or none of them.

        Only what differs is written. Numbers and times are kept by value: "5.0E-1" comes back as "0.5".
        """
        database = self._writable_database
        with _store_errors(self.folder):
            _write(database, [find_change(database, ox.NamedNode(name), graphs[name]) for name in graphs])

    def fill(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads to the graphs that they name, which is the fastest way into a new store."""
        with _store_errors(self.folder):
            self._writable_database.bulk_extend(quads)

    def drop(self, graphs: Iterable[str]) -> None:
        """Remove whole graphs, all at once; one that is not there is no error."""
        self.replace_graphs(dict.fromkeys(graphs, ()))

    def graphs(self) -> list[str]:
        """The IRIs of all named graphs, sorted."""
        with _store_errors(self.folder):
            return sorted(graph.value for graph in self._open_database.named_graphs() if graph.value)

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or of the whole store; in no order."""
        name = None if graph is None else ox.NamedNode(graph)
        with _store_errors(self.folder):
            yield from self._open_database.quads_for_pattern(None, None, None, name)

    def count(self, graph: str | None = None) -> int:
        """The number of quads in one graph, or in the whole store."""
        with _store_errors(self.folder):
            if graph is not None:
                return count_quads(self._open_database, ox.NamedNode(graph))
            return len(self._open_database)

    def query(self, sparql: str) -> Answer:
        """The answer to a SPARQL 1.1 query whose default graph is the union of all graphs.

        Raises:
            QueryError: the query is not valid SPARQL, or calls a function that is not there.
        """
        return self._query(sparql, use_default_graph_as_union=True)

    def query_dataset(self, sparql: str, dataset: Dataset | None) -> Answer:
        """The answer to a query that asks these graphs; without any, those that it names with FROM itself.

        Raises:
            QueryError: the query is not valid SPARQL, or calls a function that is not there.
        """
        graphs = {
            "default_graph": [ox.NamedNode(iri) for iri in dataset.default] if dataset else None,
            "named_graphs": [ox.NamedNode(iri) for iri in dataset.named] if dataset else None,
        }
        return self._query(sparql, **graphs)

    def _query(self, sparql: str, **dataset: Any) -> Answer:
        with _store_errors(self.folder), explaining_query(sparql):
            return self._open_database.query(sparql, **dataset)

    def compact(self) -> None:
        """Rewrite the files so that nothing removed is kept in them, and questions are answered faster."""
        with _store_errors(self.folder):
            self._writable_database.optimize()
            self._writable_database.flush()

    def size_bytes(self) -> int:
        """What the files take on disk."""
        with _store_errors(self.folder):
            return sum(file.stat().st_size for file in self.folder.iterdir())

    def close(self) -> None:
        """Write everything to disk and let others write; a second call does nothing."""
        database, self._database = self._database, None
        if database is not None and self._is_writable:
            with _store_errors(self.folder):
                database.flush()

    def __enter__(self) -> LocalStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _open_database(self) -> ox.Store:
        if self._database is None:
            raise StoreError("the store is closed", path=str(self.folder))
        return self._database

    @property
    def _writable_database(self) -> ox.Store:
        if not self._is_writable:
            raise StoreError("the store was opened for reading only", path=str(self.folder))
        return self._open_database


def read_stamp(folder: Path) -> Stamp:
    """What is another one whenever something was written to the store in `folder`.

    Whoever keeps a reader open and wants to see what came later reads it first, then opens.
    """
    with _store_errors(folder), os.scandir(folder) as entries:
        return frozenset(_stamp_files(entry for entry in entries if not _DIARY.match(entry.name)))


def _stamp_files(entries: Iterable[os.DirEntry[str]]) -> Iterator[tuple[str, int, int]]:
    for entry in entries:
        with suppress(FileNotFoundError):  # the writer has just removed it
            yield entry.name, entry.stat().st_size, entry.stat().st_mtime_ns


def copy_store(store: Store, folder: Path) -> None:
    """Write all that a store holds to an empty folder, for several processes to read."""
    with LocalStore.open(folder) as copy:
        copy.fill(store.quads())


def _load_files(folder: Path, files: Iterable[tuple[Path, str]]) -> None:
    database = ox.Store(str(folder))
    for path, graph in files:
        load_graph_file(database, path, graph)
    database.flush()


def _write(database: ox.Store, changes: Sequence[Change]) -> None:
    """Make all changes at once, on the fastest way that does."""
    if not all(change.only_adds for change in changes):
        database.update(write_update(changes))
        return
    added = [quad for change in changes for quad in change.added]
    if len(added) >= SMALLEST_BULK:
        database.bulk_extend(added)
    elif added:
        database.extend(added)


def _open_when_free(folder: Path, wait_seconds: float, sleep: Callable[[float], None]) -> ox.Store:
    waited, pause = 0.0, FIRST_PAUSE_SECONDS
    while True:
        try:
            return ox.Store(str(folder))
        except OSError as error:
            if not _is_locked(error):
                raise
            if waited + pause > wait_seconds:
                raise StoreError(
                    "another provkg is writing to this store",
                    path=str(folder),
                    hint="wait until it is done, or write to a file with -o",
                ) from error
        sleep(pause)
        waited, pause = waited + pause, min(2 * pause, LONGEST_PAUSE_SECONDS)


def _open_beside_writer(folder: Path, sleep: Callable[[float], None]) -> ox.Store:
    # While a reader opens, the writer may replace a file that the reader has just read the name of. Nothing
    # is damaged then: the next look finds the names that count now.
    for _ in range(MOST_LOOKS - 1):
        try:
            return ox.Store.read_only(str(folder))
        except (OSError, RuntimeError) as error:
            if "No such file" not in str(error):
                raise
        sleep(FIRST_PAUSE_SECONDS)
    return ox.Store.read_only(str(folder))


def _is_locked(error: OSError) -> bool:
    # pyoxigraph gives no errno for what RocksDB says of its LOCK file: "While lock file: …/LOCK: Resource
    # temporarily unavailable" to other processes, "lock hold by current process" to our own.
    return "lock file" in str(error) or "lock hold by current process" in str(error)


def _check_is_store(folder: Path) -> None:
    """RocksDB would make itself at home in any folder: refuse one that holds something else."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror or error}", path=str(folder)) from error
    foreign = sorted(name for name in names if not _ROCKSDB_FILE.fullmatch(name))
    if foreign:
        raise StoreError(
            f"this folder is not a store of provkg: it holds {foreign[0]!r}",
            path=str(folder),
            hint="move the folder away, and extract again",
        )


def _remove_litter(folder: Path) -> None:
    """Remove what nobody needs: the files of a bulk load that was killed, and diaries.

    RocksDB keeps a diary of 130 kB for each of the last 1,000 openings. Only who holds the lock may do this.
    """
    for pattern in ("LOG.old.*", "bulk-*.sst"):
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)


@contextmanager
def _store_errors(folder: Path) -> Iterator[None]:
    """Say in our words what Oxigraph and the disk say in theirs."""
    try:
        yield
    except RuntimeError as error:  # RocksDB: "Corruption", "Invalid argument"
        raise StoreError(
            f"the store is damaged or of another kind: {error}",
            path=str(folder),
            hint="remove the folder and extract again: everything in it comes from your files",
        ) from error
    except OSError as error:
        raise StoreError(
            f"the store cannot be used: {error.strerror or error}",
            path=str(folder),
            hint="is the disk full, or the folder not yours to write?",
        ) from error
