"""HTTP to a record ends: connecting, waiting, reading, and its turn in the line."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from service.ehr.record import WHOLE_DELIVERY, FhirRecord
from service.ehr.talk import NoLogin, Talk
from service.ehr.wire import CONNECT, WHOLE, Pace, Silence, Wire
from service.usecases.deliver_outbox import LEASE
from service.usecases.delivering import NotNow
from tests.ehr.faults import serving


def well(environ, start):
    start("200 OK", [("Content-Type", "application/fhir+json")])
    return [b'{"resourceType": "Basic"}']


@pytest.fixture
def record():
    with serving(well) as url:
        yield url


def test_three_seconds_to_connect_ten_in_all_and_a_delivery_within_its_lease():
    assert (CONNECT, WHOLE) == (3.0, 10.0)
    assert LEASE.total_seconds() > WHOLE_DELIVERY + WHOLE


def test_a_record_that_takes_no_connection_is_given_up_and_was_sent_nothing():
    """A line that is full: the kernel answers nothing to who comes then."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        first = socket.create_connection(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(Silence) as told:
            Wire(f"http://127.0.0.1:{port}").send("GET", "metadata")
        assert time.monotonic() - began < WHOLE
        assert told.value.sent is False
        first.close()


def test_nobody_listening_was_sent_nothing():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Silence) as told:
        Wire(f"http://127.0.0.1:{port}").send("POST", content=b"{}")
    assert told.value.sent is False


def test_so_many_requests_a_second_and_no_more_from_however_many_threads(record):
    wire = Wire(record, Pace(per_second=20))
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: wire.send("GET"), range(11)))
    assert time.monotonic() - began >= 0.5  # ten gaps of a twentieth


def test_what_would_not_come_to_its_turn_in_time_is_not_sent_and_takes_no_turn(record):
    pace = Pace(per_second=0.2)
    wire = Wire(record, pace)
    wire.send("GET")
    for _ in range(3):
        with pytest.raises(Silence) as told:
            wire.send("POST", content=b"{}", seconds=0.5)
        assert (told.value.sent, told.value.crowded) == (False, True)
    began = time.monotonic()
    assert pace.wait(5.1) is True  # the next turn is still the second one
    assert time.monotonic() - began < 10


def test_a_record_whose_limit_is_too_low_is_told_to_the_operator_as_such(record):
    wire = Wire(record, Pace(per_second=0.01))
    wire.send("GET")
    talk = Talk(wire, NoLogin(), time.monotonic() + 30)
    with pytest.raises(NotNow) as told:
        talk.write("POST", "Basic", {"resourceType": "Basic"})
    assert (told.value.reason, told.value.uncertain) == ("paced", False)


def test_after_the_end_of_a_delivery_nothing_is_sent(record):
    class LongLogin(NoLogin):
        def headers(self):
            time.sleep(0.2)
            return {}

    seen = []

    def spy(environ, start):
        seen.append(environ["PATH_INFO"])
        return well(environ, start)

    with serving(spy) as url:
        talk = Talk(Wire(url), LongLogin(), time.monotonic() + 0.1)
        with pytest.raises(NotNow, match="busy"):
            talk.read("metadata")
    assert seen == []


def test_every_thread_has_a_connection_of_its_own(record):
    wire, sessions = Wire(record), set()
    both = threading.Barrier(2)

    def one(_):
        wire.send("GET")
        both.wait(5)
        sessions.add(id(wire._session()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))
    assert len(sessions) == 2


def test_the_machines_proxy_and_netrc_are_not_used(record, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    for name, value in {"HTTP_PROXY": "http://127.0.0.1:9", "NETRC": str(netrc)}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    told = []

    def spy(environ, start):
        told.append(environ.get("HTTP_AUTHORIZATION"))
        return well(environ, start)

    with serving(spy) as url:
        record = FhirRecord(Wire(url))
        assert record.talk().read("Basic/1") == {"resourceType": "Basic"}
    assert told == [None]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
DRIPS = {
    "an answer with a length": HEAD + b"Content-Length: 1000\r\n\r\n",
    "an answer in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "an answer that ends with the connection": HEAD + b"Connection: close\r\n\r\n",
    "the head of an answer": b"HTTP/1.1 200 OK\r\nX-Long: ",
    "nothing at all": b"",
}


@contextmanager
def dripping(begin: bytes, drop: bytes = b" "):
    """Takes one connection, sends what it begins with, then a byte ten times a second."""
    done = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def drip():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(begin)
                while not done.wait(0.1):
                    connection.sendall(drop)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            thread.join(5)


@pytest.mark.parametrize("what", DRIPS)
def test_what_drips_on_for_ever_is_over_in_time(what):
    """Reliability F12: seconds on the wall, and not of each read."""
    drop = b"1\r\n \r\n" if "chunks" in what else b" " if DRIPS[what] else b""
    with dripping(DRIPS[what], drop) as port:
        wire = Wire(f"http://127.0.0.1:{port}", whole=0.5)
        began = time.monotonic()
        with pytest.raises(Silence) as told:
            wire.send("POST", content=b"{}")
        assert time.monotonic() - began < WHOLE
        assert told.value.sent
        assert "within" in told.value.why


def test_so_is_a_tls_handshake():
    """A record of TLS that says it is long, and never comes."""
    with dripping(b"\x16\x03\x03\x40\x00\x02") as port:
        wire = Wire(f"https://127.0.0.1:{port}", whole=0.5)
        began = time.monotonic()
        with pytest.raises(Silence) as told:
            wire.send("GET")
        assert time.monotonic() - began < WHOLE
        assert told.value.sent is False


@pytest.mark.parametrize("location", ["http://[", "http://[::1", "//[x", "http://a:b:c/"])
def test_a_redirect_to_what_is_no_address_is_an_answer_all_the_same(location):
    def moved(environ, start):
        start("302 Found", [("Location", location), ("Content-Type", "application/fhir+json")])
        return [b"{}"]

    with serving(moved) as url:
        assert Wire(url).send("GET", "metadata").status == 302


def test_what_comes_with_a_redirect_has_an_end_too():
    """So much and no more is taken in, as of any answer."""
    given = []

    def moved(environ, start):
        start("302 Found", [("Location", "/elsewhere")])
        for _ in range(1_000):
            given.append(1)
            yield b" " * 65_536

    with serving(moved) as url, pytest.raises(Silence):
        Wire(url).send("GET", "metadata")
    assert len(given) < 1_000
