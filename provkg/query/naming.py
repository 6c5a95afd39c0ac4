"""What a person's word for something stands for in a store.

People say `clf`, `penguins.csv`, `analysis.ipynb`, `analysis.ipynb:4` or `analysis.ipynb:df`; graphs name
things by IRI. What stands before the last colon narrows it down to one notebook or script. A word may stand
for several things (each notebook has a `df`): all are meant then, and the answer says which is which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pyoxigraph import Literal, NamedNode

from provkg.errors import QueryError
from provkg.query.asking import ask, one_of
from provkg.store.base import Store


class NothingNamed(QueryError):
    """Nothing in the store is called so."""


MOST_NAMES = 5_000
"""Names among which one that is nearly the same is looked for."""

MOST_TOLD = 6


@dataclass(frozen=True, slots=True)
class Look:
    """One way in which things are named: a pattern that binds ?node and ?name in one graph.

    What many graphs say of a thing (a file, a library) would be found as often as they say it, and two such
    patterns as often as the product of that, if they were looked for in the union of the graphs.
    """

    pattern: str
    ends_after: str | None = None
    """People say only what comes after the last of these: a path without folders, a class without module."""
    is_number: bool = False
    around: tuple[str, str] = ("", "")
    """What people write before and after a number: Out[4]."""


MODEL_CLASS = "?node a mls:Model ; provkg:pythonType ?name ."
FINAL_ESTIMATOR = "?node a mls:Model ; provkg:finalEstimator/provkg:qualifiedName ?name ."
CONSTRUCTOR = "?node a mls:Model ; provkg:constructedBy/provkg:calls/provkg:qualifiedName ?name ."
SAVED_MODEL = """?write a provkg:FileWrite ; prov:specializationOf/provkg:locator ?name ;
    prov:wasDerivedFrom ?holder . ?node provkg:heldBy ?holder ."""
FILE = "?node a repr:File ; provkg:locator ?name ."
PLAN = "?node a p-plan:Plan ; provkg:path ?name ."

LOOKS: Mapping[str, tuple[Look, ...]] = {
    "cell": (
        Look("?node a provkg:CellVersion ; provkg:cellId ?name ."),
        Look("?node a provkg:CellVersion ; schema:position ?name .", is_number=True),
    ),
    "file": (
        Look(FILE),
        Look("?bytes schema:sha256 ?name ; prov:specializationOf ?node . ?node a repr:File ."),
        Look(FILE, ends_after="/"),
    ),
    "measure": (
        Look("?node a mls:ModelEvaluation ; mls:specifiedBy/provkg:qualifiedName ?name ."),
        Look("?node a mls:ModelEvaluation ; mls:specifiedBy/provkg:qualifiedName ?name .", ends_after="."),
    ),
    "output": (
        Look(
            """?execution provkg:executionCount ?name . ?node prov:wasGeneratedBy ?execution ;
                schema:encodingFormat ?mime .""",
            is_number=True,
            around=("Out[", "]"),
        ),
    ),
    "library": (Look("?node a repr:Library ; schema:name ?name ."),),
    "model": (
        Look("?node a mls:Model ; schema:name ?name ."),
        Look(MODEL_CLASS),
        Look(SAVED_MODEL),
        Look(FINAL_ESTIMATOR),
        Look(MODEL_CLASS, ends_after="."),
        Look(FINAL_ESTIMATOR, ends_after="."),
        Look(CONSTRUCTOR),
        Look(CONSTRUCTOR, ends_after="."),
        Look(SAVED_MODEL, ends_after="/"),
    ),
    "plan": (Look(PLAN), Look(PLAN, ends_after="/")),
    "value": (
        Look(
            """?variable a provkg:ProgramVariable ; schema:name ?name . ?node provkg:ofVariable ?variable ;
                provkg:bindingKind ?bound . FILTER(?bound NOT IN ("import", "function", "class"))"""
        ),
    ),
    "variable": (
        Look("?variable a provkg:ProgramVariable ; schema:name ?name . ?node provkg:ofVariable ?variable ."),
    ),
}
"""Type of a parameter → the ways to name it, the most exact first."""

ENTITY_TYPES = ("file", "model", "value", "plan", "output", "measure", "library", "cell", "variable")
"""What an entity may be, in the order in which it is looked for; variables that hold code come last."""

CELL_OF = {
    "cell": "BIND(?node AS ?cell)",
    "output": "?cell p-plan:hasOutputVar ?node .",
} | dict.fromkeys(("measure", "model", "value", "variable"), "?node provkg:inCell ?cell .")
"""Types of things that stand in a cell → what binds it."""

RECORDED = frozenset({"output"})
"""Types of things that lie in the graph of what was recorded; another graph tells their cell's notebook."""

RUN = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")
"""The id of a recorded run, made of its start and of chance."""

IRI_SCHEMES = frozenset({"arcp", "doi", "ni", "pkg", "urn"})
"""Schemes of IRIs that have no // behind them."""


def read_iri(word: str) -> NamedNode | None:
    """The node that a word is the IRI of, in < > or not; None where it is no IRI.

    Raises:
        QueryError: it looks like one, and has characters that none may have.
    """
    text = word[1:-1] if word.startswith("<") and word.endswith(">") else word
    scheme, _, rest = text.partition(":")
    if text == word and not rest.startswith("//") and scheme not in IRI_SCHEMES:
        return None
    try:
        return NamedNode(text)
    except ValueError as error:
        raise QueryError(f"this is no IRI: {word!r}") from error


def find_nodes(store: Store, type: str, word: str) -> list[NamedNode]:
    """The things of a type that are called so; of the ways to call them, by the first that finds some.

    Raises:
        NothingNamed: there are none; the hint tells names that are nearly the same.
    """
    found = find_named(store, type, word)
    if not found:
        raise NothingNamed(f"there is no {type} called {word!r}", hint=_tell_near(store, type, word))
    return found


def find_named(store: Store, type: str, word: str) -> list[NamedNode]:
    """The same, empty where there are none."""
    if type == "run" and RUN.fullmatch(word):
        return _find_run(store, word)
    if type == "run":
        return _find_runs(store, find_named(store, "plan", word))
    ways = [(each, look) for each in _types(type) for look in LOOKS[each]]
    exact_first = sorted(ways, key=_rank_of)
    return next(filter(None, (_look_up(store, *way, word) for way in exact_first)), [])


def _find_run(store: Store, identity: str) -> list[NamedNode]:
    """The run that `provkg run` gave this id, which ends its IRI."""
    ending = Literal(f"run-{identity}.run")
    rows = ask(
        store, f"GRAPH ?record {{ ?node a repr:Trial FILTER(STRENDS(STR(?node), {ending})) }}", "?node"
    )
    return [NamedNode(row["node"]) for row in rows]


def _find_runs(store: Store, plans: list[NamedNode]) -> list[NamedNode]:
    """The runs of these notebooks or scripts."""
    versions = f"GRAPH ?facts {{ {one_of('plan', plans)} ?version prov:specializationOf ?plan }}"
    rows = ask(store, f"{versions} GRAPH ?record {{ ?node prov:used ?version }}", "?node") if plans else ()
    return [NamedNode(row["node"]) for row in rows]


def _rank_of(way: tuple[str, Look]) -> int:
    """Exact names come first; among all entities, variables that hold code come last."""
    return 2 if way[0] == "variable" else int(way[1].ends_after is not None)


def _types(type: str) -> tuple[str, ...]:
    return {"entity": ENTITY_TYPES, "run": ("plan",)}.get(type, (type,))


def _look_up(store: Store, type: str, look: Look, word: str) -> list[NamedNode]:
    for plan, name in _readings(word, type):
        if look.is_number:
            before, after = look.around
            name = name.removeprefix(before).removesuffix(after) if name.startswith(before) else ""
            if not name.isdecimal():
                continue
        within = _within(store, type, plan)
        if within is None:
            continue
        rows = ask(store, f"GRAPH ?facts {{ {_named(look, name)} {within} }}", "?node")
        found = [NamedNode(row["node"]) for row in rows]
        if found:
            return found
    return []


def _readings(word: str, type: str) -> Iterator[tuple[str | None, str]]:
    """The whole word as a name, and what stands behind its last colon, in the notebook before it."""
    yield None, word
    plan, _, name = word.rpartition(":")
    if plan and name and type in CELL_OF:
        yield plan, name


def _named(look: Look, name: str) -> str:
    """What binds the nodes that are called so."""
    if look.ends_after is None:
        return one_of("name", [Literal(int(name)) if look.is_number else Literal(name)]) + look.pattern
    return f"FILTER(STRENDS(?name, {Literal(look.ends_after + name)})) {look.pattern}"


def _within(store: Store, type: str, plan: str | None) -> str | None:
    """What keeps to one notebook or script; None where none is called so."""
    if plan is None:
        return ""
    plans = [node for look in LOOKS["plan"] for node in _look_up(store, "plan", look, plan)]
    if not plans:
        return None
    apart = "} GRAPH ?inferred {" if type in RECORDED else ""
    in_plan = "?cell p-plan:isStepOfPlan/prov:specializationOf ?plan ."
    return f"{CELL_OF[type]} {apart} {one_of('plan', plans)} {in_plan}"


def _tell_near(store: Store, type: str, word: str) -> str:
    """Names that are nearly the same, else a few of those that there are."""
    names = sorted({name for each in _types(type) for look in LOOKS[each] for name in _names(store, look)})
    ends = {name.rpartition(separator)[2] for name in names for separator in "/."}
    near = get_close_matches(word, sorted(ends.union(names)), n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    rest = ", …" if len(names) > MOST_TOLD else ""
    return f"there are: {', '.join(names[:MOST_TOLD])}{rest}" if names else "there are none at all"


def _names(store: Store, look: Look) -> Iterator[str]:
    names = f"{{ SELECT DISTINCT ?name {{ GRAPH ?facts {{ {look.pattern} }} }} LIMIT {MOST_NAMES} }}"
    rows = ask(store, names, "?name")
    return (str(row["name"]) for row in rows if not look.is_number)
