"""What a program gets from the network: URLs where HTTP goes through Python, else hosts and ports."""

from __future__ import annotations

from typing import Any

from provkg.capture.audit import watch
from provkg.capture.recorder import Recorder

MOST_REQUESTS = 5_000
METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ", b"OPTIONS ")
_PORTS = {("http", 80), ("https", 443)}
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - compared with, never bound


class Network:
    """The requests and connections of this process."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.seen: dict[tuple[Any, ...], int] = {}
        self.hosts: dict[int, str] = {}
        """Port → the host that was asked for last, by name."""

    def start(self) -> None:
        """Watch from now on."""
        watch("http.client.send", self.on_send)
        watch("socket.getaddrinfo", self.on_lookup)
        watch("socket.connect", self.on_connect)

    def on_send(self, arguments: tuple[Any, ...]) -> None:
        """What is sent to a server of HTTP: the head of a request names what is wanted."""
        connection, data = arguments
        if not isinstance(data, bytes) or not data.startswith(METHODS):
            return
        method, _, rest = data.partition(b"\r\n")[0].partition(b" ")
        target = rest.rpartition(b" ")[0].decode("latin-1")
        url = target if "://" in target else _origin_of(connection) + target
        self.note(("request", url, method.decode()), {"url": url, "method": method.decode()})

    def on_lookup(self, arguments: tuple[Any, ...]) -> None:
        """The address of a host is asked for."""
        host, port = arguments[0], arguments[1]
        if isinstance(host, str) and isinstance(port, int):
            self.hosts[port] = host

    def on_connect(self, arguments: tuple[Any, ...]) -> None:
        """A connection of any protocol; what goes through it is not looked at."""
        address = arguments[1]
        if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[0], str):
            return
        port = address[1]
        host = self.hosts.get(port, address[0])
        if not host.startswith(_LOOPBACK):
            self.note(("connect", host, port), {"host": host, "port": port, "address": address[0]})

    def note(self, what: tuple[Any, ...], fields: dict[str, Any]) -> None:
        """Record a request or a connection, once for each place in the program."""
        place = self.recorder.place_fields()
        seen = (*what, place.get("source"), place.get("line"))
        self.seen[seen] = self.seen.get(seen, 0) + 1
        if self.seen[seen] == 1 and len(self.seen) <= MOST_REQUESTS:
            self.recorder.emit("network", **fields, **place)

    def finish(self) -> None:
        """Tell how many were left out."""
        if len(self.seen) > MOST_REQUESTS:
            self.recorder.emit("limit", what="requests", count=len(self.seen) - MOST_REQUESTS)


def _origin_of(connection: Any) -> str:
    """Scheme and host of a connection, the true one where it goes through a proxy."""
    known = getattr(connection, "__dict__", {})
    scheme = "https" if "https" in type(connection).__name__.lower() else "http"
    host = known.get("_tunnel_host") or known.get("host") or known.get("_dns_host") or ""
    port = known.get("_tunnel_port") if known.get("_tunnel_host") else known.get("port")
    shown = "" if port is None or (scheme, port) in _PORTS else f":{port}"
    return f"{scheme}://{host}{shown}"
