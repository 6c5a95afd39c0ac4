"""What the data in a value come from: whose records they are, what else had influence on them.

Records keep their origin through everything that is done to them; a mean, a vocabulary or a fitted scaler is
mere influence of the data that it was computed from.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple

from provkg.facts.learning import Part

Reads = frozenset[Any]
"""Visits of the calls that brought data in, each an `Evaluation`; `values.py` stands above this module."""


class Maker(NamedTuple):
    """A model that made predictions, as it was trained then."""

    model: Any
    """Its `Value`."""
    training: Any
    """The visit that trained it last, None where none did yet."""


Makers = tuple[Maker, ...]
"""Each once, in the order in which they came up."""


class Content:
    """Where data come from; never changed, so that many values can share it."""

    __slots__ = ("_covering", "_influence", "influences", "makers", "part", "rows")

    def __init__(
        self,
        rows: Reads = frozenset(),
        influences: Reads = frozenset(),
        makers: Makers = (),
        part: Part | None = None,
    ) -> None:
        self.rows = rows
        """Reads whose records are in it."""
        self.influences = influences
        """Reads that only had influence on it."""
        self.makers = makers
        """Models whose predictions it is."""
        self.part = part
        """Which part of split data it is."""
        self._influence: Content | None = None
        self._covering: Content | None = None
        """What was last seen to cover it: what a list holds is put together at each look at the list."""

    @property
    def reads(self) -> Reads:
        """All reads that its values depend on."""
        return self.rows | self.influences if self.influences else self.rows

    def covers(self, other: Content) -> bool:
        """Whether the other one has nothing that this one lacks: then this one is both together."""
        if other._covering is self:
            return True
        is_covered = (
            (self.part == other.part or not (other.rows or other.part))
            and other.rows <= self.rows
            and other.influences <= self.influences
            and (not other.makers or self.has_makers(other.makers))
        )
        if is_covered:
            other._covering = self
        return is_covered

    def has_makers(self, makers: Makers) -> bool:
        """Whether it is predictions of all these models, among others."""
        if makers is self.makers:
            return True
        return len(makers) <= len(self.makers) and {*makers} <= {*self.makers}

    def as_influence(self) -> Content:
        """What is left of it in a statistic, or in what a model that was fitted to it gives."""
        if self._influence is None:
            has_more = bool(self.rows or self.part)
            self._influence = Content(influences=self.reads, makers=self.makers) if has_more else self
        return self._influence

    def of_part(self, part: Part | None) -> Content:
        """The same as a part of split data."""
        return self if part == self.part else Content(self.rows, self.influences, self.makers, part)

    def made_by(self, makers: Makers) -> Content:
        """The same as predictions of these models."""
        return Content(self.rows, self.influences, makers, self.part)


NOTHING = Content()


def merge_contents(contents: Iterable[Content | None]) -> Content | None:
    """What several things together come from; None where none of them comes from anywhere."""
    first: Content | None = None
    distinct: dict[int, Content] = {}
    for each in contents:
        if each is None or each is first:
            continue
        if first is None:
            first = each  # nearly always the only one
        else:
            distinct[id(each)] = each
    return reduce(merge_two, distinct.values(), first) if first is not None else None


def merge_two(one: Content, other: Content) -> Content:
    """What two things together come from; of a part only where both are, or the other is mere influence."""
    if one.covers(other):
        return one
    if other.covers(one):
        return other
    parts = {each.part for each in (one, other) if each.rows or each.part}
    return Content(
        one.rows | other.rows,
        one.influences | other.influences,
        tuple(dict.fromkeys((*one.makers, *other.makers)))
        if one.makers and other.makers
        else one.makers or other.makers,
        next(iter(parts)) if len(parts) == 1 else None,
    )
