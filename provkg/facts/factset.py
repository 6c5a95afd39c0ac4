"""The fact set: facts of one producer about one source, and how they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from provkg.facts import Fact

How = Literal["declared", "inferred", "observed", "recorded"]
"""Said by a person, concluded from code, seen while it ran, read from what a saved file says of its run."""

Confidence = Literal["resolved", "convention", "unresolved"]
"""Names and values followed to their origin; concluded from a well-known name; only the text is known."""

Severity = Literal["error", "warning", "info"]

Scalar = str | int | float | bool | None
Constant = Scalar | list["Constant"] | dict[str, "Constant"]
"""A value that stands in the program's text, as JSON can say it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of code; lines are 1-based within the cell, columns 0-based UTF-8 offsets as in `ast`."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says so, and how they know."""

    producer: str
    """"provkg.extract", "provkg.capture", or the foreign tool's name."""
    version: str
    how: How


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or followed; everything else still was."""

    where: str
    """The id of the step or document it is about, or a path before there are ids."""
    message: str
    severity: Severity = "warning"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FactSet:
    """What one producer knows about one source in one way: it becomes one named graph."""

    id: str
    """Id of the set, and so of its graph: "iris.ipynb#inferred"."""
    source: str
    """Id of the document it is about."""
    origin: Origin
    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    base: str | None = None
    """What its ids are to be put behind, where that was decided when the facts were found."""
