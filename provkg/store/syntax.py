"""Where and why a query is no SPARQL, for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyoxigraph as ox

from provkg.errors import QueryError, QuerySyntaxError

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)

PLAIN_WORDS = {
    "Prefix not found": "a prefix is not declared",
    "variable that is unbound": "a variable of SELECT is neither bound, grouped by nor counted",
}
"""What Oxigraph says in the midst of all that its grammar expects → what that means."""

WIDTH = 100

OF_THE_STORE = ("Corruption", "IO error", "No such file")
"""Words of RocksDB: then the store is at fault, not the query."""


@contextmanager
def explaining_query(sparql: str) -> Iterator[None]:
    """Oxigraph's error, if there is one, as ours.

    Raises:
        QuerySyntaxError: the query is not valid SPARQL.
        QueryError: it calls a function that is not there, or asks a server that does not answer.
    """
    try:
        yield
    except SyntaxError as error:
        raise explain_syntax(sparql, error.msg) from error
    except (OSError, RuntimeError) as error:
        if any(word in str(error) for word in OF_THE_STORE):
            raise
        raise QueryError(f"this query cannot be answered: {error}") from error


def check_syntax(sparql: str, prefixes: Mapping[str, str]) -> None:
    """Read a query as Oxigraph does, with these prefixes besides those that it declares.

    Raises:
        QuerySyntaxError: it is not valid SPARQL.
    """
    with explaining_query(sparql):
        ox.Store().query(sparql, prefixes=dict(prefixes))


def explain_syntax(sparql: str, said: str) -> QuerySyntaxError:
    """What Oxigraph says of a query, with the line and a mark below the place where it stopped reading."""
    found = _PLACE.match(said)
    reason = next((plain for words, plain in PLAIN_WORDS.items() if words in said), None)
    if found is None:
        return QuerySyntaxError(f"this is no SPARQL query: {reason or said}")
    line, column = int(found[1]), int(found[2])
    lines = sparql.split("\n")
    while line > 1 and not lines[line - 1].strip():  # it ends too early: say so where the text ends
        line, column = line - 1, len(lines[line - 2]) + 1
    start = max(0, column - WIDTH)
    message = f"this is no SPARQL query: {reason or 'it cannot be read from the mark on'}"
    excerpt = (lines[line - 1][start : start + 2 * WIDTH], " " * (column - 1 - start) + "^")
    return QuerySyntaxError(message, line=line, excerpt=excerpt)
