"""The values of measures that a saved notebook shows: as the result of a cell, or printed by it.

A value is taken only where it is certain which call it is the result of. What a cell prints is told by
templates (`printed.py`) that are compared with the lines of its output; where more than one line may be the
one, or the text was cut short, or the cell failed, nothing is taken.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

from provkg.extract.learning import metric_id
from provkg.extract.printed import (
    Line,
    Match,
    Meaning,
    has_number,
    has_words,
    lines_of,
    match_line,
    may_be_broken,
    place_in_order,
)
from provkg.extract.recorded import output_id, text_of
from provkg.extract.redaction import Redactor
from provkg.extract.values import CallSite
from provkg.facts import Fact
from provkg.facts.learning import Metric
from provkg.sources.document import Cell

LONGEST_OUTPUT = 100_000
"""Characters of printed text beyond which a cell is left alone."""

MOST_LINES = 5_000

MOST_PRINTED = 200
"""Lines that the prints of one cell write, beyond which it is left alone."""

RESULT = re.compile(
    r"(?:(?:np|numpy)\.\w{3,20}\(|tensor\()?([-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,4})?)\)?", re.ASCII
)
"""A number as the result of a cell: 0.93, np.float64(0.93), tensor(0.93)."""

CUT_SHORT = ("truncated", "rate exceeded", "clear_output")
"""What is said where not all of an output is there."""

ROUNDING = frozenset({"float", "numpy.around", "numpy.round", "round"})
"""Functions that give the same number, or the same with fewer digits."""

SAME_NUMBER = frozenset({"item", "numpy"})
"""Methods that give the number that an object is."""

Names = dict[str, Meaning]


@dataclass(frozen=True, slots=True)
class Printed:
    """A print, the lines that it writes, and whether it runs exactly once when its cell does."""

    call: ast.Call
    lines: tuple[Line, ...]
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that an output shows."""

    value: Decimal
    output: int
    """Place of the output in its cell."""
    mime: str = "text/plain"


class Reader:
    """Goes through programs, and notes what they print of the results of some calls."""

    def __init__(self, sites: Mapping[ast.Call, CallSite], measures: Collection[ast.Call]) -> None:
        self.sites = sites
        self.measures = measures
        self.rebound: set[str] = set()
        """Names that functions may change behind the back of a cell."""
        self.prints: list[Printed] = []
        self.is_open = False
        """The print before left its line open."""

    def read_cell(self, tree: ast.Module) -> tuple[list[Printed], Meaning]:
        """The prints of a cell and of the functions in it, and what its last expression is."""
        self.prints, self.is_open = [], False
        names: Names = {}
        self.read_block(tree.body, names, is_sure=True)
        last = tree.body[-1] if tree.body else None
        shown = self.look_up(last.value, names) if isinstance(last, ast.Expr) else None
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.is_open = False
                self.read_block(node.body, {}, is_sure=False)
        return self.prints, shown

    def read_block(self, body: Sequence[ast.stmt], names: Names, *, is_sure: bool) -> None:
        for statement in body:
            self.read_statement(statement, names, is_sure)

    def read_statement(self, statement: ast.stmt, names: Names, is_sure: bool) -> None:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.pop(statement.name, None)
        elif isinstance(statement, ast.Expr) and self.is_print(statement.value):
            assert isinstance(statement.value, ast.Call)  # noqa: S101 - for the type checker
            self.note_print(statement.value, names, is_sure)
        elif isinstance(statement, ast.Assign):
            meanings = list(self.given_by(statement, names))
            forget_names(statement, names)
            names.update(meanings)
        else:
            before = dict(names)
            forget_names(statement, names)
            is_branch = isinstance(statement, (ast.If, ast.Match))
            is_plain = isinstance(statement, (ast.With, ast.AsyncWith))
            for block in blocks_of(statement):
                known = names if is_plain else dict(before if is_branch else names)
                self.read_block(block, known, is_sure=is_sure and is_plain)

    def given_by(self, statement: ast.Assign, names: Names) -> Iterator[tuple[str, Meaning]]:
        """The names that an assignment gives something whose meaning is known."""
        for target in statement.targets:
            pairs = [(target, statement.value)]
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                if len(target.elts) != len(statement.value.elts):
                    continue
                pairs = list(zip(target.elts, statement.value.elts, strict=True))
            for name, value in pairs:
                meaning = self.look_up(value, names)
                if isinstance(name, ast.Name) and meaning is not None and name.id not in self.rebound:
                    yield name.id, meaning

    def look_up(self, node: ast.expr, names: Names) -> Meaning:
        """What an expression is: the result of a measure, a text, or unknown."""
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if not isinstance(node, ast.Call):
            return None
        if node in self.measures:
            return node
        inner = self.number_inside(node)
        meaning = self.look_up(inner, names) if inner is not None else None
        return meaning if isinstance(meaning, ast.Call) else None

    def number_inside(self, node: ast.Call) -> ast.expr | None:
        """What `round(x, 3)`, `float(x)` and `x.item()` are the number of."""
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            return None
        site = self.sites.get(node)
        if site is not None and site.function in ROUNDING and node.args:
            return node.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr in SAME_NUMBER and not node.args:
            return node.func.value
        return None

    def is_print(self, node: ast.expr) -> bool:
        site = self.sites.get(node) if isinstance(node, ast.Call) else None
        return site is not None and site.function == "print"

    def note_print(self, call: ast.Call, names: Names, is_sure: bool) -> None:
        """The lines of a print; the first is not known where the print before left its line open."""
        lines, is_ended = lines_of(call, lambda node: self.look_up(node, names))
        self.prints.append(Printed(call, tuple(lines[1:] if self.is_open else lines), is_sure))
        self.is_open = not is_ended


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements inside of a statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def forget_names(statement: ast.stmt, names: Names) -> None:
    """Forget what a statement may give another value."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.pop(node.id, None)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.pop(node.name, None)
        elif isinstance(node, ast.alias):
            names.pop(node.asname or node.name.partition(".")[0], None)


# Outputs


def with_values(
    facts: Sequence[Fact],
    sites: Mapping[ast.Call, CallSite],
    trees: Mapping[str, ast.Module | None],
    cells: Mapping[str, Cell],
    document: str,
    redactor: Redactor,
) -> list[Fact]:
    """The facts, each measure with the value that the output of its cell shows for it, where one does."""
    wanted = {fact.id: fact for fact in facts if isinstance(fact, Metric) and not fact.is_logged}
    steps = {metric.step for metric in wanted.values()}
    shown = {step for step in steps if step in cells and cells[step].outputs and trees.get(step) is not None}
    if not shown:
        return list(facts)
    found: dict[str, Metric] = {}
    for step, readings in read_outputs(shown, sites, trees, cells, wanted, redactor):
        for identity, several in readings.items():
            reading = agreed(several)
            if reading is not None:
                place = output_id(document, step, reading.output, reading.mime)
                found[identity] = replace(wanted[identity], value=float(reading.value), output=place)
    return [found.get(fact.id, fact) if isinstance(fact, Metric) else fact for fact in facts]


def read_outputs(
    steps: Collection[str],
    sites: Mapping[ast.Call, CallSite],
    trees: Mapping[str, ast.Module | None],
    cells: Mapping[str, Cell],
    wanted: Collection[str],
    redactor: Redactor,
) -> Iterator[tuple[str, dict[str, list[Reading]]]]:
    """Step → id of a measure → what the output of the step shows for it."""
    measures = {
        node
        for node, site in sites.items()
        if any(metric_id(site, visit.step) in wanted for visit in site.evaluations)
    }
    reader = Reader(sites, measures)
    for tree in trees.values():
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                reader.rebound.update(node.names)
    read = {step: reader.read_cell(tree) for step, tree in trees.items() if tree is not None}
    everywhere = {printed.call: printed for prints, _ in read.values() for printed in prints}
    visited = prints_by_step(sites, reader, steps)
    for step in steps:
        prints, last = read[step]
        own = [printed for printed in prints if printed.is_sure]
        known = {printed.call for printed in own}
        others = [
            everywhere.get(call) or Printed(call, tuple(lines_of(call, lambda _: None)[0]), False)
            for call in visited[step]
            if call not in known
        ]
        output = Shown(cells[step], redactor)
        found: dict[str, list[Reading]] = {}
        for call, reading in [*output.result(last), *output.printed(own, others)]:
            identity = metric_id(sites[call], step)
            if identity in wanted:
                found.setdefault(identity, []).append(reading)
        yield step, found


def prints_by_step(
    sites: Mapping[ast.Call, CallSite], reader: Reader, steps: Collection[str]
) -> dict[str, list[ast.Call]]:
    """Step → the prints that are met when it runs, those in functions included."""
    found: dict[str, list[ast.Call]] = {step: [] for step in steps}
    for node, site in sites.items():
        if reader.is_print(node):
            for step in {visit.step for visit in site.evaluations}:
                if step in found:
                    found[step].append(node)
    return found


class Shown:
    """What the saved outputs of a cell show."""

    def __init__(self, cell: Cell, redactor: Redactor) -> None:
        self.cell = cell
        self.redactor = redactor
        kinds = [output.get("output_type") for output in cell.outputs]
        self.is_whole = "error" not in kinds
        self.results = [index for index, kind in enumerate(kinds) if kind == "execute_result"]
        self.streams = [
            index
            for index, output in enumerate(cell.outputs)
            if kinds[index] == "stream" and output.get("name") == "stdout"
        ]

    def result(self, last: Meaning) -> Iterator[tuple[ast.Call, Reading]]:
        """The number that is the result of the cell, where its last expression is a measure."""
        if not isinstance(last, ast.Call) or not self.is_whole or len(self.results) != 1:
            return
        data = self.cell.outputs[self.results[0]].get("data")
        text = text_of(data.get("text/plain")) if isinstance(data, Mapping) else ""
        match = RESULT.fullmatch(text.strip()) if len(text) <= 100 else None
        if match is not None and self.redactor.redact(text) == text:
            yield last, Reading(Decimal(match[1]), self.results[0])

    def printed(
        self, own: Sequence[Printed], others: Sequence[Printed]
    ) -> Iterator[tuple[ast.Call, Reading]]:
        """The numbers that certain lines of the printed text show."""
        templates = [line for each in (*own, *others) for line in each.lines]
        if len(templates) > MOST_PRINTED or not any(map(has_number, templates)):
            return
        texts = [text_of(self.cell.outputs[index].get("text")) for index in self.streams]
        whole = "".join(texts)
        if not self.is_whole or is_cut_short(whole):
            return
        lines = [line.removesuffix("\r") for line in self.redactor.redact(whole).split("\n")]
        lines = lines[:-1] if lines[-1] == "" else lines
        if len(lines) > MOST_LINES:
            return
        for place, match in [*in_order(own, lines), *one_of_a_kind(own, others, lines)]:
            for call, value in match.numbers.items():
                yield call, Reading(value, self.stream_at(place, texts))

    def stream_at(self, place: int, texts: Sequence[str]) -> int:
        """Which output of the cell holds a line of all that is printed."""
        breaks = list(accumulate(text.count("\n") for text in texts))
        ends = zip(self.streams, breaks, strict=True)
        return next((stream for stream, end in ends if place < end), self.streams[-1])


def is_cut_short(text: str) -> bool:
    """Whether a printed text is too long to read, or says that something is missing of it."""
    return len(text) > LONGEST_OUTPUT or any(words in text for words in CUT_SHORT)


def in_order(own: Sequence[Printed], texts: Sequence[str]) -> Iterator[tuple[int, Match]]:
    """The lines of prints that run once and in this order, where only one place comes into question."""
    lines = [line for printed in own for line in printed.lines]
    lines = [line for line in lines if not may_be_broken(line) or any(match_line(line, t) for t in texts)]
    for _, place, match in place_in_order(lines, texts):
        yield place, match


def one_of_a_kind(
    own: Sequence[Printed], others: Sequence[Printed], texts: Sequence[str]
) -> Iterator[tuple[int, Match]]:
    """The lines of prints in functions, loops and branches: those that nothing else may have written."""
    sure = [line for printed in own for line in printed.lines if has_words(line)]
    maybe = [line for printed in others for line in printed.lines if has_words(line)]
    for index, line in enumerate(maybe):
        matches = [(place, match) for place, text in enumerate(texts) if (match := match_line(line, text))]
        if not has_number(line) or len(matches) != 1:
            continue
        place, match = matches[0]
        rivals = [*sure, *maybe[:index], *maybe[index + 1 :]]
        if match.is_clear and not any(match_line(rival, texts[place]) for rival in rivals):
            yield place, match


def agreed(readings: Iterable[Reading]) -> Reading | None:
    """The most exact of the numbers that one measure is shown as; None where they contradict each other."""
    ordered = sorted(readings, key=lambda reading: exponent_of(reading.value))
    if not ordered or not math.isfinite(float(ordered[0].value)):
        return None
    best = ordered[0]
    for other in ordered[1:]:
        step = Decimal(1).scaleb(exponent_of(other.value))
        if abs(best.value - other.value) > step:
            return None
    return best


def exponent_of(number: Decimal) -> int:
    """The power of ten of the last digit of a number."""
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
