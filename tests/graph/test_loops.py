"""Definitions in loops are not derived from themselves, which PROV forbids."""

from __future__ import annotations

from collections.abc import Sequence

from provkg.facts.definition import Binding
from provkg.facts.factset import FactSet, Origin, Span
from provkg.graph.builder import build_quads
from provkg.graph.terms import PROV, PROVKG

BASE = "https://example.org/"


def relations(bindings: Sequence[Binding]) -> set[str]:
    """Which binding is derived (<-) or carried (<~) from which."""
    fact_set = FactSet("a#inferred", "a", Origin("provkg.extract", "1", "inferred"), tuple(bindings), ())
    signs = {PROV.wasDerivedFrom: "<-", PROVKG.carriedFrom: "<~"}
    return {
        f"{quad.subject.value[-1]} {signs[quad.predicate]} {quad.object.value[-1]}"  # type: ignore[union-attr]
        for quad in build_quads(fact_set, BASE)
        if quad.predicate in signs
    }


def binding(name: str, line: int, *sources: str) -> Binding:
    return Binding(
        f"a#v1.cell-1.{name}",
        "a#v1.cell-1",
        name,
        "",
        "assignment",
        Span(line, 0, line, 1),
        tuple(f"a#v1.cell-1.{source}" for source in sources),
    )


def test_what_a_line_does_to_its_own_value_is_carried() -> None:
    assert relations([binding("n", 1), binding("m", 2, "n", "m")]) == {"m <- n", "m <~ m"}


def test_only_the_way_back_up_is_carried() -> None:
    """for …: a = f(c); b = g(a); c = h(b)"""
    loop = [binding("a", 1, "c"), binding("b", 2, "a"), binding("c", 3, "b")]
    assert relations(loop) == {"a <~ c", "b <- a", "c <- b"}


def test_what_stands_further_down_without_a_circle_is_derived_from() -> None:
    """A parameter of a function, which stands above the calls of it."""
    assert relations([binding("p", 1, "x"), binding("x", 2)]) == {"p <- x"}


def test_the_order_of_facts_changes_nothing() -> None:
    loop = [binding("a", 1, "c"), binding("b", 2, "a"), binding("c", 3, "b")]
    assert relations(loop[::-1]) == relations(loop)
