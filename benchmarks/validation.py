#!/usr/bin/env python3
"""How fast provkg validates, against pySHACL on the same graphs and shapes, in one run.

    python benchmarks/corpus.py CORPUS
    python benchmarks/validation.py CORPUS [--sizes 10000 100000] [--write]

The graphs of notebooks of the corpus are joined until there are so many triples, and held to all profiles as
one graph, each time in a process of its own: CPU seconds with reading the graph, and the peak of memory.
pySHACL is stopped when it has taken --patience times as long as provkg. Exits 1 where a goal is missed, or
both end and do not find the same.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import find_notebooks
from tables import describe_setting, format_table, write_section

FASTER = 20
"""So many times faster than pySHACL it has to be."""

LARGE = 1_000_000
LARGE_SECONDS, LARGE_MEGABYTES = 60, 2048
"""What it may take for so many triples."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one engine took for one graph; None where it was stopped."""

    seconds: float
    megabytes: int
    findings: int | None


def write_graph(corpus: Path, size: int, path: Path) -> int:
    """Write the joined graphs of notebooks, of at least `size` triples; gives how many there are."""
    from provkg.store.memory import MemoryStore
    from provkg.validate.shacl import merge_graphs

    store = MemoryStore()
    count = 0
    for nquads in extract(corpus):
        store.load_nquads(nquads)
        count += nquads.count(b"\n")
        if count >= size:
            break
    merged = merge_graphs(store.quads())
    path.write_bytes(b"".join(f"{quad.triple} .\n".encode() for quad in merged))
    return len(merged)


def extract(corpus: Path) -> Iterator[bytes]:
    """The graphs of each notebook as N-Quads; then the corpus again, under other names."""
    from provkg import pipeline

    sources = pipeline.find_sources([Path(path) for path in find_notebooks(corpus)])
    for turn in range(100):
        wanted = pipeline.Wanted(f"http://example.org/{turn}/", graphs=True)
        for result in pipeline.extract_all(sources.files, wanted):
            if isinstance(result, pipeline.Extracted):
                yield b"".join(graph.nquads for graph in result.graphs.values())


def measure(engine: str, path: Path, patience: float | None = None) -> Measured:
    """What an engine takes; it gets so many CPU seconds, and is stopped then."""
    command = [sys.executable, __file__, "--one", engine, str(path)]

    def limit() -> None:
        if patience is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(patience) + 1, int(patience) + 1))

    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode == 0:
        return Measured(**json.loads(done.stdout.splitlines()[-1]))
    if done.returncode > 0:
        raise SystemExit(done.stderr)
    return Measured(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime, 0, None)


def run_one(engine: str, path: str) -> None:
    """Hold one graph to all profiles, with one engine, in this process."""
    import pyoxigraph as ox

    from provkg.validate.profiles import load_profiles, load_shapes
    from provkg.validate.shacl import ENGINES

    data = ox.Store()
    data.bulk_load(path=path, format=ox.RdfFormat.N_TRIPLES)
    results = set(ENGINES[engine](data, load_shapes(tuple(load_profiles()))))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    measured = {
        "seconds": time.process_time(),
        "megabytes": usage.ru_maxrss // 1024,
        "findings": len(results),
    }
    print(json.dumps(measured))


def compare(corpus: Path, sizes: Sequence[int], patience: float) -> tuple[list[list[object]], list[str]]:
    """A row for each size, and the goals that are missed."""
    rows: list[list[object]] = []
    missed: list[str] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.nt"
            triples = write_graph(corpus, size, path)
            ours = measure("provkg", path)
            theirs = measure("pyshacl", path, patience * ours.seconds) if size < LARGE else None
        rows.append([f"{triples:,}", *_tell(ours, theirs)])
        missed += _find_missed(size, ours, theirs)
        print(rows[-1], file=sys.stderr)
    return rows, missed


def _tell(ours: Measured, theirs: Measured | None) -> list[object]:
    known = [f"{ours.findings:,}", f"{ours.seconds:.1f}", f"{ours.megabytes:,}"]
    if theirs is None:
        return [*known, "–", "–"]
    sign = "> " if theirs.findings is None else ""
    return [*known, f"{sign}{theirs.seconds:.0f}", f"{sign}{theirs.seconds / ours.seconds:.0f} ×"]


def _find_missed(size: int, ours: Measured, theirs: Measured | None) -> list[str]:
    missed = []
    if theirs is not None and theirs.findings not in (None, ours.findings):
        missed.append(f"{size}: provkg finds {ours.findings}, pySHACL {theirs.findings}")
    if theirs is not None and theirs.seconds < FASTER * ours.seconds:
        missed.append(f"{size}: not {FASTER} times as fast as pySHACL")
    if size >= LARGE and (ours.seconds > LARGE_SECONDS or ours.megabytes > LARGE_MEGABYTES):
        missed.append(f"{size}: {ours.seconds:.0f} s, {ours.megabytes} MB")
    return missed


HEADERS = ("triples", "findings", "provkg s", "provkg MB", "pySHACL s", "faster")


def main() -> int:
    """Measure, print the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, LARGE])
    parser.add_argument("--patience", type=float, default=1.5 * FASTER)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    arguments = parser.parse_args()
    rows, missed = compare(arguments.corpus, arguments.sizes, arguments.patience)
    text = f"{describe_setting(('pyoxigraph', 'pyshacl', 'rdflib'))}\n\n{format_table(HEADERS, rows)}"
    print(text)
    if arguments.write:
        write_section("validation", text)
    for each in missed:
        print(f"missed: {each}", file=sys.stderr)
    return int(bool(missed))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(*sys.argv[2:4])
    else:
        sys.exit(main())
