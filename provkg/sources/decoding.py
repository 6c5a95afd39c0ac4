"""Bytes and odd characters: what stands between a file and its text."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from provkg.errors import SourceError

Report = Callable[[str], None]
"""Takes the message of a problem that could be read around."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of UTF-16 pairs; alone they are no characters, and no file can hold them as UTF-8."""

REPLACEMENT = "\ufffd"

_FOREIGN_BEGINNINGS = {
    "PK\x03\x04": "a zip archive",
    "\x1f\x8b": "a gzip archive",
    "%PDF": "a PDF document",
    "\x89PNG": "a picture",
    "\x93NUMPY": "a NumPy array",
    "\x89HDF": "an HDF5 file",
    "\x7fELF": "a program",
    "SQLite format 3\x00": "a SQLite database",
}
_LFS_POINTER = "version https://git-lfs"
_WEB_PAGE = re.compile(r"\s*<(?:!doctype|html|head|\?xml|!--)", re.IGNORECASE)


def read_bytes(path: Path, name: str) -> bytes:
    """The bytes of a regular file.

    Raises:
        SourceError: there is no such file, it cannot be read, or it is a folder, pipe or device.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceError("this is a folder, not a notebook or script", path=name)
        if not stat.S_ISREG(mode):
            raise SourceError(
                "this is a pipe or device, not a file", path=name, hint="save it to a file first"
            )
        return path.read_bytes()
    except FileNotFoundError:
        if os.path.islink(path):
            message = f"this link leads to no file: it points to {os.readlink(path)}"
            raise SourceError(message, path=name) from None
        raise SourceError("there is no such file", path=name, hint="check the spelling of the path") from None
    except PermissionError:
        raise SourceError("no permission to read this file", path=name) from None
    except OSError as error:
        raise SourceError(f"cannot read this file: {error.strerror or error}", path=name) from None
    except ValueError:  # a NUL in the path
        raise SourceError("this is not a possible file name", path=name) from None


def decode_leniently(data: bytes, encoding: str, report: Report) -> str:
    """`data` as text in `encoding` or, where it is not that, the nearest text it can be."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 1}"
    try:
        text = data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        report(f"not valid {encoding.upper()} ({place}); read as Latin-1")
        return data.decode("latin-1")
    report("lone surrogates were replaced by U+FFFD")
    return SURROGATE.sub(REPLACEMENT, text)


def normalise_newlines(text: str) -> str:
    r"""`text` with every `\r\n` and `\r` as `\n`, the way Python itself counts lines."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def replace_surrogates(tree: Any) -> int:
    """Put U+FFFD for lone surrogates in all strings of a JSON value, in place; how many strings changed.

    Goes its way without recursion: a value may be nested as deeply as the JSON parser allows.
    """
    changed = 0
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if not isinstance(node, dict | list):
            continue
        for key, child in list(node.items() if isinstance(node, dict) else enumerate(node)):
            if isinstance(child, str):
                if _has_surrogates(child):
                    node[key] = SURROGATE.sub(REPLACEMENT, child)
                    changed += 1
            else:
                open_nodes.append(child)
        if isinstance(node, dict) and any(map(_has_surrogates, node)):
            items = [(SURROGATE.sub(REPLACEMENT, key), child) for key, child in node.items()]
            node.clear()
            node.update(items)
            changed += 1
    return changed


def check_is_text(text: str, name: str) -> None:
    """Refuse the well-known files that are saved in place of a notebook or script.

    Raises:
        SourceError: `text` is a web page, a Git LFS pointer, an archive, a picture…
    """
    if text.startswith(_LFS_POINTER):
        raise SourceError(
            "this is a Git LFS pointer, not the file itself", path=name, hint="run: git lfs pull"
        )
    if _WEB_PAGE.match(text):
        hint = "download the raw file instead of the page that shows it"
        raise SourceError("this is a web page", path=name, hint=hint)
    for beginning, what in _FOREIGN_BEGINNINGS.items():
        if text.startswith(beginning):
            raise SourceError(f"this is {what}, not text", path=name)


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and SURROGATE.search(text) is not None
