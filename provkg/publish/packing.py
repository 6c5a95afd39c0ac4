"""Crates on disk: a folder or a zip, there whole or not at all, and byte for byte the same each time."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote

from provkg.errors import GraphError
from provkg.export.output import atomic_output
from provkg.publish.crate import METADATA_FILE, PREVIEW_FILE
from provkg.publish.items import Item

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a zip: the earliest that the format knows."""
READABLE = 0o100644 << 16


def write_package(items: Sequence[Item], target: Path) -> None:
    """Write the files of a crate to a zip, where `target` is called so, else to a folder.

    A folder that is there already is replaced, if it is a crate or empty.

    Raises:
        GraphError: it cannot be written, or there is something else.
    """
    check_paths(items)
    try:
        if target.suffix.lower() == ".zip":
            with atomic_output(target) as stream:
                write_zip(items, stream)
        else:
            write_folder(items, target)
    except OSError as error:
        raise GraphError(
            f"cannot be written: {error.strerror or error}",
            path=str(target),
            hint="name another place with -o",
        ) from error


def check_paths(items: Iterable[Item]) -> None:
    """Find out that files would lie outside the crate, or on each other.

    Raises:
        GraphError: they would.
    """
    seen: set[str] = set()
    for item in items:
        if not is_inside(item.path):
            raise GraphError("a file would lie outside the crate", path=item.path)
        if item.path.lower() in seen:
            raise GraphError("two files of the crate would have one name", path=item.path)
        seen.add(item.path.lower())


def is_inside(path: str) -> bool:
    """Whether a relative path stays in the folder that it is put in.

    >>> is_inside("data/a.csv"), is_inside("../a.csv"), is_inside("/etc/passwd"), is_inside("C:/a")
    (True, False, False, False)
    """
    parts = PurePosixPath(path).parts
    is_plain = bool(parts) and ".." not in parts and not path.startswith("/")
    return is_plain and "\\" not in path and ":" not in parts[0] and "\0" not in path


def write_zip(items: Iterable[Item], stream: BinaryIO) -> None:
    """The files in a zip, sorted, all with the same time and rights."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for item in sorted(items, key=lambda each: each.path):
            entry = zipfile.ZipInfo(item.path, EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, READABLE, 3
            with archive.open(entry, "w") as target, open_item(item) as source:
                shutil.copyfileobj(source, target)


def open_item(item: Item) -> BinaryIO:
    """The bytes of an item as a stream."""
    from io import BytesIO

    return BytesIO(item.content) if isinstance(item.content, bytes) else item.content.open("rb")


def write_folder(items: Iterable[Item], target: Path) -> None:
    """The files in a folder, which takes its place in one instant."""
    folder = Path(os.path.realpath(target))
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".provkg-{secrets.token_hex(8)}.tmp")
    try:
        for item in items:
            path = staging / item.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream, open_item(item) as source:
                shutil.copyfileobj(source, stream)
        swap(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def check_replaceable(folder: Path) -> None:
    """Find out that a folder holds something that is not ours to remove.

    Raises:
        GraphError: it does.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise GraphError("there is a file of that name", path=str(folder), hint="name another place with -o")
    strange = sorted(find_strange(folder))
    if strange:
        raise GraphError(
            f"there is something in that folder that no crate of ours has: {strange[0]}",
            path=str(folder),
            hint="name an empty or a new folder with -o",
        )


def find_strange(folder: Path) -> set[str]:
    """The files below a folder that its own metadata do not name; all of them, where it is no crate."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    try:
        entities = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))["@graph"]
        named = {unquote(each["@id"]) for each in entities}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return there
    return there - named - {METADATA_FILE, PREVIEW_FILE}


def swap(staging: Path, folder: Path) -> None:
    """Put a folder in the place of another, which is removed."""
    if not folder.exists():
        staging.rename(folder)
        return
    old = folder.with_name(f".provkg-{secrets.token_hex(8)}.old")
    folder.rename(old)
    try:
        staging.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)
