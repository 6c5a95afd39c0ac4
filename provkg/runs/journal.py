"""Journals as they were written while programs ran, and which of them wait to become graphs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from provkg.capture.journal import NAME, is_held, parse_records
from provkg.capture.supervise import RUNS

DONE = "done"
"""The file beside a journal that says how many bytes of it have become a graph."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """The records of one run, in the order in which they were written."""

    records: tuple[Record, ...]
    size_bytes: int
    damaged: int = 0
    """Lines that are no records: the last one of a process that was killed, or others on a full disk."""

    @cached_property
    def by_kind(self) -> dict[str, list[Record]]:
        """Kind → its records."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record["k"], []).append(record)
        return found

    def of(self, *kinds: str) -> list[Record]:
        """The records of some kinds."""
        if len(kinds) == 1:
            return self.by_kind.get(kinds[0], [])
        return [record for record in self.records if record["k"] in kinds]

    def first(self, kind: str) -> Record:
        """The first record of a kind; an empty one where there is none."""
        return next(iter(self.of(kind)), {})

    def last(self, kind: str) -> Record:
        """The last record of a kind; an empty one where there is none."""
        return next(reversed(self.of(kind)), {})


def parse_journal(data: bytes) -> Journal:
    """The journal that `data` holds; lines that are cut or damaged are left out and counted."""
    records, damaged = parse_records(data)
    return Journal(tuple(records), len(data), damaged)


def read_journal(folder: Path) -> Journal:
    """The journal in the folder of a run.

    Raises:
        OSError: it cannot be read.
    """
    return parse_journal((folder / NAME).read_bytes())


def find_waiting(home: Path) -> Iterator[Path]:
    """Folders of the runs that are over and are no graphs yet, or went on since, in order of time."""
    try:
        names = sorted(os.listdir(home / RUNS))
    except OSError:
        return
    for name in names:
        folder = home / RUNS / name
        if _is_waiting(folder):
            yield folder


def _is_waiting(folder: Path) -> bool:
    journal = folder / NAME
    try:
        size = os.stat(journal).st_size
    except OSError:
        return False
    if size == 0 or _size_done(folder) == size:
        return False
    return not is_held(str(journal)) or _has_ended(journal)


def _has_ended(journal: Path) -> bool:
    """Whether a run is over although a process that it left behind still holds its journal."""
    try:
        return b'\n{"k":"end",' in journal.read_bytes()
    except OSError:
        return False


def _size_done(folder: Path) -> int | None:
    try:
        return int((folder / DONE).read_text("ascii"))
    except (OSError, ValueError):
        return None


def mark_done(folder: Path, size_bytes: int) -> None:
    """Note that so many bytes of the journal are a graph now."""
    (folder / DONE).write_text(f"{size_bytes}\n", "ascii")
