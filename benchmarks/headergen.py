#!/usr/bin/env python3
"""How right provkg is about what calls are for, by HeaderGen's labelled call sites.

    python benchmarks/headergen.py CHECKOUT [--write]

CHECKOUT is one of secure-software-engineering/HeaderGen. Its labels say which functions each code cell calls
or has in a definition, those inside the program's own functions at the cells that call these, too. A label
names the module that defines a function (`sklearn.base.TransformerMixin.fit_transform`), we the class that it
is called on; so two calls are the same where package and last part agree. What a name is for (reading,
fitting, predicting, measuring, splitting) the knowledge base says, for labels and answers alike: a name that
it lacks counts nowhere. Prints each difference; exits 1 where the goal is missed over all of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from stages import analyse_document
from tables import format_table, write_section

from provkg.extract.knowledge import DataAccess, Effect, Knowledge
from provkg.extract.knowledge.library import FOLDER, expand_entries, read_file
from provkg.facts.definition import Block, Call, Definition, Step
from provkg.facts.factset import FactSet
from provkg.sources.registry import read_document

GOAL = 0.98
SETS = ("real-world", "extended")

PACKAGES = {"psycopg2": "sqlite3"}
"""Modules of databases share one interface, and the entries of one of them."""

SAME = {"predict_proba": "predict", "predict_classes": "predict"}
"""Methods of a Keras model that were other names of one function."""

FORGOTTEN = frozenset(
    {
        ("real-world/03-titanic-easy-deeplearning-acc-78 4", "keras.predict"),  # model.predict(X_test)
        (
            "real-world/11-starter-keras-simple-nn-kfold-cv 10",
            "sklearn.split",
        ),  # StratifiedKFold(…).split(X, Y)
        ("extended/nb_5433 22", "sklearn.score"),  # regr.score(X_train, y_train)
        ("extended/nb_87231 26", "sklearn.fit_transform"),  # lbl_enc.fit_transform(labels)
        ("extended/nb_87231 26", "sklearn.predict_proba"),  # forest.predict_proba(test)
        ("extended/nb_87231 26", "sklearn.score"),  # forest.score(test, testing_target_set)
    }
)
"""Calls that stand in the text of a cell and not in its labels, found by reading them."""

OUTCOMES = ("both", "missed", "extra", "forgotten")
KNOWLEDGE = Knowledge()

KINDS = {
    "fit": frozenset({"train", "fit", "tune"}),
    "predict": frozenset({"predict"}),
    "metric": frozenset({"measure"}),
    "split": frozenset({"split"}),
}

Name = tuple[str, str]
"""Package and last part of a function's name."""


def kinds_of(effect: Effect) -> set[str]:
    """What a call is for; reading is told by what it reads, not by the action."""
    found = {kind for kind, actions in KINDS.items() if actions & {*effect.actions}}
    return found | ({"read"} if any(map(is_reading, effect.accesses)) else set())


def is_reading(access: DataAccess) -> bool:
    """Whether data are opened and read; from an open file they were read already."""
    return access.mode == "read" and access.kind != "handle"


def known_kinds() -> dict[Name, set[str]]:
    """Each name of the knowledge base that is for something that we compare."""
    found: dict[Name, set[str]] = defaultdict(set)
    for path in FOLDER.glob("*.toml"):
        data = read_file(path)
        for table in ("function", "method"):
            for dotted, _ in expand_entries(data.get(table, {})):
                found[short_name(dotted)] |= kinds_of_call(dotted)
    return found


def short_name(dotted: str) -> Name:
    """Package and last part: ("pandas", "read_csv") for `pandas.io.parsers.readers.read_csv`."""
    parts = dotted.replace("<locals>.", "").split(".")
    package = "keras" if "keras" in parts else PACKAGES.get(parts[0], parts[0])
    return package, SAME.get(parts[-1], parts[-1]) if package == "keras" else parts[-1]


def read_labels(path: Path) -> dict[int, set[Name]]:
    """Number of the code cell → what it calls."""
    labels = json.loads(path.read_text(encoding="utf-8"))
    return {int(cell): set(map(short_name, names)) for cell, names in labels.items()}


def read_calls(fact_sets: list[FactSet]) -> dict[int, dict[Name, set[str]]]:
    """Number of the code cell → what it calls, or has in a definition, and what each of them is for."""
    facts = [fact for fact_set in fact_sets for fact in fact_set.facts]
    parents = {fact.id: fact.parent for fact in facts if isinstance(fact, Block | Definition)}
    definitions = {fact.id for fact in facts if isinstance(fact, Definition)}
    steps = [fact for fact in facts if isinstance(fact, Step) and fact.kind == "code"]
    numbers = {step.id: number for number, step in enumerate(sorted(steps, key=lambda step: step.index), 1)}
    calls = [fact for fact in facts if isinstance(fact, Call) and fact.step in numbers]
    inside: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        for holder in definitions.intersection(ancestors(call.parent, parents)):
            inside[holder].append(call)
    found: dict[int, dict[Name, set[str]]] = defaultdict(lambda: defaultdict(set))
    for call in calls:
        for each in called(call, inside, set()):
            if each.function is not None:
                found[numbers[call.step]][short_name(each.function)] |= kinds_of_call(each.function)
    return found


@cache
def kinds_of_call(dotted: str) -> set[str]:
    """What the function or method of this full name is for."""
    owner, _, last = dotted.rpartition(".")
    is_method = KNOWLEDGE.find_class(owner) is not None
    effect = KNOWLEDGE.find_method(owner, last) if is_method else KNOWLEDGE.find_function(dotted)
    return kinds_of(effect) if effect is not None else set()


def ancestors(parent: str | None, parents: dict[str, str | None]) -> Iterator[str]:
    """The blocks and definitions around something, from the inside out."""
    while parent is not None:
        yield parent
        parent = parents.get(parent)


def called(call: Call, inside: dict[str, list[Call]], seen: set[str]) -> Iterator[Call]:
    """A call, and those in the program's own function that it calls."""
    yield call
    if call.definition is not None and call.definition not in seen:
        seen.add(call.definition)
        for each in inside[call.definition]:
            yield from called(each, inside, seen)


def compare(
    place: str, labelled: set[Name], answered: dict[Name, set[str]], kinds: dict[Name, set[str]]
) -> Counter[tuple[str, str]]:
    """Kind and outcome → how many names of one cell; whether it calls a name counts, not how often."""
    scores: Counter[tuple[str, str]] = Counter()
    for name in sorted(labelled | {*answered}):
        outcome = "extra" if name not in labelled else "both" if name in answered else "missed"
        if outcome == "extra" and (place, ".".join(name)) in FORGOTTEN:
            outcome = "forgotten"
        for kind in sorted(answered[name] if outcome in {"extra", "forgotten"} else kinds.get(name, ())):
            scores[kind, outcome] += 1
            if outcome in {"extra", "missed"}:
                print(f"{place}: {outcome} {kind} {'.'.join(name)}")
    return scores


def notebooks(checkout: Path, kind: str) -> Iterable[tuple[Path, Path]]:
    """Each notebook of a set, and its labels."""
    folder = checkout / f"callsites-jupyternb-{kind}-benchmark"
    for labels in sorted((folder / "ground_truth").glob("*.json")):
        yield folder / "notebooks" / f"{labels.stem}.ipynb", labels


def score(checkout: Path) -> list[list[str]]:
    """One row for each set and kind, the last for all of them: how many labelled, precision, recall."""
    kinds = known_kinds()
    scores: Counter[tuple[str, str, str]] = Counter()
    for name in SETS:
        for notebook, labels in notebooks(checkout, name):
            found = read_calls(analyse_document(read_document(notebook, notebook.name)))
            gold = read_labels(labels)
            for cell in sorted({*gold, *found}):
                place = f"{name}/{notebook.stem} {cell}"
                outcomes = compare(place, gold.get(cell, set()), found.get(cell, {}), kinds)
                scores += Counter({(name, *outcome): count for outcome, count in outcomes.items()})
    for (_, _, outcome), count in [*scores.items()]:
        scores["both", "any", outcome] += count
    rows = [(name, kind) for name in SETS for kind in ("read", *KINDS)]
    return [row_of(name, kind, scores) for name, kind in (*rows, ("both", "any"))]


def row_of(name: str, kind: str, scores: Counter[tuple[str, str, str]]) -> list[str]:
    """The figures of one set and kind."""
    both, missed, extra, forgotten = (scores[name, kind, outcome] for outcome in OUTCOMES)
    right = both + forgotten
    as_labelled = ratio(both, right + extra)
    figures = [as_labelled, str(forgotten), ratio(right, right + extra), ratio(both, both + missed)]
    return [name, kind, str(both + missed), *figures]


def ratio(part: int, whole: int) -> str:
    """A share with three digits; nothing of nothing is all of it."""
    return f"{part / whole if whole else 1.0:.3f}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    rows = score(options.checkout)
    table = format_table(
        ["set", "calls that", "labelled", "precision as labelled", "forgotten", "precision", "recall"], rows
    )
    print(table)
    if options.write:
        write_section("headergen", table)
    return int(any(float(value) < GOAL for value in rows[-1][5:]))


if __name__ == "__main__":
    sys.exit(main())
