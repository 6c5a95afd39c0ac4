"""The normal form of PROV statements: what follows is added, and what must be one is made one.

Of the inferences of PROV-CONSTRAINTS only those are made that can make an instance invalid: 9, 10, 11 and
14 add statements, 15 those that share an identifier with an influence; 7, 8, 13 and 21 say of which things
there are a generation and an invalidation, a start and an end (`ordering`); 19 and 21 are followed where
they matter. The others (5, 6, 12, 16 to 18, 20) give alternates, communications and usages of things
without a name, whose types and orders follow already from what they are inferred from. So the cost stays in
proportion to the statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provkg.validate.prov_statements import (
    ABSENT,
    ELEMENTS,
    RELATIONS,
    RELATIONS_WITHOUT_ID,
    Instance,
    Statement,
    fresh_variables,
    is_variable,
)

UNIQUE_BY = {
    "wasGeneratedBy": (24, (0, 1)),
    "wasInvalidatedBy": (25, (0, 1)),
    "wasStartedBy": (26, (0, 2)),
    "wasEndedBy": (27, (0, 2)),
}
"""Relation → its constraint, and the places that together say which event it is."""

UNIQUE_TIMES = {"wasStartedBy": (28, 0), "wasEndedBy": (29, 1)}
"""Relation → its constraint, and the place of the same time in the statement about its activity."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two values that would have to be one: what the constraint of this number says of `parameter`."""

    constraint: int
    statement: Statement
    parameter: str
    values: tuple[str, str]


class Terms:
    """Which terms stand for the same: sets that are joined, each known by a member with a name."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def find(self, term: str) -> str:
        """The member by which the set of this term is known."""
        parents = self._parents
        root = term
        while root in parents:
            root = parents[root]
        while term != root:
            parents[term], term = root, parents[term]
        return root

    def join(self, first: str, second: str) -> bool | None:
        """Make the two one: True if that is new, False if it was known, None if it cannot be."""
        one, other = self.find(first), self.find(second)
        if one == other:
            return False
        if ABSENT in (one, other):
            return None
        if not is_variable(other):
            one, other = other, one
        if not is_variable(other):
            return None
        self._parents[other] = one
        return True


class NormalForm:
    """The statements of one instance after inference and merging."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.terms = Terms()
        self.clashes: list[Clash] = []
        self._fresh = (f"{name}~" for name in fresh_variables())
        self._seen: set[tuple[str, str, frozenset[str]]] = set()
        # Where two values cannot be one, it depends on the order of merging what else becomes one.
        ordered = sorted(filter(is_complete, instance.statements), key=_sort_key)
        statements = [self._expand(each) for each in ordered]
        statements += self._infer(statements)
        statements += _infer_influences(statements)
        self._statements: dict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            self._statements[statement.relation].append(statement)
        while self._merge():
            pass

    def all_of(self, relation: str) -> Iterator[Statement]:
        """The statements of one relation, every term as the one that it is known by."""
        find = self.terms.find
        for statement in self._statements.get(relation, ()):
            yield Statement(relation, find(statement.id), tuple(find(each) for each in statement.arguments))

    def _expand(self, statement: Statement) -> Statement:
        parameters = RELATIONS[statement.relation]
        if ABSENT not in statement.arguments:
            return statement
        has_activity = statement.relation == "wasDerivedFrom" and statement.arguments[2] != ABSENT
        arguments = tuple(
            next(self._fresh)
            if value == ABSENT and (parameter.is_expandable or (has_activity and parameter.kind == "event"))
            else value
            for value, parameter in zip(statement.arguments, parameters, strict=True)
        )
        return Statement(statement.relation, statement.id, arguments)

    def _infer(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        fresh = self._fresh
        for each in statements:
            match each.relation, each.arguments:
                case (("wasStartedBy" | "wasEndedBy"), (_, trigger, starter, _)):  # 9, 10
                    yield Statement("wasGeneratedBy", next(fresh), (trigger, starter, next(fresh)))
                case "wasDerivedFrom", (generated, source, activity, generation, usage) if (
                    activity != ABSENT
                ):  # 11
                    yield Statement("used", usage, (activity, source, next(fresh)))
                    yield Statement("wasGeneratedBy", generation, (generated, activity, next(fresh)))
                case "actedOnBehalfOf", (delegate, responsible, activity):  # 14
                    for agent in (delegate, responsible):
                        yield Statement("wasAssociatedWith", next(fresh), (activity, agent, next(fresh)))

    def _merge(self) -> bool:
        """One round over all uniqueness constraints; did it make anything one?"""
        changed = False
        for relation, statements in self._statements.items():
            if relation in UNIQUE_BY:
                constraint, places = UNIQUE_BY[relation]
                changed |= self._merge_ids(statements, constraint, places)
            if relation == "mentionOf":
                changed |= self._merge_arguments(statements, 23, by_id=False)
            elif relation not in RELATIONS_WITHOUT_ID:
                changed |= self._merge_arguments(statements, 22 if relation in ELEMENTS else 23)
            if relation in UNIQUE_TIMES:
                changed |= self._merge_times(statements, *UNIQUE_TIMES[relation])
        return changed

    def _merge_ids(self, statements: Iterable[Statement], constraint: int, places: tuple[int, int]) -> bool:
        changed = False
        firsts: dict[tuple[str, ...], Statement] = {}
        for statement in statements:
            key = tuple(self.terms.find(statement.arguments[place]) for place in places)
            first = firsts.setdefault(key, statement)
            if first is not statement:
                changed |= bool(self._join(constraint, statement, "identifier", first.id, statement.id))
        return changed

    def _merge_arguments(
        self, statements: Iterable[Statement], constraint: int, *, by_id: bool = True
    ) -> bool:
        changed = False
        firsts: dict[str, Statement] = {}
        for statement in statements:
            key = self.terms.find(statement.id if by_id else statement.arguments[0])
            first = firsts.setdefault(key, statement)
            if first is statement:
                continue
            parameters = RELATIONS[statement.relation]
            for parameter, one, other in zip(parameters, first.arguments, statement.arguments, strict=True):
                if one != other:
                    joined = self._join(constraint, statement, parameter.name, one, other)
                    if joined is None:
                        break
                    changed |= joined
        return changed

    def _merge_times(self, statements: Iterable[Statement], constraint: int, place: int) -> bool:
        changed = False
        activities = {self.terms.find(each.id): each for each in self._statements.get("activity", ())}
        for statement in statements:
            activity = activities.get(self.terms.find(statement.arguments[0]))
            if activity is not None:
                times = activity.arguments[place], statement.arguments[3]
                changed |= bool(self._join(constraint, statement, "time", *times))
        return changed

    def _join(
        self, constraint: int, statement: Statement, parameter: str, one: str, other: str
    ) -> bool | None:
        joined = self.terms.join(one, other)
        if joined is None:
            values = sorted({self.terms.find(one), self.terms.find(other)})
            seen = (statement.relation, self.terms.find(statement.id), frozenset(values))
            if seen not in self._seen:
                self._seen.add(seen)
                self.clashes.append(Clash(constraint, statement, parameter, (values[0], values[1])))
        return joined


def _sort_key(statement: Statement) -> tuple[str, ...]:
    """By content: the names of variables that stand for what has no name say in which order they came."""
    terms = (statement.relation, *statement.arguments, statement.id)
    return tuple("_:" if term.startswith("_:~") else term for term in terms)


def is_complete(statement: Statement) -> bool:
    """Is there something in every place that has to have something?"""
    parameters = RELATIONS[statement.relation]
    return all(
        value != ABSENT or not parameter.is_required
        for value, parameter in zip(statement.arguments, parameters, strict=True)
    )


def _infer_influences(statements: Iterable[Statement]) -> list[Statement]:
    """What shares its identifier with an influence is that influence (inference 15)."""
    influences = {each.id for each in statements if each.relation == "wasInfluencedBy"}
    return [
        Statement("wasInfluencedBy", each.id, each.arguments[:2])
        for each in statements
        if each.id in influences and each.relation in _INFLUENCES
    ]


_INFLUENCES = set(RELATIONS) - {*ELEMENTS, *RELATIONS_WITHOUT_ID, "wasInfluencedBy"}
