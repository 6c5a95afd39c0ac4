"""Metadata that a project has already: in `CITATION.cff`, `codemeta.json`, `.zenodo.json`, `pyproject.toml`.

Each reader takes what it understands and leaves the rest; a file that cannot be read is told, not fatal.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from provkg.errors import ProvkgError, SettingsError
from provkg.publish.metadata import (
    Metadata,
    Person,
    parse_day,
    parse_doi,
    parse_licence,
    parse_orcid,
)
from provkg.publish.study import Study

LARGEST = 1_000_000
"""Bytes; no file of metadata is larger."""

Table = Mapping[str, Any]


def find_metadata(root: Path, written: Mapping[str, str] | None = None) -> tuple[list[Metadata], list[str]]:
    """What the files of a project say, the most trustworthy first; and what could not be read of them.

    A file that `written` knows by this digest was written by us, so it says nothing of its own.
    """
    found: list[Metadata] = []
    problems: list[str] = []
    for name, read in READERS.items():
        path = root / name
        if not path.is_file() or path.stat().st_size > LARGEST:
            continue
        try:
            said = read(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            problems.append(f"{name} cannot be read: {str(error).splitlines()[0]}")
            continue
        found.append(Metadata(**said, origins=dict.fromkeys(said, name)))
    return found, problems


def metadata_of_study(study: Study) -> Metadata:
    """What the programs themselves say: title and first paragraph of a lone notebook, and their authors."""
    said: dict[str, Any] = {}
    if len(study.programs) == 1 and study.programs[0].kind == "notebook":
        program = study.programs[0]
        said = {"title": program.name, "description": program.description}
    people = [
        Person(name, orcid=iri if iri.startswith("https://orcid.org/") else None)
        for iri, name in study.people
    ]
    said["creators"] = tuple(dict.fromkeys(people))
    said = {key: value for key, value in said.items() if value}
    return Metadata(**said, origins=dict.fromkeys(said, "the notebook"))


# --- readers --------------------------------------------------------------------------------------------


def read_citation(text: str) -> dict[str, Any]:
    """What a `CITATION.cff` says."""
    table = _table(yaml.safe_load(text))
    people = [_person_of_citation(each) for each in _list(table.get("authors"))]
    return _said(
        title=_text(table.get("title")),
        description=_text(table.get("abstract")),
        creators=tuple(filter(None, people)),
        licence=_try(parse_licence, _first(table.get("license"))),
        version=_text(table.get("version")),
        date=_try(parse_day, table.get("date-released")),
        keywords=_texts(table.get("keywords")),
        doi=_try(parse_doi, table.get("doi")),
        repository=_text(table.get("repository-code")),
        paper=_try(parse_doi, _table(table.get("preferred-citation")).get("doi")),
    )


def _person_of_citation(value: Any) -> Person | None:
    table = _table(value)
    given, family = _text(table.get("given-names")), _text(table.get("family-names"))
    name = _text(table.get("name")) or " ".join(filter(None, (given, family)))
    orcid, works = _try(parse_orcid, table.get("orcid")), _text(table.get("affiliation"))
    return Person(name, given, family, orcid, works) if name else None


def read_codemeta(text: str) -> dict[str, Any]:
    """What a `codemeta.json` says."""
    table = _table(json.loads(text))
    people = [_person_of_schema(each) for each in _list(table.get("author"))]
    return _said(
        title=_text(table.get("name")),
        description=_text(table.get("description")),
        creators=tuple(filter(None, people)),
        licence=_try(parse_licence, _first(table.get("license"))),
        version=_text(table.get("version")),
        date=_try(parse_day, table.get("datePublished")),
        keywords=_texts(table.get("keywords")),
        repository=_text(table.get("codeRepository")),
    )


def _person_of_schema(value: Any) -> Person | None:
    table = _table(value)
    given, family = _text(table.get("givenName")), _text(table.get("familyName"))
    name = _text(table.get("name")) or " ".join(filter(None, (given, family)))
    works = _text(_table(table.get("affiliation")).get("name"))
    return Person(name, given, family, _try(parse_orcid, table.get("@id")), works) if name else None


def read_zenodo(text: str) -> dict[str, Any]:
    """What a `.zenodo.json` says."""
    table = _table(json.loads(text))
    people = [_person_of_zenodo(each) for each in _list(table.get("creators"))]
    return _said(
        title=_text(table.get("title")),
        description=_text(table.get("description")),
        creators=tuple(filter(None, people)),
        licence=_try(parse_licence, _first(table.get("license"))),
        version=_text(table.get("version")),
        date=_try(parse_day, table.get("publication_date")),
        keywords=_texts(table.get("keywords")),
    )


def _person_of_zenodo(value: Any) -> Person | None:
    table = _table(value)
    family, _, given = (_text(table.get("name")) or "").partition(", ")
    name = f"{given} {family}" if given else family
    orcid, works = _try(parse_orcid, table.get("orcid")), _text(table.get("affiliation"))
    return Person(name, given or None, family if given else None, orcid, works) if name else None


def read_pyproject(text: str) -> dict[str, Any]:
    """What `[project]` of a `pyproject.toml` says."""
    table = _table(tomllib.loads(text).get("project"))
    people = [_text(_table(each).get("name")) for each in _list(table.get("authors"))]
    licence = table.get("license")
    urls = {key.lower(): value for key, value in _table(table.get("urls")).items()}
    return _said(
        title=_text(table.get("name")),
        description=_text(table.get("description")),
        creators=tuple(Person(name) for name in people if name),
        licence=_try(parse_licence, licence if isinstance(licence, str) else _table(licence).get("text")),
        version=_text(table.get("version")),
        keywords=_texts(table.get("keywords")),
        repository=_text(urls.get("repository") or urls.get("source")),
    )


READERS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "CITATION.cff": read_citation,
    "codemeta.json": read_codemeta,
    ".zenodo.json": read_zenodo,
    "pyproject.toml": read_pyproject,
}
"""Name of a file → what it says, the most trustworthy first."""


# --- values of others -----------------------------------------------------------------------------------


def _said(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _table(value: Any) -> Table:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    found = next(iter(_list(value)), None)
    return found.get("id") or found.get("@id") if isinstance(found, dict) else found


def _text(value: Any) -> str | None:
    return " ".join(str(value).split()) or None if isinstance(value, str | int | float) else None


def _texts(value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else _list(value)
    return tuple(dict.fromkeys(filter(None, (_text(word) for word in words))))


def _try(parse: Callable[[str, Any], str], value: Any) -> str | None:
    """What a parser makes of a value; nothing where it makes nothing of it."""
    if value is None:
        return None
    try:
        return parse("", value) or None
    except (SettingsError, ProvkgError):
        return None
