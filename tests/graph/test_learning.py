"""A fact of machine learning in, what the graph says of it out."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from provkg.export.registry import write_graph
from provkg.facts.definition import Step
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import FactSet, Origin
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
from provkg.graph.builder import build_quads, turtle_prefixes
from provkg.identity import digest_text

BASE = "https://example.org/"
STEP = Step("s", "a#v1", "a#c", 1, "code", "x", digest_text("x"))
FILES = [
    fact
    for name in ("t", "u", "v")
    for fact in (
        DataFile(f"{name}.csv", "file", f"{name}.csv", True),
        Access(f"read-{name}", "s", f"{name}.csv", "read", 1, "pandas.read_csv", "resolved"),
    )
]
MODEL = Model("m", "s", "fit", "sklearn.svm.SVC", "svc", "svc.L3", "resolved", ("read-t",))
TRAINING = Training("t", "m", "s", "fit", 3, "fit", "Predictor.fit", "resolved", ("d",), ("read-t",))
DATASET = Dataset("d", "s", "fit", 3, "X", "features", "resolved")
PARAMETER = Parameter("p", "m", "s", "make", 2, "C", "hyperparameter", "sklearn.svm.SVC", "1 + 1", 2, True)
METRIC = Metric("e", "s", "score", 4, "sklearn.metrics.f1_score", "f1_score", "resolved", ("m",))
STARTED, ENDED = "2026-11-25T08:00:00Z", "2026-11-25T08:00:02Z"
TRAINING_RUN = TrainingRun("k", "t", "run", "step-1", "s", STARTED, ENDED, 2.0, ("ds",), "ms", 7)
DATA_STATE = DataState(
    "ds", "d", "run", "s", "pandas.DataFrame", "sha256:ab", False, (300, 4), 300, 2, {"a": [0, 1, 0.5]}
)
MODEL_STATE = ModelState(
    "ms", "m", "run", "s", "torch.nn.Sequential", "sha256:cd", "sha256:ef", 9, "joblib.load", 49
)
SEED = Seed("r", "s", "seed", 1, "numpy.random.seed", "42", 42, True)
SPLIT = Split("x", "s", "split", 2, "train_test_split", "resolved", ("d",), ("d1", "d2"))


def write(*facts: Any, form: str = "turtle") -> str:
    fact_set = FactSet("a#inferred", "a", Origin("provkg.extract", "0", "inferred"), (STEP, *facts))
    quads = build_quads(fact_set, BASE)
    stream = BytesIO()
    write_graph(quads, form, stream, turtle_prefixes(quads, BASE))
    return stream.getvalue().decode()


def told(subject: str, *facts: Any) -> list[str]:
    """What Turtle says of a node, one predicate with its objects in each line; the label first."""
    head = f"\n{subject} a "
    _, found, rest = write(*facts).partition(head)
    assert found, f"nothing is said of {subject}"
    block = rest.partition(" .\n")[0]
    return [line.strip() for line in block.split(" ;\n")]


def test_a_model_tells_its_class_its_data_and_where_it_was_trained() -> None:
    assert told("base:m", *FILES, MODEL) == [
        "mls:Model , fair4ml:MLModel , prov:Entity",
        'rdfs:label "sklearn.svm.SVC trained (cell 2)"',
        "provkg:modelClass <https://w3id.org/provkg/python/sklearn.svm.SVC>",
        'provkg:pythonType "sklearn.svm.SVC"',
        'schema:name "svc"',
        "provkg:inCell base:s",
        "provkg:trainedBy base:fit",
        "provkg:heldBy base:svc.L3",
        "fair4ml:trainedOn base:t.csv",
        "prov:wasDerivedFrom base:read-t , base:svc.L3",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"influenced_by": ("read-u",)}, "prov:wasInfluencedBy base:u.csv"),
        ({"trained_on": ("read-t", "read-u")}, "fair4ml:trainedOn base:t.csv , base:u.csv"),
        ({"count": 3}, "provkg:modelCount 3"),
        ({"construction": "make"}, "provkg:constructedBy base:make"),
        ({"confidence": "convention"}, 'provkg:confidence "convention"'),
        ({"final_estimator": "sklearn.svm.SVC"}, "provkg:finalEstimator <https://w3id.org/provkg/python/sklearn.svm.SVC>"),
        ({"fine_tuned_from": ("read-v",)}, "fair4ml:fineTunedFrom base:v.csv"),
        ({"components": ("A", "b.B")}, "provkg:component <https://w3id.org/provkg/python/A> , <https://w3id.org/provkg/python/b.B>"),
    ],
)  # fmt: skip
def test_of_a_model_this_is_told_where_it_is_known(change: dict[str, Any], line: str) -> None:
    assert line in told("base:m", *FILES, replace(MODEL, **change))
    predicate = line.partition(" ")[0]
    known_before = [each.partition(" ")[0] for each in told("base:m", *FILES, MODEL)]
    assert (predicate in known_before) == (predicate == "fair4ml:trainedOn")


def test_influence_is_no_training_data() -> None:
    model = replace(MODEL, influenced_by=("read-u",))
    (trained_on,) = (line for line in told("base:m", *FILES, model) if line.startswith("fair4ml:"))
    assert "u.csv" not in trained_on


def test_a_model_of_unknown_class_is_known_by_its_variable() -> None:
    lines = told("base:m", replace(MODEL, class_name=None, binding=None, trained_on=()))
    assert lines[1] == 'rdfs:label "svc trained (cell 2)"'
    assert not [line for line in lines if "modelClass" in line or "wasDerivedFrom" in line]


def test_a_training_is_a_step_of_the_plan_that_gives_data_to_a_model() -> None:
    assert told("base:t", *FILES, TRAINING, DATASET) == [
        "provkg:Training , prov:Entity",
        'rdfs:label "fit by Predictor.fit (cell 2, line 3)"',
        "provkg:inCell base:s",
        "provkg:startLine 3",
        "provkg:byCall base:fit",
        "provkg:trains base:m",
        'provkg:trainingKind "fit"',
        'provkg:rule "Predictor.fit"',
        "provkg:givenData base:d",
    ]


def test_what_validates_in_a_training_validates_the_model() -> None:
    lines = told("base:m", *FILES, MODEL, replace(TRAINING, validated_on=("read-v",)))
    assert "fair4ml:validatedOn base:v.csv" in lines
    assert "fair4ml:trainedOn base:t.csv" in lines


def test_no_training_is_an_activity() -> None:
    assert "prov:Activity" not in write(*FILES, MODEL, TRAINING, DATASET, SPLIT, METRIC)


def test_data_tell_their_role_their_part_their_columns_and_their_origin() -> None:
    data = replace(
        DATASET, part="train", derived_from=("read-t",), influenced_by=("read-u",),
        columns=("p", "q"), excluded=("id",), derived=("z",), bindings=("X.L2",),
    )  # fmt: skip
    assert told("base:d", *FILES, data) == [
        "provkg:DataSplit , mls:Dataset , prov:Entity",
        'rdfs:label "X, features (cell 2, line 3)"',
        "provkg:inCell base:s",
        "provkg:startLine 3",
        "provkg:byCall base:fit",
        'schema:name "X"',
        'provkg:dataRole "features"',
        'provkg:splitRole "train"',
        "mls:hasPart base:s\\#column-p , base:s\\#column-q",
        "provkg:excludedColumn base:s\\#column-id",
        "provkg:derivedColumn base:s\\#column-z",
        "prov:wasDerivedFrom base:read-t , base:X.L2",
        "prov:wasInfluencedBy base:read-u",
    ]


def test_data_that_are_no_part_are_no_split() -> None:
    assert told("base:d", DATASET)[0] == "mls:Dataset , prov:Entity"


def test_the_same_column_is_the_same_node_in_a_document() -> None:
    one = replace(DATASET, id="d1", step="nb.ipynb#v1.c", columns=("age",))
    other = replace(DATASET, id="d2", step="nb.ipynb#v2.d", excluded=("age",))
    node = "base:nb.ipynb\\#column-age"
    assert f"mls:hasPart {node}" in told("base:d1", one)
    assert f"provkg:excludedColumn {node}" in told("base:d2", other)
    assert told(node, one, other) == ["mls:Feature , prov:Entity", 'rdfs:label "age"', 'schema:name "age"']


@pytest.mark.parametrize("name", ["", "a b", "ä", "x/y#z", "100%", "\x00", "\ud800", "column-a"])
def test_any_text_may_name_a_column(name: str) -> None:
    text = write(replace(DATASET, columns=(name,)))
    assert text.count(" a mls:Feature") == 1


def test_a_parameter_tells_what_is_written_and_what_it_is() -> None:
    assert told("base:p", PARAMETER) == [
        "mls:HyperParameterSetting , repr:Parameter , prov:Entity",
        'rdfs:label "C = 2"',
        "provkg:inCell base:s",
        "provkg:startLine 2",
        "provkg:byCall base:make",
        "provkg:parameterOf base:m",
        "mls:specifiedBy <https://w3id.org/provkg/python/sklearn.svm.SVC.C>",
        'schema:name "C"',
        'provkg:parameterKind "hyperparameter"',
        'schema:text "1 + 1"',
        "mls:hasValue 2",
    ]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (0.5, "mls:hasValue 5.0E-1"),
        ("rbf", 'mls:hasValue "rbf"'),
        (True, "mls:hasValue true"),
        ([1, "a"], 'provkg:jsonValue "[1, \\"a\\"]"'),
        ({"a": None}, 'provkg:jsonValue "{\\"a\\": null}"'),
        (None, 'provkg:jsonValue "null"'),
    ],
)
def test_a_scalar_is_a_value_and_anything_else_json(value: Any, line: str) -> None:
    assert told("base:p", replace(PARAMETER, value=value))[-1] == line


def test_without_a_constant_only_the_text_is_told() -> None:
    lines = told("base:p", replace(PARAMETER, text="f()", value=None, is_constant=False))
    assert (lines[1], lines[-1]) == ('rdfs:label "C = f()"', 'schema:text "f()"')


@pytest.mark.parametrize(
    ("change", "line"),
    [({"is_option": True}, "provkg:isOption true"), ({"is_default": True}, "provkg:isDefault true")],
)
def test_a_parameter_says_if_nobody_wrote_its_value_here(change: dict[str, Any], line: str) -> None:
    assert told("base:p", replace(PARAMETER, **change))[-1] == line
    assert line not in told("base:p", PARAMETER)


def test_a_parameter_of_an_own_class_is_specified_by_no_library() -> None:
    assert "mls:specifiedBy" not in write(replace(PARAMETER, function=None))


def test_a_parameter_of_a_part_is_specified_by_the_class_of_that_part() -> None:
    lines = told("base:p", replace(PARAMETER, kind="component", name="m__C"))
    assert "mls:specifiedBy <https://w3id.org/provkg/python/sklearn.svm.SVC.C>" in lines


def test_long_values_are_cut_in_labels_alone() -> None:
    lines = told("base:p", replace(PARAMETER, value="x" * 99))
    assert len(lines[1]) < 70
    assert lines[-1] == f'mls:hasValue "{"x" * 99}"'


def test_a_measure_is_an_evaluation_of_its_models() -> None:
    metric = replace(METRIC, models=("m", "n"), part="test", scoring="f1", value=0.5)
    other = replace(MODEL, id="n")
    assert told("base:e", MODEL, other, metric) == [
        "mls:ModelEvaluation , fair4ml:MLModelEvaluation , prov:Entity",
        'rdfs:label "f1_score (cell 2, line 4)"',
        "provkg:inCell base:s",
        "provkg:startLine 4",
        "provkg:byCall base:score",
        "mls:specifiedBy <https://w3id.org/provkg/python/sklearn.metrics.f1_score>",
        'provkg:scoring "f1"',
        'provkg:onSplit "test"',
        "mls:hasValue 5.0E-1",
        'provkg:rule "f1_score"',
    ]
    for model in ("base:m", "base:n"):
        assert "fair4ml:hasEvaluation base:e" in told(model, MODEL, other, metric)


def test_a_measure_of_unknown_models_is_still_told() -> None:
    text = write(replace(METRIC, models=()))
    assert "base:e a mls:ModelEvaluation" in text
    assert "hasEvaluation" not in text


def test_a_measure_that_is_logged_has_its_name_in_the_document_only() -> None:
    logged = replace(METRIC, name="val/f1", rule="wandb.Summary.__setitem__", call=None, is_logged=True)
    assert told("base:e", MODEL, logged) == [
        "mls:ModelEvaluation , fair4ml:MLModelEvaluation , prov:Entity",
        'rdfs:label "val/f1 (cell 2, line 4)"',
        "provkg:inCell base:s",
        "provkg:startLine 4",
        "mls:specifiedBy base:s\\#measure-val\\%2Ff1",
        'provkg:rule "wandb.Summary.__setitem__"',
    ]
    assert told("base:s\\#measure-val\\%2Ff1", MODEL, logged) == [
        "mls:EvaluationMeasure , prov:Entity",
        'rdfs:label "val/f1"',
        'schema:name "val/f1"',
    ]


def test_a_parameter_that_is_logged_is_one_of_the_plan() -> None:
    logged = replace(PARAMETER, of="a#v1", call=None, kind="logged", function=None)
    lines = told("base:p", logged)
    assert "provkg:parameterOf base:a\\#v1" in lines
    assert not any("specifiedBy" in line or "byCall" in line for line in lines)


def test_a_seed_tells_what_sets_it_and_to_what() -> None:
    assert told("base:r", SEED) == [
        "provkg:RandomSeed , repr:Parameter , prov:Entity",
        'rdfs:label "seed 42 of numpy.random.seed"',
        "provkg:inCell base:s",
        "provkg:startLine 1",
        "provkg:byCall base:seed",
        'schema:name "numpy.random.seed"',
        'schema:text "42"',
        "mls:hasValue 42",
    ]
    assert told("base:r", replace(SEED, is_option=True))[-1] == "provkg:isOption true"


def test_a_split_tells_what_it_takes_apart_and_what_it_gives() -> None:
    assert told("base:x", SPLIT) == [
        "provkg:Splitting , prov:Entity",
        'rdfs:label "split by train_test_split (cell 2, line 2)"',
        "provkg:inCell base:s",
        "provkg:startLine 2",
        "provkg:byCall base:split",
        'provkg:rule "train_test_split"',
        "provkg:takesApart base:d",
        "provkg:gives base:d1 , base:d2",
    ]


@pytest.mark.parametrize("fact", [MODEL, TRAINING, DATASET, METRIC, SPLIT])
def test_a_guess_is_told_as_one(fact: Any) -> None:
    assert '"convention"' in write(replace(fact, confidence="convention"))
    assert '"convention"' not in write(fact)


# ---- as nested JSON ----


def document(*facts: Any) -> Any:
    return json.loads(write(*facts, form="jsonld"))["@graph"]


def find(value: Any, identifier: str) -> Any:
    """The object with this id, wherever it is told."""
    if isinstance(value, dict) and value.get("id") == identifier and len(value) > 1:
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for part in parts if (found := find(part, identifier)) is not None), None)


def test_in_json_parameters_and_trainings_are_told_in_their_model() -> None:
    training = replace(PARAMETER, id="q", of="t", name="epochs", kind="training")
    model = find(document(*FILES, MODEL, TRAINING, DATASET, PARAMETER, training), "base:m")
    assert [each["label"] for each in model["parameters"]] == ["C = 2"]
    (act,) = model["trainings"]
    assert [each["label"] for each in act["parameters"]] == ["epochs = 2"]
    assert act["givenData"]["dataRole"] == "features"
    assert model["trainedOn"] == "base:t.csv"


def test_in_json_the_parameters_of_a_split_are_told_in_it() -> None:
    size = replace(PARAMETER, of="x", name="test_size", kind="split", value=0.2)
    split = find(document(SPLIT, size), "base:x")
    assert [each["name"] for each in split["parameters"]] == ["test_size"]
    assert split["gives"] == ["base:d1", "base:d2"]


def test_in_json_a_model_is_told_in_the_cell_that_trains_it() -> None:
    cell = find(document(MODEL), "base:s")
    assert [each["id"] for each in cell["inThisCell"]] == ["base:m"]


def test_in_json_one_parameter_is_a_list_too() -> None:
    assert isinstance(find(document(MODEL, PARAMETER), "base:m")["parameters"], list)


def test_a_measure_tells_its_data_and_the_model_what_tests_it() -> None:
    metric = replace(METRIC, data=("d",), tested_on=("read-u",))
    assert "provkg:givenData base:d" in told("base:e", *FILES, MODEL, DATASET, metric)
    assert "fair4ml:testedOn base:u.csv" in told("base:m", *FILES, MODEL, DATASET, metric)


def test_an_access_tells_what_its_file_holds_where_that_is_no_data() -> None:
    access = replace(FILES[1], content="model")
    assert 'provkg:content "model"' in told("base:read-t", FILES[0], access)
    assert not [line for line in told("base:read-t", *FILES) if "provkg:content" in line]


def test_a_training_that_was_carried_out_is_an_activity_that_used_data_and_gave_a_model() -> None:
    assert told("base:k", TRAINING_RUN) == [
        "provkg:TrainingRun , p-plan:Activity , prov:Activity",
        'rdfs:label "training (cell 2)"',
        "provkg:ofTraining base:t",
        "provone:wasPartOf base:step-1",
        f'prov:startedAtTime "{STARTED}"^^xsd:dateTime',
        f'prov:endedAtTime "{ENDED}"^^xsd:dateTime',
        "provkg:elapsedSeconds 2.0E0",
        "provkg:roundCount 7",
        "prov:used base:ds",
    ]
    assert "prov:wasGeneratedBy base:k" in told("base:ms", TRAINING_RUN, MODEL_STATE)


def test_the_state_of_data_tells_content_and_size() -> None:
    assert told("base:ds", DATA_STATE) == [
        "provkg:DataState , p-plan:Entity , prov:Entity",
        'rdfs:label "pandas.DataFrame 300×4"',
        "prov:specializationOf base:d",
        "provkg:inCell base:s",
        'provkg:pythonType "pandas.DataFrame"',
        'provkg:contentHash "ab"',
        'provkg:shape "300×4"',
        "provkg:rowCount 300",
        "provkg:missingCount 2",
        """provkg:jsonValue "{\\"a\\": [0, 1, 0.5]}\"""",
    ]
    assert "provkg:isSampled true" in told("base:ds", replace(DATA_STATE, is_sampled=True))


def test_the_state_of_a_model_tells_its_weights_and_its_bytes() -> None:
    assert told("base:ms", MODEL_STATE) == [
        "provkg:ModelState , p-plan:Entity , prov:Entity",
        'rdfs:label "torch.nn.Sequential as trained"',
        "prov:specializationOf base:m",
        "provkg:inCell base:s",
        'provkg:pythonType "torch.nn.Sequential"',
        'provkg:contentHash "cd"',
        "provkg:weightCount 49",
        'schema:sha256 "ef"',
        "schema:contentSize 9",
        'schema:encodingFormat "joblib.load"',
    ]
