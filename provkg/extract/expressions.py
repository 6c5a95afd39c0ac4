"""Evaluating expressions abstractly: each gives a `Value`, and notes what it reads, calls and changes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from provkg.extract.calls import Calls
from provkg.extract.constants import (
    combine,
)
from provkg.extract.knowledge import Effect, Knowledge, pick_arguments
from provkg.extract.magics import COMMAND_CALL
from provkg.extract.parts import LARGEST_LITERAL, is_key
from provkg.extract.values import (
    MISSING,
    CallSite,
    Class,
    Definition,
    Evaluation,
    Frame,
    Function,
    Value,
    carry,
    contain,
    join_values,
    sources_of,
)

DESCRIPTIONS = frozenset({"columns", "dtype", "dtypes", "ndim", "shape", "size"})
"""Attributes that tell of data without giving any of it."""

CONTENT = frozenset({"values", "statistic"})
"""What a result can carry of its inputs that makes them its sources."""

TRAINING_ROLES = frozenset({"data", "features", "target", "weights"})

DATA_KEYWORDS = frozenset({"X", "x", "y", "data", "train_data", "dtrain", "training_data", "train_dataset"})

MOST_EVALUATIONS = 200
"""Visits of one call site whose arguments are kept."""

WIDTH = re.compile(r"\d{4}|[^\x20-\x7e]")
"""A format that makes a long text, or that is none."""

COMPREHENSION = ".<comprehension>"

COMPREHENSION_TYPES: dict[type[ast.expr], str] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
}

CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


class Expressions(Calls):
    """Evaluates expressions in the current frame."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.calls: dict[ast.Call, CallSite] = {}
        self.commands: dict[tuple[str, int], list[Value]] = {}
        """(step, place of the command in its cell) → values of the expressions that it reads."""
        self.parent: str | None = None
        """Id of the block or definition that the walk is in."""
        self.text_step = ""
        """The step whose text the walk is in: another than `step` inside a function of an earlier cell."""
        self.visits: list[Evaluation] = []
        """Visits of calls so far in the current top-level statement."""
        self.evaluators: dict[type[ast.expr], Callable[[Any], Value]] = {
            ast.Name: self.evaluate_name,
            ast.Constant: self.evaluate_constant,
            ast.Attribute: self.evaluate_attribute,
            ast.Subscript: self.evaluate_subscript,
            ast.Call: self.evaluate_call,
            ast.List: self.evaluate_sequence,
            ast.Tuple: self.evaluate_sequence,
            ast.Set: self.evaluate_sequence,
            ast.Dict: self.evaluate_dict,
            ast.BinOp: self.evaluate_operation,
            ast.BoolOp: self.evaluate_choice,
            ast.UnaryOp: self.evaluate_unary,
            ast.Compare: self.evaluate_parts,
            ast.IfExp: self.evaluate_condition,
            ast.JoinedStr: self.evaluate_format,
            ast.FormattedValue: self.evaluate_parts,
            ast.Lambda: self.evaluate_lambda,
            ast.ListComp: self.evaluate_comprehension,
            ast.SetComp: self.evaluate_comprehension,
            ast.GeneratorExp: self.evaluate_comprehension,
            ast.DictComp: self.evaluate_comprehension,
            ast.NamedExpr: self.evaluate_walrus,
            ast.Starred: self.evaluate_starred,
            ast.Slice: self.evaluate_parts,
            ast.Await: self.evaluate_inner,
            ast.Yield: self.evaluate_yield,
            ast.YieldFrom: self.evaluate_yield,
        }

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression here."""
        return self.evaluators[type(node)](node)

    def evaluate_name(self, node: ast.Name) -> Value:
        return self.read(node.id, node.lineno)

    def evaluate_constant(self, node: ast.Constant) -> Value:
        constant = node.value
        return Value(constant.__class__.__name__, constant)

    def evaluate_lambda(self, node: ast.Lambda) -> Value:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.evaluate(default)
        value = Value()
        scope = f"{self.frame.scope}.lambda" if self.frame.scope else "lambda"
        value.code = self.new_function(node, "lambda", scope)
        return value

    def new_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str, scope: str
    ) -> Function:
        """A function defined here; methods do not see the names of their class."""
        frame = self.frame
        while frame.is_class and frame.outer is not None:
            frame = frame.outer
        frame.is_captured = True
        return Function(node, name, scope, frame, self.text_step)

    def evaluate_attribute(self, node: ast.Attribute) -> Value:
        owner = self.evaluate(node.value)
        found = self.attribute_of(owner, node.attr)
        if owner.attributes is None and node.attr not in DESCRIPTIONS:
            carry(found, owner)
        return found

    def evaluate_subscript(self, node: ast.Subscript) -> Value:
        owner = self.evaluate(node.value)
        found = self.item_of(owner, self.evaluate(node.slice), node.slice)
        return found if owner.items is not None else carry(found, owner)

    def evaluate_sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        kind = type(node).__name__.lower()
        if len(node.elts) > LARGEST_LITERAL:
            for element in node.elts:
                if type(element) is not ast.Constant:
                    self.evaluate(element)
            return Value(kind)
        items: list[Value] = []
        is_known = True
        for element in node.elts:
            item = self.evaluate(element)
            if isinstance(element, ast.Starred):
                is_known = is_known and isinstance(item.items, list)
                items.extend(item.items if isinstance(item.items, list) else [])
            else:
                items.append(item)
        value = Value(kind, items=items if is_known else None)
        contain(value, items)
        return value

    def evaluate_dict(self, node: ast.Dict) -> Value:
        if len(node.keys) > LARGEST_LITERAL:
            self.evaluate_parts(node)
            return Value("dict")
        items: dict[Any, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            item = self.evaluate(value)
            if key is None:
                items.update(item.items if isinstance(item.items, dict) else {})
                continue
            name = self.evaluate(key).constant
            items[name if is_key(name) else object()] = item
        literal = Value("dict", items=items)
        contain(literal, items.values())
        return literal

    def evaluate_operation(self, node: ast.BinOp) -> Value:
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):  # long sums lean left: no recursion for them
            chain.append(chain[-1].left)
        value = self.evaluate(chain[-1].left)
        for link in reversed(chain):
            right = self.evaluate(link.right)
            value = carry(self.operate(type(link.op), value, right), value, right)
        return value

    def evaluate_unary(self, node: ast.UnaryOp) -> Value:
        operand = self.evaluate(node.operand)
        return carry(self.unary(node, operand), operand)

    def unary(self, node: ast.UnaryOp, operand: Value) -> Value:
        """`OP operand`."""
        if isinstance(node.op, ast.USub) and isinstance(operand.constant, (int, float)):
            return Value(operand.type, -operand.constant)
        if isinstance(node.op, ast.Not):
            return Value("bool")
        return Value(operand.type)

    def evaluate_choice(self, node: ast.BoolOp) -> Value:
        return join_values([self.evaluate(value) for value in node.values])

    def evaluate_condition(self, node: ast.IfExp) -> Value:
        self.evaluate(node.test)
        return join_values([self.evaluate(node.body), self.evaluate(node.orelse)])

    def evaluate_format(self, node: ast.JoinedStr) -> Value:
        parts = [
            self.evaluate_formatted(part) if isinstance(part, ast.FormattedValue) else self.evaluate(part)
            for part in node.values
        ]
        return combine(parts, lambda *texts: "".join(map(str, texts)), "str")

    def evaluate_formatted(self, node: ast.FormattedValue) -> Value:
        value = self.evaluate(node.value)
        if node.conversion in CONVERSIONS:
            value = combine([value], CONVERSIONS[node.conversion], "str")
        if node.format_spec is None:
            return value
        return combine([value, self.evaluate(node.format_spec)], fold_format, "str")

    def evaluate_parts(self, node: ast.AST) -> Value:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child)
        return Value()

    def evaluate_starred(self, node: ast.Starred) -> Value:
        return self.evaluate(node.value)

    def evaluate_inner(self, node: ast.Await) -> Value:
        return self.evaluate(node.value)

    def evaluate_yield(self, node: ast.Yield | ast.YieldFrom) -> Value:
        if node.value is not None:
            self.frame.returned.append(Value("generator", items=[self.evaluate(node.value)]))
        return Value()

    def evaluate_walrus(self, node: ast.NamedExpr) -> Value:
        mark = len(self.reads)
        value = self.evaluate(node.value)
        outer, frame = self.frame, self.frame
        while frame.scope.endswith(COMPREHENSION) and frame.outer is not None:
            frame = frame.outer
        self.frame = frame
        self.bind(
            node.target.id,
            value,
            "walrus",
            (node.lineno, node.col_offset),
            self.reads[mark:],
            self.call_of(node.value),
        )
        self.frame = outer
        return value

    def evaluate_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value:
        first = self.iterate(self.evaluate(node.generators[0].iter))
        outer = self.frame
        self.frame = Frame(outer.scope + COMPREHENSION, outer, outer.step, outer.function)
        try:
            for index, generator in enumerate(node.generators):
                source = first if index == 0 else self.iterate(self.evaluate(generator.iter))
                self.assign(generator.target, source, "loop", ())
                for condition in generator.ifs:
                    self.evaluate(condition)
            if isinstance(node, ast.DictComp):
                self.evaluate(node.key)
                mapping = Value("dict")
                mapping.element = self.evaluate(node.value)
                return mapping
            element = self.evaluate(node.elt)
        finally:
            self.frame.is_live = False
            self.frame = outer
        value = Value(COMPREHENSION_TYPES.get(type(node)))
        value.element = element
        return value

    def call_of(self, node: ast.expr | None) -> CallSite | None:
        """The call site whose result an expression is, if it is a call."""
        if isinstance(node, ast.Await):
            node = node.value
        return self.calls.get(node) if isinstance(node, ast.Call) else None

    def evaluate_call(self, node: ast.Call) -> Value:
        mark = len(self.reads)
        function = node.func
        if isinstance(function, ast.Name) and function.id == COMMAND_CALL:
            return self.evaluate_command(node)
        receiver: Value | None = None
        if isinstance(function, ast.Attribute):
            receiver = self.evaluate(function.value)
            callee = self.attribute_of(receiver, function.attr) if is_structured(receiver) else Value()
        else:
            callee = self.evaluate(function)
        site = self.calls.get(node)
        if site is None:
            site = self.calls[node] = CallSite(node, self.text_step, self.parent)
        if receiver is not None:
            site.receiver += self.reads[mark:]
        arguments, keywords = self.evaluate_arguments(node, site)
        self.effect = None
        result = self.apply(site, callee, receiver, arguments, keywords, self.reads[mark:])
        effect = self.effect
        if effect is not None and effect.locates is not None and effect.locates.place is not None:
            places = pick_arguments(effect.locates.place, arguments, keywords, receiver)
            result.place = (places[0].place or places[0]) if places else None
        line = node.lineno if self.text_step == self.step else self.site[0]
        visit = Evaluation(self.step, line, effect, receiver, arguments, keywords, result)
        self.visits.append(visit)
        if callee.code is None:
            self.carry_sources(visit)
        if len(site.evaluations) < MOST_EVALUATIONS:
            site.evaluations.append(visit)
        return result

    def carry_sources(self, visit: Evaluation) -> None:
        """Where the data of a library call's result comes from, and of what it changed or trained."""
        effect, receiver = visit.effect, visit.receiver
        inputs = [*visit.arguments, *visit.keywords.values()]
        if effect is not None and effect.trains:
            visit.trained_on = training_sources(visit)
        if effect is not None and reads_data(effect):
            visit.result.sources |= {visit}
            for part in visit.result.items if isinstance(visit.result.items, list) else ():
                part.sources |= {visit}
        changes = effect is not None and any(mutation.place.is_receiver for mutation in effect.mutates)
        if changes and receiver is not None and receiver.items is None:
            receiver.sources = receiver.sources.union(*map(sources_of, inputs))
        if effect is None or effect.carries in CONTENT:
            if receiver is not None and receiver.name is None and receiver is not visit.result:
                inputs.append(receiver)
            if not any(visit.result is each for each in inputs):
                carry(visit.result, *inputs)

    def hold(self, first_visit: int, first_bound: int) -> None:
        """What was bound since holds what the calls since then gave, unless something nearer does."""
        bound = self.bound[first_bound:]
        for visit in self.visits[first_visit:]:
            if not visit.holders:
                visit.holders = bound

    def evaluate_command(self, node: ast.Call) -> Value:
        """A magic or shell line: it reads the variables that are interpolated into it."""
        values = [self.evaluate(argument) for argument in node.args]
        if isinstance(values[0].constant, int):
            self.commands[self.text_step, values[0].constant] = values[1:]
        return Value()

    def evaluate_arguments(self, node: ast.Call, site: CallSite) -> tuple[list[Value], dict[str, Value]]:
        """Evaluate the arguments, noting the definitions that each is computed from."""
        reads = self.reads
        arguments: list[Value] = []
        read_by: list[list[Definition]] = []
        for argument in node.args:
            mark = len(reads)
            value = self.evaluators[type(argument)](argument)
            if type(argument) is ast.Starred and isinstance(value.items, list):
                arguments += value.items
            else:
                arguments.append(value)
            read_by.append(reads[mark:])
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            mark = len(reads)
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value.items, dict):
                keywords.update({key: item for key, item in value.items.items() if isinstance(key, str)})
            read_by.append(reads[mark:])
        if site.arguments:
            for known, read in zip(site.arguments, read_by, strict=True):
                known += read
        else:
            site.arguments = read_by
        return arguments, keywords

    def assign(
        self,
        target: ast.expr,
        value: Value,
        kind: str,
        derived: list[Definition] | tuple[Definition, ...],
        call: CallSite | None = None,
    ) -> None:
        """Give a value to an assignment's target; the walk knows how."""
        raise NotImplementedError


def is_structured(value: Value) -> bool:
    """Whether looking an attribute up can lead to something callable that is known."""
    return bool(
        value.name is not None
        or value.alternatives
        or value.attributes is not None
        or isinstance(value.code, Class)
    )


def reads_data(effect: Effect) -> bool:
    """Whether a call brings data in; loading a model or settings does not."""
    return any(
        access.mode != "write" and access.kind != "handle" and access.content in ("data", "object", "text")
        for access in effect.accesses
    )


def training_sources(visit: Evaluation) -> frozenset[Evaluation]:
    """The reads whose data a training is given; what only validates it does not count.

    Where the call is given no data, they are in the object: `OLS(y, X).fit()`.
    """
    effect = visit.effect
    given: list[Value] = []
    if effect is not None and effect.roles:
        for place, role in effect.roles:
            if role in TRAINING_ROLES:
                given += pick_arguments(place, visit.arguments, visit.keywords, visit.receiver)
    if not given:
        given = [
            *visit.arguments,
            *(value for name, value in visit.keywords.items() if name in DATA_KEYWORDS),
        ]
    found = frozenset().union(*map(sources_of, given))
    return found or (sources_of(visit.receiver) if visit.receiver is not None else found)


def fold_format(value: Any, specification: Any) -> Any:
    """A value in the form that a format specification says, or MISSING."""
    try:
        return format(value, specification) if WIDTH.search(specification) is None else MISSING
    except (ValueError, TypeError):
        return MISSING
