"""A small study on disk: a notebook that ran, its data, and who made it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provkg import pipeline
from provkg.publish.metadata import Metadata, parse_metadata
from provkg.publish.package import Package, Wanted, make_package
from provkg.publish.privacy import Cleaner, Machine

BASE = "https://w3id.org/my/study/"

CELLS = (
    ("markdown", "# Growth\n\nDo seedlings grow faster under blue light than under white light?"),
    ("code", "import pandas as pd\nfrom sklearn.linear_model import LinearRegression"),
    ("code", "df = pd.read_csv('data/train.csv')"),
    ("code", "model = LinearRegression().fit(df[['light']], df.height)"),
    ("code", "df.to_csv('out.csv')"),
)

TOLD: dict[str, Any] = {
    "title": "Growth under blue light",
    "description": "Seedlings under blue and white light, their heights, and a line through them.",
    "licence": "CC-BY-4.0",
    "date": "2026-11-25",
    "version": "1.0.0",
    "keywords": ["seedlings", "light"],
    "publisher": "Zenodo",
    "publisher_url": "https://zenodo.org/",
    "paper": "10.1000/growth",
    "ran_by": "0000-0002-1825-0097",
    "creators": [
        {
            "given_name": "Josiah",
            "family_name": "Carberry",
            "orcid": "0000-0002-1825-0097",
            "affiliation": "Brown University",
            "ror": "https://ror.org/05gq02987",
        }
    ],
    "funding": [{"funder": "DFG", "ror": "https://ror.org/018mejw64", "award": "1234"}],
}

Publish = Callable[..., Package]


def notebook(*cells: tuple[str, str], ran: bool = True) -> str:
    """A notebook whose code cells ran one after the other, a second each."""
    written: list[dict[str, Any]] = []
    for index, (kind, source) in enumerate(cells):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"c{index}", "metadata": {}, "source": source}
        if kind == "code":
            cell |= {"execution_count": index if ran else None, "outputs": []}
        if kind == "code" and ran:
            times = {
                "iopub.execute_input": f"2026-11-20T10:00:0{index}.000Z",
                "shell.execute_reply": f"2026-11-20T10:00:0{index}.900Z",
            }
            cell["metadata"] = {"execution": times}
        written.append(cell)
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python", "version": "3.11.7"},
    }
    return json.dumps({"cells": written, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def metadata() -> Metadata:
    """All that a publication can say."""
    return parse_metadata(TOLD, "provkg.toml")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a notebook that ran, a script that reads the same data, and the data."""
    root = tmp_path / "study"
    (root / "data").mkdir(parents=True)
    (root / "data" / "train.csv").write_text("light,height\n1,2\n2,3\n", encoding="utf-8")
    (root / "growth.ipynb").write_text(notebook(*CELLS), encoding="utf-8")
    (root / "plot.py").write_text(
        "import pandas as pd\ndf = pd.read_csv('data/train.csv')\n", encoding="utf-8"
    )
    return root


@pytest.fixture
def publish(study: Path, metadata: Metadata) -> Publish:
    """Makes the crate of programs of the study."""

    def make(*names: str, base: str | None = BASE, metadata: Metadata = metadata, **wanted: Any) -> Package:
        gathered = pipeline.gather_programs(
            [study / name for name in names or ("growth.ipynb",)], base, lambda _, data: data
        )
        return make_package(
            gathered.store,
            gathered.base,
            gathered.programs,
            gathered.project.root,
            metadata,
            Wanted(**wanted),
        )

    return make


@pytest.fixture
def captured(study: Path, metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> Package:
    """The crate of a script that was run under the eyes of provkg."""
    code = "rows = open('data/train.csv').read().splitlines()\nwith open('count.txt', 'w') as file:\n    file.write(str(len(rows)))\n"
    (study / "count.py").write_text(code, encoding="utf-8")
    (study / "provkg.toml").write_text(f'base = "{BASE}"\n', encoding="utf-8")
    monkeypatch.chdir(study)
    command = [sys.executable, "-m", "provkg", "run", "count.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    cleaner = Cleaner(Machine(study.as_posix()))
    gathered = pipeline.gather_stored(None, None, cleaner.clean_program, cleaner.clean_quads)
    root = gathered.project.root
    return make_package(gathered.store, gathered.base, gathered.programs, root, metadata, Wanted())


def entities(package: Package) -> dict[str, dict[str, Any]]:
    """Id → entity of the crate's metadata."""
    (item,) = (item for item in package.items if item.path == "ro-crate-metadata.json")
    assert isinstance(item.content, bytes)
    return {each["@id"]: each for each in json.loads(item.content)["@graph"]}


def text_of(package: Package, path: str) -> str:
    """The text of a file of the crate."""
    (item,) = (item for item in package.items if item.path == path)
    return (item.content if isinstance(item.content, bytes) else item.content.read_bytes()).decode()
