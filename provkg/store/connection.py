"""HTTP, as far as an endpoint needs it: who we are, how long we wait, what is tried again, what went wrong.

Credentials come from the environment or from `~/.netrc`, never from a URL: URLs end up in the history of the
shell, in logs and in messages. No redirect is followed, so that they go to no other host.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth
from requests.utils import get_netrc_auth
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from provkg.errors import StoreError

USER = "PROVKG_ENDPOINT_USER"
PASSWORD = "PROVKG_ENDPOINT_PASSWORD"  # noqa: S105 - the name of a variable
TOKEN = "PROVKG_ENDPOINT_TOKEN"  # noqa: S105 - the name of a variable

CONNECT_SECONDS = 10.0
TRIES = 4
LONGEST_PAUSE_SECONDS = 30.0
BUFFER_BYTES = 1 << 16
LONGEST_MESSAGE = 200

BUSY = (429, 502, 503, 504)
"""What may go better a moment later: too many requests, and servers behind servers that are not there."""


Response = requests.Response


class Patience(Retry):
    """Tries again as `Retry` does, but never waits as long as a server may ask for."""

    def get_retry_after(self, response: Any) -> float | None:
        """The seconds that the server asks for, up to a bound."""
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, LONGEST_PAUSE_SECONDS)


class Bearer(AuthBase):
    """Signs requests with a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Connection:
    """Sends requests, signed where that is asked for; errors are told in our words."""

    def __init__(
        self, url: str, environment: Mapping[str, str], timeout_seconds: float, tries: int = TRIES
    ) -> None:
        self._timeout = (min(CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        self._login = _find_login(url, environment)
        token = environment.get(TOKEN)
        self._auth: AuthBase | None = Bearer(token) if token else None
        if not token and self._login:
            self._auth = HTTPBasicAuth(*self._login)
        self._sessions = {repeatable: _make_session(tries, repeatable) for repeatable in (True, False)}

    @property
    def is_signed(self) -> bool:
        """Do we say who we are?"""
        return self._auth is not None

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Response:
        """The answer, of which nothing but the head is read yet.

        Raises:
            StoreError: nobody answers, or the answer is that it cannot be done.
        """
        settings: dict[str, Any] = {"params": params, "data": data, "headers": headers}
        response = self._send(method, url, settings, repeatable)
        if response.status_code == 401 and self._learn_digest(response):
            if data is not None and not isinstance(data, Mapping):
                data.seek(0)
            response = self._send(method, url, settings, repeatable)
        if not 200 <= response.status_code < 300:
            raise _refusal(response, self.is_signed)
        return response

    def close(self) -> None:
        """Let go of all connections."""
        for session in self._sessions.values():
            session.close()

    def _send(self, method: str, url: str, settings: Mapping[str, Any], repeatable: bool) -> Response:
        with _connection_errors(url, self._timeout[1]):
            return self._sessions[repeatable].request(
                method,
                url,
                **settings,
                auth=self._choose_auth(url),
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )

    def _choose_auth(self, url: str) -> AuthBase | None:
        # Virtuoso's protected URLs want a digest and do not say so to who comes with a password.
        if isinstance(self._auth, HTTPBasicAuth) and self._login and urlsplit(url).path.endswith("-auth"):
            self._auth = HTTPDigestAuth(*self._login)
        return self._auth

    def _learn_digest(self, response: Response) -> bool:
        """Sign with a digest from now on, where the server asks for one and we can."""
        asks = "digest" in response.headers.get("WWW-Authenticate", "").lower()
        if not asks or self._login is None or isinstance(self._auth, HTTPDigestAuth):
            return False
        response.close()
        self._auth = HTTPDigestAuth(*self._login)
        return True


def open_body(response: Response) -> IO[bytes]:
    """What an answer says, read as it arrives."""
    return io.BufferedReader(_Body(response), BUFFER_BYTES)


class _Body(io.RawIOBase):
    def __init__(self, response: Response) -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _connection_errors(self._response.url, None):
            data: bytes = self._response.raw.read(len(buffer), decode_content=True)
        buffer[: len(data)] = data
        return len(data)


def check_url(url: str) -> str:
    """`url`, if it is one that requests can be sent to.

    Raises:
        StoreError: it is none, or holds a password.
    """
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_web = False
    if not is_web:
        raise StoreError(
            f"this is no URL of an endpoint: {_without_login(url)}",
            hint="it is like http://localhost:7878/query",
        )
    if "@" in parts.netloc:
        raise StoreError(
            "a URL is no place for a password: it ends up in the history of your shell and in logs",
            path=_without_login(url),
            hint=f"set {USER} and {PASSWORD} (or {TOKEN}), or write ~/.netrc",
        )
    return url


def _without_login(url: str) -> str:
    return re.sub(r"//[^/?#]*@", "//", url)


def _find_login(url: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password, from the environment, else from `~/.netrc` (or `$NETRC`)."""
    if user := environment.get(USER):
        return user, environment.get(PASSWORD, "")
    return get_netrc_auth(url)


def _make_session(tries: int, repeatable: bool) -> requests.Session:
    """A session that tries again: always where nobody took the request, else where repeating does no harm."""
    retry = Patience(
        total=tries - 1,
        read=False,  # a question that takes too long once takes too long twice
        status_forcelist=BUSY,
        allowed_methods=None if repeatable else ("GET",),  # whatever is sent, or what only reads
        backoff_factor=0.25,
        raise_on_status=False,
    )
    session = requests.Session()
    session.headers["User-Agent"] = "provkg"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


# --- what went wrong ----------------------------------------------------------------------------------------


@contextmanager
def _connection_errors(url: str, timeout_seconds: float | None) -> Iterator[None]:
    place = url.partition("?")[0]
    try:
        yield
    except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        raise StoreError(f"there is no safe way to the endpoint: {_reason(error)}", path=place) from error
    except requests.exceptions.ConnectTimeout as error:
        raise _down("nobody answers", place) from error
    except requests.exceptions.ReadTimeout as error:
        raise StoreError(
            f"the endpoint has not answered within {timeout_seconds:g} seconds",
            path=place,
            hint="give it more time with --timeout SECONDS",
        ) from error
    except requests.exceptions.ConnectionError as error:
        raise _down(_reason(error), place) from error
    except (requests.RequestException, HTTPError) as error:
        raise StoreError(f"the answer of the endpoint broke off: {_reason(error)}", path=place) from error


def _down(reason: str, place: str) -> StoreError:
    return StoreError(
        f"the endpoint cannot be reached: {reason}", path=place, hint="is it running, and is the URL right?"
    )


def _reason(error: BaseException) -> str:
    """The innermost reason of an error of requests: "[Errno 111] Connection refused"."""
    inner = error.args[0] if error.args else error
    text = str(getattr(inner, "reason", inner))
    return _shorten(re.sub(r"^(?:\w+\(.*?\): )?(?:Failed to establish a new connection: )?", "", text))


def _refusal(response: Response, is_signed: bool) -> StoreError:
    """Why the endpoint did not do what it was asked, and what may help."""
    status, place = response.status_code, response.url.partition("?")[0]
    message = _read_message(response)
    said = f": {message}" if message else ""
    login = f"set {USER} and {PASSWORD}, or {TOKEN}"
    hint: str | None = None
    if 300 <= status < 400:
        text = "the endpoint has moved"
        hint = (
            f"give the new URL: {_without_login(response.headers.get('Location', 'it does not say which'))}"
        )
    elif status == 400:
        text = f"the endpoint cannot make sense of this{said}"
    elif status == 401:
        text = "the endpoint does not know us" if is_signed else "the endpoint wants to know who asks"
        hint = "are user and password right?" if is_signed else login
    elif status == 403:
        text, hint = f"the endpoint does not let us do this{said}", None if is_signed else login
    elif status == 404:
        text = "there is nothing under this URL"
        hint = (
            "the URL of queries often ends in /query or /sparql; others are set with "
            "PROVKG_ENDPOINT_UPDATE_URL and PROVKG_ENDPOINT_GRAPHS_URL"
        )
    elif status in (405, 501):
        text, hint = "the endpoint only answers questions under this URL", "set PROVKG_ENDPOINT_UPDATE_URL"
    elif status in BUSY or status == 408:
        text, hint = f"the endpoint is busy or out of order ({status}){said}", "try again later"
    else:
        text = f"the endpoint failed ({status} {response.reason}){said}"
        hint = login if "permission" in message.lower() and not is_signed else None
    return StoreError(text, path=place, hint=hint)


def _read_message(response: Response) -> str:
    """What the server says in its body, short, without the query that some say again."""
    try:
        text = open_body(response).read(5000).decode("utf-8", "replace")
    except StoreError:
        return ""
    finally:
        response.close()
    if "html" in response.headers.get("Content-Type", ""):
        text = re.sub(r"(?is)<(style|script)\b.*?</\1>|<[^>]*>", " ", text)
    return _shorten(text.partition("SPARQL query:")[0])


def _shorten(text: str) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def environment() -> Mapping[str, str]:
    """The variables that say who we are."""
    return os.environ
