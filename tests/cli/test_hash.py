"""`provkg hash`: the same digest, the same graph."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Invoke, Write


def test_a_graph_has_one_digest_in_every_format(write: Write, invoke: Invoke) -> None:
    write()
    for name in ("a.trig", "a.nq", "a.jsonld"):
        assert invoke("extract", "a.ipynb", "-q", "-o", name).exit_code == 0
    result = invoke("hash", "a.trig", "a.nq", "a.jsonld", "--same")
    assert result.exit_code == 0
    assert len({line.split()[0] for line in result.stdout.splitlines()}) == 1


def test_a_notebook_has_the_digest_of_its_graph(write: Write, invoke: Invoke) -> None:
    write()
    invoke("extract", "a.ipynb", "-q", "-o", "a.trig")
    assert invoke("hash", "a.ipynb", "a.trig", "--same").exit_code == 0


def test_graphs_that_differ_are_told_apart(write: Write, invoke: Invoke) -> None:
    write("a.ttl", "<https://example.org/a> a <https://example.org/A> .")
    write("b.ttl", "<https://example.org/a> a <https://example.org/B> .")
    assert invoke("hash", "a.ttl", "b.ttl").exit_code == 0
    result = invoke("hash", "a.ttl", "b.ttl", "--same")
    assert (result.exit_code, "not the same" in result.stderr) == (1, True)


def test_a_file_to_be_signed_says_how_it_was_hashed(folder: Path, write: Write, invoke: Invoke) -> None:
    write("a.ttl", "<https://example.org/a> a <https://example.org/A> .")
    invoke("hash", "a.ttl", "-o", "digest.json")
    table = json.loads((folder / "digest.json").read_text())
    assert table["canonicalization"] == "RDFC-1.0"
    assert table["digests"]["a.ttl"] in invoke("hash", "a.ttl").stdout


def test_what_is_no_graph_is_told(write: Write, invoke: Invoke) -> None:
    write("a.ttl", "<")
    result = invoke("hash", "a.ttl")
    assert (result.exit_code, "not Turtle" in result.stderr) == (2, True)
