"""`provkg store` as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from provkg.store.local import LocalStore

Write = Callable[..., Path]
Invoke = Callable[..., Result]


@pytest.fixture
def two(write: Write, invoke: Invoke) -> Path:
    """A project whose store knows two notebooks that were run."""
    path = write("a.ipynb")
    for each in (path, write("sub/b.ipynb", ("x = 1",))):
        each.write_text(each.read_text().replace('"execution_count": null', '"execution_count": 1'))
    invoke("extract", ".", "-q")
    return path.parent


def graphs_of(invoke: Invoke, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(invoke("store", "graphs", "-f", "json", *options).stdout)
    return found


def test_info_says_how_much_there_is(two: Path, invoke: Invoke) -> None:
    facts = json.loads(invoke("store", "info", "-f", "json").stdout)
    with LocalStore.read(two / ".provkg" / "store") as store:
        assert (facts["quads"], facts["graphs"], facts["documents"]) == (store.count(), 4, 2)
    assert facts["size"] > 0
    lines = invoke("store", "info").stdout.splitlines()
    assert lines[0] == "store      .provkg/store"
    assert "graphs     4" in lines


def test_graphs_are_listed_with_their_documents(two: Path, invoke: Invoke) -> None:
    assert [(each["path"], each["how"]) for each in graphs_of(invoke)] == [
        ("a.ipynb", "inferred"),
        ("a.ipynb", "recorded"),
        ("sub/b.ipynb", "inferred"),
        ("sub/b.ipynb", "recorded"),
    ]
    assert len(invoke("store", "graphs").stdout.splitlines()) == 5


def test_a_document_is_dropped_by_its_path_and_a_graph_by_its_iri(
    two: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(two / "sub")
    assert invoke("store", "drop", "b.ipynb", "-y").stderr == "2 graphs of 1 document dropped\n"
    graph = graphs_of(invoke)[0]["graph"]
    assert invoke("store", "drop", graph, "-y").exit_code == 0
    assert [each["how"] for each in graphs_of(invoke)] == ["recorded"]


@pytest.mark.parametrize(
    ("answer", "code", "left", "message"),
    [
        ("y\n", 0, 2, "2 graphs of 1 document dropped"),
        ("n\n", 1, 4, "nothing was dropped"),
        ("", 2, 4, "nobody answers: say --yes"),
    ],
)
def test_nothing_is_dropped_unasked(
    two: Path, invoke: Invoke, answer: str, code: int, left: int, message: str
) -> None:
    result = invoke("store", "drop", "a.ipynb", input=answer)
    assert (result.exit_code, len(graphs_of(invoke))) == (code, left)
    assert message in result.stderr


def test_documents_that_are_gone_are_dropped(two: Path, invoke: Invoke) -> None:
    (two / "a.ipynb").unlink()
    assert invoke("store", "drop", "--missing", "-y").exit_code == 0
    assert {each["path"] for each in graphs_of(invoke)} == {"sub/b.ipynb"}
    assert invoke("store", "drop", "--missing").exit_code == 0


def test_a_name_of_nothing_drops_nothing(two: Path, invoke: Invoke) -> None:
    result = invoke("store", "drop", "a.ipynb", "c.ipynb", "-y")
    assert (result.exit_code, len(graphs_of(invoke))) == (1, 4)
    assert "no graph and no document 'c.ipynb'" in result.stderr
    assert invoke("store", "drop").exit_code == 2


@pytest.mark.parametrize("name", ["all.nq", "all.trig", "all.jsonld"])
def test_what_was_exported_is_imported_as_it_was(two: Path, invoke: Invoke, name: str) -> None:
    before = graphs_of(invoke)
    assert invoke("store", "export", "-o", name).exit_code == 0
    invoke("store", "drop", "a.ipynb", "sub/b.ipynb", "-y")
    assert graphs_of(invoke) == []
    assert invoke("store", "import", name).exit_code == 0
    assert graphs_of(invoke) == before
    assert "4 graphs were there already" in invoke("store", "import", name).stderr


def test_a_whole_store_is_found_whole(two: Path, invoke: Invoke) -> None:
    result = invoke("store", "check")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "4 graphs read, 0 findings\n")


def test_half_a_graph_is_found(two: Path, invoke: Invoke) -> None:
    with LocalStore.open(two / ".provkg" / "store") as store:
        graph = store.graphs()[0]
        store.replace_graphs({graph: sorted(store.quads(graph), key=str)[:100]})
    result = invoke("store", "check")
    assert result.exit_code == 1
    assert result.stdout.startswith(graph)


def test_a_damaged_store_is_a_clear_error(two: Path, invoke: Invoke) -> None:
    invoke("store", "compact")
    for file in (two / ".provkg" / "store").glob("*.sst"):
        file.write_bytes(b"rubbish" * 1000)
    result = invoke("store", "check")
    assert result.exit_code == 2
    assert "the store is damaged" in result.stderr


def test_a_compact_store_says_the_same(two: Path, invoke: Invoke) -> None:
    before = graphs_of(invoke)
    result = invoke("store", "compact")
    assert result.exit_code == 0
    assert " before, " in result.stderr
    assert graphs_of(invoke) == before


def test_a_server_is_looked_after_as_well(two: Path, invoke: Invoke, oxigraph_server: Any) -> None:
    oxigraph_server.store()
    url = ("--endpoint", oxigraph_server.query_url)
    invoke("load", "--from-store", *url, "-q")
    assert graphs_of(invoke, *url) == graphs_of(invoke)
    assert json.loads(invoke("store", "info", "-f", "json", *url).stdout)["graphs"] == 4
    assert invoke("store", "check", *url).exit_code == 0
    invoke("store", "export", *url, "-o", "remote.nq")
    invoke("store", "export", "-o", "local.nq")
    assert (two / "remote.nq").read_bytes() == (two / "local.nq").read_bytes()
    invoke("store", "drop", "a.ipynb", "-y", *url)
    assert (len(graphs_of(invoke, *url)), len(graphs_of(invoke))) == (2, 4)


@pytest.mark.parametrize(
    "command", ["info", "graphs", "check", "compact", "export -o x.nq", "drop --missing"]
)
def test_where_nothing_is_stored_all_say_so(folder: Path, invoke: Invoke, command: str) -> None:
    result = invoke("store", *command.split())
    assert result.exit_code == 2
    assert "nothing is stored here yet" in result.stderr
    assert not (folder / ".provkg").exists()
