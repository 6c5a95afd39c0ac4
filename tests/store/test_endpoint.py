"""The store behind an endpoint, on real servers: what every store can do, and what servers make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    serialize,
)

from provkg.errors import StoreError
from provkg.store.base import Store
from provkg.store.copying import copy_graphs
from provkg.store.endpoint import EndpointStore, guess_urls
from provkg.store.memory import MemoryStore

EX = "http://example.org/"
P = NamedNode(EX + "p")
MANY = 2500
"""More than the Virtuoso of the tests gives at once."""


def quads(graph: str, *values: object) -> list[Quad]:
    return [Quad(NamedNode(EX + "s"), P, Literal(str(value)), NamedNode(graph)) for value in values]


def numbered(graph: str, number: int) -> list[Quad]:
    return [Quad(NamedNode(f"{EX}s{i}"), P, Literal(i), NamedNode(graph)) for i in range(number)]


@pytest.fixture(params=["oxigraph_server", "virtuoso_server"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each of the real servers that are installed."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def store(server: Any) -> Iterator[EndpointStore]:
    with server.store() as store:
        yield store


@pytest.fixture
def without_graph_store(server: Any) -> Iterator[EndpointStore]:
    """The same server, used as one that has no Graph Store Protocol."""
    with server.store() as store:
        store.graphs_url = None
        yield store


def values(store: Store, graph: str) -> set[str]:
    return {quad.object.value for quad in store.quads(graph) if isinstance(quad.object, Literal)}


def rows(store: Store, sparql: str) -> list[tuple[str, ...]]:
    answer = store.query(sparql)
    assert isinstance(answer, QuerySolutions)
    return [tuple(term.value for term in row) for row in answer]


# --- graphs -------------------------------------------------------------------------------------------------


def test_what_was_stored_is_there(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1, 2), EX + "b": quads(EX + "b", 3)})
    assert store.graphs() == [EX + "a", EX + "b"]
    assert (store.count(), store.count(EX + "a"), store.count(EX + "none")) == (3, 2, 0)
    assert store.counts() == {EX + "a": 2, EX + "b": 1}
    assert set(store.quads()) == {*quads(EX + "a", 1, 2), *quads(EX + "b", 3)}


def test_replacing_a_graph_leaves_nothing_of_it_and_all_of_the_others(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1, 2), EX + "b": quads(EX + "b", 1)})
    store.replace_graphs({EX + "a": quads(EX + "elsewhere", 2, 3)})
    assert (values(store, EX + "a"), values(store, EX + "b")) == ({"2", "3"}, {"1"})
    assert store.graphs() == [EX + "a", EX + "b"]


def test_graphs_replaced_by_nothing_and_dropped_ones_are_gone(store: EndpointStore) -> None:
    store.replace_graphs({EX + name: quads(EX + name, 1) for name in "abc"})
    store.replace_graphs({EX + "a": []})
    store.drop([EX + "b", EX + "none"])
    store.drop([])
    assert store.graphs() == [EX + "c"]


def test_without_a_graph_store_updates_replace_graphs(without_graph_store: EndpointStore) -> None:
    store = without_graph_store
    store.replace_graphs({EX + "a": quads(EX + "a", 1, 2), EX + "b": quads(EX + "b", 1)})
    store.replace_graphs({EX + "a": quads(EX + "a", 3), EX + "b": []})
    assert (store.graphs(), values(store, EX + "a")) == ([EX + "a"], {"3"})


def test_texts_come_back_as_they_are(store: EndpointStore) -> None:
    texts = {
        '"quoted" \\u0041',
        "two\nlines\r\n",
        "tab\t",
        "Grüße, 世界 🌱",
        "} DROP ALL {",
        " ",
        "\x01 \x7f",
    }
    store.replace_graphs({EX + "a": quads(EX + "a", *texts)})
    assert values(store, EX + "a") == texts


def test_numbers_and_times_come_back_with_their_value(store: EndpointStore) -> None:
    xsd = "http://www.w3.org/2001/XMLSchema#"
    values = {
        "double": ("1.769975", "-1.79769313486231E308", "0.1", "3"),  # Virtuoso keeps 16 digits
        "decimal": ("12.3456789012",),
        "integer": ("-7", "2147483647"),
        "boolean": ("true", "false"),
        "dateTime": ("2026-11-20T21:26:02.31Z",),
    }
    wanted = [
        Quad(NamedNode(f"{EX}{kind}"), P, Literal(text, datatype=NamedNode(xsd + kind)), NamedNode(EX + "a"))
        for kind, texts in values.items()
        for text in texts
    ]
    local = MemoryStore()
    store.replace_graphs({EX + "a": wanted})
    local.replace_graphs({EX + "a": wanted})
    assert [copied.is_changed for copied in copy_graphs(local, [EX + "a"], store)] == [False]


def test_no_graph_name_gets_into_an_update(store: EndpointStore) -> None:
    attack = EX + "a> ; DROP ALL ; DROP GRAPH <x"
    for change in (lambda: store.drop([attack]), lambda: store.replace_graphs({attack: []})):
        with pytest.raises(ValueError, match="IRI"):
            change()


# --- questions ----------------------------------------------------------------------------------------------


def test_a_query_sees_all_graphs_as_one(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1), EX + "b": quads(EX + "b", 2)})
    where = f"{{ <{EX}s> <{EX}p> ?value }}"
    assert rows(store, f"SELECT ?value {where} ORDER BY ?value") == [("1",), ("2",)]
    assert rows(store, f"SELECT ?g {{ GRAPH ?g {where} }} ORDER BY ?g") == [(EX + "a",), (EX + "b",)]


def test_a_query_longer_than_a_url_may_be_is_asked_as_well(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    assert rows(store, f"SELECT ?o {{ <{EX}s> <{EX}p> ?o }} {'# x' * 9000}\n") == [("1",)]


def test_ask_is_answered_with_yes_or_no(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    answers = [store.query(f"ASK {{ <{EX}s> <{EX}{name}> ?o }}") for name in ("p", "q")]
    assert all(isinstance(answer, QueryBoolean) for answer in answers)
    assert list(map(bool, answers)) == [True, False]


def test_construct_makes_triples(store: EndpointStore) -> None:
    store.replace_graphs({EX + name: quads(EX + name, 1) for name in "ab"})
    answer = store.query(f"CONSTRUCT {{ ?s <{EX}q> ?o }} WHERE {{ ?s <{EX}p> ?o }}")
    assert isinstance(answer, QueryTriples)
    assert [str(triple) for triple in answer] == [f'<{EX}s> <{EX}q> "1"']


def test_what_stands_unbound_stays_so(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    answer = store.query(f"SELECT ?o ?none {{ <{EX}s> <{EX}p> ?o OPTIONAL {{ <{EX}s> <{EX}q> ?none }} }}")
    assert isinstance(answer, QuerySolutions)
    assert [(row["o"], row["none"]) for row in answer] == [(Literal("1"), None)]


def test_an_answer_that_the_server_cuts_comes_whole(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": numbered(EX + "a", MANY)})
    assert store.count() == MANY
    assert set(store.quads()) == set(numbered(EX + "a", MANY))
    found = rows(store, f"SELECT ?o {{ ?s <{EX}p> ?o }} ORDER BY DESC(?o)")
    assert [int(value) for (value,) in found] == list(reversed(range(MANY)))
    made = store.query(f"CONSTRUCT {{ ?s <{EX}q> ?o }} WHERE {{ ?s <{EX}p> ?o }}")
    assert len(list(made)) == MANY
    assert len(list(store.query(f"CONSTRUCT WHERE {{ ?s <{EX}p> ?o }}"))) == MANY


def test_a_part_of_an_answer_is_that_part(store: EndpointStore) -> None:
    store.replace_graphs({EX + "a": numbered(EX + "a", MANY)})
    found = rows(store, f"SELECT ?o {{ ?s <{EX}p> ?o }} ORDER BY ?o LIMIT 1000")
    assert [int(value) for (value,) in found] == list(range(1000))


def test_an_answer_that_is_cut_and_cannot_be_completed_is_an_error(virtuoso_server: Any) -> None:
    store = virtuoso_server.store()
    store.replace_graphs({EX + "a": numbered(EX + "a", MANY)})
    for query in ("SELECT * { ?s ?p ?o } LIMIT 1500", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1500"):
        with pytest.raises(StoreError, match="cuts its answers at 1,000 rows"):
            store.query(query)


def test_a_query_that_is_not_sparql_says_where(store: EndpointStore) -> None:
    for query in ("SELECT everything", "CONSTRUCT { everything", "what is this"):
        with pytest.raises(StoreError, match="cannot make sense of this") as caught:
            store.query(query)
        assert caught.value.path == store.url
        assert len(caught.value.message) < 300


def test_an_update_that_is_not_sparql_says_so(store: EndpointStore) -> None:
    with pytest.raises(StoreError, match="cannot make sense of this"):
        store.update("INSERT DATA { everything")


def test_a_page_for_people_is_no_answer(oxigraph_server: Any) -> None:
    url = oxigraph_server.query_url.removesuffix("query")
    with pytest.raises(StoreError, match="a web page came back") as caught:
        EndpointStore.open(url, variables={}).graphs()
    assert caught.value.hint == "the URL of queries often ends in /query or /sparql"


# --- who asks -----------------------------------------------------------------------------------------------


def test_virtuoso_is_told_who_writes_by_digest(virtuoso_server: Any) -> None:
    login = {"PROVKG_ENDPOINT_USER": "dba", "PROVKG_ENDPOINT_PASSWORD": "dba"}
    virtuoso_server.store()
    with EndpointStore.open(virtuoso_server.query_url, variables=login) as store:
        assert store.update_url.endswith("/sparql-auth")
        store.replace_graphs({EX + "a": quads(EX + "a", 1)})
        store.drop([EX + "b"])
        assert values(store, EX + "a") == {"1"}


def test_a_wrong_password_is_said_and_not_shown(virtuoso_server: Any) -> None:
    login = {"PROVKG_ENDPOINT_USER": "dba", "PROVKG_ENDPOINT_PASSWORD": "s3cret"}
    with (
        EndpointStore.open(virtuoso_server.query_url, variables=login) as store,
        pytest.raises(StoreError, match="does not know us") as caught,
    ):
        store.replace_graphs({EX + "a": quads(EX + "a", 1)})
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


# --- URLs ---------------------------------------------------------------------------------------------------


def test_protected_urls_of_virtuoso_are_for_who_says_his_name() -> None:
    host = "http://localhost:8890"
    for url, is_signed in ((f"{host}/sparql", True), (f"{host}/sparql-auth", False)):
        assert guess_urls(url, is_signed=is_signed) == (
            f"{host}/sparql-auth",
            f"{host}/sparql-graph-crud-auth",
        )


def test_urls_that_cannot_be_guessed_are_set() -> None:
    variables = {
        "PROVKG_ENDPOINT_UPDATE_URL": "http://localhost/u",
        "PROVKG_ENDPOINT_GRAPHS_URL": "http://localhost/g",
    }
    store = EndpointStore.open("http://localhost/query", variables=variables)
    assert (store.update_url, store.graphs_url) == ("http://localhost/u", "http://localhost/g")


@pytest.mark.parametrize("url", ["", "localhost", "ftp://localhost/query", "http://", "http://localhost:x/"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="no URL of an endpoint"):
        EndpointStore.open(url, variables={})


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    with pytest.raises(StoreError, match="no place for a password") as caught:
        EndpointStore.open("http://me:s3cret@localhost/query", variables={})
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert "PROVKG_ENDPOINT_USER" in str(caught.value.hint)


# --- the same answers everywhere ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ?s ?o {{ ?s <{EX}p> ?o }} ORDER BY ?s ?o",
        f"SELECT (COUNT(*) AS ?count) {{ ?s <{EX}p> ?o }}",
        f"SELECT ?g (SUM(?o) AS ?sum) {{ GRAPH ?g {{ ?s <{EX}p> ?o }} }} GROUP BY ?g ORDER BY ?g",
    ],
)
def test_servers_memory_and_jena_agree(store: EndpointStore, jena_query: Any, query: str) -> None:
    # No triple is in both graphs: Oxigraph and Virtuoso count one twice that is, Jena counts it once.
    graphs = {EX + "a": numbered(EX + "a", 5), EX + "b": numbered(EX + "b", 11)[5:]}
    memory = MemoryStore()
    for each in (store, memory):
        each.replace_graphs(graphs)
    expected = rows(memory, query)
    nquads = serialize((quad for graph in graphs.values() for quad in graph), format=RdfFormat.N_QUADS)
    assert rows(store, query) == expected
    assert [tuple(row) for row in jena_query(nquads, query)[1:]] == expected
