"""Programs made to take long: what is gone through and what is found stay small, and a cut is a problem."""

from __future__ import annotations

from typing import Any

import pytest

from provkg.extract import content, values
from provkg.extract.constants import MOST_PARTS, to_constant
from provkg.extract.values import MISSING, Value, content_of


def test_what_an_object_consists_of_is_looked_into_once_at_each_depth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    merged: list[int] = []

    def count(contents: Any) -> content.Content | None:
        merged.append(1)
        return content.merge_contents(contents)

    leaf = Value("list")
    leaf.content = content.Content(rows=frozenset(["read"]))
    nested = Value("list", items=[leaf] * 100)
    for _ in range(6):
        nested = Value("list", items=[Value("list", items=[nested] * 100)] * 100)
    monkeypatch.setattr(values, "merge_contents", count)
    assert content_of(Value("list", items=[Value("list", items=[leaf] * 100)] * 100)) is leaf.content
    assert content_of(nested) is None
    assert len(merged) < 20


def test_data_come_once_into_each_element() -> None:
    nested = leaf = Value()
    for _ in range(60):
        nested = Value("list", items=[nested, nested])
    nested.items.append(nested)  # type: ignore[union-attr]
    values.add_content(nested, content.Content(rows=frozenset(["read"])))
    assert leaf.content is not None


def test_a_literal_with_too_many_parts_is_no_constant() -> None:
    def square(side: int) -> Value:
        return Value("list", items=[Value("list", items=[Value("int", 1)] * side)] * side)

    assert to_constant(square(60)) == [[1] * 60] * 60
    assert to_constant(square(100)) is MISSING
    deep = Value("int", 1)
    for _ in range(6):
        deep = Value("list", items=[deep] * 90)
    assert to_constant(deep) is MISSING
    assert MOST_PARTS > 60 * 60
