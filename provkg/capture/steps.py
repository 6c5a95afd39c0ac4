"""Steps as they happen: cells of notebooks and scripts, what they read and write, and what they call.

A step's reads are observed, not concluded: the names in the suites that did run, and the globals of the
functions that were called, as far as they still held what they held when the step began. Its writes are the
names that are bound to something else at its end, and those whose value has another summary.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dis import EXTENDED_ARG, opmap
from importlib.util import decode_source
from itertools import repeat
from operator import length_hint
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Literal

from provkg.capture.calls import Callers, WatchedFunction
from provkg.capture.instrument import (
    AssignmentSite,
    Compiler,
    FunctionSite,
    Probe,
    compile_alone,
    compile_watched,
    first_line_of,
    names_of,
    reads_bytecode,
    suites_of,
)
from provkg.capture.variables import Assignments, WatchedAssignment
from provkg.identity import digest_text

Granularity = Literal["run", "cell", "call", "variable"]
Status = Literal["completed", "failed"]
Emit = Callable[..., None]
Summarise = Callable[[str, Any], Any]
"""What a value of this name is, in few words."""

MOST_VALUES = 200
"""Names of one step whose values are summarised."""

ENDLESS = 1 << 62

NOT_DATA = (ModuleType, FunctionType, BuiltinFunctionType, type)
"""What is no value that anybody computes with: it is told of as bound, not summarised."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is known of a step before it runs."""

    code: str | None = None
    """Its text, where it is nowhere else: what a kernel ran may never have been saved."""
    index: int | None = None
    """0-based place among the cells of a script or notebook, where it is known."""
    id: str | None = None
    first_line: int = 1


class WatchedBlock:
    """A suite, and how often it ran; counted in C."""

    def __init__(self) -> None:
        self.counter = repeat(None, ENDLESS)
        self.before = ENDLESS

    def begin(self) -> None:
        """From here on, only new runs count."""
        self.before = length_hint(self.counter)

    @property
    def runs(self) -> int:
        """How often it ran since."""
        return self.before - length_hint(self.counter)


@dataclass(slots=True)
class RunningStep:
    """The step that runs."""

    number: int
    before: dict[str, int]
    """Name → identity of its value when the step began."""
    statements: list[ast.stmt]
    """Those at the top of the step that ran, or were about to."""
    reads: dict[str, None] = field(default_factory=dict)
    """Globals that functions read before the step gave them another value."""
    entered: set[int] = field(default_factory=set)
    """Functions that were called in it."""
    files: dict[str, None] = field(default_factory=dict)
    """What code objects call the step's text."""


class StepTracker:
    """Follows the steps of a program, and tells what they do."""

    def __init__(
        self,
        emit: Emit,
        summarise: Summarise,
        granularity: Granularity = "call",
        set_step: Callable[[int | None], None] = lambda number: None,
        hidden: Callable[[str], bool] = lambda name: name.startswith("__"),
    ) -> None:
        self.emit = emit
        self.summarise = summarise
        self.granularity = granularity
        self.set_step = set_step
        self.hidden = hidden
        self.namespace: Mapping[str, Any] = {}
        """The globals of the program."""
        self.callers = Callers(summarise, entered=self.entered)
        self.assignments = Assignments(summarise, self.callers.stack)
        self.files: set[str] = set()
        """File names of the code whose globals are the program's."""
        self.functions: list[WatchedFunction] = []
        self.watched: list[WatchedAssignment] = []
        self.blocks: dict[int, WatchedBlock] = {}
        """First line of each suite at the top of the text that runs → the suite."""
        self.digests: dict[str, str] = {}
        """Name → digest of the summary that was last told."""
        self.number = -1
        self.step: RunningStep | None = None

    # Compiling

    def compile(
        self,
        tree: ast.Module | ast.Interactive,
        filename: str,
        compiler: Compiler = compile_alone,
        cells: Sequence[tuple[int, Probe]] = (),
        *,
        is_module: bool = False,
        has_calls: bool = True,
    ) -> CodeType:
        """The code of a program text, which tells what it does as finely as is wished.

        A module has globals of its own, so nothing of it counts as read by a step.
        """
        if self.granularity == "run":
            return compiler(tree, filename, "single" if isinstance(tree, ast.Interactive) else "exec")
        self.callers.files.add(filename)
        if not is_module:
            self.files.add(filename)
        return compile_watched(
            tree,
            filename,
            self,
            compiler,
            blocks=not is_module,
            calls=has_calls and self.granularity in ("call", "variable"),
            variables=self.granularity == "variable",
            cells=cells,
        )

    def compile_script(self, source: bytes, filename: str, first_lines: Sequence[int] = (1,)) -> CodeType:
        """The code of a script whose cells begin at these lines: it tells where each of them begins.

        Raises:
            SyntaxError, ValueError: what `compile` raises for the text itself.
        """
        tree = ast.parse(source, filename)
        text = decode_source(source)
        ends = [*first_lines[1:], text.count("\n") + 2]
        cells = []
        for index, (first, end) in enumerate(zip(first_lines, ends, strict=True)):
            cell = Cell(index=index, first_line=first)
            statements = [each for each in tree.body if first <= first_line_of(each) < end]
            cells.append((first, self.starter(cell, statements)))
        return self.compile(tree, filename, cells=cells, has_calls=not reads_bytecode(text))

    def compile_module(self, source: bytes, filename: str) -> CodeType:
        """The code of a module of the program's own.

        Raises:
            SyntaxError, ValueError: what `compile` raises for the text itself.
        """
        has_calls = not reads_bytecode(decode_source(source))
        return self.compile(ast.parse(source, filename), filename, is_module=True, has_calls=has_calls)

    def starter(self, cell: Cell, statements: Sequence[ast.stmt]) -> Probe:
        """What a script calls where a cell begins: the one before it is over."""

        def start() -> None:
            """Begin the cell."""
            try:
                self.end("completed")
                self.begin(cell, statements)
            except Exception:  # noqa: S110 - the program goes on
                pass

        return start

    # Probes

    def watch_block(self, line: int) -> Iterator[None]:
        """Counts the runs of a suite."""
        block = self.blocks[line] = WatchedBlock()
        return block.counter

    def watch_function(self, site: FunctionSite) -> WatchedFunction:
        """The probes of a function."""
        function = WatchedFunction(site, self.callers)
        self.functions.append(function)
        return function

    def watch_assignment(self, site: AssignmentSite) -> WatchedAssignment:
        """The probe of an assignment."""
        assignment = WatchedAssignment(site, self.assignments)
        self.watched.append(assignment)
        return assignment

    def entered(self, function: WatchedFunction, frame: FrameType) -> None:
        """Note the globals that a function reads, when it is called first in a step."""
        step, code = self.step, function.detailed
        if step is None or code is None or id(function) in step.entered:
            return
        step.entered.add(id(function))
        if function.site.file not in self.files:
            return
        written = self.written_before(step, frame)
        for name in global_names(code) - written:
            known = step.before.get(name)
            if known is not None and known == id(self.namespace.get(name)):
                step.reads[name] = None

    def written_before(self, step: RunningStep, frame: FrameType | None) -> set[str]:
        """The names that the step had bound before the line at its top that runs now.

        Equal small numbers are one object: that a name holds the same does not say that it was not bound.
        """
        while frame is not None:
            if frame.f_code.co_name == "<module>" and frame.f_code.co_filename in self.files:
                return bound_before(step.statements, self.blocks, frame.f_lineno)
            frame = frame.f_back
        return set()

    # Steps

    def begin(self, cell: Cell, statements: Sequence[ast.stmt] = ()) -> int:
        """Begin a step; gives its number, from 0 in the order of execution."""
        self.number += 1
        self.set_step(self.number)
        self.emit(
            "step",
            event="start",
            n=self.number,
            index=cell.index,
            cell=cell.id,
            first_line=cell.first_line,
            **({} if cell.code is None else {"digest": digest_text(cell.code), "code": cell.code}),
        )
        before = {name: id(value) for name, value in self.namespace.items() if not self.hidden(name)}
        for block in self.blocks.values():
            block.begin()
        for function in self.functions:
            function.look_again()
        self.step = RunningStep(self.number, before, [*statements])
        return self.number

    def end(
        self,
        status: Status,
        error: Mapping[str, Any] | None = None,
        line: int | None = None,
        count: int | None = None,
    ) -> None:
        """End the running step, if there is one, with what it did.

        An error stopped it at `line`; `count` is the kernel's execution count, which only now is certain.
        """
        step, self.step = self.step, None
        if step is None:
            return
        exposed, written = follow(step.statements, self.blocks, line)
        names = {name for name in self.namespace if not self.hidden(name)}
        bound = {name for name in names if id(self.namespace[name]) != step.before.get(name)}
        bound |= written & names
        reads = [name for name in dict.fromkeys([*exposed, *step.reads]) if name in step.before]
        changed = list(self.tell_values(sorted(bound), reads))
        self.tell_calls()
        self.emit(
            "step",
            event="end",
            n=step.number,
            status=status,
            count=count,
            reads=sorted(reads),
            writes=sorted(bound),
            changes=sorted(changed),
            deletes=sorted(set(step.before) - names),
            **({"files": list(step.files)} if step.files else {}),
            **({"error": dict(error)} if error is not None else {}),
            **({"line": line} if line is not None else {}),
        )
        self.set_step(None)

    def tell_values(self, bound: Iterable[str], reads: Iterable[str]) -> Iterator[str]:
        """Tell the values of what was bound; gives the names whose value was changed in place."""
        told = 0
        for is_bound, name in [*((True, name) for name in bound), *((False, name) for name in reads)]:
            value = self.namespace.get(name)
            if name not in self.namespace or isinstance_safely(value, NOT_DATA) or told >= MOST_VALUES:
                continue
            if not is_bound and type(value) in IMMUTABLE:
                continue
            summary = self.summarise(name, value)
            digest = digest_text(json.dumps(summary, sort_keys=True, default=str))
            known = self.digests.get(name)
            self.digests[name] = digest
            if is_bound or (known is not None and known != digest):
                told += 1
                self.emit("value", name=name, summary=summary, change=not is_bound)
            if not is_bound and known is not None and known != digest:
                yield name

    def tell_calls(self) -> None:
        """Tell what was learned of calls, and of each assignment."""
        for function in self.functions:
            told = function.told()
            if told is not None:
                self.emit("call", **told)
        for assignment in self.watched:
            for value in assignment.told():
                self.emit("value", **value)


IMMUTABLE = (int, float, complex, bool, str, bytes, type(None))


def isinstance_safely(value: object, kinds: tuple[type, ...]) -> bool:
    """`isinstance`, which asks nothing of the object itself."""
    return issubclass(type(value), kinds)


def follow(
    body: Sequence[ast.stmt], blocks: Mapping[int, WatchedBlock], stopped: int | None = None
) -> tuple[set[str], set[str]]:
    """The names that were read before they were written, and those written, in the suites that ran.

    `stopped` is the line where an error ended it all.
    """
    exposed: set[str] = set()
    written: set[str] = set()
    for statement in body:
        if stopped is not None and first_line_of(statement) > stopped:
            break
        reads, writes = names_of(statement)
        exposed |= reads - written
        written |= writes
        for suite in suites_of(statement) if not isinstance(statement, DEFINITIONS) else ():
            block = blocks.get(suite[0].lineno)
            if block is not None and block.runs:
                inner, given = follow(suite, blocks)
                exposed |= inner - written
                written |= given
    return exposed, written


def bound_before(body: Sequence[ast.stmt], blocks: Mapping[int, WatchedBlock], line: int) -> set[str]:
    """The names that statements bound before a line of theirs that runs now."""
    bound: set[str] = set()
    for statement in body:
        if last_line_of(statement) < line:
            bound |= follow([statement], blocks)[1]
        elif not isinstance(statement, DEFINITIONS):
            for suite in suites_of(statement):
                if suite[0].lineno <= line <= last_line_of(suite[-1]):
                    bound |= names_of(statement)[1] | bound_before(suite, blocks, line)
    return bound


def last_line_of(statement: ast.stmt) -> int:
    """The line where a statement ends."""
    return statement.end_lineno or statement.lineno


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def global_names(code: CodeType) -> set[str]:
    """The globals that a function reads, those of the functions within it included."""
    found: set[str] = set()
    argument = 0
    instructions = code.co_code
    for place in range(0, len(instructions), 2):
        operation = instructions[place]
        argument = argument << 8 | instructions[place + 1]
        if operation == EXTENDED_ARG:
            continue
        if operation == LOAD_GLOBAL:
            found.add(code.co_names[argument >> 1])
        elif operation == LOAD_NAME:
            found.add(code.co_names[argument])
        argument = 0
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= global_names(constant)
    return found


LOAD_GLOBAL = opmap["LOAD_GLOBAL"]
LOAD_NAME = opmap["LOAD_NAME"]
