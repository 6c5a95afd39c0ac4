"""`provkg export`: graphs as files, whole or only what tells of one kind of thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from provkg.resources import read_resource

from .conftest import Invoke, Write

TYPES = {
    "notebook": "https://w3id.org/provkg#NotebookVersion",
    "model": "http://www.w3.org/ns/mls#Model",
    "dataset": "https://w3id.org/reproduceme#InputData",
}


def read(text: str) -> set[Quad]:
    return set(parse(text.encode(), format=RdfFormat.JSON_LD))


@pytest.fixture
def whole(write: Write, invoke: Invoke) -> set[Quad]:
    """All that is said of a notebook."""
    write("provkg.toml", 'base = "https://w3id.org/my/study/"\n')
    write("data.csv", "a,b\n1,2\n")
    write()
    return read(invoke("export", "a.ipynb", "-f", "jsonld").stdout)


@pytest.mark.parametrize("frame", TYPES)
def test_a_frame_is_a_part_of_the_graph_with_all_that_is_said_of_its_things(
    frame: str, whole: set[Quad], invoke: Invoke
) -> None:
    framed = read(invoke("export", "a.ipynb", "-f", "jsonld", "--frame", frame).stdout)
    assert framed < whole
    assert TYPES[frame] in {getattr(quad.object, "value", "") for quad in framed}
    told = {quad.subject for quad in framed}
    assert framed == {quad for quad in whole if quad.subject in told}


def test_the_frame_of_a_model_answers_which_data_trained_it(whole: set[Quad], invoke: Invoke) -> None:
    framed = read(invoke("export", "a.ipynb", "-f", "jsonld", "--frame", "model").stdout)
    (link,) = (quad for quad in framed if str(quad.predicate).endswith("trainedOn>"))
    assert any(quad.subject == link.object for quad in framed)


def test_flattened_and_nested_say_the_same(whole: set[Quad], invoke: Invoke) -> None:
    flat = invoke("export", "a.ipynb", "-f", "jsonld", "--flatten").stdout
    assert read(flat) == whole
    assert all(
        not isinstance(value, dict) or "type" not in value
        for node in json.loads(flat)["@graph"]
        for value in node.values()
    )


def test_a_context_by_url_says_the_same_as_the_one_inline(whole: set[Quad], invoke: Invoke) -> None:
    document = json.loads(
        invoke("export", "a.ipynb", "-f", "jsonld", "--context", "https://example.org/context").stdout
    )
    assert document["@context"][0] == "https://example.org/context"
    document["@context"][0] = json.loads(read_resource("ontologies/context.jsonld"))["@context"]
    assert read(json.dumps(document)) == whole


def test_a_frame_of_what_is_not_there_writes_nothing(folder: Path, write: Write, invoke: Invoke) -> None:
    write(content=("print(1)",))
    result = invoke("export", "a.ipynb", "--frame", "model", "-o", "a.jsonld")
    assert (result.exit_code, "tell of no model" in result.stderr) == (1, True)
    assert not (folder / "a.jsonld").exists()


def test_every_format_can_be_framed(folder: Path, write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("export", "a.ipynb", "--frame", "model", "-o", "a.ttl").exit_code == 0
    assert "trained (cell 3)" in (folder / "a.ttl").read_text()


def test_options_of_jsonld_are_refused_elsewhere(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("export", "a.ipynb", "-f", "turtle", "--flatten").exit_code == 2
