"""`provkg store`: what is in the project's store, is it whole, and what a person does to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provkg.cli.help import HelpfulCommand, HelpfulGroup
from provkg.cli.output import choose_format, endpoint_options, read_format, say
from provkg.cli.transfer import load_files, name_store

if TYPE_CHECKING:
    from provkg.query.graphs import GraphInfo

EXAMPLES = (
    ("provkg store info", "how much is in it"),
    ("provkg store graphs", "which graphs, of which documents"),
    ("provkg store drop --missing", "forget documents that are not there any more"),
    ("provkg store export -o backup.nq", "all of it, as a file"),
)
NOTES = {
    "Exit codes": "0: done. 1: something was found to be wrong, or is not there. 2: it could not be done."
}

as_json = click.option(
    "-f", "--format", type=click.Choice(["text", "json"]), default="text", help="How the answer is written."
)


@click.group(cls=HelpfulGroup, examples=EXAMPLES, notes=NOTES)
def store() -> None:
    """Look after the project's store, in `.provkg/`; with --endpoint, after a server's."""


@store.command(cls=HelpfulCommand)
@as_json
@endpoint_options
def info(format: str, endpoint: str | None, timeout: float) -> int:
    """Say how much is in the store: quads, graphs, documents, size on disk, versions."""
    from provkg import pipeline
    from provkg.query.graphs import find_graphs

    with pipeline.open_store(endpoint, timeout) as opened:
        graphs = find_graphs(opened)
        facts = {"store": name_store(endpoint).removeprefix("the store "), **_measure(graphs)}
        facts |= pipeline.describe_store(opened)
    if format == "json":
        click.echo(json.dumps(facts, indent=1))
    else:
        click.echo("\n".join(f"{name.ljust(10)} {_tell_fact(name, value)}" for name, value in facts.items()))
    return 0


def _measure(graphs: Sequence[GraphInfo]) -> dict[str, int]:
    documents = {each.document for each in graphs if each.document}
    return {"quads": sum(each.size for each in graphs), "graphs": len(graphs), "documents": len(documents)}


def _tell_fact(name: str, value: Any) -> str:
    from provkg.report.text import format_size

    if name == "size":
        return format_size(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


@store.command(cls=HelpfulCommand)
@as_json
@endpoint_options
def graphs(format: str, endpoint: str | None, timeout: float) -> int:
    """List the named graphs: document, how it is known, quads, the latest time in it."""
    from provkg import pipeline
    from provkg.query.graphs import find_graphs
    from provkg.report.graphs import graph_to_json, tell_graphs

    with pipeline.open_store(endpoint, timeout) as opened:
        found = find_graphs(opened)
    if format == "json":
        click.echo(json.dumps([graph_to_json(each) for each in found], indent=1))
    else:
        click.echo(tell_graphs(found))
    return 0


@store.command(cls=HelpfulCommand)
@click.argument("names", metavar="[GRAPH|DOCUMENT...]", nargs=-1)
@click.option("--missing", is_flag=True, help="Drop the graphs of documents whose file is gone.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@endpoint_options
def drop(names: tuple[str, ...], missing: bool, yes: bool, endpoint: str | None, timeout: float) -> int:
    """Drop graphs, by their IRI or by the path of their document."""
    from provkg import pipeline
    from provkg.query.graphs import find_graphs
    from provkg.report.graphs import count_documents

    if not names and not missing:
        raise click.UsageError(
            "say what to drop: graphs, documents, or --missing", click.get_current_context()
        )
    with pipeline.open_store(endpoint, timeout) as opened:  # others may write while we ask
        chosen, unknown = _choose(find_graphs(opened), names, missing)
    for name in unknown:
        say(f"provkg: there is no graph and no document {name!r} in the store\n  see: provkg store graphs")
    if unknown:
        return 1
    if chosen and not yes:
        for each in chosen:
            say(f"  {each.graph}  {each.size:,} quads")
        _confirm(f"Drop {count_documents(chosen)} from {name_store(endpoint)}?")
    if chosen:
        with pipeline.open_writable_store(endpoint, timeout) as target:
            target.drop(each.graph for each in chosen)
    say(f"{count_documents(chosen)} dropped")
    return 0


def _choose(
    found: Sequence[GraphInfo], names: Iterable[str], missing: bool
) -> tuple[list[GraphInfo], list[str]]:
    """The graphs that are meant, and the names that mean none."""
    from provkg.project import find_project

    root = find_project(Path.cwd()).root
    chosen: dict[str, GraphInfo] = {}
    unknown = []
    for name in names:
        path = Path(os.path.relpath(os.path.abspath(name), root)).as_posix()
        meant = [each for each in found if name in (each.graph, each.document) or path == each.path]
        chosen |= {each.graph: each for each in meant}
        if not meant:
            unknown.append(name)
    if missing:
        gone = [each for each in found if each.path and not (root / each.path).exists()]
        chosen |= {each.graph: each for each in gone}
    return list(chosen.values()), unknown


def _confirm(question: str) -> None:
    try:
        is_wanted = click.confirm(question, err=True)
    except click.Abort:
        say()
        raise click.UsageError("nobody answers: say --yes", click.get_current_context()) from None
    if not is_wanted:
        say("nothing was dropped")
        raise click.exceptions.Exit(1)


@store.command(cls=HelpfulCommand)
@click.option("-o", "--output", metavar="FILE", required=True, help="Where to; - is standard output.")
@click.option("-f", "--format", callback=read_format, metavar="FORMAT", help="Else by the suffix of FILE.")
@endpoint_options
def export(output: str, format: str | None, endpoint: str | None, timeout: float) -> int:
    """Write all graphs to one file, which is there whole or not at all."""
    from provkg import pipeline
    from provkg.report.text import count

    chosen = choose_format(output, format)
    with pipeline.open_store(endpoint, timeout) as opened:
        names = opened.graphs()
        size = pipeline.write_graphs(opened, names, output, chosen)
    say(f"{count(len(names), 'graph')}, {count(size, 'triple')} written to {output}")
    return 0


@store.command("import", cls=HelpfulCommand)
@click.argument("file", type=click.Path(path_type=Path))
@endpoint_options
def import_(file: Path, endpoint: str | None, timeout: float) -> int:
    """Replace the graphs that FILE holds with what it says of them."""
    load_files([file], None, endpoint, timeout, quiet=False)
    return 0


@store.command(cls=HelpfulCommand)
@endpoint_options
def check(endpoint: str | None, timeout: float) -> int:
    """Read everything, and say which graphs are not whole or do not say what they are."""
    from provkg import pipeline
    from provkg.query.graphs import check_graphs
    from provkg.report.text import count, printable

    with pipeline.open_store(endpoint, timeout) as opened:
        checked = list(check_graphs(opened))
    findings = [finding for _, found in checked for finding in found]
    for finding in findings:
        click.echo(printable(f"{finding.graph}: {finding.message}"))
    say(f"{count(len(checked), 'graph')} read, {count(len(findings), 'finding')}")
    return 1 if findings else 0


@store.command(cls=HelpfulCommand)
def compact() -> int:
    """Rewrite the store's files: smaller, and faster to ask."""
    from provkg import pipeline
    from provkg.report.text import format_size

    before, after = pipeline.compact_store()
    say(f"{format_size(before)} before, {format_size(after)} now in {name_store(None)}")
    return 0
