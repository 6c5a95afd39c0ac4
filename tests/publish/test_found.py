"""Metadata of files that a project has already."""

from __future__ import annotations

from pathlib import Path

from provkg.publish.citing import write_citation, write_codemeta, write_zenodo
from provkg.publish.found import find_metadata, read_citation, read_codemeta, read_pyproject, read_zenodo
from provkg.publish.metadata import Metadata, Person
from provkg.publish.study import Study

CITATION = """
cff-version: 1.2.0
message: cite me
title: Growth
authors:
  - family-names: Carberry
    given-names: Josiah
    orcid: https://orcid.org/0000-0002-1825-0097
  - name: The seedling group
license: MIT
date-released: 2026-11-25
keywords: [light]
preferred-citation: {type: article, doi: 10.1000/growth, title: x, authors: []}
"""


def test_a_citation_file_says_who_made_it_and_for_which_paper() -> None:
    said = read_citation(CITATION)
    assert said["creators"] == (
        Person("Josiah Carberry", "Josiah", "Carberry", "https://orcid.org/0000-0002-1825-0097"),
        Person("The seedling group"),
    )
    assert (said["licence"], said["date"], said["paper"]) == ("MIT", "2026-11-25", "10.1000/growth")


def test_what_we_write_is_read_back(metadata: Metadata) -> None:
    person = metadata.creators[0]
    for read, text in (
        (read_citation, write_citation(metadata)),
        (read_codemeta, write_codemeta(metadata, Study())),
        (read_zenodo, write_zenodo(metadata)),
    ):
        said = read(text.decode())
        assert [each.name for each in said["creators"]] == [person.name]
        assert said["creators"][0].orcid == person.orcid
        for key in ("title", "description", "licence", "version", "date", "keywords"):
            assert said[key] == getattr(metadata, key), (read, key)


def test_a_project_says_its_name_and_licence() -> None:
    text = '[project]\nname = "growth"\nlicense = {text = "MIT"}\nauthors = [{name = "Ada"}]\n[project.urls]\nRepository = "https://example.org/a"\n'
    assert read_pyproject(text) == {
        "title": "growth", "creators": (Person("Ada"),), "licence": "MIT", "repository": "https://example.org/a",
    }  # fmt: skip


def test_values_of_the_wrong_kind_are_left_aside() -> None:
    assert read_citation("title: [1, 2]\nlicense: nonsense licence\nauthors: me\nkeywords: {a: 1}\n") == {}
    assert read_zenodo('{"creators": [7, {"name": null}], "license": {"id": "cc-zero"}}') == {}
    assert read_codemeta("[]") == {}


def test_a_file_that_cannot_be_read_is_told_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text("title: [", encoding="utf-8")
    (tmp_path / ".zenodo.json").write_text('{"title": "Growth"}', encoding="utf-8")
    found, problems = find_metadata(tmp_path)
    assert found == [Metadata(title="Growth", origins={"title": ".zenodo.json"})]
    assert [problem.split(":")[0] for problem in problems] == ["CITATION.cff cannot be read"]


def test_nothing_in_a_citation_file_is_run(tmp_path: Path) -> None:
    (tmp_path / "CITATION.cff").write_text(
        f"title: !!python/object/apply:os.mkdir ['{tmp_path}/made']\n", encoding="utf-8"
    )
    found, problems = find_metadata(tmp_path)
    assert (found, len(problems)) == ([], 1)
    assert not (tmp_path / "made").exists()
