"""What the walk knows of a value: where it came from, what it is, and which names hold it.

A `Value` stands for one object of the running program, so two names that hold the same `Value` are
aliases: changing the object through one of them changes it under the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from provkg.extract.columns import Columns, combine
from provkg.extract.content import Content, merge_contents
from provkg.extract.knowledge import Effect
from provkg.facts.factset import Confidence

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()
"""Stands for "not a known constant", because None is a constant."""

UNPACKED = "**"
"""The keyword under which a call keeps a mapping whose keys are not known."""

DEEPEST_PART = 4
"""Parts of parts are looked into this far for where their content comes from."""

MOST_ANCESTORS = 200
"""Classes that a look-up along the bases of a class goes through, itself included."""

MOST_ALTERNATIVES = 12
"""More objects than this are no longer told apart where branches meet."""


class Value:
    """An abstract object; every field may be unknown.

    Fields have their defaults on the class, because most values set only one or two of them.
    """

    type: str | None = None
    """Dotted name of its class."""
    constant: Any = MISSING
    """The Python value it is known to be, or MISSING."""
    name: str | None = None
    """Dotted name where it is a module, class or function of a library."""
    items: list[Value] | dict[Any, Value] | None = None
    """Elements in order, or values by constant key, where it was written as a literal."""
    code: Function | Class | None = None
    """The function or class of the program that it is, or whose instance it is (see `receiver`)."""
    attributes: dict[str, Value] | None = None
    """Attributes of an instance of the program's own classes."""
    receiver: Value | None = None
    """The instance that a method is bound to."""
    proxied: Value | None = None
    """The instance that `super()` stands for: the methods that it finds are bound to it."""
    given: tuple[list[Value], dict[str, Value]] | None = None
    """Arguments and keywords that a function was given ahead of its call: `functools.partial`."""
    alternatives: tuple[Value, ...] = ()
    """The objects it may be, where branches met or a loop goes over several."""
    holders: list[tuple[Frame, str]] | None = None
    """Where names were bound to it; a holder may hold something else by now."""
    place: Value | None = None
    """The locator of what it stands for: an open file, a connection, the files that a pattern matches."""
    element: Value | None = None
    """What any of its elements is, where they are not told apart: the body of a comprehension."""
    content: Content | None = None
    """What the data in it come from; see `content.content_of` for what it consists of."""
    columns: Columns | None = None
    """Which columns it has, where it is a table or a column and the program names them."""
    names: Columns | None = None
    """The columns that it names, where it is a list of them: `df.columns`."""
    made: Evaluation | None = None
    """The visit of the call that made it."""
    copied: Evaluation | None = None
    """The visit of the call that made it as a copy of another object; `made` tells of the original then."""
    trained: Evaluation | None = None
    """The visit that trained it last, where it is a model."""
    is_cut: bool = False
    """Some of what it may be, or consists of, is not known because there was too much of it."""
    is_option: bool = False
    """The default of a command-line option: a run may be told otherwise."""
    has_parameters: bool = False
    """The program asks it for its parameters: it is a network."""
    settings: dict[str, tuple[Value, Evaluation | None]] | None = None
    """Parameters that it was told before it was trained, with the call of `set_params` that told it."""
    configured: Evaluation | None = None
    """The visit that told it how to train: `compile`."""
    gradient: Content | None = None
    """What the losses come from whose gradients a network holds."""
    nodes: dict[Any, tuple[str, ast.expr]] | None = None
    """How the values of a dictionary are written, by key, each with the step in whose text."""
    written: tuple[str, ast.expr] | None = None
    """How it was written where a function of the program was given it first, with the step in whose text."""
    containers: list[Value] | None = None
    """Literals that hold it as an element: they change when it changes."""

    def __init__(
        self,
        type: str | None = None,
        constant: Any = MISSING,
        name: str | None = None,
        items: list[Value] | dict[Any, Value] | None = None,
    ) -> None:
        if type is not None:
            self.type = type
        if constant is not MISSING:
            self.constant = constant
        if name is not None:
            self.name = name
        if items is not None:
            self.items = items

    def each(self) -> tuple[Value, ...]:
        """The objects that this value may be: itself, or its alternatives."""
        return self.alternatives or (self,)


def contain(container: Value, items: Iterable[Value]) -> None:
    """Note that `container` holds these objects, those that names hold as well."""
    for item in items:
        for each in item.each():
            if each.holders is not None:
                if each.containers is None:
                    each.containers = []
                each.containers.append(container)


def content_of(
    value: Value, depth: int = 0, known: dict[tuple[int, int], Content | None] | None = None
) -> Content | None:
    """What an object and what it consists of come from; `known` has what was looked into on the way here."""
    if not (value.alternatives or value.items or value.attributes or value.element is not None):
        return value.content
    if depth >= DEEPEST_PART:
        return value.content
    known = {} if known is None else known
    place = (id(value), depth)
    if place not in known:
        parts = [content_of(part, depth + 1, known) for part in parts_of(value)]
        known[place] = merge_contents([value.content, *parts])
    return known[place]


def columns_of(value: Value, depth: int = 0) -> Columns | None:
    """The columns that a table has, or may have where it is one of several, or that its elements have."""
    if value.columns is not None or depth >= DEEPEST_PART:
        return value.columns
    if value.alternatives:
        return combine(columns_of(each, depth + 1) for each in value.alternatives if each.type != "NoneType")
    if isinstance(value.items, list) and 0 < len(value.items) <= MOST_ALTERNATIVES:
        parts = [each for each in value.items if each.content is not None or each.element is not None]
        return combine(columns_of(each, depth + 1) for each in parts)
    return columns_of(value.element, depth + 1) if value.element is not None else None


def parts_of(value: Value) -> Iterator[Value]:
    """What an object is known to consist of, or may be."""
    yield from value.alternatives
    if value.items:
        yield from value.items.values() if isinstance(value.items, dict) else value.items
    if value.element is not None:
        yield value.element
    if value.attributes:
        yield from value.attributes.values()


def is_fresh(value: Value) -> bool:
    """An object that nothing is known of yet: what it was computed from may be noted on it."""
    return (
        value.content is None and value.holders is None and value.constant is MISSING and value.name is None
    )


def carry(result: Value, *inputs: Value) -> Value:
    """A new value, with the content of what it was computed from; one that names hold stays as it is.

    Its columns are those of the one table among the inputs.
    """
    if not is_fresh(result):
        return result
    found = merge_contents(map(content_of, inputs))
    if found is not None:
        add_content(result, found)
    if result.columns is None:
        tables = {columns for each in inputs if (columns := columns_of(each)) is not None}
        if len(tables) == 1:
            result.columns = tables.pop()
    return result


def add_content(value: Value, content: Content) -> None:
    """Data have come into an object: into its elements, where it is known what they are."""
    reached, pending = {id(value)}, [value]
    while pending:
        each = pending.pop()
        parts = each.items if isinstance(each.items, list) and each.items else []
        if not parts and each.element is not None:
            parts = [each.element]
        if not parts:
            each.content = merge_contents((each.content, content))
        for part in parts:
            if id(part) not in reached and is_fresh(part):
                reached.add(id(part))
                pending.append(part)


def blur(value: Value, *added: Value) -> None:
    """The places of a list's elements are not known any more, only what they may be."""
    items = [*(value.items if isinstance(value.items, list) else ()), *added]
    value.items, value.element = None, join_values(items) if items else None


def join_values(values: list[Value]) -> Value:
    """One value for a name that holds different ones on the ways that lead here."""
    distinct = list({id(each): each for value in values for each in value.each()}.values())
    if len(distinct) == 1:
        return distinct[0]
    typed = [value for value in distinct if value.type != "NoneType"] or distinct
    first = typed[0]
    joined = Value()
    if all(value.type == first.type for value in typed):
        joined.type = first.type
    if all(value.name == first.name for value in typed):
        joined.name = first.name
    if first.constant is not MISSING and all(
        same_constant(value.constant, first.constant) for value in distinct
    ):
        joined.constant = first.constant
    if len(distinct) <= MOST_ALTERNATIVES:
        joined.alternatives = tuple(distinct)
    else:
        joined.content = merge_contents(map(content_of, distinct))
        joined.is_cut = True
    return joined


def same_constant(one: Any, other: Any) -> bool:
    """Equal and of one type: 1, True and 1.0 are three constants."""
    return type(one) is type(other) and bool(one == other)


class Definition:
    """A name bound or changed at one place of one step; becomes a `facts.definition.Binding`."""

    derived: dict[Definition, None]
    holds: dict[Definition, None] | None = None
    call: CallSite | None = None
    value: Value | None = None
    id: str = ""

    def __init__(self, step: str, name: str, scope: str, kind: str, line: int, column: int) -> None:
        self.step = step
        self.name = name
        self.scope = scope
        self.kind = kind
        self.line = line
        self.column = column
        self.derived = {}


class Variable:
    """A name at a moment of the walk: its value and the definitions that may have given it."""

    __slots__ = ("definitions", "value")

    def __init__(self, value: Value, definitions: tuple[Definition, ...]) -> None:
        self.value = value
        self.definitions = definitions


class Frame:
    """The names of one scope: the program's globals, or the locals of one call of a function."""

    __slots__ = (
        "function",
        "global_names",
        "is_captured",
        "is_class",
        "is_live",
        "nonlocal_names",
        "outer",
        "returned",
        "scope",
        "step",
        "variables",
    )

    def __init__(
        self, scope: str, outer: Frame | None, step: str = "", function: Function | None = None
    ) -> None:
        self.scope = scope
        self.outer = outer
        """The scope in which names are looked up next; None for the globals."""
        self.step = step
        self.function = function
        self.variables: dict[str, Variable] = {}
        self.global_names: set[str] = set()
        self.nonlocal_names: set[str] = set()
        self.returned: list[Value] = []
        self.is_class = False
        """The body of a class: its methods do not see its names."""
        self.is_captured = False
        """A function was defined in it that may outlive the call."""
        self.is_live = True
        """False once the call is over: what it held can no longer be seen through it."""

    def chain(self) -> Iterator[Frame]:
        """This frame, then those around it."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.outer


class Function:
    """A function, method or lambda of the program, and what its calls so far were seen to do."""

    __slots__ = (
        "changed", "changed_parameters", "defaults", "frame", "id", "name", "node", "owner", "reads",
        "result", "scope", "step", "visits", "weight",
    )  # fmt: skip

    def __init__(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        name: str,
        scope: str,
        frame: Frame,
        step: str,
    ) -> None:
        self.node = node
        self.name = name
        self.scope = scope
        """Qualified name, the scope of its locals."""
        self.frame = frame
        """Where it was defined."""
        self.step = step
        self.id = ""
        """Id of its `facts.definition.Definition`."""
        self.owner: Class | None = None
        """The class whose method it is."""
        self.defaults: dict[str, Value] = {}
        self.visits = 0
        self.weight = 0
        """How many statements a visit counts as, once that was asked for."""
        self.reads: dict[tuple[Frame, str], None] = {}
        self.changed: dict[tuple[Frame, str], None] = {}
        self.changed_parameters: set[str] = set()
        self.result: Value | None = None


class Class:
    """A class of the program: its own names, and the classes it inherits from."""

    __slots__ = ("bases", "fields", "frame", "id", "library_bases", "lineage", "name")

    def __init__(self, name: str, frame: Frame, bases: list[Class], library_bases: list[str]) -> None:
        self.name = name
        self.id = ""
        self.frame = frame
        self.bases = bases
        self.lineage: tuple[Class, ...] = tuple(
            islice(dict.fromkeys([self, *(each for base in bases for each in base.lineage)]), MOST_ANCESTORS)
        )
        """This class and those of the program that it inherits from, each once, in the order of look-ups."""
        self.library_bases = library_bases
        """Dotted names of the library classes among the bases: "torch.nn.Module"."""
        self.fields: list[str] = [name for base in bases for name in base.fields]
        """Names that are annotated in its body: the fields of a data class, in order."""

    def note_members(self, node: ast.ClassDef) -> None:
        """Note the fields that the body annotates, and that its functions are methods of this class."""
        annotated = (part.target for part in node.body if isinstance(part, ast.AnnAssign))
        names = [target.id for target in annotated if isinstance(target, ast.Name)]
        self.fields = list(dict.fromkeys([*self.fields, *names]))
        for variable in self.frame.variables.values():
            if isinstance(variable.value.code, Function) and variable.value.code.owner is None:
                variable.value.code.owner = self

    def find(self, name: str) -> Value | None:
        """The class attribute or method of this name, looked up along the bases; None where there is none."""
        variables = (each.frame.variables.get(name) for each in self.lineage)
        return next((variable.value for variable in variables if variable is not None), None)

    def all_library_bases(self) -> Iterator[str]:
        """Every library class it inherits from, directly or not."""
        for each in self.lineage:
            yield from each.library_bases


class Evaluation:
    """One visit of a call: the arguments it had then, and the step that was running."""

    __slots__ = (
        "arguments", "effect", "holders", "is_handed", "keywords", "line", "loads_model", "receiver",
        "result", "shown", "site", "step",
    )  # fmt: skip

    def __init__(
        self,
        site: CallSite,
        step: str,
        line: int,
        effect: Effect | None,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        result: Value,
    ) -> None:
        self.site = site
        self.step = step
        """The step that was running; "" where nothing calls the function around it."""
        self.line = line
        self.effect = effect
        self.is_handed = False
        """Its arguments are not those that are written at the call: something else calls the function."""
        self.loads_model = False
        """What it reads turned out to be a model."""
        self.shown: Any = None
        """What it showed of machine learning: a training, an evaluation, a split."""
        self.holders: list[Definition] = []
        """Definitions whose value was computed from its result: `df` of `df = read(…).dropna()`."""
        self.receiver = receiver
        self.arguments = arguments
        self.keywords = keywords
        self.result = result


class CallSite:
    """A call as it stands in the program, with what its visits showed; becomes a `facts.definition.Call`."""

    function: str | None = None
    confidence: Confidence = "resolved"
    definition: Function | Class | None = None
    id: str = ""
    base: str = ""
    """What the ids of things that it does begin with."""

    def __init__(self, node: ast.Call, step: str, parent: str | None) -> None:
        self.node = node
        self.names: dict[str, None] = {}
        """Dotted names of what it was seen to call; `function` is the only one, or None."""
        self.step = step
        """The step in whose text it stands."""
        self.parent = parent
        self.receiver: list[Definition] = []
        self.arguments: list[list[Definition]] = []
        """Definitions that each argument is computed from, positional ones first; they may repeat."""
        self.evaluations: list[Evaluation] = []
        self.targets: dict[Definition, None] = {}
        """Definitions that hold its result or that it changed."""

    def resolve(self, name: str) -> None:
        """Note what a visit calls; a site that calls several things has no one name."""
        self.names[name] = None
        self.function = name if len(self.names) == 1 else None
