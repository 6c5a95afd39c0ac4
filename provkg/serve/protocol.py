"""The SPARQL 1.1 Protocol: from a request to a response, with no socket in sight."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qsl, urlsplit

from pyoxigraph import NamedNode

from provkg.errors import RequestError
from provkg.serve.description import describe_service
from provkg.serve.guard import Query, explain_error, read_query
from provkg.serve.negotiation import GRAPHS, ROWS, Offer, choose_offer
from provkg.serve.page import make_page
from provkg.serve.worker import Contents, Inventory, Job, Question, Reply, Unanswered, Unreadable, Written
from provkg.store.base import Dataset

ENDPOINT = "/sparql"
LARGEST_BODY = 1 << 20
"""Bytes of a request; queries are texts that people write, or programs for them."""

CUT_HEADER = "Provkg-Result-Limit"
"""The header of a response that holds only the first rows or triples, and how many these are."""

METHODS = "GET, HEAD, POST, OPTIONS"
_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE = "application/sparql-update"
_OURS = frozenset({"localhost", "127.0.0.1", "::1"})

Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks; the names of headers are in small letters."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What the client gets."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What answers: who evaluates queries, and whom it answers."""

    ask: Callable[[Job], Reply]
    limit: int
    host: str = "127.0.0.1"
    """The name or address that it listens at."""
    origins: frozenset[str] = frozenset()
    """Sites whose scripts may ask and read what they get; "*" stands for all."""

    def respond(self, request: Request) -> Response:
        """The response to a request, an error of any kind included."""
        shared: dict[str, str] = {}
        try:
            check_host(request.headers.get("host"), self.host)
            shared = self._share(request)
            response = self._route(request)
        except RequestError as error:
            response = tell_error(error)
        headers = {**response.headers, **shared}
        return Response(response.status, response.body, response.media_type, headers)

    def _share(self, request: Request) -> dict[str, str]:
        """Headers for a script of another site, which is refused unless it was let in."""
        origin = request.headers.get("origin")
        if origin is None or urlsplit(origin).netloc == request.headers.get("host"):
            return {}
        if not self.origins & {origin, "*"}:
            raise RequestError(403, f"scripts of {origin} may not ask", hint=f"start it with --cors {origin}")
        return {
            "Access-Control-Allow-Origin": "*" if "*" in self.origins else origin,
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": "Accept, Content-Type",
            "Access-Control-Expose-Headers": CUT_HEADER,
            "Vary": "Accept, Origin",
        }

    def _route(self, request: Request) -> Response:
        if request.method not in METHODS.split(", "):
            raise RequestError(405, f"{request.method} is for servers that can be written to")
        if not request.target.startswith("/"):
            raise RequestError(400, "this is no proxy: a target begins with /")
        path = urlsplit(request.target).path
        if path not in {"/", ENDPOINT}:
            raise RequestError(404, f"there is nothing at {path}", hint=f"queries go to {ENDPOINT}")
        if request.method == "OPTIONS":
            return Response(204, b"", "text/plain", {"Allow": METHODS})
        if path == ENDPOINT:
            return self._answer(request)
        if request.method == "POST":
            raise RequestError(405, "the start page takes no queries", hint=f"send them to {ENDPOINT}")
        page = make_page(self._endpoint(request), self._take_stock(), self.limit)
        return Response(200, page, "text/html; charset=utf-8")

    def _answer(self, request: Request) -> Response:
        sparql, dataset = read_question(request)
        accept = request.headers.get("accept")
        if sparql is None:
            offer = choose_offer(accept, GRAPHS)
            body = describe_service(self._endpoint(request), self._take_stock(), offer.format)
            return Response(200, body, _with_charset(offer), {"Vary": "Accept"})
        query = read_query(sparql)
        offer = choose_offer(accept, GRAPHS if query.form in {"CONSTRUCT", "DESCRIBE"} else ROWS)
        question = Question(query.text, offer.format, self.limit, dataset, query.has_dataset)
        written = _check_reply(self.ask(question), query)
        cut = {CUT_HEADER: str(self.limit)} if written.is_cut else {}
        return Response(200, written.body, _with_charset(offer), {"Vary": "Accept", **cut})

    def _take_stock(self) -> Contents:
        contents = self.ask(Inventory())
        if isinstance(contents, Contents):
            return contents
        raise _no_answer(contents)

    def _endpoint(self, request: Request) -> str:
        return f"http://{request.headers.get('host', 'localhost')}{ENDPOINT}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens at `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(header: str | None, host: str) -> None:
    """Refuse what a page of another site may have sent: its name can be made to mean this machine.

    Raises:
        RequestError: 421, the request is for another name; 400, for none that can be one.
    """
    try:
        name = urlsplit(f"//{header or ''}").hostname or ""
        NamedNode(f"http://{header or 'localhost'}/")
    except ValueError as error:
        raise RequestError(400, "the header Host is no name of a host") from error
    if header is None or not is_loopback(host):
        return
    if name not in {*_OURS, host} and not name.endswith(".localhost"):
        raise RequestError(421, f"this server is not {name}", hint="ask http://localhost, with its port")


def read_question(request: Request) -> tuple[str | None, Dataset | None]:
    """The query of a request, if it has one, and the graphs that it says are to be asked.

    Raises:
        RequestError: 400, 403 or 415, it is not a query in one of the three ways of the protocol.
    """
    parameters = _parse_parameters(urlsplit(request.target).query.encode())
    if request.method == "POST":
        kind = _read_kind(request)
        if kind == _FORM:
            parameters = _parse_parameters(request.body)
        else:
            parameters = [pair for pair in parameters if pair[0] != "query"]
            parameters.append(("query", _decode(request.body)))
    queries = [value for name, value in parameters if name == "query"]
    if any(name == "update" for name, _ in parameters):
        raise RequestError(403, "an update writes, and this server only reads")
    if len(queries) > 1 or (request.method == "POST" and not queries):
        raise RequestError(400, f"a request has one query, this one has {len(queries)}")
    return (queries[0] if queries else None), _read_dataset(parameters)


def _read_kind(request: Request) -> str:
    """The media type of the body, one of the two that a query can come in."""
    header = Message()
    header["Content-Type"] = request.headers.get("content-type", "")
    kind, charset = header.get_content_type(), header.get_content_charset("utf-8")
    if kind == _UPDATE:
        raise RequestError(403, "an update writes, and this server only reads")
    if kind not in {_FORM, _QUERY} or charset not in {"utf-8", "us-ascii"}:
        raise RequestError(415, f"a query is not sent as {kind}", hint=f"send {_QUERY} or {_FORM}, in UTF-8")
    return kind


def _parse_parameters(encoded: bytes) -> Parameters:
    try:
        text = encoded.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=10_000)
    except ValueError as error:
        raise RequestError(400, "the parameters are not percent-encoded UTF-8") from error


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(400, f"the query is not UTF-8: byte {error.start}") from error


def _read_dataset(parameters: Parameters) -> Dataset | None:
    default = tuple(value for name, value in parameters if name == "default-graph-uri")
    named = tuple(value for name, value in parameters if name == "named-graph-uri")
    for iri in (*default, *named):
        try:
            NamedNode(iri)
        except ValueError as error:
            raise RequestError(400, f"{iri!r} is no IRI of a graph: {error}") from error
    return Dataset(default, named) if default or named else None


def _check_reply(reply: Reply, query: Query) -> Written:
    if isinstance(reply, Written):
        return reply
    if isinstance(reply, Unreadable):
        raise RequestError(400, f"this is not a SPARQL query: {explain_error(reply.message, query)}")
    raise _no_answer(reply)


def _no_answer(reply: Reply) -> RequestError:
    assert isinstance(reply, Unanswered)  # noqa: S101 - there is no other one left
    return RequestError(reply.status, reply.message, hint=reply.hint)


def _with_charset(offer: Offer) -> str:
    return f"{offer.media_type}; charset=utf-8" if offer.media_type.startswith("text/") else offer.media_type


def tell_error(error: RequestError) -> Response:
    """What, and what to do, as text."""
    hint = f"\n  {error.hint}" if error.hint else ""
    headers = {"Allow": METHODS} if error.status == 405 else {}
    if error.status == 503:
        headers["Retry-After"] = "1"
    body = f"provkg: {error.message}{hint}\n".encode("utf-8", "replace")
    return Response(error.status, body, "text/plain; charset=utf-8", headers)
