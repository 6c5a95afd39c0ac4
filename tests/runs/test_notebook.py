from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from provkg.runs.notebook import code_of, inject_parameters, parse_parameter
from provkg.sources.notebook import as_nbformat


def code(identity: str, text: str, *tags: str) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code", "id": identity, "metadata": metadata,
        "execution_count": None, "outputs": [], "source": text,
    }  # fmt: skip


def notebook(*cells: dict[str, Any]) -> bytes:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": list(cells)}
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2", -2),
        ("1.5", 1.5),
        ("1e-3", 0.001),
        ("True", True),
        ("false", False),
        ("None", None),
        ("a b", "a b"),
        ("", ""),
    ],
)
def test_parameters_are_what_they_look_like(text: str, value: object) -> None:
    assert parse_parameter(text) == value
    assert type(parse_parameter(text)) is type(value)


def test_parameters_stand_behind_the_cell_that_is_tagged() -> None:
    given = as_nbformat(
        notebook(code("a", "x = 1"), code("p", "n = 1", "parameters"), code("b", "n")), "a.ipynb"
    )
    inject_parameters(given, {"n": 3, "name": "it's"})
    assert [cell["source"] for cell in given["cells"]] == [
        "x = 1",
        "n = 1",
        '# Parameters\nn = 3\nname = "it\'s"',
        "n",
    ]
    assert given["cells"][2]["metadata"]["tags"] == ["injected-parameters"]


def test_parameters_without_a_tagged_cell_stand_at_the_top_and_replace_older_ones() -> None:
    given = as_nbformat(notebook(code("i", "n = 2", "injected-parameters"), code("b", "n")), "a.ipynb")
    inject_parameters(given, {"n": 3})
    assert [cell["source"] for cell in given["cells"]] == ["# Parameters\nn = 3", "n"]
    inject_parameters(given, {})
    assert len(given["cells"]) == 2


def test_older_formats_are_run_too() -> None:
    cell = {
        "cell_type": "code",
        "input": "1 + 1",
        "language": "python",
        "outputs": [],
        "prompt_number": 1,
        "metadata": {},
    }
    data = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    assert as_nbformat(json.dumps(data).encode(), "a.ipynb")["cells"][0]["source"] == "1 + 1"


@pytest.mark.parametrize(
    ("exception", "message", "expected"),
    [
        ("ValueError", "3", 1),
        ("SystemExit", "3", 3),
        ("SystemExit", "", 0),
        ("SystemExit", "None", 0),
        ("SystemExit", "no", 1),
    ],
)
def test_a_notebook_ends_with_the_code_of_a_script(exception: str, message: str, expected: int) -> None:
    assert code_of(exception, message) == expected


def run_provkg(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(Path(part).resolve()) for part in sys.path if part)
    return subprocess.run(
        [sys.executable, "-m", "provkg", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "IPYTHONDIR": str(folder / "i"),
            "JUPYTER_RUNTIME_DIR": str(folder / "r"),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_notebook_runs_with_parameters_and_answers_questions(tmp_path: Path) -> None:
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = (
        code("p", "n = 1", "parameters"),
        code("f", "def f(x):\n    return x * n\nys = [f(i) for i in range(3)]\nprint(ys)"),
        code("w", "total = sum(ys)\nopen('out.txt', 'w').write(str(total))\ntotal"),
        code("e", "raise ValueError(total)"),
    )
    (tmp_path / "nb.ipynb").write_bytes(notebook(*cells))
    done = run_provkg(tmp_path, "run", "-p", "n", "10", "-o", "out.ipynb", "nb.ipynb")
    assert done.returncode == 1
    assert "ValueError: 30" in done.stderr
    assert (tmp_path / "out.txt").read_text() == "30"
    kept = json.loads((tmp_path / "out.ipynb").read_text())
    assert [cell["source"] for cell in kept["cells"]][1] == "# Parameters\nn = 10"
    assert kept["cells"][2]["outputs"][0]["text"] == "[0, 10, 20]\n"
    summary = kept["metadata"]["provkg"]
    assert summary["parameters"] == {"n": 10}
    assert summary["executions"][2] | {"seconds": 0} == {
        "count": 3, "status": "completed", "reads": ["n"], "writes": ["f", "ys"], "files": [], "seconds": 0,
    }  # fmt: skip

    order = run_provkg(tmp_path, "query", "nb.execution-order", "-f", "json")
    rows = json.loads(order.stdout)
    found = [(row["cell"], row["count"], row["status"]) for row in as_rows(rows)]
    assert found == [(1, 1, "completed"), (2, 3, "completed"), (3, 4, "completed"), (4, 5, "failed")]
    failed = as_rows(json.loads(run_provkg(tmp_path, "query", "nb.failed-cells", "-f", "json").stdout))
    assert [(row["cell"], row["exception"], row["message"]) for row in failed] == [(4, "ValueError", "30")]
    trials = run_provkg(tmp_path, "query", "nb.cell-trials", "-p", "cell", "nb.ipynb:f", "-f", "json").stdout
    assert [row["output"] for row in as_rows(json.loads(trials))] == ["[0, 10, 20]\n"]


def as_rows(answer: Any) -> list[dict[str, Any]]:
    """Rows of plain values from an answer in the standard format or ours."""
    if isinstance(answer, list):
        return answer
    return [
        {
            name: int(cell["value"]) if cell.get("datatype", "").endswith("integer") else cell["value"]
            for name, cell in row.items()
        }
        for row in answer["results"]["bindings"]
    ]
