"""A card for each trained model, in the words of FAIR4ML 0.1: which data trained it, and how good it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from provkg.graph.terms import FAIR4ML, MLS, PROV, SCHEMA
from provkg.publish.citing import split_name
from provkg.publish.entities import only
from provkg.publish.items import Item, make_item, media_type_of
from provkg.publish.metadata import Metadata, Person
from provkg.publish.study import DataFile, Study
from provkg.query.models import Explanation, Measure

Table = dict[str, Any]

CONTEXT: Mapping[str, Any] = {
    "@vocab": SCHEMA.IRI,
    "fair4ml": FAIR4ML.IRI,
    "mls": MLS.IRI,
    "prov": PROV.IRI,
    "license": {"@type": "@id"},
}


def write_cards(study: Study, metadata: Metadata) -> Iterator[Item]:
    """A file for each model, called by its variable; numbered where several are called so."""
    seen: dict[str, int] = {}
    for told in study.models:
        name = slug(told.model.variable or (told.model.class_name or "model").rpartition(".")[2])
        seen[name] = seen.get(name, 0) + 1
        number = "" if seen[name] == 1 else f"-{seen[name]}"
        card = json.dumps(tell_card(told, study, metadata), indent=2, ensure_ascii=False) + "\n"
        yield make_item(f"model-cards/{name}{number}.jsonld", card.encode())


def slug(text: str) -> str:
    """A text as the name of a file.

    >>> slug("My model/2")
    'My-model-2'
    """
    plain = "".join(character if character.isalnum() or character in "_-" else "-" for character in text)
    return plain.strip("-")[:60] or "x"


def tell_card(told: Explanation, study: Study, metadata: Metadata) -> Table:
    """What is known of a model, as JSON-LD with its context."""
    model = told.model
    files = {file.iri: file for file in study.files}
    trained = [tell_data(files[iri]) for iri in study.trained_on.get(model.iri, ()) if iri in files]
    validated = [tell_data(file) for file in study.files if file.locator in told.validated_on]
    return said(
        {
            "@context": CONTEXT,
            "@id": model.iri,
            "@type": ["fair4ml:MLModel", "mls:Model", "prov:Entity"],
            "name": model.variable or model.class_name,
            "description": describe(told),
            "license": f"https://spdx.org/licenses/{metadata.licence}" if metadata.licence else None,
            "author": only([tell_author(person) for person in metadata.creators]),
            "version": metadata.version,
            "fair4ml:modelCategory": model.final_estimator or model.class_name,
            "fair4ml:trainedOn": only(trained),
            "fair4ml:validatedOn": only(validated),
            "fair4ml:fineTunedFrom": only(told.fine_tuned_from),
            "prov:wasDerivedFrom": only([{"@id": each["@id"]} for each in trained]),
            "fair4ml:hasEvaluation": only([tell_measure(each) for each in told.measures]),
            "additionalProperty": [
                {"@type": "PropertyValue", "name": each.name, "value": each.value} for each in told.settings
            ],
            "variableMeasured": [
                {"@type": "PropertyValue", "name": column, "description": data.role}
                for data in told.data
                for column in data.columns
            ],
            "encoding": only([{"@type": "MediaObject", "name": path} for path in model.saved_as]),
        }
    )


def said(table: Table) -> Table:
    """A table without what has nothing to say."""
    return {key: value for key, value in table.items() if value not in (None, "", [])}


def describe(told: Explanation) -> str:
    """What a model is and where it was trained, in a sentence."""
    model = told.model
    kind = model.class_name or "A model"
    last = f" with {model.final_estimator.rpartition('.')[2]}" if model.final_estimator else ""
    return f"{kind}{last}, trained in {model.place.path}, as its code says."


def tell_author(person: Person) -> Table:
    """A creator."""
    family, given = split_name(person)
    table = {"@id": person.orcid, "@type": "Person", "name": person.name}
    return said({**table, "givenName": given, "familyName": family, "affiliation": person.affiliation})


def tell_data(file: DataFile) -> Table:
    """A data set that a model is about."""
    size = None if file.size_bytes is None else str(file.size_bytes)
    return said(
        {
            "@id": file.iri,
            "@type": ["Dataset", "prov:Entity"],
            "name": file.path or file.locator,
            "encodingFormat": media_type_of(file.path or file.locator),
            "sha256": file.sha256,
            "contentSize": size,
        }
    )


def tell_measure(measure: Measure) -> Table:
    """A measure, with its value where a saved output shows it."""
    return said(
        {
            "@type": "fair4ml:MLModelEvaluation",
            "fair4ml:evaluationMetrics": measure.scoring or measure.name,
            "fair4ml:evaluationResults": measure.value,
            "description": f"on the {measure.part} part" if measure.part else None,
        }
    )
