"""Digests of the files that a program read and wrote, made when nothing of it is in a hurry any more."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

LARGEST_HASHED = 2**32
"""Files of more bytes than this get their size and no digest."""
CHUNK = 2**20

State = tuple[int, int]
"""Size in bytes and time of the last change in nanoseconds: what tells two contents of one file apart."""

Emit = Callable[..., None]


def find_state(path: str) -> State | None:
    """The state of a regular file; None for what is none, or is not there."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def hash_file(path: str, state: State, limit: int = LARGEST_HASHED) -> str | None:
    """The tagged digest of a file, if it is in this state before and after and not larger than `limit`."""
    if state[0] > limit:
        return None
    digest = sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            while chunk := os.read(descriptor, CHUNK):
                digest.update(chunk)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    return f"sha256:{digest.hexdigest()}" if find_state(path) == state else None


def settle(records: Iterable[Mapping[str, Any]], emit: Emit) -> None:
    """Emit the digest of each state in which files were read, and of that in which they are now.

    A state that is gone meanwhile is not known any more; that a file is not there any more is said too.
    """
    records = list(records)
    known = set()
    wanted: dict[tuple[str, State], None] = {}
    final: dict[str, None] = {}
    for record in records:
        kind, path = record["k"], record.get("path")
        if not isinstance(path, str):
            continue
        state = record.get("size"), record.get("changed")
        if kind == "digest":
            known.add((path, state))
        elif kind in ("file", "database"):
            if record.get("mode") != "write" and state[0] is not None:
                wanted[path, state] = None  # type: ignore[index]
            final[path] = None
    for process in [record for record in records if record["k"] == "process"]:
        settle_named(process, emit)
    for path, known_state in wanted:
        if (path, known_state) not in known and find_state(path) == known_state:
            emit_digest(emit, path, known_state)
            known.add((path, known_state))
    for path in final:
        now = find_state(path)
        if now is None:
            emit("gone", path=path)
        elif (path, now) not in known:
            emit_digest(emit, path, now)


def settle_named(process: Mapping[str, Any], emit: Emit) -> None:
    """Emit what has become of the files that stand on a command line."""
    for before in process.get("named") or ():
        now = find_state(before["path"])
        if now is not None:
            digest = hash_file(before["path"], now)
            fields = {"path": before["path"], "size": now[0], "changed": now[1], "digest": digest}
            emit("named", n=process["n"], of=process.get("p"), **fields)


def emit_digest(emit: Emit, path: str, state: State, limit: int = LARGEST_HASHED) -> None:
    """Emit the digest of a file in a state, where it can still be made."""
    digest = hash_file(path, state, limit)
    if digest is not None:
        emit("digest", path=path, size=state[0], changed=state[1], digest=digest)
