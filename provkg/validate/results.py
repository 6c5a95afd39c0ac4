"""Validation results as SHACL defines them (section 3.6.2), whichever engine gives them."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode

Term = NamedNode | BlankNode | Literal


@dataclass(frozen=True, slots=True)
class Result:
    """One sh:ValidationResult."""

    focus: Term
    path: str | None
    """The property path, as SPARQL writes it."""
    value: Term | None
    component: NamedNode
    """The constraint component."""
    source_shape: NamedNode | BlankNode
    severity: NamedNode
    """sh:Violation, sh:Warning, sh:Info or another."""
    messages: tuple[str, ...]
    """Sorted."""
