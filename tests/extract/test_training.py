"""What trains, by which data; what is saved and loaded; whose predictions a measure is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.learning import Dataset, Metric, Model, Training

HEADER = """\
import joblib, pickle
import keras, torch, tensorflow as tf
import numpy as np, pandas as pd
import lightgbm as lgb, xgboost as xgb
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import *
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import nn, optim
from torch.utils.data import DataLoader
a = pd.read_csv('a.csv')
b = pd.read_csv('b.csv')
X, y = a[['x']], a['y']
V, w = b[['x']], b['y']
"""

Learn = Callable[..., Any]


def wrong(reason: str, *values: Any) -> Any:
    """A case that is told as it should be, and is not yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


@pytest.fixture
def trainings(learn: Learn) -> Callable[[str], list[str]]:
    """Code → each training as "kind variable: whose records trained, and what influenced it"."""

    def trainings(code: str) -> list[str]:
        found = learn(HEADER + code)
        return [
            f"{each.kind} {found.by_id[each.model].variable}: {found.origin(each)}"
            for each in found.all(Training)
        ]

    return trainings


# ---- calls ----


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m = SVC()\nm.fit(X, y)", "fit m: a"),
        ("m = SVC().fit(X, w)", "fit m: a b"),
        ("m = SGDClassifier()\nm.partial_fit(X, y)", "fit m: a"),
        ("m = make_pipeline(StandardScaler(), SVC())\nm.fit(X, y)", "fit m: a"),
        ("m = GridSearchCV(SVC(), {'C': [1]})\nm.fit(X, y)", "search m: a"),
        ("m = SVC()\ncross_val_score(m, X, y)", "cross-validation m: a"),
        ("cross_validate(SVC(), X, y)", "cross-validation None: a"),
        ("m = xgb.train({}, xgb.DMatrix(X, y))", "fit m: a"),
        ("xgb.cv({}, xgb.DMatrix(X, y))", "cross-validation None: a"),
        ("m = keras.Sequential()\nm.fit(X, y)", "fit m: a"),
        ("m = keras.Model(i, o)\nm.train_on_batch(X, y)", "fit m: a"),
        ("s = StandardScaler().fit(V)\nm = SVC()\nm.fit(s.transform(X), y)", "fit m: a | b"),
        ("import pytorch_lightning as pl\nm = pl.LightningModule()\npl.Trainer().fit(m, DataLoader(a))", "fit m: a"),
        ("import pytorch_lightning as pl\nclass L(pl.LightningModule):\n    def train_dataloader(self):\n        return DataLoader(a)\nm = L()\npl.Trainer().fit(m)", "fit m: a"),
        ("import pytorch_lightning as pl\nclass L(pl.LightningModule):\n    def train_dataloader(self):\n        return DataLoader(b)\nm = L()\npl.Trainer().fit(m, DataLoader(a))", "fit m: a"),
        ("from transformers import *\nm = AutoModel.from_pretrained('x')\nt = Trainer(m, train_dataset=a)\nt.train()", "fit m: a"),
        wrong("a method that a name holds is not known", "m = SVC()\nfit = m.fit\nfit(X, y)", "fit m: a"),
        ("m = clone(SVC())\nm.fit(X, y)", "fit m: a"),
        wrong(
            "it is told as a fit, and what holds its predictions as the model",
            "p = cross_val_predict(SVC(), X, y)", "cross-validation None: a",
        ),
    ],
)  # fmt: skip
def test_this_call_trains(trainings: Callable[[str], list[str]], code: str, expected: str) -> None:
    assert trainings(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "StandardScaler().fit(X)",
        "xgb.DMatrix(X, y)",
        "lgb.Dataset(X, y)",
        "m = keras.Sequential()\nm.compile('adam')",
        "m = SVC()\nm.predict(X)\nm.score(X, y)",
        "m = unknown()\nm.fit(X)\nm.transform(X)",
        "optimizer.step()",
        "scheduler.step()",
        "environment.step(action)",
        "net = nn.Linear(1, 1)\nopt = optim.SGD(net.parameters(), lr=1)\nopt.step()",
        "net = nn.Linear(1, 1)\nopt = optim.SGD(net.parameters(), lr=1)\nnet(a).sum().backward()",
    ],
)
def test_this_call_trains_nothing(trainings: Callable[[str], list[str]], code: str) -> None:
    assert trainings(code) == []


def test_what_only_validates_does_not_train(learn: Learn) -> None:
    validating = [
        "keras.Sequential().fit(X, y, validation_data=(V, w))",
        "xgb.XGBClassifier().fit(X, y, eval_set=[(V, w)])",
        "lgb.train({}, lgb.Dataset(X, y), valid_sets=[lgb.Dataset(V, w)])",
        "xgb.train({}, xgb.DMatrix(X, y), evals=[(xgb.DMatrix(V, w), 'valid')])",
        "lgb.LGBMClassifier().fit(X, y, eval_set=[(V, w)])",
    ]
    for code in validating:
        found = learn(HEADER + code)
        (training,) = found.all(Training)
        assert (found.origin(training), found.files(training.validated_on)) == ("a", "b"), code


# ---- hand-written loops ----

NETWORK = "net = nn.Linear(3, 1)\nopt = optim.SGD(net.parameters(), lr=0.1)\n"
OWN = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.one = nn.Linear(3, 1)\n"
    "    def forward(self, x):\n        return self.one(x)\nnet = Net()\nopt = optim.SGD(net.parameters(), lr=0.1)\n"
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (NETWORK + "for e in range(3):\n    loss = (net(a) - 1).sum()\n    loss.backward()\n    opt.step()", ["loop net: a"]),
        (OWN + "for e in range(3):\n    loss = (net(a) - 1).sum()\n    loss.backward()\n    opt.step()", ["loop net: a"]),
        (OWN + "for x in DataLoader(a):\n    loss = nn.functional.mse_loss(net(x), y)\n    loss.backward()\n    opt.step()", ["loop net: a"]),
        (OWN + "loss = nn.MSELoss()(net(a), w)\nloss.backward()\nopt.step()", ["loop net: a b"]),
        (OWN + "loss = net(a).sum()\nloss.backward()\nwith torch.no_grad():\n    print(net(b))\nopt.step()", ["loop net: a"]),
        (OWN + "def train(n, o, d):\n    n(d).sum().backward()\n    o.step()\ntrain(net, opt, a)", ["loop net: a"]),
        (NETWORK + "other = nn.Linear(3, 1)\nloss = net(a).sum() + other(b).sum()\nloss.backward()\nopt.step()", ["loop net: a b"]),
        ("m = keras.Sequential()\nopt = keras.optimizers.Adam()\nwith tf.GradientTape() as tape:\n    loss = tf.reduce_mean(m(X.values))\n"
         "g = tape.gradient(loss, m.trainable_variables)\nopt.apply_gradients(zip(g, m.trainable_variables))", ["loop m: a"]),
    ],
)  # fmt: skip
def test_a_loop_trains_the_network_whose_loss_goes_back(
    trainings: Callable[[str], list[str]], code: str, expected: list[str]
) -> None:
    assert trainings(code) == expected


def test_two_networks_that_play_against_each_other_are_two_models(learn: Learn) -> None:
    code = (
        "gen, dis = nn.Linear(1, 2), nn.Linear(2, 1)\n"
        "og, od = optim.Adam(gen.parameters()), optim.Adam(dis.parameters())\n"
        "for e in range(3):\n    dis(a).mean().backward()\n    od.step()\n"
        "    dis(gen(torch.randn(4, 1))).mean().backward()\n    og.step()"
    )
    found = learn(HEADER + code)
    assert {(each.variable, found.files(each.trained_on)) for each in found.all(Model)} == {
        ("dis", "a torch.randn"),
        ("gen", "torch.randn"),
    }


# ---- saved and loaded ----


@pytest.mark.parametrize(
    "code",
    [
        "joblib.dump(m, 'm.joblib')\nn = joblib.load('m.joblib')",
        "with open('m.pkl', 'wb') as h:\n    pickle.dump(m, h)\nwith open('m.pkl', 'rb') as h:\n    n = pickle.load(h)",
        "pickle.dump(m, open('m.pkl', 'wb'))\nn = pickle.load(open('m.pkl', 'rb'))",
        "path = 'd/' + 'm.pkl'\njoblib.dump(m, path)\nn = joblib.load('d/m.pkl')",
        wrong("a model that is pickled to text in memory is lost", "n = pickle.loads(pickle.dumps(m))"),
        "n = m",
        "n = {'best': m}['best']",
        "def give():\n    return m\nn = give()",
    ],
)
def test_what_is_loaded_is_the_model_that_was_saved(learn: Learn, code: str) -> None:
    found = learn(HEADER + f"m = SVC().fit(X, y)\n{code}\naccuracy_score(w, n.predict(V))")
    assert found.measured() == [("accuracy_score", None, ["m"])]


@pytest.mark.parametrize(
    "code",
    [
        "m.save('m.keras')\nn = keras.models.load_model('m.keras')",
        "m.save_weights('w.h5')\nn = keras.Sequential()\nn.load_weights('w.h5')",
    ],
)
def test_a_network_is_saved_whole_or_by_its_weights(learn: Learn, code: str) -> None:
    found = learn(HEADER + f"m = keras.Sequential()\nm.fit(X, y)\n{code}\nn.evaluate(V, w)")
    assert found.measured() == [("evaluate", None, ["m"])]


@pytest.mark.parametrize(
    "code",
    [
        "n = net",
        "torch.save(net, 'n.pt')\nn = torch.load('n.pt')",
        "torch.save(net.state_dict(), 'n.pt')\nn = Net()\nn.load_state_dict(torch.load('n.pt'))",
    ],
)
def test_a_network_of_torch_is_saved_whole_or_by_its_weights(learn: Learn, code: str) -> None:
    trained = OWN + "net(a).sum().backward()\nopt.step()\n"
    found = learn(HEADER + trained + code + "\naccuracy_score(w, n(b).argmax(1))")
    assert found.measured() == [("accuracy_score", None, ["net"])]


@pytest.mark.parametrize(
    "prediction",
    ["m.predict(V)", wrong("a network of Keras that is called predicts for nobody", "m(V)")],
)
def test_a_network_of_keras_predicts(learn: Learn, prediction: str) -> None:
    found = learn(HEADER + f"m = keras.Sequential()\nm.fit(X, y)\naccuracy_score(w, {prediction})")
    assert found.measured() == [("accuracy_score", None, ["m"])]


def test_what_was_saved_elsewhere_is_no_model_of_this_program(learn: Learn) -> None:
    found = learn(HEADER + "m = SVC().fit(X, y)\nn = joblib.load('n.pkl')\naccuracy_score(w, n.predict(V))")
    assert found.measured() == [("accuracy_score", None, [])]


def test_a_callback_saves_the_model_that_is_trained(learn: Learn) -> None:
    code = (
        "m = keras.Sequential()\nm.fit(X, y, callbacks=[keras.callbacks.ModelCheckpoint('best.keras')])\n"
        "n = keras.models.load_model('best.keras')\nn.evaluate(V, w)"
    )
    assert learn(HEADER + code).measured() == [("evaluate", None, ["m"])]


# ---- the program's own estimators ----


def own(fit: str, predict: str, base: str = "") -> str:
    return (
        f"class Mine{base}:\n    def __init__(self, k=3):\n        self.k = k\n    def fit(self, X, y):\n        {fit}\n"
        f"        return self\n    def predict(self, X):\n        return {predict}\n"
        "m = Mine(5)\nm.fit(X, y)\naccuracy_score(w, m.predict(V))"
    )


@pytest.mark.parametrize("base", ["", "(BaseEstimator)"])
def test_an_own_estimator_is_a_model(learn: Learn, base: str) -> None:
    found = learn(HEADER + own("self.mean = y.mean()", "X.sum(axis=1) * self.mean", base))
    (model,) = found.all(Model)
    assert (model.class_name, model.variable, model.confidence) == ("Mine", "m", "convention")
    assert found.origin(model) == "a"
    assert found.settings("hyperparameter") == {"k": 5}
    assert found.measured() == [("accuracy_score", None, ["m"])]


@pytest.mark.xfail(strict=True, reason="predictions are of the outer object, which no training knows")
def test_an_own_estimator_that_trains_another_predicts_by_that_one(learn: Learn) -> None:
    found = learn(HEADER + own("self.m = SVC().fit(X, y)", "self.m.predict(X)"))
    (metric,) = found.all(Metric)
    assert [found.by_id[each].class_name for each in metric.models] == ["sklearn.svm.SVC"]


def test_a_library_that_trains_inside_an_own_estimator_is_the_only_model(learn: Learn) -> None:
    found = learn(HEADER + own("self.m = SVC().fit(X, y)", "self.m.predict(X)"))
    assert [each.class_name for each in found.all(Model)] == ["sklearn.svm.SVC"]


def test_an_own_class_that_cannot_predict_is_no_model(learn: Learn) -> None:
    code = "class T:\n    def fit(self, X):\n        return self\n    def transform(self, X):\n        return X\nT().fit(X)"
    assert learn(HEADER + code).all(Model) == []


# ---- whose predictions ----

TWO = "m = SVC().fit(X, y)\nn = LogisticRegression().fit(V, w)\n"


@pytest.mark.parametrize(
    ("code", "models"),
    [
        ("accuracy_score(y, m.predict(X))", ["m"]),
        ("accuracy_score(y_true=y, y_pred=n.predict(X))", ["n"]),
        ("p = m.predict_proba(X)[:, 1]\nroc_auc_score(y, p)", ["m"]),
        ("p = np.where(m.predict(X) > 0.5, 1, 0)\naccuracy_score(y, p)", ["m"]),
        ("accuracy_score(y, m.predict(X) + n.predict(X))", ["m", "n"]),
        ("m.score(X, y)", ["m"]),
        ("for each in (m, n):\n    each.score(X, y)", ["m", "n"]),
        ("f = pd.DataFrame({'p': m.predict(X)})\naccuracy_score(y, f.p)", ["m"]),
        ("X['p'] = m.predict(X)\naccuracy_score(y, X['p'])", ["m"]),
        ("def judge(model):\n    return accuracy_score(y, model.predict(X))\njudge(n)", ["n"]),
        ("accuracy_score(y, w)", []),
        ("print(m.predict(X))\naccuracy_score(y, w)", []),
        ("p = m.predict(X)\np = n.predict(X)\naccuracy_score(y, p)", ["n"]),
        ("k = LogisticRegression()\nk.fit(m.predict(X), y)\naccuracy_score(y, k.predict(X))", ["k"]),
    ],
)
def test_a_measure_is_about_the_models_whose_predictions_it_is_given(
    learn: Learn, code: str, models: list[str]
) -> None:
    (found,) = learn(HEADER + TWO + code).measured()
    assert sorted(found[2], key=str) == models


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("def rmse(truth, pred):\n    return ((truth - pred) ** 2).mean() ** 0.5\nrmse(y, m.predict(X))", "rmse"),
        ("def compare(y_true, y_pred):\n    print((y_true == y_pred).mean())\ncompare(y, m.predict(X))", "compare"),
        ("def plot(data, p):\n    print(p)\nplot(X, m.predict(X))", None),
    ],
)  # fmt: skip
def test_an_own_function_measures_where_its_names_say_so(
    learn: Learn, function: str, name: str | None
) -> None:
    found = learn(HEADER + "m = SVC().fit(X, y)\n" + function).measured()
    assert found == ([] if name is None else [(name, None, ["m"])])


def test_an_own_function_that_calls_a_librarys_measure_is_no_second_one(learn: Learn) -> None:
    code = "m = SVC().fit(X, y)\ndef accuracy(y_true, y_pred):\n    return accuracy_score(y_true, y_pred)\naccuracy(y, m.predict(X))"
    assert [name for name, _, _ in learn(HEADER + code).measured()] == ["accuracy_score"]


def test_a_trainer_evaluates_the_model_that_it_trains(learn: Learn) -> None:
    code = (
        "from transformers import *\nm = AutoModel.from_pretrained('x')\n"
        "t = Trainer(model=m, train_dataset=a)\nt.train()\nt.evaluate()"
    )
    assert learn(HEADER + code).measured() == [("evaluate", None, ["m"])]


# ---- fastai ----

FASTAI = """
from fastai.vision.all import *
from fastai.tabular.all import *
import pandas as pd
df = pd.read_csv('a.csv')
"""

FASTAI_1 = """
from fastai.vision import *
from fastai.text import *
from fastai.tabular import *
import pandas as pd
df = pd.read_csv('a.csv')
path = Path('photos')
"""


@pytest.mark.parametrize(
    ("header", "code", "origin"),
    [
        (FASTAI, "dls = ImageDataLoaders.from_folder('photos')\nlearn = vision_learner(dls, resnet34)", "photos"),
        (FASTAI, "path = Path('photos')/'train'\ndls = ImageDataLoaders.from_name_func(path, get_image_files(path), f)\nlearn = vision_learner(dls, resnet34)", "photos/train"),
        (FASTAI, "path = untar_data('http://e.org/p.tgz')\ndls = ImageDataLoaders.from_folder(path/'train')\nlearn = cnn_learner(dls, resnet34)", "http://e.org/p.tgz"),
        (FASTAI, "dls = ImageDataLoaders.from_df(df, 'photos')\nlearn = vision_learner(dls, resnet34)", "a"),
        (FASTAI, "block = DataBlock(blocks=(ImageBlock, CategoryBlock), get_items=get_image_files)\ndls = block.dataloaders('photos')\nlearn = vision_learner(dls, resnet34)", "photos"),
        (FASTAI, "dls = DataBlock(get_x=ColReader('x')).dataloaders(df, bs=8)\nlearn = vision_learner(dls, resnet34)", "a"),
        (FASTAI, "dls = TextDataLoaders.from_folder('texts', valid='test')\nlearn = text_classifier_learner(dls, AWD_LSTM)", "texts"),
        (FASTAI, "dls = TabularDataLoaders.from_df(df, y_names='y')\nlearn = tabular_learner(dls)", "a"),
        (FASTAI, "dls = TabularDataLoaders.from_csv('b.csv', y_names='y')\nlearn = tabular_learner(dls)", "b"),
        (FASTAI, "to = TabularPandas(df, y_names='y')\nlearn = tabular_learner(to.dataloaders(bs=8))", "a"),
        (FASTAI, "dls = CollabDataLoaders.from_df(df)\nlearn = collab_learner(dls)", "a"),
        (FASTAI, "dls = DataLoaders(DataLoader(df), DataLoader(pd.read_csv('v.csv')))\nlearn = Learner(dls, net())", "a"),
        (FASTAI_1, "data = ImageDataBunch.from_folder(path).normalize(imagenet_stats)\nlearn = cnn_learner(data, models.resnet34)", "photos"),
        (FASTAI_1, "data = ImageList.from_folder(path).split_by_rand_pct().label_from_folder().databunch(bs=8)\nlearn = create_cnn(data, models.resnet34)", "photos"),
        (FASTAI_1, "data = TabularList.from_df(df).split_by_idx([1]).label_from_df(cols='y').databunch()\nlearn = tabular_learner(data)", "a"),
        (FASTAI_1, "data = TextLMDataBunch.from_csv(path, 't.csv')\nlearn = language_model_learner(data, AWD_LSTM)", "photos"),
        (FASTAI_1, "data = TextClasDataBunch.from_df(path, df, df)\nlearn = text_classifier_learner(data, AWD_LSTM)", "a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("fit", ["fit(1)", "fit_one_cycle(1, 1e-3)", "fine_tune(1)"])
def test_a_learner_is_trained_on_what_its_data_were_made_from(
    learn: Learn, header: str, code: str, origin: str, fit: str
) -> None:
    found = learn(f"{header}{code}\nlearn.{fit}")
    (model,) = found.all(Model)
    assert (model.variable, found.origin(model)) == ("learn", origin)


def test_a_learner_that_goes_on_is_one_model_with_two_trainings(learn: Learn) -> None:
    found = learn(
        FASTAI
        + "dls = ImageDataLoaders.from_folder('photos')\nlearn = vision_learner(dls, resnet34, metrics=accuracy)\n"
        "learn.fit_one_cycle(4)\nlearn.unfreeze()\nlearn.fit_one_cycle(2, lr_max=slice(1e-6, 1e-4))\nlearn.export('m.pkl')"
    )
    assert (len(found.all(Model)), len(found.all(Training))) == (1, 2)
    assert found.all(Model)[0].class_name == "fastai.all.Learner"
    assert found.settings("hyperparameter") == {"arch": "«resnet34»", "metrics": "«accuracy»"}
    assert found.settings("training") == {"n_epoch": 2, "lr_max": "«slice(1e-6, 1e-4)»"}
    assert found.measured() == [("accuracy", "validation", ["learn"])]


@pytest.mark.parametrize(
    "code",
    [
        "dls = TabularDataLoaders.from_df(df, cat_names=['c'], cont_names=['n', 'm'], y_names='y')",
        "to = TabularPandas(df, [Categorify], ['c'], ['n', 'm'], 'y', splits=s)\ndls = to.dataloaders()",
        "dls = TabularList.from_df(df, ['c'], ['n', 'm']).split_by_rand_pct().label_from_df('y').databunch()",
    ],
)
def test_the_columns_of_a_tabular_learner_are_those_that_its_data_were_told(learn: Learn, code: str) -> None:
    found = learn(FASTAI + code + "\nlearn = tabular_learner(dls)\nlearn.fit(1)")
    told = {each.role: each.columns for each in found.all(Dataset)}
    assert told == {"data": ("c", "n", "m"), "target": ("y",)}


def test_what_a_learner_predicts_is_of_the_learner(learn: Learn) -> None:
    found = learn(
        FASTAI
        + "dls = TabularDataLoaders.from_df(df, y_names='y')\nlearn = tabular_learner(dls, metrics=[rmse, F1Score()])\n"
        "learn.fit(1)\np, t = learn.get_preds()\nfrom sklearn.metrics import f1_score\nf1_score(t, p)"
    )
    measures = [(name, models) for name, _, models in found.measured()]
    assert measures == [("rmse", ["learn"]), ("F1Score", ["learn"]), ("f1_score", ["learn"])]
