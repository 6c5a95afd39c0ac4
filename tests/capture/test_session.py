from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

IPython = pytest.importorskip("IPython")


def run_python(text: str, folder: Path) -> str:
    """What a program writes that runs in a Python of its own."""
    path = ":".join(str(Path(part).resolve()) for part in sys.path if part)
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env={"PYTHONPATH": path, "IPYTHONDIR": str(folder / "ipython"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def journal_of(folder: Path) -> list[dict[str, Any]]:
    (journal,) = (folder / ".provkg" / "runs").glob("*/journal.jsonl")
    assert journal.stat().st_mode & 0o777 == 0o600
    return [json.loads(line) for line in journal.read_text().splitlines()]


SHELL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def run(*cells):
    for cell in cells:
        shell.run_cell(cell, store_history=True)
"""


def test_an_extension_records_a_session_as_a_run(tmp_path: Path) -> None:
    run_python(
        f"{SHELL}\nrun('%load_ext provkg', 'a = 1', 'b = a', 'password = \"hunter22secret\"')", tmp_path
    )
    records = journal_of(tmp_path)
    assert (records[0]["k"], records[0]["session"], records[0]["granularity"]) == ("run", True, "call")
    assert records[0]["document"] == f"session-{records[0]['id']}.ipynb"
    steps = [record for record in records if record["k"] == "step"]
    assert [(step["n"], step["event"]) for step in steps] == [
        (n, event) for n in range(3) for event in ("start", "end")
    ]
    assert [record["status"] for record in records if record["k"] == "end"] == ["completed"]
    assert "hunter22secret" not in json.dumps(records)


def test_a_killed_kernel_loses_the_running_cell_at_most(tmp_path: Path) -> None:
    text = f"{SHELL}\nimport os, subprocess, sys\nif os.fork() == 0:\n    run('%load_ext provkg', 'a = 1', 'import os; os.kill(os.getpid(), 9)')\nos.wait()"
    run_python(text, tmp_path)
    records = journal_of(tmp_path)
    steps = [(record["n"], record["event"]) for record in records if record["k"] == "step"]
    assert steps == [(0, "start"), (0, "end"), (1, "start")]


def test_provkg_capture_records_any_python(tmp_path: Path) -> None:
    run_python(
        "import provkg\nsession = provkg.capture(message='try', tags={'data': 'v2'})\nassert session is provkg.capture()",
        tmp_path,
    )
    records = journal_of(tmp_path)
    assert (records[0]["message"], records[0]["tags"]) == ("try", {"data": "v2"})
    assert [record["status"] for record in records if record["k"] == "end"] == ["completed"]


def test_the_extension_is_light(tmp_path: Path) -> None:
    text = f"import sys\n{SHELL}\nbefore = set(sys.modules)\nrun('%load_ext provkg', 'a = 1')\nprint(sorted(set(sys.modules) - before))"
    loaded = run_python(text, tmp_path).splitlines()[-1]
    heavy = {"rdflib", "pyoxigraph", "numpy", "pandas", "nbformat", "click", "rich", "yaml", "requests"}
    assert [name for name in heavy if f"'{name}'" in loaded] == []


COMMANDS = """
run('%load_ext provkg', 'a = 1', 'b = a + 1', 'c = [b]')
run('%provkg status', '%provkg lineage c', '%provkg lineage nobody', '%provkg tag data=v2', '%provkg tag odd')
run('%provkg runs', '%provkg summary', '%provkg nonsense', '%provkg off', 'd = 1', '%provkg on', 'e = 2')
"""


def test_the_magic_tells_what_is_recorded(tmp_path: Path) -> None:
    shown = run_python(SHELL + COMMANDS, tmp_path)
    assert "provkg is on: run" in shown
    assert "c ← [4] c = [b]\n  b ← [3] b = a + 1\n    a ← [2] a = 1\n" in shown
    assert "no recorded cell gave nobody a value" in shown
    assert "a tag is written as KEY=VALUE" in shown
    assert "this session" in shown
    assert "%provkg lineage NAME" in shown
    records = journal_of(tmp_path)
    assert [(each["key"], each["value"]) for each in records if each["k"] == "tag"] == [("data", "v2")]
    writes = [name for each in records if each["k"] == "step" for name in each.get("writes", ())]
    assert "d" not in writes
    assert "e" in writes


def test_without_a_session_the_magic_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    from provkg.capture.magic import run_command

    run_command("status", None, None)
    assert "%load_ext provkg" in capsys.readouterr().out


def test_the_graph_of_a_session_that_goes_on_can_be_exported(tmp_path: Path) -> None:
    cells = "'%load_ext provkg', 'a = 1', 'b = [a]', 'b.append(2)', '%provkg export graph.nq'"
    shown = run_python(f"{SHELL}\nrun({cells})", tmp_path)
    assert "provkg wrote graph.nq" in shown
    graph = (tmp_path / "graph.nq").read_text()
    assert graph.count("<https://w3id.org/reproduceme#CellExecution>") == 4
    assert '"b = [a]"' in graph
    assert "prov#wasRevisionOf" in graph
