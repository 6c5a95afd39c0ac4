"""The exception that ended a program, as Python was about to show it."""

from __future__ import annotations

from contextlib import suppress
from types import FunctionType, TracebackType
from typing import Any

from provkg.capture.audit import watch
from provkg.capture.recorder import Recorder

MOST_FRAMES = 40
_PLAIN = (str, int, float, bool, bytes, type(None))
_arguments: Any = BaseException.__dict__["args"]


class Failures:
    """Exceptions that nobody caught."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def start(self) -> None:
        """Watch from now on."""
        watch("sys.excepthook", self.on_exception)

    def on_exception(self, arguments: tuple[Any, ...]) -> None:
        """An exception is shown; Python would show one that we raise here as well."""
        with suppress(Exception):
            self.note(*arguments)

    def note(self, _: object, kind: type, value: object, traceback: TracebackType | None) -> None:
        """Record an exception; a message that only the program's own code could make is left out."""
        frames = list(_frames(traceback))
        own = [frame for frame in frames if self.recorder.own[frame[0]]]
        fields: dict[str, Any] = {}
        if own:
            fields = {"source": own[-1][0], "line": own[-1][1]}
            at = [line for file, line, _ in own if file == self.recorder.script]
            fields |= {"at": at[-1]} if at else {}
        self.recorder.emit(
            "error",
            exception=name_of(kind),
            message=self.recorder.redact(message_of(value)),
            traceback=[list(frame) for frame in frames if frame[0] not in ("sys", "<string>")][-MOST_FRAMES:],
            **fields,
        )

    def finish(self) -> None:
        """Nothing is left to tell."""


def _frames(traceback: TracebackType | None) -> Any:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        yield code.co_filename, traceback.tb_lineno, code.co_qualname
        traceback = traceback.tb_next


def name_of(kind: type) -> str:
    """The name of an exception as a traceback shows it."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def message_of(value: object) -> str:
    """What an exception says, if no code of its own has to run for it."""
    if not isinstance(value, BaseException):
        return ""
    parts: tuple[object, ...] = _arguments.__get__(value)
    has_own_text = any(isinstance(vars(kind).get("__str__"), FunctionType) for kind in type(value).__mro__)
    if not has_own_text and all(type(part) in _PLAIN for part in parts):
        return str(value)
    first = parts[0] if parts else ""
    return first if type(first) is str else ""
