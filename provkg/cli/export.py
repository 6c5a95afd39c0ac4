"""`provkg export`: graphs as files, whole or in part."""

from __future__ import annotations

from pathlib import Path

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import STDOUT, choose_format, read_format, say, tell_failure
from provkg.export.registry import FORMATS

FRAMES = ("notebook", "run", "model", "dataset")
EXAMPLES = (
    (
        "provkg export analysis.ipynb --frame model -o model.jsonld",
        "the models, their data and measures",
    ),
    ("provkg export --frame run -f jsonld", "the runs of the project's store, to standard output"),
    ("provkg export crate/provenance.trig -o all.provn", "another format"),
)
NOTES = {
    "Good to know": (
        "SOURCE is a notebook, script, folder or graph file; without one it is the project's store. A frame "
        "tells of one kind of thing: notebook (what is written), run (what happened), model, dataset. "
        "JSON-LD is compacted and nested, with its context inline; --flatten puts all things side by side, "
        "and --context names a context by URL: only what that does not say stands inline."
    ),
    "Exit codes": "0: written. 1: there is nothing of that kind. 2: something could not be read or written.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", default=STDOUT, metavar="FILE", help="Where it goes; - is to the terminal.")
@click.option(
    "-f",
    "--format",
    callback=read_format,
    metavar="FORMAT",
    help=f"{', '.join(FORMATS)}. Else by the suffix.",
)
@click.option("--frame", type=click.Choice(FRAMES), help="Only what tells of things of this kind.")
@click.option("--flatten", is_flag=True, help="JSON-LD with all things side by side, none inside another.")
@click.option("--context", metavar="URL", help="JSON-LD whose context is the one of provkg at this URL.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def export(
    source: Path | None,
    output: str,
    format: str | None,
    frame: str | None,
    flatten: bool,
    context: str | None,
    debug: bool,
) -> int:
    """Write graphs to a file, whole or only what tells of programs, runs, models or data."""
    from provkg import pipeline

    chosen = choose_format(output, format)
    if chosen != "jsonld" and (flatten or context):
        raise click.UsageError(
            "--flatten and --context are about JSON-LD: -f jsonld", click.get_current_context()
        )
    with pipeline.open_graphs(source) as (store, failures):
        for failure in failures:
            tell_failure(failure, debug)
        size = pipeline.export_graphs(
            store, output, chosen, frame, is_nested=not flatten, context_url=context
        )
    if size == 0:
        say(f"provkg: the graphs tell of no {frame or 'thing'}")
    return 2 if failures else 1 if size == 0 else 0
