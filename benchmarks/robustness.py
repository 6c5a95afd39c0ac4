#!/usr/bin/env python3
"""Whether every notebook yields a valid graph, twice the same: robustness.py FOLDER [--write].

Each notebook below FOLDER is extracted by two processes with other hash seeds, and the bytes compared; the
N-Quads are parsed again. Prints what failed, by kind, and what was recorded as a problem, by message.
Exits 1 where a graph differs, does not parse, or an error was not one raised on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from corpus import find_notebooks
from tables import format_table, write_section

SEEDS = ("1", "2")
BATCH = 40
SECONDS = 20
"""What a notebook may take, on average over its batch."""

Result = dict[str, Any]


def examine(path: Path, parse: bool) -> Result:
    """What extraction of one notebook came to."""
    from stages import analyse_document, write_nquads

    from provkg.errors import ProvkgError
    from provkg.facts.definition import Step
    from provkg.sources.registry import read_document

    try:
        document = read_document(path, path.name)
        fact_sets = analyse_document(document)
        graph = write_nquads(fact_sets)
        quads = count_quads(graph) if parse else 0
    except ProvkgError as error:
        return {"refused": f"{type(error).__name__}: {error.message}"}
    except Exception as error:  # counting these is what this script is for
        return {"crashed": f"{type(error).__name__}: {error}"}
    steps = [fact for facts in fact_sets for fact in facts.facts if isinstance(fact, Step)]
    return {
        "digest": hashlib.sha256(graph).hexdigest(),
        "quads": quads,
        "language": document.language,
        "cells": sum(step.kind == "code" for step in steps),
        "unparsed": [step.unparsed for step in steps if step.unparsed],
        "problems": [problem.message for facts in fact_sets for problem in facts.problems],
    }


def count_quads(graph: bytes) -> int:
    """How many quads a parser that knows nothing of us reads back."""
    import pyoxigraph

    return sum(1 for _ in pyoxigraph.parse(graph, format=pyoxigraph.RdfFormat.N_QUADS))


def work() -> None:
    """Examine the notebooks named on standard input; one line of JSON for each, as soon as it is done."""
    parse = os.environ["PYTHONHASHSEED"] == SEEDS[0]
    for line in sys.stdin:
        print(json.dumps(examine(Path(line.rstrip("\n")), parse)), flush=True)


def run_worker(paths: Sequence[Path], seed: str) -> list[Result]:
    """The results of a batch; the notebook that ended the process counts as crashed, and the rest go on."""
    try:
        worker = subprocess.run(
            [sys.executable, __file__, "--work"],
            input="".join(f"{path}\n" for path in paths).encode(),
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            timeout=SECONDS * len(paths),
        )
        answer, end = worker.stdout, f"the process ended with {worker.returncode}"
    except subprocess.TimeoutExpired as error:
        answer, end = error.stdout or b"", "the time ran out"
    results = [json.loads(line) for line in answer.splitlines(keepends=True) if line.endswith(b"\n")]
    rest = paths[len(results) + 1 :]
    if len(results) < len(paths):
        results.append({"crashed": end})
    return results + (run_worker(rest, seed) if rest else [])


def examine_all(paths: Sequence[Path], jobs: int) -> Iterator[list[Result]]:
    """For each notebook its results, one for each hash seed."""
    batches = [paths[start : start + BATCH] for start in range(0, len(paths), BATCH)]
    tasks = [(batch, seed) for batch in batches for seed in SEEDS]
    with ThreadPoolExecutor(jobs) as pool:
        answers = list(pool.map(lambda task: run_worker(*task), tasks))
    for first in range(0, len(answers), len(SEEDS)):
        yield from map(list, zip(*answers[first : first + len(SEEDS)], strict=True))


def generalise(message: str) -> str:
    """A message without what is particular to one notebook."""
    message = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "…", message.partition("\n")[0])
    return message[:100].replace("|", "\\|")


def count_messages(title: str, messages: Iterable[str]) -> str:
    """A table of messages by number."""
    counts = Counter(map(generalise, messages)).most_common()
    return format_table([title, "times"], counts or [["none", 0]])


def summarise(results: Sequence[list[Result]]) -> tuple[dict[str, int], str]:
    """What failed, by number, and the whole report."""
    firsts = [pair[0] for pair in results]
    graphs = [first for first in firsts if "digest" in first]
    cells = sum(graph["cells"] for graph in graphs)
    unparsed = [reason for graph in graphs for reason in graph["unparsed"]]
    failures = {
        "crashed": sum(any("crashed" in result for result in pair) for pair in results),
        "differ between two runs": sum(pair[0].get("digest") != pair[1].get("digest") for pair in results),
        "graphs without quads": sum(not graph["quads"] for graph in graphs),
    }
    figures = {
        "notebooks": len(results),
        "valid graphs": len(graphs),
        "refused with a reason": sum("refused" in first for first in firsts),
        **failures,
        "quads": sum(graph["quads"] for graph in graphs),
        "languages": len({graph["language"] for graph in graphs}),
        "code cells": cells,
        "of them not parsed": len(unparsed),
    }
    everything = [result for pair in results for result in pair]
    parts = [
        format_table(["what", "number"], [[what, f"{number:,}"] for what, number in figures.items()]),
        count_messages("crash", [result["crashed"] for result in everything if "crashed" in result]),
        count_messages("refusal", [first["refused"] for first in firsts if "refused" in first]),
        count_messages("problem", [message for graph in graphs for message in graph["problems"]]),
        count_messages("why a cell was not parsed", unparsed),
    ]
    return failures, "\n\n".join(parts)


def name_failures(paths: Sequence[Path], results: Sequence[list[Result]]) -> Iterator[str]:
    """One line for each notebook that crashed, was refused or differs."""
    for path, pair in zip(paths, results, strict=True):
        for result in pair:
            if failure := result.get("crashed", result.get("refused")):
                yield f"{path}: {failure}"
        if pair[0].get("digest") != pair[1].get("digest"):
            yield f"{path}: differs between two runs"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder that corpus.py wrote, or any with notebooks below")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    options = parser.parse_args()
    paths = find_notebooks(options.folder)
    results = list(examine_all(paths, options.jobs))
    failures, text = summarise(results)
    for line in name_failures(paths, results):
        print(line, file=sys.stderr)
    print(text)
    if options.write:
        write_section("robustness", text)
    return 1 if any(failures.values()) else 0


if __name__ == "__main__":
    work() if "--work" in sys.argv else sys.exit(main())
