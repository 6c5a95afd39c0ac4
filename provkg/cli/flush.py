"""`provkg flush`: journals of runs into the project's store."""

from __future__ import annotations

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say, tell_failure

EXAMPLES = (("provkg flush", "make graphs of the runs that were recorded since"),)
NOTES = {
    "Good to know": (
        "Asking a question does the same first. A run that still goes on is left until it is over; one that "
        "was killed is told as far as its journal goes."
    ),
    "Exit codes": "0: done. 2: the journal of a run could not be made a graph; the others are.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def flush(quiet: bool, debug: bool) -> int:
    """Make graphs of the runs that wait in journals, in the project's store."""
    from pathlib import Path

    from provkg import pipeline
    from provkg.project import find_project

    flushed, failures = pipeline.flush_runs(find_project(Path.cwd()))
    for failure in failures:
        tell_failure(failure, debug)
    if not quiet:
        runs = "1 run" if flushed == 1 else f"{flushed} runs"
        say(f"provkg: {runs} added to the store" if flushed else "provkg: no run was waiting")
    return 2 if failures else 0
