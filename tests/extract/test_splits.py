"""Which parts data are taken apart into, and where those parts go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.learning import Dataset, Split

HEADER = """\
import numpy as np, pandas as pd
from sklearn.model_selection import *
from sklearn.svm import SVC
a = pd.read_csv('a.csv')
X, y = a[['x']], a['y']
"""

Learn = Callable[..., Any]


def wrong(reason: str, *values: Any) -> Any:
    """A case that is told as it should be, and is not yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


@pytest.fixture
def split(learn: Learn) -> Callable[[str], list[str]]:
    """Code → each split as "function: what it takes apart → name/part of what it gives"."""

    def split(code: str) -> list[str]:
        found = learn(HEADER + code)
        lines = []
        for each in found.all(Split):
            given = " ".join(str(found.by_id[one].name) for one in each.inputs)
            parts = " ".join(f"{found.by_id[one].name}/{found.by_id[one].part}" for one in each.parts)
            lines.append(f"{each.rule.rpartition('.')[2]}: {given} → {parts}")
        return lines

    return split


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("tr, te = train_test_split(a)", "train_test_split: a → tr/train te/test"),
        ("X1, X2, y1, y2 = train_test_split(X, y)", "train_test_split: X y → X1/train X2/test y1/train y2/test"),
        ("parts = train_test_split(a)", "train_test_split: a → None/train None/test"),
        ("tr, te = train_test_split(a, stratify=a.y)", "train_test_split: a → tr/train te/test"),
        ("def halve(d):\n    return train_test_split(d)\nhalve(a)", "train_test_split: d → None/train None/test"),
        ("for i, j in KFold(3).split(X):\n    pass", "split: X → None/train None/test"),
        ("for i, j in StratifiedKFold(3).split(X, y):\n    pass", "split: X y → None/train None/test"),
        ("k = KFold()\ni, j = next(k.split(X))", "split: X → None/train None/test"),
        wrong(
            "the parts of a split by lengths are lost",
            "from torch.utils.data import random_split\ntr, te = random_split(a, [8, 2])",
            "random_split: a → tr/None te/None",
        ),
    ],
)  # fmt: skip
def test_this_takes_data_apart(split: Callable[[str], list[str]], code: str, expected: str) -> None:
    assert split(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "a.str.split(',')",
        "'a b'.split()",
        "np.array([1]).sum()",
        "KFold(3)",
        "def f():\n    train_test_split(a)",
    ],
)
def test_this_takes_nothing_apart(split: Callable[[str], list[str]], code: str) -> None:
    assert split(code) == []


def test_what_is_held_back_from_training_data_validates(split: Callable[[str], list[str]]) -> None:
    code = "tr, te = train_test_split(a)\ntr, va = train_test_split(tr)"
    assert split(code)[1] == "train_test_split: tr → tr/train va/validation"


def test_of_test_data_one_half_validates(split: Callable[[str], list[str]]) -> None:
    code = "tr, te = train_test_split(a)\nva, te = train_test_split(te, test_size=0.5)"
    assert split(code)[1] == "train_test_split: te → va/validation te/test"


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("x, other = train_test_split(a)", "train"),
        ("other, x = train_test_split(a)", "test"),
        ("x = a", None),
        ("x, other = train_test_split(a)\nx = x.dropna()[['x']].values * 2", "train"),
        ("x, other = train_test_split(a)\nx = x - x.mean()", "train"),
        ("one, two = train_test_split(a)\nx = pd.concat([one, two])", None),
        ("one, two = train_test_split(a)\nx = one.fillna(two.mean())", "train"),
        ("from keras.datasets import mnist\n(x, y1), (x2, y2) = mnist.load_data()", "train"),
        ("from keras.datasets import mnist\n(x1, y1), (x, y2) = mnist.load_data()", "test"),
        ("import torchvision\nx = torchvision.datasets.MNIST('d', train=False)", "test"),
        ("from datasets import load_dataset\nx = load_dataset('imdb', split='train')", "train"),
        ("from datasets import load_dataset\nx = load_dataset('imdb', split='train[:9%]')", "train"),
        ("from datasets import load_dataset\nx = load_dataset('imdb', split='validation')", "validation"),
        ("from datasets import load_dataset\nx = load_dataset('imdb')['test']", "test"),
        (
            "from sklearn.datasets import fetch_20newsgroups\nx = fetch_20newsgroups(subset='test').data",
            "test",
        ),
        ("from sklearn.datasets import fetch_20newsgroups\nx = fetch_20newsgroups(subset='all').data", None),
        wrong(
            "rows that the indices of a split choose are of no part",
            "for i, j in KFold(3).split(a):\n    x = a.iloc[i]",
            "train",
        ),
    ],
)
def test_a_model_is_trained_on_this_part(learn: Learn, code: str, part: str | None) -> None:
    (data,) = [
        each for each in learn(HEADER + code + "\nSVC().fit(x)").all(Dataset) if each.role == "features"
    ]
    assert data.part == part


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("m.score(X2, y2)", ["test"]),
        ("m.score(X1, y1)", ["train"]),
        ("m.score(X1, y1)\nm.score(X2, y2)", ["train", "test"]),
        ("from sklearn.metrics import f1_score\nf1_score(y2, m.predict(X2))", ["test"]),
        ("from sklearn.metrics import f1_score\np = m.predict(X2)\nf1_score(y2, p > 0.5)", ["test"]),
        ("m.score(X, y)", [None]),
    ],
)
def test_a_measure_says_which_part_it_is_on(learn: Learn, code: str, parts: list[str | None]) -> None:
    header = HEADER + "X1, X2, y1, y2 = train_test_split(X, y)\nm = SVC().fit(X1, y1)\n"
    assert [part for _, part, _ in learn(header + code).measured()] == parts


def test_the_parts_of_a_split_are_what_the_training_is_given(learn: Learn) -> None:
    found = learn(HEADER + "X1, X2, y1, y2 = train_test_split(X, y)\nSVC().fit(X1, y1)")
    (parted,) = found.all(Split)
    given = [found.by_id[each] for each in parted.parts]
    assert [(each.name, found.origin(each), each.columns) for each in given] == [
        ("X1", "a", ("x",)),
        ("X2", "a", ("x",)),
        ("y1", "a", ("y",)),
        ("y2", "a", ("y",)),
    ]
    assert all(each.bindings for each in given)


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("train_test_split(a, test_size=0.3, random_state=7)", {"test_size": 0.3, "random_state": 7}),
        ("train_test_split(a, train_size=n)", {"train_size": "«n»"}),
        ("train_test_split(a)", {}),
        ("list(KFold(5, shuffle=True).split(X))", {"n_splits": 5, "shuffle": True}),
        ("k = KFold(n_splits=4)\nfor i, j in k.split(X):\n    pass", {"n_splits": 4}),
    ],
)
def test_a_split_keeps_what_it_and_its_splitter_are_told(
    learn: Learn, code: str, settings: dict[str, Any]
) -> None:
    assert learn(HEADER + code).settings("split") == settings


def test_strata_are_data_and_no_setting(learn: Learn) -> None:
    assert learn(HEADER + "train_test_split(a, stratify=y)").settings("split") == {}


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("for i, j in k:\n    pass", ["StratifiedKFold: y → "]),
        ("for n, (i, j) in enumerate(k):\n    pass", ["StratifiedKFold: y → "]),
        ("folds = list(k)", ["StratifiedKFold: y → "]),
        ("cross_val_score(SVC(), X, y, cv=k)", []),
    ],
)
def test_a_splitter_of_former_releases_takes_apart_what_it_was_given_when_it_is_gone_through(
    split: Any, use: str, expected: list[str]
) -> None:
    code = "from sklearn.cross_validation import StratifiedKFold as Old\nk = Old(y, n_folds=3)\n"
    assert split(code + use) == expected
