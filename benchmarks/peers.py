#!/usr/bin/env python3
"""Time another tool's static pass: peers.py TOOL NOTEBOOK…, run by an interpreter that has the tool.

Prints one JSON object, notebook → CPU seconds (the best of three), null where the tool failed.
`noworkflow` reads scripts, so it gets the code cells that parse, joined into one; joining them is not timed.
`yw-core` reads the notebook file itself.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cells import parses, read_code

Job = Callable[[str], object]


def open_noworkflow(folder: str) -> Callable[[str], Job]:
    """Its definition provenance: syntax tree, code components, and the tree rewritten for tracing."""
    from noworkflow.now.collection.metadata import Metascript
    from noworkflow.now.persistence import persistence_config

    persistence_config.connect(folder)  # it keeps each text that it parses

    def prepare(path: str) -> Job:
        script = "\n\n".join(filter(parses, read_code(Path(path).read_bytes())))

        def parse(path: str) -> object:
            metascript = Metascript(path=path, dir=folder)  # held here: what it makes refers to it weakly
            *parsed, is_transformed = metascript.definition.parse("script", script, path, "exec")
            if not is_transformed:  # it reports what it cannot follow, and goes on without
                raise ValueError(path)
            return parsed

        return parse

    return prepare


def open_yw_core(folder: str) -> Callable[[str], Job]:
    """Its lower estimate: the variables that each cell reads and writes, as YesWorkflow annotations."""
    from yw_core.yw_core import extract_code_cells, extract_records, records2annotations

    return lambda _: lambda path: records2annotations(extract_records(extract_code_cells(path)))


def measure(job: Job, path: str) -> float:
    """CPU seconds of a job, the best of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        job(path)
        times.append(time.process_time() - start)
    return min(times)


TOOLS = {"noworkflow": open_noworkflow, "yw-core": open_yw_core}


def main() -> None:
    tool, *paths = sys.argv[1:]
    times: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare = TOOLS[tool](folder)
        for path in paths:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                try:
                    times[path] = measure(prepare(path), path)
                except Exception:  # whatever stops the peer counts as its failure
                    times[path] = None
    print(json.dumps(times))


if __name__ == "__main__":
    main()
