"""`provkg queries`: publish the bank of questions."""

from __future__ import annotations

import click

from provkg.cli.help import HelpfulCommand, HelpfulGroup

EXAMPLES = (
    ("provkg queries build -o queries.ttl", "the bank as RDF, to load beside the data of an endpoint"),
    ("provkg queries readme", "its table of contents, as Markdown"),
)


NOTES = {"Exit codes": "0: written. 2: it could not be written."}


@click.group(cls=HelpfulGroup, examples=EXAMPLES, notes=NOTES, invoke_without_command=True)
@click.pass_context
def queries(ctx: click.Context) -> None:
    """Publish the bank of questions that `provkg query` asks."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@queries.command(cls=HelpfulCommand, examples=EXAMPLES[:1])
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write it; - is standard output.")
@click.option("--endpoint", metavar="URL", help="The SPARQL endpoint that answers the questions.")
def build(output: str, endpoint: str | None) -> int:
    """Write the bank as Turtle: a sh:SPARQLExecutable for each question."""
    from provkg.export.output import atomic_output
    from provkg.query.bank import load_bank
    from provkg.query.catalogue import write_catalogue

    content = write_catalogue(load_bank(), endpoint)
    with atomic_output(output) as stream:
        stream.write(content)
    return 0


@queries.command(cls=HelpfulCommand)
def readme() -> int:
    """Write the table of contents of the bank, as Markdown."""
    from provkg.query.bank import load_bank
    from provkg.report.questions import write_readme

    click.echo(write_readme(load_bank()), nl=False)
    return 0
