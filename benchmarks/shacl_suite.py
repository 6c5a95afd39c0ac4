#!/usr/bin/env python3
"""The W3C's SHACL test suite through our own engine and through pySHACL.

    python benchmarks/shacl_suite.py FOLDER [--write]

FOLDER is `data-shapes-test-suite/tests` of the repository w3c/data-shapes. A test passes where the engine
gives exactly the expected results: focus node, path, value, component, shape and severity of each; or
where it fails and the suite expects a failure. What messages say is left open by the suite.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from tables import describe_setting, format_table, write_section

from provkg.errors import ProvkgError, ValidationError
from provkg.graph.terms import RDF
from provkg.validate.engine import validate
from provkg.validate.report_graph import read_results
from provkg.validate.results import Result

MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
TEST = "http://www.w3.org/ns/shacl-test#"
PARTS = ("core", "sparql")

Found = frozenset[tuple[Any, int]]
"""Results without their messages, and how often each comes."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the suite."""

    name: str
    path: Path
    """The file that describes it."""
    data: Path
    shapes: Path
    fails: bool
    """Has the engine to fail?"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test."""

    case: Case
    engine: str
    verdict: str
    """"passed", or what was wrong."""
    seconds: float


def read_cases(folder: Path) -> Iterator[Case]:
    """The tests below a folder, by name."""
    for path in sorted(folder.rglob("*.ttl")):
        graph = read(path)
        for quad in graph.quads_for_pattern(None, RDF.type, ox.NamedNode(TEST + "Validate")):
            action = find_object(graph, quad.subject, MANIFEST + "action")
            yield Case(
                path.relative_to(folder).with_suffix("").as_posix(),
                path,
                to_path(find_object(graph, action, TEST + "dataGraph"), path),
                to_path(find_object(graph, action, TEST + "shapesGraph"), path),
                find_object(graph, quad.subject, MANIFEST + "result") == ox.NamedNode(TEST + "Failure"),
            )


def to_path(node: Any, path: Path) -> Path:
    """The file that an IRI of a manifest names."""
    name = node.value.rpartition("/")[2]
    return path if name in ("", path.name) else path.with_name(name)


def find_object(graph: ox.Store, node: Any, predicate: str) -> Any:
    """The object of a statement, of which there is one."""
    return next(quad.object for quad in graph.quads_for_pattern(node, ox.NamedNode(predicate), None))


def read(path: Path) -> ox.Store:
    """A Turtle file as a graph of its own."""
    store = ox.Store()
    store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.absolute().as_uri())
    return store


def count(results: list[Result]) -> Found:
    """Results without their messages, and how often each comes."""
    keys = Counter(
        (each.focus, each.path, each.value, each.component, name_shape(each.source_shape), each.severity)
        for each in results
    )
    return frozenset(keys.items())


def name_shape(node: Any) -> Any:
    """A shape by its IRI; those without one cannot be told apart between two readings."""
    return node if isinstance(node, ox.NamedNode) else None


def ask_ours(case: Case) -> tuple[Found, Found]:
    """What our engine finds, and what it has to find."""
    graphs = {path: read(path) for path in {case.path, case.data, case.shapes}}
    found = validate(graphs[case.data], graphs[case.shapes])
    return count(found), count(read_results(graphs[case.path]))


def ask_pyshacl(case: Case) -> tuple[Found, Found]:
    """What pySHACL finds on its own, reading with rdflib, and what it has to find."""
    graphs = {path: rdflib.Graph() for path in {case.path, case.data, case.shapes}}
    for path, graph in graphs.items():
        graph.parse(path, format="turtle", publicID=path.absolute().as_uri())
    _, report, text = pyshacl.validate(graphs[case.data], shacl_graph=graphs[case.shapes], inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise ValidationError(f"pySHACL gives up: {text}")
    return count(read_results(translate(report))), count(read_results(translate(graphs[case.path])))


def translate(graph: rdflib.Graph) -> ox.Store:
    """A graph of rdflib's as one of ours."""
    store = ox.Store()
    store.extend(ox.Quad(*map(translate_term, triple)) for triple in graph)
    return store


def translate_term(term: Any) -> Any:
    """A term of rdflib's as one of ours."""
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)


ENGINES = {"provkg": ask_ours, "pySHACL": ask_pyshacl}


def run(case: Case, engine: str) -> Outcome:
    """What an engine makes of a test."""
    start = time.process_time()
    try:
        found, expected = ENGINES[engine](case)
        verdict = "did not fail" if case.fails else judge(found, expected)
    except ProvkgError as error:
        verdict = "passed" if case.fails else f"gave up: {error}"
    except Exception as error:  # the point is to count them
        verdict = f"crashed: {type(error).__name__}: {error}"
    return Outcome(case, engine, verdict, time.process_time() - start)


def judge(found: Found, expected: Found) -> str:
    """Whether an engine found what it had to find."""
    if found == expected:
        return "passed"
    return f"{len(found - expected)} too many, {len(expected - found)} missing"


def main() -> int:
    """Run the suite; 1 where our own engine does not pass all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="write the figures into benchmarks/README.md")
    options = parser.parse_args()
    rows, outcomes = [], []
    for part in PARTS:
        cases = list(read_cases(options.folder / part))
        for engine in ENGINES:
            done = [run(case, engine) for case in cases]
            passed = sum(outcome.verdict == "passed" for outcome in done)
            seconds = sum(outcome.seconds for outcome in done)
            rows.append([part, engine, f"{passed} of {len(cases)}", f"{seconds:.1f} s"])
            outcomes += done
    table = format_table(("part", "engine", "passed", "processor time"), rows)
    print(table)
    for outcome in outcomes:
        if outcome.verdict != "passed":
            print(f"{outcome.engine}: {outcome.case.name}: {outcome.verdict.splitlines()[0][:150]}")
    if options.write:
        write_section("shacl suite", f"{describe_setting(['provkg', 'pyshacl'])}\n\n{table}")
    return int(any(each.verdict != "passed" for each in outcomes if each.engine == "provkg"))


if __name__ == "__main__":
    sys.exit(main())
