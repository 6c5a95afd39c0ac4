"""`provkg query` and `provkg queries`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

Write = Callable[..., Path]
Invoke = Callable[..., Result]

TRAINED = "ml.data-trained-model"
ASKED = ("query", TRAINED, "--of", "a.ipynb", "-p", "model", "model")


@pytest.fixture(autouse=True)
def _notebook(write: Write) -> None:
    write("data.csv", "a,b\n1,2\n")
    write()


def test_a_question_of_the_bank_is_answered_in_a_table(invoke: Invoke) -> None:
    result = invoke(*ASKED)
    assert result.exit_code == 0
    header, row = result.stdout.splitlines()
    assert header.split()[:6] == ["model", "class", "trainedIn", "trainedCell", "role", "data"]
    assert row.split()[:6] == [
        "model",
        "sklearn.linear_model.LinearRegression",
        "a.ipynb",
        "3",
        "records",
        "data.csv",
    ]


def test_the_iris_come_on_demand(invoke: Invoke) -> None:
    assert "arcp://" not in invoke(*ASKED).stdout
    assert "arcp://" in invoke(*ASKED, "--iris").stdout


@pytest.mark.parametrize(
    ("format", "standard"),
    [("json", QueryResultsFormat.JSON), ("tsv", QueryResultsFormat.TSV)],
)
def test_an_answer_in_a_standard_format_reads_back(
    invoke: Invoke, format: str, standard: QueryResultsFormat
) -> None:
    answer = parse_query_results(invoke(*ASKED, "-f", format).stdout.encode(), format=standard)
    assert isinstance(answer, QuerySolutions)
    (solution,) = answer
    assert solution["data"].value == "data.csv"


def test_csv_has_the_line_ends_and_the_bare_values_of_the_standard(invoke: Invoke) -> None:
    text = invoke(*ASKED, "-f", "csv").stdout_bytes.decode()
    assert text.count("\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["data"], row["trainedCell"]) == ("data.csv", "3")


def test_json_lines_have_python_values_and_null(invoke: Invoke, write: Write) -> None:
    write("b.rq", "SELECT ?path ?no ?n { ?x provkg:path ?path ; a repr:Notebook BIND(2 AS ?n) }")
    result = invoke("query", "b.rq", "--of", "a.ipynb", "-f", "jsonl")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"path": "a.ipynb", "no": None, "n": 2}
    ]


def test_markdown_escapes_what_would_end_a_cell(invoke: Invoke, write: Write) -> None:
    write("b.rq", "SELECT ?a ?b { VALUES (?a ?b) { ('x|y' UNDEF) } }")
    result = invoke("query", "b.rq", "--of", "a.ipynb", "-f", "md")
    assert result.stdout == "| a | b |\n| --- | --- |\n| x\\|y |  |\n"


def test_a_graph_is_written_as_turtle(invoke: Invoke, write: Write) -> None:
    write("b.rq", "CONSTRUCT { ?m fair4ml:trainedOn ?d } WHERE { ?m fair4ml:trainedOn ?d }")
    result = invoke("query", "b.rq", "--of", "a.ipynb")
    assert result.exit_code == 0
    assert "@prefix fair4ml:" in result.stdout
    assert "fair4ml:trainedOn" in result.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("pattern", "answer", "code"), [("?m a mls:Model", "yes", 0), ("?m a mls:None", "no", 1)]
)
def test_yes_and_no_are_also_the_exit_code(
    invoke: Invoke, write: Write, pattern: str, answer: str, code: int
) -> None:
    write("b.rq", f"ASK {{ {pattern} }}")
    result = invoke("query", "b.rq", "--of", "a.ipynb")
    assert (result.stdout, result.exit_code) == (f"answer\n{answer}\n", code)
    assert invoke("query", "b.rq", "--of", "a.ipynb", "-f", "json").exit_code == code


def test_a_query_comes_from_standard_input(invoke: Invoke) -> None:
    result = invoke("query", "-", "--of", "a.ipynb", input="SELECT (COUNT(*) AS ?n) { ?m a mls:Model }")
    assert result.stdout == "n\n1\n"


def test_a_parameter_of_ones_own_query_takes_a_name(invoke: Invoke, write: Write) -> None:
    write("b.rq", "SELECT ?class { ?m provkg:pythonType ?class ; a mls:Model }")
    result = invoke("query", "b.rq", "--of", "a.ipynb", "-p", "m", "model")
    assert result.stdout == "class\nsklearn.linear_model.LinearRegression\n"


def test_the_text_that_would_be_asked_is_shown(invoke: Invoke) -> None:
    result = invoke(*ASKED, "--show")
    assert "VALUES ?__model_iri { <arcp://" in result.stdout
    assert result.stdout.endswith("?sha256\n")


def test_nothing_found_says_why_and_what_to_try(invoke: Invoke, write: Write) -> None:
    write("empty.py", "x = 1\n")
    result = invoke("query", TRAINED, "--of", "empty.py")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("provkg: nothing found\n  No model")


def test_a_question_of_a_project_without_a_store_says_what_to_do(invoke: Invoke) -> None:
    result = invoke("query", TRAINED)
    assert result.exit_code == 2
    assert "run: provkg extract NOTEBOOK" in result.stderr


def test_the_store_of_the_project_is_asked(invoke: Invoke) -> None:
    assert invoke("extract", "a.ipynb").exit_code == 0
    assert "data.csv" in invoke("query", TRAINED).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("query", "ml.data-traind-model"), "did you mean ml.data-trained-model"),
        (("query", TRAINED, "-p", "mdel", "x", "--of", "a.ipynb"), "did you mean model?"),
        (("query", TRAINED, "-p", "model", "modl", "--of", "a.ipynb"), "did you mean model?"),
        (("query", TRAINED, "more"), "one question at a time; what is 'more'?"),
        (("query", "none.rq", "--of", "a.ipynb"), "this question cannot be read: No such file or directory"),
        (("query", TRAINED, "--of", "a.ipynb", "-f", "ttl"), "rows cannot be written as ttl"),
    ],
)
def test_a_mistake_is_explained(invoke: Invoke, arguments: tuple[str, ...], said: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_bad_sparql_is_marked_where_it_is_bad(invoke: Invoke, write: Write) -> None:
    write("b.rq", "SELECT ?m {\n  ?m a mls:Model ;; }")
    result = invoke("query", "b.rq", "--of", "a.ipynb")
    assert result.exit_code in (0, 2)
    write("b.rq", "SELECT ?m {\n  ?m a mls:Model FILTER(?m >) }")
    result = invoke("query", "b.rq", "--of", "a.ipynb")
    assert result.exit_code == 2
    assert "  line 2\n      ?m a mls:Model FILTER(?m >) }\n" in result.stderr
    assert "^" in result.stderr


def test_another_server_is_asked_only_on_request(invoke: Invoke, write: Write) -> None:
    write("b.rq", "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    result = invoke("query", "b.rq", "--of", "a.ipynb")
    assert result.exit_code == 2
    assert "this query asks another server (SERVICE)" in result.stderr
    write("b.rq", "ASK { ?m a mls:Model # SERVICE\n FILTER('SERVICE' != ?m) }")
    assert invoke("query", "b.rq", "--of", "a.ipynb").exit_code == 0


def test_the_questions_are_listed_and_searched(invoke: Invoke) -> None:
    assert f"  {TRAINED}" in invoke("query", "--list").stdout
    assert f"  {TRAINED}" in invoke("query", "--list", "TRAINED", "digest").stdout
    result = invoke("query", "--list", "zebra")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no question speaks of zebra" in result.stderr


def test_a_question_is_explained(invoke: Invoke) -> None:
    told = invoke("query", "--explain", TRAINED).stdout
    assert told.startswith("ml.data-trained-model: Which data trained this model?\n")
    assert "takes           model (may be left out): the model that was trained." in told
    assert "for example     provkg query ml.data-trained-model -p model clf" in told


def test_the_bank_is_written_to_a_file(invoke: Invoke, folder: Path) -> None:
    assert invoke("queries", "build", "-o", "queries.ttl").exit_code == 0
    assert "sh:SPARQLExecutable" in (folder / "queries.ttl").read_text(encoding="utf-8")
    assert invoke("queries").stdout.startswith("Publish the bank")
    assert invoke("queries", "readme").stdout.startswith("# The questions")


def test_an_iri_with_a_comma_is_one_value_in_csv(write: Write, invoke: Invoke, tmp_path: Path) -> None:
    write()
    (tmp_path / "comma.rq").write_text('SELECT (<urn:x-a:b,c> AS ?x) ("d, e" AS ?y) (?none AS ?z) {}')
    told = invoke("query", "comma.rq", "--of", "a.ipynb", "-f", "csv").stdout_bytes
    assert told == b'x,y,z\r\n"urn:x-a:b,c","d, e",\r\n'
