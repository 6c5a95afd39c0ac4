"""A study made to measure with: notebooks as a group of scientists leaves them, any number, always the same.

The programs are put together from pieces that people write in every notebook, with names, numbers and lengths
of their own; they share raw files (few are used by many, most by one), read what others wrote, train models,
and were run: mostly from top to bottom, with outputs, times, and now and then an error. provkg itself makes
their graphs, so cells, runs, files and models have the shapes and proportions that real ones have.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

COLUMNS = "age size height weight dose depth mass rate count score ratio year site group".split()  # noqa: SIM905 - a list of words reads best as words
NAMES = "df data table frame samples records measured birds plots cells".split()  # noqa: SIM905 - a list of words reads best as words
ESTIMATORS = (
    ("sklearn.ensemble", "RandomForestClassifier", "n_estimators={n}, random_state={seed}"),
    ("sklearn.ensemble", "GradientBoostingRegressor", "learning_rate={rate}, random_state={seed}"),
    ("sklearn.linear_model", "LogisticRegression", "C={rate}, max_iter={n}"),
    ("sklearn.linear_model", "Ridge", "alpha={rate}"),
    ("sklearn.svm", "SVC", "C={rate}, kernel='rbf'"),
    ("sklearn.neighbors", "KNeighborsClassifier", "n_neighbors={few}"),
)
METRICS = ("accuracy_score", "f1_score", "mean_squared_error", "r2_score")
ERRORS = (("KeyError", "'depth'"), ("FileNotFoundError", "No such file"), ("ValueError", "could not convert"))
VERSIONS = ("3.9.18", "3.10.12", "3.11.7", "3.12.2")
RAW_FILES = 2_000
"""Raw files that a study has at most; the k-th is used about 1/k as often as the first."""

FAILING = 0.08
OUT_OF_ORDER = 0.2
TIMED = 0.5


@dataclass(slots=True)
class Author:
    """Who writes one notebook: what is random about it, and the cells so far."""

    chance: random.Random
    number: int
    cells: list[str] = field(default_factory=list)

    def pick_file(self) -> str:
        """A file to read: raw, or one that an earlier notebook of the study wrote."""
        if self.number > 3 and self.chance.random() < 0.3:
            return f"../clean/part-{self.chance.randrange(self.number)}.csv"
        rank = min(int(self.chance.paretovariate(0.8)), RAW_FILES)
        return f"../raw/survey-{rank}.csv"

    def columns(self, count: int) -> list[str]:
        """Different names of columns."""
        return self.chance.sample(COLUMNS, count)


def make_study(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each notebook."""
    for number in range(count):
        author = Author(random.Random(f"{seed}/{number}"), number)  # noqa: S311 - no secret
        write_program(author)
        yield f"group-{number % 97}/analysis-{number}.ipynb", save_notebook(author)


def write_program(author: Author) -> None:
    """The cells of a notebook: imports, data, a look at them, and mostly some models."""
    chance, cells = author.chance, author.cells
    module, estimator, settings = chance.choice(ESTIMATORS)
    metric, name = chance.choice(METRICS), chance.choice(NAMES)
    cells.append(
        "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport joblib\n"
        f"from {module} import {estimator}\nfrom sklearn.metrics import {metric}\n"
        "from sklearn.model_selection import train_test_split"
    )
    cells.append(f"{name} = pd.read_csv('{author.pick_file()}')")
    for extra in range(chance.choice((0, 0, 1, 1, 2, 3))):
        cells.append(
            f"more_{extra} = pd.read_csv('{author.pick_file()}')\n"
            f"{name} = {name}.merge(more_{extra}, on='{chance.choice(COLUMNS)}')"
        )
    for _ in range(int(chance.lognormvariate(1.6, 0.6))):
        cells.append(write_look(author, name))
    cells.append(f"{name}.to_csv('../clean/part-{author.number}.csv', index=False)")
    for model in range(chance.choice((0, 1, 1, 1, 2, 3))):
        write_model(author, name, f"model_{model}" if model else "model", estimator, settings, metric)


def write_look(author: Author, name: str) -> str:
    """A cell that cleans, computes or draws."""
    first, second, third = author.columns(3)
    number = author.chance.randrange(2, 90)
    return author.chance.choice(
        (
            f"{name} = {name}.dropna(subset=['{first}', '{second}'])\n{name}.head()",
            f"{name}['{third}'] = {name}['{first}'] / {name}['{second}']\n{name}['{third}'].describe()",
            f"means_{number} = {name}.groupby('{first}')['{second}'].mean()\nmeans_{number}",
            f"{name}['{first}'].hist(bins={number})\nplt.savefig('figures/{first}-{author.number}.png')",
            f"def scale_{number}(values):\n    return (values - values.mean()) / values.std()\n\n"
            f"{name}['{second}'] = scale_{number}({name}['{second}'])",
            f"for column in ['{first}', '{second}']:\n    print(column, {name}[column].max())",
            f"outliers = {name}[{name}['{first}'] > {number}]\nlen(outliers)",
        )
    )


def write_model(author: Author, name: str, model: str, estimator: str, settings: str, metric: str) -> None:
    """The cells that split, fit, measure and save."""
    chance = author.chance
    seed = chance.randrange(100)
    *features, target = author.columns(chance.randrange(3, 7))
    rate, few = chance.choice((0.1, 0.5, 2.0)), chance.randrange(2, 9)
    written = settings.format(n=chance.choice((50, 100, 500)), rate=rate, few=few, seed=seed)
    author.cells += [
        f"X = {name}[{features!r}]\ny = {name}['{target}']\n"
        f"X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state={seed})",
        f"{model} = {estimator}({written})\n{model}.fit(X_train, y_train)",
        f"predicted = {model}.predict(X_test)\nprint({metric}(y_test, predicted))",
        f"joblib.dump({model}, 'models/{model}-{author.number}.joblib')",
    ]


def save_notebook(author: Author) -> bytes:
    """The notebook as it was saved after a run."""
    chance = author.chance
    order = list(range(len(author.cells)))
    if chance.random() < OUT_OF_ORDER:
        first, second = sorted(chance.sample(order, 2))
        order[first], order[second] = order[second], order[first]
    counts = {index: place + 1 for place, index in enumerate(order)}
    failing = order[-1] if chance.random() < FAILING else None
    begun = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(500_000))
    is_timed = chance.random() < TIMED
    version = chance.choice(VERSIONS)
    cells = [
        save_cell(author, index, counts[index], begun if is_timed else None, is_failing=index == failing)
        for index in range(len(author.cells))
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "version": version},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook).encode()


def save_cell(
    author: Author, index: int, count: int, begun: datetime | None, *, is_failing: bool
) -> dict[str, Any]:
    """A cell with what its run left."""
    source = author.cells[index]
    metadata: dict[str, Any] = {}
    if begun is not None:
        start = begun + timedelta(seconds=7 * count)
        busy, idle = start.isoformat(), (start + timedelta(seconds=author.chance.expovariate(1))).isoformat()
        metadata["execution"] = {"iopub.status.busy": busy, "iopub.status.idle": idle}
    return {
        "cell_type": "code",
        "execution_count": count,
        "id": hashlib.sha256(f"{author.number}/{index}".encode()).hexdigest()[:8],
        "metadata": metadata,
        "outputs": [fail(author)] if is_failing else list(show(author, source, count)),
        "source": source,
    }


def show(author: Author, source: str, count: int) -> Iterator[dict[str, Any]]:
    """What a cell shows: what it prints, and the value of its last line."""
    value = f"{author.chance.random():.4f}"
    if "print(" in source:
        yield {"output_type": "stream", "name": "stdout", "text": f"{value}\n"}
    elif "means_" in source or source.endswith((".head()", ".describe()", "(outliers)")):
        data = {"text/plain": f"   a  b\n0  1  {value}"}
        yield {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": data}


def fail(author: Author) -> dict[str, Any]:
    """An error that ended a cell."""
    name, value = author.chance.choice(ERRORS)
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]}
