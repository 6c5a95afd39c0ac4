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


# data sources and sinks

HEADER = """\
import glob, os, pickle, shutil, sqlite3, urllib.request, zipfile
import cv2, joblib, json, requests, torch
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from PIL import Image
from sklearn.model_selection import KFold, train_test_split
from sklearn.svm import SVC
"""

Told = Callable[[str], list[str]]


def wrong(reason: str, *values: Any) -> Any:
    """A case that is told as it should be, and is not yet."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))


def in_short(entry: dict[str, Any]) -> str:
    also = f" = {' '.join(entry['also'])}" if "also" in entry else ""
    return f"{entry['kind']} {entry['locator']}{also}"


@pytest.fixture
def sources(label: Label) -> Told:
    """Code → "kind locator = also" of each data source."""
    return lambda code: [in_short(each) for each in label(HEADER, code)["data_sources"]]


@pytest.fixture
def sinks(label: Label) -> Told:
    """Code → "kind locator" of each sink."""
    return lambda code: [in_short(each) for each in label(HEADER, code)["sinks"]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d = pd.read_csv('a.csv')", ["file a.csv"]),
        ("d = pd.read_csv('a.csv')\ne = pd.read_csv('a.csv')", ["file a.csv", "file a.csv"]),
        ("d = pd.read_csv(os.path.join('d', 'a.csv'))", ["file d/a.csv"]),
        ("d = pd.read_csv(FOLDER + '/a.csv')", ["file FOLDER + '/a.csv'"]),
        ("d = pd.read_csv('https://example.org/a.csv')", ["url https://example.org/a.csv"]),
        ("d = open('a.txt').read()", ["file a.txt"]),
        ("def load(p):\n    return pd.read_csv(p)\nload('a')\nload('b')", ["file a", "file b"]),
        ("def load():\n    return pd.read_csv('a')", []),
        ("import seaborn as sns\nd = sns.load_dataset('tips')", ["dataset-loader tips"]),
        ("from sklearn.datasets import load_iris\nd = load_iris()", ["dataset-loader sklearn.datasets.load_iris"]),
        ("# pd.read_csv('a.csv')\n'pd.read_csv(\"a.csv\")'", []),
        ("os.listdir('d')\nglob.glob('d/*')\nos.path.exists('a.csv')", []),
        ("shutil.copy('a.csv', 'b.csv')\nos.rename('a.csv', 'b.csv')", []),
        wrong("settings in YAML count as data", "import yaml\nc = yaml.safe_load(open('c.yaml'))", []),
    ],
)  # fmt: skip
def test_these_are_the_data_sources(sources: Told, code: str, expected: list[str]) -> None:
    assert sources(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("for f in ['a.csv', 'b.csv']:\n    d = pd.read_csv(f)", ["file f = a.csv b.csv"]),
        ("ds = [pd.read_csv(f) for f in ('a.csv', 'b.csv')]", ["file f = a.csv b.csv"]),
        ("ds = {n: pd.read_csv(f'{n}.csv') for n in ('a', 'b')}", ["file f'{n}.csv' = a.csv b.csv"]),
        ("for f in glob.glob('d/*.csv'):\n    d = pd.read_csv(f)", ["file d/*.csv"]),
        ("for f in os.listdir('d'):\n    d = pd.read_csv('d/' + f)", ["file 'd/' + f"]),
        ("for i in range(3):\n    d = pd.read_csv('a.csv')", ["file a.csv"]),
    ],
)
def test_a_loop_over_files_is_one_source(sources: Told, code: str, expected: list[str]) -> None:
    assert sources(code) == expected


def test_a_reader_that_is_handed_over_reads_too(label: Label) -> None:
    found = label(HEADER, "ds = list(map(pd.read_csv, ['a.csv', 'b.csv']))")["data_sources"]
    assert [each["also"] for each in found] == [["a.csv", "b.csv"]]


def test_one_call_run_by_two_cells_is_two_sources(label: Label) -> None:
    found = label(HEADER + "def load(p):\n    return pd.read_csv(p)", "a = load('a')", "b = load('a')")
    assert [(each["id"], each["cell"]) for each in found["data_sources"]] == [("d1", 1), ("d2", 2)]


@pytest.mark.parametrize(
    ("calls", "locators"),
    [
        ("read('a.csv'), read('b.csv')", ["a.csv", "b.csv"]),
        ("read(d + '/a.csv'), read(d + '/b.csv')", ["d + '/a.csv'", "d + '/b.csv'"]),
        ("[read(p) for p in ('a.csv', 'b.csv')]", ["p"]),
    ],
)
def test_a_function_that_reads_is_a_source_for_each_of_its_calls_in_another(
    label: Label, calls: str, locators: list[str]
) -> None:
    code = f"def read(p):\n    return pd.read_csv(p)\ndef main(d):\n    return {calls}\nmain(unknown)"
    assert [each["locator"] for each in label(HEADER, code)["data_sources"]] == locators


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        ("with open('a.csv') as f:\n    d = pd.read_csv(f)", "data_sources", ["a.csv pandas.read_csv"]),
        ("d = pd.read_csv(open('a.csv'))", "data_sources", ["a.csv pandas.read_csv"]),
        ("with open(p) as f:\n    d = pd.read_csv(f)", "data_sources", ["p pandas.read_csv"]),
        ("with open('a.csv') as f:\n    d = f.read()", "data_sources", ["a.csv open"]),
        (
            "f = open('a.csv')\nd = pd.read_csv('a.csv')",
            "data_sources",
            ["a.csv open", "a.csv pandas.read_csv"],
        ),
        ("with open(p, 'w') as f:\n    d.to_csv(f)\n    e.to_csv(f)", "sinks", ["p d.to_csv"]),
    ],
)
def test_what_goes_through_an_open_file_is_one_act_with_opening_it(
    label: Label, code: str, kind: str, expected: list[str]
) -> None:
    found = [
        f"{each['locator']} {each.get('loader') or each.get('writer')}" for each in label(HEADER, code)[kind]
    ]
    assert found == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "urllib.request.urlretrieve('http://e.org/a.csv', 'a.csv')\nd = pd.read_csv('a.csv')",
            ["file a.csv = http://e.org/a.csv"],
        ),
        ("urllib.request.urlretrieve('http://e.org/a.csv', 'a.csv')", ["url http://e.org/a.csv"]),
        ("r = requests.get('http://e.org/a').json()", ["url http://e.org/a"]),
        ("!wget http://e.org/a.csv", ["url http://e.org/a.csv"]),
        ("!wget -q http://e.org/a.csv -O b.csv", ["url http://e.org/a.csv"]),
        ("!curl -O http://e.org/a.csv", ["url http://e.org/a.csv"]),
        ("!curl http://e.org/", []),
        ("!unzip a.zip", ["file a.zip"]),
        ("!cat a.csv\n!ls\n!head a.csv", []),
        ("!cp a.csv b.csv\n!mv a b\n!rm a\n!mkdir d", []),
        ("!python train.py", []),
        wrong(
            "the line that unpacks what was fetched takes the fetch away",
            "!wget http://e.org/a.zip\n!unzip a.zip",
            ["url http://e.org/a.zip"],
        ),
    ],
)
def test_what_is_downloaded_is_one_source(sources: Told, code: str, expected: list[str]) -> None:
    assert sources(code) == expected


def test_a_file_that_another_cell_downloads_is_a_source_of_its_own(label: Label) -> None:
    found = label(
        HEADER + "urllib.request.urlretrieve('http://e.org/a.csv', 'a.csv')", "d = pd.read_csv('a.csv')"
    )
    assert [(each["cell"], in_short(each)) for each in found["data_sources"]] == [
        (0, "url http://e.org/a.csv"),
        (1, "file a.csv"),
    ]


@pytest.mark.parametrize("read", ["cv2.imread('a.png')", "plt.imread('a.png')", "Image.open('a.png')"])
def test_a_picture_that_is_only_shown_is_no_source_beside_a_training(sources: Told, read: str) -> None:
    shown = f"plt.imshow({read})\n"
    assert sources(shown) == ["file a.png"]
    assert sources(shown + "SVC().fit([[1]], [1])") == []
    assert sources(f"SVC().fit({read}, [1])") == ["file a.png"]


def test_a_picture_that_a_model_is_asked_about_is_a_source(sources: Told) -> None:
    code = "m = SVC().fit([[1]], [1])\nx = plt.imread('a.png')\nx = x.reshape(1, -1)\n"
    assert sources(code + "plt.imshow(x)") == []
    assert sources(code + "p = m.predict([x])") == ["file a.png"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d = pd.read_sql('select 1', sqlite3.connect('a.db'))", ["database select 1 = a.db"]),
        ("d = pd.read_sql_query('select 1', con)", ["database select 1"]),
        ("q = 'select 1'\nd = pd.read_sql(q, con)", ["database select 1"]),
        ("d = pd.read_sql(sql='select 1', con=con)", ["database select 1"]),
        wrong(
            "the query is told to another call than the one that fetches its rows",
            "c = sqlite3.connect('a.db')\nr = c.execute('select 1').fetchall()",
            ["database select 1 = a.db"],
        ),
    ],
)
def test_a_database_is_known_by_its_query(label: Label, code: str, expected: list[str]) -> None:
    found = label(HEADER, code)["data_sources"]
    assert [
        in_short(each) + (f" = {each['resolved']}" if each["resolved"] else "") for each in found
    ] == expected


def test_random_numbers_are_a_source_only_where_they_train(sources: Told) -> None:
    assert sources("x = np.random.rand(3)") == []
    assert sources("x = np.random.rand(3)\nSVC().fit(x, [1])") == ["synthetic numpy.random.rand"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d = pd.DataFrame()\nd.to_csv('a.csv')\nd.to_csv('b.csv')", ["file a.csv", "file b.csv"]),
        ("plt.plot([1])\nplt.savefig('a.png')", ["file a.png"]),
        ("open('a.txt', 'w').write('x')", ["file a.txt"]),
        ("with open('a.json', 'w') as h:\n    json.dump({}, h)", ["file a.json"]),
        ("joblib.dump(SVC(), 'm.joblib')", ["file m.joblib"]),
        ("shutil.copy('a.csv', 'b.csv')", []),
        ("!wget http://e.org/a.csv", []),
        ("urllib.request.urlretrieve('http://e.org/a.csv', 'a.csv')", []),
        ("!echo hi > a.txt", []),
        wrong("what unpacks an archive leaves a result", "zipfile.ZipFile('a.zip').extractall('d')", []),
        wrong(
            "a download that is written by hand leaves a result",
            "r = requests.get('http://e.org/a')\nopen('a.csv', 'wb').write(r.content)",
            [],
        ),
    ],
)
def test_these_are_the_sinks(sinks: Told, code: str, expected: list[str]) -> None:
    assert sinks(code) == expected


@pytest.mark.parametrize(
    ("code", "loads"),
    [
        ("m = joblib.load('m.pkl')\nm.predict([[1]])", ["m.pkl"]),
        ("m = pickle.load(open('m.pkl', 'rb'))\nm.predict([[1]])", ["m.pkl"]),
        ("m = joblib.load('m.pkl')\nm.fit([[1]], [1])", ["m.pkl"]),
        ("from transformers import AutoModel\nm = AutoModel.from_pretrained('bert')", ["bert"]),
        ("import keras\nm = keras.models.load_model('m.keras')", ["m.keras"]),
        ("d = joblib.load('d.pkl')", []),
        ("d = pickle.load(open('d.pkl', 'rb'))", []),
        ("n = torch.nn.Linear(1, 1)\nn.load_state_dict(torch.load('n.pt'))", ["n.pt"]),
    ],
)
def test_a_model_that_is_loaded_is_no_data_source(label: Label, code: str, loads: list[str]) -> None:
    found = label(HEADER, code)
    assert [each["locator"] for each in found["model_loads"]] == loads
    assert bool(found["data_sources"]) == (not loads)


# models, splits, seeds

DATA = HEADER + "d = pd.read_csv('d.csv')\ne = pd.read_csv('e.csv')"


def test_a_model_is_trained_on_sources_by_their_ids(label: Label) -> None:
    (model,) = label(DATA, "m = SVC().fit(d[['x']].fillna(e.mean()), d.y)")["models"]
    assert (model["trained_on"], model["validated_on"], model["fit_cells"]) == (["d1", "d2"], [], [1])


def test_columns_are_told_by_what_was_done_to_them(label: Label) -> None:
    code = "d['z'] = d.a * 2\nX = d.drop(columns=['id', 'y'])\nSVC().fit(X, d.y)"
    (model,) = label(DATA, code)["models"]
    assert model["features"] == {"exclude": ["id", "y"], "derived": ["z"]}
    assert model["target"] == ["y"]


def test_of_unknown_columns_nothing_is_told(label: Label) -> None:
    (model,) = label(DATA, "SVC().fit(d.values, unknown)")["models"]
    assert (model["features"], model["target"]) == (None, None)


def test_measures_are_told_with_what_they_compute_and_where(label: Label) -> None:
    found = label(
        DATA + "\nfrom sklearn.model_selection import cross_val_score",
        "m = SVC().fit(d[['x']], d.y)",
        "m.score(d[['x']], d.y)",
        "cross_val_score(m, d[['x']], d.y, scoring='f1')",
    )
    assert found["models"][0]["metrics"] == [
        {"name": "sklearn.svm.SVC.score", "cell": 2},
        {"name": "sklearn.model_selection.cross_val_score(scoring=f1)", "cell": 3},
    ]
    assert found["models"][0]["fit_cells"] == [1, 3]


def test_a_split_is_told_with_its_names_and_settings(label: Label) -> None:
    assert label(DATA, "a, b = train_test_split(d, test_size=0.2, random_state=n)")["splits"] == [
        {
            "cell": 1,
            "call": "sklearn.model_selection.train_test_split",
            "inputs": ["d"],
            "outputs": ["a", "b"],
            "params": {"test_size": 0.2, "random_state": {"expr": "n"}},
        }
    ]


def test_seeds_are_told_with_who_sets_them_and_to_what(label: Label) -> None:
    code = "np.random.seed(3)\nSVC(random_state=4)\ntrain_test_split(d, random_state=n)"
    assert label(DATA, code)["seeds"] == [
        {"cell": 1, "call": "numpy.random.seed", "value": 3},
        {"cell": 1, "call": "sklearn.svm.SVC(random_state)", "value": 4},
        {"cell": 1, "call": "sklearn.model_selection.train_test_split(random_state)", "value": {"expr": "n"}},
    ]


def test_an_option_is_labelled_by_its_default(label: Label) -> None:
    code = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--c', type=float, default=0.5)\n"
        "o = p.parse_args()\nSVC(C=o.c).fit(d[['x']], d.y)"
    )
    (model,) = label(DATA, code)["models"]
    assert model["hyperparameters"] == {"C": {"default": 0.5, "expr": "o.c"}}


def test_an_expression_of_several_lines_is_labelled_as_one(label: Label) -> None:
    (model,) = label(DATA, "SVC(C=f(\n    1,\n    2,\n)).fit(d[['x']], d.y)")["models"]
    assert model["hyperparameters"] == {"C": {"expr": "f(1, 2,)"}}


def test_what_trackers_are_told_is_no_hyperparameter_and_no_measure(label: Label) -> None:
    code = IMPORTS + "import mlflow\na = pd.read_csv('a.csv')\nm = SVC(C=2).fit(a[['x']], a['y'])\n"
    logging = "mlflow.log_param('kernel', 'rbf')\nmlflow.log_metric('acc', m.score(a[['x']], a['y']))"
    (model,) = label(code, logging)["models"]
    assert model["hyperparameters"] == {"C": 2}
    assert [each["name"] for each in model["metrics"]] == ["sklearn.svm.SVC.score"]
