"""What the graphs say of a piece of work, as far as a publication tells it: plain values, sorted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from provkg.query.asking import Row, ask
from provkg.query.models import Explanation, explain_model, find_models
from provkg.store.base import Store


@dataclass(frozen=True, slots=True)
class Program:
    """A notebook or script, in the version that the graphs tell of."""

    iri: str
    """Of the document over time."""
    version: str
    path: str
    kind: str
    """"notebook" or "script"."""
    name: str
    language: str | None = None
    format: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    description: str = ""
    """The first paragraph of its first text cell, without the title."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, where one line gives it a value."""

    iri: str
    name: str
    label: str
    python_type: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """Something that a cell showed."""

    iri: str
    name: str
    encoding_format: str
    sha256: str | None = None
    size_bytes: int | None = None
    preview: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, as it is written."""

    iri: str
    program: str
    """IRI of the version of the program."""
    position: int
    kind: str
    source: str = ""
    phases: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    """IRIs of files."""
    writes: tuple[str, ...] = ()
    uses: tuple[Variable, ...] = ()
    """Data of other cells that it takes."""
    defines: tuple[Variable, ...] = ()
    """Data that it makes; where there are none, what it imports and defines."""
    depends_on: tuple[str, ...] = ()
    """IRIs of the cells whose data or code it takes."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a cell."""

    iri: str
    cell: str
    run: str
    count: int | None = None
    sequence: int | None = None
    started: str | None = None
    ended: str | None = None
    status: str | None = None
    """"completed" or "failed", None where nobody knows."""
    elapsed_seconds: float | None = None
    error: str | None = None
    used: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program."""

    iri: str
    program: str
    started: str | None = None
    ended: str | None = None
    status: str | None = None
    how: str = "recorded"
    parameters: tuple[tuple[str, str], ...] = ()
    """Name and value as text."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a program was written for or ran in."""

    program: str
    kernel: str | None = None
    kernel_title: str | None = None
    language: str | None = None
    language_version: str | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A library that programs use."""

    iri: str
    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file, URL or data set that programs read or write."""

    iri: str
    locator: str
    kind: str
    path: str | None = None
    """Where it lies in the project."""
    sha256: str | None = None
    size_bytes: int | None = None
    is_read: bool = False
    is_written: bool = False
    columns: tuple[str, ...] = ()
    """Columns of it that the programs name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that could not be read or followed."""

    where: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Study:
    """All that a publication tells of a piece of work."""

    programs: tuple[Program, ...] = ()
    cells: tuple[Cell, ...] = ()
    runs: tuple[Run, ...] = ()
    executions: tuple[Execution, ...] = ()
    environments: tuple[Environment, ...] = ()
    libraries: tuple[Library, ...] = ()
    files: tuple[DataFile, ...] = ()
    models: tuple[Explanation, ...] = ()
    problems: tuple[Finding, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    """IRI and name of those to whom programs are attributed."""
    trained_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """IRI of a model → IRIs of the files that trained it."""

    def cells_of(self, version: str) -> list[Cell]:
        """The cells of a version of a program, in order."""
        return [cell for cell in self.cells if cell.program == version]

    def runs_of(self, version: str) -> list[Run]:
        """The runs of a version of a program."""
        return [run for run in self.runs if run.program == version]

    def executions_of(self, run: str) -> list[Execution]:
        """The executions of cells in a run, in the order in which they happened."""
        return [each for each in self.executions if each.run == run]


def read_study(store: Store) -> Study:
    """What the graphs of a store say."""
    links = find_links(store)
    models = tuple(explain_model(store, model) for model in find_models(store))
    return Study(
        programs=tuple(find_programs(store)),
        cells=tuple(find_cells(store, links)),
        runs=tuple(find_runs(store)),
        executions=tuple(find_executions(store, links)),
        environments=tuple(find_environments(store)),
        libraries=tuple(find_libraries(store)),
        files=tuple(find_files(store, links)),
        models=models,
        problems=tuple(find_problems(store)),
        people=tuple(find_people(store)),
        trained_on=find_trained_on(store),
    )


# --- programs and cells ---------------------------------------------------------------------------------

PROGRAM = """
  VALUES (?type ?kind) { (provkg:NotebookVersion "notebook") (provkg:ScriptVersion "script") }
  ?version a ?type ; prov:specializationOf ?document . ?document provkg:path ?path .
  OPTIONAL { ?version schema:name ?name } OPTIONAL { ?version schema:programmingLanguage ?language }
  OPTIONAL { ?version schema:encodingFormat ?format }
  OPTIONAL { ?version schema:encoding ?bytes . ?bytes schema:sha256 ?sha256 ; schema:contentSize ?size }
"""


def find_programs(store: Store) -> Iterator[Program]:
    """The programs by path; of several versions of one, those that its graphs hold."""
    texts = find_first_texts(store)
    variables = "?path ?version ?document ?kind ?name ?language ?format ?sha256 ?size"
    for row in first_of(ask(store, PROGRAM, variables), "version"):
        yield Program(
            row["document"],
            row["version"],
            row["path"],
            row["kind"],
            row.get("name") or row["path"].rpartition("/")[2],
            row.get("language"),
            row.get("format"),
            row.get("sha256"),
            row.get("size"),
            texts.get(row["version"], ""),
        )


def first_of(rows: Iterable[Row], name: str) -> Iterator[Row]:
    """Of the rows with the same value, the first."""
    seen = set()
    for row in rows:
        if row[name] not in seen:
            seen.add(row[name])
            yield row


def find_first_texts(store: Store) -> dict[str, str]:
    """Version of a program → the first paragraph of its first text cell that has one."""
    where = """?cell p-plan:isStepOfPlan ?version ; provkg:cellType "markdown" ; schema:position ?position ;
      p-plan:hasInputVar ?source . ?source a repr:Source ; rdf:value ?text ."""
    found: dict[str, str] = {}
    for row in ask(store, where, "?version ?position ?text"):
        paragraph = first_paragraph(row["text"])
        if paragraph:
            found.setdefault(row["version"], paragraph)
    return found


def first_paragraph(markdown: str) -> str:
    """The first lines of a text that are no heading.

    >>> first_paragraph("# Penguins\\n\\nThree species,\\nfour measurements.\\n\\nInvented.")
    'Three species, four measurements.'
    """
    for block in markdown.replace("\r\n", "\n").split("\n\n"):
        lines = [
            line.strip() for line in block.splitlines() if line.strip() and line.lstrip()[0] not in "#!<>|-*"
        ]
        if lines:
            return " ".join(lines)
    return ""


CELL = """
  ?cell p-plan:isStepOfPlan ?version ; provkg:cellType ?kind ; schema:position ?position .
  OPTIONAL { ?cell p-plan:hasInputVar ?source . ?source a repr:Source ; rdf:value ?text }
  OPTIONAL { ?cell provkg:phase ?phase }
"""


def find_cells(store: Store, links: Links) -> Iterator[Cell]:
    """The cells of all programs, in their order."""
    found: dict[str, Cell] = {}
    for row in ask(store, CELL, "?version ?position ?cell ?kind ?text ?phase"):
        iri = row["cell"]
        cell = found.get(iri) or Cell(iri, row["version"], row["position"], row["kind"], row.get("text", ""))
        phases = (*cell.phases, row["phase"]) if "phase" in row else cell.phases
        found[iri] = replace(cell, phases=tuple(dict.fromkeys(phases)))
    made, taken, code = find_variables(store)
    for iri, cell in found.items():
        yield replace(
            cell,
            reads=links.reads.get(iri, ()),
            writes=links.writes.get(iri, ()),
            depends_on=links.depends_on.get(iri, ()),
            uses=tuple(taken.get(iri, ())),
            defines=tuple(made.get(iri) or code.get(iri) or ()),
        )


Variables = dict[str, list[Variable]]


def find_variables(store: Store) -> tuple[Variables, Variables, Variables]:
    """Cell → the data that it defines, the data that it takes, and the code that it defines."""
    where = """
      VALUES ?link { p-plan:hasOutputVar p-plan:hasInputVar } ?cell ?link ?variable .
      ?variable a provkg:VariableDefinition ; rdfs:label ?label ; provkg:ofVariable/schema:name ?name .
      OPTIONAL { ?variable provkg:bindingKind ?kind } OPTIONAL { ?variable provkg:pythonType ?type }
      FILTER NOT EXISTS { ?variable provkg:ofVariable/provkg:scope ?scope }
    """
    made: Variables = {}
    taken: Variables = {}
    code: Variables = {}
    for row in ask(store, where, "?cell ?link ?variable ?label ?name ?kind ?type"):
        is_code = row.get("kind") in ("import", "function", "class")
        is_made = row["link"].endswith("hasOutputVar")
        found = (code if is_code else made) if is_made else taken
        if is_made or not is_code:
            variable = Variable(row["variable"], row["name"], row["label"], row.get("type"))
            found.setdefault(row["cell"], []).append(variable)
    return made, taken, code


# --- what ran -------------------------------------------------------------------------------------------


def find_runs(store: Store) -> Iterator[Run]:
    """The runs of programs, by when they began."""
    where = """
      ?run a repr:Trial ; prov:used ?version . ?version a p-plan:Plan ; prov:specializationOf ?document .
      OPTIONAL { ?run prov:startedAtTime ?started } OPTIONAL { ?run prov:endedAtTime ?ended }
      OPTIONAL { ?run schema:actionStatus ?status }
      OPTIONAL { GRAPH ?bundle { ?run a repr:Trial . ?bundle provkg:how ?how } }
    """
    parameters = find_run_parameters(store)
    for row in first_of(ask(store, where, "?started ?run ?version ?ended ?status ?how"), "run"):
        yield Run(
            row["run"],
            row["version"],
            row.get("started"),
            row.get("ended"),
            status_of(row),
            row.get("how", "recorded"),
            tuple(parameters.get(row["run"], ())),
        )


def find_observed_runs(store: Store) -> dict[str, str]:
    """Graph of a run that was observed → the version of the program that ran."""
    where = """GRAPH ?graph { ?graph provkg:how "observed" . ?run a repr:Trial ; prov:used ?version .
      ?version a p-plan:Plan }"""
    return {row["graph"]: row["version"] for row in ask(store, where, "?graph ?version")}


def status_of(row: Row) -> str | None:
    """How an activity ended."""
    return {"CompletedActionStatus": "completed", "FailedActionStatus": "failed"}.get(
        row.get("status", "").rpartition("/")[2]
    )


def find_run_parameters(store: Store) -> dict[str, list[tuple[str, str]]]:
    """Run → names and values of its parameters."""
    where = """?run a repr:Trial ; prov:used ?parameter . ?parameter a repr:Parameter ; schema:name ?name .
      OPTIONAL { ?parameter schema:value ?value } OPTIONAL { ?parameter provkg:jsonValue ?json }"""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in ask(store, where, "?run ?name ?value ?json"):
        value = row.get("value", row.get("json", ""))
        found.setdefault(row["run"], []).append((row["name"], str(value)))
    return found


EXECUTION = """
  ?execution a repr:CellExecution ; p-plan:correspondsToStep ?cell ; provone:wasPartOf ?run .
  OPTIONAL { ?execution provkg:executionCount ?count }
  OPTIONAL { ?execution provkg:sequenceIndex ?sequence }
  OPTIONAL { ?execution prov:startedAtTime ?started } OPTIONAL { ?execution prov:endedAtTime ?ended }
  OPTIONAL { ?execution schema:actionStatus ?status }
  OPTIONAL { ?execution provkg:elapsedSeconds ?elapsed }
  OPTIONAL { ?execution schema:error ?error . ?error rdfs:label ?message }
"""


def find_executions(store: Store, links: Links) -> Iterator[Execution]:
    """The executions of cells, run by run, in the order in which they happened."""
    outputs = find_outputs(store)
    variables = "?run ?sequence ?count ?execution ?cell ?started ?ended ?status ?elapsed ?message"
    for row in first_of(ask(store, EXECUTION, variables), "execution"):
        iri = row["execution"]
        yield Execution(
            iri,
            row["cell"],
            row["run"],
            row.get("count"),
            row.get("sequence"),
            row.get("started"),
            row.get("ended"),
            status_of(row),
            row.get("elapsed"),
            row.get("message"),
            links.used.get(iri, ()),
            links.generated.get(iri, ()),
            tuple(outputs.get(iri, ())),
        )


def find_outputs(store: Store) -> dict[str, list[Output]]:
    """Execution → what it showed, in order."""
    where = """
      ?output prov:wasGeneratedBy ?execution ; schema:encodingFormat ?format ; rdfs:label ?name .
      OPTIONAL { ?output provkg:outputIndex ?index } OPTIONAL { ?output provkg:preview ?preview }
      OPTIONAL { ?output schema:encoding ?bytes . ?bytes schema:sha256 ?sha256 ; schema:contentSize ?size }
    """
    found: dict[str, list[Output]] = {}
    for row in ask(store, where, "?execution ?index ?output ?name ?format ?sha256 ?size ?preview"):
        output = Output(
            row["output"], row["name"], row["format"], row.get("sha256"), row.get("size"), row.get("preview")
        )
        found.setdefault(row["execution"], []).append(output)
    return found


# --- files, libraries, people ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Links:
    """Cell or execution → the files that it reads or writes."""

    reads: Mapping[str, tuple[str, ...]]
    writes: Mapping[str, tuple[str, ...]]
    used: Mapping[str, tuple[str, ...]]
    generated: Mapping[str, tuple[str, ...]]
    depends_on: Mapping[str, tuple[str, ...]]
    """Cell → the cells that it takes something of."""


def find_links(store: Store) -> Links:
    """What reads and writes which files: as written, and as it was seen to happen."""
    return Links(
        pairs(store, "?one provkg:reads ?other . ?other a repr:File"),
        pairs(store, "?one provkg:writes ?other . ?other a repr:File"),
        pairs(store, "?one a repr:CellExecution ; prov:used ?other . ?other a repr:File"),
        pairs(
            store,
            """?write a provkg:FileWrite ; prov:wasGeneratedBy ?one ; prov:specializationOf ?other .
               ?one a repr:CellExecution""",
        ),
        pairs(store, "?one provkg:dependsOn ?other"),
    )


def pairs(store: Store, where: str) -> dict[str, tuple[str, ...]]:
    """?one → every ?other."""
    found: dict[str, tuple[str, ...]] = {}
    for row in ask(store, where, "?one ?other"):
        found[row["one"]] = (*found.get(row["one"], ()), row["other"])
    return found


FILE = """
  ?file a repr:File ; provkg:locator ?locator ; provkg:fileKind ?kind .
  OPTIONAL { ?file provkg:path ?path }
  OPTIONAL { ?bytes prov:specializationOf ?file ; a repr:File ; schema:sha256 ?sha256 ;
                    schema:contentSize ?size
             FILTER NOT EXISTS { ?bytes a provkg:FileAccess } }
"""


def find_files(store: Store, links: Links) -> Iterator[DataFile]:
    """The files that programs read or write, by name."""
    read = {file for files in (*links.reads.values(), *links.used.values()) for file in files}
    written = {file for files in (*links.writes.values(), *links.generated.values()) for file in files}
    columns = find_columns(store)
    for row in first_of(ask(store, FILE, "?locator ?file ?kind ?path ?sha256 ?size"), "file"):
        iri = row["file"]
        yield DataFile(
            iri,
            row["locator"],
            row["kind"],
            row.get("path"),
            row.get("sha256"),
            row.get("size"),
            iri in read,
            iri in written,
            columns.get(iri, ()),
        )


def find_columns(store: Store) -> dict[str, tuple[str, ...]]:
    """File → the columns of it that the data given to models have, but for those made in the program."""
    where = """?data a mls:Dataset ; mls:hasPart ?column ; prov:wasDerivedFrom ?read .
      ?read a provkg:FileRead ; prov:specializationOf ?one . ?column schema:name ?other .
      FILTER NOT EXISTS { ?data provkg:derivedColumn ?column }"""
    return pairs(store, where)


def find_trained_on(store: Store) -> dict[str, tuple[str, ...]]:
    """Model → the files that trained it."""
    return pairs(store, "?one a mls:Model ; fair4ml:trainedOn ?other")


def find_libraries(store: Store) -> Iterator[Library]:
    """The libraries, by name; those of known version instead of the same without one."""
    where = """?library a repr:Library ; schema:name ?name .
      OPTIONAL { ?library schema:softwareVersion ?version }"""
    rows = list(ask(store, where, "?name ?version ?library"))
    known = {row["name"] for row in rows if "version" in row}
    for row in rows:
        if "version" in row or row["name"] not in known:
            yield Library(row["library"], row["name"], row.get("version"))


ENVIRONMENT = """
  { ?version repr:hasSetting ?environment } UNION
  { ?run a repr:Trial ; prov:used ?version , ?environment . ?version a p-plan:Plan }
  ?environment a provkg:Environment .
  OPTIONAL { ?environment prov:hadMember ?kernel . ?kernel a repr:Kernel ; rdfs:label ?title .
             OPTIONAL { ?kernel schema:name ?name } }
  OPTIONAL { ?environment prov:hadMember ?language . ?language a repr:ProgrammingLanguage .
             OPTIONAL { ?language schema:name ?languageName }
             OPTIONAL { ?language schema:softwareVersion ?number } }
"""


def find_environments(store: Store) -> Iterator[Environment]:
    """What each program was written for or ran in; of several, the one that says most."""
    rows = list(ask(store, ENVIRONMENT, "?version ?environment ?name ?title ?languageName ?number"))
    rows.sort(key=lambda row: (row["version"], "number" not in row, "title" not in row))
    for row in first_of(rows, "version"):
        yield Environment(
            row["version"], row.get("name"), row.get("title"), row.get("languageName"), row.get("number")
        )


def find_people(store: Store) -> Iterator[tuple[str, str]]:
    """IRI and name of those to whom programs are attributed."""
    where = """?version a p-plan:Plan ; prov:wasAttributedTo ?person .
      ?person a prov:Person ; schema:name ?name ."""
    return ((row["person"], row["name"]) for row in ask(store, where, "?name ?person"))


def find_problems(store: Store) -> Iterator[Finding]:
    """What could not be read or followed."""
    where = """?problem a provkg:Problem ; provkg:severity ?severity ; provkg:message ?message ;
      schema:about ?what ."""
    for row in ask(store, where, "?what ?severity ?message"):
        yield Finding(row["what"], row["severity"], row["message"])
