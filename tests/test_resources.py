"""The folders beside the package are found in a checkout and in a wheel."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from provkg import resources


def test_the_ontology_is_found() -> None:
    assert "provkg:CellVersion" in resources.read_resource("ontologies/provkg.ttl")


def test_a_folder_is_found_with_what_lies_in_it() -> None:
    names = {entry.name for entry in resources.find_resource("ontologies").iterdir()}
    assert {"provkg.ttl", "alignment.ttl", "context.jsonld"} <= names


def test_what_a_wheel_carries_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = tmp_path / "_data" / "ontologies" / "provkg.ttl"
    packaged.parent.mkdir(parents=True)
    packaged.write_text("# from the wheel")
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    assert resources.read_resource("ontologies/provkg.ttl") == "# from the wheel"


def test_the_package_is_looked_up_where_it_is_imported_from() -> None:
    assert files("provkg") / "resources.py" == Path(resources.__file__)


def test_a_name_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match="unheard-of"):
        resources.find_resource("ontologies/unheard-of.ttl")
