"""What it costs to follow calls, variables and cells: CPU time beside the same program without us.

    python benchmarks/capture/live.py            # needs provkg[notebook]

(a) is a call-heavy program in pure Python at each granularity, in one process, so that what is compared is
the program and not the start of an interpreter; (e) is a notebook of 40 cells through nbclient, whole
processes with their kernels. Each figure is the median of several runs that alternate.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CALLS = """
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


fib(22)
total = 0
for i in range(100):
    for j in range(100):
        total += i * j
"""
GOALS = {"cell": 2.0, "call": 2.0, "variable": 20.0}

PLAIN = """
import sys, nbformat
from nbclient import NotebookClient
from provkg.runs.notebook import make_manager
client = NotebookClient(nbformat.read(sys.argv[1], 4), kernel_name="python3")
client.km = make_manager("python3")
client.execute()
"""
CELLS = (
    "rows = [(i, (i * 7919) % 1000, str(i)) for i in range(100_000)]",
    "def scale(row, by=2):\n    return row[0], row[1] / by, row[2]",
    "scaled = [scale(row) for row in rows]",
    "groups = {}\nfor key, value, _ in scaled:\n    groups.setdefault(key % 10, []).append(value)",
    "means = {key: sum(values) / len(values) for key, values in groups.items()}",
    "print(sorted(means.items()))",
    "rows = rows[: len(rows) - 1000]",
    "text = ' '.join(name for *_, name in rows)\nlen(text)",
)


def run_calls(granularity: str | None) -> float:
    """CPU seconds of the call-heavy program; None leaves it alone."""
    from provkg.capture.instrument import compile_alone
    from provkg.capture.steps import StepTracker
    from provkg.capture.values import summarise

    names: dict[str, object] = {"__name__": "__main__"}
    if granularity is None:
        code = compile_alone(CALLS, "a.py", "exec")
        begun = time.process_time()
        exec(code, names)  # noqa: S102 - it is the program that is measured
        return time.process_time() - begun
    tracker = StepTracker(lambda kind, **fields: None, lambda name, value: summarise(value), granularity)  # type: ignore[arg-type] # takes what it is told, and tells nobody
    tracker.namespace = names
    code = tracker.compile_script(CALLS.encode(), "a.py")
    begun = time.process_time()
    exec(code, names)  # noqa: S102 - it is the program that is measured
    tracker.end("completed")
    return time.process_time() - begun


def write_notebook(folder: Path) -> Path:
    """A notebook of 40 cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{place}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": CELLS[place % len(CELLS)],
        }
        for place in range(40)
    ]
    path = folder / "cells.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    ast.parse("\n".join(CELLS))
    return path


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU and wall seconds of a command with its children."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - begun


def compare(floor: Callable[[], float], other: Callable[[], float], times: int) -> tuple[float, float]:
    """The medians of two measures that alternate."""
    pairs = [(floor(), other()) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> int:
    """Print the figures; 1 where a goal is missed."""
    is_missed = False
    print("| what | floor, CPU s | with provkg | ratio | at most |\n| --- | ---: | ---: | ---: | ---: |")
    for granularity, goal in GOALS.items():
        floor, with_us = compare(lambda: run_calls(None), lambda g=granularity: run_calls(g), 15)  # type: ignore[misc] # the default binds the granularity of this round
        is_missed |= with_us > floor * goal + 0.001
        print(f"| (a) calls, {granularity} | {floor:.4f} | {with_us:.4f} | {with_us / floor:.2f} | {goal} |")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        notebook = write_notebook(folder)
        os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "r")
        plain = [sys.executable, "-c", PLAIN, notebook.name]
        ours = [sys.executable, "-m", "provkg", "run", "-q", notebook.name]
        pairs = [(measure(plain, folder), measure(ours, folder)) for _ in range(3)]
        floor, with_us = (statistics.median(each[side][0] for each in pairs) for side in (0, 1))
        is_missed |= with_us > floor * 1.05 + 0.3
        print(f"| (e) 40 cells | {floor:.2f} | {with_us:.2f} | {with_us / floor:.2f} | 1.05 + 0.3 s |")
        sizes = [path.stat().st_size for path in folder.glob(".provkg/runs/*/journal.jsonl")]
        print(f"\njournal of (e): {max(sizes) / 1000:.0f} kB")
    return int(is_missed)


if __name__ == "__main__":
    sys.exit(main())
