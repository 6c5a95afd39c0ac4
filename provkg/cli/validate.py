"""`provkg validate`: what a complete record lacks, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import STDOUT, check_outputs, endpoint_options, tell_failure
from provkg.project import SEVERITIES

if TYPE_CHECKING:
    from provkg.pipeline import Failed
    from provkg.project import Settings
    from provkg.validate.checking import Asked
    from provkg.validate.findings import Report

EXAMPLES = (
    ("provkg validate analysis.ipynb", "what it lacks, and how to mend it"),
    ("provkg validate . --profile fair", "is all of it ready to be published?"),
    ("provkg validate run.provn", "is it valid PROV?"),
    (
        "provkg validate graph.trig --select PROV -f concise",
        "some rules, on a graph; a line for each finding",
    ),
    ("provkg validate --fail-on warning -f github", "the project's store, in continuous integration"),
    ("provkg validate . --report report.html --badge badge.svg", "scores, and what to mend first, as a page"),
    ("provkg validate --keep; provkg query fair.gaps", "keep the findings in the store, and ask them"),
)
NOTES = {
    "Good to know": (
        "Without PLACE it is the project's store; a PLACE is a notebook, script, folder, graph file, PROV "
        "document (PROV-N, PROV-JSON, PROV-XML), - for a graph on standard input, or a document of the "
        "store. Notebooks and scripts are extracted first, and not run. CODE may be the beginning of codes: "
        "RUN2, PROV. provkg rule CODE explains one."
    ),
    "Silence": (
        "# provkg: ignore RUN213 silences a rule: on a line of its own in its cell (in the whole of a "
        "script), behind code in that statement. In provkg.toml or under [tool.provkg] in pyproject.toml: "
        'ignore = ["RUN213"], also select, profile and fail-on. The report says what is silenced by what.'
    ),
    "Exit codes": "0: nothing to mend. 1: findings as bad as --fail-on says, or worse. 2: it failed.",
}
GROUPS = {
    "What is asked for": ("profiles", "select", "ignore", "fail_on", "owl", "ontologies"),
    "What is said": ("format", "output", "page", "badge", "keep"),
    "Where": ("endpoint", "timeout"),
}

TEXT_FORMATS = ("full", "concise", "json", "github", "gitlab", "sarif", "junit")
FORMATS = (*TEXT_FORMATS, "turtle")


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES, groups=GROUPS)
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option(
    "--profile", "profiles", multiple=True, metavar="NAME",
    help="Hold them to core, notebook, script, run, ml, fair, prov, owl or all. [default: what fits each]",
)  # fmt: skip
@click.option("--select", multiple=True, metavar="CODE", help="Ask only for these rules.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Be silent about these rules.")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 from here on. [default: violation]"
)
@click.option("-f", "--format", type=click.Choice(FORMATS), default="full", help="How it is written.")
@click.option("-o", "--output", default=STDOUT, metavar="FILE", help="Write the report to FILE.")
@click.option("--report", "page", metavar="FILE", help="Write a report with scores: FILE.html or FILE.md.")
@click.option("--badge", metavar="FILE", help="Write the score as a badge: FILE.svg.")
@click.option("--keep", is_flag=True, help="Keep the findings in the store, for provkg query fair.gaps.")
@click.option("--owl", is_flag=True, help="Ask HermiT whether graph and ontologies agree; needs Java.")
@click.option(
    "--ontologies", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
    help="An ontology for --owl beside our own, or a folder of them; can be given again.",
)  # fmt: skip
@endpoint_options
@click.option("--engine", type=click.Choice(("provkg", "pyshacl")), default="provkg", hidden=True)
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def validate(
    places: tuple[str, ...],
    profiles: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    format: str,
    output: str,
    page: str | None,
    badge: str | None,
    keep: bool,
    owl: bool,
    ontologies: tuple[Path, ...],
    endpoint: str | None,
    timeout: float,
    engine: str,
    debug: bool,
) -> int:
    """Say what the record of notebooks, scripts and runs lacks, and how to mend it."""
    from provkg import pipeline
    from provkg.pipeline import Failed
    from provkg.validate.findings import is_at_least
    from provkg.validate.ontology import read_ontologies

    check_outputs([output if output != STDOUT else None, page, badge], [Path(place) for place in places])
    writers = {name: _find_page(name) for name in (page, badge) if name is not None}
    settings = _find_settings(places)
    asked = _make_asked(settings, profiles, select, ignore, engine)
    if owl or ontologies or "owl" in asked.profiles:
        asked = replace(asked, axioms=tuple(read_ontologies(ontologies)))
    reports: list[Report] = []
    failures: list[Failed] = []
    for result in pipeline.check(places, endpoint, timeout, asked):
        (failures if isinstance(result, Failed) else reports).append(result)  # type: ignore[arg-type] # each list takes what is chosen for it
    for failure in failures:
        tell_failure(failure, debug)
    if reports or not failures:
        write(reports, format, output)
        for name, writer in writers.items():
            _write_page(writer(reports), name)
    if keep:
        pipeline.keep_reports(reports, endpoint, timeout)
    least = fail_on or settings.fail_on or "violation"
    has_failed = any(is_at_least(found.severity, least) for report in reports for found in report.findings)
    return 2 if failures else int(has_failed)


def _find_settings(places: Sequence[str]) -> Settings:
    """The settings of the project of the first place that is a path, else of the one we stand in."""
    from provkg.project import find_project

    paths = [Path(place) for place in places if Path(place).exists()]
    return find_project(paths[0] if paths else Path.cwd()).settings


def _make_asked(
    settings: Settings,
    profiles: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    engine: str,
) -> Asked:
    """What documents are held to; the command line comes before the project's settings.

    Raises:
        ValidationError: there is no such profile or rule.
    """
    from provkg.validate.checking import Asked
    from provkg.validate.profiles import check_codes, choose_profiles

    choose_profiles(profiles or settings.profile)
    silenced = dict.fromkeys(check_codes(settings.ignore), "the project's settings")
    silenced |= dict.fromkeys(check_codes(ignore), "--ignore")
    chosen = tuple(check_codes(select or settings.select))
    return Asked(tuple(profiles or settings.profile), chosen, silenced, engine)


def write(reports: Sequence[Report], format: str, output: str) -> None:
    """Write what was found, to a file that is there whole or not at all."""
    from provkg.export.registry import atomic_output, write_graph
    from provkg.validate.report_graph import PREFIXES, emit_report

    with atomic_output(output) as stream:
        if format == "turtle":
            quads = [quad for report in reports for quad in emit_report(report)]
            write_graph(quads, "turtle", stream, PREFIXES)
        else:
            stream.write(_tell(reports, format).encode("utf-8", "replace"))


def _find_page(name: str) -> Callable[[Sequence[Report]], str]:
    """What writes a file of that suffix.

    Raises:
        ValidationError: nothing does.
    """
    from provkg.errors import ValidationError
    from provkg.report import markdown, pages

    writers = {".html": pages.write_html, ".md": markdown.write_markdown, ".svg": pages.write_badge}
    suffix = Path(name).suffix.lower()
    if suffix not in writers:
        raise ValidationError(
            "a report is .html or .md, a badge is .svg", path=name, hint="name the file report.html"
        )
    return writers[suffix]


def _write_page(text: str, name: str) -> None:
    from provkg.export.output import atomic_output

    with atomic_output(name) as stream:
        stream.write(text.encode("utf-8", "replace"))


def _tell(reports: Sequence[Report], format: str) -> str:
    from importlib.metadata import version

    from provkg.report import findings, machine, scores

    if format == "sarif":
        return machine.write_sarif(reports, version("provkg"))
    writers = {
        "full": lambda found: "\n".join(filter(None, (findings.tell_full(found), scores.tell_scores(found)))),
        "concise": findings.tell_concise,
        "json": machine.write_json,
        "github": machine.write_github,
        "gitlab": machine.write_gitlab,
        "junit": machine.write_junit,
    }
    return writers[format](reports)
