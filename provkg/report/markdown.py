"""What validation found as Markdown, for a README, an issue or a review."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from provkg.project import SEVERITIES
from provkg.report.findings import NOUNS, name_place, tell_sums
from provkg.report.scores import (
    EXPLAINED,
    find_scores,
    tell_basis,
    tell_percent,
    tell_places,
    tell_title,
    tell_worth,
)
from provkg.report.text import count, printable
from provkg.validate.findings import Finding, Report
from provkg.validate.scores import Advice, Score, choose_advice, score_reports

MOST_FINDINGS = 20
"""How many findings of one rule are listed for one document."""

_MARKUP = re.compile(r"[\\`*_\[\]|~<>&@]|:(?=//)|(?<=www)[.]")
_ENTITIES = {character: f"&#{ord(character)};" for character in "<>&:@."}
"""What would be HTML, an address or a person in spite of a backslash."""


def escape(text: str) -> str:
    r"""`text` on one line, in which nothing is markup, whatever it says.

    >>> print(escape("<b>*1* [x](http://a.b)"))
    &#60;b&#62;\*1\* \[x\](http&#58;//a.b)
    """
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0], "\\" + match[0]), printable(text))


def write_markdown(reports: Sequence[Report]) -> str:
    """The report as Markdown: figures, what to mend first, then all findings by document."""
    scores = score_reports(reports)
    lines = [
        f"# Is the record complete? {escape(tell_title(reports))}",
        "",
        f"**{tell_percent(scores.whole)} complete**: {tell_basis(scores.whole)}. "
        f"{_sentence(tell_sums(reports))}",
        "",
        *_write_advice(choose_advice(reports)),
    ]
    for heading, group in find_scores(scores):
        lines += _write_scores(heading, group)
    lines += ["## Findings", ""]
    for report in reports:
        lines += _write_report(report)
    lines += ["## How the score is made", "", EXPLAINED]
    return "\n".join(lines) + "\n"


def _sentence(told: Iterator[str]) -> str:
    return " ".join(f"{escape(line)[:1].upper()}{escape(line)[1:]}." for line in told)


def _write_advice(advice: Sequence[Advice]) -> Iterator[str]:
    if not advice:
        return
    yield from ("## Mend first", "")
    for number, each in enumerate(advice, 1):
        places = f" In {escape(tell_places(each.places))}." if each.places else ""
        yield f"{number}. **{each.rule.code}** {escape(each.rule.mend)} *({tell_worth(each)})*{places}"
    yield ""


def _write_scores(heading: str, scores: Sequence[Score]) -> Iterator[str]:
    yield from (f"## {heading}", "", "| | | score | stands on |", "|---|---|--:|---|")
    for each in scores:
        yield f"| {escape(each.name)} | {escape(each.title)} | {tell_percent(each)} | {tell_basis(each)} |"
    yield ""


def _write_report(report: Report) -> Iterator[str]:
    yield from (f"### {escape(report.document or 'the graph')}", "")
    if not report.findings:
        yield from ("Nothing to mend.", "")
        return
    findings = sorted(report.findings, key=lambda each: (SEVERITIES.index(each.severity), each.code))
    for _, group in groupby(findings, key=lambda each: each.code):
        yield from _write_rule(report, list(group))
    yield ""


def _write_rule(report: Report, findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    yield f"- **{first.code}** {escape(first.name)} ({NOUNS[first.severity]})"
    for finding in findings[:MOST_FINDINGS]:
        yield f"  - {escape(name_place(report, finding))}: {escape(finding.message)}"
    if len(findings) > MOST_FINDINGS:
        yield f"  - … and {count(len(findings) - MOST_FINDINGS, 'place')} more"
