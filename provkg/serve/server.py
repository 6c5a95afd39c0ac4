"""The server itself: HTTP on a socket, by the standard library.

`oxigraph serve-read-only` would be there already, but follows SERVICE to any address, answers whatever Host
it is called by, has no limit, never sees what is written later, and its time-out neither ends what it stops
(a count over a cross product) nor says so in time: the status is 200 by then.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import BoundedSemaphore
from typing import Any

from provkg.errors import ProvkgError, RequestError
from provkg.serve.pool import Pool
from provkg.serve.protocol import ENDPOINT, LARGEST_BODY, Request, Response, Service, tell_error

MOST_CONNECTIONS = 64
MOST_DRAINED = 16 << 20
"""Bytes at most, in pieces as they come, of a request that is too large, before the line is cut."""

IDLE_SECONDS = 30.0
"""How long a connection may be silent."""

_SAFE = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """Listens at a host and port; port 0 stands for any that is free."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, host: str, port: int, service: Service) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.service = service
        self._slots = BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind without asking the network for the name of this machine, as the library would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the endpoint is."""
        host = str(self.server_address[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}{ENDPOINT}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; close it where there are too many."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, and make room for another one."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that has gone is nobody's concern."""


class Handler(BaseHTTPRequestHandler):
    """From bytes to a request, and from a response to bytes."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # else a body waits 40 ms for the client to confirm the headers
    server: Server

    def version_string(self) -> str:
        """What the header Server says: no version, which would only help who looks for old ones."""
        return "provkg"

    def _serve(self) -> None:
        try:
            body = self._read_body()
        except RequestError as error:
            self.close_connection = True  # what is left of the body would be read as the next request
            self._send(tell_error(error))
            self._drain()
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.service.respond(Request(self.command, self.path, headers, body)))

    do_GET = do_HEAD = do_POST = do_OPTIONS = do_PUT = do_DELETE = do_PATCH = do_TRACE = _serve  # noqa: N815 - the names are those of http.server

    def _read_body(self) -> bytes:
        size = self._read_size()
        body = self.rfile.read(size)
        if len(body) < size:
            raise RequestError(400, "the body ends too early")
        return body

    def _read_size(self) -> int:
        text = self.headers.get("Content-Length", "0" if self.command != "POST" else "")
        if "Transfer-Encoding" in self.headers or not text:
            raise RequestError(411, "say the size of the query", hint="send Content-Length")
        if not (text.isascii() and text.isdigit()):
            raise RequestError(400, "Content-Length is no number")
        if len(text) > 10 or int(text) > LARGEST_BODY:
            raise RequestError(413, f"a query has at most {LARGEST_BODY:,} bytes")
        return int(text)

    def _drain(self) -> None:
        """Take what a client still sends, within reason: it reads no answer before it has sent all."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        for _ in range(MOST_DRAINED // LARGEST_BODY):
            if not self.rfile.read1(LARGEST_BODY):
                return

    def handle_expect_100(self) -> bool:
        """Let a client send its body only where it will be read."""
        try:
            self._read_size()
        except RequestError:
            return True  # which leads to `_serve`, and that says why
        return super().handle_expect_100()

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in {**_SAFE, **response.headers}.items():
            self.send_header(name, value.encode("latin-1", "replace").decode("latin-1"))
        if response.status != 204:
            self.send_header("Content-Type", response.media_type)
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say that a request cannot be read, as text."""
        self.close_connection = True
        self.request_version = "HTTP/1.0"  # of one that could not be read, the library knows none
        status = 405 if code == 501 else code
        self._send(tell_error(RequestError(status, message or "this request cannot be read")))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: a query may hold what its author would not have in a log."""


@contextmanager
def open_server(
    folder: Path, *, host: str, port: int, seconds: float, limit: int, origins: frozenset[str] = frozenset()
) -> Iterator[Server]:
    """A server of the store in `folder`, which listens and does not answer yet.

    Raises:
        ProvkgError: it cannot listen there.
    """
    pool = Pool(folder, seconds)
    try:
        with _listen(host, port, Service(pool.ask, limit, host, origins)) as server:
            yield server
    finally:
        pool.close()


def _listen(host: str, port: int, service: Service) -> Server:
    try:
        return Server(host, port, service)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProvkgError(
            f"cannot listen at {host}, port {port}: {reason}", hint="try another one: --port 0 finds one"
        ) from error


def serve_until_interrupted(server: Server) -> None:
    """Answer until Ctrl-C, which is how a server ends."""
    with suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.2)
