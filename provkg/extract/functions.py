"""Calling the program's own functions and classes: going through their bodies with the call's arguments."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import islice

from provkg.extract.content import Content, merge_contents
from provkg.extract.environment import elements_of
from provkg.extract.expressions import Expressions
from provkg.extract.knowledge import Knowledge
from provkg.extract.parts import NO_DEFINITIONS
from provkg.extract.values import CallSite, Class, Definition, Frame, Function, Value, content_of, join_values

DEEPEST_CALL = 24

MOST_VISITS = 200
"""Visits of one function's body; its later calls are taken from what these showed."""

MOST_STATEMENTS = 30_000
"""Statements gone through inside functions, however long the program is; real ones need some hundred."""

FIRST_VISITS = 8
"""Visits of a function that count as the statements of its body; later ones count by all that is in it."""

NODES_PER_STATEMENT = 10
"""Size of an average statement, in nodes of the syntax tree or in names that a call reads and changes."""

MOST_REPEATED = 50
"""Names that a call is noted to read, and to change, once calls are cut short."""

DEEP_CALLS = "calls of the program's own functions were left out: too many inside each other"
CUT_SHORT = "calls of the program's own functions were cut short: too many"

MOST_READ = 8
"""Definitions that an argument is noted to be computed from, where it reads more."""

DATA_METHODS = frozenset({"__getitem__", "__iter__", "__next__"})
"""What a library that is given an object takes its data with."""

CALL_METHODS = ("__call__", "forward", "call")
"""What calling an instance runs; the last two by the conventions of PyTorch and Keras."""


class Functions(Expressions):
    """Enters functions at their calls, as often as it is worth it; later calls repeat what was seen."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.visited = 0
        """Statements gone through inside functions; repeated calls count as some."""
        self.allowed = 0
        """How many there may be."""
        self.entered: set[ast.AST] = set()
        """Functions that were gone through: a lambda is another object each time it is evaluated."""
        self.repeated: set[Function] = set()
        """Functions whose calls were repeated in the current top-level statement while cut short."""

    @property
    def is_spent(self) -> bool:
        """Whether no more statements may be gone through inside functions that are known already."""
        return self.visited > min(self.allowed, MOST_STATEMENTS)

    def execute_all(self, statements: list[ast.stmt]) -> bool:
        """Go through statements; the walk knows how."""
        raise NotImplementedError

    def apply_own(
        self, site: CallSite, callee: Value, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        code = callee.code
        site.definition = code
        if isinstance(code, Function):
            return self.invoke_from(site.node, code, callee.receiver, arguments, keywords)
        if not isinstance(code, Class):
            return Value()
        if callee.receiver is None:
            return self.instantiate(site, callee, code, arguments, keywords)
        for name in CALL_METHODS:
            method = code.find(name)
            if method is not None and isinstance(method.code, Function):
                result = self.invoke_from(site.node, method.code, callee, arguments, keywords)
                self.follow_network(callee, [*arguments, *keywords.values()], result)
                return result
        self.call_back([*arguments, *keywords.values()])
        return Value()

    def parent_of(self) -> Value:
        """What `super()` gives in a method: the instance as its class's bases see it."""
        method = next((each for each in reversed(self.functions) if each.owner is not None), None)
        if method is None or method.owner is None or not method.node.args.args:
            return Value()
        instance = self.read(method.node.args.args[0].arg, self.site[0])
        bases = Class(method.owner.name, Frame(method.owner.name, None), method.owner.bases, [])
        parent = Value()
        parent.code, parent.receiver, parent.proxied = bases, instance, instance
        return parent

    def instantiate(
        self, site: CallSite, callee: Value, code: Class, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """A new instance of one of the program's own classes; without `__init__`, as dataclasses are made."""
        instance = Value(next(code.all_library_bases(), code.name))
        instance.code, instance.receiver, instance.attributes = code, callee, {}
        constructor = code.find("__init__")
        if constructor is not None and isinstance(constructor.code, Function):
            self.invoke_from(site.node, constructor.code, instance, arguments, keywords)
        else:
            instance.attributes.update(zip(code.fields, arguments, strict=False))
            instance.attributes.update(keywords)
            self.call_method(instance, "__post_init__", [])
        return instance

    def invoke_from(
        self,
        node: ast.Call,
        function: Function,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value:
        """Call a function from here: what it does to globals counts at this call."""
        if not self.functions and not self.elsewhere:
            self.site = (node.lineno, node.col_offset)
        self.note_arguments(node, arguments, keywords)
        read = reads_by_parameter(function, receiver, self.calls.get(node))
        return self.invoke(function, receiver, arguments, keywords, read)

    def note_arguments(self, node: ast.Call, arguments: list[Value], keywords: dict[str, Value]) -> None:
        """Keep how the arguments of a call are written: the name of a parameter says less of a file."""
        if len(arguments) == len(node.args):
            for written, value in zip(node.args, arguments, strict=True):
                if value.written is None:
                    value.written = (self.text_step, written)
        for keyword in node.keywords:
            given = keywords.get(keyword.arg) if keyword.arg is not None else None
            if given is not None and given.written is None:
                given.written = (self.text_step, keyword.value)

    def invoke(
        self,
        function: Function,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: Mapping[str, list[Definition]] = NO_DEFINITIONS,
    ) -> Value:
        is_done = function.visits >= MOST_VISITS or self.is_spent
        is_known = is_done and function.node in self.entered
        is_too_deep = len(self.functions) >= DEEPEST_CALL
        if is_too_deep and function not in self.functions:
            self.cut(DEEP_CALLS)
        if function in self.functions or is_too_deep or is_known:
            return self.repeat(function, receiver, arguments, keywords)
        function.visits += 1
        self.entered.add(function.node)
        self.visited += weight_of(function)
        frame = Frame(function.scope, function.frame, function.step, function)
        outer = (self.frame, self.text_step, self.parent)
        self.frame, self.text_step, self.parent = frame, function.step, function.id or self.parent
        self.functions.append(function)
        self.bind_parameters(function, parameter_values(function, receiver, arguments, keywords), read)
        body = function.node.body
        if isinstance(body, list):
            self.execute_all(body)
        else:
            frame.returned.append(self.evaluate(body))
        self.functions.pop()
        self.frame, self.text_step, self.parent = outer
        frame.is_live = frame.is_captured
        function.result = result_of(frame.returned)
        return function.result

    def bind_parameters(
        self, function: Function, values: Mapping[str, Value], read: Mapping[str, list[Definition]]
    ) -> None:
        """Give each parameter its value; it is derived from what its argument reads at the call."""
        signature = function.node.args
        for parameter in (
            *signature.posonlyargs,
            *signature.args,
            *signature.kwonlyargs,
            signature.vararg,
            signature.kwarg,
        ):
            if parameter is not None:
                position = (parameter.lineno, parameter.col_offset)
                value = values.get(parameter.arg) or Value()
                self.bind(parameter.arg, value, "parameter", position, read.get(parameter.arg, ()))

    def repeat(
        self, function: Function, receiver: Value | None, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """What a further call does, from what the earlier visits of its body showed.

        Once calls are cut short, a statement notes it at its first call of the function only.
        """
        most = None
        if self.is_spent or function.visits >= MOST_VISITS:
            self.cut(CUT_SHORT)
        if self.is_spent:
            if function in self.repeated:
                return function.result or Value()
            self.repeated.add(function)
            most = MOST_REPEATED
        self.visited += 1 + (len(function.reads) + len(function.changed)) // NODES_PER_STATEMENT
        for frame, name in list(islice(function.reads, most)):
            if variable := frame.variables.get(name):
                self.reads += variable.definitions
                self.note_use(variable.definitions, name, self.site[0])
        values = parameter_values(function, receiver, arguments, keywords)
        for name in sorted(function.changed_parameters):
            if name in values:
                self.change(values[name], self.site)
        for frame, name in list(islice(function.changed, most)):
            if name in frame.variables:
                self.change_name(frame, name, self.site, (), None)
        return function.result or Value()

    def call_back(self, arguments: list[Value], receiver: Value | None = None) -> list[Value]:
        if not any(each.code is not None or each.alternatives or each.items for each in arguments):
            return []
        givers = [each for each in arguments if each.code is None]
        if receiver is not None:
            givers.append(receiver)
        content = merge_contents(map(content_of, givers))
        place = next((each.place for each in reversed(givers) if each.place is not None), None)
        results: list[Value] = []
        for argument in arguments:
            if argument.code is None and not argument.alternatives and not argument.items:
                continue
            for each in (*argument.each(), *elements_of(argument)):
                if isinstance(each.code, Function) and (each.receiver is not None or each.type is None):
                    count = count_needed(each.code, each.receiver)
                    given = [data_of_library(content, place) for _ in range(count)]
                    results.append(self.invoke(each.code, each.receiver, given, {}))
                elif isinstance(each.code, Class) and each.receiver is not None:
                    self.call_methods(each, each.code)
        return results

    def call_methods(self, instance: Value, code: Class) -> None:
        """A library that is given an object calls its methods: those that nothing else has called."""
        for name, variable in list(code.frame.variables.items()):
            method = variable.value.code
            gives_data = name in DATA_METHODS
            if not isinstance(method, Function) or variable.value.type is not None:
                continue
            if method.visits == 0 or gives_data:
                result = self.invoke(method, instance, [], {})
                if gives_data:
                    instance.content = merge_contents((instance.content, content_of(result)))

    def decorate(self, decorator: Value, value: Value) -> Value:
        """The function that a decorator leaves: the program's own decorators are followed."""
        if isinstance(decorator.code, Function):
            wrapped = self.invoke(decorator.code, decorator.receiver, [value], {})
            return wrapped if wrapped.code is not None else value
        if decorator.name in {"property", "staticmethod", "classmethod"} or decorator.type is not None:
            value.type = (decorator.name or "").rpartition(".")[2] or None
        return value

    def evaluate_signature(self, function: Function, arguments: ast.arguments) -> None:
        """Defaults are evaluated, and annotations read, where the function is defined."""
        positional = [*arguments.posonlyargs, *arguments.args]
        if arguments.defaults:
            for parameter, default in zip(
                positional[-len(arguments.defaults) :], arguments.defaults, strict=True
            ):
                function.defaults[parameter.arg] = self.evaluate(default)
        for parameter, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if keyword_default is not None:
                function.defaults[parameter.arg] = self.evaluate(keyword_default)
        for parameter in (*positional, *arguments.kwonlyargs):
            if parameter.annotation is not None:
                self.evaluate(parameter.annotation)

    def qualified(self, name: str) -> str:
        return f"{self.frame.scope}.{name}" if self.frame.scope else name


def weight_of(function: Function) -> int:
    """How many statements a visit of a function counts as."""
    body = function.node.body
    if function.visits <= FIRST_VISITS:
        return len(body) if isinstance(body, list) else 1
    if not function.weight:
        function.weight = 1 + sum(1 for _ in ast.walk(function.node)) // NODES_PER_STATEMENT
    return function.weight


def result_of(returned: list[Value]) -> Value:
    """What a call gives: any of what it returned, all of what it yielded."""
    if not returned:
        return Value()
    if len(returned) == 1 or not all(each.type == "generator" for each in returned):
        return join_values(returned)
    made = Value("generator", items=[])
    for each in returned:
        if not isinstance(each.items, list) or not isinstance(made.items, list):
            parts = [*(made.items or ()), *(each.items or ()), *filter(None, (made.element, each.element))]
            made.items, made.element = None, join_values(parts) if parts else None
        else:
            made.items += each.items
    return made


def reads_by_parameter(
    function: Function, receiver: Value | None, site: CallSite | None
) -> Mapping[str, list[Definition]]:
    """Parameter → the latest definitions that its argument reads at a call."""
    if site is None or not site.arguments or any(isinstance(each, ast.Starred) for each in site.node.args):
        return NO_DEFINITIONS
    signature = function.node.args
    names = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
    positional = names if receiver is None else names[1:]
    written = [*positional[: len(site.node.args)], *(keyword.arg for keyword in site.node.keywords)]
    return {name: read[-MOST_READ:] for name, read in zip(written, site.arguments, strict=False) if name}


def count_needed(function: Function, receiver: Value | None) -> int:
    """How many positional arguments a function has to be given."""
    signature = function.node.args
    needed = len(signature.posonlyargs) + len(signature.args) - len(signature.defaults)
    return max(0, needed - (receiver is not None))


def data_of_library(content: Content | None, place: Value | None) -> Value:
    """What a library gives a function that it calls: something made from what the library was given."""
    value = Value()
    value.content, value.place = content, place
    return value


def parameter_values(
    function: Function, receiver: Value | None, arguments: list[Value], keywords: dict[str, Value]
) -> dict[str, Value]:
    """Which value each parameter has in a call; parameters without one are left out."""
    signature = function.node.args
    names = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
    given = arguments if receiver is None else [receiver, *arguments]
    values = {**function.defaults, **dict(zip(names, given, strict=False))}
    known = {*names, *(parameter.arg for parameter in signature.kwonlyargs)}
    values.update({name: value for name, value in keywords.items() if name in known})
    if signature.vararg is not None:
        values[signature.vararg.arg] = Value("tuple", items=given[len(names) :])
    if signature.kwarg is not None:
        rest = {name: value for name, value in keywords.items() if name not in known}
        values[signature.kwarg.arg] = Value("dict", items=dict(rest))
    return values
