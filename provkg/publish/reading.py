"""Reads crates of anybody, zipped or not: nothing is unpacked, followed or fetched, and sizes have bounds."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from provkg.errors import GraphError
from provkg.publish.crate import METADATA_FILE
from provkg.publish.package import is_file_below
from provkg.publish.packing import is_inside
from provkg.resources import read_resource

LARGEST_METADATA = 100_000_000
LARGEST_GRAPH = 2_000_000_000
"""Bytes, unpacked; what is larger is refused, whatever a zip says of its sizes."""
MOST_MEMBERS = 1_000_000
BLOCK = 1 << 20

CONTEXTS: Mapping[str, str] = {
    "https://w3id.org/ro/crate/1.0/context": "ro-crate-1.1",
    "https://w3id.org/ro/crate/1.1/context": "ro-crate-1.1",
    "https://w3id.org/ro/crate/1.1-DRAFT/context": "ro-crate-1.1",
    "https://w3id.org/ro/crate/1.2/context": "ro-crate-1.2",
    "https://w3id.org/ro/crate/1.2-DRAFT/context": "ro-crate-1.2",
    "https://w3id.org/ro/crate/1.3/context": "ro-crate-1.2",
    "https://w3id.org/ro/terms/workflow-run/context": "workflow-run",
    "https://w3id.org/ro/terms/workflow-run": "workflow-run",
}
"""URL of a context → the one that is shipped for it; versions only add terms."""

Open = Callable[[str, int], bytes]
"""Name and most bytes → the content of a file of the crate."""


@dataclass(frozen=True, slots=True)
class CrateContent:
    """What a crate says."""

    name: str
    """How messages call it."""
    metadata: Mapping[str, Any]
    """Its JSON-LD, with contexts inline."""
    digest: str
    """Tagged sha256 of its metadata."""
    graph: bytes | None = None
    """The whole graph as TriG, where provkg wrote one."""
    notes: tuple[str, ...] = ()


def is_crate(path: Path) -> bool:
    """Whether a path looks like a crate: a zip, a folder with its metadata, or these."""
    return path.suffix.lower() == ".zip" or path.name == METADATA_FILE or (path / METADATA_FILE).is_file()


def read_crate(path: Path) -> CrateContent:
    """What a crate says.

    Raises:
        GraphError: it cannot be read, is no crate, is absurdly large, or is not what its own digests say.
    """
    with open_crate(path) as read:
        data = read(METADATA_FILE, LARGEST_METADATA)
        document, notes = parse_metadata(data, str(path))
        graph = read_graph(document, read, str(path))
    return CrateContent(
        str(path), document, "sha256:" + hashlib.sha256(data).hexdigest(), graph, tuple(notes)
    )


# --- files ----------------------------------------------------------------------------------------------


@contextmanager
def open_crate(path: Path) -> Iterator[Open]:
    """What reads files of a crate."""
    if path.name == METADATA_FILE:
        path = path.parent
    try:
        if not path.is_dir():
            with zipfile.ZipFile(path) as archive:
                yield open_zip(archive, str(path))
        else:
            yield lambda name, most: read_file(path, name, most)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise GraphError(f"this is not a zip that can be read: {error}", path=str(path)) from error
    except OSError as error:
        raise GraphError(f"cannot be read: {error.strerror or error}", path=str(path)) from error


def open_zip(archive: zipfile.ZipFile, name: str) -> Open:
    """What reads files of a crate in a zip, at its top or in its only folder."""
    members = archive.namelist()
    if len(members) > MOST_MEMBERS:
        raise GraphError(f"it has {len(members):,} files, more than any crate has", path=name)
    tops = [member for member in members if member.rpartition("/")[2] == METADATA_FILE]
    if not tops:
        raise GraphError(f"there is no {METADATA_FILE} in it", path=name, hint="it is no RO-Crate")
    folder = min(tops, key=lambda member: (member.count("/"), member)).removesuffix(METADATA_FILE)

    def read(member: str, most: int) -> bytes:
        try:
            entry = archive.getinfo(folder + member)
        except KeyError:
            raise GraphError(f"there is no {member} in it", path=name) from None
        if entry.flag_bits & 1:
            raise GraphError(f"{member} is encrypted", path=name)
        with archive.open(entry) as stream:
            return read_most(stream, most, f"{name}: {member}")  # type: ignore[arg-type] # it reads bytes

    return read


def read_file(folder: Path, name: str, most: int) -> bytes:
    """A file of a crate in a folder; links that lead out of it are not followed."""
    path = folder / name
    if not is_inside(name) or not is_file_below(path, folder.resolve()):
        raise GraphError(f"there is no {name} in it", path=str(folder))
    with path.open("rb") as stream:
        return read_most(stream, most, str(path))


def read_most(stream: BinaryIO, most: int, name: str) -> bytes:
    """All that a stream gives, block by block.

    Raises:
        GraphError: it gives more.
    """
    blocks, size = [], 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > most:
            raise GraphError(f"it has more than {most:,} bytes, which no crate needs", path=name)
        blocks.append(block)
    return b"".join(blocks)


# --- metadata -------------------------------------------------------------------------------------------


def parse_metadata(data: bytes, name: str) -> tuple[Mapping[str, Any], list[str]]:
    """The metadata with contexts inline and names for blank nodes, and what had to be left aside.

    Raises:
        GraphError: they are no flattened JSON-LD.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))
        entities = document["@graph"]
        assert isinstance(entities, list)  # noqa: S101 - told as any other fault
        if not all(isinstance(each, dict) and isinstance(each.get("@id"), str) for each in entities):
            raise ValueError("an entity has no @id")
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
        raise GraphError(
            f"its metadata are no flattened JSON-LD: {error or 'no list of entities'}", path=name
        ) from error
    notes: list[str] = []
    contexts = document.get("@context", [])
    listed = contexts if isinstance(contexts, list) else [contexts]
    inline = [found for each in listed if (found := inline_context(each, notes)) is not None]
    try:
        return {"@context": inline, "@graph": name_blank_nodes(entities)}, notes
    except RecursionError as error:
        raise GraphError("its metadata are nested too deeply", path=name) from error


def inline_context(context: Any, notes: list[str]) -> Any:
    """A context, or what is shipped for its URL; None for one that nobody knows, which is noted."""
    if not isinstance(context, str):
        return (
            {key: value for key, value in context.items() if key != "@import"}
            if isinstance(context, dict)
            else None
        )
    known = CONTEXTS.get(context.replace("http://", "https://").rstrip("/"))
    if known is None:
        notes.append(f"the context {context} is not shipped with provkg; its terms are left out")
        return None
    return json.loads(read_resource(f"contexts/{known}.jsonld"))["@context"]


def name_blank_nodes(value: Any) -> Any:
    """The same with `#_x` for `_:x`: readers would call blank nodes otherwise each time."""
    if isinstance(value, list):
        return [name_blank_nodes(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = {key: name_blank_nodes(each) for key, each in value.items() if key != "@context"}
    if isinstance(named.get("@id"), str) and named["@id"].startswith("_:"):
        named["@id"] = f"#_{named['@id'][2:]}"
    return named


def read_graph(document: Mapping[str, Any], read: Open, name: str) -> bytes | None:
    """The whole graph that provkg writes beside the metadata, if it is what their digest says.

    Raises:
        GraphError: it was changed since.
    """
    for each in document["@graph"]:
        if each["@id"] == "provenance.trig" and "provkg" in str(document["@context"]) and "sha256" in each:
            data = read("provenance.trig", LARGEST_GRAPH)
            if hashlib.sha256(data).hexdigest() != each["sha256"]:
                raise GraphError(
                    "provenance.trig is not what the crate's metadata say: it was changed since",
                    path=name,
                    hint="take the crate as it was published, or load provenance.trig itself",
                )
            return data
    return None
