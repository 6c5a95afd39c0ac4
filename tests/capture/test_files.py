"""Files as they are opened, and their digests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from provkg.capture.files import Files, mode_of_flags, mode_of_text
from provkg.capture.journal import Journal, parse_records
from provkg.capture.noise import Noise
from provkg.capture.recorder import Recorder
from provkg.capture.settle import find_state, settle
from provkg.identity import digest_bytes


class Observed:
    """Files that are told of opening, as the audit hook would, and the journal that comes of it."""

    def __init__(self, place: Path) -> None:
        self.journal = place / "journal"
        self.recorder = Recorder(Journal(str(self.journal)), script=__file__)
        self.files = Files(self.recorder)

    def open(self, path: Path, mode: str) -> None:
        self.files.on_open((str(path), mode, 0))

    def records(self, kind: str) -> list[dict[str, Any]]:
        records, _ = parse_records(self.journal.read_bytes())
        return [record for record in records if record["k"] == kind]

    def settle(self) -> None:
        settle(parse_records(self.journal.read_bytes())[0], self.recorder.emit)


@pytest.fixture
def observed(tmp_path: Path) -> Observed:
    return Observed(tmp_path)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("r", "read"), ("rb", "read"), ("w", "write"), ("xb", "write"), ("w+", "write"), ("a", "append"),
     ("a+", "append"), ("r+", "update"), ("rb+", "update")],
)  # fmt: skip
def test_the_mode_says_what_becomes_of_a_file(mode: str, expected: str) -> None:
    assert mode_of_text(mode) == expected


def test_flags_say_it_too() -> None:
    flags = (
        os.O_RDONLY,
        os.O_WRONLY | os.O_CREAT,
        os.O_WRONLY | os.O_APPEND,
        os.O_RDWR,
        os.O_RDWR | os.O_TRUNC,
    )
    assert [mode_of_flags(each) for each in flags] == ["read", "write", "append", "update", "write"]


def test_a_file_that_is_read_has_the_digest_of_what_it_held(observed: Observed, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    observed.open(tmp_path / "a.csv", "r")
    observed.settle()
    (digest,) = observed.records("digest")
    assert digest["digest"] == digest_bytes(b"a")
    assert observed.records("file")[0]["line"] > 0


def test_what_is_overwritten_is_hashed_before(observed: Observed, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    observed.open(tmp_path / "a.csv", "r")
    observed.open(tmp_path / "a.csv", "w")
    (tmp_path / "a.csv").write_text("newer")
    observed.settle()
    assert [each["digest"] for each in observed.records("digest")] == [
        digest_bytes(b"old"),
        digest_bytes(b"newer"),
    ]


def test_what_is_removed_is_hashed_before(observed: Observed, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    observed.open(tmp_path / "a.csv", "r")
    observed.files.on_remove((str(tmp_path / "a.csv"), -1))
    (tmp_path / "a.csv").unlink()
    observed.settle()
    assert [each["digest"] for each in observed.records("digest")] == [digest_bytes(b"old")]
    assert [each["path"] for each in observed.records("gone")] == [str(tmp_path / "a.csv")]


def test_a_file_that_changed_after_it_was_read_has_no_digest_of_that_time(
    observed: Observed, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("old")
    observed.open(tmp_path / "a.csv", "r")
    read = find_state(str(tmp_path / "a.csv"))
    (tmp_path / "a.csv").write_text("changed by somebody else")
    observed.settle()
    (digest,) = observed.records("digest")
    assert (digest["size"], digest["changed"]) != read
    assert digest["digest"] == digest_bytes(b"changed by somebody else")


def test_the_same_file_at_the_same_place_is_recorded_once_and_counted(
    observed: Observed, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("a")
    for _ in range(1000):
        observed.open(tmp_path / "a.csv", "r")
    observed.files.finish()
    assert len(observed.records("file")) == 1
    assert observed.records("counts")[0]["files"][0]["count"] == 1000


def test_folders_pipes_and_descriptors_are_no_files(observed: Observed, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    observed.open(tmp_path / "pipe", "r")
    observed.open(tmp_path, "r")
    observed.files.on_open((3, "r", 0))
    assert not observed.journal.read_bytes()


@pytest.mark.parametrize(
    "path",
    ["/proc/self/status", "/dev/null", "/etc/localtime", os.__file__, "/p/__pycache__/a.cpython-311.pyc",
     "/usr/share/fonts/a.txt", "/p/.git/config", "/p/.provkg/store/LOG"],
)  # fmt: skip
def test_what_belongs_to_the_system_is_noise(path: str) -> None:
    assert Noise().has(path)


@pytest.mark.parametrize("path", ["/data/train.csv", "/home/me/etc/a.csv", "/work/fonts.csv", "/var/x.npy"])
def test_what_belongs_to_the_user_is_none(path: str) -> None:
    assert not Noise().has(path)
