"""The metadata of a crate: what the profiles ask for, and the same in PROV-O."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest

from provkg.errors import GraphError
from provkg.publish.metadata import Metadata
from provkg.publish.package import Package

from .conftest import BASE, Publish, entities, notebook, text_of

RUN = f"{BASE}growth.ipynb#recorded.run"


def types(entity: dict[str, Any]) -> set[str]:
    return {entity["@type"]} if isinstance(entity["@type"], str) else set(entity["@type"])


def ids(value: Any) -> list[str]:
    return [each["@id"] for each in (value if isinstance(value, list) else [value])]


def test_the_root_says_what_the_publication_says_of_itself(publish: Publish) -> None:
    root = entities(publish())["./"]
    assert (root["name"], root["datePublished"]) == ("Growth under blue light", "2026-11-25")
    assert ids(root["license"]) == ["https://spdx.org/licenses/CC-BY-4.0"]
    assert ids(root["author"]) == ["https://orcid.org/0000-0002-1825-0097"]
    assert ids(root["citation"]) == ["https://doi.org/10.1000/growth"]
    assert ids(root["conformsTo"])[2] == "https://w3id.org/ro/wfrun/provenance/0.5"
    assert ids(root["mainEntity"]) == ["growth.ipynb"]


def test_each_execution_is_an_action_of_its_cell_in_both_vocabularies(publish: Publish) -> None:
    told = entities(publish())
    action = told[f"{RUN}.cell-c2"]
    (cell,) = ids(action["instrument"])
    assert {"CreateAction", "prov:Activity", "repr:CellExecution"} <= types(action)
    assert {"SoftwareApplication", "p-plan:Step", "prov:Entity"} <= types(told[cell])
    assert action["object"] == {"@id": "data/train.csv"}
    assert ids(action["prov:used"]) == [cell, "data/train.csv"]
    assert ids(action["prov:generated"]) == ids(action["result"])
    assert (action["startTime"], action["endTime"]) == (
        "2026-11-20T10:00:02.000+00:00",
        "2026-11-20T10:00:02.900+00:00",
    )
    assert action["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert ids(action["agent"]) == ["https://orcid.org/0000-0002-1825-0097"]


def test_what_one_cell_defines_is_what_another_takes(publish: Publish) -> None:
    told = entities(publish())
    (made,) = [each for each in ids(told[f"{RUN}.cell-c2"]["result"]) if each.endswith("df.L1")]
    assert made in ids(told[f"{RUN}.cell-c3"]["object"])
    assert told[made]["name"] == "df"


def test_every_reference_of_the_graph_is_told_or_a_thing_with_a_name_elsewhere(publish: Publish) -> None:
    told = entities(publish())
    unknown = {
        iri
        for entity in told.values()
        for key, value in entity.items()
        if key not in ("prov:specializationOf", "conformsTo") and isinstance(value, dict | list)
        for iri in (ids(value) if isinstance(value, dict) or isinstance(value[0], dict) else [])
        if iri not in told
    }
    assert unknown == set()


def test_data_lie_in_the_crate_with_size_and_digest(publish: Publish) -> None:
    data = entities(publish())["data/train.csv"]
    assert data["contentSize"] == "21"
    assert len(data["sha256"]) == 64
    assert data["prov:specializationOf"] == {"@id": f"{BASE}data/train.csv"}


def test_data_above_the_limit_are_named_with_size_and_digest(publish: Publish) -> None:
    package = publish(largest_file=20)
    told = entities(package)
    data = told[f"{BASE}data/train.csv"]
    assert (data["contentSize"], len(data["sha256"])) == ("21", 64)
    assert "File" not in types(data)
    assert "data/train.csv" not in told
    assert [line for line in package.left_out if "limit" in line] == [
        "data/train.csv: 21 bytes, and the limit is 20"
    ]


def test_a_trained_model_leads_to_its_data(publish: Publish) -> None:
    (model,) = (each for each in entities(publish()).values() if "fair4ml:MLModel" in types(each))
    assert model["fair4ml:trainedOn"] == {"@id": "data/train.csv"}
    assert model["name"] == "model"


def test_a_script_that_never_ran_is_a_workflow_without_actions(publish: Publish) -> None:
    package = publish("plot.py")
    told = entities(package)
    assert package.profile == "workflow-file"
    assert not any("CreateAction" in types(each) for each in told.values())
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= types(told["plot.py"])


def test_several_programs_are_processes_unless_one_is_the_main_one(publish: Publish) -> None:
    assert publish("growth.ipynb", "plot.py").profile == "process"
    package = publish("growth.ipynb", "plot.py", main="growth.ipynb")
    assert package.profile == "provenance"
    assert "ComputationalWorkflow" not in types(entities(package)["plot.py"])


def test_a_run_that_nobody_knows_of_is_not_told(publish: Publish) -> None:
    with pytest.raises(GraphError, match="none is known"):
        publish("plot.py", profile="provenance")


def test_one_of_several_programs_has_to_be_the_main_one(publish: Publish) -> None:
    with pytest.raises(GraphError, match="one main program") as caught:
        publish("growth.ipynb", "plot.py", profile="provenance")
    assert caught.value.hint == "say which: --main growth.ipynb"


def test_a_failed_cell_is_told_with_its_error(publish: Publish, study: Path) -> None:
    text = notebook(("code", "1 / 0"))
    error = '"outputs": [{"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": []}]'
    (study / "failed.ipynb").write_text(text.replace('"outputs": []', error), encoding="utf-8")
    action = entities(publish("failed.ipynb"))[f"{BASE}failed.ipynb#recorded.run.cell-c0"]
    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert action["error"] == "ZeroDivisionError: division by zero"


def test_nothing_is_said_that_nobody_said(publish: Publish) -> None:
    told = entities(publish(metadata=Metadata()))
    assert not {"license", "author", "datePublished", "publisher", "description"} & told["./"].keys()
    assert not any("agent" in each for each in told.values())


def test_a_plain_crate_keeps_to_version_1_2(publish: Publish) -> None:
    told = entities(publish(version="1.2"))
    assert told["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    assert "conformsTo" not in told["./"]


def test_the_same_study_gives_the_same_bytes(publish: Publish) -> None:
    assert [(item.path, item.sha256) for item in publish().items] == [
        (item.path, item.sha256) for item in publish().items
    ]


def test_a_run_under_our_eyes_tells_what_was_seen(captured: Package) -> None:
    told = entities(captured)
    (run,) = [each for each in told.values() if "repr:Trial" in types(each)]
    assert captured.profile == "provenance"
    assert "observed" in run["description"]
    assert ids(run["object"]) == ["data/train.csv"]
    assert ids(run["result"]) == ["count.txt"]
    assert told["count.txt"]["contentSize"] == "1"
    assert any(each.get("name", "").startswith("Python 3") for each in told.values())


def test_who_ran_it_and_in_which_environment_is_nobodys_business(captured: Package) -> None:
    graph = text_of(captured, "provenance.trig")
    assert "EnvironmentVariable" in graph
    assert "_agent\\/user" in graph
    assert f"_agent\\/{getpass.getuser()}" not in graph


def test_runs_of_the_same_code_come_with_a_program(captured: Package, publish: Publish, study: Path) -> None:
    package = publish("count.py", base=None)
    assert any("repr:Trial" in types(each) for each in entities(package).values())
    (study / "count.py").write_text("print(1)\n", encoding="utf-8")
    assert publish("count.py", base=None).profile == "workflow-file"
