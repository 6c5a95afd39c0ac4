"""What was found in notebooks and scripts, as a scientist wants to read it.

Cells are counted as people count them: from 1, markdown cells included. Scripts have lines instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from provkg.errors import ProvkgError, QuerySyntaxError
from provkg.facts.definition import Call, Import, OrderDifference, Plan, PlanKind, Step
from provkg.facts.deployment import Environment, Package
from provkg.facts.execution import Access, DataFile, Failure, StepRun
from provkg.facts.factset import FactSet, Problem
from provkg.facts.learning import Metric, Model, Parameter
from provkg.identity import step_of

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 88
INDENT = 13
LONGEST_TEXT = 70
MOST_ROWS = 8
"""How many data files, models or problems of one document are listed."""
MOST_PLACES = 4
MOST_TROUBLES = 20
"""How many files with problems are listed; files that failed are all listed."""


@dataclass(frozen=True, slots=True)
class DataUse:
    """A data file that a document names, and where it does."""

    id: str
    name: str
    """Its path, URL or name; the source text of the argument where only a run would know."""
    places: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in one document, counted and named; places are texts such as "cells 3, 7"."""

    name: str
    kind: PlanKind
    title: str | None = None
    language: str = "python"
    runtime: str | None = None
    """The language's version and the kernel, where the file recorded them: "Python 3.9.7"."""
    code_cells: int = 0
    text_cells: int = 0
    executed: int = 0
    is_in_order: bool = True
    """Did the recorded executions go from top to bottom?"""
    differences: tuple[str, ...] = ()
    """Where the order of execution makes a difference to what a cell reads."""
    reads: tuple[DataUse, ...] = ()
    writes: tuple[DataUse, ...] = ()
    models: int = 0
    trained: tuple[str, ...] = ()
    """The classes of the models, each with the places where one is trained."""
    logged: tuple[str, ...] = ()
    """The parameters, and the metrics, that experiment trackers are told by name, with their places."""
    libraries: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    facts: int = 0
    triples: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that failed, or that has problems, for the table at the end."""

    name: str
    result: str
    reason: str
    is_failure: bool


# --- from facts to a summary --------------------------------------------------------------------------------


def summarise(fact_sets: Sequence[FactSet], triples: int = 0) -> Summary:
    """What a scientist wants to know of one document; `triples` is the size of its graphs."""
    facts = _by_type(fact_sets)
    plan: Plan | None = next(iter(facts.get(Plan, ())), None)
    name, kind = (plan.path, plan.kind) if plan else (fact_sets[0].source, "notebook")
    steps: dict[str, Step] = {step.id: step for step in facts.get(Step, ())}
    places = Places(kind, steps)
    runs = [run for run in facts.get(StepRun, ()) if run.step in steps]
    return Summary(
        name=name,
        kind=kind,
        title=plan.title if plan else None,
        language=plan.language if plan else "python",
        runtime=_find_runtime(facts.get(Environment, ())),
        code_cells=sum(step.kind == "code" for step in steps.values()),
        text_cells=sum(step.kind != "code" for step in steps.values()),
        executed=len({run.step for run in runs}),
        is_in_order=_is_in_order(runs, steps),
        differences=tuple(_tell_difference(fact, places) for fact in facts.get(OrderDifference, ())),
        reads=_find_data(facts, "read", places),
        writes=_find_data(facts, "write", places),
        models=len(facts.get(Model, ())),
        trained=_find_models(facts, places),
        logged=tuple(_find_logged(facts, places)),
        libraries=_find_libraries(facts),
        failures=tuple(
            f"{places.of(fact.step)}: {fact.exception}: {fact.message}".rstrip(": ")
            for fact in facts.get(Failure, ())
        ),
        problems=tuple(
            _tell_problem(problem, places) for fact_set in fact_sets for problem in fact_set.problems
        ),
        facts=sum(len(fact_set.facts) for fact_set in fact_sets),
        triples=triples,
    )


def _by_type(fact_sets: Iterable[FactSet]) -> Mapping[type, list[Any]]:
    found: dict[type, list[Any]] = {}
    for fact_set in fact_sets:
        for fact in fact_set.facts:
            found.setdefault(type(fact), []).append(fact)
    return found


class Places:
    """Where things stand, in words: "cell 7", or "line 12" of a script."""

    def __init__(self, kind: PlanKind, steps: Mapping[str, Step]) -> None:
        self._unit = "cell" if kind == "notebook" else "line"
        self._steps = steps

    def of(self, step: str, line: int | None = None) -> str:
        """The place of one thing, as closely as it is known; empty for the document itself."""
        known = self._steps.get(step)
        if known is None:
            return f"line {line}" if line else ""
        if self._unit == "cell":
            return f"cell {known.index + 1}" + (f", line {line}" if line else "")
        number = self.number(step, line or 1)
        return f"line {number}" if line or number > 1 else ""

    def number(self, step: str, line: int) -> int:
        """What the cell of a notebook, or the line of a script, is called."""
        known = self._steps[step]
        return known.index + 1 if self._unit == "cell" else known.first_line + line - 1

    def join(self, places: Iterable[tuple[str, int]]) -> str:
        """Several places (step, line) in a few words: "cells 3, 7"; empty where none is known."""
        numbers = sorted({self.number(step, line) for step, line in places if step in self._steps})
        if not numbers:
            return ""
        shown = ", ".join(map(str, numbers[:MOST_PLACES]))
        rest = f" and {len(numbers) - MOST_PLACES} more" if len(numbers) > MOST_PLACES else ""
        return f"{self._unit}{'s' if len(numbers) > 1 else ''} {shown}{rest}"


def _is_in_order(runs: Iterable[StepRun], steps: Mapping[str, Step]) -> bool:
    ordered = sorted((run.sequence, steps[run.step].index) for run in runs if run.sequence is not None)
    indices = [index for _, index in ordered]
    return indices == sorted(indices)


def _tell_difference(fact: OrderDifference, places: Places) -> str:
    written, ran = _writers(fact.in_document_order, places), _writers(fact.in_execution_order, places)
    if not ran:
        return f"{places.of(fact.step)} ran before {fact.name} was set ({written} sets it)"
    if not written:
        return f"{places.of(fact.step)} used {fact.name} from {ran}, which stands further down"
    return f"{places.of(fact.step)} used {fact.name} from {ran}, not from {written}"


def _writers(bindings: Iterable[str], places: Places) -> str:
    return places.join((step_of(binding), 1) for binding in bindings)


def _find_runtime(environments: Sequence[Environment]) -> str | None:
    for environment in environments:
        language = environment.language or environment.implementation
        if language and environment.language_version:
            title = "R" if language.lower() == "r" else language[:1].upper() + language[1:]
            return f"{title} {environment.language_version}"
    return None


def _find_data(facts: Mapping[type, list[Any]], mode: str, places: Places) -> tuple[DataUse, ...]:
    """The data files that are read, or written, in the order in which the document names them."""
    used: dict[str, list[Access]] = {}
    for access in facts.get(Access, ()):
        if access.mode == mode:
            used.setdefault(access.file, []).append(access)
    files: dict[str, DataFile] = {file.id: file for file in facts.get(DataFile, ()) if file.id in used}
    found = []
    for file in files.values():
        where = [(access.step, access.line) for access in used[file.id]]
        use = DataUse(file.id, _name_data(file, used[file.id][0]), places.join(where), file.size_bytes)
        found.append((min(places.number(*place) for place in where), use))
    return tuple(use for _, use in sorted(found, key=itemgetter(0)))


def _name_data(file: DataFile, access: Access) -> str:
    if not file.is_resolved:
        return f"{_cut(file.locator)} (known only when it runs)"
    if file.kind == "dataset" and access.rule not in file.locator:
        return f"{_cut(file.locator)} ({access.rule})"
    return _cut(file.locator)


def _find_models(facts: Mapping[type, list[Any]], places: Places) -> tuple[str, ...]:
    """The classes of the trained models, each with the places where that happens and with its data."""
    lines: dict[str, int] = {call.id: call.span.start_line for call in facts.get(Call, ())}
    files: dict[str, DataFile] = {file.id: file for file in facts.get(DataFile, ())}
    names = {access.id: _name_data(files[access.file], access) for access in facts.get(Access, ())}
    trained: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for model in facts.get(Model, ()):
        name = model.class_name or f"{model.variable or 'a model'} (class not known)"
        data = ", ".join(dict.fromkeys(names[access] for access in model.trained_on))
        trained.setdefault((name, data), []).append((model.step, lines.get(model.call, 1)))
    return tuple(
        f"{name}  {places.join(where)}".rstrip() + (f", on {data}" if data else "")
        for (name, data), where in trained.items()
    )


def _find_logged(facts: Mapping[type, list[Any]], places: Places) -> Iterator[str]:
    """What is logged, parameters before metrics, by name."""
    parameters = [fact for fact in facts.get(Parameter, ()) if fact.kind == "logged"]
    metrics = [fact for fact in facts.get(Metric, ()) if fact.is_logged]
    for title, found in (("parameters", parameters), ("metrics", metrics)):
        if found:
            names = ", ".join(dict.fromkeys(fact.name for fact in found))
            yield f"{title} {names}  {places.join((fact.step, fact.line) for fact in found)}".rstrip()


def _find_libraries(facts: Mapping[type, list[Any]]) -> tuple[str, ...]:
    """The distributions that are imported or installed, with their versions where these are told."""
    found: dict[str, str] = {fact.distribution: "" for fact in facts.get(Import, ()) if fact.distribution}
    for package in facts.get(Package, ()):
        found[package.name] = package.version or found.get(package.name, "")
    return tuple(f"{name} {found[name]}".rstrip() for name in sorted(found))


def _tell_problem(problem: Problem, places: Places) -> str:
    place = places.of(problem.where, problem.line)
    return f"{place}: {problem.message}" if place else problem.message


# --- from a summary to text ---------------------------------------------------------------------------------


Emphasise = Callable[[str], str]


def format_summary(summary: Summary, places: Sequence[str] = (), emphasise: Emphasise = str) -> str:
    """The summary of one document; `places` say where results went, and `emphasise` marks the headings."""
    title = f": {printable(_cut(summary.title))}" if summary.title else ""
    lines = [emphasise(printable(summary.name)) + title]
    for label, values in (*_rows(summary), ("result", places)):
        for index, value in enumerate(values):
            lines.extend(_format_row(label if index == 0 else "", value, emphasise))
    return "\n".join(lines)


def _rows(summary: Summary) -> Iterator[tuple[str, Sequence[str]]]:
    yield _cells_row(summary)
    if summary.differences:
        yield "order", _at_most(summary.differences)
    if summary.failures:
        yield "errors", _at_most(summary.failures)
    if summary.language == "python":
        yield from _code_rows(summary)
    else:
        yield (
            "code",
            [f"{summary.language.capitalize()} is kept as text: data and models are found in Python only"],
        )
    if summary.problems:
        yield "problems", _at_most(summary.problems)


def _code_rows(summary: Summary) -> Iterator[tuple[str, Sequence[str]]]:
    """What the analysis of the code found."""
    yield "reads", _at_most(_tell_data(summary.reads)) or ["no data files"]
    yield "writes", _at_most(_tell_data(summary.writes)) or ["no data files"]
    if summary.trained:
        yield "trains", _at_most(summary.trained)
    if summary.logged:
        yield "logs", summary.logged
    yield "libraries", [", ".join(summary.libraries) or "none besides the standard library"]


def _cells_row(summary: Summary) -> tuple[str, list[str]]:
    language = summary.runtime or summary.language.capitalize()
    if summary.kind == "script" and not summary.text_cells and summary.code_cells <= 1:
        return "script", [language]
    cells = f"{count(summary.code_cells, 'cell')} of code, {summary.text_cells} of text"
    return "cells", [f"{cells}; {_tell_execution(summary)}{language}"]


def _tell_execution(summary: Summary) -> str:
    if summary.kind == "script":
        return ""
    if not summary.executed:
        return "no run is recorded; "
    what = "all run" if summary.executed == summary.code_cells else f"{summary.executed} run"
    if summary.executed == 1:
        return f"{what}; "
    return f"{what}, from top to bottom; " if summary.is_in_order else f"{what}, not from top to bottom; "


def _tell_data(uses: Sequence[DataUse]) -> list[str]:
    sizes = ("" if use.size_bytes is None else f", {format_size(use.size_bytes)}" for use in uses)
    return [f"{use.name}  {use.places}{size}".rstrip() for use, size in zip(uses, sizes, strict=True)]


def _at_most(values: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    rest = len(values) - MOST_ROWS
    return list(values) if rest <= 1 else [*values[:MOST_ROWS], f"… and {rest} more"]


def _format_row(label: str, value: str, emphasise: Emphasise) -> list[str]:
    indent = " " * INDENT
    lines = textwrap.wrap(
        printable(value), WIDTH - INDENT, break_long_words=False, break_on_hyphens=False, max_lines=6
    )
    heading = "  " + (emphasise(label) if label else "") + " " * (INDENT - 2 - len(label))
    return [heading + (lines[0] if lines else ""), *(indent + line for line in lines[1:])]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


# --- many documents -----------------------------------------------------------------------------------------


def tell_totals(summaries: Sequence[Summary], failed: int) -> str:
    """Many documents in one sentence: how many, and what they read, write and train."""
    reads = {use.id for each in summaries for use in each.reads}
    writes = {use.id for each in summaries for use in each.writes}
    cells = sum(each.code_cells + each.text_cells for each in summaries)
    parts = [
        f"{count(len(summaries) + failed, 'file')}: {len(summaries)} extracted, {failed} failed",
        count(cells, "cell"),
        f"{count(len(reads), 'data file')} read, {len(writes)} written",
        f"{count(sum(each.models for each in summaries), 'model')} trained",
    ]
    return " · ".join(parts)


def find_troubles(summaries: Iterable[Summary]) -> list[Trouble]:
    """The documents that have problems, with the first of them and how many more there are."""
    return [
        Trouble(each.name, count(len(each.problems), "problem"), _tell_first(each.problems), is_failure=False)
        for each in summaries
        if each.problems
    ]


def _tell_first(problems: Sequence[str]) -> str:
    rest = len(problems) - 1
    return f"{problems[0]} (and {rest} more)" if rest else problems[0]


def shorten_troubles(troubles: Sequence[Trouble]) -> list[Trouble]:
    """All that failed, and the first of those that have problems."""
    failed = [trouble for trouble in troubles if trouble.is_failure]
    others = [trouble for trouble in troubles if not trouble.is_failure]
    rest = len(others) - MOST_TROUBLES
    if rest <= 1:
        return [*failed, *others]
    return [*failed, *others[:MOST_TROUBLES], Trouble(f"… and {rest} more with problems", "", "", False)]


def make_table(troubles: Sequence[Trouble]) -> RenderableType:
    """A table with one row for each file that failed or has problems."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("file", overflow="fold", ratio=2)
    table.add_column("result", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=3)
    for trouble in troubles:
        style = "red" if trouble.is_failure else ""
        table.add_row(
            Text(printable(trouble.name)), Text(trouble.result, style=style), Text(printable(trouble.reason))
        )
    return table


def format_rows(troubles: Sequence[Trouble]) -> str:
    """The table as plain text: one line for each file, however long."""
    rows = [("file", "result", "why")]
    rows += [(printable(each.name), each.result, printable(each.reason)) for each in troubles]
    widths = [max(min(len(row[column]), LONGEST_TEXT) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"{name.ljust(widths[0])}  {result.ljust(widths[1])}  {why}".rstrip() for name, result, why in rows
    )


# --- errors -------------------------------------------------------------------------------------------------


def format_error(error: ProvkgError) -> str:
    """What is wrong, where, and what to do, as lines of text."""
    lines = [f"provkg: {printable(error.message)}"]
    places = [f"in {printable(error.path)}"] if error.path else []
    if error.line:
        places.append(f"line {error.line}")
    if places:
        lines.append("  " + ", ".join(places))
    if isinstance(error, QuerySyntaxError):
        lines += ["    " + printable(line.replace("\t", " ")) for line in error.excerpt]
    if error.hint:
        lines.append("  " + printable(error.hint))
    return "\n".join(lines)


def internal_error(error: BaseException, path: str | None = None) -> ProvkgError:
    """What to tell a user about a fault of ours."""
    return ProvkgError(
        f"internal error: {type(error).__name__}: {_cut(str(error))}".rstrip(": "),
        path=path,
        hint="a fault of provkg, please report it; --debug shows the traceback",
    )


def tell_failed(name: str, error: ProvkgError) -> Trouble:
    """A file that failed, as a row of the table at the end."""
    line = f"line {error.line}: " if error.line else ""
    hint = f" ({error.hint})" if error.hint else ""
    return Trouble(name, "failed", f"{line}{error.message}{hint}", is_failure=True)


# --- words --------------------------------------------------------------------------------------------------


def count(number: int, noun: str) -> str:
    """A number with its noun, in the singular or plural.

    >>> count(1, "cell"), count(1200, "triple")
    ('1 cell', '1,200 triples')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def format_size(size_bytes: int) -> str:
    """A number of bytes as people say it, in powers of ten.

    >>> format_size(1), format_size(4551), format_size(2_000_000)
    ('1 byte', '4.6 kB', '2.0 MB')
    """
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    size = float(size_bytes)
    units = ["kB", "MB", "GB", "TB"]
    while (size := size / 1000) >= 999.95 and len(units) > 1:
        units.pop(0)
    return f"{size:.1f} {units[0]}"


def printable(text: str) -> str:
    r"""`text` on one line and harmless on a terminal: control characters are written as escapes.

    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\\nb'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
