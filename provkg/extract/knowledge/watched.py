"""Writes the table of the calls that are watched while a program runs, from what the knowledge base says.

    python -m provkg.extract.knowledge.watched      writes provkg/capture/watched.json

While a program runs there is no time to read the knowledge base. The table holds, for each library, its
functions by their dotted names and its methods by their names alone, each with what it is for and what its
arguments are. A test compares the table with the knowledge base.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from provkg.extract.knowledge.library import described_libraries, load_knowledge

TABLE = Path(__file__).parents[2] / "capture" / "watched.json"

ACTIONS = frozenset({"train", "tune", "fit", "split", "measure", "predict", "seed"})
"""What functions and methods are watched for."""

NOT_WATCHED = frozenset({"builtins", "nltk", "pyspark", "mlflow", "dvclive", "evaluate", "jax"})
"""Libraries whose calls say little by themselves, or happen elsewhere."""

MATHEMATICS = frozenset({"numpy", "scipy", "torch", "gensim", "keras"})
"""Libraries whose functions that measure or predict are also mathematics, called in hot loops."""

IN_LOOPS = frozenset({"forward", "train_step", "update_state", "update", "pipe", "compute", "generate"})
"""Methods that are parts of a larger call, or are called for each batch."""

Row = tuple[str, str]
"""Actions and roles of arguments, as the knowledge base writes them."""


def watched_table() -> dict[str, dict[str, dict[str, Row]]]:
    """Library → "functions" and "methods" → name → actions, and roles of arguments."""
    knowledge = load_knowledge(frozenset(described_libraries()))
    table: dict[str, dict[str, dict[str, Row]]] = {}
    for name, raw in sorted(knowledge._entries.items()):
        top, owner, last = name.partition(".")[0], name.rpartition(".")[0], name.rpartition(".")[2]
        is_method = knowledge.find_class(owner) is not None
        actions = watched_actions(top, raw, is_method=is_method)
        if not actions or knowledge.find_class(name) is not None or last.startswith("__"):
            continue
        if is_method and (last in IN_LOOPS or top in ("numpy", "random", "torch")):
            continue
        rows = table.setdefault(top, {"functions": {}, "methods": {}})
        row = (" ".join(actions), " ".join(raw.get("arguments", "").split()))
        rows["methods" if is_method else "functions"].setdefault(last if is_method else name, row)
    return table


def watched_actions(top: str, raw: Any, *, is_method: bool) -> list[str]:
    """What a call of a library is watched for; nothing where it is not."""
    if top in NOT_WATCHED:
        return []
    found = [each for each in raw.get("action", "").split() if each in ACTIONS]
    if top in MATHEMATICS and not is_method:
        found = [each for each in found if each not in ("measure", "predict")]
    is_data = raw.get("content", "data") == "data"
    return found or (["read"] if "reads" in raw and is_data and top in READERS else [])


READERS = frozenset({"pandas", "polars", "numpy", "pyarrow", "sklearn", "seaborn"})
"""Libraries whose functions that read data are watched, so that the data are known again later."""


def write_table() -> str:
    """The table as JSON, a line for each call."""
    libraries = []
    for top, kinds in watched_table().items():
        parts = [
            f'  "{kind}": {{\n'
            + ",\n".join(f"    {json.dumps(n)}: {json.dumps(r)}" for n, r in rows.items())
            + "}"
            for kind, rows in kinds.items()
        ]
        libraries.append(f'"{top}": {{\n' + ",\n".join(parts) + "}")
    return "{\n" + ",\n".join(libraries) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(write_table(), encoding="utf-8")
