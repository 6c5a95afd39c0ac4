"""Execution provenance as RDF: what ran, what it read and wrote, and what came out.

The side as happened is made of `prov:Activity`s, which are never `prov:Entity`s; each execution belongs to
one step (`p-plan:correspondsToStep` is functional), so it points at a version of a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provkg.facts.execution import (
    Access,
    Attachment,
    DataFile,
    Failure,
    Output,
    Process,
    Run,
    Status,
    StepRun,
)
from provkg.graph.definition import FILE, HAS_OUTPUT, VARIABLE_DEFINITION, describe_bytes, doubt
from provkg.graph.iris import (
    Term,
    constant,
    date_time,
    flag,
    integer,
    number,
    string,
    text,
    word,
    write_term,
)
from provkg.graph.statements import PLAN, STEP, Property, Statements, Types, shorten, types
from provkg.graph.terms import MLS, PPLAN, PROV, PROVKG, PROVONE, REPR, SCHEMA
from provkg.identity import encode_name, short

TRIAL = types(REPR.Trial, PPLAN.Activity, PROVONE.Execution, PROV.Activity)
CELL_EXECUTION = types(REPR.CellExecution, PPLAN.Activity, PROVONE.Execution, PROV.Activity)
PROCESS = types(PROVKG.ProcessExecution, PROVONE.Execution, PROV.Activity)
PERSON = types(PROV.Person, PROV.Agent, SCHEMA.Person)
ASSOCIATION = types(PROV.Association)
TOOL = types(PROV.SoftwareAgent, PROV.Agent, SCHEMA.SoftwareApplication)
PARAMETER = types(REPR.Parameter, PROV.Entity)
RESULT = types(REPR.Result, PROV.Entity)
FIGURE = RESULT + types(PROVONE.Visualization)
STREAM = types(REPR.Log, PROV.Entity)
CONTENT = types(SCHEMA.MediaObject, PROV.Entity)
ERROR = types(PROVKG.ErrorReport, REPR.Log, PROV.Entity)
ATTACHMENT = types(PROVKG.Attachment) + FILE
COLLECTION = types(REPR.File, PROV.Collection, PROV.Entity)
DATASET = types(REPR.File, SCHEMA.Dataset, MLS.Dataset, PROV.Entity)
DATA = types(REPR.File, PROV.Entity)
INPUT = types(REPR.InputData)
READ = types(PROVKG.FileRead, PROVKG.FileAccess, PROV.Entity)
WRITE = types(PROVKG.FileWrite, PROVKG.FileAccess, PROV.Entity)

DATA_TYPES = {
    "directory": COLLECTION,
    "dataset": DATASET,
    "synthetic": DATASET,
    "database": DATA,
    "memory": DATA,
}
STATUS: dict[Status, Term | None] = {
    "completed": write_term(SCHEMA.CompletedActionStatus),
    "failed": write_term(SCHEMA.FailedActionStatus),
    "unknown": None,
}


def _course(activity: Run | StepRun | Process) -> list[Property]:
    """When an activity began and ended, and how."""
    return [
        (PROV.startedAtTime, date_time(activity.started)),
        (PROV.endedAtTime, date_time(activity.ended)),
        (SCHEMA.actionStatus, STATUS[activity.status]),
    ]


def emit_run(run: Run, graph: Statements) -> None:
    """The execution of a plan, the tool that carried it out, and its parameters."""
    node, plan = graph.node(run.id), graph.node(run.plan)
    association = graph.node(f"{run.id}.association")
    tool = None if run.tool is None else graph.node(f"_tool/{encode_name(run.tool)}")
    graph.describe(
        node,
        TRIAL,
        f"run by {run.tool}" if run.tool else "run",
        *_course(run),
        (PROV.used, plan),
        (PROV.wasAssociatedWith, tool),
        (PROV.qualifiedAssociation, association),
        (PROVKG.commandLine, text(run.command)),
        (PROVKG.exitCode, number(run.exit_code)),
        (SCHEMA.description, text(run.message)),
        *[(SCHEMA.keywords, text(tag)) for tag in run.tags],
        graph.optional(PROV.used, run.environment),
        graph.optional(PROV.wasInformedBy, run.commit),
    )
    graph.mention(plan, PLAN)
    graph.mention(association, ASSOCIATION)
    graph.add(association, (PROV.hadPlan, plan), (PROV.agent, tool))
    if tool is not None and run.tool is not None:
        graph.describe(tool, TOOL, run.tool, (SCHEMA.name, text(run.tool)))
    if run.agent is not None:
        person = graph.node(f"_agent/{encode_name(run.agent)}")
        graph.add(node, (PROV.wasAssociatedWith, person))
        graph.describe(person, PERSON, run.agent, (SCHEMA.name, text(run.agent)))
    _emit_parameters(run, graph)


def _emit_parameters(run: Run, graph: Statements) -> None:
    for name, value in run.parameters:
        parameter = graph.node(f"{run.id}.parameter-{encode_name(name)}")
        graph.add(graph.node(run.id), (PROV.used, parameter))
        graph.describe(
            parameter, PARAMETER, shorten(f"{name}={value!r}"), (SCHEMA.name, text(name)), constant(value)
        )


def emit_step_run(step_run: StepRun, graph: Statements) -> None:
    """One execution of a cell."""
    node, step, elapsed = graph.node(step_run.id), graph.node(step_run.step), step_run.elapsed_seconds
    graph.describe(
        node,
        CELL_EXECUTION,
        "execution" if step_run.count is None else f"execution [{step_run.count}]",
        (PPLAN.correspondsToStep, step),
        (PROVONE.wasPartOf, graph.node(step_run.run)),
        (PROVKG.executionCount, number(step_run.count)),
        (PROVKG.sequenceIndex, number(step_run.sequence)),
        *_course(step_run),
        (PROVKG.elapsedSeconds, None if elapsed is None else number(float(elapsed))),
        graph.link(PROV.wasInformedBy, step_run.informed_by),
    )
    graph.mention(step, STEP)


def _emit_product(node: Term, step: str, graph: Statements) -> None:
    """Something that came out of a step is its output variable."""
    graph.mention(graph.node(step), STEP)
    graph.state(graph.node(step), [HAS_OUTPUT + node])


def emit_output(output: Output, graph: Statements) -> None:
    """What a step showed, and the bytes of it."""
    node = graph.node(output.id)
    graph.describe(
        node,
        _output_types(output),
        f"{output.stream or output.kind} ({output.mime})",
        (PROVKG.outputKind, word(output.kind)),
        (PROVKG.outputIndex, integer(output.index)),
        (PROVKG.streamName, text(output.stream)),
        (SCHEMA.encodingFormat, string(output.mime)),
        (PROVKG.preview, text(output.preview)),
        graph.optional(PROV.wasGeneratedBy, output.step_run),
        (SCHEMA.encoding, graph.node(output.digest)),
    )
    _emit_product(node, output.step, graph)
    _emit_content(output.digest, output.size_bytes, graph)


def _output_types(output: Output) -> Types:
    if output.kind == "stream":
        return STREAM
    return FIGURE if output.mime.startswith("image/") else RESULT


def _emit_content(digest: str, size: int, graph: Statements) -> None:
    graph.describe(graph.node(digest), CONTENT, f"bytes {short(digest)}", *describe_bytes(digest, size))


def emit_failure(failure: Failure, graph: Statements) -> None:
    """The exception that ended a step."""
    node = graph.node(failure.id)
    graph.describe(
        node,
        ERROR,
        shorten(f"{failure.exception}: {failure.message}" if failure.message else failure.exception),
        (PROVKG.exceptionType, text(failure.exception)),
        (PROVKG.message, text(failure.message)),
        (PROVKG.traceback, text(failure.traceback)),
        graph.optional(PROV.wasGeneratedBy, failure.step_run),
    )
    _emit_product(node, failure.step, graph)
    if failure.step_run is not None:
        graph.add(graph.node(failure.step_run), (SCHEMA.error, node))


def emit_attachment(attachment: Attachment, graph: Statements) -> None:
    """A file kept inside a cell."""
    node = graph.node(attachment.id)
    graph.describe(
        node,
        ATTACHMENT,
        attachment.name,
        (PROVKG.inCell, graph.node(attachment.step)),
        (SCHEMA.name, text(attachment.name)),
        (SCHEMA.encodingFormat, text(attachment.mime)),
        (SCHEMA.encoding, graph.node(attachment.digest)),
    )
    _emit_content(attachment.digest, attachment.size_bytes, graph)


def emit_data_file(file: DataFile, graph: Statements) -> None:
    """The file over time, known by where it is, and its bytes as a version of it."""
    node = graph.node(file.id)
    graph.describe(
        node,
        DATA_TYPES.get(file.kind, FILE),
        shorten(file.path or file.locator),
        (PROVKG.fileKind, text(file.kind)),
        (PROVKG.locator, text(file.locator)),
        (PROVKG.isResolved, flag(file.is_resolved)),
        (PROVKG.path, text(file.path)),
        (SCHEMA.url, text(file.locator if file.kind == "url" and file.is_resolved else None)),
    )
    if file.digest is None or file.digest == file.id:
        return
    version = graph.node(file.digest)
    name = shorten(file.path or file.locator)
    graph.describe(version, FILE, name, *describe_bytes(file.digest, file.size_bytes))
    graph.add(version, (PROV.specializationOf, node))


def emit_access(access: Access, graph: Statements) -> None:
    """A step reads or writes a file.

    A file written by two cells cannot be the output variable of both, so each access is a variable of its
    own: the file as this step sees or leaves it. That also keeps derivations free of circles where a cell
    reads a file and writes it back. Digest and size of the bytes stand on it as well: the file over time may
    have had others, and one hop from the step is what questions about many notebooks can afford.
    """
    graph.mention(graph.node(access.step), STEP)
    emit = _emit_read if access.mode == "read" else _emit_write
    emit(access, graph)
    graph.add(
        graph.node(access.id),
        (PROV.specializationOf, graph.node(access.file)),
        *_describe_seen(access, graph),
        (PROVKG.inCell, graph.node(access.step)),
        (PROVKG.startLine, number(access.line)),
        (PROVKG.rule, text(access.rule)),
        (PROVKG.content, word(access.content) if access.content != "data" else None),
        doubt(access.confidence),
        graph.optional(PROVKG.accessedBy, access.call),
    )


def _describe_seen(access: Access, graph: Statements) -> list[Property]:
    """The bytes that an access saw or left, else those that the file has."""
    if access.digest is not None:
        return [
            *describe_bytes(access.digest, access.size_bytes),
            (SCHEMA.encoding, graph.node(access.digest)),
        ]
    seen = graph.surroundings.contents.get(access.file)
    if seen is None or graph.surroundings.how == "observed":
        return [(SCHEMA.contentSize, number(access.size_bytes))]
    return describe_bytes(str(seen.digest), seen.size_bytes)


def _emit_read(access: Access, graph: Statements) -> None:
    node, file, step = graph.node(access.id), graph.node(access.file), graph.node(access.step)
    graph.describe(node, READ, f"read by {access.rule} ({graph.place(access.step, access.line)})")
    graph.mention(file, INPUT + DATA)
    graph.add(step, (PROVKG.reads, file), (PPLAN.hasInputVar, node))
    if access.binding is not None:
        graph.mention(graph.node(access.binding), VARIABLE_DEFINITION)
        graph.add(graph.node(access.binding), (PROV.wasDerivedFrom, file))
    for step_run in _executions(access, graph):
        graph.add(step_run, (PROV.used, file))


def _emit_write(access: Access, graph: Statements) -> None:
    node, file, step = graph.node(access.id), graph.node(access.file), graph.node(access.step)
    graph.describe(node, WRITE, f"written by {access.rule} ({graph.place(access.step, access.line)})")
    graph.mention(file, DATA)
    graph.add(step, (PROVKG.writes, file), (PPLAN.hasOutputVar, node))
    if access.binding is not None:
        graph.add(node, (PROV.wasDerivedFrom, graph.node(access.binding)))
    for step_run in _executions(access, graph):
        graph.add(node, (PROV.wasGeneratedBy, step_run))


def _executions(access: Access, graph: Statements) -> list[Term]:
    """The executions that read or wrote; none where the set tells what is written, not what happened."""
    if access.step_run is not None:
        return [graph.node(access.step_run)]
    if graph.surroundings.how not in ("observed", "recorded"):
        return []
    return [graph.node(step_run) for step_run in graph.surroundings.step_runs.get(access.step, ())]


def emit_process(process: Process, graph: Statements) -> None:
    """A program that the program started."""
    node = graph.node(process.id)
    graph.describe(
        node,
        PROCESS,
        shorten(process.command),
        (PROVKG.commandLine, text(process.command)),
        (PROVKG.inCell, graph.node(process.step)),
        (PROVKG.startLine, number(process.line)),
        (PROVKG.exitCode, number(process.exit_code)),
        graph.optional(PROVONE.wasPartOf, process.step_run),
        *_course(process),
    )
    graph.mention(graph.node(process.step), STEP)


EMITTERS: dict[type, Callable[[Any, Statements], None]] = {
    Run: emit_run,
    StepRun: emit_step_run,
    Output: emit_output,
    Failure: emit_failure,
    Attachment: emit_attachment,
    DataFile: emit_data_file,
    Access: emit_access,
    Process: emit_process,
}
