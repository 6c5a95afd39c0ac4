#!/usr/bin/env python3
"""How right provkg is about the flow between cells and about what trains a model, by labelled sets.

    python benchmarks/accuracy.py --accuracy DIR [--crabs CHECKOUT] [--programs DIR]
                                  [--held-out NAME=DIR]... [--keep DIR] [--write]

The DIR of --accuracy holds crabs.py, score.py and labels/; CHECKOUT is one of Meng6/crabs, the public CRABS
benchmark; the programs that the labels are about lie in --programs as ID.ipynb or ID.py. The DIR of
--held-out has labels/ and programs/ of its own: what the same scorer says of them is reported without goals.
Predictions are written to --keep, where that is given. Exits 1 where a goal is missed.
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

LABEL_GOALS = {
    "trained on": {"precision": 0.97, "recall": 0.97, "exact": 0.95, "exact among several sources": 0.90},
    "data sources": {"precision": 0.98, "recall": 0.97},
    "models": {"precision": 0.98, "recall": 0.97},
    "hyperparameters": {"precision": 0.99, "recall": 0.97},
    "columns include": {"precision": 0.97, "recall": 0.92},
    "columns exclude": {"precision": 0.97, "recall": 0.92},
    "target": {"precision": 0.95, "recall": 0.95},
    "metrics": {"precision": 0.95, "recall": 0.95},
    "splits": {"precision": 0.95, "recall": 0.95},
    "seeds": {"recall": 0.95},
    "sinks": {"precision": 0.95, "recall": 0.95},
    "cell dependencies": {"F1": 0.995},
}

GOALS = {
    "CRABS, flows, F1": 0.995,
    "CRABS, flows, exact": 46,
    "CRABS, transitive, F1": 0.999,
    **{
        f"labelled set, {topic}, {figure}": least
        for topic, goals in LABEL_GOALS.items()
        for figure, least in goals.items()
    },
}

SHARES = {
    "trained_on exact": "trained on, exact",
    "on files with >1 source": "trained on, exact among several sources",
    "cell graph exact": "cell dependencies, exact",
}
"""How the scorer of labels calls the shares in its last line, and how we do."""

Measured = tuple[list[str], dict[str, float]]
"""Parts of the report, and the figures that goals are about."""


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


def score_labels(scorer: Path, labels: Path, programs: Path, out: Path) -> str:
    """What the scorer says of labelled programs.

    The scorer counts in a global, so each set has to load it anew.
    """
    write_predictions(programs, out, label_of)
    return capture_print(load_script(scorer).main, str(labels), str(out))


def parse_figures(report: str) -> dict[str, float]:
    """The figures in a report on labels, by topic: precision, recall, F1, and shares of exact answers.

    From its counts, since the rates that it prints are rounded and might be rounded up to a goal.
    """
    figures: dict[str, float] = {}
    for line in re.findall(r"^(\w+).* tp (\d+) fp (\d+) fn (\d+)$", report, re.MULTILINE):
        topic, (right, extra, missed) = line[0].replace("_", " "), map(int, line[1:])
        figures[f"{topic}, precision"] = share(right, right + extra)
        figures[f"{topic}, recall"] = share(right, right + missed)
        figures[f"{topic}, F1"] = share(2 * right, 2 * right + extra + missed)
    for title, right, whole in re.findall(rf"({'|'.join(SHARES)}) (\d+)/(\d+)", report):
        figures[SHARES[title]] = share(int(right), int(whole))
    return figures


def share(part: int, whole: int) -> float:
    """A part of the whole; of nothing it is 0, as the scorer has it."""
    return part / whole if whole else 0.0


def describe_goals(figures: dict[str, float]) -> str:
    """Which goals are met, of those that were measured."""
    rows = [
        [name, f"{figures[name]:.4g}", f"{goal:g}", "yes" if figures[name] >= goal else "NO"]
        for name, goal in GOALS.items()
        if name in figures
    ]
    return format_table(["goal", "measured", "at least", "met"], rows)


def measure_crabs(options: argparse.Namespace, out: Path) -> Measured:
    """The report on CRABS, in its differences too where these are asked for."""
    crabs = load_script(options.accuracy / "crabs.py")
    report, figures = score_crabs(crabs, options.crabs, out)
    if options.differences:
        print(*find_crabs_differences(crabs, options.crabs, out), sep="\n")
    return [format_block(report)], figures


def measure_labels(options: argparse.Namespace, out: Path) -> Measured:
    """The report on the labelled set."""
    report = score_labels(
        options.accuracy / "score.py", options.accuracy / "labels", options.programs, out / "labels"
    )
    figures = {f"labelled set, {name}": figure for name, figure in parse_figures(report).items()}
    return [format_block(report)], figures


def measure_held_out(options: argparse.Namespace, out: Path) -> Measured:
    """The reports on further sets, each under its own heading; no goal is about them."""
    parts: list[str] = []
    for name, folder in options.held_out:
        scorer, labels = options.accuracy / "score.py", folder / "labels"
        report = score_labels(scorer, labels, folder / "programs", out / "held-out" / name)
        parts += [f"### {name}, {len([*labels.glob('*.json')])} programs", format_block(report)]
    return parts, {}


def format_block(report: str) -> str:
    """A scorer's report, its columns kept."""
    return f"```\n{report}\n```"


def parse_held_out(text: str) -> tuple[str, Path]:
    """The name of a set and its folder, of "NAME=DIR"."""
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=DIR")
    return name, Path(folder)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accuracy", type=Path, required=True)
    parser.add_argument("--crabs", type=Path)
    parser.add_argument("--programs", type=Path)
    parser.add_argument("--held-out", type=parse_held_out, action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--differences", action="store_true", help="name every flow that CRABS disagrees on")
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    asked = {
        measure_crabs: options.crabs,
        measure_labels: options.programs,
        measure_held_out: options.held_out,
    }
    parts: list[str] = []
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for measure in [measure for measure, given in asked.items() if given]:
            reported, found = measure(options, options.keep or Path(scratch))
            parts += reported
            figures |= found
    text = "\n\n".join([describe_goals(figures), *parts])
    print(text)
    if options.write:
        write_section("accuracy", text)
    return 0 if all(figures[name] >= goal for name, goal in GOALS.items() if name in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
