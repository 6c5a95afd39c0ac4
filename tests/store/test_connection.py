"""What an endpoint may answer, from a server that says what the test wants: who asks, patience, clear errors."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from provkg.errors import StoreError
from provkg.store.endpoint import EndpointStore

JSON = {"Content-Type": "application/sparql-results+json"}
YES = (200, JSON, b'{"head":{},"boolean":true}')
ROWS = (200, JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"uri","value":"x:y"}}]}}')

Reply = tuple[int, dict[str, str], bytes]
Headers = dict[str, str]


class Scripted(ThreadingHTTPServer):
    """Gives its replies one after the other, the last one for ever; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[Reply] = [YES]
        self.asked: list[tuple[str, str, Headers, bytes]] = []
        self.silence = threading.Event()
        self.silence.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/query"


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.title(): value for name, value in self.headers.items()}
        self.server.asked.append((self.command, self.path, headers, body))
        self.server.silence.wait(20)
        replies = self.server.replies
        status, sent, text = replies.pop(0) if len(replies) > 1 else replies[0]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(text))} | sent).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = reply

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scripted]:
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.silence.set()
        server.shutdown()
        thread.join()


Open = Callable[..., EndpointStore]


@pytest.fixture
def open_store(server: Scripted) -> Open:
    def open(tries: int = 1, timeout: float = 20, **variables: str) -> EndpointStore:
        names = {f"PROVKG_ENDPOINT_{name}": value for name, value in variables.items()}
        return EndpointStore.open(server.url, timeout_seconds=timeout, tries=tries, variables=names)

    return open


def error_of(store: EndpointStore) -> StoreError:
    with pytest.raises(StoreError) as caught:
        store.query("SELECT * { ?s ?p ?o }")
    return caught.value


# --- who asks -----------------------------------------------------------------------------------------------


def test_user_and_password_are_sent(server: Scripted, open_store: Open) -> None:
    open_store(USER="me", PASSWORD="s3cret").query("ASK {}")
    expected = "Basic " + base64.b64encode(b"me:s3cret").decode()
    assert {headers["Authorization"] for _, _, headers, _ in server.asked} == {expected}


def test_a_token_is_sent_before_all_else(server: Scripted, open_store: Open) -> None:
    open_store(TOKEN="t0ken", USER="me").query("ASK {}")
    assert {headers["Authorization"] for _, _, headers, _ in server.asked} == {"Bearer t0ken"}


def test_the_netrc_is_looked_into(server: Scripted, open_store: Open, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password pw\n")
    open_store().query("ASK {}")
    expected = "Basic " + base64.b64encode(b"me:pw").decode()
    assert {headers["Authorization"] for _, _, headers, _ in server.asked} == {expected}


def test_nobody_is_told_where_nothing_is_known(server: Scripted, open_store: Open) -> None:
    open_store().query("ASK {}")
    assert not any("Authorization" in headers for _, _, headers, _ in server.asked)


def test_a_digest_is_sent_where_it_is_asked_for(server: Scripted, open_store: Open) -> None:
    challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth", algorithm="MD5"'}
    server.replies = [(401, challenge, b""), (401, challenge, b""), (201, {}, b"")]
    node = NamedNode("x:y")
    open_store(USER="me", PASSWORD="s3cret").replace_graphs({"x:g": [Quad(node, node, node)]})
    signed = [headers.get("Authorization", "").partition(" ")[0] for _, _, headers, _ in server.asked]
    assert signed == ["Basic", "", "Digest"]
    assert {body for *_, body in server.asked} == {b"<x:y> <x:y> <x:y> .\n"}


@pytest.mark.parametrize(
    ("status", "variables", "message", "hint"),
    [
        (401, {}, "wants to know who asks", "set PROVKG_ENDPOINT_USER"),
        (401, {"USER": "me", "PASSWORD": "s3cret"}, "does not know us", "are user and password right?"),
        (403, {}, "does not let us do this: not yours", "set PROVKG_ENDPOINT_USER"),
        (403, {"TOKEN": "s3cret"}, "does not let us do this: not yours", None),
        (404, {}, "nothing under this URL", "often ends in /query or /sparql"),
        (405, {}, "only answers questions", "PROVKG_ENDPOINT_UPDATE_URL"),
        (503, {}, "busy or out of order (503): not yours", "try again later"),
        (500, {}, "failed (500 Internal Server Error): not yours", None),
    ],
)
def test_a_refusal_says_what_and_what_to_do(
    server: Scripted, open_store: Open, status: int, variables: Headers, message: str, hint: str | None
) -> None:
    server.replies = [(status, {"Content-Type": "text/html"}, b"<style>p {}</style><p>not\n <b>yours</b>")]
    error = error_of(open_store(**variables))
    assert message in error.message
    assert error.path == server.url
    assert (hint is None and error.hint is None) or (hint or "") in (error.hint or "")
    assert "s3cret" not in f"{error} {error.hint}"


def test_no_redirect_takes_us_to_another_host(server: Scripted, open_store: Open) -> None:
    server.replies = [(307, {"Location": "http://me:s3cret@elsewhere.example/query"}, b"")]
    error = error_of(open_store(USER="me", PASSWORD="pw"))
    assert (error.message, error.hint) == (
        "the endpoint has moved", "give the new URL: http://elsewhere.example/query",
    )  # fmt: skip
    assert len(server.asked) == 1


# --- patience -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Scripted, open_store: Open, status: int) -> None:
    server.replies = [(status, {"Retry-After": "0"}, b"busy"), YES]
    assert bool(open_store(tries=2).query("ASK {}"))
    assert len(server.asked) == 3  # who are you; again; the question


def test_what_may_not_be_done_twice_is_not_tried_again(server: Scripted, open_store: Open) -> None:
    server.replies = [(503, {"Retry-After": "0"}, b"busy"), (200, {}, b"")]
    with pytest.raises(StoreError, match="busy"):
        open_store(tries=2).update("INSERT { ?s <x:p> 1 } WHERE { ?s ?p ?o }")
    server.replies = [(503, {"Retry-After": "0"}, b"busy"), (200, {}, b"")]
    open_store(tries=2).drop(["x:g"])
    assert len(server.asked) == 3


def test_nobody_waits_as_long_as_a_server_asks_for() -> None:
    from types import SimpleNamespace

    from provkg.store.connection import LONGEST_PAUSE_SECONDS, Patience

    response = SimpleNamespace(headers={"Retry-After": "86400"})
    assert Patience().get_retry_after(response) == LONGEST_PAUSE_SECONDS


def test_a_server_that_is_not_there_is_a_clear_error(server: Scripted, open_store: Open) -> None:
    store = open_store(tries=1)
    store.url = "http://127.0.0.1:1/query"
    error = error_of(store)
    assert "cannot be reached: [Errno" in error.message
    assert error.hint == "is it running, and is the URL right?"


def test_a_silent_server_is_given_up_in_the_end(server: Scripted, open_store: Open) -> None:
    server.silence.clear()
    error = error_of(open_store(timeout=0.05))
    assert (error.message, error.hint) == (
        "the endpoint has not answered within 0.05 seconds", "give it more time with --timeout SECONDS",
    )  # fmt: skip
    assert len(server.asked) <= 1


# --- answers that are none ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>"), "a web page came back"),
        ((200, {}, b"hello"), "nothing came back"),
        ((200, {"Content-Type": "application/json-patch"}, b"[]"), "application/json-patch came back"),
        ((200, JSON, b"<html>"), "cannot be read"),
    ],
)
def test_something_else_is_no_answer(server: Scripted, open_store: Open, reply: Reply, message: str) -> None:
    server.replies = [YES, reply]
    assert message in error_of(open_store()).message


def test_an_answer_that_breaks_off_is_no_answer(server: Scripted, open_store: Open) -> None:
    status, headers, body = ROWS
    server.replies = [YES, (status, headers | {"Content-Length": "9999", "Connection": "close"}, body[:-3])]
    with pytest.raises(StoreError, match="broke off"):
        list(open_store().query("SELECT ?a { ?a ?b ?c }"))  # type: ignore[arg-type]


def test_an_answer_that_a_time_limit_cut_is_no_answer(server: Scripted, open_store: Open) -> None:
    server.replies = [YES, (200, JSON | {"X-SQL-State": "S1TAT"}, ROWS[2])]
    assert "its own time limit" in error_of(open_store()).message


# --- what is asked ------------------------------------------------------------------------------------------


def test_fuseki_is_told_where_all_graphs_are(server: Scripted, open_store: Open) -> None:
    server.replies = [(200, JSON | {"Fuseki-Request-Id": "1"}, YES[2])]
    open_store().query("ASK { ?s ?p ?o }")
    first, second = [path for _, path, _, _ in server.asked]
    assert "default-graph-uri" not in first
    assert "default-graph-uri=urn%3Ax-arq%3AUnionGraph" in second


def test_parameters_of_the_url_are_kept(server: Scripted) -> None:
    EndpointStore.open(f"{server.url}?infer=false", variables={}).query("ASK {}")
    assert all("infer=false" in path and "query=ASK" in path for _, path, _, _ in server.asked)
