"""`provkg graph`: the graph of facts is the graph of the files they came from."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import Result

from provkg import pipeline
from provkg.facts.codec import encode_fact_sets
from provkg.facts.factset import FactSet, Origin
from provkg.store.local import LocalStore

Invoke = Callable[..., Result]
Write = Callable[..., Path]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]

BASE = "https://w3id.org/my/project/"


def stored(folder: Path) -> set[ox.Quad]:
    with LocalStore.read(folder / ".provkg/store") as store:
        return set(store.quads())


@pytest.fixture
def sources(write: Write) -> None:
    """A notebook, a script and a file that cannot be extracted."""
    write("nb/a.ipynb")
    write("nb/b.py", "import sys\nprint(sys.argv)\n")
    write("nb/bad.ipynb", "")


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("base", [(), ("--base", BASE)])
@pytest.mark.parametrize("format", ["nquads", "trig", "turtle", "jsonld"])
def test_the_graph_of_facts_is_what_extraction_writes(
    invoke: Invoke, folder: Path, base: tuple[str, ...], format: str
) -> None:
    invoke("extract", "nb", "-o", "direct", "-f", format, *base)
    invoke("extract", "nb", "--facts", "facts.jsonl", *base)
    assert invoke("graph", "facts.jsonl", "-o", "graph", "-f", format).exit_code == 0
    assert (folder / "graph").read_bytes() == (folder / "direct").read_bytes()


@pytest.mark.usefixtures("sources")
def test_the_user_may_choose_another_base_later(invoke: Invoke, folder: Path) -> None:
    invoke("extract", "nb", "-o", "direct.nq", "--base", BASE)
    invoke("extract", "nb", "--facts", "facts.jsonl")
    invoke("graph", "facts.jsonl", "-o", "graph.nq", "--base", BASE)
    assert (folder / "graph.nq").read_bytes() == (folder / "direct.nq").read_bytes()


@pytest.mark.usefixtures("sources")
def test_the_store_holds_what_extraction_puts_there(invoke: Invoke, folder: Path) -> None:
    invoke("extract", "nb", "--facts", "nb/facts.jsonl")
    result = invoke("graph", "nb/facts.jsonl")
    from_facts = stored(folder / "nb")
    assert result.exit_code == 0
    assert result.stderr == f"2 documents · {len(from_facts)} triples in the store nb/.provkg/store\n"
    invoke("extract", "nb")
    assert stored(folder / "nb") == from_facts


@pytest.mark.usefixtures("sources")
def test_a_fault_of_ours_in_one_document_does_not_stop_the_others(
    invoke: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fact_sets: list[FactSet], base: str) -> pipeline.Graphs:
        if fact_sets[0].source == "b.py":
            raise KeyError("x")
        return build(fact_sets, base)

    build = pipeline.build_graphs
    invoke("extract", "nb", "--facts", "facts.jsonl", "--base", BASE)
    monkeypatch.setattr(pipeline, "build_graphs", fail)
    result = invoke("graph", "facts.jsonl", "-o", "graph.nq")
    assert result.exit_code == 2
    assert result.stderr.startswith("provkg: internal error: KeyError: 'x'\n  in b.py\n")
    assert "\n1 document · " in result.stderr
    assert {quad.graph_name.value for quad in ox.parse(path="graph.nq")} == {BASE + "a.ipynb#inferred"}
    assert "Traceback" in invoke("graph", "facts.jsonl", "-o", "graph.nq", "--debug").stderr


def test_facts_of_a_project_keep_its_base_elsewhere(invoke: Invoke, write: Write, folder: Path) -> None:
    write("study/provkg.toml", f'base = "{BASE}"')
    write("study/a.ipynb", ("x = 1",))
    invoke("extract", "study", "--facts", "facts.jsonl")
    invoke("graph", "facts.jsonl")
    assert {str(quad.graph_name) for quad in stored(folder)} == {f"<{BASE}a.ipynb#inferred>"}


def test_facts_come_from_standard_input_too(invoke: Invoke, write: Write) -> None:
    write("a.ipynb", ("x = 1",))
    facts = invoke("extract", "a.ipynb", "--facts", "-").stdout
    direct = invoke("extract", "a.ipynb", "-o", "-").stdout
    assert invoke("graph", "-", "-o", "-", input=facts).stdout == direct


def test_facts_files_can_be_joined(invoke: Invoke, write: Write, folder: Path) -> None:
    for name in ("a", "b"):
        write(f"{name}.ipynb", (f"{name} = 1",))
        invoke("extract", f"{name}.ipynb", "--facts", f"{name}.jsonl", "-o", f"{name}.nq", "--base", BASE)
    write("both.jsonl", (folder / "a.jsonl").read_text() + (folder / "b.jsonl").read_text())
    invoke("graph", "both.jsonl", "-o", "both.nq")
    joined = (folder / "a.nq").read_bytes() + (folder / "b.nq").read_bytes()
    assert (folder / "both.nq").read_bytes() == joined


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            "",
            "provkg: there are no facts in it\n  in facts.jsonl\n",
        ),
        (
            "hello\n",
            "provkg: the line is not JSON, or it is cut off\n  in facts.jsonl, line 1\n"
            "  facts files are written by `provkg extract --facts FILE`\n",
        ),
    ],
)
def test_what_holds_no_facts_is_told(
    invoke: Invoke, write: Write, folder: Path, content: str, text: str
) -> None:
    write("facts.jsonl", content)
    result = invoke("graph", "facts.jsonl", "-o", "graph.ttl")
    assert (result.exit_code, result.stderr) == (2, text)
    assert not (folder / "graph.ttl").exists()


def test_bytes_that_are_no_text_are_told(invoke: Invoke, folder: Path) -> None:
    (folder / "facts.jsonl").write_bytes(b"\xff\xfe\x00")
    assert "the line is not JSON" in invoke("graph", "facts.jsonl", "-o", "graph.ttl").stderr


def test_a_facts_file_that_is_cut_off_writes_no_graph(invoke: Invoke, write: Write, folder: Path) -> None:
    write("a.ipynb")
    invoke("extract", "a.ipynb", "--facts", "facts.jsonl")
    lines = (folder / "facts.jsonl").read_text().splitlines(keepends=True)
    write("facts.jsonl", "".join(lines[:-1]))
    result = invoke("graph", "facts.jsonl", "-o", "graph.ttl")
    assert result.exit_code == 2
    assert "the file ends before all facts" in result.stderr
    assert not (folder / "graph.ttl").exists()


def test_a_missing_facts_file_is_told_and_leaves_no_store(invoke: Invoke, folder: Path) -> None:
    result = invoke("graph", "typo.jsonl")
    expected = "provkg: cannot be read: No such file or directory\n  in typo.jsonl\n"
    assert (result.exit_code, result.stderr) == (2, expected)
    assert list(folder.iterdir()) == []


def test_facts_that_know_no_base_ask_for_one(invoke: Invoke, write: Write, folder: Path) -> None:
    bare = FactSet("a#inferred", "a", Origin("tool", "1", "inferred"))
    write("facts.jsonl", "\n".join(encode_fact_sets([bare])))
    result = invoke("graph", "facts.jsonl", "-o", "graph.nq")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: the facts do not say what their ids are put behind\n  in facts.jsonl\n"
        "  say it with --base, for example --base https://w3id.org/my/project/\n",
    )
    assert invoke("graph", "facts.jsonl", "-o", "graph.nq", "--base", BASE).exit_code == 0


def test_the_facts_are_not_overwritten_by_their_graph(invoke: Invoke, write: Write) -> None:
    path = write("facts.jsonl", "")
    result = invoke("graph", "facts.jsonl", "-o", str(path), "-f", "trig")
    assert result.exit_code == 2
    assert "it would be overwritten" in result.stderr


def test_quiet_says_nothing(invoke: Invoke, write: Write) -> None:
    write("a.ipynb", ("x = 1",))
    invoke("extract", "a.ipynb", "--facts", "facts.jsonl")
    assert invoke("graph", "facts.jsonl", "-o", "graph.nq", "-q").stderr == ""
