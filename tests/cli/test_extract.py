"""`provkg extract`: every option, and what the user is told."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import Result

from provkg.export.registry import FORMATS
from provkg.facts.codec import decode_fact_sets
from provkg.store.local import LocalStore

Invoke = Callable[..., Result]
Write = Callable[..., Path]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]

BASE = "https://w3id.org/my/project/"
NEXT = "  provkg extract --help                what else can be told and left out\n"


def stored(folder: Path) -> set[ox.Quad]:
    with LocalStore.read(folder / ".provkg/store") as store:
        return set(store.quads())


def graphs_in(path: Path) -> set[str]:
    return {quad.graph_name.value for quad in ox.parse(path=str(path))}


def untold(result: Result) -> str:
    """What was told, without the suggestions at the end."""
    return result.stderr.partition("\nnext: ")[0]


# --- into the store -----------------------------------------------------------------------------------------


def test_a_scientist_is_told_what_is_in_a_notebook(invoke: Invoke, write: Write) -> None:
    write()
    write("data.csv", "a,b\n1,2\n")
    result = invoke("extract", "a.ipynb")
    triples = len(stored(Path()))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "a.ipynb\n"
        "  cells      4 cells of code, 0 of text; no run is recorded; Python\n"
        "  reads      data.csv  cell 2, 8 bytes\n"
        "  writes     out.csv  cell 4\n"
        "  trains     sklearn.linear_model.LinearRegression  cell 3, on data.csv\n"
        "  libraries  pandas, scikit-learn\n"
        f"  result     {triples} triples in the store .provkg/store\n"
        "\n"
        "next: provkg extract a.ipynb -o a.ttl  the graph as a file that you can read\n"
        "      provkg extract .                 all notebooks and scripts of the folder\n"
        "      provkg extract --help            what else can be told and left out\n"
    )


def test_the_suggestions_are_commands_that_work(invoke: Invoke, write: Write) -> None:
    import shlex

    write("it's mine.ipynb")
    told = invoke("extract", "it's mine.ipynb").stderr.partition("next: ")[2]
    commands = [line.strip().partition("   ")[0].partition("  ")[0] for line in told.splitlines()]
    assert len(commands) == 3
    for command in commands:
        assert invoke(*shlex.split(command)[1:]).exit_code == 0


def test_the_store_holds_the_graph_that_a_file_would(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb")
    invoke("extract", "a.ipynb", "-o", "a.nq")
    assert stored(folder) == set(ox.parse(path="a.nq"))


def test_extracting_again_replaces_the_graphs(invoke: Invoke, write: Write, folder: Path) -> None:
    write("a.ipynb", ("x = 1", "y = x"))
    invoke("extract", "a.ipynb")
    invoke("extract", "a.ipynb")
    write("a.ipynb", ("x = 2",))
    invoke("extract", "a.ipynb")
    again = stored(folder)
    invoke("extract", "a.ipynb", "-o", "a.nq")
    assert again == set(ox.parse(path="a.nq"))


def test_a_record_that_is_gone_from_the_file_is_gone_from_the_store(
    invoke: Invoke, write: Write, folder: Path
) -> None:
    path = write("a.ipynb", ("x = 1",))
    content = json.loads(path.read_text())
    content["cells"][0]["execution_count"] = 1
    write("a.ipynb", json.dumps(content))
    invoke("extract", "a.ipynb")
    with LocalStore.read(folder / ".provkg/store") as store:
        assert [graph.rpartition("#")[2] for graph in store.graphs()] == ["inferred", "recorded"]
    write("a.ipynb", ("x = 1",))
    invoke("extract", "a.ipynb")
    with LocalStore.read(folder / ".provkg/store") as store:
        assert [graph.rpartition("#")[2] for graph in store.graphs()] == ["inferred"]


def test_the_store_lies_in_the_project_and_names_are_relative_to_it(
    invoke: Invoke, write: Write, folder: Path
) -> None:
    write("study/pyproject.toml", "[project]")
    write("study/notebooks/a.ipynb")
    invoke("extract", "study/notebooks/a.ipynb")
    with LocalStore.read(folder / "study/.provkg/store") as store:
        assert [graph.rpartition(",")[2].partition("/")[2] for graph in store.graphs()] == [
            "notebooks/a.ipynb#inferred"
        ]


def test_files_of_one_name_in_two_folders_stay_apart(invoke: Invoke, write: Write, folder: Path) -> None:
    write("a/x.ipynb", ("x = 1",))
    write("b/x.ipynb", ("y = 2",))
    assert invoke("extract", "a/x.ipynb", "b/x.ipynb").exit_code == 0
    with LocalStore.read(folder / ".provkg/store") as store:
        names = [graph.rpartition(",")[2].partition("/")[2] for graph in store.graphs()]
    assert names == ["a/x.ipynb#inferred", "b/x.ipynb#inferred"]


def test_a_misspelt_name_leaves_no_store_behind(invoke: Invoke, folder: Path) -> None:
    result = invoke("extract", "typo.ipynb")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: there is no such file\n  in typo.ipynb\n  check the spelling of the path\n",
    )
    assert list(folder.iterdir()) == []


def test_a_store_that_cannot_be_made_is_an_error_before_anything_else(invoke: Invoke, write: Write) -> None:
    write()
    write(".provkg", "in the way")
    result = invoke("extract", "a.ipynb")
    assert result.exit_code == 2
    assert result.stderr == (
        f"provkg: cannot keep a store here: File exists\n  in {Path('.provkg').absolute()}\n"
        "  write the graph to a file with -o, or make the folder writable\n"
    )


def test_files_of_two_projects_do_not_share_a_store(invoke: Invoke, write: Write, folder: Path) -> None:
    for name in ("a", "b"):
        write(f"{name}/pyproject.toml", "[project]")
        write(f"{name}/x.ipynb", ("x = 1",))
    result = invoke("extract", "a/x.ipynb", "b/x.ipynb")
    assert result.exit_code == 2
    assert result.stderr == (
        f"provkg: these files belong to different projects: {folder / 'a'}, {folder / 'b'}\n"
        "  extract the files of one project at a time\n"
    )
    assert invoke("extract", "a/x.ipynb", "b/x.ipynb", "-o", "both.nq").exit_code == 0


# --- to a file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_can_be_written(invoke: Invoke, write: Write, folder: Path, format: str) -> None:
    if format.startswith("prov"):
        pytest.importorskip("prov")
    write()
    result = invoke("extract", "a.ipynb", "-o", "out", "-f", format)
    assert result.exit_code == 0, result.stderr
    assert (folder / "out").stat().st_size > 1000
    assert not (folder / ".provkg").exists()


def test_the_suffix_says_the_format(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb", "-o", "a.nt")
    invoke("extract", "a.ipynb", "-o", "b", "-f", "ntriples")
    assert (folder / "a.nt").read_bytes() == (folder / "b").read_bytes()


def test_a_format_can_be_called_by_its_suffix(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    for output, format in (("a", "ttl"), ("b", "turtle")):
        assert invoke("extract", "a.ipynb", "-o", output, "-f", format).exit_code == 0
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()


@pytest.mark.parametrize(
    ("format", "hint"),
    [
        ("turtl", "did you mean turtle?"),
        ("json", "did you mean jsonld or provjson?"),
        ("excel", f"there are {', '.join(FORMATS)}"),
    ],
)
def test_a_format_that_there_is_not_says_what_may_be_meant(invoke: Invoke, format: str, hint: str) -> None:
    result = invoke("extract", "a.ipynb", "-o", "a", "-f", format)
    assert result.exit_code == 2
    assert result.stderr == f"provkg: there is no format {format!r}: {hint}\n  see: provkg extract --help\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [("-o", "-"), ("--facts", "-"), ("-o", "-", "--as", "labels")])
def test_standard_output_that_is_full_is_one_line(
    write: Write, folder: Path, arguments: tuple[str, ...]
) -> None:
    write()
    command = [sys.executable, "-m", "provkg", "extract", "a.ipynb", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=folder, env=environment)
    assert done.returncode == 2
    assert done.stderr == b"provkg: cannot write to standard output: No space left on device\n"


def test_a_suffix_that_says_nothing_is_an_error_before_anything_else(
    invoke: Invoke, write: Write, folder: Path
) -> None:
    write()
    result = invoke("extract", "a.ipynb", "-o", "a.json")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: .json can be JSON-LD or PROV-JSON\n  in a.json\n  say which: -f jsonld or -f provjson\n",
    )
    assert not (folder / "a.json").exists()


def test_standard_output_holds_the_graph_alone(invoke: Invoke, write: Write) -> None:
    write()
    result = invoke("extract", "a.ipynb", "-o", "-")
    assert len(list(ox.parse(result.stdout_bytes, format=ox.RdfFormat.TRIG))) > 10
    assert "triples in standard output\n" in result.stderr


def test_a_file_and_standard_output_hold_the_same(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb", "-o", "a.trig")
    assert invoke("extract", "a.ipynb", "-o", "-").stdout_bytes == (folder / "a.trig").read_bytes()


def test_many_documents_go_into_one_file(invoke: Invoke, write: Write, folder: Path) -> None:
    write("nb/a.ipynb", ("x = 1",))
    write("nb/b.py", "y = 2\n")
    for name in ("all.nq", "all.trig"):
        assert invoke("extract", "nb", "-o", name, "--base", BASE).exit_code == 0
        assert graphs_in(folder / name) == {BASE + "a.ipynb#inferred", BASE + "b.py#inferred"}


def test_an_output_that_cannot_be_written_is_told(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    result = invoke("extract", "a.ipynb", "-o", "nowhere/a.ttl")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: cannot be written: No such file or directory\n  in nowhere/a.ttl\n"
        "  name another file with -o, or write to standard output with -o -\n",
    )


@pytest.mark.parametrize("option", ["-o", "--facts"])
def test_what_is_read_is_not_overwritten(invoke: Invoke, write: Write, option: str) -> None:
    path = write()
    before = path.read_bytes()
    more = ["-f", "trig"] if option == "-o" else []
    result = invoke("extract", ".", option, "./a.ipynb", *more)
    assert result.exit_code == 2
    assert "it would be overwritten" in result.stderr
    assert path.read_bytes() == before


def test_two_outputs_need_two_places(invoke: Invoke, write: Write) -> None:
    write()
    result = invoke("extract", "a.ipynb", "-o", "-", "--facts", "-")
    assert (result.exit_code, result.stderr) == (2, "provkg: two outputs cannot go to one place\n  in -\n")


def test_a_failure_leaves_the_old_file_as_it_was(invoke: Invoke, write: Write, folder: Path) -> None:
    write("bad.ipynb", "no notebook")
    write("graph.ttl", "old")
    assert invoke("extract", "bad.ipynb", "-o", "graph.ttl").exit_code == 2
    assert (folder / "graph.ttl").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["bad.ipynb", "graph.ttl"]


# --- bases --------------------------------------------------------------------------------------------------


def test_without_a_project_the_base_is_made_of_the_file(invoke: Invoke, write: Write, folder: Path) -> None:
    write("a.ipynb", ("x = 1",))
    write("elsewhere/a.ipynb", ("x = 1",))
    invoke("extract", "a.ipynb", "-o", "a.nq")
    invoke("extract", "elsewhere/a.ipynb", "-o", "b.nq")
    assert (folder / "a.nq").read_bytes() == (folder / "b.nq").read_bytes()
    assert all(name.startswith("arcp://ni,sha-256;") for name in graphs_in(folder / "a.nq"))


def test_the_project_says_the_base_and_the_user_another(invoke: Invoke, write: Write, folder: Path) -> None:
    write("provkg.toml", f'base = "{BASE}"')
    write("a.ipynb", ("x = 1",))
    invoke("extract", "a.ipynb", "-o", "a.nq")
    invoke("extract", "a.ipynb", "-o", "b.nq", "--base", "https://example.org/other")
    assert graphs_in(folder / "a.nq") == {BASE + "a.ipynb#inferred"}
    assert graphs_in(folder / "b.nq") == {"https://example.org/other/a.ipynb#inferred"}


@pytest.mark.parametrize("base", ["no iri", "http://www.w3.org/ns/prov#x", "https://w3id.org/provkg#"])
def test_a_base_that_makes_no_sense_is_refused(invoke: Invoke, write: Write, folder: Path, base: str) -> None:
    write()
    result = invoke("extract", "a.ipynb", "--base", base)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"provkg: the base {base!r}")
    assert not (folder / ".provkg").exists()


# --- facts and labels ---------------------------------------------------------------------------------------


def test_facts_are_json_lines_and_leave_the_store_alone(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    result = invoke("extract", "a.ipynb", "--facts", "facts.jsonl")
    assert result.exit_code == 0
    (fact_set,) = decode_fact_sets((folder / "facts.jsonl").read_text().splitlines())
    assert fact_set.id == "a.ipynb#inferred"
    assert f"{len(fact_set.facts)} facts in facts.jsonl" in result.stderr
    assert not (folder / ".provkg").exists()


def test_facts_and_graph_can_be_written_at_once(invoke: Invoke, write: Write, folder: Path) -> None:
    write()
    invoke("extract", "a.ipynb", "--facts", "-", "-o", "one.ttl")
    invoke("extract", "a.ipynb", "-o", "two.ttl")
    assert (folder / "one.ttl").read_bytes() == (folder / "two.ttl").read_bytes()


def test_one_file_gives_one_label(invoke: Invoke, write: Write) -> None:
    write()
    result = invoke("extract", "a.ipynb", "--as", "labels", "-o", "-")
    label = json.loads(result.stdout)
    assert label["cell_dependencies"] == [[1, 2, "df"], [1, 3, "df"]]
    assert [model["class"] for model in label["models"]] == ["sklearn.linear_model.LinearRegression"]


def test_several_files_give_labels_by_name(invoke: Invoke, write: Write, folder: Path) -> None:
    write("nb/a.ipynb", ("x = 1", "x"))
    write("nb/b.ipynb", ("x = 1",))
    invoke("extract", "nb", "--as", "labels", "-o", "out.json")
    labels = json.loads((folder / "out.json").read_text())
    assert {name: label["cell_dependencies"] for name, label in labels.items()} == {
        "a.ipynb": [[0, 1, "x"]],
        "b.ipynb": [],
    }


# --- what is looked at, and kept back -----------------------------------------------------------------------


@pytest.mark.parametrize(("options", "is_measured"), [((), False), (("--data-root", "."), True)])
def test_data_is_looked_at_below_the_folder_given(
    invoke: Invoke, write: Write, options: tuple[str, ...], is_measured: bool
) -> None:
    write("pyproject.toml", "[project]")
    write("nb/a.ipynb", ("df = open('../data.csv')",))
    write("data.csv", "a,b\n")
    told = invoke("extract", "nb/a.ipynb", *options).stderr
    assert "  reads      ../data.csv  cell 1" in told
    assert ("4 bytes" in told) is is_measured


def test_users_can_teach_calls_of_their_own(invoke: Invoke, write: Write) -> None:
    write("a.ipynb", ("import lab\nruns = lab.fetch('runs.h5')",))
    write("lab.toml", '[function.lab]\nfetch = { reads = "0 path" }')
    result = invoke("extract", "a.ipynb", "--knowledge", "lab.toml")
    assert "  reads      runs.h5  cell 1\n" in result.stderr


def test_a_knowledge_file_that_makes_no_sense_is_one_error(invoke: Invoke, write: Write) -> None:
    write()
    write("lab.toml", "wrong [")
    result = invoke("extract", ".", "--knowledge", "lab.toml")
    assert result.exit_code == 2
    assert result.stderr.startswith("provkg: cannot read the knowledge file")


def test_source_and_outputs_can_be_left_out(invoke: Invoke, write: Write) -> None:
    path = write("a.ipynb", ("telltale = print('x')",))
    content = json.loads(path.read_text())
    output = {"output_type": "stream", "name": "stdout", "text": "spoken aloud"}
    content["cells"][0] |= {"execution_count": 1, "outputs": [output]}
    write("a.ipynb", json.dumps(content))
    whole = invoke("extract", "a.ipynb", "-o", "-").stdout
    assert "telltale = print" in whole
    assert "spoken aloud" in whole
    assert "telltale = print" not in invoke("extract", "a.ipynb", "-o", "-", "--no-source").stdout
    assert "spoken aloud" not in invoke("extract", "a.ipynb", "-o", "-", "--no-outputs").stdout


def test_what_matches_a_pattern_is_hidden(invoke: Invoke, write: Write) -> None:
    write("a.ipynb", ("patient = 'Jane Roe'",))
    told = invoke("extract", "a.ipynb", "-o", "-", "--redact", "Jane", "--redact", "Ro.").stdout
    assert "Jane" not in told
    assert "Roe" not in told


def test_the_projects_patterns_count_too(invoke: Invoke, write: Write) -> None:
    write("provkg.toml", "redact = ['Jane']")
    write("a.ipynb", ("patient = 'Jane Roe'",))
    assert "Jane" not in invoke("extract", "a.ipynb", "-o", "-", "--redact", "Roe").stdout


def test_a_pattern_that_is_none_is_refused(invoke: Invoke, write: Write) -> None:
    write()
    result = invoke("extract", "a.ipynb", "--redact", "(")
    assert result.exit_code == 2
    assert "'(' is not a regular expression" in result.stderr


def test_modules_beside_the_document_are_no_libraries(invoke: Invoke, write: Write) -> None:
    write("a.ipynb", ("import helpers, tools, numpy",))
    write("helpers.py", "")
    write("tools/__init__.py", "")
    assert "  libraries  numpy\n" in invoke("extract", "a.ipynb").stderr


# --- many files ---------------------------------------------------------------------------------------------


def test_one_bad_file_does_not_stop_the_others(invoke: Invoke, write: Write, folder: Path) -> None:
    write("nb/a.ipynb")
    write("nb/bad.ipynb", "<html><body>Not found</body></html>")
    write("nb/c.py", "x = (\n")
    result = invoke("extract", "nb")
    lines = [line.rstrip() for line in untold(result).splitlines()]
    triples = len(stored(folder / "nb"))
    assert result.exit_code == 2
    assert lines == [
        "file       result     why",
        "bad.ipynb  failed     this is a web page (download the raw file instead of the page that shows it)",
        "c.py       1 problem  not analysed as Python: '(' was never closed (line 1)",
        "",
        "3 files: 2 extracted, 1 failed · 5 cells · 1 data file read, 1 written · 1 model trained",
        f"{triples} triples in the store nb/.provkg/store",
    ]


def test_quiet_says_nothing_but_errors(invoke: Invoke, write: Write) -> None:
    write("a.ipynb")
    write("c.py", "x = (\n")
    assert invoke("extract", ".", "-q").stderr == ""
    write("bad.ipynb", "")
    told = invoke("extract", ".", "-q").stderr
    assert "bad.ipynb" in told
    assert "c.py" not in told


def test_a_folder_without_sources_is_an_error(invoke: Invoke, folder: Path) -> None:
    (folder / "empty").mkdir()
    result = invoke("extract", "empty")
    assert (result.exit_code, result.stderr) == (
        2,
        "provkg: there are no notebooks or scripts here\n  in empty\n"
        "  looked for .ipynb and .py, not in hidden folders and virtual environments\n",
    )


def test_a_file_given_twice_is_extracted_once(invoke: Invoke, write: Write) -> None:
    write()
    assert untold(invoke("extract", "a.ipynb", ".", "./a.ipynb")).startswith("a.ipynb\n")


def test_an_error_of_ours_in_one_file_is_a_failure_of_that_file(
    invoke: Invoke, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from provkg import pipeline

    def fail(source: pipeline.Source) -> Any:
        if source.name == "b.ipynb":
            raise KeyError("x")
        return read(source)

    read = pipeline.read_document
    monkeypatch.setattr(pipeline, "read_document", fail)
    write("a.ipynb", ("x = 1",))
    write("b.ipynb", ("x = 1",))
    result = invoke("extract", ".")
    assert result.exit_code == 2
    assert "b.ipynb  failed  internal error: KeyError: 'x'" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in invoke("extract", ".", "--debug").stderr
    assert "Traceback" in invoke("extract", "b.ipynb", "--debug").stderr


def test_a_path_that_cannot_be_looked_at_does_not_stop_the_others(
    invoke: Invoke, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Any, *arguments: Any, **settings: Any) -> os.stat_result:
        if "closed/" in os.fspath(path):
            raise PermissionError(13, "Permission denied", path)
        return stat(path, *arguments, **settings)

    stat = os.stat
    write("a.ipynb", ("x = 1",))
    write("closed/x.ipynb", ("x = 1",))
    monkeypatch.setattr(os, "stat", refuse)
    too_long = "x" * 300 + "/y.ipynb"
    result = invoke("extract", "a.ipynb", "closed/x.ipynb", too_long, "-o", "out.nq", "--base", BASE)
    assert result.exit_code == 2
    assert "closed/x.ipynb" in result.stderr
    assert "failed  no permission to read this file\n" in result.stderr
    assert "failed  cannot read this file: File name too long\n" in result.stderr
    assert graphs_in(folder / "out.nq") == {BASE + "a.ipynb#inferred"}
    assert invoke("extract", "closed/x.ipynb").stderr == (
        "provkg: no permission to read this file\n  in x.ipynb\n"
    )


def test_a_file_that_may_not_be_read_does_not_stop_the_others(
    invoke: Invoke, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        if path.name == "closed.ipynb":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    read, access = Path.read_bytes, os.access
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: "closed" not in str(path) and access(path, mode))
    write("a.ipynb", ("x = 1",))
    write("closed.ipynb", ("x = 1",))
    result = invoke("extract", "a.ipynb", "closed.ipynb", "-o", "out.nq", "--base", BASE)
    assert result.exit_code == 2
    assert "closed.ipynb  failed  no permission to read this file\n" in result.stderr
    assert graphs_in(folder / "out.nq") == {BASE + "a.ipynb#inferred"}


def test_of_many_problems_the_first_is_told_and_how_many_more(invoke: Invoke, write: Write) -> None:
    name = "a_name_of_many_words_that_goes_on_and_on_until_it_is_seventy_long_.py"
    write(name, "# %%\nx = (\n# %%\ny = (\n")
    write("b.py", "x = 1\n")
    lines = invoke("extract", ".").stderr.splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    assert "2 problems" in line
    assert line.endswith("(and 1 more)")


# --- the same bytes -----------------------------------------------------------------------------------------


@pytest.fixture
def project(write: Write, folder: Path) -> Path:
    """A folder of notebooks, scripts, data and a bad file."""
    write("nb/a.ipynb")
    write("nb/data.csv", "a,b\n1,2\n")
    write("nb/b.ipynb", ("x = {1, 2}\ny = dict(a=1)", "def f(x): return x + y['a']", "f(x)", "%%bash\nls"))
    write("nb/c.py", "import os, sys\nfor name in os.listdir('.'):\n    print(open(name).read())\n")
    write("nb/bad.ipynb", "{")
    return folder


def test_the_same_input_gives_the_same_bytes(run: Run, project: Path) -> None:
    outputs = []
    for seed in ("1", "2"):
        done = run("extract", "nb", "-o", f"{seed}.trig", "--facts", f"{seed}.jsonl", seed=seed)
        assert done.returncode == 2
        outputs.append(((project / f"{seed}.trig").read_bytes(), (project / f"{seed}.jsonl").read_bytes()))
    assert outputs[0] == outputs[1]


def test_several_processes_give_the_same_bytes_as_one(run: Run, project: Path) -> None:
    told = []
    for jobs in ("1", "2"):
        done = run("extract", "nb", "--jobs", jobs, "-o", "g.trig", "--facts", "f.jsonl")
        (project / "g.trig").rename(project / f"{jobs}.trig")
        (project / "f.jsonl").rename(project / f"{jobs}.jsonl")
        told.append((done.returncode, done.stdout, done.stderr))
    assert told[0] == told[1]
    assert (project / "1.trig").read_bytes() == (project / "2.trig").read_bytes()
    assert (project / "1.jsonl").read_bytes() == (project / "2.jsonl").read_bytes()


def test_the_order_of_arguments_changes_no_byte(invoke: Invoke, write: Write, folder: Path) -> None:
    names = ["b.py", "a.ipynb", "c.py"]
    for name in names:
        write(name, "import os\n" if name.endswith(".py") else ("x = 1",))
    for suffix in (".trig", ".nq"):
        invoke("extract", *names, "-o", "one" + suffix)
        invoke("extract", *reversed(names), "-o", "two" + suffix)
        assert (folder / f"one{suffix}").read_bytes() == (folder / f"two{suffix}").read_bytes()


# --- hostile surroundings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "with space.ipynb",
        'it\'s "q".ipynb',
        "größe ✓.ipynb",
        "a\nb.ipynb",
        "-o.ipynb",
        "a#b?c%20.ipynb",
        "<x>.ipynb",
    ],
)
def test_odd_file_names_are_names_like_others(invoke: Invoke, write: Write, folder: Path, name: str) -> None:
    write(name, ("x = 1",))
    result = invoke("extract", "-o", "out.nq", "--", name)
    assert result.exit_code == 0, result.stderr
    assert len(graphs_in(folder / "out.nq")) == 1
    assert invoke("extract", ".").exit_code == 0
    assert result.stderr.splitlines()[0] == name.replace("\n", "\\n")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_a_file_name_that_is_no_text_is_no_trouble(run: Run, folder: Path) -> None:
    with open(os.path.join(os.fsencode(folder), b"caf\xe9.py"), "w") as file:
        file.write("x = 1\n")
    done = run("extract", ".", "-o", "out.ttl")
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, b"caf\\udce9.py")


def test_a_link_that_leads_out_is_told_and_not_followed(invoke: Invoke, write: Write, folder: Path) -> None:
    write("nb/a.ipynb", ("x = 1",))
    write("secret.ipynb", ("y = 1",))
    (folder / "nb/b.ipynb").symlink_to(folder / "secret.ipynb")
    result = invoke("extract", "nb", "-o", "out.nq", "--base", BASE)
    assert result.exit_code == 0
    assert "left out  a link that leads out of the folder; not followed" in result.stderr
    assert graphs_in(folder / "out.nq") == {BASE + "a.ipynb#inferred"}


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_leaves_nothing_half_written(write: Write, folder: Path) -> None:
    write()
    os.mkfifo(folder / "graph.fifo")
    code = (
        "import os, signal\nfrom provkg import pipeline\nfrom provkg.cli.main import main\n"
        "def stop(source): os.kill(os.getpid(), signal.SIGINT)\n"
        "pipeline.read_document = stop\nmain(['extract', 'a.ipynb', '-o', 'graph.ttl'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=folder, env=environment)
    assert (done.returncode, done.stderr.strip()) == (130, b"provkg: stopped")
    assert sorted(path.name for path in folder.iterdir()) == ["a.ipynb", "graph.fifo"]


def test_defaults_are_asked_for_and_what_is_missing_is_told(invoke: Invoke, write: Write) -> None:
    write()
    result = invoke("extract", "a.ipynb", "--defaults", "--facts", "facts.jsonl")
    with open("facts.jsonl", encoding="utf-8") as lines:
        (fact_set,) = decode_fact_sets(lines, "facts.jsonl")
    defaults = [fact for fact in fact_set.facts if getattr(fact, "is_default", False)]
    told = "scikit-learn is not installed here; try: pip install scikit-learn"
    assert result.exit_code == 0
    assert bool(defaults) == (importlib.util.find_spec("sklearn") is not None)
    assert (told in " ".join(result.stderr.split())) == (not defaults)
