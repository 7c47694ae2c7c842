"""A record opens the pages of one patient: out to its login, and back."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest

from service.usecases.ports import CLINICIAN, PATIENT
from tests.builders import NOW
from tests.conftest import SERVICE_URL
from tests.smart.conftest import CALLBACK, EHR, SECRET, a_world


def asked_of(answer):
    """The parameters that the login is asked with."""
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_a_launch_from_the_record_opens_its_patient(world):
    answer = world.arrive()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/clinician/plans")
    page = world.browser.get("/clinician/plans", base_url=SERVICE_URL, follow_redirects=True)
    assert page.status_code == 200
    assert world.launches == 1


def test_the_login_is_asked_as_smart_says(world):
    asked = asked_of(world.leave("of-the-record"))
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "pages"
    assert asked["redirect_uri"] == CALLBACK
    assert asked["aud"] == world.login.iss
    assert asked["launch"] == "of-the-record"
    assert set(asked["scope"].split()) == {"launch", "openid", "fhirUser"}
    assert asked["code_challenge_method"] == "S256"


def test_a_launch_outside_the_record_asks_for_its_patient(world):
    asked = asked_of(world.leave(None))
    assert "launch" not in asked
    assert set(asked["scope"].split()) == {"launch/patient", "openid", "fhirUser"}


def test_state_nonce_and_challenge_are_new_each_time_and_long(world):
    asked = [asked_of(world.leave()) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        values = {each[name] for each in asked}
        assert len(values) == 3
        assert all(len(value) >= 43 for value in values)  # 256 bits


def test_the_verifier_that_is_sent_is_the_one_of_the_challenge(world):
    left = world.leave()
    world.back(world.log_in(left))
    (form,) = [form for path, form in world.login.asked if path == "/token"]
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert challenge == asked_of(left)["code_challenge"]
    assert 43 <= len(form["code_verifier"]) <= 128
    assert form["redirect_uri"] == CALLBACK
    assert form["grant_type"] == "authorization_code"


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_a_key_shows_who_we_are(make_web, logins, tmp_path, algorithm):
    world = a_world(make_web(), *logins, tmp_path, algorithm=algorithm)
    assert world.arrive().status_code == 303
    (form,) = [form for path, form in world.login.asked if path == "/token"]
    header = jwt.get_unverified_header(form["client_assertion"])
    claims = jwt.decode(form["client_assertion"], options={"verify_signature": False})
    assert header == {"alg": algorithm, "kid": "2026", "typ": "JWT"}
    assert claims["iss"] == claims["sub"] == "pages"
    assert claims["aud"] == f"{world.login.base}/token"
    assert claims["exp"] - claims["iat"] <= 300
    assert "client_secret" not in form


def test_no_assertion_is_used_twice(world):
    world.arrive()
    world.arrive()
    forms = [form for path, form in world.login.asked if path == "/token"]
    claims = [
        jwt.decode(form["client_assertion"], options={"verify_signature": False}) for form in forms
    ]
    assert len({each["jti"] for each in claims}) == 2


def test_a_secret_shows_who_we_are_where_no_key_is_known(world):
    told = world.log_in(world.leave(iss=world.other.iss))
    assert world.back(told).status_code == 303
    (form,) = [form for path, form in world.other.asked if path == "/token"]
    assert "client_assertion" not in form
    assert SECRET not in str(form)  # it is in the header


def test_our_public_keys_are_there_and_no_private_one(world):
    answer = world.browser.get("/.well-known/jwks.json")
    (key,) = answer.json["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["kid"]) == ("EC", "P-384", "ES384", "2026")
    assert set(key) == {"kty", "crv", "x", "y", "alg", "kid", "use"}


def opened_launch(world):
    """The launch that the browser's newest cookie opens."""
    cookie = world.browser.get_cookie("__Host-education_plan_launch", domain="education.example")
    return world.web.parts.launches.find(cookie.value.split("~")[0], NOW)


def test_what_the_record_says_of_the_launch_reaches_the_pages(world):
    world.login.context = {"need_patient_banner": True, "intent": "documentation"}
    world.arrive()
    launch = opened_launch(world)
    assert (launch.patient, launch.encounter) == ("Patient/p1", "Encounter/e1")
    assert (launch.practitioner, launch.name) == ("Practitioner/fys1", "fys1")
    assert (launch.banner, launch.intent, launch.role) == (True, "documentation", CLINICIAN)
    assert launch.tenant == "demo"
    page = world.browser.get("/clinician/plans?all=1", base_url=SERVICE_URL)
    assert 'class="banner"' in page.text
    assert 'data-intent="documentation"' in page.text


def test_no_banner_is_shown_where_the_record_shows_one(world):
    world.login.context = {"need_patient_banner": False}
    world.arrive()
    page = world.browser.get("/clinician/plans?all=1", base_url=SERVICE_URL)
    assert 'class="banner"' not in page.text


def test_who_logged_in_may_be_told_without_the_base(world):
    world.login.bent.claims = lambda claims: claims | {"fhirUser": "PractitionerRole/r1"}
    world.arrive()
    assert opened_launch(world).practitioner == "PractitionerRole/r1"


@pytest.mark.parametrize("person", ["Patient/p1", "RelatedPerson/r1"])
def test_a_patient_who_logs_in_gets_the_own_pages_alone(world, person):
    world.login.person, world.login.subject = person, "anna"
    answer = world.arrive(None)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/portal")
    assert world.browser.get("/portal", base_url=SERVICE_URL).status_code == 200
    assert world.browser.get("/clinician/plans", base_url=SERVICE_URL).status_code == 401
    cookie = world.browser.get_cookie("__Host-education_plan_portal", domain="education.example")
    launch = world.web.parts.launches.find(cookie.value, NOW)
    assert (launch.role, launch.patient, launch.practitioner) == (PATIENT, "Patient/p1", "")
    assert launch.expires == NOW + timedelta(hours=1)


def test_discovery_comes_first(world):
    world.arrive()
    paths = [path for path, _ in world.login.asked]
    assert paths == ["/fhir/.well-known/smart-configuration", "/authorize", "/token", "/jwks"]


def test_no_token_reaches_the_browser_or_the_database(world):
    tokens = []
    world.login.bent.token = lambda answer: tokens.append(answer) or answer
    left = world.leave()
    told = world.log_in(left)
    answer = world.back(told)
    page = world.browser.get("/clinician/plans", base_url=SERVICE_URL, follow_redirects=True)
    shown = f"{answer.headers}{answer.text}{page.headers}{page.text}"
    kept = world.web.database
    with kept.reading() as connection:
        rows = str(connection.execute("SELECT * FROM launch").fetchall())
    for secret in (tokens[0]["access_token"], tokens[0]["id_token"], told["code"]):
        assert secret not in shown
        assert secret not in rows


def test_a_refresh_token_that_nobody_asked_for_is_kept_nowhere(world):
    world.login.context = {"refresh_token": "rotating-secret", "scope": "launch offline_access"}
    left = world.leave()
    assert "_access" not in left.headers["Location"]  # neither online nor offline
    answer = world.back(world.log_in(left))
    page = world.browser.get("/clinician/plans?all=1", base_url=SERVICE_URL)
    with world.web.database.reading() as connection:
        rows = str(connection.execute("SELECT * FROM launch").fetchall())
    for shown in (str(answer.headers), answer.text, str(page.headers), page.text, rows):
        assert "rotating-secret" not in shown


def test_two_launches_may_be_under_way_in_one_browser(world):
    one, two = world.leave("one"), world.leave("two")
    assert world.back(world.log_in(two)).status_code == 303
    assert world.back(world.log_in(one)).status_code == 303


@pytest.mark.parametrize("dest", ["iframe", "frame"])
def test_in_a_frame_of_the_record_the_cookies_are_the_frames_own(world, dest):
    answer = world.arrive(**{"Sec-Fetch-Dest": dest})
    for kept in answer.headers.getlist("Set-Cookie"):
        assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned"} <= set(kept.split("; "))


def test_in_a_window_the_cookies_stay_on_their_own_site(world):
    answer = world.arrive(**{"Sec-Fetch-Dest": "document"})
    for kept in answer.headers.getlist("Set-Cookie"):
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(kept.split("; "))


@pytest.mark.parametrize("dest", ["iframe", "document"])
@pytest.mark.parametrize("who", ["a physiotherapist", "a patient"])
def test_no_other_host_can_have_set_a_cookie_of_ours(world, dest, who):
    if who == "a patient":
        world.login.person = "Patient/p1"
    left = world.leave(**{"Sec-Fetch-Dest": dest})
    came = world.back(world.log_in(left), **{"Sec-Fetch-Dest": dest})
    kept = [*left.headers.getlist("Set-Cookie"), *came.headers.getlist("Set-Cookie")]
    assert len(kept) == 3  # of the launch under way: set and forgotten; of the pages
    for cookie in kept:
        name, *told = cookie.split("; ")
        assert name.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(told)
        assert not [word for word in told if word.startswith("Domain")]
        assert len(cookie) < 4096


def test_the_pages_may_stand_in_the_windows_of_the_clinics_record_only(world):
    world.arrive()
    page = world.browser.get("/clinician/plans?all=1", base_url=SERVICE_URL)
    assert f"frame-ancestors {EHR}" in page.headers["Content-Security-Policy"]
    other = world.web.client.get("/clinician/plans")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


def test_where_a_frame_keeps_no_cookie_a_new_window_is_the_way_out(world):
    told = world.log_in(world.leave("of-the-record"))
    elsewhere = world.browser.application.test_client()
    page = world.back(told, elsewhere, **{"Sec-Fetch-Dest": "iframe"})
    assert page.status_code == 400
    assert 'target="_blank" rel="noopener"' in page.text
    assert "/smart/launch?iss=" in page.text
    assert "launch=of-the-record" in page.text


def test_a_refusal_is_a_page_in_plain_words(world):
    page = world.leave(iss="https://evil.example/fhir")
    assert page.content_type.startswith("text/html")
    assert page.headers["X-Error-Code"] == "launch-refused"
    assert "Cache-Control" in page.headers
    assert "evil" not in page.text


def test_a_login_that_does_not_answer_may_be_tried_again(world):
    world.login.bent.configuration = lambda told: ("busy", 503)
    page = world.leave()
    assert (page.status_code, page.headers["Retry-After"]) == (503, "1")
    assert page.headers["X-Error-Code"] == "login-unavailable"
