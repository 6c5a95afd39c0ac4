"""`provkg hash`: are two graphs the same?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import say, tell_failure

EXAMPLES = (
    ("provkg hash graph.trig", "the digest of what a graph says, whatever its format"),
    ("provkg hash old.ttl new.nt --same", "exit code 1 where they differ"),
    ("provkg hash graph.trig -o digest.json", "a file to be signed"),
)
NOTES = {
    "Good to know": (
        "The digest is the sha256 of the canonical N-Quads (RDFC-1.0), so it is the same on every machine "
        "and in every format, whatever blank nodes are called. Graph files are taken as they stand. "
        "Notebooks, scripts and folders are extracted first; without SOURCE it is the project's store."
    ),
    "Exit codes": "0: done. 1: with --same, they are not. 2: something could not be read.",
}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("sources", metavar="[SOURCE...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--same", is_flag=True, help="Exit with 1 where the graphs are not all the same.")
@click.option("-o", "--output", metavar="FILE", help="Write the digests as JSON; - is standard output.")
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def hash(sources: tuple[Path, ...], same: bool, output: str | None, debug: bool) -> int:
    """Say the digest of graphs: the same digest, the same graph."""
    has_failed = False
    digests: dict[str, str] = {}
    for source in sources or (None,):
        digest, is_whole = digest_source(source, debug)
        digests[str(source) if source else "the project's store"] = digest
        has_failed |= not is_whole
    if output is None:
        for name, digest in digests.items():
            click.echo(f"{digest}  {name}")
    else:
        write_digests(digests, output)
    if has_failed:
        return 2
    is_same = len(set(digests.values())) == 1
    if same and not is_same:
        say("provkg: the graphs are not the same")
    return 1 if same and not is_same else 0


def digest_source(source: Path | None, debug: bool) -> tuple[str, bool]:
    """The digest of the graphs of a source, and whether all of it could be read."""
    from provkg import pipeline
    from provkg.export.canonical import digest_quads

    if source is not None and pipeline.is_graph_file(source):
        return digest_quads(pipeline.read_quads(source)), True
    with pipeline.open_graphs(source) as (store, failures):
        for failure in failures:
            tell_failure(failure, debug)
        return digest_quads(store.quads()), not failures


def write_digests(digests: dict[str, str], output: str) -> None:
    """A file that says what was hashed, and how: to be signed."""
    from provkg.export.canonical import ALGORITHM
    from provkg.export.output import atomic_output

    table = {"canonicalization": ALGORITHM, "serialization": "application/n-quads", "digests": digests}
    with atomic_output(output) as stream:
        stream.write((json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode())
