"""The canonical bytes of contents, and their digest: the same content gives the same digest everywhere.

What is hashed is a header in JSON (what kind of content, its type and its shape), then the numbers, least
significant byte first, in row-major order, or the Python objects as JSON. A table is hashed column by column.
Not-a-numbers count as one and the same. Of content that is too large to be hashed as a whole, evenly spaced
rows are taken, and the header says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from json import JSONEncoder
from typing import Any

from provkg.capture.kinds import ancestors_of, find_member, is_importable, module_of, own_name

MOST_SAMPLED_ROWS = 1000
LARGEST_SAMPLE = 2**20
"""Bytes, about."""
LONGEST_ITEM = 2**22
"""Characters of all texts in a list that are encoded."""

_dump = JSONEncoder(separators=(",", ":"), check_circular=False).encode
_SCALARS = (str, int, float, bool, type(None))
_SCALAR_IDS = frozenset(map(id, _SCALARS))
_TEXT_MODULES = frozenset({"datetime", "decimal", "fractions", "uuid", "numpy", "pandas"})
_TEXT_NAMES = frozenset({"Timestamp", "Timedelta", "NaTType", "NAType", "Period", "Interval"})


class NotEncodable(Exception):
    """Something in the content has no bytes that would be the same everywhere."""


class ContentHash:
    """A digest in the making."""

    __slots__ = ("_hash",)

    def __init__(self, header: Any) -> None:
        self._hash = hashlib.sha256(usedforsecurity=False)
        self.add_json(header)

    def add_json(self, value: Any) -> None:
        """Take in what JSON can say; its length goes first."""
        data = _dump(value).encode("ascii")
        self._hash.update(b"%d:" % len(data))
        self._hash.update(data)

    def add_bytes(self, data: Any) -> None:
        """Take in bytes whose number the header tells."""
        self._hash.update(data)

    @property
    def digest(self) -> str:
        """The tagged digest of what was taken in so far."""
        return "sha256:" + self._hash.hexdigest()


# --- arrays of NumPy ----------------------------------------------------------------------------------------


def header_of(array: Any, *, sampled: bool = False) -> list[Any]:
    """What kind of array it is: type of the elements, shape, and whether only a sample follows."""
    head = ["array", dtype_name(array.dtype), list(array.shape)]
    return [*head, "sample"] if sampled else head


def dtype_name(dtype: Any) -> str:
    """The type of elements, however their bytes are ordered."""
    return str(dtype.newbyteorder("<").str if dtype.names is None else dtype.descr)


def add_array(content: ContentHash, array: Any) -> None:
    """Take in the elements of an array of NumPy.

    Raises:
        NotEncodable: it holds objects that have no canonical form.
    """
    dtype = array.dtype
    if dtype.names is not None:
        for name in dtype.names:
            add_array(content, array[name])
    elif dtype.kind == "O":
        add_items(content, array.ravel().tolist())
    else:
        content.add_bytes(canonical_bytes(array))


def canonical_bytes(array: Any) -> Any:
    """The elements in row-major order, least significant byte first; a view where that is possible."""
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    if not array.flags.c_contiguous:
        array = array.copy(order="C")
    if array.dtype.kind in "fc":
        array = without_varied_nans(array)
    return array.reshape(-1).view("u1").data if array.size else b""


def without_varied_nans(array: Any) -> Any:
    """An array in which every not-a-number has the same bits: processors differ in them."""
    lacking = array != array
    if not lacking.any():
        return array
    array = array.copy()
    array[lacking] = float("nan")
    return array


def sampled_rows(count: int, row_bytes: int) -> list[int]:
    """Evenly spaced rows of `count`, the first and the last among them.

    >>> sampled_rows(10, 2**18)
    [0, 3, 6, 9]
    """
    most = max(2, min(MOST_SAMPLED_ROWS, LARGEST_SAMPLE // max(1, row_bytes)))
    if count <= most:
        return list(range(count))
    return [index * (count - 1) // (most - 1) for index in range(most)]


# --- Python objects -----------------------------------------------------------------------------------------


def add_items(content: ContentHash, items: list[Any]) -> None:
    """Take in a list of Python objects.

    Raises:
        NotEncodable: one of them has no canonical form.
    """
    if not has_only_scalars(items):
        items = list(plain_items(items))
    try:
        content.add_json(items)
    except ValueError as error:  # an integer of thousands of digits
        raise NotEncodable from error


def has_only_scalars(items: Iterable[Any]) -> bool:
    """Whether nothing but numbers, texts, truth values and None is in it; no class is asked anything."""
    return _SCALAR_IDS.issuperset(map(id, map(type, items)))


def plain_items(items: Iterable[Any]) -> Iterator[Any]:
    """The items as JSON can say them.

    Raises:
        NotEncodable: one of them has no canonical form.
    """
    for item in items:
        kind = type(item)
        if id(kind) in _SCALAR_IDS:
            yield item
        elif kind is list or kind is tuple:
            yield list(plain_items(item))
        elif kind is bytes:
            yield ["bytes", item.hex()]
        elif is_known_by_text(kind):
            yield [own_name(kind), str(item)]
        else:
            raise NotEncodable(kind)


def is_known_by_text(kind: type) -> bool:
    """Whether the text of such an object says all about it: dates, decimals, NumPy's numbers, pandas' NA."""
    top = module_of(kind).partition(".")[0]
    if top not in _TEXT_MODULES or not is_importable(kind):
        return False
    if top == "numpy":
        return any(base is find_member("numpy", "generic") for base in ancestors_of(kind))
    return top != "pandas" or own_name(kind) in _TEXT_NAMES
