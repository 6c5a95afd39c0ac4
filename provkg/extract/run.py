"""Extraction of one document: its text in, fact sets out. Nothing of it is executed, imported or fetched."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from posixpath import basename, dirname

from provkg.extract.commands import CommandContext, command_facts, directory_after
from provkg.extract.defaults import installed_folders, with_defaults
from provkg.extract.definitions import (
    Naming,
    SourceText,
    binding_facts,
    block_facts,
    call_facts,
    definition_facts,
    import_facts,
    name_calls,
    name_definitions,
    use_facts,
)
from provkg.extract.files import Surroundings, find_accesses
from provkg.extract.knowledge import Knowledge, load_knowledge
from provkg.extract.learning import learning_facts, reads_used
from provkg.extract.locators import change_directory
from provkg.extract.magics import ParsedCell, RawCommand, parse_cell
from provkg.extract.measured import with_values
from provkg.extract.modules import Modules, OwnModule
from provkg.extract.names import find_unresolved_names
from provkg.extract.parameters import seed_facts
from provkg.extract.recorded import RecordedOptions, find_recorded
from provkg.extract.redaction import REDACTED, Redactor
from provkg.extract.requirements import Required, required_packages
from provkg.extract.steps import plan_fact, step_facts
from provkg.extract.values import MISSING
from provkg.extract.walk import Walk
from provkg.facts import Fact
from provkg.facts.definition import Binding, Command, Import, OrderDifference, Step, Use
from provkg.facts.deployment import EnvironmentVariable
from provkg.facts.execution import DataFile, StepRun
from provkg.facts.factset import FactSet, How, Origin, Problem
from provkg.identity import encode_name, step_of
from provkg.sources.document import Document

IMPORTED = re.compile(r"^[ \t]*(?:from|import)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What a user can decide about extraction."""

    keep_source: bool = True
    """Without it no fact quotes the program: neither cells nor arguments, headers, commands and constants."""
    keep_outputs: bool = True
    redact: tuple[str, ...] = ()
    """Regular expressions; what they match is redacted too."""
    project_root: Path | None = None
    data_root: Path | None = None
    """Only files below it are opened, for their size and digest; None opens nothing."""
    knowledge: tuple[Path, ...] = ()
    """Knowledge base files of the user's own."""
    defaults: bool = False
    """Parameters that nobody wrote are read from the installed libraries, which are imported for it."""
    local_modules: frozenset[str] = field(default_factory=frozenset)
    """Modules that lie beside the document: they are no distributions."""
    requirements: tuple[Required, ...] = ()
    """What files beside the document ask for."""


@cache
def producer_version() -> str:
    """The version of provkg that is running."""
    try:
        return version("provkg")
    except PackageNotFoundError:
        return "0+unknown"


def extract_facts(document: Document, options: ExtractOptions | None = None) -> list[FactSet]:
    """The fact sets of a document: what its text implies, and what its file recorded, if anything."""
    with paused_collection():
        return Extraction(document, options or ExtractOptions()).fact_sets()


@contextmanager
def paused_collection() -> Iterator[None]:
    """No garbage collection meanwhile: it would look a dozen times at trees and facts that all still live.

    Around a whole function, what that function made is gone before the collector may look at it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def forget(walk: Walk) -> None:
    """Take a walk apart that nobody needs any more.

    Names hold values, which know their names, and calls know their results, which know their calls: without
    this, all of it waits for the garbage collector, which takes three times as long to find out that nothing
    of it is needed.
    """
    for definition in walk.definitions.values():
        definition.call = None
        definition.derived.clear()
        for value in definition.value.each() if definition.value is not None else ():
            for frame, _ in value.holders or ():
                frame.variables.clear()
            value.holders = value.containers = None
    for call in walk.calls.values():
        call.targets.clear()
        for visit in call.evaluations:
            visit.result.made = visit.result.content = visit.shown = None
        call.evaluations.clear()
    for function in walk.own_functions.values():
        function.defaults.clear()
        function.reads.clear()
        function.changed.clear()
    walk.globals.variables.clear()
    vars(walk).clear()


class Extraction:
    """The extraction of one document, station by station."""

    def __init__(self, document: Document, options: ExtractOptions) -> None:
        self.document = document
        self.options = options
        self.patterns = options.redact
        self.describe()
        self.problems = [replace_where(problem, self.plan.document) for problem in document.problems]
        self.directory = dirname(document.path)
        self.places = {step.id: step.index for step in self.steps}
        self.moves: list[tuple[tuple[int, int], str | None]] = []
        """(cell, line) → the working directory from there on; None where it is not known."""
        self.knowledge: Knowledge | None = None
        self.modules: Modules | None = None
        self.written: set[str] = set()
        """Modules that cells write: they are no distributions either."""

    def describe(self) -> None:
        """The plan and its steps, without credentials."""
        self.redactor = Redactor(self.patterns)
        self.sources = "\n\0\n".join([cell.source for cell in self.document.cells])
        self.is_clean = self.redactor.redact(self.sources) is self.sources
        """No cell holds a credential, which one look at all of them shows."""
        redactor = None if self.is_clean else self.redactor
        self.plan = plan_fact(self.document, redactor)
        self.steps = step_facts(self.document, self.plan, redactor, self.options.keep_source)
        self.facts: list[Fact] = [self.plan, *self.steps]

    def fact_sets(self) -> list[FactSet]:
        """The inferred fact set, then the recorded one where the file recorded anything."""
        if self.document.language == "python":
            recorded, problems = self.extract_python()
        else:
            recorded, problems = self.recorded()
        sets = [self.fact_set("inferred", self.facts, self.problems)]
        if recorded:
            sets.append(self.fact_set("recorded", recorded, problems))
        return sets

    def recorded(self) -> tuple[list[Fact], list[Problem]]:
        """What the file recorded of its last run, and what is odd about it."""
        options = RecordedOptions(self.options.keep_outputs, self.patterns)
        return find_recorded(self.document, self.plan, self.steps, options)

    def fact_set(self, how: How, facts: Sequence[Fact], problems: Sequence[Problem]) -> FactSet:
        document = self.plan.document
        origin = Origin("provkg.extract", producer_version(), how)
        return FactSet(f"{document}#{how}", document, origin, tuple(facts), tuple(problems))

    # Python

    def extract_python(self) -> tuple[list[Fact], list[Problem]]:
        """Add what the code says; gives back what was recorded, each execution with those that inform it."""
        code = [step for step in self.steps if step.kind == "code"]
        cells = {step.id: self.document.cells[step.index] for step in code}
        parsed = {step.id: parse_cell(cells[step.id].source, self.document.language) for step in code}
        sources = [cell.source for cell in cells.values()]
        modules = {
            name
            for source in sources
            if "import" in source or "from" in source
            for name in IMPORTED.findall(source)
        }
        self.knowledge = load_knowledge(frozenset(modules), self.options.knowledge)
        self.modules = self.find_modules(parsed)
        walk = self.walk([step.id for step in code], parsed)
        self.hide_secrets(walk)
        self.note_parsing(parsed)
        style = (self.redactor, self.is_clean, self.options.keep_source)
        texts = {name: SourceText(cell.source, *style) for name, cell in cells.items()}
        for name, source in walk.foreign.items():
            texts[name] = SourceText(source, self.redactor, False, self.options.keep_source)
        naming = Naming(self.plan.id, texts, self.redactor, self.options.keep_source)
        surroundings = Surroundings(
            self.directory_of, self.options.project_root, self.options.data_root, self.redactor
        )
        found = [*self.command_facts(parsed, walk), *self.code_facts(walk, naming, surroundings)]
        imported = {each.distribution for each in found if isinstance(each, Import) and each.distribution}
        found += required_packages(self.options.requirements, imported, self.plan.id, self.redactor.redact)
        found += find_unresolved_names(parsed, walk.unresolved, self.is_python_3())
        self.note_limits(walk, {**walk.limits, **surroundings.limits, **naming.limits})
        if self.options.keep_outputs:
            trees = {name: cell.tree for name, cell in parsed.items()}
            found = with_values(found, walk.calls, trees, cells, self.plan.document, self.redactor)
        if self.options.defaults:
            found = self.add_defaults(found, walk, parsed)
        forget(walk)
        self.facts.extend(without_repeated_files(found))
        recorded, problems = self.recorded()
        return self.follow_executions(recorded, parsed, naming), problems

    def is_python_3(self) -> bool:
        """Whether the file says that Python 3 runs it."""
        language = self.document.metadata.get("language_info")
        stated = language.get("version") if isinstance(language, Mapping) else None
        return isinstance(stated, str) and stated.startswith("3")

    def add_defaults(self, facts: Sequence[Fact], walk: Walk, parsed: Mapping[str, ParsedCell]) -> list[Fact]:
        """The facts with the parameters that nobody wrote; what cannot be read becomes a problem."""
        analysed = [Path.cwd(), self.options.project_root, self.options.data_root]
        folders = installed_folders([path for path in analysed if path is not None])
        trees = [cell.tree for cell in parsed.values() if cell.tree is not None]
        found, problems = with_defaults(facts, walk.calls.values(), trees, folders, self.plan.id)
        self.problems += problems
        return found

    def hide_secrets(self, walk: Walk) -> None:
        """What a name says to be secret is secret wherever it stands: `password = "…"; f(password)`."""
        secrets = secret_constants(walk, self.redactor)
        if not self.is_clean:
            found = self.redactor.find_secrets(self.sources)
            secrets |= {secret for secret in found if len(secret) >= SHORTEST_SECRET}
        if secrets:
            self.patterns += tuple(re.escape(secret) for secret in sorted(secrets))
            self.describe()

    def walk(self, order: Sequence[str], parsed: Mapping[str, ParsedCell]) -> Walk:
        """A walk through the steps in this order."""
        assert self.knowledge is not None  # noqa: S101 - loaded by extract_python
        walk = Walk(self.knowledge, basename(self.document.path), self.modules)
        walk.programs = self.programs_run(parsed)
        for step in order:
            tree = parsed[step].tree
            if tree is not None:
                walk.run_step(step, tree.body)
        walk.finish()
        return walk

    def find_modules(self, parsed: Mapping[str, ParsedCell]) -> Modules:
        """The program's own files, those that its cells write included."""
        options = self.options
        modules = Modules(self.document, options.project_root, options.data_root, options.local_modules)
        for step, cell in parsed.items():
            for command in cell.commands:
                if command.name in WRITING and command.body is not None:
                    path = next((word for word in command.arguments.split() if not word.startswith("-")), "")
                    modules.write(path, step, command.body, command.span.start_line + 1)
                    if path.endswith(".py"):
                        self.written.add(basename(path).removesuffix(".py"))
        return modules

    def programs_run(self, parsed: Mapping[str, ParsedCell]) -> dict[tuple[str, int], OwnModule]:
        """(step, place of the command in its cell) → the program of one's own that a command runs."""
        found: dict[tuple[str, int], OwnModule] = {}
        for step, cell in parsed.items():
            for index, command in enumerate(cell.commands):
                path = program_run_by(command)
                module = self.modules.find_file(path) if path and self.modules is not None else None
                if module is not None:
                    found[step, index] = module
        return found

    def note_parsing(self, parsed: Mapping[str, ParsedCell]) -> None:
        """Steps that are no Python, or another language, say so."""
        for index, fact in enumerate(self.facts):
            cell = parsed.get(fact.id) if isinstance(fact, Step) else None
            if cell is None or not (cell.unparsed or cell.language):
                continue
            assert isinstance(fact, Step)  # noqa: S101 - for the type checker
            self.facts[index] = replace(fact, unparsed=cell.unparsed, language=cell.language)
            if cell.unparsed:
                self.problems.append(Problem(fact.id, f"not analysed as Python: {cell.unparsed}"))

    def note_limits(self, walk: Walk, limits: Mapping[str, tuple[str, int]]) -> None:
        """Where something was left out, each kind of it once."""
        for step, line in walk.too_deep:
            self.problems.append(Problem(step, "a statement is nested too deeply to follow", line=line))
        for message, (step, line) in limits.items():
            self.problems.append(Problem(step or self.plan.id, message, line=line if step else None))

    def code_facts(self, walk: Walk, naming: Naming, surroundings: Surroundings) -> list[Fact]:
        """Definitions, calls, data and models of a walk in document order."""
        definitions = name_definitions(walk.definitions.values(), walk.foreign)
        calls = name_calls(walk.calls.values(), walk.foreign, self.plan.id)
        used = reads_used(walk)
        files, accesses, by_visit = find_accesses(calls, naming.texts, surroundings, used)
        found: list[Fact] = [
            *definition_facts(walk, naming),
            *block_facts(walk.blocks.values(), naming),
            *import_facts(walk.imports, naming, self.options.local_modules | self.written),
            *binding_facts(definitions, naming),
            *use_facts(walk.uses, "document"),
            *call_facts((call for call in calls if call.step not in walk.foreign), naming),
            *environment_facts(walk, self.redactor),
            *files,
            *accesses,
            *learning_facts(walk, calls, by_visit, naming),
            *seed_facts(calls, walk, naming),
        ]
        return found

    def directory_of(self, step: str, line: int) -> str | None:
        """The working directory at a line of a step: after every `%cd` and `os.chdir` before it."""
        place = (self.places.get(step, 0), line)
        moves = [directory for moved, directory in self.moves if moved < place]
        return moves[-1] if moves else self.directory

    def command_facts(self, parsed: Mapping[str, ParsedCell], walk: Walk) -> list[Fact]:
        """What magics and shell lines say, step by step; the moves to other directories are noted."""
        found: list[Fact] = []
        changes = directory_changes(walk)
        directory: str | None = self.directory
        for step in self.steps:
            commands = list(enumerate(parsed[step.id].commands if step.id in parsed else ()))
            events = [(command.span.start_line, 0, index) for index, command in commands]
            events += [(line, 1, index) for index, (line, _) in enumerate(changes.get(step.id, ()))]
            for line, is_call, index in sorted(events):
                if is_call:
                    target = changes[step.id][index][1]
                    directory = None if target is None else change_directory(directory or "", target)
                else:
                    command = commands[index][1]
                    values = command_values(walk, step.id, index, command)
                    context = CommandContext(directory or "", self.redactor, values)
                    found.extend(self.shown(fact) for fact in command_facts(step, command, context))
                    directory = directory if directory is None else directory_after(command, context)
                if not self.moves or self.moves[-1][1] != directory:
                    self.moves.append(((step.index, line), directory))
        return found

    def shown(self, fact: Fact) -> Fact:
        """A command without its text where the user wants no source."""
        if self.options.keep_source or not isinstance(fact, Command):
            return fact
        return replace(fact, text="…")

    # Executions

    def follow_executions(
        self, recorded: list[Fact], parsed: Mapping[str, ParsedCell], naming: Naming
    ) -> list[Fact]:
        """Data flow between the recorded executions; where it differs from the document's, that is a fact."""
        runs = [fact for fact in recorded if isinstance(fact, StepRun) and fact.step in parsed]
        ordered = sorted((run for run in runs if run.sequence is not None), key=lambda run: run.sequence or 0)
        if not ordered:
            return recorded
        order = list(dict.fromkeys(run.step for run in reversed(ordered)))[::-1]
        in_document = [fact for fact in self.facts if isinstance(fact, Use)]
        executed = set(order)
        if order == [step for step in parsed if step in executed]:
            flows = [use for use in in_document if use.step in executed]
        else:
            flows = self.flows_in_execution_order(order, parsed, naming)
            self.facts.extend(flows)
            imported = {fact.id for fact in self.facts if isinstance(fact, Binding) and fact.kind == "import"}
            self.facts.extend(order_differences(in_document, flows, executed, imported))
        return inform(recorded, flows)

    def flows_in_execution_order(
        self, order: Sequence[str], parsed: Mapping[str, ParsedCell], naming: Naming
    ) -> list[Use]:
        """The uses of a walk in execution order, after adding the bindings that only it makes."""
        walk = self.walk(order, parsed)
        definitions = name_definitions(walk.definitions.values(), walk.foreign)
        name_calls(walk.calls.values(), walk.foreign, self.plan.id)
        known = {fact.id for fact in self.facts if isinstance(fact, Binding)}
        self.facts.extend(
            binding for binding in binding_facts(definitions, naming) if binding.id not in known
        )
        uses = use_facts(walk.uses, "execution")
        forget(walk)
        return uses


WRITING = frozenset({"writefile", "file"})
"""Cell magics whose body is written to a file."""

PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?\s+(?:-u\s+)?([\w./-]+\.py)\b")
"""A shell line that runs a program of one's own."""


def program_run_by(command: RawCommand) -> str | None:
    """The path of the Python program that a command runs: `%run prepare.py`, `!python train.py -e 3`."""
    if command.kind == "line_magic" and command.name == "run":
        return next((word for word in command.arguments.split() if not word.startswith("-")), None)
    if command.kind == "shell":
        match = PYTHON.search(command.arguments)
        return match[1] if match is not None else None
    return None


SHORTEST_SECRET = 6
"""A shorter word is no credential, and taking it out everywhere would spoil the text."""


def secret_constants(walk: Walk, redactor: Redactor) -> set[str]:
    """The constants that the program gives to names that say secret."""
    named = [(definition.name, definition.value) for definition in walk.definitions.values()]
    named += [(record.name, record.value) for record in walk.environment_variables]
    for call in walk.calls.values():
        if call.node.keywords:
            named += [pair for visit in call.evaluations for pair in visit.keywords.items()]
    return {
        each.constant
        for name, value in named
        if value is not None
        for each in value.each()
        if isinstance(each.constant, str)
        and len(each.constant) >= SHORTEST_SECRET
        and redactor.redact_value(name, each.constant) == REDACTED
    }


def replace_where(problem: Problem, document: str) -> Problem:
    """Problems of reading are about the document."""
    return replace(problem, where=document)


def environment_facts(walk: Walk, redactor: Redactor) -> list[EnvironmentVariable]:
    """The environment variables that the program sets."""
    found: dict[str, EnvironmentVariable] = {}
    for record in walk.environment_variables:
        if record.step:
            constant = record.value.constant
            value = redactor.redact_value(record.name, constant) if isinstance(constant, str) else None
            identity = f"{record.step}.env-{encode_name(record.name)}.L{record.line}"
            found[identity] = EnvironmentVariable(identity, record.step, record.name, value)
    return list(found.values())


def directory_changes(walk: Walk) -> dict[str, list[tuple[int, str | None]]]:
    """Step → line and target of each `os.chdir` that it runs; the target is None where it is not constant."""
    changes: dict[str, list[tuple[int, str | None]]] = {}
    for call in walk.calls.values():
        if call.function == "os.chdir":
            for visit in call.evaluations:
                target = visit.arguments[0].constant if visit.arguments else None
                known = target if isinstance(target, str) else None
                changes.setdefault(visit.step, []).append((visit.line, known))
    return changes


def without_repeated_files(facts: Sequence[Fact]) -> list[Fact]:
    """The facts with each data file once, though both a command and a call may name it."""
    seen: set[str] = set()
    kept: list[Fact] = []
    for fact in facts:
        if isinstance(fact, DataFile):
            if fact.id in seen:
                continue
            seen.add(fact.id)
        kept.append(fact)
    return kept


def command_values(walk: Walk, step: str, index: int, command: RawCommand) -> dict[str, str]:
    """The constant values of the expressions that a command reads, by their source."""
    values = walk.commands.get((step, index), [])
    return {
        expression: str(value.constant)
        for expression, value in zip(command.expressions, values, strict=False)
        if value.constant is not MISSING
    }


# Executions


def order_differences(
    in_document: Sequence[Use], in_execution: Sequence[Use], executed: set[str], imported: set[str]
) -> list[OrderDifference]:
    """Names for which an executed step reads other definitions in execution order than in document order.

    Imports are left out: the module is the same whichever cell imported it. Where the only writers have no
    recorded execution, nothing is known of the order.
    """
    before, after = bindings_read(in_document), bindings_read(in_execution)
    differences = []
    for step, name in dict.fromkeys([*before, *after]):
        written = tuple(each for each in before.get((step, name), ()) if each not in imported)
        ran = tuple(each for each in after.get((step, name), ()) if each not in imported)
        is_known = ran or any(step_of(each) in executed for each in written)
        if step in executed and is_known and set(written) != set(ran):
            identity = f"{step}.order-{encode_name(name)}"
            differences.append(OrderDifference(identity, step, name, written, ran))
    return differences


def bindings_read(uses: Sequence[Use]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(step, name) → ids of the definitions that it reads."""
    read: dict[tuple[str, str], dict[str, None]] = {}
    for use in uses:
        read.setdefault((use.step, use.name), {})[use.binding] = None
    return {key: tuple(bindings) for key, bindings in read.items()}


def inform(recorded: list[Fact], flows: Sequence[Use]) -> list[Fact]:
    """The recorded facts, each execution with those whose state it read."""
    runs = {fact.step: fact.id for fact in recorded if isinstance(fact, StepRun)}
    informed: dict[str, dict[str, None]] = {}
    for use in flows:
        writer = step_of(use.binding)
        if writer in runs and writer != use.step:
            informed.setdefault(use.step, {})[runs[writer]] = None
    return [
        replace(fact, informed_by=tuple(informed[fact.step]))
        if isinstance(fact, StepRun) and fact.step in informed
        else fact
        for fact in recorded
    ]
