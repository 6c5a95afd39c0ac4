"""A server on a free port of this machine, and stores for it to serve."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from provkg.serve.server import Server, open_server
from provkg.store.local import LocalStore

GRAPHS = {"http://g/1": ("one",), "http://g/2": ("two", "zwei")}
"""Graph → the values of <http://p> of <http://s> in it."""

Serve = Callable[..., Server]


def quads_of(graphs: dict[str, tuple[str, ...]]) -> dict[str, list[Quad]]:
    subject, predicate = NamedNode("http://s"), NamedNode("http://p/x")
    return {
        name: [Quad(subject, predicate, Literal(value), NamedNode(name)) for value in values]
        for name, values in graphs.items()
    }


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that holds `GRAPHS`."""
    folder = tmp_path_factory.mktemp("served") / "store"
    with LocalStore.open(folder) as store:
        store.replace_graphs(quads_of(GRAPHS))
    return folder


@pytest.fixture(scope="session")
def url(folder: Path) -> Iterator[str]:
    """The endpoint of a server of that store, which lives as long as the tests."""
    with running(folder) as server:
        yield server.url


class running:  # noqa: N801 - reads as what it is, a context
    """A server that answers while the context lasts."""

    def __init__(
        self, folder: Path, *, seconds: float = 60, limit: int = 1000, **settings: frozenset[str]
    ) -> None:
        self._opened = open_server(folder, host="127.0.0.1", port=0, seconds=seconds, limit=limit, **settings)

    def __enter__(self) -> Server:
        self._server = self._opened.__enter__()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._opened.__exit__(None, None, None)


@pytest.fixture
def serve(folder: Path) -> Iterator[Serve]:
    """Starts a server with settings of its own."""
    started: list[running] = []

    def start(place: Path = folder, **settings: object) -> Server:
        started.append(running(place, **settings))  # type: ignore[arg-type]
        return started[-1].__enter__()

    yield start
    for each in started:
        each.__exit__()
