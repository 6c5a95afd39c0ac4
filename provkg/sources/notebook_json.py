"""The JSON of a notebook, read with as little time and memory as can be, or why it cannot be."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from provkg.errors import SourceError
from provkg.sources.decoding import Report, check_is_text, decode_leniently, replace_surrogates

LARGE = 1 << 24
"""Bytes above which memory counts more than the time of another pass."""
_BLOCK = 1 << 20

_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")  # a fifth of the time of two searches by `in`
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)


def decode_json(data: bytes, report: Report) -> str:
    """The text of a JSON file: UTF-8, or UTF-16 and UTF-32 by their marks, or else Latin-1.

    A large file that holds any emoji would take four bytes for each of its characters, base64 pictures
    included; there, all that is not ASCII comes back as JSON escapes, which mean the same to the parser.
    """
    encoding = json.detect_encoding(data)
    if len(data) >= LARGE and encoding.startswith("utf-8") and not data.isascii():
        try:
            return _decode_as_ascii(data, encoding)
        except UnicodeDecodeError:
            pass
    return decode_leniently(data, encoding, report)


def load_json(text: str, name: str, report: Report) -> Any:
    """The value of a JSON text, free of lone surrogates.

    Raises:
        SourceError: it is no JSON, and what it is instead, as far as that can be told.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise SourceError("its JSON is nested too deeply", path=name) from None
    except ValueError as error:
        value = _load_leniently(text, name, error)
        report("not strictly JSON, but could be read: control characters in texts, or endless numbers")
    # Only escapes can make lone surrogates, and most files have none: then no string needs a look.
    if _SURROGATE_ESCAPE.search(text) and (changed := replace_surrogates(value)):
        report(f"lone surrogates were replaced by U+FFFD in {changed} texts")
    return value


def _decode_as_ascii(data: bytes, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    blocks = (
        decoder.decode(data[start : start + _BLOCK], start + _BLOCK >= len(data))
        for start in range(0, len(data), _BLOCK)
    )
    return "".join([block if block.isascii() else _NON_ASCII.sub(_escape, block) for block in blocks])


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def _load_leniently(text: str, name: str, error: ValueError) -> Any:
    """The value of a text that is JSON but for raw control characters or endless numbers."""
    try:
        return json.loads(text, strict=False, parse_int=_parse_int)
    except RecursionError:
        raise SourceError("its JSON is nested too deeply", path=name) from None
    except json.JSONDecodeError as second_error:
        first = error if isinstance(error, json.JSONDecodeError) else second_error
        raise _explain(text, name, first) from None


def _parse_int(digits: str) -> int | str:
    """The number, or its digits where Python refuses to convert as many."""
    try:
        return int(digits)
    except ValueError:
        return digits


def _explain(text: str, name: str, error: json.JSONDecodeError) -> SourceError:
    """What is wrong with a text that is no JSON, by what usually goes wrong with notebooks."""
    if not text.strip():
        return SourceError("the file is empty", path=name)
    check_is_text(text, name)
    if "\0" in text[:1024]:
        return SourceError("this is a binary file, not a notebook", path=name)
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        hint = "settle the conflict, for example with nbdime, and save it again"
        return SourceError("it holds the marks of an unsettled merge", path=name, line=line, hint=hint)
    if not text.lstrip().startswith(("{", "[")):
        hint = "give a notebook as Jupyter saves it; scripts have the suffix .py"
        return SourceError("this is not JSON, so not a notebook", path=name, line=error.lineno, hint=hint)
    if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
        line = text.rstrip().count("\n") + 1
        hint = "download or copy the file again"
        return SourceError(
            "its JSON ends in the middle: the file was cut off", path=name, line=line, hint=hint
        )
    hint = "open the file in Jupyter and save it again"
    return SourceError(f"this is not valid JSON: {error.msg}", path=name, line=error.lineno, hint=hint)
