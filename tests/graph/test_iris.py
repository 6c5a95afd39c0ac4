"""Ids and values become legal IRIs and literals, whatever they hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from provkg.errors import SettingsError
from provkg.graph.iris import (
    Nodes,
    Term,
    check_base,
    constant,
    date_time,
    make_node,
    name_of_python,
    number,
    package_url,
    string,
    text,
)
from provkg.graph.terms import PREFIXES, PROVKG, SCHEMA, XSD

BASE = "arcp://uuid,0b9b2a4e-7b4c-4b0e-8a4e-0d6f0a0c7a11/"
any_text = st.text(st.characters(codec=None, categories=None), max_size=200)
plain_ids = st.text("aZ0.-_~/#:%", max_size=30)


def read(term: Term | None) -> Literal:
    """The literal that this text is."""
    (triple,) = parse(f"<x:s> <x:p> {term} .", format=RdfFormat.N_TRIPLES)
    assert isinstance(triple.object, Literal)
    return triple.object


@pytest.mark.parametrize(
    ("identifier", "iri"),
    [
        ("nb/iris.ipynb#v3fa9.cell-7", BASE + "nb/iris.ipynb#v3fa9.cell-7"),
        ("https://example.org/a.csv?x=1", "https://example.org/a.csv?x=1"),
        ("pkg:pypi/numpy@2.3.4", "pkg:pypi/numpy@2.3.4"),
        ("file:///data/a.csv", "file:///data/a.csv"),
        ("sha256:" + "00" * 32, "ni:///sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("https://example.org/my file.csv", "https://example.org/my%20file.csv"),
        ('my "file".csv', BASE + "my%20%22file%22.csv"),
        ("sha256:12", "sha256:12"),
    ],
)
def test_ids_become_iris_by_what_they_name(identifier: str, iri: str) -> None:
    assert make_node(identifier, BASE).value == iri


@pytest.mark.parametrize("vocabulary", PREFIXES.values())
def test_no_id_is_minted_inside_a_vocabulary(vocabulary: str) -> None:
    assert make_node(vocabulary + "Entity", BASE).value.startswith(BASE + "_id/")


def test_an_id_of_megabytes_becomes_a_short_iri_of_its_own() -> None:
    nodes = {make_node("data:text/csv," + "x" * 1_000_000 + end, BASE).value for end in "ab"}
    assert len(nodes) == 2
    assert max(map(len, nodes)) < 200


@given(any_text)
@example("http://[/")
@example("\ud800")
@example("https://x/%zz")
@example("> . <a:b> <c:d> <e:f> .")
@example("\u202e\ue000")
def test_every_id_gives_one_legal_iri(identifier: str) -> None:
    node = make_node(identifier, BASE)
    assert NamedNode(node.value) == make_node(identifier, BASE)
    assert not set(node.value) & set('<>"{}|\\^` \n\r\t')


@given(
    any_text | plain_ids,
    st.sampled_from(
        [BASE, "https://w3id.org/", "https://w3id.org/my#", "https://x/#a/", "urn:x:/", "x:/", "http:///"]
    ),
)
@example("provkg#Cell", "https://w3id.org/")
@example("a#b", "https://x/#a/")
@example("a" * 1990, BASE)
def test_nodes_are_written_as_the_library_writes_them(identifier: str, base: str) -> None:
    assert Nodes(check_base(base))[identifier] == str(make_node(identifier, base))


def test_behind_a_hash_ids_have_no_hash_of_their_own() -> None:
    assert make_node("a.ipynb#v1", "https://example.org/kg#").value == "https://example.org/kg#a.ipynb:v1"


@pytest.mark.parametrize("base", ["https://w3id.org/my/project/", BASE, "urn:x:y#", "arcp://ni,sha-256;ab/"])
def test_a_good_base_is_given_back(base: str) -> None:
    assert check_base(base) == base


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("https://example.org", "does not end in"),
        ("project/", "is not an absolute IRI"),
        ("https://exa mple.org/", "is not an absolute IRI"),
        ("https://example.org/##", "is not an absolute IRI"),
        ("", "does not end in"),
        ("http://www.w3.org/ns/prov#", "belongs to a vocabulary"),
    ],
)
def test_a_base_that_ids_cannot_stand_behind_is_refused(base: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        check_base(base)
    assert caught.value.hint


@given(any_text)
@example("\x00\x08\x0b\x1b\ufffe\uffff\ud83d")
def test_every_text_becomes_a_literal_that_xml_can_hold(value: str) -> None:
    literal = read(text(value))
    assert len(literal.value) == len(value)
    for character, written in zip(value, literal.value, strict=True):
        code = ord(character)
        legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
        assert written == (character if legal else "\ufffd")


@given(any_text)
@example('"')
@example("a\\u0041")
@example("a\nb\tc\r\x7f")
@example("\u2028\ue000\U0001f600")
def test_strings_are_written_as_the_library_writes_them(value: str) -> None:
    written = string(value)
    assert written == str(read(written))


@pytest.mark.parametrize(
    ("value", "lexical"),
    [
        (1.5, "1.5E0"),
        (0.1, "1.0E-1"),
        (-1200.0, "-1.2E3"),
        (0.0, "0.0E0"),
        (-0.0, "-0.0E0"),
        (5e-324, "5.0E-324"),
        (1.2345678901234567e20, "1.2345678901234567E20"),
        (math.inf, "INF"),
        (-math.inf, "-INF"),
        (math.nan, "NaN"),
    ],
)
def test_floats_are_written_in_their_canonical_form(value: float, lexical: str) -> None:
    assert read(number(value)) == Literal(lexical, datatype=XSD.double)


@given(st.floats(allow_nan=False))
def test_floats_keep_their_value(value: float) -> None:
    assert float(read(number(value)).value) == value


def test_numbers_that_are_equal_keep_their_datatypes() -> None:
    assert [read(number(value)).value for value in (1, 1.0, -0.0, 0.0, 0)] == [
        "1",
        "1.0E0",
        "-0.0E0",
        "0.0E0",
        "0",
    ]


@pytest.mark.parametrize(
    ("value", "lexical"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.123456Z", "2024-01-02T03:04:05.123Z"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05Z"),
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05"),
        ("20240102T030405Z", "2024-01-02T03:04:05Z"),
    ],
)
def test_times_are_written_as_xml_schema_has_them(value: str, lexical: str) -> None:
    assert read(date_time(value)) == Literal(lexical, datatype=XSD.dateTime)


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+10:00"]
)
def test_what_is_no_time_is_not_written_as_one(value: str | None) -> None:
    assert date_time(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", (SCHEMA.value, Literal("a"))),
        (True, (SCHEMA.value, Literal(True))),
        (3, (SCHEMA.value, Literal(3))),
        (2.0, (SCHEMA.value, Literal("2.0E0", datatype=XSD.double))),
        (None, (PROVKG.jsonValue, Literal("null"))),
        ({"b": [1], "a": None}, (PROVKG.jsonValue, Literal('{"a": null, "b": [1]}'))),
    ],
)
def test_scalars_are_values_and_the_rest_is_json(value: object, expected: object) -> None:
    predicate, literal = constant(value)  # type: ignore[arg-type]
    assert (predicate, read(literal)) == expected


def test_names_of_the_language_and_libraries_are_the_same_in_every_project() -> None:
    assert name_of_python("pandas.io.read csv") == "https://w3id.org/provkg/python/pandas.io.read%20csv"
    assert package_url("scikit-learn") == "pkg:pypi/scikit-learn"
    assert package_url("a/b@1", "1.0+cu1", "conda") == "pkg:conda/a%2Fb%401@1.0%2Bcu1"
