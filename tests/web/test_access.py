"""The guard: every route, every way of not being allowed."""

import base64
import hmac
import json
import time

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.domain.errors import NotAllowed, NotAuthenticated
from service.identity.demo_issuer import ISSUER
from tests.conftest import HOOK_SECRET, SERVICE_URL
from tests.posted import a_bundle
from tests.web.authorization import routes

PUBLIC = {
    *(path for method, path in routes("F") if method == "GET"),
    "/",
    "/docs",
    "/.well-known/jwks.json",
}
# Every route with its rows of the authorization matrix.
CALLS = routes("1", cds="F")  # a CDS client signs each of these for itself
PROTECTED = [each for each in routes("1") if each not in CALLS]
PREFLIGHT = "cds_hooks.preflight"  # a browser asks before it sends what it holds
KEYED = "infobutton.page"  # opens with the key in its address (tests/web/test_infobutton.py)
# Pages open with the cookie of a launch, and with no token at all.
PAGES = ("launch.", "clinician.", "portal_login.", "portal.", "smart.launch_", "smart.callback_")
ROLES = ("system", "clinician", "patient", "admin", "auditor", "monitor")


def call(web, method, path, headers):
    return web.client.open(path, method=method, headers=headers)


def test_every_route_of_the_application_is_public_or_in_this_matrix(web):
    app = web.client.application
    adapter = app.url_map.bind("localhost")
    covered = {adapter.match(p.split("?")[0], method=m)[0] for m, p in (*PROTECTED, *CALLS)}
    covered |= {adapter.match(p, method="GET")[0] for p in PUBLIC}
    pages = {e for e in app.view_functions if e.startswith(PAGES)}
    ours = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert ours - {"static", PREFLIGHT, KEYED} - pages == covered


@pytest.mark.parametrize("path", sorted(PUBLIC))
def test_public_routes_answer_without_identity(web, path):
    assert web.client.get(path).status_code in (200, 302)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_role_calls_a_hook_service(web, role, method, path):
    answer = call(web, method, path, web.headers(role, patient="p1" if role == "patient" else ""))
    assert (answer.status_code, code_of(answer)) == (401, "not-authenticated")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_a_signed_call_of_a_hook_service_opens_nothing_else(web, method, path):
    token = web.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
    answer = call(web, method, path, {"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def code_of(answer):
    """The code of an error, as problem+json or as an OperationOutcome."""
    if answer.content_type == "application/fhir+json":
        return answer.json["issue"][0]["details"]["coding"][0]["code"]
    return answer.json["code"]


@pytest.mark.parametrize(("method", "path"), [*PROTECTED, *CALLS])
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic dTpw", "bearer a.b.c"])
def test_without_a_good_token_no_route_answers(web, method, path, header):
    answer = call(web, method, path, {"Authorization": header} if header is not None else {})
    assert (answer.status_code, code_of(answer)) == (401, "not-authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), [*PROTECTED, *CALLS])
def test_the_secret_of_a_hook_opens_the_hook_and_nothing_else(web, method, path):
    answer = call(web, method, path, {"Authorization": f"Bearer {HOOK_SECRET}"})
    assert (answer.status_code != 401) == path.startswith("/hooks/")


def forged(web, *, key=None, algorithm="ES256", headers=None, drop=(), **changed):
    """A token that differs from a good one in what is named."""
    pem = (web.issuer.jwks.parent / "issuer.pem").read_bytes()
    kid = jwt.get_unverified_header(web.token())["kid"]
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": "ehr",
        "aud": "education-plan",
        "iat": now,
        "exp": now + 300,
        "jti": "1",
        "tenant": "demo",
        "scope": "system/Encounter.c system/CarePlan.crus",
    } | changed
    for name in drop:
        del claims[name]
    signing = None if algorithm == "none" else key or pem
    return jwt.encode(claims, signing, algorithm, headers={"kid": kid} | (headers or {}))


DEFECTS = {
    "expired": {"exp": 1},
    "not yet valid": {"nbf": 9_999_999_999},
    "issued in the future": {"iat": 9_999_999_999},
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "someone-else"},
    "an id token": {"aud": "client-id", "nonce": "n"},
    "another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "unsigned": {"algorithm": "none"},
    "hmac": {"key": "x" * 64, "algorithm": "HS256"},
    "unknown key id": {"headers": {"kid": "other"}},
    "key address in the token": {
        "key": ec.generate_private_key(ec.SECP256R1()),
        "headers": {"kid": "mine", "jku": "http://127.0.0.1:9/jwks"},
    },
    **{f"without {name}": {"drop": (name,)} for name in ("iss", "sub", "aud", "iat", "exp", "jti")},
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_token_is_refused(web, defect):
    with pytest.raises(NotAuthenticated):
        web.parts.verify(forged(web, **DEFECTS[defect]))


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(web):
    """PyJWT refuses to make such a token, so it is made by hand."""
    _, claims, _ = forged(web).split(".")
    told = {"alg": "HS256", "kid": jwt.get_unverified_header(web.token())["kid"]}
    signed = f"{_b64(json.dumps(told).encode())}.{claims}"
    for secret in (web.issuer.jwks.read_bytes(), _public_pem(web)):
        mac = hmac.new(secret, signed.encode(), "sha256").digest()
        with pytest.raises(NotAuthenticated):
            web.parts.verify(f"{signed}.{_b64(mac)}")


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "patient/CarePlan.rs"},
        {"scope": "user/CarePlan.rs"},
        {"scope": "system/CarePlan.rs", "tenant": ""},
        {"scope": "system/CarePlan.rs", "tenant": None},
        {"scope": "patient/CarePlan.rs", "patient": 7},
    ],
    ids=["no patient", "no user", "empty tenant", "null tenant", "patient is a number"],
)
def test_a_missing_context_claim_denies(web, claims):
    with pytest.raises(NotAllowed):
        web.parts.verify(forged(web, **claims))


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("system/Encounter.c system/CarePlan.c", 201),
        ("system/*.cruds", 201),
        ("system/*.write", 201),
        ("system/*.*", 201),
        ("system/Encounter.c", 403),
        ("system/CarePlan.c", 403),
        ("system/Encounter.rs system/CarePlan.rs", 403),
        ("system/Encounter.c?status=planned system/CarePlan.c", 403),
        ("", 403),
        ("openid profile", 403),
    ],
)
def test_posting_an_encounter_needs_both_scopes_in_the_system_context(web, scope, status):
    headers = {
        "Authorization": f"Bearer {forged(web, scope=scope)}",
        "Content-Type": "application/fhir+json",
    }
    answer = web.client.post("/api/v1/encounters", data=orjson.dumps(a_bundle()), headers=headers)
    assert answer.status_code == status


def test_a_token_with_system_and_patient_scopes_is_held_to_its_patient(web):
    path = web.post(a_bundle()).headers["Location"]
    token = forged(web, scope="system/CarePlan.rs patient/CarePlan.rs", patient="p2")
    answer = web.client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


def test_a_method_that_is_not_for_an_address_says_which_are(web):
    answer = web.client.delete("/api/v1/plans/x", headers=web.headers())
    assert (answer.status_code, answer.json["code"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]


def test_an_address_that_does_not_exist_is_a_problem_too(web):
    answer = web.client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _public_pem(web) -> bytes:
    pem = (web.issuer.jwks.parent / "issuer.pem").read_bytes()
    return (
        serialization.load_pem_private_key(pem, None)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
