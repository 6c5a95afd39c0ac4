"""What is found in folders, and who reads it."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from provkg.errors import SourceError
from provkg.facts.factset import Problem
from provkg.sources.registry import find_sources, read_document

NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}'


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK if name.endswith(".ipynb") else "x = 1\n")


def found(root: Path, *roots: str) -> list[str]:
    files = find_sources([root / name for name in roots or [""]]).files
    return [path.relative_to(root).as_posix() for path in files]


def test_notebooks_and_scripts_are_found_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.ipynb", "a/b/c.py", "a.py", "a.txt", "data.csv", "B.py")
    assert found(tmp_path) == ["B.py", "a/b/c.py", "a/z.ipynb", "a.py", "b.py"]


@pytest.mark.parametrize(
    "folder",
    [
        ".git",
        ".ipynb_checkpoints",
        ".provkg",
        "__pycache__",
        "node_modules",
        "lib/site-packages",
        "deep/.hidden",
    ],
)
def test_folders_that_hold_no_work_of_the_user_are_skipped(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/a.py", f"{folder}/sub/b.ipynb", "c.py")
    assert found(tmp_path) == ["c.py"]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_skipped_unless_they_are_asked_for(tmp_path: Path, mark: str) -> None:
    write(tmp_path, f"env/{mark}", "env/lib/a.py")
    assert found(tmp_path) == []
    assert found(tmp_path, "env") == ["env/lib/a.py"]


def test_hidden_files_are_skipped_unless_they_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "._a.ipynb", ".b.py", ".config/c.py")
    assert found(tmp_path) == []
    assert found(tmp_path, ".b.py", ".config") == [".b.py", ".config/c.py"]


def test_a_file_named_twice_is_found_once(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py", "a/c.py")
    assert found(tmp_path, "a/c.py", "a", "a/../a/b.py", "a") == ["a/c.py", "a/b.py"]


def test_named_files_count_whatever_their_suffix_and_even_if_missing(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    assert found(tmp_path, "a.txt", "missing.ipynb") == ["a.txt", "missing.ipynb"]


def test_loops_of_links_end(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    result = find_sources([tmp_path])
    assert [path.name for path in result.files] == ["b.py"]
    assert [Path(problem.where).name for problem in result.problems] == ["loop.py"]


def test_links_out_of_the_folder_are_not_followed_but_told(tmp_path: Path) -> None:
    write(tmp_path, "outside/a.py", "inside/b.py", "inside-too/c.py")
    (tmp_path / "inside" / "a.py").symlink_to(tmp_path / "outside" / "a.py")
    (tmp_path / "inside" / "c.py").symlink_to(tmp_path / "inside-too" / "c.py")
    (tmp_path / "inside" / "folder").symlink_to(tmp_path / "outside")
    result = find_sources([tmp_path / "inside"])
    assert [path.name for path in result.files] == ["b.py"]
    assert [(Path(problem.where).name, problem.severity) for problem in result.problems] == [
        (name, "info") for name in ("a.py", "c.py", "folder")
    ]


def test_a_link_inside_the_folder_gives_way_to_its_file(tmp_path: Path) -> None:
    write(tmp_path, "z.ipynb", ".store/x.ipynb")
    (tmp_path / "a.ipynb").symlink_to("z.ipynb")
    (tmp_path / "b.ipynb").symlink_to(".store/x.ipynb")
    assert found(tmp_path) == ["b.ipynb", "z.ipynb"]


def test_a_folder_that_is_named_through_a_link_is_searched(tmp_path: Path) -> None:
    write(tmp_path, "real/a.py")
    (tmp_path / "link").symlink_to("real")
    assert found(tmp_path, "link") == ["link/a.py"]


def test_folders_called_like_sources_and_pipes_are_no_sources(tmp_path: Path) -> None:
    write(tmp_path, "folder.py/a.py")
    os.mkfifo(tmp_path / "pipe.py")
    result = find_sources([tmp_path])
    assert [path.name for path in result.files] == ["a.py"]
    assert result.problems == (Problem(str(tmp_path / "pipe.py"), "a pipe or device, not a file", "info"),)
    with pytest.raises(SourceError, match="pipe or device"):
        read_document(tmp_path / "pipe.py", "pipe.py")


def test_a_link_that_leads_nowhere_is_a_problem_and_says_where(tmp_path: Path) -> None:
    message = "this link leads to no file: it points to gone.ipynb"
    (tmp_path / "a.ipynb").symlink_to("gone.ipynb")
    (tmp_path / "notes.txt").symlink_to("gone.txt")
    assert find_sources([tmp_path]).problems == (Problem(str(tmp_path / "a.ipynb"), message),)
    with pytest.raises(SourceError, match=message):
        read_document(tmp_path / "a.ipynb", "a.ipynb")


def test_an_unreadable_folder_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "closed/a.py", "open.py")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = find_sources([tmp_path])
    assert [path.name for path in result.files] == ["open.py"]
    (problem,) = result.problems
    assert (problem.where, problem.message) == (
        str(tmp_path / "closed"), "cannot look into this folder: Permission denied"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.ipynb", NOTEBOOK, "notebook"),
        ("a.IPYNB", NOTEBOOK, "notebook"),
        ("a.py", "x = 1", "script"),
        ("a.json", f"\n {NOTEBOOK}", "notebook"),
        ("a", "#!/usr/bin/env python3\nx = 1", "script"),
        ("a.txt", "# %%\nx = 1", "script"),
        ("a.pyi", "x: int\nfrom os import path\n", "script"),
    ],
)
def test_the_reader_is_chosen_by_suffix_or_content(tmp_path: Path, name: str, text: str, kind: str) -> None:
    (tmp_path / name).write_text(text)
    document = read_document(tmp_path / name, f"sub/{name}")
    assert (document.path, document.kind) == (f"sub/{name}", kind)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"a,b\n1,2\n", "neither a notebook nor a Python script"),
        ("a.json", b'{"a": 1}', "JSON but not a notebook"),
        ("a.zip", b"PK\x03\x04", "a zip archive"),
        ("a.html", b"<html>", "a web page"),
        ("a.bin", b"\xff\x00\xfe", "neither a notebook nor a Python script"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=message):
        read_document(tmp_path / name, name)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_document(tmp_path / "gone.ipynb", "gone.ipynb")
    assert str(caught.value) == "gone.ipynb: there is no such file"


@pytest.mark.parametrize("source", ["plain", "😀"])
def test_reading_a_large_notebook_takes_little_more_memory_than_the_file_and_its_content(
    tmp_path: Path, source: str
) -> None:
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0K" * 125_000}}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": [output]}
    value = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell] * 20}
    path = tmp_path / "large.ipynb"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    tracemalloc.start()
    try:
        document = read_document(path, "large.ipynb")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert document.cells[0].source == source
    assert peak_bytes < 3.3 * document.size_bytes
