"""What is left when provkg is killed, and what happens when several work on one store at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from provkg.store.local import LocalStore

Write = Callable[..., Path]
Invoke = Callable[..., Result]

CHECKOUT = Path(__file__).parents[2]
ROUNDS = 25
GRAPHS = 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
@pytest.mark.parametrize("kind", ["extract", "load"])
def test_a_kill_at_any_moment_leaves_whole_graphs_and_what_was_done(kind: str, folder: Path) -> None:
    (folder / "provkg.toml").touch()
    program = Path(__file__).with_name("durability.py")
    done = subprocess.run(
        [sys.executable, str(program), kind, str(folder), "20261125", str(ROUNDS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    left = [tuple(map(int, line.split())) for line in done.stdout.splitlines()[-ROUNDS:]]
    for commands, first, second in left:
        # What a command that was done has written is there; else it may be that nothing is.
        assert first + second == GRAPHS if commands else first + second <= GRAPHS


def test_a_second_writer_waits_and_then_says_why(
    write: Write, invoke: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    write("g.trig", "<urn:g> { <urn:s> <urn:p> 1 }")
    invoke("extract", "a.ipynb", "-q")
    pauses: list[float] = []
    monkeypatch.setitem(LocalStore.open.__func__.__kwdefaults__, "sleep", pauses.append)  # type: ignore[attr-defined]
    # RocksDB knows what one process has open by the name of the folder, so it has to be the same name.
    with LocalStore.open(folder / ".provkg" / "store"):
        for command in (("extract", "a.ipynb"), ("load", "g.trig"), ("store", "compact")):
            result = invoke(*command)
            assert result.exit_code == 2
            assert "another provkg is writing to this store" in result.stderr
            assert sum(pauses) > 5
            pauses.clear()
    assert invoke("load", "g.trig").exit_code == 0


HOLD_UNTIL_TOLD = """
import sys; from pathlib import Path; from provkg.store.local import LocalStore
with LocalStore.open(Path(".provkg/store")):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_a_second_writer_writes_when_the_first_is_done(
    write: Write, invoke: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    invoke("extract", "a.ipynb", "-q")
    write("g.trig", "<urn:g> { <urn:s> <urn:p> 1 }")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_TOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        sleep = LocalStore.open.__func__.__kwdefaults__  # type: ignore[attr-defined]
        monkeypatch.setitem(sleep, "sleep", lambda _: first.communicate("done\n"))
        assert invoke("load", "g.trig").stderr == "1 graph, 1 triple written to the store .provkg/store\n"


def test_readers_read_while_one_writes(write: Write, invoke: Invoke, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb", "-q")
    with LocalStore.open(folder / ".provkg" / "store"):
        assert invoke("trained", "model").exit_code == 0
        assert invoke("store", "graphs").exit_code == 0
        assert invoke("store", "check").exit_code == 0
