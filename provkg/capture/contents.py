"""Bytes that are kept, by their digest: the program's own source text, and models where that is asked for."""

from __future__ import annotations

import os

from provkg.identity import digest_bytes

FOLDER = "contents"
LARGEST_SOURCE = 2**20
"""Bytes; a larger file is data, or was not written by a person."""


def content_path(home: str, digest: str) -> str:
    """Where the bytes with a digest are kept, below the folder `home` of a project (`.provkg`)."""
    name = digest.partition(":")[2]
    return os.path.join(home, FOLDER, name[:2], name)


def keep_content(home: str, data: bytes) -> str:
    """Keep bytes for their owner alone, and give their digest.

    Raises:
        OSError: they cannot be written.
    """
    digest = digest_bytes(data)
    path = content_path(home, digest)
    if os.path.exists(path):
        return digest
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    return digest


def find_content(home: str, digest: str) -> bytes | None:
    """The bytes with a digest, where they are kept and still whole."""
    try:
        with open(content_path(home, digest), "rb") as file:
            data = file.read()
    except OSError:
        return None
    return data if digest_bytes(data) == digest else None
