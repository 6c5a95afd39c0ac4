"""What everyone needs who makes facts of a run's records: the plan, its steps, and the ids of what ran."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from provkg.errors import FactsError
from provkg.extract.redaction import Redactor
from provkg.extract.run import ExtractOptions, extract_facts
from provkg.extract.steps import plan_fact, step_facts
from provkg.facts.definition import Plan, Step
from provkg.facts.factset import FactSet, Problem
from provkg.runs.journal import Journal, Record
from provkg.sources.document import Document
from provkg.sources.notebook import parse_notebook
from provkg.sources.script import parse_script

FindContent = Callable[[str], bytes | None]
"""Tagged digest → the bytes that were kept under it."""


@dataclass(frozen=True)
class Context:
    """A run's records, and the version of its program that they are about."""

    journal: Journal
    document: Document
    plan: Plan
    steps: tuple[Step, ...]
    prefix: str
    """Id of the run's graph: "train.py#run-20261125T081500-3fa9c1"."""
    redactor: Redactor
    problems: list[Problem] = field(default_factory=list)
    keep_source: bool = True
    redact: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        """Id of the run."""
        return f"{self.prefix}.run"

    @property
    def root(self) -> str:
        """Folder of the project at the time of the run."""
        return str(self.journal.first("run").get("root") or "/")

    @cached_property
    def script(self) -> str | None:
        """Path of the program as its code objects name it."""
        program: str | None = self.journal.first("program").get("path")
        return program

    @cached_property
    def code_steps(self) -> tuple[Step, ...]:
        """The steps that hold code."""
        return tuple(step for step in self.steps if step.kind == "code")

    @cached_property
    def inferred(self) -> FactSet:
        """What the program's text implies: bindings, calls and definitions to hang what was observed on."""
        options = ExtractOptions(
            keep_source=self.keep_source, redact=self.redact, project_root=Path(self.root)
        )
        return extract_facts(self.document, options)[0]

    @cached_property
    def numbered(self) -> dict[int, Record]:
        """Number of an execution → the record of its step's start, where steps were followed."""
        return {
            record["n"]: record
            for record in self.journal.of("step")
            if isinstance(record.get("n"), int) and record.get("event") == "start"
        }

    @cached_property
    def parents(self) -> dict[int, Record]:
        """Id of a process → the record of its being started, for processes that recorded themselves."""
        started = self.journal.of("process")
        return {
            child["p"]: process
            for child in self.journal.of("child")
            for process in started
            if child.get("command", [])[1:] == process.get("command", [])[1:] and "p" in child
        }

    def step_run_id(self, number: int) -> str:
        """Id of the execution with this number."""
        return f"{self.run}.step-{number}"

    def step_at(self, line: int | None) -> Step | None:
        """The step in which a line of the script stands; the first one where the line is not known."""
        steps = self.code_steps
        if line is None:
            return steps[0] if steps else None
        before = [step for step in steps if step.first_line <= line]
        return (before or steps or (None,))[-1]

    def step_of(self, record: Record) -> Step | None:
        """The step that a record belongs to: the one that ran, else the one that its line stands in."""
        start = self.numbered.get(record.get("s", -1))
        if start is not None:
            return self._step_started(start)
        if "at" not in record and record.get("p") in self.parents:
            return self.step_of(self.parents[record["p"]])
        return self.step_at(record.get("at"))

    def _step_started(self, start: Record) -> Step | None:
        same = [step for step in self.code_steps if step.digest == start.get("digest")]
        same = [step for step in same or self.code_steps if step.index == start.get("index")] or same
        return same[0] if same else None

    def line_of(self, record: Record, step: Step) -> int:
        """The line within a step that a record is about; 1 where it is not known."""
        if "at" not in record and record.get("p") in self.parents:
            record = self.parents[record["p"]]
        line: int | None = record.get("at")
        if line is not None:
            return max(1, line - step.first_line + 1)
        return record.get("line") or 1 if self.script is None else 1

    def inner_line_of(self, record: Record, step: Step) -> int:
        """The line within a step of the innermost frame there, which may be in a function."""
        if record.get("source") == self.script and "line" in record:
            return max(1, int(record["line"]) - step.first_line + 1)
        return self.line_of(record, step)

    def step_run_of(self, record: Record, step: Step) -> str | None:
        """Id of the execution that a record belongs to."""
        number = record.get("s")
        if number in self.numbered:
            return self.step_run_id(number)
        is_whole = not self.numbered and len(self.code_steps) == 1
        return self.step_run_id(0) if is_whole else None

    def elsewhere(self, record: Record) -> str:
        """Where a record's place is, if that is not in the program itself: " (helper.py, line 2)"."""
        source, line = record.get("source"), record.get("line")
        if source is None or source == self.script or self.script is None:
            return ""
        return f" ({os.path.relpath(source, self.root)}, line {line})"


def open_context(
    journal: Journal, find_content: FindContent, *, keep_source: bool = True, redact: tuple[str, ...] = ()
) -> Context:
    """The context of a journal.

    Raises:
        FactsError: the journal has no beginning, or its program is not kept any more.
        SourceError: the program cannot be read.
    """
    run = journal.first("run")
    name, identity, digest = run.get("document"), run.get("id"), run.get("digest")
    if not isinstance(name, str) or not isinstance(identity, str):
        raise FactsError("the journal of a run has no beginning", hint="remove it: nothing can be made of it")
    data = find_content(digest) if isinstance(digest, str) else None
    if data is None:
        raise FactsError("the program of a run was not kept", path=name)
    document = parse_notebook(data, name) if name.endswith(".ipynb") else parse_script(data, name)
    redactor = Redactor(redact)
    plan = plan_fact(document, redactor)
    steps = step_facts(document, plan, redactor, keep_source)
    return Context(
        journal,
        document,
        plan,
        tuple(steps),
        f"{plan.document}#run-{identity}",
        redactor,
        keep_source=keep_source,
        redact=redact,
    )


def moment(seconds: float) -> str:
    """A time of a record as ISO 8601 in UTC.

    >>> moment(0.25)
    '1970-01-01T00:00:00.250000Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
