"""The document of a session: the notebook as its kernel knew it, cells edited or deleted since included."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from provkg.errors import SourceError
from provkg.identity import digest_text
from provkg.runs.journal import Journal, Record
from provkg.sources.document import Cell, Document
from provkg.sources.notebook import parse_notebook

FORMAT = "session"
"""How the document of a session is written: it never was a file."""


def session_document(journal: Journal, name: str, find_content: Callable[[str], bytes | None]) -> Document:
    """The notebook of a session, where all that ran still stands in it; else with what ran besides.

    A cell that was edited stands before what became of it, a deleted one behind the cell that ran before it.
    """
    notebook = find_notebook(journal, name, find_content)
    cells = Cells(list(notebook.cells) if notebook is not None else [])
    for record in journal.of("step"):
        if record.get("event") == "start" and isinstance(record.get("code"), str):
            cells.add(record)
    if notebook is not None and not cells.is_changed:
        return notebook
    return make_document(name, [replace(cell, index=index) for index, cell in enumerate(cells.cells)])


class Cells:
    """The cells of a session's document, as far as it was gone through."""

    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        self.saved = {cell.id for cell in cells if cell.id}
        """The ids of cells whose last text is the one that was saved."""
        self.place = 0
        """Behind the cell that ran last."""
        self.is_changed = False

    def add(self, record: Record) -> None:
        """Take in what ran, if no cell has its text yet."""
        known = [place for place, cell in enumerate(self.cells) if is_text_of(cell, record)]
        if known:
            self.place = known[0] + 1
            return
        self.is_changed = True
        identity = record.get("cell")
        before = [place for place, cell in enumerate(self.cells) if cell.id == identity is not None]
        if before and identity in self.saved:
            self.place, identity = before[0], None
        elif before:
            self.place = before[0] + 1
            self.cells[before[0]] = replace(self.cells[before[0]], id=None)
        self.cells.insert(self.place, Cell(0, "code", record["code"], id=identity))
        self.place += 1


def is_text_of(cell: Cell, record: Record) -> bool:
    """Is it this cell's text that ran?"""
    return cell.kind == "code" and digest_text(cell.source) in (
        record.get("digest"),
        digest_text(record["code"]),
    )


def find_notebook(
    journal: Journal, name: str, find_content: Callable[[str], bytes | None]
) -> Document | None:
    """The notebook's file as it was last kept."""
    for record in reversed(journal.of("notebook")):
        data = find_content(str(record.get("digest")))
        if data is not None:
            try:
                return parse_notebook(data, name)
            except SourceError:
                return None
    return None


def make_document(name: str, cells: list[Cell]) -> Document:
    """A document of these cells, which no file holds."""
    data = json.dumps([[cell.kind, cell.source] for cell in cells])
    return Document(
        path=name,
        kind="notebook",
        format=FORMAT,
        language="python",
        cells=tuple(cells),
        digest=digest_text(data),
        size_bytes=len(data),
    )
