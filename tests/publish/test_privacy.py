"""What leaves the machine: nothing that names a person or a machine, unless it is asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from provkg.extract.redaction import Redactor
from provkg.graph.terms import PROV, PROVKG, RDF, SCHEMA
from provkg.publish.privacy import KINDS, Cleaner, Machine, tell_data, tell_found

from .conftest import notebook

ROOT = "/home/ada/study"


def cleaner(*keep: str) -> Cleaner:
    return Cleaner(Machine(ROOT, "node17.uni.example"), Redactor().redact, frozenset(keep))  # type: ignore[arg-type]


def clean(text: str, name: str = "a.py", *, is_code: bool = False) -> str:
    return cleaner().clean_text(text, name, is_code=is_code)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("open('/home/ada/study/data/a.csv')", "open('data/a.csv')"),
        ("'/home/bob/secret/a.csv'", "'/removed-1/a.csv'"),
        ("'/home/bob/x/a.csv', '/home/bob/x/b.csv', '/mnt/y/c.csv'", "'/removed-1/a.csv', '/removed-1/b.csv', '/removed-2/c.csv'"),
        (r"'C:\\Users\\bob\\a.csv'", "'/removed-1/a.csv'"),
        (r"C:\Users\bob\Desktop", "/removed-1"),
        ("\x1b[0;32m/Users/bob/lib/x.py\x1b[0m", "\x1b[0;32m/removed-1/x.py\x1b[0m"),
        ("file:///home/bob/a.csv", "file:///removed-1/a.csv"),
        ("%cd /home/bob", "%cd /removed-1"),
        ("running on node17.uni.example", "running on removed-host"),
        ("ada@node17:~/study$ ls", "user@removed-host:~/study$ ls"),
        ("mail ada.lovelace@uni.de", "mail removed@example.org"),
        ("key = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'", "key = '<redacted>'"),
    ],
)  # fmt: skip
def test_what_names_a_person_or_a_machine_is_taken_out(text: str, left: str) -> None:
    assert clean(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/home/ada/index.html",
        "results/home/a.csv",
        "/usr/bin/env python3",
        "/content/drive/MyDrive/a.csv",
        "</div>",
        "/homework",
        "git clone git@github.com:lab/study",
        "me@example.org",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("code", ["y = X@model.weights", "z=self.W@self.data.x + b@c.de"])
def test_products_of_matrices_are_no_addresses(code: str) -> None:
    assert clean(code, is_code=True) == code


def test_a_host_that_is_called_like_a_word_or_a_variable_changes_no_code() -> None:
    code = "laptop = node17 + 1  # on node17"
    assert clean(code, is_code=True) == "laptop = node17 + 1  # on removed-host"
    assert Cleaner(Machine(ROOT, "laptop")).clean_text("my laptop", "a.md") == "my laptop"


def test_addresses_in_strings_and_comments_of_code_are_taken_out() -> None:
    code = 'mail("ada@uni.de")  # or bob@uni.de\n"""\nby eve@uni.de\n"""'
    assert clean(code, is_code=True).count("removed@example.org") == 3


def test_a_path_in_the_project_becomes_relative_to_its_program() -> None:
    assert clean("'/home/ada/study/data/a.csv'", "notebooks/a.ipynb") == "'../data/a.csv'"


def test_a_notebook_with_nothing_to_hide_stays_byte_for_byte() -> None:
    data = notebook(("code", "x = 1"), ("markdown", "# Title")).encode()
    assert cleaner().clean_program("a.ipynb", data) == data


def test_sources_outputs_and_metadata_of_a_notebook_are_cleaned_but_no_pictures() -> None:
    book = {
        "cells": [
            {
                "cell_type": "code",
                "source": ["a = open('/home/bob/a.txt')\n", "b = X@y.data"],
                "outputs": [{"data": {"text/plain": "/home/bob/a.txt", "image/png": "/home/bob/"}}],
            }
        ],
        "metadata": {"papermill": {"input_path": "/home/ada/study/a.ipynb"}},
    }
    cleaned = json.loads(cleaner().clean_program("a.ipynb", json.dumps(book).encode()))
    (cell,) = cleaned["cells"]
    assert cell["source"] == ["a = open('/removed-1/a.txt')\n", "b = X@y.data"]
    assert cell["outputs"][0]["data"] == {"text/plain": "/removed-1/a.txt", "image/png": "/home/bob/"}
    assert cleaned["metadata"]["papermill"]["input_path"] == "a.ipynb"


def test_what_was_taken_out_is_told_but_no_secret() -> None:
    looking = cleaner()
    looking.clean_text("/home/bob/a.csv token=ghp_0123456789abcdefghijABCDEFGHIJ012345 eve@uni.de", "a.ipynb")
    assert list(tell_found(looking)) == [
        "a.ipynb: 1 absolute path, like /home/bob/a.csv",
        "a.ipynb: 1 e-mail address, like eve@uni.de",
        "a.ipynb: 1 secret",
    ]


def test_data_are_looked_into_and_told() -> None:
    assert list(tell_data(cleaner(), "a.csv", b"name,mail\nada,ada@uni.de\n")) == [
        "a.csv: 1 e-mail address, like ada@uni.de"
    ]
    assert list(tell_data(cleaner(), "a.bin", b"\xff\xfe ada@uni.de")) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("user", "variable")])
def test_each_kind_can_be_kept(kind: str) -> None:
    text = {
        "path": "/home/bob/a",
        "email": "ada@uni.de",
        "host": "node17",
        "secret": "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    }[kind]
    assert cleaner(kind).clean_text(text, "a.md") == text
    assert cleaner().clean_text(text, "a.md") != text


def test_the_environment_of_a_run_is_taken_out_and_that_of_a_program_stays() -> None:
    def told(how: str) -> list[Quad]:
        graph, variable = NamedNode(f"https://example.org/{how}"), NamedNode(f"https://example.org/{how}/v")
        return [
            Quad(graph, PROVKG.how, Literal(how), graph),
            Quad(variable, RDF.type, PROVKG.EnvironmentVariable, graph),
            Quad(variable, SCHEMA.name, Literal("LANG"), graph),
            Quad(variable, SCHEMA.value, Literal("de_DE"), graph),
        ]

    assert [quad.predicate for quad in cleaner().clean_quads(told("observed"))].count(SCHEMA.value) == 0
    assert list(cleaner("variable").clean_quads(told("observed"))) == told("observed")
    assert list(cleaner().clean_quads(told("inferred"))) == told("inferred")


def test_who_started_a_run_is_hidden_and_who_wrote_a_program_is_not() -> None:
    graph, bundle = NamedNode("https://example.org/run"), NamedNode("https://example.org/inferred")
    user, author = NamedNode("https://example.org/_agent/ada"), NamedNode("https://example.org/_agent/bob")
    run = NamedNode("https://example.org/run.run")
    quads = [
        Quad(graph, PROVKG.how, Literal("observed"), graph),
        Quad(user, RDF.type, PROV.Person, graph),
        Quad(user, SCHEMA.name, Literal("ada"), graph),
        Quad(run, PROV.wasAssociatedWith, user, graph),
        Quad(author, RDF.type, PROV.Person, bundle),
        Quad(author, SCHEMA.name, Literal("bob"), bundle),
    ]
    looking = cleaner()
    left = list(looking.clean_quads(quads))
    assert not any("ada" in str(quad) for quad in left)
    assert left[3].object == NamedNode("https://example.org/_agent/user")
    assert left[4:] == quads[4:]
    assert list(tell_found(looking)) == ["the graph: 1 login name, like ada"]
    assert list(cleaner("user").clean_quads(quads)) == quads


def test_graphs_are_cleaned_in_texts_and_in_names_of_files() -> None:
    file = NamedNode("file:///home/bob/a.csv")
    (quad,) = cleaner().clean_quads([Quad(file, SCHEMA.name, Literal("/home/bob/a.csv"))])
    assert (quad.subject, quad.object) == (NamedNode("file:///removed-1/a.csv"), Literal("/removed-1/a.csv"))


names = st.sampled_from(["bob", "Eve", "x.y", "a-b"])
paths = st.builds(lambda place, user, rest: f"{place}{user}{rest}", st.sampled_from(["/home/", "/Users/", "C:/Users/"]), names, st.sampled_from(["", "/a.csv", "/d/e/f.py"]))  # fmt: skip
quoted = st.sampled_from([repr, json.dumps])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paths, quoted, st.text(" =x(,\n#", max_size=5))
def test_no_name_of_a_user_is_left_and_code_stays_code(
    path: str, quote: Callable[[str], str], around: str
) -> None:
    code = f"y = 1{' '}\nopen({quote(path)})\n"
    cleaned = clean(code, is_code=True)
    ast.parse(cleaned)
    assert not any(
        f"{place}/{name}" in cleaned for place in ("home", "Users") for name in ("bob", "Eve", "x.y", "a-b")
    )
    assert clean(cleaned, is_code=True) == cleaned
