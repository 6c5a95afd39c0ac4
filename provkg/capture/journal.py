"""The journal of a run: one JSON object a line, each whole or absent, readable by its owner only.

It must never be the reason that a program fails or behaves otherwise: what cannot be written is left out, and
the file descriptor is a high one, so that the program's own files get the numbers that they would get anyway.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment] # Windows has none

NAME = "journal.jsonl"
"""The file's name in the folder of its run."""

VARIABLE = "PROVKG_CAPTURE"
"""The environment variable that says what is wanted of a process that records itself, as JSON."""

_HIGH_DESCRIPTORS = (900, 200, 3)


class Journal:
    """A journal to append to, by several processes at once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.failure: str | None = None
        """Why nothing more is written; None while all is well."""
        self._descriptor = -1
        self._identity = (0, 0)
        try:
            self._open()
        except OSError as error:
            self.failure = error.strerror or str(error)

    def write(self, line: bytes) -> None:
        """Append a line, which ends with a line feed; after a failure nothing is written any more."""
        if self.failure is not None:
            return
        try:
            if not self._is_ours():  # closed by the program, and its number perhaps given to another file
                self._open()
            if os.write(self._descriptor, line) != len(line):
                self.failure = "No space left on device"
        except OSError as error:
            self.failure = error.strerror or str(error)

    def hold(self) -> None:
        """Show others that the run goes on, until this process and those that it forked are gone."""
        if fcntl is not None and self.failure is None:
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let others take what is written so far for a run that is over."""
        if fcntl is not None and self.failure is None:
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Write no more."""
        if self._is_ours():
            os.close(self._descriptor)
        self._descriptor = -1

    def _is_ours(self) -> bool:
        try:
            state = os.fstat(self._descriptor)
        except OSError:
            return False
        return (state.st_dev, state.st_ino) == self._identity

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._descriptor = _raise_descriptor(os.open(self.path, flags, 0o600))
        state = os.fstat(self._descriptor)
        self._identity = (state.st_dev, state.st_ino)


def parse_records(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The records that a journal holds, and the number of lines that are cut or damaged."""
    found = [_parse_record(line) for line in data.split(b"\n") if line]
    records = [record for record in found if record is not None]
    return records, len(found) - len(records)


def _parse_record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_record = isinstance(record, dict) and isinstance(record.get("k"), str)
    return record if is_record and isinstance(record.get("t"), int | float) else None


def is_held(path: str) -> bool:
    """Whether somebody still writes the journal at `path`."""
    if fcntl is None:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _raise_descriptor(descriptor: int) -> int:
    """The same open file under a high number."""
    if fcntl is None:
        return descriptor
    for lowest in _HIGH_DESCRIPTORS:
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:  # beyond the limit of this process
            continue
        os.close(descriptor)
        return high
    return descriptor
