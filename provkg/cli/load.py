"""`provkg load`: graphs of files and crates, or of the project's store, into a store or onto a server."""

from __future__ import annotations

from pathlib import Path

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import endpoint_options, talk_options
from provkg.cli.transfer import load_files, name_store, transfer

EXAMPLES = (
    ("provkg load graph.trig", "into the project's store"),
    ("provkg load crate.zip", "the runs of a research crate, ours or of another tool"),
    ("provkg load --from-store --endpoint http://localhost:7878/query", "the project's store onto a server"),
    ("provkg load a.ttl --graph https://w3id.org/my/a", "triples without a graph, as a graph of that name"),
)
NOTES = {
    "Good to know": (
        "Exactly the graphs that GRAPH holds are replaced, one after the other; those that are there already "
        "are left alone, so the same command again goes on where it was stopped. Triples in no named graph "
        "become one that is named like their file, or by --graph. A crate is a zip or folder with "
        "ro-crate-metadata.json: nothing in it is unpacked, and nothing is fetched. Graphs of crates that "
        "provkg made come back as they were; the runs of others become a graph in our vocabulary."
    ),
    "Exit codes": "0: all is there. 2: it could not be read or written. 130: stopped with Ctrl-C.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("graphs", metavar="[GRAPH...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from-store", is_flag=True, help="Take all graphs of the project's store.")
@click.option("--graph", "name", metavar="IRI", help="The graph of triples that are in none.")
@endpoint_options
@talk_options
def load(
    graphs: tuple[Path, ...],
    from_store: bool,
    name: str | None,
    endpoint: str | None,
    timeout: float,
    quiet: bool,
    debug: bool,
) -> int:
    """Put the graphs of files (.ttl, .nt, .trig, .nq, .jsonld) and of research crates into a store."""
    from provkg import pipeline

    ctx = click.get_current_context()
    if from_store == bool(graphs):
        raise click.UsageError("say what to load: files, or --from-store", ctx)
    if from_store and endpoint is None:
        raise click.UsageError("--from-store needs --endpoint URL to load it onto", ctx)
    if graphs:
        load_files(graphs, name, endpoint, timeout, quiet=quiet)
        return 0
    with pipeline.open_store() as source, pipeline.open_writable_store(endpoint, timeout) as target:
        transfer(source, source.graphs(), target, place=name_store(endpoint), quiet=quiet)
    return 0
