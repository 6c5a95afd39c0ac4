"""Evaluating expressions abstractly: each gives a `Value`, and notes what it reads, calls and changes."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from provkg.extract.applying import MOST_ELEMENTS, with_given
from provkg.extract.calls import SEQUENCES, item_values
from provkg.extract.columns import ANY, drop, select, unite
from provkg.extract.constants import combine, fold_comparison
from provkg.extract.content import merge_contents
from provkg.extract.environment import elements_of
from provkg.extract.knowledge import Effect, Knowledge, pick_arguments
from provkg.extract.magics import COMMAND_CALL
from provkg.extract.parts import LARGEST_LITERAL, LONGEST_SUM, cut_literal, is_key
from provkg.extract.splits import PARTS
from provkg.extract.tables import is_table, names_in, take_attribute, take_item
from provkg.extract.training import (
    FITTED_PARTS,
    PARAMETER_ATTRIBUTES,
    PARAMETER_METHODS,
    Trainings,
    fitted_part,
    reads_object,
)
from provkg.extract.values import (
    MISSING,
    UNPACKED,
    CallSite,
    Class,
    Definition,
    Evaluation,
    Frame,
    Function,
    Value,
    carry,
    columns_of,
    contain,
    content_of,
    is_fresh,
    join_values,
)

DESCRIPTIONS = frozenset({"columns", "dtype", "dtypes", "ndim", "shape", "size"})
"""Attributes that tell of data without giving any of it."""

MOST_EVALUATIONS = 200
"""Visits of one call site whose arguments are kept."""

MANY_EVALUATIONS = "what a call is given was left out: it is reached too often"
MANY_ELEMENTS = "elements of a list or dictionary were left out: too many"

WIDTH = re.compile(r"\d{4}|[^\x20-\x7e]")
"""A format that makes a long text, or that is none."""

STACKERS = frozenset({"numpy.c_", "numpy.r_"})
"""Their subscripts are put together."""

COMPREHENSION = ".<comprehension>"

COMPREHENSION_TYPES: dict[type[ast.expr], str] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
}

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp

MOST_ROUNDS = 32
"""Rounds of loops in loops that are gone through one by one."""

CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}


class Expressions(Trainings):
    """Evaluates expressions in the current frame."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.calls: dict[ast.Call, CallSite] = {}
        self.commands: dict[tuple[str, int], list[Value]] = {}
        """(step, place of the command in its cell) → values of the expressions that it reads."""
        self.exact_loops = 0
        """Loops around this place that are gone through item by item."""
        self.rounds = 1
        """In how many rounds of those this place is gone through."""
        self.foreign: dict[str, str] = {}
        """Steps of other files of the program → their text."""
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
            ast.Compare: self.evaluate_comparison,
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
        value = Value()
        scope = f"{self.frame.scope}.lambda" if self.frame.scope else "lambda"
        value.code = function = self.new_function(node, "lambda", scope)
        self.evaluate_signature(function, node.args)
        return value

    def evaluate_signature(self, function: Function, arguments: ast.arguments) -> None:
        """Evaluate defaults where a function is defined; the walk knows how."""
        raise NotImplementedError

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
        found = take_attribute(self.attribute_of(owner, node.attr), owner, node.attr)
        if found is owner:
            return found
        if node.attr in FITTED_PARTS:
            found = fitted_part(found, owner)
        if node.attr in PARAMETER_ATTRIBUTES:
            return self.parameters_of(found, owner, node.attr, self.root_of(node.value))
        if owner.trained is not None and node.attr.endswith("_") and is_fresh(found):
            learnt = content_of(owner)
            found.content = learnt.as_influence() if learnt is not None else None
        elif owner.attributes is None and node.attr not in DESCRIPTIONS:
            carry(found, owner)
        if owner.trained is not None and found.trained is None and found.holders is None:
            found.trained = owner.trained
        return found

    def root_of(self, node: ast.expr) -> Value | None:
        """The object that an expression of attributes starts from."""
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        return next((v.value for frame in self.frame.chain() if (v := frame.variables.get(node.id))), None)

    def evaluate_subscript(self, node: ast.Subscript) -> Value:
        owner = self.evaluate(node.value)
        key = self.evaluate(node.slice)
        if owner.name in STACKERS:
            return carry(Value("numpy.ndarray"), key)
        found = self.item_of(owner, key, node.slice)
        if found is owner and not isinstance(node.slice, ast.Slice):
            return found
        take_item(found, owner, key, node.slice, is_accessor(node.value))
        if key.is_cut and key.type in SEQUENCES and is_table(owner):
            self.cut(MANY_ELEMENTS)
        if owner.items is not None:
            return found
        is_new = is_fresh(found)
        columns = found.columns
        carry(found, owner)
        if is_new:
            if is_table(owner):
                found.columns = columns
            self.select_by(found, key)
        if (
            found.made is None
            and found.holders is None
            and owner.made is not None
            and loads_object(owner.made)
        ):
            found.made, found.trained = owner.made, owner.trained
        return found

    def select_by(self, found: Value, key: Value) -> None:
        """What selects records has influence on what is left, and may say which part of split data it is."""
        if isinstance(key.constant, str) and found.content is not None and key.constant in PARTS:
            found.content = found.content.of_part(PARTS[key.constant])
        chosen = content_of(key)
        if chosen is not None and found.content is not None:
            part = chosen.part or found.content.part
            found.content = merge_contents((found.content, chosen.as_influence()))
            if found.content is not None:
                found.content = found.content.of_part(part)

    def evaluate_sequence(self, node: ast.List | ast.Tuple | ast.Set) -> Value:
        kind = type(node).__name__.lower()
        if len(node.elts) > LARGEST_LITERAL:
            return self.take_together(Value(kind), node.elts)
        items: list[Value] = []
        unpacked: list[Value] = []
        is_known = True
        for element in node.elts:
            item = self.evaluate(element)
            if isinstance(element, ast.Starred):
                is_known = is_known and isinstance(item.items, list)
                items.extend(item.items if isinstance(item.items, list) else [])
                unpacked.append(item)
            else:
                items.append(item)
        is_known = is_known and len(items) <= LONGEST_SUM
        value = Value(kind, items=items) if is_known else cut_literal(kind, items[LONGEST_SUM:])
        contain(value, items)
        return value if is_known else carry(value, *items, *unpacked)

    def take_together(self, literal: Value, elements: list[ast.expr]) -> Value:
        """A long literal, whose elements are not kept apart; objects among them are lost."""
        for element in elements:
            if type(element) is not ast.Constant:
                value = self.evaluate(element)
                if any(each is not None for each in (value.content, value.made, value.code)):
                    self.cut(MANY_ELEMENTS)
            elif type(element.value) is str:
                literal.is_cut = True
        return literal

    def evaluate_dict(self, node: ast.Dict) -> Value:
        if len(node.keys) > LARGEST_LITERAL:
            for key in node.keys:
                if key is not None and type(key) is not ast.Constant:
                    self.evaluate(key)
            return self.take_together(Value("dict"), node.values)
        items: dict[Any, Value] = {}
        nodes: dict[Any, tuple[str, ast.expr]] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            item = self.evaluate(value)
            if key is None:
                items.update(item.items if isinstance(item.items, dict) else {})
                nodes.update(item.nodes or {})
                continue
            name = self.evaluate(key).constant
            items[name if is_key(name) else object()] = item
            if is_key(name):
                nodes[name] = (self.text_step, value)
        literal = Value("dict", items=items)
        literal.nodes = nodes
        contain(literal, items.values())
        return literal

    def evaluate_operation(self, node: ast.BinOp) -> Value:
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):  # long sums lean left: no recursion for them
            chain.append(chain[-1].left)
        value = self.evaluate(chain[-1].left)
        for link in reversed(chain):
            right = self.evaluate(link.right)
            value = self.operate_names(link, value, right) or self.operate_values(link, value, right)
        return value

    def operate_values(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        """`left OP right`, with what it comes from."""
        value = carry(self.operate(type(node.op), left, right), left, right)
        if value.columns is None and value.content is not None:
            value.columns = unite(columns_of(left), columns_of(right))
        return value

    def operate_names(self, node: ast.BinOp, left: Value, right: Value) -> Value | None:
        """`set(df.columns) - {"y"}`, `df.columns + [...]`: names of columns, where the left side is some."""
        if left.names is None:
            return None
        gone = names_in(right)
        found = Value(left.type)
        found.names = (
            drop(left.names, gone) if isinstance(node.op, ast.Sub) and gone is not None else left.names
        )
        return found

    def evaluate_unary(self, node: ast.UnaryOp) -> Value:
        operand = self.evaluate(node.operand)
        return carry(self.unary(node, operand), operand)

    def unary(self, node: ast.UnaryOp, operand: Value) -> Value:
        """`OP operand`."""
        if isinstance(node.op, ast.USub) and isinstance(operand.constant, (int, float)):
            return combine([operand], operator.neg, operand.type)
        if isinstance(node.op, ast.Invert) and operand.names is not None:
            return names_left(operand)
        if isinstance(node.op, ast.Not):
            return combine([operand], operator.not_, "bool")
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

    def evaluate_comparison(self, node: ast.Compare) -> Value:
        left, *right = map(self.evaluate, (node.left, *node.comparators))
        if len(right) == 1 and left.constant is not MISSING and right[0].constant is not MISSING:
            return combine(
                [left, right[0]], lambda *sides: fold_comparison(type(node.ops[0]), *sides), "bool"
            )
        found = carry(Value(), left, *right)
        if left.names is not None and len(right) == 1 and (names := names_in(right[0])) is not None:
            is_without = isinstance(node.ops[0], (ast.NotEq, ast.NotIn))
            found.names = drop(left.names, names) if is_without else select(left.names, names)
        return found

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
        if node.value is None:
            return Value()
        value = self.evaluate(node.value)
        given = Value("generator")
        if isinstance(node, ast.YieldFrom):
            given.items, given.element = item_values(value), value.element
        elif self.loops > self.exact_loops:
            given.element = value
        else:
            given.items = [value]
        self.frame.returned.append(given)
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

    def is_worth_rounds(self, items: list[Value]) -> bool:
        """Whether a loop over these is gone through item by item: a few objects, or texts."""
        if not 0 < len(items) <= MOST_ELEMENTS or self.loops > self.exact_loops:
            return False
        parts = [part for item in items for part in (item, *elements_of(item))]
        return self.rounds * len(items) <= MOST_ROUNDS and any(map(tells_apart, parts))

    def go_each(self, items: list[Value], body: Callable[[Value], object]) -> None:
        """Go through the body of a loop for each item on its own."""
        self.loops += 1
        self.exact_loops += 1
        outer = self.rounds
        self.rounds *= len(items)
        for each in items:
            body(each)
        self.rounds = outer
        self.exact_loops -= 1
        self.loops -= 1

    def comprehend_each(self, node: Comprehension, items: list[Value]) -> Value:
        """What a comprehension over a few items gives."""
        generator = node.generators[0]
        results: list[tuple[Value, Value]] = []
        is_known = True

        def body(item: Value) -> None:
            nonlocal is_known
            self.assign(generator.target, item, "loop", ())
            tests = [self.evaluate(condition).constant for condition in generator.ifs]
            is_known = is_known and MISSING not in tests
            if all(tests) or MISSING in tests:
                if isinstance(node, ast.DictComp):
                    results.append((self.evaluate(node.key), self.evaluate(node.value)))
                else:
                    element = self.evaluate(node.elt)
                    results.append((element, element))

        self.go_each(items, body)
        made = Value("dict" if isinstance(node, ast.DictComp) else COMPREHENSION_TYPES.get(type(node)))
        if not is_known:
            made.element = join_values([value for _, value in results])
        elif isinstance(node, ast.DictComp):
            made.items = {key.constant if is_key(key.constant) else object(): value for key, value in results}
        else:
            made.items = [value for _, value in results]
        return made

    def evaluate_comprehension(self, node: Comprehension) -> Value:
        iterated = self.evaluate(node.generators[0].iter)
        items = item_values(iterated) if len(node.generators) == 1 and not iterated.alternatives else None
        outer = self.frame
        self.frame = Frame(outer.scope + COMPREHENSION, outer, outer.step, outer.function)
        try:
            if items and self.is_worth_rounds(items):
                return self.comprehend_each(node, items)
            first = self.iterate(iterated)
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
        if iterated.names is not None and isinstance(node.elt, ast.Name):
            value.names = drop(iterated.names, self.names_left_out(node))
        return value

    def names_left_out(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> list[str]:
        """The names that the conditions of `[c for c in df.columns if c != "y"]` leave out."""
        found: list[str] = []
        for condition in node.generators[0].ifs:
            for part in ast.walk(condition):
                if isinstance(part, ast.Compare) and isinstance(part.ops[0], (ast.NotEq, ast.NotIn)):
                    found += names_in(self.evaluate(part.comparators[0])) or ()
        return found

    def call_of(self, node: ast.expr | None) -> CallSite | None:
        """The call site whose result an expression is, if it is a call."""
        if isinstance(node, ast.Await):
            node = node.value
        return self.calls.get(node) if isinstance(node, ast.Call) else None

    def evaluate_call(self, node: ast.Call) -> Value:
        mark, first_training, first_measure = len(self.reads), len(self.trainings), len(self.measures)
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
        arguments, keywords = with_given(callee, arguments, keywords)
        self.effect = None
        result = self.apply(site, callee, receiver, arguments, keywords, self.reads[mark:])
        effect = self.effect
        if effect is not None and effect.locates is not None and effect.locates.place is not None:
            places = pick_arguments(effect.locates.place, arguments, keywords, receiver)
            result.place = (places[0].place or places[0]) if places else None
        if receiver is None and callee.code is None and callee.name is None and callee.type is not None:
            receiver = callee  # an object that is called: a network, a layer, a loss
        visit = self.visit(site, effect, receiver, arguments, keywords, result)
        visit.is_handed = callee.given is not None
        if callee.code is None:
            self.follow_visit(visit)
            if (
                receiver is not None
                and isinstance(function, ast.Attribute)
                and function.attr in PARAMETER_METHODS
            ):
                self.parameters_of(result, receiver, function.attr, self.root_of(function.value))
        elif isinstance(callee.code, Class):
            if result.made is None:
                result.made = visit
        elif callee.receiver is not None:
            self.follow_own(visit, callee.receiver, first_training)
        elif isinstance(callee.code, Function):
            self.follow_own_measure(visit, callee.code, first_measure)
        return result

    def visit(
        self,
        site: CallSite,
        effect: Effect | None,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        result: Value,
    ) -> Evaluation:
        """Note a visit of a call."""
        line = self.line_of(site.node)
        visit = Evaluation(site, self.step, line, effect, receiver, arguments, keywords, result)
        self.visits.append(visit)
        if len(site.evaluations) < MOST_EVALUATIONS:
            site.evaluations.append(visit)
        else:
            self.cut(MANY_EVALUATIONS)
        return visit

    def line_of(self, node: ast.expr) -> int:
        """The line of the running step where something happens: inside a function, where that is called."""
        return self.site[0] if self.functions or self.elsewhere else node.lineno

    def note_visit(
        self, site: CallSite, arguments: list[Value], keywords: dict[str, Value], result: Value
    ) -> None:
        visit = self.visit(site, self.effect, None, arguments, keywords, result)
        visit.is_handed = True
        self.follow_visit(visit)

    def hold(self, first_visit: int, first_bound: int) -> None:
        """What was bound since holds what the calls since then gave, unless something nearer does."""
        bound = self.bound[first_bound:]
        for visit in self.visits[first_visit:]:
            if not visit.holders or all(holder.step in self.foreign for holder in visit.holders):
                visit.holders = bound

    def evaluate_command(self, node: ast.Call) -> Value:
        """A magic or shell line: it reads the variables that are interpolated into it."""
        values = [self.evaluate(argument) for argument in node.args]
        if isinstance(values[0].constant, int):
            self.commands[self.text_step, values[0].constant] = values[1:]
            self.run_program(self.text_step, values[0].constant, node)
        return Value()

    def run_program(self, step: str, index: int, node: ast.Call) -> None:
        """Go through the program that a command runs; the walk knows how."""
        raise NotImplementedError

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
            else:
                keywords[UNPACKED] = value
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


def loads_object(visit: Evaluation) -> bool:
    """Whether a call reads an object of any kind, such as a dictionary with a model in it."""
    return visit.effect is not None and reads_object(visit.effect)


def is_accessor(node: ast.expr) -> bool:
    """`table.iloc` and its kin: what is looked up in them is told by its place."""
    return isinstance(node, ast.Attribute) and node.attr in {"at", "iat", "iloc", "ix", "loc"}


def tells_apart(value: Value) -> bool:
    """Something that makes rounds of a loop differ: an object that the loop may change, or a name."""
    if value.constant is not MISSING:
        return isinstance(value.constant, str)
    return any(known is not None for known in (value.content, value.made, value.name, value.code))


def names_left(mask: Value) -> Value:
    """`~mask` of a mask over the names of columns."""
    found = Value(mask.type)
    if mask.names is not None:
        chosen = mask.names.chosen
        found.names = select(None, mask.names.dropped) if chosen is None else drop(ANY, chosen)
    return found


def is_structured(value: Value) -> bool:
    """Whether looking an attribute up can lead to something callable that is known."""
    return bool(
        value.name is not None
        or value.alternatives
        or value.attributes is not None
        or isinstance(value.code, Class)
    )


def fold_format(value: Any, specification: Any) -> Any:
    """A value in the form that a format specification says, or MISSING."""
    try:
        return format(value, specification) if WIDTH.search(specification) is None else MISSING
    except (ValueError, TypeError):
        return MISSING
