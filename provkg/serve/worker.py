"""A process that answers queries, one after the other, and can be killed while it does.

pyoxigraph cannot be told to stop, and lets other threads run while it works: so a process of its own is what
a time-out can end. It reads the store beside whoever writes, and opens it anew when something was written.
"""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from provkg.errors import GraphError, ProvkgError, QueryError
from provkg.export.registry import write_graph
from provkg.graph.terms import PREFIXES
from provkg.serve.results import WRITERS
from provkg.store.base import Answer, Dataset
from provkg.store.local import LocalStore, Stamp, read_stamp

_TRUTH = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A query to evaluate, and how its answer is written."""

    sparql: str
    format: str
    limit: int
    """Rows or triples at most."""
    dataset: Dataset | None = None
    has_dataset: bool = False
    """Does the query itself name the graphs that it asks?"""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it goes over the line."""

    body: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The query is not SPARQL; says what Oxigraph says."""

    message: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The query could not be answered: by whose fault the status of HTTP says."""

    status: int
    message: str
    hint: str | None = None


class Inventory:
    """The wish to know what is in the store."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in the store."""

    graphs: tuple[str, ...]
    quads: int


Job = Question | Inventory
Reply = Written | Unreadable | Unanswered | Contents


def work(folder: str, line: Connection, memory_bytes: int) -> None:
    """Answer what comes on the line until it closes; says True first, when it is ready."""
    _limit_memory(memory_bytes)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this
    threading.Thread(target=_end_with_parent, daemon=True).start()
    reader = Reader(Path(folder))
    line.send(True)
    while True:
        try:
            job = line.recv()
        except EOFError:
            return
        line.send(reader.reply(job))


def _limit_memory(size_bytes: int) -> None:
    """Let the system end this process before it takes the memory of all others, where the system can."""
    try:
        import resource
    except ImportError:  # Windows has none of this
        return
    for what, most in ((resource.RLIMIT_DATA, size_bytes), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


class Reader:
    """Answers from the store as it stands when a question comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: Stamp = frozenset()
        self._store: LocalStore | None = None

    def reply(self, job: Job) -> Reply:
        """The answer, or why there is none."""
        try:
            return self._reply(job)
        except _Unreadable as error:
            return Unreadable(str(error))
        except QueryError as error:
            return Unanswered(400, error.message)
        except GraphError as error:
            return Unanswered(406, error.message, "accept text/turtle or application/n-triples")
        except ProvkgError as error:
            return Unanswered(503, error.message, error.hint)
        except MemoryError:
            return Unanswered(503, "the answer needs more memory than there is")
        except (OSError, RuntimeError, ValueError) as error:
            return Unanswered(500, f"the query could not be answered: {error}")

    def _reply(self, job: Job) -> Reply:
        store = self._open()
        if isinstance(job, Inventory):
            return Contents(tuple(store.graphs()), store.count())
        answer = _ask(store, job)
        if isinstance(answer, ox.QueryBoolean):
            return Written(answer.serialize(format=_TRUTH[job.format]) or b"")
        if isinstance(answer, ox.QuerySolutions):
            return _write_rows(answer, job)
        return _write_triples(answer, job)

    def _open(self) -> LocalStore:
        stamp = read_stamp(self._folder)
        if self._store is None or stamp != self._stamp:
            self._stamp, self._store = stamp, LocalStore.read(self._folder)
        return self._store


class _Unreadable(Exception):
    pass


def _ask(store: LocalStore, question: Question) -> Answer:
    try:
        if question.dataset or question.has_dataset:
            return store.query_dataset(question.sparql, question.dataset)
        return store.query(question.sparql)
    except QueryError as error:
        if isinstance(error.__cause__, SyntaxError):
            raise _Unreadable(error.__cause__.msg) from error
        raise


def _write_rows(answer: ox.QuerySolutions, question: Question) -> Written:
    rows: list[Any] = [tuple(solution) for solution in islice(answer, question.limit + 1)]
    text = WRITERS[question.format](answer.variables, rows[: question.limit])
    return Written(text.encode(), len(rows) > question.limit)


def _write_triples(answer: ox.QueryTriples, question: Question) -> Written:
    triples = list(islice(answer, question.limit + 1))
    quads = [ox.Quad(each.subject, each.predicate, each.object) for each in triples[: question.limit]]
    stream = io.BytesIO()
    write_graph(quads, question.format, stream, _find_prefixes(quads))
    return Written(stream.getvalue(), len(triples) > question.limit)


def _find_prefixes(quads: list[ox.Quad]) -> Mapping[str, str]:
    """Those of our prefixes that shorten something."""
    nodes = {term for quad in quads for term in quad.triple if isinstance(term, ox.NamedNode)}
    datatypes = {quad.object.datatype for quad in quads if isinstance(quad.object, ox.Literal)}
    iris = [node.value for node in nodes | datatypes]
    begins: Callable[[str], bool] = lambda namespace: any(iri.startswith(namespace) for iri in iris)  # noqa: E731
    return {prefix: namespace for prefix, namespace in PREFIXES.items() if begins(namespace)}
