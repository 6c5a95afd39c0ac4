"""Which columns of a table go into something, as far as the program names them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, or the one of a column."""

    chosen: Names | None = None
    """Names by which they were selected; None where nothing was selected, or not by name."""
    dropped: Names = ()
    """Names by which others were taken away."""
    derived: tuple[tuple[str, Names], ...] = ()
    """Columns made in the program, each with the columns that it was made from."""
    given_up: Names = ()
    """Those of the dropped ones that had been selected by name before."""

    @property
    def used(self) -> Names | None:
        """The selected columns whose values are in it, those that derived columns were made from included."""
        if self.chosen is None:
            return None
        return tuple(dict.fromkeys([*self.chosen, *self.used_up]))

    @property
    def unused(self) -> Names:
        """The columns taken away of which nothing is left."""
        return tuple(name for name in self.dropped if name not in self.used_up)

    @property
    def used_up(self) -> Names:
        """Selected columns that were dropped after others had been made from them."""
        return tuple(name for name in self.given_up if name in self.bases)

    @property
    def bases(self) -> set[str]:
        """What derived columns were made from."""
        return {base for _, bases in self.derived for base in bases}

    @property
    def derived_names(self) -> Names:
        """Names of the columns made in the program."""
        return tuple(name for name, _ in self.derived)


ANY = Columns()
"""A table of which nothing is known."""


def select(columns: Columns | None, names: Iterable[str]) -> Columns:
    """What is left after `table[names]`.

    >>> select(Columns(dropped=("id",)), ["a", "b"])
    Columns(chosen=('a', 'b'), dropped=('id',), derived=(), given_up=())
    """
    known, chosen = columns or ANY, tuple(dict.fromkeys(names))
    derived = tuple(each for each in known.derived if each[0] in chosen)
    return Columns(chosen, tuple(name for name in known.dropped if name not in chosen), derived)


def select_unknown(columns: Columns | None) -> Columns | None:
    """What is left after a selection that is not by name: of a single column, that column."""
    if columns is None or columns.chosen is None or len(columns.chosen) == 1:
        return columns
    return Columns(None, columns.dropped)


def drop(columns: Columns | None, names: Iterable[str]) -> Columns:
    """What is left after `table.drop(columns=names)`."""
    known, gone = columns or ANY, dict.fromkeys(names)
    return Columns(
        None if known.chosen is None else tuple(name for name in known.chosen if name not in gone),
        tuple(dict.fromkeys([*known.dropped, *gone])),
        tuple(each for each in known.derived if each[0] not in gone),
        tuple(dict.fromkeys([*known.given_up, *(name for name in gone if name in (known.chosen or ()))])),
    )


def derive(columns: Columns | None, name: str, source: Columns | None) -> Columns:
    """What there is after `table[name] = …`; a column computed from itself is no new one."""
    known = columns or ANY
    bases = source.chosen or () if source is not None else ()
    made_from = dict(known.derived)
    roots = tuple(dict.fromkeys(root for base in bases for root in made_from.get(base, (base,))))
    if name in bases or name in (known.chosen or ()):
        return known
    derived = tuple(each for each in known.derived if each[0] != name)
    dropped = tuple(each for each in known.dropped if each != name)
    return replace(known, dropped=dropped, derived=(*derived, (name, roots)))


def set_aside(columns: Columns | None, names: Iterable[str]) -> Columns | None:
    """What is left when columns become the index."""
    if columns is None or columns.chosen is None:
        return columns
    gone = set(names)
    return replace(columns, chosen=tuple(name for name in columns.chosen if name not in gone))


def rename(columns: Columns | None, names: Mapping[str, str]) -> Columns | None:
    """What there is after `table.rename(columns=names)`."""
    if columns is None:
        return None

    def new(old: Names) -> Names:
        return tuple(names.get(name, name) for name in old)

    derived = tuple((names.get(name, name), bases) for name, bases in columns.derived)
    return replace(columns, chosen=None if columns.chosen is None else new(columns.chosen), derived=derived)


def combine(several: Iterable[Columns | None]) -> Columns | None:
    """The columns of tables put together; nothing is known of what one of them is not known of."""
    distinct = list(dict.fromkeys(several))
    if not distinct or None in distinct:
        return None
    return reduce(_combine_two, [each for each in distinct if each is not None])


def unite(one: Columns | None, other: Columns | None) -> Columns | None:
    """The columns that something computed from two tables comes from."""
    if one is None or other is None:
        return one or other
    return combine((one, other))


def _combine_two(one: Columns, other: Columns) -> Columns:
    chosen = (*one.chosen, *other.chosen) if one.chosen is not None and other.chosen is not None else None
    there = {*(one.chosen or ()), *(other.chosen or ())}
    return Columns(
        None if chosen is None else tuple(dict.fromkeys(chosen)),
        tuple(name for name in dict.fromkeys([*one.dropped, *other.dropped]) if name not in there),
        tuple(dict.fromkeys([*one.derived, *other.derived])),
        tuple(dict.fromkeys([*one.given_up, *other.given_up])),
    )


def read_formula(formula: str) -> tuple[Columns, Columns] | None:
    """Target and features of a formula as R writes them; None where it cannot be read.

    >>> [side.chosen for side in read_formula("y ~ x1 + np.sin(x1) + C(group, Sum):x2") or ()]
    [('y',), ('x1', 'x2', 'group')]
    """
    left, tilde, right = formula.partition("~")
    if not tilde:
        return None
    target, features = _names_in(left), _names_in(right)
    return None if target is None or features is None else (Columns(target), Columns(features))


def _names_in(side: str) -> Names | None:
    """The columns that one side of a formula names, functions and modules left out."""
    try:
        tree = ast.parse(side.replace(":", "*").replace("^", "**").strip() or "0", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    # Of `C(group, Treatment)` only the first argument is a column.
    codings = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "C"
        for argument in (*call.args[1:], *(keyword.value for keyword in call.keywords))
        for part in ast.walk(argument)
    }
    called = {id(call.func) for call in ast.walk(tree) if isinstance(call, ast.Call)}
    owners = {id(part.value) for part in ast.walk(tree) if isinstance(part, ast.Attribute)}
    names: list[str] = []
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and id(part) not in called | owners | codings:
            names.append(part.id)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "Q":
            names += [str(each.value) for each in part.args if isinstance(each, ast.Constant)]
    return tuple(dict.fromkeys(names))
