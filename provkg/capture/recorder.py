"""What observers write into: it adds time and step, takes credentials out, and never fails."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from json import JSONEncoder
from typing import Any

from provkg.capture.frames import UserCode, find_line, find_place
from provkg.capture.journal import Journal
from provkg.extract.redaction import Redactor

LONGEST_TEXT = 20_000
"""Characters of one text that are kept."""


def _name_type(value: object) -> str:
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


_encode = JSONEncoder(separators=(",", ":"), default=_name_type).encode


class Recorder:
    """Writes what is observed into the journal of a run."""

    def __init__(
        self,
        journal: Journal,
        script: str | None = None,
        redact: Sequence[str] = (),
        *,
        is_main: bool = True,
    ) -> None:
        self.journal = journal
        self.script = script
        """Path of the program as its code objects name it."""
        self.step: int | None = None
        """Number of the step that is running, set by who follows the steps."""
        self.lost = 0
        """Records that could not be made."""
        self.own = UserCode()
        self._redactor = Redactor(redact)
        self.is_main = is_main
        """Is this the process of the program, and not one that it started?"""
        self._main = os.getpid() if is_main else 0

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one record; whatever goes wrong is no concern of the program."""
        try:
            record = {"k": kind, "t": time.time(), "s": self.step, **fields}
            process = os.getpid()
            if process != self._main:
                record["p"] = process
            line = _encode(record)
            if self._redactor.redact(line) is not line:
                line = _encode(self._redact_value("", record))
            self.journal.write(line.encode("ascii") + b"\n")
        except Exception:
            self.lost += 1

    def redact(self, text: str) -> str:
        """The text without credentials."""
        return self._redactor.redact(text[:LONGEST_TEXT])

    def place(self) -> tuple[str, int] | None:
        """File and line of the nearest frame of the user's own code; None where there is none."""
        return find_place(sys._getframe(1), self.own)

    def place_fields(self) -> dict[str, Any]:
        """Where the program is: `source` and `line`, and `at`, which is the script's own line."""
        frame = sys._getframe(1)
        place = find_place(frame, self.own)
        if place is None:
            return {}
        fields: dict[str, Any] = {"source": place[0], "line": place[1]}
        if self.script is not None and (at := find_line(frame, self.script)) is not None:
            fields["at"] = at
        return fields

    def _redact_value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._redactor.redact_value(name, value) if name else self._redactor.redact(value)
        if isinstance(value, dict):
            return {key: self._redact_value(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return self._redact_list(name, value)
        return value

    def _redact_list(self, name: str, values: Sequence[Any]) -> list[Any]:
        """A list may be a command line, where `--password` stands before what it is about."""
        redacted: list[Any] = []
        before = ""
        for value in values:
            option = before.lstrip("-") if before.startswith("-") and "=" not in before else ""
            redacted.append(self._redact_value(option or name, value))
            before = value if isinstance(value, str) else ""
        return redacted


_current: Recorder | None = None


def current() -> Recorder | None:
    """The recorder of this process; None where nothing is recorded."""
    return _current


def set_current(recorder: Recorder | None) -> None:
    """Make a recorder that of this process."""
    global _current
    _current = recorder
