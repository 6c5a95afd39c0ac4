#!/usr/bin/env python3
"""What validation finds in real notebooks, to be read beside them: would the author call it wrong?

    python benchmarks/corpus.py CORPUS
    python benchmarks/findings.py CORPUS [--seed 4] [--count 40] [--codes NB RUN]    lists them
    python benchmarks/findings.py CORPUS --write        counts, with the verdicts of findings.toml

The notebooks are drawn at random, the same for the same seed, from those of the corpus that people wrote for
people in Python. A person reads each finding beside the notebook and enters those that its author would call
wrong into findings.toml. Exits 1 where more than 2 % are: of all, or of a code that is found 50 times.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import find_notebooks
from tables import describe_setting, format_table, write_section

VERDICTS = Path(__file__).with_name("findings.toml")
MOST_FALSE = 0.02
MANY = 50
"""From so many findings of one code on, a share of it means something."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, by what tells it apart for a person."""

    notebook: str
    cell: int
    code: str
    message: str


def is_python(path: Path) -> bool:
    """Whether a notebook says Python, or nothing."""
    try:
        metadata: dict[str, Any] = json.loads(path.read_bytes()).get("metadata", {})
    except ValueError:
        return False
    told = (metadata.get("language_info") or {}).get("name")
    return (told or (metadata.get("kernelspec") or {}).get("language") or "python") == "python"


def draw(corpus: Path, seed: int, count: int) -> list[Path]:
    """So many notebooks, in the order in which they are drawn."""
    return random.Random(seed).sample(  # noqa: S311 - a sample, no secret
        list(filter(is_python, find_notebooks(corpus, "worked"))), count
    )


def find(path: Path, name: str, codes: Sequence[str]) -> Iterator[Seen]:
    """The findings of the rules whose codes begin so, in the notebook alone."""
    from provkg.extract.run import extract_facts
    from provkg.graph.builder import build_graph
    from provkg.sources.registry import read_document
    from provkg.validate.shacl import check_graph, merge_graphs

    sets = extract_facts(read_document(path, path.name))
    quads = [quad for fact_set in sets for quad in build_graph(fact_set, "https://example.org/")]
    for finding in check_graph(merge_graphs(quads), ["notebook"]):
        if finding.code.startswith(tuple(codes)):
            cell = finding.place.cell if finding.place and finding.place.cell else 0
            yield Seen(name, cell, finding.code, finding.message)


def read_verdicts(seed: int) -> set[tuple[str, int, str, str]]:
    """The findings of a draw that were judged to be wrong."""
    drawn = tomllib.loads(VERDICTS.read_text(encoding="utf-8"))
    return {
        (each["notebook"], each["cell"], each["code"], word)
        for each in drawn.get("wrong", ())
        if each["seed"] == seed
        for word in each["about"]
    }


def is_wrong(seen: Seen, verdicts: set[tuple[str, int, str, str]]) -> bool:
    return any(
        (seen.notebook, seen.cell, seen.code) == (notebook, cell, code) and about in seen.message
        for notebook, cell, code, about in verdicts
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--codes", nargs="+", default=["NB", "RUN", "CORE"])
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    asked = parser.parse_args()
    found = [
        seen
        for path in draw(asked.corpus, asked.seed, asked.count)
        for seen in find(path, path.relative_to(asked.corpus).as_posix(), asked.codes)
    ]
    verdicts = read_verdicts(asked.seed)
    wrong = [seen for seen in found if is_wrong(seen, verdicts)]
    all_of, wrong_of = Counter(seen.code for seen in found), Counter(seen.code for seen in wrong)
    notebooks = Counter(code for code, _ in {(seen.code, seen.notebook) for seen in found})
    rows = [(code, all_of[code], notebooks[code], wrong_of[code]) for code in sorted(all_of)]
    rows.append(("all", len(found), len({seen.notebook for seen in found}), len(wrong)))
    table = format_table(("code", "findings", "notebooks", "wrong"), rows)
    if asked.write:
        setting = describe_setting(["provkg", "pyoxigraph"])
        write_section("findings", f"{setting}. Seed {asked.seed}, {asked.count} notebooks.\n\n{table}")
    else:
        for seen in found:
            place = f"cell {seen.cell}" if seen.cell else "whole"
            print(
                f"{seen.notebook}:{place}: {seen.code} {seen.message}{'  WRONG' * is_wrong(seen, verdicts)}"
            )
    print(table)
    shares = [
        (len(wrong), len(found)),
        *((wrong_of[code], all_of[code]) for code in all_of if all_of[code] >= MANY),
    ]
    return int(any(part > MOST_FALSE * whole for part, whole in shares))


if __name__ == "__main__":
    sys.exit(main())
