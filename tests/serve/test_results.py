"""Rows are written so that other libraries read the same from them."""

from __future__ import annotations

import csv
import io
import xml.dom.minidom

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    Triple,
    Variable,
    parse_query_results,
)

from provkg.serve.results import WRITERS, Row, write_csv, write_json, write_tsv, write_xml

FORMATS = {"json": QueryResultsFormat.JSON, "xml": QueryResultsFormat.XML, "tsv": QueryResultsFormat.TSV}
XSD = "http://www.w3.org/2001/XMLSchema#"

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
TERMS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text: Literal(text, language="en"), TEXTS),
    st.builds(lambda text: Literal(text, datatype=NamedNode("http://a/type")), TEXTS),
    st.builds(lambda number: Literal(number), st.integers(-9, 9) | st.booleans()),
    st.just(Literal("x1", datatype=NamedNode(XSD + "integer"))),
    st.just(NamedNode("http://a/b?c=d&e='f'")),
    st.just(BlankNode("b0")),
    st.just(Triple(NamedNode("http://a"), NamedNode("http://b"), Literal("<c>"))),
)
TABLES = st.lists(st.tuples(TERMS | st.none(), TERMS), max_size=4)
VARIABLES = [Variable("a"), Variable("b")]


def is_plain(term: object) -> bool:
    """Whether no reader of XML, Oxigraph's included, makes other space of the term's."""
    text = getattr(term, "value", "a")
    return bool(text) and text.isprintable() and text == text.strip()


def read(text: str, format: str) -> list[Row]:
    answer = parse_query_results(text.encode(), format=FORMATS[format])
    assert isinstance(answer, QuerySolutions)
    assert [variable.value for variable in answer.variables] == ["a", "b"]
    return [tuple(solution) for solution in answer]


@pytest.mark.parametrize("format", ["json", "tsv"])
@given(rows=TABLES)
def test_rows_come_back(format: str, rows: list[Row]) -> None:
    assert read(WRITERS[format](VARIABLES, rows), format) == rows


@given(rows=TABLES)
def test_rows_come_back_from_xml_but_for_what_xml_cannot_say(rows: list[Row]) -> None:
    text = write_xml(VARIABLES, rows)
    xml.dom.minidom.parseString(text.encode())  # noqa: S318 - we have just written it
    plain = [row for row in rows if all(map(is_plain, row))]
    assert read(write_xml(VARIABLES, plain), "xml") == plain


def test_control_characters_become_pictures_in_xml() -> None:
    assert "<literal>␛[31m&#13;\n</literal>" in write_xml(VARIABLES, [(None, Literal("\x1b[31m\r\n"))])


def test_csv_has_values_without_types() -> None:
    rows: list[Row] = [
        (NamedNode("http://a"), Literal('say "a,b"\n')), (BlankNode("b0"), Literal("a", language="en")), (None, Literal(1)),
    ]  # fmt: skip
    assert list(csv.reader(io.StringIO(write_csv(VARIABLES, rows)))) == [
        ["a", "b"], ["http://a", 'say "a,b"\n'], ["_:b0", "a"], ["", "1"],
    ]  # fmt: skip
    assert write_csv(VARIABLES, rows).count("\r\n") == 4


def test_rdflib_reads_the_same() -> None:
    rows: list[Row] = [(NamedNode("http://a"), Literal("é\t\n", language="en")), (None, Literal(1.5))]
    for format, text in (("json", write_json(VARIABLES, rows)), ("xml", write_xml(VARIABLES, rows))):
        result = rdflib.query.Result.parse(io.BytesIO(text.encode()), format=format)
        assert [row.asdict() for row in result] == [
            {"a": rdflib.URIRef("http://a"), "b": rdflib.Literal("é\t\n", lang="en")},
            {"b": rdflib.Literal("1.5", datatype=rdflib.XSD.double)},
        ]


def test_json_and_tsv_are_what_oxigraph_writes() -> None:
    sparql = "SELECT (1 AS ?i) ('a\\t\"'@en AS ?l) (STRLANGDIR('a', 'en', 'ltr') AS ?d) ?none (1.5e0 AS ?e) (<http://a> AS ?n) {}"
    for format, write in (("json", write_json), ("tsv", write_tsv)):
        ours, theirs = (Store().query(sparql) for _ in range(2))
        assert isinstance(ours, QuerySolutions)
        written = write(ours.variables, [tuple(row) for row in ours])
        assert written.encode() == theirs.serialize(format=FORMATS[format])  # type: ignore[call-arg, union-attr]
