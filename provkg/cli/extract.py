"""`provkg extract`: notebooks and scripts in, graphs and a summary out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import (
    STDOUT,
    Outcome,
    check_outputs,
    choose_format,
    deliver,
    name_place,
    output_options,
    progress,
    quote_path,
    say,
    talk_options,
    tell_failure,
    tell_next,
    tell_troubles,
)
from provkg.errors import SourceError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from provkg.extract.run import ExtractOptions
    from provkg.pipeline import Sources, Take, Wanted
    from provkg.project import Settings

EXAMPLES = (
    ("provkg extract analysis.ipynb", "into the project's store"),
    ("provkg extract analysis.ipynb -o graph.ttl", "to a file"),
    ("provkg extract . -o all.nq --jobs 4", "a folder to one file"),
    ("provkg extract train.py -o - -f jsonld", "to standard output"),
)

GROUPS = {
    "Where it goes": ("output", "format", "facts", "shape", "base"),
    "What is looked at": ("data_root", "knowledge", "defaults"),
    "What is kept back": ("no_source", "no_outputs", "redact"),
}

NOTES = {
    "Good to know": (
        "Nothing is run, imported or fetched; only --defaults imports installed libraries. "
        "Without -o, --facts and --as, graphs go into the store in "
        ".provkg/ of the project: the nearest folder upwards with .provkg/, provkg.toml, .git or "
        "pyproject.toml, else the folder of the file. Extracting a file again replaces its graphs. "
        "Cells are counted from 1, text cells included."
    ),
    "Exit codes": (
        "0: done. 2: a file could not be extracted, or the command makes no sense; "
        "the other files are extracted all the same. 130: stopped with Ctrl-C."
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """The options of the command, as the user gave them."""

    paths: tuple[Path, ...]
    output: str | None
    format: str | None
    facts: str | None
    shape: str | None
    base: str | None
    data_root: Path | None
    knowledge: tuple[Path, ...]
    defaults: bool
    no_source: bool
    no_outputs: bool
    redact: tuple[str, ...]
    jobs: int
    quiet: bool
    debug: bool

    @property
    def to_store(self) -> bool:
        """Do the graphs go into the project's store?"""
        return self.output is None and self.facts is None and self.shape is None

    @property
    def graph_output(self) -> str | None:
        """Where a file with the graph goes, if one is wanted."""
        return None if self.shape else self.output


def _check_patterns(_: click.Context, __: click.Parameter, patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise click.BadParameter(f"{pattern!r} is not a regular expression: {error}") from error
    return patterns


_SOURCE = click.Path(readable=False, path_type=Path)  # one that cannot be read must not stop the others
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(cls=HelpfulCommand, examples=EXAMPLES, groups=GROUPS, notes=NOTES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=_SOURCE)
@output_options
@click.option("--facts", metavar="FILE", help="Write what was found as JSON Lines, for provkg graph.")
@click.option(
    "--as",
    "shape",
    type=click.Choice(["labels"]),
    help="Write labels instead of a graph: what cells depend on, data and models, as JSON.",
)
@click.option(
    "--data-root",
    type=_FOLDER,
    metavar="DIR",
    help="Measure and hash data files below DIR; else those below the folder given or beside the file given.",
)
@click.option("--knowledge", type=_FILE, multiple=True, metavar="FILE", help="Calls of your own, as TOML.")
@click.option(
    "--defaults",
    is_flag=True,
    help="Add the parameters that models are not given, from the installed libraries, which are imported.",
)
@click.option("--no-source", is_flag=True, help="Leave out the source text of cells.")
@click.option("--no-outputs", is_flag=True, help="Leave out saved outputs.")
@click.option(
    "--redact",
    multiple=True,
    metavar="REGEX",
    callback=_check_patterns,
    help="Hide what matches, as credentials are hidden anyway.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Use N processes.")
@talk_options
def extract(**options: Any) -> int:
    """Make the provenance graph of notebooks (.ipynb), scripts (.py) and folders of them."""
    request = Request(**options)
    _check_combination(request)
    return _extract(request)


def _check_combination(request: Request) -> None:
    if request.format and not request.graph_output:
        raise click.UsageError("-f is about the graph: it needs -o", click.get_current_context())
    if request.shape and not request.output:
        raise click.UsageError("--as needs -o, for example -o out.json or -o -", click.get_current_context())


def _extract(request: Request) -> int:
    from provkg import pipeline

    explicit = _parse_base(request.base)
    sources = pipeline.find_sources(request.paths, request.data_root)
    _check_found(sources, request)
    check_outputs((request.output, request.facts), (source.path for source in sources.files))
    options = _merge_options(request, sources)
    pipeline.check_options(options, explicit or sources.project.base)
    sinks, base = _choose_sinks(request, sources, explicit)
    wanted = _choose_wanted(request, base, options)
    results = pipeline.extract_all(sources.files, wanted, request.jobs)
    with progress(results, len(sources.files), request.quiet) as shown:
        outcome = deliver(shown, sinks)
    _tell(request, sources, outcome)
    is_whole = not outcome.failures and not any(each.severity != "info" for each in sources.problems)
    return 0 if is_whole else 2


def _parse_base(text: str | None) -> str | None:
    from provkg.project import parse_base

    return None if text is None else parse_base(text)


def _check_found(sources: Sources, request: Request) -> None:
    if sources.files:
        return
    for problem in sources.problems:
        say(f"provkg: {problem.message}\n  in {problem.where}")
    raise SourceError(
        "there are no notebooks or scripts here",
        path=", ".join(map(str, request.paths)),
        hint="looked for .ipynb and .py, not in hidden folders and virtual environments",
    )


def _merge_options(request: Request, sources: Sources) -> ExtractOptions:
    """What the user asks for, and what the project's settings ask for."""
    from provkg.extract.run import ExtractOptions

    settings: Settings = sources.project.settings
    return ExtractOptions(
        keep_source=settings.source and not request.no_source,
        keep_outputs=settings.outputs and not request.no_outputs,
        redact=(*settings.redact, *request.redact),
        project_root=sources.project.root,
        defaults=request.defaults,
        knowledge=(*(path.absolute() for path in request.knowledge), *settings.knowledge),
    )


def _choose_sinks(
    request: Request, sources: Sources, explicit: str | None
) -> tuple[list[AbstractContextManager[Take]], str]:
    """What takes the results, and the base of graphs and facts."""
    from provkg import pipeline

    if request.to_store:
        project, base = pipeline.prepare_store(explicit, sources)
        return [pipeline.project_store(project)], base
    base = pipeline.choose_base(explicit, sources)
    sinks: list[AbstractContextManager[Take]] = []
    if request.facts:
        sinks.append(pipeline.facts_file(request.facts))
    if request.graph_output:
        format = choose_format(request.graph_output, request.format)
        sinks.append(pipeline.graph_file(request.graph_output, format))
    elif request.output:
        is_single = len(request.paths) == 1 and not os.path.isdir(request.paths[0])
        sinks.append(pipeline.labels_file(request.output, is_single=is_single))
    return sinks, base


def _choose_wanted(request: Request, base: str, options: ExtractOptions) -> Wanted:
    from provkg.pipeline import Wanted

    return Wanted(
        base=base,
        graphs=request.to_store or request.graph_output is not None,
        facts=request.facts is not None,
        label=request.shape is not None,
        options=options,
    )


# --- telling ------------------------------------------------------------------------------------------------


def _tell(request: Request, sources: Sources, outcome: Outcome) -> None:
    """Errors always; what was found, unless the user wants quiet."""
    is_single = len(sources.files) == 1 and not sources.problems
    if is_single and outcome.failures:
        tell_failure(outcome.failures[0], request.debug)
    elif is_single:
        _tell_one(request, sources, outcome)
    else:
        _tell_many(request, sources, outcome)


def _tell_one(request: Request, sources: Sources, outcome: Outcome) -> None:
    from provkg.report.text import format_summary

    if request.quiet:
        return
    emphasise = partial(click.style, bold=True)
    say(format_summary(outcome.summaries[0], _places(request, sources, outcome), emphasise))
    tell_next(_suggest(request, sources))


def _tell_many(request: Request, sources: Sources, outcome: Outcome) -> None:
    from provkg.report.text import Trouble, find_troubles, tell_failed, tell_totals

    if request.debug:
        for failure in outcome.failures:
            if failure.trace:
                say(failure.trace)
    troubles = [tell_failed(failure.name, failure.error) for failure in outcome.failures]
    for problem in sources.problems:
        is_failure = problem.severity != "info"
        result = "failed" if is_failure else "left out"
        troubles.append(Trouble(problem.where, result, problem.message, is_failure))
    if not request.quiet:
        troubles.extend(find_troubles(outcome.summaries))
    else:
        troubles = [trouble for trouble in troubles if trouble.is_failure]
    if troubles:
        tell_troubles(troubles)
    if not request.quiet:
        say(tell_totals(outcome.summaries, len(outcome.failures)))
        for place in _places(request, sources, outcome):
            say(place)
        tell_next(_suggest(request, sources))


def _places(request: Request, sources: Sources, outcome: Outcome) -> Sequence[str]:
    """Where results went: "1,246 triples in iris.ttl"."""
    from provkg.report.text import count

    if not outcome.summaries:
        return []
    triples = count(sum(each.triples for each in outcome.summaries), "triple")
    places = []
    if request.to_store:
        places.append(f"{triples} in the store {name_place(sources.project.store_folder)}")
    if request.graph_output:
        places.append(f"{triples} in {_name_output(request.graph_output)}")
    if request.facts:
        facts = count(sum(each.facts for each in outcome.summaries), "fact")
        places.append(f"{facts} in {_name_output(request.facts)}")
    if request.shape and request.output:
        places.append(f"{count(len(outcome.summaries), 'label')} in {_name_output(request.output)}")
    return places


def _name_output(output: str) -> str:
    return "standard output" if output == STDOUT else output


def _suggest(request: Request, sources: Sources) -> list[tuple[str, str]]:
    """What to try next, of what there is."""
    path = request.paths[0]
    is_folder = os.path.isdir(path)
    suggestions = []
    if request.facts and request.facts != STDOUT:
        suggestions.append((f"provkg graph {quote_path(request.facts)}", "the graph of these facts"))
    if request.to_store and len(request.paths) == 1 and str(path).isprintable():
        name = path.stem if len(path.stem) <= 20 else "graph"
        output = "graph.nq" if is_folder else f"{name}.ttl"
        what = "all graphs in one file" if is_folder else "the graph as a file that you can read"
        suggestions.append((f"provkg extract {quote_path(path)} -o {quote_path(output)}", what))
    if len(sources.files) == 1 and str(path.parent).isprintable():
        folder = quote_path(path.parent)
        suggestions.append((f"provkg extract {folder}", "all notebooks and scripts of the folder"))
    suggestions.append(("provkg extract --help", "what else can be told and left out"))
    return suggestions
