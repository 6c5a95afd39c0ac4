r"""What a query may do: it reads what is stored, and makes the server fetch nothing.

Oxigraph follows SERVICE, and pyoxigraph cannot be told not to. So a query is looked through before it is
evaluated, token by token. That alone would not do, because Oxigraph's parser knows no tokens: it takes
`trueSERVICE:x` apart, and where an IRI cannot stand it reads `<` as an operator, so that

    FILTER(?a<1)SERVICE#>
    :x {?s ?p ?o}

holds an IRI for us, and a SERVICE for Oxigraph. Hence what is evaluated is not the text that came but one
that has a single reading: comments are gone, strings are written anew, and IRIs begin with an escape
(`<\u0068ttp:`), which Oxigraph takes nowhere else. A prefix that holds "service" gets another name, because
`service:x {` can be read as a keyword and a name. What is left is a word, and no other word holds "service".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from textwrap import shorten

from provkg.errors import RequestError
from provkg.store.tokens import Token, significant, tokens, unquote

_PROLOGUE = {"BASE", "PREFIX", "VERSION"}
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
_ERROR_PLACE = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): ")


@dataclass(frozen=True, slots=True)
class Query:
    """A query that may be evaluated: the text to evaluate, and what has to be known before."""

    text: str
    form: str
    """SELECT, ASK, CONSTRUCT or DESCRIBE; of what is none of these, its first keyword, or nothing."""
    has_dataset: bool
    """Does it say itself, with FROM, which graphs it asks?"""
    original: str
    starts: tuple[tuple[int, int], ...]
    """Where the pieces of `text` begin, there and in the original."""


def read_query(sparql: str) -> Query:
    """The query, if it may be evaluated.

    Raises:
        RequestError: 403 where it asks other servers or writes; 400 where it holds what is no token.
    """
    read = list(tokens(sparql))
    told = list(significant(read))
    _check_tokens(sparql, told)
    _check_service(sparql, told)
    form = next((token.keyword for token in told if token.keyword and token.keyword not in _PROLOGUE), "")
    if form in _UPDATES:
        raise RequestError(403, f"{form} writes, and this server only reads")
    renamed = _rename_prefixes(told)
    pieces = [_write(token, before, renamed) for before, token in pairwise((Token("space", "", 0), *read))]
    has_dataset = any(token.keyword == "FROM" for token in told)
    return Query("".join(pieces), form, has_dataset, sparql, tuple(_starts(read, pieces)))


def explain_error(message: str, query: Query) -> str:
    """What Oxigraph says of a query that it cannot read, with line and column of the query as it came.

    >>> explain_error("error at 1:16: expected }", read_query("ASK{<a>."))
    'line 1, column 9: expected }'
    """
    found = _ERROR_PLACE.search(message)
    if not found:
        return message
    place = find_offset(query.text, int(found["line"]), int(found["column"]))
    there, here = query.starts[bisect_right(query.starts, (place, len(query.original))) - 1]
    place = min(here + place - there, len(query.original))
    return (
        f"{_describe_place(query.original, place)}: {shorten(message[found.end() :], 200, placeholder=' …')}"
    )


def find_offset(text: str, line: int, column: int) -> int:
    """The number of characters before a place that is told as people count: lines and columns from 1."""
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1


def _describe_place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


def _check_tokens(sparql: str, told: Sequence[Token]) -> None:
    for token in told:
        try:
            if token.kind == "string":
                unquote(token.text)
        except (ValueError, OverflowError) as error:
            raise RequestError(400, f"{_describe_place(sparql, token.start)}: {error}") from error
        if token.kind == "broken":
            what = "this text has no end" if token.text[0] in "'\"" else f"{token.text[0]!r} begins nothing"
            raise RequestError(400, f"{_describe_place(sparql, token.start)}: {what}")


def _check_service(sparql: str, told: Sequence[Token]) -> None:
    for token in told:
        if "SERVICE" in token.keyword:
            raise RequestError(
                403,
                f"{_describe_place(sparql, token.start)}: SERVICE asks other servers, and this one does not",
                hint="ask each server for itself, and join what they answer",
            )


def _rename_prefixes(told: Sequence[Token]) -> dict[str, str]:
    """Other names for the prefixes that hold a keyword, each one that no prefix of the query has."""
    prefixes = {token.text.partition(":")[0] for token in told if token.kind == "name"}
    risky = sorted(prefix for prefix in prefixes if "service" in prefix.lower())
    return dict(zip(risky, (f"p{n}" for n in count() if f"p{n}" not in prefixes), strict=False))


def _write(token: Token, before: Token, renamed: Mapping[str, str]) -> str:
    """The token as it is read in one way only; the one before it counts where both are strings."""
    if token.kind == "comment":
        return " "
    if token.kind == "string":
        return " " * (before.kind == "string") + _quote(unquote(token.text))
    if token.kind == "iri" and token.text[1] not in ">\\":
        return f"<\\U{ord(token.text[1]):08X}{token.text[2:]}"
    if token.kind == "name":
        prefix, colon, local = token.text.partition(":")
        return renamed.get(prefix, prefix) + colon + local
    return token.text


def _quote(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n").replace("\r", "\\r") + '"'


def _starts(read: Sequence[Token], pieces: Sequence[str]) -> list[tuple[int, int]]:
    starts, place = [(0, 0)], 0
    for token, piece in zip(read, pieces, strict=True):
        starts.append((place, token.start))
        place += len(piece)
    return starts
