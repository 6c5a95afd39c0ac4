"""What was found in one program, in the shape in which people label programs by hand.

Cells are numbered from 0 among all cells of the document, markdown included; a script is cell 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from provkg.facts.definition import Argument, Binding, Call, Step, Use
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import FactSet
from provkg.facts.learning import Model


def label_of(fact_sets: Sequence[FactSet]) -> dict[str, Any]:
    """Cell dependencies, data sources, sinks and trained models of one document, as JSON can say them."""
    facts = [fact for fact_set in fact_sets for fact in fact_set.facts]
    cells = {fact.id: fact.index for fact in facts if isinstance(fact, Step)}
    sources, sinks = data_labels(facts, cells)
    return {
        "cell_dependencies": cell_dependencies(facts),
        "data_sources": sources,
        "sinks": sinks,
        "models": model_labels(facts, cells),
    }


def cell_dependencies(facts: Iterable[Any]) -> list[list[Any]]:
    """[from, to, name]: `to` reads what `from`, the last earlier cell that binds or changes it, left.

    In document order; names that imports bind do not count.
    """
    facts = list(facts)
    cells = {fact.id: fact.index for fact in facts if isinstance(fact, Step)}
    bindings = {fact.id: fact for fact in facts if isinstance(fact, Binding)}
    return last_writers(
        (use for use in facts if isinstance(use, Use) and use.order == "document"), bindings, cells
    )


def last_writers(uses: Iterable[Use], bindings: dict[str, Binding], cells: dict[str, int]) -> list[list[Any]]:
    """The dependencies of these uses: where several definitions may reach a cell, the last one counts."""
    last: dict[tuple[int, str], int] = {}
    for use in uses:
        binding = bindings[use.binding]
        if binding.kind != "import":
            key = (cells[use.step], use.name)
            last[key] = max(last.get(key, -1), cells[binding.step])
    return sorted([writer, reader, name] for (reader, name), writer in last.items())


def data_labels(facts: list[Any], cells: dict[str, int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Data sources and sinks, in the order of their cells; loading a model is no source."""
    files = {fact.id: fact for fact in facts if isinstance(fact, DataFile)}
    bindings = {fact.id: fact for fact in facts if isinstance(fact, Binding)}
    calls = {fact.id: fact for fact in facts if isinstance(fact, Call)}
    sources: list[dict[str, Any]] = []
    sinks: list[dict[str, Any]] = []
    for access in accesses_in_order(facts, cells):
        file, call = files[access.file], calls.get(access.call or "")
        label = {
            "cell": cells[access.step],
            "locator": file.locator,
            "resolved": file.locator if file.is_resolved else None,
            "kind": "dataset-loader" if file.kind == "dataset" else file.kind,
        }
        binding = bindings.get(access.binding or "")
        variable = binding.name if binding else None
        name = (call.function or call.text) if call is not None else access.rule
        if access.mode == "write":
            sinks.append(label | {"object": variable, "writer": name})
        elif access.content != "model":
            identity = f"d{len(sources) + 1}"
            sources.append(label | {"id": identity, "variable": variable, "loader": name})
    return sources, sinks


def accesses_in_order(facts: Iterable[Any], cells: dict[str, int]) -> list[Access]:
    """The accesses in the order of their cells and lines."""
    accesses = (fact for fact in facts if isinstance(fact, Access))
    return sorted(accesses, key=lambda access: (cells[access.step], access.line))


def source_ids(facts: Iterable[Any], cells: dict[str, int]) -> dict[str, str]:
    """Access → id of its data source in the label."""
    reads = [
        access
        for access in accesses_in_order(facts, cells)
        if access.mode == "read" and access.content != "model"
    ]
    return {access.id: f"d{number}" for number, access in enumerate(reads, 1)}


def model_labels(facts: list[Any], cells: dict[str, int]) -> list[dict[str, Any]]:
    """The models that are really trained, each with its class and the explicit arguments of its training."""
    calls = {fact.id: fact for fact in facts if isinstance(fact, Call)}
    sources = source_ids(facts, cells)
    models: list[dict[str, Any]] = []
    for model in (fact for fact in facts if isinstance(fact, Model)):
        call = calls[model.call]
        models.append(
            {
                "id": f"m{len(models) + 1}",
                "variable": model.variable,
                "class": model.class_name,
                "fit_cells": [cells[model.step]],
                "trained_on": [sources[access] for access in model.trained_on if access in sources],
                "how": call.text.rpartition(".")[2],
                "fit_params": {each.name: value_label(each) for each in call.arguments if each.name},
            }
        )
    return models


def value_label(argument: Argument) -> Any:
    """The value of an argument, or its text where it is not constant."""
    return argument.value if argument.is_constant else {"expr": argument.text}
