"""`provkg serve` as a user meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from click.testing import Result

from provkg.cli.serve import tell_place
from provkg.serve.server import Server

Write = Callable[..., Path]
Invoke = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]

TRAINED = "PREFIX f: <https://w3id.org/fair4ml#> ASK { ?model f:trainedOn ?data }"
HUNDRED = " ".join(map(str, range(100)))
FOREVER = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?v{n} {{ {HUNDRED} }}' for n in range(8))} }}"


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts `provkg serve` on a free port, in a process of its own."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "provkg", "serve", "--port", "0", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), process.communicate()
    return line


def is_true(url: str, query: str) -> bool:
    with urlopen(f"{url}?query={quote(query)}") as reply:  # noqa: S310 - we have started it
        return b'"boolean":true' in reply.read()


@pytest.mark.parametrize("source", ["a.ipynb", "g.ttl", None])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_notebooks_files_and_the_store_are_served_until_the_end_is_asked_for(
    write: Write, invoke: Invoke, start: Start, folder: Path, source: str | None, ending: signal.Signals
) -> None:
    write()
    if source is None:
        invoke("extract", "a.ipynb", "-q")
    elif source != "a.ipynb":
        invoke("extract", "a.ipynb", "-q", "-o", source)
    before = set(folder.iterdir())
    process = start(source) if source else start()
    url = url_of(process)
    assert is_true(url, TRAINED)
    process.send_signal(ending)
    _, told = process.communicate()
    assert process.returncode == 0
    assert told.startswith(f"try: curl {url} -H 'Accept: text/csv' --data-urlencode 'query=")
    assert set(folder.iterdir()) == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_no_worker_outlives_a_server_that_was_killed(write: Write, start: Start) -> None:
    write("g.ttl", "<http://s> <http://p> 1 .")
    process = start("g.ttl", "--timeout", "3600")
    url = url_of(process)

    def ask() -> None:
        with suppress(URLError, ConnectionError, OSError):
            is_true(url, FOREVER)

    asking = threading.Thread(target=ask)
    asking.start()
    process.kill()
    process.communicate()  # returns when the last process that could write there has ended
    asking.join()


def test_a_name_without_graphs_is_told(invoke: Invoke) -> None:
    result = invoke("serve", "--port", "0")
    assert result.exit_code == 2
    assert "nothing is stored here yet" in result.stderr


def test_a_port_that_is_taken_is_told(write: Write, start: Start, invoke: Invoke) -> None:
    write("g.ttl", "<http://s> <http://p> 1 .")
    port = url_of(start("g.ttl")).removesuffix("/sparql").rpartition(":")[2]
    result = invoke("serve", "g.ttl", "--port", port)
    assert result.exit_code == 2
    assert f"cannot listen at 127.0.0.1, port {port}: " in result.stderr
    assert "try another one: --port 0" in result.stderr


class FakeServer(Server):
    """One that listens nowhere."""

    url = "http://192.0.2.1:7878/sparql"

    def __init__(self) -> None:
        pass


def test_who_opens_it_to_others_is_warned_even_where_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    tell_place(FakeServer(), "192.0.2.1", quiet=True)
    told = capsys.readouterr()
    assert told.out == "http://192.0.2.1:7878/sparql\n"
    assert "everyone who can reach 192.0.2.1 can read these graphs" in told.err
    tell_place(FakeServer(), "127.0.0.1", quiet=True)
    assert capsys.readouterr().err == ""
