"""Notebooks made to measure with: many cells, or many bytes of output."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

CELLS = (
    "df{i} = pd.read_csv('data/part-{i}.csv')\ndf{i}['ratio'] = df{i}['a'] / df{i}['b']",
    "def clean_{i}(frame, limit={i}):\n    return frame[frame['ratio'] < limit].dropna()",
    "table = clean_{previous}(df{before}).merge(table, on='key')\ntotals.append(table['ratio'].sum())",
    "for name, total in zip(names, totals):\n    print(f'{{name}}: {{total:.2f}}')\nmodel.fit(table, totals)",
)
"""Four kinds of cell by turns: a read, a function, a chain through all earlier cells, a loop with a fit."""

HEAD = """\
import pandas as pd
from sklearn.linear_model import Ridge
table, totals, names, model = pd.DataFrame(), [], [], Ridge()"""


def write_source(index: int) -> str:
    """The source of the cell at `index`."""
    if index == 0:
        return HEAD
    turn = (index - 1) % len(CELLS)
    return CELLS[turn].format(i=index, previous=index - 1, before=index - 2)


def make_cell(index: int, outputs: list[dict[str, object]]) -> dict[str, object]:
    """An executed code cell."""
    return {
        "cell_type": "code",
        "execution_count": index + 1,
        "id": f"cell-{index}",
        "metadata": {},
        "outputs": outputs,
        "source": write_source(index),
    }


def make_stream(index: int) -> dict[str, object]:
    """A short printed output."""
    return {"output_type": "stream", "name": "stdout", "text": [f"part-{index}: 0.50\n"]}


def make_image(megabytes: float, seed: int) -> dict[str, object]:
    """A picture, as far as anyone can tell: random bytes in base64, `megabytes` long."""
    data = base64.b64encode(random.Random(seed).randbytes(int(megabytes * 750_000))).decode()  # noqa: S311
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/png": data, "text/plain": "<Figure>"},
    }


def make_notebook(cells: int) -> bytes:
    """A notebook of `cells` short code cells, executed in order."""
    return wrap(json.dumps([make_cell(index, [make_stream(index)]) for index in range(cells)])).encode()


def change_cell(data: bytes) -> bytes:
    """The notebook with one more line in its first code cell, in any format since 2."""
    notebook = json.loads(data)
    sheet = (notebook.get("worksheets") or [notebook])[0]
    cell = next(cell for cell in sheet["cells"] if cell["cell_type"] == "code")
    key = "source" if "source" in cell else "input"
    cell[key] = "".join(cell[key]) + "\nchanged = True"
    return json.dumps(notebook).encode()


def write_large(path: Path, megabytes: int) -> None:
    """Write a notebook of one picture a cell, 1 MB each; it is never whole in memory."""
    head, tail = wrap("[]").split("[]")
    with path.open("w", encoding="utf-8") as stream:
        stream.write(head + "[")
        for index in range(megabytes):
            stream.write(", " * (index > 0) + json.dumps(make_cell(index, [make_image(1, index)])))
        stream.write("]" + tail)


def wrap(cells: str) -> str:
    """A whole notebook around the JSON of its cells."""
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "version": "3.11.7"},
    }
    return f'{{"cells": {cells}, "metadata": {json.dumps(metadata)}, "nbformat": 4, "nbformat_minor": 5}}'
