"""One flow-sensitive walk through a program: its statements, in the order in which its steps are given.

Branches are joined, loops are gone through until what they carry is known, and the program's own
functions are entered at their calls, with the arguments they have there. Nothing is executed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from provkg.extract.calls import item_values, take_out
from provkg.extract.constants import alternatives
from provkg.extract.content import merge_contents
from provkg.extract.environment import BUILTINS, Position
from provkg.extract.functions import Functions
from provkg.extract.knowledge import Knowledge
from provkg.extract.modules import Modules, OwnModule
from provkg.extract.parts import LARGEST_LITERAL, NAMESPACE, is_key
from provkg.extract.shown import Loop
from provkg.extract.tables import delete_item, store_attribute, store_item
from provkg.extract.trackers import Telling, logs
from provkg.extract.values import (
    MOST_ANCESTORS,
    CallSite,
    Class,
    Definition,
    Frame,
    Function,
    Value,
    Variable,
    blur,
    carry,
    content_of,
    join_values,
    parts_of,
)
from provkg.facts.definition import BlockKind
from provkg.identity import encode_name

STATEMENTS_PER_STATEMENT = 30
"""How often the average statement may be gone through inside functions, before calls are cut short."""

MOST_MODULES = 30
"""Modules of the program's own that are gone through for one document."""

DEEPEST_MODULE = 5

MOST_KEPT = 20_000
"""Objects whose state is put back after going through statements that are never reached."""

MOST_KEPT_IN_ALL = 500_000
"""Objects that are put back in a whole program, before statements that are never reached are left out."""

MANY_MODULES = "other files of the program were left out: too many"
MANY_KEPT = "statements that are never reached were left out: too many"
MANY_ANCESTORS = "classes that a class inherits from were left out: too many"

IMMUTABLE = frozenset({"bool", "bytes", "complex", "float", "frozenset", "int", "NoneType", "str", "tuple"})


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """A compound statement, as the walk met it."""

    id: str
    step: str
    kind: BlockKind
    node: ast.stmt
    parent: str | None


@dataclass(frozen=True, slots=True)
class DefinitionRecord:
    """A function or class definition, as the walk met it."""

    id: str
    step: str
    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    parent: str | None


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """A name bound by an import; `bound` is None for a star import."""

    step: str
    module: str
    name: str | None
    bound: str | None
    node: ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class VariableRecord:
    """An environment variable that the program sets."""

    step: str
    name: str
    value: Value
    line: int


class Walk(Functions):
    """Goes through the steps of one program; what it found stands in its public lists."""

    def __init__(self, knowledge: Knowledge, file_name: str = "", modules: Modules | None = None) -> None:
        super().__init__(knowledge)
        self.modules = modules
        """Finds the program's own files."""
        self.programs: dict[tuple[str, int], OwnModule] = {}
        """(step, place of the command in its cell) → the program that a command runs."""
        self.assigned: ast.expr | None = None
        """The expression whose value an assignment gives to its targets."""
        self.loaded: dict[str, Value] = {}
        """Path of a module of the program's own → what an import of it gives."""
        self.paths: list[str] = []
        """The other files of the program that the walk is in, innermost last."""
        self.importing = 0
        """How deep the walk is in modules that are being imported."""
        self.blocks: dict[ast.stmt, BlockRecord] = {}
        self.imports: list[ImportRecord] = []
        self.environment_variables: list[VariableRecord] = []
        self.own_definitions: dict[ast.AST, DefinitionRecord] = {}
        self.own_functions: dict[ast.AST, Function] = {}
        self.stars: list[tuple[str, Definition]] = []
        """Modules of which everything was imported, the latest first."""
        self.kept = 0
        """Objects that were put back after going through statements that are never reached."""
        self.too_deep: list[tuple[str, int]] = []
        """(step, line) of statements nested too deeply to follow."""
        self.defaults = {
            "__name__": Value("str", "__main__"),
            "__file__": Value("str", file_name),
        }
        self.executors: dict[type[ast.stmt], Callable[[Any], bool]] = {
            ast.Expr: self.execute_expression,
            ast.Assign: self.execute_assignment,
            ast.AnnAssign: self.execute_annotated,
            ast.AugAssign: self.execute_augmented,
            ast.Delete: self.execute_delete,
            ast.Import: self.execute_import,
            ast.ImportFrom: self.execute_import_from,
            ast.FunctionDef: self.execute_function,
            ast.AsyncFunctionDef: self.execute_function,
            ast.ClassDef: self.execute_class,
            ast.Return: self.execute_return,
            ast.If: self.execute_if,
            ast.For: self.execute_for,
            ast.AsyncFor: self.execute_for,
            ast.While: self.execute_while,
            ast.With: self.execute_with,
            ast.AsyncWith: self.execute_with,
            ast.Try: self.execute_try,
            ast.TryStar: self.execute_try,
            ast.Match: self.execute_match,
            ast.Global: self.execute_global,
            ast.Nonlocal: self.execute_nonlocal,
            ast.Raise: self.execute_raise,
            ast.Assert: self.execute_parts,
        }

    # Steps

    def run_step(self, step: str, statements: list[ast.stmt]) -> None:
        """Go through the statements of one step; later steps see what it leaves."""
        self.step = self.text_step = step
        self.frame = self.globals
        for statement in statements:
            self.line = statement.lineno
            self.reads.clear()
            self.visits.clear()
            self.bound.clear()
            self.repeated.clear()
            self.allowed += STATEMENTS_PER_STATEMENT * (
                statement.end_lineno or 0
            ) - STATEMENTS_PER_STATEMENT * (statement.lineno - 2)
            try:
                self.execute(statement)
            except RecursionError:
                self.recover(statement)

    def recover(self, statement: ast.stmt) -> None:
        """A statement nested too deeply for the walk: its names are still read and bound."""
        self.too_deep.append((self.step, statement.lineno))
        self.frame, self.text_step, self.parent, self.loops = self.globals, self.step, None, 0
        self.functions.clear()
        self.logs.clear()
        nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        for node in nodes:
            if isinstance(node.ctx, ast.Load):
                self.read(node.id, node.lineno)
        for node in nodes:
            if isinstance(node.ctx, ast.Store):
                self.bind(node.id, Value(), "assignment", (node.lineno, node.col_offset), self.reads)

    def finish(self) -> None:
        """Go once through the functions that nothing calls, so that their calls are known too.

        What they would read and change is no part of the program's data flow: their step is "".
        """
        for function in list(self.own_functions.values()):
            if function.visits == 0 and function.step not in self.foreign:
                self.step, uses, self.uses = "", self.uses, {}
                self.text_step, self.frame = function.step, self.globals
                self.allowed += 200
                try:
                    self.try_way(partial(self.visit_unreached, function))
                except RecursionError:
                    self.recover(
                        function.node.body[0] if isinstance(function.node.body, list) else ast.Pass()
                    )
                self.uses = uses

    def visit_dead(self, statements: list[ast.stmt]) -> None:
        """Go through statements that no run of the program reaches: their calls are known, and do nothing."""
        if self.kept > MOST_KEPT_IN_ALL:
            self.cut(MANY_KEPT)
            return
        step, uses = self.step, self.uses
        self.step, self.uses = "", {}
        before = snapshot(
            variable.value for frame in self.frame.chain() for variable in frame.variables.values()
        )
        self.kept += len(before)
        mark = len(self.frame.returned)
        self.try_way(lambda: self.execute_all(statements))
        del self.frame.returned[mark:]
        for value, state in before:
            value.__dict__.clear()
            value.__dict__.update(state)
        self.step, self.uses = step, uses

    def visit_unreached(self, function: Function) -> bool:
        self.invoke(function, None, [], {})
        return False

    def unbound(self, name: str, line: int) -> Value:
        return self.defaults.get(name) or self.starred(name, line) or super().unbound(name, line)

    def starred(self, name: str, line: int) -> Value | None:
        """A name that a star import may have bound: of a module that is known to have it, else of the latest.

        What is built in stays what it is, unless a module is known to have a name for it.
        """
        for module, star in self.stars:
            effect = self.knowledge.find_function(f"{module}.{name}")
            if effect is not None and effect.confidence == "resolved":
                self.note_use((star,), "*", line)
                return Value(name=f"{module}.{name}")
        known = (BUILTINS, self.conventional_modules, self.conventional_objects)
        if not self.stars or any(name in each for each in known):
            return None
        module, star = self.stars[0]
        self.note_use((star,), "*", line)
        return Value(name=f"{module}.{name}")

    def execute(self, statement: ast.stmt) -> bool:
        """Go through one statement; False where nothing after it is reached."""
        executor = self.executors.get(type(statement))
        return executor(statement) if executor is not None else True

    def execute_all(self, statements: list[ast.stmt]) -> bool:
        for index, statement in enumerate(statements):
            if not self.execute(statement):
                if statements[index + 1 :]:
                    self.visit_dead(statements[index + 1 :])
                return False
        return True

    def in_block(self, kind: BlockKind, node: ast.stmt) -> str | None:
        """Note a compound statement, the parent of what stands in it; gives back the parent around it."""
        outer = self.parent
        identity = f"{self.text_step}.{kind}-L{node.lineno}C{node.col_offset}"
        if node not in self.blocks and self.text_step not in self.foreign:
            self.blocks[node] = BlockRecord(identity, self.text_step, kind, node, outer)
        self.parent = identity
        return outer

    # Simple statements

    def execute_expression(self, node: ast.Expr) -> bool:
        self.evaluate(node.value)
        return True

    def execute_parts(self, node: ast.stmt) -> bool:
        self.evaluate_parts(node)
        return True

    def execute_raise(self, node: ast.Raise) -> bool:
        self.evaluate_parts(node)
        return False

    def execute_return(self, node: ast.Return) -> bool:
        if node.value is not None:
            self.frame.returned.append(self.evaluate(node.value))
        return False

    def execute_global(self, node: ast.Global) -> bool:
        self.frame.global_names.update(node.names)
        return True

    def execute_nonlocal(self, node: ast.Nonlocal) -> bool:
        self.frame.nonlocal_names.update(node.names)
        return True

    def execute_assignment(self, node: ast.Assign) -> bool:
        targets, expression = node.targets, node.value
        if len(targets) == 1 and are_parallel(targets[0], expression):
            self.assign_parallel(targets[0].elts, expression.elts)  # type: ignore[attr-defined]
            return True
        mark, first_visit = len(self.reads), len(self.visits)
        value = self.evaluate(expression)
        derived, call = self.reads[mark:], self.call_of(expression)
        first_bound = len(self.bound)
        self.assigned = expression
        for target in targets:
            self.assign(target, value, "assignment", derived, call)
        self.assigned = None
        self.hold(first_visit, first_bound)
        return True

    def assign_parallel(self, targets: list[ast.expr], expressions: list[ast.expr]) -> None:
        """`a, b = x, y`: each target from its own expression."""
        evaluated = []
        for expression in expressions:
            mark, first_visit = len(self.reads), len(self.visits)
            value = self.evaluate(expression)
            visits = self.visits[first_visit:]
            evaluated.append((value, self.reads[mark:], self.call_of(expression), visits))
        for target, (value, derived, call, visits) in zip(targets, evaluated, strict=True):
            first_bound = len(self.bound)
            self.assign(target, value, "assignment", derived, call)
            for visit in visits:
                visit.holders = visit.holders or self.bound[first_bound:]

    def execute_annotated(self, node: ast.AnnAssign) -> bool:
        self.evaluate(node.annotation)
        if node.value is not None:
            mark, first_visit = len(self.reads), len(self.visits)
            value = self.evaluate(node.value)
            first_bound = len(self.bound)
            self.assign(node.target, value, "assignment", self.reads[mark:], self.call_of(node.value))
            self.hold(first_visit, first_bound)
        return True

    def execute_augmented(self, node: ast.AugAssign) -> bool:
        mark = len(self.reads)
        target = node.target
        if not isinstance(target, ast.Name):
            self.assign(target, carry(Value(), self.evaluate(node.value)), "mutation", self.reads[mark:])
            return True
        before = self.read(target.id, node.lineno)
        added = self.evaluate(node.value)
        value = carry(self.operate(type(node.op), before, added), before, added)
        position = (target.lineno, target.col_offset)
        if before.type is not None and before.type not in IMMUTABLE:
            self.define(self.scope_of(self.frame, target.id), target.id, "augmented", position)
            self.change(before, position, self.reads[mark:])
            before.items = value.items
            before.content = merge_contents((before.content, content_of(added)))
            value = before
        self.bind(target.id, value, "augmented", position, self.reads[mark:], self.call_of(node.value))
        return True

    def execute_delete(self, node: ast.Delete) -> bool:
        for target in node.targets:
            position = (target.lineno, target.col_offset)
            if isinstance(target, ast.Name):
                self.read(target.id, target.lineno)
                self.delete(target.id, position)
            elif isinstance(target, (ast.Attribute, ast.Subscript)):
                mark = len(self.reads)
                owner = self.evaluate(target.value)
                if isinstance(target, ast.Subscript):
                    key = self.evaluate(target.slice)
                    delete_item(owner, key)
                    if owner.items is not None:
                        take_out(owner.items, "pop", [key], is_sure=not self.logs)
                self.change_root(target, owner, position, self.reads[mark:])
        return True

    def execute_import(self, node: ast.Import) -> bool:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            name = alias.name if alias.asname else bound
            own = self.import_own(alias.name, node)
            value = Value(name=name)
            if own is not None:
                value = own if alias.asname else self.package_of(alias.name, own)
            self.bind(bound, value, "import", place_of(alias))
            self.note_import(ImportRecord(self.text_step, alias.name, None, bound, node))
        return True

    def execute_import_from(self, node: ast.ImportFrom) -> bool:
        module = "." * node.level + (node.module or "")
        if module == "__future__":
            return True
        own = self.import_own(module, node)
        for alias in node.names:
            bound = None if alias.name == "*" else alias.asname or alias.name
            if bound is not None:
                value = self.imported_value(module, alias.name, own, node)
                self.bind(bound, value, "import", place_of(alias))
            elif own is not None:
                self.bind_all(own, place_of(alias))
            else:
                star = self.bind("*", Value(name=module), "import", place_of(alias))
                self.stars = [(module, star), *(each for each in self.stars if each[0] != module)]
            self.note_import(ImportRecord(self.text_step, module, alias.name, bound, node))
        return True

    def note_import(self, record: ImportRecord) -> None:
        if record.step not in self.foreign:
            self.imports.append(record)

    # Other files of the program

    def import_own(self, name: str, node: ast.stmt) -> Value | None:
        """The module of the program's own that has this name, gone through once; None where it is no such."""
        importer = self.paths[-1] if self.paths else None
        module = self.modules.find_module(name, importer) if self.modules is not None else None
        if module is None:
            return None
        if module.path not in self.loaded and len(self.loaded) >= MOST_MODULES:
            self.cut(MANY_MODULES)
        elif module.path not in self.loaded:
            value = self.loaded[module.path] = Value("module")
            value.attributes = {}
            frame = Frame(name.lstrip("."), None)
            self.importing += 1
            self.go_elsewhere(module, frame, node)
            self.importing -= 1
            value.attributes.update({each: variable.value for each, variable in frame.variables.items()})
        return self.loaded.get(module.path)

    def package_of(self, name: str, module: Value) -> Value:
        """What `import a.b` binds to `a`: the package, with the module in it."""
        for part in reversed(name.split(".")[1:]):
            package = Value("module")
            package.attributes = {part: module}
            module = package
        return module

    def imported_value(self, module: str, name: str, own: Value | None, node: ast.stmt) -> Value:
        """What `from module import name` binds."""
        if own is not None and own.attributes is not None and name in own.attributes:
            return own.attributes[name]
        separator = "" if module.endswith(".") else "."
        return self.import_own(f"{module}{separator}{name}", node) or Value(name=f"{module}.{name}")

    def bind_all(self, module: Value, position: Position) -> None:
        """`from module import *`, where the module is the program's own."""
        for name, value in (module.attributes or {}).items():
            if not name.startswith("_"):
                self.bind(name, value, "import", position)

    def run_program(self, step: str, index: int, node: ast.Call) -> None:
        module = self.programs.get((step, index))
        if module is not None and self.elsewhere >= DEEPEST_MODULE:
            self.cut(MANY_MODULES)
        elif module is not None:
            self.go_elsewhere(module, self.globals, node)

    def go_elsewhere(self, module: OwnModule, frame: Frame, node: ast.stmt | ast.expr) -> None:
        """Go through another file of the program; what it does counts at the place that led there."""
        outer = (self.frame, self.text_step, self.parent)
        if not self.functions and not self.elsewhere:
            self.site = (node.lineno, node.col_offset)
        self.elsewhere += 1
        self.paths.append(module.path)
        for section in module.sections:
            if not section.is_own:
                self.foreign[section.step] = section.source
            if frame is not self.globals:
                frame.step = section.step
            self.frame, self.text_step, self.parent = frame, section.step, None
            self.execute_all(section.tree.body)
        self.elsewhere -= 1
        self.paths.pop()
        self.frame, self.text_step, self.parent = outer

    # Targets

    def assign(
        self,
        target: ast.expr,
        value: Value,
        kind: str,
        derived: list[Definition] | tuple[Definition, ...],
        call: CallSite | None = None,
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value, kind, (target.lineno, target.col_offset), derived, call)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.assign_elements(target.elts, value, kind, derived, call)
        elif isinstance(target, ast.Starred):
            rest = Value("list", items=value.items) if isinstance(value.items, list) else Value("list")
            if rest.items is None:
                rest.element = value
            self.assign(target.value, rest, kind, derived, call)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            self.assign_part(target, value, derived, call)

    def assign_elements(
        self,
        targets: list[ast.expr],
        value: Value,
        kind: str,
        derived: list[Definition] | tuple[Definition, ...],
        call: CallSite | None,
    ) -> None:
        """Take a value apart; elements are told apart where their number is known."""
        rows = [gather_rest(each.items, targets) for each in value.each()]
        fits = all(isinstance(row, list) and len(row) == len(targets) for row in rows)
        for index, target in enumerate(targets):
            if fits:
                element = join_values([row[index] for row in rows if row is not None])
            else:
                element = self.iterate(value)
            self.assign(target, element, kind, derived, call)

    def assign_part(
        self,
        target: ast.Attribute | ast.Subscript,
        value: Value,
        derived: list[Definition] | tuple[Definition, ...],
        call: CallSite | None,
    ) -> None:
        """`owner.name = value`, `owner[key] = value`: the owner changes."""
        mark = len(self.reads)
        owner = self.evaluate(target.value)
        key = self.evaluate(target.slice) if isinstance(target, ast.Subscript) else Value("str", target.attr)
        if owner.type == NAMESPACE:
            for name in alternatives(key):
                if isinstance(name, str) and name.isidentifier():
                    self.bind(name, value, "assignment", (target.lineno, target.col_offset), derived, call)
            return
        self.note_stored(target, owner, key, value)
        if owner.name is not None:
            if owner.name == "os.environ" and isinstance(key.constant, str):
                self.environment_variables.append(
                    VariableRecord(self.step, key.constant, value, target.lineno)
                )
            return
        chosen = content_of(key) if isinstance(target, ast.Subscript) else None
        found = merge_contents((content_of(value), chosen.as_influence() if chosen is not None else None))
        for each in owner.each():
            if found is not None and each.items is None and each.attributes is None:
                each.content = merge_contents((each.content, found))
            keep_part(each, key.constant, value, isinstance(target, ast.Attribute), bool(self.logs))
            if isinstance(target, ast.Subscript):
                store_item(each, key, value)
                if isinstance(each.items, dict) and is_key(key.constant):
                    self.note_written(each, key.constant)
            else:
                store_attribute(each, target.attr, value)
                if each.trained is None and each.made is not None and target.attr in each.made.keywords:
                    each.settings = {**(each.settings or {}), target.attr: (value, None)}
        root = self.root_of(target)
        if found is not None and root is not None and is_store(root):
            for each in root.each():
                each.content = merge_contents((each.content, found))
        read = [*derived, *self.reads[mark:]]
        self.change_root(target, owner, (target.lineno, target.col_offset), read, call)

    def note_stored(
        self, target: ast.Attribute | ast.Subscript, owner: Value, key: Value, value: Value
    ) -> None:
        """What is stored into an object that is an experiment tracker's is logged."""
        name = "__setitem__" if isinstance(target, ast.Subscript) else "__setattr__"
        for each in owner.each():
            effect = self.knowledge.find_method(each.type or each.name, name)
            if effect is not None and logs(effect):
                nodes = () if self.assigned is None else (target, self.assigned)
                where = (self.text_step, self.step, self.line_of(target))
                self.note_logged(Telling(effect, each, (key, value), {}, target, nodes, *where))

    def note_written(self, owner: Value, key: Any) -> None:
        """Keep how the value of a dictionary is written, unless it may stay what it was."""
        nodes = dict(owner.nodes or {})
        nodes.pop(key, None)
        if self.assigned is not None and not self.logs:
            nodes[key] = (self.text_step, self.assigned)
        owner.nodes = nodes

    # Compound statements

    def execute_if(self, node: ast.If) -> bool:
        test = self.evaluate(node.test)
        outer = self.in_block("if", node)
        decided = self.decide(node.test, test)
        if decided is not None:
            taken, left_out = (node.body, node.orelse) if decided else (node.orelse, node.body)
            self.visit_dead(left_out)
            leads_on = self.execute_all(taken)
            self.parent = outer
            return leads_on
        results: list[bool] = []
        ways = [lambda: keep(results, self.execute_all(node.body))]
        if node.orelse:
            ways.append(lambda: keep(results, self.execute_all(node.orelse)))
        self.take_ways(ways, is_exhaustive=bool(node.orelse))
        self.parent = outer
        return len(ways) == 1 or any(results)

    def decide(self, node: ast.expr, test: Value) -> bool | None:
        """Whether a condition holds; None where only a run would know."""
        if is_main_guard(node):
            return not self.importing
        if isinstance(test.constant, (bool, int, type(None))) and not test.is_option:
            return bool(test.constant)
        return None

    def execute_for(self, node: ast.For | ast.AsyncFor) -> bool:
        mark = len(self.reads)
        sequence = self.evaluate(node.iter)
        derived = self.reads[mark:]
        outer = self.in_block("for", node)
        self.loop_stack.append(Loop(node, self.text_step, self.bounds_of(node.iter)))

        def body(element: Value) -> bool:
            self.assign(node.target, element, "loop", derived)
            return self.execute_all(node.body)

        rounds = self.rounds_of(sequence)
        if rounds:
            self.go_each(rounds, body)
        else:
            self.take_loop(partial(body, self.iterate(sequence)), runs_surely=bool(sequence.items))
        self.loop_stack.pop()
        self.parent = outer
        self.execute_all(node.orelse)
        return True

    def rounds_of(self, sequence: Value) -> list[Value]:
        """What the rounds of a loop over a few known objects bind, such as `for df in [train, test]`.

        Each round is gone through on its own, so that what is done to one object does not count for others.
        """
        items = item_values(sequence)
        return items if items is not None and len(items) > 1 and self.is_worth_rounds(items) else []

    def bounds_of(self, node: ast.expr) -> tuple[Value, ...]:
        """The arguments of the `range` that a loop goes over, progress bars around it left out."""
        calls = [part for part in ast.walk(node) if isinstance(part, ast.Call) and is_range(part)]
        site = self.calls.get(calls[0]) if calls else None
        return tuple(site.evaluations[-1].arguments) if site is not None and site.evaluations else ()

    def execute_while(self, node: ast.While) -> bool:
        outer = self.in_block("while", node)

        def body() -> bool:
            self.evaluate(node.test)
            return self.execute_all(node.body)

        self.take_loop(body)
        self.parent = outer
        self.execute_all(node.orelse)
        return True

    def execute_with(self, node: ast.With | ast.AsyncWith) -> bool:
        outer = self.in_block("with", node)
        for item in node.items:
            mark, first_visit, first_bound = len(self.reads), len(self.visits), len(self.bound)
            value = self.enter(self.evaluate(item.context_expr))
            if item.optional_vars is not None:
                self.assign(
                    item.optional_vars, value, "with", self.reads[mark:], self.call_of(item.context_expr)
                )
            self.hold(first_visit, first_bound)
        leads_on = self.execute_all(node.body)
        self.parent = outer
        return leads_on

    def enter(self, manager: Value) -> Value:
        """What `with` binds: what the manager gives; other objects give themselves."""
        if isinstance(manager.code, Class) and manager.code.find("__enter__") is not None:
            return self.call_method(manager, "__enter__", [])
        return self.iterate(manager) if manager.type == "generator" and manager.items else manager

    def execute_try(self, node: ast.Try | ast.TryStar) -> bool:
        outer = self.in_block("try", node)
        leads_on = self.execute_all(node.body)
        self.take_ways([partial(self.handle, handler) for handler in node.handlers], is_exhaustive=False)
        self.execute_all(node.orelse)
        leads_on = self.execute_all(node.finalbody) and (leads_on or bool(node.handlers))
        self.parent = outer
        return leads_on

    def handle(self, handler: ast.ExceptHandler) -> bool:
        if handler.type is not None:
            self.evaluate(handler.type)
        if handler.name is not None:
            self.bind(handler.name, Value(), "exception", (handler.lineno, handler.col_offset))
        return self.execute_all(handler.body)

    def execute_match(self, node: ast.Match) -> bool:
        subject = self.evaluate(node.subject)
        outer = self.in_block("match", node)
        self.take_ways(
            [partial(self.take_case, case, subject) for case in node.cases],
            is_exhaustive=any(is_wildcard(case.pattern) and case.guard is None for case in node.cases),
        )
        self.parent = outer
        return True

    def take_case(self, case: ast.match_case, subject: Value) -> bool:
        for part in ast.walk(case.pattern):
            if isinstance(part, (ast.MatchValue, ast.MatchClass)):
                self.evaluate(part.value if isinstance(part, ast.MatchValue) else part.cls)
            name = (
                getattr(part, "rest", None)
                if isinstance(part, ast.MatchMapping)
                else getattr(part, "name", None)
            )
            if name is not None:
                value = subject if part is case.pattern else Value()
                self.bind(name, value, "match", (part.lineno, part.col_offset))  # type: ignore[attr-defined]
        if case.guard is not None:
            self.evaluate(case.guard)
        return self.execute_all(case.body)

    # Functions and classes

    def note_definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str
    ) -> DefinitionRecord:
        record = self.own_definitions.get(node)
        if record is None:
            is_foreign = self.text_step in self.foreign
            identity = "" if is_foreign else f"{self.text_step}.def-{encode_name(name)}.L{node.lineno}"
            record = DefinitionRecord(identity, self.text_step, name, node, self.parent)
            if not is_foreign:
                self.own_definitions[node] = record
        return record

    def execute_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        mark = len(self.reads)
        decorators = [self.evaluate(decorator) for decorator in node.decorator_list]
        name = self.qualified(node.name)
        record = self.note_definition(node, name)
        function = self.own_functions.get(node)
        if function is None or function.frame is not self.frame:
            visits = function.visits if function is not None else 0
            function = self.own_functions[node] = self.new_function(node, node.name, name)
            function.id, function.visits = record.id, visits
        self.evaluate_signature(function, node.args)
        if node.returns is not None:
            self.evaluate(node.returns)
        value = Value()
        value.code = function
        for decorator in reversed(decorators):
            value = self.decorate(decorator, value)
        keyword = "def " if isinstance(node, ast.FunctionDef) else "async def "
        self.bind(
            node.name, value, "function", (node.lineno, node.col_offset + len(keyword)), self.reads[mark:]
        )
        return True

    def execute_class(self, node: ast.ClassDef) -> bool:
        mark = len(self.reads)
        for decorator in node.decorator_list:
            self.evaluate(decorator)
        bases = [self.evaluate(base) for base in node.bases]
        for keyword in node.keywords:
            self.evaluate(keyword.value)
        name = self.qualified(node.name)
        record = self.note_definition(node, name)
        frame = Frame(name, self.frame, self.frame.step, self.frame.function)
        frame.is_class = True
        code = Class(
            name,
            frame,
            [base.code for base in bases if isinstance(base.code, Class)],
            [base.name for base in bases if base.name],
        )
        code.id = record.id
        if len(code.lineage) >= MOST_ANCESTORS:
            self.cut(MANY_ANCESTORS)
        outer_frame, outer_parent, self.frame, self.parent = self.frame, self.parent, frame, record.id
        self.execute_all(node.body)
        self.frame, self.parent = outer_frame, outer_parent
        code.note_members(node)
        value = Value()
        value.code = code
        self.bind(
            node.name, value, "class", (node.lineno, node.col_offset + len("class ")), self.reads[mark:]
        )
        return True


def place_of(alias: ast.alias) -> Position:
    """Where an import writes the name that it binds."""
    if alias.asname is None:
        return alias.lineno, alias.col_offset
    width = len(alias.asname.encode("utf-8", "replace"))
    return alias.end_lineno or alias.lineno, (alias.end_col_offset or width) - width


def keep(results: list[bool], leads_on: bool) -> bool:
    """Note whether a way leads on, and say so."""
    results.append(leads_on)
    return leads_on


def are_parallel(target: ast.expr, expression: ast.expr) -> bool:
    """Both sides of an assignment are tuples of one length, without stars."""
    return (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(expression, (ast.Tuple, ast.List))
        and len(target.elts) == len(expression.elts)
        and not any(isinstance(element, ast.Starred) for element in (*target.elts, *expression.elts))
    )


def snapshot(values: Iterable[Value]) -> list[tuple[Value, dict[str, Any]]]:
    """What is known of some objects and of what they consist of, to put it back later."""
    kept: dict[int, tuple[Value, dict[str, Any]]] = {}
    waiting = list(values)
    while waiting and len(kept) < MOST_KEPT:
        value = waiting.pop()
        if id(value) not in kept:
            state = {
                name: part.copy() if isinstance(part, (dict, list)) else part
                for name, part in vars(value).items()
            }
            kept[id(value)] = (value, state)
            waiting += parts_of(value)
    return list(kept.values())


def gather_rest(items: list[Value] | dict[Any, Value] | None, targets: list[ast.expr]) -> list[Value] | None:
    """The elements for each target, those for a starred one as a list; None where they are not known."""
    if not isinstance(items, list):
        return None
    stars = [index for index, target in enumerate(targets) if isinstance(target, ast.Starred)]
    if not stars:
        return items
    start, stop = stars[0], len(items) - (len(targets) - stars[0] - 1)
    return [*items[:start], Value("list", items=items[start:stop]), *items[stop:]] if start <= stop else None


def is_store(value: Value) -> bool:
    """A table or an array: what is stored in a part of it is stored in it."""
    return value.items is None and value.attributes is None and value.type is not None and "." in value.type


def is_range(node: ast.Call) -> bool:
    """`range(…)` and its kin."""
    return isinstance(node.func, ast.Name) and node.func.id in {"range", "trange", "xrange"}


def is_main_guard(test: ast.expr) -> bool:
    """`__name__ == "__main__"`, which holds for the program that a user runs."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def is_wildcard(pattern: ast.pattern) -> bool:
    """A pattern that everything matches: `case _`."""
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def keep_part(owner: Value, key: Any, value: Value, is_attribute: bool, may_not_happen: bool) -> None:
    """Keep what is known of an object's parts true when one of them is assigned.

    On a way that may not be taken, a part may still be what it was.
    """
    parts = owner.attributes if is_attribute else owner.items
    if may_not_happen and isinstance(parts, dict) and is_key(key) and key in parts:
        value = join_values([value, parts[key]])
    if is_attribute:
        if owner.attributes is not None:
            owner.attributes[key] = value
        elif isinstance(owner.code, Class):
            owner.code.frame.variables[key] = Variable(value, ())
    elif isinstance(owner.items, dict):
        if len(owner.items) < LARGEST_LITERAL:
            owner.items[key if is_key(key) else object()] = value
    elif isinstance(owner.items, list):
        if isinstance(key, int) and -len(owner.items) <= key < len(owner.items):
            owner.items[key] = value
        else:
            blur(owner, value)
