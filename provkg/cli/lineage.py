"""`provkg lineage`: what led to something, and what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say, tell_failure

if TYPE_CHECKING:
    from provkg.query.lineage import Lineage

EXAMPLES = (
    ("provkg lineage clf", "what led to a model: data, files, other notebooks"),
    ("provkg lineage figure.png --of analysis.ipynb", "what led to a file, in one notebook"),
    ("provkg lineage penguins.csv --forward", "what came of a file"),
    ("provkg lineage analysis.ipynb:4 --depth 2", "the neighbourhood of cell 4"),
    ("provkg lineage clf -f svg > clf.svg", "a drawing; also dot, mermaid and json"),
)
NOTES = {
    "Good to know": (
        "ENTITY is a model, file, variable, cell, output (Out[4]), notebook or IRI; NOTEBOOK:NAME narrows it "
        "down to one notebook. What is told is what the programs say, in the order of the cells: nothing is "
        "run. What a cell shows may come from anything that the cell uses. --depth counts edges."
    ),
    "JSON": (
        "direction, starts, complete; nodes: id, kind, name, distance, notebook, cell, line, code, detail; "
        "edges: from, to, relation, role. Edges go the way of the data, whichever way was asked."
    ),
    "Exit codes": "0: told. 1: there is no such thing, or nothing is known. 2: something could not be read.",
}

FORMATS = ("tree", "dot", "mermaid", "svg", "json")


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("entity")
@click.option("--backward/--forward", "is_backward", default=True, help="What led to it, or what came of it.")
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Go no further than N edges away.")
@click.option("--of", "source", type=click.Path(path_type=Path), help="Ask a notebook, folder or graph file.")
@click.option("--all", "with_code", is_flag=True, help="Tell functions and imports as well.")
@click.option("-f", "--format", type=click.Choice(FORMATS), default="tree", help="How it is written.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def lineage(
    entity: str,
    is_backward: bool,
    depth: int | None,
    source: Path | None,
    with_code: bool,
    format: str,
    debug: bool,
) -> int:
    """Say what led to a model, file, variable, cell or output; or what came of it."""
    from provkg import pipeline
    from provkg.query.lineage import find_starts, trace
    from provkg.query.naming import NothingNamed

    with pipeline.open_graphs(source) as (store, failures):
        for failure in failures:
            tell_failure(failure, debug)
        try:
            starts = find_starts(store, entity)
        except NothingNamed as error:
            say(f"provkg: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
            return 2 if failures else 1
        found = trace(store, starts, is_backward=is_backward, depth=depth, with_code=with_code)
    code = tell(found, entity, format)
    return 2 if failures else code


def tell(found: Lineage, entity: str, format: str) -> int:
    """Write the answer; 1 where nothing is known."""
    from provkg.report.lineage import (
        draw_svg,
        lineage_to_json,
        print_tree,
        tell_notes,
        tell_nothing,
        write_dot,
        write_mermaid,
    )

    if format == "json":
        click.echo(json.dumps(lineage_to_json(found), indent=1, ensure_ascii=False))
    elif not found.edges:
        pass
    elif format == "svg":
        sys.stdout.buffer.write(draw_svg(write_dot(found)))
    elif format == "tree":
        print_tree(found, sys.stdout)
    else:
        click.echo(write_dot(found) if format == "dot" else write_mermaid(found), nl=False)
    if not found.edges:
        say(tell_nothing(found, entity))
        return 1
    for note in tell_notes(found, entity):
        say(f"note: {note}")
    return 0
