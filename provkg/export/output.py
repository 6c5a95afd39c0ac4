"""Output files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from provkg.errors import GraphError

STDOUT = "-"
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def atomic_output(path: str | Path) -> Iterator[BinaryIO]:
    """A stream whose bytes appear at `path` all at once, when the block ends well; `-` is standard output.

    Until then, and for good when the block fails, what was at `path` stays as it was. A new file takes over
    the permissions of the old one; a symbolic link keeps pointing where it did, and its target is replaced;
    devices and pipes are written to as they are.

    Raises:
        GraphError: the file cannot be written there, or the disk is full.
    """
    if str(path) == STDOUT:
        with _standard_output() as stream:
            yield stream
        return
    target = Path(os.path.realpath(path))
    with _explaining(path):
        stream, temporary = _open(target)
    try:
        with stream:
            yield stream
            stream.flush()
            if temporary is not None:
                os.fsync(stream.fileno())
        if temporary is not None:
            with _explaining(path):
                temporary.replace(target)
    except OSError as error:
        # Any other error in the block may be about what it reads: not ours to explain.
        if error.errno not in _NO_ROOM:
            raise
        raise _cannot_write(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Standard output, on which all is written in the end; a closed pipe is left for others to explain."""
    if sys.stdout is None:
        raise GraphError("cannot write to standard output: it is closed")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise GraphError(f"cannot write to standard output: {error.strerror}") from error


def _open(target: Path) -> tuple[BinaryIO, Path | None]:
    """A stream, and the temporary file that it fills; None for what is no file and is written in place."""
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if mode is not None and not stat.S_ISREG(mode):
        return target.open("wb"), None
    temporary = target.with_name(f".provkg-{secrets.token_hex(8)}.tmp")
    stream = temporary.open("xb")
    if mode is not None:
        temporary.chmod(stat.S_IMODE(mode))
    return stream, temporary


@contextmanager
def _explaining(path: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: str | Path, error: OSError) -> GraphError:
    return GraphError(
        f"cannot be written: {error.strerror or error}",
        path=str(path),
        hint="name another file with -o, or write to standard output with -o -",
    )
