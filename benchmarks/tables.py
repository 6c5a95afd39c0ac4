"""Tables that read well on a terminal and in benchmarks/README.md."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

README = Path(__file__).with_name("README.md")


def format_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [tuple(map(str, row)) for row in rows]
    widths = [max(3, *map(len, column)) for column in zip(headers, *lines, strict=True)]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return "\n".join(format_row(row, widths) for row in [tuple(headers), rule, *lines])


def format_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a table."""
    first, *others = [
        cell.ljust(width) if index == 0 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join([first, *others]) + " |"


def describe_setting(distributions: Sequence[str]) -> str:
    """The interpreter, the machine's kind and the versions of what was measured, in one line."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return "; ".join([python, machine, ", ".join(map(describe_version, distributions))])


def describe_version(distribution: str) -> str:
    """A distribution's name and installed version."""
    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return f"{distribution} (from the checkout)"


def write_section(name: str, text: str) -> None:
    """Put `text` between the markers called `name` in benchmarks/README.md."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    readme, count = pattern.subn(lambda _: f"{begin}\n\n{text}\n\n{end}", README.read_text())
    if count != 1:
        raise ValueError(f"{README}: the markers of {name!r} are there {count} times")
    README.write_text(readme)
