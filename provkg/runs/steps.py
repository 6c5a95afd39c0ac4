"""Steps as they were observed: executions, values, calls and outputs, on the steps and bindings of the plan.

What was observed refines what is written: of the bindings that a cell could make, those of names that it did
bind; of the names that a value could come from, those that were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from provkg.facts import Fact
from provkg.facts.definition import Binding, Call, Definition, OrderDifference, Step, Use
from provkg.facts.execution import CallRun, Failure, Output, Status, StepRun, VariableState
from provkg.facts.factset import Constant
from provkg.identity import digest_text, encode_name
from provkg.runs.context import Context, moment
from provkg.runs.journal import Record


def find_steps(context: Context) -> Iterator[Fact]:
    """The facts of all executions, in the order in which they ran."""
    observed = Observed(context)
    yield from observed.step_runs()
    yield from observed.outputs()
    yield from observed.bindings()
    yield from observed.states
    yield from observed.call_runs()
    yield from observed.differences()


@dataclass(slots=True)
class Execution:
    """One execution of a step."""

    number: int
    id: str
    step: Step
    start: Record
    end: Record = field(default_factory=dict)
    values: list[Record] = field(default_factory=list)
    calls: list[Record] = field(default_factory=list)
    outputs: list[Record] = field(default_factory=list)

    @property
    def reads(self) -> list[str]:
        """The names that it read as they were before it."""
        return names_in(self.end, "reads")

    @property
    def writes(self) -> list[str]:
        """The names that it bound, and those whose object it changed."""
        return names_in(self.end, "writes") + names_in(self.end, "changes")

    @property
    def status(self) -> Status:
        """How it ended; unknown where the program did not live to tell."""
        status = self.end.get("status")
        return status if status in ("completed", "failed") else "unknown"


def names_in(record: Record, field: str) -> list[str]:
    """The names that a field of a record lists."""
    names = record.get(field)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


class Observed:
    """The executions of a run, and what they are about."""

    def __init__(self, context: Context) -> None:
        self.context = context
        facts = context.inferred.facts
        self.definitions = [fact for fact in facts if isinstance(fact, Definition)]
        self.calls = {(fact.step, span_key(fact)): fact for fact in facts if isinstance(fact, Call)}
        self.all_bindings = {fact.id: fact for fact in facts if isinstance(fact, Binding)}
        self.uses = [fact for fact in facts if isinstance(fact, Use) and fact.order == "document"]
        self.executions = self.find_executions()
        self.files = self.find_files()
        self.writers = self.find_writers()

    # Executions

    def find_executions(self) -> list[Execution]:
        """The executions whose step is known, in the order in which they ran."""
        found: dict[int, Execution] = {}
        for number, step in self.context.executed.items():
            start = self.context.numbered[number]
            found[number] = Execution(number, self.context.step_run_id(number), step, start)
        for record in self.context.journal.of("step"):
            if record.get("event") == "end" and record.get("n") in found:
                found[record["n"]].end = record
        for kind in ("value", "call", "output"):
            for record in self.context.journal.of(kind):
                execution = found.get(record.get("s", -1))
                if execution is not None:
                    getattr(execution, f"{kind}s").append(record)
        return list(found.values())

    def find_files(self) -> dict[str, Step]:
        """File name of a code object → the step whose text it is; of a script, the program's file."""
        return {
            file: execution.step for execution in self.executions for file in names_in(execution.end, "files")
        }

    def place_of(self, file: object, line: object) -> tuple[Step, int] | None:
        """The step in which a line of a file stands, and the line within it."""
        if not isinstance(line, int) or not isinstance(file, str):
            return None
        if file == self.context.script:
            step = self.context.step_at(line)
            return None if step is None else (step, max(1, line - step.first_line + 1))
        cell = self.files.get(file)
        return None if cell is None else (cell, line)

    def find_writers(self) -> dict[tuple[int, str], Execution]:
        """(execution, name that it read) → the execution that gave the name its value."""
        last: dict[str, Execution] = {}
        found: dict[tuple[int, str], Execution] = {}
        for execution in self.executions:
            for name in execution.reads:
                if name in last:
                    found[execution.number, name] = last[name]
            last.update(dict.fromkeys(execution.writes, execution))
            for name in names_in(execution.end, "deletes"):
                last.pop(name, None)
        return found

    def step_runs(self) -> Iterator[StepRun]:
        """Each execution, with those whose values it read."""
        for sequence, execution in enumerate(self.executions):
            writers = [self.writers.get((execution.number, name)) for name in execution.reads]
            ended = execution.end.get("t")
            yield StepRun(
                id=execution.id,
                run=self.context.run,
                step=execution.step.id,
                count=execution.end.get("count"),
                sequence=sequence,
                started=moment(execution.start["t"]),
                ended=None if ended is None else moment(ended),
                status=execution.status,
                elapsed_seconds=None if ended is None else max(0.0, ended - execution.start["t"]),
                informed_by=tuple(dict.fromkeys(writer.id for writer in writers if writer is not None)),
                used=tuple(
                    dict.fromkeys(
                        state
                        for name in execution.reads
                        if (writer := self.writers.get((execution.number, name))) is not None
                        if (state := self.last_state(writer, name)) is not None
                    )
                ),
            )

    # Outputs

    def outputs(self) -> Iterator[Fact]:
        """What executions showed, and the errors that ended them."""
        for execution in self.executions:
            for record in execution.outputs:
                yield output_fact(execution, record)
            error = execution.end.get("error")
            if isinstance(error, dict):
                redact = self.context.redactor.redact
                yield Failure(
                    id=f"{execution.id}.failure",
                    step_run=execution.id,
                    step=execution.step.id,
                    exception=str(error.get("exception")),
                    message=redact(str(error.get("message") or "")),
                    traceback=redact(str(error["traceback"])) if error.get("traceback") else None,
                )

    # Bindings and values

    @cached_property
    def globals(self) -> dict[tuple[str, str], list[Binding]]:
        """(step, name) → the bindings of that global in the step, in the order of its text."""
        found: dict[tuple[str, str], list[Binding]] = {}
        for binding in sorted(
            self.all_bindings.values(), key=lambda each: (each.span.start_line, each.span.start_column)
        ):
            if not binding.scope:
                found.setdefault((binding.step, binding.name), []).append(binding)
        return found

    def last_binding(self, execution: Execution, name: str) -> Binding | None:
        """The binding that gave a name the value that it had when an execution was over."""
        bindings = self.globals.get((execution.step.id, name))
        return bindings[-1] if bindings else None

    def bindings(self) -> Iterator[Binding]:
        """The bindings that happened, each with those that it was computed from, as far as they were read."""
        kept: dict[str, None] = {}
        for execution in self.executions:
            for name in execution.writes:
                kept.update((each.id, None) for each in self.globals.get((execution.step.id, name), ()))
        waiting = list(kept)
        while waiting:
            for source in self.sources_of(self.all_bindings[waiting.pop()]):
                if source not in kept and self.all_bindings[source].scope:
                    kept[source] = None
                    waiting.append(source)
        for identity in kept:
            binding = self.all_bindings[identity]
            yield replace(binding, derived_from=tuple(self.sources_of(binding)), holds=())

    @cached_property
    def read_in(self) -> dict[str, set[str]]:
        """Step → the names that its executions read."""
        found: dict[str, set[str]] = {}
        for execution in self.executions:
            found.setdefault(execution.step.id, set()).update(execution.reads)
        return found

    def sources_of(self, binding: Binding) -> Iterator[str]:
        """What a binding was computed from: of its own step, or of a name that the step was seen to read."""
        for identity in binding.derived_from:
            source = self.all_bindings.get(identity)
            if source is None:
                continue
            if (
                source.step == binding.step
                or source.scope
                or source.name in self.read_in.get(binding.step, ())
            ):
                yield identity

    @cached_property
    def states(self) -> list[VariableState]:
        """What the names held when each execution was over, and after each assignment where that was told."""
        return [*self.find_states()]

    @cached_property
    def states_by_name(self) -> dict[tuple[str, str], str]:
        """(execution, name of a global) → id of the state at its end."""
        return {
            (state.step_run, state.name): state.id
            for state in self.states
            if not state.scope and state.line is None
        }

    def last_state(self, execution: Execution, name: str) -> str | None:
        """Id of what a name held when an execution was over."""
        return self.states_by_name.get((execution.id, name))

    def find_states(self) -> Iterator[VariableState]:
        """The states of all executions, each with those that it came from."""
        latest: dict[str, str] = {}
        assigned: dict[tuple[str, str, int | None], str] = {}
        for execution in self.executions:
            before = dict(latest)
            for record in execution.values:
                if isinstance(record.get("line"), int):
                    scope, name, line = assigned_key(record)
                    identity = self.assigned_id(execution, record)
                    assigned[scope, name, line] = assigned[scope, name, None] = identity
            for record in execution.values:
                if isinstance(record.get("line"), int):
                    yield self.assigned_state(execution, record, assigned)
                else:
                    state = self.final_state(execution, record, before)
                    latest[state.name] = state.id
                    yield state

    def assigned_id(self, execution: Execution, record: Record) -> str:
        """Id of what a variable held after an assignment; files outside the plan are told apart."""
        scope, name, line = assigned_key(record)
        parts = [encode_name(part) for part in (scope, name) if part]
        is_here = self.place_of(record.get("file"), line) is not None
        elsewhere = "" if is_here else f"-{digest_text(str(record.get('file')))[7:15]}"
        return f"{execution.id}.assigned{elsewhere}-L{line}.{'.'.join(parts)}"

    def final_state(self, execution: Execution, record: Record, before: Mapping[str, str]) -> VariableState:
        """What a global held when an execution was over."""
        name = str(record.get("name"))
        binding = self.last_binding(execution, name)
        sources = self.names_behind(binding) if binding is not None else ()
        return replace(
            described(record.get("summary")),
            id=f"{execution.id}.value-{encode_name(name)}",
            step_run=execution.id,
            step=execution.step.id,
            name=name,
            binding=binding.id if binding is not None else None,
            derived_from=tuple(before[source] for source in sources if source in before and source != name),
            previous=before.get(name) if record.get("change") else None,
        )

    def names_behind(self, binding: Binding) -> list[str]:
        """The globals of other steps that a binding was computed from, through what its own step bound."""
        found: dict[str, None] = {}
        seen, waiting = {binding.id}, [binding.id]
        while waiting:
            for identity in self.sources_of(self.all_bindings[waiting.pop()]):
                source = self.all_bindings[identity]
                if source.step != binding.step and not source.scope:
                    found[source.name] = None
                elif identity not in seen:
                    seen.add(identity)
                    waiting.append(identity)
        return list(found)

    @cached_property
    def bindings_at(self) -> dict[tuple[str, str, str, int], str]:
        """(step, name, scope, line) → id of the last binding there."""
        found = sorted(self.all_bindings.values(), key=lambda each: each.span.start_column)
        return {(each.step, each.name, each.scope, each.span.start_line): each.id for each in found}

    def assigned_state(
        self, execution: Execution, record: Record, assigned: Mapping[tuple[str, str, int | None], str]
    ) -> VariableState:
        """What a variable held after the last run of an assignment."""
        scope, name, _ = assigned_key(record)
        place = self.place_of(record.get("file"), record.get("line"))
        step, line = place if place is not None else (execution.step, record["line"])
        binding = self.bindings_at.get((step.id, name, scope, line)) if place is not None else None
        sources = [
            assigned.get((scope, source, where)) or assigned.get(("", source, where))
            for source, where in pairs_in(record.get("from"))
            if where is not None
        ]
        return replace(
            described(record.get("summary")),
            id=self.assigned_id(execution, record),
            step_run=execution.id,
            step=step.id,
            name=name,
            scope=scope,
            line=line,
            binding=binding,
            count=int(record.get("count") or 1),
            derived_from=tuple(dict.fromkeys(source for source in sources if source is not None)),
        )

    # Calls

    def call_runs(self) -> Iterator[CallRun]:
        """The calls of the program's own functions, by the places that they were called from."""
        taken: set[str] = set()
        for execution in self.executions:
            for record in execution.calls:
                definition = self.find_definition(record)
                for site in record.get("sites") or ():
                    run = self.call_run(execution, record, site, definition)
                    while run.id in taken:
                        run = replace(run, id=f"{run.id}x")
                    taken.add(run.id)
                    yield run

    def call_run(
        self, execution: Execution, record: Record, site: Mapping[str, Any], definition: str | None
    ) -> CallRun:
        """The calls from one place."""
        start, column, end, end_column = site["span"]
        place = self.place_of(site.get("file"), start)
        step, line = place if place is not None else (execution.step, start)
        call = self.calls.get((step.id, (line, column, end - start + line, end_column)))
        function, is_complete = str(record.get("function")), bool(record.get("is_complete"))
        return CallRun(
            id=f"{execution.id}.call-{encode_name(function)}.L{start}C{column}",
            step_run=execution.id,
            step=step.id,
            function=function,
            line=line,
            count=site["count"] if is_complete else record["count"] if len(record["sites"]) == 1 else None,
            looked_at=site["count"],
            seconds=site.get("seconds"),
            failures=site.get("failures", 0),
            call=call.id if call is not None else None,
            definition=definition,
            caller=next((each.id for each in self.definitions if each.name == site.get("caller")), None),
            first=site.get("first"),
            last=site.get("last"),
        )

    def find_definition(self, record: Record) -> str | None:
        """The definition of the function that a record is about, where it stands in the plan."""
        place = self.place_of(record.get("file"), record.get("line"))
        if place is None:
            return None
        step, line = place
        named = [
            each for each in self.definitions if each.name == record.get("function") and each.step == step.id
        ]
        exact = [each for each in named if each.span.start_line == line]
        return next((each.id for each in exact or named), None)

    # Order

    def differences(self) -> Iterator[Fact]:
        """Names for which a step read what another step had bound than it would read from top to bottom."""
        observed: dict[tuple[str, str], dict[str, Binding | None]] = {}
        for execution in self.executions:
            for name in execution.reads:
                writer = self.writers.get((execution.number, name))
                if writer is not None and writer.step.id != execution.step.id:
                    binding = self.last_binding(writer, name)
                    observed.setdefault((execution.step.id, name), {})[writer.step.id] = binding
        written: dict[tuple[str, str], list[str]] = {}
        for use in self.uses:
            written.setdefault((use.step, use.name), []).append(use.binding)
        for (step, name), writers in observed.items():
            expected = written.get((step, name), [])
            steps = {self.all_bindings[each].step for each in expected if each in self.all_bindings}
            bindings = [each for each in writers.values() if each is not None]
            if not bindings or set(writers) <= steps or all(each.kind == "import" for each in bindings):
                continue
            read = tuple(dict.fromkeys(each.id for each in bindings))
            yield OrderDifference(f"{step}.order-{encode_name(name)}", step, name, tuple(expected), read)
            yield from (Use(step, each, name, 1, "execution") for each in read)


def assigned_key(record: Record) -> tuple[str, str, int]:
    """Scope, name and line of an assignment."""
    return str(record.get("scope") or ""), str(record.get("name")), record["line"]


def span_key(call: Call) -> tuple[int, int, int, int]:
    """Where a call stands in its step."""
    span = call.span
    return span.start_line, span.start_column, span.end_line, span.end_column


def pairs_in(value: object) -> Iterable[tuple[str, int | None]]:
    """Names with the lines that gave them their value."""
    pairs = value if isinstance(value, Sequence) else ()
    return [(str(pair[0]), pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2]


def output_fact(execution: Execution, record: Record) -> Output:
    """One representation of something that an execution showed."""
    mime = str(record.get("mime"))
    index = int(record.get("index") or 0)
    return Output(
        id=f"{execution.id}.output-{index}.{encode_name(mime)}",
        step_run=execution.id,
        step=execution.step.id,
        index=index,
        kind=record["output"],
        mime=mime,
        digest=str(record["digest"]),
        size_bytes=int(record["size"]),
        preview=record.get("preview"),
        stream=record.get("stream"),
    )


def described(summary: Any) -> VariableState:
    """A state that says of its value what a summary says, and nothing else yet."""
    blank = VariableState(id="", step_run="", step="", name="")
    if not isinstance(summary, dict):
        return replace(blank, value=summary)
    digest = summary.get("digest") or summary.get("sample_digest")
    return replace(
        blank,
        type=summary.get("type"),
        digest=digest,
        is_sampled="digest" not in summary and digest is not None,
        shape=shape_of(summary),
        value=value_of(summary),
    )


def shape_of(summary: Mapping[str, Any]) -> tuple[int, ...]:
    """The lengths of the dimensions of an array or a table."""
    shape = summary.get("shape")
    if isinstance(shape, list) and all(isinstance(each, int) for each in shape):
        return tuple(shape)
    rows, columns = summary.get("rows"), summary.get("columns")
    if isinstance(rows, int) and isinstance(columns, int):
        return (rows, columns)
    return ()


def value_of(summary: Mapping[str, Any]) -> Constant:
    """The value itself where the summary holds it; else what else the summary tells."""
    for key in ("value", "text"):
        if key in summary:
            return summary[key]  # type: ignore[no-any-return] # a summary is JSON
    rest = {
        key: item
        for key, item in summary.items()
        if key not in ("type", "kind", "digest", "sample_digest", "shape")
    }
    return rest or None
