"""Programs that use real libraries behave the same with and without capture; each needs its library.

What they print, on both streams, and how they end is compared: warnings with the lines that they name, tracebacks,
signatures and pickles among it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]

DATA = (
    "import numpy as np\nX = np.random.default_rng(0).normal(size=(60, 3)); y = (X[:, 0] > 0).astype(int)\n"
)

PROGRAMS = {
    "a warning of a training": (
        "sklearn",
        "from sklearn.linear_model import LogisticRegression\n"
        "LogisticRegression(max_iter=1).fit(X, y)\n",
    ),
    "a training that fails": (
        "sklearn",
        "from sklearn.linear_model import LogisticRegression\n"
        "LogisticRegression().fit(X, y[:3])\n",
    ),
    "an error that is caught and shown": (
        "sklearn",
        "import traceback\nfrom sklearn.tree import DecisionTreeClassifier\n"
        "try:\n    DecisionTreeClassifier().predict(X)\nexcept Exception:\n    traceback.print_exc()\n",
    ),
    "a measure that warns": (
        "sklearn",
        "from sklearn.metrics import precision_score\nprint(precision_score([1, 1], [0, 0]))\n",
    ),
    "clones, pickles, signatures": (
        "sklearn",
        "import inspect, pickle\nfrom sklearn.base import clone, is_classifier\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "from sklearn.svm import SVC\n"
        "p = make_pipeline(StandardScaler(), SVC(probability=False))\n"
        "q = pickle.loads(pickle.dumps(clone(p).fit(X, y)))\n"
        "print(inspect.signature(SVC.fit), inspect.signature(p.fit), is_classifier(q), SVC.fit.__qualname__)\n"
        "print(hasattr(q, 'predict_proba'), hasattr(p, 'transform'), q.predict(X)[:5], q)\n"
        "print(pickle.loads(pickle.dumps(SVC.fit)) is SVC.fit, SVC.__doc__[:20])\n",
    ),
    "a search in several processes": (
        "sklearn",
        "from sklearn.model_selection import GridSearchCV\nfrom sklearn.tree import DecisionTreeClassifier\n"
        "s = GridSearchCV(DecisionTreeClassifier(random_state=0), {'max_depth': [1, 2]}, cv=3, n_jobs=2).fit(X, y)\n"
        "print(s.best_params_, round(s.score(X, y), 3))\n",
    ),
    "an estimator of the program's own": (
        "sklearn",
        "from sklearn.base import BaseEstimator, ClassifierMixin, clone\n"
        "from sklearn.model_selection import cross_val_score\n"
        "class Most(ClassifierMixin, BaseEstimator):\n"
        "    def __init__(self, k=1):\n        self.k = k\n"
        "    def fit(self, X, y):\n        self.classes_ = np.unique(y); self.m_ = np.bincount(y).argmax(); return self\n"
        "    def predict(self, X):\n        return np.full(len(X), self.m_)\n"
        "print(cross_val_score(Most(), X, y, cv=3), clone(Most(k=2)), Most().fit(X, y).score(X, y))\n",
    ),
    "data frames in and out": (
        "pandas",
        "import io\nimport pandas as pd\n"
        "df = pd.read_csv(io.StringIO('a,b\\n1,x\\n2,y\\n'))\nprint(df, df.attrs, df.a.flags.writeable if hasattr(df.a, 'flags') and hasattr(df.a.flags, 'writeable') else '')\n"
        "pd.read_csv('missing.csv')\n",
    ),
    "boosting": (
        "xgboost",
        "import xgboost\nd = xgboost.DMatrix(X, label=y)\n"
        "b = xgboost.train({'max_depth': 2, 'objective': 'binary:logistic'}, d, 3, evals=[(d, 'train')])\n"
        "print(b.predict(d)[:3], xgboost.XGBClassifier(n_estimators=2).fit(X, y).score(X, y))\n",
    ),
    "boosting in leaves": (
        "lightgbm",
        "import lightgbm\nm = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y)\nprint(m.predict(X)[:5], m)\n",
    ),
    "a training loop": (
        "torch",
        "import pickle, torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "torch.manual_seed(0)\nnet = torch.nn.Linear(3, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "data = TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))\n"
        "for xb, yb in DataLoader(data, batch_size=16, shuffle=True):\n"
        "    opt.zero_grad(); loss = ((net(xb)[:, 0] - yb) ** 2).mean(); loss.backward(); opt.step()\n"
        "print(net.weight, loss, pickle.loads(pickle.dumps(opt)).param_groups[0]['lr'])\n"
        "loss.backward()\n",
    ),
}  # fmt: skip


def need(*libraries: str) -> None:
    """Leave a test out where a library is not installed; none is imported for that."""
    for library in libraries:
        if find_spec(library) is None:
            pytest.skip(f"{library} is not installed")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )


def records(folder: Path) -> list[dict[str, Any]]:
    (journal,) = folder.glob(".provkg/runs/*/journal.jsonl")
    return [json.loads(line) for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_behaves_the_same_with_capture(name: str, tmp_path: Path) -> None:
    library, text = PROGRAMS[name]
    need(library, "numpy")
    (tmp_path / "program.py").write_text(DATA + text)
    plain = run(tmp_path, "program.py")
    captured = run(tmp_path, "-m", "provkg", "run", "-q", "program.py")
    assert (captured.stdout, captured.stderr, captured.returncode) == (
        plain.stdout,
        plain.stderr,
        plain.returncode,
    )
    assert plain.stdout or plain.stderr
    assert any(
        record["k"] in ("training", "prediction", "score", "read", "seed") for record in records(tmp_path)
    )


@pytest.mark.parametrize(
    ("library", "text", "kinds"),
    [
        (
            "sklearn",
            "from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split\n"
            "from sklearn.svm import SVC\na, b, c, d = train_test_split(X, y, random_state=0)\n"
            "s = GridSearchCV(SVC(), {'C': [1, 2]}, cv=3).fit(a, c)\ns.score(b, d); cross_val_score(SVC(), X, y)\n",
            {"split": 1, "training": 2, "score": 1},
        ),
        ("xgboost", "import xgboost\nxgboost.XGBRegressor(n_estimators=2).fit(X, y).predict(X)\n", {"training": 1, "prediction": 1}),
        ("lightgbm", "import lightgbm as l\nl.train({'verbose': -1}, l.Dataset(X, y), 2).predict(X)\n", {"training": 1, "prediction": 1}),
        (
            "keras",
            "import os\nos.environ.setdefault('KERAS_BACKEND', 'torch')\nimport keras\nkeras.utils.set_random_seed(1)\n"
            "m = keras.Sequential([keras.layers.Dense(1)])\nm.compile('adam', 'mse')\n"
            "m.fit(X, y, epochs=2, verbose=0); m.evaluate(X, y, verbose=0); m.predict(X, verbose=0)\n",
            {"seed": 1, "training": 1, "score": 1, "prediction": 1},
        ),
        (
            "transformers",
            "import torch\nfrom transformers import Trainer, TrainingArguments\n"
            "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__(); self.l = torch.nn.Linear(3, 1)\n"
            "    def forward(self, x=None, labels=None):\n"
            "        p = self.l(x)[:, 0]; return {'loss': ((p - labels) ** 2).mean(), 'logits': p}\n"
            "rows = [{'x': torch.tensor(a, dtype=torch.float32), 'labels': torch.tensor(float(b))} for a, b in zip(X, y)]\n"
            "args = TrainingArguments('out', max_steps=3, report_to=[], use_cpu=True, save_strategy='no', disable_tqdm=True)\n"
            "t = Trainer(Net(), args, train_dataset=rows, eval_dataset=rows)\nt.train(); t.evaluate()\n",
            {"training": 1, "score": 1, "seed": 1},
        ),
    ],
)  # fmt: skip
def test_the_calls_of_a_library_are_recorded_once(
    library: str, text: str, kinds: dict[str, int], tmp_path: Path
) -> None:
    need("numpy", *(("keras", "torch") if library == "keras" else (library,)))
    (tmp_path / "program.py").write_text(DATA + text)
    result = run(tmp_path, "-m", "provkg", "run", "-q", "program.py")
    assert result.returncode == 0, result.stderr
    seen = Counter(record["k"] for record in records(tmp_path))
    watched = ("training", "score", "prediction", "split", "seed")
    assert {kind: seen[kind] for kind in watched if seen[kind]} == kinds
