"""Journals in memory, of programs that run here."""

from __future__ import annotations

import itertools
from typing import Any

from provkg.capture.steps import StepTracker
from provkg.capture.values import summarise
from provkg.facts.factset import FactSet
from provkg.identity import digest_bytes
from provkg.runs.context import Context, open_context
from provkg.runs.facts import observed_facts
from provkg.runs.journal import Journal
from provkg.sources.script import parse_script

Record = dict[str, Any]


class Recording:
    """A journal in memory, whose clock goes on by a second with each record."""

    def __init__(self, **run: Any) -> None:
        self.records: list[Record] = []
        self.clock = itertools.count()
        self.contents: dict[str, bytes] = {}
        self.step: int | None = None
        self.emit("run", id="1", root="/nowhere", **run)

    def emit(self, kind: str, **fields: Any) -> None:
        """Take a record in."""
        self.records.append({"k": kind, "t": float(next(self.clock)), "s": self.step, **fields})

    def set_step(self, number: int | None) -> None:
        """From here on all belongs to this step."""
        self.step = number

    @property
    def journal(self) -> Journal:
        """The records as they would be read."""
        return Journal(tuple(self.records), 0)

    def context(self) -> Context:
        """The run beside its plan."""
        return open_context(self.journal, self.contents.get)

    def facts(self) -> FactSet:
        """What was observed."""
        return observed_facts(self.journal, self.contents.get)


def record_script(text: str, granularity: Any = "call") -> Recording:
    """What is recorded of a script that is run here."""
    data = text.encode()
    recording = Recording(document="program.py", digest=digest_bytes(data), tool="test")
    recording.contents[digest_bytes(data)] = data
    recording.emit("program", path="/nowhere/program.py")
    tracker = StepTracker(
        recording.emit, lambda name, value: summarise(value), granularity, recording.set_step
    )
    names: dict[str, Any] = {"__name__": "__main__"}
    tracker.namespace = names
    lines = [cell.first_line for cell in parse_script(data, "program.py").code_cells]
    code = tracker.compile_script(data, "/nowhere/program.py", lines)
    try:
        exec(code, names)  # noqa: S102
        tracker.end("completed")
    except Exception as error:
        traceback = error.__traceback__
        line = traceback.tb_next.tb_lineno if traceback and traceback.tb_next else None
        tracker.end("failed", line=line)
    recording.emit("end", code=0, status="completed", seconds=1.0, at=1000.0)
    return recording


def record_session(*executions: tuple[str | None, str]) -> Recording:
    """What is recorded of cells, given by id and text, that are executed one after the other."""
    import ast

    from provkg.capture.steps import Cell

    recording = Recording(document="nb.ipynb", digest=None, session=True, tool="test")
    tracker = StepTracker(recording.emit, lambda name, value: summarise(value), set_step=recording.set_step)
    names: dict[str, Any] = {"__name__": "__main__"}
    tracker.namespace = names
    for count, (cell, text) in enumerate(executions, 1):
        tracker.blocks.clear()
        tracker.begin(Cell(text, id=cell))
        assert tracker.step is not None
        tree = ast.parse(text)
        tracker.step.statements += tree.body
        tracker.step.files[f"cell-{count}"] = None
        exec(tracker.compile(tree, f"cell-{count}"), names)  # noqa: S102
        tracker.end("completed", count=count)
    recording.emit("end", code=0, status="completed", seconds=1.0, at=1000.0)
    return recording
