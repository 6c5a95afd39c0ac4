"""The `ro-crate-metadata.json` of a publication: RO-Crate, Workflow Run RO-Crate, PROV-O and P-Plan at once.

    root ── mainEntity ─▶ program (workflow) ── hasPart ─▶ cells (tools) ◀─ instrument ── executions
      │                        └── step ─▶ HowToStep ◀─ instrument ── ControlAction ── object ──▲
      └── mentions ─▶ run (CreateAction) ◀─ result ── OrganizeAction ── object ─▶ ControlActions

What the profiles want, and which of it is checked how, was found out with roc-validator 0.13. Times stand as
`2026-11-20T21:26:02.161+00:00`: its pattern knows no `Z`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from provkg.errors import GraphError
from provkg.graph.terms import FAIR4ML, MLS, PPLAN, PROVKG, PROVONE, REPR
from provkg.identity import encode_name
from provkg.publish.entities import (
    LANGUAGE_PAGES,
    Entity,
    control_id,
    engine_of,
    entity,
    excerpt,
    grant_id,
    is_web,
    organization_id,
    parameter_id,
    person_id,
    refer,
    size_text,
    step_id,
    tell_grant,
    tell_organization,
    tell_output,
    tell_person,
    tell_variable,
    time,
    value_id,
    value_parameter_id,
)
from provkg.publish.items import Item, encode_id, media_type_of
from provkg.publish.metadata import Metadata
from provkg.publish.study import (
    Cell,
    DataFile,
    Execution,
    Program,
    Run,
    Study,
)

METADATA_FILE = "ro-crate-metadata.json"
PREVIEW_FILE = "ro-crate-preview.html"

Profile = Literal["plain", "workflow-file", "process", "workflow", "provenance"]
Version = Literal["1.1", "1.2"]

SPECIFICATION = "https://w3id.org/ro/crate/"
RUN_CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES: Mapping[str, tuple[str, str, str]] = {
    "process": ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    "workflow": ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    "provenance": ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
    "workflow-file": ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
}
"""Profile → its IRI, name and version."""
INCLUDED: Mapping[Profile, tuple[str, ...]] = {
    "plain": (),
    "workflow-file": ("workflow-file",),
    "process": ("process",),
    "workflow": ("process", "workflow", "workflow-file"),
    "provenance": ("process", "workflow", "provenance", "workflow-file"),
}
"""Profile → the profiles that a crate of it keeps to."""
WORKFLOW_TYPE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
STATUS = "http://schema.org/{}ActionStatus"
LICENCE_PAGES = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a crate is made of."""

    study: Study
    metadata: Metadata
    items: tuple[Item, ...] = ()
    """Programs, data, environment files and graphs that lie in the crate."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Path of an item → what it is, where its name does not say so."""
    conforms: Mapping[str, str] = field(default_factory=dict)
    """Path of an item → IRI of the standard that it is written in."""
    environment_file: str | None = None
    main: str | None = None
    """Path of the program that is the main one; needed where there are several."""

    def item(self, path: str | None) -> Item | None:
        """The item at a path."""
        return next((item for item in self.items if item.path == path), None)


def choose_profile(study: Study, main: Program | None) -> Profile:
    """The profile that says most of what is known: runs of one main program by cells, else of several."""
    if main is None:
        return "process" if study.runs else "plain"
    runs = study.runs_of(main.version)
    if not runs:
        return "workflow-file"
    return "provenance" if any(study.executions_of(run.iri) for run in runs) else "workflow"


def choose_main(study: Study, name: str | None) -> Program | None:
    """The main program: the one that is named, or the only one.

    Raises:
        GraphError: none is called so.
    """
    if name is None:
        return study.programs[0] if len(study.programs) == 1 else None
    for program in study.programs:
        if name in (program.path, program.path.rpartition("/")[2]):
            return program
    raise GraphError(
        f"there is no program {name!r} in what is published",
        hint="there are " + ", ".join(program.path for program in study.programs),
    )


def check_profile(profile: Profile, study: Study, main: Program | None) -> None:
    """Find out that a crate cannot keep to a profile.

    Raises:
        GraphError: it needs a main program, or runs that nobody knows of.
    """
    if profile in ("workflow", "provenance") and main is None:
        raise GraphError(
            f"a {profile} crate has one main program, and there are {len(study.programs)}",
            hint="say which: --main " + (study.programs[0].path if study.programs else "PATH"),
        )
    possible = choose_profile(study, main)
    if main is not None and len(INCLUDED[possible]) < len(INCLUDED[profile]) and profile != "process":
        raise GraphError(
            f"a {profile} crate tells of runs, and none is known", hint="run it, or leave out --profile"
        )


def write_crate(contents: Contents, profile: Profile, version: Version = "1.1") -> bytes:
    """The crate's metadata as flattened JSON-LD, the same for the same contents."""
    entities = list(Crate(contents, profile, version).entities())
    document = {"@context": make_context(version), "@graph": entities}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def make_context(version: Version) -> list[Any]:
    """The contexts by URL, and our prefixes inline."""
    own: dict[str, str] = {each.PREFIX: each.IRI for each in (PPLAN, REPR, PROVKG, PROVONE, MLS, FAIR4ML)}
    base = f"{SPECIFICATION}{version}/context"
    if version == "1.1":
        own["buildInstructions"] = "https://codemeta.github.io/terms/buildInstructions"
        return [base, RUN_CONTEXT, dict(sorted(own.items()))]
    own["resourceUsage"] = "https://w3id.org/ro/terms/workflow-run#resourceUsage"
    return [base, dict(sorted(own.items()))]


def tell_use(file: DataFile) -> str:
    """What programs do with a file."""
    uses = [word for word, is_so in (("read", file.is_read), ("written", file.is_written)) if is_so]
    return f"{' and '.join(uses).capitalize()} by the programs"


# --- the crate ------------------------------------------------------------------------------------------


class Crate:
    """Makes the entities of one crate."""

    def __init__(self, contents: Contents, profile: Profile, version: Version) -> None:
        self.contents = contents
        self.study = contents.study
        self.metadata = contents.metadata
        self.version = version
        self.profile: Profile = "plain" if version != "1.1" else profile
        self.main = choose_main(self.study, contents.main)
        self.has_steps = profile == "provenance"
        self.software_version = "softwareVersion" if version == "1.1" else "version"
        self.files = {file.iri: file for file in self.study.files}
        self.cells = {cell.iri: cell for cell in self.study.cells}
        self.programs = {program.version: program for program in self.study.programs}
        self.environments = {each.program: each for each in self.study.environments}

    def entities(self) -> Iterator[Entity]:
        """All of them: descriptor and root, files, people, then what ran."""
        made: dict[str, Entity] = {}
        for each in self._all():
            known = made.setdefault(each["@id"], each)
            if known is not each:
                known.update({key: value for key, value in each.items() if key not in known})
        return iter(made.values())

    def _all(self) -> Iterator[Entity]:
        yield self.descriptor()
        yield self.root()
        yield from self.profiles()
        yield from self.people()
        for program in self.study.programs:
            yield from self.program(program)
        yield from self.data()
        yield from self.other_items()
        for run in self.study.runs:
            yield from self.run(run)
        yield from self.models()

    def descriptor(self) -> Entity:
        """The file of metadata itself."""
        standard = refer(SPECIFICATION + self.version)
        if "workflow-file" in INCLUDED[self.profile]:
            standard += refer(PROFILES["workflow-file"][0])
        return entity(METADATA_FILE, "CreativeWork", conformsTo=standard, about={"@id": "./"})

    def root(self) -> Entity:
        """The crate as a data set."""
        said, metadata = self.study, self.metadata
        files = [
            *(item.id for item in self.contents.items),
            *(self.id_of(f) for f in said.files if self.is_told(f) and self.is_part(f)),
        ]
        actions = [run.iri for run in said.runs] + [each.iri for each in self.told_executions()]
        models = [told.model.iri for told in said.models]
        identifier = f"https://doi.org/{metadata.doi}" if metadata.doi else None
        return entity(
            "./",
            "Dataset",
            name=metadata.title,
            description=metadata.description,
            datePublished=metadata.date,
            license=refer(self.licence_id()),
            identifier=identifier,
            url=metadata.url,
            version=metadata.version,
            author=refer(*(person_id(person) for person in metadata.creators)),
            publisher=refer(organization_id(metadata.publisher) if metadata.publisher else None),
            keywords=list(metadata.keywords),
            citation=refer(f"https://doi.org/{metadata.paper}" if metadata.paper else None),
            funding=refer(*(grant_id(grant) for grant in metadata.funding)),
            funder=refer(*(organization_id(grant.funder, grant.ror) for grant in metadata.funding)),
            isAccessibleForFree=True if metadata.access == "open" else None,
            conditionsOfAccess=metadata.conditions,
            isBasedOn=metadata.repository,
            conformsTo=refer(*(PROFILES[each][0] for each in INCLUDED[self.profile])),
            mainEntity=refer(self.program_id(self.main) if self.main and self.profile != "plain" else None),
            hasPart=refer(*sorted(files)),
            mentions=refer(*actions, *models),
        )

    def licence_id(self) -> str | None:
        """The page of the licence at SPDX; an expression of several has none."""
        licence = self.metadata.licence
        return None if licence is None else LICENCE_PAGES + encode_id(licence.replace(" ", "-"))

    def profiles(self) -> Iterator[Entity]:
        """The profiles that the crate keeps to."""
        for each in INCLUDED[self.profile]:
            iri, name, version = PROFILES[each]
            yield entity(iri, "CreativeWork", name=name, version=version)

    # --- people -----------------------------------------------------------------------------------------

    def people(self) -> Iterator[Entity]:
        """Creators, publisher, licence, paper and grants."""
        metadata = self.metadata
        for person in metadata.creators:
            yield from tell_person(person)
        if metadata.publisher:
            yield tell_organization(metadata.publisher, url=metadata.publisher_url)
        if metadata.licence:
            text = f"The licence that SPDX calls {metadata.licence}."
            yield entity(
                str(self.licence_id()),
                "CreativeWork",
                name=metadata.licence,
                identifier=metadata.licence,
                description=text,
            )
        if metadata.paper:
            yield entity(
                f"https://doi.org/{metadata.paper}",
                "ScholarlyArticle",
                name=f"The paper {metadata.paper}",
                identifier=f"https://doi.org/{metadata.paper}",
            )
        for grant in metadata.funding:
            yield from tell_grant(grant)

    # --- programs ---------------------------------------------------------------------------------------

    def program(self, program: Program) -> Iterator[Entity]:
        """A notebook or script, its language, its parameters and its cells."""
        is_workflow = self.is_workflow(program)
        item = self.contents.item(program.path)
        types = [
            *(["File"] if item else []),
            "SoftwareSourceCode",
            *(["ComputationalWorkflow"] if is_workflow else []),
        ]
        steps = self.steps_of(program)
        types += [
            *(["HowTo"] if steps else []),
            f"repr:{program.kind.capitalize()}",
            "p-plan:Plan",
            "prov:Plan",
            "prov:Entity",
        ]
        language = self.language_id(program)
        yield entity(
            self.program_id(program),
            types,
            name=program.name,
            description=program.description,
            url=program.iri,
            version=program.version.rpartition("#")[2],
            conformsTo=refer(WORKFLOW_TYPE if is_workflow else None),
            programmingLanguage=refer(language),
            encodingFormat=media_type_of(program.path),
            contentSize=str(item.size_bytes) if item else None,
            sha256=item.sha256 if item else program.sha256,
            license=refer(self.licence_id()),
            author=refer(*(person_id(person) for person in self.metadata.creators)),
            buildInstructions=refer(
                encode_id(self.contents.environment_file) if self.contents.environment_file else None
            ),
            input=refer(*(self.parameter_ids(program, is_input=True) if is_workflow else ())),
            output=refer(*(self.parameter_ids(program, is_input=False) if is_workflow else ())),
            hasPart=refer(*(cell.iri for cell in steps)),
            step=refer(*(step_id(cell) for cell in steps)),
            prov__specializationOf=refer(self.outside(program.version)),
        )
        yield from self.language(program)
        if is_workflow:
            yield from self.parameters(program)
        for position, cell in enumerate(steps, start=1):
            yield from self.cell(program, cell, position)

    def is_workflow(self, program: Program) -> bool:
        """Whether the crate tells of it as a workflow: the main program, and others whose cells ran."""
        is_main = self.main is not None and program.version == self.main.version
        return self.profile not in ("plain", "process") and (is_main or bool(self.steps_of(program)))

    def version_of(self, text: str | None) -> dict[str, str]:
        """The property that says a version of software, in this version of RO-Crate."""
        return {self.software_version: text} if text else {}

    def program_id(self, program: Program) -> str:
        """By its path, where it lies in the crate."""
        return encode_id(program.path) if self.contents.item(program.path) else program.iri

    def outside(self, iri: str) -> str | None:
        """What only the graph tells of; RO-Crate 1.2 wants all that is referred to in the crate."""
        return iri if self.version == "1.1" else None

    def steps_of(self, program: Program) -> list[Cell]:
        """The cells that a crate tells of: each is the instrument of an execution."""
        if not self.has_steps or self.version != "1.1":
            return []
        run = {each.cell for each in self.study.executions}
        return [cell for cell in self.study.cells_of(program.version) if cell.iri in run]

    def told_executions(self) -> Iterator[Execution]:
        """The executions of those cells."""
        told = {cell.iri for program in self.study.programs for cell in self.steps_of(program)}
        return (each for each in self.study.executions if each.cell in told)

    def language_id(self, program: Program) -> str | None:
        """The language that a program is written in."""
        return f"#language-{encode_name(program.language)}" if program.language else None

    def language(self, program: Program) -> Iterator[Entity]:
        """The language, with the version that ran, where it is known."""
        if not program.language:
            return
        environment = self.environments.get(program.version)
        yield entity(
            f"#language-{encode_name(program.language)}",
            "ComputerLanguage",
            name=program.language.capitalize(),
            url=LANGUAGE_PAGES.get(program.language),
            version=environment.language_version if environment else None,
        )

    def cell(self, program: Program, cell: Cell, position: int) -> Iterator[Entity]:
        """A cell as a tool, and as a step of the program."""
        name = f"cell {cell.position} of {program.path}"
        phases = f" ({', '.join(cell.phases)})" if cell.phases else ""
        yield entity(
            cell.iri,
            ["SoftwareApplication", "repr:Cell", "p-plan:Step", "prov:Entity"],
            name=name + phases,
            description=excerpt(cell.source),
            url=cell.iri,
            **self.version_of(program.version.rpartition("#")[2]),
            **{"p-plan:isStepOfPlan": refer(self.program_id(program))},
        )
        yield entity(
            step_id(cell), "HowToStep", name=name, position=str(position), workExample=refer(cell.iri)
        )

    # --- data -------------------------------------------------------------------------------------------

    def is_told(self, file: DataFile) -> bool:
        """Whether a crate tells of it: not what is only in memory."""
        return file.kind not in ("memory",) and (file.is_read or file.is_written)

    def is_part(self, file: DataFile) -> bool:
        """Whether its bytes can be had: from the crate, or from the web."""
        return self.contents.item(file.path) is not None or is_web(file.locator)

    def id_of(self, file: DataFile) -> str:
        """In the crate by its path; elsewhere by its URL, else by the IRI that the graph has for it."""
        if self.contents.item(file.path):
            return encode_id(str(file.path))
        if is_web(file.locator):
            return file.locator
        return file.iri

    def data(self) -> Iterator[Entity]:
        """The files that programs read and write."""
        models = {path: told.model.iri for told in self.study.models for path in told.model.saved_as}
        for file in self.study.files:
            if not self.is_told(file):
                continue
            item = self.contents.item(file.path)
            is_part = self.is_part(file)  # what is known by name alone is a value, not a data entity
            types = ["File" if is_part else "PropertyValue", "repr:File", "prov:Entity"]
            yield entity(
                self.id_of(file),
                types,
                name=file.path or file.locator,
                value=None if is_part else file.locator,
                description=tell_use(file) + ("" if item else "; not part of the crate"),
                encodingFormat=media_type_of(file.path or file.locator.partition("?")[0]),
                contentSize=size_text(item.size_bytes if item else file.size_bytes),
                sha256=item.sha256 if item else file.sha256,
                exampleOfWork=refer(*self.examples(file)),
                prov__specializationOf=refer(self.outside(file.iri) if item else None),
                subjectOf=refer(models.get(file.locator)),
            )

    def examples(self, file: DataFile) -> Iterator[str]:
        """The formal parameters that a file is an example of."""
        for program in filter(self.is_workflow, self.study.programs):
            for is_input in (True, False):
                if file in self.files_of(program, is_input=is_input):
                    yield parameter_id(program, file, is_input=is_input)

    def files_of(self, program: Program, *, is_input: bool) -> list[DataFile]:
        """What a program reads or writes, by name; what it wrote itself is no input of it."""
        cells = self.study.cells_of(program.version)
        read = {iri for cell in cells for iri in cell.reads}
        written = {iri for cell in cells for iri in cell.writes}
        for run in self.study.runs_of(program.version):
            for each in self.study.executions_of(run.iri):
                read.update(each.used)
                written.update(each.generated)
        wanted = read - written if is_input else written
        return [file for file in self.study.files if file.iri in wanted and self.is_told(file)]

    def parameter_ids(self, program: Program, *, is_input: bool) -> Iterator[str]:
        """The formal parameters of a program: its files, and the values that runs were given."""
        for file in self.files_of(program, is_input=is_input):
            yield parameter_id(program, file, is_input=is_input)
        if is_input:
            for name in self.value_names(program):
                yield value_parameter_id(program, name)

    def value_names(self, program: Program) -> list[str]:
        """The names of the values that runs of the program were given."""
        runs = self.study.runs_of(program.version)
        return list(dict.fromkeys(name for run in runs for name, _ in run.parameters))

    def parameters(self, program: Program) -> Iterator[Entity]:
        """The formal parameters, and the values that runs were given for them."""
        for is_input in (True, False):
            for file in self.files_of(program, is_input=is_input):
                yield entity(
                    parameter_id(program, file, is_input=is_input),
                    "FormalParameter",
                    name=file.path or file.locator,
                    additionalType="File" if self.is_part(file) else "PropertyValue",
                    encodingFormat=media_type_of(file.path or file.locator),
                    workExample=refer(self.id_of(file)),
                )
        for name in self.value_names(program):
            yield entity(
                value_parameter_id(program, name),
                "FormalParameter",
                name=name,
                additionalType="Text",
                workExample=refer(*(value_id(run, name) for run in self.study.runs_of(program.version))),
            )

    def other_items(self) -> Iterator[Entity]:
        """Everything else that lies in the crate."""
        known = {program.path for program in self.study.programs} | {file.path for file in self.study.files}
        for item in self.contents.items:
            if item.path in known:
                continue
            standard = self.contents.conforms.get(item.path)
            yield entity(
                item.id,
                "File",
                name=item.path,
                description=self.contents.about.get(item.path),
                encodingFormat=item.media_type,
                contentSize=str(item.size_bytes),
                conformsTo=refer(standard),
                sha256=item.sha256,
                about={"@id": "./"} if item.path == "README.md" else None,
            )
            if standard:
                yield entity(standard, "CreativeWork", name=standard, url=standard)

    # --- what ran ---------------------------------------------------------------------------------------

    def run(self, run: Run) -> Iterator[Entity]:
        """A run, its values, and the executions of cells in it."""
        program = self.programs.get(run.program)
        if program is None:
            return
        yield self.action(
            run.iri,
            ["CreateAction", "repr:Trial", "prov:Activity"],
            f"run of {program.path}",
            f"A run of {program.path}, as {'its file tells' if run.how == 'recorded' else 'observed'}.",
            refer(self.program_id(program)),
            run,
            [self.id_of(file) for file in self.files_of(program, is_input=True)]
            + [value_id(run, name) for name, _ in run.parameters],
            self.results_of(run, program),
        )
        for name, value in run.parameters:
            is_workflow = self.is_workflow(program)
            yield entity(
                value_id(run, name),
                ["PropertyValue", "repr:Parameter", "prov:Entity"],
                name=name,
                value=value,
                exampleOfWork=refer(value_parameter_id(program, name) if is_workflow else None),
            )
        if self.steps_of(program):
            yield from self.executions(run, program)

    def results_of(self, run: Run, program: Program) -> list[str]:
        """What a run wrote; where it wrote nothing, what it showed."""
        written = [self.id_of(file) for file in self.files_of(program, is_input=False)]
        if written or not self.steps_of(program):
            return written
        return [each.iri for execution in self.study.executions_of(run.iri) for each in execution.outputs]

    def action(
        self,
        identifier: str,
        types: Sequence[str],
        name: str,
        description: str,
        instrument: list[Entity],
        course: Run | Execution,
        inputs: Iterable[str],
        outputs: Iterable[str],
        **more: Any,
    ) -> Entity:
        """Something that happened, once as schema.org says it and once as PROV-O does."""
        runner = self.metadata.runner
        used, made = refer(*inputs), refer(*outputs)
        status = STATUS.format(course.status.capitalize()) if course.status else None
        return entity(
            identifier,
            types,
            name=name,
            description=description,
            instrument=instrument,
            agent=refer(person_id(runner) if runner else None),
            startTime=time(course.started),
            endTime=time(course.ended),
            actionStatus=status,
            object=used,
            result=made,
            prov__used=[*instrument, *used],
            prov__generated=made,
            prov__wasAssociatedWith=refer(person_id(runner) if runner else None),
            **more,
        )

    def executions(self, run: Run, program: Program) -> Iterator[Entity]:
        """The executions of cells, and the engine that went from one to the next."""
        controls = []
        for execution in self.study.executions_of(run.iri):
            cell = self.cells.get(execution.cell)
            if cell is None:
                continue
            yield from self.execution(execution, cell, program)
            controls.append(control_id(execution))
        environment = self.environments.get(program.version)
        engine = engine_of(environment, program)
        yield entity(
            f"{run.iri}.session",
            "OrganizeAction",
            name=f"session of {program.path}",
            instrument=refer(engine["@id"]),
            agent=refer(person_id(self.metadata.runner) if self.metadata.runner else None),
            startTime=time(run.started),
            endTime=time(run.ended),
            actionStatus=STATUS.format(run.status.capitalize()) if run.status else None,
            object=refer(*controls),
            result=refer(run.iri),
        )
        yield engine

    def execution(self, execution: Execution, cell: Cell, program: Program) -> Iterator[Entity]:
        """One execution of a cell, how it was controlled, and what it cost."""
        usage = f"{execution.iri}.time" if execution.elapsed_seconds is not None else None
        is_seen = bool(execution.used or execution.generated)
        reads = execution.used if is_seen else cell.reads
        writes = execution.generated if is_seen else cell.writes
        count = "" if execution.count is None else f" [{execution.count}]"
        basis = "as it was seen" if is_seen else "what it reads and writes is told as its code says it"
        yield self.action(
            execution.iri,
            ["CreateAction", "repr:CellExecution", "p-plan:Activity", "prov:Activity"],
            f"execution{count} of cell {cell.position}",
            f"Cell {cell.position} of {program.path}; {basis}.",
            refer(cell.iri),
            execution,
            [*self.known_files(reads), *(each.iri for each in cell.uses)],
            [
                *self.known_files(writes),
                *(each.iri for each in execution.outputs),
                *(each.iri for each in cell.defines),
            ],
            error=execution.error if execution.status == "failed" else None,
            resourceUsage=refer(usage),
            **{"p-plan:correspondsToStep": refer(cell.iri), "provone:wasPartOf": refer(execution.run)},
        )
        yield entity(
            control_id(execution),
            "ControlAction",
            name=f"control of cell {cell.position}",
            instrument=refer(step_id(cell)),
            object=refer(execution.iri),
        )
        yield from map(tell_output, execution.outputs)
        yield from map(tell_variable, (*cell.uses, *cell.defines))
        if usage:
            yield entity(
                usage,
                "PropertyValue",
                name="elapsed time",
                propertyID="https://w3id.org/provkg#elapsedSeconds",
                value=str(execution.elapsed_seconds),
                unitCode="http://qudt.org/vocab/unit/SEC",
            )

    def known_files(self, iris: Iterable[str]) -> list[str]:
        """What a crate calls the files of these IRIs, of those that it tells of."""
        files = (self.files[iri] for iri in iris if iri in self.files)
        return [self.id_of(file) for file in files if self.is_told(file)]

    # --- models -----------------------------------------------------------------------------------------

    def models(self) -> Iterator[Entity]:
        """The trained models, with the data that trained them."""
        for told in self.study.models:
            model = told.model
            trained = [
                self.files[iri] for iri in self.study.trained_on.get(model.iri, ()) if iri in self.files
            ]
            yield entity(
                model.iri,
                ["CreativeWork", "fair4ml:MLModel", "mls:Model", "prov:Entity"],
                name=model.variable or model.class_name or "model",
                description=f"{model.class_name or 'A model'}, trained by {model.place.path}.",
                isPartOf=refer(
                    *(self.program_id(each) for each in self.study.programs if each.path == model.place.path)
                ),
                encoding=refer(*(self.saved_ids(model.saved_as))),
                **{
                    "fair4ml:trainedOn": refer(*map(self.id_of, trained)),
                    "prov:wasDerivedFrom": refer(*map(self.id_of, trained)),
                },
            )

    def saved_ids(self, locators: Iterable[str]) -> list[str]:
        """The files that a model is saved in."""
        return [self.id_of(file) for file in self.study.files if file.locator in set(locators)]
