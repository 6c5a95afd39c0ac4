"""What programs tell experiment trackers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions
from provkg.facts.definition import Plan
from provkg.facts.execution import Access, DataFile
from provkg.facts.learning import Metric, Parameter

Learn = Callable[..., Any]
FactsOf = Callable[..., list[Any]]

HEADER = """\
import argparse, mlflow, wandb, numpy as np, pandas as pd
from dvclive import Live
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.svm import SVC
a = pd.read_csv('a.csv')
X_train, X_test, y_train, y_test = train_test_split(a[['x']], a['y'])
m = SVC(C=2)
m.fit(X_train, y_train)
p = m.predict(X_test)
"""


def logged(learn: Learn, *code: str) -> dict[str, Any]:
    return learn(HEADER, *code).settings("logged")


def metrics(learn: Learn, *code: str) -> list[tuple[str, str | None, list[str | None]]]:
    """Name, part and variables of the models of each metric that is logged."""
    found = learn(HEADER, *code)
    return [
        (each.name, each.part, [found.by_id[model].variable for model in each.models])
        for each in found.all(Metric)
        if each.is_logged
    ]


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("mlflow.log_param('C', 2)", {"C": 2}),
        ("mlflow.log_param(key='C', value=guess())", {"C": "«guess()»"}),
        ("c = 3\nmlflow.log_params({'C': c, 'kernel': 'rbf'})", {"C": 3, "kernel": "rbf"}),
        ("mlflow.log_params(dict(C=3))", {"C": 3}),
        ("p = {'C': 3}\np['gamma'] = 0.1\nmlflow.log_params(p)", {"C": 3, "gamma": 0.1}),
        ("from mlflow import MlflowClient\nMlflowClient().log_param(run, 'C', 2)", {"C": 2}),
        ("from mlflow.tracking import MlflowClient\nc = MlflowClient()\nc.log_param(run, 'C', 2)", {"C": 2}),
        ("with mlflow.start_run():\n    mlflow.log_param('C', 2)", {"C": 2}),
        ("def log(c):\n    mlflow.log_param('C', c)\nlog(2)", {"C": 2}),
        ("def log(c):\n    mlflow.log_param('C', c)\nlog(2)\nlog(3)", {"C": "«c»"}),
        ("for k in ['a', 'b']:\n    mlflow.log_param(k, 1)", {"a": 1, "b": 1}),
        (
            "wandb.init(project='p', config={'lr': 0.1, 'net': {'depth': 2}})",
            {"lr": 0.1, "net": {"depth": 2}},
        ),
        ("wandb.init(config=dict(lr=0.1))", {"lr": 0.1}),
        ("wandb.config.lr = 0.1", {"lr": 0.1}),
        ("wandb.config['lr'] = 0.1", {"lr": 0.1}),
        ("wandb.config.update({'lr': 0.1})", {"lr": 0.1}),
        ("c = wandb.config\nc.lr = 0.1", {"lr": 0.1}),
        ("run = wandb.init()\nrun.config.lr = 0.1\nrun.config['bs'] = 8", {"lr": 0.1, "bs": 8}),
        ("with wandb.init() as run:\n    run.config.update({'lr': 0.1})", {"lr": 0.1}),
        ("live = Live()\nlive.log_param('lr', 0.1)\nlive.log_params({'bs': 8})", {"lr": 0.1, "bs": 8}),
        ("with Live() as live:\n    live.log_param('lr', 0.1)", {"lr": 0.1}),
        ("from comet_ml import Experiment\ne = Experiment()\ne.log_parameters({'lr': 0.1})", {"lr": 0.1}),
        ("import comet_ml\ne = comet_ml.start()\ne.log_parameter('lr', 0.1)", {"lr": 0.1}),
        ("import neptune\nrun = neptune.init_run()\nrun['lr'] = 0.1", {"lr": 0.1}),
        ("import neptune.new as neptune\nrun = neptune.init()\nrun['p'] = {'lr': 0.1}", {"p": {"lr": 0.1}}),
        ("from aim import Run\nrun = Run()\nrun['hparams'] = {'lr': 0.1}", {"hparams": {"lr": 0.1}}),
        ("from clearml import Task\nt = Task.init()\nt.connect({'lr': 0.1})", {"lr": 0.1}),
        ("from sacred import Experiment\nex = Experiment()\nex.add_config({'lr': 0.1})", {"lr": 0.1}),
        (
            "from torch.utils.tensorboard import SummaryWriter\n"
            "w = SummaryWriter()\nw.add_hparams({'lr': 0.1}, {'f1': x})",
            {"lr": 0.1},
        ),
        (
            "from lightning.pytorch.loggers import CSVLogger\nCSVLogger('l').log_hyperparams({'lr': 0.1})",
            {"lr": 0.1},
        ),
        (
            "from accelerate import Accelerator\nAccelerator().init_trackers('p', config={'lr': 0.1})",
            {"lr": 0.1},
        ),
        ("tracker.log_param('lr', 0.1)", {"lr": 0.1}),
        ("mlflow.log_params(settings)", {}),
        ("mlflow.log_params({name: 1})", {}),
        ("mlflow.log_param(name, 1)", {}),
        ("mlflow.log_params({**rest, 'C': 2})", {"C": 2}),
        ("def never():\n    mlflow.log_param('C', 2)", {}),
        ("mlflow.set_tag('author', 'me')", {}),
    ],
)
def test_these_parameters_are_logged(learn: Learn, code: str, settings: dict[str, Any]) -> None:
    assert logged(learn, code) == settings


@pytest.mark.parametrize("given", ["vars(args)", "args"])
def test_options_that_are_logged_say_that_a_run_may_be_told_otherwise(learn: Learn, given: str) -> None:
    found = learn(
        HEADER + "q = argparse.ArgumentParser()\nq.add_argument('--lr', default=0.1)\nargs = q.parse_args()\n"
        f"mlflow.log_params({given})"
    )
    (parameter,) = [each for each in found.all(Parameter) if each.kind == "logged"]
    assert (parameter.name, parameter.value, parameter.is_option) == ("lr", 0.1, True)


@pytest.mark.parametrize(
    "code",
    [
        "mlflow.log_metric('acc', s)",
        "mlflow.log_metric('acc', s, step=3)",
        "mlflow.log_metrics({'acc': s})",
        "r = {}\nr['acc'] = s\nmlflow.log_metrics(r)",
        "mlflow.MlflowClient().log_metric('run', 'acc', s)",
        "wandb.log({'acc': s})",
        "run = wandb.init()\nrun.log({'acc': s})",
        "run = wandb.init()\nrun.summary['acc'] = s",
        "wandb.run.summary['acc'] = s",
        "wandb.summary.update({'acc': s})",
        "Live().log_metric('acc', s)",
        "from comet_ml import Experiment\nExperiment().log_metrics({'acc': s})",
        "from comet_ml import Experiment\nExperiment().log_metric('acc', s, step=1)",
        "import neptune\nrun = neptune.init_run()\nrun['acc'].append(s)",
        "import neptune\nrun = neptune.init_run()\nrun['acc'] = s",
        "import neptune\nneptune.log_metric('acc', s)",
        "from torch.utils.tensorboard import SummaryWriter\nSummaryWriter().add_scalar('acc', s, 1)",
        "from tensorboardX import SummaryWriter\nSummaryWriter().add_scalar('acc', s, 1)",
        "import tensorflow as tf\ntf.summary.scalar('acc', s, step=1)",
        "import aim\naim.Run().track(s, name='acc')",
        "import aim\naim.Run().track({'acc': s})",
        "from clearml import Task\nTask.init().get_logger().report_single_value('acc', s)",
        "from sacred import Experiment\nex = Experiment()\nex.log_scalar('acc', s)",
        "def main(_run):\n    _run.log_scalar('acc', s)\nmain(run)",
        "mlflow.log_metric('acc', round(100 * s, 2))",
        "mlflow.log_metric('acc', float(np.sqrt(s)))",
    ],
)
def test_a_metric_has_its_name_and_the_model_whose_score_it_is(learn: Learn, code: str) -> None:
    ((name, _, models),) = metrics(learn, "s = accuracy_score(y_test, p)\n" + code)
    assert (name, models) == ("acc", ["m"])


@pytest.mark.parametrize(
    ("score", "part", "models"),
    [
        ("accuracy_score(y_test, p)", "test", ["m"]),
        ("np.sqrt(mean_squared_error(y_test, p))", "test", ["m"]),
        ("m.score(X_train, y_train)", "train", ["m"]),
        ("cross_val_score(m, X_train, y_train).mean()", None, ["m"]),
        ("guess()", None, []),
        ("0.5", None, []),
    ],
)
def test_a_metric_is_of_the_models_and_the_part_that_its_value_is_computed_from(
    learn: Learn, score: str, part: str | None, models: list[str]
) -> None:
    assert metrics(learn, f"mlflow.log_metric('s', {score})") == [("s", part, models)]


@pytest.mark.parametrize(
    "value",
    ["'text'", "[1, 2]", "plt", "wandb.Image(x)", "wandb.Table(data=t)", "a", "True", "None", "fig"],
)
def test_what_is_no_number_is_no_metric(learn: Learn, value: str) -> None:
    code = f"import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nwandb.log({{'x': {value}}})"
    assert metrics(learn, code) == []


def test_scalars_of_several_curves_have_the_name_of_their_plot_before_their_own(learn: Learn) -> None:
    code = "from torch.utils.tensorboard import SummaryWriter\nSummaryWriter().add_scalars('loss', {'a': 1, 'b': x})"
    assert [name for name, _, _ in metrics(learn, code)] == ["loss/a", "loss/b"]
    code = "from clearml import Logger\nLogger.current_logger().report_scalar('loss', 'train', x, 1)"
    assert [name for name, _, _ in metrics(learn, code)] == ["loss/train"]


def test_a_constant_that_is_logged_is_the_value(facts_of: FactsOf) -> None:
    code = "import mlflow\nmlflow.log_metric('best', 0.5)\nmlflow.log_metric('other', x)"
    assert [each.value for each in facts_of(Metric, code)] == [0.5, None]
    hidden = facts_of(Metric, code, options=ExtractOptions(keep_source=False))
    assert [each.value for each in hidden] == [None, None]


def test_a_network_that_logs_by_itself_tells_of_itself(learn: Learn) -> None:
    found = learn(
        "import lightning as L, torch\nfrom torch import nn\n"
        "class Net(L.LightningModule):\n"
        "    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(2, 1)\n"
        "    def forward(self, x):\n        return self.layer(x)\n"
        "    def training_step(self, batch, i):\n"
        "        x, y = batch\n        loss = nn.functional.mse_loss(self(x), y)\n"
        "        self.log('train_loss', loss)\n"
        "        self.log_dict({'lr': self.rate})\n        return loss\n"
        "net = Net()\nL.Trainer().fit(net, torch.load('x.pt'))",
    )
    told = [(each.name, [found.by_id[one].variable for one in each.models]) for each in found.all(Metric)]
    assert [each for each in told if "_loss" in each[0] or each[0] == "lr"][-2:] == [
        ("train_loss", ["net"]),
        ("lr", ["net"]),
    ]


def test_a_hand_written_loop_logs_its_loss(learn: Learn) -> None:
    found = learn(
        "import torch, wandb\nfrom torch import nn, optim\n"
        "X, y = torch.load('x.pt')\nnet = nn.Linear(2, 1)\nopt = optim.SGD(net.parameters(), lr=0.1)\n"
        "for epoch in range(3):\n"
        "    loss = nn.functional.mse_loss(net(X), y)\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\n"
        "    wandb.log({'loss': loss.item(), 'epoch': epoch})"
    )
    told = {
        each.name: [found.by_id[one].variable for one in each.models]
        for each in found.all(Metric)
        if each.is_logged
    }
    assert told == {"loss": ["net"], "epoch": []}


def test_logged_parameters_belong_to_the_plan_and_to_the_cell_that_runs(facts_of: FactsOf) -> None:
    cells = ["import mlflow\ndef log(c):\n    mlflow.log_param('C', c)", "log(1)", "log(2)"]
    (plan,) = facts_of(Plan, *cells)
    found = facts_of(Parameter, *cells)
    assert [(each.of, each.value, each.line) for each in found] == [(plan.id, 1, 1), (plan.id, 2, 1)]
    assert len({each.step for each in found}) == len({each.id for each in found}) == 2


def test_an_assignment_has_no_call(facts_of: FactsOf) -> None:
    (parameter,) = facts_of(Parameter, "import wandb\nwandb.config.lr = 0.1")
    assert (parameter.call, parameter.line, parameter.text) == (None, 2, "0.1")


def test_an_object_that_is_no_tracker_logs_nothing(facts_of: FactsOf) -> None:
    code = "import pandas as pd\na = pd.read_csv('a.csv')\na['x'] = 1\na.y = 2\nd = {}\nd['z'] = 3\no.lr = 4"
    assert facts_of(Parameter, code) == facts_of(Metric, code) == []


def test_secrets_among_what_is_logged_are_redacted(facts_of: FactsOf) -> None:
    found = facts_of(Parameter, "import mlflow\nmlflow.log_param('api_key', 'AKIAIOSFODNN7EXAMPLE')")
    assert "AKIAIOSFODNN7EXAMPLE" not in repr(found)


def test_without_source_what_is_logged_has_no_value(facts_of: FactsOf) -> None:
    code = "import mlflow\nmlflow.log_param('C', 2)"
    (found,) = facts_of(Parameter, code, options=ExtractOptions(keep_source=False))
    assert (found.value, found.is_constant, found.text) == (None, False, "…")


@pytest.mark.parametrize(
    ("code", "locator"),
    [
        ("mlflow.log_artifact('x.csv')", "x.csv"),
        ("mlflow.log_artifacts('plots')", "plots"),
        ("mlflow.sklearn.log_model(m, 'model')", "model"),
        ("mlflow.sklearn.log_model(m, name='model')", "model"),
        ("wandb.save('m.h5')", "m.h5"),
        ("t = wandb.Artifact('table', type='dataset')\nt.add_file('x.csv')", "x.csv"),
        ("t = wandb.Artifact('table', type='dataset')\nwandb.log_artifact(t)", "table"),
        ("t = wandb.Artifact('table', type='dataset')\nwandb.init().log_artifact(t)", "table"),
        ("live = Live('d')\nlive.log_artifact('x.csv')", "x.csv"),
        ("import neptune\nneptune.init_run()['model'].upload('m.pkl')", "m.pkl"),
        ("from comet_ml import Experiment\nExperiment().log_model('m', 'm.pkl')", "m.pkl"),
        ("from clearml import Task\nTask.init().upload_artifact('table', a)", "table"),
    ],
)
def test_an_artefact_that_is_logged_is_written(facts_of: FactsOf, code: str, locator: str) -> None:
    source = HEADER.replace("pd.read_csv('a.csv')", "{}") + code
    files = {each.id: each.locator for each in facts_of(DataFile, source)}
    accesses = facts_of(Access, source)
    assert locator in [files[each.file] for each in accesses if each.mode == "write"]
    assert [files[each.file] for each in accesses if each.mode == "read"] == []
