"""The banner that a record asks for: the patient's name for whoever sits there, kept nowhere."""

import base64
from datetime import timedelta

import pytest

from service.identity.patient_shown import patient_shown
from service.identity.smart_server import NoReply
from tests.conftest import SERVICE_URL
from tests.smart.conftest import a_world

NAME = "Nancy Ann Testesen"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [
        {"use": "maiden", "family": "Pigenavn"},
        {"use": "usual", "text": "Nan"},
        {"use": "official", "given": ["Nancy", "Ann"], "family": "Testesen"},
    ],
    "birthDate": "1948-02-09",
}


@pytest.fixture
def named(make_web, logins, tmp_path):
    """The world of a clinic that wants the name in the banner."""
    world = a_world(make_web(), *logins, tmp_path, show_name=True)
    world.login.patient = PATIENT
    return world


def plans(world, browser=None):
    return (browser or world.browser).get("/clinician/plans?all=1", base_url=SERVICE_URL)


def who_cookies(answer):
    kept = answer.headers.getlist("Set-Cookie")
    return [each for each in kept if each.startswith("__Host-education_plan_who_")]


def test_the_banner_has_name_and_birth_date(named):
    named.arrive()
    page = plans(named)
    assert f"<strong>{NAME}, 09.02.1948</strong>" in page.text
    assert "p1" in page.text


def test_the_name_is_asked_for_where_the_clinic_wants_it_and_nowhere_else(named, make_web):
    assert "scope=launch+openid+fhirUser+patient%2FPatient.r&" in named.leave().headers["Location"]
    other = named.leave(iss=named.other.iss).headers["Location"]
    assert "scope=launch+openid+fhirUser&" in other


def test_the_name_is_in_no_table_and_the_cookie_cannot_be_read(named):
    answer = named.arrive()
    (kept,) = who_cookies(answer)
    assert {"HttpOnly", "Secure", "Path=/"} <= set(kept.split("; "))
    value = kept.partition("=")[2].partition(";")[0].strip('"')
    assert b"Nancy" not in base64.urlsafe_b64decode(value)
    with named.web.database.reading() as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            assert "Nancy" not in str(rows), table
            assert b"Nancy" not in b"".join(c for row in rows for c in row if type(c) is bytes)


def test_no_name_is_read_where_the_record_shows_one(named):
    named.login.context = {"need_patient_banner": False}
    assert who_cookies(named.arrive()) == []
    assert not any("Patient" in path for path, _ in named.login.asked)


def test_no_name_is_read_without_the_scope(named):
    named.login.context = {"scope": "launch openid fhirUser"}
    assert who_cookies(named.arrive()) == []
    assert not any("Patient" in path for path, _ in named.login.asked)
    assert "p1" in plans(named).text


def test_a_patients_own_pages_have_no_such_cookie(named):
    named.login.person = "Patient/p1"
    assert who_cookies(named.arrive()) == []


@pytest.mark.parametrize(
    "answer",
    [None, PATIENT | {"id": "p2"}, PATIENT | {"resourceType": "Person"}, {"name": "Nancy"}],
    ids=["missing", "another patient", "another type", "no resource"],
)
def test_what_is_not_this_patient_gives_no_name(named, answer):
    named.login.patient = answer
    assert named.arrive().status_code == 303
    page = plans(named)
    assert "Nancy" not in page.text
    assert "p1" in page.text


def test_a_cookie_of_another_launch_names_nobody(named):
    """Who bends or carries over the cookie sees the id alone, never another patient's name."""
    (kept,) = who_cookies(named.arrive())
    name, _, value = kept.partition(";")[0].partition("=")
    for bent in ("x", "", value[:-8] + "AAAAAAA=", value[8:]):
        named.browser.set_cookie(name, bent, domain="education.example")
        page = plans(named)
        assert page.status_code == 200
        assert "Nancy" not in page.text


def test_the_name_goes_with_the_launch(named):
    (kept,) = who_cookies(named.arrive())
    assert "Nancy" in plans(named).text
    named.now[0] += timedelta(hours=8, seconds=1)
    assert plans(named).status_code == 401
    # A new launch without a name, in the same browser: the old cookie has ended with its launch.
    named.login.patient = None
    named.arrive()
    name, _, value = kept.partition(";")[0].partition("=")
    named.browser.set_cookie(name, value, domain="education.example")
    page = plans(named)
    assert page.status_code == 200
    assert "Nancy" not in page.text


def test_who_logs_out_leaves_no_name(named):
    named.arrive()
    page = plans(named)
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    ours = {"Origin": SERVICE_URL}
    left = named.browser.post(
        "/clinician/leave", data={"csrf": csrf}, headers=ours, base_url=SERVICE_URL
    )
    (kept,) = who_cookies(left)
    assert "Max-Age=0" in kept


def test_markup_in_a_name_is_text(named):
    named.login.patient = PATIENT | {"name": [{"text": "<script>alert(1)</script>"}]}
    named.arrive()
    page = plans(named)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text


def test_a_long_id_is_shown_by_its_end(make_web, logins, tmp_path):
    world = a_world(make_web(), *logins, tmp_path)
    world.login.context = {"patient": "0902480000"}
    world.arrive()
    page = plans(world)
    assert "…0000" in page.text
    assert "0902480000" not in page.text.partition("<main")[0]


def test_the_token_is_shown_to_the_record_alone(named):
    tokens = []
    named.login.bent.token = lambda answer: tokens.append(answer["access_token"]) or answer
    named.arrive()
    with_token = [path for path, given in named.login.shown if tokens[0] in given]
    assert with_token == ["/fhir/Patient/p1"]
    assert named.other.shown == []
    assert tokens[0] not in plans(named).text


class Answer:
    def __init__(self, body, status=200):
        self.body, self.status = body, status


def shown(told, scope="patient/Patient.r"):
    context = {"scope": scope, "access_token": "t"}
    return patient_shown(lambda *_: Answer(told), "https://r.example", "Patient/p1", context)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ([{"text": "Nancy"}], "Nancy"),
        ([{"given": ["Nancy"], "text": "Other"}], "Nancy"),
        ([{"use": "old", "text": "Before"}], ""),
        ([{"text": "a\u202eb"}], ""),
        ([{"text": "a\nb"}], ""),
        ([{"text": "x" * 200}], "x" * 99 + "…"),
        ([{"given": "Nancy"}, 7, {"text": 8}], ""),
        ("Nancy", ""),
        (None, ""),
    ],
)
def test_a_name_is_taken_as_a_record_may_write_it(name, wanted):
    assert shown({"resourceType": "Patient", "id": "p1", "name": name}) == wanted


@pytest.mark.parametrize("told", ["1948", "1948-02", 1948, "9. februar", None])
def test_a_birth_date_is_whole_or_left_out(told):
    assert shown(PATIENT | {"birthDate": told}) == NAME


@pytest.mark.parametrize("scope", ["patient/Patient.rs", "patient/*.cruds", "patient/Patient.read"])
def test_scopes_of_both_versions_grant_it(scope):
    assert NAME in shown(PATIENT, scope)


@pytest.mark.parametrize(
    "scope", ["", "user/Patient.r", "patient/Patient.s", "patient/Person.r", 7]
)
def test_other_scopes_do_not(scope):
    assert shown(PATIENT, scope) == ""


def test_a_record_that_does_not_answer_gives_no_name():
    def silent(*_):
        raise NoReply

    context = {"scope": "patient/Patient.r", "access_token": "t"}
    assert patient_shown(silent, "https://r.example", "Patient/p1", context) == ""
