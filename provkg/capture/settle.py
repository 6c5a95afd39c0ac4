"""Digests of the files that a program read and wrote, made when nothing of it is in a hurry any more."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

LARGEST_HASHED = 2**30
"""Files of more bytes than this get their size and no digest."""
MOST_HASHED = 2**33
"""Bytes that are hashed in the end of a run, of all files together."""
CHUNK = 2**20

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

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
    digest, left = sha256(), state[0]
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            while left > 0 and (chunk := os.read(descriptor, min(left, CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
            found = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return None
    is_same = left == 0 and (found.st_size, found.st_mtime_ns) == state and stat.S_ISREG(found.st_mode)
    return f"sha256:{digest.hexdigest()}" if is_same else None


def settle(records: Iterable[Mapping[str, Any]], emit: Emit) -> None:
    """Emit the digest of each state in which files were read, and of that in which they are now.

    A state that is gone meanwhile is not known any more; that a file is not there any more is said too.
    """
    records = list(records)
    known, wanted, opened = _survey(records)
    ended = {(record["n"], record.get("p")) for record in records if record["k"] == "exit"}
    for record in records:
        if record["k"] == "process" and (record["n"], record.get("p")) not in ended:
            settle_named(record, emit)
    now = {path: find_state(path) for path in dict.fromkeys([*(path for path, _ in wanted), *opened])}
    for path in opened:
        if now[path] is None:
            emit("gone", path=path)
    there = [(path, state) for path, state in wanted if now[path] == state]
    left = MOST_HASHED
    for path, state in dict.fromkeys([*there, *((path, now[path]) for path in opened)]):
        if state is None or (path, state) in known:
            continue
        left -= state[0]
        if left < 0:
            emit("limit", what="digests of files", count="some")
            return
        emit_digest(emit, path, state)


def _survey(
    records: Iterable[Mapping[str, Any]],
) -> tuple[set[tuple[str, State]], dict[tuple[str, State], None], dict[str, None]]:
    """States whose digest is known, states in which files were read, and the files that were opened."""
    known: set[tuple[str, State]] = set()
    wanted: dict[tuple[str, State], None] = {}
    opened: dict[str, None] = {}
    for record in records:
        for named in record.get("named") or ():
            if named["size"] is not None:
                wanted[named["path"], (named["size"], named["changed"])] = None
        kind, path, size = record["k"], record.get("path"), record.get("size")
        if not isinstance(path, str):
            continue
        if kind == "digest":
            known.add((path, (record["size"], record["changed"])))
        elif kind in ("file", "database"):
            if record.get("mode") != "write" and size is not None:
                wanted[path, (size, record["changed"])] = None
            opened[path] = None
    return known, wanted, opened


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
