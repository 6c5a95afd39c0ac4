"""Summaries, tables and errors, as people read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.errors import SourceError
from provkg.extract.run import extract_facts
from provkg.facts.factset import FactSet, Origin, Problem
from provkg.report.text import (
    MOST_ROWS,
    MOST_TROUBLES,
    Summary,
    Trouble,
    count,
    find_troubles,
    format_error,
    format_rows,
    format_size,
    format_summary,
    internal_error,
    make_table,
    printable,
    shorten_troubles,
    summarise,
    tell_failed,
    tell_totals,
)
from provkg.sources.notebook import parse_notebook
from provkg.sources.script import parse_script


def cell(source: str, count: int | None = None, kind: str = "code", **more: Any) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": count, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": source, **code, **more}


def summary_of(*cells: dict[str, Any], **metadata: Any) -> Summary:
    content = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return summarise(extract_facts(parse_notebook(json.dumps(content).encode(), "a.ipynb")), 7)


def text_of(*cells: dict[str, Any], **metadata: Any) -> str:
    return format_summary(summary_of(*cells, **metadata), ["7 triples in a.ttl"])


def script_text(source: str) -> str:
    return format_summary(summarise(extract_facts(parse_script(source.encode(), "train.py"))))


# --- one document -------------------------------------------------------------------------------------------


def test_a_notebook_in_a_few_lines() -> None:
    language = {"name": "python", "version": "3.9.7"}
    told = text_of(
        cell("# Iris\nA first look.", kind="markdown"),
        cell("import pandas as pd\nfrom sklearn.svm import SVC", 1),
        cell("df = pd.read_csv('iris.csv')", 2),
        cell("SVC().fit(df.x, df.y)", 3),
        cell("df.to_csv('out.csv'); df.to_csv('more.csv')", 4),
        language_info=language,
    )
    assert told == (
        "a.ipynb: Iris\n"
        "  cells      4 cells of code, 1 of text; all run, from top to bottom; Python 3.9.7\n"
        "  reads      iris.csv  cell 3\n"
        "  writes     out.csv  cell 5\n"
        "             more.csv  cell 5\n"
        "  trains     sklearn.svm.SVC  cell 4, on iris.csv\n"
        "  libraries  pandas, scikit-learn\n"
        "  result     7 triples in a.ttl"
    )


def test_an_empty_notebook_has_nothing_to_tell() -> None:
    assert text_of() == (
        "a.ipynb\n"
        "  cells      0 cells of code, 0 of text; no run is recorded; Python\n"
        "  reads      no data files\n"
        "  writes     no data files\n"
        "  libraries  none besides the standard library\n"
        "  result     7 triples in a.ttl"
    )


def test_an_order_of_execution_that_matters_is_told() -> None:
    summary = summary_of(cell("x = 1", 1), cell("print(x)", 3), cell("x = 2", 2))
    assert not summary.is_in_order
    assert summary.differences == ("cell 2 used x from cell 3, not from cell 1",)
    assert "all run, not from top to bottom" in format_summary(summary)


def test_cells_that_were_not_run_are_counted() -> None:
    told = text_of(cell("x = 1", 1), cell("y = 1", 2), cell("z = 1"))
    assert "3 cells of code, 0 of text; 2 run, from top to bottom; Python\n" in told
    assert "2 cells of code, 0 of text; 1 run; Python\n" in text_of(cell("x = 1", 1), cell("x"))


def test_an_error_that_was_saved_is_told_with_its_cell() -> None:
    output = {"output_type": "error", "ename": "KeyError", "evalue": "'Age'", "traceback": []}
    told = text_of(cell("pass", 1), cell("df['Age']", 2, outputs=[output]))
    assert "  errors     cell 2: KeyError: 'Age'\n" in told


def test_a_cell_that_is_no_python_is_a_problem_with_its_cell() -> None:
    (problem,) = summary_of(cell("text", kind="markdown"), cell("x = (")).problems
    assert problem.startswith("cell 2: not analysed as Python")


def test_places_in_scripts_are_lines() -> None:
    told = script_text(
        "import pandas as pd\n\nfor _ in 'ab':\n    df = pd.read_csv('a.csv')\nopen('a.csv')\n"
    )
    assert told == (
        "train.py\n"
        "  script     Python\n"
        "  reads      a.csv  lines 4, 5\n"
        "  writes     no data files\n"
        "  libraries  pandas"
    )


def test_lines_of_percent_scripts_count_from_the_top_of_the_file() -> None:
    told = script_text("# %% [markdown]\n# # Title\n# %%\nx = 1\n# %%\nopen('a.csv')\n")
    assert "  cells      2 cells of code, 1 of text; Python\n" in told
    assert "  reads      a.csv  line 6\n" in told


def test_a_path_that_only_a_run_would_know_is_told_as_written() -> None:
    assert "  reads      path (known only when it runs)  cell 2" in text_of(
        cell("path = input()"), cell("open(path)")
    )


def test_a_packaged_data_set_is_told_with_its_loader() -> None:
    assert "  reads      tips (seaborn.load_dataset)  cell 1\n" in text_of(
        cell("import seaborn as sns\ndf = sns.load_dataset('tips')")
    )


def test_training_in_a_script_has_its_line() -> None:
    told = script_text("from sklearn.svm import SVC\nmodel = SVC()\nmodel.fit([[1]], [1])\n")
    assert "  trains     sklearn.svm.SVC  line 3\n" in told


def test_long_lists_are_cut() -> None:
    cells = [cell(f"open('{number}.csv')") for number in range(12)]
    told = text_of(*cells)
    assert f"{MOST_ROWS - 1}.csv" in told
    assert f"{MOST_ROWS}.csv" not in told
    assert "             … and 4 more\n" in told


def test_many_cells_with_one_file_are_cut() -> None:
    assert "  reads      a.csv  cells 1, 2, 3, 4 and 2 more\n" in text_of(*[cell("open('a.csv')")] * 6)


def test_versions_that_are_told_stand_with_their_library() -> None:
    told = text_of(cell("!pip install numpy==1.26.4"), cell("import numpy, scipy"))
    assert "  libraries  numpy 1.26.4, scipy\n" in told


def test_nothing_in_a_notebook_reaches_the_terminal_raw() -> None:
    told = text_of(cell("# \x1b[31mred\x07", kind="markdown"), cell("open('\\x1b[2J.csv')"))
    assert "\x1b" not in told
    assert "\x07" not in told


def test_headings_are_marked_and_values_are_not() -> None:
    told = format_summary(summary_of(cell("x = 1")), emphasise=lambda text: f"<{text}>")
    assert told.startswith("<a.ipynb>\n  <cells>      1 cell of code")


def test_a_set_without_facts_has_a_summary_too() -> None:
    origin = Origin("tool", "1", "declared")
    summary = summarise([FactSet("a#declared", "a", origin, problems=(Problem("a", "odd"),))])
    assert (summary.name, summary.problems) == ("a", ("odd",))


# --- many documents -----------------------------------------------------------------------------------------


def test_totals_count_each_data_file_once() -> None:
    one = summary_of(cell("open('a.csv'); open('b.csv', 'w')"))
    other = summary_of(cell("open('a.csv'); open('c.csv')"))
    assert tell_totals([one, other], 1) == (
        "3 files: 2 extracted, 1 failed · 2 cells · 2 data files read, 1 written · 0 models trained"
    )


def test_documents_with_problems_are_rows_of_the_table() -> None:
    summaries = [summary_of(cell("x = 1")), summary_of(cell("x = ("), cell("y = ("))]
    (trouble,) = find_troubles(summaries)
    assert (trouble.name, trouble.result, trouble.is_failure) == ("a.ipynb", "2 problems", False)
    assert trouble.reason.startswith("cell 1: ")
    assert trouble.reason.endswith(" (and 1 more)")


def test_the_table_lists_all_failures_and_the_first_problems() -> None:
    problems = [Trouble(f"{number}.py", "1 problem", "odd", is_failure=False) for number in range(30)]
    failures = [Trouble(f"{number}.ipynb", "failed", "cut off", is_failure=True) for number in range(30)]
    short = shorten_troubles([*problems, *failures])
    assert short[:30] == failures
    assert short[30:-1] == problems[:MOST_TROUBLES]
    assert short[-1].name == "… and 10 more with problems"
    assert shorten_troubles(problems[: MOST_TROUBLES + 1]) == problems[: MOST_TROUBLES + 1]


def test_the_table_takes_no_markup_from_names() -> None:
    from rich.console import Console

    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(make_table([Trouble("[red]a\n.ipynb", "failed", "line 1: [/] odd", is_failure=True)]))
    assert [line.rstrip() for line in capture.get().splitlines()] == [
        "file            result  why",
        "[red]a\\n.ipynb  failed  line 1: [/] odd",
    ]


def test_the_table_as_text_has_a_line_for_each_file_however_long() -> None:
    names = ["a.ipynb", "folder/" + "long_name_" * 10 + ".ipynb"]
    troubles = [Trouble(name, "failed", f"odd\n{'word ' * 40}", is_failure=True) for name in names]
    header, *rows = format_rows(troubles).splitlines()
    assert header == f"{'file':70}  result  why"
    assert rows == [f"{name:70}  failed  odd\\n{'word ' * 40}".rstrip() for name in names]


# --- errors and words ---------------------------------------------------------------------------------------


def test_an_error_is_what_where_and_what_to_do() -> None:
    error = SourceError("it is odd", path="a.ipynb", line=3, hint="make it even")
    assert format_error(error) == "provkg: it is odd\n  in a.ipynb, line 3\n  make it even"
    assert format_error(SourceError("it is odd")) == "provkg: it is odd"
    assert tell_failed("a.ipynb", error) == Trouble(
        "a.ipynb", "failed", "line 3: it is odd (make it even)", is_failure=True
    )


def test_a_fault_of_ours_says_so() -> None:
    error = internal_error(KeyError("x"), "a.ipynb")
    assert str(error) == "a.ipynb: internal error: KeyError: 'x'"
    assert error.hint == "a fault of provkg, please report it; --debug shows the traceback"
    assert internal_error(RecursionError()).message == "internal error: RecursionError"
    assert len(internal_error(KeyError("long\n" * 100)).message) < 120


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (999_949, "999.9 kB"),
     (999_950, "1.0 MB"), (5 * 10**9, "5.0 GB"), (5 * 10**15, "5000.0 TB")],
)  # fmt: skip
def test_sizes_are_said_as_people_say_them(size: int, text: str) -> None:
    assert format_size(size) == text


def test_numbers_agree_with_their_nouns() -> None:
    assert [count(number, "cell") for number in (0, 1, 2, 1234)] == [
        "0 cells",
        "1 cell",
        "2 cells",
        "1,234 cells",
    ]


@given(st.text(st.characters()))
def test_any_text_is_harmless_on_a_terminal(text: str) -> None:
    assert printable(text).isprintable()
    assert not text.isprintable() or printable(text) == text


def test_of_code_in_another_language_nothing_is_claimed() -> None:
    told = text_of(cell("x <- read.csv('a.csv')", 1), kernelspec={"name": "ir", "language": "R"})
    assert "R is kept as text: data and models are found in Python only" in " ".join(told.split())
    assert "no data files" not in told


def test_what_trackers_are_told_is_listed_by_name() -> None:
    told = text_of(
        cell("import mlflow\nmlflow.log_params({'C': 2, 'k': 3})"),
        cell("for i in range(3):\n    mlflow.log_metric('rmse', f(i))"),
    )
    assert "  logs       parameters C, k  cell 1\n             metrics rmse  cell 2\n" in told
