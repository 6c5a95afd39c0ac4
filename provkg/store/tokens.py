r"""A SPARQL text as its tokens, so that nobody has to search it for letters that may stand in a string.

    tokens("SELECT ?s { ?s a <http://a> }")  the tokens one after the other, spaces and comments included
    significant(...)                         those without spaces and comments
    unquote(token.text)                      the text that a string stands for

The tokens are those of SPARQL 1.1, chapter 19.8, each as long as possible. `<` begins an IRI where one can be
read, and is an operator elsewhere, as that chapter says. Nothing gets lost: the texts of the tokens, put
together, are the text that was read. What no token begins with is `broken`: a lone quote, `%`, half a string.

Escapes (`\u0041`) count in strings and IRIs only. SPARQL 1.1 allows them everywhere, which Oxigraph and
others refuse; here they are `broken`, so that no keyword hides behind one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KINDS = (
    "space",  # what separates tokens
    "comment",  # "#" and the rest of the line
    "iri",  # <http://example.org/>
    "string",  # 'a', "a", and the long ones in three quotes
    "variable",  # ?a, $a
    "blank",  # _:a
    "name",  # a:b, a:, :b
    "language",  # @en, with which a prologue also says @prefix
    "number",  # 1, .5, 1e9; a sign is punctuation
    "word",  # keywords, functions, "a", "true"
    "punctuation",  # everything else that the grammar knows
    "broken",  # nothing that the grammar knows
)

_BASE = (
    "A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_START = _BASE + "_"
_VARIABLE = _START + "0-9\xb7\u0300-\u036f\u203f\u2040"
_CHARACTER = _VARIABLE + "\\-"
_CODE = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE = rf"\\[tbnrf\"'\\]|{_CODE}"
_PERCENT = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_PREFIX = rf"[{_BASE}](?:[{_CHARACTER}]|\.+(?=[{_CHARACTER}]))*+"
_LOCAL = rf"(?:(?:[{_START}0-9:]|{_PERCENT})(?:[{_CHARACTER}:]|{_PERCENT}|\.+(?=[{_CHARACTER}:%\\]))*+)?"

_SHAPES = (
    ("space", r"[ \t\r\n]++"),
    ("comment", r"#[^\r\n]*+"),
    ("iri", rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_CODE})*+>"),
    ("string", rf"'''(?:'{{0,2}}(?:[^'\\]|{_ESCAPE}))*+'''"),
    ("string", rf'"""(?:"{{0,2}}(?:[^"\\]|{_ESCAPE}))*+"""'),
    ("broken", r"(?s:'''.*+|\"\"\".*+)"),  # not an empty string and a quote that closes elsewhere
    ("string", rf"'(?:[^'\\\r\n]|{_ESCAPE})*+'"),
    ("string", rf'"(?:[^"\\\r\n]|{_ESCAPE})*+"'),
    ("broken", r"['\"][^\r\n]*+"),
    ("variable", rf"[?$][{_START}0-9][{_VARIABLE}]*+"),
    ("blank", rf"_:[{_START}0-9](?:[{_CHARACTER}]|\.+(?=[{_CHARACTER}]))*+"),
    ("name", rf"(?:{_PREFIX})?:{_LOCAL}"),
    ("language", r"@[A-Za-z]++(?:-[A-Za-z0-9]++)*+"),
    ("number", r"(?:[0-9]++\.?[0-9]*+|\.[0-9]++)[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++"),
    ("word", r"[A-Za-z][A-Za-z0-9_]*+"),
    ("punctuation", r"\^\^|&&|\|\||[!<>]=|[{}()\[\].,;*/|^?+\-!=<>]"),
    ("broken", r"(?s:.)"),
)
_GROUPS = {f"k{index}": kind for index, (kind, _) in enumerate(_SHAPES)}


def _compile(without: str = "") -> re.Pattern[str]:
    shapes = zip(_GROUPS, _SHAPES, strict=True)
    return re.compile("|".join(f"(?P<{name}>{shape})" for name, (kind, shape) in shapes if kind != without))


_TOKEN = _compile()
_TOKEN_BUT_NAME = _compile(without="name")
_NAMELIKE = re.compile(_PREFIX)

_ESCAPED = re.compile(r"\\(?:u(?P<u>.{4})|U(?P<U>.{8})|(?P<one>.))")
_ONES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a SPARQL text, of one of `KINDS`, and the number of characters before it."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """What a word says, in capitals; of other tokens, which may only look like it, nothing."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(sparql: str) -> Iterator[Token]:
    """The tokens of a text, whether it is SPARQL or not, in time that grows with its length.

    >>> [token.text for token in significant(tokens("?a<?b # <c>"))]
    ['?a', '<', '?b']
    >>> [token.text for token in significant(tokens("?a <b>"))]
    ['?a', '<b>']
    """
    position = nameless_until = 0
    while position < len(sparql):
        shape = _TOKEN_BUT_NAME if position < nameless_until else _TOKEN
        match = shape.match(sparql, position)
        assert match is not None  # noqa: S101 - the last shape is any character
        kind = _GROUPS[str(match.lastgroup)]
        if shape is _TOKEN and kind in {"word", "broken"} and (run := _NAMELIKE.match(sparql, position)):
            # "a.a.a" and no colon: the search for one must not begin anew at each "a".
            nameless_until = run.end()
        yield Token(kind, match[0], position)
        position = match.end()


def significant(read: Iterable[Token]) -> Iterator[Token]:
    """The tokens without spaces and comments."""
    return (token for token in read if token.kind not in {"space", "comment"})


def unquote(text: str) -> str:
    r"""The text that a string token, or an IRI token, stands for.

    >>> unquote("'''it's'''"), unquote(r'"a\tb"'), unquote(r"<http://a/\u0062>")
    ("it's", 'a\tb', 'http://a/b')

    Raises:
        ValueError: an escape names no character.
    """
    width = 3 if len(text) >= 6 and text[:3] in {"'''", '"""'} else 1
    return _ESCAPED.sub(_unescape, text[width:-width])


def _unescape(match: re.Match[str]) -> str:
    if one := match["one"]:
        return _ONES.get(one, one)
    code = int(match["u"] or match["U"], 16)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"{match[0]} is no character")
    return chr(code)
