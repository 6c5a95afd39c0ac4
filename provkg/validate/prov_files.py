"""From PROV-N, PROV-JSON and PROV-XML to the statements of PROV, by the prov library."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from provkg.errors import GraphError, MissingExtra
from provkg.graph.terms import PROV
from provkg.validate.prov_statements import (
    ABSENT,
    RELATIONS,
    RELATIONS_WITHOUT_ID,
    Instance,
    Statement,
    fresh_variables,
    normalise_time,
)

if TYPE_CHECKING:
    from prov.model import ProvBundle, ProvDocument, ProvRecord

SUFFIXES = {".provn": "provn", ".json": "json", ".provjson": "json", ".xml": "xml", ".provx": "xml"}
"""Suffix → what the library calls the format."""

_RECORDS = {
    PROV.IRI + name: relation
    for name, relation in {
        "Entity": "entity",
        "Activity": "activity",
        "Agent": "agent",
        "Generation": "wasGeneratedBy",
        "Usage": "used",
        "Invalidation": "wasInvalidatedBy",
        "Start": "wasStartedBy",
        "End": "wasEndedBy",
        "Communication": "wasInformedBy",
        "Derivation": "wasDerivedFrom",
        "Attribution": "wasAttributedTo",
        "Association": "wasAssociatedWith",
        "Delegation": "actedOnBehalfOf",
        "Influence": "wasInfluencedBy",
        "Specialization": "specializationOf",
        "Alternate": "alternateOf",
        "Membership": "hadMember",
        "Mention": "mentionOf",
    }.items()
}
"""Kind of record → the relation; both order the arguments alike."""


def read_prov_file(path: Path) -> list[Instance]:
    """What a PROV document says: outside its bundles, then in each, by name.

    Raises:
        MissingExtra: the prov library, or what it needs for XML, is not installed.
        GraphError: it cannot be read, or is no PROV document.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GraphError(f"cannot be read: {error.strerror or error}", path=str(path)) from error
    return read_document(parse_document(content, SUFFIXES.get(path.suffix, "provn"), str(path)))


def parse_document(content: bytes, format: str, path: str | None = None) -> ProvDocument:
    """The document of the prov library.

    Raises:
        MissingExtra: the prov library, or what it needs for XML, is not installed.
        GraphError: it is no PROV document.
    """
    try:
        from prov.model import ProvDocument

        if format == "xml":
            import_module("lxml")  # prov itself does not say so by an ImportError
    except ImportError as error:
        raise MissingExtra(
            f"reading PROV documents needs the library {error.name}",
            hint="install it with: pip install 'provkg[prov]'",
        ) from error
    try:
        with catch_warnings():  # of names that a later version of the library will not take
            simplefilter("ignore")
            text = content.decode("utf-8-sig")
            document: ProvDocument = ProvDocument.deserialize(content=text, format=format)
    except Exception as error:  # the library raises whatever its parsers do
        raise GraphError(
            f"this is no PROV-{format.upper().removeprefix('PROV')} document: {error}", path=path
        ) from error
    return document


def read_document(document: ProvDocument) -> list[Instance]:
    """What a document says: outside its bundles, then in each, by name."""
    bundles = {_get_iri(bundle.identifier): bundle for bundle in document.bundles}
    return [_read_bundle(name, bundle) for name, bundle in (("", document), *sorted(bundles.items()))]


def _read_bundle(name: str, bundle: ProvBundle) -> Instance:
    instance = Instance(name)
    fresh = fresh_variables()
    for record in bundle.get_records():
        relation = _RECORDS[record.get_type().uri]
        has_id = record.identifier is not None and relation not in RELATIONS_WITHOUT_ID
        id = _get_iri(record.identifier) if has_id else next(fresh)
        instance.statements.append(Statement(relation, id, _read_arguments(record, relation)))
        if relation == "entity" and PROV.IRI + "EmptyCollection" in _find_types(record):
            instance.empty_collections.add(id)
    return instance


def _get_iri(name: Any) -> str:
    return str(getattr(name, "uri", name))


def _read_arguments(record: ProvRecord, relation: str) -> tuple[str, ...]:
    found = [_name_value(value) for _, value in record.formal_attributes]
    return tuple(found[: len(RELATIONS[relation])])


def _name_value(value: Any) -> str:
    if value is None:
        return ABSENT
    return normalise_time(value.isoformat()) if isinstance(value, datetime) else _get_iri(value)


def _find_types(record: ProvRecord) -> set[str]:
    return {_get_iri(value) for value in record.get_asserted_types()}
