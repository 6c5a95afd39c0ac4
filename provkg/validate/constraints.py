"""The constraints of W3C's PROV-CONSTRAINTS: is this a history that can have happened?

    statements ──unification──▶ normal form ──▶ types, impossibilities
                                     └─ordering──▶ circles, times

Each bundle is checked by itself, as the recommendation says. What it does not ask for, and a reader wants to
know, is kept apart: clock times against the order of events (PROV507), as clocks may differ.

Source: PROV-CONSTRAINTS, W3C Recommendation of 30 April 2013; the numbers of constraints are its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from provkg.validate.ordering import (
    HELPER,
    Contradiction,
    Edge,
    Event,
    Order,
    find_contradictions,
    find_knots_of_events,
    find_strict_circles,
)
from provkg.validate.prov_statements import (
    ABSENT,
    ELEMENTS,
    NOUNS,
    RELATIONS,
    RELATIONS_WITHOUT_ID,
    Instance,
    Statement,
    is_variable,
)
from provkg.validate.unification import Clash, NormalForm, is_complete

TYPING = "PROV501"
UNIQUENESS = "PROV502"
ORDERING = "PROV503"
DERIVATION = "PROV505"
IMPOSSIBILITY = "PROV506"
TIMES = "PROV507"
MALFORMED = "PROV508"


@dataclass(frozen=True, slots=True)
class Breach:
    """One constraint that does not hold, in words."""

    code: str
    constraint: int | None
    """Its number in the recommendation; None for what the data model or common sense asks for."""
    focus: str
    value: str | None
    message: str
    graph: str
    """The bundle; empty outside bundles."""


def check_instances(instances: Iterable[Instance]) -> list[Breach]:
    """What does not hold in these, in the order of the instances."""
    return list(chain.from_iterable(map(check_instance, instances)))


def check_instance(instance: Instance) -> list[Breach]:
    """What does not hold in one instance, by code and place."""
    form = NormalForm(instance)
    found = chain(
        _check_form(instance),
        (_tell_clash(clash, instance) for clash in form.clashes),
        _check_types(form),
        _check_impossible(form),
        _check_order(form),
    )
    return sorted(set(found), key=lambda breach: (breach.code, breach.focus, breach.message))


# --- is it PROV at all? -----------------------------------------------------------------------------------


def _check_form(instance: Instance) -> Iterator[Breach]:
    for each in instance.malformed:
        message = f"{instance.name_of(each.focus)}: {each.reason}, where a thing has to stand"
        yield Breach(MALFORMED, None, each.focus, each.value, message, instance.name)
    for statement in instance.statements:
        if not is_complete(statement):
            missing = [
                parameter.name
                for value, parameter in zip(statement.arguments, RELATIONS[statement.relation], strict=True)
                if value == ABSENT and parameter.is_required
            ]
            focus = _find_focus(statement)
            message = f"the {_tell_statement(statement, instance)} does not say its {' and '.join(missing)}"
            yield Breach(MALFORMED, None, focus, None, message, instance.name)


def _find_focus(statement: Statement) -> str:
    """The node that a reader looks for: the first argument with a name, else the statement itself."""
    named = (each for each in statement.arguments if each != ABSENT and not is_variable(each))
    return next(named, statement.id) if is_variable(statement.id) else statement.id


def _tell_statement(statement: Statement, instance: Instance) -> str:
    noun = NOUNS[statement.relation]
    if not is_variable(statement.id):
        return f"{noun} {instance.name_of(statement.id)}"
    named = [each for each in statement.arguments if each != ABSENT and not is_variable(each)]
    return f"{noun} of {instance.name_of(named[0])}" if named else noun


# --- uniqueness: constraints 22 to 29 ---------------------------------------------------------------------


def _tell_clash(clash: Clash, instance: Instance) -> Breach:
    statement = clash.statement
    one, other = (instance.name_of(value) if value != ABSENT else "none" for value in clash.values)
    names = [instance.name_of(each) for each in statement.arguments[:2]]
    noun = NOUNS[statement.relation]
    match clash.constraint:
        case 24 | 25:
            told = f"{names[0]} has two {noun}s by {names[1]}, {one} and {other}: it can be only one event"
        case 26 | 27:
            told = f"{names[0]} has two {noun}s by one activity, {one} and {other}: it can be only one event"
        case 28 | 29:
            told = f"{names[0]} has two times of its {noun}, {one} and {other}"
        case _:
            what = _tell_statement(statement, instance)
            told = f"the {what} has two values for its {clash.parameter}, {one} and {other}"
    focus = statement.arguments[0] if clash.constraint >= 24 else _find_focus(statement)
    return Breach(UNIQUENESS, clash.constraint, focus, clash.values[1], told, instance.name)


# --- types: constraints 50, 55, 56 ------------------------------------------------------------------------


def _check_types(form: NormalForm) -> Iterator[Breach]:
    reasons = _find_types(form)
    name_of = form.instance.name_of
    for thing in reasons["entity"].keys() & reasons["activity"].keys():
        why = " and ".join(
            f"an {kind} ({_tell_reason(reasons[kind][thing], thing, form)})"
            for kind in ("entity", "activity")
        )
        message = f"{name_of(thing)} is {why}: nothing can be both"
        yield Breach(TYPING, 55, thing, None, message, form.instance.name)
    empty = {form.terms.find(each) for each in form.instance.empty_collections}
    empty |= _find_specific(empty, form)
    for each in form.all_of("hadMember"):
        collection, member = each.arguments
        if collection in empty:
            message = f"{name_of(collection)} is an empty collection, but has the member {name_of(member)}"
            yield Breach(TYPING, 56, collection, member, message, form.instance.name)


def _find_types(form: NormalForm) -> dict[str, dict[str, Statement]]:
    """Kind → thing → the statement that says so; the plainest one comes first."""
    reasons: dict[str, dict[str, Statement]] = {"entity": {}, "activity": {}, "agent": {}}
    for relation, parameters in RELATIONS.items():
        for statement in form.all_of(relation):
            if relation in ELEMENTS:
                reasons[relation].setdefault(statement.id, statement)
                continue
            for parameter, value in zip(parameters, statement.arguments, strict=True):
                if parameter.kind in reasons and value != ABSENT:
                    reasons[parameter.kind].setdefault(value, statement)
    return reasons


def _tell_reason(statement: Statement, thing: str, form: NormalForm) -> str:
    if statement.relation in ELEMENTS:
        return "it is said to be one"
    place = RELATIONS[statement.relation][statement.arguments.index(thing)].name
    others = [each for each in statement.arguments[:2] if each != thing and each != ABSENT]
    of = f" of {form.instance.name_of(others[0])}" if others and not is_variable(others[0]) else ""
    return f"it is the {place} in the {NOUNS[statement.relation]}{of}"


def _find_specific(things: set[str], form: NormalForm) -> set[str]:
    """What specializes these, directly or not (inference 21: it has their attributes)."""
    below: dict[str, set[str]] = defaultdict(set)
    for each in form.all_of("specializationOf"):
        below[each.arguments[1]].add(each.arguments[0])
    found: set[str] = set()
    waiting = list(things)
    while waiting:
        new = below.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


# --- impossibility: constraints 51 to 54 ------------------------------------------------------------------

_MAY_SHARE = {*ELEMENTS, *RELATIONS_WITHOUT_ID, "wasInfluencedBy"}
"""Relations whose identifiers may identify something else too: an influence is what it is more precisely."""


def _check_impossible(form: NormalForm) -> Iterator[Breach]:
    instance = form.instance
    for each in form.all_of("wasDerivedFrom"):
        generated, source, activity, generation, usage = each.arguments
        if activity == ABSENT and (generation, usage) != (ABSENT, ABSENT):
            names = instance.name_of(generated), instance.name_of(source)
            message = (
                f"the derivation of {names[0]} from {names[1]} names a generation or usage, but no activity"
            )
            yield Breach(IMPOSSIBILITY, 51, _find_focus(each), None, message, instance.name)
    yield from _check_specializations(form)
    for id, relations in _find_identified(form).items():
        events = sorted(NOUNS[each] for each in relations - _MAY_SHARE)
        elements = sorted(relations & {*ELEMENTS})
        if len(events) > 1:
            message = f"{instance.name_of(id)} identifies two things: a {events[0]} and a {events[1]}"
            yield Breach(IMPOSSIBILITY, 53, id, None, message, instance.name)
        if elements and (events or "wasInfluencedBy" in relations):
            what = (*events, "influence")[0]
            message = f"{instance.name_of(id)} identifies an {elements[0]} and a {what}: nothing can be both"
            yield Breach(IMPOSSIBILITY, 54, id, None, message, instance.name)


def _check_specializations(form: NormalForm) -> Iterator[Breach]:
    """Nothing specializes itself, also not by way of others (inference 19)."""
    edges: dict[Event, list[Edge]] = defaultdict(list)
    for each in form.all_of("specializationOf"):
        specific, general = each.arguments
        edges["entity", specific].append(Edge(("entity", specific), ("entity", general), 52, is_strict=True))
    for circle in find_strict_circles(edges):
        names = [form.instance.name_of(edge.before[1]) for edge in circle]
        way = f", by way of {_tell_way(names[1:])}" if len(names) > 1 else ""
        message = f"{names[0]} is a specialization of itself{way}"
        yield Breach(IMPOSSIBILITY, 52, circle[0].before[1], None, message, form.instance.name)


def _find_identified(form: NormalForm) -> dict[str, set[str]]:
    """Identifier → the relations that it is said to identify, for those of events."""
    identified: dict[str, set[str]] = defaultdict(set)
    for id, relations in form.instance.event_classes.items():
        identified[form.terms.find(id)] |= relations
    for relation in RELATIONS:
        if relation not in {*ELEMENTS, *RELATIONS_WITHOUT_ID}:
            for each in form.all_of(relation):
                identified[each.id].add(relation)
    for element in ELEMENTS:
        for each in form.all_of(element):
            if each.id in identified:
                identified[each.id].add(element)
    return {id: relations for id, relations in sorted(identified.items()) if len(relations) > 1}


# --- order: constraints 30 to 49 --------------------------------------------------------------------------


def _check_order(form: NormalForm) -> Iterator[Breach]:
    order = Order(form)
    instance = form.instance
    derivations = _find_derivations(form)
    for circle in find_strict_circles(derivations):
        names = [instance.name_of(edge.before[1]) for edge in circle]
        message = (
            f"{names[0]} is derived from itself"
            if len(names) == 1
            else f"these are derived from one another in a circle: {_tell_way((*names, names[0]))}"
        )
        yield Breach(DERIVATION, 42, circle[0].before[1], circle[-1].before[1], message, instance.name)
    circular = {
        event: number
        for number, knot in enumerate(find_knots_of_events(derivations))
        if len(knot) > 1
        for event in knot
    }
    for circle in find_strict_circles(order.edges):
        if all(edge.before in circular or edge.before == edge.after for edge in circle):
            continue  # told as a circle of derivations
        message = f"events go round in a circle: {_tell_circle(circle, order, instance)}"
        yield Breach(
            ORDERING,
            _main_constraint(circle),
            circle[0].after[1],
            circle[0].before[1],
            message,
            instance.name,
        )
    disputed = {value for clash in form.clashes for value in clash.values}
    for found in find_contradictions(order.edges, _find_times(form, disputed)):
        yield _tell_contradiction(found, order, instance)


def _tell_way(names: Sequence[str]) -> str:
    """ "a → b → c"; of a long way its two ends, and how long it is."""
    if len(names) > 2 * _SHOWN:
        left_out = f"… ({len(names) - 2 * _SHOWN} more) …"
        names = [*names[:_SHOWN], left_out, *names[-_SHOWN:]]
    return " → ".join(names)


_SHOWN = 4
"""Things or events at either end of a circle that a message tells."""


def _find_derivations(form: NormalForm) -> dict[Event, list[Edge]]:
    edges: dict[Event, list[Edge]] = defaultdict(list)
    for each in form.all_of("wasDerivedFrom"):
        before, after = ("generation", each.arguments[1]), ("generation", each.arguments[0])
        edges[before].append(Edge(before, after, 42, is_strict=True))
    return edges


def _main_constraint(circle: list[Edge]) -> int:
    """The one that says most: not that of the strict edge, which every circle has."""
    return next((edge.constraint for edge in circle if not edge.is_strict), circle[0].constraint)


def _find_times(form: NormalForm, disputed: set[str]) -> dict[Event, set[str]]:
    """When events happened, where it is said and there is no other word on it."""
    times: dict[Event, set[str]] = defaultdict(set)
    for each in form.all_of("activity"):
        times["start", each.id].add(each.arguments[0])
        times["end", each.id].add(each.arguments[1])
    for relation, kind in (("wasGeneratedBy", "generation"), ("wasInvalidatedBy", "invalidation")):
        for each in form.all_of(relation):
            times[kind, each.arguments[0]].add(each.arguments[2])
    for relation, kind in (("wasStartedBy", "start"), ("wasEndedBy", "end")):
        for each in form.all_of(relation):
            times[kind, each.arguments[0]].add(each.arguments[3])
    for each in form.all_of("used"):
        times["usage", each.id].add(each.arguments[2])
    known = {event: set(filter(_is_time, found - disputed)) for event, found in times.items()}
    return {event: found for event, found in known.items() if found}


def _is_time(text: str) -> bool:
    return len(text) >= 19 and text[4] == "-" and text[10] == "T"


def _tell_event(event: Event, order: Order, instance: Instance) -> str:
    kind, thing = event
    if kind == "usage" and thing in order.usages:
        usage = order.usages[thing]
        return f"the use of {instance.name_of(usage.entity)} by {instance.name_of(usage.activity)}"
    return f"the {kind} of {instance.name_of(thing)}"


def _tell_circle(circle: list[Edge], order: Order, instance: Instance) -> str:
    """ "the generation of a is before the use of a by b, which is not after the generation of a" """
    told: list[str] = []
    is_strict = False
    for edge in circle:
        is_strict |= edge.is_strict
        if edge.after[0].endswith(HELPER):
            continue
        relation = "is before" if is_strict else "is not after"
        told.append(f"{relation} {_tell_event(edge.after, order, instance)}")
        is_strict = False
    if len(told) > 2 * _SHOWN:
        jump = f"leads by {len(told) - 2 * _SHOWN} more events to one that {told[-_SHOWN]}"
        told = [*told[:_SHOWN], jump, *told[1 - _SHOWN :]]
    return f"{_tell_event(circle[0].before, order, instance)} {', which '.join(told)}"


def _tell_contradiction(found: Contradiction, order: Order, instance: Instance) -> Breach:
    after, before = (_tell_event(event, order, instance) for event in (found.after, found.before))
    times = f"at {found.after_time}, earlier than {before} at {found.before_time}"
    message = f"{after} is {times}, which it cannot precede"
    kind, thing = found.after
    focus = order.usages[thing].activity if kind == "usage" and thing in order.usages else thing
    return Breach(TIMES, None, focus, found.after_time, message, instance.name)


def count_by_code(breaches: Iterable[Breach]) -> dict[str, int]:
    """How many breaches there are of each code."""
    codes = sorted(breach.code for breach in breaches)
    return {code: len(list(found)) for code, found in groupby(codes)}
