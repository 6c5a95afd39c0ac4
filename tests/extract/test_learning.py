"""Which calls train a model, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.definition import Binding, Call
from provkg.facts.execution import Access, DataFile
from provkg.facts.learning import Metric, Model, Parameter, Training

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


# which trainings are of one model

MODELS = """\
import pandas as pd
import keras
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
a = pd.read_csv('a.csv')
b = pd.read_csv('b.csv')
X, y = a[['x']], a.y
V, w = b[['x']], b.y
"""

Groups = Callable[..., list[str]]


@pytest.fixture
def groups(learn: Callable[..., Any]) -> Groups:
    """Cells → each model as "variable ×count on data: trainings as kind@cell"."""

    def groups(*sources: str) -> list[str]:
        found = learn(MODELS, *sources)
        lines = []
        for model in found.all(Model):
            acts = [each for each in found.all(Training) if each.model == model.id]
            told = " ".join(f"{each.kind}@{found.by_id[each.step].index}" for each in acts)
            lines.append(f"{model.variable} ×{model.count} on {found.origin(model)}: {told}")
        return lines

    return groups


TRAIN = "def train(d):\n    m = SVC()\n    m.fit(d[['x']], d.y)\n    return m"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["m = SVC()\nm.fit(X, y)\nm.fit(X, y)"], "m ×1 on a: fit@1 fit@1"),
        (["m = SVC()\nm.fit(X, y)", "m.fit(X, y)"], "m ×1 on a: fit@1 fit@2"),
        (["m = keras.Sequential()\nm.fit(X, y, epochs=1)\nm.fit(X, y, epochs=9)"], "m ×1 on a: fit@1 fit@1"),
        (["m = SVC()\ncross_val_score(m, X, y)", "m.fit(X, y)"], "m ×1 on a: cross-validation@1 fit@2"),
        (["m = SVC().fit(X, y)\ncross_val_score(m, X, y)"], "m ×1 on a: fit@1 cross-validation@1"),
        (["m = SVC().fit(X, y)", "cross_validate(m, V, w)"], "m ×1 on a b: fit@1 cross-validation@2"),
        (["m = SVC()\ncross_val_score(m, X, y)\ncross_val_score(m, X, y, scoring='f1')"], "m ×1 on a: cross-validation@1 cross-validation@1"),
        (["for c in (1, 2):\n    m = SVC(C=c)\n    m.fit(X, y)"], "m ×1 on a: fit@1"),
        (["for i, j in KFold(3).split(X):\n    m = SVC()\n    m.fit(X.iloc[i], y.iloc[i])"], "m ×1 on a: fit@1"),
        (["m = SVC()\nfor i, j in KFold(3).split(X):\n    m.fit(X.iloc[i], y.iloc[i])"], "m ×1 on a: fit@1"),
        (["for i, j in KFold(3).split(X):\n    m = clone(base)\n    m.fit(X.iloc[i], y.iloc[i])"], "m ×1 on a: fit@1"),
        (["[SVC(C=c).fit(X, y) for c in (1, 2)]"], "None ×1 on a: fit@1"),
        (["ms = [SVC(C=1), SVC(C=2)]\nfor m in ms:\n    m.fit(X, y)"], "m ×2 on a: fit@1"),
        (["ms = {'one': SVC(C=1), 'two': SVC(C=2)}\nfor name, m in ms.items():\n    m.fit(X, y)"], "m ×2 on a: fit@1"),
        (["m = SGDClassifier()\nwhile flag:\n    m.partial_fit(X, y)"], "m ×1 on a: fit@1"),
        ([TRAIN, "m = train(a)"], "m ×1 on a: fit@2"),
        ([TRAIN, "one = train(a)", "two = train(b)"], "m ×2 on a b: fit@2 fit@3"),
        (["def train(m, d):\n    m.fit(d[['x']], d.y)\nm = SVC()", "train(m, a)", "train(m, b)"], "m ×1 on a b: fit@2 fit@3"),
        (["m = SVC()\nm.fit(X, y)\nn = m\nn.fit(X, y)"], "m ×1 on a: fit@1 fit@1"),
        (["m = make_pipeline(StandardScaler(), SVC())\nm.fit(X, y)\ncross_val_score(m, X, y)"], "m ×1 on a: fit@1 cross-validation@1"),
    ],
)  # fmt: skip
def test_this_is_one_model(groups: Groups, cells: list[str], expected: str) -> None:
    assert groups(*cells) == [expected]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["m = SVC()\nm.fit(X, y)", "m.fit(V, w)"], ["m ×1 on a: fit@1", "m ×1 on b: fit@2"]),
        (["m = SVC()\nm.fit(X, y)", "m = SVC()\nm.fit(X, y)"], ["m ×1 on a: fit@1", "m ×1 on a: fit@2"]),
        (["m = SVC().fit(X, y)\nn = clone(m).fit(V, w)"], ["m ×1 on a: fit@1", "n ×1 on b: fit@1"]),
        (["g = GridSearchCV(SVC(), {})\ng.fit(X, y)\nbest = g.best_estimator_\nbest.fit(V, w)"],
         ["g ×1 on a: search@1", "best ×1 on b: fit@1"]),
        (["for m in (SVC(), LinearRegression()):\n    m.fit(X, y)"], ["m ×1 on a: fit@1", "m ×1 on a: fit@1"]),
        (["def train(m):\n    m.fit(X, y)", "train(SVC())", "train(LinearRegression())"],
         ["m ×1 on a: fit@2", "m ×1 on a: fit@3"]),
        (["m = SVC()\nif flag:\n    m.fit(X, y)\nelse:\n    m.fit(V, w)"], ["m ×1 on a: fit@1", "m ×1 on b: fit@1"]),
        (["for kind in (SVC, LinearRegression):\n    m = kind()\n    m.fit(X, y)"], ["m ×1 on a: fit@1", "m ×1 on a: fit@1"]),
    ],
)  # fmt: skip
def test_these_are_two_models(groups: Groups, cells: list[str], expected: list[str]) -> None:
    assert groups(*cells) == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["m = SVC()\nm.fit(X, y)\nm.fit(V, w)"],
        [TRAIN, "one = train(a)", "two = train(b)"],
        ["m = SVC().fit(X, y)", "cross_val_score(m, V, w)"],
        [TRAIN, "one = train(a)\ntwo = train(b)"],
        ["m = SVC()\nfor d in (a, b):\n    m.fit(d[['x']], d.y)"],
    ],
)
def test_a_model_is_trained_on_what_its_trainings_are_given(
    learn: Callable[..., Any], cells: list[str]
) -> None:
    found = learn(MODELS, *cells)
    for model in found.all(Model):
        given = {
            each
            for act in found.all(Training)
            if act.model == model.id
            for each in (*act.trained_on, *act.influenced_by)
        }
        assert given == {*model.trained_on, *model.influenced_by}


def test_only_the_first_of_two_equal_fits_holds_the_identity(learn: Callable[..., Any]) -> None:
    found = learn(MODELS, "m = SVC()\nm.fit(X, y)", "m.fit(X, y)")
    (model,), acts = found.all(Model), found.all(Training)
    assert model.call == acts[0].call != acts[1].call
    assert {each.model for each in acts} == {model.id}


def test_a_model_that_is_cross_validated_first_is_named_after_its_fit(learn: Callable[..., Any]) -> None:
    found = learn(MODELS, "m = SVC()\ncross_val_score(m, X, y)", "m.fit(X, y)")
    (model,) = found.all(Model)
    assert found.by_id[model.step].index == 2


def test_cross_validation_is_a_measure_of_its_model(learn: Callable[..., Any]) -> None:
    found = learn(MODELS, "m = SVC()\ncross_val_score(m, X, y, scoring='f1')")
    (metric,) = found.all(Metric)
    assert (metric.scoring, [found.by_id[each].variable for each in metric.models]) == ("f1", ["m"])


def test_out_of_fold_predictions_are_of_the_model_of_the_loop(learn: Callable[..., Any]) -> None:
    code = (
        "import numpy as np\noof = np.zeros(len(X))\nfor i, j in KFold(3).split(X):\n"
        "    m = SVC().fit(X.iloc[i], y.iloc[i])\n    oof[j] = m.predict(X.iloc[j])\naccuracy_score(y, oof)"
    )
    assert learn(MODELS, code).measured() == [("accuracy_score", None, ["m"])]


def test_after_a_refit_predictions_are_of_the_newer_model(learn: Callable[..., Any]) -> None:
    code = "m = SVC()\nm.fit(X, y)\naccuracy_score(y, m.predict(X))\nm.fit(V, w)\naccuracy_score(w, m.predict(V))"
    found = learn(MODELS, code)
    assert [found.files(found.by_id[each.models[0]].trained_on) for each in found.all(Metric)] == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "constructor", "final", "components"),
    [
        ("SVC().fit(X, y)", None, None, []),
        ("make_pipeline(StandardScaler(), SVC()).fit(X, y)", "make_pipeline", "SVC", ["StandardScaler", "SVC"]),
        ("GridSearchCV(SVC(), {}).fit(X, y)", None, "SVC", ["SVC"]),
        ("p = make_pipeline(StandardScaler(), SVC())\nGridSearchCV(p, {}).fit(X, y)", None, "SVC", ["Pipeline", "StandardScaler", "SVC"]),
        ("from sklearn.ensemble import VotingClassifier\nVotingClassifier([('s', SVC()), ('l', SGDClassifier())]).fit(X, y)", None, None, ["SVC", "SGDClassifier"]),
        ("from sklearn.compose import make_column_transformer as c\nmake_pipeline(c((StandardScaler(), ['x']), ('drop', ['z'])), SVC()).fit(X, y)",
         "make_pipeline", "SVC", ["ColumnTransformer", "StandardScaler", "SVC"]),
        ("from sklearn.ensemble import VotingClassifier as V\ns = {'s': SVC(), 'l': SGDClassifier()}\ndel s['l']\nV(list(s.items())).fit(X, y)",
         None, None, ["SVC"]),
        ("from sklearn.ensemble import BaggingClassifier\nBaggingClassifier(SVC()).fit(X, y)", None, None, ["SVC"]),
        ("import xgboost\nxgboost.train({}, xgboost.DMatrix(X, y))", "train", None, []),
    ],
)  # fmt: skip
def test_a_model_says_what_made_it_and_what_it_is_made_of(
    learn: Callable[..., Any], code: str, constructor: str | None, final: str | None, components: list[str]
) -> None:
    (model,) = learn(MODELS, code).all(Model)

    def last(name: str | None) -> str | None:
        return None if name is None else name.rpartition(".")[2]

    assert (last(model.constructor), last(model.final_estimator)) == (constructor, final)
    assert [last(each) for each in model.components] == components


@pytest.mark.parametrize(
    ("cells", "variable"),
    [
        (["m = SVC()\nm.fit(X, y)"], "m"),
        (["SVC().fit(X, y)"], None),
        (["m = SVC().fit(X, y)"], "m"),
        (
            [
                "class T:\n    def go(self):\n        self.m = SVC()\n        self.m.fit(X, y)\nt = T()\nt.go()"
            ],
            "self",
        ),
        (["def train(model):\n    model.fit(X, y)", "mine = SVC()\ntrain(mine)"], "mine"),
        (["ms = {'s': SVC()}\nms['s'].fit(X, y)"], "ms"),
        (["cross_val_score(SVC(), X, y)"], None),
        (["scores = cross_val_score(SVC(), X, y)"], None),
    ],
)
def test_a_model_is_held_by_this_variable(
    learn: Callable[..., Any], cells: list[str], variable: str | None
) -> None:
    assert [each.variable for each in learn(MODELS, *cells).all(Model)] == [variable]


@pytest.mark.parametrize(
    ("code", "variable"),
    [
        ("best = g.best_estimator_.fit(V, w)", "best"),
        ("best = g.best_estimator_\nbest.fit(V, w)", "best"),
        ("g.best_estimator_.fit(V, w)", "g"),
    ],
)
def test_the_part_of_a_search_that_is_fitted_again_is_held_by_what_takes_it(
    learn: Callable[..., Any], code: str, variable: str
) -> None:
    found = learn(MODELS, f"g = GridSearchCV(SVC(), {{}}).fit(X, y)\n{code}").all(Model)
    assert [each.variable for each in found] == ["g", variable]


def test_an_object_of_unknown_class_is_a_model_only_where_it_predicts(learn: Callable[..., Any]) -> None:
    assert learn(MODELS, "u = unknown()\nu.fit(X, y)\nu.predict(V)").all(Model)
    assert not learn(MODELS, "u = unknown()\nu.fit(X)\nu.transform(V)").all(Model)


# Networks that functions make


LOOP = """
import torch, timm, torchvision
from torch import nn, optim
from torchvision import models
from torchvision.models import ResNet18_Weights, resnet18
x, y = torch.load('x.pt')
{}
opt = optim.SGD(net.parameters(), lr=0.1)
loss = nn.functional.cross_entropy(net(x), y)
loss.backward()
opt.step()
"""

KERAS = """
import keras
from keras.applications import MobileNetV2, ResNet50
(x, y), _ = keras.datasets.mnist.load_data()
{}
net.compile('adam')
net.fit(x, y)
"""


def started_from(facts: list[Any]) -> list[str]:
    """What the only model starts from."""
    files = {each.id: each.locator for each in facts if isinstance(each, DataFile)}
    reads = {each.id: files[each.file] for each in facts if isinstance(each, Access)}
    (model,) = (each for each in facts if isinstance(each, Model))
    return [reads[each] for each in model.fine_tuned_from]


@pytest.mark.parametrize(
    ("program", "code", "class_name", "constructor"),
    [
        (LOOP, "net = models.resnet18()", "torchvision.models.ResNet", "torchvision.models.resnet18"),
        (LOOP, "net = resnet18(True)", "torchvision.models.ResNet", "torchvision.models.resnet18"),
        (LOOP, "net = models.vgg16(weights=None)\nnet.fc = nn.Linear(8, 2)", "torchvision.models.VGG", "torchvision.models.vgg16"),
        (LOOP, "net = models.segmentation.fcn_resnet50().cuda()", "torchvision.models.segmentation.FCN", "torchvision.models.segmentation.fcn_resnet50"),
        (LOOP, "net = timm.create_model('resnet34')", "torch.nn.Module", "timm.create_model"),
        (KERAS, "net = ResNet50(weights=None, classes=10)", "keras.Model", "keras.applications.ResNet50"),
        (KERAS, "net = keras.applications.resnet50.ResNet50(classes=10)", "keras.Model", "keras.applications.resnet50.ResNet50"),
    ],
)  # fmt: skip
def test_a_network_has_its_class_and_the_function_that_makes_it(
    facts_of: FactsOf, program: str, code: str, class_name: str, constructor: str
) -> None:
    (model,) = facts_of(Model, program.format(code))
    assert (model.class_name, model.constructor) == (class_name, constructor)


@pytest.mark.parametrize(
    ("program", "code", "base"),
    [
        (LOOP, "net = resnet18()", []),
        (LOOP, "net = resnet18(pretrained=False)", []),
        (LOOP, "net = resnet18(weights=None)", []),
        (LOOP, "net = resnet18(pretrained=True)", ["torchvision.models.resnet18"]),
        (LOOP, "net = resnet18(weights='IMAGENET1K_V1')", ["IMAGENET1K_V1"]),
        (LOOP, "net = resnet18(weights=ResNet18_Weights.DEFAULT)", ["torchvision.models.ResNet18_Weights.DEFAULT"]),
        (LOOP, "net = resnet18(weights='DEFAULT')\nnet.fc = nn.Linear(512, 2)\nnet = net.to('cuda')", ["DEFAULT"]),
        (LOOP, "net = timm.create_model('resnet34', pretrained=True)", ["timm.create_model"]),
        (LOOP, "net = nn.Sequential(resnet18(weights='DEFAULT'), nn.Linear(1000, 2))", ["DEFAULT"]),
        (
            LOOP,
            "class Net(nn.Module):\n"
            "    def __init__(self):\n        super().__init__()\n        self.body = resnet18(weights='DEFAULT')\n"
            "    def forward(self, x):\n        return self.body(x)\n"
            "net = Net()",
            ["DEFAULT"],
        ),
        (LOOP, "net = torch.hub.load('pytorch/vision', 'resnet18', pretrained=True)", ["pytorch/vision"]),
        (KERAS, "net = ResNet50(weights=None)", []),
        (KERAS, "net = ResNet50()", ["imagenet"]),
        (KERAS, "net = ResNet50(**settings)", []),
        (KERAS, "net = MobileNetV2((32, 32, 3), 1.0, False, None)", []),
        (KERAS, "net = keras.Sequential([ResNet50(include_top=False), keras.layers.Dense(10)])", ["imagenet"]),
        (KERAS, "net = keras.models.load_model('old.keras')", ["old.keras"]),
        (KERAS, "net = keras.Sequential([keras.layers.Dense(10)])", []),
    ],
)  # fmt: skip
def test_a_network_is_fine_tuned_from_what_it_is_built_on(
    facts_of: FactsOf, program: str, code: str, base: list[str]
) -> None:
    assert started_from(facts_of(object, program.format(code))) == base


def test_a_model_of_transformers_starts_from_the_one_that_it_names(facts_of: FactsOf) -> None:
    facts = facts_of(
        object,
        "from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer\n"
        "from datasets import load_dataset\n"
        "d = load_dataset('imdb')\nt = AutoTokenizer.from_pretrained('bert-base-cased')\n"
        "m = AutoModelForSequenceClassification.from_pretrained('bert-base-uncased', num_labels=2)\n"
        "Trainer(model=m, train_dataset=d['train'], tokenizer=t).train()",
    )
    assert started_from(facts) == ["bert-base-uncased"]
    told = {each.name: each.value for each in facts if isinstance(each, Parameter)}
    assert told == {"pretrained_model_name_or_path": "bert-base-uncased", "num_labels": 2}


def test_a_model_that_is_fitted_to_what_a_network_predicts_is_not_fine_tuned(facts_of: FactsOf) -> None:
    code = IMPORTS + "base = keras.applications.ResNet50()\nX = base.predict(x)\nm = SVC().fit(X, y)"
    assert started_from(facts_of(object, code)) == []


def test_a_measure_knows_its_data_and_what_tests_its_models(learn: Callable[..., Any]) -> None:
    found = learn(
        MODELS,
        "later = pd.read_csv('later.csv')\nm = SVC()\nm.fit(X, y)",
        "m.score(X, y)\naccuracy_score(later['kind'], m.predict(later[['size']]))",
    )
    score, accuracy = found.all(Metric)
    assert [found.by_id[each].role for each in score.data] == ["features", "target"]
    assert score.tested_on == ()
    assert [found.by_id[each].role for each in accuracy.data] == ["truth"]
    assert found.files(accuracy.tested_on) == "later"
