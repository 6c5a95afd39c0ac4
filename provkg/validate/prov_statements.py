"""What PROV says, as statements: `wasGeneratedBy(gen; entity, activity, time)`.

This is the common form of RDF and of PROV documents on which the constraints are checked. A term is a text:
an IRI, or a time. What only exists, without a name, is a variable, "_:1"; what is not there, and need not be,
is `ABSENT`.

Source: PROV-DM, and PROV-CONSTRAINTS, definitions 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

ABSENT = "-"
"""The placeholder of PROV-N, where it stands for "there is none" and not for "there is one"."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One place of a relation."""

    name: str
    kind: str
    """What stands in it: entity, activity, agent, time, or anything."""
    is_required: bool = False
    is_expandable: bool = False
    """Does a placeholder mean that there is one which has no name?"""


def _read_parameter(text: str) -> Parameter:
    name, _, kind = text.rstrip("!?").partition(":")
    return Parameter(name.replace("_", " "), kind or name, text.endswith("!"), text.endswith("?"))


RELATIONS: Mapping[str, tuple[Parameter, ...]] = {
    relation: tuple(_read_parameter(text) for text in parameters.split())
    for relation, parameters in {
        "entity": "",
        "activity": "start:time? end:time?",
        "agent": "",
        "wasGeneratedBy": "entity! activity? time?",
        "used": "activity! entity? time?",
        "wasInvalidatedBy": "entity! activity? time?",
        "wasStartedBy": "activity! trigger:entity? starter:activity? time?",
        "wasEndedBy": "activity! trigger:entity? ender:activity? time?",
        "wasInformedBy": "informed_activity:activity! informing_activity:activity!",
        "wasDerivedFrom": "new_entity:entity! used_entity:entity! activity generation:event usage:event",
        "wasAttributedTo": "entity! agent!",
        "wasAssociatedWith": "activity! agent? plan:entity",
        "actedOnBehalfOf": "delegate:agent! responsible_agent:agent! activity?",
        "wasInfluencedBy": "influenced_thing:any! influencing_thing:any!",
        "specializationOf": "specific_entity:entity! general_entity:entity!",
        "alternateOf": "first_entity:entity! second_entity:entity!",
        "hadMember": "collection:entity! member:entity!",
        "mentionOf": "specific_entity:entity! general_entity:entity! bundle:any!",
    }.items()
}
"""Relation → its parameters, as PROV-N orders them: "!" has to be there, "?" exists where it is not named."""

ELEMENTS = ("entity", "activity", "agent")
RELATIONS_WITHOUT_ID = ("specializationOf", "alternateOf", "hadMember", "mentionOf")

NOUNS = {
    "wasGeneratedBy": "generation",
    "used": "usage",
    "wasInvalidatedBy": "invalidation",
    "wasStartedBy": "start",
    "wasEndedBy": "end",
    "wasInformedBy": "communication",
    "wasDerivedFrom": "derivation",
    "wasAttributedTo": "attribution",
    "wasAssociatedWith": "association",
    "actedOnBehalfOf": "delegation",
    "wasInfluencedBy": "influence",
    "specializationOf": "specialization",
    "alternateOf": "alternate",
    "hadMember": "membership",
    "mentionOf": "mention",
    "entity": "entity",
    "activity": "activity",
    "agent": "agent",
}
"""Relation → what people call it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `arguments` are as many as its relation has parameters."""

    relation: str
    id: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that is no statement of PROV, and why: `focus` says it, `value` is what is wrong."""

    focus: str
    value: str
    reason: str


@dataclass(slots=True)
class Instance:
    """What one bundle says, or what a document says outside its bundles (then its name is empty)."""

    name: str
    statements: list[Statement] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    empty_collections: set[str] = field(default_factory=set)
    """Those that are said to have no members."""
    event_classes: dict[str, set[str]] = field(default_factory=dict)
    """What the classes of identifiers say that they identify: relations."""
    labels: dict[str, str] = field(default_factory=dict)
    """What people call things; few have to have a name here."""

    def name_of(self, term: str) -> str:
        """What a person would call this."""
        if is_variable(term):
            return "something unnamed"
        return self.labels.get(term) or _local_name(term)


def is_variable(term: str) -> bool:
    """Does it stand for something that exists and has no name?"""
    return term.startswith("_:")


def fresh_variables() -> Iterator[str]:
    """Variables that no document has: blank nodes have no tilde in their names."""
    number = 0
    while True:
        number += 1
        yield f"_:~{number}"


def normalise_time(text: str) -> str:
    """The same text for the same instant: in UTC, where a time zone is given."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return (time.astimezone(UTC) if time.tzinfo else time).isoformat().replace("+00:00", "Z")


def _local_name(iri: str) -> str:
    from urllib.parse import unquote

    name = iri.rstrip("/#")
    cut = max(name.rfind("/"), name.rfind("#"))
    return unquote(name[cut + 1 :]) or iri
