"""What a program tells an experiment tracker by name: parameters and metrics, as they are when it does.

The knowledge base says which arguments of a call are logged; `tracker.config["lr"] = 0.1` and
`tracker.config.lr = 0.1` are told as its methods `__setitem__` and `__setattr__`.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Literal

from provkg.extract.constants import to_constant
from provkg.extract.content import Maker, Makers
from provkg.extract.knowledge import Effect, pick_arguments
from provkg.extract.roles import paths_of
from provkg.extract.shown import Measured, Trained
from provkg.extract.tables import TABLES, last_name
from provkg.extract.values import MISSING, CallSite, Evaluation, Value, content_of, same_constant
from provkg.facts.learning import Part

Kind = Literal["parameter", "metric"]

LOGGED_ROLES = ("logged parameter", "logged metric", "logged value")

MOST_NAMES = 16
"""Names that one value is told under, where a program may choose among several."""

MOST_CALLS = 32
"""Calls through which a score is followed back, as through `round(np.sqrt(mse), 3)`."""

NO_NUMBERS = TABLES | {"Artifact", "Audio", "Axes", "Figure", "Histogram", "Html", "Image", "Table", "Video"}
"""Last names of classes whose objects are logged to be looked at."""


@dataclass(slots=True)
class Logged:
    """One parameter or metric that a step tells a tracker at one place."""

    kind: Kind
    name: str
    value: Value
    constant: Any
    """What it always is there, or MISSING."""
    node: ast.expr | None
    """How the value is written; None where a dictionary or something else holds it."""
    text_step: str
    """The step in whose text that is."""
    step: str
    line: int
    place: ast.expr
    """The call, or the target of the assignment."""
    site: CallSite | None
    """The call; None for an assignment."""
    effect: Effect
    makers: Makers = ()
    part: Part | None = None

    @property
    def key(self) -> tuple[ast.expr, str, Kind, str]:
        """What tells it apart: further visits of the same place tell the same."""
        return self.place, self.step, self.kind, self.name

    def join(self, other: Logged) -> None:
        """Take in what another visit of the same place told."""
        if self.constant is not MISSING and not same_constant(self.constant, other.constant):
            self.constant = MISSING
        self.makers = tuple(dict.fromkeys([*self.makers, *other.makers]))
        self.part = self.part if self.part == other.part else None


@dataclass(frozen=True, slots=True)
class Telling:
    """A call, or an assignment, that tells a tracker something, as it is on one visit."""

    effect: Effect
    receiver: Value | None
    arguments: Sequence[Value]
    keywords: dict[str, Value]
    place: ast.expr
    nodes: Sequence[ast.expr]
    """How the arguments by position are written; empty where that is not known."""
    text_step: str
    step: str
    line: int
    site: CallSite | None = None

    def pick(self, role: str) -> Iterator[tuple[Value, ast.expr | None]]:
        """The arguments with this role, each with how it is written."""
        keywords = self.place.keywords if isinstance(self.place, ast.Call) else ()
        named = {each.arg: each.value for each in keywords if each.arg is not None}
        for place, each in self.effect.roles:
            if each == role:
                nodes = pick_arguments(place, self.nodes, named)
                for value in pick_arguments(place, self.arguments, self.keywords, self.receiver):
                    yield value, nodes[0] if nodes else None


def telling_of(visit: Evaluation) -> Telling:
    """The visit of a call whose entry says that something is logged."""
    node = visit.site.node
    is_plain = not visit.is_handed and not any(isinstance(each, ast.Starred) for each in node.args)
    assert visit.effect is not None  # noqa: S101 - its caller looked
    return Telling(
        visit.effect,
        visit.receiver,
        visit.arguments,
        visit.keywords,
        node,
        node.args if is_plain else (),
        visit.site.step,
        visit.step,
        visit.line,
        visit.site,
    )


def logs(effect: Effect) -> bool:
    """Whether the knowledge base says which of the arguments are logged."""
    return any(role in LOGGED_ROLES for _, role in effect.roles)


def logged_by(telling: Telling) -> Iterator[Logged]:
    """What is logged, with names; nothing where a name, or the key of a dictionary, is not known."""
    names = names_told(telling)
    for role in LOGGED_ROLES:
        for value, node in telling.pick(role):
            for name in names:
                inner = list(parts_by_name(value, role)) if not name or role == "logged metric" else []
                for key, part, step, written in inner:
                    whole = f"{name}/{key}" if name else key
                    yield from logged(role, whole, part, step, written, telling)
                if name and not inner:
                    yield from logged(role, name, value, telling.text_step, node, telling)


def names_told(telling: Telling) -> list[str]:
    """The names that values are told under: none where one is not known, "" where the call takes none."""
    several: list[list[str]] = []
    for value, _ in telling.pick("name"):
        several.append(paths_of(value))
    return ["/".join(filter(None, each)) for each in islice(product(*several), MOST_NAMES)]


def parts_by_name(value: Value, role: str) -> Iterator[tuple[str, Value, str, ast.expr | None]]:
    """What a dictionary holds by name, and where that is written; for parameters, any object's attributes."""
    for each in value.each():
        nodes = each.nodes or {}
        attributes = each.attributes if role == "logged parameter" else None
        items = each.items if isinstance(each.items, dict) else attributes
        for name, part in (items or {}).items():
            if isinstance(name, str):
                yield name, part, *nodes.get(name, ("", None))


def logged(
    role: str, name: str, value: Value, text_step: str, node: ast.expr | None, telling: Telling
) -> Iterator[Logged]:
    """One value under its name; a metric is a number, as far as one can see."""
    makers, part = scores_in(value)
    kind: Kind = "metric" if role == "logged metric" or (role == "logged value" and makers) else "parameter"
    if kind == "parameter":
        makers, part = (), None
    elif not may_be_number(value):
        return
    constant = to_constant(value)
    yield Logged(
        kind, name, value, constant, node, text_step, telling.step, telling.line, telling.place,
        telling.site, telling.effect, makers, part,
    )  # fmt: skip


def may_be_number(value: Value) -> bool:
    """Whether a value may be the value of a metric: it is no text, collection, picture or module."""
    if value.constant is not MISSING:
        return isinstance(value.constant, (int, float)) and not isinstance(value.constant, bool)
    made = value.made.site.function if value.made is not None else None
    names = {last_name(value), (made or "").rpartition(".")[2]}
    is_collection = value.items is not None or value.type in ("dict", "list", "set", "str", "tuple")
    return not (is_collection or value.name is not None or names & NO_NUMBERS)


def scores_in(value: Value) -> tuple[Makers, Part | None]:
    """The models whose score a value is, or is computed from, and the part of the data that it is on."""
    waiting = deque(value.each())
    seen: set[Evaluation] = set()
    while waiting and len(seen) < MOST_CALLS:
        made = waiting.popleft().made
        if made is None or made in seen:
            continue
        seen.add(made)
        shown = made.shown
        if isinstance(shown, Measured) and shown.makers:
            return shown.makers, shown.part
        if isinstance(shown, Trained):
            if shown.kind == "cross-validation":
                return tuple(Maker(model, made) for model in shown.models), None
            continue  # what trained a model is no score of it
        given = (*made.arguments[:MOST_CALLS], *(() if made.receiver is None else (made.receiver,)))
        waiting.extend(each for one in given for each in one.each())
    content = content_of(value)
    return (content.makers, content.part) if content is not None else ((), None)
