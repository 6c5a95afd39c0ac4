"""The First Provenance Challenge (2006), asked of its workflow as a notebook that was run twice.

`queries/coverage/provenance-challenge.md` says which question answers what.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib

from provkg.query.bank import find_question, read_own_question
from provkg.query.lineage import Lineage, find_starts, trace
from provkg.query.parameters import prepare
from provkg.query.results import read_table
from provkg.report.answers import leave_out_iris
from provkg.store.memory import MemoryStore

HERE = Path(__file__).parent / "challenge"
IMAGES = {"anatomy1.img", "anatomy2.img", "anatomy3.img", "anatomy4.img", "reference.img"}
RUNS = ("monday.ipynb", "tuesday.ipynb")


@pytest.fixture
def store(given_store: Callable[[str], MemoryStore]) -> MemoryStore:
    return given_store("challenge")


def rows(store: MemoryStore, name: str, **words: str) -> list[tuple[Any, ...]]:
    question = read_own_question(str(HERE / name)) if name.endswith(".rq") else find_question(name)
    return leave_out_iris(read_table(store.query(prepare(store, question, words.items())))).rows


def names(found: Lineage, kind: str) -> set[str]:
    return {node.name for node in found.nodes.values() if node.kind == kind}


def test_1_the_process_that_led_to_atlas_x_graphic(store: MemoryStore) -> None:
    found = trace(store, find_starts(store, "atlas-x.gif"))
    assert names(found, "file") == IMAGES | {"atlas-x.gif"}
    steps = {f"{each}{number}" for each in ("anatomy", "warp", "resliced") for number in range(1, 5)}
    assert names(found, "variable") == steps | {"reference", "atlas", "slice_x", "graphic_x"}
    assert set(rows(store, "lineage.sources", output="atlas-x.gif")) == {
        (each, "file", None) for each in IMAGES
    }


def test_2_the_same_without_what_was_before_softmean(store: MemoryStore) -> None:
    before = trace(store, find_starts(store, "atlas-x.gif"))
    after = trace(store, find_starts(store, "monday.ipynb:atlas"), is_backward=False)
    assert {
        node.name for iri, node in after.nodes.items() if iri in before.nodes and node.kind == "variable"
    } == {
        "atlas",
        "slice_x",
        "graphic_x",
    }
    assert "anatomy1.img" not in {row[0] for row in rows(store, "lineage.path", **{"from": "monday.ipynb:atlas", "to": "atlas-x.gif"})}  # fmt: skip


def test_3_stages_3_to_5(store: MemoryStore) -> None:
    assert rows(store, "3-stages.rq") == [
        ("stage-3", 9, "atlas", "softmean"),
        ("stage-4", 10, "slice_x", "slicer"),
        ("stage-5", 11, "graphic_x", "convert"),
    ]


def test_4_invocations_of_align_warp_of_order_12_on_a_monday(store: MemoryStore) -> None:
    assert rows(store, "4-monday.rq") == [
        ("monday.ipynb", 7, 1, "2006-09-11"),
        ("monday.ipynb", 7, 2, "2006-09-11"),
    ]


def test_6_averaged_images_of_images_that_were_warped_with_12(store: MemoryStore) -> None:
    assert rows(store, "6-averaged.rq") == [
        (run, "atlas", 9, warp) for run in RUNS for warp in ("warp1", "warp2")
    ]


def test_7_the_differences_of_two_runs(store: MemoryStore) -> None:
    found = rows(store, "diff.operations", a="monday.ipynb", b="tuesday.ipynb")
    assert {(row[0], row[4]) for row in found} == {
        ("a", "convert"),
        ("b", "pgmtoppm"),
        ("b", "pnmtojpeg"),
        ("b", "np.stack"),
    }
    changed = rows(store, "diff.code", a="monday.ipynb", b="tuesday.ipynb")
    assert [row[1] for row in changed] == [1, 11, 12, 13]


def test_8_outputs_of_align_warp_of_annotated_images(store: MemoryStore) -> None:
    assert rows(store, "8-annotated.rq") == [
        (run, f"warp{number}", 7, f"anatomy{number}") for run in RUNS for number in (1, 2)
    ]


def test_9_graphics_by_their_modality_and_their_other_annotations(store: MemoryStore) -> None:
    assert [row for row in rows(store, "9-modality.rq") if row[0] == "monday.ipynb"] == [
        ("monday.ipynb", "atlas-x.gif", "speech", "checked=yes"),
        ("monday.ipynb", "atlas-x.gif", "speech", "stage-5"),
        ("monday.ipynb", "atlas-y.gif", "visual", "stage-5"),
        ("monday.ipynb", "atlas-z.gif", "audio", "checked=yes"),
        ("monday.ipynb", "atlas-z.gif", "audio", "stage-5"),
    ]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.rq")), ids=lambda path: path.stem)
def test_rdflib_finds_as_many_rows(
    path: Path, store: MemoryStore, given_graphs: Callable[[str], bytes]
) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=given_graphs("challenge"), format="nquads")
    assert len(list(dataset.query(path.read_text(encoding="utf-8")))) == len(rows(store, path.name))
