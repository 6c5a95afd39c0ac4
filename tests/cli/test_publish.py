"""`provkg publish`: one command from a notebook to a crate."""

from __future__ import annotations

import html
import json
import shlex
import tomllib
from pathlib import Path

import pytest

from .conftest import Invoke, Write

COMPLETE = """
[publication]
title = "Growth under blue light"
description = "Seedlings under blue and white light, their heights, and a line through them."
licence = "CC-BY-4.0"
date = "2026-11-25"
[[publication.creators]]
name = "Ada Lovelace"
"""


def test_a_crate_is_written_and_told(folder: Path, write: Write, invoke: Invoke) -> None:
    write("provkg.toml", COMPLETE)
    write("data.csv", "a,b\n1,2\n")
    write()
    result = invoke("publish", "a.ipynb", "-o", "crate")
    assert result.exit_code == 0
    assert "crate: Workflow RO-Crate 1.0 (no run is known)" in result.stderr
    assert "left out   out.csv: not there" in result.stderr
    assert (folder / "crate" / "data.csv").read_text() == "a,b\n1,2\n"
    root = json.loads((folder / "crate" / "ro-crate-metadata.json").read_text())["@graph"][1]
    assert root["name"] == "Growth under blue light"


def test_what_is_missing_is_named_with_why_it_matters(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("publish", "a.ipynb", "-o", "crate.zip")
    assert result.exit_code == 0
    assert "missing    licence: without one nobody may use it" in result.stderr
    assert invoke("publish", "a.ipynb", "-o", "crate.zip", "--check").exit_code == 1


def test_the_template_is_written_once_and_can_be_used_at_once(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write()
    write("provkg.toml", 'base = "https://w3id.org/my/study/"\n')
    assert invoke("publish", "--init").exit_code == 0
    settings = tomllib.loads((folder / "provkg.toml").read_text())
    assert settings["base"] == "https://w3id.org/my/study/"
    assert invoke("publish", "a.ipynb", "-o", "crate").exit_code == 0
    again = invoke("publish", "--init")
    assert (again.exit_code, "already" in again.stderr) == (2, True)


def test_the_template_goes_to_where_the_settings_are(folder: Path, write: Write, invoke: Invoke) -> None:
    write("pyproject.toml", '[project]\nname = "growth"\n[tool.provkg]\noutputs = false\n')
    assert invoke("publish", "--init").exit_code == 0
    assert "publication" in tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["provkg"]
    assert not (folder / "provkg.toml").exists()


def test_the_store_of_the_project_can_be_published(folder: Path, write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("extract", "a.ipynb").exit_code == 0
    assert invoke("publish", "-o", "crate").exit_code == 0
    assert (folder / "crate" / "a.ipynb").read_bytes() == (folder / "a.ipynb").read_bytes()


def test_a_program_that_has_changed_since_is_not_published(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write()
    invoke("extract", "a.ipynb")
    write(content=("print(1)",))
    assert invoke("publish", "-o", "crate").exit_code == 0
    assert not (folder / "crate" / "a.ipynb").exists()


@pytest.mark.parametrize("target", [".", "..", "a.ipynb"])
def test_a_crate_never_takes_the_place_of_what_it_is_made_of(
    folder: Path, write: Write, invoke: Invoke, target: str
) -> None:
    write()
    before = (folder / "a.ipynb").read_bytes()
    result = invoke("publish", "a.ipynb", "-o", target)
    assert result.exit_code == 2
    assert (folder / "a.ipynb").read_bytes() == before


def test_the_day_of_a_build_can_be_given(
    folder: Path, write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    invoke("publish", "a.ipynb", "-o", "crate")
    assert json.loads((folder / "crate" / "datacite.json").read_text())["dates"] == [
        {"date": "1970-01-02", "dateType": "Issued"}
    ]


def test_a_program_that_cannot_be_read_does_not_stop_the_others(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write("in/a.ipynb")
    write("in/b.ipynb", "{")
    result = invoke("publish", "in", "-o", "crate")
    assert result.exit_code == 2
    assert (folder / "crate" / "ro-crate-metadata.json").exists()


def test_one_has_to_say_where_it_goes(write: Write, invoke: Invoke) -> None:
    write()
    result = invoke("publish", "a.ipynb")
    assert (result.exit_code, "-o crate.zip" in result.stderr) == (2, True)


def test_what_is_private_is_taken_out_before_the_graph_is_made(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write("data.csv", "a,b\n1,2\nada@uni.de,3\n")
    write(
        content=(
            f"import pandas as pd\ndf = pd.read_csv('{folder}/data.csv')\nother = open('/home/bob/x.txt')",
        )
    )
    result = invoke("publish", "a.ipynb", "-o", "crate")
    assert "removed    a.ipynb: 2 absolute paths" in result.stderr
    assert (
        "look at    data.csv: 1 e-mail address, like ada@uni.de; data are published as they are"
        in result.stderr
    )
    written = "".join(path.read_text() for path in (folder / "crate").rglob("*") if path.is_file())
    assert str(folder) not in written
    assert "bob" not in written
    assert (folder / "crate" / "data.csv").exists()
    assert invoke("hash", "crate/provenance.trig").exit_code == 0


def test_private_things_can_be_kept(folder: Path, write: Write, invoke: Invoke) -> None:
    write(content=("x = open('/home/bob/x.txt')",))
    before = (folder / "a.ipynb").read_bytes()
    assert invoke("publish", "a.ipynb", "-o", "crate", "--keep", "path").exit_code == 0
    assert (folder / "crate" / "a.ipynb").read_bytes() == before


def test_stored_graphs_are_cleaned(folder: Path, write: Write, invoke: Invoke) -> None:
    write(content=("x = open('/home/bob/x.txt')",))
    invoke("extract", "a.ipynb")
    invoke("publish", "-o", "crate")
    assert "bob" not in (folder / "crate" / "provenance.trig").read_text()


def test_what_is_published_can_be_loaded_and_published_again(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write("provkg.toml", 'base = "https://w3id.org/my/study/"\n' + COMPLETE)
    write("data.csv", "a,b\n1,2\n")
    write()
    assert invoke("publish", "a.ipynb", "-o", "one.zip").exit_code == 0
    loaded = invoke("load", "one.zip")
    assert (loaded.exit_code, "1 graph, " in loaded.stderr) == (0, True)
    assert invoke("publish", "-o", "two.zip").exit_code == 0
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()


def test_every_command_that_a_crate_suggests_works(
    folder: Path, write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("data.csv", "a,b\n1,2\n")
    write()
    invoke("publish", "a.ipynb", "-o", "crate")
    monkeypatch.chdir(folder / "crate")
    page = (
        html.unescape(Path("ro-crate-preview.html").read_text())
        .partition("<pre><code>")[2]
        .partition("</code>")[0]
    )
    readme = [
        line.strip() for line in Path("README.md").read_text().splitlines() if line.startswith("    provkg")
    ]
    assert len(page.splitlines()) == 5
    for line in [*page.splitlines(), *readme]:
        given, _, command = line.rpartition(" | ")
        result = invoke(*shlex.split(command)[1:], input=given.removeprefix("echo ").strip("'") or None)
        assert result.exit_code == 0, (line, result.stderr)


def test_a_crate_that_is_none_is_told(write: Write, invoke: Invoke) -> None:
    write("a.zip", "nothing")
    result = invoke("load", "a.zip")
    assert (result.exit_code, "not a zip" in result.stderr) == (2, True)


def test_a_crate_gets_its_final_base_once_it_is_known(folder: Path, write: Write, invoke: Invoke) -> None:
    write("provkg.toml", COMPLETE)
    write("data.csv", "a,b\n1,2\n")
    write()
    invoke("publish", "a.ipynb", "-o", "draft")
    final = "https://doi.org/10.5281/zenodo.1/"
    assert invoke("publish", "draft", "--base", final, "-o", "final").exit_code == 0
    graph = (folder / "final" / "provenance.trig").read_text()
    assert f"@prefix base: <{final}>" in graph
    assert "prov:alternateOf <arcp://" in graph
    assert (folder / "final" / "a.ipynb").read_bytes() == (folder / "a.ipynb").read_bytes()
    assert final in (folder / "final" / "model-cards" / "model.jsonld").read_text()
    assert "arcp://" not in (folder / "final" / "model-cards" / "model.jsonld").read_text()


def test_the_base_of_the_project_is_led_back_to(folder: Path, write: Write, invoke: Invoke) -> None:
    write("provkg.toml", 'base = "https://w3id.org/my/study/"\n' + COMPLETE)
    write()
    invoke("publish", "a.ipynb", "--base", "https://doi.org/10.5281/zenodo.1/", "-o", "crate")
    assert (
        "prov:alternateOf <https://w3id.org/my/study/a.ipynb>"
        in (folder / "crate" / "provenance.trig").read_text()
    )


def test_a_folder_with_its_own_crate_in_it_gives_the_same_crate_again(
    folder: Path, write: Write, invoke: Invoke
) -> None:
    write("provkg.toml", COMPLETE)
    write("in/data.csv", "a,b\n1,2\n")
    write("in/a.ipynb")
    for name in ("in/crate", "in/crate", "other"):
        assert invoke("publish", "in", "-o", name).exit_code == 0
    assert not (folder / "in" / "crate" / "in" / "crate").exists()
    one, other = (folder / name / "ro-crate-metadata.json" for name in ("in/crate", "other"))
    assert one.read_bytes() == other.read_bytes()


def test_data_that_are_called_like_a_part_of_the_crate_are_left_out_and_told(
    write: Write, invoke: Invoke
) -> None:
    write("provenance.trig", "")
    write(content=("print(open('provenance.trig').read())",))
    result = invoke("publish", "a.ipynb", "-o", "crate")
    assert "left out   provenance.trig: the crate has a file of this name" in result.stderr
    assert invoke("hash", "crate/provenance.trig").exit_code == 0
