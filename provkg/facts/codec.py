"""Fact sets as JSON Lines, and back without loss.

A fact set is a header line, then one line for each fact, then one for each problem:

    {"provkg_facts": 1, "id": "a.ipynb#inferred", "source": "a.ipynb", "origin": {…}, "facts": 1, …}
    {"fact": "Binding", "id": …, "step": …, "name": "df", …}

Fields that have their default value are left out. Several sets may follow each other in one file. All
text is ASCII (JSON escapes the rest), so that no reader breaks a line where Unicode allows it and lone
surrogates survive; infinities and NaN are written as `Infinity` and `NaN`, as Python's `json` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from provkg.errors import FactsError
from provkg.facts import Fact
from provkg.facts.factset import FactSet, Origin, Problem

SCHEMA_VERSION = 1
"""Grows when a reader of the version before could misunderstand a file."""

FACT_TYPES: tuple[type, ...] = get_args(Fact)

_TYPES_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in (*FACT_TYPES, Problem)}
_HINT = "facts files are written by `provkg extract --facts FILE`"

Decode = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Header:
    """The first line of a fact set."""

    provkg_facts: int
    id: str
    source: str
    origin: Origin
    facts: int
    problems: int
    base: str | None = None


def encode_fact_sets(sets: Iterable[FactSet]) -> Iterator[str]:
    """The lines, without line ends, that say the same as `sets`."""
    dump = json.JSONEncoder(separators=(", ", ": ")).encode
    for fact_set in sets:
        yield dump(_encode_record(_header(fact_set)))
        for item in (*fact_set.facts, *fact_set.problems):
            yield dump({"fact": type(item).__name__, **_encode_record(item)})


def decode_fact_sets(lines: Iterable[str], path: str | None = None) -> Iterator[FactSet]:
    """The fact sets that `lines` say; blank lines between them are passed over.

    Raises:
        FactsError: a line is not what `encode_fact_sets` writes, the file ends too early, or a newer provkg
            wrote it. It names `path` and the line.
    """
    reader = _LineReader(lines, path)
    while (header := reader.next_object()) is not None:
        yield _decode_set(header, reader)


def _header(fact_set: FactSet) -> _Header:
    counts = len(fact_set.facts), len(fact_set.problems)
    return _Header(SCHEMA_VERSION, fact_set.id, fact_set.source, fact_set.origin, *counts, fact_set.base)


class _LineReader:
    """Reads one JSON object after the other and knows where it is when something is wrong."""

    def __init__(self, lines: Iterable[str], path: str | None) -> None:
        self._lines = iter(lines)
        self._path = path
        self._line = 0

    def next_object(self) -> dict[str, Any] | None:
        """The next line that is not blank; None at the end."""
        for line in self._lines:
            self._line += 1
            if line.strip():
                return self._parse(line)
        return None

    def error(self, message: str, hint: str = _HINT) -> FactsError:
        """The error that tells `message` about the line read last."""
        return FactsError(message, path=self._path, line=self._line or None, hint=hint)

    def _parse(self, line: str) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self.error("the line is not JSON, or it is cut off") from error
        if not isinstance(value, dict):
            raise self.error("the line is not a JSON object")
        return value


def _decode_set(header: dict[str, Any], reader: _LineReader) -> FactSet:
    _check_version(header, reader)
    try:
        parts = _record_decoder(_Header)(header)
    except ValueError as error:
        raise reader.error(f"the header of the fact set is damaged: {error}") from error
    facts = tuple(_decode_line(reader, FACT_TYPES) for _ in range(parts.facts))
    problems = tuple(_decode_line(reader, (Problem,)) for _ in range(parts.problems))
    return FactSet(parts.id, parts.source, parts.origin, facts, problems, parts.base)


def _check_version(header: dict[str, Any], reader: _LineReader) -> None:
    version = header.get("provkg_facts")
    if type(version) is not int:
        raise reader.error("this is not the beginning of a fact set")
    if version > SCHEMA_VERSION:
        raise reader.error(
            f"the facts are of schema version {version}, this provkg reads up to {SCHEMA_VERSION}",
            hint="update provkg, or extract the facts again with this one",
        )


def _decode_line(reader: _LineReader, allowed: tuple[Any, ...]) -> Any:
    line = reader.next_object()
    if line is None:
        raise reader.error("the file ends before all facts that its header announces")
    name = line.pop("fact", None)
    kind: Any = _TYPES_BY_NAME.get(name) if isinstance(name, str) else None
    if kind not in allowed:
        raise reader.error(f"{name!r} is not a fact that may stand here")
    try:
        return _record_decoder(kind)(line)
    except ValueError as error:
        raise reader.error(f"the {name} is damaged: {error}") from error


# ---- encoding: any dataclass to a dict ----


@cache
def _encoded_fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Name and default of each field; MISSING where there is none."""
    return tuple((field.name, _default(field)) for field in fields(kind))


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _encode_record(record: Any) -> dict[str, Any]:
    kind: Any = type(record)
    encoded = {}
    for name, default in _encoded_fields(kind):
        value = getattr(record, name)
        if value is default or (type(value) is type(default) and value == default):
            continue
        encoded[name] = _encode_value(value)
    return encoded


def _encode_value(value: Any) -> Any:
    if type(value) is tuple:
        return [_encode_value(item) for item in value]
    return _encode_record(value) if is_dataclass(value) else value


# ---- decoding: built once for each type, from the types of the fields ----


@cache
def _record_decoder(kind: Any) -> Decode:
    """What turns a JSON object into a `kind`; ValueError where a field is missing, strange or wrong."""
    hints = get_type_hints(kind)
    decoders = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    required = {name for name, default in _encoded_fields(kind) if default is MISSING}

    def decode(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{kind.__name__} should be an object")
        if strange := value.keys() - decoders.keys():
            raise ValueError(f"field {min(strange)} is not known")
        if missing := required - value.keys():
            raise ValueError(f"field {min(missing)} is missing")
        return kind(**{name: _decode_field(name, decoders[name], item) for name, item in value.items()})

    return decode


def _decode_field(name: str, decode: Decode, value: Any) -> Any:
    try:
        return decode(value)
    except ValueError as error:
        raise ValueError(f"field {name}: {error}") from error


def _decoder(hint: Any) -> Decode:
    """What turns a JSON value into a value of the type `hint`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union_decoder(arguments)
    if origin is tuple:
        return _tuple_decoder(arguments)
    if origin is Literal:
        return _literal_decoder(arguments)
    return _SCALARS.get(hint) or _record_decoder(hint)


def _union_decoder(options: tuple[Any, ...]) -> Decode:
    """Optional types, and `Constant`, which is whatever JSON can say."""
    if any(get_origin(option) in (list, dict) for option in options):
        return lambda value: value
    (kind,) = (option for option in options if option is not NoneType)
    decode = _decoder(kind)
    return lambda value: None if value is None else decode(value)


def _tuple_decoder(items: tuple[Any, ...]) -> Decode:
    if items[-1] is Ellipsis:
        decode = _decoder(items[0])
        return lambda value: tuple(map(decode, _decode_list(value)))
    decoders = tuple(map(_decoder, items))

    def decode_fixed(value: Any) -> Any:
        if len(_decode_list(value)) != len(decoders):
            raise ValueError(f"should have {len(decoders)} items")
        return tuple(decode(item) for decode, item in zip(decoders, value, strict=True))

    return decode_fixed


def _literal_decoder(words: tuple[str, ...]) -> Decode:
    known = frozenset(words)

    def decode_literal(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(sorted(known))}")
        return value

    return decode_literal


def _decode_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("should be a list")
    return value


def _decode_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be a text")
    return value


def _decode_int(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("should be a whole number")
    return value


def _decode_float(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError("should be a number")
    return value  # type: ignore[no-any-return]


def _decode_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("should be true or false")
    return value


_SCALARS: dict[Any, Decode] = {str: _decode_text, int: _decode_int, float: _decode_float, bool: _decode_bool}
