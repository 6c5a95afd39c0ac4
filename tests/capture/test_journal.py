"""The journal: whole lines, for its owner alone, and never a reason for a program to fail."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.capture.journal import Journal, is_held, parse_records
from provkg.capture.recorder import Recorder

RECORDS = st.fixed_dictionaries({"k": st.text(), "t": st.floats(0, 1e10), "x": st.none() | st.text()})


def test_a_journal_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    Recorder(Journal(str(tmp_path / "j"))).emit("run", id="r")
    assert os.stat(tmp_path / "j").st_mode & 0o777 == 0o600


def test_a_line_is_one_record_with_kind_time_and_step(tmp_path: Path) -> None:
    recorder = Recorder(Journal(str(tmp_path / "j")))
    recorder.step = 3
    recorder.emit("file", path="ä.csv")
    (line,) = (tmp_path / "j").read_bytes().splitlines()
    record = json.loads(line)
    assert (record["k"], record["s"], record["path"]) == ("file", 3, "ä.csv")
    assert isinstance(record["t"], float)


def test_two_writers_append_to_one_journal(tmp_path: Path) -> None:
    one, two = (Recorder(Journal(str(tmp_path / "j"))) for _ in range(2))
    for number in range(20):
        (one if number % 2 else two).emit("x", n=number)
    records, damaged = parse_records((tmp_path / "j").read_bytes())
    assert [record["n"] for record in records] == list(range(20))
    assert damaged == 0


@given(st.lists(RECORDS, max_size=5), st.binary(max_size=20))
def test_what_is_cut_at_the_end_costs_only_the_last_line(
    records: list[dict[str, object]], rest: bytes
) -> None:
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    found, _ = parse_records(data + b'{"k":' + rest.replace(b"\n", b""))
    assert found == records


def test_a_full_disk_ends_the_record_and_not_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(str(tmp_path / "j"))
    recorder = Recorder(journal)

    def write(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    recorder.emit("file", path="a")
    recorder.emit("file", path="b")
    assert journal.failure == "No space left on device"


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(str(tmp_path / "file" / "j"))
    Recorder(journal).emit("file", path="a")
    assert journal.failure


def test_what_cannot_be_said_in_json_is_told_by_its_type(tmp_path: Path) -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise ValueError

    recorder = Recorder(Journal(str(tmp_path / "j")))
    recorder.emit("x", value=Hostile(), key={1: object()})
    recorder.emit("x", circle=(circle := [], circle.append(circle))[0])
    records, _ = parse_records((tmp_path / "j").read_bytes())
    assert "Hostile" in records[0]["value"]
    assert (len(records), recorder.lost) == (1, 1)


def test_a_descriptor_that_was_given_to_another_file_is_not_written_to(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "j"))
    recorder = Recorder(journal)
    recorder.emit("x", n=1)
    number = journal._descriptor
    os.close(number)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_WRONLY)
    os.dup2(other, number)
    os.close(other)
    recorder.emit("x", n=2)
    os.close(number)
    assert (tmp_path / "other").read_bytes() == b""
    assert [record["n"] for record in parse_records((tmp_path / "j").read_bytes())[0]] == [1, 2]


def test_credentials_are_taken_out_before_they_are_written(tmp_path: Path) -> None:
    recorder = Recorder(Journal(str(tmp_path / "j")), redact=("internal-\\d+",))
    recorder.emit("run", argv=["x.py", "--password", "hunter2hunter2"])
    recorder.emit("child", command=["x.py", "--api-key=4f9d8c7b6a5e4d3c2b1a"])
    recorder.emit("network", url="https://me:s3cr3tw0rd@example.org/a?token=6fbd9c1d2e4b5a7f80")
    recorder.emit("process", command=["curl", "-H", "Authorization: Bearer internal-123"])
    text = (tmp_path / "j").read_text()
    for secret in (
        "hunter2hunter2",
        "4f9d8c7b6a5e4d3c2b1a",
        "s3cr3tw0rd",
        "6fbd9c1d2e4b5a7f80",
        "internal-123",
    ):
        assert secret not in text
    assert text.count("\n") == 4


def test_a_journal_is_held_as_long_as_somebody_writes_it(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "j"))
    journal.hold()
    assert is_held(str(tmp_path / "j"))
    journal.close()
    assert not is_held(str(tmp_path / "j"))
