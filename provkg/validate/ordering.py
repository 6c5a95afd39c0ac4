"""The order in which the events of PROV statements happened, and where it goes round in a circle.

All generations of one thing happen at once, and so do its invalidations, and the starts and ends of one
activity (constraints 31, 32, 39, 40): each is one event here. Edges say "not later than"; a strict edge, of
a derivation, says "earlier than". An instance is invalid where a circle has a strict edge. Ends and
invalidations lead to nothing but more of them, so no circle goes through one: the constraints that put an
event before an end or an invalidation cannot be broken by statements alone, only by clock times.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provkg.validate.prov_statements import ABSENT
from provkg.validate.unification import NormalForm

Event = tuple[str, str]
"""What kind of event, and of which thing: `("generation", entity)`, `("usage", its identifier)`."""


HELPER = " of one below"
"""Ends the kind of what is no event, and only passes an order on."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`before` happened not later than `after`, or earlier; `constraint` says so."""

    before: Event
    after: Event
    constraint: int
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What an event of use is: which activity, which entity."""

    activity: str
    entity: str


class Order:
    """The events of a normal form, and the edges between them."""

    def __init__(self, form: NormalForm) -> None:
        self.usages: dict[str, Usage] = {
            each.id: Usage(each.arguments[0], each.arguments[1]) for each in form.all_of("used")
        }
        self.edges: dict[Event, list[Edge]] = defaultdict(list)
        self._form = form
        self._has_begin, self._has_generation, self._has_invalidation = _find_real(form)
        for edge in self._find_edges():
            if self._is_real(edge.before) and self._is_real(edge.after):
                self.edges[edge.before].append(edge)

    def _is_real(self, event: Event) -> bool:
        """Does it follow from the statements that there is such an event?"""
        kind, thing = event
        if kind == "generation":
            return thing in self._has_generation
        if kind == "invalidation":
            return thing in self._has_invalidation
        if kind in ("start", "end"):
            return (kind, thing) in self._has_begin
        return True

    def _find_edges(self) -> Iterator[Edge]:
        yield from self._order_activities()
        yield from self._order_entities()
        yield from self._order_derivations()
        yield from self._order_specializations()
        yield from self._order_agents()

    def _order_activities(self) -> Iterator[Edge]:
        for kind, activity in self._has_begin:
            if kind == "start":
                yield Edge(("start", activity), ("end", activity), 30)
        for id, usage in self.usages.items():
            yield Edge(("start", usage.activity), ("usage", id), 33)
            yield Edge(("usage", id), ("end", usage.activity), 33)
        for each in self._form.all_of("wasGeneratedBy"):
            entity, activity, _ = each.arguments
            yield Edge(("start", activity), ("generation", entity), 34)
            yield Edge(("generation", entity), ("end", activity), 34)
        for each in self._form.all_of("wasInformedBy"):
            yield Edge(("start", each.arguments[1]), ("end", each.arguments[0]), 35)

    def _order_entities(self) -> Iterator[Edge]:
        for entity in self._has_generation:
            yield Edge(("generation", entity), ("invalidation", entity), 36)
        for id, usage in self.usages.items():
            yield Edge(("generation", usage.entity), ("usage", id), 37)
            yield Edge(("usage", id), ("invalidation", usage.entity), 38)
        for relation, kind, constraint in (("wasStartedBy", "start", 43), ("wasEndedBy", "end", 44)):
            for each in self._form.all_of(relation):
                activity, trigger, _, _ = each.arguments
                yield Edge(("generation", trigger), (kind, activity), constraint)
                yield Edge((kind, activity), ("invalidation", trigger), constraint)

    def _order_derivations(self) -> Iterator[Edge]:
        for each in self._form.all_of("wasDerivedFrom"):
            generated, source, activity, _, usage = each.arguments
            yield Edge(("generation", source), ("generation", generated), 42, is_strict=True)
            if activity != ABSENT:
                yield Edge(("usage", usage), ("generation", generated), 41)

    def _order_specializations(self) -> Iterator[Edge]:
        """Through helpers: the order goes on past things that nobody says were generated (inference 19)."""
        for each in self._form.all_of("specializationOf"):
            specific, general = each.arguments
            for kind, first, last, constraint in (
                ("generation", general, specific, 45),
                ("invalidation", specific, general, 46),
            ):
                helper = kind + HELPER
                yield Edge((kind, first), (helper, last), constraint)
                yield Edge((helper, first), (helper, last), constraint)
                yield Edge((helper, last), (kind, last), constraint)

    def _order_agents(self) -> Iterator[Edge]:
        for each in self._form.all_of("wasAssociatedWith"):
            activity, agent, _ = each.arguments
            yield Edge(("start", activity), ("invalidation", agent), 47)
            yield Edge(("generation", agent), ("end", activity), 47)
            yield Edge(("start", activity), ("end", agent), 47)
            yield Edge(("start", agent), ("end", activity), 47)
        for each in self._form.all_of("wasAttributedTo"):
            entity, agent = each.arguments
            yield Edge(("generation", agent), ("generation", entity), 48)
            yield Edge(("start", agent), ("generation", entity), 48)
        for each in self._form.all_of("actedOnBehalfOf"):
            delegate, responsible, _ = each.arguments
            yield Edge(("generation", responsible), ("invalidation", delegate), 49)
            yield Edge(("start", responsible), ("end", delegate), 49)


def _find_real(form: NormalForm) -> tuple[set[Event], set[str], set[str]]:
    """Starts and ends of activities; what was generated; what was invalidated (inferences 7, 8, 13, 21)."""
    begins = {(kind, each.id) for each in form.all_of("activity") for kind in ("start", "end")}
    begins |= {("start", each.arguments[0]) for each in form.all_of("wasStartedBy")}
    begins |= {("end", each.arguments[0]) for each in form.all_of("wasEndedBy")}
    entities = _spread({each.id for each in form.all_of("entity")}, form)
    generated = {each.arguments[0] for each in form.all_of("wasGeneratedBy")}
    generated |= {each.arguments[0] for each in form.all_of("wasAttributedTo")}
    invalidated = {each.arguments[0] for each in form.all_of("wasInvalidatedBy")}
    return begins, entities | generated, entities | invalidated


def _spread(entities: set[str], form: NormalForm) -> set[str]:
    """These, and what specializes them (inference 21)."""
    below: dict[str, list[str]] = defaultdict(list)
    for each in form.all_of("specializationOf"):
        below[each.arguments[1]].append(each.arguments[0])
    found, waiting = set(entities), list(entities)
    while waiting:
        for specific in below.get(waiting.pop(), ()):
            if specific not in found:
                found.add(specific)
                waiting.append(specific)
    return found


def find_strict_circles(edges: Mapping[Event, Sequence[Edge]]) -> list[list[Edge]]:
    """For each knot of events that has a strict edge in it, one of its shortest circles through one.

    The circles are in the order of their events.
    """
    knot_of = {
        event: number for number, knot in enumerate(find_knots(edges)) for event in knot if len(knot) > 1
    }
    strict: dict[int, list[Edge]] = defaultdict(list)
    circles = []
    for edge in (edge for leaving in edges.values() for edge in leaving if edge.is_strict):
        if edge.before == edge.after:
            circles.append([edge])
        elif edge.before in knot_of and knot_of[edge.before] == knot_of.get(edge.after):
            strict[knot_of[edge.before]].append(edge)
    circles += [
        min((_close(edge, edges) for edge in sorted(found, key=_sort_key)[:_TRIED]), key=len)
        for found in strict.values()
    ]
    return sorted(circles, key=lambda circle: [_sort_key(edge) for edge in circle])


_TRIED = 50
"""Strict edges of a knot from which the shortest circle is looked for."""


def _sort_key(edge: Edge) -> tuple[Event, Event, int]:
    return edge.before, edge.after, edge.constraint


def _close(edge: Edge, edges: Mapping[Event, Sequence[Edge]]) -> list[Edge]:
    """The edge, and the shortest way from its end back to its beginning."""
    came_by: dict[Event, Edge] = {}
    waiting = deque([edge.after])
    while edge.before not in came_by:
        for following in sorted(edges.get(waiting[0], ()), key=_sort_key):
            if following.after not in came_by and following.after != edge.after:
                came_by[following.after] = following
                waiting.append(following.after)
        waiting.popleft()
    way: list[Edge] = []
    event = edge.before
    while event != edge.after:
        way.append(came_by[event])
        event = came_by[event].before
    return [edge, *reversed(way)]


def find_knots(edges: Mapping[Event, Sequence[Edge]]) -> list[list[Event]]:
    """The strongly connected components; an event comes after all that it leads to.

    Source: R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion.
    """
    index: dict[Event, int] = {}
    low: dict[Event, int] = {}
    stack: list[Event] = []
    on_stack: set[Event] = set()
    knots: list[list[Event]] = []
    for root in edges:
        if root in index:
            continue
        work: list[tuple[Event, Iterator[Edge]]] = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            event, leaving = work[-1]
            for edge in leaving:
                following = edge.after
                if following not in index:
                    index[following] = low[following] = len(index)
                    stack.append(following)
                    on_stack.add(following)
                    work.append((following, iter(edges.get(following, ()))))
                    break
                if following in on_stack:
                    low[event] = min(low[event], index[following])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[event])
                if low[event] == index[event]:
                    knot: list[Event] = []
                    while not knot or knot[-1] != event:
                        knot.append(stack.pop())
                        on_stack.discard(knot[-1])
                    knots.append(knot)
    return knots


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`after` cannot be before `before`, but the clocks say so."""

    before: Event
    after: Event
    before_time: str
    after_time: str


def find_contradictions(
    edges: Mapping[Event, Sequence[Edge]], times: Mapping[Event, set[str]]
) -> Iterator[Contradiction]:
    """Times that go against the order; each event once, against the latest of those before it.

    Times with and without a time zone are not compared. Within a circle nothing is said.
    """
    latest: dict[Event, dict[bool, tuple[str, Event]]] = defaultdict(dict)
    knots = find_knots(edges)
    for knot in reversed(knots):
        if len(knot) > 1:
            _pass_on(knot, edges, times, latest)
            continue
        (event,) = knot
        for time in sorted(times.get(event, ())):
            bound = latest[event].get(_has_zone(time))
            if bound is not None and _comparable(time) < _comparable(bound[0]):
                yield Contradiction(bound[1], event, bound[0], time)
        _pass_on(knot, edges, times, latest)


def _pass_on(
    knot: Iterable[Event],
    edges: Mapping[Event, Sequence[Edge]],
    times: Mapping[Event, set[str]],
    latest: dict[Event, dict[bool, tuple[str, Event]]],
) -> None:
    """Tell what follows these events of the latest time among them and before them."""
    bounds: dict[bool, tuple[str, Event]] = {}
    for event in knot:
        own = [(time, event) for time in times.get(event, ())]
        for time, origin in (*latest.get(event, {}).values(), *own):
            known = bounds.get(_has_zone(time))
            if known is None or (_comparable(time), origin) > (_comparable(known[0]), known[1]):
                bounds[_has_zone(time)] = (time, origin)
    if not bounds:
        return
    for event in knot:
        for edge in edges.get(event, ()):
            for zone, bound in bounds.items():
                known = latest[edge.after].get(zone)
                if known is None or (_comparable(bound[0]), bound[1]) > (_comparable(known[0]), known[1]):
                    latest[edge.after][zone] = bound


def _has_zone(time: str) -> bool:
    return time.endswith("Z")


def _comparable(time: str) -> str:
    """Fractions of a second make texts of the same instant differ in length: "…05" and "…05.5"."""
    return time.removesuffix("Z")
