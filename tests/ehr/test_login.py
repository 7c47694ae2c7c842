"""Logging in with a key: one asks for all, once; and what is no login lets nobody in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from service.config.tenants import RecordLogin, RecordOf, WrongSetting
from service.ehr.login import BackendLogin
from service.ehr.record import FhirRecord
from service.ehr.wire import Answer, Wire
from service.records import record_of
from service.usecases.delivering import Closed, NotNow
from tests.builders import a_plan
from tests.ehr.faults import serving

THREADS = 50
KEYS = {
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS384": rsa.generate_private_key(65537, 2048),
}


def pem(key, password=None) -> str:
    sealed = serialization.BestAvailableEncryption(password) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        sealed or serialization.NoEncryption(),
    ).decode()


@dataclass
class Gate:
    """A record behind a login of its own: both over real HTTP.

    `said` is what the token endpoint answers instead, in turn; `lets_in` are the tokens that
    are good there.
    """

    app: object = None
    said: list = field(default_factory=list)
    asked: list[dict] = field(default_factory=list)
    looked_up: int = 0
    refused: int = 0
    lasts: object = 300
    lets_in: set = field(default_factory=set)
    slowly: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    endpoint: str = ""

    def __call__(self, environ, start):
        path = environ["PATH_INFO"]
        if path == "/.well-known/smart-configuration":
            self.looked_up += 1
            return _answer(
                start, "200 OK", {"token_endpoint": self.endpoint or f"{self.url}/token"}
            )
        if path == "/token":
            return self._token(environ, start)
        if environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ") not in self.lets_in:
            self.refused += 1
            return _answer(start, "401 Unauthorized", {"resourceType": "OperationOutcome"})
        return self.app(environ, start)

    def _token(self, environ, start):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        self.asked.append({name: value for name, (value,) in parse_qs(body).items()})
        self.slowly.wait(0.3)  # so that others come meanwhile
        if self.said:
            return self.said.pop(0)(start)
        token = f"token-{len(self.asked)}"
        self.lets_in.add(token)
        told = {"access_token": token, "token_type": "bearer", "expires_in": self.lasts}
        return _answer(start, "200 OK", told)


def _answer(start, status, body):
    start(status, [("Content-Type", "application/json")])
    return [orjson.dumps(body)]


def says(status, body):
    return lambda start: _answer(start, status, body)


@pytest.fixture
def gate():
    gate = Gate()
    with serving(gate) as gate.url:
        yield gate


def a_login(gate, kind="ES384", **more) -> BackendLogin:
    return BackendLogin(Wire(gate.url), "education-plan", pem(KEYS[kind]), kind, **more)


def all_at_once(work):
    """Let fifty threads do it at the same moment; their results."""
    together = threading.Barrier(THREADS)

    def one(_):
        together.wait(10)
        return work()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def outcome(login):
    try:
        return login.headers()
    except (Closed, NotNow) as fault:
        return (type(fault), fault.reason)


def test_of_fifty_threads_one_asks_for_the_token_and_all_use_it(gate):
    login = a_login(gate)
    assert all_at_once(login.headers) == [{"Authorization": "Bearer token-1"}] * THREADS
    assert len(gate.asked) == 1
    assert gate.looked_up == 1


def test_when_it_has_run_out_one_asks_anew(gate):
    now = [0.0]
    login = a_login(gate, clock=lambda: now[0])
    login.headers()
    now[0] = 239.0
    login.headers()
    assert len(gate.asked) == 1
    now[0] = 241.0  # a minute before the record would refuse it
    assert set(map(str, all_at_once(login.headers))) == {str({"Authorization": "Bearer token-2"})}
    assert len(gate.asked) == 2


def test_a_token_that_lasts_but_seconds_is_not_asked_for_with_every_request(gate):
    gate.lasts = 20
    now = [0.0]
    login = a_login(gate, clock=lambda: now[0])
    all_at_once(login.headers)
    assert len(gate.asked) == 1
    now[0] = 11.0
    login.headers()
    assert len(gate.asked) == 2


def test_when_fifty_threads_are_refused_with_one_token_one_asks_anew(gate):
    login = a_login(gate)
    old = login.headers()

    def refused():
        login.forget(old)
        return login.headers()

    assert set(map(str, all_at_once(refused))) == {str({"Authorization": "Bearer token-2"})}
    assert len(gate.asked) == 2


def test_when_the_login_fails_those_who_waited_share_the_failure(gate):
    gate.said[:] = [says("503 Service Unavailable", {})] * THREADS
    login = a_login(gate)
    told = all_at_once(lambda: outcome(login))
    assert set(told) == {(NotNow, "failing")}
    assert len(gate.asked) <= 3  # not one after the other, ten seconds each


@pytest.mark.parametrize("kind", KEYS)
def test_the_assertion_is_what_smart_asks_for(gate, kind):
    a_login(gate, kind, key_id="2026", scope="system/*.cruds").headers()
    a_login(gate, kind, key_id="2026").headers()
    first, second = gate.asked
    assert first["grant_type"] == "client_credentials"
    assert first["scope"] == "system/*.cruds"
    assert first["client_assertion_type"].endswith(":jwt-bearer")
    assertions = [each["client_assertion"] for each in (first, second)]
    claims = [
        jwt.decode(each, KEYS[kind].public_key(), [kind], audience=f"{gate.url}/token")
        for each in assertions
    ]
    assert jwt.get_unverified_header(assertions[0]) == {"alg": kind, "kid": "2026", "typ": "JWT"}
    assert claims[0]["iss"] == claims[0]["sub"] == "education-plan"
    assert 0 < claims[0]["exp"] - claims[0]["iat"] <= 300
    assert claims[0]["jti"] != claims[1]["jti"]


def test_an_endpoint_in_the_settings_is_not_looked_up(gate):
    a_login(gate, token_url=f"{gate.url}/token").headers()
    assert (gate.looked_up, len(gate.asked)) == (0, 1)


@pytest.mark.parametrize(
    "endpoint", ["ftp://x/token", "/token", "", "file:///etc/passwd", "http:///token"]
)
def test_an_endpoint_that_is_no_address_lets_nobody_in(gate, endpoint):
    gate.endpoint = endpoint or "nonsense"
    assert outcome(a_login(gate)) == (Closed, "login")
    assert gate.asked == []


def test_a_record_cannot_send_the_login_to_another_host(gate):
    """It would have this service post to whatever it names, on its own network too."""
    seen = []

    def canary(environ, start):
        seen.append(environ["PATH_INFO"])
        return _answer(start, "200 OK", {"access_token": "a", "expires_in": 300})

    with serving(canary) as elsewhere:
        there, here = elsewhere.removeprefix("http://"), gate.url.removeprefix("http://")
        for address in (
            *(
                there,
                f"{here}@{there}",
                f"{here}\\@{there}",
                f"{there}#@{here}",
                f"{there}?@{here}",
            ),
            *(f"{there}\t", f"localhost:{there.partition(':')[2]}", f"{here}\\.{there}"),
        ):
            gate.endpoint = f"http://{address}/token"
            assert outcome(a_login(gate)) == (Closed, "login"), address
        assert a_login(gate, token_url=f"{elsewhere}/token").headers()  # as the operator says
    assert (seen, gate.asked) == (["/token"], [])


def test_a_record_over_https_cannot_send_the_login_over_http():
    asked = []

    class Told:
        """A wire to a record over HTTPS that names an endpoint without."""

        base = "https://record.example/r4"

        def send(self, method, path="", **more):
            asked.append(path)
            return Answer(200, {}, {"token_endpoint": "http://record.example/token"})

    login = BackendLogin(Told(), "education-plan", pem(KEYS["ES384"]), "ES384")
    assert outcome(login) == (Closed, "login")
    assert asked == [".well-known/smart-configuration"]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        ("400 Bad Request", {"error": "invalid_client"}, (Closed, "login")),
        ("401 Unauthorized", {"error": "invalid_client"}, (Closed, "login")),
        ("200 OK", {}, (Closed, "login")),
        ("200 OK", {"access_token": 7}, (Closed, "login")),
        ("200 OK", {"access_token": ""}, (Closed, "login")),
        ("200 OK", {"access_token": "a\r\nX-Other: b"}, (Closed, "login")),
        ("200 OK", {"access_token": "a", "token_type": "mac"}, (Closed, "login")),
        ("200 OK", [1], (Closed, "login")),
        ("302 Found", {}, (Closed, "login")),
        ("429 Too Many Requests", {}, (NotNow, "failing")),
        ("500 Internal Server Error", {}, (NotNow, "failing")),
    ],
)
def test_what_is_no_token_lets_nobody_in(gate, status, body, told):
    gate.said[:] = [says(status, body)]
    assert outcome(a_login(gate)) == told


@pytest.mark.parametrize("lasts", ["soon", None, [], -5, 10**15, "120"])
def test_a_token_that_says_oddly_how_long_it_lasts_is_used_all_the_same(gate, lasts):
    gate.lasts = lasts
    login = a_login(gate)
    assert login.headers() == {"Authorization": "Bearer token-1"}


def test_a_redirect_of_the_token_endpoint_is_not_followed(gate):
    seen = []

    def canary(environ, start):
        seen.append(environ["PATH_INFO"])
        return _answer(start, "200 OK", {"access_token": "stolen"})

    with serving(canary) as elsewhere:

        def moved(start):
            start("307 Temporary Redirect", [("Location", f"{elsewhere}/token")])
            return [b""]

        gate.said[:] = [moved]
        assert outcome(a_login(gate)) == (Closed, "login")
    assert seen == []


# The whole way: a record behind the gate, and a plan that waits for it.


@pytest.fixture
def behind(site, gate):
    """A clinic whose record lets nobody in without a token."""
    clinic = site()
    gate.app = clinic.faulty
    wire = Wire(gate.url, whole=5.0)
    clinic.record = FhirRecord(wire, BackendLogin(wire, "me", pem(KEYS["ES384"]), "ES384"))
    return clinic


def test_a_token_that_is_refused_once_is_replaced_and_the_plan_arrives(behind, gate):
    plan = a_plan()
    behind.queue(plan)
    behind.record.login.headers()
    gate.lets_in.clear()  # revoked before its time
    behind.once()
    assert behind.states(plan) == ["delivered"]
    assert len(gate.asked) == 2
    assert gate.refused == 1
    assert behind.outbox.of_plan("demo", plan.id)[0].tries == 1


def test_a_token_that_is_refused_again_costs_no_try_and_no_third_token(behind, gate):
    plan = a_plan()
    behind.queue(plan)

    def useless(start):
        return _answer(start, "200 OK", {"access_token": "useless", "expires_in": 300})

    gate.said[:] = [useless] * 50
    behind.once()
    (told,) = behind.outbox.of_plan("demo", plan.id)
    assert (told.state, told.reason, told.tries) == ("waiting", "login", 0)
    assert (len(gate.asked), gate.refused) == (2, 2)
    assert behind.told == [("delivery-closed", "login")]
    gate.said.clear()
    behind.passes(timedelta(minutes=2))
    behind.work()
    assert behind.states(plan) == ["delivered"]


# What the operator gives as a key.

UNFIT = {
    "P-256": pem(ec.generate_private_key(ec.SECP256R1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA of 1024 bits": pem(rsa.generate_private_key(65537, 1024)),
    "sealed with a password": pem(KEYS["ES384"], b"secret"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_a_key_that_smart_has_no_use_for_is_told_at_the_start(tmp_path, kind):
    path = tmp_path / "key.pem"
    path.write_text(UNFIT[kind])
    login = RecordLogin("me", str(path))
    with pytest.raises(WrongSetting, match="key_file") as told:
        record_of(RecordOf("https://fhir.a.example/r4", login=login))
    assert "P-384" in str(told.value)
    assert "\n" not in str(told.value)
