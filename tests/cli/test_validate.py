"""`provkg validate` and `provkg rule`, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Write = Callable[..., Path]
Invoke = Callable[..., Result]

BAD = "from pathlib import Path\nprint(Path('/home/jane/a.csv').read_text())\n"
RUN213 = "a.py:line 2: warning RUN213 /home/jane/a.csv is an absolute path: it exists on one machine only\n"


@pytest.fixture
def bad(write: Write) -> None:
    write("a.py", BAD)


def test_findings_are_told_with_their_places(bad: None, invoke: Invoke) -> None:
    result = invoke("validate", "a.py", "--select", "RUN213", "-f", "concise")
    assert (result.exit_code, result.stdout) == (0, RUN213 + "1 warning in 1 document\n")


@pytest.mark.parametrize(("level", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_the_exit_code_depends_on_the_level(bad: None, invoke: Invoke, level: str, code: int) -> None:
    assert invoke("validate", "a.py", "--select", "RUN213", "--fail-on", level).exit_code == code


def test_a_clean_program_has_nothing_to_mend(write: Write, invoke: Invoke) -> None:
    write("a.py", "print(1)\n")
    result = invoke("validate", "a.py", "--fail-on", "info", "--profile", "script")
    assert result.exit_code == 0
    assert result.stdout.startswith("nothing to mend in 1 document\n")


def test_a_comment_an_option_and_settings_silence_and_are_named(write: Write, invoke: Invoke) -> None:
    write("a.py", BAD.replace("())\n", "())  # provkg: ignore RUN213\n"))
    write("b.py", BAD)
    arguments = ("validate", "a.py", "b.py", "--select", "RUN213", "-f", "concise", "--fail-on", "info")
    assert invoke(*arguments).exit_code == 1
    result = invoke(*arguments, "--ignore", "RUN2")
    assert (result.exit_code, result.stdout) == (
        0,
        "nothing to mend in 2 documents\n2 findings silenced: 2 by --ignore\n",
    )
    write("provkg.toml", 'ignore = ["RUN213"]\nfail-on = "info"\n')
    result = invoke("validate", "a.py", "b.py", "--select", "RUN213", "-f", "concise")
    assert result.exit_code == 0
    assert result.stdout.endswith("2 findings silenced: 2 by the project's settings\n")


def test_settings_choose_the_profile_the_rules_and_the_level(bad: None, write: Write, invoke: Invoke) -> None:
    write("provkg.toml", 'profile = "script"\nselect = ["RUN213"]\nfail-on = "warning"\n')
    result = invoke("validate", "a.py", "-f", "json")
    (document,) = json.loads(result.stdout)
    assert (result.exit_code, document["rules"]) == (1, ["RUN213"])
    assert "prov" not in document["profiles"]


@pytest.mark.parametrize(
    "format", ["full", "concise", "json", "github", "gitlab", "sarif", "junit", "turtle"]
)
def test_every_format_is_the_same_twice_and_can_go_to_a_file(bad: None, invoke: Invoke, format: str) -> None:
    first = invoke("validate", "a.py", "-f", format)
    assert "RUN213" in first.stdout
    assert invoke("validate", "a.py", "-f", format, "-o", "report").stdout == ""
    assert Path("report").read_bytes() == first.stdout_bytes


def test_graph_files_standard_input_and_the_store_give_what_the_program_gives(
    bad: None, invoke: Invoke
) -> None:
    arguments = ("--select", "RUN213", "-f", "concise")
    expected = invoke("validate", "a.py", *arguments).stdout
    assert invoke("extract", "a.py", "-o", "graph.trig", "-q").exit_code == 0
    assert invoke("validate", "graph.trig", *arguments).stdout == expected
    text = Path("graph.trig").read_text(encoding="utf-8")
    assert invoke("validate", "-", *arguments, input=text).stdout == expected
    assert invoke("extract", "a.py", "-q").exit_code == 0
    assert invoke("validate", *arguments).stdout == expected
    Path("a.py").unlink()
    assert invoke("validate", "a.py", *arguments).stdout == expected, "a document that only the store has"


def test_kept_findings_answer_what_is_missing(bad: None, invoke: Invoke) -> None:
    assert invoke("extract", "a.py", "-q").exit_code == 0
    before = invoke("query", "fair.gaps", "-p", "notebook", "a.py", "-f", "csv").stdout
    assert invoke("validate", "--keep", "-f", "concise").exit_code in (0, 1)
    after = invoke("query", "fair.gaps", "-p", "notebook", "a.py", "-f", "csv").stdout
    assert "RUN213: /home/jane/a.csv is an absolute path" not in before
    assert "RUN213: /home/jane/a.csv is an absolute path" in after
    assert invoke("store", "check").exit_code == 0
    assert invoke("validate", "--keep", "-f", "concise").stdout == invoke("validate", "-f", "concise").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("validate", "gone.py"), "there is no such file"),
        (("validate", "a.py", "--profile", "scrpt"), "did you mean script?"),
        (("validate", "a.py", "--select", "RUN2133"), "did you mean RUN213"),
        (("validate", "broken.ttl"), "this is not Turtle"),
        (("validate", "-"), "neither Turtle"),
        (("validate",), "provkg extract"),
        (("rule", "RUN2133"), "did you mean RUN213"),
        (("rule", "hello"), "see all rules: provkg rule"),
    ],
)
def test_what_cannot_be_done_is_explained(
    bad: None, write: Write, invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    write("broken.ttl", "<a <b")
    result = invoke(*arguments, input="<a <b")
    assert result.exit_code == 2
    assert said in result.stderr


def test_one_broken_notebook_does_not_stop_the_others(bad: None, write: Write, invoke: Invoke) -> None:
    write("b.ipynb", "{")
    result = invoke("validate", ".", "--select", "RUN213", "-f", "concise")
    assert result.exit_code == 2
    assert RUN213 in result.stdout
    assert "b.ipynb" in result.stderr


def test_a_report_does_not_overwrite_what_it_is_about(bad: None, invoke: Invoke) -> None:
    assert invoke("validate", "a.py", "-o", "a.py").exit_code == 2
    assert Path("a.py").read_text(encoding="utf-8") == BAD


def test_a_rule_is_explained_with_an_example_that_fails_and_one_that_passes(invoke: Invoke) -> None:
    text = invoke("rule", "run213").stdout
    assert text.startswith("RUN213  No absolute paths\n")
    for label in ("  why ", "  mend ", "  fails ", "  passes ", "  source "):
        assert label in text


def test_rules_are_listed_by_profile_or_by_how_their_codes_begin(invoke: Invoke) -> None:
    everything = invoke("rule").stdout.splitlines()
    script = invoke("rule", "--profile", "script").stdout.splitlines()
    beginning = invoke("rule", "RUN2").stdout.splitlines()
    assert set(script) < set(everything)
    assert all(line.startswith("RUN2") for line in beginning)
    assert len(beginning) > 1
