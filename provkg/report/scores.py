"""The figures of validation as text: scores, and what is most worth mending."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from provkg.report.findings import EFFORTS
from provkg.report.text import count, printable
from provkg.validate.findings import Place, Report
from provkg.validate.scores import Advice, Score, Scores, choose_advice, score_reports

WIDTH = 100
MOST_PLACES = 3

EXPLAINED = (
    "Each rule is kept to the share of what it looked at of which it has nothing to say. A score is the mean "
    "of these shares in percent, rounded down, in which rules that find violations count three times, those "
    "that find warnings twice, and remarks once. A rule that had nothing to look at counts for nothing, nor "
    "does one that somebody silenced. A score says how complete the record is, not how good the science."
)


def tell_scores(reports: Sequence[Report]) -> str:
    """The figures of these reports in a few lines; empty where no rule looked at anything."""
    scores = score_reports(reports)
    if scores.whole.percent is None:
        return ""
    lines = [
        f"score      {tell_percent(scores.whole)} complete ({tell_basis(scores.whole)})",
        *_tell_row("profiles", [f"{each.name} {tell_percent(each)}" for each in _known(scores.profiles)]),
        *_tell_row("FAIR", [f"{each.name} {tell_percent(each)}" for each in _known(scores.principles)]),
        *_tell_row("degrees", [f"{each.name} {tell_percent(each)}" for each in _known(scores.degrees)]),
        *_tell_advice(choose_advice(reports)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _known(scores: Iterable[Score]) -> list[Score]:
    return [score for score in scores if score.percent is not None]


def _tell_row(label: str, told: Sequence[str]) -> list[str]:
    return [f"{label:<10} {' · '.join(told)}"] if told else []


def _tell_advice(advice: Sequence[Advice]) -> Iterator[str]:
    for number, each in enumerate(advice, 1):
        label = "mend first" if number == 1 else ""
        text = f"{number}. {each.rule.code}: {each.rule.mend} ({tell_worth(each)})"
        yield from textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent=f"{label:<10} ",
            subsequent_indent=" " * 14,
            break_long_words=False,
            break_on_hyphens=False,
        )


def tell_percent(score: Score) -> str:
    """A score in percent; a dash where there is none."""
    return "–" if score.percent is None else f"{score.percent} %"


def tell_basis(score: Score) -> str:
    """What a score stands on."""
    if not score.rules:
        return "no rule had anything to look at"
    told = f"{score.kept} of {count(score.rules, 'rule')} kept"
    left_out = [
        *([f"{score.idle} had nothing to look at"] if score.idle else []),
        *([f"{score.silenced} silenced"] if score.silenced else []),
    ]
    return ", ".join((told, *left_out))


def tell_worth(advice: Advice) -> str:
    """What mending something removes, and what it costs."""
    gain = f", +{advice.gain} %" if advice.gain else ""
    return f"{count(advice.findings, 'finding')}, {EFFORTS.get(advice.rule.effort, 'some time')}{gain}"


def tell_places(places: Sequence[Place], most: int = MOST_PLACES) -> str:
    """The first places, and how many more there are."""
    told = ", ".join(str(place) for place in places[:most])
    return f"{told} and {len(places) - most} more" if len(places) > most else told


def tell_title(reports: Sequence[Report]) -> str:
    """What the reports are about."""
    names = list(dict.fromkeys(report.document for report in reports if report.document))
    return names[0] if len(names) == 1 else count(len(reports), "document")


def find_scores(scores: Scores) -> Iterator[tuple[str, tuple[Score, ...]]]:
    """The groups of figures that a page shows, with their headings."""
    yield "Profiles", scores.profiles
    yield "FAIR principles", scores.principles
    yield "Degrees of reproducibility", scores.degrees
