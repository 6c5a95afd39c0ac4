"""`provkg runs`: which runs are recorded, and what is known of one."""

from __future__ import annotations

from pathlib import Path

import click

from provkg.cli.help import HelpfulCommand, HelpfulGroup
from provkg.cli.output import check_one_place, endpoint_options, tell_failure
from provkg.cli.query import FORMATS, Options, ask

EXAMPLES = (
    ("provkg runs list", "the runs that the project's store knows"),
    ("provkg runs list analysis.ipynb", "those of one notebook"),
    (
        "provkg runs show analysis.ipynb",
        "when, by what, with which parameters and libraries, and how it ended",
    ),
    ("provkg runs list --of experiments/ -f csv", "those of a folder, as a table for other programs"),
)
NOTES = {
    "Good to know": (
        "RUN is the path of the notebook that was run, or an IRI (runs list --iris shows them). These are "
        "the questions runs.list and runs.show: see provkg query --explain runs.list."
    ),
    "Exit codes": (
        "0: told, also where there is none. 2: there is no such notebook, or it could not be asked."
    ),
}

of_source = click.option(
    "--of", "source", type=click.Path(path_type=Path), help="Ask a notebook, folder or graph file."
)
as_format = click.option(
    "-f", "--format", type=click.Choice(FORMATS), help="How it is written. [default: table]"
)
with_iris = click.option("--iris", is_flag=True, help="Show the IRIs of things as well, in a table.")


@click.group(cls=HelpfulGroup, examples=EXAMPLES, notes=NOTES)
def runs() -> None:
    """Say which runs are recorded, and what is known of one."""


@runs.command("list", cls=HelpfulCommand)
@click.argument("notebook", required=False)
@of_source
@endpoint_options
@as_format
@with_iris
def list_runs(
    notebook: str | None,
    source: Path | None,
    endpoint: str | None,
    timeout: float,
    format: str | None,
    iris: bool,
) -> int:
    """List the runs: what was run, when, by which tool, how far, and how it ended."""
    return answer(
        "runs.list", {"notebook": notebook}, source, endpoint, timeout, Options(format, False, iris)
    )


@runs.command(cls=HelpfulCommand)
@click.argument("run")
@of_source
@endpoint_options
@as_format
@with_iris
def show(
    run: str, source: Path | None, endpoint: str | None, timeout: float, format: str | None, iris: bool
) -> int:
    """Tell what is known of a run: times, parameters, kernel, libraries, and its errors."""
    return answer("runs.show", {"run": run}, source, endpoint, timeout, Options(format, False, iris))


def answer(
    name: str,
    given: dict[str, str | None],
    source: Path | None,
    endpoint: str | None,
    timeout: float,
    options: Options,
) -> int:
    """Ask a question of the bank, and tell the answer."""
    from provkg import pipeline
    from provkg.query.bank import find_question

    check_one_place(source)
    with pipeline.open_graphs(source, endpoint, timeout) as (store, failures):
        for failure in failures:
            tell_failure(failure, False)
        known = [(key, value) for key, value in given.items() if value is not None]
        code = ask(store, find_question(name), known, options)
    return 2 if failures else code
