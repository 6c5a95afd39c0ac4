"""What calls do with models: train, optimise step by step, save, load, measure, and take data apart for it.

Everything is noted on the values themselves, and on the visit of the call (`shown`); `learning.py` makes
facts of it when the walk is over.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from provkg.extract.calls import MEASURE, SEQUENCES
from provkg.extract.carrying import NETWORK_ROLES, Carrying, reads_data
from provkg.extract.content import NOTHING, Content, Maker, merge_contents
from provkg.extract.features import follow_formula, note_columns
from provkg.extract.knowledge import ArgumentRole, Effect, Knowledge, Place, pick_arguments
from provkg.extract.roles import (
    TRAINING_ROLES,
    Data,
    arguments_of,
    data_of,
    given_data,
    held_data,
    is_copying,
    is_new,
    makers_of,
    name_called,
    objects_in,
    paths_of,
    root_name,
    training_node,
    unique,
)
from provkg.extract.shown import Loop, Parted, Trained, measured
from provkg.extract.splits import mark_part, name_part, parts_of_result
from provkg.extract.tables import follow_table
from provkg.extract.trackers import Logged, Telling, logged_by, logs, telling_of
from provkg.extract.values import Class, Evaluation, Function, Value, columns_of, content_of
from provkg.facts.learning import DataRole, TrainingKind

PARAMETER_METHODS = frozenset({"named_parameters", "parameters", "state_dict"})

PARAMETER_ATTRIBUTES = frozenset({"trainable_variables", "trainable_weights", "variables", "weights"})

TAKING_WEIGHTS = frozenset({"load_state_dict", "set_weights"})
"""Methods that make a network the one whose weights they are given."""

FITTED_PARTS = frozenset({"best_estimator_", "estimator_", "final_estimator_", "regressor_"})
"""Attributes that hold the estimator which an object was given, fitted."""

BRINGING: dict[str, DataRole] = {"train_dataloader": "data", "val_dataloader": "validation"}
"""Methods by which a model gives its own data, by the convention of PyTorch Lightning."""

TRUTHS = frozenset(
    {"actual", "actuals", "target", "targets", "true", "truth", "y", "y_test", "y_true", "ytrue", "labels"}
)

PREDICTIONS = frozenset(
    {"pred", "prediction", "predictions", "predicted", "preds", "y_hat", "y_pred", "y_prob", "yhat", "ypred"}
)
"""What programs call the parameters of a function that compares truth and predictions."""

OWN_TRAINING = frozenset({"fit", "partial_fit", "fit_predict"})

OWN_PREDICTING = frozenset({"predict", "predict_proba", "decision_function", "transform", "fit_predict"})


MANY_MODELS = "models that a call trains were not told apart: too many"


class Trainings(Carrying):
    """Follows models through calls."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.trainings: list[Evaluation] = []
        """Visits that trained something, in the order in which the walk met them."""
        self.measures: list[Evaluation] = []
        """Visits that computed a measure."""
        self.saved: dict[str, Value] = {}
        """Locator → the model that was saved there last."""
        self.giving: dict[ast.AST, bool] = {}
        """Whether functions of the program return a value."""
        self.batches: list[Evaluation] = []
        """Visits that say how large batches are."""
        self.loop_stack: list[Loop] = []
        self.losses: list[Value] = []
        """Networks whose gradients were computed and not used yet."""
        self.logged: dict[tuple[ast.expr, str, str, str], Logged] = {}
        """What experiment trackers are told, by what tells it apart."""

    def follow_visit(self, visit: Evaluation) -> None:
        """Note what the call of a library does to the data and models it is given."""
        effect, receiver, result = visit.effect, visit.receiver, visit.result
        inputs = [*visit.arguments, *visit.keywords.values(), *self.called_back]
        self.called_back = []
        if is_new(result, visit):
            for each in result.each():
                if each.made is None:
                    each.made = visit
                elif each.holders is None and is_copying(visit):
                    each.copied = visit
        actions = effect.actions if effect is not None else ()
        if "batch_size" in visit.keywords or (
            effect and any(role == "batch size" for _, role in effect.roles)
        ):
            self.batches.append(visit)
        if effect is not None and (reads_data(effect) or "generate" in actions):
            self.bring_in(visit, effect, inputs)
        if "backward" in actions:
            self.compute_gradients(visit)
        elif "optimize" in actions:
            self.optimize(visit)
        elif "configure" in actions and receiver is not None:
            for each in receiver.each():
                each.configured = visit
        if effect is not None and effect.trains and self.has_data(visit, effect):
            self.train(visit, effect)
        elif effect is not None and receiver is not None and receiver.items is None:
            self.take_in(effect, receiver, inputs)
        self.carry_result(visit, inputs)
        if effect is not None and effect.accesses:
            self.save_and_load(visit, effect)
        if "predict" in actions and receiver is not None:
            note_loaded(receiver)
        if receiver is not None and name_called(visit) in TAKING_WEIGHTS:
            take_weights(receiver, visit.arguments)
        if receiver is not None and name_called(visit) == "set_params":
            for each in (one for one in receiver.each() if one.trained is None):
                told = {name: (value, visit) for name, value in visit.keywords.items()}
                each.settings = {**(each.settings or {}), **told}
        if "measure" in actions:
            self.measures.append(visit)
            visit.shown = visit.shown or measured(visit)
        if effect is not None and "log" in actions and logs(effect):
            self.note_logged(telling_of(visit))
        if effect is not None and (effect.parts or "split" in actions):
            self.take_apart(visit, effect)
        name = name_called(visit)
        if name in SEQUENCES and len(visit.arguments) == 1:
            self.draw(visit.arguments[0])
        follow_table(visit, name)
        if effect is not None and effect.roles and receiver is None and not effect.constructs:
            follow_formula(visit)

    def note_logged(self, telling: Telling) -> None:
        """Note what a tracker is told; a network that logs by itself tells of itself."""
        receiver = telling.receiver
        for each in logged_by(telling) if telling.step else ():
            is_own = receiver is not None and not each.makers and self.role_of(receiver) == "network"
            if is_own and receiver is not None and each.kind == "metric":
                each.makers = makers_of(receiver.each())
            known = self.logged.setdefault(each.key, each)
            if known is not each:
                known.join(each)

    def has_data(self, visit: Evaluation, effect: Effect) -> bool:
        """A constructor that can train does so only when given data; nothing trains what is fitted."""
        if is_prefitted(visit):
            return False
        return not effect.constructs or bool(arguments_of(visit, "data"))

    def train(self, visit: Evaluation, effect: Effect) -> None:
        """A call trains models."""
        receiver = visit.receiver
        models, runner = self.trained_objects(visit)
        for model in models:
            note_loaded(model)
        data = list(given_data(visit))
        if not any(each.content.reads for each in data):
            data = [part for each in held_data(receiver) for part in parts_given(each)] or data
        data = data or list(self.brought_data(models))
        content = merge_contents(each.content for each in data if each.role in TRAINING_ROLES)
        if content is None and receiver is not None:
            content = content_of(receiver)
        validation = [content_of(each) for each in arguments_of(visit, "validation")]
        validation += [each.content for each in data if each.role == "validation"]
        kind = training_kind(effect)
        shown = Trained(models, content or NOTHING, merge_contents(validation), kind, data, maker=runner)
        note_columns(shown, visit)
        self.name_model(visit, shown)
        if any(each.is_cut for each in models):
            self.cut(MANY_MODELS)
        visit.shown = shown
        self.trainings.append(visit)
        if kind != "cross-validation":
            self.leave_trained(visit, shown)
            self.save_by_callbacks(visit, models)

    def brought_data(self, models: Iterable[Value]) -> Iterator[Data]:
        """The data that models of the program's own bring along, where their training is given none."""
        for model in models:
            for name, role in BRINGING.items():
                given = self.call_method(model, name, [])
                if content_of(given) is not None:
                    yield data_of(role, given, None)

    def name_model(self, visit: Evaluation, shown: Trained) -> None:
        """Note the variable that holds a model: as its training writes it, else a global one, else any."""
        written = root_name(training_node(visit))
        held = {
            (frame is self.globals, name): variable.definitions
            for model in shown.models
            for frame, name in model.holders or ()
            if frame.is_live and (variable := frame.variables.get(name)) and model in variable.value.each()
        }
        choices = sorted(held, key=lambda each: (each[0], each[1] == written), reverse=True)
        if not choices:
            # `best = search.best_estimator_.fit(X, y)`: what is fitted has no name before, but has one then.
            node = training_node(visit)
            is_part = isinstance(node, ast.Attribute) and node.attr in FITTED_PARTS
            shown.name = None if is_part else written
            return
        _, shown.name = choices[0]
        shown.held = held[choices[0]]

    def leave_trained(self, visit: Evaluation, shown: Trained) -> None:
        """The models are trained now, and hold what they were trained on."""
        learnt = shown.content.made_by(()).of_part(None)
        for model in shown.models:
            model.trained = visit
            if model.items is None and shown.content is not NOTHING:
                model.content = merge_contents((model.content, learnt))
        if is_new(visit.result, visit) and visit.result not in shown.models:
            visit.result.trained = visit

    def trained_objects(self, visit: Evaluation) -> tuple[tuple[Value, ...], Value | None]:
        """The objects that a call trains, and what runs the training where that is another one."""
        estimators = arguments_of(visit, "estimator")
        receiver = visit.receiver
        if estimators:
            return objects_in(
                estimators
            ), receiver if receiver is not None and receiver.name is None else None
        if receiver is None or receiver.name is not None:
            return (visit.result,), None
        if self.role_of(receiver) == "trainer":
            inner = [
                estimator
                for each in receiver.each()
                if each.made is not None
                for estimator in arguments_of(each.made, "estimator")
                if estimator.name is None
            ]
            return (objects_in(inner) or receiver.each()), receiver
        return receiver.each(), None

    def compute_gradients(self, visit: Evaluation) -> None:
        """`loss.backward()`: the networks that the loss comes from hold the gradient of its data."""
        losses = arguments_of(visit, "loss") or ([visit.receiver] if visit.receiver is not None else [])
        content = merge_contents(map(content_of, losses))
        for model in self.networks_among(content):
            model.gradient = merge_contents((model.gradient, (content or NOTHING).made_by(())))
            if not any(model is each for each in self.losses):
                self.losses.append(model)

    def networks_among(self, content: Content | None) -> list[Value]:
        """The networks that something comes from."""
        makers = content.makers if content is not None else ()
        models = unique(maker.model for maker in makers)
        return [each for each in models if each.has_parameters or self.role_of(each) in NETWORK_ROLES]

    def optimize(self, visit: Evaluation) -> None:
        """`optimizer.step()`: the networks whose parameters the optimizer has are trained."""
        receiver = visit.receiver
        if not self.losses and visit.effect is not None and visit.effect.confidence == "convention":
            return  # a scheduler, an environment: whatever has a method of this name
        givers = [*visit.arguments, *visit.keywords.values()]
        contents = [content_of(each) for each in givers]
        held = content_of(receiver) if receiver is not None else None
        known = merge_contents((held, *contents))
        models = self.networks_among(known) or self.losses
        content = merge_contents((*(model.gradient for model in models), *contents))
        if not models or (content is None and not self.losses):
            return
        content = (content or NOTHING).made_by(())
        optimizer = next((each for each in givers if self.role_of(each) == "optimizer"), receiver)
        shown = Trained(tuple(models), content, None, "loop", maker=optimizer, loops=tuple(self.loop_stack))
        self.name_model(visit, shown)
        visit.shown = shown
        self.trainings.append(visit)
        for model in models:
            model.trained = visit
            model.content = merge_contents((model.content, content.of_part(None)))
        self.losses = []

    def save_and_load(self, visit: Evaluation, effect: Effect) -> None:
        """A model that is loaded from where one was saved is that model."""
        for access in effect.accesses:
            if access.content not in ("model", "object") or access.place is None:
                continue
            places = pick_arguments(access.place, visit.arguments, visit.keywords, visit.receiver)
            for path in (path for place in places for path in paths_of(place)):
                if access.mode != "read":
                    self.save(path, visit)
                elif path in self.saved:
                    mark_loading(visit)
                    self.load(self.saved[path], visit)

    def save(self, path: str, visit: Evaluation) -> None:
        given = [visit.receiver] if visit.receiver is not None and visit.receiver.name is None else []
        for each in (*given, *visit.arguments, *visit.keywords.values()):
            content = content_of(each)
            parameters = content.makers if content is not None and each.trained is None else ()
            for model in [value for value in each.each() if value.trained] or [
                maker.model for maker in parameters
            ]:
                self.saved[path] = model
                return

    def load(self, model: Value, visit: Evaluation) -> None:
        """What is loaded is the model as it is trained now; weights go into the object that takes them."""
        taken = [visit.result] if is_new(visit.result, visit) else []
        changes = visit.effect is not None and any(each.place.is_receiver for each in visit.effect.mutates)
        if changes and visit.receiver is not None and visit.receiver.name is None:
            taken += visit.receiver.each()
        for each in taken:
            if each.holders is None or each.trained is None:
                each.trained = model.trained
                each.code, each.receiver = each.code or model.code, each.receiver or model.receiver
                if each.type is None or each.made is visit:
                    each.type = model.type or each.type
                if each.made is visit or each.made is None:
                    each.made = model.made

    def save_by_callbacks(self, visit: Evaluation, models: Sequence[Value]) -> None:
        """Callbacks that a training is given save its model where they were told to."""
        for given in arguments_of(visit, "callbacks"):
            for callback in given.items if isinstance(given.items, list) else [given]:
                for each in callback.each():
                    made = each.made
                    for access in (
                        made.effect.accesses if made is not None and made.effect is not None else ()
                    ):
                        if (
                            made is not None
                            and access.mode == "write"
                            and access.place is not None
                            and models
                        ):
                            places = pick_arguments(access.place, made.arguments, made.keywords)
                            self.saved.update(
                                (path, models[0]) for place in places for path in paths_of(place)
                            )

    def take_apart(self, visit: Evaluation, effect: Effect) -> None:
        """Say of each part of a split which one it is."""
        data = list(given_data(visit)) or [
            Data("data", each, content, columns_of(each), None)
            for each in (visit.receiver,)
            if each is not None and (content := content_of(each)) is not None
        ]
        before = {each.content.part for each in data}
        outer = next(iter(before)) if len(before) == 1 else None
        parts = [(name_part(part, outer), value) for part, value in parts_of_result(visit, effect)]
        for part, value in parts:
            mark_part(value, part)
        if "split" in effect.actions:
            visit.shown = visit.shown or Parted(data, parts)

    def iterate(self, value: Value) -> Value:
        """What a loop over `value` binds in each round."""
        self.draw(value)
        return super().iterate(value)

    def draw(self, splitter: Value) -> None:
        """Note a split where a splitter is gone through: those of former releases are given the data."""
        for each in splitter.each():
            made = each.made
            if made is not None and made.shown is None and self.role_of(each) == "splitter":
                made.shown = Parted(list(given_data(made)), [])

    def follow_own(self, visit: Evaluation, instance: Value, first_training: int) -> None:
        """One of the program's own estimators trains or predicts, unless a library does it inside."""
        code = instance.code
        function = visit.site.node.func
        if not isinstance(code, Class) or not isinstance(function, ast.Attribute):
            return
        if code.find("fit") is None or not any(map(code.find, ("predict", "predict_proba"))):
            return
        if function.attr in OWN_TRAINING and len(self.trainings) == first_training:
            visit.effect = Effect(
                f"*.{function.attr}",
                "convention",
                actions=("train",),
                phase="training",
                roles=((Place(0), "features"), (Place(1), "target")),
            )
            self.train(visit, visit.effect)
        if function.attr in OWN_PREDICTING and visit.result.holders is None:
            self.sign(visit.result, makers_of((instance,)))

    def follow_own_measure(self, visit: Evaluation, function: Function, first_measure: int) -> None:
        """One of the program's own functions compares truth and predictions, unless a library does inside."""
        if len(self.measures) > first_measure:
            return
        names = [parameter.arg.lower() for parameter in function.node.args.args[: len(visit.arguments)]]
        truth = next((place for place, name in enumerate(names) if name in TRUTHS), None)
        prediction = next((place for place, name in enumerate(names) if name in PREDICTIONS), None)
        roles: list[tuple[Place, ArgumentRole]] = []
        if prediction is not None:
            roles.append((Place(prediction), "prediction"))
        if truth is not None:
            roles.append((Place(truth), "truth"))
        if MEASURE.search(function.name) and self.gives_something(function):
            self.note_measure(visit, function, (*roles, *self.models_given(visit)))
        elif len(roles) == 2:
            self.note_measure(visit, function, tuple(roles))

    def gives_something(self, function: Function) -> bool:
        """Whether a function returns a value."""
        body = function.node.body
        if function.node not in self.giving:
            parts = ast.walk(function.node) if isinstance(body, list) else ()
            gives = any(isinstance(part, ast.Return) and part.value for part in parts)
            self.giving[function.node] = gives or not isinstance(body, list)
        return self.giving[function.node]

    def models_given(self, visit: Evaluation) -> tuple[tuple[Place, ArgumentRole], ...]:
        """The arguments that are models."""
        return tuple(
            (Place(position), "estimator")
            for position, value in enumerate(visit.arguments)
            if value.trained is not None or value.has_parameters
        )

    def note_measure(
        self, visit: Evaluation, function: Function, roles: tuple[tuple[Place, ArgumentRole], ...]
    ) -> None:
        """One of the program's own functions measures, by its arguments with these roles."""
        effect = Effect(
            f"*.{function.name}", "convention", actions=("measure",), phase="evaluation", roles=roles
        )
        before, visit.effect = visit.effect, effect
        shown = measured(visit)
        if not roles or not shown.makers:
            visit.effect = before
            return
        self.measures.append(visit)
        visit.shown = shown

    def follow_network(self, instance: Value, arguments: Sequence[Value], result: Value) -> None:
        """Calling one of the program's own networks gives predictions of that network, not of its layers."""
        if self.role_of(instance) not in NETWORK_ROLES:
            return
        given = merge_contents(map(content_of, arguments))
        through = given.makers if given is not None else ()
        for each in result.each():
            if each.holders is None or each.content is not None:
                content = merge_contents((content_of(each), given)) or NOTHING
                signed = content.made_by((*through, Maker(instance, instance.trained)))
                for part in each.items if isinstance(each.items, list) and each.items else (each,):
                    part.content = signed

    def parameters_of(self, found: Value, owner: Value, name: str, root: Value | None) -> Value:
        """The parameters of a network stand for it where an optimizer is given them."""
        if name not in PARAMETER_METHODS and name not in PARAMETER_ATTRIBUTES:
            return found
        whole = root if root is not None and self.role_of(root) in NETWORK_ROLES else owner
        if self.role_of(whole) in NETWORK_ROLES or name in PARAMETER_METHODS:
            found.content = NOTHING.made_by(makers_of(whole.each()))
            for each in whole.each():
                each.has_parameters = True
        return found


def parts_given(data: Data) -> list[Data]:
    """What trains and what validates, where an object was made of both; else the data as they are."""
    parts = list(held_data(data.value))
    return parts if {"data", "validation"} == {each.role for each in parts} else [data]


def fitted_part(found: Value, owner: Value) -> Value:
    """The estimator that an object was given, as the object has fitted it; `found` where it is not known."""
    given = [
        inner
        for each in owner.each()
        if each.made is not None
        for inner in objects_in(arguments_of(each.made, "estimator"))
        if inner.made is not None
    ]
    if len(given) != 1 or found.holders is not None:
        return found
    part = Value(given[0].type)
    part.code, part.receiver, part.attributes = given[0].code, given[0].receiver, given[0].attributes
    part.made, part.trained, part.content = given[0].made, owner.trained, content_of(owner)
    return part


def note_loaded(model: Value) -> None:
    """What predicts or is trained is a model, wherever it was loaded from."""
    for each in model.each():
        effect = each.made.effect if each.made is not None else None
        if each.made is not None and effect is not None and reads_object(effect):
            mark_loading(each.made)


def take_weights(network: Value, given: Sequence[Value]) -> None:
    """A network takes the weights of another: what they were read from is a model, trained where that was."""
    for each in (one for value in given for one in value.each()):
        if each.made is not None and each.made.effect is not None and each.made.effect.accesses:
            mark_loading(each.made)
        for taking in network.each():
            taking.trained = taking.trained or each.trained


def reads_object(effect: Effect) -> bool:
    """Whether a call reads some object, which may be a model."""
    return any(access.content == "object" for access in effect.accesses)


def mark_loading(visit: Evaluation) -> None:
    """What a call reads is a model, and so is what the file holds that it was given open."""
    visit.loads_model = True
    for given in visit.arguments:
        for each in given.each():
            made = each.made
            if made is not None and made.effect is not None:
                made.loads_model = made.loads_model or bool(made.effect.accesses)


def training_kind(effect: Effect) -> TrainingKind:
    """How a call trains."""
    if "tune" in effect.actions:
        return "search"
    return "cross-validation" if "measure" in effect.actions else "fit"


def is_prefitted(visit: Evaluation) -> bool:
    """The call says that the model it is given is trained already."""
    return any(
        value.constant == "prefit" or (name == "prefit" and value.constant is True)
        for name, value in visit.keywords.items()
        if isinstance(value.constant, (str, bool))
    )
