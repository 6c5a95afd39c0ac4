"""`provkg serve`: graphs to be asked in SPARQL, over HTTP."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say, tell_failure

if TYPE_CHECKING:
    from provkg.serve.server import Server

EXAMPLES = (
    ("provkg serve", "the project's store"),
    ("provkg serve analysis.ipynb", "the graphs of a notebook, extracted and not kept"),
    ("provkg serve graph.ttl --port 0", "a graph file, on any free port"),
)
NOTES = {
    "Good to know": (
        "The address of the endpoint (SPARQL 1.1 Protocol) goes to standard output; its start page is at /. "
        "Queries read and never write; those that ask other servers (SERVICE) are refused. Where a query "
        "names no graphs, the union of all is asked. An answer that was cut has the header "
        "Provkg-Result-Limit. Only this machine is answered unless --host says otherwise. Ctrl-C ends it."
    ),
    "Exit codes": "0: ended by Ctrl-C or SIGTERM. 2: PATH could not be read, or the port is taken.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("path", required=False, metavar="[PATH|GRAPH]", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="Where to listen.")
@click.option(
    "--port", default=7878, show_default=True, type=click.IntRange(0, 65535), help="0 is any free one."
)
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True, max=86_400),
    help="Stop queries that take longer.",
)
@click.option(
    "--limit",
    default=100_000,
    show_default=True,
    metavar="ROWS",
    type=click.IntRange(min=1),
    help="Rows or triples of an answer at most.",
)
@click.option("--cors", multiple=True, metavar="ORIGIN", help="Let scripts of this site ask; * for all.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the address, and errors.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def serve(
    path: Path | None,
    host: str,
    port: int,
    timeout: float,
    limit: int,
    cors: tuple[str, ...],
    quiet: bool,
    debug: bool,
) -> int:
    """Answer SPARQL queries over HTTP: about the project's store, notebooks or a graph file."""
    from provkg import pipeline
    from provkg.serve.server import open_server, serve_until_interrupted

    signal.signal(signal.SIGTERM, _interrupt)
    with pipeline.open_folder(path) as (folder, failures):
        for failure in failures:
            tell_failure(failure, debug)
        origins = frozenset(cors)
        with open_server(
            folder, host=host, port=port, seconds=timeout, limit=limit, origins=origins
        ) as server:
            tell_place(server, host, quiet)
            serve_until_interrupted(server)
    return 0


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def tell_place(server: Server, host: str, quiet: bool) -> None:
    """Where the endpoint is, and how it is asked; that others may reach it, even where quiet is wanted."""
    from provkg.serve.protocol import is_loopback

    if not is_loopback(host):
        say(f"provkg: everyone who can reach {host} can read these graphs: there is no password")
    click.echo(server.url)
    if not quiet:
        query = "SELECT * { ?s ?p ?o } LIMIT 10"
        say(f"try: curl {server.url} -H 'Accept: text/csv' --data-urlencode 'query={query}'")
        say("end: Ctrl-C")
