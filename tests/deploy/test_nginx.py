"""nginx as shipped: it gathers slow clients, keeps what is inside inside, and says nothing new."""

import re
import shutil
import socket
import ssl
import statistics
import subprocess
import threading
import time
from pathlib import Path

import orjson
import pytest
import requests

from service.web.errors import ERRORS
from service.web.json_door import MAX_BYTES
from tests.conftest import FHIR, JSON
from tests.deploy.proxy import SHIPPED, Proxy, laid_out, program, running_nginx
from tests.deploy.slow import Slow, slow_clients
from tests.live import SERVE, free_port, free_ports, live_service
from tests.posted import a_visit

pytestmark = [pytest.mark.real, pytest.mark.slow]
MANY = 500  # slow clients that stand at any time
COMING = 600  # so many come: some are just being thrown out
P99 = 0.100  # seconds, of good requests meanwhile
GOOD = 200  # good requests a round
ROUNDS = 6  # a busy machine may spoil some, not all of them
ENCOUNTERS = "/api/v1/encounters"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    program()
    with live_service(tmp_path_factory.mktemp("behind") / "var") as service:
        yield service


@pytest.fixture(scope="module")
def proxy(live, tmp_path_factory):
    with running_nginx(tmp_path_factory.mktemp("nginx"), live.url) as running:
        yield running


@pytest.fixture(scope="module")
def token(live):
    return {"Authorization": f"Bearer {live.token()}"}


def post(proxy: Proxy, token, number, **more):
    headers = token | {"Content-Type": FHIR, "Accept": JSON}
    content = orjson.dumps(a_visit(f"n{number}", f"n{number}"))
    return proxy.call("POST", ENCOUNTERS, data=content, headers=headers, **more)


def test_nginx_takes_the_configuration_as_it_is(tmp_path):
    config = laid_out(tmp_path / "nginx", "http://127.0.0.1:8080", *free_ports(2))
    command = [program(), "-t", "-p", str(config.parent), "-c", str(config)]
    done = subprocess.run(
        [*command, "-g", f"pid {tmp_path}/pid;"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_the_upstream_of_the_containers_is_taken_as_well(tmp_path):
    config = laid_out(tmp_path / "nginx", "http://127.0.0.1:8080", *free_ports(2))
    text = (SHIPPED.parent / "upstream.containers.conf").read_text()
    assert "server web:8080;" in text
    (config.parent / "upstream.conf").write_text(text.replace("web:", "localhost:"))
    command = [program(), "-t", "-p", str(config.parent), "-c", str(config)]
    command += ["-g", f"pid {tmp_path}/pid;"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_an_encounter_becomes_a_plan_and_its_answer_is_the_services_own(proxy, live, token):
    answer = post(proxy, token, 0)
    assert (answer.status_code, answer.json()["state"]) == (201, "active")
    path = answer.headers["Location"]
    through = proxy.call("GET", path, headers=token)
    direct = requests.get(live.url + path, headers=token, timeout=30)
    assert through.content == direct.content
    own = ("Content-Type", "ETag", "Cache-Control", "X-Content-Type-Options", "Vary")
    assert [through.headers.get(name) for name in own] == [direct.headers.get(n) for n in own]


def test_pages_keep_the_headers_that_the_service_gives_them(proxy, live):
    through = proxy.call("GET", "/docs").headers
    direct = requests.get(f"{live.url}/docs", timeout=30).headers
    own = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options")
    assert [through[name] for name in own] == [direct[name] for name in own]
    assert through["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_what_comes_without_tls_is_sent_where_there_is(proxy):
    for path in ("/docs?a=1", "/clinician/plans", "/portal", "/smart/launch?iss=x"):
        answer = requests.get(f"{proxy.plain_url}{path}", allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://localhost{path}")


@pytest.mark.parametrize(
    "asked",
    ["GET /api/v1/plans", "GET /fhir/CarePlan", "POST /hooks/encounter", "POST /portal/questions"],
)
def test_a_program_that_comes_without_tls_is_told_and_not_helped(proxy, asked):
    method, path = asked.split()
    answer = requests.request(method, f"{proxy.plain_url}{path}", allow_redirects=False, timeout=30)
    assert answer.status_code == 403
    assert "Location" not in answer.headers
    if method == "GET":
        assert (answer.json()["code"], answer.json()["title"]) == (
            "not-allowed",
            ERRORS["not-allowed"].title,
        )


@pytest.mark.parametrize(
    "path", ["/metrics", "/health/ready", "//metrics", "/x/../metrics", "/.problem", "/.outcome"]
)
def test_what_is_for_monitors_is_not_there_from_outside(proxy, live, path):
    monitor = {"Authorization": f"Bearer {live.token('monitor')}"}
    context = requests.Request("GET", f"{proxy.url}{path}", headers=monitor).prepare()
    context.url = f"{proxy.url}{path}"  # as it stands: a client may send dots
    answer = requests.Session().send(context, verify=str(proxy.certificate), timeout=30)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert proxy.call("GET", "/health/live").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: evil.example",
        "Forwarded: host=evil.example",
        "X-Real-IP: 192.0.2.1",
        "Proxy: http://evil.example",
        "SCRIPT_NAME: /evil",
    ],
)
def test_what_a_client_says_of_proxies_does_not_reach_the_service(tmp_path, header):
    name, _, value = header.partition(": ")
    with listening() as (url, seen), running_nginx(tmp_path / "nginx", url) as proxy:
        proxy.call("GET", "/docs", headers={name: value, "X-Of-No-Proxy": "kept"})
    (request,) = [text for text in seen if "/docs" in text.partition("\r\n")[0]]
    assert "x-of-no-proxy: kept" in request.lower()
    assert f"\n{name.lower()}:" not in request.lower()
    assert "Connection: close" in request


class listening:  # noqa: N801  # reads as a with statement
    """A server that keeps what it is sent, and answers 204."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.seen: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}", self.seen

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.seen.append(connection.recv(65536).decode())
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


# -- what nginx refuses by itself looks as if the service had


def test_the_size_that_is_taken_is_the_services(proxy, token):
    headers = token | {"Content-Type": JSON}
    at_most = proxy.call("POST", ENCOUNTERS, data=b" " * MAX_BYTES, headers=headers)
    assert at_most.status_code == 400
    assert at_most.json()["code"] == "malformed-json"
    for content in (b" " * (MAX_BYTES + 1), iter([b" " * MAX_BYTES, b" "])):
        answer = proxy.call("POST", ENCOUNTERS, data=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_on_a_route_of_fhir_it_is_an_operation_outcome(proxy, token):
    headers = token | {"Content-Type": FHIR}
    answer = proxy.call("POST", "/fhir/$propose", data=b" " * (MAX_BYTES + 1), headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, FHIR)
    (issue,) = answer.json()["issue"]
    assert issue["details"]["coding"][0]["code"] == "body-too-large"
    assert issue["code"] == ERRORS["body-too-large"].issue_type


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [({"X-Long": "x" * 9_000}, "/docs", 431), ({}, f"/{'x' * 9_000}", 414)],
)
def test_what_is_too_long_for_http_is_a_problem_like_any_other(proxy, headers, path, status):
    answer = proxy.call("GET", path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, "malformed-http")
    assert answer.json()["status"] == status


def test_while_the_service_is_away_callers_are_told_to_come_again(tmp_path):
    with running_nginx(tmp_path / "nginx", f"http://127.0.0.1:{free_port()}") as proxy:
        answer = proxy.call("GET", "/api/v1/plans/nancy-0101519999")
        assert (answer.status_code, answer.json()["code"]) == (502, "unavailable")
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers["X-Trace-Id"] == answer.json()["trace_id"]
        assert proxy.call("GET", "/fhir/Goal").json()["resourceType"] == "OperationOutcome"


def hasty(proxy: Proxy, path: str, many: int) -> list[bytes]:
    """So many requests at once on one connection; their answers, head and body.

    One that is closed before anything was answered is opened again (RFC 9112, 9.3.1).
    """
    for _ in range(3):
        if told := _all_at_once(proxy, path, many):
            break
    answers = told.split(b"HTTP/1.1 ")[1:]
    assert len(answers) == many
    return answers


def _all_at_once(proxy: Proxy, path: str, many: int) -> bytes:
    trust = ssl.create_default_context(cafile=str(proxy.certificate))
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=60)
    with trust.wrap_socket(plain, server_hostname="localhost") as connection:
        one = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
        last = f"{one}Connection: close\r\n\r\n"
        sending = threading.Thread(
            target=connection.sendall, args=((f"{one}\r\n" * (many - 1) + last).encode(),)
        )
        sending.start()
        told = b""
        while more := connection.recv(65_536):
            told += more
        sending.join()
    return told


AWAY = b"502 "  # no service is there, and the answer comes at once


@pytest.mark.parametrize(
    ("path", "at_once", "kind"),
    [
        ("/api/v1/plans", 400, b"application/problem+json"),
        ("/fhir/Goal", 400, FHIR.encode()),
        ("/infobutton", 100, b"application/problem+json"),
        ("/cds-services/x", 100, FHIR.encode()),
        ("/fhir/CarePlan/$validate", 100, FHIR.encode()),
        ("/smart/launch", 50, b"text/html"),
        ("/portal/enter", 50, b"text/html"),
        ("//portal/enter", 50, b"text/html"),
    ],
)
def test_a_client_that_asks_too_often_is_told_to_wait(tmp_path, path, at_once, kind):
    with running_nginx(tmp_path / "nginx", f"http://127.0.0.1:{free_port()}") as proxy:
        answers = hasty(proxy, path, 950 if at_once == 400 else 150 if at_once == 50 else 600)
        refused = [each for each in answers if each.startswith(b"429 ")]
        assert {each[:4] for each in answers} == {AWAY, b"429 "}
        assert len(answers) - len(refused) >= at_once, "so many may come at once"
        for header in (b"Retry-After: 2\r\n", b"Content-Type: " + kind, b"X-Trace-Id: "):
            assert header in refused[0]
        if kind != b"text/html":
            assert b"too-many-requests" in refused[0].partition(b"\r\n\r\n")[2]
        if at_once < 400:
            assert proxy.call("GET", "/docs").status_code == 502  # others have their own measure


def test_who_waits_is_let_in_again(tmp_path):
    with running_nginx(tmp_path / "nginx", f"http://127.0.0.1:{free_port()}") as proxy:
        answers = hasty(proxy, "/smart/launch", 60)
        assert answers[-1].startswith(b"429 ")
        for _ in range(50):
            if proxy.call("GET", "/smart/launch").status_code == 502:
                return
            time.sleep(0.2)
        raise AssertionError("it is never let in again")


def test_its_words_are_those_of_the_one_error_table():
    text = SHIPPED.read_text()
    codes = set(re.findall(r'^\s+(?:default|"?[~^$0-9\[\]-]+"?)\s+([a-z-]+);', _map("code"), re.M))
    assert codes == {
        "malformed-http",
        "not-found",
        "body-too-large",
        "too-many-requests",
        "unavailable",
    }
    for code in codes:
        label = "default" if code == "malformed-http" else code
        assert f'{label} "{ERRORS[code].title}";' in _one_blank(_map("title"))
        assert f"{label} {ERRORS[code].issue_type};" in _one_blank(_map("issue"))
    assert f"client_max_body_size {MAX_BYTES};" in text


def _map(name: str) -> str:
    found = re.search(rf"map \S+ \$problem_{name} {{(.*?)}}", SHIPPED.read_text(), re.S)
    assert found
    return found[1]


def _one_blank(text: str) -> str:
    return re.sub(r" +", " ", text)


def test_no_address_stands_in_its_logs(tmp_path, token):
    """Not of a good request, nor of one that is too large, too long, cut off or in vain."""
    word = "nancy-0101519999"
    with running_nginx(tmp_path / "nginx", f"http://127.0.0.1:{free_port()}") as proxy:
        for path in (f"/{word}", f"/{word}?patient={word}", f"/{word}{'x' * 9_000}"):
            proxy.call("GET", path, headers={"X-Name": word})
        proxy.call("POST", f"/{word}", data=b" " * (MAX_BYTES + 1))
        with socket.create_connection(("localhost", proxy.port)) as plain:
            plain.sendall(f"GET /{word} HTTP/1.1\r\nHost: {word}\r\n\r\n".encode())
            plain.recv(1000)
        requests.get(f"{proxy.plain_url}/{word}", allow_redirects=False, timeout=30)
        log = proxy.log + (proxy.folder / "access.log").read_text()
    assert " 502 " in log
    assert word not in log


# -- slow clients


def measured(proxy: Proxy, token, slow: Slow, first: int) -> tuple[float, float]:
    """The p99 of so many good requests, one after the other: plans are made and read.

    And how many slow clients stood meanwhile (the median).
    """
    times, standing = [], []
    headers = token | {"Content-Type": FHIR, "Accept": JSON}
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(proxy.certificate)
        where = f"{proxy.url}{ENCOUNTERS}"
        for number in range(first, first + GOOD // 2):
            content = orjson.dumps(a_visit(f"s{number}", f"s{number}"))
            began = time.perf_counter()
            made = session.post(where, data=content, headers=headers, timeout=30)
            between = time.perf_counter()
            read = session.get(proxy.url + made.headers["Location"], headers=headers, timeout=30)
            standing.append(slow.open)
            times += [between - began, time.perf_counter() - between]
            assert (made.status_code, read.status_code) == (201, 200)
    return sorted(times)[int(0.99 * len(times)) - 1], statistics.median(standing)


def test_500_slow_clients_do_not_slow_down_the_others(proxy, token, capsys):
    rounds = []
    with slow_clients(proxy.port, COMING, tls=True) as slow:
        for number in range(ROUNDS):
            rounds.append(measured(proxy, token, slow, first=1_000 * (number + 1)))
            if rounds[-1][0] < P99:
                break
    with capsys.disabled():
        told = ", ".join(f"{p99 * 1000:.0f} ms beside {standing:.0f}" for p99, standing in rounds)
        load = Path("/proc/loadavg").read_text().split()[0]
        print(f"\np99 of good requests beside slow clients: {told}; load {load}")  # noqa: T201
    assert min(standing for _, standing in rounds) >= MANY
    assert rounds[-1][0] < P99, f"p99 in seconds, and how many slow ones stood: {rounds}"


def test_without_nginx_a_handful_of_them_stops_the_service(tmp_path):
    """What the proxy is for; and proof that these clients are as slow as they should be.

    With one worker: of two, one may accept nearly all of them, and the other goes on answering.
    """
    with live_service(tmp_path / "var", words=(*SERVE, "--workers", "1")) as service:
        port = int(service.url.rpartition(":")[2])
        with slow_clients(port, 24, tls=False), pytest.raises(requests.Timeout):
            requests.get(f"{service.url}/health/live", timeout=3)
        assert requests.get(f"{service.url}/health/live", timeout=30).ok


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path):
    yield
    shutil.rmtree(tmp_path / "nginx", ignore_errors=True)
