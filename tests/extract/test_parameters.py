"""The values that models, trainings and splits are told, and the seeds of randomness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions
from provkg.facts.learning import Model, Parameter, Seed, Split, Training

HEADER = """\
import argparse, random
import keras, torch, tensorflow as tf
import lightgbm as lgb, xgboost as xgb
import numpy as np, pandas as pd
import statsmodels.api as sm, statsmodels.formula.api as smf
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import nn, optim
from torch.utils.data import DataLoader
a = pd.read_csv('a.csv')
b = pd.read_csv('b.csv')
X, y = a[['x']], a['y']
"""

Learn = Callable[..., Any]


def wrong(reason: str, *values: Any) -> Any:
    """A case that is told as it should be, and is not yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


# ---- hyperparameters ----


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("SVC().fit(X, y)", {}),
        ("SVC(C=2, kernel='rbf').fit(X, y)", {"C": 2, "kernel": "rbf"}),
        ("RandomForestClassifier(10, max_depth=2).fit(X, y)", {"n_estimators": 10, "max_depth": 2}),
        ("SVC(**{'C': 3, 'gamma': 'auto'}).fit(X, y)", {"C": 3, "gamma": "auto"}),
        ("p = {'C': 3}\np['gamma'] = 0.1\nSVC(**p).fit(X, y)", {"C": 3, "gamma": 0.1}),
        ("p = dict(C=3)\np.update(gamma=0.1)\nSVC(**p).fit(X, y)", {"C": 3, "gamma": 0.1}),
        ("p = dict(C=3)\nSVC(**p).fit(X, y)", {"C": 3}),
        ("p = {'C': 3}\nSVC(**p, gamma='auto').fit(X, y)", {"C": 3, "gamma": "auto"}),
        ("c = 4\nSVC(C=c * 2).fit(X, y)", {"C": 8}),
        ("SVC(C=guess()).fit(X, y)", {"C": "«guess()»"}),
        ("SVC(C=None).fit(X, y)", {"C": None}),
        ("SVC(C=len(X)).fit(X, y)", {"C": "«len(X)»"}),
        ("m = SVC(C=2)\nn = clone(m)\nn.fit(X, y)", {"C": 2}),
        ("def build(c=2):\n    return SVC(C=c)\nbuild(5).fit(X, y)", {"C": 5}),
        ("def build(c=2):\n    return SVC(C=c)\nbuild().fit(X, y)", {"C": 2}),
        ("for c in [1, 10]:\n    SVC(C=c).fit(X, y)", {"C": "«c»"}),
        ("for m in [SVC(C=1), SVC(C=1, gamma=2)]:\n    m.fit(X, y)", {"C": 1, "gamma": 2}),
        ("make_pipeline(StandardScaler(), SVC(C=2)).fit(X, y)", {}),
        ("Pipeline([('m', SVC())], memory='d').fit(X, y)", {"memory": "d"}),
        ("GridSearchCV(SVC(), {'C': [1, 2]}, cv=3).fit(X, y)", {"estimator": "«SVC()»", "param_grid": {"C": [1, 2]}, "cv": 3}),
        ("class M:\n    def __init__(self, k, j=2):\n        pass\n    def fit(self, X, y):\n        pass\n    def predict(self, X):\n        pass\nM(5, j=3).fit(X, y)", {"k": 5, "j": 3}),
        ("sm.OLS(y, X).fit()", {}),
        ("sm.OLS(y, X, missing='drop').fit()", {"missing": "drop"}),
        ("smf.ols('y ~ x', data=a).fit()", {"formula": "y ~ x"}),
        ("sm.tsa.ARIMA(y, order=(1, 0, 0)).fit()", {"order": [1, 0, 0]}),
        ("xgb.train({'eta': 0.1}, xgb.DMatrix(X, y))", {"eta": 0.1}),
        ("p = {'eta': 0.1}\np['depth'] = 2\nxgb.train(p, xgb.DMatrix(X, y))", {"eta": 0.1, "depth": 2}),
        ("xgb.train(params={'eta': 0.1}, dtrain=xgb.DMatrix(X, y))", {"eta": 0.1}),
        ("lgb.train(dict(objective='binary'), lgb.Dataset(X, y))", {"objective": "binary"}),
        ("keras.Sequential([keras.layers.Dense(4)]).fit(X, y)", {}),
        ("keras.Sequential([keras.layers.Dense(4)], name='n').fit(X, y)", {"name": "n"}),
        ("net = nn.Linear(3, out_features=1)\no = optim.SGD(net.parameters())\nnet(a).sum().backward()\no.step()", {"in_features": 3, "out_features": 1}),
    ],
)  # fmt: skip
def test_a_model_is_made_with_these_values(learn: Learn, code: str, settings: dict[str, Any]) -> None:
    assert learn(HEADER + code).settings("hyperparameter") == settings


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("SVC(C=2).fit(X, y)", {}),
        ("make_pipeline(StandardScaler(), SVC(C=2)).fit(X, y)", {"svc__C": 2}),
        ("Pipeline([('s', StandardScaler()), ('m', SVC(C=2))]).fit(X, y)", {"m__C": 2}),
        ("GridSearchCV(SVC(C=2), {}).fit(X, y)", {"estimator__C": 2}),
        ("GridSearchCV(Pipeline([('m', SVC(C=2))]), {}).fit(X, y)", {"estimator__m__C": 2}),
    ],
)
def test_the_parts_of_a_model_are_made_with_these_values(
    learn: Learn, code: str, settings: dict[str, Any]
) -> None:
    assert learn(HEADER + code).settings("component") == settings


def test_what_another_object_is_made_with_is_no_parameter_of_the_model(learn: Learn) -> None:
    assert learn(HEADER + "SVC(C=1)\nm = SVC(gamma=2)\nm.fit(X, y)").settings("hyperparameter") == {
        "gamma": 2
    }


def test_a_value_that_may_be_one_or_the_other_is_no_constant(learn: Learn) -> None:
    found = learn(HEADER + "m = SVC(C=1)\nif flag:\n    m = SVC(C=2)\nm.fit(X, y)")
    assert [(each.name, each.value, each.is_constant) for each in found.all(Parameter)] == [
        ("C", None, False)
    ]


def test_a_parameter_says_how_it_is_written_where_and_of_which_function(learn: Learn) -> None:
    found = learn(HEADER, "m = SVC(\n    C=1 + 1,\n)", "m.fit(X, y)")
    (parameter,), (model,) = found.all(Parameter), found.all(Model)
    assert (parameter.text, parameter.value, parameter.function) == ("1 + 1", 2, "sklearn.svm.SVC")
    assert (parameter.of, parameter.line, parameter.call) == (model.id, 1, model.construction)
    assert [found.by_id[each].index for each in (parameter.step, model.step)] == [1, 2]


def test_where_a_value_stands_in_a_dictionary_it_is_written_as_there(learn: Learn) -> None:
    found = learn(HEADER + "rate = 0.1\np = {'eta': rate * 2}\nxgb.train(p, xgb.DMatrix(X, y))")
    assert [each.text for each in found.all(Parameter)] == ["rate * 2"]


@pytest.mark.parametrize(
    "code",
    [
        wrong("what is unpacked loses how it is written", "p = {'gamma': 'au' + 'to'}\nSVC(**p).fit(X, y)"),
        "p = {}\np['gamma'] = 'au' + 'to'\nxgb.train(p, xgb.DMatrix(X, y))",
    ],
)
def test_what_a_dictionary_holds_is_told_as_it_is_written_there(learn: Learn, code: str) -> None:
    assert learn(HEADER + code).all(Parameter)[0].text == "'au' + 'to'"


# ---- trainings ----


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("SVC().fit(X, y)", {}),
        ("SVC().fit(X, y, sample_weight=X.w)", {}),
        ("xgb.XGBClassifier().fit(X, y, eval_set=[(b, b.y)], verbose=False)", {"verbose": False}),
        ("xgb.train({}, xgb.DMatrix(X, y), 50, early_stopping_rounds=5)", {"num_boost_round": 50, "early_stopping_rounds": 5}),
        ("lgb.train({}, lgb.Dataset(X, y), num_boost_round=9)", {"num_boost_round": 9}),
        ("keras.Sequential().fit(X, y, 32, epochs=5)", {"batch_size": 32, "epochs": 5}),
        ("keras.Sequential().fit(X, y, validation_split=0.2, callbacks=[f])", {"validation_split": 0.2}),
        ("keras.Sequential().fit(X, y, validation_data=(b, b.y))", {}),
        ("n = 3\nkeras.Sequential().fit(X, y, epochs=n)", {"epochs": 3}),
        ("cross_val_score(SVC(), X, y, cv=5, scoring='f1')", {"cv": 5, "scoring": "f1"}),
        ("k = KFold(4)\ncross_val_score(SVC(), X, y, cv=k)", {"cv": "«k»"}),
        ("smf.logit('y ~ x', a).fit(maxiter=9)", {"maxiter": 9}),
        (
            "from transformers import *\nr = TrainingArguments('out', num_train_epochs=3, learning_rate=2e-5)\n"
            "Trainer(model=AutoModel.from_pretrained('x'), args=r, train_dataset=a).train()",
            {"output_dir": "out", "num_train_epochs": 3, "learning_rate": 2e-5},
        ),
        ("import pytorch_lightning as pl\npl.Trainer(max_epochs=3).fit(pl.LightningModule(), DataLoader(a))", {"max_epochs": 3}),
    ],
)  # fmt: skip
def test_a_training_is_told_these_values(learn: Learn, code: str, settings: dict[str, Any]) -> None:
    assert learn(HEADER + code).settings("training") == settings


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("m.compile(optimizer='adam', loss='mse', metrics=['mae'])", {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]}),
        ("m.compile('adam', 'mse')", {"optimizer": "adam", "loss": "mse"}),
        ("m.compile(keras.optimizers.Adam(0.1))", {"optimizer": "«keras.optimizers.Adam(0.1)»"}),
        ("m.compile('adam')\nm.compile('sgd', loss='mae')", {"optimizer": "sgd", "loss": "mae"}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_network_is_compiled_with_these_values(learn: Learn, code: str, settings: dict[str, Any]) -> None:
    found = learn(HEADER + f"m = keras.Sequential()\n{code}\nm.fit(X, y)")
    assert found.settings("compilation") == settings
    assert all(each.of == found.all(Model)[0].id for each in found.all(Parameter))


# ---- hand-written loops ----


def loop(optimizer: str, head: str, data: str = "a", inner: str = "") -> str:
    body = "loss = net(x).sum()\nloss.backward()\nopt.step()"
    deep = f"for x in {data}:\n    " + body.replace("\n", "\n    ")
    lines = f"{inner}\n{deep}".strip().replace("\n", "\n    ")
    return f"net = nn.Linear(1, 1)\n{optimizer}\n{head}\n    {lines}"


SGD = "opt = optim.SGD(net.parameters(), lr=0.1)"


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        (loop(SGD, "for e in range(5):"), {"lr": 0.1, "epochs": 5}),
        (loop(SGD, "for e in range(1, 11):"), {"lr": 0.1, "epochs": 10}),
        (loop(SGD, "for e in range(n):"), {"lr": 0.1, "n": "«n»"}),
        (loop("N = 7\n" + SGD, "for e in range(N):"), {"lr": 0.1, "N": 7}),
        (loop("class C:\n    epochs = 7\n" + SGD, "for e in range(C.epochs):"), {"lr": 0.1, "epochs": 7}),
        (loop(SGD, "while True:"), {"lr": 0.1}),
        (loop("opt = optim.Adam(net.parameters(), 1e-3)", "for e in range(5):"), {"lr": 0.001, "epochs": 5}),
        (loop("opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)", "for e in range(5):"), {"lr": 0.1, "momentum": 0.9, "epochs": 5}),
        (loop(SGD, "for e in range(5):", "DataLoader(a, batch_size=16)"), {"lr": 0.1, "epochs": 5, "batch_size": 16}),
        (loop(f"load = DataLoader(a, 16)\nother = DataLoader(b, 99)\n{SGD}", "for e in range(5):", "load"), {"lr": 0.1, "epochs": 5, "batch_size": 16}),
        (loop("from tqdm import trange\n" + SGD, "for e in trange(5):"), {"lr": 0.1, "epochs": 5}),
        wrong(
            "the rounds are named after the function in the progress bar",
            loop("from tqdm import tqdm\n" + SGD, "for e in tqdm(range(5)):"), {"lr": 0.1, "epochs": 5},
        ),
        (loop("opt = keras.optimizers.Adam()", "for e in range(5):").replace("opt.step()", ""), {}),
    ],
)  # fmt: skip
def test_a_loop_is_told_rate_rounds_and_batches(learn: Learn, code: str, settings: dict[str, Any]) -> None:
    assert learn(HEADER + code).settings("training") == settings


def test_a_loop_in_a_function_goes_as_often_as_it_is_told(learn: Learn) -> None:
    code = (
        "def train(net, data, epochs=3):\n    opt = optim.Adam(net.parameters())\n    for e in range(epochs):\n"
        "        for x in data:\n            net(x).sum().backward()\n            opt.step()\n"
        "train(nn.Linear(1, 1), DataLoader(a, 4), 9)"
    )
    found = learn(HEADER + code)
    assert found.settings("training") == {"epochs": 9, "batch_size": 4}
    assert {each.of for each in found.all(Parameter) if each.kind == "training"} == {
        found.all(Training)[0].id
    }


# ---- options of the command line ----

OPTIONS = "p = argparse.ArgumentParser()\np.add_argument('--depth', type=int, default=3)\n"


@pytest.mark.parametrize(
    "code",
    [
        "o = p.parse_args()\nRandomForestClassifier(max_depth=o.depth).fit(X, y)",
        "o, rest = p.parse_known_args()\nRandomForestClassifier(max_depth=o.depth).fit(X, y)",
        "o = vars(p.parse_args())\nRandomForestClassifier(max_depth=o['depth']).fit(X, y)",
        "def main(o):\n    RandomForestClassifier(max_depth=o.depth).fit(X, y)\nmain(p.parse_args())",
    ],
)  # fmt: skip
def test_an_option_is_told_by_its_default_as_what_a_run_may_change(learn: Learn, code: str) -> None:
    (parameter,) = learn(HEADER + OPTIONS + code).all(Parameter)
    assert (parameter.value, parameter.is_constant, parameter.is_option) == (3, True, True)


@pytest.mark.parametrize(
    ("expression", "default"),
    [
        ("o.depth * 2", 6),
        ("-o.depth", -3),
        ("not o.depth", False),
        ("o.depth == 3", True),
        ("o.depth > 3", False),
    ],
)
def test_what_is_computed_from_an_option_is_what_a_run_may_change(
    learn: Learn, expression: str, default: object
) -> None:
    code = f"o = p.parse_args()\nRandomForestClassifier(max_depth={expression}).fit(X, y)"
    found = [each for each in learn(HEADER + OPTIONS + code).all(Parameter) if each.kind == "hyperparameter"]
    assert [(each.value, each.is_option) for each in found] == [(default, True)]


@pytest.mark.parametrize("test", ["o.depth", "not o.depth", "o.depth == 3"])
def test_an_option_decides_no_branch(learn: Learn, test: str) -> None:
    code = (
        f"o = p.parse_args()\nif {test}:\n    m = SVC()\nelse:\n    m = RandomForestClassifier()\nm.fit(X, y)"
    )
    found = learn(HEADER + OPTIONS + code).all(Model)
    assert {each.class_name.rpartition(".")[2] for each in found} == {"SVC", "RandomForestClassifier"}


def test_what_no_option_says_is_none(learn: Learn) -> None:
    (parameter,) = learn(HEADER + "SVC(C=3).fit(X, y)").all(Parameter)
    assert not parameter.is_option


# ---- seeds ----


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("np.random.seed(5)", "numpy.random.seed", 5),
        ("random.seed(5)", "random.seed", 5),
        ("torch.manual_seed(5)", "torch.manual_seed", 5),
        ("tf.random.set_seed(5)", "tensorflow.random.set_seed", 5),
        ("np.random.default_rng(5)", "numpy.random.default_rng", 5),
        ("np.random.RandomState(5)", "numpy.random.RandomState", 5),
        ("keras.utils.set_random_seed(5)", "keras.utils.set_random_seed", 5),
        ("np.random.seed(seed=5)", "numpy.random.seed(seed)", 5),
        ("s = 5\nnp.random.seed(s)", "numpy.random.seed", 5),
        ("np.random.seed(now())", "numpy.random.seed", "«now()»"),
        ("SVC(random_state=5)", "sklearn.svm.SVC(random_state)", 5),
        ("xgb.XGBClassifier(seed=5)", "xgboost.XGBClassifier(seed)", 5),
        ("train_test_split(a, random_state=5)", "sklearn.model_selection.train_test_split(random_state)", 5),
        ("a.sample(9, random_state=5)", "pandas.DataFrame.sample(random_state)", 5),
        ("def fix(n):\n    random.seed(n)\nfix(5)", "random.seed", 5),
        wrong(
            "a seed in a dictionary of parameters is not seen",
            "xgb.train({'seed': 5}, xgb.DMatrix(X, y))",
            "xgboost.train(seed)",
            5,
        ),
    ],
)
def test_this_is_a_seed(learn: Learn, code: str, name: str, value: Any) -> None:
    (seed,) = learn(HEADER + code).all(Seed)
    assert (seed.name, seed.value if seed.is_constant else f"«{seed.text}»") == (name, value)


@pytest.mark.parametrize(
    "code",
    ["np.random.seed()", "np.random.seed(None)", "SVC(random_state=None)", "seed = 5", "SVC(C=5)", "def f():\n    random.seed(5)"],
)  # fmt: skip
def test_this_is_no_seed(learn: Learn, code: str) -> None:
    assert learn(HEADER + code).all(Seed) == []


def test_a_seed_that_an_option_sets_may_change(learn: Learn) -> None:
    code = OPTIONS.replace("depth", "seed") + "random.seed(p.parse_args().seed)"
    (seed,) = learn(HEADER + code).all(Seed)
    assert (seed.value, seed.is_option) == (3, True)


def test_a_function_called_by_two_cells_seeds_in_both(learn: Learn) -> None:
    found = learn("import random\ndef fix(n):\n    random.seed(n)", "fix(1)", "fix(2)")
    assert [(found.by_id[each.step].index, each.value) for each in found.all(Seed)] == [(1, 1), (2, 2)]


# ---- what is hidden ----


def test_without_source_values_stay_hidden(facts_of: Callable[..., list[Any]]) -> None:
    code = HEADER + "train_test_split(a, test_size=0.3)\nSVC(C=2).fit(X, y)\nrandom.seed(5)"
    hidden = ExtractOptions(keep_source=False)
    for kind in (Parameter, Seed):
        for each in facts_of(kind, code, options=hidden):
            assert (each.value, each.is_constant, each.text) == (None, False, "…"), each.name
    assert facts_of(Split, code, options=hidden)


def test_secrets_among_parameters_are_redacted(learn: Learn) -> None:
    found = learn(HEADER + "SVC(api_key='AKIAIOSFODNN7EXAMPLE', C=2).fit(X, y)")
    told = {each.name: (each.text, each.value) for each in found.all(Parameter)}
    assert "AKIAIOSFODNN7EXAMPLE" not in str(told)
    assert told["C"] == ("2", 2)
