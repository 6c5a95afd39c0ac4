"""`provkg publish`: a research crate for a paper."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import name_place, say, talk_options, tell_failure, tell_next
from provkg.errors import GraphError, SettingsError
from provkg.project import find_project

if TYPE_CHECKING:
    from provkg.pipeline import Gathered
    from provkg.project import Project
    from provkg.publish.metadata import Metadata
    from provkg.publish.package import Package
    from provkg.publish.package import Wanted as WantedPackage
    from provkg.publish.privacy import Cleaner

EXAMPLES = (
    ("provkg publish --init", "write down once who made it, and the licence"),
    ("provkg publish analysis.ipynb -o crate.zip", "a crate to deposit with the paper"),
    ("provkg publish . --main analysis.ipynb -o crate", "a folder, and its main program"),
    ("provkg publish -o crate --check", "the project's store; is anything missing?"),
    ("provkg publish crate --base IRI -o final", "a crate under its DOI, once that is known"),
)
GROUPS = {
    "What is written": ("output", "profile", "crate", "main", "max_size", "base"),
    "What is told of it": ("init", "check"),
    "What is kept back": ("keep",),
}
NOTES = {
    "Good to know": (
        "SOURCE is a notebook, script, folder or graph file; without one it is the project's store. Nothing "
        "is run; runs of the same code that the store knows are told. A crate is RO-Crate 1.1, Workflow Run "
        "RO-Crate 0.5, PROV-O and P-Plan in one: of the provenance profile where executions of one program "
        "are known. Metadata come from [publication] in provkg.toml, else from CITATION.cff, codemeta.json, "
        ".zenodo.json, pyproject.toml and the notebook; nothing is invented. The same input on the same day, "
        "or with date set, gives the same bytes."
    ),
    "Privacy": (
        "Absolute paths, login names, e-mail addresses, names of machines, secrets and the environment of "
        "runs are taken out of programs and graphs, and told; --keep leaves a kind in. Data are published "
        "as they are; what they say of people is told. No pattern finds everything: look before you deposit."
    ),
    "Exit codes": (
        "0: written. 1: --check found that something is missing that others want. "
        "2: it could not be written, or a program not be read."
    ),
}

_SOURCE = click.Path(path_type=Path)


@click.command(cls=HelpfulCommand, examples=EXAMPLES, groups=GROUPS, notes=NOTES)
@click.argument("sources", metavar="[SOURCE...]", nargs=-1, type=_SOURCE)
@click.option("-o", "--output", type=_SOURCE, metavar="DIR|ZIP", help="Where the crate goes.")
@click.option(
    "--profile",
    type=click.Choice(["process", "workflow", "provenance"]),
    help="Of Workflow Run RO-Crate; else the one that tells most of what is known.",
)
@click.option(
    "--crate", type=click.Choice(["1.1", "1.2"]), default="1.1", help="RO-Crate's version; 1.2 is plain."
)
@click.option("--main", metavar="PATH", help="The main program, where there are several.")
@click.option(
    "--max-size",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="MB",
    help="Name larger files only.",
)
@click.option(
    "--base",
    metavar="IRI",
    help="Where it is deposited: what all names begin with, linked to what they were.",
)
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice(["path", "user", "email", "host", "secret", "variable"]),
    help="Leave private things of this kind as they are.",
)
@click.option("--init", is_flag=True, help="Write a template for the metadata into provkg.toml, and end.")
@click.option("--check", is_flag=True, help="Exit with 1 where something is missing that others want.")
@talk_options
def publish(
    sources: tuple[Path, ...],
    output: Path | None,
    profile: str | None,
    crate: str,
    main: str | None,
    max_size: int,
    base: str | None,
    keep: tuple[str, ...],
    init: bool,
    check: bool,
    quiet: bool,
    debug: bool,
) -> int:
    """Make a research crate of notebooks, scripts, data and their provenance."""
    from provkg.publish.package import Wanted

    if init:
        return start(sources, quiet=quiet)
    if output is None:
        raise click.UsageError(
            "say where the crate goes: -o crate.zip or -o crate", click.get_current_context()
        )
    cleaner = make_cleaner(sources, keep)
    wanted = Wanted(profile, crate, main, max_size * 1_000_000, cleaner.clean_program)  # type: ignore[arg-type] # click has checked the choice
    gathered = gather(sources, base, cleaner)
    for failure in gathered.failures:
        tell_failure(failure, debug)
    metadata, package = make(gathered, wanted)
    if not quiet:
        tell_private(cleaner, package)
    write(package, sources, output)
    if not quiet:
        tell(package, output)
    missing = tell_missing(metadata, check=check, quiet=quiet)
    if gathered.failures:
        return 2
    return 1 if check and missing else 0


# --- making ---------------------------------------------------------------------------------------------


def make_cleaner(sources: tuple[Path, ...], keep: tuple[str, ...]) -> Cleaner:
    """What takes out all that is private, but for the kinds to keep."""
    import socket

    from provkg import pipeline
    from provkg.publish.privacy import Cleaner, Machine

    project = pipeline.find_sources(sources).project if sources else find_project(Path.cwd())
    machine = Machine(project.root.as_posix(), socket.gethostname(), (Path.home().as_posix(),))
    return Cleaner(machine, pipeline.make_redactor(project), frozenset(keep))  # type: ignore[arg-type] # click has checked the choices


def gather(sources: tuple[Path, ...], base: str | None, cleaner: Cleaner) -> Gathered:
    """The graphs and programs of what the user names."""
    from provkg import pipeline
    from provkg.project import parse_base
    from provkg.publish.crate import METADATA_FILE

    explicit = None if base is None else parse_base(base)
    crates = [path for path in sources if (path / METADATA_FILE).is_file()]
    if crates and len(sources) == 1:
        return pipeline.gather_crate(crates[0], explicit, cleaner.clean_program, cleaner.clean_quads)
    graph_files = [path for path in sources if pipeline.is_graph_file(path)]
    if graph_files and len(sources) > 1:
        raise click.UsageError("name one graph file, or programs", click.get_current_context())
    if not sources or graph_files:
        graph_file = graph_files[0] if graph_files else None
        return pipeline.gather_stored(graph_file, explicit, cleaner.clean_program, cleaner.clean_quads)
    return pipeline.gather_programs(sources, explicit, cleaner.clean_program, cleaner.clean_quads)


def make(gathered: Gathered, wanted: WantedPackage) -> tuple[Metadata, Package]:
    """The metadata, and the crate that tells them."""
    from provkg.publish.package import make_package
    from provkg.publish.study import read_study

    study = read_study(gathered.store)
    if not study.programs:
        raise GraphError(
            "the graphs tell of no notebook or script", hint="first: provkg extract analysis.ipynb"
        )
    metadata, problems = find_all(gathered.project, study)
    for problem in problems:
        say(f"note: {problem}")
    return metadata, make_package(
        gathered.store, gathered.base, gathered.programs, gathered.project.root, metadata, wanted
    )


def find_all(project: Project, study: object) -> tuple[Metadata, list[str]]:
    """What the project and the programs say of the publication, and what could not be read."""
    from provkg.publish.found import find_metadata, metadata_of_study
    from provkg.publish.metadata import Metadata, merge, parse_metadata
    from provkg.publish.study import Study

    settings = parse_metadata(project.settings.publication, "provkg.toml")
    found, problems = find_metadata(project.root)
    own = [metadata_of_study(study)] if isinstance(study, Study) else []
    today = Metadata(date=choose_day().isoformat(), origins={"date": "today"})
    # a notebook knows its title and text better than the package that it lies in
    sure = [each for each in found if each.origins.get("title") != "pyproject.toml"]
    rest = [each for each in found if each not in sure]
    return merge([settings, *sure, *own, *rest, today]), problems


def choose_day() -> date:
    """Today, or the day that builds are told to take for it (https://reproducible-builds.org)."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise SettingsError(f"SOURCE_DATE_EPOCH is {epoch!r}", hint="it is a number of seconds") from error


def write(package: Package, sources: tuple[Path, ...], output: Path) -> None:
    """Write the crate; never over what it is made of."""
    from provkg.publish.packing import write_package

    place = Path(os.path.realpath(output))
    for source in sources:
        if Path(os.path.realpath(source)) == place or place in Path(os.path.realpath(source)).parents:
            raise GraphError(
                "the crate would replace what it is made of",
                path=str(output),
                hint="name another place with -o",
            )
    write_package(package.items, output)


# --- telling --------------------------------------------------------------------------------------------

LARGEST_LOOKED_INTO = 20_000_000
"""Bytes of a data file that is looked into for what may be private."""


def tell_private(cleaner: Cleaner, package: Package) -> None:
    """What was taken out, and what data files say that may be private, before anything is written."""
    from provkg.publish.privacy import tell_data, tell_found
    from provkg.report.text import printable

    for line in tell_found(cleaner):
        say(f"  removed    {printable(line)}")
    data = {file.path for file in package.contents.study.files}
    for item in package.items:
        if item.path in data and item.size_bytes <= LARGEST_LOOKED_INTO:
            content = item.content if isinstance(item.content, bytes) else item.content.read_bytes()
            for line in tell_data(cleaner, item.path, content):
                say(f"  look at    {printable(line)}; data are published as they are")


NAMES = {
    "plain": "RO-Crate",
    "workflow-file": "Workflow RO-Crate 1.0 (no run is known)",
    "process": "Process Run Crate 0.5",
    "workflow": "Workflow Run Crate 0.5",
    "provenance": "Provenance Run Crate 0.5",
}
"""Profile of RO-Crate 1.1 → how it is called."""


def name_standard(package: Package) -> str:
    """What the crate conforms to."""
    return "RO-Crate 1.2" if package.version == "1.2" else NAMES[package.profile]


def tell(package: Package, output: Path) -> None:
    """What was written, and what was left out."""
    from provkg.publish.package import describe_items
    from provkg.report.text import count, printable

    number, size = describe_items(package.items)
    study = package.contents.study
    say(f"{name_place(output)}: {name_standard(package)}, {count(number, 'file')}, {size:,} bytes")
    runs = f"{count(len(study.runs), 'run')}, {count(len(study.executions), 'execution')} of cells"
    say(f"  programs   {', '.join(printable(program.path) for program in study.programs)}; {runs}")
    for line in package.left_out:
        say(f"  left out   {printable(line)}")


def tell_missing(metadata: Metadata, *, check: bool, quiet: bool) -> bool:
    """What nobody says of the publication; whether a crate is incomplete without."""
    from provkg.publish.metadata import find_missing

    missing = find_missing(metadata)
    is_incomplete = any(each.is_required for each in missing)
    if quiet and not (check and is_incomplete):
        return is_incomplete
    for each in missing:
        say(f"  {'missing' if each.is_required else 'optional'}    {each.key}: {each.why}")
    if missing:
        tell_next([("provkg publish --init", "write a template to fill in")])
    return is_incomplete


# --- the template ---------------------------------------------------------------------------------------


def start(sources: tuple[Path, ...], *, quiet: bool) -> int:
    """Write the template for metadata into the settings of the project."""
    from provkg.export.output import atomic_output
    from provkg.project import PYPROJECT, SETTINGS_FILE, find_project, find_settings_file
    from provkg.publish.metadata import write_template

    project = find_project(sources[0] if sources else Path.cwd())
    file = find_settings_file(project.root) or project.root / SETTINGS_FILE
    if project.settings.publication:
        raise SettingsError(
            "there is a table [publication] already", path=str(file), hint="open it and fill it in"
        )
    known, _ = find_all(project, None)
    text = write_template(known)
    if file.name == PYPROJECT:
        text = text.replace("[publication", "[tool.provkg.publication")
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    with atomic_output(file) as stream:
        stream.write((before + ("\n" if before else "") + text).encode())
    if not quiet:
        say(f"wrote [publication] into {name_place(file)}: open it and fill it in")
        tell_next([("provkg publish analysis.ipynb -o crate.zip", "then make the crate")])
    return 0
