"""From a fact set to the quads of its named graph, the same for every order of the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from provkg.facts.definition import (
    Binding,
    Block,
    Call,
    Command,
    Definition,
    Import,
    OrderDifference,
    Plan,
    Step,
    UnresolvedName,
    Use,
)
from provkg.facts.deployment import Agent, Commit, Environment, EnvironmentVariable, Machine, Package
from provkg.facts.execution import Access, Attachment, DataFile, Failure, Output, Process, Run, StepRun
from provkg.facts.factset import FactSet, Problem
from provkg.facts.learning import Dataset, Metric, Model, Parameter, Seed, Split, Training
from provkg.graph import definition, deployment, execution, learning
from provkg.graph.bundle import DOCUMENT, emit_bundle, emit_problem
from provkg.graph.iris import check_base
from provkg.graph.knots import find_knots
from provkg.graph.statements import Graph, Statements, Surroundings
from provkg.graph.terms import PPLAN, PREFIXES, XSD, Vocabulary

EMITTERS = definition.EMITTERS | deployment.EMITTERS | execution.EMITTERS | learning.EMITTERS
"""Fact type → the function that states it."""

LAST = 1 << 60
"""Where something stands of which the set does not say where it stands."""


def build_quads(fact_set: FactSet, base: str) -> list[Quad]:
    """The quads of `build_graph`."""
    return list(build_graph(fact_set, base))


def build_graph(fact_set: FactSet, base: str) -> Graph:
    """The named graph of `fact_set`, with ids resolved against `base`.

    Subjects come in the order of the document: the graph itself, the document, its cells with what stands in
    them, then files, then what ran. Each has its types first. No quad comes twice.

    Raises:
        SettingsError: ids cannot stand behind `base`.
    """
    facts = _sort_facts(fact_set.facts)
    graph = Statements(check_base(base), _survey(facts, fact_set))
    emit_bundle(fact_set, graph)
    for fact in facts:
        EMITTERS[type(fact)](fact, graph)
    for problem in sorted(fact_set.problems, key=_problem_key):
        emit_problem(problem, fact_set.source, graph)
    graph.mention(graph.node(fact_set.source), DOCUMENT)
    return graph.write(graph.node(fact_set.id))


def _problem_key(problem: Problem) -> tuple[str, int, str, str]:
    line = -1 if problem.line is None else problem.line
    return problem.where, line, problem.message, problem.severity


def _survey(facts: Sequence[Any], fact_set: FactSet) -> Surroundings:
    """What the facts say about the ids that other facts point at; the first one counts."""
    steps: dict[str, Step] = {}
    binding_steps: dict[str, str] = {}
    step_runs: dict[str, list[str]] = {}
    files: dict[str, str] = {}
    contents: dict[str, DataFile] = {}
    for fact in facts:
        kind = type(fact)
        if kind is Binding:
            binding_steps.setdefault(fact.id, fact.step)
        elif kind is Step:
            steps.setdefault(fact.id, fact)
        elif kind is StepRun:
            step_runs.setdefault(fact.step, []).append(fact.id)
        elif kind is Access:
            files.setdefault(fact.id, fact.file)
        elif kind is DataFile and fact.digest is not None:
            contents.setdefault(fact.id, fact)
    carried = frozenset(_find_carried([fact for fact in facts if type(fact) is Binding]))
    return Surroundings(fact_set.origin.how, steps, binding_steps, step_runs, files, contents, carried)


def _find_carried(bindings: Sequence[Binding]) -> Iterator[tuple[str, str]]:
    """Of the derivations that go round in a circle, as those in loops do, the ones that go back up.

    The others lead from a definition to one further down, so that they alone make no circle.
    """
    sources = {binding.id: binding.derived_from for binding in bindings}
    places = {id: place for place, id in enumerate(sources)}
    knots = find_knots(sources, lambda id: sources.get(id, ()))
    knot_of = {id: number for number, knot in enumerate(knots) for id in knot}
    for id, derived_from in sources.items():
        for source in derived_from:
            if source in places and knot_of[source] == knot_of[id] and places[source] >= places[id]:
                yield id, source


# ---- the order of facts ----

Place = tuple[str, int, int, Any]
"""Id of a cell (or of an execution), line and column, and what tells facts of one kind apart there."""


def _nowhere(fact: Any) -> Place:
    return "", 0, 0, fact.id


def _at_start(fact: Any) -> Place:
    return fact.id, 0, 0, ""


def _in_span(fact: Any) -> Place:
    span = fact.span
    return fact.step, span.start_line, span.start_column, fact.id


def _on_line(fact: Any) -> Place:
    return fact.step, fact.line, 0, fact.id


def _of_use(use: Use) -> Place:
    return use.step, use.line, 0, (use.binding, use.name, use.order, use.through or "")


def _at_end_of_cell(fact: Any) -> Place:
    return fact.step, LAST, 0, fact.id


def _of_package(package: Package) -> Place:
    return package.step, LAST, 0, package.name


def _in_execution(fact: Any) -> Place:
    return fact.step_run or fact.step, 1, 0, fact.id


_DOCUMENT, _CELLS, _FILES, _RUNS, _USES = range(5)

_ORDER: dict[type, tuple[int, Callable[[Any], Place]]] = {
    Plan: (_DOCUMENT, _nowhere),
    Agent: (_DOCUMENT, _nowhere),
    Environment: (_DOCUMENT, _nowhere),
    Machine: (_DOCUMENT, _nowhere),
    Commit: (_DOCUMENT, _nowhere),
    Step: (_CELLS, _at_start),
    Definition: (_CELLS, _in_span),
    Block: (_CELLS, _in_span),
    Import: (_CELLS, _in_span),
    Binding: (_CELLS, _in_span),
    Call: (_CELLS, _in_span),
    Command: (_CELLS, _in_span),
    Use: (_USES, _of_use),
    Access: (_CELLS, _on_line),
    Split: (_CELLS, _on_line),
    Dataset: (_CELLS, _on_line),
    Model: (_CELLS, _at_end_of_cell),
    Training: (_CELLS, _on_line),
    Parameter: (_CELLS, _on_line),
    Metric: (_CELLS, _on_line),
    Seed: (_CELLS, _on_line),
    OrderDifference: (_CELLS, _at_end_of_cell),
    UnresolvedName: (_CELLS, _on_line),
    Package: (_CELLS, _of_package),
    EnvironmentVariable: (_CELLS, _at_end_of_cell),
    Attachment: (_CELLS, _at_end_of_cell),
    DataFile: (_FILES, _nowhere),
    Run: (_RUNS, _nowhere),
    StepRun: (_RUNS, _at_start),
    Output: (_RUNS, _in_execution),
    Failure: (_RUNS, _in_execution),
    Process: (_RUNS, _in_execution),
}
"""Fact type → section of the text, and the place within it."""

_KINDS = {kind: (section, rank, place) for rank, (kind, (section, place)) in enumerate(_ORDER.items())}


def _sort_facts(facts: Sequence[Any]) -> list[Any]:
    """The facts as a reader of the document meets them; equal sets give equal lists."""
    positions = _find_positions(facts)
    keys = []
    for fact in facts:
        section, rank, find_place = _KINDS[type(fact)]
        container, line, column, identity = find_place(fact)
        keys.append((section, positions.get(container, LAST), container, line, column, rank, identity))
    order = sorted(range(len(facts)), key=keys.__getitem__)
    if any(keys[one] == keys[other] for one, other in pairwise(order)):
        # Facts of one kind, place and id: rare enough to be told apart by their whole text.
        order.sort(key=lambda index: (keys[index], repr(facts[index])))
    return [facts[index] for index in order]


def _find_positions(facts: Iterable[Any]) -> dict[str, int]:
    """Where cells stand in the document and executions in the course of the run."""
    positions = {"": 0}
    for fact in facts:
        kind = type(fact)
        if kind is Step:
            positions[fact.id] = min(fact.index, positions.get(fact.id, LAST))
        elif kind is StepRun and fact.sequence is not None:
            positions[fact.id] = min(fact.sequence, positions.get(fact.id, LAST))
    return positions


# ---- prefixes ----

_NAMESPACES = {term: vocabulary.IRI for vocabulary in Vocabulary.ALL for term in vocabulary.terms()}
del _NAMESPACES[XSD.string]  # no writer writes it


def turtle_prefixes(quads: Iterable[Quad], base: str) -> dict[str, str]:
    """The prefixes that make `quads` read well: the vocabularies they use, and the document's own nodes.

    `v:` stands before what belongs to a version of the document (`v:cell-7f3e.df.L3`), `doc:` before what
    belongs to the document over time, `dir:` before what lies in its folder; they are numbered where there
    are several.
    """
    used: set[str | None] = set()
    plans: dict[str, None] = {}
    for quad in quads:
        used.update(_namespaces(quad))
        if quad.object == PPLAN.Plan and isinstance(quad.subject, NamedNode):
            plans[quad.subject.value] = None
    vocabularies = {prefix: iri for prefix, iri in PREFIXES.items() if iri in used}
    ids = [plan.removeprefix(base) for plan in plans if plan.startswith(base)]
    return vocabularies | {"base": base} | dict(_own_prefixes(ids, base))


def _namespaces(quad: Quad) -> Iterator[str | None]:
    """Namespaces of the terms in a quad."""
    yield _NAMESPACES.get(quad.predicate)
    if isinstance(quad.object, NamedNode):
        yield _NAMESPACES.get(quad.object)
    elif isinstance(quad.object, Literal):
        yield _NAMESPACES.get(quad.object.datatype)


def _own_prefixes(ids: Iterable[str], base: str) -> Iterator[tuple[str, str]]:
    """Prefixes for the documents and versions with these ids."""
    separator = ":" if base.endswith("#") else "#"
    parts = [identifier.partition(separator) for identifier in ids]
    folders = [f"{base}{document.rpartition('/')[0]}/" for document, _, _ in parts if "/" in document]
    documents = [f"{base}{document}{separator}" for document, _, _ in parts]
    versions = [f"{base}{document}{separator}{version}." for document, _, version in parts if version]
    for prefix, iris in (("dir", folders), ("doc", documents), ("v", versions)):
        distinct = list(dict.fromkeys(iris))
        for index, iri in enumerate(distinct, start=1):
            yield (prefix if len(distinct) == 1 else f"{prefix}{index}"), iri
