"""From ids and values to the nodes and literals of RDF, such that no input can make an illegal one.

Both become the text that N-Quads has for them (`Term`), which is what graphs are made of. The library writes
it, but for ids and strings in which there is nothing to check and nothing to escape.

an id below the project      <base>notebooks/iris.ipynb#v3fa9c1d2e4b5
a thing with its own name    https:…, pkg:pypi/pandas, file:///…: stands as it is
bytes that were hashed       ni:///sha-256;…  (RFC 6920)
a name of the language       https://w3id.org/provkg/python/pandas.read_csv: the same in every project
anything else                <base>_id/…, percent-encoded
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import NewType
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from provkg.errors import SettingsError
from provkg.facts.factset import Constant
from provkg.graph.terms import PREFIXES, PROVKG, SCHEMA, XSD
from provkg.identity import encode_name, named_information

Term = NewType("Term", str)
"""A node or a literal as N-Quads writes it: `<https://example.org/>`, `"iris.csv"`."""

PYTHON_NAMES = "https://w3id.org/provkg/python/"
"""Modules, functions and classes by their dotted name; beside our vocabulary, not in it."""

LONGEST_IRI = 2000
"""What browsers and triple stores take without trouble; a `data:` URL can have megabytes."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_VOCABULARIES = tuple(PREFIXES.values())
_is_plain = re.compile(r"[A-Za-z0-9\-._~/]*(?:#[A-Za-z0-9\-._~/]*)?").fullmatch
"""Is an id legal behind every base without another look? Nearly all are, as we make them ourselves."""
_RESERVED = "/:?#[]@!$&'()*+,;=~%"
_PRINTABLE = bytes(range(32, 127))
_ILLEGAL_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def check_base(base: str) -> str:
    """`base` itself, if ids can stand behind it.

    Raises:
        SettingsError: it is not an absolute IRI that ends in "/" or "#", or it is a vocabulary's.
    """
    problem = _find_base_problem(base)
    if problem:
        raise SettingsError(f"the base {base!r} {problem}", hint="for example https://w3id.org/my/project/")
    return base


def _find_base_problem(base: str) -> str | None:
    if not base.endswith(("/", "#")):
        return "does not end in / or #"
    if base.startswith(_VOCABULARIES):
        return "belongs to a vocabulary"
    if len(base) > LONGEST_IRI // 2:
        return "is too long"
    return None if _find_node(base + "id") else "is not an absolute IRI"


def make_node(identifier: str, base: str) -> NamedNode:
    """The node of the thing called `identifier`, whatever that text is."""
    iri = _to_iri(identifier, base)
    return _find_node(iri) or _find_node(_repair(iri)) or NamedNode(base + "_id/" + encode_name(identifier))


class Nodes(dict[str, Term]):
    """Id → its node as N-Quads writes it; each is made when it is first asked for."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self._takes_plain_ids = "#" not in base and not any(iri.startswith(base) for iri in _VOCABULARIES)

    def __missing__(self, identifier: str) -> Term:
        if self._takes_plain_ids and len(identifier) <= LONGEST_IRI // 2 and _is_plain(identifier):
            node: Term = f"<{self._base}{identifier}>"  # type: ignore[assignment] # a call costs more than this
        else:
            node = write_term(make_node(identifier, self._base))
        self[identifier] = node
        return node


def _find_node(iri: str) -> NamedNode | None:
    """The node of this IRI, if it is legal, not too long, and no vocabulary's."""
    if len(iri) > LONGEST_IRI or iri.startswith(_VOCABULARIES):
        return None
    try:
        return NamedNode(iri)
    except ValueError:
        return None


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI, as a graph's name has to be.

    >>> is_iri("https://w3id.org/my/a"), is_iri("graph.ttl"), is_iri("https://w3id.org/my a")
    (True, False, False)
    """
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _to_iri(identifier: str, base: str) -> str:
    if ":" in identifier:
        if _DIGEST.fullmatch(identifier):
            return named_information(identifier)
        if _SCHEME.match(identifier):
            return identifier
    # Ids never hold a bare ":", so it can stand for the "#" that an IRI has room for only once.
    return base + (identifier.replace("#", ":") if base.endswith("#") else identifier)


def _repair(iri: str) -> str:
    """Percent-encode what an IRI cannot hold: spaces and quotes in a URL as people write them."""
    return quote(iri.encode("utf-8", "replace"), safe=_RESERVED)


@lru_cache(4096)
def name_of_python(dotted_name: str) -> str:
    """The id of the module, function or class with this dotted name.

    >>> name_of_python("pandas.read_csv")
    'https://w3id.org/provkg/python/pandas.read_csv'
    """
    return PYTHON_NAMES + encode_name(dotted_name).replace("%2E", ".")


@lru_cache(4096)
def package_url(name: str, version: str | None = None, manager: str = "pypi") -> str:
    """The package URL of a library.

    >>> package_url("scikit-learn", "1.5.0")
    'pkg:pypi/scikit-learn@1.5.0'
    """
    purl = f"pkg:{encode_name(manager)}/{encode_name(name).replace('%2E', '.')}"
    return f"{purl}@{encode_name(version).replace('%2E', '.')}" if version else purl


def write_term(term: NamedNode | Literal) -> Term:
    """The term as N-Quads writes it."""
    return Term(str(term))


def text(value: str | None) -> Term | None:
    """A string; what XML cannot hold becomes U+FFFD, so that every format can say it."""
    return None if value is None else string(value)


def string(value: str) -> Term:
    """A string that is there.

    >>> string("df (cell 7, line 3)")
    '"df (cell 7, line 3)"'
    """
    # N-Quads has escapes for those two, and for some of what cannot be printed.
    if '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'  # type: ignore[return-value] # to call Term costs as much as all the rest
    return _escape(value)


def _escape(value: str) -> Term:
    """A string in which there may be something to escape; the library does it where much may be."""
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    if _is_printable(escaped):
        return Term(f'"{escaped}"')
    return write_term(Literal(_ILLEGAL_TEXT.sub("\N{REPLACEMENT CHARACTER}", value)))


def _is_printable(value: str) -> bool:
    """What `str.isprintable` says, in a third of its time for texts in ASCII."""
    return value.isprintable() if not value.isascii() else not value.encode().translate(None, _PRINTABLE)


word = lru_cache(4096)(string)
"""A string of which a graph says few, each often: the kind of something, a name."""


def number(value: float | None) -> Term | None:
    """An xsd:integer, or an xsd:double in its canonical form, which Turtle and JSON-LD write as a number."""
    if isinstance(value, float):
        return double(value)
    return None if value is None else integer(value)


def double(value: float) -> Term:
    """An xsd:double in its canonical form."""
    return write_term(Literal(_canonical_double(value), datatype=XSD.double))


@lru_cache(4096, typed=True)
def integer(value: int) -> Term:
    """An xsd:integer."""
    return write_term(Literal(value))


def _canonical_double(value: float) -> str:
    if not isfinite(value):
        return "NaN" if value != value else "INF" if value > 0 else "-INF"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    significant = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) - 1 + int(exponent) if significant != "0" else 0
    return f"{'-' * sign}{significant[0]}.{significant[1:] or '0'}E{power}"


def flag(value: bool) -> Term:
    """An xsd:boolean."""
    return _TRUE if value else _FALSE


_TRUE, _FALSE = write_term(Literal(True)), write_term(Literal(False))


def date_time(value: str | None) -> Term | None:
    """An xsd:dateTime, in UTC where the offset is known; None where `value` is no time in ISO 8601.

    Fractions are cut to milliseconds: HermiT calls anything finer malformed and gives up on the whole graph.
    """
    try:
        moment = datetime.fromisoformat(value or "")
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    precision = "milliseconds" if moment.microsecond else "seconds"
    lexical = moment.isoformat(timespec=precision).replace("+00:00", "Z")
    return write_term(Literal(lexical, datatype=XSD.dateTime))


def constant(value: Constant) -> tuple[NamedNode, Term]:
    """What says a constant: `schema:value` with a scalar, else `provkg:jsonValue` with JSON."""
    if isinstance(value, str):
        return SCHEMA.value, string(value)
    if isinstance(value, bool):
        return SCHEMA.value, flag(value)
    if isinstance(value, int):
        return SCHEMA.value, integer(value)
    if isinstance(value, float):
        return SCHEMA.value, double(value)
    return PROVKG.jsonValue, string(json.dumps(value, sort_keys=True, ensure_ascii=False))


def hexadecimal(digest: str) -> Term:
    """The digits of a tagged digest, as `sha256sum` prints them."""
    return string(digest.partition(":")[2] or digest)
