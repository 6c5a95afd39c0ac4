import hashlib
import io
import tarfile
from pathlib import Path

import pytest


def make_archive(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_every_package_is_pinned_once_and_by_digest() -> None:
    from corpus import read_pins

    pins = read_pins()
    assert len({package.name for package in pins}) == len(pins)
    assert all(len(bytes.fromhex(package.sha256)) == 32 for package in pins)
    assert {package.kind for package in pins} == {"worked", "tests"}


def test_the_corpus_holds_at_least_300_worked_notebooks() -> None:
    from corpus import read_pins

    assert sum(package.notebooks for package in read_pins() if package.kind == "worked") >= 300


def test_only_notebooks_are_unpacked_and_each_once(tmp_path: Path) -> None:
    from corpus import extract_notebooks

    files = {
        "p-1/setup.py": b"raise SystemExit",
        "p-1/a/one.ipynb": b"{}",
        "p-1/b/same.ipynb": b"{}",
        "p-1/b/two.ipynb": b"{ }",
    }
    archive = make_archive(tmp_path / "p.tar.gz", files)
    assert extract_notebooks(archive, tmp_path / "out", set()) == 2
    assert list_files(tmp_path / "out") == ["a/one.ipynb", "b/two.ipynb"]


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    from corpus import extract_notebooks

    archive = make_archive(tmp_path / "p.tar.gz", {"p-1/../../escaped.ipynb": b"{}"})
    with pytest.raises(tarfile.OutsideDestinationError):
        extract_notebooks(archive, tmp_path / "out" / "p", set())
    assert list_files(tmp_path) == ["p.tar.gz"]


def test_a_changed_archive_is_refused(tmp_path: Path) -> None:
    from corpus import Package, WrongBytesError, check_digest

    archive = tmp_path / "p.tar.gz"
    archive.write_bytes(b"pinned")
    package = Package("p", "1", "worked", 0, hashlib.sha256(b"pinned").hexdigest())
    check_digest(archive, package)
    archive.write_bytes(b"changed")
    with pytest.raises(WrongBytesError, match="p 1: not the bytes that were pinned"):
        check_digest(archive, package)


def test_notebooks_of_one_kind_are_told_by_their_package(tmp_path: Path) -> None:
    from corpus import find_notebooks

    for name in ["statsmodels/a.ipynb", "jupytext/b.ipynb", "mine/c.ipynb"]:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("{}")
    assert [path.name for path in find_notebooks(tmp_path, "worked")] == ["c.ipynb", "a.ipynb"]
    assert [path.name for path in find_notebooks(tmp_path)] == ["b.ipynb", "c.ipynb", "a.ipynb"]
