"""What led to something, and what came of it: asked of a store, level by level.

    find_starts(store, "clf")                       what a person may mean
    trace(store, starts, is_backward=True)          everything that led there, nearest first

An edge goes the way of the data: from what was there first to what came of it, whichever way was asked. Each
level is one query, anchored by VALUES in what the level before found, so it costs what is near, not what the
store holds. SPARQL 1.1 knows no shortest path: `distance` is counted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from pyoxigraph import NamedNode

from provkg.query.asking import ask, one_of
from provkg.query.models import PLACE, Place
from provkg.query.naming import NothingNamed, find_nodes, read_iri
from provkg.store.base import Store

MOST_AT_ONCE = 500
"""Things in one VALUES."""

MOST_STARTS = 50
"""Things called so that are gone on from."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something with provenance, as a person knows it."""

    iri: str
    kind: str
    """variable, model, file (or url, database, dataset…), read, write, measure, output, error, cell,
    notebook, script or thing."""
    name: str
    place: Place | None = None
    detail: str = ""
    """What else is worth saying: the class of a model, the value of a measure, the type of an output."""
    code: str = ""
    """The line of the program that it comes from, where the graph has it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Data go from one thing to another."""

    cause: str
    effect: str
    relation: str
    """A key of RELATIONS or STARTS."""
    role: str | None = None
    """What data are to a training: features, target, weights, validation or data."""


@dataclass(slots=True)
class Lineage:
    """What was found, from some starts on."""

    is_backward: bool
    starts: list[str]
    """Where it starts; what is reached from an earlier one is left out."""
    nodes: dict[str, Node] = field(default_factory=dict)
    """IRI → what it is, nearest first."""
    edges: list[Edge] = field(default_factory=list)
    distances: dict[str, int] = field(default_factory=dict)
    """IRI → the least number of edges to a start."""
    is_cut: bool = False
    """There is more beyond the depth that was asked for."""
    left_out: int = 0
    """Things that are called so, too, and were not gone on from."""


Thing = TypeVar("Thing")


def batches(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    """The things, as many at once as one query takes."""
    rest = iter(things)
    while some := list(islice(rest, MOST_AT_ONCE)):
        yield some


def either(variable: str, things: Sequence[str | NamedNode], ways: Iterable[str]) -> str:
    """What binds a variable to some things and goes one of several ways from there.

    The things stand in each branch, because an engine may go through all of a branch that has none.
    """
    values = one_of(variable, things)
    return " UNION ".join(f"{{ {values} {way} }}" for way in ways)


# --- where it starts ------------------------------------------------------------------------------------

RESOLVE = (
    "?start provkg:heldBy ?node .",
    "?node provkg:ofVariable ?start .",
    "?start a mls:Dataset ; prov:wasDerivedFrom ?node . ?node a provkg:VariableDefinition .",
    "?start a provkg:FileRead ; prov:specializationOf ?node .",
    "?start schema:sha256 ?digest ; prov:specializationOf ?node . ?node a repr:File .",
    "?node prov:specializationOf ?start ; a provkg:CellVersion .",
    "?start p-plan:correspondsToStep ?node .",
    "?start prov:specializationOf ?node . ?node provkg:path ?path ; a p-plan:Plan .",
    "?start a repr:Trial ; prov:used/prov:specializationOf ?node . ?node a p-plan:Plan .",
    "?start provkg:trains ?node . FILTER NOT EXISTS { ?node provkg:heldBy ?holder }",
    "?start provkg:trains/provkg:heldBy ?node .",
)
"""What stands for a ?start in a lineage: for a model the definition that holds it, for bytes the file…"""


def find_starts(store: Store, word: str) -> list[str]:
    """The things that a word stands for, in a fixed order.

    Raises:
        NothingNamed: there are none; the hint tells names that are nearly the same.
    """
    iri = read_iri(word)
    named = [iri] if iri is not None else find_nodes(store, "entity", word)
    found: dict[str, None] = {}
    for some in batches(named):
        resolved: dict[str, list[str]] = {}
        for row in ask(store, either("start", some, RESOLVE), "?start ?node"):
            resolved.setdefault(row["start"], []).append(row["node"])
        for start in some:
            found.update(dict.fromkeys(resolved.get(start.value, [start.value])))
    if iri is not None and not any(is_known(store, each) for each in found):
        raise NothingNamed(f"nothing is said of {iri}", hint="see what there is: provkg query --list")
    return list(found)


def is_known(store: Store, iri: str) -> bool:
    """Whether anything is said of it."""
    return bool(list(ask(store, f"{{ SELECT ?what {{ {NamedNode(iri)} ?says ?what }} LIMIT 1 }}", "?what")))


# --- edges ----------------------------------------------------------------------------------------------

CODE = '("import", "function", "class")'
"""Kinds of definitions that hold code, not data."""

DATA = f"?cause provkg:bindingKind ?bound . FILTER(?bound NOT IN {CODE})"
"""Keeps to definitions that hold data."""

SAME_SCOPE = """?cause provkg:ofVariable ?from . ?effect provkg:ofVariable ?to .
  FILTER NOT EXISTS { ?from provkg:scope ?scope FILTER NOT EXISTS { ?to provkg:scope ?scope } }"""
"""Leaves out what a function does inside for those who call it: its locals are those of all its calls, and
what a call gives is derived from its own arguments as well."""

GIVEN = "(provkg:receiver|(p-plan:hasInputVar/prov:wasDerivedFrom))"
"""From a call to the definitions that it is given: as arguments, or as the object that it is a method of."""

COLLECTORS = "^(_?io|matplotlib|zipfile|tarfile|gzip|h5py|_?csv|pandas[.].*Writer)[.]?"
"""Classes of what is made empty and filled by calls: figures, and files that are open for writing."""

UNHELD = "FILTER NOT EXISTS { ?effect provkg:heldBy ?holder }"

UNHELD_READ = """FILTER NOT EXISTS {
    ?held a provkg:VariableDefinition ; provkg:inCell ?cell ; provkg:startLine ?line }"""
"""Keeps to reads whose line defines nothing."""

RELATIONS: Mapping[str, Sequence[str]] = {
    "derivation": (
        f"""?effect a provkg:VariableDefinition ; prov:wasDerivedFrom|provkg:carriedFrom ?cause .
            {DATA} {SAME_SCOPE}""",
    ),
    "reading": (
        "?effect a provkg:VariableDefinition ; prov:wasDerivedFrom ?cause . ?cause a repr:File .",
        # read by a function that the line calls
        f"""?read a provkg:FileRead ; prov:specializationOf ?cause ; provkg:inCell ?cell ;
              provkg:startLine ?line .
            ?effect provkg:inCell ?cell ; provkg:startLine ?line ; provkg:computedBy ?call ;
              provkg:bindingKind ?kind . FILTER(?kind NOT IN {CODE})""",
        # what no variable of that line holds: printed at once, copied, plotted
        f"""?effect a provkg:FileRead ; prov:specializationOf ?cause ; provkg:inCell ?cell ;
              provkg:startLine ?line . {UNHELD_READ}""",
    ),
    "training": (
        f"""?training provkg:trains/provkg:heldBy ?effect ; provkg:givenData ?data .
            ?data provkg:dataRole ?role ; prov:wasDerivedFrom ?cause . {DATA}""",
        f"""?training provkg:trains ?effect ; provkg:givenData ?data . {UNHELD}
            ?data provkg:dataRole ?role ; prov:wasDerivedFrom ?cause . {DATA}""",
        f"""?training provkg:trains ?effect ; provkg:givenData ?data . {UNHELD}
            ?data provkg:dataRole ?role ; prov:wasDerivedFrom ?access .
            ?access a provkg:FileRead ; prov:specializationOf ?cause .
            FILTER NOT EXISTS {{ ?data prov:wasDerivedFrom ?kept . ?kept a provkg:VariableDefinition }}""",
    ),
    "measuring": (
        f"?effect a mls:ModelEvaluation ; provkg:byCall/{GIVEN} ?cause . {DATA}",
        "?model fair4ml:hasEvaluation ?effect ; provkg:heldBy ?cause .",
        """?cause fair4ml:hasEvaluation ?effect .
           FILTER NOT EXISTS { ?cause provkg:heldBy ?holder }""",
    ),
    "writing": (
        f"?effect a provkg:FileWrite ; prov:wasDerivedFrom ?cause . {DATA}",
        "?cause a provkg:FileWrite ; prov:specializationOf ?effect .",
        # a copy, or what is read and written in one breath
        """?effect a provkg:FileWrite ; provkg:inCell ?cell ; provkg:startLine ?line .
           ?cause a provkg:FileRead ; provkg:inCell ?cell ; provkg:startLine ?line .
           FILTER NOT EXISTS { ?effect prov:wasDerivedFrom ?held }""",
    ),
    "drawing": (
        # matplotlib.pyplot keeps the figure itself: what was drawn since the one before was saved
        f"""?effect a provkg:FileWrite ; provkg:inCell ?cell ; provkg:startLine ?line ; provkg:rule ?rule .
            FILTER(CONTAINS(?rule, "savefig")) FILTER NOT EXISTS {{ ?effect prov:wasDerivedFrom ?held }}
            ?call provkg:inCell ?cell ; provkg:phase "visualisation" ; provkg:startLine ?drawn ;
              {GIVEN} ?cause .
            FILTER(?drawn <= ?line) {DATA}
            FILTER NOT EXISTS {{
              ?other a provkg:FileWrite ; provkg:rule ?rule ; provkg:inCell ?cell ;
                provkg:startLine ?between .
              FILTER(?between >= ?drawn && ?between < ?line) }}""",
    ),
    "filling": (
        f"""?effect provkg:computedBy ?made ; provkg:pythonType ?type . FILTER(REGEX(?type, "{COLLECTORS}"))
            ?part provkg:computedBy ?made . ?call {GIVEN} ?part ; {GIVEN} ?cause . {DATA}
            FILTER NOT EXISTS {{ ?cause provkg:computedBy ?made }}""",
    ),
    "showing": (
        "?cause a mls:ModelEvaluation ; prov:wasDerivedFrom ?effect .",
        f"""?effect provkg:outputKind|provkg:exceptionType ?shown . ?cell p-plan:hasOutputVar ?effect .
            ?cell p-plan:hasInputVar ?cause . {DATA}""",
        # of what the cell itself defines, what nothing else in it was computed from
        f"""?effect provkg:outputKind|provkg:exceptionType ?shown . ?cell p-plan:hasOutputVar ?effect .
            ?cell p-plan:hasOutputVar ?cause . {DATA}
            FILTER NOT EXISTS {{ ?later prov:wasDerivedFrom ?cause ; provkg:inCell ?cell }}""",
        f"""?effect provkg:outputKind|provkg:exceptionType ?shown . ?cell p-plan:hasOutputVar ?effect .
            ?cell p-plan:hasInputVar ?cause . ?cause a provkg:FileRead ; provkg:startLine ?line ;
              prov:specializationOf ?file . {UNHELD_READ}""",
    ),
}
"""What relates a ?cause with its ?effect, for each relation in the order in which it is preferred."""

STARTS: Mapping[bool, Sequence[str]] = {
    True: (
        f"?effect a provkg:CellVersion ; p-plan:hasInputVar ?cause . {DATA}",
        "?effect a provkg:CellVersion ; provkg:reads ?cause .",
        "?cell p-plan:isStepOfPlan/prov:specializationOf ?effect ; provkg:reads ?cause .",
    ),
    False: (
        f"""?cause a provkg:CellVersion ; p-plan:hasOutputVar ?effect .
            FILTER NOT EXISTS {{ ?effect provkg:bindingKind ?code FILTER(?code IN {CODE}) }}""",
        "?cause a provkg:CellVersion . ?effect a mls:ModelEvaluation ; provkg:inCell ?cause .",
        """?cell p-plan:isStepOfPlan/prov:specializationOf ?cause ; p-plan:hasOutputVar ?effect .
           ?effect a provkg:FileWrite .""",
        "?cell p-plan:isStepOfPlan/prov:specializationOf ?cause . ?effect a mls:Model ; provkg:inCell ?cell ."
        + UNHELD,
        """?cell p-plan:isStepOfPlan/prov:specializationOf ?cause . ?model a mls:Model ; provkg:inCell ?cell ;
             provkg:heldBy ?effect .""",
    ),
}
"""Whether backwards → the edges of cells, notebooks and scripts, which are only gone over from a start."""


def write_step(is_backward: bool, is_first: bool, with_code: bool) -> Sequence[str]:
    """What binds the edges of some things, with the relation of each: one pattern for each way."""
    patterns = [(relation, each) for relation, ways in RELATIONS.items() for each in ways]
    if is_first:
        patterns += [("content", each) for each in STARTS[is_backward]]
    kept = "?cause provkg:bindingKind ?bound ." if with_code else DATA
    return [f'{each.replace(DATA, kept)} BIND("{relation}" AS ?relation)' for relation, each in patterns]


ORDER = {relation: rank for rank, relation in enumerate(dict.fromkeys(["training", *RELATIONS, "content"]))}
"""Relation → which of several between two things is told: the lowest."""


def trace(
    store: Store,
    starts: Sequence[str],
    *,
    is_backward: bool = True,
    depth: int | None = None,
    with_code: bool = False,
) -> Lineage:
    """Everything that led to some things, or that came of them, as far as `depth` edges away."""
    chosen, left_out = list(starts[:MOST_STARTS]), len(starts[MOST_STARTS:])
    distances = dict.fromkeys(chosen, 0)
    edges: dict[tuple[str, str], Edge] = {}
    waiting, distance = chosen, 0
    while waiting and distance != depth:
        steps = write_step(is_backward, distance == 0, with_code)
        distance += 1
        new: dict[str, int] = {}
        for edge in find_edges(store, waiting, steps, is_backward):
            _keep_best(edges, edge)
            reached = edge.cause if is_backward else edge.effect
            if reached not in distances:
                new[reached] = distance
        distances |= new
        waiting = list(new)
    nodes = describe(store, distances)
    found = Lineage(
        is_backward, chosen, nodes, _in_order(edges.values(), nodes), distances, left_out=left_out
    )
    beyond = find_edges(store, waiting, write_step(is_backward, distance == 0, with_code), is_backward)
    found.is_cut = next(beyond, None) is not None
    found.starts = _first_starts(found)
    return found


def find_edges(
    store: Store, things: Iterable[str], steps: Sequence[str], is_backward: bool
) -> Iterator[Edge]:
    """The edges that lead on from some things, in a fixed order."""
    near = "effect" if is_backward else "cause"
    for some in batches(things):
        for row in ask(store, either(near, some, steps), "?cause ?effect ?relation ?role"):
            if row["cause"] != row["effect"]:
                yield Edge(row["cause"], row["effect"], row["relation"], row.get("role"))


def _keep_best(edges: dict[tuple[str, str], Edge], edge: Edge) -> None:
    key = edge.cause, edge.effect
    known = edges.get(key)
    if known is None or ORDER[edge.relation] < ORDER[known.relation]:
        edges[key] = edge


def _in_order(edges: Iterable[Edge], nodes: Mapping[str, Node]) -> list[Edge]:
    """The edges in the order in which programs are read."""

    def place(iri: str) -> tuple[str, int, int, str]:
        known = nodes[iri].place
        return (known.path, known.position, known.line or 0, iri) if known else ("", 0, 0, iri)

    return sorted(edges, key=lambda edge: (place(edge.cause), place(edge.effect)))


def neighbours(found: Lineage) -> dict[str, list[Edge]]:
    """IRI → the edges that lead on from it, in their order."""
    ways: dict[str, list[Edge]] = {}
    for edge in found.edges:
        ways.setdefault(edge.effect if found.is_backward else edge.cause, []).append(edge)
    return ways


def far_end(edge: Edge, is_backward: bool) -> str:
    """What an edge leads to."""
    return edge.cause if is_backward else edge.effect


def _first_starts(found: Lineage) -> list[str]:
    """The starts from which all others are reached: the last definition of a variable, looking back."""
    ways = neighbours(found)
    ordered = sorted(found.starts, key=lambda iri: _place_of(found.nodes[iri]), reverse=found.is_backward)
    seen: set[str] = set()
    chosen = []
    for start in ordered:
        if start in seen:
            continue
        chosen.append(start)
        seen.add(start)
        waiting = [start]
        while waiting:
            for edge in ways.get(waiting.pop(), ()):
                reached = far_end(edge, found.is_backward)
                if reached not in seen:
                    seen.add(reached)
                    waiting.append(reached)
    return sorted(chosen, key=lambda iri: _place_of(found.nodes[iri]))


def _place_of(node: Node) -> tuple[str, int, int, str]:
    place = node.place
    return (place.path, place.position, place.line or 0, node.iri) if place else ("", 0, 0, node.iri)


# --- what they are --------------------------------------------------------------------------------------

LINES = "OPTIONAL { ?node provkg:startLine ?line } OPTIONAL { ?cell provkg:startLine ?first }"
PLACES = (
    f"?node provkg:inCell ?cell . {PLACE} {LINES}",
    f"?cell p-plan:hasOutputVar ?node . ?node provkg:outputKind|provkg:exceptionType ?kind . {PLACE} {LINES}",
    f"?node a provkg:CellVersion . BIND(?node AS ?cell) {PLACE} {LINES}",
)

KINDS = (
    """?node ?says ?value . FILTER(?says IN (rdf:type, rdfs:label, provkg:pythonType, provkg:locator,
         provkg:fileKind, provkg:rule, mls:hasValue, provkg:onSplit, provkg:outputKind, schema:encodingFormat,
         provkg:streamName, provkg:exceptionType, provkg:path))""",
    "?node provkg:ofVariable/schema:name ?value . BIND(provkg:ofVariable AS ?says)",
    "?model provkg:heldBy ?node ; provkg:pythonType ?value . BIND(provkg:heldBy AS ?says)",
    "?node mls:specifiedBy/provkg:qualifiedName ?value . BIND(mls:specifiedBy AS ?says)",
    """?bytes prov:specializationOf ?node ; a repr:File ; schema:sha256 ?value .
       BIND(schema:sha256 AS ?says)""",
)
"""What says what a ?node is: rows of ?says and ?value, because many OPTIONALs cost more than they find."""


def describe(store: Store, iris: Iterable[str]) -> dict[str, Node]:
    """What things are, and where, in their order."""
    iris = list(iris)
    places: dict[str, tuple[Place, str]] = {}
    known: dict[str, dict[str, list[Any]]] = {}
    for some in batches(iris):
        places |= find_places(store, some)
        for row in ask(store, either("node", some, KINDS), "?node ?says ?value"):
            said = known.setdefault(row["node"], {})
            said.setdefault(re.split("[#/]", row["says"])[-1], []).append(row["value"])
    return {iri: _describe(iri, known.get(iri, {}), *places.get(iri, (None, ""))) for iri in iris}


def find_places(store: Store, iris: Sequence[str]) -> dict[str, tuple[Place, str]]:
    """IRI → where it stands, and the line of the program; lines of a script are those of the file."""
    variables = "?path ?position ?line ?node ?cell ?first ?isScript"
    rows = list(ask(store, either("node", iris, PLACES), variables))
    texts = find_texts(store, dict.fromkeys(row["cell"] for row in rows))
    found: dict[str, tuple[Place, str]] = {}
    for row in rows:
        line = None if row["cell"] == row["node"] else row.get("line")
        before = row.get("first", 1) - 1 if row.get("isScript") else 0
        lines = texts.get(row["cell"], ())
        code = lines[line - 1].strip() if line is not None and 0 < line <= len(lines) else ""
        shown = None if line is None else line + before
        place = Place(row["path"], row["position"], shown, row.get("isScript", False))
        found.setdefault(row["node"], (place, code))
    return found


def find_texts(store: Store, cells: Iterable[str]) -> dict[str, Sequence[str]]:
    """Cell → the lines of its source, where the graph has them."""
    found: dict[str, Sequence[str]] = {}
    for some in batches(cells):
        where = f"""{one_of("cell", some)} ?cell p-plan:hasInputVar ?source . ?source a repr:Source ;
          rdf:value ?text ."""
        for row in ask(store, where, "?cell ?text"):
            found.setdefault(row["cell"], row["text"].split("\n"))
    return found


Said = Mapping[str, Sequence[Any]]
"""Local name of a predicate → what it says of a node."""


def _describe(iri: str, said: Said, place: Place | None, code: str) -> Node:
    kind, name, detail = _name(iri, said, place)
    return Node(iri, kind, name, place, detail, code)


def _name(iri: str, said: Said, place: Place | None) -> tuple[str, str, str]:
    """Kind, name and detail of a node."""
    first = {key: values[0] for key, values in said.items()}
    types = {type.rpartition("#")[2] for type in said.get("type", ())}
    if "ofVariable" in said:
        return "model" if "heldBy" in said else "variable", first["ofVariable"], first.get("heldBy", "")
    if "Model" in types:
        return "model", first.get("pythonType", "a model"), ""
    for access in types & {"FileRead", "FileWrite"}:
        return access.removeprefix("File").lower(), first.get("rule", ""), ""
    if "ModelEvaluation" in types:
        return "measure", first.get("specifiedBy", "a measure").rpartition(".")[2], _measured(first)
    if "locator" in said:
        digest = f"sha256 {first['sha256'][:12]}…" if "sha256" in said else ""
        return first.get("fileKind", "file"), first["locator"], digest
    if "exceptionType" in said:
        return "error", first["exceptionType"], ""
    if "outputKind" in said:
        return "output", first.get("streamName") or first.get("encodingFormat", "output"), ""
    if "Plan" in types and "path" in said:
        return ("script" if "Script" in types else "notebook"), first["path"], ""
    if place is not None and place.line is None:
        return "cell", f"cell {place.position}", ""
    return "thing", first.get("label", iri), ""


def _measured(first: Mapping[str, Any]) -> str:
    part = f"on the {first['onSplit']} part" if "onSplit" in first else ""
    value = f"= {first['hasValue']:g}" if isinstance(first.get("hasValue"), int | float) else ""
    return " ".join(filter(None, (value, part)))
