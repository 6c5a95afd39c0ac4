"""What the arguments of a visit are to its call: data, models, settings, by the knowledge base."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from provkg.extract.columns import Columns
from provkg.extract.constants import alternatives
from provkg.extract.content import NOTHING, Content, Maker, Makers
from provkg.extract.knowledge import ArgumentRole, Place, pick_arguments
from provkg.extract.values import Evaluation, Value, columns_of, content_of
from provkg.facts.learning import DataRole

TRAINING_ROLES = ("data", "features", "target", "weights")

DATA_KEYWORDS = frozenset({"X", "x", "y", "data", "train_data", "dtrain", "training_data", "train_dataset"})


@dataclass(slots=True)
class Data:
    """Data that a call is given, as they were then."""

    role: DataRole
    value: Value
    content: Content
    columns: Columns | None
    place: int | str | None
    """Where the argument stands: its position, or its keyword; None where an object holds the data."""


def arguments_of(visit: Evaluation, role: ArgumentRole) -> list[Value]:
    """The arguments that have this role in a call."""
    roles = visit.effect.roles if visit.effect is not None else ()
    return [
        value
        for place, each in roles
        if each == role
        for value in pick_arguments(place, visit.arguments, visit.keywords, visit.receiver)
    ]


def given_data(visit: Evaluation) -> Iterator[Data]:
    """The data that a call is given, by the roles of its arguments; without known roles, by telling names."""
    roles = visit.effect.roles if visit.effect is not None else ()
    found = False
    for place, role in roles:
        if role in TRAINING_ROLES or role in ("validation", "truth"):
            for position, value in enumerate(
                pick_arguments(place, visit.arguments, visit.keywords, visit.receiver)
            ):
                found = True
                yield data_of(cast(DataRole, role), value, where(place, visit, position))
    if not found and not any(role in TRAINING_ROLES for _, role in roles):
        for position, value in enumerate(visit.arguments):
            yield data_of("data", value, position)
        for name, value in visit.keywords.items():
            if name in DATA_KEYWORDS:
                yield data_of("data", value, name)


def held_data(receiver: Value | None) -> Iterator[Data]:
    """The data that an object was given when it was made, such as `OLS(y, X)`."""
    for each in receiver.each() if receiver is not None else ():
        made = each.made
        roles = made.effect.roles if made is not None and made.effect is not None else ()
        for place, role in roles:
            if made is not None and (role in TRAINING_ROLES or role == "validation"):
                for value in pick_arguments(place, made.arguments, made.keywords):
                    yield data_of(cast(DataRole, role), value, None)


def data_of(role: DataRole, value: Value, place: int | str | None) -> Data:
    """Data as they are now."""
    return Data(role, value, content_of(value) or NOTHING, columns_of(value), place)


def where(place: Place, visit: Evaluation, index: int) -> int | str | None:
    """Position or keyword of the argument that stands at a place."""
    if place.is_receiver:
        return None
    for name in place.names:
        if name in visit.keywords:
            return name
    return None if place.position is None else place.position + index


def objects_in(values: Iterable[Value]) -> tuple[Value, ...]:
    """The objects that these values may be, each once."""
    return tuple(unique(each for value in values for each in value.each()))


def unique(values: Iterable[Value]) -> list[Value]:
    """Each object once, in order."""
    return list({id(value): value for value in values}.values())


def makers_of(models: Iterable[Value]) -> Makers:
    """These models as they are trained now, as those who make predictions."""
    return tuple(dict.fromkeys(Maker(model, model.trained) for model in models))


def training_node(visit: Evaluation) -> ast.expr | None:
    """The expression of what a call trains: the estimator that a function is given, else its receiver."""
    node = visit.site.node
    named = {each.arg: each.value for each in node.keywords if each.arg is not None}
    for place, role in visit.effect.roles if visit.effect is not None else ():
        if role == "estimator":
            given = pick_arguments(place, node.args, named)
            if given:
                return given[0]
    if isinstance(node.func, ast.Attribute) and visit.receiver is not None and visit.receiver.name is None:
        return node.func.value
    return None


def root_name(node: ast.expr | None) -> str | None:
    """The name that an expression of attributes and subscripts starts from."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def paths_of(value: Value) -> list[str]:
    """The constant paths that a value may be, or that it stands for as an open file."""
    if value.place is not None:
        return paths_of(value.place)
    return [path for path in alternatives(value) if isinstance(path, str)]


def name_called(visit: Evaluation) -> str:
    """The last part of the name of what is called."""
    function = visit.site.node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return (visit.effect.name if visit.effect is not None else "").rpartition(".")[2]


def is_new(value: Value, visit: Evaluation) -> bool:
    """The result of a visit that is none of the objects it was given."""
    return value is not visit.receiver and not any(
        value is each for each in (*visit.arguments, *visit.keywords.values())
    )


def is_copying(visit: Evaluation) -> bool:
    """Whether a call copies an object: `clone(estimator)`, `deepcopy(model)`."""
    returns = visit.effect.returns if visit.effect is not None else None
    return returns is not None and returns.form == "argument class"
