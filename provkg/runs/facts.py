"""From the journal of a run to the fact set of what was observed, on the plan and steps of its program."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from provkg.extract.run import producer_version
from provkg.facts import Fact
from provkg.facts.factset import FactSet, Origin, Problem
from provkg.runs.context import Context, FindContent, open_context
from provkg.runs.deployment import find_deployment
from provkg.runs.execution import find_execution, find_modules
from provkg.runs.files import find_files
from provkg.runs.journal import Journal

Find = Callable[[Context], Iterable[Fact]]

FINDERS: tuple[Find, ...] = (find_execution, find_deployment, find_files)
"""Who makes facts of records, each of the kinds that it knows."""


def observed_facts(
    journal: Journal, find_content: FindContent, *, keep_source: bool = True, redact: tuple[str, ...] = ()
) -> FactSet:
    """What was observed of one run.

    Raises:
        FactsError: the journal has no beginning, or its program is not kept any more.
        SourceError: the program cannot be read.
    """
    context = open_context(journal, find_content, keep_source=keep_source, redact=redact)
    facts: list[Fact] = [context.plan, *context.steps, *find_modules(context, find_content)]
    for find in FINDERS:
        facts.extend(find(context))
    for record in journal.of("limit"):
        message = f"{record['count']} {record['what']} were left out: there are too many"
        context.problems.append(Problem(context.run, message))
    if journal.damaged:
        message = f"{journal.damaged} lines of the journal of the run are damaged"
        context.problems.append(Problem(context.run, message))
    return FactSet(
        context.prefix,
        context.plan.document,
        Origin("provkg.capture", producer_version(), "observed"),
        tuple(facts),
        tuple(dict.fromkeys(context.problems)),
    )
