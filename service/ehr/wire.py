"""HTTP to one record, with an end to everything: connecting, waiting, reading, size, rate.

`requests` bounds a connection and each read of it, not the whole: an answer that drips a
byte a second never ends. So a watch shuts the socket when the time is over.
"""

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from service.domain.values import dataclass

CONNECT, WHOLE = 3.0, 10.0  # seconds
MOST_BYTES = 8 * 1024 * 1024
KIND = "application/fhir+json"
_CHUNK = 65_536


class Silence(Exception):
    """No whole answer came. `sent` is False when the request cannot have been read.

    `crowded` means that it was not sent at all: its turn would have come too late. `why` is
    a sentence for the operator.
    """

    def __init__(self, *, sent: bool, crowded: bool = False, why: str = "") -> None:
        super().__init__("no answer")
        self.sent = sent
        self.crowded = crowded
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `body` is None unless it is a JSON object that says it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any] | None

    def asks_to_wait(self) -> timedelta:
        """What `Retry-After` says, in seconds or as a date; nothing for nothing sensible."""
        told = self.headers.get("Retry-After", "").strip()
        if told.isascii() and told.isdigit():
            return timedelta(seconds=min(int(told), 86_400))
        with contextlib.suppress(ValueError, TypeError):
            return max(timedelta(0), parsedate_to_datetime(told) - datetime.now(UTC))
        return timedelta(0)


@dataclass(slots=True)
class Pace:
    """At most so many requests a second to one record, evenly; 0 for as many as there are."""

    per_second: float = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _next: float = 0

    def wait(self, most: float = float("inf")) -> bool:
        """Wait for a turn; False, at once and without one, when it is `most` seconds off."""
        if not self.per_second:
            return True
        with self._turn:
            now = time.monotonic()
            start = max(now, self._next)
            if start - now >= most:
                return False
            self._next = start + 1 / self.per_second
        time.sleep(start - now)
        return True


class Wire:
    """The HTTP of one record. Every thread has connections of its own.

    Raises, in all methods:
        Silence: no whole answer in time.
    """

    def __init__(
        self,
        base: str,
        pace: Pace | None = None,
        *,
        whole: float = WHOLE,
        ca_file: str = "",
        most_bytes: int = MOST_BYTES,
        any_kind: bool = False,
    ) -> None:
        """`any_kind` takes JSON for JSON whatever its Content-Type."""
        self.base = base.rstrip("/")
        self._trusted: str | bool = ca_file or True
        self.pace = pace or Pace()
        self._whole = whole
        self._most_bytes = most_bytes
        self._any_kind = any_kind
        self._local = threading.local()

    def send(
        self,
        method: str,
        path: str = "",
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = WHOLE,
    ) -> Answer:
        """Send one request below the base, and return the whole answer, whatever its status.

        Redirects are answers: where our data goes is decided in the settings alone.
        """
        came = time.monotonic()
        if not self.pace.wait(seconds):
            raise Silence(sent=False, crowded=True)
        seconds -= time.monotonic() - came
        address = path if "://" in path else f"{self.base}/{path}".rstrip("/")
        given = {"Accept": KIND, "Cache-Control": "no-cache", **(headers or {})}
        if content is not None:
            given.setdefault("Content-Type", KIND)
        watch = _Watch(min(seconds, self._whole))
        with watch:
            try:
                answer = self._whole_answer(method, address, content, given)
            except requests.RequestException as error:
                # Before a connection stood, nothing can have been read.
                raise Silence(sent=watch.connected, why=_why(error, watch)) from error
        if watch.is_over:  # an answer without a length looks whole when it is cut
            raise Silence(sent=True, why=LATE)
        return answer

    def _whole_answer(
        self, method: str, address: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        with self._session().request(
            method,
            address,
            data=content,
            headers=dict(headers),
            timeout=(CONNECT, self._whole),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = _read(response, self._most_bytes)
        is_json = self._any_kind or "json" in response.headers.get("Content-Type", "")
        body = _json(content) if is_json else None
        return Answer(response.status_code, response.headers, body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = _Session()
            session.trust_env = False  # no netrc, no proxy that nobody decided on
            session.verify = self._trusted
            for scheme in ("http://", "https://"):
                session.mount(scheme, _WatchedAdapter(max_retries=0))
        return session


class _Session(requests.Session):
    """For it a redirect is an answer like any other.

    `requests` reads where one leads even when it is not to go there: it takes in the whole
    body for that, however long, and a Location that is no address is an error of its own.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


LATE = f"No whole answer came within {WHOLE:.0f} seconds."


def _why(error: requests.RequestException, watch: "_Watch") -> str:
    told = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "Its TLS certificate is not one that this machine trusts (`ca_file`)."
    if watch.is_over or isinstance(error, requests.exceptions.ReadTimeout):
        return LATE
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"No connection came about within {CONNECT:.0f} seconds."
    if "NameResolution" in told:
        return "Its name is not known here."
    return "The connection is refused." if "refused" in told else "The connection breaks."


def _read(response: requests.Response, most: int) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > most:
            raise requests.RequestException("the answer is too long")
    return bytes(content)


def _json(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class _Watch:
    """Shuts the connection that this thread uses when the time is over.

    It holds a twin of the socket: urllib3 lets go of one whose answer ends with the
    connection, and a TLS handshake hides it, while both can still be dripped on for ever.
    """

    _of_thread = threading.local()

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(max(seconds, 0.001), self._over)
        self._timer.daemon = True
        self._turn = threading.Lock()
        self._twin: socket.socket | None = None
        self.connected = False
        self.is_over = False

    def __enter__(self) -> "_Watch":
        self._of_thread.watch = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._of_thread.watch = None
        self._hold(None)

    @classmethod
    def mind(cls, sock: socket.socket, *, connected: bool = False) -> None:
        """Tell which socket this thread uses, and once a request can be sent on it, that."""
        watch: _Watch | None = getattr(cls._of_thread, "watch", None)
        if watch is not None:
            watch.connected = connected
            watch._hold(socket.socket(fileno=os.dup(sock.fileno())))

    def _hold(self, twin: socket.socket | None) -> None:
        with self._turn:
            if self._twin is not None:
                self._twin.close()
            self._twin = twin
            if self.is_over:
                self._shut()

    def _over(self) -> None:
        with self._turn:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._twin is not None:
            with contextlib.suppress(OSError):  # it is closed on the other side
                self._twin.shutdown(socket.SHUT_RDWR)


class _Minding:
    """What a connection does besides, in plain text and under TLS."""

    sock: Any

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # beside a connection
        _Watch.mind(sock)
        return sock

    def request(self, *args: Any, **more: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        _Watch.mind(self.sock, connected=True)
        super().request(*args, **more)  # type: ignore[misc]


class _Watched(_Minding, HTTPConnection): ...


class _WatchedTls(_Minding, HTTPSConnection): ...


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
