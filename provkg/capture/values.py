"""What a value is, in few words: plain JSON that is small, says what can be said, and changes nothing.

A summary holds `type`, the class by its public name, and besides what is known of such values:

    kind         what is told
    scalar       value, or text where JSON cannot say it; length and digest of a text that is cut
    array        shape, dtype, digest, missing, min, max, mean
    table        rows, columns, names, dtypes, digest, missing and statistics by column
    container    length, the first items
    estimator    parameters, fitted attributes
    network      parameters by number, digest of the weights
    object       nothing else

`digest` is of the whole content; `sample_digest` stands for it where the content was too large for the time
that was given. Values of libraries are known by their classes in modules that the program has imported: no
library is imported here, no method that the program wrote is called, no iterator is moved, nothing lazy is
computed, and nothing is copied from another device.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import islice
from math import isfinite
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from provkg.capture.budgets import ITEMS_ENCODED, Budget
from provkg.capture.encoding import ContentHash, NotEncodable, add_items
from provkg.capture.kinds import (
    ancestors_of,
    is_importable,
    module_of,
    names_of_module,
    own_name,
    qualified_name,
)
from provkg.capture.models import MODELS
from provkg.capture.tables import TABLES

Summary = dict[str, Any]
Describe = Callable[[Any, Any], Summary]

LONGEST_TEXT = 200
"""Characters of a text that are kept; the rest is told by its digest."""
MOST_ITEMS = 5
"""Items of a container that are shown."""
DEEPEST = 2
"""Containers in containers that are looked into."""
MOST_BITS = 256
"""An integer of more is told by its size."""

_BY_TEXT = {
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("datetime", "timezone"), ("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID"),
    ("pathlib", "PosixPath"), ("pathlib", "WindowsPath"), ("pathlib", "PurePosixPath"),
    ("pathlib", "PureWindowsPath"), ("pathlib._local", "PosixPath"), ("pathlib._local", "WindowsPath"),
}  # fmt: skip
"""Classes of the standard library whose text says all, by module and name."""


def summarise(value: object, budget_seconds: float = 0.005, *, statistics: bool = True) -> Summary:
    """What a value is, as plain JSON; never an error, whatever the value does."""
    try:
        return Look(Budget(budget_seconds), statistics=statistics).at(value)
    except Exception:
        return {"type": name_of(value), "kind": "object"}


def name_of(value: object) -> str:
    """The class of a value by its public name."""
    try:
        return qualified_name(type(value))
    except Exception:
        return "object"


class Look:
    """One look at a value and what is in it, on one budget."""

    __slots__ = ("budget", "depth", "statistics")

    def __init__(self, budget: Budget, *, statistics: bool = True) -> None:
        self.budget = budget
        self.statistics = statistics
        """Whether the least, the greatest and the mean are wanted."""
        self.depth = 0

    def at(self, value: object) -> Summary:
        """What a value is."""
        kind = type(value)
        summary: Summary = {"type": qualified_name(kind)}
        summary.update(self._describe(value, kind))
        return summary

    def nested(self, value: object) -> Any:
        """What stands inside another value: a plain scalar as it is, anything else as its summary."""
        if value is None or type(value) is bool:
            return value
        if type(value) is int and value.bit_length() <= MOST_BITS:
            return value
        if type(value) is float and isfinite(value):
            return value
        if type(value) is str and len(value) <= LONGEST_TEXT:
            return value
        try:
            self.depth += 1
            return self.at(value)
        except Exception:
            return {"type": name_of(value), "kind": "object"}
        finally:
            self.depth -= 1

    def _describe(self, value: Any, kind: type) -> Summary:
        for base in ancestors_of(kind):
            describe = _DESCRIBED.get(id(base)) or _find_library(base)
            if describe is not None:
                return describe(value, self)
        return {"kind": "object"}


def _find_library(base: type) -> Describe | None:
    """What describes the values of a class of a library, if it really is that class."""
    known = _LIBRARIES.get(module_of(base).partition(".")[0])
    describe = known.get(own_name(base)) if known is not None else None
    return describe if describe is not None and is_importable(base) else None


# --- scalars ------------------------------------------------------------------------------------------------


def _describe_none(value: None, look: Look) -> Summary:
    return {"kind": "scalar", "value": None}


def _describe_bool(value: bool, look: Look) -> Summary:
    return {"kind": "scalar", "value": value}


def _describe_integer(value: int, look: Look) -> Summary:
    """An integer, or how many bits it has; of a subclass its number."""
    bits = int.bit_length(value)
    if bits > MOST_BITS:
        return {"kind": "scalar", "bits": bits}
    return {"kind": "scalar", "value": int.__add__(value, 0)}


def _describe_float(value: float, look: Look) -> Summary:
    number = float.__add__(value, 0.0) if value == value else value
    return {"kind": "scalar", **_number(number)}


def _number(number: float) -> Summary:
    return {"value": number} if isfinite(number) else {"text": float.__repr__(number)}


def _describe_complex(value: complex, look: Look) -> Summary:
    return {"kind": "scalar", "text": complex.__repr__(value)}


def _describe_text(value: str, look: Look) -> Summary:
    """A text, cut where it is long: then its length and digest are told."""
    length = str.__len__(value)
    if length <= LONGEST_TEXT:
        return {"kind": "scalar", "value": str.__str__(value) if type(value) is not str else value}
    summary: Summary = {
        "kind": "scalar",
        "value": str.__getitem__(value, slice(LONGEST_TEXT)),
        "length": length,
    }
    if look.budget.takes(length / 3e8):
        data = str.encode(value, "utf-8", "surrogatepass")
        summary["digest"] = "sha256:" + hashlib.sha256(data, usedforsecurity=False).hexdigest()
    return summary


def _describe_bytes(value: Any, look: Look) -> Summary:
    """Bytes by length and digest; their content may be anything, so none of it is shown."""
    data = memoryview(value)
    summary: Summary = {"kind": "scalar", "length": data.nbytes}
    if look.budget.takes(data.nbytes / 1e9):
        summary["digest"] = "sha256:" + hashlib.sha256(data, usedforsecurity=False).hexdigest()
    return summary


def _describe_range(value: range, look: Look) -> Summary:
    return {"kind": "scalar", "text": repr(value)}


def _describe_class(value: type, look: Look) -> Summary:
    return {"kind": "class", "name": qualified_name(value)}


def _describe_function(value: Any, look: Look) -> Summary:
    module, name = value.__module__, value.__qualname__
    if type(name) is not str or type(module) is not str:
        return {"kind": "function"}
    return {"kind": "function", "name": f"{module}.{name}"}


def _describe_builtin(value: Any, look: Look) -> Summary:
    return {"kind": "function", "name": value.__name__}


def _describe_method(value: MethodType, look: Look) -> Summary:
    """A bound method by its function; what else can be bound may answer as it likes."""
    function = MethodType.__getattribute__(value, "__func__")
    return _describe_function(function, look) if type(function) is FunctionType else {"kind": "function"}


def _describe_module(value: Any, look: Look) -> Summary:
    name = names_of_module(value).get("__name__")
    return {"kind": "module", "name": name} if type(name) is str else {"kind": "module"}


def _describe_by_text(value: Any, look: Look) -> Summary:
    """A date, a decimal, a path: by its text; what a class of the program makes of one is only named."""
    kind = type(value)
    if (module_of(kind), own_name(kind)) not in _BY_TEXT:
        return {"kind": "object"}
    return {"kind": "scalar", "text": str(value)[:LONGEST_TEXT]}


# --- containers ---------------------------------------------------------------------------------------------


def _describe_list(value: list[Any], look: Look) -> Summary:
    return _sequence(list.__len__(value), list.__iter__(value), value, "list", look)


def _describe_tuple(value: tuple[Any, ...], look: Look) -> Summary:
    return _sequence(tuple.__len__(value), tuple.__iter__(value), value, "tuple", look)


def _sequence(length: int, items: Iterable[Any], value: Any, kind: str, look: Look) -> Summary:
    summary: Summary = {"kind": "container", "length": length}
    if look.depth < DEEPEST:
        summary["first"] = [look.nested(each) for each in islice(items, MOST_ITEMS)]
    digest = _items_digest(length, value, kind, look)
    return {**summary, "digest": digest} if digest else summary


def _items_digest(length: int, value: Any, kind: str, look: Look) -> str | None:
    """The digest of a list or tuple of plain data; None where it holds anything else, or too much."""
    if length <= MOST_ITEMS or not look.budget.takes(length / ITEMS_ENCODED):
        return None
    content = ContentHash([kind, length])
    try:
        add_items(content, list(tuple.__iter__(value) if kind == "tuple" else list.__iter__(value)))
    except (NotEncodable, RecursionError):
        return None
    return content.digest


def _describe_dict(value: dict[Any, Any], look: Look) -> Summary:
    length = dict.__len__(value)
    summary: Summary = {"kind": "container", "length": length}
    if look.depth < DEEPEST:
        rows = islice(dict.items(value), MOST_ITEMS)
        summary["first"] = {_key(key): look.nested(each) for key, each in rows}
    return summary


def _key(key: object) -> str:
    if type(key) is str:
        return key[:LONGEST_TEXT]
    return repr(key) if type(key) in (int, float, bool, type(None)) else f"<{name_of(key)}>"


def _describe_set(value: Any, look: Look) -> Summary:
    """A set by its size, and its items where there are few that have an order: none of its own is stable."""
    base = set if set in ancestors_of(type(value)) else frozenset
    length = base.__len__(value)
    summary: Summary = {"kind": "container", "length": length}
    if length <= MOST_ITEMS:
        items = list(base.__iter__(value))
        if all(type(each) is str for each in items) or all(type(each) is int for each in items):
            summary["first"] = [look.nested(each) for each in sorted(items)]
    return summary


# --- which values are described by what ---------------------------------------------------------------------


def _described() -> dict[int, Describe]:
    rows: list[tuple[type, Describe]] = [
        (type(None), _describe_none),
        (bool, _describe_bool),
        (int, _describe_integer),
        (float, _describe_float),
        (complex, _describe_complex),
        (str, _describe_text),
        (bytes, _describe_bytes),
        (bytearray, _describe_bytes),
        (range, _describe_range),
        (type, _describe_class),
        (FunctionType, _describe_function),
        (BuiltinFunctionType, _describe_builtin),
        (MethodType, _describe_method),
        (ModuleType, _describe_module),
        (list, _describe_list),
        (tuple, _describe_tuple),
        (dict, _describe_dict),
        (set, _describe_set),
        (frozenset, _describe_set),
    ]
    return {id(kind): describe for kind, describe in rows}


_DESCRIBED = _described()
"""Identity of a built-in class → what describes its values; classes may bring a hash of their own."""

_LIBRARIES: dict[str, dict[str, Describe]] = {
    top: {**TABLES.get(top, {}), **MODELS.get(top, {})} for top in (*TABLES, *MODELS)
}
for _module, _name in sorted(_BY_TEXT):
    _LIBRARIES.setdefault(_module.partition(".")[0], {})[_name] = _describe_by_text
