"""Derivations in a loop, told without a circle.

`y = f(x); x = g(y)` in a loop: each name comes from the other, in the round before. One node stands for all
rounds of a definition, so that `prov:wasDerivedFrom` would lead from it back to itself, which PROV forbids:
what is derived comes later than what it is derived from. The definition that stands further up is then not
said to be derived from the one below, but from all that comes into the circle, so that no source is lost; the
one below is said to have influenced it (`prov:wasInfluencedBy`), which PROV leaves free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from provkg.facts.definition import Binding, Step

Links = Mapping[str, Sequence[str]]


def open_circles(facts: Sequence[Any], steps: Mapping[str, Step]) -> tuple[list[Any], dict[str, list[str]]]:
    """The facts without circles of derived bindings; and id → ids of the bindings that influenced it."""
    bindings = {fact.id: fact for fact in facts if type(fact) is Binding}
    places = {name: _place(binding, steps) for name, binding in bindings.items()}
    suspects = [
        name
        for name, binding in bindings.items()
        if any(places.get(each, ()) > places[name] for each in binding.derived_from)
    ]
    if not suspects:
        return list(facts), {}
    derived = {name: binding.derived_from for name, binding in bindings.items()}
    gives = _reverse(derived)
    opened: dict[str, Binding] = {}
    influences: dict[str, list[str]] = {}
    for name in suspects:
        circle = _reach(name, derived) & _reach(name, gives)
        below = [each for each in derived[name] if each in circle and places[each] > places[name]]
        if below:
            sources = sorted({each for member in circle for each in derived[member]} - circle)
            kept = [each for each in derived[name] if each not in below]
            opened[name] = replace(bindings[name], derived_from=tuple(dict.fromkeys([*kept, *sources])))
            influences[name] = below
    return [opened.get(fact.id, fact) if type(fact) is Binding else fact for fact in facts], influences


def _place(binding: Binding, steps: Mapping[str, Step]) -> tuple[int, int, int, str]:
    step, span = steps.get(binding.step), binding.span
    return -1 if step is None else step.index, span.start_line, span.start_column, binding.id


def _reverse(links: Links) -> dict[str, list[str]]:
    reversed_links: dict[str, list[str]] = {}
    for name, others in links.items():
        for other in others:
            reversed_links.setdefault(other, []).append(name)
    return reversed_links


def _reach(start: str, links: Links) -> set[str]:
    """All that the links lead to from here, step by step, and `start` itself."""
    reached, waiting = {start}, [start]
    while waiting:
        new: Iterable[str] = [each for each in links.get(waiting.pop(), ()) if each not in reached]
        reached.update(new)
        waiting.extend(new)
    return reached
