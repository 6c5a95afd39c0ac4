"""The facts read by the two conventions of CRABS: what its labels count as a flow between two cells.

1. A name that a cell reads only inside the body of a function that it calls does not count.
2. Reading an object counts as reading the literal that contains it, and the other way round, one hop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from provkg.facts.definition import Binding, Step, Use
from provkg.facts.factset import FactSet
from provkg.report.labels import last_writers

CONTAINERS = frozenset({"list", "tuple", "dict", "set"})


def read_crabs_flows(fact_sets: Iterable[FactSet]) -> list[list[Any]]:
    """[from, to, name] for each flow, cells numbered from 0."""
    facts = [fact for fact_set in fact_sets for fact in fact_set.facts]
    cells = {fact.id: fact.index for fact in facts if isinstance(fact, Step)}
    bindings = {fact.id: fact for fact in facts if isinstance(fact, Binding) and not fact.scope}
    direct = [
        fact
        for fact in facts
        if isinstance(fact, Use)
        and fact.order == "document"
        and fact.through is None
        and fact.binding in bindings
    ]
    shared = Sharing(bindings, cells)
    return last_writers([*direct, *shared.uses_of(direct)], bindings, cells)


class Sharing:
    """Which names hold objects that a literal under another name holds as well."""

    def __init__(self, bindings: dict[str, Binding], cells: dict[str, int]) -> None:
        self.bindings = bindings
        self.cells = cells
        self.roots = {identity: self.root_of(binding) for identity, binding in bindings.items()}
        self.partners: dict[str, set[str]] = defaultdict(set)
        self.by_name: dict[str, list[Binding]] = defaultdict(list)
        for binding in bindings.values():
            self.by_name[binding.name].append(binding)
            if binding.kind not in {"mutation", "loop", "with"} and binding.type in CONTAINERS:
                for held in binding.holds:
                    if held in self.roots:
                        self.partners[binding.id].add(self.roots[held])
                        self.partners[self.roots[held]].add(binding.id)

    def place(self, binding: Binding) -> tuple[int, int]:
        return self.cells[binding.step], binding.span.start_line

    def root_of(self, binding: Binding) -> str:
        """The binding that made the object: the first before all changes in place."""
        seen: set[str] = set()
        while binding.kind == "mutation" and binding.id not in seen:
            seen.add(binding.id)
            before = [self.bindings[each] for each in binding.derived_from if each in self.bindings]
            before = [each for each in before if each.name == binding.name and each.id != binding.id]
            if not before:
                break
            binding = min(before, key=self.place)
        return binding.id

    def uses_of(self, uses: Iterable[Use]) -> Iterator[Use]:
        """The further uses that the second convention counts."""
        for use in uses:
            for partner in self.partners[self.roots[use.binding]]:
                name = self.bindings[partner].name
                current = self.current(name, self.cells[use.step])
                if name != use.name and current is not None and self.roots[current.id] == partner:
                    yield replace(use, binding=current.id, name=name)

    def current(self, name: str, cell: int) -> Binding | None:
        """The last binding of a name in the cells before this one."""
        before = [binding for binding in self.by_name[name] if self.cells[binding.step] < cell]
        return max(before, key=self.place, default=None)
