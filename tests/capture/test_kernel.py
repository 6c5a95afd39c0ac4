"""Files that only the kernel sees being opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from provkg.capture.kernel import Closed, modes_of, paths_known

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for folder in ("data", ".hidden", "env", "env/lib"):
        (tmp_path / folder).mkdir()
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "data" / "in.txt").write_text("in")
    return tmp_path


def watch(place: Path, command: str) -> Closed:
    closed = Closed(str(place))
    closed.start()
    subprocess.run(["sh", "-c", command], cwd=place, check=True, stdout=subprocess.DEVNULL)
    closed.stop()
    return closed


def test_what_another_program_reads_and_writes_is_seen(place: Path) -> None:
    found = watch(place, "cat data/in.txt > data/out.txt; cat data/out.txt").found
    assert {Path(path).name: modes_of(marks) for path, marks in found.items()} == {
        "in.txt": ["read"],
        "out.txt": ["write", "read"],
    }


def test_hidden_folders_and_environments_are_not_watched(place: Path) -> None:
    assert watch(place, "echo x > .hidden/a; echo x > env/lib/a").found == {}


def test_only_what_nobody_else_saw_is_told(place: Path) -> None:
    closed = watch(place, "cat data/in.txt > data/out.txt; echo x > new.py")
    told: list[dict[str, Any]] = []
    known = paths_known([{"k": "file", "path": str(place / "data" / "in.txt")}])
    closed.tell(known, lambda kind, **fields: told.append({"k": kind, **fields}))
    assert [(each["k"], each["path"], each["mode"], each["by"]) for each in told] == [
        ("file", str(place / "data" / "out.txt"), "write", "kernel")
    ]


def test_records_know_paths_of_every_kind() -> None:
    records = [
        {"k": "rename", "path": "b", "old": "a"},
        {"k": "process", "named": [{"path": "c"}]},
        {"k": "end"},
    ]
    assert paths_known(records) == {"a", "b", "c"}
