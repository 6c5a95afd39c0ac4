"""The files that others cite and list a deposit by, all from one source: CFF, Zenodo, DataCite, CodeMeta."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from provkg.publish.metadata import Metadata, Person
from provkg.publish.study import Study

CITATION_MESSAGE = "If you use it, please cite it with these metadata."
CODEMETA = "https://w3id.org/codemeta/3.0"
DATACITE_SCHEMA = "http://datacite.org/schema/kernel-4"

Table = dict[str, Any]


def write_citation(metadata: Metadata) -> bytes:
    """`CITATION.cff` 1.2.0."""
    table = _said(
        {
            "cff-version": "1.2.0",
            "message": CITATION_MESSAGE,
            "type": "dataset",
            "title": metadata.title,
            "abstract": metadata.description,
            "authors": [_cff_person(person) for person in metadata.creators],
            "version": metadata.version,
            "date-released": metadata.date,
            "doi": metadata.doi,
            "license": metadata.licence if _is_single(metadata.licence) else None,
            "url": metadata.url,
            "repository-code": metadata.repository,
            "keywords": list(metadata.keywords),
            "references": _cff_references(metadata),
        }
    )
    text: str = yaml.safe_dump(table, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


def _cff_person(person: Person) -> Table:
    family, given = split_name(person)
    if family is None:
        return _said({"name": person.name})
    return _said(
        {
            "family-names": family,
            "given-names": given,
            "orcid": person.orcid,
            "affiliation": person.affiliation,
        }
    )


def _cff_references(metadata: Metadata) -> list[Table]:
    if not metadata.paper:
        return []
    authors = [_cff_person(person) for person in metadata.creators]
    title = f"The paper {metadata.paper}"
    return [{"type": "article", "title": title, "doi": metadata.paper, "authors": authors}] if authors else []


def split_name(person: Person) -> tuple[str | None, str | None]:
    """Family name and given names: as they are told, else the last word and what stands before it.

    >>> split_name(Person("Ada King Lovelace")), split_name(Person("The provkg developers"))
    (('Lovelace', 'Ada King'), (None, None))
    """
    if person.family_name:
        return person.family_name, person.given_name
    words = person.name.split()
    if len(words) < 2 or words[0].lower() == "the" or words[-1].islower():
        return None, None
    return words[-1], " ".join(words[:-1])


# --- Zenodo ---------------------------------------------------------------------------------------------


def write_zenodo(metadata: Metadata) -> bytes:
    """`.zenodo.json`, as Zenodo's deposit takes it."""
    return _write(
        _said(
            {
                "upload_type": "dataset",
                "title": metadata.title,
                "description": metadata.description,
                "creators": [_zenodo_person(person) for person in metadata.creators],
                "publication_date": metadata.date,
                "access_right": metadata.access,
                "license": metadata.licence if _is_single(metadata.licence) else None,
                "embargo_date": metadata.embargo_until if metadata.access == "embargoed" else None,
                "access_conditions": metadata.conditions if metadata.access == "restricted" else None,
                "keywords": list(metadata.keywords),
                "version": metadata.version,
                "related_identifiers": _zenodo_relations(metadata),
                "grants": [{"id": grant.award} for grant in metadata.funding if grant.award],
            }
        )
    )


def _zenodo_person(person: Person) -> Table:
    family, given = split_name(person)
    return _said(
        {
            "name": f"{family}, {given}" if family and given else person.name,
            "affiliation": person.affiliation,
            "orcid": person.orcid.rpartition("/")[2] if person.orcid else None,
        }
    )


def _zenodo_relations(metadata: Metadata) -> list[Table]:
    relations = []
    if metadata.paper:
        relations.append(
            {
                "identifier": metadata.paper,
                "relation": "isSupplementTo",
                "resource_type": "publication-article",
            }
        )
    if metadata.repository:
        relations.append({"identifier": metadata.repository, "relation": "isDerivedFrom"})
    return relations


# --- DataCite -------------------------------------------------------------------------------------------


def write_datacite(metadata: Metadata, study: Study) -> bytes:
    """`datacite.json`, schema 4.5."""
    kinds = {program.kind for program in study.programs}
    kind = (
        "ComputationalNotebook"
        if kinds == {"notebook"}
        else "Software"
        if kinds == {"script"}
        else "Collection"
    )
    return _write(
        _said(
            {
                "schemaVersion": DATACITE_SCHEMA,
                "doi": metadata.doi,
                "identifiers": [{"identifier": metadata.doi, "identifierType": "DOI"}]
                if metadata.doi
                else [],
                "titles": [{"title": metadata.title}] if metadata.title else [],
                "creators": [_datacite_person(person) for person in metadata.creators],
                "publisher": {"name": metadata.publisher} if metadata.publisher else None,
                "publicationYear": metadata.date[:4] if metadata.date else None,
                "types": {"resourceType": "Research object with provenance", "resourceTypeGeneral": kind},
                "subjects": [{"subject": keyword} for keyword in metadata.keywords],
                "dates": [{"date": metadata.date, "dateType": "Issued"}] if metadata.date else [],
                "version": metadata.version,
                "rightsList": _datacite_rights(metadata.licence),
                "descriptions": [{"description": metadata.description, "descriptionType": "Abstract"}]
                if metadata.description
                else [],
                "fundingReferences": [
                    _datacite_grant(metadata, index) for index in range(len(metadata.funding))
                ],
                "relatedIdentifiers": _datacite_relations(metadata),
            }
        )
    )


def _datacite_person(person: Person) -> Table:
    family, given = split_name(person)
    works = {"name": person.affiliation}
    if person.ror:
        works |= {"affiliationIdentifier": person.ror, "affiliationIdentifierScheme": "ROR"}
    scheme = {"nameIdentifierScheme": "ORCID", "schemeUri": "https://orcid.org"}
    return _said(
        {
            "name": f"{family}, {given}" if family and given else person.name,
            "nameType": "Personal" if family else None,
            "givenName": given,
            "familyName": family,
            "nameIdentifiers": [{"nameIdentifier": person.orcid, **scheme}] if person.orcid else [],
            "affiliation": [works] if person.affiliation else [],
        }
    )


def _datacite_rights(licence: str | None) -> list[Table]:
    if licence is None:
        return []
    if not _is_single(licence):
        return [{"rights": licence}]
    scheme = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}
    page = f"https://spdx.org/licenses/{licence}"
    return [{"rights": licence, "rightsIdentifier": licence, "rightsUri": page, **scheme}]


def _datacite_grant(metadata: Metadata, index: int) -> Table:
    grant = metadata.funding[index]
    return _said(
        {
            "funderName": grant.funder,
            "funderIdentifier": grant.ror,
            "funderIdentifierType": "ROR" if grant.ror else None,
            "awardNumber": grant.award,
            "awardTitle": grant.title,
        }
    )


def _datacite_relations(metadata: Metadata) -> list[Table]:
    relations = []
    if metadata.paper:
        relations.append(("IsSupplementTo", "DOI", metadata.paper))
    if metadata.repository:
        relations.append(("IsDerivedFrom", "URL", metadata.repository))
    return [
        {"relatedIdentifier": value, "relatedIdentifierType": kind, "relationType": relation}
        for relation, kind, value in relations
    ]


# --- CodeMeta -------------------------------------------------------------------------------------------


def write_codemeta(metadata: Metadata, study: Study) -> bytes:
    """`codemeta.json` 3.0."""
    languages = dict.fromkeys(program.language for program in study.programs if program.language)
    return _write(
        _said(
            {
                "@context": CODEMETA,
                "@type": "SoftwareSourceCode",
                "name": metadata.title,
                "description": metadata.description,
                "author": [_codemeta_person(person) for person in metadata.creators],
                "license": f"https://spdx.org/licenses/{metadata.licence}"
                if _is_single(metadata.licence)
                else None,
                "version": metadata.version,
                "datePublished": metadata.date,
                "keywords": list(metadata.keywords),
                "identifier": f"https://doi.org/{metadata.doi}" if metadata.doi else None,
                "codeRepository": metadata.repository,
                "programmingLanguage": [language.capitalize() for language in languages],
                "softwareRequirements": [
                    _said(
                        {
                            "@type": "SoftwareApplication",
                            "identifier": library.name,
                            "name": library.name,
                            "version": library.version,
                        }
                    )
                    for library in study.libraries
                ],
                "referencePublication": f"https://doi.org/{metadata.paper}" if metadata.paper else None,
                "funder": [{"@type": "Organization", "name": grant.funder} for grant in metadata.funding],
                "funding": "; ".join(grant.award for grant in metadata.funding if grant.award),
            }
        )
    )


def _codemeta_person(person: Person) -> Table:
    family, given = split_name(person)
    works = {"@type": "Organization", "@id": person.ror, "name": person.affiliation}
    return _said(
        {
            "@type": "Person",
            "@id": person.orcid,
            "name": None if family else person.name,
            "givenName": given,
            "familyName": family,
            "email": person.email,
            "affiliation": _said(works) if person.affiliation else None,
        }
    )


# --- all of them ----------------------------------------------------------------------------------------


def _is_single(licence: str | None) -> bool:
    """Whether it is one licence, not an expression of several."""
    return licence is not None and " " not in licence


def _said(table: Mapping[str, Any]) -> Table:
    """A table without what has nothing to say."""
    return {key: value for key, value in table.items() if value not in (None, "", [], {})}


def _write(table: Table) -> bytes:
    return (json.dumps(table, indent=2, ensure_ascii=False) + "\n").encode()
