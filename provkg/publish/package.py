"""Everything that a publication is made of, from graphs, files and metadata to the files of a crate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from pyoxigraph import Quad

from provkg.export.registry import write_graph
from provkg.graph.builder import turtle_prefixes
from provkg.graph.terms import FAIR4ML, PREFIXES
from provkg.publish.cards import write_cards
from provkg.publish.citing import write_citation, write_codemeta, write_datacite, write_zenodo
from provkg.publish.crate import (
    METADATA_FILE,
    PREVIEW_FILE,
    Contents,
    Profile,
    Version,
    check_profile,
    choose_main,
    choose_profile,
    write_crate,
)
from provkg.publish.croissant import STANDARD, write_croissants
from provkg.publish.items import Item, make_item, read_item
from provkg.publish.metadata import Metadata
from provkg.publish.packing import is_inside
from provkg.publish.page import write_page
from provkg.publish.study import Study, read_study
from provkg.store.base import Store

PROV_STANDARD = "http://www.w3.org/TR/prov-o/"
ENVIRONMENT_FILES: Mapping[str, str] = {
    "requirements.txt": "https://pip.pypa.io/en/stable/reference/requirements-file-format/",
    "environment.yml": "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html",
    "environment.yaml": "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html",
    "pyproject.toml": "https://packaging.python.org/en/latest/specifications/pyproject-toml/",
    "conda-lock.yml": "",
    "uv.lock": "",
    "pylock.toml": "https://packaging.python.org/en/latest/specifications/pylock-toml/",
    "poetry.lock": "",
    "Pipfile": "",
    "Pipfile.lock": "",
}
"""Files that say what to install, the most telling first → the standard that they are written in."""
RESERVED = frozenset({METADATA_FILE, PREVIEW_FILE, "README.md", "provenance.trig", "provenance.jsonld"})
"""Names that data cannot have in a crate."""
LARGEST_ENVIRONMENT_FILE = 5_000_000
REQUIREMENTS = "requirements.txt"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks for."""

    profile: Profile | None = None
    version: Version = "1.1"
    main: str | None = None
    largest_file: int = 100_000_000
    """Bytes; larger files are named, not copied."""
    clean: Callable[[str, bytes], bytes] = field(default=lambda _, data: data)
    """Name and bytes of a text of the project → the bytes to publish."""


@dataclass(frozen=True, slots=True)
class Package:
    """A crate that is ready to be written."""

    items: tuple[Item, ...]
    contents: Contents
    profile: Profile
    version: Version = "1.1"
    left_out: tuple[str, ...] = ()
    """Files that are too large or not there."""


@dataclass(slots=True)
class Parts:
    """What goes into a crate, while it is gathered."""

    items: dict[str, Item] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    conforms: dict[str, str] = field(default_factory=dict)

    def add(self, item: Item, about: str = "", conforms: str = "") -> None:
        """Take a file in; the first of a name counts."""
        if item.path in self.items:
            return
        self.items[item.path] = item
        if about:
            self.about[item.path] = about
        if conforms:
            self.conforms[item.path] = conforms


def make_package(
    store: Store, base: str, programs: Mapping[str, bytes], root: Path, metadata: Metadata, wanted: Wanted
) -> Package:
    """The crate of what a store says.

    `programs` are the notebooks and scripts by their paths below `root`, as they are to be published; data
    and environment files are taken from there.

    Raises:
        GraphError: the profile does not fit what is known.
    """
    study = read_study(store)
    main = choose_main(study, wanted.main)
    profile = wanted.profile or choose_profile(study, main)
    check_profile(profile, study, main)
    parts = Parts()
    for path, data in sorted(programs.items()):
        parts.add(make_item(path, data))
    left_out = list(add_data(parts, study, root, wanted.largest_file))
    environment_file = add_environment(parts, study, root, wanted)
    add_graphs(parts, store, base)
    add_citations(parts, study, metadata)
    add_views(parts, study, metadata)
    contents = Contents(study, metadata, main=main.path if main else None, environment_file=environment_file)
    contents = fill(contents, parts)
    parts.add(make_item("README.md", write_readme(contents)), "What this crate is, and how to begin.")
    contents = fill(contents, parts)
    parts.add(make_item(METADATA_FILE, write_crate(contents, profile, wanted.version)))
    page = write_page(contents, left_out, version("provkg"))
    parts.add(make_item(PREVIEW_FILE, page))
    return Package(tuple(parts.items.values()), contents, profile, wanted.version, tuple(left_out))


def fill(contents: Contents, parts: Parts) -> Contents:
    """The contents, with all that is gathered so far."""
    return replace(
        contents, items=tuple(parts.items.values()), about=dict(parts.about), conforms=dict(parts.conforms)
    )


# --- data -----------------------------------------------------------------------------------------------


def add_data(parts: Parts, study: Study, root: Path, largest: int) -> Iterator[str]:
    """Take in the data files below the root; gives those that are too large, changed or not there."""
    folder = root.resolve()
    for file in study.files:
        if file.path is None or file.kind not in ("file", "directory") or not is_inside(file.path):
            continue
        if file.path in RESERVED:
            yield f"{file.path}: the crate has a file of this name"
            continue
        path = folder / file.path
        if file.kind == "directory" or not is_file_below(path, folder):
            yield f"{file.path}: {'a folder' if path.is_dir() else 'not there'}"
        elif path.stat().st_size > largest:
            yield f"{file.path}: {path.stat().st_size:,} bytes, and the limit is {largest:,}"
        else:
            item = read_item(file.path, path)
            if file.sha256 and item.sha256 != file.sha256:
                yield f"{file.path}: has changed since the graph was made"
                continue
            parts.add(item)


def is_file_below(path: Path, folder: Path) -> bool:
    """Whether it is a file, and links do not lead out of the folder."""
    return path.is_file() and path.resolve().is_relative_to(folder)


def add_environment(parts: Parts, study: Study, root: Path, wanted: Wanted) -> str | None:
    """Take in the files that say what to install; where there are none, one that says what is imported."""
    found = []
    for name, standard in ENVIRONMENT_FILES.items():
        path = root / name
        if is_file_below(path, root.resolve()) and path.stat().st_size <= LARGEST_ENVIRONMENT_FILE:
            item = make_item(name, wanted.clean(name, path.read_bytes()))
            parts.add(item, "What to install to run the programs.", standard)
            found.append(name)
    if found:
        return found[0]
    if not study.libraries:
        return None
    about = "The libraries that the programs use, written by provkg: versions are there where they are known."
    parts.add(make_item(REQUIREMENTS, write_requirements(study)), about, ENVIRONMENT_FILES[REQUIREMENTS])
    return REQUIREMENTS


def write_requirements(study: Study) -> bytes:
    """The libraries in pip's format."""
    lines = [
        f"{library.name}=={library.version}" if library.version else library.name
        for library in study.libraries
    ]
    head = "# What the programs import; versions as far as they are recorded."
    return "".join(f"{line}\n" for line in [head, *sorted(dict.fromkeys(lines))]).encode()


# --- graphs and citations -------------------------------------------------------------------------------


def add_graphs(parts: Parts, store: Store, base: str) -> None:
    """Take in the whole graph, as TriG and as JSON-LD."""
    quads = [quad for graph in store.graphs() for quad in sorted(store.quads(graph), key=str)]
    prefixes = turtle_prefixes(quads, base) if base else PREFIXES
    about = "The whole provenance graph (PROV-O, P-Plan, REPRODUCE-ME, ML-Schema) as {}."
    parts.add(
        make_item("provenance.trig", serialise(quads, "trig", prefixes)), about.format("TriG"), PROV_STANDARD
    )
    parts.add(
        make_item("provenance.jsonld", serialise(quads, "jsonld", PREFIXES)),
        about.format("JSON-LD"),
        PROV_STANDARD,
    )


def serialise(quads: Sequence[Quad], format: str, prefixes: Mapping[str, str]) -> bytes:
    """The quads in a format."""
    stream = BytesIO()
    write_graph(quads, format, stream, prefixes)
    return stream.getvalue()


def add_citations(parts: Parts, study: Study, metadata: Metadata) -> None:
    """Take in the files that others cite it by."""
    parts.add(make_item("CITATION.cff", write_citation(metadata)), "How to cite it.")
    parts.add(make_item(".zenodo.json", write_zenodo(metadata)), "Metadata as Zenodo takes them.")
    parts.add(
        make_item("datacite.json", write_datacite(metadata, study)), "Metadata for DataCite, schema 4.5."
    )
    parts.add(
        make_item("codemeta.json", write_codemeta(metadata, study)), "Metadata of the code, CodeMeta 3.0."
    )


def add_views(parts: Parts, study: Study, metadata: Metadata) -> None:
    """Take in what the worlds of data sets and models want: Croissant and FAIR4ML."""
    for item in list(write_croissants(study, metadata, parts.items)):
        parts.add(item, "A table that the programs read, with its columns, as Croissant 1.1.", STANDARD)
    for item in write_cards(study, metadata):
        parts.add(item, "A trained model and the data that trained it, as FAIR4ML 0.1.", FAIR4ML.IRI)


# --- the readme -----------------------------------------------------------------------------------------


def write_readme(contents: Contents) -> bytes:
    """What the crate is, for who opens the folder."""
    metadata, study = contents.metadata, contents.study
    lines = [f"# {metadata.title or 'Research crate'}", "", metadata.description or "", ""]
    lines += [
        "Open `ro-crate-preview.html` to see what was done, from which data, with which result.",
        "",
    ]
    lines += ["| file | what it is |", "|---|---|", *list_files(contents), ""]
    lines += ["Which data trained a model, with [provkg](https://pypi.org/project/provkg/):", ""]
    name = next((told.model.variable for told in study.models if told.model.variable), None)
    command = f"provkg trained {name} provenance.trig" if name else "provkg query --list"
    lines += [f"    {command}", ""]
    return "\n".join(lines).encode()


def list_files(contents: Contents) -> Iterator[str]:
    """A row of the table for each file."""
    titles = {program.path: program.name for program in contents.study.programs}
    for item in sorted(contents.items, key=lambda each: each.path):
        about = contents.about.get(item.path) or titles.get(item.path) or ""
        yield f"| `{item.path}` | {escape_cell(about)} |"


def escape_cell(text: str) -> str:
    """A text as it stands in a table of Markdown."""
    return " ".join(text.replace("|", "\\|").split())


def describe_items(items: Iterable[Item]) -> tuple[int, int]:
    """How many files there are, and their bytes."""
    sizes = [item.size_bytes for item in items]
    return len(sizes), sum(sizes)
