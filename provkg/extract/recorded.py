"""What a saved notebook says of its run: counts, order, times, outputs, errors, environment, authors.

Nothing is inferred here. What is odd in the record (a count that repeats, a time that is none) becomes a
problem, and the rest is still recorded.
"""

from __future__ import annotations

import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from provkg.extract.redaction import Redactor
from provkg.facts import Fact
from provkg.facts.definition import Plan, Step
from provkg.facts.deployment import Agent, Environment
from provkg.facts.execution import Attachment, Failure, Output, OutputKind, Run, Status, StepRun
from provkg.facts.factset import Constant, Problem
from provkg.identity import digest_bytes, digest_text, encode_name
from provkg.sources.document import Cell, Document

LONGEST_PREVIEW = 2_000
"""Characters of an output's text that are kept; the digest stands for the rest."""

_MARGIN = 4_000
"""Characters read beyond a preview's end, so that a secret that is cut in two is still seen whole."""


@dataclass(frozen=True, slots=True)
class RecordedOptions:
    """What a user can decide about the record of a run."""

    keep_outputs: bool = True
    """Without them there are neither outputs nor the messages and tracebacks of errors."""
    redact: tuple[str, ...] = ()
    """Regular expressions; what they match is redacted too."""


def find_recorded(
    document: Document, plan: Plan, steps: Sequence[Step], options: RecordedOptions | None = None
) -> tuple[list[Fact], list[Problem]]:
    """The facts that a document's file recorded of its last run, and what is odd about them.

    The facts are empty where nothing was recorded; there is a `Run` only where cells left a trace of one.
    """
    return _Recorded(document, plan, options or RecordedOptions()).find(steps)


@dataclass(frozen=True, slots=True)
class _Times:
    """When a step ran."""

    started: datetime | None = None
    ended: datetime | None = None
    elapsed_seconds: float | None = None
    status: Status | None = None


class _Recorded:
    """One pass over the cells of a document."""

    def __init__(self, document: Document, plan: Plan, options: RecordedOptions) -> None:
        self.document = document
        self.plan = plan
        self.options = options
        self.redactor = Redactor(options.redact)
        self.prefix = f"{plan.document}#recorded"
        self.run_id = f"{self.prefix}.run"
        self.problems: list[Problem] = []
        self.widgets = _widget_state(document.metadata)
        self.untraced = 0
        """Cells whose outputs are saved without count and time."""

    def find(self, steps: Sequence[Step]) -> tuple[list[Fact], list[Problem]]:
        step_of = {step.index: step for step in steps}
        pairs = [(cell, step_of[cell.index]) for cell in self.document.cells if cell.index in step_of]
        runs: list[StepRun] = []
        shown: list[Fact] = []
        for cell, step in pairs:
            step_run = self.step_run(cell, step) if cell.kind == "code" else None
            runs += [step_run] if step_run else []
            shown += self.outputs(cell, step, step_run)
            shown += self.attachments(cell, step)
        runs = self.in_sequence(runs)
        if self.untraced:
            cells = "1 cell" if self.untraced == 1 else f"{self.untraced} cells"
            message = f"the outputs of {cells} are saved without a trace of their execution"
            self.problem(self.plan.document, message)
        facts: list[Fact] = [*self.environment(), *self.agents(), *self.runs(runs), *runs, *shown]
        return facts, self.problems

    def problem(self, where: str, message: str) -> None:
        self.problems.append(Problem(where, message))

    # --- executions

    def step_run(self, cell: Cell, step: Step) -> StepRun | None:
        """The execution of a cell, where its count or its times show that there was one."""
        count = self.count(cell, step)
        times = self.times(cell, step)
        if count is None and times == _Times():
            return None
        return StepRun(
            id=f"{self.run_id}.{_step_key(step)}",
            run=self.run_id,
            step=step.id,
            count=count,
            sequence=None,
            started=_iso(times.started),
            ended=_iso(times.ended),
            status=_status(cell, count, times),
            elapsed_seconds=times.elapsed_seconds,
        )

    def count(self, cell: Cell, step: Step) -> int | None:
        """The execution count of the cell, or else of its result; wrong ones are problems."""
        own: object = cell.execution_count
        results = [
            output.get("execution_count")
            for output in cell.outputs
            if output.get("output_type") == "execute_result"
        ]
        result = next((count for count in results if _is_count(count)), None)
        if own is not None and not _is_count(own):
            self.problem(step.id, f"the execution count {_short(own)} is no number")
            own = None
        if own is not None and result is not None and own != result:
            self.problem(step.id, f"the result was saved at execution count {result}, the cell at {own}")
        count = own if own is not None else result
        return count if isinstance(count, int) else None

    def times(self, cell: Cell, step: Step) -> _Times:
        """When the cell ran, by the first of the known records that it carries."""
        for key, read in _TIME_READERS.items():
            record = cell.metadata.get(key)
            if isinstance(record, Mapping):
                return self.check_times(read(_Clock(self, step.id), record), step)
        return _Times()

    def check_times(self, times: _Times, step: Step) -> _Times:
        if times.started and times.ended:
            elapsed = (times.ended - times.started).total_seconds()
            if elapsed < 0:
                self.problem(step.id, "the recorded end lies before the start")
                return replace(times, ended=None, elapsed_seconds=None)
            return replace(times, elapsed_seconds=elapsed)
        return times

    def in_sequence(self, runs: list[StepRun]) -> list[StepRun]:
        """The executions with their place by count; by time where counts repeat or none was saved."""
        counts = Counter(run.count for run in runs if run.count is not None)
        repeated = sorted(count for count, times in counts.items() if times > 1)
        if repeated:
            shown = ", ".join(map(str, repeated[:5])) + ("…" if len(repeated) > 5 else "")
            self.problem(
                self.plan.document,
                f"execution counts repeat ({shown}): the cells ran in more than one session, or were copied",
            )
        ordered = [run for run in runs if run.count is not None]
        if ordered and not (repeated and all(run.started for run in ordered)):
            ordered.sort(key=lambda run: run.count or 0)
        else:
            ordered = sorted(
                (run for run in ordered or runs if run.started), key=lambda run: _in_time(run.started)
            )
        place = {run.id: index for index, run in enumerate(ordered)}
        return [replace(run, sequence=place.get(run.id)) for run in runs]

    def runs(self, step_runs: list[StepRun]) -> Iterator[Run]:
        """The run that the executions belong to."""
        papermill = _mapping(self.document.metadata.get("papermill"))
        if not step_runs and not papermill:
            return
        clock = _Clock(self, self.plan.document)
        started = _iso(clock.read(papermill.get("start_time"))) or min(
            (run.started for run in step_runs if run.started), default=None, key=_in_time
        )
        ended = _iso(clock.read(papermill.get("end_time"))) or max(
            (run.ended for run in step_runs if run.ended), default=None, key=_in_time
        )
        yield Run(
            id=self.run_id,
            plan=self.plan.id,
            started=started,
            ended=ended,
            status=self.run_status(step_runs, papermill),
            tool=_tool(self.document.metadata),
            parameters=self.parameters(papermill),
        )

    def run_status(self, step_runs: list[StepRun], papermill: Mapping[str, Any]) -> Status:
        if papermill.get("exception") is True or any(run.status == "failed" for run in step_runs):
            return "failed"
        ran = {run.step for run in step_runs if run.status == "completed"}
        code = sum(1 for cell in self.document.code_cells if cell.source.strip())
        return "completed" if papermill.get("exception") is False or (ran and len(ran) >= code) else "unknown"

    def parameters(self, papermill: Mapping[str, Any]) -> tuple[tuple[str, Constant], ...]:
        given = _mapping(papermill.get("parameters"))
        return tuple((str(name), self.redact_constant(str(name), value)) for name, value in given.items())

    def redact_constant(self, name: str, value: Any) -> Constant:
        if isinstance(value, str):
            return self.redactor.redact_value(name, value)
        if isinstance(value, Mapping):
            return {str(key): self.redact_constant(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_constant(name, item) for item in value]
        return value if value is None or isinstance(value, bool | int | float) else str(value)

    # --- outputs

    def outputs(self, cell: Cell, step: Step, step_run: StepRun | None) -> Iterator[Fact]:
        self.untraced += bool(cell.outputs) and step_run is None
        for index, output in enumerate(cell.outputs):
            place = _Place(
                f"{self.prefix}.{_step_key(step)}.output-{index}",
                step.id,
                step_run.id if step_run else None,
                index,
            )
            yield from self.output(output, place)

    def output(self, output: Mapping[str, Any], place: _Place) -> Iterator[Fact]:
        kind = output.get("output_type") if isinstance(output, Mapping) else None
        if kind == "error":
            yield self.failure(output, place)
        elif not self.options.keep_outputs:
            return
        elif kind == "stream":
            yield self.stream(output, place)
        elif kind == "display_data" or kind == "execute_result":
            yield from self.representations(output, place, kind)
        else:
            self.problem(place.step, f"an output of the unknown type {_short(kind)}")

    def stream(self, output: Mapping[str, Any], place: _Place) -> Output:
        text = _join(output.get("text"))
        name = output.get("name")
        return self.text_output(
            place, "stream", "text/plain", text, stream=name if name in ("stdout", "stderr") else None
        )

    def representations(self, output: Mapping[str, Any], place: _Place, kind: OutputKind) -> Iterator[Fact]:
        for mime, content in _mapping(output.get("data")).items():
            if mime == _WIDGET_VIEW:
                yield from self.widget(content, place)
            data = _decode(mime, content)
            if data is None:
                yield self.text_output(place, kind, mime, text_of(content))
            else:
                yield Output(
                    place.output_id(mime),
                    place.step_run,
                    place.step,
                    place.index,
                    kind,
                    mime,
                    digest_bytes(data),
                    len(data),
                )

    def text_output(
        self, place: _Place, kind: OutputKind, mime: str, text: str, *, stream: str | None = None
    ) -> Output:
        data = text.encode("utf-8", "surrogatepass")
        return Output(
            id=place.output_id(mime),
            step_run=place.step_run,
            step=place.step,
            index=place.index,
            kind=kind,
            mime=mime,
            digest=digest_bytes(data),
            size_bytes=len(data),
            preview=self.preview(text),
            stream=stream,
        )

    def preview(self, text: str) -> str:
        """The beginning of a text as a person reads it: no colour codes, no secrets."""
        beginning = strip_colours(text[: LONGEST_PREVIEW + _MARGIN])
        return self.redactor.redact(beginning)[:LONGEST_PREVIEW]

    def failure(self, output: Mapping[str, Any], place: _Place) -> Failure:
        traceback = output.get("traceback")
        lines = "\n".join(map(str, traceback)) if isinstance(traceback, list) else _join(traceback)
        keep = self.options.keep_outputs
        return Failure(
            id=f"{place.id}.failure",
            step_run=place.step_run,
            step=place.step,
            exception=self.redactor.redact(text_of(output.get("ename"))) or "unknown",
            message=self.preview(text_of(output.get("evalue"))) if keep else "",
            traceback=self.redactor.redact(strip_colours(lines)) if keep and lines else None,
        )

    # --- attachments, environment, agents

    def attachments(self, cell: Cell, step: Step) -> Iterator[Attachment]:
        for name, bundle in cell.attachments.items():
            name = self.redactor.redact(name)
            for mime, content in _mapping(bundle).items():
                data = _decode(mime, content)
                data = text_of(content).encode("utf-8", "surrogatepass") if data is None else data
                identity = (
                    f"{self.prefix}.{_step_key(step)}.attachment-{encode_name(name)}.{encode_name(mime)}"
                )
                yield Attachment(identity, step.id, name, mime, digest_bytes(data), len(data))

    def widget(self, view: object, place: _Place) -> Iterator[Attachment]:
        """The saved state of the widget that an output shows."""
        model = _mapping(view).get("model_id")
        state = self.widgets.get(model) if isinstance(model, str) else None
        if state is not None:
            data = _canonical(state).encode("utf-8", "surrogatepass")
            identity = f"{place.id}.widget"
            yield Attachment(identity, place.step, str(model), _WIDGET_STATE, digest_bytes(data), len(data))

    def environment(self) -> Iterator[Environment]:
        kernel = _mapping(self.document.metadata.get("kernelspec"))
        language = _mapping(self.document.metadata.get("language_info"))
        mode = language.get("codemirror_mode")
        mode = mode.get("name") if isinstance(mode, Mapping) else mode
        known = (
            self.shown(kernel.get("name")),
            self.shown(kernel.get("display_name")),
            self.shown(language.get("name")) or self.shown(kernel.get("language")),
            self.shown(language.get("version")),
            self.shown(mode),
        )
        if any(known):
            yield Environment(f"{self.prefix}.environment", self.plan.id, *known)

    def shown(self, value: object) -> str | None:
        """A text of the metadata without secrets; None for what is no text."""
        text = _string(value)
        return self.redactor.redact(text) if text else None

    def agents(self) -> Iterator[Agent]:
        authors = self.document.metadata.get("authors")
        seen = set()
        for author in authors if isinstance(authors, list) else [authors]:
            name, orcid = _author(author)
            name = self.shown(name)
            if name and name not in seen:
                seen.add(name)
                identity = (
                    f"https://orcid.org/{orcid}"
                    if orcid
                    else f"{self.plan.document}#agent-{encode_name(name)}"
                )
                yield Agent(identity, name, self.plan.id, orcid)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an output stands."""

    id: str
    step: str
    step_run: str | None
    index: int

    def output_id(self, mime: str) -> str:
        return f"{self.id}.{encode_name(mime)}"


def output_id(document: str, step: str, index: int, mime: str) -> str:
    """The id of what a cell shows as one of its outputs, in one of its representations."""
    return f"{document}#recorded.{step.rpartition('.')[2]}.output-{index}.{encode_name(mime)}"


# --- times ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clock:
    """Reads times of many shapes; what is no time becomes a problem."""

    recorded: _Recorded
    where: str

    def read(self, value: object) -> datetime | None:
        """A moment from ISO 8601 text or milliseconds since 1970; times without a zone are UTC."""
        if value is None:
            return None
        moment = parse_moment(value)
        if moment is None:
            self.recorded.problem(self.where, f"{_short(value)} is no time")
        return moment


def parse_moment(value: object) -> datetime | None:
    """The UTC time that a text or a number of milliseconds since 1970 states; None where it states none."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            moment = datetime.fromtimestamp(value / 1000, UTC)
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 1990 <= moment.year <= 2200 else None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _in_time(text: str | None) -> str:
    """A sort key: "…:00Z" comes before "…:00.5Z", although "." sorts before "Z"."""
    return (text or "").removesuffix("Z")


def _read_execution(clock: _Clock, record: Mapping[str, Any]) -> _Times:
    """JupyterLab's and nbclient's: times of the kernel's messages."""
    started = record.get("iopub.execute_input") or record.get("iopub.status.busy")
    ended = record.get("shell.execute_reply") or record.get("iopub.status.idle")
    return _Times(clock.read(started or record.get("shell.execute_reply.started")), clock.read(ended))


def _read_execute_time(clock: _Clock, record: Mapping[str, Any]) -> _Times:
    """The notebook extension ExecuteTime's."""
    return _Times(clock.read(record.get("start_time")), clock.read(record.get("end_time")))


def _read_papermill(clock: _Clock, record: Mapping[str, Any]) -> _Times:
    """papermill's: `status` is also known for cells that never came to run."""
    status = record.get("status")
    if status == "pending":
        return _Times()
    known: Status | None = "failed" if record.get("exception") is True or status == "failed" else None
    known = "completed" if status == "completed" and known is None else known
    duration = _seconds(record.get("duration"))
    return _Times(clock.read(record.get("start_time")), clock.read(record.get("end_time")), duration, known)


def _read_colab(clock: _Clock, record: Mapping[str, Any]) -> _Times:
    """Colab's: milliseconds, of which `timestamp` is the end."""
    ended, elapsed = clock.read(record.get("timestamp")), _seconds(record.get("elapsed"))
    elapsed = None if elapsed is None else elapsed / 1000
    started = parse_moment((ended.timestamp() - elapsed) * 1000) if ended and elapsed is not None else None
    status = record.get("status")
    known: Status | None = "completed" if status == "ok" else "failed" if status == "error" else None
    return _Times(started, ended, elapsed, known)


_TIME_READERS = {
    "papermill": _read_papermill,
    "execution": _read_execution,
    "ExecuteTime": _read_execute_time,
    "ExecutionTime": _read_execute_time,
    "executionInfo": _read_colab,
}


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _status(cell: Cell, count: int | None, times: _Times) -> Status:
    if any(output.get("output_type") == "error" for output in cell.outputs):
        return "failed"
    return times.status or ("completed" if count is not None or times.ended else "unknown")


# --- contents ------------------------------------------------------------------------------------------

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
_COLOUR = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_TEXT_MIME = re.compile(
    r"text/|image/svg|application/(?:.*json|.*xml|javascript|x-javascript|x-latex|latex|sql|geo)|.*\+(?:json|xml)"
)
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def strip_colours(text: str) -> str:
    """`text` without the escape sequences that colour it on a terminal.

    >>> strip_colours("\\x1b[0;31mValueError\\x1b[0m")
    'ValueError'
    """
    return _COLOUR.sub("", text) if "\x1b" in text else text


def _decode(mime: str, content: object) -> bytes | None:
    """The bytes of a binary representation; None for a text."""
    if _TEXT_MIME.match(mime) or not isinstance(content, str | list):
        return None
    try:
        return binascii.a2b_base64(_join(content))
    except ValueError:  # binascii.Error is one, and so is text outside ASCII
        return None


def text_of(content: object) -> str:
    """A text, its lines joined; other JSON in one canonical form."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        try:
            return "".join(content)
        except TypeError:
            return _canonical(content)
    return "" if content is None else _canonical(content)


def _join(text: object) -> str:
    return text if isinstance(text, str) else text_of(text)


def _canonical(content: object) -> str:
    try:
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return digest_text(str(type(content)))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _step_key(step: Step) -> str:
    """The last part of a step's id: "cell-7f3e"."""
    return step.id.rpartition(".")[2]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _widget_state(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_mapping(_mapping(metadata.get("widgets")).get(_WIDGET_STATE)).get("state"))


def _tool(metadata: Mapping[str, Any]) -> str | None:
    """What ran or kept the notebook, as far as its metadata tells."""
    papermill = metadata.get("papermill")
    if isinstance(papermill, Mapping):
        return f"papermill {_string(papermill.get('version')) or ''}".strip()
    hosts = {"colab": "Google Colab", "kaggle": "Kaggle", "vscode": "Visual Studio Code"}
    return next((name for key, name in hosts.items() if key in metadata), None)


def _author(author: object) -> tuple[str | None, str | None]:
    """Name and ORCID of an entry of `metadata.authors`."""
    if isinstance(author, Mapping):
        orcid = _ORCID.search(str(author.get("orcid") or author.get("url") or ""))
        return _string(author.get("name")), orcid[0] if orcid else None
    return _string(author), None
