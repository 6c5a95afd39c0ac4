"""From the raw tables of a knowledge file to `Effect` and `ClassEntry`; README.md describes the form."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args

from provkg.errors import SettingsError
from provkg.extract.knowledge.entries import (
    Action,
    ArgumentRole,
    Carries,
    ClassEntry,
    ClassRole,
    Content,
    DataAccess,
    Effect,
    Mutation,
    Place,
    Returns,
)
from provkg.facts.definition import Phase
from provkg.facts.execution import Mode
from provkg.facts.factset import Confidence

Raw = Mapping[str, Any]

TABLES = frozenset(
    {
        "alias", "class", "subclass", "function", "method", "attribute", "returns", "signature", "convention",
    }
)  # fmt: skip
TABLES_BY_OWNER = frozenset({"function", "method", "attribute", "returns", "signature", "subclass"})
"""Each of their keys is a module or class with a table of its own."""

CONVENTION_TABLES = frozenset({"function", "method", "module", "object", "seeds"})
CLASS_KEYS = frozenset({"bases", "role", "items"})
ENTRY_KEYS = frozenset(
    {
        "names", "reads", "writes", "opens", "mode", "locates", "content", "returns", "returns_if", "mutates",
        "action", "phase", "arguments", "parts", "carries",
    }
)  # fmt: skip

KINDS = {
    "file": ("file", "one"),
    "files": ("file", "many"),
    "glob": ("file", "glob"),
    "directory": ("directory", "one"),
    "url": ("url", "one"),
    "database": ("database", "one"),
    "dataset": ("dataset", "one"),
    "datasets": ("dataset", "many"),
    "memory": ("memory", "one"),
    "synthetic": ("synthetic", "one"),
    "handle": ("handle", "one"),
}
"""Word behind "as" → kind of the data and form of the locator."""

ACTIONS = frozenset(get_args(Action))
ROLES = frozenset(get_args(ArgumentRole))
CLASS_ROLES = frozenset(get_args(ClassRole))
PHASES = frozenset(get_args(Phase))
CARRIES = frozenset(get_args(Carries))
CONTENTS = frozenset(get_args(Content))

PHASE_OF_ACTION: dict[str, Phase] = {
    "train": "training",
    "tune": "training",
    "configure": "training",
    "backward": "training",
    "optimize": "training",
    "measure": "evaluation",
    "predict": "prediction",
    "split": "split",
    "fit": "feature engineering",
    "transform": "feature engineering",
    "clean": "cleaning",
    "describe": "exploration",
    "plot": "visualisation",
    "read": "data loading",
    "generate": "data loading",
    "write": "saving",
}
"""The first action of this order that a call has decides its phase."""


class EntryError(ValueError):
    """Part of an entry makes no sense; `check_file` tells the user where."""


def parse_place(text: str) -> Place:
    """The place that `text` names: "receiver", "0", "0 path|file", "path", "1*".

    >>> parse_place("0 path|file")
    Place(position=0, names=('path', 'file'), is_receiver=False, is_rest=False)
    """
    if text == "receiver":
        return Place(is_receiver=True)
    number, _, names = text.partition(" ") if text[:1].isdigit() else ("", "", text)
    position = number.removesuffix("*")
    keywords = tuple(names.split("|")) if names else ()
    if (position and not position.isdigit()) or not all(name.isidentifier() for name in keywords):
        raise EntryError(f'no place in a call: "{text}"')
    return Place(int(position) if position else None, keywords, is_rest=number.endswith("*"))


def parse_returns(text: str) -> Returns:
    """The result that `text` describes, in the style of a type: "tuple[pandas.DataFrame, float]".

    >>> parse_returns("list[str]").items
    (Returns(form='class', name='str', items=(), place=None),)
    """
    word, _, place = text.partition(" ")
    if text == "receiver":
        return Returns("receiver")
    if text == "like receiver":
        return Returns("receiver class")
    if word in {"argument", "arguments", "split"}:
        return Returns(cast(Literal["argument", "arguments", "split"], word), place=parse_place(place))
    if text.startswith("like argument "):
        return Returns("argument class", place=parse_place(text.removeprefix("like argument ")))
    name, bracket, inner = text.partition("[")
    if bracket and not inner.endswith("]"):
        raise EntryError(f'bracket not closed: "{text}"')
    if not all(part.isidentifier() for part in name.split(".")):
        raise EntryError(f'no class name: "{text}"')
    return Returns("class", name, tuple(parse_returns(item) for item in split_items(inner[:-1])))


def split_items(text: str) -> Iterator[str]:
    """The items of a list of types: commas inside brackets belong to the item."""
    depth = start = 0
    for index, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    if text[start:].strip():
        yield text[start:].strip()


def parse_access(text: str, mode: Mode | Literal["by argument"], content: Content = "data") -> DataAccess:
    """The access that `text` describes: "0 path", "1 con as database", "0 name = iris as dataset"."""
    whole, _, kind = text.partition(" as ")
    place, _, default = whole.partition(" = ")
    if kind and kind not in KINDS:
        raise EntryError(f'unknown kind "{kind}"{nearest(kind, KINDS)}')
    what, form = KINDS[kind or "file"]
    where = None if place == "function" else parse_place(place)
    return DataAccess(mode, cast(Any, what), where, content, cast(Any, form), default=default or None)


def parse_accesses(raw: Raw) -> Iterator[DataAccess]:
    """Every access of an entry: what it reads, then what it writes, then what it opens in a mode."""
    content = cast(Content, parse_word(raw.get("content", "data"), CONTENTS))
    for text in as_texts(raw.get("reads", ())):
        yield parse_access(text, "read", content)
    for text in as_texts(raw.get("writes", ())):
        yield parse_access(text, "write", content)
    if "opens" in raw:
        opened = parse_access(raw["opens"], "by argument", content)
        place, _, default = raw.get("mode", "1 mode = r").partition(" = ")
        yield replace(opened, mode_place=parse_place(place), default_mode=default)


def parse_mutation(text: str) -> Mutation:
    """What changes, and on which condition: "receiver", "0 x", "receiver when inplace"."""
    place, _, condition = text.partition(" when ")
    return Mutation(parse_place(place), condition or None)


def parse_role(text: str) -> tuple[Place, ArgumentRole]:
    """A place and what stands there: "0 X: features"."""
    place, _, role = text.strip().partition(": ")
    return parse_place(place), cast(ArgumentRole, parse_word(role, ROLES))


def parse_parameters(text: str) -> tuple[str, ...]:
    """The names of the parameters of a signature, each of them once."""
    names = tuple(text.split())
    for index, name in enumerate(names):
        if not name.isidentifier() or name in names[:index]:
            raise EntryError(f'no parameter: "{name}"')
    return names


def parse_variant(text: str) -> tuple[str, Returns]:
    """A keyword and what comes back with it: "return_X_y: tuple[numpy.ndarray, numpy.ndarray]"."""
    keyword, _, returns = text.partition(": ")
    return keyword, parse_returns(returns)


def parse_word(word: str, known: Iterable[str]) -> str:
    """`word`, if it is one of the known."""
    if word not in known:
        raise EntryError(f'unknown word "{word}"{nearest(word, known)}')
    return word


def parse_actions(raw: Raw) -> tuple[Action, ...]:
    """The actions that an entry states; without any, reading and writing by what it says of files."""
    derived = " ".join(word for word, key in (("read", "reads"), ("write", "writes")) if key in raw)
    words = raw.get("action", derived).split()
    return tuple(cast(Action, parse_word(word, ACTIONS)) for word in words)


def parse_phase(raw: Raw, actions: tuple[Action, ...]) -> Phase | None:
    """The phase that an entry states, or else the one its actions belong to."""
    if "phase" in raw:
        return cast(Phase, parse_word(raw["phase"], PHASES))
    return next((phase for action, phase in PHASE_OF_ACTION.items() if action in actions), None)


def parse_effect(name: str, raw: Raw, confidence: Confidence = "resolved") -> Effect:
    """The effect that an entry describes."""
    check_keys(raw, ENTRY_KEYS)
    actions = parse_actions(raw)
    return Effect(
        name=name,
        confidence=confidence,
        accesses=tuple(parse_accesses(raw)),
        locates=parse_access(raw["locates"], "read") if "locates" in raw else None,
        returns=parse_returns(raw["returns"]) if "returns" in raw else None,
        variants=tuple(map(parse_variant, as_texts(raw.get("returns_if", ())))),
        mutates=tuple(map(parse_mutation, as_texts(raw.get("mutates", ())))),
        actions=actions,
        phase=parse_phase(raw, actions),
        roles=tuple(map(parse_role, raw["arguments"].split(","))) if "arguments" in raw else (),
        parts=tuple(raw.get("parts", "").split()),
        carries=cast(Carries, parse_word(raw.get("carries", "values"), CARRIES)),
    )


def parse_class(name: str, ancestors: tuple[str, ...], raw: Raw) -> ClassEntry:
    """The class that an entry describes; role and items may come from its bases."""
    role = raw.get("role")
    items = raw.get("items")
    return ClassEntry(
        name=name,
        ancestors=ancestors,
        role=cast(ClassRole, parse_word(role, CLASS_ROLES)) if role else None,
        items=parse_returns(items) if items else None,
    )


def as_texts(value: str | Iterable[str]) -> Iterable[str]:
    """A text or a list of texts, as a list; an empty text is an empty list."""
    return ([value] if value else []) if isinstance(value, str) else value


def nearest(word: str, known: Iterable[str]) -> str:
    """What may have been meant instead of `word`, as the end of a message."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(sorted(known))}"


def check_keys(raw: Raw, known: Iterable[str]) -> None:
    """Nothing but known keys, and texts or lists of texts behind them."""
    for key, value in raw.items():
        if key not in known:
            raise EntryError(f'unknown key "{key}"{nearest(key, known)}')
        lists_of_texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not isinstance(value, str) and not lists_of_texts:
            raise EntryError(f'"{key}" must be a text or a list of texts')
        if not isinstance(value, str) and key not in {"reads", "writes", "mutates", "returns_if", "bases"}:
            raise EntryError(f'"{key}" must be one text')


def check_file(data: Raw, path: Path) -> None:
    """A whole knowledge file makes sense.

    Raises:
        SettingsError: names the file and the key of the first entry that does not.
    """
    for table, content in data.items():
        try:
            parse_word(table, TABLES)
            if not isinstance(content, dict):
                raise EntryError("must be a table")
        except EntryError as error:
            refuse(error, path, table)
        for key, value in content.items():
            check_row(table, key, value, path)


def check_row(table: str, key: str, value: Any, path: Path) -> None:
    """One row of a table makes sense; a row of entries is looked at entry by entry."""
    if table == "convention":
        try:
            parse_word(key, CONVENTION_TABLES)
        except EntryError as error:
            refuse(error, path, table)
    if table in TABLES_BY_OWNER or (table == "convention" and isinstance(value, dict)):
        try:
            rows = expect(value, dict)
        except EntryError as error:
            refuse(error, path, f'{table}."{key}"')
        for name, entry in rows.items():
            check_entry(f'{table}."{key}"', key if table == "convention" else table, name, entry, path)
    else:
        check_entry(table, table, key, value, path)


def check_entry(place: str, table: str, name: str, entry: Any, path: Path) -> None:
    """One entry makes sense in its table."""
    try:
        if table in {"function", "method", "attribute"}:
            parse_effect(name, expect(entry, dict))
        elif table == "class":
            check_keys(expect(entry, dict), CLASS_KEYS)
            parse_class(name, (), entry)
        elif table == "returns":
            parse_returns(name)
            expect(entry, str)
        elif table == "signature":
            parse_parameters(expect(entry, str))
        elif name != "seeds":
            expect(entry, str)
    except EntryError as error:
        refuse(error, path, f'{place}."{name}"')


def expect(value: Any, kind: type) -> Any:
    """`value`, if it is a table or a text, as its place wants it."""
    if not isinstance(value, kind):
        raise EntryError("must be a table" if kind is dict else "must be a text")
    return value


def refuse(error: EntryError, path: Path, key: str) -> NoReturn:
    """Tell the user which entry of which file is wrong."""
    hint = "the form of knowledge files is described in provkg/extract/knowledge/README.md"
    raise SettingsError(f"{key}: {error}", path=str(path), hint=hint) from None
