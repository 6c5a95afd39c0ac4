"""A Croissant 1.1 file for each table that programs read: its columns, its bytes, and where it comes from."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from provkg.publish.cards import said, slug
from provkg.publish.entities import only
from provkg.publish.items import Item, make_item
from provkg.publish.metadata import Metadata
from provkg.publish.study import DataFile, Study

LARGEST_READ = 20_000_000
"""Bytes of a table that is looked into; of larger ones only the columns that programs name are told."""

SEPARATORS = {".csv": ",", ".tsv": "\t"}
STANDARD = "http://mlcommons.org/croissant/1.1"

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

Table = dict[str, Any]


def write_croissants(study: Study, metadata: Metadata, items: Mapping[str, Item]) -> Iterator[Item]:
    """A file beside the crate's metadata for each table in the crate that programs read."""
    tables = [file for file in study.files if file.is_read and file.path in items and is_table(file)]
    for file in tables:
        name = "croissant.json" if len(tables) == 1 else f"croissant-{slug(str(file.path))}.json"
        told = tell_dataset(file, study, metadata, items[str(file.path)])
        yield make_item(name, (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode())


def is_table(file: DataFile) -> bool:
    """Whether it is a table of text, which Croissant can say how to read."""
    return Path(file.path or "").suffix.lower() in SEPARATORS


def tell_dataset(file: DataFile, study: Study, metadata: Metadata, item: Item) -> Table:
    """The data set, its one file and its columns."""
    name = slug(str(file.path))
    address = f"https://doi.org/{metadata.doi}" if metadata.doi else metadata.url
    creators = [said({"@type": "Person", "name": each.name, "url": each.orcid}) for each in metadata.creators]
    publisher = {"@type": "Organization", "name": metadata.publisher} if metadata.publisher else None
    return said(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "@id": file.iri,
            "conformsTo": STANDARD,
            "name": name,
            "description": describe(file, study, metadata),
            "license": f"https://spdx.org/licenses/{metadata.licence}" if metadata.licence else None,
            "url": address or file.iri,
            "creator": only(creators),
            "publisher": publisher,
            "datePublished": metadata.date,
            "version": metadata.version,
            "keywords": list(metadata.keywords),
            "citeAs": cite(metadata),
            "isLiveDataset": False,
            "prov:wasGeneratedBy": only(
                [{"@id": cell.iri} for cell in study.cells if file.iri in cell.writes]
            ),
            "distribution": [
                {
                    "@type": "cr:FileObject",
                    "@id": "file",
                    "name": "file",
                    "contentUrl": item.id,
                    "encodingFormat": item.media_type,
                    "contentSize": f"{item.size_bytes} B",
                    "sha256": item.sha256,
                }
            ],
            "recordSet": [tell_rows(columns)] if (columns := find_columns(file, item)) else [],
        }
    )


def describe(file: DataFile, study: Study, metadata: Metadata) -> str:
    """Which programs read a file, and what the work is about."""
    return f"{file.path}, read by {', '.join(readers(file, study))}. {metadata.description or ''}".strip()


def readers(file: DataFile, study: Study) -> list[str]:
    """The programs that read a file."""
    versions = {cell.program for cell in study.cells if file.iri in cell.reads}
    return [program.path for program in study.programs if program.version in versions]


def cite(metadata: Metadata) -> str | None:
    """The deposit as BibTeX."""
    if not (metadata.title and metadata.creators and metadata.date):
        return None
    authors = " and ".join(person.name for person in metadata.creators)
    doi = f", doi={{{metadata.doi}}}" if metadata.doi else ""
    year = metadata.date[:4]
    return f"@misc{{dataset, author={{{authors}}}, title={{{metadata.title}}}, year={{{year}}}{doi}}}"


def tell_rows(columns: Mapping[str, str]) -> Table:
    """The rows of a table."""
    return {
        "@type": "cr:RecordSet",
        "@id": "rows",
        "name": "rows",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"rows/{slug(name)}-{index}",
                "name": name,
                "dataType": kind,
                "source": {"fileObject": {"@id": "file"}, "extract": {"column": name}},
            }
            for index, (name, kind) in enumerate(columns.items(), start=1)
        ],
    }


def find_columns(file: DataFile, item: Item) -> dict[str, str]:
    """Column → its type: of the whole table, or of what programs name of a very large one."""
    if item.size_bytes > LARGEST_READ:
        return dict.fromkeys(file.columns, "sc:Text")
    data = item.content if isinstance(item.content, bytes) else item.content.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        separator = SEPARATORS[Path(item.path).suffix.lower()]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return dict.fromkeys(file.columns, "sc:Text")
    return type_columns(rows)


def type_columns(rows: list[list[str]]) -> dict[str, str]:
    """The types of the columns that the first row names; none where names are missing or there twice.

    >>> type_columns([["bird", "mass"], ["a", "3.5"], ["b", ""]])
    {'bird': 'sc:Text', 'mass': 'sc:Float'}
    """
    head = rows[0] if rows else []
    if not all(head) or len(set(head)) < len(head):
        return {}
    columns: list[list[str]] = [[] for _ in head]
    for row in rows[1:]:
        for values, value in zip(columns, row, strict=False):
            values.append(value)
    return {name: type_values(values) for name, values in zip(head, columns, strict=True)}


def type_values(values: list[str]) -> str:
    """The narrowest type that all values have; a number that may be missing is no integer."""
    present = [value for value in values if value not in ("", "NA", "NaN", "nan")]
    if present and len(present) == len(values) and all(can_be(int, value) for value in present):
        return "sc:Integer"
    return "sc:Float" if present and all(can_be(float, value) for value in present) else "sc:Text"


def can_be(kind: Callable[[str], object], value: str) -> bool:
    """Whether a text can be read as a number."""
    try:
        kind(value)
    except ValueError:
        return False
    return "_" not in value
