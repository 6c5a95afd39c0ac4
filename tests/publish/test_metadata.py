"""What a publication says of itself: read strictly, merged by trust, and never invented."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from provkg.errors import SettingsError
from provkg.publish.metadata import Metadata, Person, find_missing, merge, parse_metadata, write_template

from .conftest import TOLD


def parse(**table: Any) -> Metadata:
    return parse_metadata(table, "provkg.toml")


def test_identifiers_are_written_in_one_way_however_they_are_given() -> None:
    said = parse(
        license="cc-by-4.0",
        paper="https://doi.org/10.1000/a",
        creators=[{"name": "Ada", "orcid": "https://orcid.org/0000-0002-1825-0097", "ror": "05qpz1x62"}],
    )
    assert (said.licence, said.paper) == ("CC-BY-4.0", "10.1000/a")
    assert said.creators == (
        Person("Ada", orcid="https://orcid.org/0000-0002-1825-0097", ror="https://ror.org/05qpz1x62"),
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"licence": "my own"}, "SPDX does not know"),
        ({"paper": "Nature 2026"}, "no DOI"),
        ({"date": "yesterday"}, "no day"),
        ({"keywords": "light"}, "list of texts"),
        ({"titel": "x"}, "has no 'titel'"),
        ({"access": "secret"}, "access is 'secret'"),
        ({"creators": [{"name": "Ada", "orcid": "0000-0002-1825-0098"}]}, "no ORCID"),
        ({"creators": [{"orcid": "0000-0002-1825-0097"}]}, "has no name"),
        ({"funding": [{"award": "1"}]}, "has no funder"),
        ({"creators": ["Ada"]}, "must be tables"),
    ],
)
def test_what_makes_no_sense_is_told_with_the_file_it_stands_in(table: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match="publication") as caught:
        parse(**table)
    assert said in caught.value.message
    assert caught.value.path == "provkg.toml"


def test_the_first_who_says_something_counts_and_is_remembered() -> None:
    settings, citation = (
        parse(title="Mine"),
        Metadata(title="Old", licence="MIT", origins={"title": "CITATION.cff", "licence": "CITATION.cff"}),
    )
    merged = merge([settings, citation])
    assert (merged.title, merged.licence) == ("Mine", "MIT")
    assert merged.origins == {"title": "provkg.toml", "licence": "CITATION.cff"}


def test_everything_that_nobody_says_is_missed_and_nothing_else() -> None:
    assert [each.key for each in find_missing(Metadata()) if each.is_required] == [
        "title", "description", "licence", "date", "creators",
    ]  # fmt: skip
    assert find_missing(parse_metadata(TOLD, "")) == []


def test_a_description_too_short_for_search_engines_is_told() -> None:
    assert [each.key for each in find_missing(parse_metadata({**TOLD, "description": "Short."}, ""))] == [
        "description"
    ]


def test_the_runner_is_a_creator_by_name_or_by_orcid() -> None:
    creators = [{"name": "Ada", "orcid": "0000-0002-1825-0097"}, {"name": "Bob"}]
    assert parse(creators=creators, ran_by="Bob").runner == Person("Bob")
    assert (
        parse(creators=creators, ran_by="0000-0002-1825-0097").runner == parse(creators=creators).creators[0]
    )
    assert parse(creators=creators, ran_by="Eve").runner is None
    assert parse(creators=creators).runner is None


def test_the_template_is_settings_that_say_nothing_but_what_is_known() -> None:
    known = Metadata(title='A "title"', creators=(Person("Ada"),))
    table = tomllib.loads(write_template(known))["publication"]
    assert parse_metadata(table, "") == Metadata(
        title='A "title"', creators=(Person("Ada"),), origins={"title": "", "creators": ""}
    )


def test_every_line_that_the_template_offers_is_a_setting() -> None:
    offered = "\n".join(
        line.removeprefix("# ")
        for line in write_template(Metadata()).splitlines()
        if "=" in line or "[[" in line
    )
    table = tomllib.loads("[publication]\n" + offered)["publication"]
    assert parse_metadata(table, "").funding[0].award == "377845201"
