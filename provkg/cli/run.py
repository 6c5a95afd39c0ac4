"""`provkg run`: the user's program, unchanged, and a record of what it did."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say

if TYPE_CHECKING:
    from provkg.capture.supervise import Request

EXAMPLES = (
    ("provkg run train.py", "run it, and record it in the project's store"),
    ("provkg run train.py --epochs 10", "what stands behind the program is the program's"),
    ("provkg run -p epochs 10 -o done.ipynb train.ipynb", "a notebook, with parameters; keep it as it ran"),
    ("provkg run --tag data=v2 --message 'new scaler' train.py", "tell what this run is about"),
    ("provkg run --keep model train.py", "keep the models that it trains, to load them again"),
    ("provkg query runs.list", "which runs there are"),
)
GROUPS = {
    "What is told of the run": ("tag", "message"),
    "What is recorded": ("granularity", "keep"),
    "Notebooks": ("parameters", "output", "kernel"),
}
NOTES = {
    "Good to know": (
        "The program runs as under python: same output, same files, same exit code. What is observed goes "
        "to a journal in .provkg/runs/ of the project, for its owner to read alone, and becomes a graph in "
        "the project's store when a question is asked next, or with provkg flush. Credentials in arguments, "
        "environment and URLs are left out."
    ),
    "Notebooks": (
        "They run in a kernel of their own, in their own folder, and end as a script would: 1 where a cell "
        "fails. Parameters go into a cell behind the one that is tagged parameters, as papermill does it. "
        "What OUTPUT holds is the notebook with its outputs and, in its metadata, a summary of the run."
    ),
    "Exit codes": "The program's own. 2: the program cannot be run.",
}
GRANULARITIES = ("run", "cell", "call", "variable")


def _parse_tag(_: click.Context, __: click.Parameter, tags: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    for tag in tags:
        if not tag.partition("=")[0] or "=" not in tag:
            raise click.BadParameter(f"{tag!r} is not written as KEY=VALUE")
    return tuple((tag.partition("=")[0], tag.partition("=")[2]) for tag in tags)


@click.command(
    cls=HelpfulCommand,
    examples=EXAMPLES,
    groups=GROUPS,
    notes=NOTES,
    context_settings={"allow_interspersed_args": False},
)
@click.argument("program", metavar="PROGRAM", type=click.Path(exists=True, dir_okay=False))
@click.argument("arguments", metavar="[ARGUMENTS]...", nargs=-1, type=click.UNPROCESSED)
@click.option("--tag", multiple=True, metavar="KEY=VALUE", callback=_parse_tag, help="Mark the run.")
@click.option("--message", metavar="TEXT", help="Say what the run is about.")
@click.option(
    "--granularity",
    type=click.Choice(GRANULARITIES),
    default="call",
    show_default=True,
    help="How closely to look: each finer one includes the others.",
)
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice(("model",)),
    help="Keep the bytes as well, not only a digest: of every model when its training is over.",
)
@click.option(
    "-p", "--parameter", "parameters", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Keep the notebook as it ran.")
@click.option("--kernel", metavar="NAME", help="The kernel, if not the one that the notebook names.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def run(
    program: str,
    arguments: tuple[str, ...],
    tag: tuple[tuple[str, str], ...],
    message: str | None,
    granularity: str,
    keep: tuple[str, ...],
    parameters: tuple[tuple[str, str], ...],
    output: str | None,
    kernel: str | None,
    quiet: bool,
    debug: bool,
) -> int:
    """Run a script or a notebook, and record what it reads, writes and computes."""
    from provkg.capture.supervise import Request, end_like, run_program
    from provkg.errors import ProvkgError
    from provkg.project import find_project, open_home

    project = find_project(Path(program))
    home, trouble = project.home, None
    try:
        project = open_home(project)
    except ProvkgError as error:
        trouble = str(error)
    name = Path(os.path.relpath(os.path.abspath(program), project.root)).as_posix()
    redact = project.settings.redact
    request = Request(
        program, without_separator(arguments), str(home), name, str(project.root), granularity, message, tag,
        redact, options={"keep": keep},
    )  # fmt: skip
    if program.endswith(".ipynb"):
        request = as_notebook(request, parameters, output, kernel)
    elif parameters or output or kernel:
        raise click.UsageError("-p, -o and --kernel are for notebooks; a script takes its own arguments")
    else:
        request = replace(request, options={**request.options, "first_lines": find_first_lines(program)})
    ended = run_program(request)
    if not quiet or ended.trouble:
        say(tell(name, ended.run, ended.elapsed_seconds, trouble or ended.trouble))
    return end_like(ended.status)


def without_separator(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments of the program: a `--` right behind its name only says where they begin.

    >>> without_separator(("--", "--epochs", "10"))
    ('--epochs', '10')
    """
    return arguments[1:] if arguments[:1] == ("--",) else arguments


def as_notebook(
    request: Request, parameters: Sequence[tuple[str, str]], output: str | None, kernel: str | None
) -> Request:
    """The request as one to run a notebook.

    Raises:
        MissingExtra: what runs notebooks is not installed.
    """
    from provkg.errors import MissingExtra

    if find_spec("nbclient") is None or find_spec("ipykernel") is None:
        raise MissingExtra(
            "to run notebooks needs nbclient and ipykernel", hint="pip install 'provkg[notebook]'"
        )
    from provkg.runs.notebook import parse_parameter

    if request.arguments:
        raise click.UsageError("a notebook takes no arguments; -p NAME VALUE sets a parameter")
    wrong = [name for name, _ in parameters if not name.isidentifier()]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is no name", param_hint="-p")
    target = os.path.abspath(output) if output else None
    return replace(
        request,
        command=(sys.executable, "-m", "provkg.runs.notebook"),
        parameters={name: parse_parameter(value) for name, value in parameters},
        options={**request.options, "kernel": True, "kernel_name": kernel, "output": target},
    )


def find_first_lines(program: str) -> list[int]:
    """The lines where the code cells of a script begin; where it cannot be read, Python will tell why."""
    from provkg.errors import SourceError
    from provkg.sources.script import read_script

    try:
        cells = read_script(Path(program), program).code_cells
    except SourceError:
        return [1]
    return [cell.first_line for cell in cells] or [1]


def tell(name: str, identity: str, seconds: float, trouble: str | None) -> str:
    """One line about a run that is over."""
    if trouble is not None:
        return f"provkg: {name} ran, and was not recorded as a whole: {trouble}"
    return f"provkg: {name} ran {seconds:.1f} s, recorded as {identity}; see: provkg runs show {identity}"
