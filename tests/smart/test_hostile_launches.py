"""Whatever a hostile browser, login or network does to a launch: no session comes of it."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
import requests
from joserfc.jwk import ECKey
from werkzeug.wrappers import Response

from service.domain.errors import Unopened
from tests.smart.conftest import a_world


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(server, claims):
    head = json.dumps({"alg": "none", "kid": "login-1"}).encode()
    return f"{_b64(head)}.{_b64(json.dumps(claims).encode())}."


def signature_cut(server, claims):
    return server.signed(claims).rpartition(".")[0] + "."


def hmac_with_the_public_key(server, claims):
    head = json.dumps({"alg": "HS256", "kid": "login-1"}).encode()
    text = f"{_b64(head)}.{_b64(json.dumps(claims).encode())}"
    secret = server.key.as_pem(private=False)
    return f"{text}.{_b64(hmac.new(secret, text.encode(), 'sha256').digest())}"


def by_another_key(server, claims):
    return server.signed(claims, ECKey.generate_key("P-384"))


def claims(**changed):
    def bend(told):
        bent = told | changed
        return {name: value for name, value in bent.items() if value is not None}

    return "claims", bend


def configuration(**changed):
    def bend(told):
        bent = told | changed
        return {name: value for name, value in bent.items() if value is not None}

    return "configuration", bend


def token(**changed):
    return "token", lambda told: {k: v for k, v in (told | changed).items() if v is not None}


def elsewhere(_told):
    return Response(status=302, headers={"Location": "http://127.0.0.1:9/"})


EVIL = "https://evil.example"
AGES_AGO = 1_000_000_000
# What a login may say, and why nothing opens then.
BENT = {
    "no nonce": (claims(nonce=None), Unopened.WRONG_IDENTITY),
    "another nonce": (claims(nonce="of another launch"), Unopened.WRONG_IDENTITY),
    "another audience": (claims(aud="another-app"), Unopened.WRONG_IDENTITY),
    "several audiences, made for another": (
        claims(aud=["pages", "another-app"], azp="another-app"),
        Unopened.WRONG_IDENTITY,
    ),
    "another issuer": (claims(iss=EVIL), Unopened.WRONG_IDENTITY),
    "expired": (claims(exp=AGES_AGO), Unopened.WRONG_IDENTITY),
    "never expires": (claims(exp=None), Unopened.WRONG_IDENTITY),
    "issued long ago": (claims(iat=AGES_AGO), Unopened.WRONG_IDENTITY),
    "issued in the future": (claims(iat=9_999_999_999), Unopened.WRONG_IDENTITY),
    "of nobody": (claims(sub=None), Unopened.WRONG_IDENTITY),
    "alg none": (("id_token", unsigned), Unopened.WRONG_IDENTITY),
    "signature cut off": (("id_token", signature_cut), Unopened.WRONG_IDENTITY),
    "HS256 with the public key": (("id_token", hmac_with_the_public_key), Unopened.WRONG_IDENTITY),
    "signed by another key": (("id_token", by_another_key), Unopened.WRONG_IDENTITY),
    "no id_token": (token(id_token=None), Unopened.WRONG_IDENTITY),
    "id_token is no text": (token(id_token=7), Unopened.WRONG_IDENTITY),
    "no keys": (("jwks", lambda told: {"keys": []}), Unopened.WRONG_IDENTITY),
    "nobody of the record": (claims(fhirUser=None), Unopened.NO_USER),
    "a person of another record": (
        claims(fhirUser=f"{EVIL}/fhir/Practitioner/fys1"),
        Unopened.NO_USER,
    ),
    "a device": (claims(fhirUser="Device/d1"), Unopened.NO_USER),
    "missing patient": (token(patient=None), Unopened.NO_PATIENT),
    "patient is no id": (token(patient="../p2"), Unopened.NO_PATIENT),
    "patient is a list": (token(patient=["p1", "p2"]), Unopened.NO_PATIENT),
    "a patient opens another": (claims(fhirUser="Patient/p2"), Unopened.NO_PATIENT),
    "no access token": (token(access_token=None), Unopened.NO_TOKEN),
    "another kind of token": (token(token_type="mac"), Unopened.NO_TOKEN),
    "the token endpoint leads elsewhere": (("token", elsewhere), Unopened.NO_TOKEN),
    "another server answers": (
        ("callback", lambda told: told | {"iss": EVIL}),
        Unopened.OTHER_SERVER,
    ),
    "the server does not say who it is": (
        ("callback", lambda told: {k: v for k, v in told.items() if k != "iss"}),
        Unopened.OTHER_SERVER,
    ),
    "the login declines": (
        ("callback", lambda told: told | {"error": "access_denied"}),
        Unopened.DECLINED,
    ),
    "no code": (
        ("callback", lambda told: {k: v for k, v in told.items() if k != "code"}),
        Unopened.DECLINED,
    ),
    "a code that was never given": (
        ("callback", lambda told: told | {"code": "guessed"}),
        Unopened.NO_TOKEN,
    ),
}
UNUSABLE = {
    "the login is on another host": configuration(authorization_endpoint=f"{EVIL}/authorize"),
    "the tokens are on another host": configuration(token_endpoint=f"{EVIL}/token"),
    "the keys are on another host": configuration(jwks_uri=f"{EVIL}/jwks"),
    "the issuer is another": configuration(issuer=EVIL),
    "a host that only begins alike": configuration(token_endpoint="http://127.0.0.1.evil.example/"),
    "a host behind an @": configuration(token_endpoint="http://127.0.0.1@evil.example/token"),
    "a file": configuration(jwks_uri="file:///etc/passwd"),
    "no token endpoint": configuration(token_endpoint=None),
    "no keys": configuration(jwks_uri=None),
    "PKCE left out": configuration(code_challenge_methods_supported=None),
    "PKCE in plain": configuration(code_challenge_methods_supported=["plain"]),
    "discovery leads elsewhere": ("configuration", elsewhere),
    "discovery is a page": ("configuration", lambda told: "<html>"),
    "discovery is a list": ("configuration", lambda told: [told]),
}


def refused(world, answer):
    """True when nothing opened: a page, no cookie of a launch, and none in the database."""
    assert answer.status_code == 400
    assert answer.headers["X-Error-Code"] == "launch-refused"
    assert not [kept for kept in answer.headers.getlist("Set-Cookie") if "launch=" in kept]
    assert "Location" not in answer.headers
    return world.launches == 0


@pytest.mark.parametrize("name", BENT)
def test_what_a_bent_login_says_opens_nothing(world, name):
    (place, bend), reason = BENT[name]
    told = world.log_in(world.leave())
    setattr(world.login.bent, place, bend)
    if place == "callback":
        told = bend(told)
    answer = world.back(told)
    assert refused(world, answer)
    assert world.why(answer) == reason


def test_what_opened_nothing_is_in_the_trail_of_the_clinic_it_left_from(world):
    told = world.log_in(world.leave())
    assert refused(world, world.back(told | {"code": "another"}))
    with world.web.database.reading() as connection:
        found = connection.execute(
            "SELECT DISTINCT role, actor FROM audit WHERE tenant = ? AND action = ?",
            ("demo", "refused.launch-refused"),
        ).fetchall()
    assert found == [("launch", world.login.iss)]


@pytest.mark.parametrize("name", UNUSABLE)
def test_nobody_is_sent_to_a_login_that_the_settings_do_not_name(world, name):
    place, bend = UNUSABLE[name]
    setattr(world.login.bent, place, bend)
    answer = world.leave()
    assert refused(world, answer)
    assert world.why(answer) == Unopened.NOT_SMART
    assert world.web.rows("attempt") == 0


@pytest.mark.parametrize(
    "iss", ["", EVIL, "http://127.0.0.1:9/fhir", "{}.evil.example", "{}/..", "{}@evil", "{} "]
)
def test_a_record_that_no_clinic_has_is_asked_nothing(world, iss):
    answer = world.browser.get("/smart/launch", query_string={"iss": iss.format(world.login.iss)})
    assert refused(world, answer)
    assert world.why(answer) == Unopened.UNKNOWN_RECORD
    assert world.login.asked == []


def test_a_state_is_good_once(world):
    told = world.log_in(world.leave())
    assert world.back(told).status_code == 303
    answer = world.back(told)
    assert answer.status_code == 400
    assert world.why(answer) == Unopened.UNKNOWN_STATE
    assert world.launches == 1


def test_a_state_is_used_up_even_when_nothing_opened(world):
    told = world.log_in(world.leave())
    world.back(told | {"iss": EVIL})
    answer = world.back(told)
    assert refused(world, answer)
    assert world.why(answer) == Unopened.UNKNOWN_STATE


@pytest.mark.parametrize("state", ["", "x", "ZGVtbw==.x", "%00", "æ"])
def test_a_state_that_was_never_made_opens_nothing(world, state):
    answer = world.back(world.log_in(world.leave()) | {"state": state})
    assert refused(world, answer)
    assert world.why(answer) == Unopened.UNKNOWN_STATE


def test_a_state_of_another_browser_opens_nothing(world):
    told = world.log_in(world.leave())
    victim = world.browser.application.test_client()
    world.leave(browser=victim)
    answer = world.back(told, victim)
    assert refused(world, answer)
    assert world.why(answer) == Unopened.OTHER_BROWSER


def test_after_ten_minutes_a_state_opens_nothing(world):
    told = world.log_in(world.leave())
    world.now[0] += timedelta(minutes=10)
    assert refused(world, world.back(told))


def test_the_code_of_another_login_opens_nothing(world):
    """The victim's code is put into the attacker's own answer: PKCE holds them apart."""
    victims = world.log_in(world.leave())
    own = world.log_in(world.leave())
    answer = world.back(own | {"code": victims["code"]})
    assert refused(world, answer)
    assert world.why(answer) == Unopened.NO_TOKEN


def test_the_code_of_another_clinic_opens_nothing(world):
    theirs = world.log_in(world.leave(iss=world.other.iss))
    own = world.log_in(world.leave())
    assert refused(world, world.back(own | {"code": theirs["code"]}))


def test_the_state_of_one_clinic_is_nothing_at_another(world):
    """The clinic in a state is changed to another: its secret is not there."""
    told = world.log_in(world.leave())
    secret = told["state"].partition(".")[2]
    moved = f"{base64.urlsafe_b64encode(b'other').decode()}.{secret}"
    assert refused(world, world.back(told | {"state": moved}))


def test_a_login_of_one_clinic_cannot_answer_for_another(world):
    """Mix-up: the launch left for one login, and the other's answer comes back."""
    told = world.log_in(world.leave())
    theirs = world.log_in(world.leave(iss=world.other.iss))
    answer = world.back(told | {"code": theirs["code"], "iss": theirs["iss"]})
    assert refused(world, answer)
    assert world.why(answer) == Unopened.OTHER_SERVER
    assert [path for path, _ in world.login.asked if path == "/token"] == []


def test_where_the_login_sends_the_browser_is_not_the_callers_to_choose(world):
    left = world.browser.get(
        "/smart/launch",
        query_string={"iss": world.login.iss, "redirect_uri": EVIL, "aud": EVIL, "next": EVIL},
    )
    assert "evil" not in left.headers["Location"]
    bent = left.headers["Location"].replace("education.example", "evil.example")
    answer = requests.get(bent, allow_redirects=False, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["state", "code", "iss"])
def test_a_parameter_that_is_sent_twice_opens_nothing(world, name):
    told = world.log_in(world.leave())
    twice = [*told.items(), (name, told[name])]
    answer = world.back(twice)
    assert refused(world, answer)
    assert world.why(answer) == Unopened.MALFORMED


@pytest.mark.parametrize("launch", ["x" * 2_049, "a\nb", "a\0b"])
def test_a_launch_that_no_record_makes_is_refused(world, launch):
    answer = world.leave(launch)
    assert refused(world, answer)
    assert world.why(answer) == Unopened.MALFORMED


def test_a_client_of_another_key_gets_no_token(make_web, logins, tmp_path):
    world = a_world(make_web(), *logins, tmp_path)
    (tmp_path / "twin").mkdir()
    twin = a_world(make_web(), *logins, tmp_path / "twin")  # the login knows this one's key
    twin_keys = twin.login.clients["pages"].keys
    assert twin_keys != world.client.jwks
    answer = world.back(world.log_in(world.leave()))
    assert world.why(answer) == Unopened.NO_TOKEN
