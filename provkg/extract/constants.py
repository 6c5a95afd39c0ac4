"""Constant folding: the strings, numbers and paths that a program would compute, without running it."""

from __future__ import annotations

import ast
import operator
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, product
from math import prod
from pathlib import PurePosixPath
from typing import Any

from provkg.extract.values import MISSING, Value
from provkg.facts.factset import Constant

LONGEST_TEXT = 10_000
MOST_COMBINATIONS = 16
MOST_NUMBER_BITS = 256

MOST_PARTS = 5000
"""Parts of a literal, those of its parts included; one with more is no constant."""

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

PATH_TYPES = frozenset(
    f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath", "WindowsPath")
)

TEXT_METHODS = frozenset(
    {"capitalize", "casefold", "format", "join", "lower", "lstrip", "removeprefix", "removesuffix", "replace",
     "rstrip", "split", "strip", "title", "upper", "zfill"}
)  # fmt: skip


def fold_operation(kind: type[ast.operator], left: Any, right: Any) -> Any:
    """`left OP right` for constants, or MISSING where it fails or would be large."""
    operation = OPERATORS.get(kind)
    if operation is None or not _stays_small(kind, left, right):
        return MISSING
    try:
        return operation(left, right)
    except Exception:  # whatever the program's own values make of it, it is just not a constant
        return MISSING


COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda left, right: left is right or (left == right and type(left) is type(right)),
    ast.IsNot: lambda left, right: left is not right and not (left == right and type(left) is type(right)),
}


def fold_comparison(kind: type[ast.cmpop], left: Any, right: Any) -> Any:
    """`left OP right` for constants, or MISSING where it fails."""
    comparison = COMPARISONS.get(kind)
    if comparison is None:
        return MISSING
    try:
        return bool(comparison(left, right))
    except Exception:  # the program's own mistake, not ours
        return MISSING


def _stays_small(kind: type[ast.operator], left: Any, right: Any) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        texts = [side for side in (left, right) if isinstance(side, str)]
        if kind is ast.Add:
            return len(texts) == 2 and sum(map(len, texts)) <= LONGEST_TEXT
        if kind is ast.Mod:
            return isinstance(left, str) and _is_modest_format(left)
        count = right if isinstance(left, str) else left
        return kind is ast.Mult and isinstance(count, int) and len(texts[0]) * count <= LONGEST_TEXT
    if kind is ast.Pow:
        return (
            all(isinstance(side, (int, float)) for side in (left, right))
            and abs(left) < 2**32
            and abs(right) <= 64
        )
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length() <= MOST_NUMBER_BITS
    return isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex))


def _is_modest_format(text: str) -> bool:
    """No width in a format makes a text of gigabytes, neither one that is written nor one that is given."""
    if any("{" in field.partition("}")[0] for field in text.split(":")[1:]):
        return False
    digits = 0
    for character in text:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 4 or character == "*":
            return False
    return len(text) <= LONGEST_TEXT


def fold_text_method(text: str, method: str, arguments: list[Any], keywords: Mapping[str, Any]) -> Any:
    """`text.method(…)` for constants, or MISSING."""
    if method not in TEXT_METHODS or len(text) > LONGEST_TEXT:
        return MISSING
    if method == "format" and not (_is_modest_format(text) and "!" not in text and not _reaches_into(text)):
        return MISSING
    if method == "zfill" and not (arguments and isinstance(arguments[0], int) and arguments[0] < 1000):
        return MISSING
    try:
        folded = getattr(text, method)(*arguments, **keywords)
    except Exception:  # the program's own mistake, not ours
        return MISSING
    return folded if not isinstance(folded, str) or len(folded) <= LONGEST_TEXT else MISSING


def _reaches_into(text: str) -> bool:
    """A format such as "{0.attribute}" or "{0[key]}" looks into its arguments."""
    fields = [field.partition("}")[0] for field in text.split("{")[1:]]
    return any("." in field.partition(":")[0] or "[" in field for field in fields)


def join_path(parts: Iterable[str]) -> str:
    """Paths joined as `os.path.join` and `pathlib` do, without touching a disk."""
    return posixpath.join(*parts)


def plain_path(*parts: Any) -> str:
    """Parts as one path the way `pathlib` writes it: no slash at the end, no `.` in between."""
    return str(PurePosixPath(*map(str, parts)))


def folder_of(path: str) -> str:
    """The folder that holds a path; above the working directory it is `..`.

    >>> folder_of("code/train.py"), folder_of("train.py"), folder_of(folder_of("train.py"))
    ('code', '', '..')
    """
    if path in ("", "."):
        return ".."
    return f"{path}/.." if path == ".." or path.endswith("/..") else posixpath.dirname(path)


def folders_above(path: str) -> tuple[str, ...]:
    """The folders above a path, the nearest first, as far as one is likely to ask."""
    folders = [folder_of(path)]
    while len(folders) < 8:
        folders.append(folder_of(folders[-1]))
    return tuple(folders)


def alternatives(value: Value) -> list[Any]:
    """The constants that a value may be; empty where one of them is not known."""
    constants = [each.constant for each in value.each()]
    return [] if any(constant is MISSING for constant in constants) else constants


def combine(values: list[Value], fold: Callable[..., Any], type_name: str | None = None) -> Value:
    """Fold constants, for each combination of their alternatives; unknown where one is not constant."""
    choices = [alternatives(value) for value in values]
    if not all(choices):
        unknown = Value(type_name)
        if any(value.is_cut for value in values):
            unknown.is_cut = True
        return unknown
    if all(len(choice) == 1 for choice in choices):
        constant = attempt(fold, *(choice[0] for choice in choices))
        combined = Value(type_name or type_of(constant), constant)
        if any(value.is_option for value in values):
            combined.is_option = True
        return combined
    folded = [attempt(fold, *chosen) for chosen in islice(product(*choices), MOST_COMBINATIONS)]
    combined = Value(type_name)
    combined.is_cut = prod(map(len, choices)) > MOST_COMBINATIONS
    if any(constant is MISSING for constant in folded):
        return combined
    combined.alternatives = tuple(Value(type_name, constant) for constant in folded)
    return combined


def attempt(fold: Callable[..., Any], *constants: Any) -> Any:
    """What folding gives, or MISSING: a program may join None to a path, and only fail when it runs."""
    try:
        folded = fold(*constants)
    except Exception:  # the program's own mistake, not ours
        return MISSING
    return MISSING if isinstance(folded, str) and len(folded) > LONGEST_TEXT else folded


def type_of(constant: Any) -> str | None:
    """The name of a constant's class; None where it is not known."""
    return None if constant is MISSING else type(constant).__name__


def to_constant(value: Value, depth: int = 0, room: Iterator[int] | None = None) -> Any:
    """A value as JSON can say it, literals included, or MISSING where a part of it is not known.

    `room` has an element for each part that there may still be.
    """
    constant = value.constant
    if constant is not MISSING:
        return constant_to_json(constant)
    if value.items is None or depth > 6:
        return MISSING
    is_dict = isinstance(value.items, dict)
    if is_dict and not all(isinstance(key, (str, int, float, bool, type(None))) for key in value.items):
        return MISSING
    room = iter(range(MOST_PARTS)) if room is None else room
    parts = []
    for item in value.items.values() if isinstance(value.items, dict) else value.items:
        part = to_constant(item, depth + 1, room)
        if part is MISSING or next(room, None) is None:
            return MISSING
        parts.append(part)
    return dict(zip(map(str, value.items), parts, strict=True)) if is_dict else parts


def has_most_parts(value: Value) -> bool:
    """Whether a literal has as many parts as make it no constant."""
    waiting, count = [value], 0
    while waiting and count < MOST_PARTS:
        items = waiting.pop().items or ()
        count += len(items)
        waiting += items.values() if isinstance(items, dict) else items
    return count >= MOST_PARTS


def constant_to_json(constant: Any) -> Constant:
    """A Python constant as JSON can say it; what JSON cannot say becomes its source text.

    >>> constant_to_json((1, 2.5, None)), constant_to_json(3j), constant_to_json(float("inf"))
    ([1, 2.5, None], '3j', 'inf')
    """
    if isinstance(constant, (str, bool, int)) or constant is None:
        return constant
    if isinstance(constant, float):
        return constant if constant - constant == 0 else str(constant)
    if isinstance(constant, (list, tuple)):
        return [constant_to_json(item) for item in constant]
    return repr(constant)
