"""Served by gunicorn, with our command or without it: counted, polite, and deaf to proxies."""

import os
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import FHIR
from tests.live import GUNICORN, SERVE, Live, live_service
from tests.posted import a_visit

pytestmark = pytest.mark.slow
ENCOUNTERS = "/api/v1/encounters"


@pytest.fixture(scope="module", params=["education-plan serve", "gunicorn -c"])
def served(request, tmp_path_factory):
    """The service, started either way, in a home of its own."""
    folder = tmp_path_factory.mktemp("served")
    home = folder / "home"
    home.mkdir()
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    words = SERVE if request.param == "education-plan serve" else GUNICORN
    if words is GUNICORN:
        prepare(folder / "var")
    with live_service(folder / "var", words, **own) as live:
        yield live


def prepare(var: Path) -> None:
    """What `serve` does first by itself."""
    settings = {"EDUPLAN_MODE": "demo", "EDUPLAN_VAR_DIR": str(var)}
    service = Live("", var, os.environ | settings, None)
    service.run("migrate")
    service.run("content", "build")


def counted(live: Live) -> Counter[tuple[str, str, str]]:
    """How many requests were counted, by method, route and status."""
    answer = live.call("GET", "/metrics", live.token("monitor"))
    assert answer.status_code == 200
    found: Counter[tuple[str, str, str]] = Counter()
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == "education_plan_request_seconds_count":
                told = sample.labels
                found[told["method"], told["route"], told["status"]] += int(sample.value)
    return found


def workers(live: Live) -> list[int]:
    pid = live.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def post_many(live: Live, numbers: range) -> None:
    token = live.token()

    def post(number: int) -> int:
        content = orjson.dumps(a_visit(f"m{number}", f"m{number}"))
        headers = {"Content-Type": FHIR, "Connection": "close"}
        return live.call("POST", ENCOUNTERS, token, data=content, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, numbers)) == {201}


def test_every_request_is_counted_once_whichever_worker_took_it(served):
    before = counted(served)
    post_many(served, range(60))
    assert (counted(served) - before)["POST", ENCOUNTERS, "201"] == 60


def test_what_a_killed_worker_counted_is_not_forgotten(served):
    before, old = counted(served), workers(served)
    post_many(served, range(60, 80))
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    for _ in range(200):
        if len(set(workers(served)) - set(old)) == len(old):
            break
        time.sleep(0.05)
    post_many(served, range(80, 100))
    assert (counted(served) - before)["POST", ENCOUNTERS, "201"] == 40


def test_no_address_and_no_id_is_in_a_label(served):
    token = served.token()
    for path in ("/api/v1/plans/nancy-0101519999", "/nancy", "/api/v1/plans?patient=nancy"):
        served.call("GET", path, token)
    requests.request("NANCY", f"{served.url}/docs", timeout=30)
    told = served.call("GET", "/metrics", served.token("monitor")).text
    assert "nancy" not in told.lower()
    assert "0101519999" not in told


def test_no_socket_is_opened_by_which_it_could_be_commanded(served):
    home = Path(served.environment["HOME"])
    assert list(home.rglob("*")) == []


def raw(live: Live, text: str) -> str:
    host, port = live.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer.decode()


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Prefix: /evil",
        "X-Forwarded-For: 192.0.2.1",
        "Forwarded: host=evil.example;proto=https",
        "SCRIPT_NAME: /evil",
        "PATH_INFO: /health/live",
    ],
)
def test_no_header_of_a_proxy_is_believed(served, header):
    start = "GET / HTTP/1.1\nHost: plans.example\nConnection: close\n"
    plain, told = raw(served, f"{start}\n"), raw(served, f"{start}{header}\n\n")
    assert "Location: /docs\r\n" in plain
    assert _steady(told) == _steady(plain)


def _steady(answer: str) -> list[str]:
    """An answer without what is new each time."""
    lines = answer.split("\r\n")
    return [line for line in lines if not line.startswith(("Date:", "X-Trace-Id:"))]


def test_what_was_begun_is_finished_when_it_is_told_to_stop(tmp_path):
    with live_service(tmp_path / "var") as live:
        body, token = orjson.dumps(a_visit()), live.token()
        head = (
            f"POST {ENCOUNTERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {FHIR}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        port = int(live.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(head.encode() + body[:100])
            time.sleep(0.5)
            live.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[100:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 201 ")
        assert live.process.wait(30) == 0
