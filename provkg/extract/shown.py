"""What a visit of a call showed of machine learning: a training, a measure, a split."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from provkg.extract.columns import Columns
from provkg.extract.content import Content, Makers, merge_contents
from provkg.extract.roles import Data, arguments_of, given_data, held_data, makers_of, objects_in
from provkg.extract.values import Definition, Evaluation, Value, content_of
from provkg.facts.learning import Part, TrainingKind


@dataclass(frozen=True, slots=True)
class Loop:
    """A `for` loop that the walk is in."""

    node: ast.For | ast.AsyncFor
    step: str
    """The step in whose text it stands."""
    bounds: tuple[Value, ...]
    """The arguments of the `range` that it goes over."""


@dataclass(slots=True)
class Trained:
    """A visit that trained models."""

    models: tuple[Value, ...]
    content: Content
    validation: Content | None
    kind: TrainingKind
    data: list[Data] = field(default_factory=list)
    features: Columns | None = None
    target: Columns | None = None
    maker: Value | None = None
    """What ran the training, where it is not the model itself: a trainer, an optimizer."""
    name: str | None = None
    """The variable that holds the model then."""
    held: tuple[Definition, ...] = ()
    """The definitions of that variable."""
    loops: tuple[Loop, ...] = ()
    """The loops around it, outermost first."""


@dataclass(slots=True)
class Measured:
    """A visit that computed a measure."""

    makers: Makers
    part: Part | None
    data: list[Data]
    """What it compares predictions with, and what a model is given to predict from."""


@dataclass(slots=True)
class Parted:
    """A visit that took data apart."""

    data: list[Data]
    parts: list[tuple[Part | None, Value]]


def estimators_in(receiver: Value) -> list[Value]:
    """The models that a trainer was given, which nothing else trained."""
    return [
        estimator
        for each in receiver.each()
        if each.trained is None and each.made is not None
        for estimator in arguments_of(each.made, "estimator")
    ]


def measured(visit: Evaluation) -> Measured:
    """Whose predictions a measure is about, and of which part of the data."""
    predictions = merge_contents(map(content_of, arguments_of(visit, "prediction")))
    truth = merge_contents(content_of(each) for each in arguments_of(visit, "truth"))
    makers = predictions.makers if predictions is not None else ()
    if not makers:
        estimators = arguments_of(visit, "estimator")
        receiver = visit.receiver
        if not estimators and receiver is not None and receiver.name is None:
            estimators = estimators_in(receiver) or [receiver]
            collected = content_of(receiver) if receiver.trained is None else None
            makers = collected.makers if collected is not None else ()
        makers = makers or makers_of(objects_in(estimators))
        truth = truth or merge_contents(each.content for each in given_data(visit))
    if not makers:
        everything = merge_contents(map(content_of, (*visit.arguments, *visit.keywords.values())))
        makers = everything.makers if everything is not None else ()
    return Measured(makers, truth.part if truth is not None else None, list(measured_data(visit)))


def measured_data(visit: Evaluation) -> Iterator[Data]:
    """The data that a measure is given, without predictions; else what its trainer has to validate with."""
    given = [each for each in given_data(visit) if each.content.reads and not each.content.makers]
    yield from given or (each for each in held_data(visit.receiver) if each.role == "validation")
