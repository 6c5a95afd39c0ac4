"""Findings about a graph and the ontologies whose terms it uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import OWL, PREFIXES, RDF, RDFS, SHAPES
from provkg.validate.findings import Finding, Place, sort_findings
from provkg.validate.ontology import Triples, check_consistency
from provkg.validate.places import find_place
from provkg.validate.profiles import load_rules

PROFILE = "owl"
"""Token of the profile that these rules are in."""
CODES = INCONSISTENT, UNSATISFIABLE = "OWL601", "OWL602"

_PREFIXES = {**PREFIXES, OWL.PREFIX: OWL.IRI}


def check_ontologies(data: ox.Store, axioms: Triples) -> list[Finding]:
    """What HermiT finds in a graph together with ontologies.

    Raises:
        MissingExtra: owlready2 or Java is missing.
    """
    found = check_consistency((quad.triple for quad in data), axioms)
    if found.is_consistent:
        return sort_findings([_tell_class(iri) for iri in found.unsatisfiable])
    clash = "; ".join(_tell(triple, data) for triple in found.clash)
    because = "; ".join(_tell(triple, data) for triple in found.axioms if not _is_about_blank(triple))
    message = f"these cannot all be true: {clash}" + (f"; because {because}" if because else "")
    if not found.is_minimal:
        message += " (some of them may have no part in it: looking on would take too long)"
    focus = _choose_focus(found.clash)
    return [_make_finding(INCONSISTENT, message, str(getattr(focus, "value", "")), find_place(data, focus))]


def _choose_focus(clash: Iterable[ox.Triple]) -> Any:
    """The node that most of the statements are about."""
    nodes = [
        node for triple in clash for node in (triple.subject, triple.object) if triple.predicate != RDF.type
    ]
    nodes += [triple.subject for triple in clash if triple.predicate == RDF.type]
    named = [node for node in nodes if isinstance(node, ox.NamedNode)]
    return max(sorted(named, key=str), key=named.count, default=ox.Literal(""))


def _tell_class(iri: str) -> Finding:
    return _make_finding(UNSATISFIABLE, f"nothing can be in the class {_shorten(iri)}", iri, None)


def _make_finding(code: str, message: str, focus: str, place: Place | None) -> Finding:
    rule = load_rules()[code]
    return Finding(code, rule.name, message, rule.severity, focus, None, None, place, SHAPES.IRI + code)


def _tell(triple: ox.Triple, data: ox.Store) -> str:
    """A statement as a person reads it: "the run a repr:Trial"."""
    predicate = "a" if triple.predicate == RDF.type else _shorten(triple.predicate.value)
    return f"{_name(triple.subject, data)} {predicate} {_name(triple.object, data)}"


def _name(term: Any, data: ox.Store) -> str:
    if isinstance(term, ox.Literal):
        return repr(term.value)
    if not isinstance(term, ox.NamedNode):
        return "something"
    labels = (quad.object for quad in data.quads_for_pattern(term, RDFS.label, None))
    label = min((each.value for each in labels if isinstance(each, ox.Literal)), default=None)
    return _shorten(term.value) if label is None else label


def _shorten(iri: str) -> str:
    for prefix, namespace in _PREFIXES.items():
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def _is_about_blank(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode)
