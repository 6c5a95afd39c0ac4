"""Small graphs and shapes, written as Turtle."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

PREFIXES = """
@prefix : <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix p-plan: <http://purl.org/net/p-plan#> .
@prefix provkg: <https://w3id.org/provkg#> .
@prefix schema: <http://schema.org/> .
"""

ReadTurtle = Callable[[str], ox.Store]


def read_turtle(text: str) -> ox.Store:
    store = ox.Store()
    store.load(input=PREFIXES + text, format=ox.RdfFormat.TURTLE, base_iri="http://example.org/")
    return store


@pytest.fixture
def turtle() -> ReadTurtle:
    """Reads Turtle, with the usual prefixes, as a graph."""
    return read_turtle
