"""Crates on disk: whole or not at all, the same each time, and never over somebody's work."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from provkg.errors import GraphError
from provkg.publish.items import make_item
from provkg.publish.packing import write_package

from .conftest import Publish


def test_a_zip_is_the_same_byte_for_byte(publish: Publish, tmp_path: Path) -> None:
    items = publish().items
    for name, order in (("a.zip", items), ("b.zip", items[::-1])):
        write_package(order, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a.zip").testzip() is None


def test_a_crate_takes_the_place_of_an_older_one(publish: Publish, tmp_path: Path) -> None:
    write_package(publish(largest_file=0).items, tmp_path / "crate")
    write_package(publish().items, tmp_path / "crate")
    assert (tmp_path / "crate" / "data" / "train.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crate", "study"]


def test_a_folder_with_something_else_in_it_is_left_alone(publish: Publish, tmp_path: Path) -> None:
    write_package(publish().items, tmp_path / "crate")
    (tmp_path / "crate" / "thesis.tex").touch()
    with pytest.raises(GraphError, match=r"thesis\.tex"):
        write_package(publish().items, tmp_path / "crate")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").touch()
    with pytest.raises(GraphError, match=r"a\.py"):
        write_package(publish().items, tmp_path / "work")


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "a/../../b", "C:/a", "a\\..\\b", ""])
def test_no_file_lies_outside_the_crate(path: str, tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="outside"):
        write_package([make_item(path, b"")], tmp_path / "crate")
    assert not (tmp_path / "crate").exists()


def test_two_files_cannot_have_one_name_on_any_disk(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="one name"):
        write_package([make_item("A.csv", b""), make_item("a.csv", b"")], tmp_path / "crate")


def test_a_crate_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    lost = make_item("a.csv", b"x")
    broken = type(lost)("b.csv", tmp_path / "gone.csv", lost.sha256, 1)
    for target in (tmp_path / "crate", tmp_path / "crate.zip"):
        with pytest.raises(GraphError, match="cannot be written"):
            write_package([lost, broken], target)
    assert list(tmp_path.iterdir()) == []
