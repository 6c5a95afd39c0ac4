"""Help that begins with examples and says which options belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

Examples = Sequence[tuple[str, str]]
"""A command line, and what it is good for."""


class HelpfulCommand(click.Command):
    """A command whose help has examples, options in groups, and notes; all others come under "Options"."""

    def __init__(
        self,
        *args: Any,
        examples: Examples = (),
        groups: Mapping[str, Sequence[str]] | None = None,
        notes: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.examples = examples
        self.groups = groups or {}
        self.notes = notes or {}

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_text(self.help or "")
        if self.examples:
            with formatter.section("Examples"):
                formatter.write_dl(list(self.examples), col_max=60)
        formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        for title, text in self.notes.items():
            with formatter.section(title):
                formatter.write_text(text)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = {option.name: option.get_help_record(ctx) for option in options}
        grouped = {name for names in self.groups.values() for name in names}
        rest = [name for name in records if name not in grouped]
        for title, names in {**self.groups, "Options": rest}.items():
            rows = [record for name in names if (record := records.get(name))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class HelpfulGroup(HelpfulCommand, click.Group):
    """A group of commands with such a help."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)
