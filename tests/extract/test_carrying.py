"""Whose records reach a value, and what only had influence on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.execution import Access
from provkg.facts.learning import Dataset

HEADER = """\
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
a = pd.read_csv('a.csv')
b = pd.read_csv('b.csv')
"""

Reaches = Callable[[str], str]


@pytest.fixture
def reaches(learn: Callable[..., Any]) -> Reaches:
    """Code that makes `x` → whose records are in it, and after a bar what had influence: "a | b"."""

    def reaches(code: str) -> str:
        found = learn(HEADER + code + "\nSVC().fit(x)")
        data = [each for each in found.all(Dataset) if each.role == "features"]
        return found.origin(data[-1]) if data else ""

    return reaches


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("x = a", "a"),
        ("x = a[['p']].dropna().values.reshape(-1)", "a"),
        ("x = np.log(a.p + 1)", "a"),
        ("x = a.apply(lambda row: row * 2, axis=1)", "a"),
        ("x = [row for row in a.values]", "a"),
        ("x = [p for p, q in enumerate(a.p)]", "a"),
        ("x = list(map(str, a.p))", "a"),
        ("x = []\nfor row in a.values:\n    x.append(row)", "a"),
        ("x = {'k': a}['k']", "a"),
        ("x = [a, b][0]", "a"),
        ("d = {}\nd['a'] = a\nd['b'] = b\nx = d['a']", "a"),
        ("x, y = a.p, b.p", "a"),
        ("x = np.random.permutation(a)", "a"),
        ("x = a.sum(axis=1)", "a"),
        ("def clean(d):\n    return d.dropna()\nclean(b)\nx = clean(a)", "a"),
        ("def default(d=a):\n    return d\nx = default()", "a"),
        ("def outer():\n    return a\nx = outer()", "a"),
        ("class T:\n    def __init__(self, d):\n        self.d = d\n    def get(self):\n        return self.d\nT(b)\nx = T(a).get()", "a"),
        ("b = a\nx = b", "a"),
        ("x = StandardScaler().fit_transform(a)", "a"),
        ("x = a if len(b) else a", "a"),
    ],
)  # fmt: skip
def test_records_keep_their_origin(reaches: Reaches, code: str, origin: str) -> None:
    assert reaches(code) == origin


@pytest.mark.parametrize(
    "code",
    [
        "x = pd.concat([a, b])",
        "x = a.merge(b, on='k')",
        "x = a.append(b)",
        "x = np.vstack([a.values, b.values])",
        "x = a.p.tolist() + b.p.tolist()",
        "x = a.p + b.p",
        "x = zip(a.p, b.p)",
        "a['q'] = b.q\nx = a",
        "a.loc[:, 'q'] = b.q\nx = a",
        "x = a.copy()\nx['q'] = b.q",
        "x = a if flag else b",
        "x = a\nif flag:\n    x = b",
        "try:\n    x = a\nexcept KeyError:\n    x = b",
        "x = a\nwhile flag:\n    x = x.merge(b)",
        "x = []\nfor each in (a, b):\n    x.append(each)",
        "x = []\nx.extend(a.p)\nx += list(b.p)",
        "x = a.p.where(a.p > 0, b.p)",
        "parts = [a]\nparts.append(b)\nx = pd.concat(parts)",
        "def put(d):\n    d['q'] = b.q\nput(a)\nx = a",
    ],
)
def test_records_of_both_come_together(reaches: Reaches, code: str) -> None:
    assert reaches(code) == "a b"


@pytest.mark.parametrize(
    "code",
    [
        "x = a.fillna(b.mean())",
        "x = a.fillna({'p': b.p.median()})",
        "x = (a - b.min()) / (b.max() - b.min())",
        "x = a.p.where(a.p > b.p.mean())",
        "x = a[a.k.isin(b.k)]",
        "x = np.where(a.p > b.p.quantile(0.9), 1, 0)",
        "a['z'] = a.k.map(b.groupby('k').p.mean())\nx = a",
        "a.loc[a.p > b.p.mean(), 'p'] = 0\nx = a",
        "s = StandardScaler().fit(b)\nx = s.transform(a)",
        "s = StandardScaler()\ns.fit(a)\ns.fit(b)\nx = s.transform(a)",
        "s = StandardScaler()\ns.fit_transform(b)\nx = s.transform(a)",
        "v = TfidfVectorizer()\nv.fit(b.text)\nx = v.transform(a.text)",
        "i = SimpleImputer().fit(b)\nx = i.transform(a)",
        "m = LinearRegression().fit(b[['p']], b.q)\nx = m.predict(a)",
        "m = LinearRegression().fit(b[['p']], b.q)\na['q'] = m.predict(a[['p']])\nx = a",
        "def centre(d):\n    return d - b.mean()\nx = centre(a)",
        "m = LinearRegression().fit(b[['p']], b.q)\nx = a * m.coef_",
        "x = a.apply(lambda row: row - b.p.mean(), axis=1)",
    ],
)  # fmt: skip
def test_this_is_mere_influence(reaches: Reaches, code: str) -> None:
    assert reaches(code) == "a | b"


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("x = a.p.mean()", " | a"),
        ("x = a.corr()", " | a"),
        ("x = a.groupby('k').p.mean() + b.p.mean()", " | a b"),
    ],
)
def test_a_statistic_has_no_records(reaches: Reaches, code: str, origin: str) -> None:
    assert reaches(code) == origin


def test_records_count_more_than_influence(reaches: Reaches) -> None:
    assert reaches("x = a - a.mean()") == "a"


@pytest.mark.parametrize(
    "code",
    [
        "x = a[:len(b)]",
        "x = a.head(b.shape[0])",
        "x = a[b.columns]",
        "x = a.reindex(columns=b.columns)",
        "print(b)\nx = a",
        "for row in b.values:\n    print(row)\nx = a",
        "b = b.merge(a)\nx = a",
        "s = StandardScaler().fit(a)\ns.transform(b)\nx = a",
    ],
)
def test_size_and_names_carry_nothing(reaches: Reaches, code: str) -> None:
    assert reaches(code) == "a"


@pytest.mark.parametrize(
    "code", ["x = np.zeros(len(a))", "x = '%s rows' % a.shape[0]", "x = np.linspace(0, 1)"]
)
def test_what_was_never_read_comes_from_nowhere(reaches: Reaches, code: str) -> None:
    assert reaches(code) == ""


@pytest.mark.parametrize(
    ("code", "origin"),
    [
        ("with open('c.txt') as handle:\n    x = handle.read().split()", "c.txt"),
        ("x = np.load('c.npy')", "c.npy"),
        ("import json\nx = json.load(open('c.json'))", "c.json"),
        ("import pickle\nx = pickle.load(open('c.pkl', 'rb'))", "c.pkl"),
        ("import requests\nx = requests.get('https://example.org/c').json()", "https://example.org/c"),
        ("import sqlite3\nx = pd.read_sql('select 1', sqlite3.connect('c.db'))", "c.db"),
        ("from sklearn.datasets import load_iris\nx = load_iris().data", "sklearn.datasets.load_iris"),
        ("from sklearn.datasets import make_blobs\nx, _ = make_blobs(9)", "sklearn.datasets.make_blobs"),
        ("x = np.random.rand(len(a), 2)", "numpy.random.rand"),
        ("for f in ['a.csv', 'c.csv']:\n    x = pd.read_csv(f)", "c"),
        ("from glob import glob\nx = pd.concat([pd.read_csv(f) for f in glob('d/*.csv')])", "d/*"),
        ("a.to_csv('w.csv')\nx = pd.read_csv('w.csv')", "w"),
    ],
)
def test_data_come_in_through_any_read(reaches: Reaches, code: str, origin: str) -> None:
    assert reaches(code) == origin


def test_random_numbers_that_reach_no_training_are_not_read(facts_of: Callable[..., list[Any]]) -> None:
    assert facts_of(Access, "import numpy as np\nx = np.random.rand(3)") == []
