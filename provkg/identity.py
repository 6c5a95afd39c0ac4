"""Digests and stable ids, made from content alone.

An id is a relative reference, already percent-encoded, so that `graph.iris` only has to put a base in
front of it. `.` joins the parts behind `#`, so that ids stay legal local names in Turtle:

    document        notebooks/iris.ipynb
    its version     notebooks/iris.ipynb#v3fa9c1d2e4b5
    a cell of it    notebooks/iris.ipynb#v3fa9c1d2e4b5.cell-7f3e
    a definition    notebooks/iris.ipynb#v3fa9c1d2e4b5.cell-7f3e.df.L3
    a call          notebooks/iris.ipynb#v3fa9c1d2e4b5.cell-7f3e.call-L3C4

Things that have a name outside the project (a URL, a library, bytes we hashed) keep it: their ids are
absolute (`https:…`, `pkg:pypi/…`, `file:///…`) or tagged digests (`sha256:…`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from urllib.parse import quote

LONGEST_NAME = 80
"""Names longer than this are cut and told apart by their digest: an IRI is no place for 10 kB of text."""


def digest_bytes(data: bytes) -> str:
    """The tagged digest of `data`: "sha256:" and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_text(text: str) -> str:
    """The tagged digest of `text` as UTF-8; lone surrogates count as they stand."""
    return digest_bytes(text.encode("utf-8", "surrogatepass"))


def digest_texts(texts: Iterable[str]) -> str:
    """One digest for a list of texts; where one text ends and the next begins counts too."""
    return digest_text(json.dumps(list(texts)))


def short(digest: str) -> str:
    """The first 12 hexadecimal digits of a tagged digest: enough to tell versions of one file apart."""
    return digest.partition(":")[2][:12]


def encode_name(name: str) -> str:
    """`name` as one part of an id: percent-encoded, without dots, cut with a digest where it is very long.

    >>> encode_name("mean ± sd.csv")
    'mean%20%C2%B1%20sd%2Ecsv'
    """
    if name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME:
        return name
    if len(name) > LONGEST_NAME:
        name = name[:LONGEST_NAME] + "-" + short(digest_text(name))
    return quote(name.encode("utf-8", "replace"), safe="").replace(".", "%2E")


def encode_path(path: str) -> str:
    """A POSIX path as an id: every segment percent-encoded; what leads out of the project becomes `_up`.

    >>> encode_path("../my data/train.csv")
    '_up/my%20data/train.csv'
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    segments = ["_up" if part == ".." else part for part in parts]
    return "/".join(quote(segment.encode("utf-8", "replace"), safe="") for segment in segments)


def named_information(digest: str) -> str:
    """The RFC 6920 name of the bytes with this sha256 digest.

    >>> named_information("sha256:" + "00" * 32)
    'ni:///sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    raw = bytes.fromhex(digest.partition(":")[2])
    return "ni:///sha-256;" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def step_of(identity: str) -> str:
    """The id of the step in which the thing with this id stands.

    >>> step_of("iris.ipynb#v3fa9c1d2e4b5.cell-7f3e.df.L3")
    'iris.ipynb#v3fa9c1d2e4b5.cell-7f3e'
    """
    document, _, part = identity.rpartition("#")
    return document + "#" + ".".join(part.split(".", 2)[:2])
