"""The names of a running program: reading, binding and changing them, on every way through it.

A branch writes into an undo log, so that entering one costs only what it changes.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from itertools import islice

from provkg.extract.values import MISSING, CallSite, Definition, Frame, Function, Value, Variable, join_values

BUILTINS = frozenset(dir(builtins))

MOST_USES = 100_000
"""Global names read inside functions that are noted as uses of the steps that call them."""

MOST_CHANGED_NAMES = 20_000
"""Times that a change in place is noted for a further name, or a literal around the object."""

CONTAINERS_PER_NAME = 10
"""Literals around an object that cost as much to look at as a further name."""

MANY_USES = "uses of global names inside functions were left out: too many"
MANY_NAMES = "changes in place were not noted for all names of an object: too many"

MOST_DEFINITIONS = 8
"""Definitions of one name that are told apart where ways meet: a hundred loops over `i` all may not run."""

Position = tuple[int, int]
Log = dict[tuple[Frame, str], Variable | None]


class Environment:
    """Who reads and writes which name, while the walk goes through the program."""

    def __init__(
        self, conventional_modules: dict[str, str], conventional_objects: dict[str, str] | None = None
    ) -> None:
        self.conventional_modules = conventional_modules
        """Names that stand for a module even where no import says so: "pd" → "pandas"."""
        self.conventional_objects = conventional_objects or {}
        """Names that a shell binds to an object of a class: "sc" → "pyspark.SparkContext"."""
        self.globals = Frame("", None)
        self.frame = self.globals
        self.step = ""
        self.site: Position = (1, 0)
        """Where the running step stands, while the walk is inside a function that it called."""
        self.elsewhere = 0
        """How deep the walk is in other files of the program, which an import or a command led to."""
        self.functions: list[Function] = []
        """The program's own functions that are being called, innermost last."""
        self.reads: list[Definition] = []
        """Definitions read so far in the current top-level statement."""
        self.uses: dict[tuple[str, Definition, str | None], int] = {}
        """(reading step, definition of another step, function through which it is read) → line."""
        self.bound: list[Definition] = []
        """Definitions made so far in the current top-level statement."""
        self.definitions: dict[tuple[str, str, str, int, int], Definition] = {}
        self.unresolved: set[str] = set()
        """Names that had no value where they were read."""
        self.logs: list[Log] = []
        self.changed_names = 0
        """Names and literals around objects that changed beside the name that an object was changed by."""
        self.limits: dict[str, tuple[str, int]] = {}
        """How the walk was cut short, as a person reads it → step and line of the first place."""
        self.line = 1
        """Where the current top-level statement begins."""
        self.loops = 0
        """Loops around this place, those around the calls that lead here included."""

    # Reading

    def read(self, name: str, line: int) -> Value:
        """The value of `name` here; reading it is noted."""
        frame: Frame | None = self.frame
        while frame is not None:
            variable = frame.variables.get(name)
            if variable is not None:
                definitions = variable.definitions
                self.reads += definitions
                if frame is self.globals and (
                    self.functions or definitions[0].step != self.step or len(definitions) > 1
                ):
                    self.note_use(definitions, name, line)
                return variable.value
            frame = frame.outer
        return self.unbound(name, line)

    def unbound(self, name: str, line: int) -> Value:
        """What a name means that the program never bound."""
        if name in BUILTINS:
            return Value(name=name)
        self.unresolved.add(name)
        module = self.conventional_modules.get(name)
        return Value(name=module) if module else Value(self.conventional_objects.get(name))

    def note_use(self, definitions: tuple[Definition, ...], name: str, line: int) -> None:
        """The running step reads a global name: what other steps bound is a use of theirs."""
        through = None
        line = self.site[0] if self.elsewhere else line
        if self.functions:
            # A lambda stands in the text of the step that makes it, so reading through one is no detour.
            through = next((function.id for function in reversed(self.functions) if function.id), None)
            line = self.site[0]
            for function in self.functions:
                function.reads[self.globals, name] = None
        for definition in definitions:
            if definition.step == self.step:
                continue
            if through is not None and len(self.uses) >= MOST_USES:
                self.cut(MANY_USES)
            else:
                self.uses.setdefault((self.step, definition, through), line)

    def cut(self, message: str) -> None:
        """Note that something was left out here, because there was too much of it."""
        self.limits.setdefault(message, (self.step, self.line))

    # Writing

    def define(self, frame: Frame, name: str, kind: str, position: Position) -> Definition:
        """The definition of `name` at this place; a loop comes back to the same one."""
        if frame is self.globals or not frame.step:
            step = self.step
            line, column = self.site if self.functions or self.elsewhere else position
        else:
            step, (line, column) = frame.step, position
        key = (step, frame.scope, name, line, column)
        definition = self.definitions.get(key)
        if definition is None:
            definition = self.definitions[key] = Definition(step, name, frame.scope, kind, line, column)
        return definition

    def bind(
        self,
        name: str,
        value: Value,
        kind: str,
        position: Position,
        derived: Iterable[Definition] = (),
        call: CallSite | None = None,
    ) -> Definition:
        """Bind `name` to `value` in the scope where Python would."""
        frame = self.frame
        if frame is not self.globals:
            frame = self.scope_of(frame, name)
        definition = self.define(frame, name, kind, position)
        if derived:
            definition.derived.update(dict.fromkeys(derived))
        seen = definition.value
        definition.value = value if seen is None or seen is value else join_values([seen, value])
        if call is not None:
            definition.call = call
            call.targets[definition] = None
        for each in value.alternatives or (value,):
            if each.holders is None:
                each.holders = [(frame, name)]
            else:
                self.note_held(definition, each)
                each.holders.append((frame, name))
            if each.items:
                for element in elements_of(each):
                    if element.holders:
                        self.note_held(definition, element)
        if frame is self.globals:
            for function in self.functions:
                function.changed[frame, name] = None
        self.bound.append(definition)
        self.set_variable(frame, name, Variable(value, (definition,)))
        return definition

    def scope_of(self, frame: Frame, name: str) -> Frame:
        """The frame that an assignment to `name` writes to, by `global` and `nonlocal`."""
        if name in frame.global_names:
            return self.globals
        if name in frame.nonlocal_names and frame.outer is not None:
            return next((outer for outer in frame.outer.chain() if name in outer.variables), frame)
        return frame

    def note_held(self, definition: Definition, value: Value) -> None:
        """The definition holds an object that other living names hold as well."""
        if definition.holds is None:
            definition.holds = {}
        for frame, name in (value.holders or [])[-MOST_DEFINITIONS:]:
            variable = frame.variables.get(name)
            if frame.is_live and variable is not None and value in variable.value.each():
                definition.holds.update(dict.fromkeys(variable.definitions))
        definition.holds.pop(definition, None)

    def change(
        self,
        value: Value,
        position: Position,
        derived: Iterable[Definition] = (),
        call: CallSite | None = None,
        changed: set[Value] | None = None,
    ) -> None:
        """The object changes in place: all names that hold it, or a literal around it, are defined anew.

        What stands in `changed` was changed on the way here.
        """
        changed = set() if changed is None else changed
        for each in value.each():
            changed.add(each)
            for container in self.containers_of(each):
                if container not in changed and each in elements_of(container) and container.holders:
                    self.changed_names += 1
                    self.change(container, position, derived, call, changed)
            if each.holders:
                each.holders = self.living_holders(each)
                for frame, name in each.holders:
                    self.change_name(frame, name, position, derived, call)

    def containers_of(self, value: Value) -> Iterable[Value]:
        """The literals around an object; none any more once too much was changed."""
        containers = value.containers or ()
        self.changed_names += len(containers) // CONTAINERS_PER_NAME
        if containers and self.changed_names > MOST_CHANGED_NAMES:
            self.cut(MANY_NAMES)
            value.containers = None
        return value.containers or ()

    def living_holders(self, value: Value) -> list[tuple[Frame, str]]:
        """The names that hold an object now; only the first and the last once too much was changed."""
        living = [
            (frame, name)
            for frame, name in dict.fromkeys(value.holders or ())
            if frame.is_live and (held := frame.variables.get(name)) and value in held.value.each()
        ]
        self.changed_names += max(0, len(living) - 1)
        if len(living) > 2 and self.changed_names > MOST_CHANGED_NAMES:
            self.cut(MANY_NAMES)
            living = [living[0], living[-1]]
        return living

    def change_name(
        self,
        frame: Frame,
        name: str,
        position: Position,
        derived: Iterable[Definition],
        call: CallSite | None,
    ) -> None:
        variable = frame.variables[name]
        definition = self.define(frame, name, "mutation", position)
        definition.derived.update(dict.fromkeys(derived))
        definition.derived.update(dict.fromkeys(variable.definitions))
        definition.derived.pop(definition, None)
        definition.value = variable.value
        if call is not None:
            definition.call = call
            call.targets[definition] = None
        if frame is self.globals:
            for function in self.functions:
                function.changed[frame, name] = None
        elif frame.function is not None:
            frame.function.changed_parameters.add(name)
        self.bound.append(definition)
        self.set_variable(frame, name, Variable(variable.value, (definition,)))

    def delete(self, name: str, position: Position) -> None:
        """`del name`: the deletion is its last definition, and nothing is held any more."""
        self.bind(name, Value(), "deletion", position, derived=self.definitions_of(name))

    def definitions_of(self, name: str) -> tuple[Definition, ...]:
        """The definitions that reach this place for a name; empty where it is not bound."""
        for frame in self.frame.chain():
            if variable := frame.variables.get(name):
                return variable.definitions
        return ()

    def set_variable(self, frame: Frame, name: str, variable: Variable) -> None:
        if self.logs:
            log = self.logs[-1]
            if (frame, name) not in log:
                log[frame, name] = frame.variables.get(name)
        frame.variables[name] = variable

    # Ways through the program

    def try_way(self, way: Callable[[], bool]) -> tuple[Log, bool]:
        """What one way changes, and whether it leads on; everything is put back as it was."""
        self.logs.append({})
        leads_on = way()
        log = self.logs.pop()
        after: Log = {key: key[0].variables.get(key[1]) for key in log}
        for (frame, name), before in log.items():
            if before is None:
                frame.variables.pop(name, None)
            else:
                frame.variables[name] = before
        return after, leads_on

    def take_ways(self, ways: list[Callable[[], bool]], is_exhaustive: bool) -> None:
        """Go each way from here and join what they leave; not exhaustive means none may be taken."""
        outcomes = [after for after, leads_on in map(self.try_way, ways) if leads_on]
        if not is_exhaustive or not outcomes:
            outcomes.append({})
        for frame, name in dict.fromkeys(key for outcome in outcomes for key in outcome):
            before = frame.variables.get(name)
            joined = [variable for outcome in outcomes if (variable := outcome.get((frame, name), before))]
            if joined:
                self.set_variable(frame, name, join_variables(joined))

    def take_loop(self, body: Callable[[], bool], runs_surely: bool = False) -> None:
        """Go through a loop's body until what it carries into the next round is known: twice at most.

        Inner loops go once in each round of the outermost one, so nesting does not multiply.
        """
        mark = len(self.reads)
        self.loops += 1
        after, _ = self.try_way(body)
        self.take_ways([lambda: self.restore(after)], is_exhaustive=runs_surely)
        if self.loops == 1:
            carried = {(frame.scope, name) for frame, name in after}
            counted = {(read.scope, read.name) for read in self.reads[mark:]} & carried
            if counted:
                self.take_ways([body], is_exhaustive=runs_surely)
                self.forget_counted(after, counted)
        self.loops -= 1

    def forget_counted(self, after: Log, counted: set[tuple[str, str]]) -> None:
        """Constants that each round computes from those of the round before are not known after a loop."""
        for (frame, name), first in after.items():
            last = frame.variables.get(name)
            if (frame.scope, name) in counted and first is not None and last is not None:
                constants = [each.constant for each in (*first.value.each(), *last.value.each())]
                if MISSING not in constants and len(set(map(repr, constants))) > 1:
                    self.set_variable(frame, name, Variable(Value(last.value.type), last.definitions))

    def restore(self, after: Log) -> bool:
        """Put back what a way left."""
        for (frame, name), variable in after.items():
            if variable is not None:
                self.set_variable(frame, name, variable)
        return True


def elements_of(container: Value) -> Iterable[Value]:
    """The objects in a literal, those that an element may be included."""
    items = container.items
    for item in (items.values() if isinstance(items, dict) else items) or ():
        yield from item.each()


def join_variables(variables: list[Variable]) -> Variable:
    """One variable for the ways that meet here: the definitions that may have given it, the latest first."""
    if len(variables) == 1:
        return variables[0]
    definitions = dict.fromkeys(definition for variable in variables for definition in variable.definitions)
    return Variable(
        join_values([variable.value for variable in variables]), tuple(islice(definitions, MOST_DEFINITIONS))
    )
