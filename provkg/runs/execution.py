"""The run itself: when it began and ended, and how."""

from __future__ import annotations

from collections.abc import Iterator

from provkg.facts import Fact
from provkg.facts.execution import Run, Status, StepRun
from provkg.runs.context import Context, moment


def find_execution(context: Context) -> Iterator[Fact]:
    """The run, and the executions of its steps where nobody followed them."""
    yield run_fact(context)
    if not context.numbered:
        yield from whole_steps(context)


def run_fact(context: Context) -> Run:
    """The run as its first and last records tell it."""
    start, end = context.journal.first("run"), context.journal.last("end")
    return Run(
        id=context.run,
        plan=context.plan.id,
        started=moment(start["t"]),
        ended=moment(end["at"]) if end else None,
        status=status_of(context),
        tool=start.get("tool"),
        parameters=tuple((start.get("parameters") or {}).items()),
    )


def status_of(context: Context) -> Status:
    """How the run ended, as far as it is known."""
    status = context.journal.last("end").get("status")
    return status if status in ("completed", "failed") else "unknown"


def whole_steps(context: Context) -> Iterator[StepRun]:
    """The one step of a plain script ran as long as the run did."""
    run = run_fact(context)
    if len(context.code_steps) == 1:
        step = context.code_steps[0]
        yield StepRun(
            id=context.step_run_id(0),
            run=run.id,
            step=step.id,
            count=None,
            sequence=0,
            started=run.started,
            ended=run.ended,
            status=run.status,
            elapsed_seconds=context.journal.last("end").get("seconds"),
        )
