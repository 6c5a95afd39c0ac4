"""`provkg kernel`: notebooks that are recorded without being asked."""

from __future__ import annotations

import click

from provkg.cli.help import HelpfulCommand, HelpfulGroup
from provkg.cli.output import say

EXAMPLES = (
    ("provkg kernel install", "record every notebook from now on"),
    ("provkg kernel remove", "record only where %load_ext provkg says so"),
)
NOTES = {
    "Good to know": (
        "A file is written into the folder of IPython's profile, which IPython runs when a kernel starts: "
        "startup/50-provkg.py. Nothing else is changed, and remove takes it away. In an environment without "
        "provkg it does nothing. Each kernel then keeps a journal in .provkg/ of the project that its "
        "notebook lies in, or of the notebook's own folder."
    ),
    "Exit codes": "0: done. 1: there was nothing to remove. 2: the file could not be written or removed.",
}


@click.group(cls=HelpfulGroup, examples=EXAMPLES, notes=NOTES)
def kernel() -> None:
    """Record every notebook, without %load_ext provkg in it."""


profile_option = click.option(
    "--profile", default="default", show_default=True, metavar="NAME", help="The profile of IPython."
)


@kernel.command(cls=HelpfulCommand, examples=EXAMPLES[:1])
@profile_option
def install(profile: str) -> int:
    """Have every kernel recorded from its start."""
    from provkg.capture.startup import install_startup
    from provkg.errors import SettingsError

    try:
        path = install_startup(profile)
    except OSError as error:
        raise SettingsError(f"the file cannot be written: {error.strerror}", path=error.filename) from error
    say(f"provkg: kernels are recorded from now on, by {path}")
    return 0


@kernel.command(cls=HelpfulCommand, examples=EXAMPLES[1:])
@profile_option
def remove(profile: str) -> int:
    """Have kernels recorded only where %load_ext provkg says so."""
    from provkg.capture.startup import remove_startup, startup_file
    from provkg.errors import SettingsError

    try:
        path = remove_startup(profile)
    except OSError as error:
        raise SettingsError(f"the file cannot be removed: {error.strerror}", path=error.filename) from error
    if path is None:
        say(f"provkg: there is no {startup_file(profile)}")
        return 1
    say(f"provkg: removed {path}")
    return 0
