"""The formats that a graph can be written in, and how each is known by name, suffix and media type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from provkg.errors import GraphError
from provkg.export.output import atomic_output

if TYPE_CHECKING:
    from pyoxigraph import Quad

__all__ = ["FORMATS", "Format", "atomic_output", "find_format", "guess_format", "write_graph"]

Writer = Callable[["Sequence[Quad]", str, BinaryIO, Mapping[str, str]], None]
"""Writes quads, in the format of that name, to the stream, with prefixes where the format has them."""


def _write_rdf(quads: Sequence[Quad], name: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    from provkg.export.rdf import write_rdf

    write_rdf(quads, name, stream, prefixes)


def _write_jsonld(quads: Sequence[Quad], _: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    from provkg.export.jsonld import write_jsonld

    write_jsonld(quads, stream, prefixes)


def _write_prov(quads: Sequence[Quad], name: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    from provkg.export.prov_document import write_prov

    write_prov(quads, name, stream, prefixes)


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a graph."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    write: Writer
    keeps_graphs: bool
    """Does it say which named graph a statement is in? Where not, all graphs are written as one."""


FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("turtle", "Turtle", (".ttl",), "text/turtle", _write_rdf, False),
        Format("trig", "TriG", (".trig",), "application/trig", _write_rdf, True),
        Format("nquads", "N-Quads", (".nq",), "application/n-quads", _write_rdf, True),
        Format("ntriples", "N-Triples", (".nt",), "application/n-triples", _write_rdf, False),
        Format("jsonld", "JSON-LD", (".jsonld",), "application/ld+json", _write_jsonld, True),
        Format("rdfxml", "RDF/XML", (".rdf", ".xml"), "application/rdf+xml", _write_rdf, False),
        Format("provjson", "PROV-JSON", (".provjson",), "application/json", _write_prov, True),
        Format("provn", "PROV-N", (".provn",), "text/provenance-notation", _write_prov, True),
        Format("provxml", "PROV-XML", (".provx",), "application/provenance+xml", _write_prov, True),
    )
}


def find_format(word: str) -> str | None:
    """The name of the format that is called so, or has this title or suffix; None where there is none.

    >>> find_format("ttl"), find_format("N-Quads"), find_format(".nt"), find_format("json")
    ('turtle', 'nquads', 'ntriples', None)
    """
    plain = "".join(filter(str.isalnum, word.lower()))
    if plain in FORMATS:
        return plain
    return next((format.name for format in FORMATS.values() if f".{plain}" in format.suffixes), None)


def guess_format(path: str | Path) -> str:
    """The name of the format that the suffix of `path` stands for.

    Raises:
        GraphError: no format has this suffix, or more than one could.
    """
    suffix = Path(path).suffix.lower()
    for format in FORMATS.values():
        if suffix in format.suffixes:
            return format.name
    if suffix == ".json":
        raise GraphError(
            ".json can be JSON-LD or PROV-JSON", path=str(path), hint="say which: -f jsonld or -f provjson"
        )
    known = ", ".join(suffix for format in FORMATS.values() for suffix in format.suffixes)
    raise GraphError(
        f"no format has the suffix {suffix!r}" if suffix else "the name has no suffix to guess a format by",
        path=str(path),
        hint=f"say the format with -f, or end the name in one of {known}",
    )


def write_graph(quads: Sequence[Quad], format: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    """Write the quads to `stream` in the format of that name; `prefixes` shorten IRIs where it allows that.

    The same sequence of quads gives the same bytes; JSON-LD is the same for every order of them.

    Raises:
        GraphError: there is no such format, or it cannot say what the graph says.
        MissingExtra: it needs a library that is not installed.
    """
    if format not in FORMATS:
        raise GraphError(f"there is no format {format!r}", hint="formats are " + ", ".join(FORMATS))
    FORMATS[format].write(quads, format, stream, prefixes)
