"""Checks the documents of a store one by one, each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import MLS, PPLAN, PROVKG, RDF, SCHEMA
from provkg.store.base import Store
from provkg.validate.findings import Finding, Report, Silenced
from provkg.validate.profiles import choose_profiles, find_rules, load_profiles
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


def check_store(store: Store, asked: Asked, name: str = "", *, only: str | None = None) -> Iterator[Report]:
    """What validation finds in each document of a store, sorted by name, or only in the one of that IRI.

    What no graph says which document it is about counts for all documents; where there is none at all, it is
    checked as one graph, called `name`.

    Raises:
        ValidationError: there is no such profile, rule or engine.
    """
    documents, others = _group_graphs(store)
    for iri in [only] if only is not None else sorted(documents) or [""]:
        yield check_document(_read(store, (*documents.get(iri, ()), *others)), iri, name, asked)


def check_document(quads: list[ox.Quad], iri: str, name: str, asked: Asked) -> Report:
    """What validation finds in one document, of which these are all graphs.

    Raises:
        ValidationError: there is no such profile, rule or engine.
    """
    data = merge_graphs(quads)
    kind = find_kind(data)
    tokens = asked.profiles or choose_usual(data, kind)
    rules = find_rules(tokens, asked.select)
    wanted = {rule.code for rule in rules}
    found = [each for each in check_graph(data, tokens, asked.engine, graphs=quads) if each.code in wanted]
    silenced = {each: by for each in found if (by := _find_silencer(data, each, asked)) is not None}
    return Report(
        _path_of(data, iri) or name or iri,
        iri or name,
        kind,
        tuple(profile.token for profile in choose_profiles(tokens)),
        rules,
        tuple(each for each in found if each not in silenced),
        tuple(Silenced(finding, by) for finding, by in silenced.items()),
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


def _group_graphs(store: Store) -> tuple[dict[str, list[str]], list[str | None]]:
    """Document → its graphs, and the graphs that are about no document, None for the default graph."""
    about = _find_subjects(store)
    documents: dict[str, list[str]] = {}
    others: list[str | None] = [None]
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


def _read(store: Store, graphs: Iterable[str | None]) -> list[ox.Quad]:
    return [
        quad
        for graph in graphs
        for quad in (store.quads(graph) if graph is not None else _default_quads(store))
    ]


def _default_quads(store: Store) -> Iterable[ox.Quad]:
    """What is in no named graph, where a store has something there at all."""
    if store.count() == sum(map(store.count, store.graphs())):
        return ()
    return (quad for quad in store.quads() if isinstance(quad.graph_name, ox.DefaultGraph))


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
    for prefix, by in asked.ignore.items():
        if finding.code.startswith(prefix):
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
