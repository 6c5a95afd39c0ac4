"""Which data trained a model: the answer, asked of a store in SPARQL.

    find_models(store)                    every trained model
    choose_models(models, "clf")          those that a person may mean by a name
    explain_model(store, model)           data, columns, parameters, measures, the way from source to model

Places are told as people count: cells from 1, lines of the cell (of the file, for a script).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pyoxigraph import NamedNode

from provkg.query.asking import Row, ask, one_of
from provkg.query.naming import find_named, read_iri
from provkg.store.base import Store


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    path: str
    position: int
    """The number of the cell, from 1."""
    line: int | None
    is_script: bool = False


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model, by all the names that it can be asked for."""

    iri: str
    class_name: str | None
    variable: str | None
    place: Place
    final_estimator: str | None = None
    count: int = 1
    confidence: str | None = None
    saved_as: tuple[str, ...] = ()
    constructor: str | None = None
    """The function that makes it, where that is not its class."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, URL, data set or generator that data come from."""

    locator: str
    kind: str
    rule: str
    """What says that it is read: "pandas.read_csv"."""
    place: Place
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What data were in a run."""

    shape: str | None
    """"300×4"."""
    content_hash: str | None
    is_sampled: bool = False
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The bytes of a model as a training left it, kept in the project."""

    sha256: str
    size_bytes: int
    read_with: str


@dataclass(slots=True)
class DataGiven:
    """Data that a training is given."""

    role: str
    name: str | None
    part: str | None
    columns: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    influences: list[Source] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    """What they were in each run that was observed, each state once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the model or a training of it is given."""

    name: str
    kind: str
    value: str
    is_default: bool = False
    """Nobody wrote it: it was read from an installed library."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of the model's predictions."""

    name: str
    part: str | None
    scoring: str | None
    value: float | None
    place: Place
    logged_by: str | None = None
    """What tells it to an experiment tracker, under this name: "mlflow.log_metric"."""


@dataclass(frozen=True, slots=True)
class WayStep:
    """One line on the way from a source to the training."""

    place: Place
    variable: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A program that wrote a file which a model was trained on, and what it read for that."""

    locator: str
    place: Place
    sources: tuple[str, ...]


@dataclass(slots=True)
class Explanation:
    """All that is known of how a model came to be."""

    model: TrainedModel
    trainings: list[Place] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    influences: list[Source] = field(default_factory=list)
    validated_on: list[str] = field(default_factory=list)
    data: list[DataGiven] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    way: list[WayStep] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    """Where programs in the same graphs wrote the sources, and the sources of those, nearest first."""
    fine_tuned_from: list[str] = field(default_factory=list)
    """The trained models that it starts from, as the program names them."""
    runs: int = 0
    """How often a training was seen to be carried out."""
    kept: list[Kept] = field(default_factory=list)
    """The bytes that were kept of it, run by run."""


# --- asking ---------------------------------------------------------------------------------------------


PLACE = """
  ?cell p-plan:isStepOfPlan/prov:specializationOf ?document ; schema:position ?position .
  ?document provkg:path ?path .
  BIND(EXISTS { ?document a repr:Script } AS ?isScript)
  OPTIONAL { ?cell provkg:startLine ?firstLine }
"""
"""What binds ?path, ?position and ?firstLine for a ?cell."""

READ = f"""
  ?access a provkg:FileRead ; prov:specializationOf ?file ; provkg:inCell ?cell ; provkg:rule ?rule .
  ?file provkg:locator ?locator ; provkg:fileKind ?kind .
  OPTIONAL {{ ?access provkg:startLine ?line }}
  OPTIONAL {{ ?bytes prov:specializationOf ?file ; schema:sha256 ?sha256 ; schema:contentSize ?size }}
  {PLACE}
"""
"""What binds all that is told of the read ?access."""


def place_of(row: Row) -> Place:
    """The place that a row binds; a line of a script is one of the file, whatever cells stand in it."""
    is_script, line = row.get("isScript", False), row.get("line")
    if is_script and line is not None:
        line += row.get("firstLine", 1) - 1
    return Place(row["path"], row["position"], line, is_script)


# --- models ---------------------------------------------------------------------------------------------


def find_models(store: Store) -> list[TrainedModel]:
    """Every trained model, in the order of documents and cells."""
    where = f"""
      ?model a mls:Model ; provkg:inCell ?cell ; provkg:trainedBy ?call .
      OPTIONAL {{ ?call provkg:startLine ?line }}
      OPTIONAL {{ ?model provkg:pythonType ?class }}
      OPTIONAL {{ ?model schema:name ?name }}
      OPTIONAL {{ ?model provkg:modelCount ?count }}
      OPTIONAL {{ ?model provkg:confidence ?confidence }}
      OPTIONAL {{ ?model provkg:finalEstimator/provkg:qualifiedName ?final }}
      OPTIONAL {{ ?model provkg:constructedBy/provkg:calls/provkg:qualifiedName ?constructor }}
      {PLACE}
    """
    names = "?class ?name ?count ?confidence ?final ?constructor ?isScript ?firstLine"
    variables = f"?path ?position ?line ?model {names}"
    saved = find_saved(store)
    return [
        TrainedModel(
            row["model"],
            row.get("class"),
            row.get("name"),
            place_of(row),
            row.get("final"),
            row.get("count", 1),
            row.get("confidence"),
            tuple(saved.get(row["model"], ())),
            row.get("constructor") if row.get("constructor") != row.get("class") else None,
        )
        for row in ask(store, where, variables)
    ]


def find_saved(store: Store) -> dict[str, list[str]]:
    """Model → the files that its variable is written to."""
    where = """
      ?write a provkg:FileWrite ; prov:wasDerivedFrom ?definition ; prov:specializationOf ?file .
      ?model a mls:Model ; provkg:heldBy ?definition .
      ?file provkg:locator ?locator .
    """
    found: dict[str, list[str]] = {}
    for row in ask(store, where, "?model ?locator"):
        found.setdefault(row["model"], []).append(row["locator"])
    return found


def names_of(model: TrainedModel) -> list[str]:
    """What a person may call a model, the most telling first."""
    classes = [model.class_name, model.final_estimator, model.constructor]
    names = [model.iri, model.variable, *model.saved_as, *classes]
    short = [each.rpartition("/")[2] for each in model.saved_as]
    short += [each.rpartition(".")[2] for each in classes if each]
    return list(dict.fromkeys(name for name in (*names, *short) if name))


def choose_models(store: Store, models: Sequence[TrainedModel], name: str) -> list[TrainedModel]:
    """The models that a question takes the name for, or the IRI; else those called so but for the case."""
    iri = read_iri(name)
    named = {iri} if iri is not None else set(find_named(store, "model", name))
    exact = [model for model in models if NamedNode(model.iri) in named]
    if exact:
        return exact
    return [model for model in models if name.lower() in [each.lower() for each in names_of(model)]]


def nearest_names(models: Sequence[TrainedModel], name: str) -> list[str]:
    """Names of models that may have been meant."""
    known = [each for model in models for each in names_of(model)[1:]]
    return get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.4)


# --- one model ------------------------------------------------------------------------------------------


def explain_model(store: Store, model: TrainedModel) -> Explanation:
    """All that is known of how a model came to be."""
    trainings = find_trainings(store, model)
    told = Explanation(model, [place_of(row) for row in trainings])
    iris = list(dict.fromkeys(row["training"] for row in trainings))
    told.data = find_data(store, iris)
    told.runs = count_runs(store, iris)
    told.kept = find_kept(store, model)
    told.sources, told.influences = find_sources(store, model, told.data)
    told.written = find_written(store, model)
    told.validated_on = [row["locator"] for row in ask(store, validated_on(model), "?locator")]
    started = f"{one_of('model', [model.iri])} ?model fair4ml:fineTunedFrom/provkg:locator ?locator ."
    told.fine_tuned_from = [row["locator"] for row in ask(store, started, "?locator")]
    told.settings = find_settings(store, [model.iri, *iris])
    told.measures = find_measures(store, model)
    told.way = find_way(store, model, iris)
    return told


def find_trainings(store: Store, model: TrainedModel) -> list[Row]:
    """Each training of the model, with its place."""
    where = f"""
      {one_of("model", [model.iri])} ?training provkg:trains ?model ; provkg:inCell ?cell .
      OPTIONAL {{ ?training provkg:startLine ?line }} {PLACE}
    """
    return list(ask(store, where, "?path ?position ?line ?training ?isScript ?firstLine"))


def count_runs(store: Store, trainings: Sequence[str]) -> int:
    """How often these trainings were seen to be carried out."""
    where = f"{one_of('training', trainings)} ?run provkg:ofTraining ?training ."
    return len(list(ask(store, where, "?run"))) if trainings else 0


def find_kept(store: Store, model: TrainedModel) -> list[Kept]:
    """The bytes that were kept of a model."""
    where = f"""
      {one_of("model", [model.iri])} ?state a provkg:ModelState ; prov:specializationOf ?model ;
        schema:sha256 ?sha256 ; schema:contentSize ?size ; schema:encodingFormat ?format .
    """
    rows = ask(store, where, "?sha256 ?size ?format")
    return [Kept(row["sha256"], row["size"], row["format"]) for row in rows]


def validated_on(model: TrainedModel) -> str:
    """What binds the data that only validates."""
    return f"{one_of('model', [model.iri])} ?model fair4ml:validatedOn/provkg:locator ?locator ."


def find_data(store: Store, trainings: Sequence[str]) -> list[DataGiven]:
    """The data that trainings are given, with columns and sources."""
    where = f"""
      {one_of("training", trainings)} ?training provkg:givenData ?data . ?data provkg:dataRole ?role .
      OPTIONAL {{ ?data schema:name ?name }} OPTIONAL {{ ?data provkg:splitRole ?part }}
    """
    found = {
        row["data"]: DataGiven(row["role"], row.get("name"), row.get("part"))
        for row in ask(store, where, "?data ?role ?name ?part")
    }
    links = "VALUES ?link { mls:hasPart provkg:excludedColumn provkg:derivedColumn }"
    columns = f"{one_of('data', found)} {links} ?data ?link ?feature . ?feature schema:name ?column ."
    for row in ask(store, columns, "?data ?link ?column") if found else ():
        data = found[row["data"]]
        kind = row["link"].rpartition("#")[2]
        lists = {"hasPart": data.columns, "excludedColumn": data.excluded, "derivedColumn": data.derived}
        lists[kind].append(row["column"])
    for row in ask(store, states_of(found), "?data ?shape ?hash ?isSampled ?missing") if found else ():
        state = State(row.get("shape"), row.get("hash"), bool(row.get("isSampled")), row.get("missing"))
        if state not in found[row["data"]].states:
            found[row["data"]].states.append(state)
    for data_iri, is_origin, source in find_origins(store, found):
        data = found[data_iri]
        (data.sources if is_origin else data.influences).append(source)
    return list(found.values())


def states_of(data: Iterable[str]) -> str:
    """What binds the states of data sets."""
    return f"""
      {one_of("data", data)} ?state a provkg:DataState ; prov:specializationOf ?data .
      OPTIONAL {{ ?state provkg:shape ?shape }} OPTIONAL {{ ?state provkg:contentHash ?hash }}
      OPTIONAL {{ ?state provkg:isSampled ?isSampled }} OPTIONAL {{ ?state provkg:missingCount ?missing }}
    """


def find_origins(store: Store, things: Iterable[str]) -> Iterator[tuple[str, bool, Source]]:
    """Thing, whether its records come from there, and the source that was read."""
    things = list(things)
    if not things:
        return
    where = f"""
      {one_of("thing", things)}
      VALUES ?link {{ prov:wasDerivedFrom prov:wasInfluencedBy }} ?thing ?link ?access . {READ}
      FILTER NOT EXISTS {{ ?thing fair4ml:fineTunedFrom ?file }}
    """
    variables = "?thing ?link ?path ?position ?line ?locator ?kind ?rule ?sha256 ?size ?isScript ?firstLine"
    for row in ask(store, where, variables):
        source = Source(
            row["locator"], row["kind"], row["rule"], place_of(row), row.get("sha256"), row.get("size")
        )
        yield row["thing"], row["link"].endswith("wasDerivedFrom"), source


def find_sources(
    store: Store, model: TrainedModel, data: Sequence[DataGiven]
) -> tuple[list[Source], list[Source]]:
    """The sources whose records trained the model, and those that only had influence."""
    trained_by = [source for _, is_origin, source in find_origins(store, [model.iri]) if is_origin]
    influences = [source for given in data if given.role != "validation" for source in given.influences]
    known = {source.locator for source in trained_by}
    only = dict.fromkeys(source for source in influences if source.locator not in known)
    return list(dict.fromkeys(trained_by)), list(only)


def find_settings(store: Store, owners: Sequence[str]) -> list[Setting]:
    """The values that the model and its trainings are given, sorted by kind and name.

    Where a run showed a value, how the program writes it is left out.
    """
    where = f"""
      {one_of("owner", owners)} ?setting provkg:parameterOf ?owner ; schema:name ?name ;
        provkg:parameterKind ?kind .
      OPTIONAL {{ ?setting mls:hasValue ?value }} OPTIONAL {{ ?setting provkg:jsonValue ?json }}
      OPTIONAL {{ ?setting schema:text ?text }} OPTIONAL {{ ?setting provkg:isDefault ?isDefault }}
    """
    rows = list(ask(store, where, "?kind ?name ?text ?value ?json ?isDefault"))
    known = {(row["kind"], row["name"]) for row in rows if "value" in row or "json" in row}
    settings = [
        Setting(
            row["name"],
            row["kind"],
            str(row.get("text") or row.get("value") or row.get("json") or "?"),
            bool(row.get("isDefault")),
        )
        for row in rows
        if (row["kind"], row["name"]) not in known or "value" in row or "json" in row
    ]
    written = {(each.kind, each.name) for each in settings if not each.is_default}
    return [each for each in settings if not each.is_default or (each.kind, each.name) not in written]


def find_measures(store: Store, model: TrainedModel) -> list[Measure]:
    """The measures of the model's predictions."""
    where = f"""
      {one_of("model", [model.iri])} ?model fair4ml:hasEvaluation ?measure . ?measure provkg:inCell ?cell ;
        mls:specifiedBy ?kind .
      OPTIONAL {{ ?kind provkg:qualifiedName ?function }}
      OPTIONAL {{ ?kind schema:name ?logged . ?measure provkg:rule ?rule }}
      BIND(COALESCE(?function, ?logged) AS ?name)
      OPTIONAL {{ ?measure provkg:startLine ?line }} OPTIONAL {{ ?measure provkg:onSplit ?part }}
      OPTIONAL {{ ?measure provkg:scoring ?scoring }} OPTIONAL {{ ?measure mls:hasValue ?value }} {PLACE}
    """
    measures = [
        Measure(
            row["name"], row.get("part"), row.get("scoring"), row.get("value"), place_of(row), row.get("rule")
        )
        for row in ask(
            store, where, "?path ?position ?line ?name ?part ?scoring ?value ?rule ?isScript ?firstLine"
        )
    ]
    known = {(each.name, each.place) for each in measures if each.value is not None}
    return [each for each in measures if each.value is not None or (each.name, each.place) not in known]


# --- the way from source to model -----------------------------------------------------------------------


def find_way(store: Store, model: TrainedModel, trainings: Sequence[str]) -> list[WayStep]:
    """The lines through which data go from their sources to the training."""
    if not trainings:
        return []
    starts = f"""{one_of("training", trainings)} ?training provkg:givenData/prov:wasDerivedFrom ?definition .
      ?definition a provkg:VariableDefinition ; provkg:bindingKind ?bound . FILTER(?bound != "import")"""
    edges = find_edges(store)
    read = find_reads(store)
    first = [row["definition"] for row in ask(store, starts, "?definition")]
    return tell_way(store, between(first, edges, read), trainings)


def find_edges(store: Store) -> dict[str, list[str]]:
    """Definition → the definitions that it was computed from."""
    edges: dict[str, list[str]] = {}
    for row in ask(store, EDGES, "?definition ?earlier"):
        edges.setdefault(row["definition"], []).append(row["earlier"])
    return edges


def find_written(store: Store, model: TrainedModel) -> list[Written]:
    """The writes of the files that trained a model, of what those were made from, and so on."""
    trained = f"{one_of('model', [model.iri])} ?model fair4ml:trainedOn ?file ."
    waiting = deque(row["file"] for row in ask(store, trained, "?file"))
    writes: dict[str, list[Row]] = {}
    for row in ask(store, WRITES, "?file ?locator ?path ?position ?line ?isScript ?firstLine ?definition"):
        writes.setdefault(row["file"], []).append(row)
    if not any(file in writes for file in waiting):
        return []
    edges, reads = find_edges(store), find_reads(store)
    found: list[Written] = []
    seen: set[str] = set()
    while waiting:
        file = waiting.popleft()
        for row in writes.get(file, ()) if file not in seen else ():
            sources = dict(pair for each in reach([row["definition"]], edges) for pair in reads.get(each, ()))
            sources.pop(file, None)
            found.append(Written(row["locator"], place_of(row), tuple(sources.values())))
            waiting += sources
        seen.add(file)
    return found


def find_reads(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Definition → file and locator of each file that it was read from."""
    where = """?definition a provkg:VariableDefinition ; prov:wasDerivedFrom ?file .
      ?file provkg:locator ?locator ."""
    reads: dict[str, list[tuple[str, str]]] = {}
    for row in ask(store, where, "?definition ?file ?locator"):
        reads.setdefault(row["definition"], []).append((row["file"], row["locator"]))
    return reads


WRITES = f"""
  ?access a provkg:FileWrite ; prov:specializationOf ?file ; provkg:inCell ?cell ;
    prov:wasDerivedFrom ?definition .
  ?file provkg:locator ?locator .
  OPTIONAL {{ ?access provkg:startLine ?line }} {PLACE}
"""
"""What binds the writes of files, and the definitions that hold what is written."""

EDGES = """
  ?definition a provkg:VariableDefinition ; prov:wasDerivedFrom|provkg:carriedFrom ?earlier .
  ?earlier a provkg:VariableDefinition ; provkg:bindingKind ?bound .
  FILTER(?bound NOT IN ("import", "function", "class"))
"""
"""What binds a definition and another one that it was computed from."""


def between(starts: Iterable[str], edges: Mapping[str, Sequence[str]], ends: Container[str]) -> list[str]:
    """The definitions from `starts` back to `ends` that lie on any way between them."""
    back = reach(starts, edges)
    forth: dict[str, list[str]] = {}
    for later in back:
        for earlier in edges.get(later, ()):
            forth.setdefault(earlier, []).append(later)
    leading = reach((each for each in back if each in ends), forth)
    return [each for each in back if each in leading]


def reach(starts: Iterable[str], edges: Mapping[str, Sequence[str]]) -> dict[str, None]:
    """Everything that edges lead to from `starts`, these included, the nearest first."""
    found = dict.fromkeys(starts)
    waiting = deque(found)
    while waiting:
        for each in edges.get(waiting.popleft(), ()):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return found


def tell_way(store: Store, definitions: Sequence[str], trainings: Sequence[str]) -> list[WayStep]:
    """Each line once, with its text, in the order of the document."""
    where = f"""
      {one_of("thing", [*definitions, *trainings])} ?thing provkg:inCell ?cell ; provkg:startLine ?line .
      OPTIONAL {{ ?thing provkg:ofVariable/schema:name ?name }}
      OPTIONAL {{ ?cell p-plan:hasInputVar ?source . ?source a repr:Source ; rdf:value ?text }} {PLACE}
    """
    steps: dict[Place, WayStep] = {}
    for row in ask(store, where, "?path ?position ?line ?name ?text ?isScript ?firstLine"):
        place = place_of(row)
        lines = row.get("text", "").split("\n")
        number = row["line"] - 1  # the text is that of the cell
        text = lines[number].strip() if number < len(lines) else ""
        steps.setdefault(place, WayStep(place, row.get("name"), text))
    return list(steps.values())
