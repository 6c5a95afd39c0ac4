"""Execution provenance: what ran, what it read and wrote, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provkg.facts.factset import Confidence, Constant

Status = Literal["completed", "failed", "unknown"]
FileKind = Literal["file", "directory", "url", "database", "dataset", "memory", "synthetic"]
"""What data are read from; "synthetic" data are made by a generator of random numbers."""
Mode = Literal["read", "write"]
Content = Literal["data", "model", "object", "figure", "configuration", "text"]
"""What a file holds; "object" is a pickle, which may be either data or a model."""
OutputKind = Literal["stream", "display_data", "execute_result", "error"]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan, as far as it is known; times are ISO 8601 in UTC."""

    id: str
    plan: str
    started: str | None = None
    ended: str | None = None
    status: Status = "unknown"
    tool: str | None = None
    """"papermill 2.4.0", where a tool recorded it."""
    parameters: tuple[tuple[str, Constant], ...] = ()
    command: str | None = None
    """The command line, as a shell would take it, credentials redacted."""
    exit_code: int | None = None
    """Minus the number of the signal that ended it."""
    agent: str | None = None
    """Name of the person who started it."""
    message: str | None = None
    """What that person says of it."""
    tags: tuple[str, ...] = ()
    """"key=value"."""
    environment: str | None = None
    """Id of the environment that it was observed in."""
    commit: str | None = None
    """Id of the commit that was checked out."""


@dataclass(frozen=True, slots=True)
class StepRun:
    """One execution of a step."""

    id: str
    run: str
    step: str
    count: int | None
    """The kernel's execution count."""
    sequence: int | None
    """0-based place among the recorded executions; None where the order is not known."""
    started: str | None = None
    ended: str | None = None
    status: Status = "unknown"
    elapsed_seconds: float | None = None
    informed_by: tuple[str, ...] = ()
    """Ids of the step runs whose state it read, by the data flow in execution order."""


@dataclass(frozen=True, slots=True)
class Output:
    """One representation of something a step showed, by mime type."""

    id: str
    step_run: str | None
    """None where outputs are saved without a trace of the execution."""
    step: str
    index: int
    kind: OutputKind
    mime: str
    digest: str
    """Digest of the decoded bytes: the PNG itself, not its base64 text."""
    size_bytes: int
    preview: str | None = None
    """The beginning of a text, secrets redacted; None for binary content."""
    stream: str | None = None
    """"stdout" or "stderr"."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that a step raised."""

    id: str
    step_run: str | None
    step: str
    exception: str
    message: str
    traceback: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file kept inside a cell or a widget's state, known by its digest."""

    id: str
    step: str
    name: str
    mime: str
    digest: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file, URL, database or packaged data set that the program names."""

    id: str
    """Id by path below the project, or the absolute IRI of a thing that has its own name."""
    kind: FileKind
    locator: str
    """As the program would see it, passwords redacted; the source text of the argument where not constant."""
    is_resolved: bool
    path: str | None = None
    """POSIX path relative to the project, for local files."""
    digest: str | None = None
    """Tagged sha256 of its bytes, where the file lies below the folder that was given."""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A step reads or writes a data file."""

    id: str
    step: str
    file: str
    mode: Mode
    line: int
    rule: str
    """What says so: the knowledge base entry ("pandas.read_csv") or the command ("!wget")."""
    confidence: Confidence
    call: str | None = None
    """Id of the call or command."""
    binding: str | None = None
    """Id of the binding that holds what was read, or what was written."""
    content: Content = "data"
    text: str | None = None
    """How the program writes the locator, where it is an argument."""
    step_run: str | None = None
    """Id of the execution that did it, where it was observed."""
    digest: str | None = None
    """Tagged sha256 of the bytes as this access saw or left them; None where only the file's is known."""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A program that the program started."""

    id: str
    step: str
    step_run: str | None
    line: int
    command: str
    """The command line, as a shell would take it, credentials redacted."""
    started: str
    ended: str | None = None
    exit_code: int | None = None
    """Minus the number of the signal that ended it; None where the program did not ask."""
    status: Status = "unknown"


ExecutionFact = Run | StepRun | Output | Failure | Attachment | DataFile | Access | Process
