"""Small notebooks on disk, and the command line run in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provkg.cli.main import main

READS_AND_TRAINS = (
    "import pandas as pd\nfrom sklearn.linear_model import LinearRegression",
    "df = pd.read_csv('data.csv')",
    "model = LinearRegression().fit(df[['a']], df.b)",
    "df.to_csv('out.csv')",
)

Write = Callable[..., Path]
Invoke = Callable[..., Result]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is no part of a project, and the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a notebook of these code cells (or a text, where it is one) to a path in the folder."""

    def write_file(name: str = "a.ipynb", content: str | tuple[str, ...] = READS_AND_TRAINS) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else notebook(content)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def notebook(cells: tuple[str, ...]) -> str:
    code: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {},
            "source": source,
            "execution_count": None,
            "outputs": [],
        }
        for index, source in enumerate(cells)
    ]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def invoke(folder: Path) -> Invoke:
    """Runs the command line in this process."""

    def run(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs the command line in a process of its own."""

    def run_process(
        *arguments: str, seed: str = "0", **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        checkout = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": checkout, "PYTHONHASHSEED": seed, **environment}
        return subprocess.run(
            [sys.executable, "-m", "provkg", *arguments], capture_output=True, env=environment, cwd=folder
        )

    return run_process
