"""`provkg infer`: what follows from graphs and ontologies, written down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import (
    STDOUT,
    check_outputs,
    choose_format,
    read_format,
    say,
    talk_options,
    tell_failure,
)
from provkg.errors import SourceError

if TYPE_CHECKING:
    from provkg.validate.closure import Closure

EXAMPLES = (
    ("provkg infer graph.ttl -o all.ttl", "the graph, and what follows by PROV-O, P-Plan and ours"),
    ("provkg infer analysis.ipynb -o all.trig", "of a notebook, extracted first"),
    ("provkg infer -o all.nq", "of the project's store"),
    ("provkg infer graph.ttl -o all.ttl --ontologies owl/", "with ontologies of your own, or the full ones"),
    ("provkg infer graph.ttl -o new.ttl --only", "only what is new"),
)
NOTES = {
    "Good to know": (
        "A query in the terms of PROV-O or P-Plan alone then finds everything: provkg's own classes and "
        "properties have theirs above them. What follows is in no named graph; the named graphs stay as "
        "they were. Without --ontologies, the links between classes and properties of the vocabularies that "
        "provkg uses are known, and nothing is fetched. A folder gives all ontologies that lie in it."
    ),
    "Exit codes": "0: written. 2: something could not be read or written.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("graphs", metavar="[GRAPH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="FILE", help="Where it goes; - is standard output.")
@click.option("-f", "--format", callback=read_format, metavar="FORMAT", help="Else by the suffix of FILE.")
@click.option(
    "--ontologies",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="An ontology, or a folder of ontologies, to reason with; can be given again.",
)
@click.option(
    "--rules",
    type=click.Choice(("owlrl", "rdfs")),
    default="owlrl",
    show_default=True,
    help="What follows: by OWL 2 RL, or by classes and properties above, domains and ranges alone.",
)
@click.option("--only", is_flag=True, help="Leave out what the graphs say already.")
@talk_options
def infer(
    graphs: tuple[Path, ...],
    output: str,
    format: str | None,
    ontologies: tuple[Path, ...],
    rules: str,
    only: bool,
    quiet: bool,
    debug: bool,
) -> int:
    """Write graphs with what follows from them and from ontologies."""
    from provkg.validate.closure import close_graph
    from provkg.validate.ontology import read_ontologies

    form = choose_format(output, format)
    check_outputs([output], graphs)
    axioms = read_ontologies(ontologies)
    quads, has_failed = _read(graphs, debug)
    closure = close_graph((quad.triple for quad in quads), axioms, rules)
    _write([] if only else quads, closure, output, form)
    if not quiet:
        _tell(closure, output)
    return 2 if has_failed else 0


def _read(paths: tuple[Path, ...], debug: bool) -> tuple[list[Any], bool]:
    """The statements of all graphs, sorted; and whether some of them could not be made."""
    from provkg import pipeline

    found: set[Any] = set()
    has_failed = False
    for path in paths or (None,):
        with pipeline.open_graphs(path) as (store, failures):
            found.update(store.quads())
        for failure in failures:
            tell_failure(failure, debug)
        has_failed = has_failed or bool(failures)
    if has_failed and not found:
        raise SourceError("nothing is left of which something could follow")
    return sorted(found, key=str), has_failed


def _write(quads: list[Any], closure: Closure, output: str, format: str) -> None:
    from provkg.export.registry import atomic_output, write_graph
    from provkg.graph.terms import PREFIXES
    from provkg.validate.closure import quads_of

    with atomic_output(output) as stream:
        write_graph([*quads, *quads_of(closure)], format, stream, PREFIXES)


def _tell(closure: Closure, output: str) -> None:
    from provkg.report.text import count

    place = "standard output" if output == STDOUT else output
    say(f"{count(len(closure.triples), 'triple')} follow · in {place}")
    for one, other in closure.same[:_SHOWN]:
        say(f"note: {one} and {other} have to be the same thing")
    if len(closure.same) > _SHOWN:
        say(f"note: so do {len(closure.same) - _SHOWN} more pairs")


_SHOWN = 5
