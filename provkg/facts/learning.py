"""Machine learning: data and their parts, models and how they were trained, measures, seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provkg.facts.factset import Confidence, Constant

Part = Literal["train", "validation", "test"]
"""Which part of split data something is."""

DataRole = Literal["data", "features", "target", "weights", "validation", "truth"]
"""What data are to a call: "data" holds features and target together."""

TrainingKind = Literal["fit", "cross-validation", "search", "loop"]

ParameterKind = Literal["hyperparameter", "component", "compilation", "training", "split", "logged"]
"""What is told: a model's constructor, that of a component of it (by the name that scikit-learn gives such a
parameter, `svc__C`), `compile`, the call that trains, a split, or an experiment tracker."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data as one call is given them or gives them: the features that train a model, a part of a split."""

    id: str
    step: str
    call: str
    """Id of the call."""
    line: int
    name: str | None
    """As the program writes it: "X_train"."""
    role: DataRole
    confidence: Confidence
    part: Part | None = None
    derived_from: tuple[str, ...] = ()
    """Ids of the accesses whose records are in it."""
    influenced_by: tuple[str, ...] = ()
    """Ids of the accesses that only had influence on it: a mean, a vocabulary, a scaler fitted to them."""
    columns: tuple[str, ...] | None = None
    """Columns selected by name; None where it is not known which they are."""
    excluded: tuple[str, ...] = ()
    """Columns taken away by name."""
    derived: tuple[str, ...] = ()
    """Columns made in the program."""
    bindings: tuple[str, ...] = ()
    """Ids of the bindings that it is computed from, or that hold it."""


@dataclass(frozen=True, slots=True)
class Model:
    """An estimator that is really trained; one for each object and each call site that fits it."""

    id: str
    step: str
    """Id of the step whose call trains it first."""
    call: str
    """Id of that call."""
    class_name: str | None
    """Dotted name of its class; None where it is not known."""
    variable: str | None
    binding: str | None
    """Id of the binding that holds the trained model."""
    confidence: Confidence
    trained_on: tuple[str, ...] = ()
    """Ids of the accesses whose records trained it; validation data does not count."""
    influenced_by: tuple[str, ...] = ()
    """Ids of the accesses that only had influence on what it was trained on."""
    constructor: str | None = None
    """Dotted name of the function that made it, where that is not its class: `make_pipeline`."""
    construction: str | None = None
    """Id of the call that made it."""
    final_estimator: str | None = None
    """Class of the last step of a pipeline, or of what a search tries."""
    components: tuple[str, ...] = ()
    """Classes of what it is made of: the steps of a pipeline, the estimators of an ensemble."""
    count: int = 1
    """How many objects this stands for: a loop goes over several of one class."""
    fine_tuned_from: tuple[str, ...] = ()
    """Ids of the accesses that read trained models, or their weights, which the training goes on from."""


@dataclass(frozen=True, slots=True)
class Training:
    """One call, run by one step, that trains a model."""

    id: str
    model: str
    step: str
    call: str
    line: int
    kind: TrainingKind
    rule: str
    """What says so: the knowledge base entry."""
    confidence: Confidence
    data: tuple[str, ...] = ()
    """Ids of the data sets it is given."""
    trained_on: tuple[str, ...] = ()
    influenced_by: tuple[str, ...] = ()
    validated_on: tuple[str, ...] = ()
    """Ids of the accesses whose records only validate."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a model, its training or a split is given, or the default of one that a model is not."""

    id: str
    of: str
    """Id of the model, training or split; of a logged one the plan, whose runs it describes."""
    step: str
    call: str | None
    """None where an assignment does it: `wandb.config.lr = 0.1`."""
    line: int
    name: str
    kind: ParameterKind
    function: str | None
    """Dotted name of the function or class whose parameter it is; None where that is not known."""
    text: str
    """As the program writes it."""
    value: Constant = None
    """Only meaningful where `is_constant`."""
    is_constant: bool = False
    is_default: bool = False
    """Nobody wrote it: it is what the installed library takes."""
    is_option: bool = False
    """The value is the default of a command-line option: a run may be told otherwise."""
    library: str | None = None
    """PyPI name of the library that a default was read from."""
    version: str | None = None
    """Version of that library."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure of how good a model is: computed by a call, or logged by name to an experiment tracker."""

    id: str
    step: str
    call: str | None
    """None where an assignment does it: `run.summary["f1"] = score`."""
    line: int
    name: str
    """Dotted name of the function or method that computes it; of a logged one the name that it is given."""
    rule: str
    confidence: Confidence
    models: tuple[str, ...] = ()
    """Ids of the models whose predictions it is about; empty where they are not known."""
    part: Part | None = None
    """Which part of the data it is computed on."""
    data: tuple[str, ...] = ()
    """Ids of the data sets it is computed on: the truth, or features and target; no predictions."""
    tested_on: tuple[str, ...] = ()
    """Ids of the accesses whose records test its models: those of a test part, or of what trained none."""
    scoring: str | None = None
    """What a function that can compute several measures is told to: "accuracy"."""
    value: float | None = None
    """What the saved notebook shows for it, with the digits that are shown; of a logged one the constant."""
    output: str | None = None
    """Id of the recorded output that shows the value."""
    is_logged: bool = False
    """An experiment tracker is told it by name; the call that computes it has a fact of its own."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A number that makes randomness repeatable."""

    id: str
    step: str
    call: str
    line: int
    name: str
    """The function that sets it, or the call and its keyword: "sklearn.svm.SVC(random_state)"."""
    text: str
    value: Constant = None
    is_constant: bool = False
    is_option: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """A call that takes data apart, for training and testing."""

    id: str
    step: str
    call: str
    line: int
    rule: str
    confidence: Confidence
    inputs: tuple[str, ...] = ()
    """Ids of the data sets it takes apart."""
    parts: tuple[str, ...] = ()
    """Ids of the data sets it gives."""


@dataclass(frozen=True, slots=True)
class DataState:
    """What data were when a call was given them, or gave them, in a run."""

    id: str
    data: str
    """Id of the data set."""
    run: str
    step: str
    type: str
    """Public name of its class: "pandas.DataFrame"."""
    digest: str | None = None
    """Tagged digest of the content in its canonical form; of a sample of it where `is_sampled`."""
    is_sampled: bool = False
    shape: tuple[int, ...] = ()
    rows: int | None = None
    missing: int | None = None
    """Elements that are missing; None where it was not counted."""
    statistics: Constant = None
    """Least, greatest and mean, by column in a table."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """What a model was once a training was over."""

    id: str
    model: str
    run: str
    step: str
    type: str
    digest: str | None = None
    """Tagged digest of its weights in their canonical form, where that is known."""
    content: str | None = None
    """Tagged digest of its bytes, where they were kept."""
    content_bytes: int | None = None
    content_format: str | None = None
    """What reads them: "skops.io.load"."""
    weights: int | None = None
    """How many numbers were trained, where that is known."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One time that a training was carried out."""

    id: str
    training: str
    run: str
    step_run: str | None
    step: str
    started: str
    ended: str
    elapsed_seconds: float
    used: tuple[str, ...] = ()
    """Ids of the states of the data that it was given."""
    gave: str | None = None
    """Id of the state of the model that came of it."""
    rounds: int | None = None
    """Steps of the optimizer, of a loop."""


LearningFact = (
    Dataset | Model | Training | Parameter | Metric | Seed | Split | DataState | ModelState | TrainingRun
)
