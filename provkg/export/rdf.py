"""The text formats of RDF, written by pyoxigraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from provkg.errors import GraphError
from provkg.graph.terms import RDF

_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "nquads": RdfFormat.N_QUADS,
    "ntriples": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
}
_ELEMENT_NAME = re.compile(r"[^\W\d][\w.-]*$")
_ILLEGAL_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_rdf(quads: Sequence[Quad], name: str, stream: BinaryIO, prefixes: Mapping[str, str]) -> None:
    """Write the quads in the format called `name`; as triples, in the same order, where it has no graphs.

    XML has no way to say most control characters: RDF/XML gets their pictures instead (␛ for escape).

    Raises:
        GraphError: a predicate or class cannot be the name of an XML element.
    """
    format = _FORMATS[name]
    statements: Iterable[Quad | Triple] = quads
    if not format.supports_datasets:
        statements = _by_subject(quads)
        if name == "rdfxml":
            statements = _in_xml(statements)
    known = dict(prefixes) if name not in ("nquads", "ntriples") else None
    # The library decides by the first statement whether these are triples or quads; its types know one kind.
    data = serialize(statements, format=format, prefixes=known) or b""  # type: ignore[arg-type]
    # A bare carriage return, as pyoxigraph writes it, is a line feed to every reader of XML.
    stream.write(data.replace(b"\r", b"&#13;") if name == "rdfxml" else data)


def _by_subject(quads: Iterable[Quad]) -> list[Triple]:
    """The triples, none twice, with those about one subject together: graphs may share subjects."""
    subjects: dict[object, dict[Triple, None]] = {}
    for quad in quads:
        subjects.setdefault(quad.subject, {})[quad.triple] = None
    return [triple for triples in subjects.values() for triple in triples]


def legal_in_xml(text: str) -> str:
    """`text` with pictures for the characters that XML cannot have.

    >>> legal_in_xml("\\x1b[31mred")
    '␛[31mred'
    """
    if text.isprintable():
        return text
    return _ILLEGAL_IN_XML.sub(lambda found: _picture(found[0]), text)


def _picture(character: str) -> str:
    """The sign that stands for a control character (Unicode block "Control Pictures"), else U+FFFD."""
    return chr(0x2400 + ord(character)) if character < " " else "\N{REPLACEMENT CHARACTER}"


def _in_xml(triples: Iterable[Triple]) -> Iterator[Triple]:
    for triple in triples:
        _check_name(triple.predicate)
        if triple.predicate == RDF.type and isinstance(triple.object, NamedNode):
            _check_name(triple.object)  # the library writes classes as elements too
        if isinstance(triple.object, Literal):
            yield Triple(triple.subject, triple.predicate, _literal_in_xml(triple.object))
        else:
            yield triple


def _check_name(term: NamedNode) -> None:
    if not _ELEMENT_NAME.search(term.value):
        raise GraphError(
            f"RDF/XML cannot say <{term.value}>: it does not end in a name",
            hint="choose another format: -f turtle",
        )


def _literal_in_xml(literal: Literal) -> Literal:
    text = legal_in_xml(literal.value)
    if text == literal.value:
        return literal
    return (
        Literal(text, language=literal.language)
        if literal.language
        else Literal(text, datatype=literal.datatype)
    )
