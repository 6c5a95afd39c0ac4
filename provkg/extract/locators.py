"""What a locator in a program names: a path, a URL, a database; its id, and its bytes where they lie at hand.

A relative path is resolved against the directory of the document (and the `%cd`s before it), so that the
same file has the same id in every notebook of a project.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from urllib.parse import quote

from provkg.extract.redaction import Redactor
from provkg.facts.execution import FileKind
from provkg.identity import encode_name, encode_path

LONGEST_PATH = 2_000
"""Longer than any file system allows: such a text is data, and its id is cut and told apart by a digest."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):(?=/|//|jdbc:)", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_DATABASES = frozenset(
    {"postgres", "mysql", "mariadb", "oracle", "mssql", "mongodb", "redis", "snowflake", "duckdb",
     "postgresql", "redshift", "clickhouse", "bigquery", "neo4j", "bolt", "cassandra", "hive", "trino",
     "presto"}
)  # fmt: skip
_AUTHORITY = re.compile(r"(?<=://)[^/?#]*")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN = Redactor()


@dataclass(frozen=True, slots=True)
class Location:
    """What a locator names."""

    id: str
    """Percent-encoded path below the project, or an absolute IRI."""
    kind: FileKind
    locator: str
    """As the program sees it, credentials redacted."""
    path: str | None
    """Normalised POSIX path relative to the project; None for what lies elsewhere."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a local file, as size and digest."""

    size_bytes: int
    digest: str | None
    """Tagged sha256; None for a file larger than the limit."""


def locate(locator: str, directory: str = "", redactor: Redactor = _PLAIN) -> Location:
    """What `locator` names for a program whose working directory is `directory`.

    `directory` is relative to the project ("" or "notebooks"), or absolute after a `%cd /content`.

    >>> locate("../data/train set.csv", "notebooks").id
    'data/train%20set.csv'
    >>> locate("https://example.org/a.csv?token=6fbd9c1d2e4b5a7f80").id
    'https://example.org/a.csv?token=%3Credacted%3E'
    """
    locator = redactor.redact(locator)
    if locator == ":memory:":
        return Location("urn:provkg:memory", "memory", locator, None)
    if _DRIVE.match(locator) or locator.startswith("\\\\"):
        return _locate_windows(locator)
    if locator.startswith("jdbc:"):
        return _locate_iri(locator, "database", redactor)
    scheme = _SCHEME.match(locator)
    if scheme:
        return _locate_scheme(locator, scheme[1].lower(), directory, redactor)
    if "\\" in locator and "/" not in locator:
        locator = locator.replace("\\", "/")
    return _locate_path(locator, directory)


def change_directory(directory: str, target: str) -> str:
    """The working directory after `cd target` in `directory`; home is "~".

    >>> change_directory("notebooks", "../data")
    'data'
    """
    if not target or target.startswith("~"):
        return target or "~"
    changed = normpath(join(directory, target.replace("\\", "/")))
    return "" if changed == "." else changed


def describe_file(path: str, root: Path, limit_bytes: int | None = None) -> FileContent | None:
    """Size and digest of the file at `path` below `root`, or None where there is none that may be opened.

    Only regular files are opened, and only those whose real place, symbolic links followed, is below
    `root`. A file over `limit_bytes` has a size and no digest.
    """
    try:
        top = root.resolve()
        real = (top / path).resolve()
        if not real.is_relative_to(top):
            return None
        return _read_content(real, limit_bytes)
    except (OSError, ValueError, RuntimeError):  # not there, not ours, a NUL in its name, a loop of links
        return None


def _read_content(path: Path, limit_bytes: int | None) -> FileContent | None:
    # Looked at before it is opened (a FIFO would block, a device could act) and again once it is open.
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            return None
        if limit_bytes is not None and state.st_size > limit_bytes:
            return FileContent(state.st_size, None)
        return FileContent(state.st_size, "sha256:" + hashlib.file_digest(file, "sha256").hexdigest())


def _locate_scheme(locator: str, scheme: str, directory: str, redactor: Redactor) -> Location:
    dialect = scheme.partition("+")[0]
    if dialect == "sqlite":
        return _locate_sqlite(locator, directory)
    if scheme == "file":
        kind: FileKind = "directory" if locator.endswith("/") else "file"
        return _locate_iri(locator, kind, redactor)
    if dialect in _DATABASES:
        return _locate_iri(locator, "database", redactor)
    return _locate_iri(locator, "url", redactor)


def _locate_iri(locator: str, kind: FileKind, redactor: Redactor) -> Location:
    redacted = redactor.redact_url(locator)
    return Location(_encode_iri(redacted), kind, redacted, None)


def _locate_sqlite(locator: str, directory: str) -> Location:
    """SQLAlchemy's form: `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` in memory."""
    name = locator.partition("://")[2].removeprefix("/").partition("?")[0]
    if name in ("", ":memory:"):
        return Location("urn:provkg:memory", "memory", locator, None)
    place = _locate_path(name, directory)
    return Location(place.id, "database", locator, place.path)


def _locate_windows(locator: str) -> Location:
    place = locator.replace("\\", "/")
    iri = f"file:{place}" if place.startswith("//") else f"file:///{place}"
    return Location(_encode_iri(iri), "directory" if place.endswith("/") else "file", locator, None)


def _locate_path(locator: str, directory: str) -> Location:
    kind: FileKind = "directory" if locator.endswith("/") or locator in ("", ".", "..") else "file"
    if len(locator) > LONGEST_PATH:
        return Location(encode_name(locator), kind, locator[:LONGEST_PATH], None)
    place = locator if locator.startswith("~") else normpath(join(directory, locator))
    if place.startswith(("/", "~")):
        absolute = "/" + normpath(place).lstrip("/")
        return Location("file://" + _encode(absolute, "/!$&'()*+,;=:@~"), kind, locator, None)
    return Location(encode_path(place) or "_root", kind, locator, place)


def _encode_iri(iri: str) -> str:
    """`iri` with everything percent-encoded that RFC 3987 does not allow where it stands."""
    if len(iri) > LONGEST_PATH:
        iri = iri[:100] + encode_name(iri[100:])
    head, hash_sign, fragment = iri.partition("#")
    encoded = _encode(head, "!$&'()*+,/:;=?@~%") + hash_sign + _encode(fragment, "!$&'()*+,/:;=?@~%")
    return _AUTHORITY.sub(_encode_authority, _BAD_PERCENT.sub("%25", encoded), count=1)


def _encode_authority(authority: re.Match[str]) -> str:
    """User, host and port; a second `@` and a port that is no number would make the IRI invalid."""
    user, at, host = authority[0].rpartition("@")
    name, colon, port = host.partition(":")
    host = name + colon + port if port.isdecimal() or not port else (name + colon + port).replace(":", "%3A")
    return user.replace("@", "%40") + at + host


def _encode(text: str, safe: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=safe)
