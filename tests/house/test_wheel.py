"""The wheel carries the whole package and its data, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(CHECKOUT)).build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(path)


def files_below(folder: str) -> set[str]:
    paths = (CHECKOUT / folder).rglob("*")
    return {
        path.relative_to(CHECKOUT).as_posix()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".gitignore"
    }


def test_the_package_is_in_the_wheel_file_by_file(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if name.startswith("provkg/") and "/_data/" not in name}
    assert packed == files_below("provkg")
    assert "provkg/py.typed" in packed
    assert "provkg/extract/knowledge/pandas.toml" in packed


def test_the_data_folders_are_in_the_wheel_as_they_stand(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if "/_data/" in name}
    folders = ("ontologies", "queries", "shapes", "contexts")
    assert packed == {f"provkg/_data/{name}" for folder in folders for name in files_below(folder)}
    for name in packed:
        assert wheel.read(name) == (CHECKOUT / name.removeprefix("provkg/_data/")).read_bytes()


def test_nothing_but_the_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"provkg"}


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "provkg = provkg.cli.main:main" in wheel.read(entry_points).decode()
