"""The short forms of a JSON-LD context, and which of them a document used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provkg.export.nesting import REVERSE_NAMES
from provkg.resources import read_resource


@dataclass(frozen=True, slots=True)
class Term:
    """How a property is written."""

    key: str
    type: str | None = None
    """What plain values are: "@id", or the IRI of a datatype; None where values say it themselves."""
    is_set: bool = False
    """Are values a list even where there is one?"""


def read_context() -> Mapping[str, Any]:
    """The context of provkg's graphs."""
    entries = json.loads(read_resource("ontologies/context.jsonld"))["@context"]
    return {"id": "@id", "type": "@type", **entries}


class Context:
    """Gives IRIs their short forms, and remembers the entries that readers need to understand those.

    Of a context's entries it takes prefixes, aliases of keywords, and terms for properties and classes with
    `@id`, `@type`, `@container: @set` or `@reverse`; with anything else an entry is left aside. `schemes` are
    the schemes of the absolute IRIs to be written: no entry may be called so, since readers would take
    `pkg:pypi/numpy` for a short form of a prefix `pkg`.
    """

    def __init__(
        self, entries: Mapping[str, Any], prefixes: Mapping[str, str], schemes: Iterable[str]
    ) -> None:
        taken = frozenset(schemes)
        entries = {name: entry for name, entry in entries.items() if name not in taken}
        self._prefixes = dict(_prefixes_of(entries))
        for name, iri in prefixes.items():
            if name not in taken and name not in entries:
                self._prefixes[name] = iri
        self._names = {*entries, *self._prefixes}
        self._by_namespace = {iri: name for name, iri in sorted(self._prefixes.items(), reverse=True)}
        self._lengths = sorted({len(iri) for iri in self._by_namespace}, reverse=True)
        self._keywords: dict[str, str] = {}
        self._terms: dict[str, Term] = {}
        self._reverse_keys: dict[str, str] = {}
        for name, entry in entries.items():
            self._take(name, entry)
        self._names_of_iris: dict[str, str] = {}
        self._used: dict[str, Any] = {}

    def keyword(self, keyword: str) -> str:
        """`@id`, or what the context calls it."""
        name = self._keywords.get(keyword, keyword)
        if name != keyword:
            self._used[name] = keyword
        return name

    def term(self, iri: str) -> Term:
        """How the property is written."""
        term = self._terms.get(iri)
        if term is None:
            return Term(self.name(iri))
        if term.key not in self._used:
            self._used[term.key] = self._definition(term, iri)
        return term

    def class_name(self, iri: str) -> str:
        """How the class is written as a type."""
        term = self._terms.get(iri)
        return self.name(iri) if term is None or term.type is not None else self.term(iri).key

    def reverse_key(self, iri: str) -> str:
        """What a node calls those that say this property of it."""
        key = self._reverse_keys.get(iri)
        if key is None:
            key = REVERSE_NAMES[iri]
            while key in self._names:
                key += "_"
            self._names.add(key)
            self._reverse_keys[iri] = key
        if key not in self._used:
            self._used[key] = {"@reverse": self.name(iri), "@container": "@set"}
        return key

    def name(self, iri: str) -> str:
        """The IRI with the longest prefix that fits, or as it stands."""
        name = self._names_of_iris.get(iri)
        if name is None:
            name = self._names_of_iris[iri] = self._shorten(iri)
        return name

    def entries(self) -> dict[str, Any]:
        """The entries that were used: version, prefixes, aliases, then terms."""
        aliases = {name: entry for name, entry in self._used.items() if str(entry).startswith("@")}
        prefixes = {name: entry for name, entry in self._used.items() if name in self._prefixes}
        terms = {
            name: entry for name, entry in self._used.items() if name not in aliases and name not in prefixes
        }
        parts = (prefixes, aliases, terms)
        return {"@version": 1.1} | {name: entry for part in parts for name, entry in sorted(part.items())}

    def _take(self, name: str, entry: Any) -> None:
        if isinstance(entry, str):
            entry = {"@id": entry}
        if name.startswith("@") or ":" in name or not isinstance(entry, dict):
            return
        if not entry.keys() <= {"@id", "@type", "@container", "@reverse", "@prefix"}:
            return
        if entry.get("@container", "@set") != "@set":
            return
        iri, reverse = entry.get("@id"), entry.get("@reverse")
        if isinstance(reverse, str):
            self._reverse_keys.setdefault(self._expand(reverse), name)
        elif isinstance(iri, str) and iri.startswith("@"):
            self._keywords.setdefault(iri, name)
        elif isinstance(iri, str) and name not in self._prefixes:
            kind = entry.get("@type")
            term = Term(name, None if kind is None else self._expand(kind), "@container" in entry)
            self._terms.setdefault(self._expand(iri), term)

    def _expand(self, name: str) -> str:
        prefix, colon, rest = name.partition(":")
        return self._prefixes[prefix] + rest if colon and prefix in self._prefixes else name

    def _shorten(self, iri: str) -> str:
        for length in self._lengths:
            prefix, rest = self._by_namespace.get(iri[:length]), iri[length:]
            if prefix is not None and rest and not rest.startswith("//"):
                namespace = self._prefixes[prefix]
                is_plain = namespace[-1] in ":/?#[]@"  # only these ends make a prefix of a plain entry
                self._used[prefix] = namespace if is_plain else {"@id": namespace, "@prefix": True}
                return f"{prefix}:{rest}"
        return iri

    def _definition(self, term: Term, iri: str) -> Any:
        definition = {"@id": self.name(iri)}
        if term.type is not None:
            definition["@type"] = term.type if term.type.startswith("@") else self.name(term.type)
        if term.is_set:
            definition["@container"] = "@set"
        return definition if len(definition) > 1 else definition["@id"]


def _prefixes_of(entries: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, entry in entries.items():
        iri = entry.get("@id") if isinstance(entry, dict) and entry.get("@prefix") is True else entry
        is_prefix = isinstance(iri, str) and ":" in iri and (iri is not entry or iri[-1] in "/#?:")
        if isinstance(iri, str) and is_prefix and not name.startswith("@"):
            yield name, iri
