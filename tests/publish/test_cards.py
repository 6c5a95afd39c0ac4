"""Cards of models, Croissant files of tables, and the files that others cite by."""

from __future__ import annotations

import json

from provkg.publish.croissant import type_columns
from provkg.publish.metadata import Metadata

from .conftest import BASE, Publish, text_of


def test_a_card_says_which_data_trained_the_model(publish: Publish) -> None:
    card = json.loads(text_of(publish(), "model-cards/model.jsonld"))
    assert card["fair4ml:trainedOn"]["@id"] == f"{BASE}data/train.csv"
    assert card["fair4ml:trainedOn"]["contentSize"] == "21"
    assert card["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert card["fair4ml:modelCategory"] == "sklearn.linear_model.LinearRegression"


def test_a_table_is_told_with_its_columns_and_types(publish: Publish) -> None:
    told = json.loads(text_of(publish(), "croissant.json"))
    (rows,) = told["recordSet"]
    assert [(each["name"], each["dataType"]) for each in rows["field"]] == [
        ("light", "sc:Integer"),
        ("height", "sc:Integer"),
    ]
    (file,) = told["distribution"]
    assert (file["contentUrl"], len(file["sha256"])) == ("data/train.csv", 64)
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.1"


def test_a_column_is_what_all_its_values_can_be() -> None:
    rows = [["i", "f", "t", "gap", "empty"], ["1", "1.5", "x", "1", ""], ["2", "2", "1", "", ""]]
    assert type_columns(rows) == {
        "i": "sc:Integer", "f": "sc:Float", "t": "sc:Text", "gap": "sc:Float", "empty": "sc:Text",
    }  # fmt: skip


def test_a_table_without_a_head_has_no_columns() -> None:
    assert type_columns([]) == {}
    assert type_columns([["a", "a"], ["1", "2"]]) == {}
    assert type_columns([["a", ""], ["1", "2"]]) == {}


def test_data_of_unknown_encoding_are_told_by_the_columns_that_programs_name(
    publish: Publish, study: object
) -> None:
    from pathlib import Path

    assert isinstance(study, Path)
    (study / "data" / "train.csv").write_bytes(b"light,height\n\xff,1\n")
    told = json.loads(text_of(publish(), "croissant.json"))
    assert [each["name"] for each in told["recordSet"][0]["field"]] == ["height", "light"]


def test_all_files_of_metadata_say_the_same(publish: Publish) -> None:
    package = publish()
    zenodo, datacite = (json.loads(text_of(package, name)) for name in (".zenodo.json", "datacite.json"))
    codemeta = json.loads(text_of(package, "codemeta.json"))
    assert zenodo["title"] == datacite["titles"][0]["title"] == codemeta["name"] == "Growth under blue light"
    assert zenodo["creators"][0]["name"] == datacite["creators"][0]["name"] == "Carberry, Josiah"
    assert datacite["types"]["resourceTypeGeneral"] == "ComputationalNotebook"
    assert zenodo["related_identifiers"][0]["relation"] == "isSupplementTo"
    assert "Growth under blue light" in text_of(package, "CITATION.cff")
    assert "Growth under blue light" in text_of(package, "README.md")


def test_nothing_is_said_that_nobody_said(publish: Publish) -> None:
    package = publish(metadata=Metadata())
    assert json.loads(text_of(package, ".zenodo.json")) == {"upload_type": "dataset", "access_right": "open"}
    assert "license" not in json.loads(text_of(package, "codemeta.json"))
