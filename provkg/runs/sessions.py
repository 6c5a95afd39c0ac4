"""The document of a session: the notebook as its kernel knew it, cells edited or deleted since included."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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
    cells = list(notebook.cells) if notebook is not None else []
    texts = {digest_text(cell.source) for cell in cells if cell.kind == "code"}
    place, is_changed = 0, False
    for record in journal.of("step"):
        code = record.get("code")
        if record.get("event") != "start" or not isinstance(code, str):
            continue
        digest = record.get("digest") or digest_text(code)
        if digest in texts or digest_text(code) in texts:
            place = next((i for i, cell in enumerate(cells) if is_text_of(cell, record)), place - 1) + 1
            continue
        texts.add(digest)
        is_changed = True
        successor = next(
            (i for i, cell in enumerate(cells) if cell.id and cell.id == record.get("cell")), None
        )
        place = place if successor is None else successor
        identity = record.get("cell") if successor is None else None
        cells.insert(place, Cell(0, "code", code, id=identity if is_free(identity, cells) else None))
        place += 1
    if notebook is not None and not is_changed:
        return notebook
    return make_document(name, [replace(cell, index=index) for index, cell in enumerate(cells)])


def is_text_of(cell: Cell, record: Record) -> bool:
    """Is it this cell's text that ran?"""
    return cell.kind == "code" and digest_text(cell.source) in (
        record.get("digest"),
        digest_text(record["code"]),
    )


def is_free(identity: object, cells: list[Cell]) -> bool:
    """Is it an id that no other cell has?"""
    return isinstance(identity, str) and all(cell.id != identity for cell in cells)


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


def cell_texts(document: Document) -> Iterator[str]:
    """The texts of the code cells."""
    return (cell.source for cell in document.code_cells)
