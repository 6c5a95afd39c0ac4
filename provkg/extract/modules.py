"""The program's own files: modules that it imports, programs that it runs, files that its cells write.

A notebook is seldom alone: `from utils import load`, `%run prepare.py`, `%%writefile model.py`. Such files
are read as data, like the document itself, and only below the folder that may be looked at; nothing of them
is imported or run.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from posixpath import dirname, join, normpath

from provkg.errors import SourceError
from provkg.extract.magics import parse_cell
from provkg.extract.steps import plan_fact, step_facts
from provkg.sources.document import Cell, Document
from provkg.sources.registry import read_document

LARGEST_MODULE = 2**20
"""Bytes; a larger file is data, or was not written by a person."""

SUFFIXES = (".py", "/__init__.py", ".ipynb")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a module: a cell of it, or a cell of the document that writes the file."""

    step: str
    """Id of the step in whose text it stands."""
    source: str
    tree: ast.Module
    is_own: bool = False
    """It stands in the document itself."""


@dataclass(frozen=True, slots=True)
class OwnModule:
    """A file of the program's own."""

    path: str
    """POSIX path relative to the project."""
    sections: tuple[Section, ...]


class Modules:
    """Finds the files that a document imports and runs."""

    def __init__(
        self,
        document: Document,
        project_root: Path | None,
        data_root: Path | None,
        names: frozenset[str] = frozenset(),
    ) -> None:
        """`names` are those of the modules that lie at hand: other imports are not looked for."""
        self._folder = dirname(document.path)
        self._root = project_root
        self._allowed = data_root.resolve() if data_root is not None else None
        self._names = set(names)
        self._written: dict[str, Section] = {}
        self._found: dict[str, OwnModule | None] = {}

    def write(self, path: str, step: str, body: str, first_line: int) -> None:
        """A cell of the document writes a file: `%%writefile model.py`."""
        try:
            tree = ast.parse(body)
        except (SyntaxError, ValueError, RecursionError):
            return
        ast.increment_lineno(tree, first_line - 1)
        self._names.add(path.partition("/")[0].removesuffix(".py"))
        self._written[self._place(path)] = Section(step, body, tree, is_own=True)

    def find_module(self, name: str, importer: str | None = None) -> OwnModule | None:
        """The module that an import of this name means, with dots where it is relative; None if not ours.

        `importer` is the path of the file that imports it, where that is not the document.
        """
        level = len(name) - len(name.lstrip("."))
        if not level and name.partition(".")[0] not in self._names:
            return None
        beside = self._folder if importer is None or not level else dirname(importer)
        folder = join(beside, *[".."] * max(0, level - 1))
        path = name.lstrip(".").replace(".", "/")
        for start in (folder,) if level else (folder, ""):
            for suffix in SUFFIXES:
                module = self.find_file(f"{path}{suffix}", start) if path else None
                if module is not None:
                    return module
        return None

    def find_file(self, path: str, folder: str | None = None) -> OwnModule | None:
        """The program in a file, by its path as the document would write it; None where there is none."""
        place = self._place(path, folder)
        if place not in self._found:
            self._found[place] = self._read(place)
        return self._found[place]

    def _place(self, path: str, folder: str | None = None) -> str:
        return normpath(join(self._folder if folder is None else folder, path))

    def _read(self, place: str) -> OwnModule | None:
        written = self._written.get(place)
        if written is not None:
            return OwnModule(place, (written,))
        file = self._locate(place)
        if file is None:
            return None
        return read_module(file, place, os.stat(file).st_mtime_ns)

    def _locate(self, place: str) -> Path | None:
        """The file at a place, if it may be looked at: a regular one below the allowed folder."""
        if self._root is None or self._allowed is None or place.startswith(("..", "/")):
            return None
        try:
            real = (self._root / place).resolve()
            if not real.is_relative_to(self._allowed) or not real.is_file():
                return None
            return real if os.path.getsize(real) <= LARGEST_MODULE else None
        except (OSError, ValueError, RuntimeError):
            return None


@lru_cache(maxsize=256)
def read_module(file: Path, place: str, changed: int) -> OwnModule | None:
    """The program in a file, as it was changed last; many documents may import the same one."""
    try:
        document = read_document(file, place)
    except SourceError:
        return None
    return OwnModule(place, tuple(sections_of(document)))


def sections_of(document: Document) -> list[Section]:
    """The parts of a program that can be gone through."""
    steps = step_facts(document, plan_fact(document, None), None, keep_source=False)
    found = []
    for cell, step in zip(document.cells, steps, strict=True):
        tree = parse_code(cell, document)
        if tree is not None:
            found.append(Section(step.id, cell.source, tree))
    return found


def parse_code(cell: Cell, document: Document) -> ast.Module | None:
    """The syntax tree of a cell; None where it holds no Python."""
    return parse_cell(cell.source, document.language).tree if cell.kind == "code" else None
