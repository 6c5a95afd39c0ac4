"""The databases of SQLite that a program opens, and the statements that it sends them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from provkg.capture.audit import watch
from provkg.capture.frames import hide_frame
from provkg.capture.recorder import Recorder
from provkg.capture.settle import find_state

MOST_STATEMENTS = 500
"""Statements that are told apart; the values in them are taken out first."""
LONGEST_STATEMENT = 500

_VALUES = re.compile(r"'(?:[^']|'')*'|(?<![\w\"`.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b|\b[xX]'[0-9a-fA-F]*'")
_LISTS = re.compile(r"\?(?:\s*,\s*\?)+")
_WRITES = re.compile(r"\s*(?:insert|update|delete|replace|create|drop|alter|reindex|vacuum)\b", re.IGNORECASE)
_SILENT = re.compile(r"\s*(?:begin|commit|rollback|savepoint|release|end|--)", re.IGNORECASE)


class Databases:
    """The connections of this process."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.statements: dict[tuple[str, str], int] = {}

    def start(self) -> None:
        """Watch from now on."""
        watch("sqlite3.connect", self.on_connect)

    def on_import(self, name: str) -> None:
        """The module is about to take its `connect` from `_sqlite3`: it gets one that sees the connections.

        The event that tells of a connection comes before the connection can be told anything.
        """
        if name == "sqlite3.dbapi2":
            import _sqlite3

            _sqlite3.connect = self.make_connect(_sqlite3.connect)

    def on_connect(self, arguments: tuple[Any, ...]) -> None:
        """A database is about to be opened; its file is in the state in which it is read."""
        path = path_of(arguments[0])
        if path is not None:
            size, changed = find_state(path) or (None, None)
            place = self.recorder.place_fields()
            self.recorder.emit("database", path=path, mode="open", size=size, changed=changed, **place)

    def make_connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """`sqlite3.connect`, whose connections tell their statements, unless the program sets a callback."""

        def connect(*arguments: Any, **keywords: Any) -> Any:
            try:
                connection = original(*arguments, **keywords)
            except BaseException as error:
                hide_frame(error)
                raise
            path = path_of(arguments[0] if arguments else keywords.get("database"))
            if path is not None:
                connection.set_trace_callback(lambda statement: self.note(path, statement))
            return connection

        connect.__doc__ = original.__doc__
        connect.__module__ = original.__module__
        connect.__qualname__ = "connect"
        return connect

    def note(self, path: str, statement: str) -> None:
        """Record a statement, without the values in it, once for each text."""
        if _SILENT.match(statement):
            return
        text = strip_values(statement)
        seen = path, text
        self.statements[seen] = self.statements.get(seen, 0) + 1
        if self.statements[seen] == 1 and len(self.statements) <= MOST_STATEMENTS:
            mode = "write" if _WRITES.match(text) else "read"
            place = self.recorder.place_fields()
            self.recorder.emit("statement", path=path, mode=mode, text=text, **place)

    def finish(self) -> None:
        """Tell how many were left out."""
        if len(self.statements) > MOST_STATEMENTS:
            self.recorder.emit("limit", what="statements", count=len(self.statements) - MOST_STATEMENTS)


def path_of(database: object) -> str | None:
    """The absolute path of the file that a database is in; None for one in memory."""
    name = os.fsdecode(database) if isinstance(database, str | bytes | os.PathLike) else ""
    if name.startswith("file:"):
        name = name[5:].partition("?")[0]
    if not name or name.startswith(":") or name.endswith(":memory:"):
        return None
    return os.path.normpath(os.path.join(os.getcwd(), name))


def strip_values(statement: str) -> str:
    """A statement of SQL with a question mark for each value, and for each list of values.

    >>> strip_values("INSERT INTO t VALUES (1, 'it''s', -2.5)")
    'INSERT INTO t VALUES (?)'
    """
    text = _VALUES.sub("?", statement[: 4 * LONGEST_STATEMENT])
    return " ".join(_LISTS.sub("?", text).split())[:LONGEST_STATEMENT]
