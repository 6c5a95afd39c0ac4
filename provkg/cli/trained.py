"""`provkg trained`: which data trained this model?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provkg.cli.help import HelpfulCommand
from provkg.cli.output import check_one_place, endpoint_options, say, tell_failure

if TYPE_CHECKING:
    from provkg.query.models import TrainedModel
    from provkg.store.base import Store

EXAMPLES = (
    ("provkg trained analysis.ipynb", "the models of a notebook"),
    ("provkg trained clf analysis.ipynb", "which data trained clf, with which columns and parameters"),
    ("provkg trained model.joblib", "a model by its file, among what the project's store knows"),
    ("provkg trained clf graph.ttl --explain", "the way from source to model, line by line"),
    ("provkg trained clf --endpoint http://localhost:7878/query", "among what a server knows"),
)
NOTES = {
    "Good to know": (
        "MODEL is a variable, a file that the model is saved to, a class or an IRI; without it all models "
        "are listed. SOURCE is a notebook, a script or a folder of them, extracted and not kept, or a "
        "graph file; without it the project's store is asked, or an endpoint. Nothing is run."
    ),
    "Exit codes": "0: found. 1: there is no such model. 2: SOURCE could not be read.",
}


MOST_NAMES = 8
"""Names of models that are told where none is like the one asked for."""


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("model", required=False)
@click.argument("source", required=False, type=click.Path(path_type=Path))
@click.option("--explain", is_flag=True, help="Tell the way from source to model, line by line.")
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the answer is written.",
)
@endpoint_options
@click.option("--debug", is_flag=True, help="Show the traceback where provkg itself fails.")
def trained(
    model: str | None,
    source: Path | None,
    explain: bool,
    format: str,
    endpoint: str | None,
    timeout: float,
    debug: bool,
) -> int:
    """Say which data trained a model: with which role, columns and parameters, and what says so."""
    from provkg import pipeline

    if model is not None and source is None and Path(model).exists() and is_source(Path(model)):
        source, model = Path(model), None
    check_one_place(source)
    with pipeline.open_graphs(source, endpoint, timeout) as (store, failures):
        for failure in failures:
            tell_failure(failure, debug)
        code = answer(store, model, explain, format)
    return 2 if failures else code


def is_source(path: Path) -> bool:
    """Whether a lone argument is something to look into, not a model's file."""
    from provkg.pipeline import is_graph_file

    return path.is_dir() or path.suffix in {".ipynb", ".py"} or is_graph_file(path)


def answer(store: Store, name: str | None, explain: bool, format: str) -> int:
    """Tell what is asked for; 1 where there is no such model."""
    from provkg.query.models import choose_models, explain_model, find_models, nearest_names
    from provkg.report.trained import explanation_to_json, tell_explanation

    models = find_models(store)
    chosen = models if name is None else choose_models(store, models, name)
    if not chosen:
        say(tell_nothing(name, nearest_names(models, name or ""), models))
        return 1
    if name is None and format == "text" and not explain:
        list_models(chosen)
        return 0
    told = [explain_model(store, each) for each in chosen]
    if format == "json":
        click.echo(json.dumps([explanation_to_json(each) for each in told], indent=1))
    else:
        click.echo("\n\n".join(tell_explanation(each, with_way=explain) for each in told))
    return 0


def list_models(models: list[TrainedModel]) -> None:
    """All models, and how to ask for one."""
    from provkg.report.trained import tell_models

    click.echo(tell_models(models))


def tell_nothing(name: str | None, nearest: list[str], models: list[TrainedModel]) -> str:
    """That there is no such model, and what may be meant: names like it, else those that there are."""
    if not models:
        return "provkg: no model is trained here"
    if nearest:
        return f"provkg: no model is called {name!r}\n  did you mean: {', '.join(nearest)}?"
    names = list(dict.fromkeys(each.variable for each in models if each.variable))
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    return f"provkg: no model is called {name!r}" + (f"\n  there are: {shown}" if shown else "")
