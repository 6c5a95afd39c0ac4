"""Parts of answers are asked for in SPARQL that means the same."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions

from provkg.store.memory import MemoryStore
from provkg.store.sparql import find_form, find_limit, write_construct_count, write_construct_page, write_page

EX = "http://example.org/"
PREFIX = f"PREFIX e: <{EX}> # FROM here }} on\n"


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    store, p = MemoryStore(), NamedNode(EX + "p")
    quads = [Quad(NamedNode(f"{EX}s{i % 4}"), p, Literal(i)) for i in range(25)]
    store.replace_graphs({EX + "a": quads})
    return store


def rows(store: MemoryStore, sparql: str) -> list[str]:
    answer = store.query(sparql)
    assert isinstance(answer, QuerySolutions)
    return [str(tuple(row)) for row in answer]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("SELECT ?s ?o { ?s e:p ?o }", ["s", "o"]),
        ("SELECT ?s { ?s e:p ?o } # all of them", ["s"]),
        ("SELECT * { ?s e:p ?o FILTER(STR(?o) != '} LIMIT 3') }", ["o", "s"]),
        ("SELECT DISTINCT ?s { ?s e:p ?o VALUES ?s { e:s1 e:s2 } }", ["s"]),
        ("select ?s (count(*) as ?n) { ?s e:p ?o } group by ?s having (?n > 0)", ["s", "n"]),
    ],
)
def test_pages_are_together_the_answer(store: MemoryStore, query: str, variables: list[str]) -> None:
    pages = [write_page(PREFIX + query, variables, 3, offset) or "" for offset in range(0, 30, 3)]
    found = [row for page in pages for row in rows(store, page)]
    assert sorted(found) == sorted(rows(store, PREFIX + query))


def test_pages_keep_the_order_that_was_asked_for(store: MemoryStore) -> None:
    query = f"{PREFIX}SELECT ?s ?o {{ ?s e:p ?o }} ORDER BY DESC(?s) # the last first"
    pages = [write_page(query, ["s", "o"], 4, offset) or "" for offset in range(0, 30, 4)]
    subjects = [row.partition(",")[0] for page in pages for row in rows(store, page)]
    assert subjects == sorted(subjects, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s ?p ?o } LIMIT 5",
        "SELECT ?s { ?s ?p ?o } OFFSET 5",
        "SELECT ?s FROM <http://example.org/a> { ?s ?p ?o }",
        "SELECT ?s FROM NAMED e:a { ?s ?p ?o }",
        "SELECT ?s { ?s ?p ?o } VALUES ?s { e:s1 }",
    ],
)
def test_what_has_no_pages_of_its_own_is_told(query: str) -> None:
    assert write_page(PREFIX + query, ["s"], 10, 0) is None


def test_variables_called_from_and_texts_with_keywords_are_no_keywords() -> None:
    query = 'SELECT ?from { ?from ?p "FROM <x> LIMIT 3", """VALUES "x" { }""" }'
    assert write_page(query, ["from"], 10, 0) is not None
    assert find_limit(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "CONSTRUCT { ?s e:q ?o ; e:r ?s } WHERE { ?s e:p ?o }",
        "CONSTRUCT WHERE { ?s e:p ?o } # all",
        "CONSTRUCT { ?s e:q ?o } { ?s e:p ?o OPTIONAL { ?s e:none ?x } } ORDER BY ?o",
    ],
)
def test_a_graph_made_in_parts_is_the_same_graph(store: MemoryStore, query: str) -> None:
    (count,) = rows(store, write_construct_count(PREFIX + query))
    assert "value=25" in count
    pages = [write_construct_page(PREFIX + query, 4, offset) or "" for offset in range(0, 25, 4)]
    found = {str(triple) for page in pages for triple in store.query(page)}
    assert found == {str(triple) for triple in store.query(PREFIX + query)}


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("ask {}", "ASK"),
        ("BASE <http://x/> PREFIX : <#>\n PREFIX select: <y> DESCRIBE <z>", "DESCRIBE"),
        ("# SELECT\n ASK {}", "ASK"),
        ("INSERT DATA {}", None),
        ("", None),
    ],
)
def test_the_form_is_the_first_word_behind_the_prefixes(query: str, form: str | None) -> None:
    assert find_form(query) == form
