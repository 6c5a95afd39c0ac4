"""`provkg lineage` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Write = Callable[..., Path]
Invoke = Callable[..., Result]


def test_it_tells_what_led_to_a_model(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("lineage", "model", "--of", "a.ipynb")
    assert result.exit_code == 0
    assert result.stdout == (
        "model  model sklearn.linear_model.LinearRegression  a.ipynb cell 3, line 1  "
        "model = LinearRegression().fit(df[['a']], df.b)\n"
        "← features: df  a.ipynb cell 2, line 1  df = pd.read_csv('data.csv')\n← data.csv  file\n"
    )


def test_it_tells_what_came_of_a_file(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("lineage", "data.csv", "--forward", "--of", "a.ipynb")
    assert result.exit_code == 0
    assert "└── written  a.ipynb cell 4, line 1  df.to_csv('out.csv')\n    → out.csv  file\n" in result.stdout


def test_it_asks_the_store_of_the_project(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("extract", "a.ipynb").exit_code == 0
    assert "data.csv" in invoke("lineage", "out.csv").stdout


def test_files_lead_from_one_notebook_to_another(write: Write, invoke: Invoke) -> None:
    write("a.ipynb")
    write("b.ipynb", ("import pandas as pd", "again = pd.read_csv('out.csv')"))
    told = invoke("lineage", "again", "--of", ".").stdout
    assert "b.ipynb cell 2" in told
    assert "a.ipynb cell 4" in told


def test_a_name_that_several_things_have_tells_all(write: Write, invoke: Invoke) -> None:
    write("a.ipynb")
    write("b.ipynb")
    result = invoke("lineage", "df", "--of", ".")
    assert "a.ipynb cell 2" in result.stdout
    assert "b.ipynb cell 2" in result.stdout
    assert "'df' stands for 2 things" in result.stderr
    assert "b.ipynb" not in invoke("lineage", "a.ipynb:df", "--of", ".").stdout


def test_it_says_where_nothing_is_called_so(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("lineage", "modle", "--of", "a.ipynb")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no entity called 'modle'\n  did you mean model" in result.stderr


def test_it_says_why_nothing_led_there(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("lineage", "data.csv", "--of", "a.ipynb")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "it is where data come in" in result.stderr
    assert "--forward" in result.stderr


def test_it_says_when_it_stops_at_a_depth(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("lineage", "model", "--depth", "1", "--of", "a.ipynb")
    assert "data.csv  file" not in result.stdout
    assert "beyond this depth" in result.stderr


def test_what_cannot_be_read_is_an_error(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("lineage", "model", "--of", "missing.ipynb").exit_code == 2
    assert invoke("lineage", "<no iri>", "--of", "a.ipynb").exit_code == 2


def test_json_names_nodes_and_edges_the_way_of_the_data(write: Write, invoke: Invoke) -> None:
    write()
    told = json.loads(invoke("lineage", "model", "--of", "a.ipynb", "-f", "json").stdout)
    kinds = {node["id"]: node["kind"] for node in told["nodes"]}
    assert [(kinds[edge["from"]], kinds[edge["to"]]) for edge in told["edges"]] == [
        ("file", "variable"),
        ("variable", "model"),
    ]
    assert told["direction"] == "backward"
    assert told["complete"] is True
    assert told["nodes"][0] | {"id": ""} == {
        "id": "",
        "kind": "model",
        "name": "model",
        "distance": 0,
        "notebook": "a.ipynb",
        "cell": 3,
        "line": 1,
        "code": "model = LinearRegression().fit(df[['a']], df.b)",
        "detail": "sklearn.linear_model.LinearRegression",
    }


def test_it_draws_in_dot_and_mermaid(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("lineage", "model", "--of", "a.ipynb", "-f", "dot").stdout.startswith("digraph lineage {")
    assert invoke("lineage", "model", "--of", "a.ipynb", "-f", "mermaid").stdout.startswith("flowchart LR")
