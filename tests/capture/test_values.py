"""Summaries of values: what they tell, and that looking changes nothing."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.capture.values import LONGEST_TEXT, summarise

CHECKOUT = Path(__file__).parents[2]


def run_fresh(code: str, seed: str = "random") -> str:
    """What a new interpreter prints that runs `code`."""
    environment = {"PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": seed, "PATH": ""}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return result.stdout


# --- scalars and containers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, {"type": "NoneType", "kind": "scalar", "value": None}),
        (True, {"type": "bool", "kind": "scalar", "value": True}),
        (-7, {"type": "int", "kind": "scalar", "value": -7}),
        (2**300, {"type": "int", "kind": "scalar", "bits": 301}),
        (0.5, {"type": "float", "kind": "scalar", "value": 0.5}),
        (math.inf, {"type": "float", "kind": "scalar", "text": "inf"}),
        (1j, {"type": "complex", "kind": "scalar", "text": "1j"}),
        ("grün", {"type": "str", "kind": "scalar", "value": "grün"}),
        (range(2, 9), {"type": "range", "kind": "scalar", "text": "range(2, 9)"}),
        (Path, {"type": "type", "kind": "class", "name": "pathlib.Path"}),
        (len, {"type": "builtin_function_or_method", "kind": "function", "name": "len"}),
        (json, {"type": "module", "kind": "module", "name": "json"}),
        ([], {"type": "list", "kind": "container", "length": 0, "first": []}),
        ((1, "a"), {"type": "tuple", "kind": "container", "length": 2, "first": [1, "a"]}),
        ({"b", "a"}, {"type": "set", "kind": "container", "length": 2, "first": ["a", "b"]}),
        ({"k": [1]}, {"type": "dict", "kind": "container", "length": 1, "first": {"k": summarise([1])}}),
    ],
)
def test_plain_values_are_told_by_value(value: object, told: dict[str, Any]) -> None:
    assert summarise(value) == told


def test_a_long_text_is_cut_and_told_by_its_digest() -> None:
    told = summarise("x" * 1000)
    assert told["value"] == "x" * LONGEST_TEXT
    assert told["length"] == 1000
    assert told["digest"].startswith("sha256:44f83544")


def test_bytes_are_told_by_length_and_digest_alone() -> None:
    told = summarise(b"abc")
    assert told == {"type": "bytes", "kind": "scalar", "length": 3, "digest": told["digest"]}
    assert told["digest"].startswith("sha256:ba7816bf")


def test_dates_decimals_and_paths_are_told_by_their_text() -> None:
    from datetime import date
    from decimal import Decimal

    assert summarise(date(2026, 11, 25))["text"] == "2026-11-25"
    assert summarise(Decimal("1.50"))["text"] == "1.50"
    assert summarise(Path("a/b"))["text"] == "a/b"


def test_a_long_list_shows_its_first_items_and_a_digest_of_all() -> None:
    told = summarise(list(range(100)))
    assert told["first"] == [0, 1, 2, 3, 4]
    assert told["digest"] != summarise([*range(99), 0])["digest"]


def test_containers_that_hold_themselves_come_to_an_end() -> None:
    endless: list[Any] = [1, 2, 3, 4, 5, 6]
    endless.append(endless)
    table: dict[str, Any] = {}
    table["self"] = table
    assert summarise(endless)["length"] == 7
    assert summarise(table)["length"] == 1


def test_what_costs_more_than_the_budget_is_left_out() -> None:
    told = summarise(list(range(100_000)), budget_seconds=0.0001)
    assert told == {"type": "list", "kind": "container", "length": 100_000, "first": [0, 1, 2, 3, 4]}


def test_a_generator_is_not_moved() -> None:
    numbers = (number for number in range(3))
    assert summarise(numbers) == {"type": "generator", "kind": "object"}
    assert list(numbers) == [0, 1, 2]


def test_an_iterator_inside_a_container_is_not_moved() -> None:
    rows = iter([1, 2])
    summarise({"rows": rows, "pairs": [zip([1], [2], strict=True)]})
    assert list(rows) == [1, 2]


def test_an_open_file_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n")
    with path.open() as file:
        summarise(file)
        assert file.readline() == "one\n"


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=30,
)


@given(PLAIN)
def test_every_summary_of_plain_data_is_json_and_comes_out_alike_twice(value: Any) -> None:
    told = summarise(value)
    text = json.dumps(told, allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(summarise(value)))


def test_summaries_are_the_same_in_every_process() -> None:
    code = (
        "import json; from provkg.capture.values import summarise; from decimal import Decimal;"
        "values = [{'a', 'b', 'c'}, frozenset({1, 2}), {'k': ['x'] * 9}, ['é', None, 1.5, 2, 3, 4, Decimal('1')],"
        " 'y' * 999, object(), print];"
        "print(json.dumps([summarise(value) for value in values]))"
    )
    assert run_fresh(code, "1") == run_fresh(code, "2")


def test_a_summary_imports_no_library() -> None:
    code = (
        "import sys; from provkg.capture.values import summarise;"
        "summarise([1, 'a', {}, object(), sys]);"
        "print(sorted({'numpy', 'pandas', 'torch', 'sklearn', 'rdflib', 'pyoxigraph'} & set(sys.modules)))"
    )
    assert run_fresh(code) == "[]\n"


# --- hostile objects ----------------------------------------------------------------------------------------


class Trap(Exception):
    """Raised by whatever of a hostile object is touched."""


def spring(*_: Any, **__: Any) -> Any:
    raise Trap


SPECIAL = [
    "__repr__", "__str__", "__eq__", "__ne__", "__hash__", "__len__", "__iter__", "__next__",
    "__getitem__", "__contains__", "__bool__", "__array__", "__float__", "__int__", "__index__",
    "__getattr__", "__getattribute__", "__reduce__", "__format__", "__dir__", "__call__", "__lt__",
    "__sizeof__", "__length_hint__", "__bytes__", "__fspath__", "__array_interface__", "__dataframe__",
    "__enter__",
]  # fmt: skip


class Hostile:
    """Raises whatever is asked of it."""


for _name in SPECIAL:
    setattr(Hostile, _name, spring)


class Meta(type):
    """A class whose own name, module and identity raise."""

    __getattribute__ = spring
    __hash__ = spring  # type: ignore[assignment]
    __eq__ = spring  # type: ignore[assignment]
    __instancecheck__ = spring
    __subclasscheck__ = spring
    mro_asked = 0


class OfMeta(metaclass=Meta):
    pass


class Liar:
    """Says that it is something else."""

    @property
    def __class__(self) -> Any:
        return dict


class Counting:
    """Counts how often its property is asked."""

    asked = 0

    @property
    def data(self) -> int:
        Counting.asked += 1
        return Counting.asked

    shape = columns = dtype = data


class LyingList(list):  # type: ignore[type-arg]
    __len__ = spring
    __iter__ = spring  # type: ignore[assignment]
    __getitem__ = spring
    __repr__ = spring


class LyingDict(dict):  # type: ignore[type-arg]
    __len__ = keys = items = values = __iter__ = __getitem__ = spring  # type: ignore[assignment]


class LyingText(str):
    __len__ = __str__ = __getitem__ = encode = __repr__ = __format__ = spring  # type: ignore[assignment]


class LyingNumber(int):
    __add__ = __index__ = __repr__ = bit_length = __int__ = spring  # type: ignore[assignment]


class HugeRepr:
    def __repr__(self) -> str:
        return "x" * 10**9


class Slots:
    __slots__ = ("value",)


class Impostor:
    pass


Impostor.__module__ = "pandas.core.frame"
Impostor.__qualname__ = "DataFrame"


def hostile_values() -> Iterator[Any]:
    yield Hostile()
    yield Hostile
    yield OfMeta()
    yield OfMeta
    yield Liar()
    yield Counting()
    yield LyingList([1, 2, 3])
    yield LyingDict(a=1)
    yield LyingText("abc")
    yield LyingNumber(5)
    yield HugeRepr()
    yield Slots()
    yield Impostor()
    yield [Hostile(), {"a": OfMeta()}, (LyingList([Hostile()]),)]
    yield {Liar(): Hostile()}
    yield [Hostile()] * 100
    yield type("Odd", (), {"__module__": property(spring), "__slots__": ()})()
    yield (item for item in [Hostile()])


def test_hostile_values_are_told_without_being_asked() -> None:
    for value in hostile_values():
        told = summarise(value)
        assert type(told["type"]) is str
        assert told["kind"] in {"object", "container", "scalar", "class"}
        json.dumps(told, allow_nan=False)


def test_a_hostile_class_is_told_by_its_own_name() -> None:
    assert summarise(Hostile())["type"].endswith("Hostile")
    assert summarise(OfMeta())["type"].endswith("OfMeta")
    assert summarise(Liar())["type"].endswith("Liar")


def test_the_methods_of_a_class_that_lies_are_not_called() -> None:
    assert summarise(LyingList([1, 2, 3]))["length"] == 3
    assert summarise(LyingDict(a=1))["first"] == {"a": 1}
    assert summarise(LyingText("abc"))["value"] == "abc"
    assert summarise(LyingNumber(5))["value"] == 5


def test_no_property_of_an_unknown_object_is_read() -> None:
    value = Counting()
    summarise([value, {"a": value}])
    assert Counting.asked == 0


def test_a_class_that_bears_the_name_of_a_library_is_not_taken_for_it() -> None:
    assert summarise(Impostor())["kind"] == "object"


def test_an_object_is_kept_alive_by_no_summary() -> None:
    import gc
    import weakref

    class Big:
        pass

    big = Big()
    alive = weakref.ref(big)
    summarise([big])
    del big
    gc.collect()
    assert alive() is None
