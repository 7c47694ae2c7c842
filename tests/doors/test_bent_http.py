"""However a request is bent: one is answered once, and nothing that hides in it is heard."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.deploy.proxy import program, running_nginx
from tests.doors.bent_http import CORPUS, HIDDEN_ROUTE, NGINX_READS_TWO, NGINX_TAKES, Bent
from tests.live import Live, live_service

pytestmark = [pytest.mark.slow, pytest.mark.real]
ANSWER = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")
LONGEST = 10.0  # seconds until an answer; a busy machine is slow
MORE = 0.3  # seconds in which a second one would come
SILENT = 0.5  # seconds for a server that waits for the rest of what never comes


@dataclass
class Way:
    """To the service: straight, or through nginx."""

    live: Live
    connect: Callable[[], socket.socket]
    get: Callable[[str], requests.Response]
    nginx_log: Path | None = None

    def send(self, bent: Bent, answers: int = 1) -> bytes:
        """What is answered until nothing more comes after so many answers."""
        answered = b""
        with self.connect() as connection, suppress(ConnectionError, ssl.SSLError):
            connection.settimeout(LONGEST if bent.fits or answers > 1 else SILENT)
            connection.sendall(bent.sent)
            with suppress(TimeoutError):
                while more := connection.recv(65_536):
                    answered += more
                    if len(ANSWER.findall(answered)) >= answers:
                        connection.settimeout(MORE)
        return answered

    @property
    def heard(self) -> int:
        """How often the hidden request reached the application."""
        return self.live.log.count(f'"route":"{HIDDEN_ROUTE}"')

    def passed(self) -> int:
        """How many requests nginx knows of, when it has told of all: it tells after its answer."""
        assert self.nginx_log
        before, now = -1, 0
        while before != now:
            before, now = now, len(self.nginx_log.read_text().splitlines())
            time.sleep(MORE)
        return now


def straight(live: Live) -> Way:
    port = int(live.url.rpartition(":")[2])
    return Way(
        live,
        lambda: socket.create_connection(("127.0.0.1", port), timeout=LONGEST),
        lambda path: requests.get(live.url + path, timeout=30),
    )


def through_nginx(live: Live, stack: ExitStack, folder) -> Way:
    proxy = stack.enter_context(running_nginx(folder / "nginx", live.url))
    trust = ssl.create_default_context(cafile=str(proxy.certificate))

    def connect() -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=LONGEST)
        return trust.wrap_socket(plain, server_hostname="localhost")

    log = folder / "nginx" / "access.log"
    return Way(live, connect, lambda path: proxy.call("GET", path), log)


@pytest.fixture(scope="module", params=["straight", "through nginx"])
def way(request, tmp_path_factory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("bent")
    if request.param == "through nginx":
        program()
    with ExitStack() as stack:
        live = stack.enter_context(live_service(folder / "var"))
        found = (
            straight(live) if request.param == "straight" else through_nginx(live, stack, folder)
        )
        yield found
        # What came late would have come by now.
        assert found.get("/health/live").ok
        two = len(NGINX_READS_TWO) if found.nginx_log else 0
        assert found.heard <= two
        before = found.heard
        assert found.get(HIDDEN_ROUTE).ok
        assert found.heard == before + 1, "the log does not tell of it, so nothing was proved"


def test_there_are_enough_of_them_each_with_its_own_name():
    assert len(CORPUS) >= 40
    assert len({bent.name for bent in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("bent", CORPUS, ids=lambda bent: bent.name)
def test_a_bent_request_is_answered_at_most_once_and_nothing_hides_in_it(way, bent):
    two = bool(way.nginx_log) and bent.name in NGINX_READS_TWO
    heard, passed = way.heard, way.passed() if two else 0
    answered = way.send(bent, answers=1 + two)
    found = [int(status) for status in ANSWER.findall(answered) if status != b"100"]
    if two:
        assert (len(found), way.passed() - passed, way.heard - heard) == (2, 2, 1), answered
        return
    assert way.heard == heard, answered
    assert len(found) <= 1, answered
    if not bent.fits and not (way.nginx_log and bent.name in NGINX_TAKES):
        assert not found or found[0] in range(400, 600), answered
    if found:
        assert found[0] != 500, answered
    assert way.get("/health/live").ok
