"""Kills provkg while it writes, again and again, and looks at what is left. Run by `test_durability.py`.

    python durability.py extract|load FOLDER SEED ROUNDS

A process with everything imported is forked for each round, so that nearly all of its short life is writing.
The one that forks never opens a store: RocksDB would wait for threads that its children do not have. A child
puts the two versions of a few notebooks into the store in turn, until it is killed, so many commands and
then so long after its start as the seed says. Then the store has to open, and each graph in it has to be one of
the two versions, as a whole. Writes a line for each round: the number of commands that were done, at least,
and the number of graphs of the first and of the second version.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from provkg.cli.main import main
from provkg.store.local import LocalStore

DOCUMENTS = 4
CELLS = 12
MOST_COMMANDS = 1
LONGEST_PAUSE_SECONDS = 0.25
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


def provkg(*arguments: str) -> None:
    try:
        main(arguments)
    except SystemExit as ended:
        if ended.code:
            raise RuntimeError(arguments) from ended


def prepare(folder: Path) -> None:
    """Keep what the store holds of each version as a file."""
    for version in VERSIONS:
        write_notebooks(folder, version)
        provkg("extract", ".", "-q")
        provkg("store", "export", "-o", f"{version}.nq")


def extract_version(folder: Path, version: str) -> None:
    write_notebooks(folder, version)
    provkg("extract", *(f"n{number}.ipynb" for number in range(DOCUMENTS)), "-q")


def load_version(_: Path, version: str) -> None:
    provkg("load", f"{version}.nq", "-q")


def kill_after(commands: int, seconds: float, work: Callable[[str], None], versions: Sequence[str]) -> None:
    """Do the work, one version after the other, in a process that is killed; it tells of each that is done."""
    done, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for version in cycle(versions):
                work(version)
                os.write(tell, b".")
        finally:
            os._exit(1)  # it is never done
    os.close(tell)
    for _ in range(commands):
        assert os.read(done, 1), "it ended before it was killed"
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(done)
    assert os.WIFSIGNALED(status), "it ended before it was killed"


def look(folder: Path) -> list[int]:
    """How many graphs there are of each version; all others are a fault."""
    expected = [read_expected(folder / f"{version}.nq") for version in VERSIONS]
    with LocalStore.open(folder / ".provkg" / "store") as store:
        found = {graph: set(store.quads(graph)) for graph in store.graphs()}
        assert store.count() == sum(map(len, found.values()))
    for graph, quads in found.items():
        assert any(quads == version.get(graph) for version in expected), f"half of {graph}"
    return [sum(found.get(graph) == quads for graph, quads in each.items()) for each in expected]


def read_expected(path: Path) -> dict[str, set[ox.Quad]]:
    graphs: dict[str, set[ox.Quad]] = {}
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS):
        assert isinstance(quad.graph_name, ox.NamedNode)
        graphs.setdefault(quad.graph_name.value, set()).add(quad)
    return graphs


def empty(folder: Path) -> None:
    with LocalStore.open(folder / ".provkg" / "store") as store:
        store.drop(store.graphs())


def apart(function: Callable[[Path], Any], folder: Path) -> Any:
    """What the function gives, called in a process of its own."""
    answer, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(tell, json.dumps(function(folder)).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(1)
    os.close(tell)
    with os.fdopen(answer, "rb") as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(1)
    return json.loads(text)


def run(kind: str, folder: Path, seed: int, rounds: int) -> None:
    os.chdir(folder)
    write_notebooks(folder, "warm")
    provkg("extract", ".", "-q", "-o", "warm.nq")  # imports everything, and opens no store
    apart(prepare, folder)
    moments = random.Random(seed)  # noqa: S311 - it is to be the same each time
    work = {"extract": extract_version, "load": load_version}[kind]
    for number in range(rounds):
        if number % 5 == 0:  # sometimes there is nothing yet
            apart(empty, folder)
        commands, versions = moments.randint(0, MOST_COMMANDS), moments.sample(VERSIONS, 2)
        kill_after(commands, moments.uniform(0, LONGEST_PAUSE_SECONDS), partial(work, folder), versions)
        print(commands, *apart(look, folder), flush=True)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]).absolute(), int(sys.argv[3]), int(sys.argv[4]))
