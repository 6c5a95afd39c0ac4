from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.validate.findings import Finding, Place, Report, Rule, Severity, Silenced
from provkg.validate.profiles import load_profiles, load_rules
from provkg.validate.scores import (
    DEGREES,
    PRINCIPLES,
    choose_advice,
    find_kept,
    find_subjects,
    load_aspects,
    load_subjects,
    score_reports,
)

RULES = load_rules()
SPLIT, SEED, LIBRARY, DEFAULTS = (RULES[code] for code in ("ML303", "ML304", "ML305", "ML322"))


def finding(rule: Rule, node: int = 1, message: str = "it lacks something") -> Finding:
    place = Place("birds.ipynb", node, 1)
    return Finding(
        rule.code,
        rule.name,
        message,
        rule.severity,
        f"urn:{node}",
        None,
        None,
        place,
        f"urn:shape:{rule.code}",
    )


def report(considered: dict[Rule, int], *found: Finding, silenced: tuple[Finding, ...] = ()) -> Report:
    return Report(
        "birds.ipynb",
        "urn:birds",
        "notebook",
        ("ml",),
        tuple(considered),
        found,
        tuple(Silenced(each, "a comment") for each in silenced),
        {rule.code: number for rule, number in considered.items()},
    )


def percent(*reports: Report) -> int | None:
    return score_reports(reports).whole.percent


def test_what_lacks_nothing_scores_100() -> None:
    assert percent(report({SPLIT: 3, SEED: 1})) == 100


def test_100_is_kept_for_what_lacks_nothing() -> None:
    assert percent(report({SPLIT: 1000, SEED: 1000}, finding(SEED))) == 99


def test_a_rule_is_kept_to_the_share_of_nodes_it_has_nothing_to_say_of() -> None:
    assert percent(report({SEED: 4}, finding(SEED))) == 75


def test_two_findings_about_one_node_count_as_one_node() -> None:
    assert percent(report({SEED: 4}, finding(SEED), finding(SEED, message="and more"))) == 75


def test_violations_weigh_three_times_and_warnings_twice_as_much_as_information() -> None:
    considered = {LIBRARY: 1, SEED: 1, DEFAULTS: 1}
    severities: list[Severity] = [rule.severity for rule in considered]
    assert severities == ["violation", "warning", "info"]
    assert [percent(report(considered, finding(rule))) for rule in considered] == [50, 66, 83]


def test_a_rule_with_nothing_to_look_at_counts_for_nothing() -> None:
    whole = score_reports([report({SEED: 2, LIBRARY: 0}, finding(SEED))]).whole
    assert (whole.percent, whole.rules, whole.kept, whole.idle) == (50, 1, 0, 1)


def test_where_no_rule_looked_at_anything_there_is_no_score() -> None:
    assert percent(report({SEED: 0})) is None
    assert percent() is None


def test_silencing_a_finding_does_not_raise_the_score_of_its_rule() -> None:
    whole = score_reports([report({SEED: 2, LIBRARY: 1}, silenced=(finding(SEED),))]).whole
    assert (whole.percent, whole.rules, whole.silenced) == (100, 1, 1)


def test_documents_are_taken_together_by_what_was_looked_at() -> None:
    assert percent(report({SEED: 1}, finding(SEED)), report({SEED: 3})) == 75


def test_each_profile_is_scored_by_its_own_rules() -> None:
    scores = score_reports([report({SEED: 1, RULES["FAIR414"]: 1}, finding(SEED))])
    assert [(each.name, each.percent) for each in scores.profiles] == [("ml", 0)]


def test_a_principle_is_scored_by_the_rules_about_it() -> None:
    scores = score_reports([report({RULES["FAIR414"]: 1, SEED: 1}, finding(RULES["FAIR414"]))])
    assert {each.name: each.percent for each in scores.principles if each.rules} == {"R1.1": 0, "R1.2": 100}


def test_a_higher_degree_needs_what_the_lower_ones_need() -> None:
    method, data, experiment = RULES["ML314"], RULES["ML302"], RULES["ML305"]
    scores = score_reports([report({method: 1, data: 1, experiment: 1}, finding(data))])
    assert [(each.name, each.percent, each.rules) for each in scores.degrees] == [
        ("experiment", 66, 3), ("data", 50, 2), ("method", 100, 1)
    ]  # fmt: skip


# --- advice -------------------------------------------------------------------------------------------------


def test_what_removes_most_findings_per_effort_comes_first() -> None:
    hard = replace(SEED, code="ML998", effort=3)
    found = [finding(hard, node) for node in range(2)] + [finding(SEED, 7)]
    reports = [report({SEED: 1, hard: 9}, *found)]
    assert [each.rule.code for each in choose_advice(reports)] == ["ML304", "ML998"]


def test_of_equal_effort_a_violation_is_mended_before_a_warning() -> None:
    reports = [report({SEED: 1, LIBRARY: 1}, finding(SEED), finding(LIBRARY))]
    assert [each.rule.code for each in choose_advice(reports)] == ["ML305", "ML304"]


def test_advice_says_how_much_is_won_and_where() -> None:
    (advice,) = choose_advice([report({SEED: 2, LIBRARY: 1}, finding(SEED, 4), finding(SEED, 2))])
    assert (advice.findings, advice.documents, advice.gain) == (2, 1, 40)
    assert [str(place) for place in advice.places] == [
        "birds.ipynb:cell 4:line 1",
        "birds.ipynb:cell 2:line 1",
    ]


def test_there_are_at_most_five_pieces_of_advice() -> None:
    rules = [RULES[code] for code in ("ML302", "ML303", "ML304", "ML305", "ML308", "ML311")]
    found = [finding(rule) for rule in rules]
    assert len(choose_advice([report(dict.fromkeys(rules, 1), *found)])) == 5


@given(
    st.dictionaries(st.sampled_from(list(RULES)), st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6)
)
def test_mending_what_is_advised_never_lowers_the_score(drawn: dict[str, tuple[int, int]]) -> None:
    found = [finding(RULES[code], node) for code, (_, failing) in drawn.items() for node in range(failing)]
    considered = {RULES[code]: max(numbers) for code, numbers in drawn.items()}
    before = percent(report(considered, *found))
    for advice in choose_advice([report(considered, *found)]):
        after = percent(report(considered, *[each for each in found if each.code != advice.rule.code]))
        assert before is not None
        assert after is not None
        assert after >= before + advice.gain


# --- principles and degrees ---------------------------------------------------------------------------------


def test_subjects_are_those_of_rules_and_profiles_that_exist() -> None:
    known = {f"https://w3id.org/provkg/shapes#{code}" for code in RULES}
    known |= {profile.iri for profile in load_profiles().values()}
    later = {f"https://w3id.org/provkg/shapes#RUN{number}" for number in range(201, 219)}
    assert set(load_subjects()) - known - later == set()


@pytest.mark.parametrize("code", RULES)
def test_every_rule_says_something_about_a_principle(code: str) -> None:
    principles = {aspect.iri for aspect in load_aspects()[PRINCIPLES]}
    assert find_subjects(RULES[code], load_subjects()) & principles


def test_every_subject_is_a_principle_or_part_of_a_degree() -> None:
    known = {
        need for scheme in (PRINCIPLES, DEGREES) for aspect in load_aspects()[scheme] for need in aspect.needs
    }
    assert {subject for subjects in load_subjects().values() for subject in subjects} <= known


def test_principles_and_degrees_have_words_for_a_person() -> None:
    assert [each.notation for each in load_aspects()[DEGREES]] == ["experiment", "data", "method"]
    assert all(each.title for scheme in load_aspects().values() for each in scheme)


def test_kept_rules_are_listed_by_code() -> None:
    assert [each.rule.code for each in find_kept([report({LIBRARY: 1, SEED: 1})])] == ["ML304", "ML305"]
