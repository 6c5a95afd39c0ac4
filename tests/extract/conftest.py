"""A program as code strings in, what was found as plain values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import Step
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import FactSet
from provkg.facts.learning import Dataset, Metric, Model, Parameter, ParameterKind, Part, Training
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


class Learnt:
    """What was found of machine learning in a program, in short words."""

    def __init__(self, facts: list[Any]) -> None:
        self.facts = facts
        files = {fact.id: fact.locator for fact in facts if isinstance(fact, DataFile)}
        self.locators = {fact.id: files[fact.file] for fact in facts if isinstance(fact, Access)}
        self.by_id = {fact.id: fact for fact in facts if hasattr(fact, "id")}

    def all(self, kind: type) -> list[Any]:
        """The facts of one class."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def files(self, accesses: Iterable[str]) -> str:
        """The locators of what was read, without the suffix of a table: "a b"."""
        return " ".join(sorted({self.locators[each].removesuffix(".csv") for each in accesses}))

    def origin(self, fact: Dataset | Model | Training) -> str:
        """Whose records are in it, and after a bar what only had influence: "a b | c"."""
        rows = fact.derived_from if isinstance(fact, Dataset) else fact.trained_on
        influences = self.files(fact.influenced_by)
        return self.files(rows) + (f" | {influences}" if influences else "")

    def settings(self, kind: ParameterKind) -> dict[str, Any]:
        """The parameters of one kind: their constants, else how they are written."""
        return {
            each.name: each.value if each.is_constant else f"«{each.text}»"
            for each in self.all(Parameter)
            if each.kind == kind
        }

    def measured(self) -> list[tuple[str, Part | None, list[str | None]]]:
        """Last name of each measure, the part of the data it is on, and the variables of its models."""
        return [
            (each.name.rpartition(".")[2], each.part, [self.by_id[model].variable for model in each.models])
            for each in self.all(Metric)
        ]


@pytest.fixture
def learn(extract: Callable[..., list[FactSet]]) -> Callable[..., Learnt]:
    """Code cells → what was found of machine learning."""
    return lambda *sources: Learnt([fact for each in extract(*sources) for fact in each.facts])
