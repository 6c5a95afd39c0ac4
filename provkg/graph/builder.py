"""From a fact set to the quads of its named graph, the same for every order of the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter
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
    Use,
)
from provkg.facts.deployment import Agent, Environment, EnvironmentVariable, Package
from provkg.facts.execution import Access, Attachment, DataFile, Failure, Output, Run, StepRun
from provkg.facts.factset import FactSet, Problem
from provkg.facts.learning import Model
from provkg.graph import definition, deployment, execution, learning
from provkg.graph.bundle import DOCUMENT, emit_bundle, emit_problem
from provkg.graph.iris import check_base
from provkg.graph.statements import Statements, Surroundings
from provkg.graph.terms import PPLAN, PREFIXES, Vocabulary

EMITTERS = definition.EMITTERS | deployment.EMITTERS | execution.EMITTERS | learning.EMITTERS
"""Fact type → the function that states it."""

LAST = 1 << 60
"""Where something stands of which the set does not say where it stands."""

Place = tuple[str, int, int]
"""Id of a cell (or of an execution), line and column: what orders facts as a reader meets them."""


def build_quads(fact_set: FactSet, base: str) -> list[Quad]:
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
    return graph.quads(graph.node(fact_set.id))


def _problem_key(problem: Problem) -> tuple[str, int, str, str]:
    line = -1 if problem.line is None else problem.line
    return problem.where, line, problem.message, problem.severity


def _survey(facts: Sequence[Any], fact_set: FactSet) -> Surroundings:
    """What the facts say about the ids that other facts point at; the first one counts."""
    steps: dict[str, Step] = {}
    binding_steps: dict[str, str] = {}
    step_runs: dict[str, list[str]] = {}
    for fact in facts:
        kind = type(fact)
        if kind is Binding:
            binding_steps.setdefault(fact.id, fact.step)
        elif kind is Step:
            steps.setdefault(fact.id, fact)
        elif kind is StepRun:
            step_runs.setdefault(fact.step, []).append(fact.id)
    return Surroundings(fact_set.origin.how, steps, binding_steps, step_runs)


# ---- the order of facts ----

_Order = tuple[int, Callable[[Any], Place], Callable[[Any], str]]
"""Section of the text, place within it, and what tells facts at one place apart."""

_identifier = attrgetter("id")


def _nowhere(fact: Any) -> Place:
    return "", 0, 0


def _in_span(fact: Any) -> Place:
    return fact.step, fact.span.start_line, fact.span.start_column


def _on_line(fact: Any) -> Place:
    return fact.step, fact.line, 0


def _at_end_of_cell(fact: Any) -> Place:
    return fact.step, LAST, 0


def _in_execution(fact: Any) -> Place:
    return fact.step_run or fact.step, 1, 0


_DOCUMENT, _CELLS, _FILES, _RUNS, _USES = range(5)

_ORDER: dict[type, _Order] = {
    Plan: (_DOCUMENT, _nowhere, _identifier),
    Agent: (_DOCUMENT, _nowhere, _identifier),
    Environment: (_DOCUMENT, _nowhere, _identifier),
    Step: (_CELLS, lambda step: (step.id, 0, 0), _identifier),
    Definition: (_CELLS, _in_span, _identifier),
    Block: (_CELLS, _in_span, _identifier),
    Import: (_CELLS, _in_span, _identifier),
    Binding: (_CELLS, _in_span, _identifier),
    Call: (_CELLS, _in_span, _identifier),
    Command: (_CELLS, _in_span, _identifier),
    Use: (_USES, _on_line, lambda use: f"{use.binding} {use.name} {use.order}"),
    Access: (_CELLS, _on_line, _identifier),
    Model: (_CELLS, _at_end_of_cell, _identifier),
    OrderDifference: (_CELLS, _at_end_of_cell, _identifier),
    Package: (_CELLS, _at_end_of_cell, attrgetter("name")),
    EnvironmentVariable: (_CELLS, _at_end_of_cell, _identifier),
    Attachment: (_CELLS, _at_end_of_cell, _identifier),
    DataFile: (_FILES, _nowhere, _identifier),
    Run: (_RUNS, _nowhere, _identifier),
    StepRun: (_RUNS, lambda step_run: (step_run.id, 0, 0), _identifier),
    Output: (_RUNS, _in_execution, _identifier),
    Failure: (_RUNS, _in_execution, _identifier),
}
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)}


def _sort_facts(facts: Sequence[Any]) -> list[Any]:
    """The facts as a reader of the document meets them; equal sets give equal lists."""
    positions = _find_positions(facts)

    def key(fact: Any) -> tuple[int, int, str, int, int, int, str]:
        kind = type(fact)
        section, place, identify = _ORDER[kind]
        container, line, column = place(fact)
        position = positions.get(container, LAST)
        return section, position, container, line, column, _RANKS[kind], identify(fact)

    keyed = [(key(fact), fact) for fact in facts]
    if len({each for each, _ in keyed}) < len(keyed):
        # Facts of one kind, place and id: rare enough to be told apart by their whole text.
        keyed.sort(key=lambda pair: repr(pair[1]))
    keyed.sort(key=itemgetter(0))
    return [fact for _, fact in keyed]


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
