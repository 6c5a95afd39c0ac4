"""Which data trained a model: asked of the graph."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provkg.query.models import (
    Explanation,
    between,
    choose_models,
    explain_model,
    find_models,
    nearest_names,
    place_of,
)
from provkg.store.memory import MemoryStore

StoreOf = Callable[..., MemoryStore]

PROGRAM = (
    "import pandas as pd, joblib\nfrom sklearn.svm import SVC\nfrom sklearn.metrics import accuracy_score\n"
    "from sklearn.model_selection import train_test_split",
    "birds = pd.read_csv('birds.csv')\nplaces = pd.read_csv('places.csv')",
    "birds = birds.fillna(places.mean())\nX = birds.drop(columns=['species'])\ny = birds['species']",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)",
    "clf = SVC(C=2)\nclf.fit(X_train, y_train)",
    "accuracy_score(y_test, clf.predict(X_test))",
    "joblib.dump(clf, 'out/clf.joblib')",
)


@pytest.fixture
def store(store_of: StoreOf) -> MemoryStore:
    return store_of(*PROGRAM)


@pytest.fixture
def told(store: MemoryStore) -> Explanation:
    (model,) = find_models(store)
    return explain_model(store, model)


@pytest.mark.parametrize("name", ["clf", "SVC", "sklearn.svm.SVC", "svc", "out/clf.joblib", "clf.joblib"])
def test_a_model_is_found_by_this_name(store: MemoryStore, name: str) -> None:
    models = find_models(store)
    assert choose_models(store, models, name) == models
    assert len(models) == 1


def test_a_model_is_found_by_its_iri(store: MemoryStore) -> None:
    (model,) = find_models(store)
    assert choose_models(store, [model], model.iri) == [model]


def test_a_wrong_name_has_near_ones(store: MemoryStore) -> None:
    models = find_models(store)
    assert choose_models(store, models, "clff") == []
    assert nearest_names(models, "clff")[0] == "clf"


def test_records_and_mere_influence_are_told_apart(told: Explanation) -> None:
    assert [source.locator for source in told.sources] == ["birds.csv"]
    assert [source.locator for source in told.influences] == ["places.csv"]


def test_each_data_set_has_its_role_part_and_columns(told: Explanation) -> None:
    data = {each.role: each for each in told.data}
    assert (data["features"].name, data["features"].part, data["features"].excluded) == (
        "X_train", "train", ["species"],
    )  # fmt: skip
    assert (data["target"].name, data["target"].columns) == ("y_train", ["species"])


def test_parameters_and_measures_are_told(told: Explanation) -> None:
    assert [(each.name, each.value) for each in told.settings] == [("C", "2")]
    assert [(each.name, each.part) for each in told.measures] == [("sklearn.metrics.accuracy_score", "test")]


def test_what_is_logged_is_told_as_a_measure_with_what_logs_it(store_of: StoreOf) -> None:
    logging = "import wandb\nwandb.log({'acc': accuracy_score(y_test, clf.predict(X_test))})"
    store = store_of(*PROGRAM[:5], logging)
    (model,) = find_models(store)
    assert [(each.name, each.part, each.logged_by) for each in explain_model(store, model).measures] == [
        ("acc", "test", "wandb.log"),
        ("sklearn.metrics.accuracy_score", "test", None),
    ]


def test_the_way_goes_from_the_source_to_the_training_line_by_line(told: Explanation) -> None:
    assert [(each.place.position, each.place.line, each.text) for each in told.way] == [
        (2, 1, "birds = pd.read_csv('birds.csv')"),
        (2, 2, "places = pd.read_csv('places.csv')"),
        (3, 1, "birds = birds.fillna(places.mean())"),
        (3, 2, "X = birds.drop(columns=['species'])"),
        (3, 3, "y = birds['species']"),
        (4, 1, "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)"),
        (5, 2, "clf.fit(X_train, y_train)"),
    ]


def test_the_way_goes_through_functions(store_of: StoreOf) -> None:
    store = store_of(
        "import pandas as pd\nfrom sklearn.svm import SVC",
        "def train(data, label):\n    SVC().fit(data, label)",
        "a = pd.read_csv('a.csv')\ntrain(a[['x']], a.y)",
    )
    (model,) = find_models(store)
    assert [(each.place.position, each.place.line) for each in explain_model(store, model).way] == [
        (2, 1), (3, 1), (3, 2),
    ]  # fmt: skip


def test_validation_data_is_told_and_trains_nothing(store_of: StoreOf) -> None:
    store = store_of(
        "import pandas as pd, keras\na = pd.read_csv('a.csv')\nb = pd.read_csv('b.csv')\nm = keras.Sequential()",
        "m.fit(a[['x']], a.y, validation_data=(b[['x']], b.y))",
    )
    (model,) = find_models(store)
    told = explain_model(store, model)
    assert ([each.locator for each in told.sources], told.validated_on) == (["a.csv"], ["b.csv"])


def test_a_program_that_trains_nothing_has_no_models(store_of: StoreOf) -> None:
    assert find_models(store_of("x = 1")) == []


def test_a_circle_of_definitions_comes_to_an_end() -> None:
    edges = {"c": ["b"], "b": ["a", "c"], "a": ["b"]}
    assert between(["c"], edges, {"a"}) == ["c", "b", "a"]


def test_what_leads_to_no_source_is_not_on_the_way() -> None:
    assert between(["d"], {"d": ["c", "x"], "c": ["a"], "x": ["y"]}, {"a"}) == ["d", "c", "a"]


def test_a_line_of_a_script_with_cells_is_one_of_the_file() -> None:
    row = {"path": "a.py", "position": 2, "line": 3, "isScript": True, "firstLine": 8}
    assert place_of(row).line == 10
    assert place_of({**row, "isScript": False}).line == 3
