"""What led to something, told as a tree, as JSON and as drawings; labels may be hostile."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from provkg.errors import GraphError, MissingExtra
from provkg.query.lineage import Edge, Lineage, Node
from provkg.query.models import Place
from provkg.report.lineage import draw_svg, lineage_to_json, print_tree, write_dot, write_mermaid

HOSTILE = (
    'x\x1b[31m"]; click n0 "javascript:alert(1)"\n<script>alert(1)</script> & `~\\N \\" [bold] \u202e end'
)


def lineage(edges: Iterable[tuple[str, str]], *starts: str, kind: str = "variable") -> Lineage:
    """A lineage looked at backwards; a name is also an IRI, and says where it stands."""
    edges = list(edges)
    names = dict.fromkeys([*starts, *(name for edge in edges for name in reversed(edge))])
    nodes = {
        name: Node(name, kind, name, Place("nb.ipynb", index, 1), code=f"{name} = 1")
        for index, name in enumerate(names, start=1)
    }
    told = [Edge(cause, effect, "derivation") for cause, effect in edges]
    return Lineage(True, list(starts), nodes, told, dict.fromkeys(names, 0))


def tree(found: Lineage) -> str:
    stream = io.StringIO()
    print_tree(found, stream)
    return stream.getvalue()


def test_what_leads_to_one_thing_only_stands_in_a_row() -> None:
    assert tree(lineage([("b", "c"), ("a", "b")], "c")) == (
        "c  nb.ipynb cell 1, line 1  c = 1\n"
        "← b  nb.ipynb cell 2, line 1  b = 1\n"
        "← a  nb.ipynb cell 3, line 1  a = 1\n"
    )


def test_what_was_told_before_is_named_and_not_repeated() -> None:
    told = tree(lineage([("b", "d"), ("c", "d"), ("a", "b"), ("a", "c")], "d"))
    assert told.count("a = 1") == 1
    assert "    ← a (told above)" in told


def test_circles_end() -> None:
    told = tree(lineage([("a", "b"), ("b", "c"), ("c", "a")], "a"))
    assert told.count(" = 1") == 3
    assert "← a (told above)" in told


def test_a_chain_of_two_thousand_is_told_without_end_of_stack() -> None:
    found = lineage(((f"v{number}", f"v{number + 1}") for number in range(2000)), "v2000")
    assert tree(found).endswith("… and 1501 lines more: take --depth, or -f json for all\n")
    assert len(lineage_to_json(found)["nodes"]) == 2001


def test_what_lies_deep_is_told_in_a_tree_of_its_own() -> None:
    edges = [(f"{side}{depth + 1}", f"m{depth}") for depth in range(40) for side in "mz"]
    told = tree(lineage(edges, "m0"))
    assert "(continued below)" in told
    assert all(len(line) < 100 for line in told.splitlines())
    assert told.count(" = 1") == 81 + told.count("(continued below)")


def test_roles_are_told() -> None:
    found = lineage([("X", "clf")], "clf")
    found.edges = [Edge("X", "clf", "training", "features")]
    assert "← features: X" in tree(found)
    assert 'n1 -> n0 [label="features"]' in write_dot(found)
    assert 'n1 -->|"features"| n0' in write_mermaid(found)
    assert lineage_to_json(found)["edges"] == [
        {"from": "X", "to": "clf", "relation": "training", "role": "features"}
    ]


@pytest.fixture(params=["variable", "file", "measure", "output", "model"])
def hostile(request: pytest.FixtureRequest) -> Lineage:
    return lineage([(HOSTILE, "b")], "b", kind=request.param)


def test_a_hostile_name_does_nothing_to_a_terminal(hostile: Lineage) -> None:
    told = tree(hostile)
    assert all(line.isprintable() for line in told.splitlines())
    assert "[bold]" in told
    assert len(told.splitlines()) == 2


def test_a_hostile_name_stays_within_its_quotes_in_dot(hostile: Lineage) -> None:
    text = write_dot(hostile)
    lines = text.splitlines()
    assert all(line.isprintable() for line in lines)
    strings = re.findall(r'"(?:[^"\\]|\\.)*"', text)
    rest = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert len(strings) == 4
    assert not set(rest) & set('"\\<&')
    assert len(lines) == 8


def test_a_hostile_name_means_nothing_to_mermaid(hostile: Lineage) -> None:
    lines = write_mermaid(hostile).splitlines()
    assert len(lines) == 5
    for line in lines[1:3]:
        label = line.partition('"')[2].rpartition('"')[0].replace("<br/>", "")
        assert not re.search(r'["<>&`;\[\]{}]', re.sub(r"#\d+;", "", label))


def test_a_hostile_name_is_whole_in_json(hostile: Lineage) -> None:
    told = json.loads(json.dumps(lineage_to_json(hostile)))
    assert told["nodes"][1]["name"] == HOSTILE


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(MissingExtra) as raised:
        draw_svg("digraph {}")
    assert "provkg[draw]" in (raised.value.hint or "")


def test_without_the_program_dot_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("graphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraphError) as raised:
        draw_svg("digraph {}")
    assert "install graphviz" in (raised.value.hint or "")


def test_dot_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hostile: Lineage) -> None:
    pytest.importorskip("graphviz")
    fake = tmp_path / "dot"
    fake.write_text('#!/bin/sh\nexec /bin/sed "s/^digraph.*/<svg>/"\n', encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert draw_svg(write_dot(hostile)).startswith(b"<svg>")
