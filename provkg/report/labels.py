"""What was found in one program, in the shape in which people label programs by hand.

Cells are numbered from 0 among all cells of the document, markdown included; a script is cell 0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from provkg.facts.definition import Binding, Call, Plan, Step, Use
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import FactSet
from provkg.facts.learning import Dataset, Metric, Model, Parameter, Seed, Split, Training


def label_of(fact_sets: Sequence[FactSet]) -> dict[str, Any]:
    """What was found in one document, as JSON can say it: everything that a label says."""
    facts = [fact for fact_set in fact_sets for fact in fact_set.facts]
    cells = cell_numbers(facts)
    sources, sinks = data_labels(facts, cells)
    return {
        "cell_dependencies": cell_dependencies(facts),
        "data_sources": sources,
        "sinks": sinks,
        "models": model_labels(facts, cells),
        "splits": split_labels(facts, cells),
        "seeds": seed_labels(facts, cells),
        "model_loads": load_labels(facts, cells),
    }


def cell_numbers(facts: Iterable[Any]) -> dict[str, int]:
    """Step → number of its cell; a script is one cell, whatever marks it is divided by."""
    facts = list(facts)
    scripts = {fact.id for fact in facts if isinstance(fact, Plan) and fact.kind == "script"}
    return {fact.id: 0 if fact.plan in scripts else fact.index for fact in facts if isinstance(fact, Step)}


def cell_dependencies(facts: Iterable[Any]) -> list[list[Any]]:
    """[from, to, name]: `to` reads what `from`, the last earlier cell that binds or changes it, left.

    In document order; names that imports bind do not count.
    """
    facts = list(facts)
    cells = cell_numbers(facts)
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
    return sorted([writer, reader, name] for (reader, name), writer in last.items() if writer != reader)


def data_labels(facts: list[Any], cells: dict[str, int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Data sources and sinks, in the order of their cells; loading a model is no source."""
    data = DataAccesses(facts, cells)
    sources = [data.label(group) | {"id": f"d{number}"} for number, group in enumerate(data.sources, 1)]
    return sources, [data.label(group) for group in data.sinks]


def accesses_in_order(facts: Iterable[Any], cells: dict[str, int]) -> list[Access]:
    """The accesses in the order of their cells and lines."""
    accesses = (fact for fact in facts if isinstance(fact, Access))
    return sorted(accesses, key=lambda access: (cells[access.step], access.line))


IMAGE_READERS = frozenset({"imread", "load_img", "PIL.Image.open"})
"""Rules, or their last parts, of what reads one picture."""

QUERIES = ("sql", "query")


class DataAccesses:
    """The accesses of one program, grouped as people count them: one source or sink for each call that runs.

    What unpacks, moves or runs a file brings nothing in; what downloads a file leaves no result; a file that
    a step downloads and reads again is one source; pictures that no model is given are only shown.
    """

    def __init__(self, facts: list[Any], cells: dict[str, int]) -> None:
        self.cells = cells
        self.files = {fact.id: fact for fact in facts if isinstance(fact, DataFile)}
        self.bindings = {fact.id: fact for fact in facts if isinstance(fact, Binding)}
        self.calls = {fact.id: fact for fact in facts if isinstance(fact, Call)}
        self.used = {
            each
            for fact in facts
            if isinstance(fact, Dataset)
            for each in (*fact.derived_from, *fact.influenced_by)
        }
        self.trains = any(isinstance(fact, Training) for fact in facts)
        self.accesses = accesses_in_order(facts, cells)
        self.downloads = self.find_downloads()
        groups = self.group()
        self.sinks = [group for group in groups if group[0].mode == "write" and self.is_sink(group[0])]
        self.sources = [group for group in groups if group[0].mode == "read" and self.is_source(group[0])]

    def find_downloads(self) -> dict[tuple[str, str], Access]:
        """(step, file) → the read of a URL whose content the step wrote to that file."""
        urls: dict[str, Access] = {}
        found: dict[tuple[str, str], Access] = {}
        for access in self.accesses:
            if access.mode == "read" and self.files[access.file].kind == "url":
                urls[access.step] = access
            elif access.mode == "write" and access.step in urls and keeps_bytes(access):
                found[access.step, access.file] = urls[access.step]
        return found

    def group(self) -> list[list[Access]]:
        """The accesses that are one act: of one visit of a call, and the download of what it reads."""
        groups: dict[tuple[Any, ...], list[Access]] = {}
        downloaded: dict[str, tuple[Any, ...]] = {}
        for access in self.accesses:
            key = (access.call or access.id, access.step, access.line, access.mode, self.argument_of(access))
            groups.setdefault(key, []).append(access)
            if access.mode == "read" and (download := self.downloads.get((access.step, access.file))):
                downloaded[download.id] = key
        for access in self.accesses:
            if access.id in downloaded:
                for group in groups.values():
                    if access in group:
                        group.remove(access)
                groups[downloaded[access.id]].append(access)
        self.join_opened(groups)
        return self.join_same([group for group in groups.values() if group])

    def join_opened(self, groups: dict[tuple[Any, ...], list[Access]]) -> None:
        """Opening a file is one act with what then reads or writes it, and told by that."""
        handles: defaultdict[tuple[str, str, str], list[Access]] = defaultdict(list)
        for access in self.accesses:
            handles[access.step, access.file, access.mode].append(access)
        placed = {access.id: group for group in groups.values() for access in group}
        for alike in handles.values():
            for opening in alike if len(alike) > 1 else ():
                through = [each for each in alike if self.is_opened_by(each, opening)]
                for each in (*through[1:], opening) if through else ():
                    placed[each.id].remove(each)
                    placed[through[0].id].append(each)
                    placed[each.id] = placed[through[0].id]

    def is_opened_by(self, access: Access, opening: Access) -> bool:
        """Whether an access is given what another one opened: by its name, or in the same expression."""
        if access is opening or access.text is None or not opening.line <= access.line:
            return False
        binding, call = self.bindings.get(opening.binding or ""), self.calls.get(opening.call or "")
        is_named = binding is not None and binding.call == opening.call and access.text == binding.name
        return is_named or (call is not None and access.text.startswith(f"{call.text}("))

    def argument_of(self, access: Access) -> str | None:
        """What a function was called with that reads or writes; None where the access stands in the open.

        A step that runs a function calls another one from there again and again, all at one line of its own.
        """
        call = self.calls.get(access.call or "")
        is_inside = call is not None and not call.span.start_line <= access.line <= call.span.end_line
        return access.text if is_inside else None

    def join_same(self, groups: list[list[Access]]) -> list[list[Access]]:
        """One group for what one call reads again and again in one cell."""
        joined: dict[tuple[Any, ...], list[Access]] = {}
        for group in groups:
            first = group[0]
            files = frozenset(access.file for access in group)
            key = (first.call or first.id, self.cells[first.step], first.mode, files)
            joined.setdefault(key, []).extend(group)
        return list(joined.values())

    def is_source(self, access: Access) -> bool:
        """Whether a read brings data into the program."""
        file = self.files[access.file]
        if access.content in ("model", "configuration") or access.rule.startswith(("shutil.", "os.")):
            return False
        if access.rule.startswith("!"):
            written = {
                other.file for other in self.accesses if other.mode == "write" and other.line <= access.line
            }
            keeps = any(other.call == access.call and other.mode == "write" for other in self.accesses)
            keeps = keeps or access.rule == "!wget"
            return keeps if file.kind == "url" else file.id not in written and access.rule in UNPACKING
        name = access.rule if access.rule in IMAGE_READERS else access.rule.rpartition(".")[2]
        is_shown = self.trains and name in IMAGE_READERS and access.id not in self.used
        return not is_shown or access.binding in self.predicted

    @cached_property
    def predicted(self) -> set[str]:
        """The bindings that something comes from which a model is asked to predict."""
        calls = (call for call in self.calls.values() if call.phase == "prediction")
        pending = [each for call in calls for argument in call.arguments for each in argument.bindings]
        found: set[str] = set()
        while pending:
            identity = pending.pop()
            if identity not in found and identity in self.bindings:
                found.add(identity)
                pending += self.bindings[identity].derived_from
        return found

    def is_sink(self, access: Access) -> bool:
        """Whether a write leaves a result of the program."""
        is_download = any(
            other.call == access.call and other.mode == "read" and self.files[other.file].kind == "url"
            for other in self.accesses
        )
        return not access.rule.startswith(("!", "shutil.")) and not is_download

    def label(self, group: list[Access]) -> dict[str, Any]:
        """One source or sink; a call that goes over several files has no one locator."""
        access = group[0]
        file, call = self.files[access.file], self.calls.get(access.call or "")
        name = (call.function or call.text) if call is not None else access.rule
        several = {each.file for each in group if self.files[each.file].kind == file.kind}
        is_resolved = len(several) == 1 and file.is_resolved
        label: dict[str, Any] = {
            "cell": self.cells[access.step],
            "locator": file.locator if len(several) == 1 else access.text or file.locator,
            "resolved": file.locator if is_resolved else None,
            "kind": "dataset-loader" if file.kind == "dataset" else file.kind,
        }
        others = list(dict.fromkeys(self.files[each.file].locator for each in group[1:]))
        others = [locator for locator in others if locator != file.locator]
        if others:
            label["also"] = [file.locator, *others] if len(several) > 1 else others
            label["resolved"] = label["resolved"] if len(several) > 1 else others[0]
        if file.kind == "database" and call is not None and (query := query_of(call)) is not None:
            label["locator"] = query
        binding = self.bindings.get(access.binding or "")
        variable = binding.name if binding else None
        if access.mode == "write":
            return label | {"object": variable, "writer": name}
        if file.kind in ("dataset", "synthetic"):
            named = {"locator": name} if file.locator == access.rule else {}
            return label | named | {"variable": self.holders(access), "loader": name}
        return label | {"variable": variable, "loader": name}

    def holders(self, access: Access) -> str | list[str] | None:
        """The names that hold the very result of a call; None where something else is made of it first."""
        names = [each.name for each in self.bindings.values() if each.call == access.call is not None]
        return names[0] if len(names) == 1 else names or None

    def ids(self) -> dict[str, str]:
        """Access → id of its data source in the label."""
        return {access.id: f"d{number}" for number, group in enumerate(self.sources, 1) for access in group}


UNPACKING = frozenset({"!unzip", "!tar", "!gunzip", "!gzip", "!7z"})


def query_of(call: Call) -> str | None:
    """The constant text of a query that a call is given."""
    for each in call.arguments:
        if (each.position == 0 or each.name in QUERIES) and isinstance(each.value, str):
            return each.value
    return None


def load_labels(facts: Iterable[Any], cells: dict[str, int]) -> list[dict[str, Any]]:
    """Trained models that the program loads."""
    facts = list(facts)
    files = {fact.id: fact for fact in facts if isinstance(fact, DataFile)}
    return [
        {"cell": cells[access.step], "locator": files[access.file].locator, "loader": access.rule}
        for access in accesses_in_order(facts, cells)
        if access.mode == "read" and access.content == "model"
    ]


def model_labels(facts: list[Any], cells: dict[str, int]) -> list[dict[str, Any]]:
    """The models that are really trained: class, data, columns, explicit arguments and measures of each."""
    sources = DataAccesses(facts, cells).ids()
    trainings = grouped((fact.model, fact) for fact in facts if isinstance(fact, Training))
    parameters = grouped((fact.of, fact) for fact in facts if isinstance(fact, Parameter))
    measures = grouped(
        (model, fact)
        for fact in facts
        if isinstance(fact, Metric) and not fact.is_logged  # it is computed elsewhere
        for model in fact.models
    )
    datasets = {fact.id: fact for fact in facts if isinstance(fact, Dataset)}
    models = []
    for number, model in enumerate((fact for fact in facts if isinstance(fact, Model)), 1):
        acts = trainings.get(model.id, [])
        data = [datasets[each] for act in acts for each in act.data]
        validated = [each for act in acts for each in act.validated_on]
        label = {
            "id": f"m{number}",
            "variable": model.variable,
            "class": model.class_name,
            "constructor": model.constructor,
            "final_estimator": model.final_estimator,
            "components": list(model.components),
            "count": model.count,
            "fit_cells": sorted({cells[act.step] for act in acts}),
            "trained_on": source_labels([*model.trained_on, *model.influenced_by], sources),
            "validated_on": source_labels(validated, sources),
            "how": acts[0].kind if acts else "fit",
            "hyperparameters": values_of(of_constructor(parameters.get(model.id, ())), "hyperparameter"),
            "compile_params": values_of(parameters.get(model.id, ()), "compilation"),
            "fit_params": values_of([p for act in acts for p in parameters.get(act.id, ())], "training"),
            "features": features_label(data),
            "target": target_label(data),
            "metrics": [metric_label(each, cells) for each in measures.get(model.id, ())],
        }
        models.append(label)
    return models


def keeps_bytes(access: Access) -> bool:
    """Whether a write may keep what was fetched as it is; a table or a model is no download."""
    return not access.rule.rpartition(".")[2].startswith(("dump", "save", "to_"))


def of_constructor(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Those that the model was made with; labels leave out what `set_params` told it."""
    return [each for each in parameters if not (each.function or "").endswith(".set_params")]


def grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """The second of each pair under the first."""
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def source_labels(accesses: Iterable[str], sources: dict[str, str]) -> list[str]:
    """The ids of data sources, in their order."""
    found = {sources[access] for access in accesses if access in sources}
    return sorted(found, key=lambda identity: int(identity[1:]))


def features_label(data: Iterable[Dataset]) -> dict[str, list[str]] | None:
    """The columns of features by name; None where nothing is known of them."""
    given = [each for each in data if each.role in ("features", "data")]
    label = {
        "include": unique(name for each in given for name in each.columns or ()),
        "exclude": unique(name for each in given for name in each.excluded),
        "derived": unique(name for each in given for name in each.derived),
    }
    return {key: names for key, names in label.items() if names} or None


def target_label(data: Iterable[Dataset]) -> list[str] | None:
    """The columns of the target by name; None where they are not known."""
    return unique(name for each in data if each.role == "target" for name in each.columns or ()) or None


def unique(names: Iterable[str]) -> list[str]:
    """Each name once, in order."""
    return list(dict.fromkeys(names))


def metric_label(metric: Metric, cells: dict[str, int]) -> dict[str, Any]:
    """A measure: its name, with what it is told to compute, and its cell."""
    name = metric.name if metric.scoring is None else f"{metric.name}(scoring={metric.scoring})"
    return {"name": name, "cell": cells[metric.step]}


def split_labels(facts: Iterable[Any], cells: dict[str, int]) -> list[dict[str, Any]]:
    """The calls that take data apart."""
    facts = list(facts)
    datasets = {fact.id: fact for fact in facts if isinstance(fact, Dataset)}
    parameters = grouped((fact.of, fact) for fact in facts if isinstance(fact, Parameter))
    return [
        {
            "cell": cells[split.step],
            "call": split.rule,
            "inputs": [datasets[each].name for each in split.inputs],
            "outputs": [datasets[each].name for each in split.parts],
            "params": values_of(parameters.get(split.id, ()), "split"),
        }
        for split in facts
        if isinstance(split, Split)
    ]


def seed_labels(facts: Iterable[Any], cells: dict[str, int]) -> list[dict[str, Any]]:
    """The seeds of randomness."""
    return [
        {"cell": cells[seed.step], "call": seed.name, "value": value_label(seed)}
        for seed in facts
        if isinstance(seed, Seed)
    ]


def values_of(parameters: Iterable[Parameter], kind: str) -> dict[str, Any]:
    """The parameters of one kind by name, as far as the program says them."""
    return {each.name: value_label(each) for each in parameters if each.kind == kind and not each.is_default}


def value_label(given: Parameter | Seed) -> Any:
    """A value, or how it is written where it is not constant."""
    if given.is_option:
        return {"default": given.value, "expr": one_line(given.text)}
    return given.value if given.is_constant else {"expr": one_line(given.text)}


def one_line(text: str) -> str:
    """An expression as it would stand on one line."""
    lines = " ".join(part.strip() for part in text.split("\n"))
    return re.sub(r"(?<=[(\[{]) | (?=[)\]}])", "", lines) if "\n" in text else text
