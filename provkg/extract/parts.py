"""What an object consists of: attributes, elements, what loops and operators make of it."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from provkg.extract.constants import (
    PATH_TYPES,
    combine,
    fold_operation,
    folder_of,
    folders_above,
    plain_path,
)
from provkg.extract.environment import Environment
from provkg.extract.knowledge import Knowledge, Returns, pick_arguments
from provkg.extract.values import (
    MISSING,
    Class,
    Definition,
    Function,
    Value,
    carry,
    is_fresh,
    join_values,
)

LARGEST_LITERAL = 100
"""Elements of a longer literal are not kept apart."""

LONGEST_SUM = 10 * LARGEST_LITERAL
"""Elements of a longer list that is put together from others are not kept apart."""

PATH_PARTS: dict[str, Callable[[str], Any]] = {
    "name": posixpath.basename,
    "parent": folder_of,
    "stem": lambda path: posixpath.splitext(posixpath.basename(path))[0],
    "suffix": lambda path: posixpath.splitext(path)[1],
}

NUMBERS = (bool, float, int)

UNKNOWN = "group"
"""What the knowledge base writes for an element of no one class, such as the key of a group."""

PARENTS = "<parents>"
"""Type of a path's `parents`: a constant tuple of the folders above it."""

COPIED = frozenset({"dict", "list"})
"""A new object like one of these has its elements."""

MANY = frozenset({"dict", "generator", "list", "set"})
"""What holds any number of objects of the one class that stands in its brackets."""

NO_DEFINITIONS: Mapping[str, list[Definition]] = {}

NAMESPACE = "<namespace>"
"""Type of what `globals()` gives: storing into it binds names."""


class Parts(Environment):
    """Looks into values."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(dict(knowledge.conventional_modules), dict(knowledge.conventional_objects))
        self.knowledge = knowledge

    def attribute_of(self, owner: Value, name: str) -> Value:
        """What `owner.name` is."""
        if owner.alternatives:
            return join_values([self.attribute_of(each, name) for each in owner.alternatives])
        if owner.name is not None:
            return Value(name=f"{owner.name}.{name}")
        if name == "__name__" and owner.code is not None:
            return Value("str", owner.code.name)
        if owner.attributes is not None and name in owner.attributes:
            return owner.attributes[name]
        if isinstance(owner.code, Class):
            return self.attribute_of_class(owner, owner.code, name)
        if owner.type in PATH_TYPES and name == "parents":
            return combine([owner], folders_above, PARENTS)
        if owner.type in PATH_TYPES and name in PATH_PARTS:
            return combine([owner], PATH_PARTS[name], owner.type if name == "parent" else "str")
        if owner.constant is not MISSING and name == "value":
            return owner  # of an enumeration
        if owner.type is not None:
            effect = self.knowledge.find_attribute(owner.type, name)
            if effect is not None and effect.returns is not None:
                return self.returned_value(effect.returns, owner, [], {})
        return Value()

    def attribute_of_class(self, owner: Value, code: Class, name: str) -> Value:
        found = code.find(name)
        if found is None:
            return Value()
        if not isinstance(found.code, Function) or found.type == "staticmethod":
            return found
        if owner.receiver is None and found.type != "classmethod":
            return found
        if found.type == "property":
            return self.invoke(found.code, owner, [], {})
        method = Value()
        method.code, method.receiver = found.code, owner.proxied or owner
        return method

    def item_of(self, owner: Value, key: Value, node: ast.expr) -> Value:
        """What `owner[key]` is."""
        if owner.alternatives:
            return join_values([self.item_of(each, key, node) for each in owner.alternatives])
        items = owner.items
        if owner.type == NAMESPACE and isinstance(key.constant, str):
            return self.read(key.constant, node.lineno)
        if items is not None:
            if key.constant is not MISSING:
                return find_item(items, key.constant)
            if isinstance(node, ast.Slice):
                return take_slice(owner, items, node)
            return (
                join_values(list(items.values()) if isinstance(items, dict) else items) if items else Value()
            )
        if owner.element is not None:
            return owner if isinstance(node, ast.Slice) else owner.element
        if isinstance(owner.code, Class) and owner.receiver is not None:
            return self.call_method(owner, "__getitem__", [key])
        if owner.constant is not MISSING and key.constant is not MISSING:
            return combine([owner, key], fold_item, "pathlib.Path" if owner.type == PARENTS else None)
        if owner.type is not None:
            return self.item_by_class(owner, key)
        return Value()

    def item_by_class(self, owner: Value, key: Value) -> Value:
        subscript = self.knowledge.find_method(owner.type, "__getitem__")
        if subscript is not None and subscript.returns is not None:
            found = self.returned_value(subscript.returns, owner, [key], {})
            found.place = key if subscript.locates is not None else found.place
            return found
        entry = self.knowledge.find_class(owner.type or "")
        ancestors = entry.ancestors if entry is not None else (owner.type,)
        if "pandas.DataFrame" in ancestors:
            return Value("pandas.Series" if isinstance(key.constant, str) else owner.type)
        if owner.type in {"pandas.Series", "numpy.ndarray", "torch.Tensor"}:
            return Value(owner.type)
        if entry is not None and entry.items is not None:
            return self.returned_value(entry.items, owner, [], {})
        return Value()

    def iterate(self, value: Value) -> Value:
        """What a loop over `value` binds in each round; files that a pattern matches stand for its place."""
        element = carry(self.element_of(value), value)
        if value.place is not None and element.place is None and element.constant is MISSING:
            element.place = value.place
        if value.is_cut and is_fresh(element):
            element.is_cut = True
        return element

    def element_of(self, value: Value) -> Value:
        if value.alternatives:
            return join_values([self.iterate(each) for each in value.alternatives])
        if isinstance(value.items, dict):
            keys = [Value(type(key).__name__, key) for key in value.items if is_key(key)]
            return join_values(keys) if keys else Value()
        if value.items:
            return join_values(value.items)
        if value.element is not None:
            return value.element
        if isinstance(value.code, Class) and value.receiver is not None:
            rounds = self.call_method(value, "__iter__", [])
            return self.iterate(rounds) if rounds.items else self.call_method(value, "__getitem__", [])
        if value.type is not None:
            entry = self.knowledge.find_class(value.type)
            if entry is not None and entry.items is not None:
                return self.returned_value(entry.items, value, [], {})
        return Value()

    def call_method(self, owner: Value, name: str, arguments: list[Value]) -> Value:
        """What a special method of one of the program's own classes gives; unknown where it has none."""
        found = owner.code.find(name) if isinstance(owner.code, Class) else None
        if found is None or not isinstance(found.code, Function):
            return Value()
        return self.invoke(found.code, owner, arguments, {})

    def operate(self, kind: type[ast.operator], left: Value, right: Value) -> Value:
        """`left OP right`."""
        if kind is ast.Div and (left.type in PATH_TYPES or right.type in PATH_TYPES):
            kind_of_path = left.type if left.type in PATH_TYPES else right.type
            return combine([left, right], plain_path, kind_of_path)
        if kind is ast.Mod and isinstance(left.constant, str):
            return combine([left, tuple_value(right)], lambda *sides: fold_operation(kind, *sides), "str")
        if isinstance(left.items, dict) and isinstance(right.items, dict) and kind is ast.BitOr:
            return Value(left.type, items={**left.items, **right.items})
        if isinstance(left.items, list) and isinstance(right.constant, int) and kind is ast.Mult:
            return Value(
                left.type, items=(left.items * min(right.constant, LARGEST_LITERAL))[:LARGEST_LITERAL]
            )
        if isinstance(left.items, list) and isinstance(right.items, list) and kind is ast.Add:
            items = left.items + right.items
            return (
                Value(left.type, items=items) if len(items) <= LONGEST_SUM else cut_literal(left.type, items)
            )
        if (left.constant is not MISSING or left.alternatives) and (
            right.constant is not MISSING or right.alternatives
        ):
            kept = left.type if left.type == right.type and kind is not ast.Div else None
            return combine([left, right], lambda *sides: fold_operation(kind, *sides), kept)
        for side in (left, right):
            if side.type is not None and "." in side.type:
                return Value(side.type)
        unknown = Value()
        if left.is_cut or right.is_cut:
            unknown.is_cut = True
        return unknown

    def returned_value(
        self, returns: Returns, receiver: Value | None, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """The result that the knowledge base tells of."""
        form = returns.form
        if form == "receiver":
            return receiver if receiver is not None else Value()
        if form == "receiver class":
            return Value(receiver.type if receiver is not None else None)
        if form in {"argument", "argument class"}:
            chosen = pick_arguments(returns.place, arguments, keywords, receiver) if returns.place else []
            if not chosen:
                return Value()
            return chosen[0] if form == "argument" else new_like(chosen[0])
        if form == "arguments":
            chosen = pick_arguments(returns.place, arguments, keywords, receiver) if returns.place else []
            return chosen[0] if len(chosen) == 1 else Value("tuple", items=chosen)
        if form == "split":
            chosen = pick_arguments(returns.place, arguments, keywords, receiver) if returns.place else []
            parts = [carry(Value(argument.type), argument) for argument in chosen for _ in range(2)]
            return Value("tuple", items=parts)
        value = Value(returns.name if returns.name != UNKNOWN else None)
        if len(returns.items) == 1 and returns.name in MANY:
            value.element = self.returned_value(returns.items[0], receiver, arguments, keywords)
        elif returns.items:
            value.items = [self.returned_part(item, receiver, arguments, keywords) for item in returns.items]
        return value

    def returned_part(
        self, returns: Returns, receiver: Value | None, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """One of several results; one that is like an object is made from that: `a, b = a.align(b)`."""
        part = self.returned_value(returns, receiver, arguments, keywords)
        if returns.form == "receiver class" and receiver is not None:
            return carry(part, receiver)
        if returns.form == "argument class" and returns.place is not None:
            return carry(part, *pick_arguments(returns.place, arguments, keywords, receiver))
        return part

    def invoke(
        self,
        function: Function,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: Mapping[str, list[Definition]] = NO_DEFINITIONS,
    ) -> Value:
        """Go through the body of one of the program's own functions; the walk knows how."""
        raise NotImplementedError


def cut_literal(kind: str | None, items: list[Value]) -> Value:
    """A literal whose many elements are not kept apart; numbers are no loss."""
    literal = Value(kind)
    literal.is_cut = any(type(each.constant) not in NUMBERS for each in items)
    return literal


def new_like(value: Value) -> Value:
    """A new object of the class of another one, or of one of those that it may be."""
    if value.alternatives and all(each.made is not None for each in value.alternatives):
        return join_values([new_like(each) for each in value.alternatives])
    copy = Value(value.type)
    copy.made = value.made if value.made is not None and value.type is not None else None
    if value.type in COPIED and value.items is not None:
        copy.items, copy.nodes = value.items.copy(), value.nodes
    return copy


def is_key(constant: Any) -> bool:
    """A constant that can be a dictionary's key."""
    return constant is not MISSING and isinstance(constant, (str, int, float, bool, tuple, bytes, type(None)))


def find_item(items: list[Value] | dict[Any, Value], key: Any) -> Value:
    """The element of a literal under a constant key; unknown where there is none."""
    if isinstance(items, dict):
        if is_key(key) and key in items:
            return items[key]
        return join_values([item for kept, item in items.items() if not is_key(kept)] or [Value()])
    if isinstance(key, int) and -len(items) <= key < len(items):
        return items[key]
    return Value()


def take_slice(owner: Value, items: list[Value] | dict[Any, Value], node: ast.Slice) -> Value:
    """The elements of a literal between two positions; any of them where the positions are not constant."""
    if isinstance(items, dict):
        return Value()
    try:
        bounds = [
            None if part is None else ast.literal_eval(part) for part in (node.lower, node.upper, node.step)
        ]
        return Value(owner.type, items=items[slice(*bounds)])
    except (TypeError, ValueError):
        part = Value(owner.type)
        part.element = join_values(items) if items else None
        return part


def fold_item(owner: Any, key: Any) -> Any:
    """The element of a constant under a constant key, or MISSING."""
    try:
        return owner[key]
    except Exception:  # the program's own mistake, not ours
        return MISSING


def tuple_value(value: Value) -> Value:
    """The right side of `%`: a literal tuple as one constant."""
    if value.type != "tuple" or not isinstance(value.items, list):
        return value
    return combine(value.items, lambda *items: items)
