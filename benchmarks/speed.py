#!/usr/bin/env python3
"""How fast provkg is, against the least that any tool must do and against other tools, all in one run.

    python benchmarks/corpus.py CORPUS
    python benchmarks/speed.py CORPUS [--peers PYTHON] [--write]

Stages are timed in CPU seconds, in one process, by turns on each notebook, the best of --rounds; whole
processes are timed by the clock. Exits 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import generate
from cells import parse_cells
from corpus import find_notebooks
from tables import describe_setting, format_table, write_section

if TYPE_CHECKING:
    from provkg.pipeline import Extracted

HEAVY = ("rdflib", "pyshacl", "nbformat", "owlready2", "prov")
"""What `provkg --help` must not import."""

RUN_CLI = "import sys; from provkg.cli.main import main; sys.argv[0] = 'provkg'; sys.exit(main())"
PEERS = Path(__file__).with_name("peers.py")
PEER_NOTES = {
    "yw-core": "variables each cell reads and writes",
    "noworkflow": "syntax tree, code components, rewritten tree",
}
TOPICS = ("memory", "processes", "stages", "growth", "store", "peers")
MEGABYTE = 1_000_000
STORED_NOTEBOOKS = 50
"""As many as a project may have; they are spread evenly over the corpus."""

Stage = Callable[[bytes, str], object]


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that should not be above its limit."""

    what: str
    value: float
    limit: float
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit

    @property
    def verdict(self) -> str:
        return "yes" if self.is_met else "NO"


@dataclass(frozen=True, slots=True)
class Section:
    """A table, what it is about, and the goals that it answers."""

    title: str
    note: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    goals: Sequence[Goal] = ()

    def __str__(self) -> str:
        return f"### {self.title}\n\n{self.note}\n\n{format_table(self.headers, self.rows)}"


def time_stage(stage: Stage, data: bytes, name: str) -> float:
    """CPU seconds of one stage on one notebook; it does not clear up after the stage before it."""
    gc.collect()
    start = time.process_time()
    stage(data, name)
    return time.process_time() - start


def time_stages(stages: dict[str, Stage], data: bytes, name: str, rounds: int) -> dict[str, float]:
    """CPU seconds of each stage on one notebook, by turns, the best of `rounds`.

    Whoever goes first pays for cold caches and new memory, so there is a round that does not count, and
    each round begins with another stage.
    """
    titles = list(stages)
    times: dict[str, list[float]] = {title: [] for title in titles}
    for turn in range(rounds + 1):
        first = turn % len(titles)
        for title in titles[first:] + titles[:first]:
            times[title].append(time_stage(stages[title], data, name))
    return {title: min(seconds[1:]) for title, seconds in times.items()}


def find_percentile(values: Sequence[float], percent: int) -> float:
    """The least of the values that `percent` of them do not exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def list_stages() -> dict[str, Stage]:
    """The floor and what is measured against it."""
    from stages import analyse, extract

    return {"floor": lambda data, _: parse_cells(data), "analysis": analyse, "N-Quads": extract}


def measure_stages(notebooks: Sequence[Path], rounds: int) -> Section:
    """Analysis and extraction against reading the JSON and parsing each cell."""
    stages = list_stages()
    times = []
    for path in notebooks:
        data = path.read_bytes()
        try:
            times.append(time_stages(stages, data, path.name, rounds))
        except Exception as error:
            print(f"{path}: left out: {type(error).__name__}: {error}", file=sys.stderr)
    ratios = {title: [seconds[title] / seconds["floor"] for seconds in times] for title in stages}
    floor = sum(seconds["floor"] for seconds in times)
    rows = [describe_stage(title, [turn[title] for turn in times], floor, ratios[title]) for title in stages]
    medians = {title: statistics.median(values) for title, values in ratios.items()}
    limits = {"analysis": 2.5, "N-Quads": 5.0}
    return Section(
        f"Stages, over {len(times)} notebooks of {len(notebooks)}",
        "CPU milliseconds a notebook, and how many times the floor: `json.loads` and `compile` of each code"
        " cell as it stands. Analysis goes from bytes to facts, N-Quads from bytes to the written graph.",
        ["stage", "median ms", "p95 ms", "max ms", "total s", "median ×", "p95 ×", "total ×"],
        rows,
        [Goal(f"{title} over the floor", medians[title], limit) for title, limit in limits.items()],
    )


def describe_stage(title: str, seconds: Sequence[float], floor: float, ratios: Sequence[float]) -> list[str]:
    """A row of the table of stages."""
    spread = [statistics.median(seconds), find_percentile(seconds, 95), max(seconds)]
    multiples = [statistics.median(ratios), find_percentile(ratios, 95), sum(seconds) / floor]
    return [
        title,
        *[f"{value * 1000:.2f}" for value in spread],
        f"{sum(seconds):.2f}",
        *[f"{value:.2f}" for value in multiples],
    ]


def run_process(*arguments: str) -> tuple[float, int, str]:
    """Elapsed seconds, peak resident bytes and standard error of a Python process."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    elapsed_seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: exit {process.returncode}\n{errors}")
    unit = 1 if sys.platform == "darwin" else 1024
    return elapsed_seconds, usage.ru_maxrss * unit, errors


def time_process(*arguments: str) -> float:
    """Elapsed seconds of a Python process, the median of five after one to warm the file cache."""
    run_process(*arguments)
    return statistics.median(run_process(*arguments)[0] for _ in range(5))


def find_imports(*arguments: str) -> set[str]:
    """The top-level modules that a Python process imports."""
    lines = run_process("-X", "importtime", *arguments)[2].splitlines()
    names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
    return {name.partition(".")[0] for name in names}


def measure_processes(folder: Path) -> Section:
    """Whole commands against the cost of importing what they avoid."""
    notebook, graph = folder / "small.ipynb", folder / "small.nq"
    notebook.write_bytes(generate.make_notebook(12))
    extract = ["extract", str(notebook), "-o", str(graph)]
    read = f"import nbformat; nbformat.read({str(notebook)!r}, as_version=4)"
    commands = {
        "`python -c pass`": ["-c", "pass"],
        "`provkg --help`": ["-c", RUN_CLI, "--help"],
        "`provkg extract` of 12 cells to N-Quads": ["-c", RUN_CLI, *extract],
        "`import nbformat` and read the same": ["-c", read],
        "`import rdflib`": ["-c", "import rdflib"],
    }
    seconds = {title: time_process(*arguments) for title, arguments in commands.items()}
    help_title, extract_title = list(commands)[1:3]
    heavy = find_imports("-c", RUN_CLI, "--help").intersection(HEAVY)
    return Section(
        "Whole processes",
        "Elapsed seconds, the median of five."
        f" `provkg --help` imports {', '.join(sorted(heavy)) or 'none'} of {', '.join(HEAVY)}.",
        ["command", "s"],
        [[title, f"{value:.3f}"] for title, value in seconds.items()],
        [
            Goal("`provkg --help`", seconds[help_title], 0.3, " s"),
            Goal("one small notebook", seconds[extract_title], 1.0, " s"),
            Goal("heavy imports of `provkg --help`", len(heavy), 0, ""),
        ],
    )


def measure_memory(folder: Path, megabytes: int) -> Section:
    """Peak memory on a notebook that is nearly all outputs."""
    notebook, graph = folder / "large.ipynb", folder / "large.nq"
    generate.write_large(notebook, megabytes)
    size = notebook.stat().st_size
    path = str(notebook)
    commands = {
        "`provkg extract` to N-Quads": ["-c", RUN_CLI, "extract", path, "-o", str(graph)],
        "`json.load`": ["-c", f"import json; json.load(open({path!r}, 'rb'))"],
        "`nbformat.read`": ["-c", f"import nbformat; nbformat.read({path!r}, as_version=4)"],
    }
    runs = {title: run_process(*arguments) for title, arguments in commands.items()}
    notebook.unlink()
    ours = next(iter(runs.values()))
    return Section(
        f"Memory, on a notebook of {size / MEGABYTE:.0f} MB",
        "One picture of 1 MB in each cell; the peak of the whole process, the interpreter included.",
        ["command", "peak MB", "× size", "s"],
        [
            [title, f"{peak / MEGABYTE:.0f}", f"{peak / size:.2f}", f"{seconds:.2f}"]
            for title, (seconds, peak, _) in runs.items()
        ],
        [Goal("peak memory over the notebook's size", ours[1] / size, 5.0)],
    )


def measure_growth(counts: Sequence[int], rounds: int) -> Section:
    """Time for each cell of ever longer notebooks."""
    from stages import extract

    stages, name = list_stages(), "generated.ipynb"
    notebooks = {count: generate.make_notebook(count) for count in counts}
    quads = {count: sum(map(len, extract(data, name))) for count, data in notebooks.items()}
    times = {count: time_stages(stages, data, name, rounds) for count, data in notebooks.items()}
    least, most = min(counts), max(counts)
    growth = (times[most]["N-Quads"] / most) / (times[least]["N-Quads"] / least)
    return Section(
        "Growth",
        "CPU microseconds a cell, in generated notebooks where each cell depends on earlier ones:"
        " constant where time grows linearly. The graph itself grows faster than the notebook: each model is"
        " trained on what all cells before it read, and says so. So there is also the time for each quad.",
        ["cells", *stages, "quads a cell", "N-Quads, µs a quad"],
        [
            [
                count,
                *[f"{value / count * 1e6:.0f}" for value in times[count].values()],
                f"{quads[count] / count:.0f}",
                f"{times[count]['N-Quads'] / quads[count] * 1e6:.2f}",
            ]
            for count in counts
        ],
        [Goal(f"time a cell at {most} cells over that at {least}", growth, 1.5)],
    )


def measure_store(notebooks: Sequence[Path], folder: Path, rounds: int) -> Section:
    """Keeping the graphs of a project against loading the same quads into an empty database in bulk."""
    from stages import extract_document

    sources = spread(notebooks, STORED_NOTEBOOKS)
    documents = [extract_document(path.read_bytes(), str(path)) for path in sources]
    middle = len(sources) // 2
    changed = extract_document(generate.change_cell(sources[middle].read_bytes()), str(sources[middle]))
    steps = {
        "fresh": documents,
        "again, unchanged": documents,
        "again, one cell changed": [*documents[:middle], changed, *documents[middle + 1 :]],
    }
    turns = [time_storing(steps, folder / f"turn-{turn}") for turn in range(rounds)]
    times = {title: min(turn[title] for turn in turns) for title in turns[0]}
    floor, *ours = (cpu for cpu, _ in times.values())
    quads = sum(document.summary.triples for document in documents)
    return Section(
        f"The store, with {quads:,} quads of {len(documents)} notebooks",
        "Seconds from graphs as text until everything is on disk, and how many times the CPU seconds of the"
        " floor: pyoxigraph's own bulk load of the same quads into an empty database.",
        ["step", "CPU s", "elapsed s", "×"],
        [
            [title, f"{cpu:.2f}", f"{elapsed:.2f}", f"{cpu / floor:.2f}"]
            for title, (cpu, elapsed) in times.items()
        ],
        [
            Goal(f"store {title}, over a bulk load", cpu / floor, 1.5)
            for title, cpu in zip(steps, ours, strict=True)
        ],
    )


def time_storing(steps: dict[str, list[Extracted]], folder: Path) -> dict[str, tuple[float, float]]:
    """CPU and elapsed seconds of a bulk load of what the first step stores, and of the steps, in order."""
    import pyoxigraph

    from provkg.pipeline import project_store
    from provkg.project import Project

    text = b"".join(graph.nquads for each in next(iter(steps.values())) for graph in each.graphs.values())

    def load() -> None:
        database = pyoxigraph.Store(str(folder / "bulk"))
        database.bulk_load(text, format=pyoxigraph.RdfFormat.N_QUADS)
        database.flush()

    def store(documents: list[Extracted]) -> None:
        with project_store(Project(folder, "start")) as take:
            for document in documents:
                take(document)

    folder.mkdir()
    times = {"pyoxigraph bulk load": time_call(load)}
    for title, documents in steps.items():
        times[title] = time_call(partial(store, documents))
    shutil.rmtree(folder)
    return times


def time_call(call: Callable[[], object]) -> tuple[float, float]:
    """CPU and elapsed seconds, those of the library's own threads included."""
    gc.collect()
    elapsed, cpu = time.perf_counter(), time.process_time()
    call()
    return time.process_time() - cpu, time.perf_counter() - elapsed


def spread(notebooks: Sequence[Path], count: int) -> Sequence[Path]:
    """At most `count` of the notebooks, evenly spread."""
    return notebooks[:: -(-len(notebooks) // count)]


def measure_peers(python: str, notebooks: Sequence[Path], rounds: int) -> Section:
    """Other tools' static passes against our analysis, on the notebooks that each of them survives."""
    analyse = {"analysis": list_stages()["analysis"]}
    rows = []
    for tool, note in PEER_NOTES.items():
        command = [python, str(PEERS), tool, *map(str, notebooks)]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode:
            rows.append([tool, "not run: " + answer.stderr.strip().rpartition("\n")[2], *["–"] * 4])
            continue
        theirs = {path: seconds for path, seconds in json.loads(answer.stdout).items() if seconds}
        ours = {
            path: time_stages(analyse, Path(path).read_bytes(), path, rounds)["analysis"] for path in theirs
        }
        ratio = statistics.median(ours[path] / theirs[path] for path in theirs)
        medians = [f"{statistics.median(times.values()) * 1000:.2f}" for times in (theirs, ours)]
        failures = f"{len(notebooks) - len(theirs)} of {len(notebooks)}"
        rows.append([tool, note, failures, *medians, f"{ratio:.2f}"])
    return Section(
        "Other tools",
        "CPU milliseconds a notebook where the tool did not fail, and our analysis of the same notebooks."
        " Each tool does a job of its own, as the second column says.",
        ["tool", "what it finds", "fails on", "its median ms", "our median ms", "ours / its"],
        rows,
    )


def describe_goals(goals: Sequence[Goal]) -> str:
    """Which goals are met."""
    rows = [
        [goal.what, f"{goal.value:.2f}{goal.unit}", f"{goal.limit:g}{goal.unit}", goal.verdict]
        for goal in goals
    ]
    return format_table(["goal", "measured", "at most", "met"], rows)


def list_topics(
    options: argparse.Namespace, notebooks: Sequence[Path], folder: Path
) -> dict[str, Callable[[], Section]]:
    """What can be measured; memory first, since a child's peak starts at the size of its parent."""
    topics = {
        "memory": lambda: measure_memory(folder, options.megabytes),
        "processes": lambda: measure_processes(folder),
        "stages": lambda: measure_stages(notebooks, options.rounds),
        "growth": lambda: measure_growth(options.cells, options.rounds),
        "store": lambda: measure_store(notebooks, folder, options.rounds),
    }
    if options.peers:
        topics["peers"] = lambda: measure_peers(options.peers, notebooks, options.rounds)
    return topics


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder that corpus.py wrote, or any with notebooks below")
    parser.add_argument("--limit", type=int, help="measure only this many notebooks, evenly spread")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=100, help="size of the large notebook")
    parser.add_argument("--cells", type=int, nargs="+", default=[500, 1000, 2000, 5000])
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter with noworkflow and yw-core")
    parser.add_argument("--only", nargs="+", choices=TOPICS, help="measure only these")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    options = parser.parse_args()
    if options.write and (options.only or options.limit):
        parser.error("what is written down comes from one whole run: leave out --only and --limit")
    return options


def main() -> int:
    options = parse_arguments()
    notebooks = find_notebooks(options.corpus, "worked")
    if options.limit:
        notebooks = spread(notebooks, options.limit)
    with tempfile.TemporaryDirectory() as folder:
        topics = list_topics(options, notebooks, Path(folder))
        sections = [measure() for topic, measure in topics.items() if topic in (options.only or topics)]
    goals = [goal for section in sections for goal in section.goals]
    setting = describe_setting(["provkg", "pyoxigraph", "nbformat", "rdflib"])
    text = "\n\n".join([f"{setting}.", describe_goals(goals), *map(str, sections)])
    print(text)
    if options.write:
        write_section("speed", text)
    return 0 if all(goal.is_met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
