"""The values that models, trainings and splits are given explicitly, and the seeds of randomness."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from provkg.extract.constants import has_most_parts, to_constant
from provkg.extract.definitions import LONGEST_ARGUMENT, Naming, redact_constant
from provkg.extract.features import rows_of
from provkg.extract.knowledge import ArgumentRole, Effect
from provkg.extract.roles import arguments_of
from provkg.extract.shown import Loop
from provkg.extract.tables import TABLES, last_name
from provkg.extract.values import MISSING, UNPACKED, CallSite, Class, Evaluation, Function, Value
from provkg.extract.walk import Walk
from provkg.facts.factset import Constant
from provkg.facts.learning import Model, Parameter, ParameterKind, Seed, Split, Training
from provkg.identity import encode_name

NO_HYPERPARAMETERS: frozenset[ArgumentRole] = frozenset({"hyperparameters", "layers"})
"""What a network is made of is no parameter of it."""

DATA: frozenset[ArgumentRole] = frozenset(
    {"data", "features", "target", "weights", "groups", "validation", "truth", "prediction"}
)

MANY_PARTS = "the value of a parameter was left out: it has too many parts"

RECORDS = (TABLES | {"ndarray", "Tensor", "csr_matrix"}) - {"Index"}
"""Last names of the classes that hold records."""

NO_SETTINGS: frozenset[ArgumentRole] = DATA | {"estimator", "hyperparameters", "callbacks", "steps", "layers"}
"""Arguments of a training that are no settings of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """One value that a call is given by name."""

    name: str
    value: Value
    node: ast.expr | None
    step: str
    """The step in whose text it is written."""
    site: CallSite | None
    """The call that it is given to; None where only a dictionary holds it."""
    visit: Evaluation | None


def given_by_name(visit: Evaluation, left_out: frozenset[ArgumentRole]) -> Iterator[Given]:
    """The arguments of a visit by the names of their parameters, those with certain roles left out."""
    node = visit.site.node
    names = parameter_names(visit)
    skipped = {id(value) for role in left_out for value in arguments_of(visit, role)}
    is_plain = not visit.is_handed and not any(isinstance(argument, ast.Starred) for argument in node.args)
    for position, value in enumerate(visit.arguments):
        if position < len(names) and id(value) not in skipped and not is_data(value):
            written = node.args[position] if is_plain and position < len(node.args) else None
            yield Given(names[position], value, written, visit.site.step, visit.site, visit)
    nodes = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    for name, value in visit.keywords.items():
        if name != UNPACKED and id(value) not in skipped and not is_data(value):
            yield Given(name, value, nodes.get(name), visit.site.step, visit.site, visit)


def parameter_names(visit: Evaluation) -> Sequence[str]:
    """The names of the parameters that can be given by position."""
    definition = visit.site.definition
    if isinstance(definition, Class):
        constructor = definition.find("__init__")
        definition = constructor.code if constructor is not None else None
        return own_parameters(definition)[1:] if isinstance(definition, Function) else ()
    if visit.effect is None:
        return ()
    return visit.effect.parameters or names_by_role(visit.effect)


def names_by_role(effect: Effect) -> list[str]:
    """The names of positional parameters as far as the roles of arguments tell them."""
    names: list[str] = []
    for place, _ in sorted(
        effect.roles, key=lambda each: each[0].position if each[0].position is not None else 99
    ):
        if place.position == len(names) and place.names and not place.is_rest:
            names.append(place.names[0])
    return names


def is_data(value: Value) -> bool:
    """Records of data are no setting, wherever they are given."""
    return any(
        each.content is not None and bool(each.content.rows) and last_name(each) in RECORDS
        for each in value.each()
    )


def own_parameters(function: Function) -> list[str]:
    """The names of the positional parameters of one of the program's own functions."""
    signature = function.node.args
    return [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]


def given_in(value: Value) -> Iterator[Given]:
    """What a dictionary of parameters, or an object made of them, holds by name."""
    for each in value.each():
        if isinstance(each.items, dict):
            made = each.made
            nodes = each.nodes or {}
            for name, item in each.items.items():
                if isinstance(name, str):
                    step, node = nodes.get(name, ("", None))
                    if node is None and made is not None:
                        node = next((k.value for k in made.site.node.keywords if k.arg == name), None)
                        step = made.site.step
                    yield Given(name, item, node, step, made.site if made is not None else None, made)
        elif each.made is not None:
            yield from given_by_name(each.made, frozenset())


class Writer:
    """Writes parameters as facts."""

    def __init__(self, owner: str, visit: Evaluation, naming: Naming) -> None:
        self.owner = owner
        self.visit = visit
        self.naming = naming

    def write(self, kind: ParameterKind, given: Iterable[Given]) -> Iterator[Parameter]:
        """A fact for each parameter; one that is given several values is no constant."""
        several: dict[str, list[Given]] = {}
        for each in given:
            several.setdefault(each.name, []).append(each)
        for name, values in several.items():
            yield self.parameter(kind, name, values)

    def parameter(self, kind: ParameterKind, name: str, several: list[Given]) -> Parameter:
        first = several[0]
        constants = [to_constant(each.value) for each in several]
        is_constant = all(each is not MISSING and each == constants[0] for each in constants)
        visit = first.visit or self.visit
        if MISSING in constants and any(has_most_parts(each.value) for each in several):
            self.naming.limits.setdefault(MANY_PARTS, (visit.step, visit.line))
        prefix = "" if kind == "hyperparameter" else f"{kind}-"
        text = text_of(first, self.naming)
        is_shown = self.naming.is_source_shown
        return Parameter(
            id=f"{self.owner}.{prefix}parameter-{encode_name(name)}",
            of=self.owner,
            step=visit.step or self.visit.step,
            call=(first.site.id if first.site is not None else "") or self.visit.site.id,
            line=visit.line,
            name=name,
            kind=kind,
            function=first.site.function if first.site is not None else self.visit.site.function,
            text=text,
            value=self.constant(name, constants[0]) if is_constant and is_shown else None,
            is_constant=is_constant and is_shown,
            is_option=is_constant and first.value.is_option,
        )

    def constant(self, name: str, constant: Constant) -> Constant:
        return redact_constant(name, constant, self.naming.redactor)


def text_of(given: Given, naming: Naming) -> str:
    """How a value is written; where that is not known, what it is."""
    source = naming.texts.get(given.step)
    if given.node is not None and source is not None:
        text = source.segment(given.node, LONGEST_ARGUMENT)
        return text if source.is_clean else naming.redactor.redact_value(given.name, text)
    if not naming.is_source_shown:
        return "…"
    constant = to_constant(given.value)
    return "" if constant is MISSING else str(redact_constant(given.name, constant, naming.redactor))


def parameters_of_model(
    model: Model, objects: Sequence[Value], walk: Walk, naming: Naming
) -> Iterator[Parameter]:
    """The hyperparameters of a model: what its constructor is given, and what `compile` tells it."""
    visits = [each.made for each in objects if each.made is not None]
    if not visits:
        return
    writer = Writer(model.id, visits[0], naming)
    given: list[Given] = []
    is_pipeline = any(walk.role_of(each) == "pipeline" for each in objects)
    for visit in visits:
        inner = arguments_of(visit, "hyperparameters")
        if inner:
            given += [each for value in inner for each in given_in(value)]
        if visit.effect is None or not visit.effect.trains or visit.effect.constructs:
            left_out = DATA | NO_HYPERPARAMETERS
            given += given_by_name(visit, left_out | {"steps"} if is_pipeline else left_out)
    to_components = [one for each in objects for one in given_to_components(each)]
    told = [one for each in objects for one in told_later(each)]
    names = {each.name for each in told}
    given = [each for each in given if each.name not in names]
    to_components = [each for each in to_components if each.name not in names]
    yield from writer.write("hyperparameter", [*given, *(each for each in told if "__" not in each.name)])
    yield from writer.write("component", [*to_components, *(each for each in told if "__" in each.name)])
    configured = [each.configured for each in objects if each.configured is not None]
    yield from writer.write(
        "compilation", [one for each in configured for one in given_by_name(each, frozenset())]
    )


def told_later(value: Value) -> Iterator[Given]:
    """What a model was told after it was made, by `set_params` or by setting an attribute."""
    for name, (setting, visit) in (value.settings or {}).items():
        call = visit or value.made
        if call is not None and name != UNPACKED and (visit is not None or setting.constant is not MISSING):
            nodes = {each.arg: each.value for each in call.site.node.keywords} if visit is not None else {}
            yield Given(name, setting, nodes.get(name), call.site.step, call.site, call)


def given_to_components(value: Value, prefix: str = "", depth: int = 0) -> Iterator[Given]:
    """What the steps of a pipeline, and the estimators inside of others, are given: `step__name`."""
    if value.made is None or depth > 4:
        return
    for name, component in named_components(value):
        for each in component.each():
            made = each.made
            if made is not None and made.effect is not None and made.effect.constructs:
                for given in given_by_name(made, DATA | NO_HYPERPARAMETERS | {"estimator", "steps"}):
                    yield replace(given, name=f"{prefix}{name}__{given.name}")
            yield from given_to_components(each, f"{prefix}{name}__", depth + 1)


def named_components(value: Value) -> Iterator[tuple[str, Value]]:
    """The components of an object, by the names that scikit-learn gives them."""
    made = value.made
    if made is None:
        return
    for given in arguments_of(made, "estimator"):
        yield "estimator", given
    for step in (row for given in arguments_of(made, "steps") for row in rows_of(given)):
        if isinstance(step.items, list) and len(step.items) >= 2 and isinstance(step.items[0].constant, str):
            yield step.items[0].constant, step.items[1]
        elif step.type is not None:
            yield step.type.rpartition(".")[2].lower(), step


def parameters_of_training(
    training: Training, visit: Evaluation, walk: Walk, naming: Naming
) -> Iterator[Parameter]:
    """What a call that trains is told besides its data; in a hand-written loop, what says how it goes."""
    writer = Writer(training.id, visit, naming)
    if training.kind == "loop":
        yield from writer.write("training", settings_of_loop(visit, walk))
        return
    yield from writer.write("training", given_by_name(visit, NO_SETTINGS))
    runner = visit.shown.maker
    for each in runner.each() if runner is not None else ():
        if each.made is not None and each.made is not visit:
            for value in arguments_of(each.made, "hyperparameters"):
                yield from writer.write("training", given_in(value))
            rounds = {id(value) for value in arguments_of(each.made, "epochs")}
            told = given_by_name(each.made, frozenset())
            yield from writer.write("training", [one for one in told if id(one.value) in rounds])


def settings_of_loop(visit: Evaluation, walk: Walk) -> Iterator[Given]:
    """Learning rate, epochs and batch size of a hand-written training loop."""
    optimizer = visit.shown.maker
    for each in optimizer.each() if optimizer is not None else ():
        if each.made is not None:
            yield from given_by_name(each.made, DATA | {"estimator"})
    for loop in visit.shown.loops:
        if loop.bounds:
            yield rounds_of(loop, visit)
            break
    rows = visit.shown.content.rows
    for made in walk.batches:
        content = made.result.content
        if content is not None and content.rows and content.rows <= rows:
            for value in arguments_of(made, "batch size"):
                node = next((k.value for k in made.site.node.keywords if k.arg == "batch_size"), None)
                yield Given("batch_size", value, node, made.site.step, made.site, made)
            return


def rounds_of(loop: Loop, visit: Evaluation) -> Given:
    """How often a loop goes round: by the name that its bound has in the program."""
    node = next(part for part in ast.walk(loop.node.iter) if isinstance(part, ast.Call) and part.args).args[
        -1
    ]
    names = [part for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Attribute))]
    name = "epochs"
    if names:
        name = names[0].id if isinstance(names[0], ast.Name) else names[0].attr
    value = loop.bounds[-1]
    constants = [to_constant(bound) for bound in loop.bounds[:2]]
    if len(constants) == 2 and all(isinstance(each, int) for each in constants):
        value = Value("int", constants[1] - constants[0])
    return Given(name, value, node, loop.step, visit.site, visit)


def parameters_of_split(split: Split, visit: Evaluation, naming: Naming) -> Iterator[Parameter]:
    """What a split is told: sizes, seeds, strata; what its splitter was made with."""
    writer = Writer(split.id, visit, naming)
    yield from writer.write("split", given_by_name(visit, DATA))
    receiver = visit.receiver
    made = receiver.made if receiver is not None and receiver.name is None else None
    if made is not None and "split" not in (made.effect.actions if made.effect is not None else ()):
        role = visit.effect.name if visit.effect is not None else ""
        if not role.startswith("pandas"):
            yield from writer.write("split", given_by_name(made, DATA))


def seed_facts(calls: Iterable[CallSite], walk: Walk, naming: Naming) -> list[Seed]:
    """The seeds that reached calls set, or are given by a keyword that says so."""
    found: dict[str, Seed] = {}
    for call in calls:
        for visit in call.evaluations:
            if visit.step:
                for given, name in seeds_of(visit, walk):
                    seed = seed_fact(call, visit, given, name, naming)
                    found.setdefault(seed.id, seed)
    return list(found.values())


def seeds_of(visit: Evaluation, walk: Walk) -> Iterator[tuple[Given, str]]:
    """The seeds among the arguments of a visit, each with its name."""
    effect, node = visit.effect, visit.site.node
    called = visit.site.function or (effect.name if effect is not None else "")
    if effect is not None:
        values = arguments_of(visit, "seed")
        if not values and "seed" in effect.actions:
            values = visit.arguments[:1]
        keywords = {id(value): name for name, value in visit.keywords.items()}
        for value in values[:1]:
            if id(value) not in keywords and value.constant is not None:
                written = node.args[0] if node.args else None
                yield Given("seed", value, written, visit.site.step, visit.site, visit), called
    for keyword in node.keywords:
        name = keyword.arg or ""
        value = visit.keywords.get(name, NO_SEED)
        if value.constant is not None and (name in walk.knowledge.seed_names or is_seed(value, visit)):
            yield Given(name, value, keyword.value, visit.site.step, visit.site, visit), f"{called}({name})"


NO_SEED = Value("NoneType", None)


def is_seed(value: Value, visit: Evaluation) -> bool:
    """Whether a call takes an argument for a seed."""
    return any(value is each for each in arguments_of(visit, "seed"))


def seed_fact(call: CallSite, visit: Evaluation, given: Given, name: str, naming: Naming) -> Seed:
    """The fact of one seed."""
    constant = to_constant(given.value)
    is_constant = constant is not MISSING and naming.is_source_shown
    step = "" if visit.step == call.step else "." + encode_name(visit.step.rpartition(".")[2])
    return Seed(
        id=f"{call.base}.seed-{encode_name(given.name)}{step}",
        step=visit.step,
        call=call.id,
        line=visit.line,
        name=name,
        text=text_of(given, naming),
        value=constant if is_constant else None,
        is_constant=is_constant,
        is_option=is_constant and given.value.is_option,
    )
