"""Answers to questions as a person reads them: a table on a terminal, in a text, or in Markdown."""

from __future__ import annotations

import re
import textwrap
from typing import Any, TextIO

from provkg.graph.terms import PREFIXES
from provkg.query.bank import Question
from provkg.query.results import Table
from provkg.report.text import printable

LONGEST_CELL = 200
DIGEST = re.compile("[0-9a-f]{64}")
WIDEST = 1_000_000
"""Characters in a line where there is no terminal that would have to wrap it."""


def leave_out_iris(table: Table) -> Table:
    """The table without the columns that say only in IRIs what others say in words.

    Such columns end in `Iri`; one that would leave nothing stays.
    """
    kept = [index for index, name in enumerate(table.columns) if not name.endswith("Iri")]
    if not kept:
        return table
    columns = tuple(table.columns[index] for index in kept)
    return Table(columns, list(dict.fromkeys(tuple(row[index] for index in kept) for row in table.rows)))


def show(value: Any) -> str:
    """A value in a cell of a table: on one line, known IRIs short, numbers without needless digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = printable(shorten_iri(str(value)))
    if DIGEST.fullmatch(text):
        return f"{text[:12]}…"
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def shorten_iri(text: str) -> str:
    """An IRI of a vocabulary as a prefixed name; any other text as it is."""
    for prefix, iri in PREFIXES.items():
        local = text[len(iri) :]
        if text.startswith(iri) and local.replace("_", "").isalnum():
            return f"{prefix}:{local}"
    return text


def tell_empty(question: Question) -> str:
    """That nothing was found, why that may be, and what to try."""
    reason = question.when_empty or "The graphs that were asked say nothing of it."
    return "\n".join(
        ["provkg: nothing found", *textwrap.wrap(reason, 98, initial_indent="  ", subsequent_indent="  ")]
    )


def print_table(table: Table, stream: TextIO) -> None:
    """The table, fitted to a terminal; elsewhere each row is one line, however long."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, name in enumerate(table.columns):
        numbers = any(isinstance(row[index], int | float) for row in table.rows)
        drawn.add_column(name, overflow="fold", justify="right" if numbers else "left")
    for values in table.rows:
        drawn.add_row(*(Text(show(value)) for value in values))
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else WIDEST)
    with console.capture() as capture:
        console.print(drawn)
    stream.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def write_markdown(table: Table) -> str:
    """The table as GitHub's Markdown."""
    lines = [table.columns, ["---"] * len(table.columns), *(map(show, row) for row in table.rows)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
