"""The plan of the house: sources, processes, batches, bases."""

from __future__ import annotations

import pickle
from builtins import eval as evaluate  # a function that another process can import
from itertools import permutations
from pathlib import Path

import pytest

from provkg import pipeline
from provkg.errors import ProvkgError, SettingsError, SourceError
from provkg.pipeline import (
    Extracted,
    Failed,
    Source,
    Wanted,
    build_graphs,
    choose_base,
    choose_base_of_facts,
    extract,
    extract_all,
    find_local_modules,
    find_sources,
    map_in_processes,
    project_store,
)
from provkg.project import Project
from provkg.store.local import LocalStore

BASE = "https://w3id.org/my/project/"


def write(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def extracted(folder: Path, name: str, text: str = "x = 1\n") -> Extracted:
    path = write(folder / name, text)
    return extract(Source(path, name, folder), Wanted(BASE, graphs=True))


# --- sources ------------------------------------------------------------------------------------------------


def test_files_without_a_project_are_named_from_the_folder_they_share(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a/x.py"), write(tmp_path / "b/x.py")]
    sources = find_sources(paths)
    assert [source.name for source in sources.files] == ["a/x.py", "b/x.py"]
    assert sources.project.root == tmp_path


def test_files_of_a_project_are_named_from_its_root(tmp_path: Path) -> None:
    write(tmp_path / "provkg.toml", "")
    (source,) = find_sources([write(tmp_path / "a/b/x.py")]).files
    assert source.name == "a/b/x.py"
    assert source.data_root == tmp_path / "a/b"


def test_data_is_looked_at_below_the_folder_given(tmp_path: Path) -> None:
    write(tmp_path / "a/b/x.py")
    (source,) = find_sources([tmp_path / "a"]).files
    assert source.data_root == tmp_path / "a"
    (source,) = find_sources([tmp_path / "a"], tmp_path).files
    assert source.data_root == tmp_path


def test_the_order_of_paths_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[project]")
    paths = [write(tmp_path / "nb/b.py"), write(tmp_path / "nb/a.py"), tmp_path / "nb", tmp_path / "link.py"]
    paths[3].symlink_to("nb/a.py")
    for order in permutations(paths):
        sources = find_sources(order)
        assert [source.name for source in sources.files] == ["nb/a.py", "nb/b.py"]
        assert {source.data_root for source in sources.files} == {tmp_path / "nb"}


def test_projects_with_settings_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path / "a/provkg.toml", "redact = ['secret']")
    with pytest.raises(SettingsError, match="different projects"):
        find_sources([write(tmp_path / "a/x.py"), write(tmp_path / "b/x.py")])


def test_modules_and_packages_beside_a_program_are_local(tmp_path: Path) -> None:
    write(tmp_path / "helpers.py")
    write(tmp_path / "tools/__init__.py")
    write(tmp_path / "data/table.csv")
    assert find_local_modules(tmp_path) == {"helpers", "tools"}
    assert find_local_modules(tmp_path / "nowhere") == frozenset()


# --- bases --------------------------------------------------------------------------------------------------


def test_the_base_comes_from_the_user_the_project_or_the_files(tmp_path: Path) -> None:
    path = write(tmp_path / "x.py")
    assert choose_base(None, find_sources([path])).startswith("arcp://ni,sha-256;")
    write(tmp_path / "provkg.toml", f'base = "{BASE}"')
    assert choose_base(None, find_sources([path])) == BASE
    assert choose_base("https://example.org/", find_sources([path])) == "https://example.org/"


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_a_base(tmp_path: Path) -> None:
    paths = [write(tmp_path / "x.py"), tmp_path / "typo.py"]
    assert choose_base(None, find_sources(paths)) == choose_base(None, find_sources(paths[:1]))


@pytest.mark.parametrize(
    ("explicit", "carried", "to_store", "chosen"),
    [
        ("https://a/", "https://b/", True, "https://a/"),
        (None, "https://b/", True, "https://b/"),
        (None, "arcp://ni,sha-256;x/", True, BASE),
        (None, "arcp://ni,sha-256;x/", False, "arcp://ni,sha-256;x/"),
        (None, None, False, BASE),
    ],
)
def test_facts_keep_their_base_unless_it_only_stands_for_none(
    explicit: str | None, carried: str | None, to_store: bool, chosen: str
) -> None:
    choose = choose_base_of_facts(explicit, Project(Path("/study"), "store", base=BASE), to_store)
    assert choose(carried) == chosen


# --- one source ---------------------------------------------------------------------------------------------


def test_a_source_gives_what_is_wanted_of_it_and_nothing_else(tmp_path: Path) -> None:
    source = Source(write(tmp_path / "x.py"), "x.py", tmp_path)
    everything = extract(source, Wanted(BASE, graphs=True, facts=True, label=True))
    assert everything.summary.triples == sum(map(len, everything.graphs.values())) > 0
    assert everything.facts.count("\n") == everything.summary.facts + 1
    assert everything.label is not None
    nothing = extract(source, Wanted(BASE))
    assert (nothing.graphs, nothing.facts, nothing.label) == ({}, "", None)


def test_a_graph_that_is_no_more_is_named_empty(tmp_path: Path) -> None:
    graphs = extracted(tmp_path, "x.py").graphs
    assert [(name, bool(quads)) for name, quads in graphs.items()] == [
        (BASE + "x.py#inferred", True),
        (BASE + "x.py#recorded", False),
    ]
    assert build_graphs([], BASE) == {}


def test_a_source_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        extract(Source(tmp_path / "typo.py", "typo.py", tmp_path), Wanted(BASE))


# --- many sources -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_is_a_value_in_its_place(tmp_path: Path, jobs: int) -> None:
    for name in ("a.py", "c.py"):
        write(tmp_path / name)
    sources = [Source(tmp_path / name, name, tmp_path) for name in ("a.py", "b.py", "c.py")]
    results = list(extract_all(sources, Wanted(BASE, graphs=True), jobs))
    assert [type(result) for result in results] == [Extracted, Failed, Extracted]
    assert isinstance(results[1], Failed)
    assert str(results[1].error) == "b.py: there is no such file"
    assert results[1].error.hint == "check the spelling of the path"
    assert isinstance(results[2], Extracted)
    assert results[2] == extract(sources[2], Wanted(BASE, graphs=True))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_of_ours_costs_one_file(tmp_path: Path, jobs: int) -> None:
    sources = [Source(write(tmp_path / f"{name}.py"), f"{name}.py", tmp_path) for name in "abc"]
    sources[1] = Source(str(sources[1].path), "b.py", tmp_path)  # type: ignore[arg-type]
    one, fault, other = extract_all(sources, Wanted(BASE, graphs=True), jobs)
    assert (type(one), type(other)) == (Extracted, Extracted)
    assert isinstance(fault, Failed)
    assert fault.error.message.startswith("internal error: AttributeError: ")
    assert fault.trace.startswith("Traceback")


class Panic(BaseException):
    """What a panic in Rust is in Python: no Exception."""


@pytest.mark.parametrize("station", ["extract_facts", "build_graphs", "summarise"])
def test_a_fault_at_any_station_is_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, station: str
) -> None:
    def fail(*_: object) -> None:
        raise Panic("out of range")

    monkeypatch.setattr(pipeline, station, fail)
    source = Source(write(tmp_path / "a.py"), "a.py", tmp_path)
    (fault,) = extract_all([source], Wanted(BASE, graphs=True))
    assert isinstance(fault, Failed)
    assert str(fault.error) == "a.py: internal error: Panic: out of range"


def test_ctrl_c_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "extract_facts", stop)
    with pytest.raises(KeyboardInterrupt):
        list(extract_all([Source(write(tmp_path / "a.py"), "a.py", tmp_path)], Wanted(BASE)))


def test_results_come_in_order_from_several_processes() -> None:
    items = [f"{number} * 2" for number in range(20)]
    results = list(map_in_processes(evaluate, items, 3, str))
    assert results == list(range(0, 40, 2))


def test_a_process_that_crashes_costs_one_item() -> None:
    items = ["'a'", "__import__('os')._exit(3)", "'b'", "'c'", "__import__('os')._exit(3)", "'d'"]
    results = list(map_in_processes(evaluate, items, 2, lambda item: "crashed"))
    assert results == ["a", "crashed", "b", "c", "crashed", "d"]


def test_an_item_that_raises_is_not_taken_for_a_crash() -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_in_processes(evaluate, ["1 / 0"], 2, str))


def test_errors_survive_the_way_between_processes() -> None:
    error = SourceError("odd", path="a.ipynb", line=3, hint="make it even")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), vars(copy)) == (SourceError, vars(error))
    assert isinstance(copy, ProvkgError)


# --- the store ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 100_000])
def test_graphs_reach_the_store_whatever_the_size_of_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(pipeline, "LARGEST_BATCH", batch)
    documents = [extracted(tmp_path, f"{name}.py", f"{name} = 1\n") for name in "abc"]
    project = Project(tmp_path, "start")
    with project_store(project) as take:
        for document in documents:
            take(document)
    with LocalStore.read(project.store_folder) as store:
        assert store.graphs() == [f"{BASE}{name}.py#inferred" for name in "abc"]
        assert store.count() == sum(document.summary.triples for document in documents)


def test_a_stop_in_the_middle_leaves_whole_documents(tmp_path: Path) -> None:
    project = Project(tmp_path, "start")

    def stop_after_two() -> None:
        with project_store(project) as take:
            take(extracted(tmp_path, "a.py"))
            take(extracted(tmp_path, "b.py"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_after_two()
    with LocalStore.read(project.store_folder) as store:
        assert store.graphs() == [f"{BASE}a.py#inferred"]
