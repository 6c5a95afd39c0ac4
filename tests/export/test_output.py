"""Output files are there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest

from provkg.errors import GraphError
from provkg.export.output import atomic_output


def write_and_raise(stream: BinaryIO, failure: BaseException) -> None:
    stream.write(b"half")
    raise failure


def test_the_bytes_appear_when_the_block_ends(tmp_path: Path) -> None:
    with atomic_output(tmp_path / "graph.ttl") as stream:
        stream.write(b"whole")
        assert not (tmp_path / "graph.ttl").exists()
    assert (tmp_path / "graph.ttl").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["graph.ttl"]


@pytest.mark.parametrize(
    "failure", [ValueError("half-way"), KeyboardInterrupt(), OSError(errno.EIO, "unreadable")]
)
def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, failure: BaseException
) -> None:
    (tmp_path / "graph.ttl").write_bytes(b"old")
    with (
        pytest.raises(type(failure)),
        atomic_output(tmp_path / "graph.ttl") as stream,
    ):
        write_and_raise(stream, failure)
    assert (tmp_path / "graph.ttl").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["graph.ttl"]


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(GraphError, match="cannot be written") as caught,
        atomic_output(tmp_path / "graph.ttl"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.path == str(tmp_path / "graph.ttl")
    assert os.listdir(tmp_path) == []


def test_a_new_file_takes_over_the_permissions_of_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "graph.ttl").write_bytes(b"old")
    (tmp_path / "graph.ttl").chmod(0o640)
    with atomic_output(tmp_path / "graph.ttl") as stream:
        stream.write(b"new")
    assert stat.S_IMODE((tmp_path / "graph.ttl").stat().st_mode) == 0o640


def test_a_file_that_is_new_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    with atomic_output(tmp_path / "graph.ttl"):
        pass
    assert (tmp_path / "graph.ttl").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/graph.ttl").write_bytes(b"old")
    (tmp_path / "link.ttl").symlink_to("folder/graph.ttl")
    with atomic_output(tmp_path / "link.ttl") as stream:
        stream.write(b"new")
    assert (tmp_path / "link.ttl").is_symlink()
    assert (tmp_path / "folder/graph.ttl").read_bytes() == b"new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    with atomic_output(os.devnull) as stream:
        stream.write(b"nothing")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_gets_the_bytes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with atomic_output(tmp_path / "pipe") as stream:
        stream.write(b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)


@pytest.mark.parametrize("name", ["", "no/such/folder/graph.ttl", "file/graph.ttl", "x" * 300])
def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GraphError, match="cannot be written") as caught, atomic_output(tmp_path / name):
        pytest.fail("there is no stream to write to")
    assert caught.value.hint is not None
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_standard_output_that_is_full_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=full))
        with (
            pytest.raises(GraphError, match="cannot write to standard output: No space left on device"),
            atomic_output("-") as stream,
        ):
            stream.write(b"too much")


def test_standard_output_that_is_closed_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(GraphError, match="it is closed"), atomic_output("-"):
        pytest.fail("there is no stream to write to")


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with atomic_output("-") as stream:
        stream.write(b"to the terminal")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"to the terminal"
