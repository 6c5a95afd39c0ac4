"""Code that selects, drops and makes columns → the columns that a training is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.learning import Dataset

HEADER = """\
import numpy as np, pandas as pd
from sklearn.svm import SVC
t = pd.read_csv('t.csv')
u = pd.read_csv('u.csv')
"""

ColumnsOf = Callable[[str], str]


def wrong(reason: str, *values: Any) -> Any:
    """A case that is told as it should be, and is not yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


@pytest.fixture
def columns_of(learn: Callable[..., Any]) -> ColumnsOf:
    """Code that makes `x` → its columns: chosen ones or "?", dropped ones after "-", made ones after "+"."""

    def columns_of(code: str) -> str:
        found = learn(HEADER + code + "\nSVC().fit(x, target)").all(Dataset)
        (data,) = (each for each in found if each.role == "features")
        chosen = ["?"] if data.columns is None else data.columns
        return " ".join(
            [*chosen, *(f"-{name}" for name in data.excluded), *(f"+{name}" for name in data.derived)]
        )

    return columns_of


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("x = t", "?"),
        ("x = t[['a', 'b']]", "a b"),
        ("x = t['a']", "a"),
        ("x = t.a", "a"),
        ("x = t.get('a')", "a"),
        ("x = t.loc[:, ['a', 'b']]", "a b"),
        ("x = t.loc[t.a > 0, 'b']", "b"),
        ("x = t.filter(items=['a'])", "a"),
        ("x = t.reindex(columns=['a'])", "a"),
        ("x = t.groupby('g')['b'].mean()", "b"),
        ("cols = ['a', 'b']\nx = t[cols]", "a b"),
        ("cols = ['a']\ncols.append('b')\nx = t[cols]", "a b"),
        ("x = (lambda d: d[['a']])(t)", "a"),
        ("def choose(d, name):\n    return d[[name]]\nx = choose(t, 'a')", "a"),
        ("x = pd.read_csv('v.csv', usecols=['a', 'b'])", "a b"),
        wrong("lists that are added are not known", "x = t[['a'] + ['b']]", "a b"),
        wrong(
            "the names of a dictionary of columns are lost", "x = pd.DataFrame({'a': t.a, 'b': t.b})", "a b"
        ),
        wrong("`names` of a reader is not read", "x = pd.read_csv('v.csv', names=['a', 'b'])", "a b"),
        wrong("`pipe` is not followed", "x = t.pipe(lambda d: d[['a']])", "a"),
    ],
)
def test_columns_are_selected_by_name(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


def test_where_names_may_be_one_or_the_other_both_are_told(columns_of: ColumnsOf) -> None:
    code = "cols = ['a']\nif flag:\n    cols = ['b']\nx = t[cols]"
    assert sorted(columns_of(code).split()) == ["a", "b"]


@pytest.mark.parametrize(
    "code",
    [
        "x = t[t.a > 1]",
        "x = t[(t.a > 1) & ~t.b.isna()]",
        "x = t.query('a > 1')",
        "x = t.iloc[:10]",
        "x = t.head()",
        "x = t.sample(frac=0.5)",
        "x = t.dropna(subset=['a'])",
        "x = t.sort_values('a')",
        "x = t.drop_duplicates('a')",
        "x = t.drop([0, 1])",
        "x = t.drop('a')",
        "x = t.iloc[:, :-1]",
        "x = t.loc[:, 'a':'c']",
        "x = t.filter(regex='^a')",
        "x = t.select_dtypes('number')",
        "x = t.set_index('a')",
        "x = t[t.columns[:3]]",
        "x = t.groupby('a').mean()",
        "x = t.astype({'a': int})",
    ],
)
def test_what_selects_no_column_by_name_tells_none(columns_of: ColumnsOf, code: str) -> None:
    assert columns_of(code) == "?"


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("x = t[['a', 'b']].dropna()", "a b"),
        ("x = t[['a', 'b']].fillna(t.mean())", "a b"),
        ("x = t[['a', 'b']][t.c > 0]", "a b"),
        ("x = t[['a', 'b']].iloc[:5]", "a b"),
        ("x = t[['a', 'b']].values", "a b"),
        ("x = t[['a', 'b', 'c']].iloc[:, :2]", "a b"),
        ("x = t[['a', 'b', 'c']].iloc[:, -1]", "c"),
        ("x = t[['a', 'b']].to_numpy()[:, 0]", "a"),
        ("x = t['a'].values.reshape(-1, 1)", "a"),
        ("x = t.a.to_frame()", "a"),
        ("x = t.a.str.lower()", "a"),
        ("x = np.log(t[['a']])", "a"),
        ("x = t[['a', 'b']].apply(lambda row: row * 2)", "a b"),
        ("x = t[t.a > 1]['b']", "b"),
        ("x = t.query('a > 1')[['b']]", "b"),
        ("x = t[['a', 'b']].set_index('a')", "b"),
        ("x = pd.get_dummies(t[['a', 'b']])", "a b"),
        (
            "from sklearn.preprocessing import StandardScaler\nx = StandardScaler().fit_transform(t[['a']])",
            "a",
        ),
    ],
)
def test_selected_columns_stay_known(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    "reshaped",
    [
        "t.corr()",
        "t.describe()",
        "t.stack()",
        "t.transpose()",
        "t.melt(id_vars='a')",
        "t.pivot_table(index='a')",
        "t.a.value_counts()",
        wrong("the attribute keeps the columns, the method does not", "t.T"),
    ],
)
def test_a_reshaped_table_has_other_columns(columns_of: ColumnsOf, reshaped: str) -> None:
    assert columns_of(f"t = t[['a', 'b']]\nx = {reshaped}") == "?"


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("x = t.drop(columns=['a', 'b'])", "? -a -b"),
        ("x = t.drop(columns='a')", "? -a"),
        ("x = t.drop('a', axis=1)", "? -a"),
        ("x = t.drop(['a'], 1)", "? -a"),
        ("x = t.drop(labels=['a'], axis='columns')", "? -a"),
        ("t.drop(columns='a', inplace=True)\nx = t", "? -a"),
        ("del t['a']\nx = t", "? -a"),
        ("y = t.pop('a')\nx = t", "? -a"),
        ("x = t.drop(columns='a').drop(columns='b')", "? -a -b"),
        ("x = t.drop(columns='a').dropna().iloc[:9].values", "? -a"),
        ("x = t.drop(columns='a')[['b']]", "b -a"),
        ("x = t[['a', 'b']].drop(columns='a')", "b -a"),
        ("cols = [c for c in t.columns if c != 'y']\nx = t[cols]", "? -y"),
        ("x = t[t.columns.drop('y')]", "? -y"),
        ("x = t[t.columns.difference(['y'])]", "? -y"),
        ("cols = list(t.columns)\ncols.remove('y')\nx = t[cols]", "? -y"),
        ("x = t.drop(columns='a')\nt.drop(columns='b')", "? -a"),
        ("x = t.loc[:, t.columns != 'y']", "? -y"),
        wrong("a mask over names is not read", "x = t[t.columns[t.columns != 'y']]", "? -y"),
        ("for c in ['a', 'b']:\n    t = t.drop(columns=c)\nx = t", "? -a -b"),
        ("for c in ['a', 'b']:\n    t.drop(c, axis=1, inplace=True)\nx = t", "? -a -b"),
        ("for d in [t, u]:\n    d.drop(columns='a', inplace=True)\nx = t", "? -a"),
    ],
)
def test_columns_are_dropped_by_name(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("t['c'] = t['a'] + t['b']\nx = t", "? +c"),
        ("t['c'] = 1\nx = t", "? +c"),
        ("t['c'] = t.a\nx = t[['a', 'c']]", "a c +c"),
        ("t['c'] = t.a\nx = t[['a']]", "a"),
        ("t['a'] = t['a'].fillna(0)\nx = t", "?"),
        ("t[['c', 'd']] = t[['a', 'b']] * 2\nx = t", "? +c +d"),
        ("x = t.assign(c=t.a * 2)", "? +c"),
        ("t.insert(0, 'c', t.a)\nx = t", "? +c"),
        ("x = t.copy()\nx['c'] = t.a ** 2", "? +c"),
        ("alias = t\nalias['c'] = 1\nx = t", "? +c"),
        ("other = t.copy()\nother['c'] = 1\nx = t", "?"),
        ("def add(d):\n    d['c'] = d.a\nadd(t)\nx = t", "? +c"),
        ("t['c'] = t.a * 2\nx = t[['a', 'c']].drop(columns='a')", "c a +c"),
        ("t.loc[t.a > 1, 'b'] = 0\nx = t", "?"),
        ("t.loc[:, 'c'] = t.a * 2\nx = t", "? +c"),
        ("for d in [t, u]:\n    d['c'] = d.a\nx = t", "? +c"),
        ("for c in ['a', 'b']:\n    t[c + '2'] = t[c] ** 2\nx = t", "? +a2 +b2"),
        ("for c in ['a', 'b']:\n    t[c] = t[c].fillna(0)\nx = t", "?"),
    ],
)
def test_columns_are_made(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("x = t.rename(columns={'a': 'b'})[['b']]", "b"),
        ("x = t[['a']].rename(columns={'a': 'b'})", "b"),
        ("t.columns = ['a', 'b', 'c']\nx = t", "a b c"),
        ("t.columns = ['a', 'b', 'c']\nx = t.drop(columns='c')", "a b -c"),
        ("t.columns = ['a', 'b', 'c']\nx = t.iloc[:, 0:2]", "a b"),
        wrong("a mapping by position is not read", "x = t[['a']].rename({'a': 'b'}, axis=1)", "b"),
        wrong("a new name of a column is not read", "x = t.a.to_frame('b')", "b"),
    ],
)
def test_columns_get_other_names(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("x = pd.concat([t, u])", "?"),
        ("x = pd.concat([t[['a']], u[['b']]], axis=1)", "a b"),
        ("x = pd.concat([t[['a']], u], axis=1)", "?"),
        ("x = t[['a', 'k']].merge(u[['b', 'k']], on='k')", "a k b"),
        ("x = t.merge(u, on='k').drop(columns='k')", "? -k"),
        ("x = t[['a']].join(u[['b']])", "a b"),
        ("x = np.c_[t.a, t.b]", "a b"),
        ("x = np.column_stack([t.a, t.b])", "a b"),
        ("x = np.hstack((t[['a']], u[['b']]))", "a b"),
        ("x = t.drop(columns='k').merge(u.drop(columns='z'))", "? -k -z"),
        ("x = t[['a']] if flag else u[['b']]", "a b"),
    ],
)
def test_columns_of_several_tables_come_together(columns_of: ColumnsOf, code: str, columns: str) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("import polars as pl\nx = pl.read_csv('v.csv').select('a', 'b')", "a b"),
        ("import polars as pl\nx = pl.read_csv('v.csv').select(['a', 'b'])", "a b"),
        ("import polars as pl\nx = pl.read_csv('v.csv').drop('a', 'b')", "? -a -b"),
        ("import dask.dataframe as dd\nx = dd.read_csv('v.csv')[['a']]", "a"),
        ("from pyspark.sql import SparkSession\ns = SparkSession.builder.getOrCreate()\nx = s.read.csv('v.csv').select('a')", "a"),
        ("from pyspark.sql import SparkSession\ns = SparkSession.builder.getOrCreate()\nx = s.read.csv('v.csv').drop('a')", "? -a"),
        ("from pyspark.sql import SparkSession\ns = SparkSession.builder.getOrCreate()\nd = s.read.csv('v.csv')\nx = d.withColumn('c', d.a)", "? +c"),
    ],
)  # fmt: skip
def test_other_tables_are_read_where_they_use_the_same_words(
    columns_of: ColumnsOf, code: str, columns: str
) -> None:
    assert columns_of(code) == columns


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = {name: np.array(column) for name, column in t.drop(columns='y').items()}", "? -y"),
        ("x = [row for row in t[['a', 'b']].values]", "a b"),
        ("x = [[row for row in t[['a']].values], t.b]", "a b"),
        ("x = ({name: column for name, column in t.items()}, t.b)", "?"),
    ],
)
def test_a_collection_has_the_columns_of_what_is_in_it(
    columns_of: ColumnsOf, code: str, expected: str
) -> None:
    assert columns_of(code) == expected
