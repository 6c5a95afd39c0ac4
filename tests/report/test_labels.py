"""What was found, in the shape in which people label programs by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract.run import extract_facts
from provkg.report.labels import label_of
from provkg.sources.document import Cell, Document

IMPORTS = "import pandas as pd\nfrom sklearn.svm import SVC\n"


@pytest.fixture
def label() -> Callable[..., dict[str, Any]]:
    """Cells → label; a text that begins with "#md" is a markdown cell."""

    def label(*sources: str) -> dict[str, Any]:
        cells = tuple(
            Cell(index, "markdown" if source.startswith("#md") else "code", source)
            for index, source in enumerate(sources)
        )
        return label_of(
            extract_facts(Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, "sha256:0", 1))
        )

    return label


Label = Callable[..., dict[str, Any]]


def test_a_whole_program_has_this_label(label: Label) -> None:
    found = label(
        "#md # Flowers",
        IMPORTS,
        "df = pd.read_csv('flowers.csv')",
        "model = SVC(C=2)\nmodel.fit(df[['a']], df['b'], check_input=False)",
        "df.to_csv('out/' + 'clean.csv', index=False)",
    )
    assert found == {
        "cell_dependencies": [[2, 3, "df"], [2, 4, "df"]],
        "data_sources": [
            {
                "cell": 2,
                "locator": "flowers.csv",
                "resolved": "flowers.csv",
                "kind": "file",
                "id": "d1",
                "variable": "df",
                "loader": "pandas.read_csv",
            }
        ],
        "sinks": [
            {
                "cell": 4,
                "locator": "out/clean.csv",
                "resolved": "out/clean.csv",
                "kind": "file",
                "object": "df",
                "writer": "pandas.DataFrame.to_csv",
            }
        ],
        "models": [
            {
                "id": "m1",
                "variable": "model",
                "class": "sklearn.svm.SVC",
                "constructor": None,
                "final_estimator": None,
                "components": [],
                "count": 1,
                "fit_cells": [3],
                "trained_on": ["d1"],
                "validated_on": [],
                "how": "fit",
                "hyperparameters": {"C": 2},
                "compile_params": {},
                "fit_params": {"check_input": False},
                "features": {"include": ["a"]},
                "target": ["b"],
                "metrics": [],
            }
        ],
        "splits": [],
        "seeds": [],
        "model_loads": [],
    }


def test_an_empty_program_has_an_empty_label(label: Label) -> None:
    assert set(map(repr, label().values())) == {"[]"}


def test_cells_are_counted_with_markdown(label: Label) -> None:
    assert label("#md a", "x = 1", "#md b", "x")["cell_dependencies"] == [[1, 3, "x"]]


def test_of_several_definitions_that_may_reach_a_cell_the_last_counts(label: Label) -> None:
    assert label("x = 1", "if c:\n    x = 2", "x")["cell_dependencies"] == [[1, 2, "x"]]


def test_dependencies_do_not_repeat_and_are_sorted(label: Label) -> None:
    found = label("b = a = 1", "a + a + b", "b + a + b")["cell_dependencies"]
    assert found == [[0, 1, "a"], [0, 1, "b"], [0, 2, "a"], [0, 2, "b"]]


def test_dependencies_are_those_of_the_document_whatever_the_counts() -> None:
    sources, counts = ("x = 1", "x = 2", "x"), (2, 1, 3)
    cells = tuple(
        Cell(index, "code", source, execution_count=count)
        for index, (source, count) in enumerate(zip(sources, counts, strict=True))
    )
    document = Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, "sha256:0", 1)
    assert label_of(extract_facts(document))["cell_dependencies"] == [[1, 2, "x"]]


def test_a_locator_that_is_not_constant_has_no_resolution(label: Label) -> None:
    (source,) = label(IMPORTS + "df = pd.read_csv(path)")["data_sources"]
    assert (source["locator"], source["resolved"]) == ("path", None)


def test_a_packaged_data_set_has_a_loader_for_its_kind(label: Label) -> None:
    (source,) = label("from sklearn.datasets import load_iris\niris = load_iris()")["data_sources"]
    assert (source["kind"], source["variable"], source["loader"]) == (
        "dataset-loader", "iris", "sklearn.datasets.load_iris",
    )  # fmt: skip


def test_reading_a_model_is_no_data_source(label: Label) -> None:
    found = label("from tensorflow.keras.models import load_model\nm = load_model('m.h5')\nm.save('n.h5')")
    assert found["data_sources"] == []
    assert [sink["locator"] for sink in found["sinks"]] == ["n.h5"]


def test_what_a_command_fetches_is_labelled_by_the_command(label: Label) -> None:
    found = label("!wget https://example.org/a.csv")
    (source,) = found["data_sources"]
    assert (source["cell"], source["locator"], source["kind"]) == (0, "https://example.org/a.csv", "url")


def test_sources_and_sinks_are_in_the_order_of_the_program(label: Label) -> None:
    found = label(
        IMPORTS + "def load(f):\n    d = pd.read_csv(f)\n    print(f)\n    return d", "load('b')", "load('a')"
    )
    assert [(each["id"], each["cell"], each["locator"]) for each in found["data_sources"]] == [
        ("d1", 1, "b"),
        ("d2", 2, "a"),
    ]


def test_constant_parameters_have_values_and_others_their_text(label: Label) -> None:
    (model,) = label(
        "import keras\nm = keras.Sequential()\nn = 3\nm.fit(X, y, epochs=n, batch_size=b * 2, shuffle=None)"
    )["models"]
    assert model["fit_params"] == {"epochs": 3, "batch_size": {"expr": "b * 2"}, "shuffle": None}


def test_a_label_is_json(label: Label) -> None:
    found = label(IMPORTS + "df = pd.read_csv('\ud800', na=1e999)\nSVC().fit(df, b'x', k={1: (2j, ...)})")
    assert json.loads(json.dumps(found)) == found
