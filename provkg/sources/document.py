"""A notebook or script as it was read: cells, what was saved with them, and nothing interpreted yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from provkg.facts.factset import Problem

DocumentKind = Literal["notebook", "script"]
CellKind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; a plain script is one code cell, a percent script has several."""

    index: int
    """0-based position among all cells, markdown included."""
    kind: CellKind
    source: str
    id: str | None = None
    """The nbformat 4.5 cell id, where it is there, valid and unique in the document."""
    execution_count: int | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()
    """Saved outputs, shaped as nbformat 4 has them; `text` and `data` may still be lists of lines.

    What was written to one stream without a break is one output.
    """
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """File name → mime type → base64 text."""
    first_line: int = 1
    """1-based line of the file where a script's cell begins; 1 in notebooks."""


@dataclass(frozen=True, slots=True)
class Document:
    """A notebook or script as it was read."""

    path: str
    """POSIX path relative to the project (or the folder given), the document's name in the graph."""
    kind: DocumentKind
    format: str
    """"nbformat 4.5", "python", "percent": how the file is written."""
    language: str
    """Lower case: "python", "r", "julia", "scala"… from kernel or language metadata, guessed last."""
    cells: tuple[Cell, ...]
    digest: str
    """Tagged sha256 of the file's bytes."""
    size_bytes: int
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The notebook's metadata: kernelspec, language_info, papermill, widgets…"""
    problems: tuple[Problem, ...] = ()
    """What was odd about the file but could be read around."""

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that hold code, in document order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
