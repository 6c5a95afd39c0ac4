"""Finds notebooks and scripts, and the reader that each one needs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from provkg.errors import SourceError
from provkg.facts.factset import Problem
from provkg.sources.decoding import check_is_text, read_bytes
from provkg.sources.document import Document
from provkg.sources.notebook import parse_notebook
from provkg.sources.script import MARKER, parse_script

Parser = Callable[[bytes, str], Document]

PARSERS: dict[str, Parser] = {
    ".ipynb": parse_notebook,
    ".py": parse_script,
    ".pyw": parse_script,
    ".ipy": parse_script,
}
"""Suffix in lower case → what makes a document of a file's bytes and its name."""

FOUND_SUFFIXES = frozenset({".ipynb", ".py"})
"""What is looked for in folders; other files have to be named."""

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_ENVIRONMENT_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
_PYTHON = re.compile(
    r"#![^\n]*python|^(?:import \w|from [\w.]+ import |def \w+\(|class \w+[(:])", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class FoundSources:
    """Notebooks and scripts in a fixed order, and where it was not possible to look."""

    files: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


def read_document(path: Path, name: str) -> Document:
    """The notebook or script in the file `path`, called `name` from here on, by its suffix or its content.

    Raises:
        SourceError: the file cannot be read, or is neither.
    """
    if parse := PARSERS.get(path.suffix.lower()):
        return parse(
            read_bytes(path, name), name
        )  # no name for the bytes, so that the parser can let go of them
    data = read_bytes(path, name)
    return _sniff_parser(data, name)(data, name)


def parse_document(data: bytes, path: Path, name: str) -> Document:
    """The notebook or script that these bytes are, as if they stood in the file `path`.

    Raises:
        SourceError: they are neither.
    """
    parse = PARSERS.get(path.suffix.lower()) or _sniff_parser(data, name)
    return parse(data, name)


def find_sources(root_paths: Sequence[Path]) -> FoundSources:
    """All notebooks and scripts below the folders, and the files named themselves, each once.

    Hidden files and folders, virtual environments and installed packages are left out, unless they are
    named. Links to folders are not followed: what they lead to inside is found under its own name, and
    what lies outside was not asked for. A path that does not exist counts as a file; reading it says so.
    """
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for root in root_paths:
        for path in _find_below(root, problems) if os.path.isdir(root) else [root]:
            files.setdefault(os.path.realpath(path), path)
    return FoundSources(tuple(files.values()), tuple(problems))


def _sniff_parser(data: bytes, name: str) -> Parser:
    """The parser for content that no suffix announces."""
    text = data[:65536].decode("utf-8-sig", "replace").replace("\r", "\n")
    if text.lstrip().startswith("{"):
        return parse_notebook
    check_is_text(text, name)
    if _PYTHON.search(text) or MARKER.search(text):
        return parse_script
    hint = "notebooks have the suffix .ipynb, scripts .py"
    raise SourceError("this is neither a notebook nor a Python script", path=name, hint=hint)


def _find_below(root: Path, problems: list[Problem]) -> list[Path]:
    """Notebooks and scripts below a folder, sorted; of a file and links to it, the file."""
    files: list[Path] = []
    links: list[Path] = []
    open_folders = [root]
    while open_folders:
        folder = open_folders.pop()
        for entry in _list_folder(folder, folder == root, problems):
            path = Path(entry.path)
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                open_folders.append(path)
            elif path.suffix in FOUND_SUFFIXES:
                if entry.is_file(follow_symlinks=False):
                    files.append(path)
                else:
                    problems.append(Problem(str(path), "a pipe or device, not a file", "info"))
    found = {os.path.realpath(path): path for path in files}
    for link in sorted(links):
        if target := _follow(link, root, problems):
            found.setdefault(target, link)
    return sorted(found.values(), key=lambda path: path.parts)


def _list_folder(folder: Path, is_root: bool, problems: list[Problem]) -> list[os.DirEntry[str]]:
    """What is to be seen in a folder; nothing in an environment, whose code is not the project's."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(Problem(str(folder), f"cannot look into this folder: {error.strerror or error}"))
        return []
    if not is_root and any(entry.name in _ENVIRONMENT_MARKS for entry in listed):
        return []
    return [entry for entry in listed if entry.name[0] != "." and entry.name not in _SKIPPED_FOLDERS]


def _follow(link: Path, root: Path, problems: list[Problem]) -> str | None:
    """The file that a link leads to, if that is a source below `root`."""
    target, folder = os.path.realpath(link), os.path.realpath(root)
    is_source = link.suffix in FOUND_SUFFIXES
    if os.path.commonpath([target, folder]) != folder:
        if is_source or os.path.isdir(target):
            problems.append(Problem(str(link), "a link that leads out of the folder; not followed", "info"))
        return None
    if not is_source or os.path.isdir(target):
        return None
    if os.path.isfile(target):
        return target
    problems.append(Problem(str(link), f"this link leads to no file: it points to {os.readlink(link)}"))
    return None
