"""Literals: whether they are written as their datatype wants it, and how they compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import XSD

CHUNK = 2_000
"""Values that one query compares."""

_DAY = r"-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?|24:00:00(\.0+)?"
_ZONE = r"(Z|[+-](0\d|1[0-4]):[0-5]\d)?"
_REAL = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN"

_FORMS = {
    "boolean": r"true|false|0|1",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "double": _REAL,
    "float": _REAL,
    "date": _DAY + _ZONE,
    "dateTime": f"{_DAY}T({_TIME}){_ZONE}",
    "dateTimeStamp": f"{_DAY}T({_TIME})(Z|[+-]\\d\\d:\\d\\d)",
    "time": f"({_TIME}){_ZONE}",
    "gYear": r"-?\d{4,}" + _ZONE,
    "gYearMonth": r"-?\d{4,}-(0[1-9]|1[0-2])" + _ZONE,
    "gMonth": r"--(0[1-9]|1[0-2])" + _ZONE,
    "gMonthDay": r"--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _ZONE,
    "gDay": r"---(0[1-9]|[12]\d|3[01])" + _ZONE,
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "dayTimeDuration": r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "yearMonthDuration": r"-?P(?=.)(\d+Y)?(\d+M)?",
    "hexBinary": r"([0-9a-fA-F]{2})*",
    "base64Binary": r"[A-Za-z0-9+/\s]*=?\s?=?\s?",
    "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
}
_PATTERNS = {XSD.IRI + name: re.compile(form) for name, form in _FORMS.items()}

_INTEGER = re.compile(r"[+-]?\d+")
_LIMITS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in
       (("byte", 8), ("short", 16), ("int", 32), ("long", 64))},
    **{name: (0, 2**bits - 1) for name, bits in
       (("unsignedByte", 8), ("unsignedShort", 16), ("unsignedInt", 32), ("unsignedLong", 64))},
}  # fmt: skip
_INTEGERS = {XSD.IRI + name: limits for name, limits in _LIMITS.items()}


def is_well_formed(literal: ox.Literal) -> bool:
    """Whether a literal is written as its datatype wants it, for the datatypes of XML Schema.

    >>> is_well_formed(ox.Literal("300", datatype=ox.NamedNode(XSD.IRI + "byte")))
    False
    """
    datatype = literal.datatype.value
    if datatype in _INTEGERS:
        if not _INTEGER.fullmatch(literal.value):
            return False
        low, high = _INTEGERS[datatype]
        number = int(literal.value)
        return (low is None or number >= low) and (high is None or number <= high)
    pattern = _PATTERNS.get(datatype)
    return pattern is None or pattern.fullmatch(literal.value) is not None


def find_bad(database: ox.Store, condition: str, values: list[Any]) -> Iterator[Any]:
    """Those of the values for which a condition of SPARQL about ?v is false, or makes no sense."""
    for start in range(0, len(values), CHUNK):
        chunk = values[start : start + CHUNK]
        rows = " ".join(
            f"({index} {value})" for index, value in enumerate(chunk) if not isinstance(value, ox.BlankNode)
        )
        solutions: Any = database.query(
            f"SELECT ?i WHERE {{ VALUES (?i ?v) {{ {rows} }} FILTER(COALESCE({condition}, false)) }}"
        )
        good = {int(solution[0].value) for solution in solutions}
        yield from (value for index, value in enumerate(chunk) if index not in good)
