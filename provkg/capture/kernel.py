"""The files that C extensions and other programs open, as the kernel tells them of the project's folders.

No hook of Python sees what pyarrow, h5py or a program in another language opens. On Linux, inotify tells of
every file that is closed in a watched folder: not by whom, so somebody else who works in the project at the
same time is taken for the program, and nothing is known of folders outside the project.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from provkg.capture.noise import Noise
from provkg.capture.settle import Emit, find_state

MOST_FOLDERS = 500
"""Folders of a project that are watched; they are the ones nearest to its root."""
MOST_FILES = 20_000

_CLOSE_WRITE, _CLOSE_READ, _CREATE, _MOVED_TO = 0x8, 0x10, 0x100, 0x80
_OVERFLOW, _FOLDER = 0x4000, 0x40000000
_MASK = _CLOSE_WRITE | _CLOSE_READ | _CREATE | _MOVED_TO
_FLAGS = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_EVENT = struct.Struct("iIII")
_MARKS = ("pyvenv.cfg", "conda-meta")
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})


class Closed:
    """Files in the folders of a project that are closed while this watches."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.noise = Noise()
        self.folders: dict[int, str] = {}
        """Number of a watch → its folder."""
        self.found: dict[str, int] = {}
        """Path → the marks of how it was open."""
        self.is_incomplete = False
        self._descriptor = -1
        self._stop: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch from now on, where the system can."""
        try:
            self._kernel = ctypes.CDLL(None, use_errno=True)
            self._descriptor = self._kernel.inotify_init1(_FLAGS)
        except (AttributeError, OSError):
            return
        if self._descriptor < 0:
            return
        self._watch_below(self.root)
        self._stop = os.pipe()
        self._thread = threading.Thread(target=self._read_until_stopped, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; all that was closed until now is in `found`."""
        if self._thread is None or self._stop is None:
            return
        os.write(self._stop[1], b"x")
        self._thread.join()
        self._take()
        for descriptor in (*self._stop, self._descriptor):
            os.close(descriptor)

    def tell(self, known: Collection[str], emit: Emit) -> None:
        """Emit the files that nobody else saw."""
        for path, marks in self.found.items():
            if path in known or path.endswith((".py", ".ipynb")) or self.noise.has(path):
                continue
            size, changed = find_state(path) or (None, None)
            for mode in modes_of(marks):
                emit("file", path=path, mode=mode, size=size, changed=changed, by="kernel")
        if self.is_incomplete:
            emit("limit", what="files or folders", count="some")

    def _watch_below(self, folder: str) -> None:
        waiting = [folder]
        while waiting:
            if len(self.folders) >= MOST_FOLDERS:
                self.is_incomplete = True
                return
            each = waiting.pop(0)
            number = self._kernel.inotify_add_watch(self._descriptor, os.fsencode(each), _MASK)
            if number < 0:
                self.is_incomplete = True
                continue
            self.folders[number] = each
            waiting.extend(_folders_in(each))

    def _read_until_stopped(self) -> None:
        assert self._stop is not None  # noqa: S101 - made by start
        while True:
            ready, _, _ = select.select([self._descriptor, self._stop[0]], [], [])
            self._take()
            if self._stop[0] in ready:
                return

    def _take(self) -> None:
        """Take in the events that wait."""
        while True:
            try:
                data = os.read(self._descriptor, 2**16)
            except BlockingIOError:
                return
            except OSError:
                self.is_incomplete = True
                return
            for number, mask, name in _events(data):
                self._note(number, mask, name)

    def _note(self, number: int, mask: int, name: str) -> None:
        if mask & _OVERFLOW:
            self.is_incomplete = True
        folder = self.folders.get(number)
        if folder is None or not name:
            return
        path = f"{folder}{os.sep}{name}"
        if mask & _FOLDER:
            if mask & (_CREATE | _MOVED_TO) and not _is_skipped(path):
                self._watch_below(path)
        elif path in self.found or len(self.found) < MOST_FILES:
            self.found[path] = self.found.get(path, 0) | mask
        else:
            self.is_incomplete = True


def modes_of(marks: int) -> list[str]:
    """How a file was open; it was written before it was read, where it was both."""
    kinds = ((_CLOSE_WRITE, "write"), (_CLOSE_READ, "read"))
    return [mode for mark, mode in kinds if marks & mark]


def _events(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Number of the watch, mask and name of the file of each event."""
    start = 0
    while start + _EVENT.size <= len(data):
        number, mask, _, length = _EVENT.unpack_from(data, start)
        start += _EVENT.size
        yield number, mask, os.fsdecode(data[start : start + length].rstrip(b"\0"))
        start += length


def _folders_in(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(path for path in found if not _is_skipped(path))


def _is_skipped(folder: str) -> bool:
    """Hidden folders and environments hold nobody's data."""
    name = os.path.basename(folder)
    if name.startswith(".") or name in _SKIPPED:
        return True
    return any(os.path.exists(os.path.join(folder, mark)) for mark in _MARKS)


def paths_known(records: Collection[Mapping[str, Any]]) -> set[str]:
    """The paths that records of a journal speak of."""
    known = {record["path"] for record in records if isinstance(record.get("path"), str)}
    known |= {record["old"] for record in records if record["k"] == "rename"}
    return known | {each["path"] for record in records for each in record.get("named") or ()}
