"""PROV documents of every format say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from provkg.errors import GraphError
from provkg.validate.constraints import check_instances
from provkg.validate.prov_files import parse_document, read_document, read_prov_file
from provkg.validate.prov_statements import Statement

PROVN = b"""document
prefix ex <http://example.org/>
entity(ex:table, [prov:type='prov:EmptyCollection'])
activity(ex:run, 2026-03-01T08:00:00+01:00, -)
wasGeneratedBy(ex:g; ex:table, ex:run, -)
used(ex:run, ex:source, -)
wasDerivedFrom(ex:d; ex:table, ex:source, ex:run, ex:g, -)
hadMember(ex:table, ex:row)
bundle ex:b
  agent(ex:jane)
endBundle
endDocument
"""


def test_statements_have_their_arguments_in_the_order_of_prov_n() -> None:
    outside, bundle = read_document(parse_document(PROVN, "provn"))
    ex = "http://example.org/"
    assert [each for each in outside.statements if not each.id.startswith("_:")] == [
        Statement("entity", ex + "table"),
        Statement("activity", ex + "run", ("2026-03-01T07:00:00Z", "-")),
        Statement("wasGeneratedBy", ex + "g", (ex + "table", ex + "run", "-")),
        Statement("wasDerivedFrom", ex + "d", (ex + "table", ex + "source", ex + "run", ex + "g", "-")),
    ]
    assert outside.empty_collections == {ex + "table"}
    assert (bundle.name, bundle.statements) == (ex + "b", [Statement("agent", ex + "jane")])


@pytest.mark.parametrize("suffix", [".json", ".xml", ".provx", ".provn"])
def test_every_format_gives_the_same_verdict(suffix: str, tmp_path: Path) -> None:
    document = parse_document(PROVN, "provn")
    path = tmp_path / f"run{suffix}"
    format = {".json": "json", ".provn": "provn"}.get(suffix, "xml")
    document.serialize(str(path), format=format)
    assert check_instances(read_prov_file(path)) == check_instances(read_document(document))
    assert [breach.code for breach in check_instances(read_prov_file(path))] == ["PROV501"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.provn", b"document entity( endDocument"),
        ("a.json", b"{"),
        ("a.xml", b"<x"),
        ("a.provn", b"\xff\xfe"),
    ],
)
def test_what_is_no_prov_document_is_told(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(GraphError, match="this is no PROV-"):
        read_prov_file(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="cannot be read"):
        read_prov_file(tmp_path / "none.provn")


def test_an_external_entity_of_xml_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("http://example.org/secret")
    path = tmp_path / "a.xml"
    path.write_text(
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
        '<prov:document xmlns:prov="http://www.w3.org/ns/prov#" xmlns:ex="http://example.org/">'
        '<prov:entity prov:id="ex:e"><prov:label>&x;</prov:label></prov:entity></prov:document>'
    )
    try:
        told = str(read_prov_file(path))
    except GraphError as error:
        told = str(error)
    assert "example.org/secret" not in told
