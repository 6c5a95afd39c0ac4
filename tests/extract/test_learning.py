"""Which calls train a model, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.definition import Binding, Call
from provkg.facts.execution import Access, DataFile
from provkg.facts.learning import Model

FactsOf = Callable[..., list[Any]]
Models = Callable[..., list[tuple[str | None, str | None]]]

IMPORTS = """
import keras, torch
import xgboost as xgb, lightgbm as lgb
import statsmodels.api as sm, statsmodels.formula.api as smf
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
"""


@pytest.fixture
def models(facts_of: FactsOf) -> Models:
    """Cells → (variable, class) of each trained model, after the usual imports."""

    def models(*sources: str) -> list[tuple[str | None, str | None]]:
        found = facts_of(Model, IMPORTS + sources[0], *sources[1:])
        return [(model.variable, model.class_name) for model in found]

    return models


@pytest.mark.parametrize(
    ("code", "variable", "class_name"),
    [
        ("m = SVC()\nm.fit(X, y)", "m", "sklearn.svm.SVC"),
        ("m = SVC().fit(X, y)", "m", "sklearn.svm.SVC"),
        ("SVC().fit(X, y)", None, "sklearn.svm.SVC"),
        ("m = n = SVC()\nn.fit(X, y)", "n", "sklearn.svm.SVC"),
        ("import sklearn.svm as s\nm = s.SVC()\nm.fit(X, y)", "m", "sklearn.svm.SVC"),
        ("k = KMeans(3)\nlabels = k.fit_predict(X)", "k", "sklearn.cluster.KMeans"),
        ("p = make_pipeline(StandardScaler(), SVC())\np.fit(X, y)", "p", "sklearn.pipeline.Pipeline"),
        ("p = Pipeline([('s', StandardScaler()), ('m', SVC())])\np.fit(X, y)", "p", "sklearn.pipeline.Pipeline"),
        ("g = GridSearchCV(SVC(), {'C': [1]})\ng.fit(X, y)", "g", "sklearn.model_selection.GridSearchCV"),
        ("m = SVC()\nscores = cross_val_score(m, X, y)", "m", "sklearn.svm.SVC"),
        ("cross_validate(SVC(), X, y)", None, "sklearn.svm.SVC"),
        ("cross_val_score(estimator=SVC(), X=X, y=y)", None, "sklearn.svm.SVC"),
        ("b = xgb.train({}, d)", "b", "xgboost.Booster"),
        ("b = lgb.train({}, lgb.Dataset(X))", "b", "lightgbm.Booster"),
        ("m = xgb.XGBRegressor()\nm.fit(X, y)", "m", "xgboost.XGBRegressor"),
        ("m = keras.Sequential()\nm.compile()\nh = m.fit(X, y, epochs=3)", "m", "keras.Sequential"),
        ("m = sm.OLS(y, X)\nr = m.fit()", "m", "statsmodels.api.OLS"),
        ("r = sm.OLS(y, X).fit()", "r", "statsmodels.api.OLS"),
        ("models = {'a': SVC()}\nmodels['a'].fit(X, y)", "models", "sklearn.svm.SVC"),
        ("class A:\n    def __init__(self):\n        self.m = SVC()\na = A()\na.m.fit(X, y)", "a", "sklearn.svm.SVC"),
        ("m = SVC()\nif x:\n    m = SVC(C=2)\nm.fit(X, y)", "m", "sklearn.svm.SVC"),
        ("unknown.fit(X, y)", "unknown", None),
        ("for m in [SVC(), SVC(C=2)]:\n    m.fit(X, y)", "m", "sklearn.svm.SVC"),
        ("def train(m):\n    m.fit(X, y)\nmodel = SVC()\ntrain(model)", "model", "sklearn.svm.SVC"),
        ("def train():\n    m = SVC()\n    m.fit(X, y)\n    return m\nmodel = train()", "m", "sklearn.svm.SVC"),
    ],
)  # fmt: skip
def test_this_trains_one_model(
    models: Models, code: str, variable: str | None, class_name: str | None
) -> None:
    assert models(code) == [(variable, class_name)]


@pytest.mark.parametrize(
    "code",
    [
        "m = SVC()",
        "m = SVC()\nm.predict(X)",
        "m = SVC()\nm.set_params(C=1)",
        "s = StandardScaler()\ns.fit(X)",
        "X = StandardScaler().fit_transform(X)",
        "PCA(2).fit(X)",
        "TfidfVectorizer().fit_transform(texts)",
        "train_test_split(X, y)",
        "def train():\n    m = SVC()\n    m.fit(X, y)",
        "class A:\n    def train(self):\n        SVC().fit(X, y)\nA()",
        "lambda: SVC().fit(X, y)",
        "m = keras.Sequential()\nm.compile()",
        "m = sm.OLS(y, X)",
        "g = GridSearchCV(SVC(), {'C': [1]})",
        "fit(X, y)",
        "m.fitted(X)",
        "'m.fit(X, y)'",
        "import numpy as np\nnp.polyfit",
        "class A:\n    def fit(self, X):\n        return self\nA().fit(X)",
    ],
)
def test_this_trains_none(models: Models, code: str) -> None:
    assert models(code) == []


def test_each_call_that_trains_is_a_model_of_its_own(models: Models) -> None:
    assert models("m = SVC()\nm.fit(X, y)\nm.fit(Z, y)\nn = KMeans().fit(X)") == [
        ("m", "sklearn.svm.SVC"),
        ("m", "sklearn.svm.SVC"),
        ("n", "sklearn.cluster.KMeans"),
    ]


def test_a_loop_over_estimators_trains_one_model_of_each_class(models: Models) -> None:
    assert models("for m in [SVC(), LogisticRegression(), SVC(C=2)]:\n    m.fit(X, y)") == [
        ("m", "sklearn.svm.SVC"),
        ("m", "sklearn.linear_model.LogisticRegression"),
    ]


def test_a_model_points_at_its_call_and_at_what_holds_it(facts_of: FactsOf) -> None:
    cells = (IMPORTS + "m = SVC()", "m.fit(X, y)")
    (model,) = facts_of(Model, *cells)
    (call,) = (call for call in facts_of(Call, *cells) if call.text == "m.fit")
    holder = next(each for each in facts_of(Binding, *cells) if each.id == model.binding)
    assert (model.call, model.step, model.id) == (call.id, call.step, call.id + ".model")
    assert (holder.name, holder.kind, holder.call) == ("m", "mutation", call.id)


def test_a_model_trained_by_a_function_belongs_to_the_step_that_calls_it(facts_of: FactsOf) -> None:
    cells = (IMPORTS + "def train(m):\n    m.fit(X, y)\n    print('trained')", "train(SVC())")
    assert [model.step.rpartition(".")[2].split("-")[1] for model in facts_of(Model, *cells)] == ["1"]


def test_a_name_that_only_looks_like_training_is_a_convention(facts_of: FactsOf) -> None:
    assert [model.confidence for model in facts_of(Model, IMPORTS + "unknown.fit(X, y)")] == ["convention"]
    assert [model.confidence for model in facts_of(Model, IMPORTS + "SVC().fit(X, y)")] == ["resolved"]


def test_a_training_loop_trains_the_network_whose_parameters_it_optimises(models: Models) -> None:
    code = (
        "net = torch.nn.Linear(3, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "for epoch in range(9):\n    opt.zero_grad()\n    loss = ((net(X) - y) ** 2).mean()\n"
        "    loss.backward()\n    opt.step()"
    )
    assert models(code) == [("net", "torch.nn.Linear")]


# which data trained it


@pytest.fixture
def trained_on(facts_of: Callable[..., list[Any]]) -> Callable[..., list[list[str]]]:
    """Code → for each model, the locators of the data that trained it."""

    def trained_on(*sources: str) -> list[list[str]]:
        files = {fact.id: fact.locator for fact in facts_of(DataFile, *sources)}
        accesses = {fact.id: files[fact.file] for fact in facts_of(Access, *sources)}
        return [[accesses[each] for each in model.trained_on] for model in facts_of(Model, *sources)]

    return trained_on


DATA = """\
import pandas as pd
from sklearn.svm import SVC
from sklearn.model_selection import train_test_split, cross_val_score
from sklearn.preprocessing import StandardScaler
a = pd.read_csv('a.csv')
b = pd.read_csv('b.csv')
"""


@pytest.mark.parametrize(
    "code",
    [
        "SVC().fit(a[['x']], a.y)",
        "X = a.drop(columns='y').fillna(0).values\nSVC().fit(X, a['y'])",
        "X_train, X_test, y_train, y_test = train_test_split(a[['x']], a.y)\nSVC().fit(X_train, y_train)",
        "def prepare(frame):\n    frame = frame.dropna()\n    return frame[['x']], frame.y\nX, y = prepare(a)\nSVC().fit(X, y)",
        "def train(m, d):\n    m.fit(d[['x']], d['y'])\ntrain(SVC(), a)",
        "cross_val_score(SVC(), a[['x']], a.y)",
        "parts = [a]\nfor part in parts:\n    SVC().fit(part[['x']], part.y)",
        "d = {'train': a, 'test': b}\nSVC().fit(d['train'][['x']], d['train'].y)",
        "SVC().fit(a[['x']], a.y)\nprint(b.shape)",
        "n = len(b)\nSVC().fit(a[['x']][:n], a.y)",
        "m = SVC()\nm.fit(a[['x']], a.y)\nm.predict(b)",
        "class T:\n    def __init__(self, d):\n        self.d = d\n    def go(self):\n        SVC().fit(self.d[['x']], self.d.y)\nT(a).go()",
        "s = StandardScaler()\nX = s.fit_transform(a[['x']])\nSVC().fit(X, a.y)\ns.transform(b)",
        "X = [row for row in a.values]\nSVC().fit(X, a.y)",
        "import statsmodels.api as sm\nsm.OLS(a.y, a[['x']]).fit()",
    ],
)
def test_this_model_is_trained_on_the_first_file_alone(
    trained_on: Callable[..., list[list[str]]], code: str
) -> None:
    assert trained_on(DATA + code) == [["a.csv"]]


@pytest.mark.parametrize(
    "code",
    [
        "both = pd.concat([a, b])\nSVC().fit(both[['x']], both.y)",
        "SVC().fit(a[['x']], b.y)",
        "a['z'] = b['z']\nSVC().fit(a[['x', 'z']], a.y)",
        "c = a.merge(b, on='k')\nSVC().fit(c[['x']], c.y)",
        "c = a if flag else b\nSVC().fit(c[['x']], c.y)",
        "a['z'] = b.x.sum(axis=1)\nSVC().fit(a[['x', 'z']], a.y)",
    ],
)
def test_this_model_is_trained_on_both_files(trained_on: Callable[..., list[list[str]]], code: str) -> None:
    assert trained_on(DATA + code) == [["a.csv", "b.csv"]]


def test_data_that_only_validates_does_not_train(trained_on: Callable[..., list[list[str]]]) -> None:
    code = "import keras\nm = keras.Sequential()\nm.fit(a[['x']], a.y, validation_data=(b[['x']], b.y))"
    assert trained_on(DATA + code) == [["a.csv"]]


def test_data_flows_to_the_training_from_cell_to_cell(trained_on: Callable[..., list[list[str]]]) -> None:
    assert trained_on(DATA, "a = a.dropna()", "m = SVC()", "m.fit(a[['x']], a.y)") == [["a.csv"]]
