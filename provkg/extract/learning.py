"""The machine learning of a program as facts: from what the walk noted on its visits of calls.

A model is an object that is really trained. Calls that train the same object on the same data, or that only
cross-validate it, belong to one model; a loop or a function that trains several objects of one class at one
call trains one model for each place where such objects are made.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from provkg.extract.carrying import NETWORK_ROLES
from provkg.extract.columns import Columns
from provkg.extract.content import Content, Maker, Makers, Reads
from provkg.extract.definitions import Naming, ids_of
from provkg.extract.environment import elements_of
from provkg.extract.features import rows_of
from provkg.extract.logged import logged_fact
from provkg.extract.parameters import parameters_of_model, parameters_of_split, parameters_of_training
from provkg.extract.roles import TRAINING_ROLES, Data, arguments_of
from provkg.extract.shown import Measured, Parted, Trained
from provkg.extract.values import CallSite, Class, Definition, Evaluation, Value
from provkg.extract.walk import Walk
from provkg.facts.factset import Confidence
from provkg.facts.learning import Dataset, LearningFact, Metric, Model, Part, Split, Training
from provkg.identity import encode_name

TRANSFORMING = frozenset({"fit_transform", "inverse_transform", "transform"})

PREDICTING = frozenset(
    {"decision_function", "evaluate", "fit_predict", "forecast", "predict", "predict_log_proba",
     "predict_proba", "score", "summary"}
)  # fmt: skip

MOST_LAYERS = 200
"""Parts of a network that are looked into for trained models; what stands after them is no part of it."""

NO_MODELS = frozenset(
    {"numpy.ndarray", "pandas.DataFrame", "pandas.Series", "tuple", "list", "dict", "float"}
)
"""What a function that trains may return beside a model: then the function's name says what was fitted."""

NO_STEPS = frozenset({"str", "list", "NoneType"})
"""The types of what stands beside the estimator in a row of steps, or instead of one."""

Origin = tuple[int, str, int]
"""The call that made an object, the step that was running then, and its line; an object made in a loop, or
anew at each visit of a function, has the same origin each time."""

Accesses = Mapping[Evaluation, Sequence[str]]
"""Visit of a read → ids of its accesses."""


@dataclass(slots=True)
class Group:
    """The trainings of one model."""

    class_name: str | None
    objects: dict[int, Value]
    visits: dict[Evaluation, None]
    number: int
    """How many models were known before it."""
    model: Model | None = None
    shown: set[Hashable] = field(default_factory=set)
    """What its visits showed, as far as facts were made of it."""
    origins: set[Origin] = field(default_factory=set)
    """Where its objects were made."""
    sites: set[int] = field(default_factory=set)
    """The calls of those origins."""

    @property
    def first(self) -> Evaluation:
        """The visit that fits it; where none does, the first that cross-validates it."""
        fits = (visit for visit in self.visits if visit.shown.kind != "cross-validation")
        return next(fits, None) or next(iter(self.visits))


def learning_facts(
    walk: Walk, calls: Sequence[CallSite], reads: Accesses, naming: Naming
) -> list[LearningFact]:
    """Models and their trainings, data, parameters, measures and splits; each call has its id already."""
    return Learning(walk, calls, reads, naming).find()


def reads_used(walk: Walk) -> set[Evaluation]:
    """The visits of reads, generators of random numbers included, whose data some training was given."""
    found: set[Evaluation] = set()
    for visit in walk.trainings:
        if visit.step:
            for each in (visit.shown.content, visit.shown.validation):
                found |= each.reads if each is not None else frozenset()
    return found


def join_facts(one: LearningFact, other: LearningFact) -> LearningFact:
    """What two visits of one call by one step show, as one fact: the data of both."""
    if one == other or type(one) is not type(other):
        return one
    joined: dict[str, Any] = {
        each.name: tuple(
            dict.fromkeys([*(getattr(one, each.name) or ()), *(getattr(other, each.name) or ())])
        )
        for each in fields(one)
        if isinstance(getattr(one, each.name), tuple)
    }
    if isinstance(one, Dataset) and isinstance(other, Dataset):
        if one.columns is None or other.columns is None:
            joined["columns"] = None
        gone = joined["columns"] or ()
        joined["excluded"] = tuple(name for name in joined["excluded"] if name not in gone)
        joined["part"] = one.part if one.part == other.part else None
    return replace(one, **joined)


class Learning:
    """Makes the facts of one walk."""

    def __init__(self, walk: Walk, calls: Sequence[CallSite], reads: Accesses, naming: Naming) -> None:
        self.walk = walk
        self.calls = calls
        self.reads = reads
        self.naming = naming
        self.facts: dict[str, LearningFact] = {}
        self.groups: list[Group] = []
        self.near: defaultdict[Hashable, dict[int, Group]] = defaultdict(dict)
        """Training, and origin of an object → the models that predictions may be of, by their numbers."""
        self.known_ids: dict[tuple[Reads, ...], tuple[str, ...]] = {}
        """Reads → the ids of their accesses, as far as they were asked for."""
        self.models_of_calls: Counter[str] = Counter()
        """Call → how many models it was seen to train so far."""

    def find(self) -> list[LearningFact]:
        methods = methods_called(self.calls)
        trainings = [
            visit
            for visit in self.walk.trainings
            if visit.step
            and visit.site.id
            and not only_transforms(visit, methods)
            and not all(ends_in_transformer(model, self.walk) for model in visit.shown.models)
        ]
        self.groups = group_trainings(trainings)
        for group in self.groups:
            self.add_model(group)
            for key in (*group.visits, *group.origins):
                self.near[key][group.number] = group
        for call in self.calls:
            for visit in call.evaluations:
                if visit.step and visit.shown is not None:
                    self.add_visit(visit)
        for each in self.walk.logged.values():
            self.add(logged_fact(each, self.models_of(each.makers), self.naming))
        return list(self.facts.values())

    def add(self, fact: LearningFact) -> str:
        known = self.facts.get(fact.id)
        self.facts[fact.id] = fact if known is None else join_facts(known, fact)
        return fact.id

    # Models

    def add_model(self, group: Group) -> None:
        """A model with its parameters, and each of its trainings with its own."""
        visit = group.first
        call = visit.site
        number = self.models_of_calls[call.id]
        self.models_of_calls[call.id] += 1
        identity = f"{call.base}.model" + (f"-{number + 1}" if number else "")
        contents = [each.shown.content for each in group.visits]
        objects = list(group.objects.values())
        construction = next((each.made.site for each in objects if each.made is not None), None)
        loop_held = visit.shown.held if visit.shown.kind == "loop" else ()
        holder = next((each for each in (*loop_held, *targets_of(visit)) if each.id), None)
        model = Model(
            id=identity,
            step=visit.step,
            call=call.id,
            class_name=group.class_name,
            variable=variable_of(visit),
            binding=holder.id if holder is not None else None,
            confidence=confidence_of(visit),
            trained_on=self.access_ids(*(each.rows for each in contents)),
            influenced_by=self.influences(contents),
            constructor=constructor_of(construction, group.class_name),
            construction=construction.id or None if construction is not None else None,
            final_estimator=final_estimator(objects, self.walk),
            components=tuple(dict.fromkeys(name for each in objects for name in components_of(each))),
            count=len({origin_of(each) for each in objects}),
            fine_tuned_from=self.starts_of(objects),
        )
        group.model = model
        self.add(model)
        for parameter in parameters_of_model(model, objects, self.walk, self.naming):
            self.add(parameter)
        for each in group.visits:
            self.add_training(group, each)
        self.add_told_metrics(model, visit)

    def add_training(self, group: Group, visit: Evaluation) -> None:
        """One act of training; visits of one call by one step are one act, told anew where they show more."""
        assert group.model is not None  # noqa: S101 - its caller made it
        shown: Trained = visit.shown
        told = told_by(visit)
        if told in group.shown:
            return
        group.shown.add(told)
        identity = f"{visit.site.base}.training-{encode_name(place_of(visit))}"
        if group.model.call != visit.site.id or group.model.id != f"{visit.site.base}.model":
            identity += "." + encode_name(group.model.id.rpartition(".")[2])
        training = Training(
            id=identity,
            model=group.model.id,
            step=visit.step,
            call=visit.site.id,
            line=visit.line,
            kind=shown.kind,
            rule=visit.effect.name if visit.effect is not None else "",
            confidence=confidence_of(visit),
            data=tuple(self.add(each) for each in self.datasets(visit, shown)),
            trained_on=self.access_ids(shown.content.rows),
            influenced_by=self.influences([shown.content]),
            validated_on=self.access_ids(shown.validation.rows) if shown.validation is not None else (),
        )
        if self.add(training) == training.id:
            for parameter in parameters_of_training(training, visit, self.walk, self.naming):
                self.add(parameter)

    def datasets(self, visit: Evaluation, shown: Trained) -> Iterator[Dataset]:
        """The data that a training is given; where its features and target are told by other means, those."""
        given = [each for each in shown.data if each.content.reads or each.columns is not None]
        for each in given:
            columns = each.columns
            if each.role in ("features", "data"):
                columns = shown.features or columns
            elif each.role == "target":
                columns = shown.target or columns
            yield self.dataset(visit, each, columns)
        if shown.target is not None and not any(each.role == "target" for each in given):
            yield self.dataset(
                visit, Data("target", Value(), shown.content, shown.target, None), shown.target
            )

    def dataset(self, visit: Evaluation, data: Data, columns: Columns | None) -> Dataset:
        """The fact of data that a call is given."""
        node, bindings = written(visit, data.place)
        place = data.role if data.place is None else f"{data.role}-{data.place}"
        return self.dataset_fact(visit, place, data, columns, name_of(node), bindings)

    def dataset_fact(
        self,
        visit: Evaluation,
        place: str,
        data: Data,
        columns: Columns | None,
        name: str | None,
        bindings: tuple[str, ...],
    ) -> Dataset:
        known = columns or Columns()
        return Dataset(
            id=f"{visit.site.base}.data-{encode_name(place)}{suffix_of(visit)}",
            step=visit.step,
            call=visit.site.id,
            line=visit.line,
            name=name,
            role=data.role,
            confidence="resolved" if data.content.reads else "unresolved",
            part=data.content.part,
            derived_from=self.access_ids(data.content.rows),
            influenced_by=self.influences([data.content]),
            columns=known.used,
            excluded=known.unused if data.role != "target" else (),
            derived=known.derived_names,
            bindings=bindings,
        )

    def access_ids(self, *several: Reads) -> tuple[str, ...]:
        """The accesses of these reads."""
        known = self.known_ids.get(several)
        if known is None:
            found = {identity for reads in several for each in reads for identity in self.reads.get(each, ())}
            known = self.known_ids[several] = tuple(sorted(found))
        return known

    def starts_of(self, objects: Iterable[Value]) -> tuple[str, ...]:
        """The accesses that read the trained models which these objects are, or are built on."""
        seen: set[int] = set()
        visits = [visit for each in objects for visit in models_read(each, self.walk, seen)]
        return tuple(dict.fromkeys(identity for visit in visits for identity in self.reads.get(visit, ())))

    def influences(self, contents: Iterable[Content]) -> tuple[str, ...]:
        """The accesses that only had influence."""
        contents = list(contents)
        rows = set(self.access_ids(*(each.rows for each in contents)))
        return tuple(
            each for each in self.access_ids(*(each.influences for each in contents)) if each not in rows
        )

    # Measures and splits

    def add_visit(self, visit: Evaluation) -> None:
        """What a visit showed besides training."""
        shown = visit.shown
        if isinstance(shown, Measured):
            self.add_metric(visit, self.models_of(shown.makers), shown.part, shown.data)
        elif (
            isinstance(shown, Trained)
            and shown.kind == "cross-validation"
            and arguments_of(visit, "estimator")
        ):
            near = sorted(self.near.get(visit, {}).items())
            models = [group.model.id for _, group in near if group.model is not None]
            if models:
                self.add_metric(visit, tuple(models), None, shown.data)
        elif isinstance(shown, Parted):
            self.add_split(visit, shown)

    def models_of(self, makers: Makers) -> tuple[str, ...]:
        """The models that made predictions: as they were trained then, else as they ever are."""
        found: dict[int, str] = {}
        for maker in makers:
            near = self.near.get(maker.training or origin_of(maker.model), {})
            for number, group in near.items():
                if group.model is not None and made_by(maker, group):
                    found[number] = group.model.id
        return tuple(found[number] for number in sorted(found))

    def add_metric(
        self, visit: Evaluation, models: tuple[str, ...], part: Part | None, data: Sequence[Data]
    ) -> None:
        call = visit.site
        scoring = visit.keywords.get("scoring")
        rule = visit.effect.name if visit.effect is not None else ""
        metric = Metric(
            id=metric_id(call, visit.step),
            step=visit.step,
            call=call.id,
            line=visit.line,
            name=call.function or (call.definition.name if call.definition is not None else rule),
            rule=rule,
            confidence=confidence_of(visit),
            models=models,
            part=part,
            data=tuple(self.add(self.dataset(visit, each, each.columns)) for each in data),
            tested_on=self.testing(models, data),
            scoring=scoring.constant if scoring is not None and isinstance(scoring.constant, str) else None,
        )
        known = self.facts.get(metric.id)
        if isinstance(known, Metric):
            metric = replace(
                metric,
                models=tuple(dict.fromkeys([*known.models, *models])),
                data=tuple(dict.fromkeys([*known.data, *metric.data])),
                tested_on=tuple(dict.fromkeys([*known.tested_on, *metric.tested_on])),
            )
        self.facts[metric.id] = metric

    def add_told_metrics(self, model: Model, visit: Evaluation) -> None:
        """The functions of libraries that a trainer was told to measure its model with while it trains."""
        runners = visit.receiver.each() if visit.receiver is not None else ()
        for runner in (each for each in runners if self.walk.role_of(each) == "trainer"):
            for given in arguments_of(runner.made, "metric") if runner.made is not None else ():
                for each in given.items if isinstance(given.items, list) else [given]:
                    name = each.name or (each.made.site.function if each.made is not None else None)
                    if name is not None:
                        self.add(told_metric(model, visit, name))

    def testing(self, models: Sequence[str], data: Iterable[Data]) -> tuple[str, ...]:
        """The accesses whose records test these models: a test part, or what none of them was trained on."""
        known = [self.facts[each] for each in models]
        trained = {each for model in known if isinstance(model, Model) for each in model.trained_on}
        found = {
            access: None
            for each in data
            if each.content.part in (None, "test")
            for access in self.access_ids(each.content.rows)
            if each.content.part == "test" or access not in trained
        }
        return tuple(found)

    def add_split(self, visit: Evaluation, shown: Parted) -> None:
        """A split, what it takes apart and what it gives."""
        call = visit.site
        inputs = [self.add(self.dataset(visit, each, each.columns)) for each in shown.data]
        parts = []
        for index, (part, value) in enumerate(shown.parts):
            content = (value.content or Content()).of_part(part)
            data = Data("data", value, content, value.columns, None)
            holder = holder_of(value, visit)
            name, bindings = (holder.name, ids_of([holder])) if holder is not None else (None, ())
            parts.append(
                self.add(self.dataset_fact(visit, f"part-{index + 1}", data, value.columns, name, bindings))
            )
        split = Split(
            id=f"{call.base}.split{suffix_of(visit)}",
            step=visit.step,
            call=call.id,
            line=visit.line,
            rule=visit.effect.name if visit.effect is not None else "",
            confidence=confidence_of(visit),
            inputs=tuple(dict.fromkeys(inputs)),
            parts=tuple(dict.fromkeys(parts)),
        )
        self.add(split)
        for parameter in parameters_of_split(split, visit, self.naming):
            self.add(parameter)


# Groups


def group_trainings(visits: Iterable[Evaluation]) -> list[Group]:
    """The models that these visits train."""
    groups: list[Group] = []
    near: defaultdict[Any, dict[int, Group]] = defaultdict(dict)
    for visit in visits:
        for class_name, objects in by_class(visit).items():
            origins = {origin_of(each) for each in objects}
            known = dict(sorted(pair for key in keys_to_ask(visit, origins) for pair in near[key].items()))
            group = next((each for each in known.values() if belongs(visit, class_name, origins, each)), None)
            if group is None:
                group = Group(class_name, {}, {}, len(groups))
                groups.append(group)
            for key in keys_to_keep(visit, origins):
                near[key][group.number] = group
            group.objects.update({id(each): each for each in objects})
            group.origins |= origins
            group.sites |= {site for site, _, _ in origins}
            group.visits[visit] = None
    return without_unknown(groups)


def keys_to_keep(visit: Evaluation, origins: set[Origin]) -> Iterator[Any]:
    """What a training is found by that later ones may belong to; see `belongs`."""
    yield id(visit.site)
    for origin in origins:
        yield origin
        yield origin, data_key(visit)
        if visit.shown.kind == "cross-validation":
            yield origin, "cross-validation"


def keys_to_ask(visit: Evaluation, origins: set[Origin]) -> Iterator[Any]:
    """What the models are found by that a training may be one of."""
    yield id(visit.site)
    for origin in origins:
        if visit.shown.kind == "cross-validation":
            yield origin
        yield origin, data_key(visit)
        yield origin, "cross-validation"


def by_class(visit: Evaluation) -> dict[str | None, list[Value]]:
    """The objects that a visit trains, those of one class together."""
    found: dict[str | None, list[Value]] = {}
    for each in visit.shown.models:
        found.setdefault(class_of(each, visit), []).append(each)
    return found


def belongs(visit: Evaluation, class_name: str | None, origins: set[Origin], group: Group) -> bool:
    """Whether a training is one of a model that is known already."""
    if class_name != group.class_name:
        return False
    first = group.first
    if visit.site is first.site:
        if (visit.step, visit.line) == (first.step, first.line):
            return True
        return not {site for site, _, _ in origins}.isdisjoint(group.sites)
    if origins.isdisjoint(group.origins):
        return False
    return "cross-validation" in (visit.shown.kind, first.shown.kind) or data_key(visit) == data_key(first)


def told_by(visit: Evaluation) -> Hashable:
    """What tells apart what two visits of a training say of it."""
    shown: Trained = visit.shown
    data = [(each.role, each.place, contents_of(each.content), each.columns) for each in shown.data]
    return (
        visit.site,
        visit.step,
        shown.kind,
        visit.effect,
        tuple(data),
        contents_of(shown.content),
        contents_of(shown.validation),
        (shown.features, shown.target),
        tuple(visit.keywords),
        tuple(
            each.made and each.made.site for each in (shown.maker.each() if shown.maker is not None else ())
        ),
    )


def contents_of(content: Content | None) -> Hashable:
    """What tells apart where data come from."""
    return None if content is None else (content.rows, content.influences, content.part)


def data_key(visit: Evaluation) -> tuple[int, ...]:
    """Tells whether two trainings are given the very same data."""
    return tuple(id(each.value) for each in visit.shown.data if each.role in TRAINING_ROLES)


def without_unknown(groups: list[Group]) -> list[Group]:
    """An object of unknown class at a call is one that is known on another way to it."""
    known = {visit.site for group in groups if group.class_name is not None for visit in group.visits}
    return [
        group
        for group in groups
        if group.class_name is not None or not all(visit.site in known for visit in group.visits)
    ]


def origin_of(value: Value) -> Origin:
    """Where an object was made; the object itself where that is not known."""
    made = value.copied or value.made
    return (id(value), "", 0) if made is None else (id(made.site), made.step, made.line)


def made_by(maker: Maker, group: Group) -> bool:
    """Whether predictions are of this model."""
    if maker.training is not None:
        return maker.training in group.visits and (
            maker.training.result is maker.model
            or len(maker.training.shown.models) == 1
            or origin_of(maker.model) in group.origins
            or id(maker.model) not in {id(each) for each in maker.training.shown.models}
        )
    return origin_of(maker.model) in group.origins


# What is trained


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


def ends_in_transformer(value: Value, walk: Walk) -> bool:
    """Whether an object is a pipeline whose last step only transforms: nothing in it predicts."""
    if walk.role_of(value) != "pipeline":
        return False
    last = next(reversed(steps_of(value)), None)
    return last is not None and (walk.role_of(last) == "transformer" or ends_in_transformer(last, walk))


def class_of(value: Value, visit: Evaluation) -> str | None:
    """The class of what is trained; a function that returns something else beside it stands for its class."""
    if isinstance(value.code, Class):
        return value.code.name
    if value is visit.result and (value.type is None or value.type in NO_MODELS):
        return visit.site.function
    return value.type


def constructor_of(construction: CallSite | None, class_name: str | None) -> str | None:
    """The function that made a model, where that is not its class."""
    function = construction.function if construction is not None else None
    return function if function != class_name else None


def final_estimator(objects: Iterable[Value], walk: Walk) -> str | None:
    """The class of what predicts in the end: the last step of a pipeline, what a search tries."""
    found = {name for each in objects if (name := last_estimator(each, walk)) is not None}
    return min(found) if found else None


def last_estimator(value: Value, walk: Walk, depth: int = 0) -> str | None:
    """The class of the last step inside one object; None where it is no pipeline and no search."""
    if value.made is None or depth > 5 or walk.role_of(value) not in ("pipeline", "search"):
        return None
    inner = [
        *steps_of(value),
        *(each for given in arguments_of(value.made, "estimator") for each in given.each()),
    ]
    if not inner:
        return None
    return last_estimator(inner[-1], walk, depth + 1) or inner[-1].type


def steps_of(value: Value) -> list[Value]:
    """The steps of a pipeline, without the names and columns that stand beside them."""
    givens = arguments_of(value.made, "steps") if value.made is not None else ()
    rows = [row for given in givens for row in rows_of(given)]
    parts = [row.items if isinstance(row.items, list) else [row] for row in rows]
    steps = [next((part for part in row if part.type not in NO_STEPS), None) for row in parts]
    return [step for step in steps if step is not None]


def components_of(value: Value, depth: int = 0) -> Iterator[str]:
    """The classes of what an object is made of, parts of parts included."""
    if value.made is None or depth > 5:
        return
    estimators = [each for given in arguments_of(value.made, "estimator") for each in given.each()]
    for each in (*steps_of(value), *estimators):
        if each.type is not None and each.type not in NO_STEPS:
            yield each.type
            yield from components_of(each, depth + 1)


def models_read(value: Value, walk: Walk, seen: set[int]) -> Iterator[Evaluation]:
    """The visits that read the trained models which an object is, or has among its parts."""
    made = value.made
    if id(value) in seen or len(seen) > MOST_LAYERS:
        return
    seen.add(id(value))
    accesses = made.effect.accesses if made is not None and made.effect is not None else ()
    if made is not None and any(each.mode == "read" and each.content == "model" for each in accesses):
        yield made
    given = (*made.arguments, *made.keywords.values()) if made is not None else ()
    own = value.attributes.values() if isinstance(value.code, Class) and value.attributes else ()
    for part in (*given, *own):
        for each in (*part.each(), *elements_of(part)):
            if isinstance(each.code, Class) or walk.role_of(each) in NETWORK_ROLES:
                yield from models_read(each, walk, seen)


def confidence_of(visit: Evaluation) -> Confidence:
    """How sure it is what the call does."""
    return visit.effect.confidence if visit.effect is not None else "unresolved"


def targets_of(visit: Evaluation) -> list[Definition]:
    """The definitions that hold what a call gave or changed."""
    return [definition for definition in visit.site.targets if definition.id]


def variable_of(visit: Evaluation) -> str | None:
    """The variable that holds a model, else the one that holds what its training gives."""
    if visit.shown.name is not None or visit.shown.kind == "cross-validation":
        return str(visit.shown.name) if visit.shown.name is not None else None
    holders = sorted(targets_of(visit), key=lambda each: each.kind == "mutation")
    return holders[0].name if holders else None


# Where things stand


def place_of(visit: Evaluation) -> str:
    """What tells the visits of one call apart: the step that was running."""
    return visit.step.rpartition(".")[2]


def suffix_of(visit: Evaluation) -> str:
    """The end of an id of something that a call does for another step than its own."""
    return "" if visit.step == visit.site.step else "." + encode_name(place_of(visit))


def metric_id(call: CallSite, step: str) -> str:
    """The id of what a call measures when a step runs."""
    return f"{call.base}.metric" + ("" if step == call.step else "." + encode_name(step.rpartition(".")[2]))


def told_metric(model: Model, visit: Evaluation, name: str) -> Metric:
    """A measure of the data that validates, which a training is told to compute."""
    return Metric(
        id=f"{model.id}.metric-{encode_name(name)}",
        step=visit.step,
        call=visit.site.id,
        line=visit.line,
        name=name,
        rule=visit.effect.name if visit.effect is not None else "",
        confidence=confidence_of(visit),
        models=(model.id,),
        part="validation",
    )


def written(visit: Evaluation, place: int | str | None) -> tuple[ast.expr | None, tuple[str, ...]]:
    """How an argument is written, and the ids of the bindings that it is computed from."""
    node = visit.site.node
    if place is None:
        return None, ids_of(visit.site.receiver)
    index = (
        place
        if isinstance(place, int)
        else len(node.args)
        + next((number for number, each in enumerate(node.keywords) if each.arg == place), len(node.keywords))
    )
    nodes = [*node.args, *(keyword.value for keyword in node.keywords)]
    if index >= len(nodes) or any(isinstance(each, ast.Starred) for each in node.args):
        return None, ()
    read = visit.site.arguments[index] if index < len(visit.site.arguments) else []
    return nodes[index], ids_of([each for each in read if each.kind != "import"])


def name_of(node: ast.expr | None) -> str | None:
    """The variable that an expression is; None where it is none."""
    return node.id if isinstance(node, ast.Name) else None


def holder_of(value: Value, visit: Evaluation) -> Definition | None:
    """The definition that holds one part of a result."""
    names = {name for _, name in value.holders or ()}
    return next((each for each in targets_of(visit) if each.name in names), None)
