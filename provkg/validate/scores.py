"""How complete a record is, in figures, and what is most worth mending.

Each rule that looked at something is kept to some extent: by the share of the nodes it looked at of which
it has nothing to say. A score is the mean of these shares, where a rule counts 3 if what it finds is a
violation, 2 if a warning, 1 if information; in percent, rounded down, so that 100 means: nothing is missing.
A rule with nothing to look at counts for nothing, and so does one of which somebody silenced a finding; how
many these are is told. Where no rule looked at anything there is no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import DCTERMS, SHAPES, SKOS
from provkg.resources import find_resource
from provkg.validate.findings import Place, Report, Rule, Severity
from provkg.validate.profiles import load_profiles

WEIGHTS: dict[Severity, int] = {"violation": 3, "warning": 2, "info": 1}
MOST_ADVICE = 5

ASPECTS = "shapes/aspects.ttl"
PRINCIPLES = SHAPES.IRI + "principles"
DEGREES = SHAPES.IRI + "degrees"


@dataclass(frozen=True, slots=True)
class Kept:
    """How far one rule is kept, in all documents together."""

    rule: Rule
    considered: int
    """How many nodes it looked at."""
    failing: int
    """Of how many of them it has something to say."""
    findings: int
    silenced: int

    @property
    def counts(self) -> bool:
        """Whether it is part of scores: it looked at something, and nobody silenced it."""
        return self.considered > 0 and self.silenced == 0

    @property
    def share(self) -> Fraction:
        """The share of the nodes of which it has nothing to say."""
        return 1 - Fraction(self.failing, self.considered)


@dataclass(frozen=True, slots=True)
class Score:
    """A figure, and what it stands on."""

    name: str
    """Token of a profile, notation of a principle or degree; "" of the whole."""
    title: str
    percent: int | None
    """0 to 100; None where no rule looked at anything."""
    rules: int
    """How many rules count."""
    kept: int
    """How many of them have nothing to say."""
    idle: int
    """How many had nothing to look at."""
    silenced: int
    """How many are left out because somebody silenced what they found."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of some reports."""

    whole: Score
    profiles: tuple[Score, ...]
    principles: tuple[Score, ...]
    degrees: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to mend, and what that is worth."""

    rule: Rule
    findings: int
    documents: int
    gain: int
    """By how many percent the whole score rises, rounded down."""
    places: tuple[Place, ...]
    message: str
    """What the first finding says."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """A FAIR principle, or a degree of reproducibility."""

    iri: str
    notation: str
    title: str
    description: str
    needs: frozenset[str]
    """Subjects, any of which makes a rule count for it."""


def score_reports(reports: Sequence[Report]) -> Scores:
    """The figures of these reports, taken together."""
    kept = find_kept(reports)
    tokens = sorted({token for report in reports for token in report.profiles})
    profiles = load_profiles()
    return Scores(
        _score("", "all rules", kept),
        tuple(
            _score(token, profiles[token].title, [each for each in kept if each.rule.profile == token])
            for token in tokens
        ),
        _score_aspects(PRINCIPLES, kept),
        _score_aspects(DEGREES, kept),
    )


def find_kept(reports: Sequence[Report]) -> tuple[Kept, ...]:
    """How far each rule is kept to which any of the reports is held, by their codes."""
    rules = {rule.code: rule for report in reports for rule in report.rules}
    return tuple(_find_kept(rules[code], reports) for code in sorted(rules))


def _find_kept(rule: Rule, reports: Sequence[Report]) -> Kept:
    findings = [each for report in reports for each in report.findings if each.code == rule.code]
    failing = 0
    considered = 0
    for report in reports:
        looked_at = report.considered.get(rule.code, 0)
        nodes = {each.focus for each in report.findings if each.code == rule.code}
        considered += max(looked_at, len(nodes))
        failing += len(nodes)
    silenced = sum(silent.finding.code == rule.code for report in reports for silent in report.silenced)
    return Kept(rule, considered, failing, len(findings), silenced)


def _score(name: str, title: str, kept: Iterable[Kept], description: str = "") -> Score:
    rules = tuple(kept)
    counted = [each for each in rules if each.counts]
    return Score(
        name,
        title,
        None if not counted else int(100 * _mean(counted)),
        len(counted),
        sum(each.failing == 0 for each in counted),
        sum(each.considered == 0 for each in rules),
        sum(each.silenced > 0 for each in rules),
        description,
    )


def _mean(kept: Sequence[Kept]) -> Fraction:
    weights = sum(WEIGHTS[each.rule.severity] for each in kept)
    return sum((WEIGHTS[each.rule.severity] * each.share for each in kept), Fraction(0)) / weights


# --- what to mend -------------------------------------------------------------------------------------------


def choose_advice(reports: Sequence[Report], most: int = MOST_ADVICE) -> tuple[Advice, ...]:
    """What is most worth mending: most findings removed per effort, where a violation weighs most."""
    kept = [each for each in find_kept(reports) if each.findings]

    def worth(each: Kept) -> tuple[Fraction, str]:
        weight = WEIGHTS[each.rule.severity] * each.findings
        return -Fraction(weight, each.rule.effort or 1), each.rule.code

    best = sorted(kept, key=worth)[:most]
    counted = [each for each in find_kept(reports) if each.counts]
    return tuple(_advise(each, counted, reports) for each in best)


def _advise(each: Kept, counted: Sequence[Kept], reports: Sequence[Report]) -> Advice:
    found = [
        (report.document, finding)
        for report in reports
        for finding in report.findings
        if finding.code == each.rule.code
    ]
    places = (finding.place for _, finding in found if finding.place is not None)
    return Advice(
        each.rule,
        len(found),
        len({document for document, _ in found}),
        _gain(each, counted),
        tuple(dict.fromkeys(places)),
        found[0][1].message,
    )


def _gain(each: Kept, counted: Sequence[Kept]) -> int:
    """By how much the whole score rises where one rule has nothing to say any more."""
    if not each.counts:
        return 0
    weights = sum(WEIGHTS[other.rule.severity] for other in counted)
    return int(100 * WEIGHTS[each.rule.severity] * (1 - each.share) / weights)


# --- principles and degrees ---------------------------------------------------------------------------------


def _score_aspects(scheme: str, kept: Sequence[Kept]) -> tuple[Score, ...]:
    aspects, subjects = load_aspects(), load_subjects()
    return tuple(
        _score(
            aspect.notation,
            aspect.title,
            [each for each in kept if find_subjects(each.rule, subjects) & aspect.needs],
            aspect.description,
        )
        for aspect in aspects[scheme]
    )


def find_subjects(rule: Rule, subjects: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a rule says something about: its own subjects, else those of its profile."""
    own = subjects.get(SHAPES.IRI + rule.code)
    return own if own is not None else subjects.get(load_profiles()[rule.profile].iri, frozenset())


@cache
def load_subjects() -> dict[str, frozenset[str]]:
    """IRI of a rule or of a profile → the subjects that it says something about."""
    found: dict[str, set[str]] = {}
    for quad in _read_aspects().quads_for_pattern(None, DCTERMS.subject, None):
        found.setdefault(_iri(quad.subject), set()).add(_iri(quad.object))
    return {iri: frozenset(subjects) for iri, subjects in sorted(found.items())}


@cache
def load_aspects() -> dict[str, tuple[Aspect, ...]]:
    """IRI of a scheme → its principles or degrees, in the order in which the file has them."""
    found: dict[str, list[Aspect]] = {PRINCIPLES: [], DEGREES: []}
    for quad in _read_aspects_in_order():
        if quad.predicate == SKOS.inScheme:
            found[_iri(quad.object)].append(_make_aspect(quad.subject))
    return {scheme: tuple(aspects) for scheme, aspects in found.items()}


def _make_aspect(node: Any) -> Aspect:
    needs = frozenset(_iri(each) for each in _values(node, DCTERMS.requires))
    return Aspect(
        _iri(node),
        _text(node, SKOS.notation),
        _text(node, SKOS.prefLabel),
        _text(node, SKOS.definition),
        needs or frozenset({_iri(node)}),
    )


def _values(node: Any, predicate: ox.NamedNode) -> list[Any]:
    return [quad.object for quad in _read_aspects().quads_for_pattern(node, predicate, None)]


def _text(node: Any, predicate: ox.NamedNode) -> str:
    return next((str(value.value) for value in _values(node, predicate)), "")


@cache
def _read_aspects() -> ox.Store:
    store = ox.Store()
    store.extend(_read_aspects_in_order())
    return store


@cache
def _read_aspects_in_order() -> tuple[ox.Quad, ...]:
    folder, _, name = ASPECTS.partition("/")
    content = (find_resource(folder) / name).read_bytes()
    return tuple(ox.parse(content, format=ox.RdfFormat.TURTLE))


def _iri(node: Any) -> str:
    return str(node.value)
