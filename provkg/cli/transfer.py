"""What load, pull and store share: graphs on their way, with a bar, and a line at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provkg.cli.output import say
from provkg.errors import ProvkgError

if TYPE_CHECKING:
    from provkg.store.base import Store
    from provkg.store.copying import Copied


def load_files(
    files: Sequence[Path], name: str | None, endpoint: str | None, timeout: float, *, quiet: bool
) -> None:
    """Put the graphs of files into the project's store or onto a server, and tell what was done."""
    from provkg import pipeline
    from provkg.store.copying import Copied, count_graphs

    place = name_store(endpoint)
    crates = [path for path in files if pipeline.is_crate(path)]
    if not crates and endpoint is None and pipeline.load_into_empty_store(files, name):
        if not quiet:
            with pipeline.open_store() as filled:
                sizes = count_graphs(filled)
            say(tell_copied([Copied(*each, is_changed=True) for each in sizes.items()], place))
        return
    source = pipeline.read_graph_files([path for path in files if path not in crates], name)
    for note in pipeline.read_crates(crates, source):
        say(f"note: {note}")
    with pipeline.open_writable_store(endpoint, timeout) as target:
        transfer(source, source.graphs(), target, place=place, quiet=quiet)


def transfer(source: Store, graphs: Sequence[str], target: Store, *, place: str, quiet: bool) -> None:
    """Make the graphs in `target` what they are in `source`; tell what was done, even where it is stopped."""
    from provkg.store.copying import LARGEST_BATCH, copy_graphs
    from provkg.store.local import LocalStore

    batch = LARGEST_BATCH if isinstance(target, LocalStore) else 0
    done: list[Copied] = []
    try:
        with progress(len(graphs), quiet) as advance:
            for copied in copy_graphs(source, graphs, target, batch):
                done.append(copied)
                advance()
    except (KeyboardInterrupt, ProvkgError):
        if done:
            say(f"{len(done)} of {len(graphs)} graphs are in {place}; the same command again does the rest")
        raise
    if not quiet:
        say(tell_copied(done, place))


def tell_copied(done: Sequence[Copied], place: str) -> str:
    """What became of the graphs: "3 graphs, 5,129 triples in …; 1 was there already"."""
    from provkg.report.text import count

    written = [each for each in done if each.is_changed]
    triples = count(sum(each.size for each in written), "triple")
    same = len(done) - len(written)
    rest = f"; {count(same, 'graph')} {'was' if same == 1 else 'were'} there already" if same else ""
    return f"{count(len(written), 'graph')}, {triples} written to {place}{rest}"


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Any]:
    """Something to call after each graph; a bar follows it where there is a terminal and a reason to."""
    if quiet or total < 2 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("copying graphs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def name_store(endpoint: str | None) -> str:
    """How the store that is written to is called."""
    from pathlib import Path

    from provkg.cli.output import name_place
    from provkg.project import find_project

    if endpoint is not None:
        return endpoint.partition("?")[0]
    return f"the store {name_place(find_project(Path.cwd()).store_folder)}"
