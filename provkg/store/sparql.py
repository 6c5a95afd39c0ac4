"""What a client has to know of the shape of a query: its form, and how to ask for parts of its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provkg.store.tokens import Token, tokens

_PROLOGUE = re.compile(r"\s*(?:(?:BASE|PREFIX\s+[^\s:]*:)\s*<_*>\s*)*", re.IGNORECASE)
_FORM = re.compile(r"SELECT|ASK|CONSTRUCT|DESCRIBE", re.IGNORECASE)
_TRAILING_VALUES = re.compile(r"\bVALUES\b[^{}]*\{[^{}]*\}\s*$", re.IGNORECASE)
_FROM = re.compile(r"(?<![?$:\w-])FROM\s+(?:NAMED\b|<|\w*:)", re.IGNORECASE)
_PART = re.compile(r"\b(?:LIMIT|OFFSET)\b", re.IGNORECASE)
_VARIABLE = re.compile(r"[?$](\w+)")


def find_form(sparql: str) -> str | None:
    """What kind of query this is: "SELECT", "ASK", "CONSTRUCT" or "DESCRIBE"; None where it is no query.

    >>> find_form("PREFIX ask: <http://example.org/ask#> # SELECT?\\n construct { ?s ask:p ?o } {}")
    'CONSTRUCT'
    """
    blank = _blank(sparql)
    found = _FORM.match(blank, _end_of_prologue(blank))
    return found[0].upper() if found else None


def find_limit(sparql: str) -> int | None:
    """The most rows that the query itself asks for; None where it asks for all.

    >>> find_limit("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 3 } }"), find_limit("ASK {} LIMIT 5")
    (None, 5)
    """
    found = re.search(r"\bLIMIT\s+(\d+)", _tail(_blank(sparql)), re.IGNORECASE)
    return int(found[1]) if found else None


def write_page(sparql: str, variables: Sequence[str], limit: int, offset: int) -> str | None:
    """The query for some of the rows of a SELECT, in an order of its own that has no ties but equal rows.

    None where that cannot be said: the query asks for a part itself, names its graphs, or ends in VALUES. The
    query becomes a part of another one, because Virtuoso sorts no more than 10,000 rows at the outside.

    >>> print(write_page("SELECT ?s { ?s ?p ?o } ORDER BY ?s", ["s"], 10, 20))
    SELECT ?s WHERE { {
    SELECT ?s { ?s ?p ?o } ORDER BY ?s ?s
    } } LIMIT 10 OFFSET 20
    """
    if not variables or not _can_be_ordered(sparql):
        return None
    start = _end_of_prologue(_blank(sparql))
    names = " ".join(f"?{name}" for name in variables)
    return (
        f"{sparql[:start]}SELECT {names} WHERE {{ {{\n{_order(sparql[start:], names)}\n}} }} "
        f"LIMIT {limit} OFFSET {offset}"
    )


def find_template(sparql: str) -> str:
    """The variables of the triples that a CONSTRUCT makes.

    >>> find_template("CONSTRUCT { ?s a ?o . ?o ?p ?s } WHERE { ?s ?p ?o , ?x }")
    '?s ?o ?p'
    """
    blank = _blank(sparql)
    template = blank[_end_of_prologue(blank) :].partition("}")[0]
    return " ".join(f"?{name}" for name in dict.fromkeys(_VARIABLE.findall(template)))


def write_construct_page(sparql: str, limit: int, offset: int) -> str | None:
    """The CONSTRUCT of some of the solutions, in a fixed order; None where that cannot be said.

    >>> print(write_construct_page("CONSTRUCT { ?s a ?t } WHERE { ?s ?p ?t }", 10, 0))
    CONSTRUCT { ?s a ?t } WHERE { ?s ?p ?t } ORDER BY ?s ?t
     LIMIT 10 OFFSET 0
    """
    names = find_template(sparql)
    if not names or not _can_be_ordered(sparql):
        return None
    return f"{_order(sparql, names)}\n LIMIT {limit} OFFSET {offset}"


def write_construct_count(sparql: str) -> str:
    """The query for the number of solutions that a CONSTRUCT makes its triples of.

    >>> print(write_construct_count("CONSTRUCT { ?s a ?t } WHERE { ?s ?p ?t } # all"))
    SELECT (COUNT(*) AS ?count) WHERE { {
    SELECT ?s ?t WHERE { ?s ?p ?t } # all
    } }
    """
    blank = _blank(sparql)
    start = _end_of_prologue(blank)
    pattern = start + len("CONSTRUCT")
    if blank[pattern:].lstrip().startswith("{"):  # not the short form, CONSTRUCT WHERE { … }
        pattern = blank.index("}", start) + 1
    return (
        f"{sparql[:start]}SELECT (COUNT(*) AS ?count) WHERE {{ {{\n"
        f"SELECT {find_template(sparql)}{sparql[pattern:]}\n}} }}"
    )


def _can_be_ordered(sparql: str) -> bool:
    blank = _blank(sparql)
    return not (_PART.search(_tail(blank)) or _TRAILING_VALUES.search(blank) or _FROM.search(blank))


def _order(sparql: str, names: str) -> str:
    """The query, ordered by these variables where its own order leaves it open."""
    # Without comments, for the last one may have no end: a query in one line.
    text = "".join(token.text for token in tokens(sparql) if token.kind != "comment").rstrip()
    is_ordered = re.search(r"\bORDER\s+BY\b", _tail(_blank(text)), re.IGNORECASE)
    return f"{text} {names}" if is_ordered else f"{text} ORDER BY {names}"


def _tail(blank: str) -> str:
    """What stands behind the pattern: the modifiers of the whole query."""
    return blank.rpartition("}")[2]


def _end_of_prologue(blank: str) -> int:
    found = _PROLOGUE.match(blank)
    return found.end() if found else 0


def _blank(sparql: str) -> str:
    """The query with nothing in its texts, IRIs and comments, each as long as it was."""
    return "".join(map(_hide, tokens(sparql)))


def _hide(token: Token) -> str:
    if token.kind == "comment":
        return " " * len(token.text)
    if token.kind in ("string", "iri"):
        return token.text[0] + "_" * (len(token.text) - 2) + token.text[-1]
    return token.text
