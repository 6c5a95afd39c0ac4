"""A cell as a Python syntax tree, with IPython's magics, shell lines and help lines taken apart.

The text is parsed as it stands first: nine cells of ten are plain Python, and IPython's own transformation
changes the strings of valid cells. Only what does not parse is rewritten: every command becomes a call

    __command__(0, url, folder / name)      # !wget {url} -P {folder / name}

of a private name, with its place in `ParsedCell.commands` and the program's expressions that it reads as
arguments, so that a walk over the tree meets commands where they stand, sees what they use, and what they
bind (`files = !ls`). Line numbers and columns of the tree are those of the text as written.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from string import Formatter

from provkg.facts.definition import CommandKind
from provkg.facts.factset import Span

COMMAND_CALL = "__command__"
"""The name whose calls stand for commands in a rewritten tree."""

_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True, slots=True)
class RawCommand:
    """A magic, shell or help line as written."""

    kind: CommandKind
    name: str
    """"time", "writefile", "pip", "wget"; "pinfo" for help."""
    arguments: str
    """What follows a magic's name; the whole command line of a shell line. Continued lines are joined."""
    text: str
    """As written, without the body of a cell magic."""
    span: Span
    expressions: tuple[str, ...] = ()
    """Source of the program's expressions that it reads, in the order of the arguments of its call."""
    bound: tuple[str, ...] = ()
    """Names that it binds: `%%capture out`, `%%R -o result`, `%store -r model`."""
    body: str | None = None
    """What stands below a cell magic that is not Python of this program."""


@dataclass(frozen=True, slots=True)
class ParsedCell:
    """What a cell's text says."""

    tree: ast.Module | None
    """None where nothing could be parsed; of a partly `unparsed` cell, the statements that could be."""
    commands: tuple[RawCommand, ...] = ()
    unparsed: str | None = None
    """Why the cell, or a part of it, is no Python."""
    language: str | None = None
    """The language of a cell magic's body, where that is not the program's own."""
    rewritten: str | None = None
    """"python 2" where the text was parsed after its Python 2 syntax was brought up to date."""


def parse_cell(source: str, language: str = "python") -> ParsedCell:
    """The syntax tree and the commands of a cell of a document in `language`; never raises.

    Only Python is parsed: a cell of another language has neither tree nor reason.
    """
    if not language.startswith(("python", "ipython")):
        return ParsedCell(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = _parse(source)
        if isinstance(tree, ast.Module):
            return _expand_calls(tree) if "get_ipython()" in source else ParsedCell(tree)
        return _parse_rewritten(source, tree)


def command_index(call: ast.Call) -> int | None:
    """The place in `ParsedCell.commands` of the command that a call stands for; None for other calls."""
    if isinstance(call.func, ast.Name) and call.func.id == COMMAND_CALL and call.args:
        first = call.args[0]
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, int) else None
    return None


def _parse(source: str) -> ast.Module | str:
    """The syntax tree, or why there is none."""
    try:
        tree: ast.Module = compile(source, "<cell>", "exec", _FLAGS)
        return tree
    except SyntaxError as error:
        line = f" (line {error.lineno})" if error.lineno else ""
        return f"{error.msg}{line}"
    except UnicodeEncodeError:
        return _parse(source.encode("utf-8", "replace").decode())
    except ValueError as error:  # a NUL byte, before Python 3.12
        return str(error)
    except (RecursionError, MemoryError):
        return "too deeply nested"


def _parse_rewritten(source: str, reason: str) -> ParsedCell:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    rewriting = _rewrite_commands(source)
    commands = tuple(rewriting.commands)
    text = _apply(source, rewriting.edits)
    tree = _parse(text)
    if isinstance(tree, ast.Module):
        return ParsedCell(_relocate(tree, source, rewriting.edits), commands, None, rewriting.language)
    if rewriting.guessed_language:  # a cell magic that is not known, over a body that is not Python
        return _foreign_cell(source, rewriting.guessed_language)
    reason = tree if commands else reason
    return _parse_python2(source, text, rewriting, reason)


def _parse_python2(source: str, text: str, rewriting: _Rewriting, reason: str) -> ParsedCell:
    commands = tuple(rewriting.commands)
    edits = list(_find_python2(text))
    tree = _parse(_apply(text, edits)) if edits else reason
    if isinstance(tree, ast.Module):
        tree = _relocate(_relocate(tree, text, edits), source, rewriting.edits)
        return ParsedCell(tree, commands, None, rewriting.language, rewritten="python 2")
    if _PYTHON_2_REASON.search(reason):
        reason = f"Python 2 syntax: {reason}"
    parts = _parse_statements(text)
    tree_of_rest = _relocate(parts, source, rewriting.edits) if parts.body else None
    return ParsedCell(tree_of_rest, commands, reason, rewriting.language)


def _parse_statements(text: str) -> ast.Module:
    """The top-level statements that parse when each is read alone."""
    module = ast.Module(body=[], type_ignores=[])
    for start, end in _find_statements(text):
        tree = _parse(text[start:end])
        if isinstance(tree, ast.Module):
            ast.increment_lineno(tree, text.count("\n", 0, start))
            module.body += tree.body
    return module


# --- edits: the text that is parsed, and the way back to the text as written ---------------------------


@dataclass(frozen=True, slots=True)
class _Edit:
    """Replace `start:end` of a text; as many line breaks go in as come out."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Patch:
    """Columns of one line: what lies at `new` in the edited text lay at `old` (UTF-8 offsets)."""

    new: tuple[int, int]
    old: tuple[int, int]


@dataclass(slots=True)
class _Rewriting:
    """Commands found in a text, and the edits that turn it into Python."""

    source: str
    edits: list[_Edit] = field(default_factory=list)
    commands: list[RawCommand] = field(default_factory=list)
    language: str | None = None
    guessed_language: str | None = None


_LOCATED = (ast.expr, ast.stmt, ast.excepthandler, ast.arg, ast.keyword, ast.alias, ast.pattern)


def _apply(source: str, edits: list[_Edit]) -> str:
    pieces: list[str] = []
    end = 0
    for edit in edits:
        pieces += (source[end : edit.start], edit.text)
        end = edit.end
    return "".join((*pieces, source[end:]))


def _relocate(tree: ast.Module, source: str, edits: list[_Edit]) -> ast.Module:
    """The tree of an edited text, with the columns of the text before the edits."""
    patches = _find_patches(source, edits)
    if not patches:
        return tree
    for node in ast.walk(tree):
        if isinstance(node, _LOCATED):
            node.col_offset = _old_column(patches.get(node.lineno, ()), node.col_offset, 0)
            end = node.end_col_offset
            if end is not None and node.end_lineno is not None:
                node.end_col_offset = _old_column(patches.get(node.end_lineno, ()), end, 1)
    return tree


def _old_column(patches: list[_Patch] | tuple[()], column: int, side: int) -> int:
    shift = 0
    for patch in patches:
        if column < patch.new[0] + side:
            break
        if column < patch.new[1] + side:
            return patch.old[side]
        shift = patch.old[1] - patch.new[1]
    return column + shift


def _find_patches(source: str, edits: list[_Edit]) -> dict[int, list[_Patch]]:
    """By line: the columns that the edits changed."""
    patches: dict[int, list[_Patch]] = {}
    line, seen, grown = 1, 0, 0
    for edit in edits:
        new_lines = source.count("\n", seen, edit.start)
        line, grown = (line + new_lines, 0) if new_lines else (line, grown)
        line_start = source.rfind("\n", 0, edit.start) + 1
        old_start = len(source[line_start : edit.start].encode("utf-8", "replace"))
        old_end = old_start + _width(source[edit.start : edit.end])
        new_end = old_start + grown + _width(edit.text)
        patches.setdefault(line, []).append(_Patch((old_start + grown, new_end), (old_start, old_end)))
        grown = new_end - old_end
        line, seen = line + source.count("\n", edit.start, edit.end), edit.end
        if "\n" in source[edit.start : edit.end]:
            grown = 0
    return patches


def _width(text: str) -> int:
    return len(text.partition("\n")[0].encode("utf-8", "replace"))


# --- logical lines -------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'''(?P<comment>\#[^\n]*)
    | (?P<string>"""(?:[^\\]|\\.)*?""" | \'\'\'(?:[^\\]|\\.)*?\'\'\'
        | (?!"""|\'\'\')(?:"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'))
    | (?P<stray>""".* | \'\'\'.* | ["'])
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | \\\n | (?P<newline>\n)''',
    re.VERBOSE | re.DOTALL,
)
_CONTINUED = re.compile(r"(?:[^\n\\]|\\.)*\\?(?:\n|\Z)", re.DOTALL)


def _end_of_statement(text: str, start: int) -> int:
    """Where the logical line ends that begins at `start`: brackets, strings and `\\` hold lines together."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        kind = token.lastgroup
        if kind == "newline" and depth == 0:
            return token.end()
        if kind == "stray":
            break
        depth += (kind == "open") - (kind == "close" and depth > 0)
    else:
        if depth == 0:
            return len(text)
    # A bracket or string is never closed: only this line is lost, not everything below it.
    end = text.find("\n", start)
    return len(text) if end < 0 else end + 1


def _end_of_command(text: str, start: int) -> int:
    """Where a command line ends: only `\\` at the end of a line continues it."""
    match = _CONTINUED.match(text, start)
    return match.end() if match else len(text)


def _find_statements(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each top-level statement, its block and decorators included."""
    start = position = 0
    decorated = False
    while position < len(text):
        begins = not decorated and not _CONTINUES_STATEMENT.match(text, position)
        if begins and position > start:
            yield start, position
            start = position
        if not _BLANK.match(text, position):
            decorated = text[position] == "@"
        position = _end_of_statement(text, position)
    if start < len(text):
        yield start, len(text)


_BLANK = re.compile(r"[ \t\f]*(?:#[^\n]*)?(?:\n|\Z)")
_CONTINUES_STATEMENT = re.compile(r"[ \t\f]|\n|#|(?:else|elif|except|finally)\b")

# --- commands ------------------------------------------------------------------------------------------

_CELL_MAGIC = re.compile(
    r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*"
    r"(?P<command>%%(?P<name>[A-Za-z_][\w.\-]*|!)(?P<arguments>[^\n]*))(?:\n|\Z)"
)
# `%%time` below the first line is an error in IPython, but says what was meant.
_ESCAPED = re.compile(r"[ \t]*(?P<escape>!!?(?=[ \t]*[^\s=])|%%?(?=[ \t]*[A-Za-z_]))[ \t]*")
_ASSIGNED = re.compile(
    r"[ \t]*(?P<targets>[A-Za-z_][\w.,\[\]'\" \t*]*?)[ \t]*=[ \t]*"
    r"(?P<escape>!(?=[ \t]*[^\s=])|%(?=[ \t]*[A-Za-z_]))[ \t]*"
)
_HELP = re.compile(
    r"[ \t]*(?:\?{1,2}[ \t]*(?P<before>%{0,2}[\w.*]+)|(?P<after>%{0,2}[\w.*\[\]'\"()]+?)[ \t]*\?{1,2})"
    r"[ \t;]*(?=\n|\Z)"
)
# Words that IPython takes for magics without their `%`, before something that no Python goes on with.
_AUTOMAGIC = re.compile(
    r"[ \t]*(?:pip|conda|mamba|cd|ls|ll|cat|mkdir|rmdir|rm|cp|mv|less|more|man|run|load_ext|reload_ext"
    r"|matplotlib|time|timeit|env|load|store|pylab|config|autoreload|whos?)[ \t]+"
    r"(?!(?:in|is|and|or|not|if|else|for)\b|[-*/][ \t])(?=[\w./~'\"$*{-])"
)
_WORD = re.compile(r"[\w.\-]+\??|\S")

_STATEMENT_MAGICS = frozenset(
    {"time", "timeit", "prun", "memit", "lprun", "mprun", "snakeviz", "pyinstrument"}
)
"""Line magics that run a Python statement."""
_MAGIC_OPTIONS = re.compile(
    r"(?:-(?:[fTDls][ \t]*\S+|[a-zA-Z][ \t]*\d*)(?=\s|\Z)[ \t]*|--[\w-]+(?:=\S+)?[ \t]*)*"
)
_COMPOUND = re.compile(r"(?:for|while|if|with|try|def|class|async|match)\b")

_PYTHON_BODIES = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "lprun", "mprun", "px", "debug", "snakeviz",
     "pyinstrument", "scalene", "heat", "notify", "skip", "local", "manim", "ipytest", "run_pytest",
     "tutor", "cache", "wandb"}
)  # fmt: skip
_LANGUAGES = {
    "bash": "bash", "sh": "sh", "script": "text", "system": "sh", "sx": "sh", "!": "sh", "cmd": "batch",
    "powershell": "powershell", "pwsh": "powershell", "html": "html", "HTML": "html", "svg": "svg",
    "SVG": "svg", "javascript": "javascript", "js": "javascript", "latex": "latex",
    "markdown": "markdown", "sql": "sql", "bigquery": "sql", "sparksql": "sql", "R": "r", "r": "r",
    "julia": "julia", "octave": "octave", "matlab": "matlab", "perl": "perl", "ruby": "ruby",
    "cython": "cython", "fortran": "fortran", "cpp": "c++", "cu": "cuda", "cuda": "cuda", "rust": "rust",
    "stata": "stata", "sas": "sas", "scala": "scala", "dot": "dot", "mermaid": "mermaid", "ai": "text",
    "configure": "json", "kql": "kql",
    # Another process, so other variables: no part of this program.
    "python": "python", "python2": "python 2", "python3": "python", "pypy": "python",
}  # fmt: skip
_SUFFIXES = {
    "py": "python", "sh": "bash", "r": "r", "sql": "sql", "html": "html", "js": "javascript", "json": "json",
    "yaml": "yaml", "yml": "yaml", "md": "markdown", "c": "c", "cpp": "c++", "cu": "cuda", "pyx": "cython",
    "tex": "latex", "toml": "toml", "css": "css",
}  # fmt: skip
_FILE_MAGICS = frozenset({"writefile", "file"})
_PYLAB = (
    "import numpy, matplotlib; import numpy as np; from matplotlib import pylab, pyplot; "
    "import matplotlib.pyplot as plt; from pylab import *"
)


def _rewrite_commands(source: str) -> _Rewriting:
    rewriting = _Rewriting(source)
    position = _rewrite_cell_magics(rewriting)
    indent = _common_indent(source, position)
    while position < len(source):
        position = _rewrite_line(rewriting, position, indent)
    return rewriting


def _rewrite_cell_magics(rewriting: _Rewriting) -> int:
    """Rewrite the cell magics at the top (`%%time` above `%%capture`); gives where the body begins."""
    source, position = rewriting.source, 0
    while match := _CELL_MAGIC.match(source, position):
        name, arguments = match["name"], match["arguments"].strip()
        start, end = match.span("command")
        language = _body_language(name, arguments)
        if language is not None:
            _rewrite_foreign(rewriting, start, end, name, arguments, language)
            return len(source)
        if name not in _PYTHON_BODIES:
            rewriting.guessed_language = rewriting.guessed_language or name.lower()
        setup = arguments[_options_end(arguments) :] if name == "timeit" else ""
        _add_command(rewriting, start, end, "cell_magic", name, arguments, statement=setup)
        position = match.end()
    return position


def _body_language(name: str, arguments: str) -> str | None:
    """The language of a cell magic's body; None where it is Python of this program, as far as is known."""
    if name in _FILE_MAGICS:
        words = arguments.replace('"', " ").replace("'", " ").split()
        suffix = words[-1].rpartition(".")[2].lower() if words else ""
        return _SUFFIXES.get(suffix, "text")
    if name == "script":
        program = next((word for word in arguments.split() if not word.startswith("-")), "")
        program = program.rpartition("/")[2]
        return _LANGUAGES.get(program, program or "text")
    return _LANGUAGES.get(name)


def _foreign_cell(source: str, language: str) -> ParsedCell:
    """A cell whose magic nobody knows, above a body that is not Python: the magic's name is the language."""
    match = _CELL_MAGIC.match(source)
    assert match  # noqa: S101  # a language is only guessed from a cell magic
    rewriting = _Rewriting(source)
    start, end = match.span("command")
    _rewrite_foreign(rewriting, start, end, match["name"], match["arguments"].strip(), language)
    tree = _parse(_apply(source, rewriting.edits))
    tree = _relocate(tree, source, rewriting.edits) if isinstance(tree, ast.Module) else ast.Module([], [])
    return ParsedCell(tree, tuple(rewriting.commands), None, language)


def _rewrite_foreign(
    rewriting: _Rewriting, start: int, end: int, name: str, arguments: str, language: str
) -> None:
    source = rewriting.source
    body = source[end + 1 :]
    rewriting.language = language
    _add_command(rewriting, start, end, "cell_magic", name, arguments, body=body)
    if body:
        rewriting.edits.append(_Edit(end, len(source), "\n" * source.count("\n", end)))


def _common_indent(source: str, position: int) -> str:
    """The indent of the first line of code: IPython takes it off all lines."""
    while position < len(source) and (blank := _BLANK.match(source, position)) and blank.end() > position:
        position = blank.end()
    indent = re.compile(r"[ \t]*").match(source, position)
    return indent[0] if indent else ""


def _rewrite_line(rewriting: _Rewriting, start: int, indent: str) -> int:
    """Rewrite the logical line at `start` if it is a command; gives where the next one begins."""
    source = rewriting.source
    if indent and source.startswith(indent, start):
        rewriting.edits.append(_Edit(start, start + len(indent), ""))
        start += len(indent)
    if (help_line := _HELP.match(source, start)) is not None:
        return _rewrite_help(rewriting, help_line)
    if (escaped := _ESCAPED.match(source, start)) is not None:
        return _rewrite_escaped(rewriting, escaped, "")
    if (assigned := _ASSIGNED.match(source, start)) is not None:
        return _rewrite_escaped(rewriting, assigned, assigned["targets"])
    if (automagic := _AUTOMAGIC.match(source, start)) is not None:
        begin = automagic.start() + len(automagic[0]) - len(automagic[0].lstrip())
        return _rewrite_magic(rewriting, begin, begin, "")
    return _end_of_statement(source, start)


def _rewrite_escaped(rewriting: _Rewriting, match: re.Match[str], targets: str) -> int:
    begin = match.start("escape")
    if match["escape"].startswith("%"):
        return _rewrite_magic(rewriting, begin, match.end(), targets)
    end = _end_of_command(rewriting.source, begin)
    stop = end - 1 if rewriting.source[end - 1 : end] == "\n" else end
    arguments = _join_lines(rewriting.source[match.end() : stop])
    _add_command(rewriting, begin, stop, "shell", _program(arguments), arguments)
    return end


def _rewrite_magic(rewriting: _Rewriting, begin: int, name_start: int, targets: str) -> int:
    source = rewriting.source
    name = _WORD.match(source, name_start)
    name_end = name.end() if name else name_start
    magic = source[name_start:name_end].rstrip("?")
    if magic in _STATEMENT_MAGICS and not targets:
        return _rewrite_statement_magic(rewriting, begin, magic, name_end)
    end = _end_of_command(source, begin)
    stop = end - 1 if source[end - 1 : end] == "\n" else end
    arguments = _join_lines(source[name_end:stop])
    statement = _PYLAB if magic == "pylab" else ""
    _add_command(rewriting, begin, stop, "line_magic", magic, arguments, statement=statement)
    return end


def _rewrite_statement_magic(rewriting: _Rewriting, begin: int, magic: str, name_end: int) -> int:
    """`%time x = f(y)`: the statement stays where it is, behind the command's call."""
    source = rewriting.source
    blanks = re.compile(r"[ \t]*").match(source, name_end)
    options_start = blanks.end() if blanks else name_end
    statement_start = options_start + _options_end(
        source[options_start : _end_of_command(source, options_start)]
    )
    line_end = source.find("\n", begin)
    line_end = len(source) if line_end < 0 else line_end
    rest = source[statement_start:line_end]
    if not rest.strip() or rest.lstrip().startswith(("!", "%")):
        _add_command(rewriting, begin, line_end, "line_magic", magic, source[name_end:line_end].strip())
        return min(line_end + 1, len(source))
    _add_command(
        rewriting, begin, line_end, "line_magic", magic, source[name_end:line_end].strip(),
        keep_from=statement_start, is_compound=_COMPOUND.match(rest) is not None,
    )  # fmt: skip
    return _end_of_statement(source, statement_start)


def _rewrite_help(rewriting: _Rewriting, match: re.Match[str]) -> int:
    source = rewriting.source
    what = match["before"] or match["after"]
    begin = match.start() + len(match[0]) - len(match[0].lstrip())
    name = "pinfo2" if "??" in match[0] else "pinfo"
    expressions = (what,) if _is_expression(what) else ()
    _add_command(rewriting, begin, match.end(), "line_magic", name, what, expressions=expressions)
    return min(match.end() + 1, len(source))


def _add_command(
    rewriting: _Rewriting,
    start: int,
    end: int,
    kind: CommandKind,
    name: str,
    arguments: str,
    *,
    statement: str = "",
    keep_from: int | None = None,
    is_compound: bool = False,
    expressions: tuple[str, ...] | None = None,
    body: str | None = None,
) -> None:
    """Record the command at `start:end` and the edit that puts its call there.

    `statement` is Python to run after it; from `keep_from` on, the line already is such Python.
    """
    source = rewriting.source
    bound, read = _names_of(kind, name, arguments)
    if expressions is None:
        expressions = (
            read if keep_from is not None or name == "timeit" else (*read, *_interpolated(arguments))
        )
    index = len(rewriting.commands)
    span = _span(source, start, end)
    rewriting.commands.append(
        RawCommand(kind, name, arguments, source[start:end], span, expressions, bound, body)
    )
    call = f"{COMMAND_CALL}({', '.join((str(index), *expressions))})"
    call = "".join(f"{target} = " for target in bound) + call
    call += f"; {statement}" if statement else ""
    if keep_from is not None:
        rewriting.edits.append(_Edit(start, keep_from, "" if is_compound else call + "; "))
    else:
        rewriting.edits.append(_Edit(start, end, call + "\n" * source.count("\n", start, end)))


def _span(source: str, start: int, end: int) -> Span:
    first, last = source.count("\n", 0, start) + 1, source.count("\n", 0, end) + 1
    return Span(first, _column(source, start), last, _column(source, end))


def _column(source: str, position: int) -> int:
    return len(source[source.rfind("\n", 0, position) + 1 : position].encode("utf-8", "replace"))


def _join_lines(text: str) -> str:
    return re.sub(r"\\\n[ \t]*", " ", text).strip()


def _options_end(arguments: str) -> int:
    match = _MAGIC_OPTIONS.match(arguments)
    return match.end() if match else 0


# --- what a command reads and binds --------------------------------------------------------------------

_OPTION_VALUE = re.compile(r"(?:^|\s)(-\w|--\w+)[ \t=]+([^\s,]+(?:,[^\s,]+)*)")
_DOLLAR = re.compile(r"(?<![\w\\$])\$([A-Za-z_]\w*(?:\.\w+)*)")
_ENVIRONMENT = frozenset(
    {"HOME", "PATH", "PWD", "USER", "SHELL", "HOSTNAME", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH",
     "VIRTUAL_ENV", "CONDA_PREFIX"}
)  # fmt: skip
_SCRIPT_OUTPUTS = ("--out", "--err", "--proc")
_BINDING_OPTIONS = {
    "bash": _SCRIPT_OUTPUTS, "sh": _SCRIPT_OUTPUTS, "script": _SCRIPT_OUTPUTS, "px": ("-o", "--out"),
    "R": ("-o", "--output"), "octave": ("-o", "--output"), "julia": ("-o",), "matlab": ("-o",),
}  # fmt: skip
_READING_OPTIONS = {"R": ("-i", "--input"), "octave": ("-i", "--input"), "julia": ("-i",), "matlab": ("-i",)}


def _names_of(kind: CommandKind, name: str, arguments: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that a magic binds, and those that it reads by being told them."""
    words = [word for word in arguments.split() if not word.startswith("-")]
    if kind == "shell":
        return (), ()
    if name == "store":
        names = tuple(filter(_is_name, words))
        return (names, ()) if re.search(r"(?:^|\s)-r\b", arguments) else ((), _before_redirection(words))
    if kind != "cell_magic":
        return (), ()
    if name in ("capture", "bigquery"):
        return tuple(filter(_is_name, words[:1])), ()
    if name == "sql" and "<<" in words:
        return tuple(filter(_is_name, words[: words.index("<<")][-1:])), ()
    bound = _option_names(arguments, _BINDING_OPTIONS.get(name, ()))
    return bound, _option_names(arguments, _READING_OPTIONS.get(name, ()))


def _before_redirection(words: list[str]) -> tuple[str, ...]:
    stop = next((index for index, word in enumerate(words) if word.startswith(">")), len(words))
    return tuple(filter(_is_name, words[:stop]))


def _option_names(arguments: str, options: tuple[str, ...]) -> tuple[str, ...]:
    values = (value for option, value in _OPTION_VALUE.findall(arguments) if option in options)
    return tuple(name for value in values for name in value.split(",") if _is_name(name))


def _is_name(word: str) -> bool:
    return word.isidentifier() and not iskeyword(word)


def _interpolated(arguments: str) -> tuple[str, ...]:
    """The expressions that IPython would put into a command: `{expression}`, `$name`.

    One pair of braces that holds no expression (`{print $1}`, `{}`) and IPython leaves the whole line alone.
    """
    found: list[str] = []
    if "{" in arguments:
        try:
            found += (name for _, name, _, _ in Formatter().parse(arguments) if name is not None)
        except ValueError:  # braces that are the shell's own
            return ()
        if not all(map(_is_expression, found)):
            return ()
    if "$" in arguments:
        outside = re.sub(r"'[^']*'", "", arguments)  # the shell takes what is in single quotes as it is
        found += (
            name for name in _DOLLAR.findall(outside) if name not in _ENVIRONMENT and _is_expression(name)
        )
    return tuple(dict.fromkeys(found))


def _is_expression(text: str) -> bool:
    if "\n" in text or text.isdigit():
        return False
    try:
        compile(text.strip(), "<expression>", "eval", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_PROGRAM = re.compile(
    r"[(\s]*(?:\w+=\S*\s+|(?:sudo|nohup|time|command|exec)\s+(?:-\S+\s+)*)*(?P<program>\{[^}]*\}|[^\s;|&<>()]+)"
    r"(?P<module>\s+(?:-\w+\s+)*?-m\s*(?P<name>[\w.]+))?"
)


def _program(command_line: str) -> str:
    """The program that a shell line runs first, as a user knows it: "pip" for `sudo python3 -m pip`."""
    match = _PROGRAM.match(command_line)
    if match is None:
        return ""
    program = (
        "python" if match["program"].startswith("{") else match["program"].strip("\"'").rpartition("/")[2]
    )
    return match["name"] if match["module"] and program.startswith("python") else program


# --- Python 2 ------------------------------------------------------------------------------------------

_PYTHON_2_REASON = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'|multiple exception types must be parenthesized"
    r"|leading zeros in decimal|inconsistent use of tabs"
)
_PRINT = re.compile(
    r"print(?P<blank>[ \t]+|(?=[\"']))(?!=)(?:>>[ \t]*(?P<file>[\w.]+)[ \t]*(?P<comma>,?)[ \t]*)?"
)
_EXEC = re.compile(r"exec(?P<blank>[ \t]+)(?!=)")
_EXCEPT = re.compile(r"except[ \t]+(?:\([^()\n]*\)|[\w.]+)(?P<comma>[ \t]*,[ \t]*)\w+[ \t]*:")
_RAISE = re.compile(r"raise[ \t]+[\w.]+(?P<comma>[ \t]*,)")
_OLD_TOKEN = re.compile(
    _TOKEN.pattern
    + r"""| (?P<old_string>(?<![\w])[uU](?=[rR]["'])) | (?P<unequal><>) | (?P<backtick>`[^`\n]*`)
    | (?P<octal>(?<![\w.])0(?=[0-7]+(?![\w.]))) | (?P<long>(?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)[lL](?!\w))
    | (?P<statement>(?<![\w.])(?:(?:print|exec)\b(?![ \t]*\()|raise\b|except\b))
    | (?P<separator>;)""",
    re.VERBOSE | re.DOTALL,
)


def _find_python2(text: str) -> Iterator[_Edit]:
    """Edits that bring Python 2 syntax up to date, in text order."""
    closing: str | None = None
    depth = 0
    for token in _OLD_TOKEN.finditer(text):
        kind = token.lastgroup
        if closing and depth == 0 and kind in ("newline", "comment", "separator"):
            end = len(text[: token.start()].rstrip(" \t"))
            yield _Edit(end, end, closing)
            closing = None
        depth = max(0, depth + (kind == "open") - (kind == "close"))
        if kind == "newline" and depth == 0:
            continue
        if kind == "statement" and depth == 0 and closing is None:
            edits, closing = _update_statement(text, token.start())
            yield from edits
        else:
            yield from _update_token(token)
    if closing:
        end = len(text.rstrip())
        yield _Edit(end, end, closing)


def _update_statement(text: str, start: int) -> tuple[list[_Edit], str | None]:
    """The edits for a statement that became a function, and what has to be put at its end."""
    if match := _PRINT.match(text, start):
        opened = match.start("blank")
        if match["file"]:
            return [_Edit(opened, match.end(), "(")], f"{', ' if match['comma'] else ''}file={match['file']})"
        return [_Edit(opened, match.end("blank"), "(" + " " * (len(match["blank"]) - 1))], ")"
    if match := _EXEC.match(text, start):
        return [_Edit(match.start("blank"), match.end("blank"), "(")], ")"
    if match := _EXCEPT.match(text, start):
        return [_Edit(*match.span("comma"), " as ")], None
    if match := _RAISE.match(text, start):
        return [_Edit(*match.span("comma"), "(")], ")"
    return [], None


def _update_token(token: re.Match[str]) -> Iterator[_Edit]:
    start, end = token.span()
    kind = token.lastgroup
    if kind == "backtick":
        yield _Edit(start, end, f"repr({token[0][1:-1]})")
    elif kind == "long":
        yield _Edit(end - 1, end, "")
    elif kind in _NEW_SPELLING:
        yield _Edit(start, end, _NEW_SPELLING[kind])


_NEW_SPELLING = {"old_string": " ", "unequal": "!=", "octal": "0o"}


# --- commands that nbconvert turned into calls ---------------------------------------------------------

_AS_COMMAND = {
    "run_line_magic": "%{0} {1}", "run_cell_magic": "%%{0} {1}\n{2}", "magic": "%{0}", "system": "!{0}",
    "getoutput": "!{0}", "getoutputs": "!{0}",
}  # fmt: skip


def _expand_calls(tree: ast.Module) -> ParsedCell:
    """A tree whose `get_ipython().run_cell_magic("time", "", "x = 1")` are the commands they stand for."""
    commands: list[RawCommand] = []
    for parent in list(ast.walk(tree)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list):
                setattr(parent, name, [new for old in block for new in _expand_statement(old, commands)])
    return ParsedCell(tree, tuple(commands))


def _expand_statement(statement: ast.stmt, commands: list[RawCommand]) -> list[ast.stmt]:
    call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    text = _command_text(call) if isinstance(call, ast.Call) else None
    if text is None or not isinstance(call, ast.Call):
        return [statement]
    cell = _parse_rewritten(text, "")
    if cell.tree is None or cell.unparsed:
        return [statement]
    for node in ast.walk(cell.tree):
        if isinstance(node, ast.Call) and (index := command_index(node)) is not None:
            node.args[0] = ast.Constant(index + len(commands))
    span = Span(call.lineno, call.col_offset, call.end_lineno or call.lineno, call.end_col_offset or 0)
    commands += (replace(command, span=span) for command in cell.commands)
    for node in ast.walk(cell.tree):
        if isinstance(node, _LOCATED):
            ast.copy_location(node, call)
    first = cell.tree.body[0] if cell.tree.body else None
    if isinstance(statement, ast.Assign) and isinstance(first, ast.Expr):
        statement.value = first.value
        return [statement]
    return cell.tree.body


def _command_text(call: ast.Call) -> str | None:
    """The command as it stood in the notebook; None for other calls."""
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Call):
        return None
    shell = function.value.func
    words = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    template = _AS_COMMAND.get(function.attr)
    is_ipython = isinstance(shell, ast.Name) and shell.id == "get_ipython"
    if not is_ipython or template is None or len(words) != len(call.args) or call.keywords:
        return None
    expected = 1 + max(int(number) for number in re.findall(r"\d", template))
    texts = [word for word in words if isinstance(word, str)]
    return template.format(*texts) if len(texts) == expected == len(words) else None
