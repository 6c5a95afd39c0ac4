"""The constraints of PROV-CONSTRAINTS, by their numbers: what holds to each, and what breaks it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.validate.constraints import TIMES as TIMES_CODE
from provkg.validate.constraints import Breach, check_instances
from provkg.validate.ordering import Order
from provkg.validate.prov_files import parse_document, read_document
from provkg.validate.prov_statements import ABSENT, RELATIONS, Instance, Statement
from provkg.validate.unification import NormalForm


def instances(text: str) -> list[Instance]:
    """What a PROV-N document says; names without a prefix are ex:'s."""
    document = (
        f"document\nprefix ex <http://example.org/>\ndefault <http://example.org/>\n{text}\nendDocument"
    )
    return read_document(parse_document(document.encode(), "provn"))


def breaches(text: str) -> list[Breach]:
    return check_instances(instances(text))


def broken(text: str) -> list[tuple[str, int | None]]:
    """Codes and numbers of the constraints that a document breaks."""
    return sorted({(breach.code, breach.constraint) for breach in breaches(text)}, key=str)


def messages(text: str) -> list[str]:
    return [breach.message for breach in breaches(text)]


# --- uniqueness -------------------------------------------------------------------------------------------------

MORNING, EVENING = "2026-03-01T08:00:00", "2026-03-01T20:00:00"

UNIQUENESS = [
    (22, "activity(a, MORNING, -) activity(a, -, EVENING)", "activity(a, MORNING, -) activity(a, EVENING, -)"),
    (23, "wasGeneratedBy(g; e, a, -) wasGeneratedBy(g; e, -, MORNING)", "wasGeneratedBy(g; e, a, -) wasGeneratedBy(g; f, a, -)"),
    (23, "used(u; a, e, -) used(u; a, -, MORNING)", "used(u; a, e, MORNING) used(u; a, e, EVENING)"),
    (23, "wasInformedBy(i; a, b) wasInformedBy(i; a, b)", "wasInformedBy(i; a, b) wasInformedBy(i; a, c)"),
    (23, "wasStartedBy(s; a, -, b, -) wasStartedBy(s; a, e, -, -)", "wasStartedBy(s; a, e, b, -) wasStartedBy(s; a, f, b, -)"),
    (23, "wasEndedBy(x; a, -, b, -) wasEndedBy(x; a, e, -, -)", "wasEndedBy(x; a, e, b, -) wasEndedBy(x; a, e, c, -)"),
    (23, "wasInvalidatedBy(i; e, a, -) wasInvalidatedBy(i; e, -, -)", "wasInvalidatedBy(i; e, a, -) wasInvalidatedBy(i; f, a, -)"),
    (23, "wasDerivedFrom(d; e, f, a, g, -) wasDerivedFrom(d; e, f, a, -, u)", "wasDerivedFrom(d; e, f, a, -, -) wasDerivedFrom(d; e, f)"),
    (23, "wasAttributedTo(x; e, p) wasAttributedTo(x; e, p)", "wasAttributedTo(x; e, p) wasAttributedTo(x; e, q)"),
    (23, "wasAssociatedWith(x; a, p, l) wasAssociatedWith(x; a, -, l)", "wasAssociatedWith(x; a, p, l) wasAssociatedWith(x; a, p, -)"),
    (23, "actedOnBehalfOf(x; p, q, a) actedOnBehalfOf(x; p, q, -)", "actedOnBehalfOf(x; p, q, a) actedOnBehalfOf(x; p, q, b)"),
    (23, "wasInfluencedBy(x; e, f) wasInfluencedBy(y; e, g)", "wasInfluencedBy(x; e, f) wasInfluencedBy(x; e, g)"),
    (24, "wasGeneratedBy(g; e, a, -) wasGeneratedBy(h; e, b, -)", "wasGeneratedBy(g; e, a, -) wasGeneratedBy(h; e, a, -)"),
    (25, "wasInvalidatedBy(i; e, a, -) wasInvalidatedBy(j; e, b, -)", "wasInvalidatedBy(i; e, a, -) wasInvalidatedBy(j; e, a, -)"),
    (26, "wasStartedBy(s; a, e, b, -) wasStartedBy(t; a, f, c, -)", "wasStartedBy(s; a, e, b, -) wasStartedBy(t; a, f, b, -)"),
    (27, "wasEndedBy(s; a, e, b, -) wasEndedBy(t; a, f, c, -)", "wasEndedBy(s; a, e, b, -) wasEndedBy(t; a, f, b, -)"),
    (28, "activity(a, MORNING, -) wasStartedBy(a, e, b, MORNING)", "activity(a, MORNING, -) wasStartedBy(a, e, b, EVENING)"),
    (29, "activity(a, -, EVENING) wasEndedBy(a, e, b, EVENING)", "activity(a, -, EVENING) wasEndedBy(a, e, b, MORNING)"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "valid", "invalid"), UNIQUENESS)
def test_what_is_named_once_has_one_of_each(number: int, valid: str, invalid: str) -> None:
    valid, invalid = (
        text.replace("MORNING", MORNING).replace("EVENING", EVENING) for text in (valid, invalid)
    )
    assert broken(valid) == []
    assert broken(invalid) == [("PROV502", number)]


def test_usages_may_be_many() -> None:
    assert broken("used(u; a, e, -) used(v; a, e, -)") == []


def test_merging_goes_on_with_what_was_merged() -> None:
    """The two generations are one event (24), so their times are (23), so the identified one has two times."""
    text = f"wasGeneratedBy(g; e, a, {MORNING}) wasGeneratedBy(e, a, -) wasGeneratedBy(e, a, {EVENING})"
    assert broken(text) == [("PROV502", 23)]


def test_a_generation_named_by_a_derivation_is_that_of_its_activity() -> None:
    """Inference 11 gives the generation an activity; then 24 has it that it is the other one."""
    text = "wasDerivedFrom(d; e2, e1, a, g, u) wasGeneratedBy(h; e2, a, -)"
    assert messages(text) == ["e2 has two generations by a, g and h: it can be only one event"]


def test_an_influence_has_the_parts_of_what_it_is_more_precisely() -> None:
    """Inference 15: the usage x is the influence x."""
    assert broken("used(x; a, e, -) wasInfluencedBy(x; a, e)") == []
    assert broken("used(x; a, e, -) wasInfluencedBy(x; a, f)") == [("PROV502", 23)]


def test_times_are_compared_as_instants() -> None:
    same = "activity(a, 2026-03-01T08:00:00Z, -) activity(a, 2026-03-01T09:00:00+01:00, -)"
    assert broken(same) == []


# --- order ------------------------------------------------------------------------------------------------------

ORDERS = [
    (30, "activity(a)", "start a ≤ end a"),
    (33, "activity(a) used(u; a, e, -)", "start a ≤ usage u"),
    (33, "activity(a) used(u; a, e, -)", "usage u ≤ end a"),
    (34, "activity(a) wasGeneratedBy(e, a, -)", "start a ≤ generation e"),
    (34, "activity(a) wasGeneratedBy(e, a, -)", "generation e ≤ end a"),
    (35, "activity(a) activity(b) wasInformedBy(b, a)", "start a ≤ end b"),
    (36, "entity(e)", "generation e ≤ invalidation e"),
    (37, "entity(e) used(u; a, e, -)", "generation e ≤ usage u"),
    (38, "entity(e) used(u; a, e, -)", "usage u ≤ invalidation e"),
    (41, "wasDerivedFrom(d; f, e, a, g, u)", "usage u ≤ generation f"),
    (42, "entity(e) entity(f) wasDerivedFrom(f, e)", "generation e < generation f"),
    (43, "entity(e) wasStartedBy(s; a, e, b, -)", "generation e ≤ start a"),
    (43, "entity(e) wasStartedBy(s; a, e, b, -)", "start a ≤ invalidation e"),
    (44, "entity(e) wasEndedBy(s; a, e, b, -)", "generation e ≤ end a"),
    (44, "entity(e) wasEndedBy(s; a, e, b, -)", "end a ≤ invalidation e"),
    (47, "activity(a) entity(p) wasAssociatedWith(a, p, -)", "start a ≤ invalidation p"),
    (47, "activity(a) entity(p) wasAssociatedWith(a, p, -)", "generation p ≤ end a"),
    (47, "activity(a) activity(p) wasAssociatedWith(a, p, -)", "start a ≤ end p"),
    (47, "activity(a) activity(p) wasAssociatedWith(a, p, -)", "start p ≤ end a"),
    (48, "entity(e) entity(p) wasAttributedTo(e, p)", "generation p ≤ generation e"),
    (48, "entity(e) activity(p) wasAttributedTo(e, p)", "start p ≤ generation e"),
    (49, "entity(p) entity(q) actedOnBehalfOf(q, p, a)", "generation p ≤ invalidation q"),
    (49, "activity(p) activity(q) actedOnBehalfOf(q, p, a)", "start p ≤ end q"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "text", "expected"), ORDERS)
def test_statements_put_events_in_order(number: int, text: str, expected: str) -> None:
    order = Order(NormalForm(instances(text)[0]))
    told = {
        f"{edge.before[0]} {edge.before[1].rpartition('/')[2]} {'<' if edge.is_strict else '≤'} "
        f"{edge.after[0]} {edge.after[1].rpartition('/')[2]}"
        for leaving in order.edges.values()
        for edge in leaving
        if edge.constraint == number
    }
    assert expected in told
    assert broken(text) == []


CIRCLES = {
    "33, 41, 43: what starts an activity is derived from what it made of what it used": (
        "wasDerivedFrom(d; e2, e1, a, g, u) wasDerivedFrom(t, e2) wasStartedBy(a, t, -, -) activity(a) entity(t)"
    ),
    "34, 43: what starts an activity is derived from what it generates": (
        "activity(a) entity(t) wasStartedBy(a, t, -, -) wasGeneratedBy(e, a, -) wasDerivedFrom(t, e)"
    ),
    "31: an activity starts but once": (
        "wasStartedBy(s1; a, t1, b, -) wasStartedBy(s2; a, t2, c, -) wasGeneratedBy(e, a, -) wasDerivedFrom(t2, e)"
    ),
    "39: a thing begins to be but once": (
        "wasGeneratedBy(e, a, -) wasGeneratedBy(e, b, -) wasDerivedFrom(t, e) wasStartedBy(b, t, -, -)"
    ),
    "9, 34, 43: an activity is started by one that it made the trigger of": (
        "activity(a) activity(b) wasStartedBy(a, t, b, -) wasGeneratedBy(e, a, -) wasDerivedFrom(f, e) wasStartedBy(b, f, -, -)"
    ),
    "45: the special begins before the general": (
        "entity(e1) entity(e2) specializationOf(e2, e1) wasDerivedFrom(e1, e2)"
    ),
    "19, 45: also by way of something of which no one says that it was generated": (
        "entity(e1) entity(e3) specializationOf(e2, e1) specializationOf(e3, e2) wasDerivedFrom(e1, e3)"
    ),
    "48: who is responsible for a thing is derived from it": (
        "entity(e) entity(p) wasAttributedTo(e, p) wasDerivedFrom(p, e)"
    ),
    "48: who is responsible for a thing was started by it": (
        "entity(e) activity(p) wasAttributedTo(e, p) wasDerivedFrom(t, e) wasStartedBy(p, t, -, -)"
    ),
}


@pytest.mark.parametrize("text", CIRCLES.values(), ids=CIRCLES)
def test_what_would_happen_before_itself_is_found(text: str) -> None:
    assert {breach.code for breach in breaches(text)} == {"PROV503"}


def test_a_circle_is_told_event_by_event() -> None:
    text = "entity(e1) entity(e2) specializationOf(e2, e1) wasDerivedFrom(e1, e2)"
    assert messages(text) == [
        "events go round in a circle: the generation of e2 is before the generation of e1, "
        "which is not after the generation of e2"
    ]


def test_events_that_happen_at_once_are_no_contradiction() -> None:
    """31, 32, 39, 40: each of two is not after the other."""
    text = (
        "wasGeneratedBy(g; e, a, -) wasGeneratedBy(h; e, b, -) wasInvalidatedBy(i; e, a, -) wasInvalidatedBy(j; e, b, -)"
        "wasStartedBy(s; a, e, b, -) wasStartedBy(t; a, e, c, -) wasEndedBy(x; a, e, b, -) wasEndedBy(y; a, e, c, -)"
    )
    assert broken(text) == []


DERIVATIONS = {
    "wasDerivedFrom(e, e)": ["e is derived from itself"],
    "wasDerivedFrom(e, f) wasDerivedFrom(f, e)": [
        "these are derived from one another in a circle: e → f → e",
    ],
    "wasDerivedFrom(b, a) wasDerivedFrom(c, b) wasDerivedFrom(a, c) wasDerivedFrom(d, c)": [
        "these are derived from one another in a circle: a → b → c → a",
    ],
    "wasDerivedFrom(b, a) wasDerivedFrom(c, b) wasDerivedFrom(c, a)": [],
}


@pytest.mark.parametrize(("text", "expected"), DERIVATIONS.items())
def test_nothing_is_derived_from_itself(text: str, expected: list[str]) -> None:
    assert messages(text) == expected
    assert messages(text + " entity(a) entity(b) entity(c) entity(e) entity(f)") == expected


def test_a_long_circle_is_told_by_its_ends() -> None:
    text = (
        " ".join(f"wasDerivedFrom(e{number + 1}, e{number})" for number in range(30))
        + " wasDerivedFrom(e0, e30)"
    )
    (message,) = messages(text)
    assert message == (
        "these are derived from one another in a circle: e0 → e1 → e2 → e3 → … (24 more) … → e28 → e29 → e30 → e0"
    )
    made = " ".join(
        f"used(u{n}; a{n}, e{n}, -) wasGeneratedBy(e{n + 1}, a{n}, -) wasStartedBy(s{n}; a{n}, e{n}, -, -) activity(a{n})"
        for n in range(30)
    )
    (message,) = messages(f"entity(e0) {made} wasDerivedFrom(e0, e30)")
    assert len(message) < 800
    assert "more events" in message


# --- times ------------------------------------------------------------------------------------------------------

TIMES = {
    "an activity ends before it starts": (
        f"activity(a, {EVENING}, {MORNING})",
        [f"the end of a is at {MORNING}, earlier than the start of a at {EVENING}, which it cannot precede"],
    ),
    "a thing is used before it is generated": (
        f"wasGeneratedBy(e, a, {EVENING}) used(b, e, {MORNING})",
        [f"the use of e by b is at {MORNING}, earlier than the generation of e at {EVENING}, which it cannot precede"],
    ),
    "a thing is generated before what it is derived from": (
        f"wasGeneratedBy(e, a, {EVENING}) wasGeneratedBy(f, b, {MORNING}) wasDerivedFrom(f, e)",
        [f"the generation of f is at {MORNING}, earlier than the generation of e at {EVENING}, which it cannot precede"],
    ),
    "the order goes on past events without a time": (
        f"activity(a, {EVENING}, -) wasGeneratedBy(e, a, -) entity(e) used(b, e, -) activity(b, -, {MORNING})",
        [f"the end of b is at {MORNING}, earlier than the start of a at {EVENING}, which it cannot precede"],
    ),
    "times with and without a zone cannot be compared": (f"activity(a, {EVENING}Z, {MORNING})", []),
    "zones are reckoned with": ("activity(a, 2026-03-01T08:00:00+02:00, 2026-03-01T07:00:00Z)", []),
    "fractions of a second count": ("activity(a, 2026-03-01T08:00:00.5Z, 2026-03-01T08:00:00.75Z)", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TIMES.values(), ids=TIMES)
def test_times_are_held_to_the_order_of_events(text: str, expected: list[str]) -> None:
    assert messages(text) == expected
    assert {breach.code for breach in breaches(text)} <= {"PROV507"}


# --- types and impossibilities ----------------------------------------------------------------------------------

TYPES = [
    (55, "PROV501", "entity(e) agent(e)", "entity(e) activity(e)"),
    (55, "PROV501", "used(a, e, -) wasGeneratedBy(f, a, -)", "used(a, e, -) wasGeneratedBy(f, e, -)"),
    (55, "PROV501", "wasInformedBy(a, b)", "wasInformedBy(a, b) entity(b)"),
    (55, "PROV501", "wasAssociatedWith(a, p, l)", "wasAssociatedWith(a, p, l) activity(l)"),
    (55, "PROV501", "hadMember(c, e)", "hadMember(c, e) activity(c)"),
    (56, "PROV501", "entity(c, [prov:type='prov:Collection']) hadMember(c, e)", "entity(c, [prov:type='prov:EmptyCollection']) hadMember(c, e)"),
    (56, "PROV501", "entity(c, [prov:type='prov:EmptyCollection']) hadMember(d, e)", "entity(c, [prov:type='prov:EmptyCollection']) specializationOf(d, c) hadMember(d, e)"),
    (51, "PROV506", "wasDerivedFrom(e, f, a, g, u)", "wasDerivedFrom(e, f, -, g, -)"),
    (51, "PROV506", "wasDerivedFrom(e, f, a, -, -)", "wasDerivedFrom(e, f, -, -, u)"),
    (52, "PROV506", "specializationOf(e, f)", "specializationOf(e, e)"),
    (52, "PROV506", "specializationOf(e, f) specializationOf(f, g)", "specializationOf(e, f) specializationOf(f, e)"),
    (53, "PROV506", "used(x; a, e, -) wasGeneratedBy(y; e, a, -)", "used(x; a, e, -) wasGeneratedBy(x; f, a, -)"),
    (54, "PROV506", "entity(e) used(x; a, e, -)", "entity(x) used(x; a, e, -)"),
    (54, "PROV506", "agent(p) wasInfluencedBy(x; e, p)", "agent(x) wasInfluencedBy(x; e, p)"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "code", "valid", "invalid"), TYPES)
def test_types_and_impossibilities(number: int, code: str, valid: str, invalid: str) -> None:
    assert broken(valid) == []
    assert broken(invalid) == [(code, number)]


def test_what_gives_a_thing_its_types_is_told() -> None:
    assert messages("entity(e) used(e, data, -)") == [
        "e is an entity (it is said to be one) and an activity (it is the activity in the usage of data): "
        "nothing can be both"
    ]


INCOMPLETE = {
    "wasAttributedTo(e, -)": "the attribution of e does not say its agent",
    "specializationOf(-, e)": "the specialization of e does not say its specific entity",
    "wasInformedBy(i; -, -)": "the communication i does not say its informed activity and informing activity",
    "hadMember(c, -)": "the membership of c does not say its member",
    "wasAssociatedWith(-, p, -)": "the association of p does not say its activity",
}


@pytest.mark.parametrize(("text", "message"), INCOMPLETE.items())
def test_a_statement_with_a_gap_is_told_and_left_out(text: str, message: str) -> None:
    assert messages(text) == [message]


# --- whatever is said -------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "d", "_:x", "_:y"])
TIMES_OR_NONE = st.sampled_from([ABSENT, "2026-03-01T08:00:00Z", "2026-03-01T20:00:00", "soon"])


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    relation = draw(st.sampled_from(sorted(RELATIONS)))
    arguments = tuple(
        draw(TIMES_OR_NONE if parameter.kind == "time" else NAMES | st.just(ABSENT))
        for parameter in RELATIONS[relation]
    )
    return Statement(relation, draw(NAMES), arguments)


@given(st.lists(statements(), max_size=12), st.randoms(use_true_random=False))
def test_whatever_is_said_is_judged_alike_in_every_order(said: list[Statement], random: Random) -> None:
    shuffled = random.sample(said, len(said))
    one, other = (check_instances([Instance("", list(each))]) for each in (said, shuffled))
    assert {breach.code for breach in one} == {breach.code for breach in other}


@given(st.lists(statements(), max_size=12), statements())
def test_saying_more_makes_nothing_valid(said: list[Statement], more: Statement) -> None:
    """Validity is monotone: no statement takes back another."""
    before, after = (check_instances([Instance("", each)]) for each in (said, [*said, more]))
    if any(breach.code != TIMES_CODE for breach in before):
        assert any(breach.code != TIMES_CODE for breach in after)


# --- bundles ----------------------------------------------------------------------------------------------------


def test_each_bundle_is_judged_by_itself() -> None:
    apart = "entity(x) bundle ex:b activity(x) endBundle"
    within = "entity(y) bundle ex:b activity(x) entity(x) endBundle"
    assert broken(apart) == []
    assert [breach.graph for breach in breaches(within)] == ["http://example.org/b"]
