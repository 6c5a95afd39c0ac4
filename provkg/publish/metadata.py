"""What a publication says of itself: who made it, under which licence, for which paper.

It is asked once and kept in `provkg.toml`, under `[publication]`; what stands in other files of the project
is read from there (`found.py`). Nothing is invented: what nobody says is named as missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Literal, get_args

from provkg.errors import SettingsError

Access = Literal["open", "embargoed", "restricted", "closed"]

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?")
_ROR = re.compile(r"(?:https?://ror\.org/)?(0[a-z0-9]{6}\d{2})/?")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who made it."""

    name: str
    given_name: str | None = None
    family_name: str | None = None
    orcid: str | None = None
    """As a URL: https://orcid.org/…"""
    affiliation: str | None = None
    ror: str | None = None
    """Of the affiliation, as a URL: https://ror.org/…"""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Money that paid for it."""

    funder: str
    ror: str | None = None
    award: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """All that a publication says of itself."""

    title: str | None = None
    description: str | None = None
    creators: tuple[Person, ...] = ()
    licence: str | None = None
    """An SPDX expression."""
    date: str | None = None
    """When it is published, as ISO 8601 says a day."""
    version: str | None = None
    keywords: tuple[str, ...] = ()
    doi: str | None = None
    """Of the deposit itself, without https://doi.org/."""
    paper: str | None = None
    """DOI of the paper that it belongs to."""
    publisher: str | None = None
    publisher_url: str | None = None
    access: Access = "open"
    conditions: str | None = None
    """Who may get it, and how, where it is not open."""
    embargo_until: str | None = None
    repository: str | None = None
    """URL of the code."""
    url: str | None = None
    """Where the landing page will be."""
    funding: tuple[Grant, ...] = ()
    ran_by: str | None = None
    """Name or ORCID of the creator who ran the programs."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Field → the file that says it."""

    @property
    def runner(self) -> Person | None:
        """The creator who ran the programs, where somebody says so."""
        names = {self.ran_by, *({_parse_orcid_or_none(self.ran_by)} if self.ran_by else set())} - {None}
        return next((each for each in self.creators if {each.name, each.orcid} & names), None)


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that nobody says."""

    key: str
    why: str
    is_required: bool


WHY: Mapping[str, tuple[str, bool]] = {
    "title": ("no catalogue lists a deposit without one", True),
    "description": ("search engines want 50 letters or more, and RO-Crate wants it", True),
    "licence": ("without one nobody may use it, whatever you meant; RO-Crate wants it", True),
    "date": ("RO-Crate, DataCite and citations want it", True),
    "creators": ("nobody can cite it, and DataCite wants them", True),
    "keywords": ("people find it by them", False),
    "paper": ("its DOI links the deposit with the paper, once there is one", False),
    "publisher": ("DataCite wants it: Zenodo, or your university", False),
    "ran_by": ("which of the creators ran the programs", False),
}
"""What a publication should say, why, and whether it is incomplete without."""

SHORTEST_DESCRIPTION = 50
"""Letters that Google's Dataset Search wants at least."""


def find_missing(metadata: Metadata) -> list[Missing]:
    """What nobody says, the most important first."""
    missing = [Missing(key, why, needed) for key, (why, needed) in WHY.items() if not getattr(metadata, key)]
    if metadata.description and len(metadata.description) < SHORTEST_DESCRIPTION:
        missing.append(Missing("description", f"it has less than {SHORTEST_DESCRIPTION} letters", False))
    for person in metadata.creators:
        if person.orcid is None:
            missing.append(Missing("orcid", f"{person.name} cannot be told from others of that name", False))
        if person.affiliation is None:
            missing.append(Missing("affiliation", f"where {person.name} works", False))
    return missing


def merge(candidates: Iterable[Metadata]) -> Metadata:
    """For each thing to say, what the first candidate says that says it."""
    merged = Metadata()
    for candidate in candidates:
        said = {
            each.name: getattr(candidate, each.name)
            for each in fields(Metadata)
            if each.name not in ("origins", "access") and not getattr(merged, each.name)
        }
        origins = {
            name: candidate.origins[name]
            for name, value in said.items()
            if value and name in candidate.origins
        }
        if merged.access == "open":
            said["access"] = candidate.access
        merged = replace(merged, **said, origins={**merged.origins, **origins})
    return merged


# --- from a table of settings ---------------------------------------------------------------------------


def parse_metadata(table: Mapping[str, Any], place: str) -> Metadata:
    """What `[publication]` says; `place` is the file that it stands in.

    Raises:
        SettingsError: something in it makes no sense.
    """
    try:
        said = {_field_of(key): _PARSERS[_field_of(key)](key, value) for key, value in table.items()}
    except SettingsError as error:
        raise SettingsError(f"[publication] {error.message}", path=place, hint=error.hint) from error
    said = {key: value for key, value in said.items() if value}
    return Metadata(**said, origins=dict.fromkeys(said, place))


def _field_of(key: str) -> str:
    name = "licence" if key == "license" else key
    if name not in _PARSERS:
        raise SettingsError(f"has no {key!r}", hint="it takes " + ", ".join(_PARSERS))
    return name


def _parse_text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{key} must be a text", hint=f'{key} = "…"')
    return " ".join(value.split())


def _parse_texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SettingsError(f"{key} must be a list of texts", hint=f'{key} = ["…", "…"]')
    return tuple(dict.fromkeys(value))


def parse_licence(key: str, value: object) -> str:
    """A licence as SPDX writes it; empty where none is named.

    Raises:
        SettingsError: SPDX knows no such licence.
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    text = _parse_text(key, value).removeprefix("https://spdx.org/licenses/").removesuffix(".html")
    if not text:
        return ""
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression as error:
        raise SettingsError(
            f"{key} is {text!r}, which SPDX does not know",
            hint="take one of https://spdx.org/licenses/, like CC-BY-4.0, CC0-1.0, MIT or Apache-2.0",
        ) from error


def parse_day(key: str, value: object) -> str:
    """A day as ISO 8601 writes it; empty where none is named.

    Raises:
        SettingsError: it is no day.
    """
    text = value.isoformat() if isinstance(value, date) else _parse_text(key, value)
    if text:
        try:
            return date.fromisoformat(text[:10]).isoformat()
        except ValueError as error:
            raise SettingsError(
                f"{key} is {text!r}, which is no day", hint=f'{key} = "2026-11-25"'
            ) from error
    return ""


def parse_doi(key: str, value: object) -> str:
    """A DOI without the address of its resolver; empty where none is named.

    Raises:
        SettingsError: it is no DOI.
    """
    text = _parse_text(key, value)
    found = _DOI.fullmatch(text)
    if text and not found:
        raise SettingsError(f"{key} is {text!r}, which is no DOI", hint=f'{key} = "10.5281/zenodo.1234567"')
    return found[1] if found else ""


def parse_orcid(key: str, value: object) -> str:
    """An ORCID as a URL; empty where none is named.

    Raises:
        SettingsError: it is none, or mistyped: its last character is a checksum of the others.
    """
    text = _parse_text(key, value)
    found = _ORCID.fullmatch(text)
    if text and not (found and _has_good_checksum(found[1])):
        raise SettingsError(f"{key} is {text!r}, which is no ORCID", hint=f'{key} = "0000-0002-1825-0097"')
    return f"https://orcid.org/{found[1]}" if found else ""


def _has_good_checksum(orcid: str) -> bool:
    """Source: ISO 7064 11,2, as https://support.orcid.org describes it.

    >>> _has_good_checksum("0000-0002-1825-0097"), _has_good_checksum("0000-0002-1825-0096")
    (True, False)
    """
    total = 0
    for digit in orcid.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == orcid[-1]


def _parse_orcid_or_none(text: str | None) -> str | None:
    try:
        return parse_orcid("orcid", text or "") or None
    except SettingsError:
        return None


def parse_ror(key: str, value: object) -> str:
    """A ROR as a URL; empty where none is named.

    Raises:
        SettingsError: it is none.
    """
    text = _parse_text(key, value)
    found = _ROR.fullmatch(text)
    if text and not found:
        raise SettingsError(
            f"{key} is {text!r}, which is no ROR", hint=f'{key} = "https://ror.org/05qpz1x62"'
        )
    return f"https://ror.org/{found[1]}" if found else ""


def parse_access(key: str, value: object) -> Access:
    """Who may get it.

    Raises:
        SettingsError: there is no such word for it.
    """
    if value not in get_args(Access):
        raise SettingsError(f"{key} is {value!r}", hint="it is open, embargoed, restricted or closed")
    return value  # type: ignore[return-value] # it is one of them


def _tables(
    key: str, value: object, known: Mapping[str, Callable[[str, Any], str]]
) -> Iterator[dict[str, Any]]:
    """Each table of a list, with parsed values; what is empty counts as not said."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SettingsError(f"{key} must be tables", hint=f"[[publication.{key}]]")
    for table in value:
        for name in table:
            if name not in known:
                raise SettingsError(f"{key} has no {name!r}", hint="it takes " + ", ".join(known))
        yield {name: known[name](name, each) or None for name, each in table.items()}


def parse_creators(key: str, value: object) -> tuple[Person, ...]:
    """People, each with a name.

    Raises:
        SettingsError: one has none, or something makes no sense.
    """
    people = []
    for table in _tables(key, value, _PERSON):
        given, family = table.get("given_name"), table.get("family_name")
        table["name"] = table.get("name") or " ".join(filter(None, (given, family)))
        if table["name"]:
            people.append(Person(**table))
        elif any(table.values()):
            raise SettingsError(f"one of the {key} has no name", hint='name = "Ada Lovelace"')
    return tuple(people)


def parse_funding(key: str, value: object) -> tuple[Grant, ...]:
    """Grants, each with a funder.

    Raises:
        SettingsError: one has none.
    """
    grants = []
    for table in _tables(key, value, _GRANT):
        if table.get("funder"):
            grants.append(Grant(**table))
        elif any(table.values()):
            raise SettingsError(f"one of the {key} has no funder", hint='funder = "European Commission"')
    return tuple(grants)


_PERSON: Mapping[str, Callable[[str, Any], str]] = {
    "name": _parse_text,
    "given_name": _parse_text,
    "family_name": _parse_text,
    "orcid": parse_orcid,
    "affiliation": _parse_text,
    "ror": parse_ror,
    "email": _parse_text,
}
_GRANT: Mapping[str, Callable[[str, Any], str]] = {
    "funder": _parse_text,
    "ror": parse_ror,
    "award": _parse_text,
    "title": _parse_text,
}
_PARSERS: Mapping[str, Callable[[str, Any], Any]] = {
    "title": _parse_text,
    "description": _parse_text,
    "creators": parse_creators,
    "licence": parse_licence,
    "date": parse_day,
    "version": _parse_text,
    "keywords": _parse_texts,
    "doi": parse_doi,
    "paper": parse_doi,
    "publisher": _parse_text,
    "publisher_url": _parse_text,
    "access": parse_access,
    "conditions": _parse_text,
    "embargo_until": parse_day,
    "repository": _parse_text,
    "url": _parse_text,
    "funding": parse_funding,
    "ran_by": _parse_text,
}

# --- the template ---------------------------------------------------------------------------------------

TEMPLATE = """\
[publication]
# What is published is told here once; every file of metadata is written from it.
# Lines that begin with # are not read. Leave out what you do not know: nothing is invented.
title = {title}
description = {description}
licence = {licence}        # https://spdx.org/licenses/, like "CC-BY-4.0" for data and text, "MIT" for code
keywords = {keywords}
# date = "2026-11-25"      # of publication; else the day on which it is made
# version = "1.0.0"
# publisher = "Zenodo"
# publisher_url = "https://zenodo.org/"
# paper = "10.1000/xyz123" # DOI of the paper
# doi = "10.5281/zenodo.1234567"  # of the deposit itself, once it is reserved
# repository = "https://github.com/me/study"
# url = "https://me.github.io/study/"  # where the landing page will be
# access = "open"          # or embargoed (with embargo_until), restricted, closed
# conditions = "Write to the authors; patients have to be told."
# ran_by = "0000-0002-1825-0097"  # which of the creators ran the programs: name or ORCID

[[publication.creators]]
name = {creator}
# given_name = "Ada"
# family_name = "Lovelace"
# orcid = "0000-0002-1825-0097"
# affiliation = "University of Jena"
# ror = "https://ror.org/05qpz1x62"

# [[publication.funding]]
# funder = "Deutsche Forschungsgemeinschaft"
# ror = "https://ror.org/018mejw64"
# award = "377845201"
# title = "ReproduceMe"
"""


def write_template(known: Metadata) -> str:
    """The table `[publication]` to be filled in, with what is known already."""
    import json

    def said(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    return TEMPLATE.format(
        title=said(known.title or ""),
        description=said(known.description or ""),
        licence=said(known.licence or ""),
        keywords=said(list(known.keywords)),
        creator=said(known.creators[0].name if known.creators else ""),
    )
