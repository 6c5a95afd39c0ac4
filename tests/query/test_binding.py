"""Values become values in a query, whatever they say, and bind it where engines begin."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from provkg.errors import QuerySyntaxError
from provkg.query.binding import bind, declare_prefixes, variables_of

A = ox.NamedNode("http://example.org/a")
B = ox.NamedNode("http://example.org/b")
P = ox.NamedNode("http://example.org/p")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        '" } INSERT #',
        "'''",
        '"""',
        "\\",
        "\\u0041",
        "> } #",
        "?x",
        "# }",
        "{",
        "}\n",
        '\\"',
        "VALUES ?a { 1 }",
    ]
)


def store() -> ox.Store:
    store = ox.Store()
    store.extend([ox.Quad(A, P, B, A), ox.Quad(B, P, A, A)])
    return store


def rows(sparql: str, graph: ox.Store | None = None) -> list[tuple[str, ...]]:
    answer = (graph or store()).query(sparql, use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    return [tuple(str(term) for term in solution) for solution in answer]


def test_a_value_stands_first_in_the_where() -> None:
    assert bind("SELECT ?o WHERE { ?_s_iri <http://example.org/p> ?o }", {"_s_iri": [A]}) == (
        "SELECT ?o WHERE { VALUES ?_s_iri { <http://example.org/a> } ?_s_iri <http://example.org/p> ?o }"
    )


def test_values_stand_in_the_graph_group_that_mentions_them_and_around_it() -> None:
    assert bind("SELECT ?o { GRAPH ?g { ?s ?p ?o } ?o ?q ?r }", {"s": [A]}) == (
        "SELECT ?o { VALUES ?s { <http://example.org/a> }"
        " GRAPH ?g { VALUES ?s { <http://example.org/a> } ?s ?p ?o } ?o ?q ?r }"
    )


def test_both_sides_of_a_union_get_the_values() -> None:
    bound = bind("SELECT * { { ?s ?p ?o } UNION { ?o ?p ?s } }", {"s": [A]})
    assert bound.count("{ VALUES ?s { <http://example.org/a> } ?") == 2


def test_a_sub_select_keeps_its_values_to_itself() -> None:
    bound = bind("SELECT ?n { { SELECT (COUNT(?s) AS ?n) { ?s ?p ?o } } }", {"s": [A, B]})
    assert bound.startswith("SELECT ?n { { SELECT")
    assert rows(bound) == [('"2"^^<http://www.w3.org/2001/XMLSchema#integer>',)]


def test_what_is_optional_gets_no_values() -> None:
    text = "SELECT * { ?s ?p ?o OPTIONAL { ?s a ?t } MINUS { ?s a ?u } FILTER NOT EXISTS { ?s a ?v } }"
    assert bind(text, {"s": [A]}) == text.replace("{", "{ VALUES ?s { <http://example.org/a> }", 1)


def test_a_variable_of_optional_groups_only_is_bound_in_the_where() -> None:
    text = "SELECT * { ?a ?p ?o OPTIONAL { ?a a ?s } }"
    assert bind(text, {"s": [A]}) == text.replace("{", "{ VALUES ?s { <http://example.org/a> }", 1)


def test_the_values_of_others_are_left_alone() -> None:
    text = "SELECT * { VALUES ?s { <urn:x> } VALUES (?s ?t) { (<urn:x> 1) } ?s ?p ?o }"
    assert bind(text, {"s": [A]}) == text.replace("{", "{ VALUES ?s { <http://example.org/a> }", 1)


def test_several_values_are_alternatives() -> None:
    found = rows(bind("SELECT ?s { ?s ?p ?o } ORDER BY ?s", {"s": [A, B]}))
    assert found == [(str(A),), (str(B),)]


def test_a_sub_select_gets_the_values_that_it_mentions() -> None:
    text = "SELECT ?n ?o { { SELECT (COUNT(?s) AS ?n) WHERE { ?s ?p ?o } } { SELECT ?o { ?t ?q ?o } } }"
    bound = bind(text, {"s": [A]})
    assert "WHERE { VALUES ?s { <http://example.org/a> } ?s ?p ?o }" in bound
    assert rows(bound)[0][0] == '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p ?o }",
        "ASK WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        "DESCRIBE ?s",
        "DESCRIBE ?s { ?s ?p ?o }",
        "SELECT * { ?s ?p '{' }",
        "SELECT * # {\n{ ?s ?p ?o }",
        "SELECT * { ?s <http://example.org/SELECT{> ?o }",
        "PREFIX select: <http://example.org/> SELECT ?select { ?s select:where ?select }",
    ],
)
def test_every_form_of_query_stays_one(text: str) -> None:
    text = text.replace("SELECT{>", "SELECT>")
    bound = bind(text, {"s": [A]})
    assert "VALUES ?s { <http://example.org/a> }" in bound
    store().query(bound)
    prepareQuery(bound)


@given(TEXTS)
def test_no_text_can_become_anything_but_a_text(text: str) -> None:
    wanted = ox.Literal(text)
    bound = bind("SELECT ?o WHERE { BIND(?_text AS ?o) } ORDER BY ?o", {"_text": [wanted]})
    answer = ox.Store().query(bound)
    assert isinstance(answer, ox.QuerySolutions)
    assert [solution["o"] for solution in answer] == [wanted]


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_hostile_value_leaves_the_rest_of_the_query_as_it_was(texts: list[str]) -> None:
    text = "SELECT ?s WHERE { ?s ?p ?_text . FILTER NOT EXISTS { ?s a ?_text } } ORDER BY ?s"
    bound = bind(text, {"_text": [ox.Literal(each) for each in texts]})
    head, _, rest = bound.partition(" VALUES ")
    assert head == "SELECT ?s WHERE {"
    assert rest.endswith(" } ?s ?p ?_text . FILTER NOT EXISTS { ?s a ?_text } } ORDER BY ?s")
    assert rows(bound) == []


def test_missing_prefixes_are_declared_and_others_left_alone() -> None:
    text = "PREFIX prov: <http://other.org/> SELECT ?m { ?m a mls:Model ; prov:x ?y }"
    assert declare_prefixes(text) == f"PREFIX mls: <http://www.w3.org/ns/mls#>\n{text}"


def test_a_prefix_that_nobody_knows_is_an_error_at_its_place() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        declare_prefixes("SELECT ?m\n{ ?m a nobody:Model }")
    assert caught.value.line == 2


def test_a_service_is_not_asked_for_the_sake_of_its_syntax() -> None:
    text = "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    assert declare_prefixes(text) == text


def test_variables_in_strings_and_comments_are_none() -> None:
    assert variables_of("SELECT ?a { ?a ?b '?c' } # ?d") == {"a", "b"}
