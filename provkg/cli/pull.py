"""`provkg pull`: graphs from a server, into the project's store or a file."""

from __future__ import annotations

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import choose_format, endpoint_options, read_format, say, talk_options
from provkg.cli.transfer import name_store, transfer

EXAMPLES = (
    ("provkg pull --endpoint http://localhost:7878/query", "all graphs, into the project's store"),
    ("provkg pull --endpoint http://localhost:7878/query -o all.trig", "to a file"),
)
NOTES = {"Exit codes": "0: done. 2: the server has no such graph, or it could not be read or written."}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.option("--graph", "names", metavar="IRI", multiple=True, help="Only this graph; can be said again.")
@click.option("-o", "--output", metavar="FILE", help="Write to FILE instead; - is standard output.")
@click.option("-f", "--format", callback=read_format, metavar="FORMAT", help="Else by the suffix of FILE.")
@endpoint_options
@talk_options
def pull(
    names: tuple[str, ...],
    output: str | None,
    format: str | None,
    endpoint: str | None,
    timeout: float,
    quiet: bool,
    debug: bool,
) -> int:
    """Get named graphs from a SPARQL endpoint; in the project's store, exactly those are replaced."""
    from provkg import pipeline
    from provkg.report.text import count

    if endpoint is None:
        raise click.UsageError("say where from: --endpoint URL", click.get_current_context())
    chosen = choose_format(output, format) if output else ""
    with pipeline.open_store(endpoint, timeout) as source:
        graphs = pipeline.choose_graphs(source, names)
        if output is None:
            with pipeline.open_writable_store() as target:
                transfer(source, graphs, target, place=name_store(None), quiet=quiet)
            return 0
        size = pipeline.write_graphs(source, graphs, output, chosen)
    if not quiet:
        say(f"{count(len(graphs), 'graph')}, {count(size, 'triple')} written to {output}")
    return 0
