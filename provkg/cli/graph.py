"""`provkg graph`: facts in, graphs out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import (
    STDOUT,
    Outcome,
    check_outputs,
    choose_format,
    deliver,
    name_place,
    output_options,
    say,
    talk_options,
    tell_failure,
)
from provkg.errors import FactsError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from provkg.pipeline import Take
    from provkg.project import Project

EXAMPLES = (
    ("provkg extract . --facts facts.jsonl", "first the facts"),
    ("provkg graph facts.jsonl -o graph.trig", "then their graph, here or on another machine"),
)
NOTES = {
    "Good to know": (
        "The result is what provkg extract writes with the same base. Facts know the base that they were "
        "extracted with, --base says another one. Without -o the graphs go into the store of the project "
        "that FACTS lies in."
    ),
    "Exit codes": "0: done. 2: the facts could not be read, or a graph not be made or written.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("facts", metavar="FACTS")
@output_options
@talk_options
def graph(
    facts: str, output: str | None, format: str | None, base: str | None, quiet: bool, debug: bool
) -> int:
    """Make the graph of facts that provkg extract --facts wrote; - is standard input."""
    if format and not output:
        raise click.UsageError("-f is about a file: it needs -o", click.get_current_context())
    check_outputs([output], [] if facts == STDOUT else [Path(facts)])
    outcome, place = _build(facts, output, format, base)
    for failure in outcome.failures:
        tell_failure(failure, debug)
    if outcome.summaries and not quiet:
        say(_tell(outcome, place))
    return 2 if outcome.failures else 0


def _build(facts: str, output: str | None, format: str | None, base: str | None) -> tuple[Outcome, str]:
    """Make the graph; gives what became of the documents, and how the place of the graph is called."""
    from provkg import pipeline
    from provkg.graph.iris import check_base
    from provkg.project import parse_base

    explicit = check_base(parse_base(base)) if base else None
    with _open_lines(facts) as lines:
        project, sink, place = _choose_sink(facts, output, format)
        choose = pipeline.choose_base_of_facts(explicit, project, to_store=output is None)
        outcome = deliver(pipeline.read_facts(lines, facts, choose), [sink])
    if not outcome.summaries and not outcome.failures:
        raise FactsError("there are no facts in it", path=facts)
    return outcome, place


def _tell(outcome: Outcome, place: str) -> str:
    from provkg.report.text import count

    triples = count(sum(summary.triples for summary in outcome.summaries), "triple")
    return f"{count(len(outcome.summaries), 'document')} · {triples} in {place}"


def _choose_sink(
    facts: str, output: str | None, format: str | None
) -> tuple[Project, AbstractContextManager[Take], str]:
    """The project of the facts, what takes their graphs, and how that is called."""
    from provkg import pipeline
    from provkg.project import find_project, open_home

    project = find_project(Path.cwd() if facts == STDOUT else Path(facts))
    if output is not None:
        place = "standard output" if output == STDOUT else output
        return project, pipeline.graph_file(output, choose_format(output, format)), place
    project = open_home(project)
    return project, pipeline.project_store(project), f"the store {name_place(project.store_folder)}"


@contextmanager
def _open_lines(path: str) -> Iterator[Iterable[str]]:
    """The lines of a file or of standard input."""
    if path == STDOUT:
        yield sys.stdin
        return
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(open(path, encoding="utf-8", errors="replace"))
        except OSError as error:
            raise FactsError(f"cannot be read: {error.strerror or error}", path=path) from error
        yield stream
