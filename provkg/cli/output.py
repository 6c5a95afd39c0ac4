"""What the commands share: options about output, and how they tell what happened."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provkg.errors import GraphError
from provkg.export.registry import FORMATS, find_format, guess_format

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from provkg.pipeline import Extracted, Failed, Take
    from provkg.report.text import Summary, Trouble

STDOUT = "-"
STDOUT_FORMAT = "trig"
ENDPOINT = "PROVKG_ENDPOINT"
LONGEST_COMMAND = 60
"""Longer suggestions do not move the others' explanations to the right."""

Function = TypeVar("Function", bound=Callable[..., Any])


def read_format(ctx: click.Context, _: click.Parameter, word: str | None) -> str | None:
    """The format that the user means by a name, a suffix ("ttl") or a title ("N-Quads")."""
    if word is None:
        return None
    if found := find_format(word):
        return found
    nearest = [name for name in FORMATS if word.lower() in name]
    nearest = nearest or get_close_matches(word.lower(), FORMATS, n=1)
    hint = f"did you mean {' or '.join(nearest)}?" if nearest else f"there are {', '.join(FORMATS)}"
    raise click.UsageError(f"there is no format {word!r}: {hint}", ctx)


def _complete_format(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


def output_options(function: Function) -> Function:
    """The options of every command that makes a graph."""
    for option in reversed(
        (
            click.option(
                "-o",
                "--output",
                metavar="FILE",
                help="Write the graph to FILE instead of the project's store; - is standard output.",
            ),
            click.option(
                "-f",
                "--format",
                callback=read_format,
                shell_complete=_complete_format,
                metavar="FORMAT",
                help=f"{', '.join(FORMATS)}. Else by the suffix of FILE; {STDOUT_FORMAT} for -.",
            ),
            click.option(
                "--base",
                metavar="IRI",
                help="What the names of things in the graph begin with, like https://w3id.org/my/project/.",
            ),
        )
    ):
        function = option(function)
    return function


def endpoint_options(function: Function) -> Function:
    """The options of every command that can ask a SPARQL endpoint instead of the project's store.

    They come as `endpoint` (None where there is none) and `timeout`, in seconds.
    """
    endpoint = click.option(
        "--endpoint",
        envvar=ENDPOINT,
        metavar="URL",
        help=f"Use the SPARQL endpoint whose queries go to URL, not the project's store. Or set {ENDPOINT}.",
    )
    timeout = click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="Wait so long for the endpoint to say something.",
    )
    return endpoint(timeout(function))


def check_one_place(source: Path | None) -> None:
    """Refuse --endpoint together with something else to look into; where the environment sets it, it yields.

    Raises:
        UsageError: both stand on the command line.
    """
    ctx = click.get_current_context()
    is_typed = ctx.get_parameter_source("endpoint") is click.core.ParameterSource.COMMANDLINE
    if source is not None and is_typed:
        raise click.UsageError(f"ask either {source} or the endpoint, not both", ctx)


def talk_options(function: Function) -> Function:
    """The options that say how much a command talks."""
    debug = click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
    quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
    return quiet(debug(function))


def choose_format(output: str, format: str | None) -> str:
    """The format of a graph that goes to `output`."""
    return format or (STDOUT_FORMAT if output == STDOUT else guess_format(output))


def check_outputs(outputs: Iterable[str | None], inputs: Iterable[Path]) -> None:
    """Refuse outputs that overwrite each other or what is read.

    Raises:
        GraphError: they do.
    """
    sources = {os.path.realpath(path) for path in inputs}
    seen: set[str] = set()
    for output in outputs:
        if output is None:
            continue
        place = output if output == STDOUT else os.path.realpath(output)
        if place in sources:
            raise GraphError(
                "this is one of the files to read; it would be overwritten",
                path=output,
                hint="name another file with -o or --facts",
            )
        if place in seen:
            raise GraphError("two outputs cannot go to one place", path=output)
        seen.add(place)


# --- running ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What became of the documents."""

    summaries: list[Summary] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)


def deliver(results: Iterable[Extracted | Failed], sinks: Sequence[AbstractContextManager[Take]]) -> Outcome:
    """Hand each result to all the sinks, which come into being together, or not at all where nothing came."""
    outcome = Outcome()
    try:
        with ExitStack() as stack:
            takers = [stack.enter_context(sink) for sink in sinks]
            for result in results:
                _deliver_one(result, takers, outcome)
            if not outcome.summaries:
                raise _NothingCame
    except _NothingCame:
        pass
    return outcome


class _NothingCame(Exception):
    pass


def _deliver_one(result: Extracted | Failed, takers: Iterable[Take], outcome: Outcome) -> None:
    from provkg.pipeline import Failed

    if isinstance(result, Failed):
        outcome.failures.append(result)
        return
    for take in takers:
        take(result)
    outcome.summaries.append(result.summary)


@contextmanager
def progress(results: Iterable[Extracted | Failed], total: int, quiet: bool) -> Iterator[Iterable[Any]]:
    """The results, with a bar that follows them where there is a terminal to show it and a reason to."""
    if quiet or total < 2 or not sys.stderr.isatty():
        yield results
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("extracting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar.track(results, total=total)


# --- telling ------------------------------------------------------------------------------------------------


def say(text: str = "") -> None:
    """A line for people, on standard error: standard output is for data."""
    click.echo(text, err=True)


def tell_failure(failure: Failed, debug: bool) -> None:
    """Why one file could not be extracted, in full."""
    from provkg.report.text import format_error

    if debug and failure.trace:
        say(failure.trace)
    say(format_error(failure.error))


def tell_troubles(troubles: Sequence[Trouble]) -> None:
    """A table of the files that failed or have problems; lines are not wrapped but on a terminal."""
    from provkg.report.text import format_rows, make_table, shorten_troubles

    shown = shorten_troubles(troubles)
    if sys.stderr.isatty():
        from rich.console import Console

        Console(stderr=True, highlight=False).print(make_table(shown))
    else:
        say(format_rows(shown))
    say()


def tell_next(suggestions: Sequence[tuple[str, str]]) -> None:
    """What to try next: command lines, and what they are good for."""
    width = max((len(command) for command, _ in suggestions if len(command) <= LONGEST_COMMAND), default=0)
    say()
    for index, (command, reason) in enumerate(suggestions):
        say(f"{'next:' if index == 0 else '     '} {command.ljust(width)}  {reason}")


def name_place(path: Path) -> str:
    """A path as short as it can be told from where the user stands."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def quote_path(path: Path | str) -> str:
    """A path as a shell takes it, even where it looks like an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
