"""Other programs that a program starts: their commands, how they ended, and the files that the commands name.

Programs in Python that are started in the same environment record themselves (see `descend`); what other
programs open nobody sees, so files that stand on their command lines are looked at before and after.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterator, Sequence
from functools import partial
from types import FrameType
from typing import Any

from provkg.capture.audit import watch
from provkg.capture.noise import Noise
from provkg.capture.recorder import Recorder
from provkg.capture.settle import find_state

MOST_PROCESSES = 2_000
MOST_WORDS = 100
"""Words of a command line that are kept."""


class Processes:
    """The programs that this process starts."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.noise = Noise()
        self.count = 0

    def start(self) -> None:
        """Watch from now on."""
        watch("subprocess.Popen", self.on_popen)
        for event, place in (("os.system", 0), ("os.exec", 1), ("os.posix_spawn", 1)):
            watch(event, partial(self.on_start, event, place))

    def on_start(self, event: str, place: int, arguments: tuple[Any, ...]) -> None:
        """A process is started in another way; the command is the argument at this place."""
        self.note(_words(arguments[place]), event)

    def on_popen(self, arguments: tuple[Any, ...]) -> None:
        """A process of the module `subprocess`, which all of Python's own ways to start one go through."""
        words = _words(arguments[1])
        number = self.note(words, "subprocess.Popen", arguments[2])
        process = _find_popen(sys._getframe(1))
        if process is not None and number is not None:
            _follow(process, number, self.recorder)

    def note(self, words: Sequence[str], by: str, folder: object = None) -> int | None:
        """Record that a program is started; gives its number."""
        self.count += 1
        if self.count > MOST_PROCESSES:
            return None
        cwd = os.path.join(os.getcwd(), folder) if isinstance(folder, str) else os.getcwd()
        self.recorder.emit(
            "process",
            n=self.count,
            command=list(words[:MOST_WORDS]),
            cwd=cwd,
            by=by,
            named=list(self.files_named(words, cwd)),
            **self.recorder.place_fields(),
        )
        return self.count

    def files_named(self, words: Sequence[str], folder: str) -> Iterator[dict[str, Any]]:
        """The files that stand on a command line, as they are before."""
        for word in words[1:MOST_WORDS]:
            for part in word.split() if " " in word else (word,):
                path = os.path.normpath(os.path.join(folder, part.rpartition("=")[2]))
                if (part.startswith("-") and "=" not in part) or self.noise.has(path):
                    continue
                state = find_state(path)
                if state is not None:
                    yield {"path": path, "size": state[0], "changed": state[1]}
                elif os.sep in part or "." in part:
                    yield {"path": path, "size": None, "changed": None}

    def finish(self) -> None:
        """Tell how many were left out."""
        if self.count > MOST_PROCESSES:
            self.recorder.emit("limit", what="processes", count=self.count - MOST_PROCESSES)


def _words(command: object) -> list[str]:
    """A command line as words; one that a shell takes apart is one word, or three with the shell."""
    if isinstance(command, str | bytes | os.PathLike):
        command = [command]
    if not isinstance(command, Sequence):
        return []
    return [_text(word) for word in command]


def _text(word: object) -> str:
    if isinstance(word, bytes):
        return os.fsdecode(word)
    return word if type(word) is str else str(word) if isinstance(word, os.PathLike) else "?"


def _find_popen(frame: FrameType | None) -> Any:
    """The `Popen` whose starting raised the event."""
    for _ in range(6):
        if frame is None:
            return None
        if frame.f_code.co_name == "_execute_child":
            return frame.f_locals.get("self")
        frame = frame.f_back
    return None


def _follow(process: Any, number: int, recorder: Recorder) -> None:
    """Record how a process ended when the program asks for it; nothing keeps the process alive for us."""
    found = weakref.ref(process)
    handle = type(process)._handle_exitstatus

    def note_end(*arguments: Any, **keywords: Any) -> Any:
        ended = found()
        if ended is None:
            return None
        result = handle(ended, *arguments, **keywords)
        recorder.emit("exit", n=number, code=ended.returncode)
        return result

    process._handle_exitstatus = note_end
