"""The run itself, how it ended, the programs that it started, and the modules that belong to it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace

from provkg.errors import SourceError
from provkg.extract.steps import plan_fact
from provkg.facts import Fact
from provkg.facts.definition import Plan
from provkg.facts.execution import Failure, Process, Run, Status, StepRun
from provkg.runs.context import Context, moment
from provkg.runs.deployment import commit_id, environment_id
from provkg.runs.journal import Record
from provkg.sources.script import parse_script


def find_execution(context: Context) -> Iterator[Fact]:
    """Facts of the records of kinds `run`, `end`, `error`, `process`, `exit` and `limit`."""
    yield run_fact(context)
    if not context.numbered:
        yield from whole_steps(context)
    yield from failures(context)
    yield from processes(context)


def run_fact(context: Context) -> Run:
    """The run as its first and last records tell it."""
    start, end = context.journal.first("run"), context.journal.last("end")
    command = start.get("argv")
    return Run(
        id=context.run,
        plan=context.plan.id,
        started=moment(start["t"]),
        ended=moment(end["at"] if "at" in end else end["t"]) if end else None,
        status=status_of(context),
        tool=start.get("tool"),
        parameters=tuple((start.get("parameters") or {}).items()),
        command=context.redactor.redact(shlex.join(command)) if command else None,
        exit_code=end.get("code"),
        agent=context.journal.first("agent").get("name"),
        message=start.get("message"),
        tags=tuple(f"{name}={value}" for name, value in tags_of(context).items()),
        environment=environment_id(context) if context.journal.of("machine") else None,
        commit=commit_id(context),
    )


def tags_of(context: Context) -> dict[str, str]:
    """The tags that a run was started with, and those that it was given since."""
    tags = dict(context.journal.first("run").get("tags") or {})
    return tags | {record["key"]: record["value"] for record in context.journal.of("tag")}


def status_of(context: Context) -> Status:
    """How the run ended, as far as it is known."""
    status = context.journal.last("end").get("status")
    return status if status in ("completed", "failed") else "unknown"


def whole_steps(context: Context) -> Iterator[StepRun]:
    """The one step of a plain script ran as long as the run did."""
    run = run_fact(context)
    if len(context.code_steps) == 1:
        yield StepRun(
            id=context.step_run_id(0),
            run=run.id,
            step=context.code_steps[0].id,
            count=None,
            sequence=0,
            started=run.started,
            ended=run.ended,
            status=run.status,
            elapsed_seconds=context.journal.last("end").get("seconds"),
        )


def failures(context: Context) -> Iterator[Failure]:
    """The exceptions that ended the program, and those of Python programs that it started."""
    for number, record in enumerate(context.journal.of("error")):
        step = context.step_of(record)
        if step is None:
            continue
        frames = record.get("traceback") or []
        lines = [f'File "{_place(file, context)}", line {line}, in {name}' for file, line, name in frames]
        yield Failure(
            id=f"{context.run}.error-{number}",
            step_run=context.step_run_of(record, step),
            step=step.id,
            exception=record.get("exception", "unknown"),
            message=record.get("message", ""),
            traceback="\n".join(lines) or None,
        )


def _place(file: str, context: Context) -> str:
    """A file of the project by its path there, others by their last two names."""
    relative = os.path.relpath(file, context.root)
    return relative if not relative.startswith(os.pardir) else os.sep.join(file.split(os.sep)[-2:])


def processes(context: Context) -> Iterator[Process]:
    """The programs that were started, each with the end that the program asked for."""
    ends = {(record["n"], record.get("p")): record for record in context.journal.of("exit")}
    for record in context.journal.of("process"):
        step = context.step_of(record)
        if step is None:
            continue
        key = record["n"], record.get("p")
        end = ends.get(key, {})
        code = end.get("code")
        yield Process(
            id=f"{context.run}.process-{'-'.join(str(part) for part in key if part is not None)}",
            step=step.id,
            step_run=context.step_run_of(record, step),
            line=context.line_of(record, step),
            command=context.redactor.redact(shlex.join(record["command"])),
            started=moment(record["t"]),
            ended=moment(end["t"]) if end else None,
            exit_code=code,
            status="unknown" if code is None else "failed" if code else "completed",
        )


def find_modules(context: Context, find_content: Callable[[str], bytes | None]) -> Iterator[Plan]:
    """The program's own modules that it imported, each in the version that ran."""
    for record in {each["path"]: each for each in context.journal.of("source")}.values():
        plan = module_plan(record, context, find_content)
        if plan is not None and plan.id != context.plan.id:
            yield plan


def module_plan(record: Record, context: Context, find_content: Callable[[str], bytes | None]) -> Plan | None:
    """The version of a module; None where its bytes were not kept, or are no program."""
    data = find_content(record["digest"])
    name = os.path.relpath(record["path"], context.root)
    if data is None or name.startswith(os.pardir):
        return None
    try:
        document = parse_script(data, name)
    except SourceError:
        return None
    return replace(plan_fact(document, context.redactor), part_of=context.plan.id)
