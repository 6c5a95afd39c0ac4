"""Scripts: plain Python, percent cells (`# %%`), and what nbconvert exports (`# In[3]:`).

The percent format is read by jupytext's rules: titles, cell types and metadata on the marker, text cells as
comments or strings, magics behind `# `, a header with the kernel. Two differences, both for the sake of code
that parses: an indented marker does not split, and blank lines around a cell belong to no cell.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provkg.facts.factset import Problem
from provkg.identity import digest_bytes
from provkg.sources.decoding import (
    REPLACEMENT,
    SURROGATE,
    Report,
    check_is_text,
    decode_leniently,
    normalise_newlines,
    read_bytes,
    replace_surrogates,
)
from provkg.sources.document import Cell, CellKind, Document
from provkg.sources.language import find_language, normalise_language

MARKER = re.compile(
    r"""^\#[ \t]* (?:
            %% %* (?: [ \t] (?P<options>[^\n]*) )?    # "%%time" with no space is a commented magic
          | In[ ]?\[[ \d*]*\]:? [ \t]*                # nbconvert
          | <(?P<kind>code|markdown|raw)cell> [ \t]*  # the first .py exports of IPython
        )$""",
    re.MULTILINE | re.VERBOSE,
)

_COMMENT_OR_STRING = re.compile(
    r"""  \#[^\n]*+
        | \"{3} (?: [^"\\]++ | \\. | "(?!"") )*+ (?: \"{3} | (?P<open>\Z) )
        | '{3}  (?: [^'\\]++ | \\. | '(?!'') )*+ (?: '{3}  | (?P<open_too>\Z) )
        | "(?: [^"\\\n]++ | \\. )*+"
        | '(?: [^'\\\n]++ | \\. )*+'
    """,
    re.VERBOSE | re.DOTALL,
)
"""Comments and strings without `tokenize`, which fails on magics, and differently in each Python."""

_HASH = re.compile("#")

_HEADER = re.compile(
    r"(?:#![^\n]*\n)?(?:#[^\n]*coding[:=][^\n]*\n)?"
    r"#[ ]?---[ \t]*\n(?P<entries>(?:#(?![ ]?---[ \t]*$)[^\n]*\n)*)#[ ]?---[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)
_JUPYTER_ENTRY = re.compile(r"^# ?jupyter:[ \t]*$", re.MULTILINE)
_PREAMBLE = re.compile(r"(?:#![^\n]*(?:\n|\Z))?(?:#[^\n]*coding[:=][^\n]*(?:\n|\Z))?")
_HEADER_ENTRY = re.compile(r"# ?(?P<indent> *)(?P<key>[\w.-]+):(?: +(?P<value>.*?))?\s*$")

_CELL_TYPE = re.compile(r"\[(markdown|md|raw)\]")
_OPTION = re.compile(r"(?:^|[ \t])(?=[\w.-]+[ \t]*=)|(?:^|[ \t])(?=\{)")
_KEY = re.compile(r"[ \t]*([\w.-]+)[ \t]*=[ \t]*")
_CONSTANT = re.compile(r"True|False|None|'[^'\\]*'|\[(?:[ ]*'[^'\\]*'[ ]*,?)*\]")
_STRING_CELL = re.compile(r"\s*[rR]?(\"{3}|'{3})\n?(?P<text>.*?)\n?\1\s*", re.DOTALL)
_PREFIX = re.compile(r"^# ?", re.MULTILINE)
_PARAGRAPH = re.compile(r"(?:#[^\n]*(?:\n|\Z))+")

_MAGIC = r"%{1,3}[A-Za-z]|[?!][ \t]*[\w.~$\\/{}]|[A-Za-z_]\w*[ \t]*=[ \t]*[%!]{1,3}[A-Za-z]"
_SHELL_WORD = r"(?:cat|cd|cp|mv|rm|rmdir|mkdir|copy|ddir|echo|ls|ldir|ren)(?:$|[ \t]*$|[ \t][^=,])"
_COMMENTED_MAGIC = re.compile(rf"^[ \t]*(?:# ?)+(?:{_MAGIC})", re.MULTILINE)
_COMMENTED_COMMAND = re.compile(rf"^[ \t]*(?:# ?)+(?:{_MAGIC}|{_SHELL_WORD})", re.MULTILINE)
_COMMENT = re.compile(r"^([ \t]*)# ?")


def read_script(path: Path, name: str) -> Document:
    """The script in the file `path`, called `name` from here on.

    Raises:
        SourceError: the file cannot be read, or is no text.
    """
    return parse_script(read_bytes(path, name), name)


def parse_script(data: bytes, name: str) -> Document:
    """The script that `data` holds: one cell, or as many as its markers say.

    Raises:
        SourceError: this is no text.
    """
    problems: list[Problem] = []

    def report(message: str) -> None:
        problems.append(Problem(name, message))

    text = normalise_newlines(_decode_script(data, report))
    check_is_text(text, name)
    header = _find_header(text)
    metadata = _parse_header(header["entries"]) if header else {}
    format_name, cells = _split_cells(text, header)
    return Document(
        path=name,
        kind="script",
        format=format_name,
        language=find_language(metadata),
        cells=cells,
        digest=digest_bytes(data),
        size_bytes=len(data),
        metadata=metadata,
        problems=tuple(problems),
    )


def _decode_script(data: bytes, report: Report) -> str:
    """The text of a Python file by its byte order mark or coding comment (PEP 263), else UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        report("written in UTF-16, which Python does not read")
        return decode_leniently(data, "utf-16", report)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, LookupError, UnicodeError):
        text = _decode_against_comment(data, report)
    return text if text.isascii() else SURROGATE.sub(REPLACEMENT, text)


def _decode_against_comment(data: bytes, report: Report) -> str:
    """The text of a file that is not in the encoding it should be in."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode_leniently(data, "utf-8", report)
    report("its coding comment names no encoding that fits")
    return text


# --- the header -----------------------------------------------------------------------------------------


def _find_header(text: str) -> re.Match[str] | None:
    """The block of jupytext's header with all before it, if there is one."""
    header = _HEADER.match(text)
    return header if header and _JUPYTER_ENTRY.search(header["entries"]) else None


def _parse_header(entries: str) -> dict[str, Any]:
    """The header as notebook metadata: nested names and plain values, all that jupytext writes of YAML."""
    root: dict[str, Any] = {}
    open_entries = [(-1, root)]
    for entry in filter(None, map(_HEADER_ENTRY.match, entries.splitlines())):
        indent, key, value = len(entry["indent"]), entry["key"], entry["value"]
        while open_entries[-1][0] >= indent:
            open_entries.pop()
        parent = open_entries[-1][1]
        if value:
            parent[key] = _unquote(value)
        else:
            parent[key] = {}
            open_entries.append((indent, parent[key]))
    metadata = root.pop("jupyter", {})
    return {**root, **metadata} if isinstance(metadata, dict) else root


def _unquote(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


# --- cells ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands between two markers."""

    marker: re.Match[str] | None
    text: str
    first_line: int


def _split_cells(text: str, header: re.Match[str] | None) -> tuple[str, tuple[Cell, ...]]:
    """The format's name and the cells of a script."""
    start = header.end() if header else 0
    markers = _find_markers(text, start)
    if not markers:
        return "python", (Cell(index=0, kind="code", source=text),)
    if not header and (preamble := _PREAMBLE.match(text)):
        start = min(preamble.end(), markers[0].start())
    sections = _cut(text, markers, start)
    if not any("%%" in marker[0] for marker in markers):
        cells = [cell for section in sections for cell in _read_exported(section)]
        return "nbconvert", _number(cells)
    magic = _COMMENTED_COMMAND if header else _COMMENTED_MAGIC
    return "percent", _number([_read_section(section, magic) for section in sections])


def _number(cells: list[Cell]) -> tuple[Cell, ...]:
    return tuple(
        Cell(index, cell.kind, cell.source, metadata=cell.metadata, first_line=cell.first_line)
        for index, cell in enumerate(cells)
    )


def _find_markers(text: str, start: int) -> list[re.Match[str]]:
    """The cell markers from `start` on, but not what only looks like one inside a string."""
    markers = list(MARKER.finditer(text, start))
    if not markers or not _may_hold_long_strings(text):
        return markers
    comments = _find_comments(text)
    return [marker for marker in markers if marker.start() in comments]


def _may_hold_long_strings(text: str) -> bool:
    return '"""' in text or "'''" in text or "\\\n" in text


def _find_comments(text: str) -> set[int]:
    """Offsets of all comments; after a string that is never closed, every `#` may begin one."""
    comments = set()
    for match in _COMMENT_OR_STRING.finditer(text):
        if match[0].startswith("#"):
            comments.add(match.start())
        elif match["open"] is not None or match["open_too"] is not None:
            comments.update(found.start() for found in _HASH.finditer(text, match.start()))
    return comments


def _cut(text: str, markers: list[re.Match[str]], start: int) -> Iterator[_Section]:
    """The sections of a script, in order; what stands before the first marker only if it is not blank."""
    line = text.count("\n", 0, start) + 1
    before = text[start : markers[0].start()]
    if before.strip():
        yield _Section(None, before, line)
    position = start
    ends = [marker.start() for marker in markers[1:]] + [len(text)]
    for marker, end in zip(markers, ends, strict=True):
        body = min(marker.end() + 1, len(text))
        line += text.count("\n", position, body)
        yield _Section(marker, text[body:end], line)
        position = body


def _strip_blank_lines(text: str, first_line: int) -> tuple[str, int]:
    """`text` without blank lines at both ends, and the line where the rest begins."""
    blank = len(text) - len(text.lstrip(" \t\f\n"))
    start = text.rfind("\n", 0, blank) + 1
    end = text.find("\n", len(text.rstrip(" \t\f\n")))
    if start >= len(text) or blank == len(text):
        return "", first_line
    return text[start : end if end >= 0 else len(text)], first_line + text.count("\n", 0, start)


# --- percent cells --------------------------------------------------------------------------------------


def _read_section(section: _Section, magic: re.Pattern[str]) -> Cell:
    """The cell of a section, as yet without its index."""
    kind, metadata = _parse_marker(section.marker)
    source, first_line = _strip_blank_lines(section.text, section.first_line)
    if kind != "code":
        source, first_line = _uncomment_text(source, first_line)
        return Cell(0, kind, source, metadata=metadata, first_line=first_line)
    if cell_magic := _find_cell_magic(metadata):
        # jupytext writes `%%bash` into the marker; as the cell's first line it takes the marker's place.
        source = f"{cell_magic}\n{_PREFIX.sub('', section.text).rstrip()}"
        return Cell(0, kind, source, metadata=metadata, first_line=section.first_line - 1)
    if _is_inactive(metadata):
        return Cell(0, kind, _PREFIX.sub("", source), metadata=metadata, first_line=first_line)
    return Cell(0, kind, _uncomment_magics(source, magic), metadata=metadata, first_line=first_line)


def _parse_marker(marker: re.Match[str] | None) -> tuple[CellKind, dict[str, Any]]:
    """Cell type and metadata, of which `title` is one, as a marker states them."""
    if marker is None:
        return "code", {}
    kind: CellKind = marker["kind"] or "code"  # type: ignore[assignment]  # the pattern allows no other
    title, metadata = _parse_options((marker["options"] or "").strip())
    if stated := _CELL_TYPE.search(title):
        kind = "raw" if stated[1] == "raw" else "markdown"
        title = f"{title[: stated.start()].rstrip()} {title[stated.end() :].lstrip()}".strip()
    if title:
        metadata = {"title": title, **metadata}
    return kind, metadata


def _parse_options(options: str) -> tuple[str, dict[str, Any]]:
    """Title and metadata: `title key="value" tags=["a"]`, or JSON; all is title where they cannot be read."""
    found = _OPTION.search(options)
    if not found:
        return options, {}
    metadata = _parse_metadata(options[found.end() :])
    replace_surrogates(metadata)
    return (options, {}) if metadata is None else (options[: found.start()].strip(), metadata)


def _parse_metadata(text: str) -> dict[str, Any] | None:
    decoder = json.JSONDecoder()
    try:
        if text.startswith("{"):
            value = json.loads(text)
            return value if isinstance(value, dict) else None
        metadata: dict[str, Any] = {}
        position = 0
        while position < len(text):
            key = _KEY.match(text, position)
            if not key:
                return None
            metadata[key[1]], position = _parse_value(decoder, text, key.end())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return metadata


def _parse_value(decoder: json.JSONDecoder, text: str, position: int) -> tuple[Any, int]:
    """The JSON value or Python constant at `position`, and where it ends."""
    try:
        return decoder.raw_decode(text, position)
    except json.JSONDecodeError:
        constant = _CONSTANT.match(text, position)
        if not constant:
            raise
        return ast.literal_eval(constant[0]), constant.end()


def _find_cell_magic(metadata: Mapping[str, Any]) -> str | None:
    """The cell magic of a cell in another language than Python: "%%bash -e"."""
    language, arguments = metadata.get("language"), metadata.get("magic_args")
    if not isinstance(language, str) or not re.fullmatch(r"[\w+#.-]+", language):
        return None
    if normalise_language(language) == "python":
        return None
    words = arguments.split() if isinstance(arguments, str) else []
    return " ".join([f"%%{language}", *words])


def _is_inactive(metadata: Mapping[str, Any]) -> bool:
    """Has jupytext commented out the whole cell, because it is meant for the notebook only?"""
    tags = metadata.get("tags")
    active = (
        [tag for tag in tags if isinstance(tag, str) and tag.startswith("active-")]
        if isinstance(tags, list)
        else []
    )
    return any("py" not in tag.split("-") for tag in active)


def _uncomment_text(source: str, first_line: int) -> tuple[str, int]:
    """A text cell without its quotes or comment signs, and the line where it begins."""
    if string := _STRING_CELL.fullmatch(source):
        return string["text"], first_line + source.count("\n", 0, string.start("text"))
    return _PREFIX.sub("", source), first_line


def _uncomment_magics(source: str, magic: re.Pattern[str]) -> str:
    """`source` with its commented magics, and the lines they go on in, as a notebook has them."""
    if not magic.search(source):
        return source
    comments = _find_comments(source) if _may_hold_long_strings(source) else None
    lines = source.split("\n")
    offset, goes_on = 0, False
    for number, line in enumerate(lines):
        comment = offset + len(line) - len(line.lstrip(" \t"))
        is_comment = comments is None or comment in comments
        if is_comment and (goes_on or magic.match(line)):
            lines[number] = _COMMENT.sub(r"\1", line)
            goes_on = line.rstrip().endswith("\\")
        else:
            goes_on = False
        offset += len(line) + 1
    return "\n".join(lines)


# --- exported cells -------------------------------------------------------------------------------------


def _read_exported(section: _Section) -> Iterator[Cell]:
    """The cell of a section and the text cells below it, which nbconvert writes without markers."""
    kind, metadata = _parse_marker(section.marker)
    source, texts = _split_exported(section, kind)
    if section.marker or source.strip():
        code, first_line = _strip_blank_lines(source, section.first_line)
        if kind != "code":
            code, first_line = _uncomment_text(code, first_line)
        yield Cell(0, kind, code, metadata=metadata, first_line=first_line)
    line = section.first_line + source.count("\n")
    position = 0
    for paragraph in _PARAGRAPH.finditer(texts):
        line += texts.count("\n", position, paragraph.start())
        position = paragraph.start()
        yield Cell(0, "markdown", _PREFIX.sub("", paragraph[0]).rstrip("\n"), first_line=line)


def _split_exported(section: _Section, kind: CellKind) -> tuple[str, str]:
    """What belongs to the section's own cell, and the comments below it that are text cells."""
    if section.marker is None:
        is_text = all(not line or line.startswith("#") for line in section.text.split("\n"))
        return ("", section.text) if is_text else (section.text, "")
    return _split_trailing_comments(section.text) if kind == "code" else (section.text, "")


def _split_trailing_comments(text: str) -> tuple[str, str]:
    """Code, and the comments to the end of `text` that stand two blank lines below it.

    nbconvert writes two blank lines above and below each code cell: what comes first is code even if it is
    all comments.
    """
    lines = text.split("\n")
    start = len(lines)
    while start > 2 and (not lines[start - 1] or lines[start - 1].startswith("#")):
        start -= 1
    for position in range(start, len(lines) - 1):
        if not lines[position] and not lines[position + 1]:
            return "\n".join(lines[:position]) + "\n", "\n".join(lines[position:])
    return text, ""
