"""Keys of an issuer: by JWKS over HTTP, by file, and only the algorithms that are pinned."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import NotAuthenticated
from service.identity.demo_issuer import ISSUER, DemoIssuer
from service.identity.scopes import parse_scopes
from service.identity.tokens import Issuer, Verifier, keys_from_file, keys_published
from service.key_sets import keys_at

KEYS = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "RS384": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
}
SHORT = rsa.generate_private_key(65537, 1024)
URL = "https://login.clinic.example"


def jwks():
    keys = []
    for name, key in KEYS.items():
        algorithm = jwt.algorithms.RSAAlgorithm if name[0] == "R" else jwt.algorithms.ECAlgorithm
        keys.append(json.loads(algorithm.to_jwk(key.public_key())) | {"kid": name, "alg": name})
    short = jwt.algorithms.RSAAlgorithm.to_jwk(SHORT.public_key())
    return {"keys": [*keys, json.loads(short) | {"kid": "short", "alg": "RS256"}]}


@pytest.fixture
def endpoint():
    """A JWKS endpoint on loopback, and the list of what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = json.dumps(jwks()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks", asked
    server.shutdown()
    server.server_close()
    thread.join()


def signed(algorithm="ES256", kid=None, key=None, **claims):
    now = int(time.time())
    content = {
        "iss": URL,
        "sub": "ehr",
        "aud": "education-plan",
        "iat": now,
        "exp": now + 300,
        "jti": str(time.time_ns()),
        "scope": "system/CarePlan.rs",
    } | claims
    return jwt.encode(content, key or KEYS[algorithm], algorithm, headers={"kid": kid or algorithm})


@pytest.fixture
def verifier(endpoint):
    issuer = Issuer(URL, "clinic-a", keys_published(keys_at(endpoint[0])))
    return Verifier({URL: issuer}, "education-plan")


@pytest.mark.parametrize("algorithm", KEYS)
def test_each_pinned_algorithm_is_understood(verifier, algorithm):
    assert verifier.verify(signed(algorithm)).subject == "ehr"


def test_keys_are_fetched_once_for_many_tokens(verifier, endpoint):
    for _ in range(5):
        verifier.verify(signed())
    assert len(endpoint[1]) == 1


def test_a_key_the_issuer_does_not_have_is_refused(verifier):
    with pytest.raises(NotAuthenticated):
        verifier.verify(signed(kid="unknown"))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of who signs
def test_a_key_that_is_too_short_verifies_nothing(verifier):
    with pytest.raises(NotAuthenticated):
        verifier.verify(signed("RS256", kid="short", key=SHORT))


def test_keys_are_not_looked_for_where_a_redirect_leads(endpoint):
    address, asked = endpoint

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", address)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    keys = keys_published(keys_at(f"http://127.0.0.1:{server.server_port}/jwks"))
    with pytest.raises(NotAuthenticated):
        Verifier({URL: Issuer(URL, "clinic-a", keys)}, "education-plan").verify(signed())
    thread.join()
    server.server_close()
    assert asked == []


def test_an_issuer_speaks_for_its_own_clinic_whatever_the_token_says(verifier):
    assert verifier.verify(signed(tenant="clinic-b")).tenant == "clinic-a"


def test_a_token_is_good_until_it_expires_and_a_moment_of_skew(verifier):
    now = int(time.time())
    assert verifier.verify(signed(exp=now - 5)).subject == "ehr"
    with pytest.raises(NotAuthenticated):
        verifier.verify(signed(exp=now - 60))


def test_a_rotated_key_in_the_file_is_found(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text('{"keys": []}')
    verifier = Verifier({URL: Issuer(URL, "a", keys_from_file(path))}, "education-plan")
    with pytest.raises(NotAuthenticated):
        verifier.verify(signed())
    path.write_text(json.dumps(jwks()))
    assert verifier.verify(signed()).tenant == "a"


def test_the_demo_issuers_private_key_is_for_its_owner_only(tmp_path):
    issuer = DemoIssuer(tmp_path / "keys")
    issuer.ensure_keys()
    issuer.ensure_keys()
    assert (tmp_path / "keys" / "issuer.pem").stat().st_mode & 0o777 == 0o600
    verifier = Verifier({ISSUER: Issuer(ISSUER, "", keys_from_file(issuer.jwks))}, "education-plan")
    identity = verifier.verify(issuer.token("patient", tenant="demo", patient="p1"))
    assert (identity.tenant, identity.patient) == ("demo", "Patient/p1")


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("system/CarePlan.rs", {("system", "CarePlan"): "rs"}),
        ("user/*.read", {("user", "*"): "rs"}),
        ("patient/Goal.write", {("patient", "Goal"): "cud"}),
        ("system/CarePlan.r system/CarePlan.s", {("system", "CarePlan"): "rs"}),
        ("patient/Observation.rs?category=x openid launch fhirUser", {}),
        ("system/CarePlan.sr admin/CarePlan.r system/.r", {}),
    ],
)
def test_scopes_grant_what_they_say_and_no_more(text, granted):
    assert parse_scopes(text).granted == {key: frozenset(v) for key, v in granted.items()}


@given(st.text())
def test_no_scope_string_breaks_the_reader(text):
    assert all(set(letters) <= set("cruds") for letters in parse_scopes(text).granted.values())
