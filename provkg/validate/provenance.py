"""Findings about the constraints of PROV, of graphs and of PROV documents."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from provkg.graph.terms import SHAPES
from provkg.validate.constraints import Breach, check_instances
from provkg.validate.findings import Finding, Place, sort_findings
from provkg.validate.places import find_place
from provkg.validate.profiles import load_rules
from provkg.validate.prov_rdf import read_quads
from provkg.validate.prov_statements import Instance, is_variable

PROFILE = "prov"
"""Token of the profile that these rules are in."""


def check_provenance(quads: Iterable[ox.Quad], data: ox.Store) -> list[Finding]:
    """What the constraints of PROV find in each graph of a dataset; `data`, its union, knows the places."""
    found = [
        _make_finding(
            breach, None if is_variable(breach.focus) else find_place(data, ox.NamedNode(breach.focus))
        )
        for breach in check_instances(read_quads(quads))
    ]
    return sort_findings(list(dict.fromkeys(found)))


def check_documents(instances: Iterable[Instance], path: str) -> list[Finding]:
    """What they find in what a PROV document of this path says."""
    return sort_findings([_make_finding(breach, Place(path)) for breach in check_instances(instances)])


def _make_finding(breach: Breach, place: Place | None) -> Finding:
    rule = load_rules()[breach.code]
    return Finding(
        breach.code,
        rule.name,
        breach.message,
        rule.severity,
        breach.focus,
        None,
        breach.value,
        place,
        SHAPES.IRI + breach.code,
    )
