"""The media type that an answer gets, by what the client accepts (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provkg.errors import RequestError


@dataclass(frozen=True, slots=True)
class Offer:
    """A media type that an answer can have, and the format it stands for."""

    media_type: str
    format: str


ROWS = (
    Offer("application/sparql-results+json", "json"),
    Offer("application/sparql-results+xml", "xml"),
    Offer("text/csv", "csv"),
    Offer("text/tab-separated-values", "tsv"),
    Offer("application/json", "json"),
    Offer("application/xml", "xml"),
)
"""For SELECT and ASK, the one we like best first."""

GRAPHS = (
    Offer("text/turtle", "turtle"),
    Offer("application/n-triples", "ntriples"),
    Offer("application/rdf+xml", "rdfxml"),
    Offer("application/ld+json", "jsonld"),
)
"""For CONSTRUCT, DESCRIBE and what the server says of itself."""


def choose_offer(accept: str | None, offers: Sequence[Offer]) -> Offer:
    """The offer that the client likes best; of several, the first.

    >>> choose_offer("text/csv;q=0.5, application/*;q=0.9, */*;q=0.1", ROWS).format
    'json'

    Raises:
        RequestError: 406, it likes none of them.
    """
    ranges = [_parse_range(part) for part in (accept or "*/*").split(",") if part.strip()] or [("*/*", 1.0)]
    best = max(offers, key=lambda offer: _quality(offer.media_type, ranges))
    if _quality(best.media_type, ranges) <= 0:
        there_is = ", ".join(offer.media_type for offer in offers)
        raise RequestError(406, "there is no such format of this answer", hint=f"accept one of {there_is}")
    return best


def _parse_range(text: str) -> tuple[str, float]:
    """A media range and its weight; one that is no number counts as not given."""
    media_range, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media_range, _parse_weight(value)
    return media_range, 1.0


def _parse_weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 1.0
    return weight if 0 <= weight <= 1 else 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that the type lies in."""
    for wanted in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        weights = [weight for media_range, weight in ranges if media_range == wanted]
        if weights:
            return max(weights)
    return 0.0
