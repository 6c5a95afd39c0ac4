"""Which columns are the features of a training, and which are its target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.learning import Dataset

HEADER = """\
import numpy as np, pandas as pd
import lightgbm as lgb, xgboost as xgb
import statsmodels.api as sm, statsmodels.formula.api as smf
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
t = pd.read_csv('t.csv')
"""


@pytest.fixture
def columns(learn: Callable[..., Any]) -> Callable[[str], tuple[Any, Any]]:
    """Code → columns of features and of target; None where they are not known."""

    def columns(code: str) -> tuple[Any, Any]:
        found = learn(HEADER + code).all(Dataset)
        features = [each.columns for each in found if each.role in ("features", "data")]
        target = [each.columns for each in found if each.role == "target"]
        told = [None if not each or each[0] is None else " ".join(each[0]) for each in (features, target)]
        return told[0], told[1]

    return columns


@pytest.mark.parametrize(
    ("code", "features", "target"),
    [
        ("SVC().fit(t[['a', 'b']], t.y)", "a b", "y"),
        ("SVC().fit(X=t[['a']], y=t['y'])", "a", "y"),
        ("SVC().fit(y=t['y'], X=t[['a']])", "a", "y"),
        ("SVC().fit(t, t.y)", None, "y"),
        ("SVC().fit(t[['a']])", "a", None),
        ("SVC().fit(t[['a']], t[['y', 'z']])", "a", "y z"),
        ("SVC().fit(t[['a']], np.log(t.y))", "a", "y"),
        ("SVC().fit(t[['a']], t.y == 'yes')", "a", "y"),
        ("cross_val_score(SVC(), t[['a']], t.y)", "a", "y"),
        ("GridSearchCV(SVC(), {}).fit(t[['a']], t.y)", "a", "y"),
        ("y = t.pop('y')\nSVC().fit(t[['a']], y)", "a", "y"),
    ],
)
def test_a_training_has_features_and_target(columns: Any, code: str, features: Any, target: Any) -> None:
    assert columns(code) == (features, target)


@pytest.mark.parametrize(
    ("code", "features", "target"),
    [
        ("xgb.train({}, xgb.DMatrix(t[['a']], label=t.y))", "a", "y"),
        ("d = xgb.DMatrix(t[['a']], t.y)\nxgb.train({}, d)", "a", "y"),
        ("xgb.train({}, xgb.DMatrix(data=t[['a']], label=t.y))", "a", "y"),
        ("lgb.train({}, lgb.Dataset(t[['a']], t.y))", "a", "y"),
        ("xgb.cv({}, xgb.DMatrix(t[['a']], t.y))", "a", "y"),
        ("sm.OLS(t.y, t[['a']]).fit()", "a", "y"),
        ("sm.OLS(t.y, sm.add_constant(t[['a']])).fit()", "a", "y"),
        ("sm.Logit(endog=t.y, exog=t[['a']]).fit()", "a", "y"),
    ],
)
def test_an_object_that_holds_data_tells_its_columns(
    columns: Any, code: str, features: Any, target: Any
) -> None:
    assert columns(code) == (features, target)


@pytest.mark.parametrize(
    ("code", "features", "target"),
    [
        ("smf.ols('y ~ a + b', t).fit()", "a b", "y"),
        ("smf.ols('y ~ a + C(g)', data=t).fit()", "a g", "y"),
        ("smf.logit(formula='y ~ a', data=t).fit(maxiter=9)", "a", "y"),
        ("f = 'y ~ ' + ' + '.join(['a', 'b'])\nsmf.ols(f, t).fit()", "a b", "y"),
        ("smf.ols('y ~ a', t.dropna()).fit()", "a", "y"),
        ("smf.ols(unknown, t).fit()", None, None),
    ],
)
def test_a_formula_tells_features_and_target(columns: Any, code: str, features: Any, target: Any) -> None:
    assert columns(code) == (features, target)


@pytest.mark.parametrize(
    ("code", "features", "target"),
    [
        ("y, X = dmatrices('y ~ a + C(g)', t)\nSVC().fit(X, np.ravel(y))", "a g", "y"),
        ("y, X = dmatrices('y ~ a', data=t, return_type='dataframe')\nsm.Logit(y, X).fit()", "a", "y"),
        ("X = dmatrix('a + b:g', t)\nSVC().fit(X, t.z)", "a b g", "z"),
        ("y, X = dmatrices(unknown, t)\nSVC().fit(X, y)", None, None),
    ],
)
def test_the_matrices_that_a_formula_makes_have_its_columns(
    columns: Any, code: str, features: Any, target: Any
) -> None:
    assert columns("from patsy import dmatrices, dmatrix\n" + code) == (features, target)


STEPS = "[('n', StandardScaler(), ['a', 'b']), ('c', OneHotEncoder(), ['g'])]"


@pytest.mark.parametrize(
    ("code", "features"),
    [
        (f"p = Pipeline([('c', ColumnTransformer({STEPS})), ('m', SVC())])\np.fit(t, t.y)", "a b g"),
        (f"p = make_pipeline(ColumnTransformer({STEPS}), SVC())\np.fit(t, t.y)", "a b g"),
        ("c = make_column_transformer((StandardScaler(), ['a']))\nmake_pipeline(c, SVC()).fit(t, t.y)", "a"),
        (f"x = ColumnTransformer({STEPS}).fit_transform(t[['a', 'b', 'g', 'z']])\nSVC().fit(x, t.y)", "a b g"),
        (f"x = ColumnTransformer({STEPS}).fit_transform(t)\nSVC().fit(x, t.y)", "a b g"),
        (f"c = ColumnTransformer({STEPS}, remainder='drop')\nmake_pipeline(c, SVC()).fit(t, t.y)", "a b g"),
        (f"c = ColumnTransformer({STEPS}, remainder='passthrough')\nmake_pipeline(c, SVC()).fit(t, t.y)", None),
        ("names = ['a', 'b']\nc = ColumnTransformer([('n', StandardScaler(), names)])\nmake_pipeline(c, SVC()).fit(t, t.y)", "a b"),
        ("c = ColumnTransformer([('n', StandardScaler(), unknown)])\nmake_pipeline(c, SVC()).fit(t, t.y)", None),
        ("c = ColumnTransformer([('n', StandardScaler(), ['a'])])\nmake_pipeline(c, SVC()).fit(t[['a', 'b']], t.y)", "a"),
        ("make_pipeline(StandardScaler(), SVC()).fit(t[['a']], t.y)", "a"),
        (f"p = make_pipeline(ColumnTransformer({STEPS}), SVC())\nGridSearchCV(p, {{}}).fit(t, t.y)", "a b g"),
    ],
)  # fmt: skip
def test_a_transformer_of_columns_chooses_them(columns: Any, code: str, features: Any) -> None:
    assert columns(code) == (features, "y")


@pytest.mark.parametrize(
    ("code", "features", "gone"),
    [
        ("c = make_column_transformer((StandardScaler(), ['a']), ('drop', ['b']))", "a", "b"),
        ("c = ColumnTransformer([('n', StandardScaler(), ['a']), ('d', 'drop', ['b'])])", "a", "b"),
        ("c = ColumnTransformer([('d', 'drop', ['b'])], remainder='passthrough')", None, "b"),
        ("c = ColumnTransformer([('n', StandardScaler(), unknown), ('d', 'drop', ['b'])])", None, "b"),
        ("c = ColumnTransformer([('n', StandardScaler(), ['a']), ('d', 'drop', unknown)])", "a", ""),
    ],
)
def test_columns_that_a_transformer_drops_are_excluded(
    learn: Callable[..., Any], code: str, features: str | None, gone: str
) -> None:
    data = learn(f"{HEADER}{code}\nmake_pipeline(c, SVC()).fit(t, t.y)").all(Dataset)[0]
    assert (" ".join(data.columns) if data.columns else None, " ".join(data.excluded)) == (features, gone)


@pytest.mark.parametrize(
    ("estimators", "features"),
    [
        ("[('p', make_pipeline(c, SVC())), ('q', make_pipeline(c, SVC()))]", "a"),
        ("[('p', make_pipeline(c, SVC())), ('q', make_pipeline(d, SVC()))]", "a b"),
        ("[('p', make_pipeline(c, SVC())), ('q', SVC())]", None),
        ("list({'p': make_pipeline(c, SVC())}.items())", "a"),
    ],
)
@pytest.mark.parametrize("ensemble", ["VotingClassifier", "StackingClassifier"])
def test_an_ensemble_takes_the_columns_of_its_estimators(
    columns: Any, ensemble: str, estimators: str, features: str | None
) -> None:
    code = (
        f"from sklearn.ensemble import {ensemble}\nc, d = [make_column_transformer((StandardScaler(), [n])) "
        f"for n in ('a', 'b')]\n{ensemble}({estimators}).fit(t, t.y)"
    )
    assert columns(code) == (features, "y")


def test_what_the_table_had_lost_before_a_formula_was_read_stays_excluded(learn: Callable[..., Any]) -> None:
    found = learn(HEADER + "smf.ols('y ~ a', t.drop(columns='id')).fit()").all(Dataset)
    assert [(each.role, each.columns, each.excluded) for each in found] == [
        ("data", ("a",), ("id",)),
        ("target", ("y",), ()),
    ]


def test_the_columns_of_validation_data_are_no_features(learn: Callable[..., Any]) -> None:
    code = "import keras\nm = keras.Sequential()\nm.fit(t[['a']], t.y, validation_data=(t[['b']], t.z))"
    found = learn(HEADER + code).all(Dataset)
    assert [(each.role, each.columns) for each in found][:2] == [("features", ("a",)), ("target", ("y",))]
    assert [each.columns for each in found if each.role == "validation"] == [("b", "z")]
