"""The publication as search engines want it: schema.org, with a context that nobody has to fetch."""

from __future__ import annotations

from typing import Any

from provkg.graph.terms import PROV, SDO
from provkg.publish.cards import said, slug, tell_author
from provkg.publish.crate import Contents
from provkg.publish.entities import is_web, only
from provkg.publish.items import Item

Table = dict[str, Any]
CONDITIONS = {"embargoed": "Embargoed", "restricted": "Restricted access", "closed": "Closed access"}


def tell_for_search(contents: Contents) -> Table:
    """The deposit as a schema.org data set, with the programs and files in it."""
    metadata, study = contents.metadata, contents.study
    address = f"https://doi.org/{metadata.doi}" if metadata.doi else metadata.url
    files = [item for item in contents.items if not item.path.startswith(".")]
    columns = dict.fromkeys(column for file in study.files for column in file.columns)
    sources = [file.locator for file in study.files if file.is_read and is_web(file.locator)]
    publisher = {"@type": "Organization", "name": metadata.publisher, "url": metadata.publisher_url}
    return said(
        {
            "@context": {"@vocab": SDO.IRI, "prov": PROV.IRI},
            "@type": ["Dataset", "prov:Entity"],
            "@id": address,
            "name": metadata.title,
            "description": metadata.description,
            "identifier": address,
            "url": metadata.url or address,
            "creator": only([tell_author(person) for person in metadata.creators]),
            "publisher": said(publisher) if metadata.publisher else None,
            "datePublished": metadata.date,
            "version": metadata.version,
            "license": f"https://spdx.org/licenses/{metadata.licence}" if metadata.licence else None,
            "isAccessibleForFree": True if metadata.access == "open" else None,
            "conditionsOfAccess": metadata.conditions or CONDITIONS.get(metadata.access),
            "keywords": list(metadata.keywords),
            "citation": f"https://doi.org/{metadata.paper}" if metadata.paper else None,
            "isBasedOn": only([*sources, *([metadata.repository] if metadata.repository else [])]),
            "prov:hadPrimarySource": only([{"@id": each} for each in sources]),
            "funder": only([{"@type": "Organization", "name": grant.funder} for grant in metadata.funding]),
            "variableMeasured": [{"@type": "PropertyValue", "name": name} for name in columns],
            "distribution": [tell_download(item, metadata.url) for item in files],
            "hasPart": [tell_program(contents, index) for index in range(len(study.programs))],
        }
    )


def tell_download(item: Item, address: str | None) -> Table:
    """A file that can be had."""
    folder = address.rsplit("/", 1)[0] + "/" if address and is_web(address) else ""
    return {
        "@type": "DataDownload",
        "name": item.path,
        "contentUrl": folder + item.id,
        "encodingFormat": item.media_type,
        "contentSize": f"{item.size_bytes} B",
        "sha256": item.sha256,
    }


def tell_program(contents: Contents, index: int) -> Table:
    """A program; a notebook is something to learn from, too."""
    program = contents.study.programs[index]
    types = ["SoftwareSourceCode", *(["LearningResource"] if program.kind == "notebook" else [])]
    return said(
        {
            "@type": only(types),
            "@id": f"#{slug(program.path)}",
            "name": program.name,
            "description": program.description,
            "programmingLanguage": program.language.capitalize() if program.language else None,
            "learningResourceType": "Jupyter notebook" if program.kind == "notebook" else None,
        }
    )
