"""`provkg query`: ask the graphs a question of the bank, or one of your own in SPARQL."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import check_one_place, endpoint_options, say, tell_failure

if TYPE_CHECKING:
    from provkg.query.bank import Question
    from provkg.store.base import Answer, Store

EXAMPLES = (
    ("provkg query --list", "the questions that can be asked by name"),
    ("provkg query --list leakage", "those that speak of it"),
    ("provkg query ml.data-trained-model -p model clf", "ask one, of the project's store"),
    ("provkg query nb.execution-order --of analysis.ipynb", "ask one, of a notebook or graph file"),
    ("provkg query mine.rq -f csv", "a question of your own"),
)

NOTES = {
    "Names": "A parameter takes what you would say: a path, a variable, the number of a cell, the class of a "
    "model, an IRI. NOTEBOOK:NAME narrows it down to one notebook.",
    "Exit codes": "0: answered. 1: the answer of an ASK is no. 2: it could not be asked.",
}

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "md", "ttl")


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("question", required=False, metavar="[NAME|FILE.rq|-]")
@click.argument("words", nargs=-1)
@click.option(
    "-p", "--param", "given", type=(str, str), multiple=True, metavar="NAME VALUE", help="Ask about this."
)
@click.option("--of", "source", type=click.Path(path_type=Path), help="Ask a notebook, folder or graph file.")
@endpoint_options
@click.option("--list", "is_list", is_flag=True, help="List the questions that can be asked by name.")
@click.option("--explain", is_flag=True, help="Say what a question asks, takes and gives.")
@click.option("--show", is_flag=True, help="Print the SPARQL, with its parameters, and do not ask it.")
@click.option("-f", "--format", type=click.Choice(FORMATS), help="How it is written. [default: table]")
@click.option("--iris", is_flag=True, help="Show the IRIs of things as well, in a table.")
@click.option("--allow-service", is_flag=True, help="Let the query ask other servers (SERVICE).")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def query(
    question: str | None,
    words: tuple[str, ...],
    given: tuple[tuple[str, str], ...],
    source: Path | None,
    endpoint: str | None,
    timeout: float,
    is_list: bool,
    explain: bool,
    show: bool,
    format: str | None,
    iris: bool,
    allow_service: bool,
    debug: bool,
) -> int:
    """Ask a question: one of the bank by its name, or your own in SPARQL."""
    from provkg import pipeline

    if is_list or question is None:
        return list_questions([each for each in (question, *words) if each])
    if words:
        raise click.UsageError(f"one question at a time; what is {words[0]!r}?")
    asked = read_question(question)
    if explain:
        from provkg.report.questions import tell_question

        click.echo(tell_question(asked))
        return 0
    check_one_place(source)
    if not (allow_service or endpoint):
        refuse_service(asked)
    with pipeline.open_graphs(source, endpoint, timeout) as (store, failures):
        for failure in failures:
            tell_failure(failure, debug)
        code = ask(store, asked, given, Options(format, show, iris))
    return 2 if failures else code


def refuse_service(question: Question) -> None:
    """Refuse a query that would send what it finds here to another server.

    Raises:
        QueryError: it has SERVICE.
    """
    from provkg.errors import QueryError
    from provkg.query.binding import asks_elsewhere

    if asks_elsewhere(question.sparql):
        raise QueryError(
            "this query asks another server (SERVICE), which may learn what is in your graphs",
            path=question.id,
            hint="where you want that: --allow-service",
        )


def list_questions(words: Sequence[str]) -> int:
    """The questions of the bank, or those that speak of some words; 1 where none does."""
    from provkg.query.bank import load_bank
    from provkg.report.questions import search, tell_bank

    found = search(load_bank(), words)
    if not found:
        say(f"provkg: no question speaks of {' and '.join(words)}\n  see all: provkg query --list")
        return 1
    click.echo(tell_bank(found))
    return 0


def read_question(name: str) -> Question:
    """The question of a file, of standard input, or of the bank."""
    from provkg.query.bank import find_question, read_own_question

    if name == "-":
        return read_own_question("standard input", sys.stdin.read())
    if name.endswith((".rq", ".sparql")):
        return read_own_question(name)
    return find_question(name)


@dataclass(frozen=True, slots=True)
class Options:
    """How an answer is wanted."""

    format: str | None
    show: bool
    iris: bool


def ask(store: Store, question: Question, given: Iterable[tuple[str, str]], options: Options) -> int:
    """Ask, and tell the answer; 1 where it is no."""
    from provkg.query.parameters import prepare

    text = prepare(store, question, given)
    if options.show:
        click.echo(text, nl=False)
        return 0
    return tell(store.query(text), question, options)


def tell(answer: Answer, question: Question, options: Options) -> int:
    """Write the answer; 1 where it is no."""
    from provkg.query.results import is_graph, is_no, read_table, write_results
    from provkg.report.answers import leave_out_iris, print_table, tell_empty, write_markdown

    format = options.format or ("ttl" if is_graph(answer) else "table")
    if format not in ("table", "md"):
        write_results(answer, format, sys.stdout.buffer)
        return int(is_no(answer))
    table = read_table(answer)
    if not table.rows:
        say(tell_empty(question))
    table = table if options.iris else leave_out_iris(table)
    if format == "md":
        click.echo(write_markdown(table), nl=False)
    elif table.rows:
        print_table(table, sys.stdout)
    return int(is_no(answer))
