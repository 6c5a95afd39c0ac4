#!/usr/bin/env python3
"""The test cases of PROV-CONSTRAINTS, and PROV's interoperability cases, through our validation.

    python benchmarks/prov_suite.py CONSTRAINTS INTEROPERABILITY [--write]

CONSTRAINTS is `modules-validation/prov-validation/src/test/resources/validate` of lucmoreau/ProvToolbox,
where the W3C's cases lie in PROV-N; INTEROPERABILITY is the repository openprov/testcases, with each
document in five formats. A case of the first is judged right where it is called valid or invalid as it
should be; of the second it is counted what is read, and whether all formats of a document are judged
alike.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from tables import describe_setting, format_table, write_section

from provkg.errors import ProvkgError
from provkg.validate.constraints import TIMES, check_instances
from provkg.validate.prov_files import read_prov_file
from provkg.validate.prov_rdf import read_quads
from provkg.validate.prov_statements import Instance

PARTS = ("unification", "ordering", "type")

VALID_ALL_THE_SAME = {
    "usage-fail1": "a thing may be used twice",
    "usage-fail5": "the same; valid in the W3C's list",
    "usage-fail6": "the same; valid in the W3C's list",
    "usage-fail7": "the same; valid in the W3C's list",
    "delegation-fail4": "the activity of a delegation is expandable",
}
"""Cases that are called failures and are none, and why."""

INVALID_ALL_THE_SAME = {
    "derivation2": "derivations in a circle; invalid in the W3C's list (c42)",
    "specialization4": "invalid in the W3C's list (c42, c45)",
    "delegation-success3": "no PROV-N: the responsible agent has to be there",
    "delegation-success4": "no PROV-N: the responsible agent has to be there",
}
"""Cases that are not called failures and are some, and why."""

RDF_SUFFIXES = {".ttl", ".trig"}
OTHER_SUFFIXES = {".provn", ".json", ".provx"}


def is_to_be_valid(name: str) -> bool:
    """What the name of a case of PROV-CONSTRAINTS says of it."""
    if name in VALID_ALL_THE_SAME:
        return True
    return "fail" not in name and name not in INVALID_ALL_THE_SAME


def read_instances(path: Path) -> list[Instance]:
    """What a document says, of whatever format."""
    if path.suffix in RDF_SUFFIXES:
        return read_quads(ox.parse(path=str(path), base_iri=path.absolute().as_uri()))
    return read_prov_file(path)


def is_valid(path: Path) -> bool:
    """Whether a document is valid; clock times are not asked."""
    return all(breach.code == TIMES for breach in check_instances(read_instances(path)))


def judge_constraints(folder: Path) -> Iterator[tuple[str, str, bool, str]]:
    """For each case: part, name, whether it has to be valid, and "right", or what was wrong."""
    for part in PARTS:
        for path in sorted((folder / part).glob("*.provn")):
            expected = is_to_be_valid(path.stem)
            try:
                verdict = "right" if is_valid(path) == expected else "wrong"
            except ProvkgError as error:  # what is no PROV document is no valid one
                verdict = f"cannot be read: {error}" if expected else "right"
            yield part, path.stem, expected, verdict


def judge_interoperability(folder: Path) -> tuple[Counter[tuple[str, str]], dict[str, dict[str, bool]]]:
    """How many documents of each format are read, and what each is judged to be."""
    counts: Counter[tuple[str, str]] = Counter()
    verdicts: dict[str, dict[str, bool]] = defaultdict(dict)
    for path in sorted(folder.glob("test-*/*")):
        if path.suffix not in RDF_SUFFIXES | OTHER_SUFFIXES:
            continue
        try:
            verdicts[path.parent.name][path.suffix] = is_valid(path)
            counts[path.suffix, "read"] += 1
        except (ProvkgError, SyntaxError):
            counts[path.suffix, "not read"] += 1
    return counts, verdicts


def main() -> int:
    """Run both; 1 where a case of PROV-CONSTRAINTS is judged wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("constraints", type=Path)
    parser.add_argument("interoperability", type=Path)
    parser.add_argument("--write", action="store_true", help="write the figures into benchmarks/README.md")
    options = parser.parse_args()

    start = time.process_time()
    cases = list(judge_constraints(options.constraints))
    rows = [
        [part, *(tell_share(cases, part, expected) for expected in (True, False))] for part in PARTS
    ]  # fmt: skip
    first = format_table(("part", "valid, judged right", "invalid, judged right"), rows)
    wrong = [f"{part}/{name}: {verdict}" for part, name, _, verdict in cases if verdict != "right"]

    counts, verdicts = judge_interoperability(options.interoperability)
    rows = [
        [suffix, counts[suffix, "read"], counts[suffix, "not read"]]
        for suffix in sorted(RDF_SUFFIXES | OTHER_SUFFIXES)
    ]
    second = format_table(("format", "read and judged", "not read"), rows)
    different = sorted(name for name, found in verdicts.items() if len(set(found.values())) > 1)
    summary = (
        f"{len(verdicts)} documents, of which {len(different)} are not judged alike in all formats; "
        f"all in {time.process_time() - start:.1f} s of processor time."
    )
    text = f"{describe_setting(['provkg', 'prov'])}\n\n{first}\n\n{second}\n\n{summary}"
    print(text, *wrong, *different, sep="\n")
    if options.write:
        write_section("prov suite", text)
    return int(bool(wrong))


def tell_share(cases: list[tuple[str, str, bool, str]], part: str, expected: bool) -> str:
    """How many cases of a part that have to be valid, or invalid, are judged right."""
    verdicts = [case[3] for case in cases if case[0] == part and case[2] == expected]
    return f"{verdicts.count('right')} of {len(verdicts)}"


if __name__ == "__main__":
    sys.exit(main())
