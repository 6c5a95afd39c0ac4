"""The files of a crate: their paths in it, their bytes, and what kind of file each is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

MEDIA_TYPES = {
    "bib": "application/x-bibtex",
    "cff": "application/yaml",
    "csv": "text/csv",
    "feather": "application/vnd.apache.arrow.file",
    "gz": "application/gzip",
    "h5": "application/x-hdf5",
    "html": "text/html",
    "ipynb": "application/x-ipynb+json",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "jsonld": "application/ld+json",
    "lock": "text/plain",
    "md": "text/markdown",
    "npy": "application/x-npy",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "png": "image/png",
    "py": "text/x-python",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "trig": "application/trig",
    "tsv": "text/tab-separated-values",
    "ttl": "text/turtle",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
}
"""Suffix → media type; the tables of operating systems differ, and bytes shall not."""

UNKNOWN_TYPE = "application/octet-stream"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the crate."""

    path: str
    """POSIX path in the crate."""
    content: bytes | Path
    """Its bytes, or the file that has them."""
    sha256: str
    size_bytes: int

    @property
    def id(self) -> str:
        """How the crate refers to it."""
        return encode_id(self.path)

    @property
    def media_type(self) -> str:
        """By its suffix."""
        return media_type_of(self.path)


def encode_id(path: str) -> str:
    """A path as a relative reference; a colon in the first segment would make it absolute.

    >>> encode_id("my data/a:b.csv")
    'my%20data/a%3Ab.csv'
    """
    return quote(path, safe="/!$&'()*+,;=@~-._")


def media_type_of(name: str) -> str:
    """The media type of a file of this name."""
    return MEDIA_TYPES.get(PurePosixPath(name).suffix.lower().lstrip("."), UNKNOWN_TYPE)


def make_item(path: str, data: bytes) -> Item:
    """A file of these bytes."""
    return Item(path, data, hashlib.sha256(data).hexdigest(), len(data))


def read_item(path: str, file: Path) -> Item:
    """A file that is copied when the crate is written."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            size += len(block)
    return Item(path, file, digest.hexdigest(), size)
