"""The knowledge base as its users see it: look-ups by dotted name, files read when a name asks for them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from provkg.errors import SettingsError
from provkg.extract.knowledge.entries import ClassEntry, Effect, Place, Returns
from provkg.extract.knowledge.schema import Raw, check_file, parse_class, parse_effect

FOLDER = Path(__file__).parent
ALWAYS = ("conventions", "stdlib")
"""Files that every program needs; the others are named after the top-level module that they describe."""

MOST_ALIASES = 5
"""An alias may lead to another one; a circle of them must come to an end."""


@cache
def described_libraries() -> frozenset[str]:
    """The top-level modules that provkg's own knowledge base describes."""
    return frozenset(path.stem for path in FOLDER.glob("*.toml")) - {*ALWAYS, "distributions"}


class Knowledge:
    """What is known of library calls. All look-ups take dotted names with import aliases already followed.

    A file is read when a name of its module is first asked for; entries become objects when they are first
    found, and are remembered.
    """

    def __init__(self, extra: Iterable[Path] = ()) -> None:
        self._entries: dict[str, Raw] = {}
        self._attributes: dict[str, Raw] = {}
        self._signatures: dict[str, str] = {}
        self._classes: dict[str, Raw] = {}
        self._aliases: dict[str, str] = {}
        self._conventions: dict[str, dict[str, Raw]] = {"function": {}, "method": {}}
        self._files = {path.stem: path for path in FOLDER.glob("*.toml")}
        self._functions: dict[str, Effect | None] = {}
        self._methods: dict[tuple[str | None, str], Effect | None] = {}
        self._found_attributes: dict[tuple[str, str], Effect | None] = {}
        self._found_classes: dict[str, ClassEntry | None] = {}
        self.conventional_modules: dict[str, str] = {}
        """What a name stands for where it was never imported: "pd" is pandas."""
        self.conventional_objects: dict[str, str] = {}
        """The class of the object that a shell binds to a name: "spark" is a session of Spark."""
        self.seed_names: frozenset[str] = frozenset()
        """Keywords that set the seed of randomness, whatever the call."""
        for path in extra:
            self._merge(read_user_file(path))
        for name in ALWAYS:
            self._merge(read_file(self._files.pop(name)))
        self._files.pop("distributions", None)

    def load(self, modules: Iterable[str]) -> None:
        """Read what is known of these modules and their submodules; unknown ones are passed over."""
        for module in modules:
            path = self._files.pop(module.partition(".")[0], None)
            if path:
                self._merge(read_file(path))

    def canonical(self, name: str) -> str:
        """The name under which the knowledge base keeps `name`: `tensorflow.keras.Model` is `keras.Model`."""
        for _ in range(MOST_ALIASES):
            self.load((name,))
            renamed = self._follow_alias(name)
            if renamed == name:
                break
            name = renamed
        return name

    def find_function(self, name: str) -> Effect | None:
        """What a call of this function, class or class method does; last, by convention of its last part.

        A bare name is a built-in one. Calling a known class makes an object of it.
        """
        if name not in self._functions:
            self._functions[name] = self._find_function(self.canonical(name))
        return self._functions[name]

    def find_method(self, class_name: str | None, method: str) -> Effect | None:
        """What this method does; by convention of its name where the class or its method is not known."""
        key = (class_name, method)
        if key not in self._methods:
            found = self._inherited(self._entries, class_name, method)
            self._methods[key] = found or self._by_convention("method", method)
        return self._methods[key]

    def find_attribute(self, class_name: str, attribute: str) -> Effect | None:
        """What reading this attribute gives: its class and how much of the object's values it carries."""
        key = (class_name, attribute)
        if key not in self._found_attributes:
            self._found_attributes[key] = self._inherited(self._attributes, class_name, attribute)
        return self._found_attributes[key]

    def find_class(self, name: str) -> ClassEntry | None:
        """What is known of a class: its ancestors, its role, what is in it."""
        if name not in self._found_classes:
            self._found_classes[name] = self._find_class(self.canonical(name))
        return self._found_classes[name]

    def _follow_alias(self, name: str) -> str:
        prefix = name
        while prefix:
            if prefix in self._aliases:
                return self._aliases[prefix] + name[len(prefix) :]
            prefix = prefix.rpartition(".")[0]
        builtin = f"builtins.{name}"
        return builtin if builtin in self._entries or builtin in self._classes else name

    def _find_function(self, name: str) -> Effect | None:
        constructed = self.find_class(name)
        if constructed:
            return self._constructor(constructed)
        if name in self._entries:
            return self._with_parameters(parse_effect(name, self._entries[name]), (name,))
        owner, _, last = name.rpartition(".")
        method = self._inherited(self._entries, owner, last)
        if method is not None and method.returns is not None and method.returns.form == "receiver class":
            return replace(method, returns=Returns("class", owner))  # `Model.from_pretrained("x")`
        return method or self._by_convention("function", last)

    def _constructor(self, entry: ClassEntry) -> Effect:
        rule = next((name for name in entry.ancestors if name in self._entries), None)
        effect = parse_effect(entry.name, self._entries[rule] if rule else {})
        made = replace(effect, constructs=True, returns=effect.returns or Returns("class", entry.name))
        return self._with_parameters(made, entry.ancestors)

    def _with_parameters(self, effect: Effect, names: Iterable[str]) -> Effect:
        """The effect with the parameters of the first of these names that has a signature."""
        signature = next((self._signatures[name] for name in names if name in self._signatures), "")
        parameters = tuple(signature.split())
        if not parameters:
            return effect
        roles = tuple((place_by_name(place, parameters), role) for place, role in effect.roles)
        return replace(effect, parameters=parameters, roles=roles)

    def _find_class(self, name: str) -> ClassEntry | None:
        raw = self._classes.get(name)
        if raw is None:
            return None
        ancestors = tuple(dict.fromkeys(self._ancestors(name, set())))
        inherited: dict[str, Any] = {}
        for ancestor in ancestors:
            inherited = {**self._classes.get(ancestor, {}), **inherited}
        return parse_class(name, ancestors, inherited)

    def _ancestors(self, name: str, seen: set[str]) -> Iterator[str]:
        name = self.canonical(name)
        if name in seen:
            return
        seen.add(name)
        yield name
        for base in self._classes.get(name, {}).get("bases", ()):
            yield from self._ancestors(base, seen)

    def _inherited(self, table: Mapping[str, Raw], class_name: str | None, member: str) -> Effect | None:
        entry = self.find_class(class_name) if class_name else None
        names = [f"{ancestor}.{member}" for ancestor in entry.ancestors] if entry else []
        found = next((name for name in names if name in table), None)
        return None if found is None else self._with_parameters(parse_effect(found, table[found]), names)

    def _by_convention(self, kind: str, name: str) -> Effect | None:
        raw = self._conventions[kind].get(name)
        return None if raw is None else parse_effect(f"*.{name}", raw, "convention")

    def _merge(self, data: Raw) -> None:
        """Take in a file; what is already there stays, so user files, which come first, win."""
        for name, target in data.get("alias", {}).items():
            self._aliases.setdefault(name, target)
        for name, raw in (*data.get("class", {}).items(), *expand_subclasses(data.get("subclass", {}))):
            self._classes.setdefault(name, raw)
        for table in ("function", "method", "returns"):
            for name, raw in expand_entries(data.get(table, {}), is_by_result=table == "returns"):
                self._entries.setdefault(name, raw)
        for name, raw in expand_entries(data.get("attribute", {})):
            self._attributes.setdefault(name, raw)
        for name, parameters in expand_signatures(data.get("signature", {})):
            self._signatures.setdefault(name, parameters)
        self._merge_conventions(data.get("convention", {}))

    def _merge_conventions(self, data: Raw) -> None:
        for kind, known in self._conventions.items():
            for name, raw in expand_entries({"": data.get(kind, {})}):
                known.setdefault(name[1:], raw)
        self.conventional_modules = {**data.get("module", {}), **self.conventional_modules}
        self.conventional_objects = {**data.get("object", {}), **self.conventional_objects}
        self.seed_names |= frozenset(data.get("seeds", "").split())


def expand_entries(owners: Raw, *, is_by_result: bool = False) -> Iterator[tuple[str, Raw]]:
    """One dotted name and its entry for each name of a table: `"read_csv read_table" = {…}` holds two.

    An entry that lists its `names` has a heading for a key.
    """
    for owner, rows in owners.items():
        for key, value in rows.items():
            names, raw = (value, {"returns": key}) if is_by_result else (value.get("names", key), value)
            for name in names.split():
                yield f"{owner}.{name}", raw


def place_by_name(place: Place, parameters: Sequence[str]) -> Place:
    """The place with its position, where it has only names, and one of them can be given by position.

    >>> place_by_name(Place(None, ("callbacks",)), ["data", "callbacks"])
    Place(position=1, names=('callbacks',), is_receiver=False, is_rest=False)
    """
    if place.position is not None or place.is_receiver:
        return place
    position = next((parameters.index(name) for name in place.names if name in parameters), None)
    return replace(place, position=position)


def expand_signatures(owners: Raw) -> Iterator[tuple[str, str]]:
    """A dotted name and its parameters for each name of a row: `"Linear Bilinear" = "in_features …"`."""
    for owner, rows in owners.items():
        for names, parameters in rows.items():
            for name in names.split():
                yield f"{owner}.{name}", parameters


def expand_subclasses(groups: Raw) -> Iterator[tuple[str, Raw]]:
    """One class for each name of a group that shares its bases."""
    for bases, modules in groups.items():
        raw = {"bases": bases.split()}
        for module, names in modules.items():
            for name in names.split():
                yield f"{module}.{name}", raw


@cache
def read_file(path: Path) -> dict[str, Any]:
    """The tables of a knowledge file that comes with the program."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_user_file(path: Path) -> dict[str, Any]:
    """The tables of a user's knowledge file, every entry checked.

    Raises:
        SettingsError: the file cannot be read, is no TOML, or has an entry that makes no sense.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the knowledge file: {error}", path=str(path)) from error
    check_file(data, path)
    return data


@cache
def _knowledge(extra: tuple[Path, ...]) -> Knowledge:
    return Knowledge(extra)


def load_knowledge(modules: frozenset[str], extra: tuple[Path, ...] = ()) -> Knowledge:
    """What is known of the calls of these modules, the user's own files before ours.

    The same object for the same `extra`: a folder of notebooks reads each file once. Modules that are not
    named here, but turn up as the class of a result, are read when they do.

    Raises:
        SettingsError: one of the user's files makes no sense.
    """
    knowledge = _knowledge(extra)
    knowledge.load(sorted(modules))
    return knowledge
