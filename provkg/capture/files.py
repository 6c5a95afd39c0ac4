"""The files that a program opens, moves and removes, each with the line of the user's code that does it.

A file that is read is known by its state (size and time of change) until somebody has the time to hash it;
one that is about to be overwritten, moved or removed is hashed before. C extensions that open files on their
own are not seen here.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from provkg.capture.audit import watch
from provkg.capture.noise import Noise
from provkg.capture.recorder import Recorder
from provkg.capture.settle import State, emit_digest, find_state

MOST_FILES = 20_000
"""Files and places that are told apart; what comes after is counted only."""
LARGEST_HASHED_NOW = 64 * 2**20
"""Bytes that are hashed while the program waits, because they are about to be lost."""

_WRITING = os.O_WRONLY | os.O_RDWR
_FROZEN = "<frozen importlib"


class Files:
    """What is known of the files of this process."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.noise = Noise()
        self.seen: dict[tuple[Any, ...], int] = {}
        """Path, mode, place and state of what was recorded → how often."""
        self.unhashed: dict[str, State] = {}
        """Files in the state in which they were read last, of which no digest is known."""
        self.modules: set[str] = set()
        self.left_out = 0

    def start(self) -> None:
        """Watch from now on."""
        watch("open", self.on_open)
        watch("os.rename", self.on_rename)
        watch("os.remove", self.on_remove)
        watch("os.truncate", self.on_truncate)

    def on_open(self, arguments: tuple[Any, ...]) -> None:
        """`open` with its mode, or `os.open` with its flags."""
        path, mode, flags = arguments
        name = self.name_of(path)
        if name is None:
            return
        mode = mode_of_flags(flags) if mode is None else mode_of_text(mode)
        if name.endswith((".py", ".pyc")) and mode == "read":
            self.note_source(name)
        elif not self.noise.has(name):
            self.note(name, mode)

    def on_rename(self, arguments: tuple[Any, ...]) -> None:
        """A file gets the name of another, which is then as good as written."""
        old, new = self.name_of(arguments[0]), self.name_of(arguments[1])
        if old is None or new is None or (self.noise.has(old) and self.noise.has(new)):
            return
        self.save(old)
        self.save(new)
        if find_state(old) is not None:
            self.recorder.emit("rename", path=new, old=old, **self.recorder.place_fields())

    def on_remove(self, arguments: tuple[Any, ...]) -> None:
        """A file is removed."""
        name = self.name_of(arguments[0])
        if name is not None and not self.noise.has(name) and find_state(name) is not None:
            self.save(name)
            self.recorder.emit("remove", path=name, **self.recorder.place_fields())

    def on_truncate(self, arguments: tuple[Any, ...]) -> None:
        """A file is cut, by its name."""
        name = self.name_of(arguments[0])
        if name is not None and not self.noise.has(name):
            self.note(name, "update")

    def name_of(self, path: object) -> str | None:
        """The absolute path of what is opened; None for a number and for what is no path."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if type(path) is not str or not path:
            return None
        if path.startswith(self.noise.prefixes):
            return None
        return os.path.normpath(path if path[0] == os.sep else os.path.join(os.getcwd(), path))

    def note(self, path: str, mode: str, by: str | None = None) -> None:
        """Record that a file is opened, unless the same was recorded before."""
        state = find_state(path)
        if state is None and os.path.exists(path):
            return  # a folder, a pipe, a device
        place = self.recorder.place_fields()
        seen = path, mode, place.get("source"), place.get("line"), state if mode == "read" else None
        if seen in self.seen:
            self.seen[seen] += 1
            return
        if len(self.seen) >= MOST_FILES:
            self.left_out += 1
            return
        self.seen[seen] = 1
        if mode != "read":
            self.save(path, state)
        elif state is not None:
            self.unhashed[path] = state
        size, changed = state or (None, None)
        fields = {"by": by} if by else {}
        self.recorder.emit("file", path=path, mode=mode, size=size, changed=changed, **place, **fields)

    def note_source(self, path: str) -> None:
        """Program text is a module where it is imported, and data only where the user's code opens it."""
        frame = sys._getframe(3)
        filename = frame.f_code.co_filename
        if filename.startswith(_FROZEN):
            source = source_of_cache(path)
            if source not in self.modules and self.recorder.own[source]:
                self.modules.add(source)
                self.recorder.emit("module", path=source)
        elif self.recorder.own[filename] and not self.noise.has(path):
            self.note(path, "read")

    def save(self, path: str, state: State | None = None) -> None:
        """Hash a file that is about to be lost."""
        known = self.unhashed.pop(path, None)
        state = state or find_state(path)
        if state is not None and (state[0] or known):
            emit_digest(self.recorder.emit, path, state, LARGEST_HASHED_NOW)

    def finish(self) -> None:
        """Tell how often files were opened where that is more than once, and what was left out."""
        again = [
            {"path": seen[0], "mode": seen[1], "line": seen[3], "count": count}
            for seen, count in self.seen.items()
            if count > 1
        ]
        if again:
            self.recorder.emit("counts", files=again[:1000])
        if self.left_out:
            self.recorder.emit("limit", what="files", count=self.left_out)


def mode_of_text(mode: object) -> str:
    """What `open` with this mode does to a file: read, write (from its beginning), append or update."""
    text = mode if isinstance(mode, str) else "r"
    if "a" in text:
        return "append"
    if "+" in text and "r" in text:
        return "update"
    return "write" if "w" in text or "x" in text or "+" in text else "read"


def mode_of_flags(flags: int) -> str:
    """What `os.open` with these flags does to a file."""
    if not flags & _WRITING:
        return "read"
    if flags & os.O_APPEND:
        return "append"
    is_new = flags & (os.O_TRUNC | os.O_EXCL)
    return "write" if is_new or not flags & os.O_RDWR else "update"


def source_of_cache(path: str) -> str:
    """The source file that a compiled one belongs to.

    >>> source_of_cache("/p/__pycache__/util.cpython-311.pyc")
    '/p/util.py'
    """
    if not path.endswith(".pyc"):
        return path
    folder, name = os.path.split(path)
    if os.path.basename(folder) == "__pycache__":
        folder = os.path.dirname(folder)
    return os.path.join(folder, name.partition(".")[0] + ".py")
