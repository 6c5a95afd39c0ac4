"""`provkg infer` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from click.testing import Result

Write = Callable[..., Path]
Invoke = Callable[..., Result]

DATA = "@prefix : <http://example.org/> . :t a <https://w3id.org/reproduceme#Trial> ."
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def read(path: Path) -> set[str]:
    return {str(quad) for quad in ox.parse(path=str(path))}


def test_it_writes_the_graph_and_what_follows(write: Write, invoke: Invoke, folder: Path) -> None:
    write("a.ttl", DATA)
    result = invoke("infer", "a.ttl", "-o", "b.ttl")
    assert (result.exit_code, result.stderr) == (0, "2 triples follow · in b.ttl\n")
    assert read(folder / "b.ttl") == {
        f"<http://example.org/t> {TYPE} <{name}>"
        for name in (
            "http://www.w3.org/ns/prov#Activity",
            "http://purl.org/net/p-plan#Activity",
            "https://w3id.org/reproduceme#Trial",
        )
    }


def test_only_leaves_out_what_was_said(write: Write, invoke: Invoke, folder: Path) -> None:
    write("a.ttl", DATA)
    invoke("infer", "a.ttl", "-o", "b.ttl", "--only")
    assert not any("Trial" in each for each in read(folder / "b.ttl"))


def test_named_graphs_stay_as_they_were(write: Write, invoke: Invoke, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb", "-o", "a.nq")
    assert invoke("infer", "a.nq", "-o", "b.nq", "-q").exit_code == 0
    before, after = read(folder / "a.nq"), read(folder / "b.nq")
    assert before < after
    assert {quad.graph_name for quad in ox.parse(path=str(folder / "b.nq")) if str(quad) not in before} == {
        ox.DefaultGraph()
    }


def test_a_notebook_and_the_store_give_the_same(write: Write, invoke: Invoke, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb")
    assert "triples follow" in invoke("infer", "-o", "store.nt", "--only").stderr
    assert "triples follow" in invoke("infer", "a.ipynb", "-o", "file.nt", "--only").stderr
    sizes = {len(read(folder / name)) for name in ("store.nt", "file.nt")}
    assert len(sizes) == 1


def test_ontologies_of_ones_own_count(write: Write, invoke: Invoke, folder: Path) -> None:
    write("a.ttl", DATA)
    write(
        "owl/own.ttl",
        "<https://w3id.org/reproduceme#Trial> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/Run> .",
    )
    invoke("infer", "a.ttl", "-o", "b.ttl", "--ontologies", "owl")
    assert f"<http://example.org/t> {TYPE} <http://example.org/Run>" in read(folder / "b.ttl")


def test_things_that_have_to_be_one_are_told(write: Write, invoke: Invoke) -> None:
    write("own.ttl", "<http://example.org/p> a <http://www.w3.org/2002/07/owl#FunctionalProperty> .")
    write("a.ttl", "@prefix : <http://example.org/> . :a :p :b, :c .")
    result = invoke("infer", "a.ttl", "-o", "b.ttl", "--ontologies", "own.ttl")
    assert "note: http://example.org/b and http://example.org/c have to be the same thing" in result.stderr


def test_what_is_missing_or_wrong_is_told(write: Write, invoke: Invoke, folder: Path) -> None:
    write("a.ttl", DATA)
    assert invoke("infer", "none.ttl", "-o", "b.ttl").exit_code == 2
    assert invoke("infer", "a.ttl", "-o", "b.xyz").exit_code == 2
    assert invoke("infer", "a.ttl", "-o", "a.ttl").exit_code == 2
    assert invoke("infer", "a.ttl", "-o", "b.ttl", "--ontologies", "none.owl").exit_code == 2
    assert not (folder / "b.ttl").exists()
