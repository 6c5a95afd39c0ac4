"""`provkg run`: the user's program, unchanged, and a record of what it did."""

from __future__ import annotations

import os
from pathlib import Path

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say

EXAMPLES = (
    ("provkg run train.py", "run it, and record it in the project's store"),
    ("provkg run train.py --epochs 10", "what stands behind the program is the program's"),
    ("provkg run --tag data=v2 --message 'new scaler' train.py", "tell what this run is about"),
    ("provkg query runs.list", "which runs there are"),
)
GROUPS = {"What is told of the run": ("tag", "message"), "What is recorded": ("granularity",)}
NOTES = {
    "Good to know": (
        "The program runs as under python: same output, same files, same exit code. What is observed goes "
        "to a journal in .provkg/runs/ of the project, for its owner to read alone, and becomes a graph in "
        "the project's store when a question is asked next, or with provkg flush. Credentials in arguments, "
        "environment and URLs are left out."
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
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def run(
    program: str,
    arguments: tuple[str, ...],
    tag: tuple[tuple[str, str], ...],
    message: str | None,
    granularity: str,
    quiet: bool,
    debug: bool,
) -> int:
    """Run a script as python would, and record what it reads, writes and computes."""
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
        program, arguments, str(home), name, str(project.root), granularity, message, tag, redact
    )
    ended = run_program(request)
    if not quiet or ended.trouble:
        say(tell(name, ended.run, ended.elapsed_seconds, trouble or ended.trouble))
    return end_like(ended.status)


def tell(name: str, identity: str, seconds: float, trouble: str | None) -> str:
    """One line about a run that is over."""
    if trouble is not None:
        return f"provkg: {name} ran, and was not recorded as a whole: {trouble}"
    return f"provkg: {name} ran {seconds:.1f} s, recorded as {identity}; see: provkg query runs.list"
