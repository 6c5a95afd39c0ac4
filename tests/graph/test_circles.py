"""Derivations in a loop, told without a circle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provkg.facts.definition import Binding
from provkg.facts.factset import Span
from provkg.graph.circles import open_circles


def bind(name: str, line: int, *derived: str) -> Binding:
    return Binding(name, "step", name, "", "assignment", Span(line, 0, line, 1), derived)


def opened(*bindings: Binding) -> tuple[dict[str, tuple[str, ...]], dict[str, list[str]]]:
    facts, influences = open_circles(bindings, {})
    return {fact.id: fact.derived_from for fact in facts}, influences


def test_a_loop_of_two_names_keeps_what_comes_into_it() -> None:
    derived, influences = opened(
        bind("data", 1), bind("start", 2), bind("y", 3, "x", "start"), bind("x", 4, "y", "data")
    )
    assert derived["y"] == ("start", "data")
    assert derived["x"] == ("y", "data")
    assert influences == {"y": ["x"]}


def test_what_is_derived_from_something_below_without_a_circle_stays_so() -> None:
    derived, influences = opened(bind("read", 1, "later"), bind("later", 5))
    assert (derived["read"], influences) == (("later",), {})


edges = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda edge: edge[0] != edge[1]), max_size=20
)


def ancestors(name: str, derived: dict[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(derived.get(name, ()))
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting.extend(derived.get(each, ()))
    return reached


@given(edges)
def test_no_circle_is_left_and_no_source_is_lost(found: list[tuple[int, int]]) -> None:
    written = {f"b{n}": tuple(dict.fromkeys(f"b{to}" for at, to in found if at == n)) for n in range(8)}
    after, _ = opened(*(bind(name, int(name[1:]) + 1, *derived) for name, derived in written.items()))
    outside = {name for name in written if name not in ancestors(name, written)}
    for name in written:
        assert name not in ancestors(name, after)
        assert ancestors(name, written) & outside == ancestors(name, after) & outside
