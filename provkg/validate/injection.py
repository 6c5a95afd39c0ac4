"""SPARQL of shapes, asked about all focus nodes in one query.

SHACL-SPARQL evaluates a query once for each focus node, with `$this` bound before everything else (section
5.3.1). Here the focus nodes are written into a named graph of the store, as objects of one statement each,
and a pattern that reads them is put at the beginning of each group of the query in which `$this` has to be
bound: at the beginning of WHERE, of subqueries, and of inner groups that speak of it other than in a triple.
What FILTER EXISTS asks is about the solution at hand anyway. So each focus node gets the solutions that it
would get alone, unless the query counts over all of them or cuts them off: `is_joint` is false then, and it
has to be asked about one focus node after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.store.tokens import Token, significant, tokens

NOTES = ox.NamedNode("urn:x-provkg:bound")
"""The named graph of the nodes that variables are bound to, and the subject in it."""

_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_FORBIDDEN = {"MINUS", "SERVICE", "VALUES"}


@dataclass(frozen=True, slots=True)
class Injected:
    """A query that reads what its variables are bound to from the store."""

    text: str
    is_joint: bool
    """Whether it can be asked about all focus nodes at once."""


@dataclass(slots=True)
class _Group:
    """What stands between two braces."""

    kind: str
    """body: of SELECT or ASK; exists; wrapper: of a subquery; plain: of all else."""
    start: int
    """Where its first token would stand."""
    speaks: set[str] = field(default_factory=set)
    """Variables that it speaks of other than in a triple directly in it."""
    names: set[str] = field(default_factory=set)
    """All variables that it speaks of, groups inside it included."""
    parentheses: int = 0


@dataclass(slots=True)
class _Select:
    """A SELECT, of the query or of a subquery, and what makes it one for each focus node or for all."""

    depth: int
    projected: set[str] = field(default_factory=set)
    is_grouped: bool = False
    grouped_by: set[str] = field(default_factory=set)
    is_cut: bool = False
    clause: str = "SELECT"


def inject(sparql: str, bound: Iterable[str]) -> Injected:
    """The query with the variables in `bound` (names, "this" among them) read from the store.

    Raises:
        ValidationError: the query has what SHACL does not allow (section 5.3.1 and appendix A).
    """
    reading = _Reading(frozenset(bound))
    for token in significant(tokens(sparql)):
        reading.take(token)
    reading.finish()
    parts: list[str] = []
    position = 0
    for start, names in sorted(reading.insertions):
        parts += [sparql[position:start], _bind(names)]
        position = start
    return Injected("".join((*parts, sparql[position:])), reading.is_joint)


def _bind(names: Iterable[str]) -> str:
    patterns = "".join(f" {NOTES} <{NOTES.value}:{name}> ?{name} ." for name in sorted(names))
    return f" GRAPH {NOTES} {{{patterns} }} "


class _Reading:
    """One pass over the tokens of a query, which finds where something has to be put in."""

    def __init__(self, bound: frozenset[str]) -> None:
        self.bound = bound
        self.insertions: list[tuple[int, frozenset[str]]] = []
        self.is_joint = True
        self._groups: list[_Group] = []
        self._selects: list[_Select] = []
        self._last = ""

    def take(self, token: Token) -> None:
        """Read the next token."""
        if token.text == "{":
            self._open(token)
        elif token.text == "}":
            self._close()
        elif token.kind == "variable":
            self._meet(token.text[1:])
        elif token.keyword:
            self._take_word(token.keyword)
        elif self._groups and token.text in ("(", ")"):
            self._groups[-1].parentheses += 1 if token.text == "(" else -1
        elif token.text == "*" and self._in_head("SELECT") and not self._groups:
            self._selects[-1].projected |= self.bound
        self._last = token.keyword or token.text

    def _take_word(self, word: str) -> None:
        if word in _FORBIDDEN:
            raise ValidationError(f"a query in a shape cannot have {word}", hint="see SHACL, section 5.3.1")
        if word in ("SELECT", "ASK"):
            if self._groups:
                self._groups[-1].kind = "wrapper"
            self._selects.append(_Select(len(self._groups)))
            if word == "ASK":
                self._selects[-1].projected |= self.bound
        elif self._selects and self._selects[-1].depth == len(self._groups):
            select = self._selects[-1]
            if word in ("GROUP", "HAVING", "ORDER"):
                select.clause = word
                select.is_grouped |= word != "ORDER"
            elif word in ("LIMIT", "OFFSET"):
                select.is_cut = True
        if word in _AGGREGATES and self._selects:
            self._selects[-1].is_grouped = True

    def _in_head(self, clause: str) -> bool:
        return bool(
            self._selects
            and self._selects[-1].depth == len(self._groups)
            and self._selects[-1].clause == clause
        )

    def _meet(self, name: str) -> None:
        if name not in self.bound:
            return
        if self._last == "AS":
            raise ValidationError(f"a query in a shape cannot bind ${name}", hint="see SHACL, section 5.3.1")
        if self._in_head("SELECT"):
            self._selects[-1].projected.add(name)
        elif self._in_head("GROUP"):
            self._selects[-1].grouped_by.add(name)
        elif self._groups:
            group = self._groups[-1]
            group.names.add(name)
            if group.parentheses:
                group.speaks.add(name)

    def _open(self, token: Token) -> None:
        start = token.start + 1
        if self._in_head("SELECT"):
            self._selects[-1].clause = "WHERE"
            self._groups.append(_Group("body", start))
        else:
            self._groups.append(_Group("exists" if self._last == "EXISTS" else "plain", start))

    def _close(self) -> None:
        if not self._groups:
            return
        group = self._groups.pop()
        if group.kind == "wrapper":
            group.names = self._end_select(self._selects.pop(), group.names)
        elif group.kind == "body":
            self._insert(group, frozenset(group.names) if self._groups else self.bound)
        elif group.kind == "plain":
            self._insert(group, frozenset(group.speaks))
        if self._groups:
            outer = self._groups[-1]
            outer.names |= group.names
            # What an inner group says of a variable counts only where that variable has a value in it.
            outer.speaks |= group.names if group.kind != "body" else set()

    def _insert(self, group: _Group, names: frozenset[str]) -> None:
        if names and not any(outer.kind == "exists" for outer in self._groups):
            self.insertions.append((group.start, names))

    def _end_select(self, select: _Select, names: set[str]) -> set[str]:
        """The bound variables that a subquery lets out: $this, and all that it speaks of."""
        if missing := ({"this"} | names) - select.projected:
            raise ValidationError(
                f"a subquery in a shape has to select ${min(missing)}", hint="see SHACL, section 5.3.1"
            )
        self._judge(select, names)
        return names & select.projected

    def _judge(self, select: _Select, names: set[str]) -> None:
        is_whole = names <= select.grouped_by if select.is_grouped else True
        if "this" in names and (select.is_cut or not is_whole):
            self.is_joint = False

    def finish(self) -> None:
        """Judge the query itself, whose clauses may stand behind its last brace."""
        if self._selects:
            self._judge(self._selects[0], {"this"})


@contextmanager
def binding(database: ox.Store, nodes: Mapping[str, Iterable[Any]]) -> Iterator[None]:
    """While the block runs, injected queries find these variables bound to these nodes."""
    quads = [
        ox.Quad(NOTES, ox.NamedNode(f"{NOTES.value}:{name}"), node, NOTES)
        for name, bound in nodes.items()
        for node in bound
    ]
    database.extend(quads)
    try:
        yield
    finally:
        database.remove_graph(NOTES)
