"""The SPARQL Protocol as clients meet it, on a free port of this machine."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

from provkg.serve.protocol import CUT_HEADER, LARGEST_BODY, is_loopback
from provkg.serve.server import Server
from provkg.store.local import LocalStore
from tests.serve.conftest import Serve, quads_of

ALL = "SELECT ?o { ?s ?p ?o } ORDER BY ?o"
HUNDRED = " ".join(map(str, range(100)))
FOREVER = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'VALUES ?v{n} {{ {HUNDRED} }}' for n in range(8))} }}"


class Reply:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        self.text = self.body.decode()

    @property
    def kind(self) -> str:
        return str(self.headers["Content-Type"])

    @property
    def values(self) -> list[str]:
        return [row["o"]["value"] for row in json.loads(self.body)["results"]["bindings"]]


def ask(
    url: str, query: str | None = None, method: str = "GET", body: Any = None, path: str = "", **headers: str
) -> Reply:
    """The reply to a request; header names are given with _ for -."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    target = path or place.path + (f"?query={quote(query)}" if query is not None else "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, body, named)
    try:
        return Reply(connection.getresponse())
    finally:
        connection.close()


def post(url: str, body: str | bytes, kind: str, parameters: str = "") -> Reply:
    return ask(url, method="POST", body=body, path=f"/sparql{parameters}", Content_Type=kind)


# --- three ways to ask ---


def test_a_query_comes_by_get_and_in_both_forms_of_post(url: str) -> None:
    form = urlencode({"query": ALL})
    for reply in (
        ask(url, ALL),
        post(url, form, "application/x-www-form-urlencoded"),
        post(url, ALL, "application/sparql-query; charset=UTF-8"),
    ):
        assert (reply.status, reply.kind) == (200, "application/sparql-results+json")
        assert reply.values == ["one", "two", "zwei"]


def test_the_default_graph_is_the_union_unless_the_client_says_another(url: str) -> None:
    one, two = (f"default-graph-uri={quote(graph)}" for graph in ("http://g/1", "http://g/2"))
    named = f"named-graph-uri={quote('http://g/2')}"
    in_graphs = "SELECT ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?o"
    from_two = "SELECT ?o FROM <http://g/2> { ?s ?p ?o }"
    found = [
        ask(url, path=f"/sparql?{one}&query={quote(ALL)}").values,
        ask(url, path=f"/sparql?{one}&{two}&query={quote(ALL)}").values,
        ask(url, path=f"/sparql?{named}&query={quote(ALL)}").values,
        ask(url, path=f"/sparql?{named}&query={quote(in_graphs)}").values,
        ask(url, path=f"/sparql?{one}&query={quote(in_graphs)}").values,
        ask(url, "SELECT ?o FROM <http://g/1> { ?s ?p ?o }").values,
        ask(url, path=f"/sparql?{one}&query={quote(from_two)}").values,
        post(url, ALL, "application/sparql-query", f"?{two}").values,
        post(url, f"{two}&query={quote(ALL)}", "application/x-www-form-urlencoded", f"?{one}").values,
    ]
    assert found == [
        ["one"], ["one", "two", "zwei"], [], ["two", "zwei"], [], ["one"], ["one"], ["two", "zwei"], ["two", "zwei"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "accept", "kind", "part"),
    [
        ("ASK {}", "application/sparql-results+json", "application/sparql-results+json", '"boolean":true'),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml", "<boolean>true</boolean>"),
        ("ASK {}", "text/csv", "text/csv; charset=utf-8", "true"),
        ("ASK {}", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8", "true"),
        (ALL, "text/csv", "text/csv; charset=utf-8", "o\r\none\r\n"),
        (ALL, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8", '?o\n"one"\n'),
        (ALL, "application/sparql-results+xml", "application/sparql-results+xml", "<literal>one</literal>"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "*/*", "text/turtle; charset=utf-8", "<http://s> <http://p/x> "),
        ("DESCRIBE <http://s>", "application/n-triples", "application/n-triples", '<http://s> <http://p/x> "one" .'),
        ("DESCRIBE <http://s>", "application/rdf+xml", "application/rdf+xml", "<x xmlns="),
        ("DESCRIBE <http://s>", "application/ld+json", "application/ld+json", '"@graph"'),
    ],
)  # fmt: skip
def test_each_kind_of_answer_has_its_formats(url: str, query: str, accept: str, kind: str, part: str) -> None:
    reply = ask(url, query, Accept=accept)
    assert (reply.status, reply.kind) == (200, kind)
    assert part in reply.text
    assert reply.headers["Vary"] == "Accept"


@pytest.mark.parametrize(
    ("query", "accept"), [("ASK {}", "text/turtle"), ("DESCRIBE <http://s>", "text/csv")]
)
def test_what_an_answer_cannot_be_written_in_is_not_acceptable(url: str, query: str, accept: str) -> None:
    assert ask(url, query, Accept=accept).status == 406


def test_head_says_what_get_would(url: str) -> None:
    told, asked = ask(url, ALL, "HEAD"), ask(url, ALL)
    assert (told.status, told.body, told.headers["Content-Length"]) == (200, b"", str(len(asked.body)))


# --- what others make of it ---


def test_sparqlwrapper_gets_answers(url: str) -> None:
    wrapper = pytest.importorskip("SPARQLWrapper")
    client = wrapper.SPARQLWrapper(url, returnFormat=wrapper.JSON)
    for method, way in (
        (wrapper.GET, wrapper.URLENCODED),
        (wrapper.POST, wrapper.URLENCODED),
        (wrapper.POST, wrapper.POSTDIRECTLY),
    ):
        client.setMethod(method)
        client.setRequestMethod(way)
        client.setQuery(ALL)
        rows = client.queryAndConvert()["results"]["bindings"]
        assert [row["o"]["value"] for row in rows] == ["one", "two", "zwei"]
    client.setReturnFormat(wrapper.XML)
    client.setQuery("CONSTRUCT WHERE { ?s ?p ?o }")
    assert len(client.queryAndConvert()) == 3
    client.setQuery("SELECT * {")
    with pytest.raises(wrapper.SPARQLExceptions.QueryBadFormed, match="line 1, column 11"):
        client.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_a_store_of_rdflib_asks_it(url: str, method: str) -> None:
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = rdflib.Graph(SPARQLStore(url, method=method, returnFormat="json"))
    assert [str(row.o) for row in graph.query(ALL)] == ["one", "two", "zwei"]  # type: ignore[union-attr]
    named = rdflib.Graph(SPARQLStore(url, method=method), rdflib.URIRef("http://g/1"))
    assert list(named) == [(rdflib.URIRef("http://s"), rdflib.URIRef("http://p/x"), rdflib.Literal("one"))]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_curl_asks_as_the_command_says(url: str) -> None:
    command = ["curl", "-sS", url, "-H", "Accept: text/csv", "--data-urlencode", f"query={ALL}"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"o\r\none\r\ntwo\r\nzwei\r\n"


# --- what it says of itself ---


def test_without_a_query_the_endpoint_describes_itself(url: str) -> None:
    reply = ask(url)
    assert (reply.status, reply.kind) == (200, "text/turtle; charset=utf-8")
    graph = rdflib.Graph().parse(data=reply.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert (rdflib.URIRef(url), sd.endpoint, rdflib.URIRef(url)) in graph
    assert (rdflib.URIRef(url), sd.feature, sd.UnionDefaultGraph) in graph
    assert {str(name) for name in graph.objects(None, sd.name)} == {"http://g/1", "http://g/2"}
    assert len(list(parse(ask(url, Accept="application/rdf+xml").body, format=RdfFormat.RDF_XML))) == len(
        graph
    )


def test_the_start_page_says_what_is_here_and_fetches_nothing(url: str) -> None:
    reply = ask(url, path="/")
    assert (reply.status, reply.kind) == (200, "text/html; charset=utf-8")
    assert "2 graphs with 3 statements" in reply.text
    assert "<script" not in reply.text
    assert " src=" not in reply.text
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert ask(url, path="/", method="HEAD").body == b""


def test_the_examples_of_the_start_page_can_be_asked(url: str) -> None:
    from provkg.serve.page import EXAMPLES

    assert [ask(url, query).status for query in EXAMPLES.values()] == [200] * len(EXAMPLES)


# --- bounds ---


def test_a_query_that_would_run_for_ages_is_stopped_and_the_next_one_answered(serve: Serve) -> None:
    server = serve(seconds=0.5)
    reply = ask(server.url, FOREVER)
    assert (reply.status, "longer than 0.5 seconds" in reply.text) == (503, True)
    assert ask(server.url, ALL).values == ["one", "two", "zwei"]


def test_a_query_nested_too_deeply_ends_its_worker_and_nothing_else(url: str) -> None:
    assert (
        ask(url, method="POST", body="ASK" + "{" * 300_000, Content_Type="application/sparql-query").status
        == 503
    )
    assert ask(url, "ASK {}").status == 200


def test_a_result_is_cut_where_the_limit_is_and_says_so(serve: Serve) -> None:
    url = serve(limit=2).url
    cut, whole = ask(url, ALL), ask(url, ALL + " LIMIT 2")
    assert (cut.values, cut.headers[CUT_HEADER]) == (["one", "two"], "2")
    assert (whole.values, whole.headers[CUT_HEADER]) == (["one", "two"], None)
    triples = ask(url, "CONSTRUCT WHERE { ?s ?p ?o }", Accept="application/n-triples")
    assert (triples.body.count(b"\n"), triples.headers[CUT_HEADER]) == (2, "2")


def test_what_is_written_later_is_found(serve: Serve, tmp_path: Path) -> None:
    with LocalStore.open(tmp_path / "store") as store:
        store.replace_graphs(quads_of({"http://g/1": ("old",)}))
        url = serve(tmp_path / "store").url
        assert ask(url, ALL).values == ["old"]
        store.replace_graphs(quads_of({"http://g/1": ("new",), "http://g/3": ("newer",)}))
        assert ask(url, ALL).values == ["new", "newer"]
    assert ask(url, ALL).values == ["new", "newer"]


def test_a_port_of_zero_is_any_that_is_free(serve: Serve) -> None:
    servers: list[Server] = [serve(), serve()]
    assert len({server.server_port for server in servers} | {0}) == 3


# --- what is refused ---


@pytest.mark.parametrize(
    ("status", "query"),
    [
        (400, ""),
        (400, "SELECT * {"),
        (400, "ASK { 'a }"),
        (403, "SELECT * { SERVICE <http://a> {} }"),
        (403, "INSERT DATA {}"),
        (400, "SELECT * { FILTER(<http://no/such/function>(1)) }"),
    ],
)
def test_queries_that_are_not_answered_say_why(url: str, status: int, query: str) -> None:
    reply = ask(url, query)
    assert (reply.status, reply.kind) == (status, "text/plain; charset=utf-8")
    assert reply.text.startswith("provkg: ")


def test_an_error_in_a_query_has_line_and_column(url: str) -> None:
    assert "line 2, column 1: expected one of" in ask(url, "SELECT * {\n").text


@pytest.mark.parametrize(
    ("status", "parameters"),
    [
        (400, "?query=ASK{}&query=ASK{}"),
        (400, "?query=%FF"),
        (400, "?query=ASK{}&default-graph-uri=nonsense"),
        (403, "?update=DROP+ALL"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(url: str, status: int, parameters: str) -> None:
    assert ask(url, path=f"/sparql{parameters}").status == status


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (415, "text/plain", "ASK {}"),
        (415, "application/json", "{}"),
        (415, "application/sparql-query; charset=latin-1", "ASK {}"),
        (403, "application/sparql-update", "DROP ALL"),
        (403, "application/x-www-form-urlencoded", "update=DROP+ALL"),
        (400, "application/x-www-form-urlencoded", "sparql=ASK"),
        (400, "application/sparql-query", b"ASK { ?s ?p '\xff' }"),
        (413, "application/sparql-query", "#" * (LARGEST_BODY + 1)),
    ],
)  # fmt: skip
def test_bodies_that_are_no_query_are_refused(url: str, status: int, kind: str, body: str | bytes) -> None:
    assert post(url, body, kind).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_methods_that_write_or_are_none_are_refused(url: str, method: str) -> None:
    reply = ask(url, method=method)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_other_places_hold_nothing(url: str) -> None:
    assert [ask(url, path=path).status for path in ("/favicon.ico", "/sparql/", "/../etc/passwd")] == [
        404
    ] * 3
    assert ask(url, path="/", method="POST").status == 405


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (411, ["POST /sparql HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked"]),
        (411, ["POST /sparql HTTP/1.1", "Host: localhost"]),
        (400, ["POST /sparql HTTP/1.1", "Host: localhost", "Content-Length: -1"]),
        (413, ["POST /sparql HTTP/1.1", "Host: localhost", "Content-Length: 99999999999999999999", "Expect: 100-continue"]),
        (400, ["GET http://localhost/sparql HTTP/1.1", "Host: localhost"]),
        (414, ["GET /sparql?query=" + "a" * 70_000 + " HTTP/1.1", "Host: localhost"]),
        (400, ["GET /sparql HTTP/nonsense"]),
        (431, ["GET /sparql HTTP/1.1", *(f"X-{n}: 1" for n in range(200))]),
    ],
)  # fmt: skip
def test_requests_that_are_no_good_http_are_refused(url: str, status: int, lines: list[str]) -> None:
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=60) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        assert line.makefile("rb").readline().split()[1] == str(status).encode()


# --- whom it answers ---


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST:99", 200), ("127.0.0.1:1", 200), ("[::1]:1", 200), ("a.localhost", 200),
        ("evil.example", 421), ("localhost.evil.example:7878", 421), ("127.0.0.1.evil.example", 421), ("", 421),
        ("local<host", 400), ("[", 400),
    ],
)  # fmt: skip
def test_on_this_machine_only_names_of_this_machine_are_answered(url: str, host: str, status: int) -> None:
    assert ask(url, "ASK {}", Host=host).status == status


def test_scripts_of_other_sites_are_refused(url: str) -> None:
    reply = ask(url, "ASK {}", Origin="https://evil.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (403, None)
    own = url.removesuffix("/sparql")
    assert ask(url, "ASK {}", Origin=own).status == 200
    assert ask(url, "ASK {}").headers["Access-Control-Allow-Origin"] is None


def test_scripts_of_sites_that_were_let_in_are_answered(serve: Serve) -> None:
    url = serve(origins=frozenset({"https://good.example"})).url
    reply = ask(url, "ASK {}", Origin="https://good.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, "https://good.example")
    before = ask(url, method="OPTIONS", Origin="https://good.example")
    assert (before.status, before.headers["Access-Control-Allow-Methods"]) == (
        204,
        "GET, HEAD, POST, OPTIONS",
    )
    assert ask(url, "ASK {}", Origin="https://evil.example").status == 403


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.2", True), ("192.0.2.1", False), ("::", False), ("a.org", False)]
)
def test_loopback_is_told_from_the_rest(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
