"""The rooms know of each other only what the contracts in pyproject.toml allow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


LINT = "from importlinter.cli import lint_imports_command as lint; lint()"


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LINT, "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package and its contracts, to break."""
    shutil.copytree(CHECKOUT / "provkg", tmp_path / "provkg", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    result = lint_imports(CHECKOUT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("facts/learning.py", "import provkg.extract.run", "Each room knows only the rooms below it"),
        ("graph/learning.py", "import provkg.extract.run", "Only the pipeline knows both"),
        ("extract/learning.py", "import pyoxigraph", "Who finds facts knows no RDF"),
        ("sources/script.py", "import nbformat", "nbformat enters through one module"),
        ("store/local.py", "import requests", "requests enters through one module"),
        ("export/rdf.py", "import prov", "prov enters through its writer and its reader"),
        ("graph/iris.py", "import provkg.graph.builder", "Rooms have no circles inside"),
        ("export/registry.py", "import click", "click stays with the command line"),
    ],
)
def test_a_planted_breach_is_caught(house: Path, module: str, line: str, broken: str) -> None:
    breached = house / "provkg" / module
    breached.write_text(breached.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    result = lint_imports(house)
    verdicts = [verdict for verdict in result.stdout.splitlines() if verdict.startswith(broken)]
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(verdict.endswith("BROKEN") for verdict in verdicts), result.stdout


def test_a_new_room_must_find_its_place_in_the_layers(house: Path) -> None:
    (house / "provkg" / "attic.py").touch()
    result = lint_imports(house)
    assert result.returncode == 1
    assert "attic" in result.stdout
