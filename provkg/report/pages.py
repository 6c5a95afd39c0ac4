"""What validation found as a page of HTML and as a badge, from the templates beside this module.

Notebooks are not trusted: each text goes into a template as text, which Jinja escapes, and the page forbids
itself scripts and the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from provkg.errors import MissingExtra
from provkg.project import SEVERITIES
from provkg.report.findings import EFFORTS, NOUNS, name_place, tell_sums
from provkg.report.scores import (
    EXPLAINED,
    find_scores,
    tell_basis,
    tell_percent,
    tell_places,
    tell_title,
)
from provkg.report.text import count, printable
from provkg.validate.findings import Finding, Report, Rule
from provkg.validate.scores import Score, choose_advice, find_kept, score_reports

TEMPLATES = Path(__file__).parent / "templates"

GOOD, FAIR = 90, 60
"""Percent from which on a score is shown as good, as fair."""

COLOURS = {"good": "#1a7f37", "fair": "#9a6700", "poor": "#b3261e", "none": "#59636e"}
"""White text can be read on each of them (WCAG AA)."""

LABEL = "provenance"
WIDE_LETTERS = 7.2
"""Width in pixels of a letter of the badge, on the safe side; its texts are fitted to what is reserved."""


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """What one rule found in one document."""

    rule: Rule | None
    code: str
    name: str
    severity: str
    places: tuple[tuple[str, str], ...]
    """Where, and what: a line each."""


@dataclass(frozen=True, slots=True)
class DocumentFindings:
    """What was found in one document."""

    name: str
    sums: str
    groups: tuple[RuleFindings, ...]
    silenced: tuple[tuple[str, str, str], ...]
    """Code, place and who silenced it."""


def write_html(reports: Sequence[Report]) -> str:
    """The report as one page, whole in itself: no network, no script.

    Raises:
        MissingExtra: Jinja is not installed.
    """
    scores = score_reports(reports)
    kept = find_kept(reports)
    return str(
        _find_template("report.html.j2").render(
            title=tell_title(reports),
            whole=scores.whole,
            groups=list(find_scores(scores)),
            sums=list(tell_sums(reports)),
            advice=choose_advice(reports),
            documents=[_describe(report) for report in reports],
            kept=[each.rule for each in kept if each.counts and not each.failing],
            idle=[each.rule for each in kept if not each.considered],
            explained=EXPLAINED,
        )
    )


def write_badge(reports: Sequence[Report]) -> str:
    """The whole score as a badge, an SVG image.

    Raises:
        MissingExtra: Jinja is not installed.
    """
    whole = score_reports(reports).whole
    value = "no score" if whole.percent is None else f"{whole.percent} %"
    widths = [round(len(text) * WIDE_LETTERS) + 12 for text in (LABEL, value)]
    return str(
        _find_template("badge.svg.j2").render(
            label=LABEL, value=value, widths=widths, colour=COLOURS[grade(whole)]
        )
    )


def grade(score: Score) -> str:
    """How a score is shown: good, fair, poor or none."""
    if score.percent is None:
        return "none"
    return "good" if score.percent >= GOOD else "fair" if score.percent >= FAIR else "poor"


@cache
def _find_template(name: str) -> Any:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra(
            "reports as HTML and badges need the library jinja2", hint="pip install 'provkg[report]'"
        ) from error
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {
        "basis": tell_basis,
        "effort": EFFORTS.get,
        "grade": grade,
        "noun": NOUNS.get,
        "percent": tell_percent,
        "places": tell_places,
        "number": count,
    }
    return environment.get_template(name)


def _describe(report: Report) -> DocumentFindings:
    rules = {rule.code: rule for rule in report.rules}
    findings = sorted(report.findings, key=lambda each: (SEVERITIES.index(each.severity), each.code))
    return DocumentFindings(
        report.document or "the graph",
        next(tell_sums([report])),
        tuple(
            _describe_rule(report, rules.get(code), list(group))
            for code, group in groupby(findings, key=lambda each: each.code)
        ),
        tuple((each.finding.code, name_place(report, each.finding), each.by) for each in report.silenced),
    )


def _describe_rule(report: Report, rule: Rule | None, findings: Sequence[Finding]) -> RuleFindings:
    first = findings[0]
    return RuleFindings(rule, first.code, first.name, first.severity, tuple(_list_places(report, findings)))


def _list_places(report: Report, findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        place = name_place(report, finding).removeprefix(report.document).removeprefix(":")
        yield place.replace(":", ", "), finding.message
