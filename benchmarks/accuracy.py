#!/usr/bin/env python3
"""How right provkg is about the flow between cells, by two labelled sets and their own scorers.

    python benchmarks/accuracy.py --accuracy DIR [--crabs CHECKOUT] [--programs DIR] [--keep DIR] [--write]

DIR holds crabs.py, score.py and labels/; CHECKOUT is one of Meng6/crabs, the public CRABS benchmark; the
programs that the labels are about lie in --programs as ID.ipynb or ID.py. Predictions are written to --keep,
where that is given. Exits 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sharing import read_crabs_flows
from stages import analyse_document
from tables import format_table, write_section

from provkg.facts.factset import FactSet
from provkg.report.labels import label_of
from provkg.sources.registry import read_document

GOALS = {
    "CRABS, flows, F1": 0.995,
    "CRABS, flows, exact": 46,
    "CRABS, transitive, F1": 0.999,
    "labelled set, cell dependencies, F1": 0.995,
}


def load_script(path: Path) -> ModuleType:
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, path
    assert spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def capture_print(function: Callable[..., None], *arguments: str | Path) -> str:
    """What a scorer prints."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        function(*arguments)
    return output.getvalue().rstrip()


def write_predictions(programs: Path, out: Path, read: Callable[[list[FactSet]], Any]) -> None:
    """Write out/NAME.json for each notebook and script in `programs`: the facts as `read` reads them."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted([*programs.glob("*.ipynb"), *programs.glob("*.py")]):
        fact_sets = analyse_document(read_document(path, path.name))
        (out / f"{path.stem}.json").write_text(json.dumps(read(fact_sets), indent=1))


def score_crabs(crabs: ModuleType, checkout: Path, out: Path) -> tuple[str, dict[str, float]]:
    """The scorer's report on CRABS, and its figures by name."""
    crabs.rebuild(checkout, out / "notebooks")
    write_predictions(out / "notebooks", out / "flows", read_crabs_flows)
    report = capture_print(crabs.score, checkout, out / "flows")
    figures: dict[str, float] = {}
    for view, f1, exact in re.findall(r"^(\w+) +F1 ([\d.]+) +exact (\d+)/", report, re.MULTILINE):
        figures |= {f"CRABS, {view}, F1": float(f1), f"CRABS, {view}, exact": float(exact)}
    return report, figures


def find_crabs_differences(crabs: ModuleType, checkout: Path, out: Path) -> Iterator[str]:
    """One line for each flow that is missing or too many."""
    for name, labelled in sorted(crabs.truth(checkout).items()):
        stem = name.replace(":", "__")
        found = {tuple(flow) for flow in json.loads((out / "flows" / f"{stem}.json").read_text())}
        yield from (f"{stem}: missing {flow}" for flow in sorted(labelled - found))
        yield from (f"{stem}: too many {flow}" for flow in sorted(found - labelled))


def score_labels(accuracy: Path, programs: Path, out: Path) -> tuple[str, dict[str, float]]:
    """The scorer's report on the labelled set, and its figures by name."""
    score = load_script(accuracy / "score.py")
    write_predictions(programs, out / "labels", label_of)
    report = capture_print(score.main, str(accuracy / "labels"), str(out / "labels"))
    figures = re.findall(r"^(\w+) .*F1 ([\d.]+) ", report, re.MULTILINE)
    return report, {f"labelled set, {topic.replace('_', ' ')}, F1": float(f1) for topic, f1 in figures}


def describe_goals(figures: dict[str, float]) -> str:
    """Which goals are met, of those that were measured."""
    rows = [
        [name, f"{figures[name]:g}", f"{goal:g}", "yes" if figures[name] >= goal else "NO"]
        for name, goal in GOALS.items()
        if name in figures
    ]
    return format_table(["goal", "measured", "at least", "met"], rows)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accuracy", type=Path, required=True)
    parser.add_argument("--crabs", type=Path)
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--differences", action="store_true", help="name every flow that CRABS disagrees on")
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    reports: list[str] = []
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep or Path(scratch)
        if options.crabs:
            crabs = load_script(options.accuracy / "crabs.py")
            report, found = score_crabs(crabs, options.crabs, out)
            reports.append(report)
            figures |= found
            if options.differences:
                print(*find_crabs_differences(crabs, options.crabs, out), sep="\n")
        if options.programs:
            report, found = score_labels(options.accuracy, options.programs, out)
            reports.append(report)
            figures |= found
    text = "\n\n".join([describe_goals(figures), *(f"```\n{report}\n```" for report in reports)])
    print(text)
    if options.write:
        write_section("accuracy", text)
    return 0 if all(figures[name] >= goal for name, goal in GOALS.items() if name in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
