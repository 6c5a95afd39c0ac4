"""Machine learning as RDF, in the words of ML-Schema and FAIR4ML.

A training, as it is written, is a step of the plan and no activity; each time that it is carried out is one,
which uses data as they were then, and gives the model as it is then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from provkg.facts.learning import (
    Dataset,
    DataState,
    Metric,
    Model,
    ModelState,
    Parameter,
    Seed,
    Split,
    Training,
    TrainingRun,
)
from provkg.graph.definition import VARIABLE_DEFINITION, doubt, emit_library
from provkg.graph.iris import Term, constant, date_time, flag, hexadecimal, name_of_python, number, text
from provkg.graph.statements import Property, Statements, types
from provkg.graph.terms import FAIR4ML, MLS, PPLAN, PROV, PROVKG, PROVONE, REPR, SCHEMA
from provkg.identity import encode_name

MODEL = types(MLS.Model, FAIR4ML.MLModel, PROV.Entity)
IMPLEMENTATION = types(MLS.Implementation, PROV.Entity)
TRAINING = types(PROVKG.Training, PROV.Entity)
DATASET = types(MLS.Dataset, PROV.Entity)
DATA_SPLIT = types(PROVKG.DataSplit) + DATASET
SPLITTING = types(PROVKG.Splitting, PROV.Entity)
FEATURE = types(MLS.Feature, PROV.Entity)
PARAMETER = types(MLS.HyperParameterSetting, REPR.Parameter, PROV.Entity)
HYPERPARAMETER = types(MLS.HyperParameter, PROV.Entity)
EVALUATION = types(MLS.ModelEvaluation, FAIR4ML.MLModelEvaluation, PROV.Entity)
SHOWN = types(PROV.Entity)
MEASURE = types(MLS.EvaluationMeasure, PROV.Entity)
TRAINING_RUN = types(PROVKG.TrainingRun, PPLAN.Activity, PROV.Activity)
DATA_STATE = types(PROVKG.DataState, PPLAN.Entity, PROV.Entity)
MODEL_STATE = types(PROVKG.ModelState, PPLAN.Entity, PROV.Entity)
SEED = types(PROVKG.RandomSeed, REPR.Parameter, PROV.Entity)


def evidence(fact: Any, graph: Statements) -> list[Property]:
    """Where something stands, and which call says so, if one does."""
    return [
        (PROVKG.inCell, graph.node(fact.step)),
        (PROVKG.startLine, number(fact.line)),
        graph.optional(PROVKG.byCall, fact.call),
    ]


def emit_model(model: Model, graph: Statements) -> None:
    """A trained model, the class that it is an instance of, and the data that trained it.

    The data are one hop away, as files; the reads that brought them in say where in the program that was.
    What only had influence on the data is told apart.
    """
    name = model.class_name or model.variable or "model"
    origins = [*model.trained_on, *([model.binding] if model.binding is not None else [])]
    graph.describe(
        graph.node(model.id),
        MODEL,
        f"{name} trained ({graph.place(model.step)})",
        (PROVKG.modelClass, _implementation(model.class_name, graph)),
        (PROVKG.finalEstimator, _implementation(model.final_estimator, graph)),
        *((PROVKG.component, _implementation(each, graph)) for each in dict.fromkeys(model.components)),
        (PROVKG.pythonType, text(model.class_name)),
        (SCHEMA.name, text(model.variable)),
        (PROVKG.modelCount, number(model.count) if model.count > 1 else None),
        (PROVKG.inCell, graph.node(model.step)),
        (PROVKG.trainedBy, graph.node(model.call)),
        graph.optional(PROVKG.constructedBy, model.construction),
        graph.optional(PROVKG.heldBy, model.binding),
        graph.link(FAIR4ML.trainedOn, _files(model.trained_on, graph)),
        graph.link(FAIR4ML.fineTunedFrom, _files(model.fine_tuned_from, graph)),
        graph.link(PROV.wasDerivedFrom, [*origins, *model.fine_tuned_from]),
        graph.link(PROV.wasInfluencedBy, _files(model.influenced_by, graph)),
        doubt(model.confidence),
    )


def emit_training(training: Training, graph: Statements) -> None:
    """One call, run by one cell, that trains a model on data."""
    graph.describe(
        graph.node(training.id),
        TRAINING,
        f"{training.kind} by {training.rule} ({graph.place(training.step, training.line)})",
        *evidence(training, graph),
        (PROVKG.trains, graph.node(training.model)),
        (PROVKG.trainingKind, text(training.kind)),
        (PROVKG.rule, text(training.rule)),
        doubt(training.confidence),
        graph.link(PROVKG.givenData, training.data),
    )
    graph.mention(graph.node(training.model), MODEL)
    validated = graph.link(FAIR4ML.validatedOn, _files(training.validated_on, graph))
    graph.add(graph.node(training.model), validated)


def emit_dataset(data: Dataset, graph: Statements) -> None:
    """Data as one call is given them: their role, their columns, and where they come from."""
    name = data.name or data.role
    graph.describe(
        graph.node(data.id),
        DATA_SPLIT if data.part is not None else DATASET,
        f"{name}, {data.role} ({graph.place(data.step, data.line)})",
        *evidence(data, graph),
        (SCHEMA.name, text(data.name)),
        (PROVKG.dataRole, text(data.role)),
        (PROVKG.splitRole, text(data.part)),
        *_columns(MLS.hasPart, data.columns or (), data, graph),
        *_columns(PROVKG.excludedColumn, data.excluded, data, graph),
        *_columns(PROVKG.derivedColumn, data.derived, data, graph),
        graph.link(PROV.wasDerivedFrom, [*data.derived_from, *data.bindings]),
        graph.link(PROV.wasInfluencedBy, data.influenced_by),
        doubt(data.confidence),
    )
    for binding in data.bindings:
        graph.mention(graph.node(binding), VARIABLE_DEFINITION)


def emit_parameter(parameter: Parameter, graph: Statements) -> None:
    """A value that a model, a training or a split is given by name; a default comes from a library."""
    graph.describe(
        graph.node(parameter.id),
        PARAMETER,
        f"{parameter.name} = {_shown(parameter)}",
        *evidence(parameter, graph),
        (PROVKG.parameterOf, graph.node(parameter.of)),
        (MLS.specifiedBy, _hyperparameter(parameter, graph)),
        (SCHEMA.name, text(parameter.name)),
        (PROVKG.parameterKind, text(parameter.kind)),
        (SCHEMA.text, text(parameter.text) if parameter.text else None),
        *_value(parameter),
        (PROVKG.isOption, flag(True) if parameter.is_option else None),
        (PROVKG.isDefault, flag(True) if parameter.is_default else None),
        (PROV.wasDerivedFrom, _library(parameter, graph)),
    )


def emit_metric(metric: Metric, graph: Statements) -> None:
    """A measure of how good models are; its value comes from what the saved notebook shows."""
    node = graph.node(metric.id)
    name = metric.name if metric.is_logged else metric.name.rpartition(".")[2]
    graph.describe(
        node,
        EVALUATION,
        f"{name} ({graph.place(metric.step, metric.line)})",
        *evidence(metric, graph),
        (MLS.specifiedBy, _measure(metric, graph)),
        (PROVKG.scoring, text(metric.scoring)),
        (PROVKG.onSplit, text(metric.part)),
        (MLS.hasValue, number(metric.value)),
        graph.optional(PROV.wasDerivedFrom, metric.output),
        (PROVKG.rule, text(metric.rule)),
        doubt(metric.confidence),
        graph.link(PROVKG.givenData, metric.data),
    )
    if metric.output is not None:
        graph.mention(graph.node(metric.output), SHOWN)
    for model in metric.models:
        graph.mention(graph.node(model), MODEL)
        tested = graph.link(FAIR4ML.testedOn, _files(metric.tested_on, graph))
        graph.add(graph.node(model), (FAIR4ML.hasEvaluation, node), tested)


def emit_seed(seed: Seed, graph: Statements) -> None:
    """A number that makes randomness repeatable."""
    graph.describe(
        graph.node(seed.id),
        SEED,
        f"seed {_shown(seed)} of {seed.name}",
        *evidence(seed, graph),
        (SCHEMA.name, text(seed.name)),
        (SCHEMA.text, text(seed.text) if seed.text else None),
        *_value(seed),
        (PROVKG.isOption, flag(True) if seed.is_option else None),
    )


def emit_split(split: Split, graph: Statements) -> None:
    """A call that takes data apart."""
    node = graph.node(split.id)
    graph.describe(
        node,
        SPLITTING,
        f"split by {split.rule} ({graph.place(split.step, split.line)})",
        *evidence(split, graph),
        (PROVKG.rule, text(split.rule)),
        graph.link(PROVKG.takesApart, split.inputs),
        graph.link(PROVKG.gives, split.parts),
        doubt(split.confidence),
    )


def emit_training_run(run: TrainingRun, graph: Statements) -> None:
    """A training that was carried out: on which data, and what came of it."""
    node = graph.node(run.id)
    graph.describe(
        node,
        TRAINING_RUN,
        f"training ({graph.place(run.step)})",
        (PROVKG.ofTraining, graph.node(run.training)),
        (PROVONE.wasPartOf, graph.node(run.step_run or run.run)),
        (PROV.startedAtTime, date_time(run.started)),
        (PROV.endedAtTime, date_time(run.ended)),
        (PROVKG.elapsedSeconds, number(float(run.elapsed_seconds))),
        (PROVKG.roundCount, number(run.rounds)),
        graph.link(PROV.used, run.used),
    )
    graph.mention(graph.node(run.training), TRAINING)
    if run.gave is not None:
        graph.add(graph.node(run.gave), (PROV.wasGeneratedBy, node))


def emit_data_state(state: DataState, graph: Statements) -> None:
    """Data as they were in a run: content, size, and what is missing."""
    predicate, statistics = constant(state.statistics)
    graph.describe(
        graph.node(state.id),
        DATA_STATE,
        f"{state.type} {'×'.join(map(str, state.shape))}".strip(),
        (PROV.specializationOf, graph.node(state.data)),
        (PROVKG.inCell, graph.node(state.step)),
        (PROVKG.pythonType, text(state.type)),
        *_content(state.digest, is_sampled=state.is_sampled),
        (PROVKG.shape, text("×".join(map(str, state.shape)) or None)),
        (PROVKG.rowCount, number(state.rows)),
        (PROVKG.missingCount, number(state.missing)),
        (predicate, None if state.statistics is None else statistics),
    )
    graph.mention(graph.node(state.data), DATASET)


def emit_model_state(state: ModelState, graph: Statements) -> None:
    """A model as a training left it; its bytes where they were kept."""
    node = graph.node(state.id)
    graph.describe(
        node,
        MODEL_STATE,
        f"{state.type} as trained",
        (PROV.specializationOf, graph.node(state.model)),
        (PROVKG.inCell, graph.node(state.step)),
        (PROVKG.pythonType, text(state.type)),
        *_content(state.digest),
        (PROVKG.weightCount, number(state.weights)),
        (SCHEMA.sha256, None if state.content is None else hexadecimal(state.content)),
        (SCHEMA.contentSize, number(state.content_bytes)),
        (SCHEMA.encodingFormat, text(state.content_format)),
    )
    graph.mention(graph.node(state.model), MODEL)


def _content(digest: str | None, *, is_sampled: bool = False) -> list[Property]:
    """The digest of what is in memory."""
    if digest is None:
        return []
    return [
        (PROVKG.contentHash, hexadecimal(digest)),
        (PROVKG.isSampled, flag(True) if is_sampled else None),
    ]


def _value(given: Parameter | Seed) -> list[Property]:
    """The constant that is given: a scalar as the value of a setting, anything else as JSON."""
    if not given.is_constant:
        return []
    predicate, value = constant(given.value)
    return [(MLS.hasValue if predicate == SCHEMA.value else predicate, value)]


def _hyperparameter(parameter: Parameter, graph: Statements) -> Term | None:
    """The parameter of a function or class that is given a value: the same node in every graph."""
    if parameter.function is None:
        return None
    own_name = parameter.name.rpartition("__")[2] if parameter.kind == "component" else parameter.name
    name = f"{parameter.function}.{own_name}"
    node = graph.node(name_of_python(name))
    graph.describe(node, HYPERPARAMETER, name, (PROVKG.qualifiedName, text(name)))
    return node


def _measure(metric: Metric, graph: Statements) -> Term:
    """What is measured: a function, the same node in every graph; or what a document gives a name."""
    if metric.is_logged:
        node = graph.node(f"{metric.step.partition('#')[0]}#measure-{encode_name(metric.name)}")
        graph.describe(node, MEASURE, metric.name, (SCHEMA.name, text(metric.name)))
    else:
        node = graph.node(name_of_python(metric.name))
        graph.describe(node, MEASURE, metric.name, (PROVKG.qualifiedName, text(metric.name)))
    return node


def _library(parameter: Parameter, graph: Statements) -> Term | None:
    """The version of the library that a default was read from."""
    if parameter.library is None:
        return None
    return emit_library(parameter.library, parameter.version, "pypi", graph)


def _shown(given: Parameter | Seed) -> str:
    """What is given, in a few letters."""
    shown = repr(given.value) if given.is_constant else given.text
    return shown if len(shown) <= 40 else shown[:39] + "…"


def _columns(predicate: Any, names: Iterable[str], data: Dataset, graph: Statements) -> list[Property]:
    """A link to each column; the same name is the same column everywhere in a document."""
    document = data.step.partition("#")[0]
    found: list[Property] = []
    for name in dict.fromkeys(names):
        node = graph.node(f"{document}#column-{encode_name(name)}")
        graph.describe(node, FEATURE, name, (SCHEMA.name, text(name)))
        found.append((predicate, node))
    return found


def _files(accesses: Iterable[str], graph: Statements) -> list[str]:
    """The files that these accesses read."""
    known = graph.surroundings.files
    return list(dict.fromkeys(filter(None, map(known.get, accesses))))


def _implementation(class_name: str | None, graph: Statements) -> Term | None:
    if class_name is None:
        return None
    node = graph.node(name_of_python(class_name))
    graph.describe(node, IMPLEMENTATION, class_name, (PROVKG.qualifiedName, text(class_name)))
    return node


EMITTERS: dict[type, Callable[[Any, Statements], None]] = {
    DataState: emit_data_state,
    Dataset: emit_dataset,
    Metric: emit_metric,
    Model: emit_model,
    ModelState: emit_model_state,
    Parameter: emit_parameter,
    Seed: emit_seed,
    Split: emit_split,
    Training: emit_training,
    TrainingRun: emit_training_run,
}
