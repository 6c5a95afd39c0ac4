"""Names that a program uses and defines nowhere: running it ends there with NameError.

Whoever reports one must be right. So a name counts as defined wherever anything in the program gives it a
value, in whatever scope and order; and where something may define names that the text does not show (a star
import, `exec`, `%run`, a cell that is no Python), nothing is said of any name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from provkg.extract.environment import BUILTINS
from provkg.extract.magics import COMMAND_CALL, ParsedCell, RawCommand
from provkg.facts.definition import UnresolvedName
from provkg.identity import encode_name

MODULE = frozenset({"WindowsError", "__annotations__", "__class__", "__file__", "__path__"})
"""What Python puts into a module or a method, or has on some systems only."""

PYTHON_2 = frozenset(
    {"apply", "basestring", "buffer", "cmp", "coerce", "execfile", "file", "intern", "long", "raw_input",
     "reduce", "reload", "unichr", "unicode", "xrange"}
)  # fmt: skip

SHELL = frozenset(
    {"In", "Out", "dbutils", "display", "displayHTML", "exit", "get_ipython", "quit", "sc", "spark",
     "sqlContext"}
)  # fmt: skip
"""What IPython, or the kernels of Spark and its services, put there for everyone."""

HISTORY = re.compile(r"_+|_i{1,3}|_i?\d+|_[dios]h")
"""IPython's names for inputs and results gone by."""

HIDING = frozenset({"__builtins__", "eval", "exec", "execfile", "globals", "locals", "setattr", "vars"})
"""Functions by which a program may define names that its text does not show."""

LINE_MAGICS = frozenset(
    {"aimport", "autoreload", "cat", "cd", "colors", "conda", "config", "cp", "debug", "doctest_mode",
     "env", "html", "javascript", "js", "latex", "load_ext", "lprun", "ls", "lsmagic", "mamba",
     "markdown", "matplotlib", "memit", "mkdir", "mprun", "mv", "pdb", "pdef", "pdoc", "pfile", "pinfo",
     "pinfo2", "pip", "precision", "prun", "psource", "pwd", "reload_ext", "rm", "set_env", "svg",
     "tensorboard", "time", "timeit", "unload_ext", "uv", "who", "whos", "xmode"}
)  # fmt: skip
CELL_MAGICS = frozenset(
    {"bash", "capture", "debug", "file", "html", "javascript", "js", "latex", "markdown", "memit",
     "prun", "sh", "svg", "time", "timeit", "writefile"}
)  # fmt: skip
"""Magics that define nothing but what their text shows."""


def find_unresolved_names(
    parsed: Mapping[str, ParsedCell], candidates: Collection[str], is_python_3: bool
) -> list[UnresolvedName]:
    """The names among `candidates` that nothing defines, once for each step that uses them.

    `parsed` has the steps in the order of the document; `candidates` are names that had no value where they
    were read. Unless it is certain that Python 3 runs the program, what Python 2 has built in is defined.
    """
    if not candidates or any(may_hide_names(cell) for cell in parsed.values()):
        return []
    defined = {name for cell in parsed.values() for name in names_defined(cell)}
    known = BUILTINS | MODULE | SHELL | {COMMAND_CALL} | (frozenset() if is_python_3 else PYTHON_2)
    wanted = {name for name in candidates if name not in known and not HISTORY.fullmatch(name)} - defined
    return [
        UnresolvedName(f"{step}.unresolved-{encode_name(name)}", step, name, line)
        for step, cell in parsed.items()
        for name, line in first_uses(cell, wanted).items()
    ]


def may_hide_names(cell: ParsedCell) -> bool:
    """Whether the cell may define names that its text does not show."""
    if cell.unparsed is not None or not all(map(is_plain, cell.commands)):
        return True
    return cell.tree is not None and any(
        (isinstance(node, ast.ImportFrom) and node.names[0].name == "*")
        or (isinstance(node, ast.Name) and node.id in HIDING)
        for node in ast.walk(cell.tree)
    )


def is_plain(command: RawCommand) -> bool:
    """Whether a command defines nothing but what its text shows."""
    if command.kind == "shell":
        return True
    return command.name in (CELL_MAGICS if command.kind == "cell_magic" else LINE_MAGICS)


def names_defined(cell: ParsedCell) -> Iterator[str]:
    """Every name to which something in the cell gives a value, in whatever scope."""
    for command in cell.commands:
        yield from command.bound
    for node in ast.walk(cell.tree) if cell.tree is not None else ():
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            yield from node.names
        elif isinstance(node, ast.MatchMapping):
            yield from filter(None, (node.rest,))
        elif isinstance(node, ast.Try):
            yield from names_tried(node)
        else:
            name = getattr(node, "name", None)  # functions, classes, handlers, patterns, type parameters
            if isinstance(name, str):
                yield name


def names_tried(node: ast.Try) -> Iterator[str]:
    """The names in the body of a `try` that is prepared for a name to be missing."""
    handled = " ".join(
        ast.unparse(handler.type) if handler.type else "NameError" for handler in node.handlers
    )
    if re.search(r"\b(NameError|Exception|BaseException)\b", handled):
        yield from (
            each.id for statement in node.body for each in ast.walk(statement) if isinstance(each, ast.Name)
        )


def first_uses(cell: ParsedCell, names: Iterable[str]) -> dict[str, int]:
    """Each of the names that the cell uses, with the first line that does, in the order of the lines."""
    wanted = set(names)
    if not wanted or cell.tree is None:
        return {}
    uses = [
        (node.lineno, node.col_offset, node.id)
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Name) and node.id in wanted
    ]
    first: dict[str, int] = {}
    for line, _, name in sorted(uses):
        first.setdefault(name, line)
    return first
