"""The values of variables after each assignment, and what they were computed from.

The first assignments of a statement and the last one are told; in a loop, those between are counted. Numbers
and short strings may be held until something is told of them, other objects never: they live as long as they
would without us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from provkg.capture.instrument import AssignmentSite

CLOSE_LOOKS = 4
"""Assignments of each statement whose values are summarised before only doublings are."""

LONGEST_HELD = 200
"""Characters of a string that may be held."""

PLAIN = (int, float, complex, bool, type(None))

Summarise = Callable[[str, Any], Any]


class Busy(Protocol):
    """Whether it is we who run in this thread."""

    is_busy: bool


class Nobody:
    """For whom nothing runs."""

    is_busy = False


@dataclass(slots=True)
class Assignments:
    """What all statements of a program share."""

    summarise: Summarise
    busy: Busy = field(default_factory=Nobody)
    is_on: bool = True
    latest: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(file, scope, name) → the line of the last assignment."""


class WatchedAssignment:
    """The probe of one assignment, and what it saw."""

    def __init__(self, site: AssignmentSite, shared: Assignments) -> None:
        self.site = site
        self.shared = shared
        self.count = 0
        self.told_count = 0
        self.looks: dict[str, list[tuple[int, Any]]] = {}
        """Name → number and summary of the first and the last value that were looked at."""
        self.held: dict[str, tuple[int, Any]] = {}
        """Name → number and plain value of the last assignment, not yet summarised."""
        self.sources: list[dict[tuple[str, int | None], None]] = [{} for _ in site.names]
        """For each name, those that were read for it, with the line where their value came from."""
        self.next_look = 1

    def __reduce__(self) -> Any:
        """In another process nobody watches."""
        return unwatched, (self.site,)

    def __call__(self, values: tuple[Any, ...]) -> None:
        """Note the values of the names, after the statement."""
        self.count += 1
        shared = self.shared
        if shared.busy.is_busy or not shared.is_on:
            return
        shared.busy.is_busy = True
        try:
            self.note(values)
        except Exception:  # noqa: S110 - the program goes on
            pass
        finally:
            shared.busy.is_busy = False

    def note(self, values: tuple[Any, ...]) -> None:
        """Note the values, closely where that is due."""
        number = self.count
        is_due = number >= self.next_look
        if is_due:
            self.next_look = number + 1 if number < CLOSE_LOOKS else number * 2
            self.note_sources()
        for name, value in zip(self.site.names, values, strict=False):
            kind = type(value)
            if kind in PLAIN or (kind is str and len(value) <= LONGEST_HELD):
                self.held[name] = number, value
                if name not in self.looks:
                    self.look(name, number, value)
            elif is_due:
                self.held.pop(name, None)
                self.look(name, number, value)

    def look(self, name: str, number: int, value: Any) -> None:
        """Summarise the value that an assignment gave a name."""
        looks = self.looks.setdefault(name, [])
        looks[1:] = [(number, self.shared.summarise(name, value))]

    def note_sources(self) -> None:
        """Where the names that stand in what is assigned got their values, then note this assignment."""
        site, latest = self.site, self.shared.latest
        for names, found in zip(site.sources, self.sources, strict=True):
            for name in names:
                line = latest.get((site.file, site.scope, name), latest.get((site.file, "", name)))
                found[name, line] = None
        for name in site.names:
            latest[site.file, site.scope, name] = site.line

    def told(self) -> Iterator[dict[str, Any]]:
        """What was seen since the last time, a record for each name."""
        if self.count == self.told_count:
            return
        count, self.told_count = self.count - self.told_count, self.count
        for name, (number, value) in self.held.items():
            if self.looks[name][-1][0] != number:
                self.look(name, number, value)
        looks, self.looks, self.held = self.looks, {}, {}
        sources, self.sources = self.sources, [{} for _ in self.site.names]
        for name, found in zip(self.site.names, sources, strict=True):
            seen = looks.get(name)
            if not seen:
                continue
            yield {
                "name": name,
                "file": self.site.file,
                "line": self.site.line,
                "scope": self.site.scope,
                "change": self.site.is_change,
                "count": count,
                "summary": seen[-1][1],
                "n": seen[-1][0],
                **({"first": seen[0][1]} if len(seen) > 1 else {}),
                "from": [[source, line] for source, line in found],
            }


def unwatched(site: AssignmentSite) -> WatchedAssignment:
    """A probe that tells nobody."""
    return WatchedAssignment(site, Assignments(summarise=lambda name, value: None, is_on=False))
