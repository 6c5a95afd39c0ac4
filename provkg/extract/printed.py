"""What a `print` writes, as lines of text with places for numbers, and which lines of an output they are.

A line is made of pieces: text that is known, the number of a measure, and gaps for all that is not known.
Outputs are untrusted: no pattern here can backtrack, and what is compared is bounded.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

LONGEST_LINE = 500
"""Characters of a line of output that is compared with what a print writes."""

LONGEST_REPETITION = 500
"""Characters of a text like `"=" * 40`."""

DEEPEST_TEXT = 40
"""Texts are put together of others this far: `"a" + str(b) + …`."""

FEWEST_LETTERS = 3
"""A line with fewer letters may be anybody's."""

EXPONENT = r"[eE][-+]?\d{1,3}+"

PLAIN = rf"[-+]?\d++(?:\.\d++)?+(?:{EXPONENT})?+"

SPECIFICATION = re.compile(
    r"(?P<align>[<>=^])?(?P<sign>[-+ ])?(?P<zero>0)?(?P<width>\d{1,3})?(?P<comma>,)?"
    r"(?:\.(?P<precision>\d{1,2}))?(?P<type>[eEfFgG%])?"
)

CONVERSION = re.compile(
    r"%(?P<key>\(\w++\))?+(?P<flags>[-+ #0]*+)(?P<width>\d++|\*)?+(?:\.(?P<precision>\d++|\*))?+"
    r"[hlL]?+(?P<type>[diouxXeEfFgGcrsa%])"
)


class Gap(Enum):
    """A piece of a line of which nothing is known."""

    ANYTHING = 0


ANYTHING = Gap.ANYTHING


@dataclass(frozen=True, slots=True)
class Number:
    """A piece of a line where the result of a call stands as a number."""

    call: ast.Call
    pattern: str = PLAIN
    is_percent: bool = False

    def read(self, text: str) -> Decimal:
        """The number that is written so."""
        number = Decimal(text.strip().rstrip("%").replace(",", ""))
        return number.scaleb(-2) if self.is_percent else number


Piece = str | Number | Gap
Line = tuple[Piece, ...]
"""No two texts and no two gaps follow each other, and text stands between a number and what is next to it."""

Meaning = ast.Call | str | None
"""What an expression is: the result of a call, a text, or unknown."""

Lookup = Callable[[ast.expr], Meaning]


# What is written


def lines_of(call: ast.Call, lookup: Lookup) -> tuple[list[Line], bool]:
    """The lines that a print writes, and whether it ends the last one; none where it writes elsewhere.

    A last line that is not ended is left out.
    """
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if "file" in keywords or None in keywords:
        return [], "file" in keywords
    separator = _text_given(keywords.get("sep"), " ")
    pieces: list[Piece] = []
    for index, argument in enumerate(call.args):
        if index:
            pieces.append(separator)
        pieces += [ANYTHING] if isinstance(argument, ast.Starred) else pieces_of(argument, lookup)
    end = _text_given(keywords.get("end"), "\n")
    *lines, rest = split_lines([*pieces, end])
    return [simplify(line) for line in lines], not rest and end is not ANYTHING


def _text_given(node: ast.expr | None, default: str) -> str | Gap:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return default
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ANYTHING


def split_lines(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The pieces of each line; the last line is the one that no line break ends."""
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        if isinstance(piece, str):
            first, *others = piece.split("\n")
            lines[-1] += [first] if first else []
            lines += [[other] if other else [] for other in others]
        else:
            lines[-1].append(piece)
    return lines


def simplify(pieces: Iterable[Piece]) -> Line:
    """A line of these pieces; a number that nothing separates from what is unknown is unknown too."""
    line: list[Piece] = []
    for piece in pieces:
        last = line[-1] if line else ""
        if isinstance(piece, str) and isinstance(last, str) and line:
            line[-1] = last + piece
        elif not isinstance(piece, str) and not isinstance(last, str):
            line[-1] = ANYTHING
        else:
            line.append(piece)
    return tuple(line)


def pieces_of(node: ast.expr, lookup: Lookup, depth: int = 0) -> list[Piece]:
    """What `print` writes of an expression."""
    if depth > DEEPEST_TEXT:
        return [ANYTHING]
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return [piece for part in node.values for piece in _pieces_of_part(part, lookup, depth)]
    if isinstance(node, ast.BinOp):
        return _pieces_of_operation(node, lookup, depth)
    meaning = lookup(node)
    if meaning is None and isinstance(node, ast.Call):
        return _pieces_of_call(node, lookup, depth)
    return [formatted(meaning, "")]


def _pieces_of_part(part: ast.expr, lookup: Lookup, depth: int) -> list[Piece]:
    """A part of an f-string."""
    if not isinstance(part, ast.FormattedValue):
        return pieces_of(part, lookup, depth + 1)
    specification = _constant_text(part.format_spec) if part.format_spec is not None else ""
    if part.conversion not in (-1, ord("s")) or specification is None:
        return [ANYTHING]
    if part.conversion == -1 and specification:
        return [formatted(lookup(part.value), specification)]
    return [ANYTHING] if specification else pieces_of(part.value, lookup, depth + 1)


def _constant_text(node: ast.expr | None) -> str | None:
    """The text that an f-string, a constant or nothing is; None where it is not constant."""
    if isinstance(node, ast.JoinedStr):
        parts = [_constant_text(part) for part in node.values]
        return None if None in parts else "".join(part or "" for part in parts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _pieces_of_operation(node: ast.BinOp, lookup: Lookup, depth: int) -> list[Piece]:
    """`"a" + str(b)`, `"a %s" % b`, `"-" * 20`; arithmetic gives nothing that is known."""
    text = _known_text(node.left, lookup)
    if isinstance(node.op, ast.Mod) and text is not None:
        return pieces_of_printf(text, node.right, lookup, depth)
    if isinstance(node.op, ast.Mult) and text is not None and isinstance(node.right, ast.Constant):
        times = node.right.value
        if isinstance(times, int) and 0 <= times * len(text) <= LONGEST_REPETITION:
            return [text * times]
    if isinstance(node.op, ast.Add) and (is_text(node.left, lookup) or is_text(node.right, lookup)):
        return [
            *pieces_of(node.left, lookup, depth + 1),
            *pieces_of(node.right, lookup, depth + 1),
        ]
    return [ANYTHING]


def _known_text(node: ast.expr, lookup: Lookup) -> str | None:
    """The text that an expression is; None where it is none, or not known."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    meaning = lookup(node)
    return meaning if isinstance(meaning, str) else None


def is_text(node: ast.expr, lookup: Lookup, depth: int = 0) -> bool:
    """Whether an expression is a text for certain: what is added to it is one as well."""
    if isinstance(node, ast.JoinedStr) or _known_text(node, lookup) is not None:
        return True
    if isinstance(node, ast.BinOp) and depth <= DEEPEST_TEXT:
        return is_text(node.left, lookup, depth + 1) or (
            isinstance(node.op, ast.Add) and is_text(node.right, lookup, depth + 1)
        )
    if isinstance(node, ast.Call):
        gives_text = _name_of_function(node) in ("str", "format", "repr")
        return gives_text or _format_method(node, lookup) is not None
    return False


def _pieces_of_call(node: ast.Call, lookup: Lookup, depth: int) -> list[Piece]:
    """`str(x)`, `format(x, ".2f")`, `"{}".format(x)`."""
    name = _name_of_function(node)
    template = _format_method(node, lookup)
    if template is not None:
        return pieces_of_format(template, node, lookup, depth)
    if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
        return [ANYTHING]
    if name == "str" and len(node.args) == 1:
        return pieces_of(node.args[0], lookup, depth + 1)
    if name == "format" and len(node.args) == 2:
        specification = _constant_text(node.args[1])
        return [ANYTHING if specification is None else formatted(lookup(node.args[0]), specification)]
    return [ANYTHING]


def _name_of_function(node: ast.Call) -> str | None:
    return node.func.id if isinstance(node.func, ast.Name) else None


def _format_method(node: ast.Call, lookup: Lookup) -> str | None:
    """The template of `template.format(…)`."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "format":
        return _known_text(function.value, lookup)
    return None


def pieces_of_format(template: str, node: ast.Call, lookup: Lookup, depth: int = 0) -> list[Piece]:
    """What `template.format(…)` gives."""
    if any(isinstance(each, ast.Starred) for each in node.args) or any(k.arg is None for k in node.keywords):
        return [ANYTHING]
    given: dict[str, ast.expr] = {str(index): each for index, each in enumerate(node.args)}
    given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    pieces: list[Piece] = []
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return [ANYTHING]
    next_place = 0
    for text, name, specification, conversion in fields:
        pieces += [text] if text else []
        if name is None:
            continue
        if name == "":
            name, next_place = str(next_place), next_place + 1
        value = given.get(name)
        if value is None or conversion not in (None, "s") or "{" in (specification or ""):
            pieces.append(ANYTHING)
        elif specification:
            pieces.append(ANYTHING if conversion else formatted(lookup(value), specification))
        else:
            pieces += pieces_of(value, lookup, depth + 1)
    return pieces


def pieces_of_printf(template: str, right: ast.expr, lookup: Lookup, depth: int = 0) -> list[Piece]:
    """What `template % right` gives."""
    given = list(right.elts) if isinstance(right, ast.Tuple) else [right]
    pieces: list[Piece] = []
    position = used = 0
    for match in CONVERSION.finditer(template):
        pieces.append(template[position : match.start()])
        position = match.end()
        if match["type"] == "%":
            pieces.append("%")
            continue
        if match["key"] or "*" in (match["width"], match["precision"]) or used >= len(given):
            return [ANYTHING]
        pieces += _pieces_of_conversion(match, given[used], lookup, depth)
        used += 1
    return [*pieces, template[position:]] if used == len(given) else [ANYTHING]


def _pieces_of_conversion(match: re.Match[str], node: ast.expr, lookup: Lookup, depth: int) -> list[Piece]:
    """What one conversion like `%.2f` gives."""
    kind, flags, width, precision = match["type"], match["flags"], match["width"], match["precision"]
    if isinstance(node, ast.Starred) or "-" in flags or "#" in flags:
        return [ANYTHING]
    if kind == "s" and width is None and precision is None:
        return pieces_of(node, lookup, depth + 1)
    if kind not in "eEfFgG":
        return [ANYTHING]
    sign = "+" if "+" in flags else ""
    return [formatted(lookup(node), f"{sign}{width or ''}{'.' + precision if precision else ''}{kind}")]


def formatted(meaning: Meaning, specification: str) -> Piece:
    """What a value becomes by a format specification like ".3f"."""
    if not isinstance(meaning, ast.Call):
        return meaning if meaning is not None and not specification else ANYTHING
    if not specification:
        return Number(meaning)
    match = SPECIFICATION.fullmatch(specification)
    if match is None or (match["align"] and match["align"] != ">"):
        return ANYTHING
    pad = " *+" if match["width"] or match["sign"] == " " else ""
    return Number(meaning, f"{pad}[-+]?{_digits(match)}", match["type"] == "%")


def _digits(match: re.Match[str]) -> str:
    """The digits that a format specification asks for."""
    kind, precision = match["type"], match["precision"]
    whole = r"(?:\d++,)*+\d++" if match["comma"] else r"\d++"
    if kind is None or kind in "gG":
        return whole + rf"(?:\.\d++)?+(?:{EXPONENT})?+"
    places = 6 if precision is None else int(precision)
    fraction = rf"\.\d{{{places}}}" if places else ""
    if kind in "eE":
        return rf"\d{fraction}{EXPONENT}"
    return whole + fraction + ("%" if kind == "%" else "")


# What was written


@dataclass(frozen=True, slots=True)
class Match:
    """A line of output that is written so, and its numbers; none of them where there are several ways."""

    numbers: Mapping[ast.Call, Decimal]
    is_clear: bool


def match_line(line: Line, text: str) -> Match | None:
    """How a line of output is what a print writes; None where it is not."""
    if len(text) > LONGEST_LINE or not _may_match(line, text):
        return None
    reached: list[Sequence[int]] = [[0]]
    for piece in line:
        reached.append(_ends_of(piece, text, reached[-1]))
        if not reached[-1]:
            return None
    if len(text) not in reached[-1]:
        return None
    return _read_numbers(line, text, reached)


def _may_match(line: Line, text: str) -> bool:
    """A quick look: whether all that is known of a line stands in a text."""
    if not line:
        return not text
    if isinstance(line[0], str) and not text.startswith(line[0]):
        return False
    return all(not isinstance(piece, str) or piece in text for piece in line)


def _ends_of(piece: Piece, text: str, starts: Sequence[int]) -> Sequence[int]:
    """Where a piece may end that begins at one of these places, in order."""
    if isinstance(piece, Gap):
        return range(starts[0], len(text) + 1)
    ends = [end for start in starts if (end := _end_of(piece, text, start)) is not None]
    return sorted(set(ends))


def _end_of(piece: str | Number, text: str, start: int) -> int | None:
    if isinstance(piece, str):
        return start + len(piece) if text.startswith(piece, start) else None
    match = re.compile(piece.pattern, re.ASCII).match(text, start)
    return match.end() if match else None


def _read_numbers(line: Line, text: str, reached: list[Sequence[int]]) -> Match:
    """The numbers of a line, on all the ways in which its pieces fill a text."""
    found: dict[ast.Call, set[Decimal]] = {}
    live: list[int] = [len(text)]
    for piece, starts in zip(reversed(line), reversed(reached[:-1]), strict=True):
        if isinstance(piece, Gap):
            live = [start for start in starts if start <= max(live)]
            continue
        ends = {start: _end_of(piece, text, start) for start in starts}
        if isinstance(piece, Number):
            found.setdefault(piece.call, set()).update(
                piece.read(text[start:end]) for start, end in ends.items() if end in live
            )
        live = [start for start, end in ends.items() if end in live]
    is_clear = all(len(numbers) == 1 for numbers in found.values())
    return Match({call: min(numbers) for call, numbers in found.items()} if is_clear else {}, is_clear)


def has_words(line: Line) -> bool:
    """Whether there is enough text in a line to tell it from any other."""
    return sum(map(str.isalpha, "".join(piece for piece in line if isinstance(piece, str)))) >= FEWEST_LETTERS


def has_number(line: Line) -> bool:
    """Whether a line shows the result of a call that matters."""
    return any(isinstance(piece, Number) for piece in line)


def may_be_broken(line: Line) -> bool:
    """Whether something unknown stands in a line before its end: that may hold line breaks."""
    return ANYTHING in line[:-1]


def place_in_order(lines: Sequence[Line], texts: Sequence[str]) -> Iterator[tuple[int, int, Match]]:
    """Which line of output each of `lines` is that were all written in this order, other lines between them.

    (place in `lines`, place in `texts`, how it matches) of those for which only one line of output comes
    into question; nothing where not all of them are there.
    """
    first = _earliest(lines, texts)
    last = _earliest(lines[::-1], texts[::-1])
    if first is None or last is None:
        return
    last = [len(texts) - 1 - place for place in reversed(last)]
    for index, (one, other) in enumerate(zip(first, last, strict=True)):
        if one == other and (match := match_line(lines[index], texts[one])) is not None and match.is_clear:
            yield index, one, match


def _earliest(lines: Sequence[Line], texts: Sequence[str]) -> list[int] | None:
    """The first places at which the lines stand in this order; None where they do not."""
    found: list[int] = []
    place = 0
    for line in lines:
        while place < len(texts) and match_line(line, texts[place]) is None:
            place += 1
        if place == len(texts):
            return None
        found.append(place)
        place += 1
    return found
