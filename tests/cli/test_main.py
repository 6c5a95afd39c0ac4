"""The command `provkg` itself: help, version, errors, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from provkg.cli.main import COMMANDS, main
from provkg.errors import SourceError

Invoke = Callable[..., Result]
Write = Callable[..., Path]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]

HEAVY = {"rdflib", "nbformat", "pyoxigraph", "rich", "prov", "pyshacl", "owlready2"}


def test_help_begins_with_an_example_and_names_every_command(invoke: Invoke) -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert result.stdout.index("provkg extract analysis.ipynb") < result.stdout.index("Usage:")
    assert all(f"  {command}  " in result.stdout for command in COMMANDS)


def test_without_a_command_there_is_help(invoke: Invoke) -> None:
    assert invoke().stdout == invoke("-h").stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["extract", "--help"], ["graph", "--help"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\nfrom provkg.cli.main import main\n"
        f"try: main({arguments!r})\nfinally: print(*set(sys.modules) - before, file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    imported = set(done.stderr.split())
    assert "click" in imported
    assert not imported & HEAVY
    assert not any(
        name.startswith(("provkg.extract", "provkg.graph", "provkg.pipeline")) for name in imported
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_tells_its_exit_codes(invoke: Invoke, command: str) -> None:
    assert "Exit codes:" in invoke(command, "--help").stdout


def test_version_is_one_line(invoke: Invoke) -> None:
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("provkg ")
    assert result.stdout.count("\n") == 1


def test_the_package_runs_as_a_module(run: Run) -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: provkg [OPTIONS]" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["extrct", "a.ipynb"],
            "provkg: there is no command 'extrct'\n  did you mean: provkg extract\n  see: provkg --help\n",
        ),
        (
            ["a.ipynb"],
            "provkg: there is no command 'a.ipynb'\n"
            "  did you mean: provkg extract a.ipynb\n  see: provkg --help\n",
        ),
        (
            ["extract", "--ouput", "x", "a.ipynb"],
            "provkg: there is no option --ouput\n  did you mean --output?\n  see: provkg extract --help\n",
        ),
        (["--wat"], "provkg: there is no option --wat\n  see: provkg --help\n"),
        (["zzz"], "provkg: there is no command 'zzz'\n  see: provkg --help\n"),
        (
            ["extract", "a.ipynb", "-f", "turtle"],
            "provkg: -f is about the graph: it needs -o\n  see: provkg extract --help\n",
        ),
        (
            ["extract", "a.ipynb", "--as", "labels"],
            "provkg: --as needs -o, for example -o out.json or -o -\n  see: provkg extract --help\n",
        ),
        (
            ["graph", "facts.jsonl", "-f", "turtle"],
            "provkg: -f is about a file: it needs -o\n  see: provkg graph --help\n",
        ),
    ],
)
def test_a_wrong_command_line_says_what_may_be_meant(invoke: Invoke, arguments: list[str], text: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", text)


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("provkg.pipeline.find_sources", fail)


def test_an_error_says_what_where_and_what_to_do(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(SourceError("it is odd", path="a\nb.ipynb", line=41, hint="make it even"), monkeypatch)
    result = invoke("extract", "a.ipynb")
    expected = "provkg: it is odd\n  in a\\nb.ipynb, line 41\n  make it even\n"
    assert (result.exit_code, result.stderr) == (2, expected)


def test_a_fault_of_ours_is_one_line_and_no_traceback(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(KeyError("x"), monkeypatch)
    result = invoke("extract", "a.ipynb")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: internal error: KeyError: 'x'\n"
        "  a fault of provkg, please report it; --debug shows the traceback\n",
    )


def test_debug_shows_the_traceback(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(KeyError("x"), monkeypatch)
    result = invoke("extract", "a.ipynb", "--debug")
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr


def test_ctrl_c_ends_with_130(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(KeyboardInterrupt(), monkeypatch)
    result = invoke("extract", "a.ipynb")
    assert (result.exit_code, result.stderr.strip()) == (130, "provkg: stopped")


def test_a_closed_pipe_is_no_news(write: Write, folder: Path) -> None:
    write()
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "provkg", "extract", "a.ipynb", "-o", "-"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, cwd=folder, env=environment)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(("variable", "has_color"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colour_is_the_users_choice(run: Run, write: Write, variable: str, has_color: bool) -> None:
    write()
    done = run("extract", "a.ipynb", **{variable: "1"})
    assert done.returncode == 0
    assert (b"\x1b[" in done.stderr) is has_color


def test_main_is_the_entry_point() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
