"""What validation is about, and what it finds: rules, findings and the places that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provkg.project import SEVERITIES

Severity = Literal["violation", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One named shape: what it asks for, why, and how to mend what it finds."""

    code: str
    name: str
    description: str
    message: str
    severity: Severity
    sources: tuple[str, ...]
    """Names or IRIs of what asks for it."""
    mend: str
    effort: int
    """1: minutes, 2: an hour, 3: more."""
    examples: tuple[str, ...]
    """Texts that begin with "fails: " or "passes: "."""
    profile: str
    """Token of the profile whose folder it stands in."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a program something is; what is not known is None, as the cell of a script is.

    >>> str(Place("notebook.ipynb", 7, 3))
    'notebook.ipynb:cell 7:line 3'
    """

    document: str | None = None
    """Path in its project."""
    cell: int | None = None
    """Counted from 1 among all cells, as people do."""
    line: int | None = None
    """Counted from 1, in the cell or in the script."""

    def __str__(self) -> str:
        parts = [
            self.document or "",
            f"cell {self.cell}" if self.cell else "",
            f"line {self.line}" if self.line else "",
        ]
        return ":".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found."""

    code: str
    name: str
    """What its rule asks for."""
    message: str
    severity: Severity
    focus: str
    """IRI of the node that it is about."""
    path: str | None
    """The property path from it to the value, as SPARQL writes it."""
    value: str | None
    """IRI or text of what is wrong."""
    place: Place | None
    source_shape: str
    """IRI of the shape; its code is `code`."""
    component: str = ""
    """IRI of the kind of constraint."""
    terms: tuple[str, str | None] = ("", None)
    """Focus node and value as N-Triples writes them."""
    cell: str | None = None
    """IRI of the cell that it is in."""


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that somebody does not want to hear of."""

    finding: Finding
    by: str
    """What silences it, as a person says it: "a comment", "--ignore", "pyproject.toml"."""


@dataclass(frozen=True, slots=True)
class Report:
    """What validation found in one document, or in one graph."""

    document: str
    """Path in its project; else the IRI or file of the graph."""
    iri: str
    """What the graph calls it."""
    kind: str
    """notebook, script or graph."""
    profiles: tuple[str, ...]
    """Tokens of what it was held to, with what they extend."""
    rules: tuple[Rule, ...]
    """All that it was held to, by their codes."""
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()


def is_at_least(severity: str, least: str) -> bool:
    """Whether a severity is as bad as another, or worse.

    >>> is_at_least("violation", "warning"), is_at_least("info", "warning")
    (True, False)
    """
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def sort_findings(findings: list[Finding]) -> list[Finding]:
    """The findings in the order in which a person reads: by document, cell and line, then by code."""

    def key(finding: Finding) -> tuple[object, ...]:
        place = finding.place or Place()
        return (
            place.document or "",
            place.cell or 0,
            place.line or 0,
            finding.code,
            finding.message,
            finding.focus,
            finding.path or "",
            finding.value or "",
            finding.source_shape,
        )

    return sorted(findings, key=key)
