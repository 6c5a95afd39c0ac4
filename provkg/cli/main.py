"""The command `provkg`: finds the command that is asked for, and turns errors into text and exit codes.

    0   done
    1   the answer is no: there is no such model
    2   something could not be done; what, where and what to do stands on standard error
    130 stopped with Ctrl-C

A command is imported when it is called, and imports what it needs when it runs: help comes at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import click

from provkg.cli.help import HelpfulGroup

if TYPE_CHECKING:
    from provkg.errors import ProvkgError

FAILED = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
"""What a program gets that a closed pipe ends: 128 and the number of the signal."""

COMMANDS = {
    "extract": "Make the graph of notebooks and scripts, and say what is in them.",
    "run": "Run a script or a notebook, and record what it does.",
    "flush": "Make graphs of the runs that were recorded.",
    "kernel": "Record every notebook, without %load_ext provkg in it.",
    "query": "Ask a question, of the bank or your own in SPARQL.",
    "queries": "Publish the bank of questions.",
    "lineage": "Say what led to something, or what came of it.",
    "runs": "List the runs that are recorded, and show one.",
    "validate": "Say what a complete record lacks, and how to mend it.",
    "rule": "Explain a rule of validation.",
    "graph": "Make the graph of facts that were extracted before.",
    "trained": "Say which data trained a model.",
    "export": "Write graphs to a file, whole or in part.",
    "load": "Put graphs of files or of the project's store into a store or onto a server.",
    "pull": "Get graphs from a server, into the project's store or a file.",
    "store": "Look after the project's store: what is in it, is it whole, drop, export, import.",
    "infer": "Write graphs with what follows from them and from ontologies.",
    "publish": "Make a research crate for a paper.",
    "hash": "Say the digest of graphs: the same digest, the same graph.",
    "serve": "Answer SPARQL queries over HTTP.",
}
"""Command, which is also its module and its function → what it does."""

EXAMPLES = (
    ("provkg extract analysis.ipynb", "what is in it; its graph is kept"),
    ("provkg extract analysis.ipynb -o graph.ttl", "the graph as a file"),
    ("provkg extract . --jobs 4", "a whole folder"),
    ("provkg trained model analysis.ipynb", "which data trained it"),
)


class Program(HelpfulGroup):
    """A group of commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"provkg.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise UnknownCommand(name, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _let_go_of(sys.stdout, sys.stderr)
            raise click.exceptions.Exit(PIPE_CLOSED) from None

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command line, and end the process with its exit code."""
        extra = {"prog_name": "provkg", "color": _choose_color(), **extra, "standalone_mode": False}
        is_debug = "--debug" in (sys.argv[1:] if args is None else args)
        try:
            status = super().main(args, *rest, **extra)
        except Exception as error:
            if is_debug and not isinstance(error, click.ClickException | click.Abort):
                import traceback

                traceback.print_exc()
            status = report(error)
        _let_go_of_what_cannot_be_written()
        sys.exit(status)


class UnknownCommand(click.UsageError):
    """There is no such command; `hint` says what may be meant."""

    def __init__(self, name: str, ctx: click.Context) -> None:
        super().__init__(f"there is no command {name!r}", ctx)
        nearest = get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        self.hint = f"did you mean: provkg {nearest[0]}" if nearest else ""
        if os.path.exists(name) or name.endswith((".ipynb", ".py")):
            self.hint = f"did you mean: provkg extract {name}"


def report(error: Exception) -> int:
    """Tell the user about an error, on standard error; gives the exit code."""
    from provkg.errors import ProvkgError
    from provkg.report.text import format_error, internal_error

    if isinstance(error, click.Abort):
        click.echo("provkg: stopped", err=True)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        click.echo(_describe_usage(error), err=True)
        return FAILED
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # help, for example, into a full file
        error = ProvkgError(f"cannot write: {error.strerror}")
    known: ProvkgError = error if isinstance(error, ProvkgError) else internal_error(error)
    click.echo(format_error(known), err=True)
    return FAILED


def _describe_usage(error: click.ClickException) -> str:
    """What is wrong with a command line, what may be meant, and where it is explained."""
    from provkg.report.text import printable

    hints = []
    message = error.format_message()
    if isinstance(error, UnknownCommand):
        hints.append(error.hint)
    elif isinstance(error, click.NoSuchOption):
        message = f"there is no option {error.option_name}"
        hints.append(f"did you mean {error.possibilities[0]}?" if error.possibilities else "")
    context = error.ctx if isinstance(error, click.UsageError) else None
    hints.append(f"see: {context.command_path if context else 'provkg'} --help")
    return "\n  ".join(printable(line) for line in (f"provkg: {message}", *hints) if line)


def _choose_color() -> bool | None:
    """What https://no-color.org and its counterpart say; None leaves it to whether this is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _let_go_of(*streams: TextIO) -> None:
    """Nobody takes it any more: what is still buffered goes nowhere, and no one complains at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        try:
            os.dup2(nowhere, stream.fileno())
        except (AttributeError, OSError, ValueError):
            continue


def _let_go_of_what_cannot_be_written() -> None:
    """What standard output did not take was told already: Python need not try, and complain, again."""
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):  # there is none, it is full, it is closed
        _let_go_of(sys.stdout)


def _print_version(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if not is_asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"provkg {version('provkg')}")
    except PackageNotFoundError:
        click.echo("provkg 0+unknown")
    ctx.exit()


@click.group(
    name="provkg",
    cls=Program,
    examples=EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Say the version.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Turn notebooks and scripts, unchanged, into a provenance knowledge graph."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
