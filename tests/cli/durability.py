"""Kills provkg while it writes, again and again, and looks at what is left. Run by `test_durability.py`.

    python durability.py extract|load FOLDER SEED ROUNDS

A process with everything imported is forked for each round, so that nearly all of its short life is writing
(who forks never opens a store itself: the threads of the engine would be missing in the fork). It puts the two versions of a few notebooks into the store in turn, until it is killed at a moment that the
seed says. Then the store has to open, and each graph in it has to be one of the two versions, as a whole.
Writes a line for each round: the number of graphs of the first and of the second version.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from provkg.cli.main import main
from provkg.store.local import LocalStore

T = TypeVar("T")

DOCUMENTS = 4
CELLS = 12
LIFE = 3
"""How many times longer than one writing a process may live: it is killed in any of them."""
VERSIONS = ("first", "second")


def write_notebooks(folder: Path, version: str) -> None:
    """A few notebooks, all of whose graphs differ between the versions."""
    for number in range(DOCUMENTS):
        cells = [
            {
                "cell_type": "code",
                "id": f"c{cell}",
                "metadata": {},
                "execution_count": cell + 1,
                "outputs": [],
                "source": f"import pandas as pd\n{version}_{cell} = pd.read_csv('{version}{cell}.csv')",
            }
            for cell in range(CELLS + number)
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"n{number}.ipynb").write_text(json.dumps(notebook))


def graphs_in(store: LocalStore) -> dict[str, frozenset[ox.Quad]]:
    return {graph: frozenset(store.quads(graph)) for graph in store.graphs()}


def provkg(*arguments: str) -> None:
    try:
        main(arguments)
    except SystemExit as ended:
        if ended.code:
            raise RuntimeError(arguments) from ended


def prepare(folder: Path) -> dict[str, dict[str, frozenset[ox.Quad]]]:
    """What the store holds of each version; each is kept as a file too."""
    expected = {}
    for version in VERSIONS:
        write_notebooks(folder, version)
        provkg("extract", ".", "-q")
        provkg("store", "export", "-o", f"{version}.nq")
        with LocalStore.read(folder / ".provkg" / "store") as store:
            expected[version] = graphs_in(store)
    return expected


def extract(folder: Path, version: str) -> None:
    write_notebooks(folder, version)
    provkg("extract", *(f"n{number}.ipynb" for number in range(DOCUMENTS)), "-q")


def load(_: Path, version: str) -> None:
    provkg("load", f"{version}.nq", "-q")


def write_for_ever(write: Callable[[Path, str], None], folder: Path, versions: Sequence[str]) -> None:
    for version in cycle(versions):
        write(folder, version)


def time_writing(write: Callable[[Path, str], None], folder: Path) -> float:
    """Seconds that one writing takes into a store with nothing in it, on this machine as busy as it is."""
    empty(folder)
    begun = time.perf_counter()
    write(folder, VERSIONS[0])
    return time.perf_counter() - begun


def in_child(work: Callable[..., T], *arguments: object) -> T:
    """What `work` gives, done in a process of its own."""
    with ProcessPoolExecutor(1, get_context("fork")) as pool:
        return pool.submit(work, *arguments).result()


def kill_after(seconds: float, work: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)  # it is never done
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it ended before it was killed"


def look(folder: Path, expected: dict[str, dict[str, frozenset[ox.Quad]]]) -> tuple[int, ...]:
    """How many graphs there are of each version; all others are a fault."""
    with LocalStore.open(folder / ".provkg" / "store") as store:
        found = graphs_in(store)
        assert store.count() == sum(map(len, found.values()))
    for graph, quads in found.items():
        assert any(quads == version.get(graph) for version in expected.values()), f"half of {graph}"
    return tuple(
        sum(found.get(graph) == quads for graph, quads in each.items()) for each in expected.values()
    )


def empty(folder: Path) -> None:
    with LocalStore.open(folder / ".provkg" / "store") as store:
        store.drop(store.graphs())


def run(kind: str, folder: Path, seed: int, rounds: int) -> None:
    os.chdir(folder)
    sys.stderr = sys.stdout
    expected = in_child(prepare, folder)
    moments = random.Random(seed)  # noqa: S311 - it is to be the same each time
    write = {"extract": extract, "load": load}[kind]
    longest_seconds = LIFE * in_child(time_writing, write, folder)
    for number in range(rounds):
        if number % 5 == 0:  # sometimes there is nothing yet
            in_child(empty, folder)
        versions = moments.sample(VERSIONS, 2)
        kill_after(moments.uniform(0, longest_seconds), partial(write_for_ever, write, folder, versions))
        print(*in_child(look, folder, expected), flush=True)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]).absolute(), int(sys.argv[3]), int(sys.argv[4]))
