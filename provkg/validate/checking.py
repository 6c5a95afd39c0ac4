"""Checks the documents of a store one by one, each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import MLS, PPLAN, PROVKG, RDF, SCHEMA
from provkg.store.base import Store
from provkg.validate import consistency, provenance
from provkg.validate.considered import count_considered
from provkg.validate.findings import Finding, Report, Silenced
from provkg.validate.profiles import choose_profiles, find_rules, load_profiles
from provkg.validate.prov_statements import Instance
from provkg.validate.report_graph import REPORT
from provkg.validate.shacl import DEFAULT_ENGINE, check_graph, merge_graphs
from provkg.validate.silence import Comment, find_comments, is_silent

NOTEBOOK, SCRIPT, GRAPH = "notebook", "script", "graph"


@dataclass(frozen=True, slots=True)
class Asked:
    """What documents are held to."""

    profiles: tuple[str, ...] = ()
    """Tokens; none: those that fit each document."""
    select: tuple[str, ...] = ()
    """Codes of rules, or what they begin with; none: all of the profiles."""
    ignore: Mapping[str, str] = field(default_factory=dict)
    """The same of those to be silent about → who says so."""
    engine: str = DEFAULT_ENGINE
    axioms: tuple[ox.Triple, ...] | None = None
    """Of ontologies that a reasoner holds each document to; None: no reasoner is asked."""


def check_store(store: Store, asked: Asked, name: str = "", *, only: str | None = None) -> Iterator[Report]:
    """What validation finds in each document of a store, sorted by name, or only in the one of that IRI.

    What no graph says which document it is about counts for all documents; where there is none at all, it is
    checked as one graph, called `name`.

    Raises:
        ValidationError: there is no such profile, rule or engine.
    """
    documents, others = _group_graphs(store)
    shared = _read(store, others)
    for iri in [only] if only is not None else sorted(documents) or [""]:
        yield check_document([*_read(store, documents.get(iri, ())), *shared], iri, name, asked)


def check_document(quads: list[ox.Quad], iri: str, name: str, asked: Asked) -> Report:
    """What validation finds in one document, of which these are all graphs.

    Raises:
        ValidationError: there is no such profile, rule or engine.
    """
    data = merge_graphs(quads)
    kind = find_kind(data)
    tokens = asked.profiles or choose_usual(data, kind)
    tokens += () if asked.axioms is None else (consistency.PROFILE,)
    rules = tuple(
        rule
        for rule in find_rules(tokens, asked.select)
        if asked.axioms is not None or rule.profile != consistency.PROFILE
    )
    wanted = {rule.code for rule in rules}
    found = [each for each in check_graph(data, tokens, asked.engine, graphs=quads) if each.code in wanted]
    if asked.axioms is not None and any(code in wanted for code in consistency.CODES):
        found += [each for each in consistency.check_ontologies(data, asked.axioms) if each.code in wanted]
    silenced = {each: by for each in found if (by := _find_silencer(data, each, asked)) is not None}
    return Report(
        _path_of(data, iri) or name or iri,
        iri or name,
        kind,
        tuple(profile.token for profile in choose_profiles(tokens)),
        rules,
        tuple(each for each in found if each not in silenced),
        tuple(Silenced(finding, by) for finding, by in silenced.items()),
        count_considered(data, rules),
    )


def check_prov_document(instances: Iterable[Instance], path: str, asked: Asked) -> Report:
    """What the constraints of PROV find in a PROV document.

    Raises:
        ValidationError: there is no such rule.
    """
    profiles = (provenance.PROFILE,)
    rules = find_rules(profiles, asked.select)
    wanted = {rule.code for rule in rules}
    found = [each for each in provenance.check_documents(instances, path) if each.code in wanted]
    silencers = [_find_prefix(each.code, asked.ignore) for each in found]
    pairs = list(zip(found, silencers, strict=True))
    return Report(
        path,
        Path(path).absolute().as_uri(),
        GRAPH,
        profiles,
        rules,
        tuple(finding for finding, by in pairs if by is None),
        tuple(Silenced(finding, by) for finding, by in pairs if by is not None),
        {rule.code: 1 for rule in rules},
    )


def find_document(store: Store, name: str) -> str | None:
    """The IRI of the document that is called so: by its path, its IRI, or the IRI of a graph of it."""
    about = _find_subjects(store)
    if name in about.values():
        return name
    if name in about:
        return about[name]
    rows: Any = store.query(
        f"SELECT DISTINCT ?document WHERE {{ ?document {PROVKG.path} {ox.Literal(name)} }}"
    )
    return next((row[0].value for row in rows if row[0].value in about.values()), None)


# --- what belongs together ----------------------------------------------------------------------------------


def _group_graphs(store: Store) -> tuple[dict[str, list[str]], list[str]]:
    """Document → its graphs, and the graphs that are about no document."""
    about = _find_subjects(store)
    documents: dict[str, list[str]] = {}
    others: list[str] = []
    for graph in store.graphs():
        if graph.endswith(REPORT):
            continue
        if graph in about:
            documents.setdefault(about[graph], []).append(graph)
        else:
            others.append(graph)
    return documents, others


def _find_subjects(store: Store) -> dict[str, str]:
    """Graph → the document that it says it is about."""
    rows: Any = store.query(
        f"SELECT DISTINCT ?graph ?document WHERE {{ GRAPH ?graph {{ ?graph {SCHEMA.about} ?document }} }}"
    )
    return {row[0].value: row[1].value for row in rows}


def _read(store: Store, graphs: Iterable[str]) -> list[ox.Quad]:
    return [quad for graph in graphs for quad in store.quads(graph)]


def find_kind(data: ox.Store) -> str:
    """What a graph is about: a notebook, a script, or anything else."""
    for kind, version in ((NOTEBOOK, PROVKG.NotebookVersion), (SCRIPT, PROVKG.ScriptVersion)):
        if any(data.quads_for_pattern(None, RDF.type, version)):
            return kind
    return GRAPH


def choose_usual(data: ox.Store, kind: str) -> tuple[str, ...]:
    """The profiles that a document is held to where nobody names one."""
    wanted = {"core", "prov", kind}
    if any(data.quads_for_pattern(None, RDF.type, MLS.Model)):
        wanted.add("ml")
    return tuple(token for token in load_profiles() if token in wanted)


def _path_of(data: ox.Store, iri: str) -> str | None:
    paths = data.quads_for_pattern(ox.NamedNode(iri), PROVKG.path, None) if iri else ()
    return next((quad.object.value for quad in paths if isinstance(quad.object, ox.Literal)), None)


# --- silence ------------------------------------------------------------------------------------------------


def _find_silencer(data: ox.Store, finding: Finding, asked: Asked) -> str | None:
    """Who does not want to hear of a finding; None where nobody minds."""
    by = _find_prefix(finding.code, asked.ignore)
    if by is not None:
        return by
    cell = _cell_to_read(data, finding)
    if cell is None:
        return None
    line = finding.place.line if finding.place else None
    if finding.place and finding.place.cell is None and line is not None:
        line -= (
            _int(data, cell, PROVKG.startLine) or 1
        ) - 1  # of a script, whose cells the graph counts from
    return "a comment" if is_silent(_read_comments(data, cell), finding.code, line) else None


def _find_prefix(code: str, ignored: Mapping[str, str]) -> str | None:
    return next((by for prefix, by in ignored.items() if code.startswith(prefix)), None)


def _cell_to_read(data: ox.Store, finding: Finding) -> ox.NamedNode | None:
    """The cell that may have a comment about a finding: of what has no cell, the first of the document."""
    if finding.cell is not None:
        return ox.NamedNode(finding.cell)
    cells = data.quads_for_pattern(None, SCHEMA.position, ox.Literal(1))
    firsts = (quad.subject for quad in cells if isinstance(quad.subject, ox.NamedNode))
    return min((cell for cell in firsts if _has_plan(data, cell)), key=str, default=None)


def _has_plan(data: ox.Store, cell: ox.NamedNode) -> bool:
    return any(data.quads_for_pattern(cell, PPLAN.isStepOfPlan, None))


def _read_comments(data: ox.Store, cell: ox.NamedNode) -> list[Comment]:
    return [
        comment
        for source in data.quads_for_pattern(cell, PPLAN.hasInputVar, None)
        if not isinstance(source.object, ox.Literal | ox.Triple)
        for text in data.quads_for_pattern(source.object, RDF.value, None)
        if isinstance(text.object, ox.Literal)
        for comment in find_comments(text.object.value)
    ]


def _int(data: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> int | None:
    numbers = (
        quad.object.value
        for quad in data.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, ox.Literal)
    )
    return next((int(number) for number in numbers if number.isdecimal()), None)
