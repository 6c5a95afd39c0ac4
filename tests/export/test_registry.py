"""The formats: how each is known, and that each can be written."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from pyoxigraph import NamedNode, Quad

from provkg.errors import GraphError
from provkg.export.registry import FORMATS, find_format, guess_format, write_graph

NODE = NamedNode("http://example.org/node")
QUADS = [Quad(NODE, NODE, NODE, NODE)]


@pytest.mark.parametrize(
    ("name", "suffix"), [(each.name, s) for each in FORMATS.values() for s in each.suffixes]
)
def test_every_suffix_stands_for_its_format(name: str, suffix: str) -> None:
    assert guess_format(f"folder.d/graph{suffix}") == guess_format(f"GRAPH{suffix.upper()}") == name


def test_no_suffix_stands_for_two_formats() -> None:
    suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_a_format_is_found_by_name_title_and_suffix() -> None:
    for name, format in FORMATS.items():
        words = [name, format.title, *format.suffixes, *(suffix[1:].upper() for suffix in format.suffixes)]
        assert {find_format(word) for word in words} == {name}
    assert [find_format(word) for word in ("json", "prov", "excel", "")] == [None] * 4


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("graph.json", ".json can be JSON-LD or PROV-JSON"),
        ("graph.csv", "no format has the suffix '.csv'"),
        ("graph", "the name has no suffix to guess a format by"),
        ("-", "the name has no suffix to guess a format by"),
    ],
)
def test_a_name_that_says_no_format_asks_for_one(path: str, message: str) -> None:
    with pytest.raises(GraphError) as caught:
        guess_format(path)
    assert caught.value.message == message
    assert caught.value.hint is not None
    assert "-f" in caught.value.hint


def test_an_unknown_format_lists_those_there_are() -> None:
    with pytest.raises(GraphError, match="no format 'excel'") as caught:
        write_graph(QUADS, "excel", io.BytesIO(), {})
    assert caught.value.hint == (
        "formats are turtle, trig, nquads, ntriples, jsonld, rdfxml, provjson, provn, provxml"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_written(name: str) -> None:
    stream = io.BytesIO()
    write_graph(QUADS, name, stream, {})
    assert stream.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_graph_is_a_document_too(name: str) -> None:
    write_graph([], name, io.BytesIO(), {})


def test_the_list_of_formats_is_there_without_the_libraries_that_write_them() -> None:
    heavy = {"pyoxigraph", "rdflib", "prov", "lxml"}
    program = f"import sys, provkg.export.registry; print(sorted({heavy} & sys.modules.keys()))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
