"""What a named graph says about itself: how its facts are known, who found them, and what went wrong."""

from __future__ import annotations

from provkg.facts.factset import FactSet, Origin, Problem
from provkg.graph.iris import number, package_url, text
from provkg.graph.statements import Statements, types
from provkg.graph.terms import PROV, PROVKG, REPR, SCHEMA
from provkg.identity import digest_texts, encode_name, short

PROSPECTIVE = types(REPR.ProspectiveProvenance, PROV.Bundle, PROV.Entity)
RETROSPECTIVE = types(REPR.RetrospectiveProvenance, PROV.Bundle, PROV.Entity)
TOOL = types(PROV.SoftwareAgent, PROV.Agent, SCHEMA.SoftwareApplication)
DOCUMENT = types(PROV.Entity, SCHEMA.SoftwareSourceCode)
PROBLEM = types(PROVKG.Problem, PROV.Entity)


def emit_bundle(fact_set: FactSet, graph: Statements) -> None:
    """The named graph as a `prov:Bundle` about the document, attributed to the tool that found the facts."""
    origin = fact_set.origin
    document, tool = graph.node(fact_set.source), graph.node(_tool_id(origin))
    graph.describe(
        graph.node(fact_set.id),
        RETROSPECTIVE if origin.how in ("observed", "recorded") else PROSPECTIVE,
        f"what is {origin.how} of {fact_set.source}",
        (PROVKG.how, text(origin.how)),
        (SCHEMA.about, document),
        (PROV.wasAttributedTo, tool),
    )
    graph.describe(
        tool,
        TOOL,
        f"{origin.producer} {origin.version}",
        (SCHEMA.name, text(origin.producer)),
        (SCHEMA.softwareVersion, text(origin.version)),
    )


def _tool_id(origin: Origin) -> str:
    """A part of provkg is a part of its package URL; other tools are known by name and version."""
    name, _, _ = origin.producer.partition(".")
    if name == "provkg":
        return f"{package_url(name, origin.version)}#{encode_name(origin.producer).replace('%2E', '.')}"
    return f"_tool/{encode_name(f'{origin.producer} {origin.version}')}"


def emit_problem(problem: Problem, source: str, graph: Statements) -> None:
    """Something that could not be read or followed."""
    parts = (problem.where, problem.severity, problem.message, str(problem.line))
    graph.describe(
        graph.node(f"{source}#problem-{short(digest_texts(parts))}"),
        PROBLEM,
        problem.message,
        (SCHEMA.about, graph.node(problem.where)),
        (PROVKG.severity, text(problem.severity)),
        (PROVKG.message, text(problem.message)),
        (PROVKG.startLine, number(problem.line)),
    )
