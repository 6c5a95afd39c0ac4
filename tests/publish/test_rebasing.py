"""Graphs under a new base: rewritten once and everywhere, and linked to what they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from provkg import pipeline
from provkg.errors import GraphError, SettingsError
from provkg.graph.terms import PROV, PROVKG, SCHEMA
from provkg.publish.rebasing import find_bases, rebase_quads

from .conftest import BASE

NEW = "https://doi.org/10.5281/zenodo.1/"


@pytest.fixture
def quads(study: Path) -> list[Quad]:
    """The graphs of the notebook of the study."""
    return list(pipeline.gather_programs([study / "growth.ipynb"], BASE, lambda _, data: data).store.quads())


def test_every_name_below_the_old_base_is_below_the_new_one(quads: list[Quad]) -> None:
    moved = rebase_quads(quads, NEW)
    left = [quad for quad in moved if BASE in str(quad) and quad.predicate != PROV.alternateOf]
    assert left == []
    assert len(moved) == len(quads) + sum(quad.predicate == PROV.alternateOf for quad in moved)


def test_names_of_content_libraries_and_pages_stay(quads: list[Quad]) -> None:
    def foreign(each: list[Quad]) -> set[str]:
        terms = {term.value for quad in each for term in quad if isinstance(term, NamedNode)}
        return {term for term in terms if not term.startswith((BASE, NEW))}

    assert any(term.startswith("ni:") for term in foreign(quads))
    assert foreign(rebase_quads(quads, NEW)) - {PROV.alternateOf.value} == foreign(quads)


def test_programs_and_files_lead_to_what_they_were_called(quads: list[Quad]) -> None:
    links = {
        (quad.subject.value, quad.object.value)
        for quad in rebase_quads(quads, NEW)
        if quad.predicate == PROV.alternateOf
    }  # type: ignore[union-attr]
    assert links == {(NEW + name, BASE + name) for name in ("growth.ipynb", "data/train.csv", "out.csv")}


def test_there_and_back_is_the_same_but_for_the_links(quads: list[Quad]) -> None:
    back = rebase_quads(rebase_quads(quads, NEW), BASE)
    assert {quad for quad in back if quad.predicate != PROV.alternateOf} == set(quads)


def test_the_same_base_changes_nothing(quads: list[Quad]) -> None:
    assert set(rebase_quads(quads, BASE)) == set(quads)


def test_programs_of_one_name_are_not_mixed_up() -> None:
    one, other = (NamedNode(f"https://example.org/{place}/a.py") for place in "12")
    clash = [Quad(each, PROVKG.path, Literal("a.py")) for each in (one, other)]
    with pytest.raises(GraphError, match="would both be"):
        rebase_quads(clash, NEW)


def test_a_base_of_a_vocabulary_is_refused(quads: list[Quad]) -> None:
    with pytest.raises(SettingsError):
        rebase_quads(quads, SCHEMA.IRI)


def test_the_base_is_found_from_what_programs_are_called(quads: list[Quad]) -> None:
    assert list(find_bases(quads)) == [BASE]
