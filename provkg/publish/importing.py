"""The runs that a crate tells of, in our vocabulary: one named graph for each crate.

The other way round than `crate.py`, for crates of any workflow system:

    CreateAction of a workflow or program      repr:Trial, prov:Activity
    CreateAction of a step's tool              p-plan:Activity, prov:Activity, part of the trial
    workflow, script                           p-plan:Plan, prov:Plan; its version is what was used
    HowToStep                                  p-plan:Step
    File, Dataset                              repr:File with size and sha256
    PropertyValue that is an input             repr:Parameter
    SoftwareApplication, Person, Organization  prov:SoftwareAgent, prov:Person, prov:Agent

Source: the mapping of Workflow Run RO-Crate to PROV in its paper (doi:10.1371/journal.pone.0309210).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from provkg.errors import GraphError
from provkg.graph.terms import PPLAN, PROV, PROVKG, PROVONE, RDF, RDFS, REPR, SCHEMA, XSD
from provkg.identity import named_information
from provkg.publish.entities import time
from provkg.publish.reading import CrateContent

Node = NamedNode
Objects = Mapping[str, list[Any]]

WORKFLOW = "https://bioschemas.org/ComputationalWorkflow"
RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
ACTIONS = ("CreateAction", "ActivateAction", "UpdateAction")
STATUSES = ("CompletedActionStatus", "FailedActionStatus")

TRIAL = (REPR.Trial, PPLAN.Activity, PROVONE.Execution, PROV.Activity)
EXECUTION = (PPLAN.Activity, PROVONE.Execution, PROV.Activity)
PLAN = (PPLAN.Plan, PROV.Plan, PROV.Entity, SCHEMA.SoftwareSourceCode)
STEP = (PPLAN.Step, PROV.Entity)
FILE = (REPR.File, SCHEMA.MediaObject, PROV.Entity)
FOLDER = (REPR.File, PROV.Collection, PROV.Entity)
PARAMETER = (REPR.Parameter, PROV.Entity)
TOOL = (PROV.SoftwareAgent, PROV.Agent, SCHEMA.SoftwareApplication)
PERSON = (PROV.Person, PROV.Agent, SCHEMA.Person)
BUNDLE = (REPR.RetrospectiveProvenance, PROV.Bundle, PROV.Entity)


def quads_of_crate(content: CrateContent) -> dict[str, list[Quad]]:
    """Named graph → what it says: of provkg's own crates as they are, else one made of the metadata.

    Raises:
        GraphError: it is not what its format says, or tells of no run.
    """
    if content.graph is not None:
        return own_graphs(content.graph, content.name)
    return Importer(content).make()


def own_graphs(trig: bytes, name: str) -> dict[str, list[Quad]]:
    """The named graphs of a TriG file."""
    found: dict[str, list[Quad]] = {}
    try:
        for quad in parse(trig, format=RdfFormat.TRIG):
            if not isinstance(quad.graph_name, NamedNode):
                raise GraphError("its provenance.trig has triples in no named graph", path=name)
            found.setdefault(quad.graph_name.value, []).append(quad)
    except SyntaxError as error:
        raise GraphError(f"its provenance.trig is not TriG: {error.msg}", path=name) from error
    return found


@dataclass(slots=True)
class Statements:
    """Triples on their way into a named graph, none twice."""

    graph: Node
    quads: dict[Quad, None] = field(default_factory=dict)

    def describe(
        self, node: Node, classes: Iterable[Node], label: str | None, *properties: tuple[Node, Any]
    ) -> None:
        """State classes, a label and properties; None says nothing, and a list each of its values."""
        for each in classes:
            self.quads[Quad(node, RDF.type, each, self.graph)] = None
        for predicate, values in ((RDFS.label, label), *properties):
            for value in values if isinstance(values, list) else [values]:
                if value is not None:
                    made = value if isinstance(value, NamedNode | Literal) else Literal(value)
                    self.quads[Quad(node, predicate, made, self.graph)] = None


class Importer:
    """Makes the graph of one crate."""

    def __init__(self, content: CrateContent) -> None:
        self.content = content
        self.base = "arcp://ni," + named_information(content.digest).removeprefix("ni:///") + "/"
        self.known = self._read()
        self.made = Statements(NamedNode(f"{self.base}ro-crate-metadata.json#recorded"))
        self.runs: dict[str, str] = {}

    def _read(self) -> dict[str, Objects]:
        """Subject → predicate → objects, of the crate's metadata as RDF."""
        store = Store()
        try:
            data = json.dumps(self.content.metadata).encode()
            store.bulk_load(input=data, format=RdfFormat.JSON_LD, base_iri=self.base)
        except (SyntaxError, ValueError) as error:
            raise GraphError(f"its metadata are no JSON-LD: {error}", path=self.content.name) from error
        known: dict[str, dict[str, list[Any]]] = {}
        for quad in sorted(store, key=str):
            if isinstance(quad.subject, NamedNode):
                said = known.setdefault(quad.subject.value, {})
                said.setdefault(quad.predicate.value, []).append(quad.object)
        return {subject: known[subject] for subject in sorted(known)}

    def make(self) -> dict[str, list[Quad]]:
        """The graph, by its name."""
        actions = [iri for iri in self.known if self.is_a(iri, *ACTIONS) and self.nodes(iri, "instrument")]
        if not actions:
            raise GraphError(
                "it tells of no run",
                path=self.content.name,
                hint="crates of the Workflow Run RO-Crate profiles do",
            )
        controls = self.find_controls()
        trials = [
            iri for iri in actions if iri not in controls and self.is_plan(self.nodes(iri, "instrument")[0])
        ]
        for iri in trials:
            self.tell_action(iri, TRIAL)
            self.tell_trial(iri)
        for iri in actions:
            if iri not in trials:
                self.tell_action(iri, EXECUTION)
                self.tell_step_run(iri, controls.get(iri), trials)
        self.tell_bundle(trials or actions)
        return {self.made.graph.value: list(self.made.quads)}

    # --- looking ----------------------------------------------------------------------------------------

    def is_a(self, iri: str, *names: str) -> bool:
        """Whether something is of one of these classes of schema.org."""
        types = {each.value for each in self.known.get(iri, {}).get(RDF.type.value, ())}
        return any(SCHEMA.IRI + name in types for name in names)

    def is_plan(self, iri: str) -> bool:
        """Whether it is a workflow or a program."""
        types = {each.value for each in self.known.get(iri, {}).get(RDF.type.value, ())}
        return WORKFLOW in types or self.is_a(iri, "SoftwareSourceCode")

    def values(self, iri: str, name: str) -> list[Any]:
        """The objects of a property of schema.org; of Workflow Run RO-Crate where that has none."""
        said = self.known.get(iri, {})
        return said.get(SCHEMA.IRI + name) or said.get(RUN_TERMS + name) or []

    def nodes(self, iri: str, name: str) -> list[str]:
        """The things that a property leads to."""
        return [each.value for each in self.values(iri, name) if isinstance(each, NamedNode)]

    def text(self, iri: str, name: str) -> str | None:
        """The text of a property; of several, the first."""
        texts = [each.value for each in self.values(iri, name) if isinstance(each, Literal)]
        return texts[0] if texts else None

    def find_controls(self) -> dict[str, str]:
        """Action → the step that it is an execution of."""
        return {
            action: step
            for iri in self.known
            if self.is_a(iri, "ControlAction")
            for step in self.nodes(iri, "instrument")
            for action in self.nodes(iri, "object")
        }

    # --- telling ----------------------------------------------------------------------------------------

    def tell_bundle(self, runs: list[str]) -> None:
        """What the graph says of itself."""
        release = version("provkg")
        tool = NamedNode(f"pkg:pypi/provkg@{release}#provkg.publish")
        about = [NamedNode(self.nodes(run, "instrument")[0]) for run in runs]
        name = self.text(self.base, "name") or self.content.name
        how = (PROVKG.how, "recorded")
        self.made.describe(
            self.made.graph,
            BUNDLE,
            f"what the crate {name} records",
            how,
            (SCHEMA.about, about),
            (PROV.wasAttributedTo, tool),
        )
        names = (SCHEMA.name, "provkg.publish"), (SCHEMA.softwareVersion, release)
        self.made.describe(tool, TOOL, f"provkg.publish {release}", *names)

    def tell_action(self, iri: str, classes: Iterable[Node]) -> None:
        """An action with its times, inputs, outputs and agents."""
        status = next((self._status(each) for each in self.values(iri, "actionStatus")), None)
        inputs = [*self.nodes(iri, "object"), *self.nodes(iri, "environment")]
        agents = self.nodes(iri, "agent")
        self.made.describe(
            NamedNode(iri),
            classes,
            self.text(iri, "name") or "run",
            (PROV.startedAtTime, moment(self.text(iri, "startTime"))),
            (PROV.endedAtTime, moment(self.text(iri, "endTime"))),
            (SCHEMA.actionStatus, status),
            (PROV.used, [NamedNode(each) for each in inputs if self.tell_data(each)]),
            (PROV.wasAssociatedWith, [NamedNode(each) for each in agents if self.tell_agent(each)]),
        )
        for each in self.nodes(iri, "result"):
            if self.tell_data(each):
                self.made.describe(NamedNode(each), (), None, (PROV.wasGeneratedBy, NamedNode(iri)))

    def _status(self, value: Any) -> Node | None:
        """How it ended; crates say so as text and as IRI."""
        name = value.value.rpartition("/")[2]
        return getattr(SCHEMA, name) if name in STATUSES else None

    def tell_trial(self, iri: str) -> None:
        """What was run."""
        plan = self.nodes(iri, "instrument")[0]
        as_run = self.tell_plan(plan)
        association = NamedNode(f"{iri}.association")
        self.made.describe(
            NamedNode(iri), (), None, (PROV.used, as_run), (PROV.qualifiedAssociation, association)
        )
        agents = [NamedNode(each) for each in self.nodes(iri, "agent") if each in self.known]
        self.made.describe(
            association, (PROV.Association,), None, (PROV.hadPlan, as_run), (PROV.agent, agents)
        )

    def tell_plan(self, iri: str) -> Node:
        """A workflow or program over time; gives the version of it that ran."""
        document, as_run = NamedNode(iri), NamedNode(f"{iri}#as-run" if "#" not in iri else f"{iri}.as-run")
        name = self.text(iri, "name") or self.path_of(iri) or iri
        languages = [self.text(each, "name") for each in self.nodes(iri, "programmingLanguage")]
        path = self.path_of(iri) or iri
        self.made.describe(document, PLAN, path, (PROVKG.path, path))
        self.made.describe(
            as_run,
            PLAN,
            f"{path}, as it ran",
            (PROV.specializationOf, document),
            (SCHEMA.name, name),
            (SCHEMA.programmingLanguage, languages),
            (SCHEMA.sha256, self.text(iri, "sha256")),
        )
        return as_run

    def tell_step_run(self, iri: str, step: str | None, trials: list[str]) -> None:
        """An execution of a tool: which step it is, and which run it is a part of."""
        tool = self.nodes(iri, "instrument")[0]
        self.tell_tool(tool)
        node = NamedNode(iri)
        self.made.describe(node, (), None, (PROV.wasAssociatedWith, NamedNode(tool)))
        plans = [plan for plan in self.known if step in self.nodes(plan, "step")] if step else []
        parts = [trial for trial in trials if not plans or self.nodes(trial, "instrument")[0] in plans]
        if len(parts) == 1:
            self.made.describe(node, (), None, (PROVONE.wasPartOf, NamedNode(parts[0])))
        if step is None:
            return
        position = self.values(step, "position")
        self.made.describe(
            NamedNode(step),
            STEP,
            self.text(step, "name") or self.text(tool, "name") or "step",
            (SCHEMA.position, number(position[0].value) if position else None),
            (PPLAN.isStepOfPlan, [self.tell_plan(plan) for plan in plans]),
        )
        self.made.describe(node, (), None, (PPLAN.correspondsToStep, NamedNode(step)))

    def tell_tool(self, iri: str) -> None:
        """A tool, a script or a container that was run."""
        name = self.text(iri, "name") or self.path_of(iri) or iri
        release = self.text(iri, "softwareVersion") or self.text(iri, "version")
        self.made.describe(
            NamedNode(iri),
            TOOL,
            name,
            (SCHEMA.name, name),
            (SCHEMA.softwareVersion, release),
            (SCHEMA.url, self.text(iri, "url")),
        )

    def tell_agent(self, iri: str) -> bool:
        """A person or an organization; whether the crate knows it."""
        name = self.text(iri, "name")
        if name is None:
            return False
        classes = PERSON if self.is_a(iri, "Person") else (PROV.Agent,)
        self.made.describe(NamedNode(iri), classes, name, (SCHEMA.name, name))
        return True

    def tell_data(self, iri: str) -> bool:
        """A file, a folder, a value or a collection of them; whether the crate knows it."""
        if iri not in self.known:
            return False
        node, path = NamedNode(iri), self.path_of(iri)
        name = self.text(iri, "name") or path or iri
        if self.is_a(iri, "PropertyValue"):
            values = [each for each in self.values(iri, "value") if isinstance(each, Literal)]
            self.made.describe(node, PARAMETER, name, (SCHEMA.name, name), (SCHEMA.value, values))
            return True
        is_folder = self.is_a(iri, "Dataset", "Collection")
        parts = (
            [*self.nodes(iri, "hasPart"), *self.nodes(iri, "hasMember")]
            if is_folder and iri != self.base
            else []
        )
        self.made.describe(
            node,
            FOLDER if is_folder else FILE,
            path or name,
            (SCHEMA.name, self.text(iri, "name")),
            (PROVKG.fileKind, "directory" if is_folder else "file" if path else "url"),
            (PROVKG.locator, path or iri),
            (PROVKG.path, path),
            (SCHEMA.sha256, self.text(iri, "sha256")),
            (SCHEMA.contentSize, number(self.text(iri, "contentSize"))),
            (SCHEMA.encodingFormat, self.text(iri, "encodingFormat")),
        )
        for part in parts:
            if (
                part not in (iri, self.base)
                and Quad(node, PROV.hadMember, NamedNode(part), self.made.graph) not in self.made.quads
            ):
                self.made.describe(node, (), None, (PROV.hadMember, NamedNode(part)))
                self.tell_data(part)
        return True

    def path_of(self, iri: str) -> str | None:
        """The path in the crate of what lies in it."""
        return unquote(iri.removeprefix(self.base)) if iri.startswith(self.base) and "#" not in iri else None


def moment(text: str | None) -> Literal | None:
    """A time as xsd:dateTime in UTC; None where it is not one."""
    told = time(text)
    return None if told is None else Literal(told.replace("+00:00", "Z"), datatype=XSD.dateTime)


def number(text: str | None) -> Literal | None:
    """A whole number that is written as text."""
    return Literal(int(text)) if text is not None and text.isascii() and text.isdigit() else None
