"""What provkg itself writes is valid PROV, and agrees with the ontologies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from provkg.validate.constraints import check_instances
from provkg.validate.ontology import check_consistency, read_ontologies
from provkg.validate.prov_rdf import read_quads

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*/graph.ttl"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_every_golden_graph_is_valid_prov(path: Path) -> None:
    assert [breach.message for breach in check_instances(read_quads(ox.parse(path=str(path))))] == []


@pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")
def test_the_golden_graphs_together_agree_with_the_ontologies() -> None:
    pytest.importorskip("owlready2")
    triples = {
        ox.Triple(_apart(quad.subject, path), quad.predicate, _apart(quad.object, path))
        for path in GOLDEN
        for quad in ox.parse(path=str(path))
    }
    assert check_consistency(triples, read_ontologies([])).is_consistent


def _apart(term: object, path: Path) -> object:
    """The programs of the golden graphs all have the same name: tell them apart."""
    if isinstance(term, ox.NamedNode) and term.value.startswith("https://example.org/"):
        return ox.NamedNode(f"https://example.org/{path.parent.name}/{term.value[20:]}")
    return term
