#!/usr/bin/env python3
"""How long the questions of the bank take on stores of 10^5, 10^6 and 10^7 quads, engine beside engine.

    python benchmarks/questions.py FOLDER [--sizes 100000 1000000] [--rdflib-up-to 100000] [--write]

FOLDER keeps the made graphs and the stores. Questions about one entity are asked of several entities, drawn
from the store with a fixed seed; names are looked up before the clock starts. Seconds are CPU seconds of the
process, which asks in one thread: other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from stages import extract_document
from study import make_study
from tables import describe_setting, format_table, write_section

from provkg.query.asking import ask as ask_rows
from provkg.query.bank import Question, load_bank
from provkg.query.binding import Values, bind
from provkg.query.naming import ENTITY_TYPES, LOOKS
from provkg.store.local import LocalStore

ENTITIES = 15
"""Entities that each question is asked about."""

CORPUS_WIDE = 3
"""How often a question about everything is asked."""

LONGEST_SECONDS = 60
"""After so long in sum, a question is not asked of more entities."""

GOAL_ONE_SECONDS = 0.050
GOAL_ALL_SECONDS = 10.0
GOAL_FLAT = 2.0
GOAL_LOADING = 0.8
GOAL_RDFLIB = 20.0

Ask = Callable[[str], int]
"""Asks a text and gives the number of rows."""


@dataclass(slots=True)
class Timing:
    """What a question took on one store, in seconds."""

    seconds: list[float] = field(default_factory=list)
    rows: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return sorted(self.seconds)[max(0, round(0.95 * len(self.seconds)) - 1)]


@dataclass(slots=True)
class Sized:
    """Everything measured at one size."""

    quads: int
    notebooks: int
    load_seconds: float
    bulk_seconds: float
    disk_bytes: int
    timings: dict[str, Timing] = field(default_factory=dict)
    peers: dict[str, dict[str, Timing]] = field(default_factory=dict)


def make_graphs(folder: Path, quads: int) -> tuple[Path, int, int]:
    """A file of about so many quads, made once; with their number and that of the notebooks."""
    path, note = folder / f"study-{quads}.nq", folder / f"study-{quads}.txt"
    if not note.exists():
        made = written = 0
        with path.open("wb") as stream:
            for name, data in make_study(10**9):
                extracted = extract_document(data, name)
                stream.writelines(graph.nquads for graph in extracted.graphs.values())
                made += 1
                written += extracted.summary.triples
                if written >= quads:
                    break
        note.write_text(f"{written} {made}")
    written, made = map(int, note.read_text().split())
    return path, written, made


def load(path: Path, folder: Path) -> tuple[float, float]:
    """Seconds that provkg takes to load the file into a new store, and those of the engine's bulk loader."""
    bulk = folder / "bulk"
    for each in (bulk, folder / "store"):
        shutil.rmtree(each, ignore_errors=True)
    begun = time.process_time()
    engine = ox.Store(str(bulk))
    engine.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    engine.flush()
    bulk_seconds = time.process_time() - begun
    del engine
    shutil.rmtree(bulk)
    begun = time.process_time()
    LocalStore.load_fresh(folder / "store", [(path, "urn:x-provkg:none")])
    return time.process_time() - begun, bulk_seconds


# --- asking -------------------------------------------------------------------------------------------------


def draw_values(store: LocalStore, question: Question, chance: random.Random) -> Iterator[Values]:
    """Values for the parameters of a question, drawn from what the store holds; none where it asks of all."""
    pools = {
        each.variable: draw_pool(store, each.type, chance) for each in question.parameters if each.example
    }
    if not pools or not all(pools.values()):
        yield from [{}] * CORPUS_WIDE
        return
    for _ in range(ENTITIES):
        yield {variable: [chance.choice(pool)] for variable, pool in pools.items()}


def draw_pool(store: LocalStore, kind: str, chance: random.Random) -> list[Any]:
    """Things of a type, up to a few hundred, the same ones each time."""
    if kind == "string":
        return [ox.Literal(name) for name in ("accuracy_score", "sklearn.metrics.accuracy_score", "df")]
    patterns = {"run": "?node a repr:Trial", "entity": LOOKS[ENTITY_TYPES[0]][0].pattern}
    pattern = patterns[kind] if kind in patterns else LOOKS[kind][0].pattern
    found = sorted(
        {row["node"] for row in ask_rows(store, f"{{ SELECT ?node {{ {pattern} }} LIMIT 3000 }}", "?node")}
    )
    return [ox.NamedNode(iri) for iri in chance.sample(found, min(len(found), 300))]


def time_questions(store: LocalStore, ask: Ask, questions: Sequence[Question]) -> dict[str, Timing]:
    """What each question takes when `ask` asks it."""
    timings = {}
    for question in questions:
        timing = timings[question.id] = Timing()
        for values in draw_values(store, question, random.Random(question.id)):  # noqa: S311 - no secret
            text = bind(question.sparql, values)
            begun = time.process_time()
            timing.rows += ask(text)
            timing.seconds.append(time.process_time() - begun)
            if sum(timing.seconds) > LONGEST_SECONDS:
                break
        say(f"  {question.id:32} {1000 * timing.median:10.1f} ms  {timing.rows} rows")
    return timings


def ask_oxigraph(store: LocalStore) -> Ask:
    """Asks the embedded store and takes all the rows."""

    def ask(text: str) -> int:
        answer = store.query(text)
        return 1 if isinstance(answer, ox.QueryBoolean) else sum(1 for _ in answer)

    return ask


def ask_rdflib(path: Path) -> Ask:
    """Asks rdflib in memory."""
    import rdflib

    dataset = rdflib.Dataset(default_union=True)
    with path.open("rb") as stream:
        dataset.parse(stream, format="nquads")
    return lambda text: len(dataset.query(text))


def is_about_one(question: Question) -> bool:
    """Whether a question is asked about an entity, and not about everything."""
    return any(each.example for each in question.parameters)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- telling ------------------------------------------------------------------------------------------------


def format_timings(sized: Sequence[Sized], questions: Sequence[Question]) -> str:
    """A row for each question: median and p95 in ms at each size."""
    headers = ["question"]
    for each in sized:
        headers += [f"{each.quads:.0e} median ms", "p95 ms"]
    rows = []
    for question in questions:
        row: list[object] = [f"`{question.id}`"]
        for each in sized:
            timing = each.timings[question.id]
            row += [f"{1000 * timing.median:.1f}", f"{1000 * timing.p95:.1f}"]
        rows.append(row)
    return format_table(headers, rows)


def format_loading(sized: Sequence[Sized]) -> str:
    """A row for each size: how fast it loads, and how large it gets."""
    headers = ["quads", "notebooks", "load s", "quads/s", "over the bulk loader's rate", "store MB"]
    rows = [
        (
            f"{each.quads:,}",
            f"{each.notebooks:,}",
            f"{each.load_seconds:.1f}",
            f"{each.quads / each.load_seconds:,.0f}",
            f"{each.bulk_seconds / each.load_seconds:.2f}",
            f"{each.disk_bytes / 1e6:.0f}",
        )
        for each in sized
    ]
    return format_table(headers, rows)


def format_peers(sized: Sequence[Sized], questions: Sequence[Question]) -> str:
    """A row for each question that a peer was asked: its median beside ours, and the ratio."""
    rows = []
    for each in sized:
        for peer, timings in each.peers.items():
            for question in questions:
                ours, theirs = each.timings[question.id].median, timings[question.id].median
                ratio = f"{theirs / ours:.0f}×"
                rows.append(
                    (
                        f"`{question.id}`",
                        peer,
                        f"{each.quads:,}",
                        f"{1000 * theirs:.1f}",
                        f"{1000 * ours:.1f}",
                        ratio,
                    )
                )
    return format_table(["question", "peer", "quads", "its median ms", "ours ms", "ratio"], rows)


def format_goals(sized: Sequence[Sized], questions: Sequence[Question]) -> tuple[str, bool]:
    """The goals with what was measured, and whether all are met."""
    first, last = sized[0], sized[-1]
    one = [each.id for each in questions if is_about_one(each)]
    every = [each.id for each in questions if not is_about_one(each)]
    worst = max(one, key=lambda id: last.timings[id].median)
    steepest = max(one, key=lambda id: growth(first, last, id))
    slowest = max(every, key=lambda id: last.timings[id].median, default="")
    goals = [
        (f"about one entity, the slowest (`{worst}`)", last.timings[worst].median, GOAL_ONE_SECONDS, "s"),
        (f"growth from first to last size (`{steepest}`)", growth(first, last, steepest), GOAL_FLAT, "×"),
        (
            "bulk loader's rate over ours",
            max(s.load_seconds / s.bulk_seconds for s in sized),
            1 / GOAL_LOADING,
            "×",
        ),
    ]
    if slowest:
        goals.append((f"about everything (`{slowest}`)", last.timings[slowest].median, GOAL_ALL_SECONDS, "s"))
    rows = [
        (what, f"{value:.3g} {unit}", f"{limit:g} {unit}", "yes" if value <= limit else "NO")
        for what, value, limit, unit in goals
    ]
    return format_table(["goal", "measured", "at most", "met"], rows), all(row[-1] == "yes" for row in rows)


FLOOR_SECONDS = 0.001
"""Below this, what a question takes is the asking itself."""


def growth(first: Sized, last: Sized, id: str) -> float:
    """How many times longer a question takes on the larger store; a millisecond counts as nothing."""
    return max(last.timings[id].median, FLOOR_SECONDS) / max(first.timings[id].median, FLOOR_SECONDS)


def measure(folder: Path, quads: int, questions: Sequence[Question], rdflib_up_to: int) -> Sized:
    """Everything at one size."""
    path, written, notebooks = make_graphs(folder, quads)
    say(f"{written:,} quads of {notebooks:,} notebooks")
    load_seconds, bulk_seconds = load(path, folder)
    disk = sum(file.stat().st_size for file in (folder / "store").rglob("*") if file.is_file())
    sized = Sized(written, notebooks, load_seconds, bulk_seconds, disk)
    with LocalStore.read(folder / "store") as store:
        sized.timings = time_questions(store, ask_oxigraph(store), questions)
        if quads <= rdflib_up_to:
            sized.peers["rdflib"] = time_questions(store, ask_rdflib(path), questions)
    return sized


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**5, 10**6, 10**7])
    parser.add_argument("--rdflib-up-to", type=int, default=10**5)
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    questions = load_bank()
    sized = [measure(options.folder, size, questions, options.rdflib_up_to) for size in options.sizes]
    goals, are_met = format_goals(sized, questions)
    text = "\n\n".join(
        [
            describe_setting(["provkg", "pyoxigraph", "rdflib"]),
            goals,
            "### Loading\n\n" + format_loading(sized),
            "### Each question\n\n" + format_timings(sized, questions),
            "### Beside rdflib\n\n" + format_peers(sized, questions),
        ]
    )
    print(text)
    if options.write:
        write_section("questions", text)
    return 0 if are_met else 1


if __name__ == "__main__":
    sys.exit(main())
