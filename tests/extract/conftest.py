"""A program as code strings in, what was found as plain values out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import Step
from provkg.facts.factset import FactSet
from provkg.identity import digest_text
from provkg.report.labels import cell_dependencies
from provkg.sources.document import Cell, Document


def document_of(
    *sources: str, counts: tuple[int | None, ...] | None = None, language: str = "python"
) -> Document:
    """A notebook of code cells, executed in the order that `counts` tells."""
    cells = tuple(
        Cell(index, "code", source, execution_count=counts[index] if counts else None)
        for index, source in enumerate(sources)
    )
    digest = digest_text("\n".join(sources))
    return Document("nb.ipynb", "notebook", "nbformat 4.5", language, cells, digest, len(sources))


@pytest.fixture
def extract() -> Callable[..., list[FactSet]]:
    """Code cells → fact sets."""

    def extract(
        *sources: str, counts: tuple[int | None, ...] | None = None, options: ExtractOptions | None = None
    ) -> list[FactSet]:
        return extract_facts(document_of(*sources, counts=counts), options)

    return extract


@pytest.fixture
def facts_of(extract: Callable[..., list[FactSet]]) -> Callable[..., list[Any]]:
    """A fact class and code cells → the facts of that class."""

    def facts_of(kind: type, *sources: str, **options: Any) -> list[Any]:
        return [
            fact
            for fact_set in extract(*sources, **options)
            for fact in fact_set.facts
            if isinstance(fact, kind)
        ]

    return facts_of


@pytest.fixture
def flows(extract: Callable[..., list[FactSet]]) -> Callable[..., list[str]]:
    """Code cells → what each cell reads of which earlier one: "0 x 1" says that cell 1 reads x of cell 0."""

    def flows(*sources: str) -> list[str]:
        facts = [fact for fact_set in extract(*sources) for fact in fact_set.facts]
        assert sum(isinstance(fact, Step) for fact in facts) == len(sources)
        return [f"{writer} {name} {reader}" for writer, reader, name in cell_dependencies(facts)]

    return flows
