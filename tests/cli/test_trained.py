"""`provkg trained` as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from provkg.store.local import LocalStore

Write = Callable[..., Path]
Invoke = Callable[..., Result]


def test_a_notebook_alone_lists_its_models(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("trained", "a.ipynb")
    assert (result.exit_code, result.stdout) == (
        0, "model  sklearn.linear_model.LinearRegression  a.ipynb cell 3, line 1\n",
    )  # fmt: skip


def test_the_answer_names_data_columns_and_place(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("trained", "model", "a.ipynb").stdout == (
        "model: sklearn.linear_model.LinearRegression\n"
        "  trained in      a.ipynb cell 3, line 1\n"
        "  trained on      data.csv  (pandas.read_csv, cell 2, line 1)\n"
        "  features        (an expression); columns a\n"
        "  target          (an expression); columns b\n"
    )


def test_explain_adds_the_way_line_by_line(write: Write, invoke: Invoke) -> None:
    write()
    lines = invoke("trained", "model", "a.ipynb", "--explain").stdout.splitlines()
    assert lines[-3:] == [
        "  from source to model",
        "    a.ipynb cell 2, line 1  df = pd.read_csv('data.csv')",
        "    a.ipynb cell 3, line 1  model = LinearRegression().fit(df[['a']], df.b)",
    ]


def test_json_says_the_same(write: Write, invoke: Invoke) -> None:
    write()
    (told,) = json.loads(invoke("trained", "model", "a.ipynb", "-f", "json").stdout)
    assert told["sources"][0]["locator"] == "data.csv"
    assert told["model"]["variable"] == "model"


@pytest.mark.parametrize("suffix", ["ttl", "trig", "nq", "jsonld"])
def test_a_graph_file_answers_as_its_notebook_does(write: Write, invoke: Invoke, suffix: str) -> None:
    write()
    invoke("extract", "a.ipynb", "-q", "-o", f"g.{suffix}")
    assert invoke("trained", "model", f"g.{suffix}").stdout == invoke("trained", "model", "a.ipynb").stdout


def test_the_store_answers_where_no_source_is_named(write: Write, invoke: Invoke) -> None:
    write()
    invoke("extract", "a.ipynb", "-q")
    assert invoke("trained", "model").stdout == invoke("trained", "model", "a.ipynb").stdout
    assert invoke("trained").stdout.startswith("model ")


def test_an_endpoint_answers_as_the_store_does(write: Write, invoke: Invoke, oxigraph_server: Any) -> None:
    write()
    invoke("extract", "a.ipynb", "-q")
    with LocalStore.read(Path(".provkg/store")) as local, oxigraph_server.store() as remote:
        remote.replace_graphs({graph: list(local.quads(graph)) for graph in local.graphs()})
    url = oxigraph_server.query_url
    for arguments in (("trained", "model"), ("trained",), ("trained", "model", "--explain")):
        assert invoke(*arguments, "--endpoint", url).stdout == invoke(*arguments).stdout


def test_the_endpoint_can_be_set_once_and_a_source_goes_before_it(
    write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv("PROVKG_ENDPOINT", "http://me:pw@localhost/query")
    assert "no place for a password" in invoke("trained", "model").stderr
    assert invoke("trained", "model", "a.ipynb").exit_code == 0


def test_two_places_to_ask_are_one_too_many(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("trained", "model", "a.ipynb", "--endpoint", "http://localhost/query")
    assert result.exit_code == 2
    assert "ask either a.ipynb or the endpoint, not both" in result.stderr


def test_a_wrong_name_is_answered_with_the_nearest(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("trained", "modle", "a.ipynb")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "provkg: no model is called 'modle'\n  did you mean: model?\n"


def test_a_name_like_no_other_is_answered_with_those_that_there_are(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("trained", "zzz", "a.ipynb")
    assert result.stderr == "provkg: no model is called 'zzz'\n  there are: model\n"


def test_a_notebook_without_models_says_so(write: Write, invoke: Invoke) -> None:
    write("b.ipynb", ("x = 1",))
    result = invoke("trained", "b.ipynb")
    assert (result.exit_code, result.stderr) == (1, "provkg: no model is trained here\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("trained", "m", "missing.ttl"), "cannot be read"),
        (("trained", "m", "empty"), "no notebook, script or graph"),
        (("trained", "m"), "nothing is stored here yet"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_error(
    folder: Path, invoke: Invoke, arguments: tuple[str, ...], message: str
) -> None:
    (folder / "empty").mkdir()
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bad_notebook_does_not_hide_the_models_of_the_others(write: Write, invoke: Invoke) -> None:
    write("nb/a.ipynb")
    write("nb/b.ipynb", "<html>")
    result = invoke("trained", "model", "nb")
    assert result.exit_code == 2
    assert "trained on      nb/data.csv" in result.stdout or "trained on      data.csv" in result.stdout
    assert "b.ipynb" in result.stderr


def test_a_source_that_another_program_wrote_is_followed_to_its_own_sources(
    write: Write, invoke: Invoke
) -> None:
    write("prep.ipynb", ("import pandas as pd\nd = pd.read_csv('raw.csv').dropna()", "d.to_csv('clean.csv')"))
    write(
        "train.ipynb",
        (
            "import pandas as pd\nfrom sklearn.svm import SVC\nd = pd.read_csv('clean.csv')\n"
            "m = SVC().fit(d[['x']], d.y)",
        ),
    )
    assert (
        "  written by      clean.csv: prep.ipynb cell 2, line 1, from raw.csv\n"
        in invoke("trained", "m", ".").stdout
    )
