"""`provkg rule`: the rules of validation, explained."""

from __future__ import annotations

import click

from provkg.cli.help import HelpfulCommand

EXAMPLES = (
    ("provkg rule RUN213", "what it asks for, why, an example, how to mend it"),
    ("provkg rule", "all rules"),
    ("provkg rule RUN2", "those whose codes begin so"),
    ("provkg rule --profile notebook", "those that a notebook is held to"),
)
NOTES = {"Exit codes": "0: told. 2: there is no such rule or profile."}


@click.command(cls=HelpfulCommand, examples=EXAMPLES, notes=NOTES)
@click.argument("codes", nargs=-1, metavar="[CODE]...")
@click.option("--profile", "profiles", multiple=True, metavar="NAME", help="List the rules of this profile.")
def rule(codes: tuple[str, ...], profiles: tuple[str, ...]) -> int:
    """Explain rules of validation, or list them."""
    from provkg.report.findings import tell_rule, tell_rules
    from provkg.validate.profiles import ALL, check_codes, find_rule, find_rules, load_rules

    beginnings = tuple(check_codes(codes))
    if codes and set(beginnings) <= set(load_rules()):
        click.echo("\n".join(tell_rule(find_rule(code)) for code in beginnings), nl=False)
    else:
        click.echo(tell_rules(find_rules(profiles or (ALL,), beginnings)), nl=False)
    return 0
