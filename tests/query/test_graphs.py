"""Which graphs a store holds, and whether they are whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from provkg import pipeline
from provkg.graph.terms import RDF
from provkg.query.graphs import GraphInfo, check_graph, check_graphs, find_graphs
from provkg.report.graphs import tell_graphs
from provkg.store.memory import MemoryStore

NOTEBOOK = """{"cells": [{"cell_type": "code", "execution_count": 1, "id": "c", "metadata": {"execution":
{"iopub.execute_input": "2026-01-02T03:04:05.000000Z"}}, "outputs": [], "source":
"import pandas as pd\\ndf = pd.read_csv('a.csv')\\ndf = df[df.x > 1]"}],
"metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""


@pytest.fixture
def graphs(tmp_path: Path) -> pipeline.Graphs:
    (tmp_path / "a.ipynb").write_text(NOTEBOOK)
    sources = pipeline.find_sources([tmp_path])
    wanted = pipeline.Wanted("https://example.org/", graphs=True)
    return pipeline.extract(sources.files[0], wanted).graphs


@pytest.fixture
def store(graphs: pipeline.Graphs) -> MemoryStore:
    store = MemoryStore()
    store.replace_graphs(graphs)
    return store


def test_each_graph_is_told_with_its_document_and_its_latest_time(
    store: MemoryStore, graphs: pipeline.Graphs
) -> None:
    document = "https://example.org/a.ipynb"
    sizes = {name.rpartition("#")[2]: graph.size for name, graph in graphs.items()}
    assert find_graphs(store) == [
        GraphInfo(f"{document}#inferred", sizes["inferred"], document, "a.ipynb", "inferred", None),
        GraphInfo(
            f"{document}#recorded", sizes["recorded"], document, "a.ipynb", "recorded", "2026-01-02T03:04:05Z"
        ),
    ]


def test_the_table_has_a_line_for_each_graph() -> None:
    table = tell_graphs([GraphInfo("urn:a", 1200), GraphInfo("urn:bc", 7, "urn:d", "a.ipynb", "inferred")])
    assert table.splitlines() == [
        "graph   document  how       quads  newest",
        "urn:a   -         -         1,200  -",
        "urn:bc  a.ipynb   inferred      7  -",
    ]


def test_what_provkg_wrote_is_found_whole(store: MemoryStore) -> None:
    assert [findings for _, findings in check_graphs(store)] == [[], []]


def test_a_graph_of_something_else_is_told() -> None:
    node = NamedNode("urn:x")
    (finding,) = check_graph("urn:g", [Quad(node, node, node, NamedNode("urn:g"))])
    assert finding.startswith("it does not say how it is known")


def test_a_part_that_something_points_at_is_missed(graphs: pipeline.Graphs) -> None:
    for name, graph in graphs.items():
        parts = {quad.object for quad in graph if "a.ipynb#" in str(quad.object)} - {NamedNode(name)}
        assert len(parts) > 2
        for part in parts:
            kept = [quad for quad in graph if quad.subject != part]
            assert check_graph(name, kept) == [f"{part} is pointed at and not described"]


def test_a_node_that_lost_its_class_is_told(graphs: pipeline.Graphs) -> None:
    name, graph = next(iter(graphs.items()))
    kept = [quad for quad in graph if not (quad.predicate == RDF.type and "cell-c" in str(quad.subject))]
    assert any("has no class" in message for message in check_graph(name, kept))
