"""The code cells of a notebook, read in the plainest way: the floor that everything is measured against."""

from __future__ import annotations

import ast
import json
from typing import Any

PARSE_ONLY = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def parse_cells(data: bytes) -> int:
    """The floor: how many code cells parse as they stand, once the JSON is read.

    No analysis of a notebook can do less. A cell that does not parse is given up at once.
    """
    return sum(parses(source) for source in read_code(data))


def read_code(data: bytes) -> list[str]:
    """The sources of a notebook's code cells, in any format since 2."""
    notebook = json.loads(data)
    sheets = notebook.get("worksheets") or [notebook]
    cells = [cell for sheet in sheets for cell in sheet.get("cells", ())]
    return [join_lines(cell) for cell in cells if cell.get("cell_type") == "code"]


def join_lines(cell: Any) -> str:
    """A cell's source as one text; before nbformat 4 it was called its input."""
    source = cell.get("source", cell.get("input", ""))
    return source if isinstance(source, str) else "".join(source)


def parses(source: str) -> bool:
    """Is `source` Python as it stands?"""
    try:
        compile(source, "<cell>", "exec", PARSE_ONLY)
    except (SyntaxError, ValueError):
        return False
    return True
