"""Functions that are given functions to call: `map`, pools and executors, `functools.partial`."""

from __future__ import annotations

from provkg.extract.calls import Calls, item_values
from provkg.extract.content import merge_contents
from provkg.extract.values import (
    CallSite,
    Class,
    Definition,
    Function,
    Value,
    carry,
    content_of,
    join_values,
)

MAPPING = frozenset(
    {"imap", "imap_unordered", "map", "map_async", "process_map", "starmap", "starmap_async", "thread_map"}
)
"""Last names of what calls a function with each element of its other arguments."""

TAKING_APART = frozenset({"starmap", "starmap_async"})
"""Those that take each element apart into arguments."""

SUBMITTING = frozenset({"apply_async", "submit"})
"""Last names of methods that call a function with their other arguments."""

RETURNING = frozenset({"dask.delayed", "dask.delayed.delayed", "joblib.delayed"})
"""These give a function that is called as the one they are given."""

MOST_ELEMENTS = 8
"""Elements of a literal that are gone through one by one; more are taken together."""


class Applying(Calls):
    """Calls what a library is given to call, with what it is given for it."""

    def apply(
        self,
        site: CallSite,
        callee: Value,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> Value:
        if callee.code is None and arguments and not callee.alternatives:
            result = self.apply_handed(site, callee, receiver, arguments, keywords)
            if result is not None:
                self.effect, self.called_back = None, []
                return result
        return super().apply(site, callee, receiver, arguments, keywords, read)

    def apply_handed(
        self,
        site: CallSite,
        callee: Value,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
    ) -> Value | None:
        """What a call gives that only calls its first argument; None where this is no such call."""
        name = callee.name or str(getattr(site.node.func, "attr", ""))
        last = name.rpartition(".")[2]
        if callee.type == "joblib.Parallel":
            return arguments[0]
        if name == "functools.partial":
            return prepare(arguments[0], arguments[1:], keywords)
        if not is_callable(arguments[0]):
            return None
        if name in RETURNING:
            return arguments[0]
        if callee.name is None and receiver is None:
            return None
        if last in MAPPING and len(arguments) > 1:
            return self.map_elements(site, arguments[0], arguments[1:], last in TAKING_APART)
        if last in SUBMITTING and callee.name is None:
            return self.call_handed(site, arguments[0], arguments[1:], keywords)
        return None

    def map_elements(
        self, site: CallSite, function: Value, sequences: list[Value], takes_apart: bool
    ) -> Value:
        """The results of calling a function with each element of the sequences."""
        result = Value("map")
        rows = [item_values(sequence) for sequence in sequences]
        known = [row for row in rows if row is not None and 0 < len(row) <= MOST_ELEMENTS]
        if len(known) < len(rows):
            elements = [self.iterate(each) for each in sequences]
            result.element = carry(self.call_handed(site, function, elements, {}), *elements)
            if content_of(result.element) is None:
                result.content = merge_contents(map(content_of, elements))
            return result
        result.items = []
        for given in zip(*known, strict=False):  # as `map` does: the shortest counts
            first = given[0]
            arguments = first.items if takes_apart and isinstance(first.items, list) else list(given)
            result.items.append(self.call_handed(site, function, arguments, {}))
        return result

    def call_handed(
        self, site: CallSite, function: Value, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """What a function gives that something else calls here."""
        results = []
        for each in function.each():
            given, named = with_given(each, arguments, keywords)
            result = self.apply(site, each, None, given, named, [])
            if each.code is None:
                self.note_visit(site, given, named, result)
            results.append(result)
        return join_values(results)

    def note_visit(
        self, site: CallSite, arguments: list[Value], keywords: dict[str, Value], result: Value
    ) -> None:
        """Note that a library's function was called here; the walk knows how."""
        raise NotImplementedError


def is_callable(value: Value) -> bool:
    """A function or class, of the program or of a library."""
    return any(
        isinstance(each.code, Function) or (isinstance(each.code, Class) and each.receiver is None)
        if each.code is not None
        else each.name is not None
        for each in value.each()
    )


def with_given(
    function: Value, arguments: list[Value], keywords: dict[str, Value]
) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a call, those included that the function was given ahead."""
    if function.given is None:
        return arguments, keywords
    return [*function.given[0], *arguments], {**function.given[1], **keywords}


def prepare(function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """A function that is given some of its arguments ahead."""
    prepared = Value(name=function.name)
    prepared.code, prepared.receiver = function.code, function.receiver
    prepared.given = with_given(function, arguments, keywords)
    return prepared
