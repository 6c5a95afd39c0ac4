"""Queries of shapes are asked about all focus nodes at once, and answer as if asked one by one."""

from __future__ import annotations

import pytest

from provkg.errors import ValidationError
from provkg.validate import engine, reference
from provkg.validate.injection import inject

from .conftest import ReadTurtle

DATA = """
:a :p 1, 2 ; :next :b . :b :p 3 . :c :q 4 ; :next :a . :d a :Kind .
:a a :Kind . :b a :Kind . :c a :Kind .
"""

QUERIES = {
    "a triple": "SELECT $this ?value { $this :p ?value }",
    "a filter": "SELECT $this { FILTER($this = :a) }",
    "not exists": "SELECT $this { FILTER NOT EXISTS { $this :p ?x } }",
    "exists in a union": "SELECT $this ?value { { $this :p ?value } UNION { ?x :next ?value FILTER NOT EXISTS { $this :p ?y } } }",
    "a union of a binding": "SELECT $this ?value { { $this :p ?value } UNION { BIND($this AS ?value) } }",
    "optional": "SELECT $this ?value { OPTIONAL { $this :p ?value } FILTER(!BOUND(?value)) }",
    "optional with a filter": "SELECT $this ?value { OPTIONAL { ?value :next ?other FILTER(?other = $this) } }",
    "optional in a group": "SELECT $this ?value { { ?x :next ?y OPTIONAL { $this :p ?value } } FILTER(?x = $this) }",
    "counting": "SELECT $this (COUNT(?x) AS ?value) { $this :p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)",
    "counting in a subquery": "SELECT $this ?value { { SELECT $this (COUNT(?x) AS ?value) { $this :p ?x } GROUP BY $this } FILTER(?value > 1) }",
    "a limit": "SELECT $this ?value { $this :p ?value } ORDER BY ?value LIMIT 1",
    "a subquery with a limit": "SELECT $this ?value { { SELECT $this ?value { $this :p ?value } ORDER BY DESC(?value) LIMIT 1 } }",
    "a path": "SELECT $this ?value { $this :next+ ?value }",
    "a question mark": "SELECT ?this ?value { ?this :next? ?value }",
    "nothing of this": "SELECT $this ?value { :a :p ?value }",
    "everything": "SELECT * { $this :p ?value }",
    "a string that looks like a group": "SELECT $this ?value { $this :p ?x BIND('} $this {' AS ?value) }",
    "a comment": "SELECT $this ?value { # } UNION {\n $this :p ?value }",
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_each_focus_node_gets_what_it_would_get_alone(name: str, turtle: ReadTurtle) -> None:
    query = f"PREFIX : <http://example.org/> {QUERIES[name]}".replace("\n", "\\n").replace('"', "'")
    constraint = f'sh:sparql [ sh:message "{{?value}} of {{$this}}" ; sh:select "{query}" ]'
    data = turtle(DATA)
    together = engine.validate(data, turtle(f":s a sh:NodeShape ; sh:targetClass :Kind ; {constraint} ."))
    alone = [
        result
        for node in "abcd"
        for result in engine.validate(
            data, turtle(f":s a sh:NodeShape ; sh:targetNode :{node} ; {constraint} .")
        )
    ]
    assert set(together) == set(alone)
    assert len(together) == len(alone)


REFERENCE = sorted(
    QUERIES.keys()
    # pySHACL puts the IRI in place of $this, or binds it at the top only, and has other answers to these:
    - {"a filter", "nothing of this", "optional", "everything", "optional in a group", "exists in a union"}
)


@pytest.mark.parametrize("name", REFERENCE)
def test_pyshacl_finds_the_same(name: str, turtle: ReadTurtle) -> None:
    query = f"PREFIX : <http://example.org/> {QUERIES[name]}".replace("\n", "\\n").replace('"', "'")
    shapes = turtle(f':s a sh:NodeShape ; sh:targetClass :Kind ; sh:sparql [ sh:select "{query}" ] .')
    ours, theirs = (
        {(result.focus, result.value) for result in each.validate(turtle(DATA), shapes)}
        for each in (engine, reference)
    )
    assert ours == theirs


def test_only_what_counts_over_all_or_cuts_off_is_asked_one_by_one() -> None:
    joint = {name for name, query in QUERIES.items() if inject(query, ["this"]).is_joint}
    assert QUERIES.keys() - joint == {"a limit", "a subquery with a limit"}
    assert not inject("SELECT $this (COUNT(?x) AS ?n) { $this :p ?x }", ["this"]).is_joint


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT $this { $this :p ?x MINUS { $this :q ?x } }", "MINUS"),
        ("SELECT $this { SERVICE <http://example.org/> { $this :q ?x } }", "SERVICE"),
        ("SELECT $this { VALUES ?x { 1 } $this :q ?x }", "VALUES"),
        ("SELECT $this { BIND(1 AS $this) }", "cannot bind"),
        ("SELECT $this { { SELECT ?x { $this :q ?x } } }", "has to select"),
        ("SELECT $this { { SELECT * { $this :q ?x } } }", "has to select"),
    ],
)
def test_what_shacl_forbids_is_refused(query: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        inject(query, ["this"])


def test_blank_nodes_and_literals_can_be_focus_nodes(turtle: ReadTurtle) -> None:
    data = turtle(":x :p [ :p 1 ] . :y :q 'text' .")
    constraint = "sh:sparql [ sh:select 'SELECT $this { FILTER(isBlank($this) || isLiteral($this)) }' ]"
    shapes = turtle(f":s a sh:NodeShape ; sh:targetObjectsOf :p, :q ; {constraint} .")
    kinds = sorted(type(result.focus).__name__ for result in engine.validate(data, shapes))
    assert kinds == ["BlankNode", "Literal", "Literal"]
