"""`provkg load` and `provkg pull` as a user meets them, with a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from provkg.store.endpoint import EndpointStore
from provkg.store.local import LocalStore

Write = Callable[..., Path]
Invoke = Callable[..., Result]

TRIG = "<urn:g> { <urn:s> <urn:p> 1 , 2 } <urn:h> { <urn:s> <urn:p> 3 }"


def stored() -> set[str]:
    with LocalStore.read(Path(".provkg/store")) as store:
        return {str(quad) for quad in store.quads()}


def test_a_file_goes_into_the_project_s_store(write: Write, invoke: Invoke) -> None:
    write("g.trig", TRIG)
    result = invoke("load", "g.trig")
    assert (result.exit_code, result.stderr) == (
        0,
        "2 graphs, 3 triples written to the store .provkg/store\n",
    )
    assert len(stored()) == 3


def test_loading_again_writes_nothing_and_another_version_replaces_exactly_its_graphs(
    write: Write, invoke: Invoke
) -> None:
    write("g.trig", TRIG)
    invoke("load", "g.trig")
    assert invoke("load", "g.trig").stderr == (
        "0 graphs, 0 triples written to the store .provkg/store; 2 graphs were there already\n"
    )
    write("new.trig", "<urn:g> { <urn:s> <urn:p> 4 }")
    invoke("load", "new.trig", "-q")
    with LocalStore.read(Path(".provkg/store")) as store:
        assert (store.count("urn:g"), store.count("urn:h")) == (1, 1)


@pytest.mark.parametrize(("options", "name"), [((), None), (("--graph", "urn:mine"), "urn:mine")])
def test_triples_without_a_graph_get_one(
    write: Write, invoke: Invoke, options: tuple[str, ...], name: str | None
) -> None:
    path = write("my graph.ttl", "<urn:s> <urn:p> 1 .")
    assert invoke("load", path.name, *options).exit_code == 0
    with LocalStore.read(Path(".provkg/store")) as store:
        (graph,) = store.graphs()
    assert graph == name if name else graph.endswith("/my%20graph.ttl")


def test_the_store_goes_onto_a_server_and_comes_back(
    write: Write, invoke: Invoke, oxigraph_server: Any
) -> None:
    oxigraph_server.store()
    path = write()
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 1'))
    invoke("extract", "a.ipynb", "-q")
    before = stored()
    url = ("--endpoint", oxigraph_server.query_url)
    first, second = invoke("load", "--from-store", *url), invoke("load", "--from-store", *url)
    assert first.exit_code == second.exit_code == 0
    assert "2 graphs, " in first.stderr
    assert second.stderr.endswith("; 2 graphs were there already\n")
    invoke("store", "drop", "a.ipynb", "--yes")
    assert stored() == set()
    assert invoke("pull", *url).exit_code == 0
    assert stored() == before


def test_a_pull_into_a_file_is_sorted_and_of_the_graphs_that_are_wanted(
    folder: Path, invoke: Invoke, oxigraph_server: Any
) -> None:
    with oxigraph_server.store() as store:
        for name in ("urn:b", "urn:a"):
            node = NamedNode(name)
            store.replace_graphs({name: [Quad(node, node, Literal(i), node) for i in (2, 1)]})
    url = ("--endpoint", oxigraph_server.query_url)
    assert invoke("pull", *url, "-o", "all.nq").stderr == "2 graphs, 4 triples written to all.nq\n"
    lines = (folder / "all.nq").read_text().splitlines()
    assert lines == sorted(lines)
    invoke("pull", *url, "--graph", "urn:b", "-o", "b.trig", "-q")
    found = list(parse(path=str(folder / "b.trig"), format=RdfFormat.TRIG))
    assert {quad.graph_name for quad in found} == {NamedNode("urn:b")}
    assert invoke("pull", *url, "--graph", "urn:c").exit_code == 2


def test_a_stopped_load_says_what_is_done(
    write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, oxigraph_server: Any
) -> None:
    oxigraph_server.store()
    write("g.trig", TRIG)
    put, calls = EndpointStore.replace_graphs, list[Any]()

    def stop_at_second(self: EndpointStore, graphs: Any) -> None:
        calls.append(graphs)
        if len(calls) == 2:
            raise KeyboardInterrupt
        put(self, graphs)

    monkeypatch.setattr(EndpointStore, "replace_graphs", stop_at_second)
    result = invoke("load", "g.trig", "--endpoint", oxigraph_server.query_url)
    assert result.exit_code == 130
    assert "1 of 2 graphs are in" in result.stderr
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("load",), "say what to load: files, or --from-store"),
        (("load", "--from-store"), "--from-store needs --endpoint URL"),
        (("load", "g.trig", "--from-store"), "say what to load"),
        (("load", "none.trig"), "cannot be read"),
        (("load", "g.doc"), "no reader for graphs of this suffix"),
        (("load", "bad.trig"), "this is not TriG"),
        (("load", "g.trig", "--graph", "no IRI"), "no absolute IRI"),
        (("load", "g.trig", "--endpoint", "nowhere"), "no URL of an endpoint"),
        (("pull",), "say where from: --endpoint URL"),
        (("pull", "--endpoint", "http://127.0.0.1:1/query", "-o", "x.txt"), "no format has the suffix"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(
    write: Write, invoke: Invoke, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provkg.store.endpoint.TRIES", 1)
    write("g.trig", TRIG)
    write("g.doc", TRIG)
    write("bad.trig", "<urn:g> {")
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
