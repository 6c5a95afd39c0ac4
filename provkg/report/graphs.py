"""The named graphs of a store, as a person or a program reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from provkg.query.graphs import GraphInfo
from provkg.report.text import count, printable

_HEAD = ("graph", "document", "how", "quads", "newest")


def tell_graphs(graphs: Sequence[GraphInfo]) -> str:
    """A table with a line for each graph; numbers stand at the right."""
    rows = [
        _HEAD,
        *(
            (each.graph, each.path or "-", each.how or "-", f"{each.size:,}", each.newest or "-")
            for each in graphs
        ),
    ]
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_tell_row(row, widths) for row in cells)


def _tell_row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if name == "quads" else cell.ljust(width)
        for name, cell, width in zip(_HEAD, row, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()


def graph_to_json(graph: GraphInfo) -> dict[str, Any]:
    """The same as plain values; null is not known."""
    return asdict(graph)


def count_documents(graphs: Sequence[GraphInfo]) -> str:
    """How many graphs, and of how many documents."""
    documents = {each.document for each in graphs if each.document}
    return f"{count(len(graphs), 'graph')} of {count(len(documents), 'document')}"
