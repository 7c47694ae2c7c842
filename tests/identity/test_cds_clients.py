"""Calls of hook services: signed by a client of the clinic, for this address, now, and once."""

import json
import random
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from service.domain.errors import NotAuthenticated
from service.identity.cds_clients import CdsClient, CdsClients
from service.identity.published import FRESH, GRACE, Published
from service.identity.tokens import NoKeys, keys_in
from service.usecases.in_time import InTime

EHR, JKU = "https://fhir.clinic-a.example", "https://fhir.clinic-a.example/cds-jwks"
ADDRESS = "https://education.example/cds-services/education-plan-patient-view"
P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())


def jwk(key, kid, algorithm):
    kinds = {"ES": jwt.algorithms.ECAlgorithm, "RS": jwt.algorithms.RSAAlgorithm}
    public = json.loads(kinds[algorithm[:2]].to_jwk(key.public_key()))
    return public | {"kid": kid, "alg": algorithm, "use": "sig"}


class Keys:
    """A client's JWKS that counts how often it is asked for."""

    def __init__(self, *keys):
        self.asked, self.keys = 0, list(keys)

    def __call__(self):
        self.asked += 1
        return keys_in({"keys": self.keys})


@pytest.fixture
def keys():
    return Keys(jwk(P384, "1", "ES384"), jwk(RSA, "2", "RS384"))


def trusted(keys, clock=time.time, **more):
    """The clients of all clinics: one, whose keys are asked for as told."""
    client = CdsClient(EHR, "clinic-a", JKU, Published(keys, NoKeys, clock), **more)
    return CdsClients({EHR: client}, clock)


@pytest.fixture
def clients(keys):
    return trusted(keys)


def signed(key=P384, algorithm="ES384", kid="1", drop=(), head=None, **changed):
    now = int(time.time())
    claims = {"iss": EHR, "aud": ADDRESS, "iat": now, "exp": now + 300, "jti": "j"} | changed
    claims = {name: value for name, value in claims.items() if name not in drop}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} | (head or {}))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"key": RSA, "algorithm": "RS384", "kid": "2"},
        {"aud": [ADDRESS]},
        {"head": {"jku": JKU}},
    ],
    ids=["ES384", "RS384", "aud as a list of one", "the agreed jku"],
)
def test_a_call_of_a_client_is_its_clinics(clients, more):
    call = clients.verify(signed(**more), ADDRESS)
    assert (call.tenant, call.client) == ("clinic-a", EHR)
    assert len(call.token) == 64
    assert call.expires >= time.time() + 300


NOW = time.time()
DEFECTS = {
    "no token": {"token": "x"},
    "another issuer": {"iss": "https://evil.example"},
    "another address": {"aud": ADDRESS + "/feedback"},
    "the address with a slash": {"aud": ADDRESS + "/"},
    "the server only": {"aud": "https://education.example"},
    "two addresses": {"aud": [ADDRESS, "https://other.example"]},
    "no address in a list": {"aud": []},
    "expired": {"iat": int(NOW) - 600, "exp": int(NOW) - 400},
    "issued in the future": {"iat": int(NOW) + 600, "exp": int(NOW) + 700},
    "not yet valid": {"nbf": int(NOW) + 600},
    "good for too long": {"exp": int(NOW) + 900},
    "expired before it was issued": {"iat": int(NOW) + 20, "exp": int(NOW) + 10},
    "another key": {"key": ec.generate_private_key(ec.SECP384R1())},
    "a key that is not known": {"kid": "3"},
    "no key named": {"head": {"kid": None}},
    "unsigned": {"key": None, "algorithm": "none"},
    "HMAC": {"key": "x" * 64, "algorithm": "HS256"},
    "HMAC of 384": {"key": "x" * 64, "algorithm": "HS384"},
    "another type of token": {"head": {"typ": "at+jwt"}},
    "another jku": {"head": {"jku": "https://evil.example/jwks"}},
    "a jku that begins alike": {"head": {"jku": JKU + ".evil.example"}},
    "a key of its own": {
        "key": P256,
        "algorithm": "ES256",
        "kid": "9",
        "head": {"jwk": jwk(P256, "9", "ES256")},
    },
    "an empty jti": {"jti": ""},
    "a jti that is no text": {"jti": 7},
    "a jti with a control character": {"jti": "a\0"},
    "a jti that is too long": {"jti": "a" * 256},
    **{f"without {name}": {"drop": (name,)} for name in ("iss", "aud", "iat", "exp", "jti")},
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_call_is_nobodys(clients, defect):
    token = DEFECTS[defect].get("token") or signed_badly(**DEFECTS[defect])
    with pytest.raises(NotAuthenticated, match=r"^the token is not valid here$"):
        clients.verify(token, ADDRESS)


def signed_badly(**more):
    """PyJWT does not write a header without a `kid`, nor a `jti` that is no text."""
    if more.get("head", {}).get("kid", "") is None:
        return jwt.encode({"iss": EHR, "aud": ADDRESS}, P384, "ES384")
    if more.get("jti") == 7:
        more["jti"] = "7"
        head, claims, _ = signed(**more).split(".")
        raw = json.loads(jwt.utils.base64url_decode(claims)) | {"jti": 7}
        body = jwt.utils.base64url_encode(json.dumps(raw).encode()).decode()
        algorithm = jwt.algorithms.get_default_algorithms()["ES384"]
        mac = algorithm.sign(f"{head}.{body}".encode(), P384)
        return f"{head}.{body}.{jwt.utils.base64url_encode(mac).decode()}"
    return signed(**more)


def test_keys_are_asked_for_once_and_again_when_they_are_old(keys):
    clock = [time.time()]
    clients = trusted(keys, lambda: clock[0])
    for _ in range(5):
        clients.verify(signed(), ADDRESS)
    assert keys.asked == 1
    keys.keys = [jwk(RSA, "2", "RS384")]
    clock[0] += FRESH + 1
    with pytest.raises(NotAuthenticated):
        clients.verify(signed(), ADDRESS)
    assert keys.asked == 2


def test_a_new_key_is_found_soon_and_an_unknown_one_is_not_asked_for_each_time(keys):
    clock = [time.time()]
    clients = trusted(keys, lambda: clock[0])
    clients.verify(signed(), ADDRESS)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            clients.verify(signed(kid="3", key=P256, algorithm="ES256"), ADDRESS)
    assert keys.asked == 1
    keys.keys.append(jwk(P256, "3", "ES256"))
    clock[0] += 31
    assert clients.verify(signed(kid="3", key=P256, algorithm="ES256"), ADDRESS)


def test_keys_that_do_not_come_let_nobody_in():
    def nowhere():
        raise OSError

    clients = trusted(nowhere)
    with pytest.raises(NotAuthenticated):
        clients.verify(signed(), ADDRESS)


@pytest.fixture
def hanging():
    """What asks for keys and does not come back while the test runs."""
    released = threading.Event()
    yield lambda: released.wait(30) and {}
    released.set()


def test_keys_that_hang_hold_nobody_up(hanging):
    """By the clock, with room for a busy machine: the keys would be waited for half a minute."""
    clients = trusted(hanging, within=InTime(0.4, 2))
    began = time.monotonic()
    with pytest.raises(NotAuthenticated):
        clients.verify(signed(), ADDRESS)
    assert time.monotonic() - began < 5


def test_while_new_keys_hang_or_fail_the_last_good_ones_let_in_for_a_while(keys, hanging):
    clock, waited = [time.time()], []

    def within(work):
        waited.append(clock[0])
        return InTime(0.1, 1)(work)

    asked = iter([keys, hanging])
    clients = trusted(lambda: next(asked)(), lambda: clock[0], within=within)
    for seconds in (0, FRESH + 1, 1):  # the last finds that it was asked for just now
        clock[0] += seconds
        assert clients.verify(signed_at(clock[0]), ADDRESS)
    assert len(waited) == 2
    clock[0] += GRACE
    with pytest.raises(NotAuthenticated):
        clients.verify(signed_at(clock[0]), ADDRESS)


def signed_at(now):
    return signed(iat=int(now), exp=int(now) + 300)


def test_a_client_of_one_clinic_names_no_other(clients):
    assert clients.verify(signed(tenant="clinic-b"), ADDRESS).tenant == "clinic-a"


def test_what_is_good_here_is_good_for_pyjwt(clients):
    """The token is read in one pass (signed_token.py); no mutant of a good one slips through."""
    tokens = [signed(), signed(key=RSA, algorithm="RS384", kid="2")]
    chosen, good = random.Random(20261126), 0
    letters = "ABCDwxyz0189-_.=+/ é"
    for n in range(400):
        token = tokens[n % 2]
        at, length = chosen.randrange(len(token)), chosen.choice([0, 1, 1, 1, 2])
        bent = token[:at] + chosen.choice(letters) * (n % 3) + token[at + length :]
        try:
            clients.verify(bent, ADDRESS)
        except NotAuthenticated:
            continue
        good += 1
        key = {"ES": P384, "RS": RSA}[jwt.get_unverified_header(bent)["alg"][:2]].public_key()
        jwt.decode(bent, key, algorithms=["ES384", "RS384"], audience=ADDRESS)
        assert bent == token
    assert 0 < good < 40, "only what was bent to itself"


@pytest.mark.parametrize(
    "head", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": True}, {"crit": ["b64"]}]
)
def test_a_head_that_wants_more_than_is_understood_is_refused(clients, head):
    with pytest.raises(NotAuthenticated):
        clients.verify(rewritten(head), ADDRESS)


def test_a_signature_has_one_spelling(clients):
    """Of the last letter of 256 bytes only two bits count: fifteen others mean the same."""
    token = signed(key=RSA, algorithm="RS384", kid="2")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(token[-1]) + 1]
    assert clients.verify(token, ADDRESS)
    for bent in (token[:-1] + other, token + "==", token + "\n"):
        with pytest.raises(NotAuthenticated):
            clients.verify(bent, ADDRESS)


def test_a_key_that_is_too_short_lets_nobody_in():
    # 1024 bits: what RFC 7518, 3.3 does not allow.
    short = rsa.generate_private_key(65537, 1024)
    clients = trusted(Keys(jwk(short, "4", "RS256")))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = signed(key=short, algorithm="RS256", kid="4")
    with pytest.raises(NotAuthenticated):
        clients.verify(token, ADDRESS)


def rewritten(head):
    """A good token with more in its head, and signed so."""
    _, claims, _ = signed().split(".")
    told = {"alg": "ES384", "typ": "JWT", "kid": "1"} | head
    start = jwt.utils.base64url_encode(json.dumps(told).encode()).decode()
    mac = jwt.algorithms.get_default_algorithms()["ES384"].sign(f"{start}.{claims}".encode(), P384)
    return f"{start}.{claims}.{jwt.utils.base64url_encode(mac).decode()}"
