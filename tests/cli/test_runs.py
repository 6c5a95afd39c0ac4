"""`provkg runs` on the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import Result

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that papermill ran, with a parameter and an error, and one that nobody ran."""
    cell = nbformat.v4.new_code_cell("1 / 0", id="c1", execution_count=1)
    cell.outputs = [
        nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
    ]
    run = nbformat.v4.new_notebook(cells=[cell])
    run.metadata["papermill"] = {
        "version": "2.6.0",
        "parameters": {"alpha": 0.5},
        "start_time": "2026-01-02T03:04:05.000000+00:00",
        "end_time": "2026-01-02T03:04:06.000000+00:00",
        "exception": True,
    }
    monkeypatch.chdir(tmp_path)
    nbformat.write(run, "run.ipynb")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1", id="c1")]), "written.ipynb"
    )


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_the_runs_of_a_folder_are_listed(invoke: Invoke) -> None:
    [run] = rows(invoke("runs", "list", "--of", ".", "-f", "csv"))
    assert run["notebook"] == "run.ipynb"
    assert run["started"] == "2026-01-02T03:04:05Z"
    assert (run["status"], run["tool"], run["cells"], run["failed"]) == (
        "Failed",
        "papermill 2.6.0",
        "1",
        "1",
    )


def test_one_notebook_may_be_asked_for_in_the_store(invoke: Invoke) -> None:
    assert invoke("extract", ".").exit_code == 0
    assert len(rows(invoke("runs", "list", "run.ipynb", "-f", "csv"))) == 1
    told = invoke("runs", "list", "written.ipynb")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "has a record of having been run" in told.stderr


def test_one_run_is_shown_with_what_is_known_of_it(invoke: Invoke) -> None:
    shown = rows(invoke("runs", "show", "run.ipynb", "--of", ".", "-f", "csv"))
    told = {row["property"]: row["value"] for row in shown}
    assert told["parameter alpha"] == "0.5"
    assert told["ended"] == "2026-01-02T03:04:06Z"
    assert "ZeroDivisionError" in told["error"]


def test_an_unknown_run_is_said(invoke: Invoke) -> None:
    result = invoke("runs", "show", "rum.ipynb", "--of", ".")
    assert result.exit_code == 2
    assert "rum.ipynb" in result.stderr
