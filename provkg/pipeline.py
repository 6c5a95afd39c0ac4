"""The plan of the house: from paths to graphs, one short function for each arrow.

    paths ──▶ sources ──▶ document ──▶ facts ──▶ graphs ──▶ store, file
      find_sources   read_document  find_facts  build_graphs  put_graphs, write_graphs

`extract` goes the way from one source to its graphs, `extract_all` goes it for many, in several processes
where that is asked for. What fails is a value here (`Failed`), so that one bad file never stops the others.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain, groupby
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from provkg.errors import FactsError, GraphError, ProvkgError, SettingsError, SourceError, StoreError
from provkg.extract.knowledge import load_knowledge
from provkg.extract.redaction import Redactor
from provkg.extract.requirements import LARGEST_FILE, Required, is_requirements_file, parse_requirements
from provkg.extract.run import ExtractOptions, extract_facts, paused_collection
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.factset import FactSet, Problem
from provkg.identity import digest_bytes
from provkg.project import HOME, Project, Settings, archive_base, find_project, open_home
from provkg.report.labels import label_of
from provkg.report.text import Summary, internal_error, summarise
from provkg.sources import registry
from provkg.sources.decoding import read_bytes
from provkg.sources.document import Document

if TYPE_CHECKING:
    from pyoxigraph import Quad

    from provkg.graph.statements import Graph
    from provkg.runs.journal import Journal
    from provkg.store.base import Store
    from provkg.store.local import LocalStore
    from provkg.validate.checking import Asked
    from provkg.validate.findings import Report

Graphs = dict[str, "Graph"]
"""IRI of a named graph → what it says; an empty one should not be there any more."""

ARCHIVE = "arcp://ni,"
"""How the base of files outside any project begins."""

LARGEST_BATCH = 50_000
"""Quads that go into the store in one transaction, give or take the graphs of one document."""

STANDARD_INPUT = "-"

STREAMED_FORMATS = frozenset({"nquads"})
"""Formats in which documents, written one after the other, are what they are when written at once.

Graphs are made as this text, so it is written as it stands.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A notebook or script to extract."""

    path: Path
    name: str
    """POSIX path relative to the project: what the graph calls it."""
    data_root: Path
    """Only data files below it are looked at."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found to extract, and the project it belongs to."""

    project: Project
    files: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()
    other_projects: tuple[Path, ...] = ()
    """Roots of the projects that the paths lie in, where it is more than one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of each source."""

    base: str
    """What ids are put behind."""
    graphs: bool = False
    facts: bool = False
    label: bool = False
    options: ExtractOptions = field(default_factory=ExtractOptions)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was made of one document."""

    summary: Summary
    base: str
    graphs: Graphs
    facts: str = ""
    """Its fact sets as JSON Lines."""
    label: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A source of which nothing could be made, and why."""

    name: str
    error: ProvkgError
    trace: str = ""
    """The traceback, where the fault is ours."""


# --- paths → sources ----------------------------------------------------------------------------------------


def find_sources(paths: Sequence[Path], data_root: Path | None = None) -> Sources:
    """The notebooks and scripts at and below `paths`, each once, named by their place in the project.

    Without `data_root` that is, for each path, the folder given or the folder of the file given.

    Raises:
        SettingsError: the project's settings make no sense.
    """
    project, others = _common_project(paths)
    widest = data_root or project.settings.data_root
    candidates: list[Source] = []
    problems: list[Problem] = []
    for path in paths:
        found = registry.find_sources([path])
        problems.extend(found.problems)
        folder = Path(os.path.abspath(widest or (path if os.path.isdir(path) else path.parent)))
        for file in found.files:
            name = Path(os.path.relpath(file, project.root)).as_posix()
            candidates.append(Source(file, name, folder))
    return Sources(project, _choose_sources(candidates), tuple(dict.fromkeys(problems)), others)


def _choose_sources(candidates: Iterable[Source]) -> tuple[Source, ...]:
    """Each file once, sorted by name: the file rather than a link to it, with the widest of its data roots.

    So the order in which paths are given changes nothing.
    """
    ordered = sorted(
        candidates, key=lambda each: (os.path.islink(each.path), each.name, each.data_root.parts, each.path)
    )
    files: dict[str, Source] = {}
    for source in ordered:
        files.setdefault(os.path.realpath(source.path), source)
    return tuple(sorted(files.values(), key=lambda source: source.name.split("/")))


def _common_project(paths: Sequence[Path]) -> tuple[Project, tuple[Path, ...]]:
    """The project of all the paths; where they lie in several, the folder they share, and those several."""
    projects = {project.root: project for project in map(find_project, paths)}
    if len(projects) == 1:
        return next(iter(projects.values())), ()
    if any(project.settings != Settings() for project in projects.values()):
        raise _different_projects(projects)
    marked = tuple(root for root, project in projects.items() if project.found_by != "start")
    return Project(Path(os.path.commonpath(list(projects))), "start"), marked


def _different_projects(roots: Iterable[Path]) -> SettingsError:
    return SettingsError(
        f"these files belong to different projects: {', '.join(map(str, roots))}",
        hint="extract the files of one project at a time",
    )


def choose_base(explicit: str | None, sources: Sources) -> str:
    """The base of what goes to a file: as the user or the project says, else made from the files' digests."""
    return explicit or sources.project.base or archive_base(list(_digests(sources.files)))


def check_options(options: ExtractOptions, base: str | None) -> None:
    """Find mistakes in what the user asks for before the first file is read.

    Raises:
        SettingsError: a pattern is no regular expression, a knowledge file or the base makes no sense.
    """
    from provkg.graph.iris import check_base

    Redactor(options.redact)
    load_knowledge(frozenset(), options.knowledge)
    if base is not None:
        check_base(base)


def _digests(sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    for source in sources:
        try:
            yield source.name, digest_bytes(read_bytes(source.path, source.name))
        except SourceError:
            continue  # reading it to extract says the same again, where it can be told


def prepare_store(explicit: str | None, sources: Sources) -> tuple[Project, str]:
    """The project whose store takes the graphs, and their base.

    `.provkg/` is made where it is not there yet, unless none of the files is: then a name is misspelt.

    Raises:
        StoreError: the folder cannot be written.
        SettingsError: the files belong to several projects.
    """
    if sources.other_projects:
        raise _different_projects(sources.other_projects)
    project = sources.project
    if any(os.path.isfile(source.path) for source in sources.files):
        project = open_home(project)
    return project, explicit or project.base or choose_base(None, sources)


# --- source → document → facts → graphs ---------------------------------------------------------------------


def read_document(source: Source) -> Document:
    """The notebook or script in a file.

    Raises:
        SourceError: it cannot be read.
    """
    return registry.read_document(source.path, source.name)


def find_facts(document: Document, source: Source, wanted: Wanted) -> list[FactSet]:
    """What is known of a document: from its text, and from what its file recorded."""
    beside = source.path.parent.absolute()
    folders = {beside, wanted.options.project_root or beside}
    options = replace(
        wanted.options,
        data_root=source.data_root,
        local_modules=frozenset().union(*map(find_local_modules, folders)),
        requirements=tuple(chain.from_iterable(map(read_requirements, sorted(folders)))),
    )
    return [replace(fact_set, base=wanted.base) for fact_set in extract_facts(document, options)]


def build_graphs(fact_sets: Iterable[FactSet], base: str) -> Graphs:
    """The named graph of each fact set; empty ones for what this producer says no more of the document."""
    from provkg.graph.builder import build_graph
    from provkg.graph.iris import make_node
    from provkg.graph.statements import EMPTY

    graphs: Graphs = {}
    for fact_set in fact_sets:
        if fact_set.origin.producer == "provkg.extract":
            for how in ("inferred", "recorded"):
                graphs.setdefault(make_node(f"{fact_set.source}#{how}", base).value, EMPTY)
        graphs[make_node(fact_set.id, base).value] = build_graph(fact_set, base)
    return graphs


def count_quads(graphs: Graphs) -> int:
    """The number of statements in all the graphs."""
    return sum(graph.size for graph in graphs.values())


@paused_collection()
def extract(source: Source, wanted: Wanted) -> Extracted:
    """All that is wanted of one source.

    Raises:
        SourceError: it cannot be read.
    """
    fact_sets = find_facts(read_document(source), source, wanted)
    graphs = build_graphs(fact_sets, wanted.base) if wanted.graphs else {}
    return Extracted(
        summarise(fact_sets, count_quads(graphs)),
        wanted.base,
        graphs,
        "".join(f"{line}\n" for line in encode_fact_sets(fact_sets)) if wanted.facts else "",
        label_of(fact_sets) if wanted.label else None,
    )


@cache
def find_local_modules(folder: Path) -> frozenset[str]:
    """Names under which a program in `folder` imports what lies beside it: modules and packages."""
    found: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    found.add(entry.name.removesuffix(".py"))
                elif os.path.isfile(os.path.join(entry.path, "__init__.py")):
                    found.add(entry.name)
    except OSError:
        pass  # what cannot be looked into holds no modules either
    return frozenset(found)


@cache
def read_requirements(folder: Path) -> tuple[Required, ...]:
    """What the files of a folder say that its programs need."""
    found: list[Required] = []
    try:
        with os.scandir(folder) as entries:
            files = sorted(
                entry.name
                for entry in entries
                if is_requirements_file(entry.name)
                and entry.is_file(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_size <= LARGEST_FILE
            )
        for name in files:
            text = (folder / name).read_text(encoding="utf-8-sig", errors="replace")
            found += parse_requirements(name, text)
    except OSError:
        pass  # what cannot be read asks for nothing
    return tuple(found)


# --- many sources -------------------------------------------------------------------------------------------


def extract_all(sources: Sequence[Source], wanted: Wanted, jobs: int = 1) -> Iterator[Extracted | Failed]:
    """What became of each source, in their order, whatever the number of processes."""
    if jobs == 1 or len(sources) == 1:
        return map(partial(_try_extract, wanted=wanted), sources)
    return map_in_processes(partial(_try_extract, wanted=wanted), sources, jobs, _crashed)


def _try_extract(source: Source, wanted: Wanted) -> Extracted | Failed:
    return _attempt(source.name, lambda: extract(source, wanted))


def _attempt(name: str, make: Callable[[], Extracted]) -> Extracted | Failed:
    """What `make` makes of one document; where it fails, even by a fault of ours, the others go on."""
    try:
        return make()
    except ProvkgError as error:
        return Failed(name, error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        return Failed(name, internal_error(error, name), traceback.format_exc())


def _crashed(source: Source) -> Failed:
    error = ProvkgError(
        "the process that extracted it crashed", path=source.name, hint="out of memory? try: --jobs 1"
    )
    return Failed(source.name, error)


Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int, crashed: Callable[[Item], Result]
) -> Iterator[Result]:
    """`function` of each item, in their order; where a process dies of an item, `crashed` of it instead."""
    rest = deque(items)
    while rest:
        yield from _map_until_crash(function, rest, jobs)
        if rest:
            # Any of the processes may have died: only alone does an item show whether it is the one.
            suspect = rest.popleft()
            yield next(_map_until_crash(function, deque([suspect]), 1), None) or crashed(suspect)


def _map_until_crash(function: Callable[[Item], Result], rest: deque[Item], jobs: int) -> Iterator[Result]:
    """Results in order, each item taken off `rest` once it is done; ends early when a process dies."""
    pool = ProcessPoolExecutor(min(jobs, len(rest)), get_context("spawn"), _die_quietly)
    try:
        # Not all at once: results would pile up where writing them is slower than making them.
        ahead = iter(list(rest))
        running: deque[Future[Result]] = deque(
            pool.submit(function, item) for _, item in zip(range(2 * jobs), ahead, strict=False)
        )
        while running:
            result = running[0].result()
            running.popleft()
            running.extend(pool.submit(function, item) for _, item in zip(range(1), ahead, strict=False))
            rest.popleft()
            yield result
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _die_quietly() -> None:
    """On Ctrl-C, the processes end at once and leave the talking to their parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# --- facts → graphs -----------------------------------------------------------------------------------------


ChooseBase = Callable[[str | None], str | None]
"""The base of a graph, given the one that its facts carry."""


def choose_base_of_facts(explicit: str | None, project: Project, to_store: bool) -> ChooseBase:
    """The rule for the base of facts: what the user says, else what the facts say, else the project's.

    Facts from outside any project that go into a project's store become the project's.
    """

    def choose(carried: str | None) -> str | None:
        is_free = carried is None or (to_store and carried.startswith(ARCHIVE))
        return explicit or (project.base if is_free else None) or carried

    return choose


def read_facts(lines: Iterable[str], path: str, choose: ChooseBase) -> Iterator[Extracted | Failed]:
    """What became of each document that a facts file speaks of.

    Raises:
        FactsError: the file is damaged, or nothing says what ids are put behind.
    """
    fact_sets = decode_fact_sets(lines, path)
    for (source, carried), group in groupby(fact_sets, lambda fact_set: (fact_set.source, fact_set.base)):
        base = choose(carried)
        if base is None:
            raise FactsError(
                "the facts do not say what their ids are put behind",
                path=path,
                hint="say it with --base, for example --base https://w3id.org/my/project/",
            )
        sets = list(group)
        yield _attempt(source, partial(_build, sets, base))


def _build(fact_sets: Sequence[FactSet], base: str) -> Extracted:
    graphs = build_graphs(fact_sets, base)
    return Extracted(summarise(fact_sets, count_quads(graphs)), base, graphs)


# --- journals → facts → graphs → store ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flushed:
    """The graph of a run, and how much of its journal is in it."""

    folder: Path
    size_bytes: int
    extracted: Extracted
    program: tuple[str, str]
    """Name and digest of the program's file when it ran."""


def flush_runs(project: Project) -> tuple[int, list[Failed]]:
    """Make graphs of the runs that wait in journals; gives their number, and those that could not be made.

    The program of a run is extracted as well where its file still is what ran: the two graphs meet on its
    plan, its cells and its files.

    Raises:
        StoreError: the project's store cannot be written.
    """
    from provkg.runs.journal import find_waiting, mark_done

    waiting = list(find_waiting(project.home))
    if not waiting:
        return 0, []
    project = open_home(project)
    results = [_flush_run(folder, project) for folder in waiting]
    flushed = [result for result in results if isinstance(result, Flushed)]
    with project_store(project) as take:
        for each in flushed:
            take(each.extracted)
        for name, digest in dict.fromkeys(each.program for each in flushed):
            for extracted in _extract_program(name, digest, project):
                take(extracted)
    for each in flushed:
        mark_done(each.folder, each.size_bytes)
    return len(flushed), [result for result in results if isinstance(result, Failed)]


def _flush_run(folder: Path, project: Project) -> Flushed | Failed:
    """The graph of the run with a journal in `folder`."""
    from provkg.runs.journal import read_journal

    made: list[Flushed] = []

    def make() -> Extracted:
        journal = read_journal(folder)
        fact_set, program = find_observed(journal, project)
        extracted = _build([fact_set], project.base or choose_base(None, Sources(project, ())))
        made.append(Flushed(folder, journal.size_bytes, extracted, program))
        return extracted

    result = _attempt(f"{HOME}/runs/{folder.name}", make)
    return result if isinstance(result, Failed) else made[0]


def find_observed(journal: Journal, project: Project) -> tuple[FactSet, tuple[str, str]]:
    """What was observed of a run, and name and digest of its program's file.

    Raises:
        FactsError: the journal has no beginning, or its program was not kept.
    """
    from provkg.capture.contents import find_content
    from provkg.runs.facts import observed_facts

    settings = project.settings
    fact_set = observed_facts(
        journal,
        partial(find_content, str(project.home)),
        keep_source=settings.source,
        redact=settings.redact,
    )
    start = journal.first("run")
    return fact_set, (str(start.get("document")), str(start.get("digest")))


def _extract_program(name: str, digest: str, project: Project) -> Iterator[Extracted]:
    """The graphs of a program from its code, if its file still has this digest."""
    path = project.root / name
    try:
        is_same = digest_bytes(read_bytes(path, name)) == digest
    except SourceError:
        return
    if not is_same or project.base is None:
        return
    settings = project.settings
    options = ExtractOptions(
        keep_source=settings.source,
        keep_outputs=settings.outputs,
        redact=settings.redact,
        project_root=project.root,
        knowledge=settings.knowledge,
    )
    source = Source(path, name, settings.data_root or path.parent)
    result = _try_extract(source, Wanted(project.base, graphs=True, options=options))
    if isinstance(result, Extracted):
        yield result


# --- graphs to ask --------------------------------------------------------------------------------------


GRAPH_SUFFIXES = frozenset({".jsonld", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl", ".xml"})


def is_graph_file(path: Path) -> bool:
    """Whether a path looks like a file that holds a graph."""
    return path.suffix in GRAPH_SUFFIXES


def read_quads(path: Path) -> Iterator[Quad]:
    """The quads of a graph file as they stand in it, blank nodes and default graph included.

    Raises:
        GraphError: it cannot be read, or is not RDF.
    """
    from provkg.store.files import read_graph_file

    return read_graph_file(path)


@contextmanager
def open_store(endpoint: str | None = None, timeout_seconds: float = 60.0) -> Iterator[Store]:
    """A store to ask: behind the endpoint where one is named, else that of the project we stand in.

    Raises:
        StoreError: nothing is stored, or the endpoint makes no sense.
    """
    if endpoint is not None:
        from provkg.store.endpoint import EndpointStore

        with EndpointStore.open(endpoint, timeout_seconds=timeout_seconds) as remote:
            yield remote
        return
    from provkg.store.local import LocalStore

    project = find_project(Path.cwd())
    with suppress(ProvkgError):  # what is wrong with a run `provkg flush` tells
        flush_runs(project)
    with LocalStore.read(project.store_folder) as stored:
        yield stored


@contextmanager
def open_writable_store(endpoint: str | None = None, timeout_seconds: float = 60.0) -> Iterator[Store]:
    """A store to write into, chosen as `open_store` does; the project's is made where it is not there yet.

    Raises:
        StoreError: the endpoint makes no sense, or the project's store cannot be written.
    """
    if endpoint is not None:
        with open_store(endpoint, timeout_seconds) as remote:
            yield remote
        return
    from provkg.store.local import LocalStore

    with LocalStore.open(open_home(find_project(Path.cwd())).store_folder) as stored:
        yield stored


def choose_graphs(store: Store, wanted: Sequence[str]) -> list[str]:
    """The graphs of a store, or those that are wanted.

    Raises:
        StoreError: one of them is not there.
    """
    there = store.graphs()
    missing = [name for name in wanted if name not in set(there)]
    if missing:
        raise StoreError(f"there is no graph {missing[0]}", hint="see: provkg store graphs")
    return sorted(set(wanted)) or there


def describe_store(store: Store) -> dict[str, Any]:
    """What else there is to know of a store: the size of its files, and the versions of what reads them."""
    from importlib.metadata import version

    from provkg.store.local import LocalStore

    size = {"size": store.size_bytes()} if isinstance(store, LocalStore) else {}
    return {**size, "provkg": version("provkg"), "pyoxigraph": version("pyoxigraph")}


def compact_store() -> tuple[int, int]:
    """Make the project's store compact; gives the bytes on disk before and after.

    Raises:
        StoreError: nothing is stored yet, or somebody writes to it.
    """
    from provkg.store.local import LocalStore

    folder = find_project(Path.cwd()).store_folder
    LocalStore.read(folder).close()  # says so where there is nothing
    with LocalStore.open(folder) as stored:
        before = stored.size_bytes()
        stored.compact()
    return before, stored.size_bytes()


def read_graph_files(paths: Iterable[Path], graph: str | None = None) -> Store:
    """The named graphs of files; triples that are in none become `graph`, else one named by their file.

    That name is the file's IRI in its project, where the project has a base, else its `file:` URL.

    Raises:
        GraphError: a file cannot be read, or is not RDF; or `graph` is no IRI.
    """
    from provkg.store.memory import MemoryStore

    store = MemoryStore()
    for path, name in _name_files(paths, graph):
        store.load_file(path, name)
    return store


def is_crate(path: Path) -> bool:
    """Whether a path looks like a research crate, zipped or not."""
    from provkg.publish.reading import is_crate

    return is_crate(path)


def read_crates(paths: Iterable[Path], store: Store) -> list[str]:
    """Add the graphs of research crates to a store; gives what had to be left aside.

    Raises:
        GraphError: one cannot be read, tells of no run, or is not what its own digests say.
    """
    from provkg.publish.importing import quads_of_crate
    from provkg.publish.reading import read_crate

    notes: list[str] = []
    for path in paths:
        content = read_crate(path)
        store.replace_graphs(quads_of_crate(content))
        notes += [f"{content.name}: {note}" for note in content.notes]
    return notes


def load_into_empty_store(paths: Iterable[Path], graph: str | None = None) -> bool:
    """Load graph files into the project's store in the fastest way, if nothing is in it; whether that is so.

    Raises:
        GraphError: a file cannot be read, or is not RDF; or `graph` is no IRI.
        StoreError: the store cannot be written.
    """
    from provkg.store.local import LocalStore

    folder = open_home(find_project(Path.cwd())).store_folder
    return LocalStore.load_fresh(folder, list(_name_files(paths, graph)))


def _name_files(paths: Iterable[Path], graph: str | None) -> Iterator[tuple[Path, str]]:
    """Each file with the graph of its triples that are in none."""
    from provkg.graph.iris import is_iri

    if graph is not None and not is_iri(graph):
        raise GraphError(
            f"this is no absolute IRI: {graph}", hint="a graph is called like https://w3id.org/my/a"
        )
    return ((path, graph or _name_file(path)) for path in paths)


def _name_file(path: Path) -> str:
    from provkg.graph.iris import make_node

    project = find_project(path)
    place = path.absolute()
    if project.base is None:
        return place.as_uri()
    return make_node(place.relative_to(project.root).as_posix(), project.base).value


def write_graphs(store: Store, graphs: Iterable[str], output: str, format: str) -> int:
    """Write graphs of a store to a file, sorted, which is there whole or not at all; gives their size."""
    from provkg.export.registry import atomic_output, write_graph
    from provkg.graph.terms import PREFIXES

    with atomic_output(output) as stream:
        size = 0
        if format in STREAMED_FORMATS:
            for graph in graphs:
                quads = sorted(store.quads(graph), key=str)
                write_graph(quads, format, stream, {})
                size += len(quads)
            return size
        quads = [quad for graph in graphs for quad in sorted(store.quads(graph), key=str)]
        write_graph(quads, format, stream, PREFIXES)
        return len(quads)


def export_graphs(
    store: Store, output: str, format: str, frame: str | None, *, is_nested: bool, context_url: str | None
) -> int:
    """Write the graphs of a store to a file, whole or framed; gives the number of statements.

    Nothing is written where there are none.
    """
    from provkg.export.framing import frame_quads
    from provkg.export.jsonld import write_jsonld
    from provkg.export.registry import atomic_output, write_graph
    from provkg.graph.terms import PREFIXES

    quads = [quad for graph in store.graphs() for quad in sorted(store.quads(graph), key=str)]
    quads = quads if frame is None else frame_quads(quads, frame)
    if not quads:
        return 0
    with atomic_output(output) as stream:
        if format == "jsonld":
            write_jsonld(quads, stream, PREFIXES, is_nested=is_nested, context_url=context_url)
        else:
            write_graph(quads, format, stream, PREFIXES)
    return len(quads)


@contextmanager
def open_graphs(
    path: Path | None, endpoint: str | None = None, timeout_seconds: float = 60.0
) -> Iterator[tuple[Store, list[Failed]]]:
    """Graphs to ask: of notebooks and scripts, extracted and not kept; of a graph file; else of a store.

    The store is the one behind `endpoint`, if there is one, or the project's. With the graphs come the
    documents that could not be extracted.

    Raises:
        SourceError, GraphError, StoreError: there is nothing that can be asked.
    """
    from provkg.store.memory import MemoryStore

    if path is None:
        with open_store(endpoint, timeout_seconds) as stored:
            yield stored, []
        return
    store = MemoryStore()
    if is_graph_file(path):
        store.load_file(path, _name_file(path))
        yield store, []
        return
    failures: list[Failed] = []
    for result in _extract_to_ask(path):
        if isinstance(result, Failed):
            failures.append(result)
        else:
            store.load_nquads(b"".join(graph.nquads for graph in result.graphs.values()))
    yield store, failures


def _extract_to_ask(path: Path) -> Iterator[Extracted | Failed]:
    """The graphs of the notebooks and scripts at and below a path.

    Raises:
        SourceError: there are none.
    """
    sources = find_sources([path])
    if not sources.files:
        raise SourceError("there is no notebook, script or graph here", path=str(path))
    options = ExtractOptions(project_root=sources.project.root)
    wanted = Wanted(choose_base(None, sources), graphs=True, options=options)
    return extract_all(sources.files, wanted)


@contextmanager
def open_folder(path: Path | None) -> Iterator[tuple[Path, list[Failed]]]:
    """As `open_graphs`, but as the folder of a store, which several processes can read.

    It is the project's own where no path is given; else it goes away in the end.
    """
    from provkg.store.local import copy_store

    if path is None:
        with open_graphs(None):  # it is there and can be read
            yield find_project(Path.cwd()).store_folder, []
        return
    with TemporaryDirectory(prefix="provkg-") as place:
        folder = Path(place) / "store"
        with open_graphs(path) as (store, failures):
            copy_store(store, folder)
        yield folder, failures


def make_redactor(project: Project) -> Callable[[str], str]:
    """What takes secrets out of a text, as the project wants it."""
    return Redactor(project.settings.redact).redact


# --- graphs to publish ----------------------------------------------------------------------------------


Clean = Callable[[str, bytes], bytes]
"""Name and bytes of a program → the bytes to publish."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Graphs to publish, and the programs that they tell of."""

    store: Store
    project: Project
    base: str
    programs: Mapping[str, bytes]
    """Path in the project → the bytes to publish."""
    failures: tuple[Failed, ...] = ()


CleanQuads = Callable[["Iterable[Quad]"], "Iterable[Quad]"]
"""Quads → the quads to publish."""


def gather_programs(
    paths: Sequence[Path], explicit: str | None, clean: Clean, clean_quads: CleanQuads = iter
) -> Gathered:
    """Graphs of notebooks and scripts, made from what is to be published of them, not from what lies there.

    So the digests and the text in the graphs are those of the files that others get. Runs that the project's
    store knows of the same code come with them.

    Raises:
        SourceError: there are none.
        SettingsError: the project's settings make no sense.
    """
    from provkg.store.memory import MemoryStore

    sources = find_sources(paths)
    if not sources.files:
        raise SourceError("there is no notebook or script here", path=", ".join(map(str, paths)))
    base = choose_base(None if sources.project.base else explicit, sources)
    settings = sources.project.settings
    options = ExtractOptions(
        keep_source=settings.source,
        keep_outputs=settings.outputs,
        redact=settings.redact,
        project_root=sources.project.root,
        knowledge=settings.knowledge,
    )
    check_options(options, base)
    wanted = Wanted(base, graphs=True, options=options)
    store, programs, failures = MemoryStore(), dict[str, bytes](), list[Failed]()
    for source in sources.files:
        if _is_in_crate(source.path, paths):
            continue
        try:
            data = clean(source.name, read_bytes(source.path, source.name))
            document = registry.parse_document(data, source.path, source.name)
            graphs = build_graphs(find_facts(document, source, wanted), base)
        except SourceError as error:
            failures.append(Failed(source.name, error))
            continue
        programs[source.name] = data
        store.load_nquads(b"".join(graph.nquads for graph in graphs.values()))
    store.replace_graphs(_observed_runs(sources.project, store, clean_quads))
    gathered = Gathered(store, sources.project, base, programs, tuple(failures))
    return gathered if explicit in (None, base) else rebase_gathered(gathered, str(explicit))


def _is_in_crate(path: Path, asked: Iterable[Path]) -> bool:
    """Whether a program lies in a crate that was made before below what is asked for: it is a copy."""
    from provkg.publish.crate import METADATA_FILE

    given = {os.path.abspath(each) for each in asked}
    folders = itertools.takewhile(
        lambda folder: str(folder) not in given, Path(os.path.abspath(path)).parents
    )
    return os.path.abspath(path) not in given and any(
        (folder / METADATA_FILE).is_file() for folder in folders
    )


def _observed_runs(project: Project, extracted: Store, clean_quads: CleanQuads) -> dict[str, list[Quad]]:
    """The graphs of runs in the project's store that used one of the extracted versions of programs."""
    from provkg.publish.study import find_observed_runs, find_programs
    from provkg.store.local import LocalStore

    if not os.path.isdir(project.store_folder):
        return {}
    versions = {program.version for program in find_programs(extracted)}
    with LocalStore.read(project.store_folder) as stored:
        runs = find_observed_runs(stored)
        return {
            graph: list(clean_quads(stored.quads(graph)))
            for graph, version in runs.items()
            if version in versions
        }


def rebase_gathered(gathered: Gathered, base: str) -> Gathered:
    """The same under another base, linked to what it was called before.

    Raises:
        GraphError: two programs would have one name.
        SettingsError: names cannot stand behind the base.
    """
    from provkg.publish.rebasing import rebase_quads
    from provkg.store.memory import MemoryStore

    graphs: dict[str, list[Quad]] = {}
    for quad in rebase_quads(gathered.store.quads(), base):
        graphs.setdefault(str(getattr(quad.graph_name, "value", "")), []).append(quad)
    store = MemoryStore()
    store.replace_graphs(graphs)
    return replace(gathered, store=store, base=base)


def gather_crate(folder: Path, explicit: str | None, clean: Clean, clean_quads: CleanQuads) -> Gathered:
    """The graphs and programs of a crate that provkg made, to be published under another base.

    Raises:
        GraphError: it cannot be read, was changed since, or has no graphs of ours.
    """
    from provkg.publish.importing import quads_of_crate
    from provkg.publish.reading import read_crate
    from provkg.store.memory import MemoryStore

    content = read_crate(folder)
    if content.graph is None or not folder.is_dir():
        what = "this is not the folder of a crate that provkg made"
        raise GraphError(what, path=str(folder), hint="unpack the zip first")
    store = MemoryStore()
    store.replace_graphs({name: list(clean_quads(quads)) for name, quads in quads_of_crate(content).items()})
    project = replace(find_project(Path.cwd()), root=folder)
    programs = dict(_unchanged_programs(store, folder, clean))
    gathered = Gathered(store, project, _base_of(store), programs)
    return gathered if explicit is None else rebase_gathered(gathered, explicit)


def _base_of(store: Store) -> str:
    """The base of stored graphs; of several, the first."""
    from provkg.publish.rebasing import find_bases

    return next(iter(find_bases(store.quads())), "")


def gather_stored(
    graph_file: Path | None, explicit: str | None, clean: Clean, clean_quads: CleanQuads
) -> Gathered:
    """Graphs of the project's store, or of a file, with the programs that lie in the project unchanged.

    Raises:
        StoreError, GraphError: there are none.
    """
    from provkg.store.memory import MemoryStore

    project = find_project(graph_file or Path.cwd())
    with open_graphs(graph_file) as (opened, _):
        store = MemoryStore()
        store.replace_graphs({name: list(clean_quads(opened.quads(name))) for name in opened.graphs()})
    programs = dict(_unchanged_programs(store, project.root, clean))
    gathered = Gathered(store, project, _base_of(store), programs)
    return gathered if explicit is None else rebase_gathered(gathered, explicit)


def _unchanged_programs(store: Store, root: Path, clean: Clean) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of the programs that are as the graphs know them."""
    from provkg.publish.packing import is_inside
    from provkg.publish.study import find_programs

    for program in find_programs(store):
        path = root / program.path
        if not is_inside(program.path) or not os.path.isfile(path):
            continue
        data = read_bytes(path, program.path)
        if program.sha256 in (None, digest_bytes(data).partition(":")[2]):
            yield program.path, clean(program.path, data)


# --- graphs → findings --------------------------------------------------------------------------------------


def check(
    places: Sequence[str], endpoint: str | None, timeout_seconds: float, asked: Asked
) -> Iterator[Report | Failed]:
    """What validation finds in each document of notebooks and scripts, of graph or PROV files, or of a store.

    A place is a path, "-" for a graph on standard input, or the IRI or path of a document in the project's
    store. Without any it is the whole store, behind the endpoint where there is one.

    Raises:
        SourceError, GraphError, StoreError: there is nothing that can be checked.
        ValidationError: there is no such profile, rule or engine.
    """
    from provkg.store.memory import MemoryStore
    from provkg.validate.checking import check_prov_document, check_store
    from provkg.validate.prov_files import is_prov_file, read_prov_file

    if not places:
        with open_store(endpoint, timeout_seconds) as stored:
            yield from check_store(stored, asked)
        return
    for place in places:
        if place == STANDARD_INPUT:
            store = MemoryStore()
            store.load_graph(sys.stdin.buffer.read(), "urn:x-provkg:standard-input", "standard input")
            yield from check_store(store, asked, "standard input")
        elif is_prov_file(Path(place)):
            yield check_prov_document(read_prov_file(Path(place)), place, asked)
        elif is_graph_file(Path(place)):
            store = MemoryStore()
            store.load_file(Path(place), _name_file(Path(place)))
            yield from check_store(store, asked, place)
        elif not os.path.exists(place):
            yield from _check_stored(place, endpoint, timeout_seconds, asked)
        else:
            yield from _check_sources(Path(place), asked)


def _check_sources(path: Path, asked: Asked) -> Iterator[Report | Failed]:
    """What validation finds in notebooks and scripts, which are extracted for it, one after the other."""
    from provkg.store.memory import MemoryStore
    from provkg.validate.checking import check_store

    for result in _extract_to_ask(path):
        if isinstance(result, Failed):
            yield result
            continue
        store = MemoryStore()
        store.load_nquads(b"".join(graph.nquads for graph in result.graphs.values()))
        yield from check_store(store, asked, result.summary.name)


def _check_stored(name: str, endpoint: str | None, timeout_seconds: float, asked: Asked) -> Iterator[Report]:
    """What validation finds in one document of the store."""
    from provkg.validate.checking import check_store, find_document

    try:
        with open_store(endpoint, timeout_seconds) as stored:
            document = find_document(stored, name)
            if document is not None:
                yield from check_store(stored, asked, name, only=document)
                return
    except StoreError as error:
        raise SourceError("there is no such file, and no store", path=name) from error
    raise SourceError("there is no such file, nor such a document in the store", path=name)


def keep_reports(reports: Iterable[Report], endpoint: str | None, timeout_seconds: float) -> None:
    """Put reports of validation into a store, each in place of the one before about the same document.

    Raises:
        StoreError: the store cannot be written.
    """
    from provkg.validate.report_graph import emit_report, name_report

    graphs = {name_report(report): emit_report(report) for report in reports}
    with open_writable_store(endpoint, timeout_seconds) as store:
        store.replace_graphs(graphs)


# --- graphs → store, file -----------------------------------------------------------------------------------


Take = Callable[[Extracted], None]
"""Takes in what was made of one document."""


@contextmanager
def graph_file(path: str, format: str) -> Iterator[Take]:
    """Takes the graphs of documents; the file is there when all were taken, and not before."""
    from provkg.export.registry import atomic_output, write_graph
    from provkg.graph.builder import turtle_prefixes

    with atomic_output(path) as stream:
        if format in STREAMED_FORMATS:
            yield lambda extracted: stream.writelines(graph.nquads for graph in extracted.graphs.values())
            return
        taken: list[Extracted] = []
        yield taken.append
        quads = [quad for extracted in taken for graph in extracted.graphs.values() for quad in graph]
        write_graph(quads, format, stream, turtle_prefixes(quads, taken[0].base))


@contextmanager
def facts_file(path: str) -> Iterator[Take]:
    """Takes the facts of documents, as `graph_file` does their graphs."""
    from provkg.export.output import atomic_output

    with atomic_output(path) as stream:

        def take(extracted: Extracted) -> None:
            stream.write(extracted.facts.encode())

        yield take


@contextmanager
def labels_file(path: str, *, is_single: bool) -> Iterator[Take]:
    """Takes labels, as `graph_file` does graphs: one as it is, several by the names of their documents."""
    import json

    from provkg.export.output import atomic_output

    labels: dict[str, Any] = {}
    with atomic_output(path) as stream:

        def take(extracted: Extracted) -> None:
            labels[extracted.summary.name] = extracted.label

        yield take
        content = next(iter(labels.values())) if is_single else labels
        stream.write((json.dumps(content, indent=1) + "\n").encode())


@contextmanager
def project_store(project: Project) -> Iterator[Take]:
    """Takes the graphs of documents into the project's store; those of one document all at once."""
    with StoreBatches(project.store_folder) as batches:
        yield batches.take
        batches.flush()


class StoreBatches:
    """Graphs on their way into a store that is opened when the first of them comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: LocalStore | None = None
        self._waiting: Graphs = {}
        self._size = 0

    def take(self, extracted: Extracted) -> None:
        """Replace the graphs of one document, now or together with those of the next ones."""
        self._waiting.update(extracted.graphs)
        self._size += extracted.summary.triples
        if self._store is None or self._size >= LARGEST_BATCH:
            self.flush()

    def flush(self) -> None:
        """Put what waits into the store, in one transaction."""
        from provkg.store.local import LocalStore

        if self._store is None:
            self._store = LocalStore.open(self._folder)
        if self._waiting:
            self._store.replace_graphs(self._waiting)
        self._waiting, self._size = {}, 0

    def __enter__(self) -> StoreBatches:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()
