"""What provkg writes itself holds to the rules that it asks of others: `core` and `prov`, without exception."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.factset import FactSet
from provkg.graph.builder import build_graph
from provkg.sources.registry import read_document
from provkg.validate.profiles import load_profiles
from provkg.validate.shacl import check_graph

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path for path in (ROOT / "notebooks").iterdir() if path.suffix in {".ipynb", ".py"})
GOLDEN = sorted(path for path in (ROOT / "tests" / "golden").glob("*/*") if path.suffix in {".ipynb", ".py"})
PROMISED = [token for token in ("core", "prov") if token in load_profiles()]


def merge(fact_sets: Iterable[FactSet]) -> ox.Store:
    """The graphs of fact sets as one."""
    merged = ox.Store()
    for fact_set in fact_sets:
        quads = build_graph(fact_set, "https://example.org/")
        merged.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    return merged


def findings(graph: ox.Store) -> list[str]:
    return [f"{each.focus} {each.code} {each.message}" for each in check_graph(graph, PROMISED)]


@pytest.mark.parametrize("path", [*EXAMPLES, *GOLDEN], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_graph_of_a_program_breaks_no_rule_of_core_and_prov(path: Path) -> None:
    options = ExtractOptions(project_root=path.parent, data_root=path.parent)
    fact_sets = extract_facts(read_document(path, path.name), options)
    assert findings(merge(fact_sets)) == []


def test_a_graph_that_breaks_a_rule_would_be_seen() -> None:
    (path,) = (path for path in GOLDEN if path.parent.name == "training")
    graph = merge(extract_facts(read_document(path, path.name)))
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    (some, *_) = sorted(graph.quads_for_pattern(None, label, None), key=str)
    graph.remove(some)
    assert any("CORE021" in finding for finding in findings(graph))
