"""The models that a program trains: call sites that fit a predictor, and that something reaches."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from provkg.extract.knowledge import ArgumentRole, pick_arguments
from provkg.extract.values import CallSite, Evaluation, Value
from provkg.facts.factset import Confidence
from provkg.facts.learning import Model

TRANSFORMING = frozenset({"fit_transform", "inverse_transform", "transform"})

PREDICTING = frozenset(
    {"decision_function", "evaluate", "fit_predict", "forecast", "predict", "predict_log_proba",
     "predict_proba", "score", "summary"}
)  # fmt: skip

NO_MODELS = frozenset(
    {"numpy.ndarray", "pandas.DataFrame", "pandas.Series", "tuple", "list", "dict", "float"}
)
"""What a function that trains may return beside a model: then the function's name says what was fitted."""


def find_models(calls: Iterable[CallSite], reads: Mapping[Evaluation, Sequence[str]]) -> list[Model]:
    """A `Model` for each reached call that trains a predictor, searches and cross-validation included.

    A call inside a function counts once for each step that leads to it and for each class it trains there.
    """
    models: dict[str, Model] = {}
    sites = list(calls)
    methods = methods_called(sites)
    for call in sites:
        trainings = {
            (visit.step, class_of(visit, call)): visit
            for visit in call.evaluations
            if trains(visit) and not only_transforms(visit, methods)
        }
        known = {step for step, class_name in trainings if class_name is not None}
        for (step, class_name), visit in trainings.items():
            if step and (class_name is not None or step not in known):
                number = sum(each.call == call.id for each in models.values())
                model = replace(model_fact(call, visit, number), trained_on=access_ids(visit, reads))
                models[model.id] = model
    return list(models.values())


def access_ids(visit: Evaluation, reads: Mapping[Evaluation, Sequence[str]]) -> tuple[str, ...]:
    """The accesses whose data reached a training."""
    return tuple(sorted({identity for source in visit.trained_on for identity in reads.get(source, ())}))


def methods_called(calls: Iterable[CallSite]) -> dict[int, set[str]]:
    """Object → names of the methods that are called on it, by the identity of its value."""
    methods: dict[int, set[str]] = {}
    for call in calls:
        if isinstance(call.node.func, ast.Attribute):
            for visit in call.evaluations:
                for each in visit.receiver.each() if visit.receiver is not None else ():
                    methods.setdefault(id(each), set()).add(call.node.func.attr)
    return methods


def only_transforms(visit: Evaluation, methods: dict[int, set[str]]) -> bool:
    """An object of an unknown class that is fitted to transform, and never predicts, is a transformer."""
    if visit.receiver is None or visit.effect is None or visit.effect.confidence != "convention":
        return False
    used = set().union(*(methods.get(id(each), set()) for each in visit.receiver.each()))
    return bool(used & TRANSFORMING) and not used & PREDICTING


def trains(visit: Evaluation) -> bool:
    """Whether a predictor is trained; a constructor that can train does so only when it is given data."""
    effect = visit.effect
    if effect is None or not effect.trains:
        return False
    return not effect.constructs or bool(arguments_of(visit, "data"))


def arguments_of(visit: Evaluation, role: ArgumentRole) -> list[Value]:
    """The arguments that have this role in a call."""
    roles = visit.effect.roles if visit.effect is not None else ()
    return [
        value
        for place, each in roles
        if each == role
        for value in pick_arguments(place, visit.arguments, visit.keywords, visit.receiver)
    ]


def model_fact(call: CallSite, visit: Evaluation, number: int) -> Model:
    """The model that one visit of a call trains; `number` tells the models of one call apart."""
    holders = [definition for definition in call.targets if definition.id]
    return Model(
        id=f"{call.id}.model" + (f"-{number + 1}" if number else ""),
        step=visit.step,
        call=call.id,
        class_name=class_of(visit, call),
        variable=variable_of(call, visit) or (holders[0].name if holders else None),
        binding=holders[0].id if holders else None,
        confidence=confidence_of(visit),
    )


def class_of(visit: Evaluation, call: CallSite) -> str | None:
    """The class of what is trained: an estimator among the arguments, the receiver, or what is made."""
    for estimator in arguments_of(visit, "estimator"):
        return estimator.type
    if visit.receiver is not None and visit.receiver.name is None:
        return visit.receiver.type
    return call.function if visit.result.type in NO_MODELS else visit.result.type


def confidence_of(visit: Evaluation) -> Confidence:
    """How sure it is that the call trains."""
    return visit.effect.confidence if visit.effect is not None else "unresolved"


def variable_of(call: CallSite, visit: Evaluation) -> str | None:
    """The variable whose method trains, or that holds the estimator given to a function; None without one."""
    function = call.node.func
    if isinstance(function, ast.Attribute) and visit.receiver is not None and visit.receiver.name is None:
        return root_name(function.value)
    named = {keyword.arg: keyword.value for keyword in call.node.keywords if keyword.arg is not None}
    roles = visit.effect.roles if visit.effect is not None else ()
    for place, role in roles:
        if role == "estimator":
            return next((root_name(node) for node in pick_arguments(place, call.node.args, named)), None)
    return None


def root_name(node: ast.expr) -> str | None:
    """The name that an expression of attributes and subscripts starts from."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
