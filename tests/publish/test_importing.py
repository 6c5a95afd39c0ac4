"""The runs that crates tell of: ours come back as they were, others become our vocabulary."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from provkg.errors import GraphError
from provkg.publish.importing import quads_of_crate
from provkg.publish.packing import write_package
from provkg.publish.reading import CrateContent, parse_metadata, read_crate
from provkg.query.asking import ask
from provkg.query.bank import find_question
from provkg.query.graphs import check_graph
from provkg.store.memory import MemoryStore

from .conftest import Publish, text_of

FOREIGN: list[dict[str, Any]] = [
    {"@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"}},
    {"@id": "./", "@type": "Dataset", "name": "Reverse and sort", "mainEntity": {"@id": "flow.cwl"}},
    {
        "@id": "flow.cwl",
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": "revsort",
        "programmingLanguage": {"@id": "#cwl"},
        "step": [{"@id": "#step1"}],
        "hasPart": [{"@id": "#sort"}],
    },
    {"@id": "#cwl", "@type": "ComputerLanguage", "name": "CWL"},
    {"@id": "#sort", "@type": "SoftwareApplication", "name": "sort", "softwareVersion": "9.1"},
    {"@id": "#step1", "@type": "HowToStep", "name": "sorting", "position": "1", "workExample": {"@id": "#sort"}},
    {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "run of revsort",
        "instrument": {"@id": "flow.cwl"},
        "object": [{"@id": "in.txt"}, {"@id": "#reverse"}],
        "result": {"@id": "out.txt"},
        "startTime": "2024-05-17T10:00:00+02:00",
        "endTime": "2024-05-17T10:01:00+02:00",
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "agent": {"@id": "https://orcid.org/0000-0002-1825-0097"},
    },
    {"@id": "#sorting", "@type": "CreateAction", "name": "a sort", "instrument": {"@id": "#sort"}, "object": {"@id": "in.txt"}, "result": {"@id": "out.txt"}, "actionStatus": {"@id": "http://schema.org/FailedActionStatus"}},
    {"@id": "_:control", "@type": "ControlAction", "instrument": {"@id": "#step1"}, "object": {"@id": "#sorting"}},
    {"@id": "in.txt", "@type": "File", "contentSize": "12", "sha256": "ab" * 32},
    {"@id": "out.txt", "@type": "File"},
    {"@id": "#reverse", "@type": "PropertyValue", "name": "reverse", "value": "true"},
    {"@id": "https://orcid.org/0000-0002-1825-0097", "@type": "Person", "name": "Josiah Carberry"},
]  # fmt: skip


def content(entities: list[dict[str, Any]]) -> CrateContent:
    context = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
    document, _ = parse_metadata(json.dumps({"@context": context, "@graph": entities}).encode(), "crate")
    return CrateContent("crate", document, "sha256:" + "00" * 32)


def store_of(graphs: dict[str, list[Quad]]) -> MemoryStore:
    store = MemoryStore()
    store.replace_graphs(graphs)
    return store


def one(where: str, variables: str, store: MemoryStore) -> list[Any]:
    (row,) = ask(store, where, variables)
    return list(row.values())


@pytest.fixture(scope="module")
def foreign() -> MemoryStore:
    """What is made of the crate of another tool."""
    return store_of(quads_of_crate(content(FOREIGN)))


def test_the_run_of_a_workflow_is_a_trial_with_its_times_and_its_person(foreign: MemoryStore) -> None:
    where = """?run a repr:Trial ; prov:startedAtTime ?start ; prov:endedAtTime ?end ; schema:actionStatus ?status ;
      prov:wasAssociatedWith/schema:name ?who ; prov:used/prov:specializationOf/provkg:path ?path ."""
    assert one(where, "?start ?end ?status ?who ?path", foreign) == [
        "2024-05-17T08:00:00Z",
        "2024-05-17T08:01:00Z",
        "http://schema.org/CompletedActionStatus",
        "Josiah Carberry",
        "flow.cwl",
    ]


def test_a_step_is_a_part_of_the_run_and_of_the_plan(foreign: MemoryStore) -> None:
    where = """?part provone:wasPartOf ?run ; p-plan:correspondsToStep ?step ; prov:wasAssociatedWith/schema:name ?tool .
      ?run a repr:Trial . ?step a p-plan:Step ; schema:position ?position ; p-plan:isStepOfPlan/schema:name ?plan ."""
    assert one(where, "?tool ?position ?plan", foreign) == ["sort", 1, "revsort"]


def test_files_and_values_are_what_was_used_and_made(foreign: MemoryStore) -> None:
    used = "?run a repr:Trial ; prov:used ?file . ?file a repr:File ; provkg:locator ?name ; schema:sha256 ?sha256 ; schema:contentSize ?size ."
    assert one(used, "?name ?sha256 ?size", foreign) == ["in.txt", "ab" * 32, 12]
    assert one(
        "?run a repr:Trial ; prov:used ?p . ?p a repr:Parameter ; schema:name ?n ; schema:value ?v .",
        "?n ?v",
        foreign,
    ) == ["reverse", "true"]
    made = "?file provkg:locator ?name ; prov:wasGeneratedBy ?run . ?run a repr:Trial ."
    assert one(made, "?name", foreign) == ["out.txt"]


def test_the_graph_is_whole_and_has_no_blank_nodes(foreign: MemoryStore) -> None:
    (graph,) = foreign.graphs()
    assert check_graph(graph, foreign.quads(graph)) == []
    assert not any("_:" in str(quad) for quad in foreign.quads())


def test_the_bank_answers_for_crates_of_others(foreign: MemoryStore) -> None:
    from pyoxigraph import QuerySolutions

    answer = foreign.query(find_question("runs.list").sparql)
    assert isinstance(answer, QuerySolutions)
    assert [(row["notebook"].value, row["status"].value, row["cells"].value) for row in answer] == [
        ("flow.cwl", "Completed", "1")
    ]  # type: ignore[union-attr]


def test_the_same_crate_gives_the_same_graph() -> None:
    assert quads_of_crate(content(FOREIGN)) == quads_of_crate(content(FOREIGN[::-1]))


def test_a_crate_without_runs_is_told() -> None:
    with pytest.raises(GraphError, match="no run"):
        quads_of_crate(content(FOREIGN[:2]))


def test_the_graphs_of_our_own_crates_come_back_as_they_were(publish: Publish, tmp_path: Path) -> None:
    package = publish()
    write_package(package.items, tmp_path / "crate.zip")
    back = quads_of_crate(read_crate(tmp_path / "crate.zip"))
    written = set(parse(text_of(package, "provenance.trig").encode(), format=RdfFormat.TRIG))
    assert {quad for quads in back.values() for quad in quads} == written
    assert len(back) == 2


def test_what_others_say_of_our_crates_is_the_same_run(publish: Publish, tmp_path: Path) -> None:
    write_package([item for item in publish().items if item.path != "provenance.trig"], tmp_path / "crate")
    metadata = json.loads((tmp_path / "crate" / "ro-crate-metadata.json").read_text())
    entities = [each for each in metadata["@graph"] if each["@id"] != "provenance.trig"]
    document, _ = parse_metadata(json.dumps({**metadata, "@graph": entities}).encode(), "crate")
    store = store_of(quads_of_crate(CrateContent("crate", document, "sha256:" + "00" * 32)))
    assert len(list(ask(store, "?run a repr:Trial", "?run"))) == 1
    assert len(list(ask(store, "?part provone:wasPartOf ?run", "?part"))) == 4


leaves = st.sampled_from(
    [None, 1, "x", [], {}, {"@id": "#run"}, {"@id": "in.txt"}, {"@id": 7}, {"@value": []}, [[{"@id": "./"}]]]
)
keys = st.sampled_from(
    ["@type", "name", "instrument", "object", "result", "startTime", "agent", "value", "hasPart", "step"]
)
names = st.sampled_from(["./", "#run", "in.txt", "_:x", "https://example.org/ x", "a b", ""])
odd_entities = st.builds(
    lambda name, said: {"@id": name, **said}, names, st.dictionaries(keys, leaves, max_size=3)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(odd_entities, max_size=3))
def test_odd_crates_are_read_or_refused_and_never_break(odd: list[dict[str, Any]]) -> None:
    with suppress(GraphError):
        quads_of_crate(content([*FOREIGN[2:8], *odd]))
