"""pySHACL, the reference: what it finds is what our own engine has to find."""

from __future__ import annotations

import re
from typing import Any

import pyoxigraph as ox

from provkg.errors import MissingExtra, ValidationError
from provkg.graph.terms import XSD
from provkg.validate.report_graph import read_results
from provkg.validate.results import Result


def validate(data: ox.Store, shapes: ox.Store) -> list[Result]:
    """The results of holding the default graph of `data` to that of `shapes`, in no order.

    Raises:
        MissingExtra: pySHACL is not installed.
        ValidationError: pySHACL gives up.
    """
    try:
        import pyshacl
    except ImportError as error:
        raise MissingExtra(
            "checking with pySHACL needs the library pyshacl", hint="pip install 'provkg[validate]'"
        ) from error
    try:
        _, report, text = pyshacl.validate(
            _to_rdflib(data), shacl_graph=_to_rdflib(shapes), allow_warnings=True
        )
    except (re.error, IndexError) as error:  # it takes what it puts into messages for patterns
        raise ValidationError(
            f"pySHACL cannot write a message about a value with a backslash: {error}",
            hint="check without --engine pyshacl",
        ) from error
    if not hasattr(report, "triples"):
        raise ValidationError(f"pySHACL gives up: {text}", hint="check without --engine pyshacl")
    return read_results(_from_rdflib(report))


def _to_rdflib(store: ox.Store) -> Any:
    import rdflib

    graph = rdflib.Graph()
    for quad in store:
        graph.add((_to_term(quad.subject), _to_term(quad.predicate), _to_term(quad.object)))
    return graph


def _to_term(term: Any) -> Any:
    import rdflib

    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype == XSD.string:
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _from_rdflib(graph: Any) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*map(_from_term, triple)) for triple in graph)
    return store


def _from_term(term: Any) -> Any:
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
