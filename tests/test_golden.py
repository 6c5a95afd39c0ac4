"""Small programs with the facts and the graph that they give, as whole texts.

`pytest tests/test_golden.py --update-golden` writes what is found; read the difference before you keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from provkg.export.registry import write_graph
from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.factset import FactSet
from provkg.graph.builder import build_quads, turtle_prefixes
from provkg.sources.registry import read_document

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())
BASE = "https://example.org/"

Compare = Callable[[Path, str], None]


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Compare:
    """A file and the text that should stand in it."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


def extract(case: str) -> list[FactSet]:
    """The fact sets of the program of a case, as if version 0 of provkg had found them."""
    (path,) = (path for path in (GOLDEN / case).iterdir() if path.suffix in {".ipynb", ".py"})
    sets = extract_facts(read_document(path, path.name), ExtractOptions(project_root=path.parent))
    return [replace(each, origin=replace(each.origin, version="0")) for each in sets]


def jsonl(sets: list[FactSet]) -> str:
    return "".join(f"{line}\n" for line in encode_fact_sets(sets))


def turtle(sets: list[FactSet]) -> str:
    quads = [quad for fact_set in sets for quad in build_quads(fact_set, BASE)]
    stream = BytesIO()
    write_graph(quads, "turtle", stream, turtle_prefixes(quads, BASE))
    return stream.getvalue().decode()


@pytest.mark.parametrize("case", CASES)
def test_the_facts_are_the_expected_ones(case: str, compare: Compare) -> None:
    compare(GOLDEN / case / "facts.jsonl", jsonl(extract(case)))


@pytest.mark.parametrize("case", CASES)
def test_the_graph_is_the_expected_one(case: str, compare: Compare) -> None:
    compare(GOLDEN / case / "graph.ttl", turtle(extract(case)))


@pytest.mark.parametrize("case", CASES)
def test_the_expected_facts_give_the_expected_graph(case: str) -> None:
    lines = (GOLDEN / case / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    expected = (GOLDEN / case / "graph.ttl").read_text(encoding="utf-8")
    assert turtle(list(decode_fact_sets(lines))) == expected
