"""From what was observed of machine learning, on a program's text, to facts, graph and answer."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from provkg.facts import Fact
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.factset import FactSet
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
from provkg.graph.builder import build_graph
from provkg.identity import digest_text
from provkg.query.models import explain_model, find_models
from provkg.report.trained import tell_explanation
from provkg.runs.facts import observed_facts
from provkg.runs.journal import parse_journal
from provkg.store.memory import MemoryStore

BASE = "https://example.org/"
PROGRAM = """\
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
train, test = pd.read_csv("train.csv"), pd.read_csv("test.csv")
model = LogisticRegression(C=2.0)
model.fit(train[["a"]], train["y"])
acc = accuracy_score(test["y"], model.predict(test[["a"]]))
"""
FIT = "model.fit("
T = TypeVar("T", bound=Fact)


def table(digest: str, rows: int, *names: str, **more: Any) -> dict[str, Any]:
    """The summary of a data frame."""
    known = {"type": "pandas.DataFrame", "kind": "table", "rows": rows, "columns": len(names)}
    return {**known, "names": list(names), "digest": f"sha256:{digest * 64}", **more}


def place(program: str, code: str, *, last: bool = False) -> dict[str, Any]:
    """Where an expression stands that begins so: up to the parenthesis that closes its last call."""
    start = program.rindex(code) if last else program.index(code)
    depth, end = 0, start
    for end in range(start, len(program)):
        depth += {"(": 1, ")": -1}.get(program[end], 0)
        if program[end] == ")" and depth == 0:
            break
    line = program.count("\n", 0, start) + 1
    column = start - (program.rfind("\n", 0, start) + 1)
    return {
        "source": "/p/train.py", "line": line, "at": line,
        "span": [line, line, column, column + end + 1 - start],
    }  # fmt: skip


def training(program: str = PROGRAM, code: str = FIT, **more: Any) -> dict[str, Any]:
    """The record of a fit."""
    return {
        "k": "training", "t": 20.0, "s": None, "n": 1, "seconds": 2.0, "actions": ["fit"],
        "rule": "sklearn.linear_model.LogisticRegression.fit", **place(program, code),
        "data": [
            {"role": "features", "parameter": "X", "object": 3, **table("a", 300, "a", missing={"a": 2})},
            {"role": "target", "parameter": "y", "object": 4, **table("b", 300, "y")},
        ],
        "model": {
            "object": 7, "type": "sklearn.linear_model.LogisticRegression", "predicts": True,
            "kind": "estimator", "parameters": {"C": 2.0, "tol": 0.0001}, "defaults": ["tol"],
        },
        **more,
    }  # fmt: skip


PREDICTION = {
    "k": "prediction", "t": 21.0, "rule": "p", "model": {"object": 7}, "result": {"object": 9},
    **place(PROGRAM, "model.predict("),
}  # fmt: skip
SCORE = {
    "k": "score", "t": 22.0, "n": 1, "actions": ["measure"], "rule": "sklearn.metrics.accuracy_score", "value": 0.75,
    **place(PROGRAM, "accuracy_score(test"),
    "data": [
        {"role": "truth", "parameter": "y_true", "object": 8, **table("c", 100, "y")},
        {"role": "prediction", "parameter": "y_pred", "object": 9, "type": "list", "kind": "container", "length": 100},
    ],
}  # fmt: skip


def observed(*records: dict[str, Any], program: str = PROGRAM, run: str = "r1") -> FactSet:
    """The facts of a run of a program with these records."""
    digest = digest_text(program)
    start: list[dict[str, Any]] = [
        {"k": "run", "t": 10.0, "id": run, "document": "train.py", "digest": digest, "root": "/p"},
        {"k": "program", "t": 10.1, "path": "/p/train.py"},
    ]
    end = {"k": "end", "t": 30.0, "code": 0, "status": "completed", "seconds": 20.0}
    lines = "".join(json.dumps(each) + "\n" for each in [*start, *records, end])
    contents = {digest: program.encode()}
    return observed_facts(parse_journal(lines.encode()), contents.get)


def of(kind: type[T], facts: FactSet) -> list[T]:
    return [fact for fact in facts.facts if isinstance(fact, kind)]


def only(kind: type[T], facts: FactSet) -> T:
    (found,) = of(kind, facts)
    return found


def test_what_was_observed_is_told_of_the_model_that_the_code_implies() -> None:
    facts = observed(training())
    model = only(Model, facts)
    assert (model.variable, model.class_name) == ("model", "sklearn.linear_model.LogisticRegression")
    assert only(Training, facts).model == model.id
    assert model.id.startswith("train.py#v")


def test_a_training_run_tells_when_on_what_and_what_came_of_it() -> None:
    facts = observed(training())
    run = only(TrainingRun, facts)
    assert (run.started, run.ended, run.elapsed_seconds) == (
        "1970-01-01T00:00:18Z",
        "1970-01-01T00:00:20Z",
        2.0,
    )
    assert [state.id for state in of(DataState, facts)] == list(run.used)
    assert run.gave == only(ModelState, facts).id


def test_data_are_told_by_content_size_and_columns() -> None:
    facts = observed(training())
    features, target = of(DataState, facts)
    assert (features.digest, features.shape, features.rows, features.missing) == (
        f"sha256:{'a' * 64}",
        (300, 1),
        300,
        2,
    )
    assert [(data.role, data.columns) for data in of(Dataset, facts)] == [
        ("features", ("a",)),
        ("target", ("y",)),
    ]
    assert target.data == of(Dataset, facts)[1].id


def test_only_the_data_that_the_code_follows_there_trained_the_model() -> None:
    facts = observed(training(), PREDICTION, SCORE)
    files = {fact.id: fact.file for fact in facts.facts if type(fact).__name__ == "Access"}
    assert [files[access] for access in only(Model, facts).trained_on] == ["train.csv"]
    assert [files[access] for access in only(Metric, facts).tested_on] == ["test.csv"]


def test_a_default_is_marked_and_a_written_value_keeps_its_id() -> None:
    facts = observed(training())
    inferred = "train.py#v"
    found = {
        each.name: (each.value, each.is_default, each.id.startswith(inferred))
        for each in of(Parameter, facts)
    }
    assert found == {"C": (2.0, False, True), "tol": (0.0001, True, False)}


def test_a_measure_has_its_value_and_the_model_whose_predictions_it_is_about() -> None:
    facts = observed(training(), PREDICTION, SCORE)
    metric = only(Metric, facts)
    assert (metric.value, metric.models) == (0.75, (only(Model, facts).id,))
    assert metric.id.startswith("train.py#run-r1.")


def test_values_of_two_runs_stand_apart_and_the_model_is_one() -> None:
    first = observed(training(), PREDICTION, SCORE)
    second = observed(training(), PREDICTION, {**SCORE, "value": 0.5}, run="r2")
    assert only(Model, first).id == only(Model, second).id
    assert only(Metric, first).id != only(Metric, second).id


def test_every_round_of_a_loop_is_told() -> None:
    records = [
        training(n=number + 1, model={**training()["model"], "parameters": {"C": value}, "defaults": []})
        for number, value in enumerate((0.1, 1.0))
    ]
    facts = observed(*records)
    assert len(of(TrainingRun, facts)) == 2
    assert sorted(each.value for each in of(Parameter, facts)) == [0.1, 1.0]  # type: ignore[type-var]
    only(Model, facts)


def test_what_only_transforms_is_no_training() -> None:
    program = "from sklearn.preprocessing import StandardScaler\ns = StandardScaler()\ns.fit([[1.0]])\n"
    scaler = {
        "object": 1,
        "type": "sklearn.preprocessing.StandardScaler",
        "predicts": False,
        "parameters": {},
    }
    record = training(program, "s.fit(", model=scaler, rule="sklearn.preprocessing.StandardScaler.fit")
    assert of(Training, observed(record, program=program)) == []


def test_a_call_that_the_code_does_not_show_is_told_by_what_was_observed() -> None:
    program = 'import sklearn\ngetattr(make(), "fit")(X, y)\n'
    line = place(program, 'getattr(make(), "fit")(X')
    facts = observed({**training(program, "getattr("), **line}, program=program)
    model = only(Model, facts)
    assert (model.class_name, model.variable) == ("sklearn.linear_model.LogisticRegression", None)
    assert only(Training, facts).kind == "fit"
    assert [data.columns for data in of(Dataset, facts)] == [("a",), ("y",)]


def test_a_training_that_failed_trained_nothing() -> None:
    assert of(TrainingRun, observed(training(error="ValueError"))) == []


def test_a_split_tells_the_parts_that_it_gave() -> None:
    program = (
        "import pandas as pd\nfrom sklearn.model_selection import train_test_split\n"
        'df = pd.read_csv("all.csv")\na, b = train_test_split(df, random_state=3)\n'
    )
    record = {
        "k": "split", "t": 12.0, "n": 1, "actions": ["split"], "rule": "sklearn.model_selection.train_test_split",
        "settings": {"random_state": 3}, "data": [{"role": "data", "parameter": "0", **table("a", 10, "x")}],
        "parts": [table("b", 7, "x"), table("c", 3, "x")], **place(program, "train_test_split(df"),
    }  # fmt: skip
    facts = observed(record, program=program)
    split = only(Split, facts)
    rows = {state.data: state.rows for state in of(DataState, facts)}
    assert [rows[part] for part in split.parts] == [7, 3]
    assert [data.part for data in of(Dataset, facts) if data.id in split.parts] == ["train", "test"]


def test_a_seed_has_the_value_that_it_was_given() -> None:
    program = "import sys\nimport numpy as np\nnp.random.seed(int(sys.argv[1]))\n"
    record = {
        "k": "seed", "t": 12.0, "n": 1, "actions": ["seed"], "rule": "numpy.random.seed", "settings": {"seed": 42},
        **place(program, "np.random.seed("),
    }  # fmt: skip
    seed = only(Seed, observed(record, program=program))
    assert (seed.value, seed.is_constant, seed.text) == (42, True, "int(sys.argv[1])")


def test_a_seed_of_none_is_no_seed() -> None:
    record = {"k": "seed", "t": 12.0, "rule": "random.seed", "settings": {"a": None}, **place(PROGRAM, FIT)}
    assert of(Seed, observed(record)) == []


def test_the_last_record_of_a_loop_counts() -> None:
    program = "import torch\nfor x in data:\n    opt.step()\n"
    loop = {
        "k": "training", "loop": True, "actions": ["train"], "rule": "torch.optim.SGD.step", "seconds": 1.0,
        "model": {"object": 1, "type": "Net", "predicts": True, "parameters": {}, "name": "net"},
        "optimizer": {"type": "torch.optim.SGD", "parameters": {"lr": 0.1}, "defaults": []},
        **place(program, "opt.step("),
    }  # fmt: skip
    facts = observed({**loop, "t": 12.0, "steps": 5}, {**loop, "t": 13.0, "steps": 9}, program=program)
    assert only(TrainingRun, facts).rounds == 9
    assert [(each.name, each.value) for each in of(Parameter, facts)] == [("lr", 0.1)]


def test_facts_of_observed_learning_survive_json() -> None:
    facts = observed(training(), PREDICTION, SCORE)
    assert list(decode_fact_sets(encode_fact_sets([facts]))) == [facts]


def test_records_that_say_nothing_do_no_harm() -> None:
    bare = {"t": 12.0, "rule": "x.fit", "actions": [], "line": 6, "at": 6, "source": "/p/train.py"}
    kinds = ("training", "prediction", "score", "split", "seed", "read")
    assert observed(*({"k": kind, **bare} for kind in kinds)).id == "train.py#run-r1"


def test_the_answer_tells_hashes_rows_and_values() -> None:
    facts = observed(training(), PREDICTION, SCORE)
    store = MemoryStore()
    store.load_nquads(build_graph(facts, BASE).nquads)
    (model,) = find_models(store)
    told = tell_explanation(explain_model(store, model), with_way=False)
    assert told == (
        "model: sklearn.linear_model.LogisticRegression\n"
        "  trained in      train.py line 6 (seen once)\n"
        "  trained on      train.csv  (pandas.read_csv, line 4)\n"
        "  features        (an expression); columns a; 300×1 2 missing content aaaaaaaaaaaa…\n"
        "  target          (an expression); columns y; 300×1 content bbbbbbbbbbbb…\n"
        "  parameters      C=2.0\n"
        "  defaults        tol=0.0001\n"
        "  measures        sklearn.metrics.accuracy_score = 0.75  line 7"
    )
