"""What validation found, for people: in full, by rule, or one line for each finding."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from provkg.project import SEVERITIES
from provkg.report.text import count, printable
from provkg.validate.findings import Finding, Report, Rule

WIDTH = 100
NOUNS = {"violation": "violation", "warning": "warning", "info": "remark"}
MOST_PLACES = 8
"""How many findings of one rule are listed in full reports of one document."""


def tell_concise(reports: Sequence[Report]) -> str:
    """A line for each finding, with its place; then what they sum up to."""
    lines = [_tell_line(report, finding) for report in reports for finding in report.findings]
    return "".join(f"{line}\n" for line in (*lines, *tell_sums(reports)))


def _tell_line(report: Report, finding: Finding) -> str:
    return printable(f"{name_place(report, finding)}: {finding.severity} {finding.code} {finding.message}")


def name_place(report: Report, finding: Finding) -> str:
    """Where a finding is, from its document on."""
    place = finding.place
    if place is None or not place.document:
        return report.document or finding.focus
    return str(place)


def tell_full(reports: Sequence[Report]) -> str:
    """The findings of each document, rule by rule, and how to mend them; then what they sum up to."""
    lines = [line for report in reports if report.findings for line in (*_tell_document(report), "")]
    return "".join(f"{line}\n" for line in (*lines, *tell_sums(reports)))


def _tell_document(report: Report) -> Iterator[str]:
    yield printable(report.document or "the graph")
    rules = {rule.code: rule for rule in report.rules}
    findings = sorted(report.findings, key=lambda each: (SEVERITIES.index(each.severity), each.code))
    for code, group in groupby(findings, key=lambda each: each.code):
        yield from _tell_rule(report, rules.get(code), list(group))


def _tell_rule(report: Report, rule: Rule | None, findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    yield f"  {first.severity:<9}  {first.code}  {first.name}"
    places = [_tell_place(report, finding) for finding in findings[:MOST_PLACES]]
    width = max(len(place) for place in places)
    for place, finding in zip(places, findings, strict=False):
        label = f"    {place:<{width}}  " if width else "    "
        yield from _wrap(finding.message, label)
    if len(findings) > MOST_PLACES:
        yield f"    … and {count(len(findings) - MOST_PLACES, 'place')} more"
    if rule is not None and rule.mend:
        yield from _wrap(rule.mend, "    mend: ")


def _tell_place(report: Report, finding: Finding) -> str:
    """Where it is in its document, which stands above."""
    return name_place(report, finding).removeprefix(report.document).removeprefix(":")


def _wrap(text: str, label: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


def tell_sums(reports: Sequence[Report]) -> Iterator[str]:
    """How many findings of each severity there are, and how many are silenced by what."""
    findings = [finding for report in reports for finding in report.findings]
    documents = count(len(reports), "document")
    if findings:
        counts = Counter(str(finding.severity) for finding in findings)
        told = ", ".join(count(counts[each], NOUNS[each]) for each in SEVERITIES if counts[each])
        yield f"{told} in {documents}"
    else:
        yield f"nothing to mend in {documents}"
    silenced = Counter(silent.by for report in reports for silent in report.silenced)
    if silenced:
        by = ", ".join(f"{number} by {who}" for who, number in sorted(silenced.items()))
        yield f"{count(silenced.total(), 'finding')} silenced: {by}"


# --- rules --------------------------------------------------------------------------------------------------


def tell_rules(rules: Iterable[Rule]) -> str:
    """A line for each rule: its code, its severity, its profile and what it asks for."""
    return "".join(f"{rule.code:<8}  {rule.severity:<9}  {rule.profile:<8}  {rule.name}\n" for rule in rules)


EFFORTS = {1: "minutes", 2: "an hour", 3: "more than an hour"}


def tell_rule(rule: Rule) -> str:
    """All about one rule."""
    rows = [
        ("why", rule.description),
        ("says", rule.message),
        ("severity", rule.severity),
        ("profile", rule.profile),
        ("mend", f"{rule.mend} ({EFFORTS.get(rule.effort, 'unknown')})"),
        *(example.partition(": ")[::2] for example in sorted(rule.examples)),
        *(("source", source) for source in rule.sources),
    ]
    lines = [f"{rule.code}  {rule.name}"]
    for label, text in rows:
        lines += _wrap_example(text, f"  {label:<9} ")
    return "".join(f"{line}\n" for line in lines)


def _wrap_example(text: str, label: str) -> list[str]:
    """The text behind its label; what has lines of its own keeps them."""
    if "\n" not in text.strip():
        return _wrap(text, label)
    indent = " " * len(label)
    return [
        (label if number == 0 else indent) + line for number, line in enumerate(text.strip("\n").split("\n"))
    ]
