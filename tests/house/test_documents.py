"""What the documents show is what a user sees: their commands run, and print what stands below them."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from provkg.cli.main import COMMANDS
from provkg.project import find_project

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
TESTS_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest -n 2"
EXTRACT_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/provkg extract notebooks/penguins.ipynb"
)

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SIZE = re.compile(r"[\d,]+ (?=triples|facts)")
"""How large a graph is changes with every new term; all other numbers have to be right."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A command in a document and the output that the document shows for it."""

    command: str
    output: str


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def shown_commands(document: str = README) -> list[Shown]:
    """A document's commands in their order, without the installing, which `.ci/run` does."""
    shown = []
    for block in blocks(document, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            command = command.rpartition(" .venv/bin/")[2]
            if not command.startswith("pytest"):
                shown.append(Shown(command, output))
    return shown


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout as far as users need one, where they would try the commands one after the other."""
    place = tmp_path_factory.mktemp("checkout")
    shutil.copy(CHECKOUT / "pyproject.toml", place)
    shutil.copytree(
        CHECKOUT / "notebooks", place / "notebooks", ignore=shutil.ignore_patterns("results", ".*")
    )
    command = place / "bin" / "provkg"
    command.parent.mkdir()
    command.write_text(
        f"#!{sys.executable}\nimport sys\nfrom provkg.cli.main import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    return place


def run(command: str, place: Path) -> str:
    """What the command prints on a terminal of 110 columns."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(place / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(CHECKOUT),
        "COLUMNS": "110",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.stdout


def test_the_readme_begins_with_the_two_commands() -> None:
    commands = [
        line[2:] for block in blocks(README, "console") for line in block.splitlines() if line[:2] == "$ "
    ]
    assert commands[:2] == [EXTRACT_COMMAND, TESTS_COMMAND]


def test_continuous_integration_runs_the_tests_as_the_readme_does() -> None:
    last = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert last == '"$venv/bin/pytest" -n 2'
    assert TESTS_COMMAND.endswith("/bin/pytest -n 2")


def test_every_command_in_the_readme_prints_what_stands_below_it(place: Path) -> None:
    checker = doctest.OutputChecker()
    assert len(shown_commands()) >= 4
    for shown in shown_commands():
        got = run(shown.command, place)
        same = checker.check_output(SIZE.sub("", shown.output), SIZE.sub("", got), FLAGS)
        assert same, f"$ {shown.command}\n{got}"


def test_the_page_about_publishing_shows_what_a_user_sees(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "notebooks", tmp_path / "notebooks")
    shutil.copytree(place / "bin", tmp_path / "bin")
    shutil.copy(place / "pyproject.toml", tmp_path)
    checker = doctest.OutputChecker()
    commands = shown_commands((CHECKOUT / "docs" / "publishing.md").read_text(encoding="utf-8"))
    assert len(commands) > 5
    for shown in commands:
        got = run(shown.command, tmp_path)
        assert checker.check_output(shown.output, got, FLAGS), f"$ {shown.command}\n{got}"
    assert (tmp_path / "final" / "ro-crate-preview.html").is_file()


def test_the_python_in_the_readme_prints_what_stands_below_it(place: Path) -> None:
    examples = blocks(README, "python")
    assert examples
    (place / "examples.txt").write_text("\n".join(examples), encoding="utf-8")
    run("provkg extract notebooks", place)
    assert run("python -m doctest -o ELLIPSIS -o NORMALIZE_WHITESPACE examples.txt", place) == ""


def test_the_settings_in_the_readme_are_settings(tmp_path: Path) -> None:
    (settings,) = blocks(README, "toml")
    (tmp_path / "provkg.toml").write_text(settings, encoding="utf-8")
    found = find_project(tmp_path).settings
    assert (found.base, found.redact, found.outputs) == (
        "https://w3id.org/my/study/",
        (r"patient-\d+",),
        False,
    )


def test_every_statement_of_the_turtle_in_the_readme_is_in_the_graph(place: Path) -> None:
    (excerpt,) = blocks(README, "turtle")
    command = (
        "provkg extract notebooks/penguins.ipynb --base https://w3id.org/my/study/ -f turtle -o whole.ttl"
    )
    printed = run(command, place)
    whole = triples((place / "whole.ttl").read_text(encoding="utf-8"))
    assert len(triples(excerpt)) > 10
    assert triples(excerpt) - whole == set(), printed


def triples(turtle: str) -> set[Triple]:
    return {quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)}


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_into_the_checkout_leads_somewhere(name: str) -> None:
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [target for target in targets if not (CHECKOUT / target).exists()] == []


def test_every_option_that_the_readme_names_exists(place: Path) -> None:
    named = set(re.findall(r"--[a-z][a-z-]+", "\n".join(re.findall(r"`[^`\n]+`", README))))
    helps = "".join(run(f"provkg {command} --help", place) for command in ("", *COMMANDS))
    assert {option for option in named if option not in helps} == set()
