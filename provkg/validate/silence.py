"""Comments in cells that silence rules: `# provkg: ignore NB112`.

    # provkg: ignore NB112 RUN213    on a line of its own: these rules, in the whole cell
    df = read(path)  # provkg: ignore RUN213    behind code: in this statement
    # provkg: ignore                  without codes: every rule

The beginning of a code stands for all that begin so. A script is one cell, a cell of text takes a comment of
HTML, and what is about a whole document is silenced in its first cell.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARK = re.compile(r"(?:#|<!--)\s*provkg:\s*ignore\b:?(?P<codes>[^#>]*)", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z]+[0-9]*\b(?!-)")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, and what it silences."""

    codes: tuple[str, ...]
    """Codes, or what they begin with; none means every rule."""
    lines: tuple[int, int] | None
    """First and last line of the statement that it stands behind, counted from 1; None: the whole cell."""


def find_comments(text: str) -> list[Comment]:
    """The comments in a cell, of whatever language, that silence rules.

    >>> find_comments("df = read(path)  # provkg: ignore RUN213")
    [Comment(codes=('RUN213',), lines=(1, 1))]
    """
    if "provkg" not in text:
        return []
    if "<!--" in text:
        return list(_read_lines(text))
    try:
        return list(_read_tokens(text))
    except (tokenize.TokenError, SyntaxError, ValueError):  # magics, another language, prose
        return list(_read_lines(text))


def _read_tokens(text: str) -> Iterator[Comment]:
    """Those in Python, where what looks like a comment may stand in a string."""
    first = 0
    behind: list[tuple[str, ...]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            codes = _parse_codes(token.string)
            if codes is None:
                continue
            if first == 0:
                yield Comment(codes, None)
            else:
                behind.append(codes)
        elif token.type == tokenize.NEWLINE:
            yield from (Comment(codes, (first, token.start[0])) for codes in behind)
            first, behind = 0, []
        elif token.type not in _EMPTY and first == 0:
            first = token.start[0]


_EMPTY = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def _read_lines(text: str) -> Iterator[Comment]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _MARK.search(line)
        codes = _parse_codes(line)
        if match is not None and codes is not None:
            yield Comment(codes, (number, number) if line[: match.start()].strip() else None)


def _parse_codes(comment: str) -> tuple[str, ...] | None:
    match = _MARK.search(comment)
    return None if match is None else tuple(code.upper() for code in _CODE.findall(match["codes"]))


def is_silent(comments: Iterable[Comment], code: str, line: int | None) -> bool:
    """Whether one of the comments of a cell silences what a rule finds in this line of it."""
    return any(_matches(comment, code) and _reaches(comment, line) for comment in comments)


def _matches(comment: Comment, code: str) -> bool:
    return not comment.codes or code.startswith(comment.codes)


def _reaches(comment: Comment, line: int | None) -> bool:
    if comment.lines is None:
        return True
    return line is not None and comment.lines[0] <= line <= comment.lines[1]
