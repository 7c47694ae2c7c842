"""The hook: what a record tells is noted and answered at once; anything else is refused."""

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from service.store.inbox import DatabaseInbox
from service.usecases.noticing import CHANGES
from tests.conftest import FHIR, HOOK_SECRET, JSON, OTHER_SECRET
from tests.corpora.mutate import mutants
from tests.live import ROOT
from tests.posted import a_bundle, a_condition, an_encounter

PUT = "/hooks/encounter/Encounter/e1"
POST = "/hooks/encounter"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def tell(web):
    """Tell as a record does, with the secret of its hook unless told otherwise."""

    def to(method, path, body=b"", kind=FHIR, token=HOOK_SECRET, **headers):
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        given = {"Authorization": f"Bearer {token}", "Content-Type": kind} | headers
        given = {name: value for name, value in given.items() if value}
        return web.client.open(path, method=method, data=content, headers=given)

    return to


@pytest.fixture
def noted(web):
    """What was noted for a clinic: the encounter, and who told of it."""
    inbox = DatabaseInbox(web.database)

    def of(tenant="demo"):
        found = inbox.take(tenant, 100, timedelta(seconds=0))
        return [(each.told.encounter, each.told.by) for each in found]

    return of


def code_of(answer):
    assert answer.content_type == FHIR
    assert answer.json["resourceType"] == "OperationOutcome"
    return answer.json["issue"][0]["details"]["coding"][0]["code"]


def test_an_encounter_that_is_put_is_noted_and_answered_at_once(tell, noted, web):
    answer = tell("PUT", PUT, an_encounter())
    assert (answer.status_code, code_of(answer)) == (202, "noted")
    assert noted() == [("Encounter/e1", "hook")]
    assert web.stored["plan"] == 0


def test_an_encounter_that_is_posted_is_noted(tell, noted):
    assert tell("POST", POST, an_encounter(id="e2")).status_code == 202
    assert noted() == [("Encounter/e2", "hook")]


@pytest.mark.parametrize("kind", [FORM, FHIR, JSON, "text/plain", ""])
@pytest.mark.parametrize("body", [b"", b"\r\n"])
def test_an_empty_body_of_whatever_kind_says_that_something_changed(tell, noted, kind, body):
    answer = tell("POST", POST, body, kind)
    assert (answer.status_code, code_of(answer)) == (202, "noted")
    assert noted() == [(CHANGES, "hook")]


@pytest.mark.parametrize("kind", [FHIR, JSON, f"{FHIR}; charset=UTF-8", f"{FHIR};fhirVersion=4.0"])
def test_an_encounter_may_be_said_to_be_json_in_several_ways(tell, kind):
    assert tell("PUT", PUT, an_encounter(), kind).status_code == 202


def test_whatever_the_record_wants_as_an_answer_it_gets_an_outcome(tell):
    for wanted in ("application/xml", "text/html", "*/*"):
        assert tell("PUT", PUT, an_encounter(), Accept=wanted).content_type == FHIR


def test_the_same_told_again_is_noted_once_with_the_newest_date(tell, web):
    for at in ("2026-11-24T10:00:00Z", "2026-11-24T12:00:00.5+01:00", "2026-11-24T09:00:00Z"):
        tell("PUT", PUT, an_encounter(meta={"lastUpdated": at}))
    (notice,) = DatabaseInbox(web.database).take("demo", 10, timedelta(0))
    assert notice.told.as_of == datetime(2026, 11, 24, 11, 0, 0, 500_000, UTC)
    assert notice.news == 3


def test_nothing_of_what_is_pushed_is_kept_but_the_id(tell, web):
    secretive = an_encounter(subject={"reference": "Patient/p1", "display": "Nancy Testesen"})
    assert tell("PUT", PUT, secretive).status_code == 202
    with web.database.reading() as connection:
        rows = connection.execute("SELECT * FROM inbox").fetchall()
    assert "Patient" not in str(rows)
    assert "Nancy" not in str(rows)


@pytest.mark.parametrize(
    "odd",
    [
        {"status": "banana"},
        {"subject": {"reference": "https://evil.example/Patient/1"}},
        {"contained": [{"resourceType": "Medication"}]},
        {"meta": {"lastUpdated": "9999-12-31T23:59:59-12:00"}},
        {"meta": []},
    ],
)
def test_what_a_record_shows_is_judged_when_it_is_read_there(tell, noted, odd):
    """One refused encounter would end many a record's Subscription, and the next be lost."""
    assert tell("PUT", PUT, an_encounter(**odd)).status_code == 202
    assert noted() == [("Encounter/e1", "hook")]


NO_ENCOUNTER = {
    "nothing": (b"", 400),
    "no JSON": (b'{"resourceType": "Encounter" "id"}', 400),
    "a list": (b"[]", 400),
    "a key given twice": (b'{"resourceType":"Encounter","id":"e1","id":"e1"}', 400),
    "not a number": (b'{"resourceType":"Encounter","id":"e1","x":NaN}', 400),
    "half a pair": (b'{"resourceType":"Encounter","id":"\\ud800"}', 400),
    "a byte order mark": (b"\xef\xbb\xbf" + orjson.dumps(an_encounter()), 400),
    "not UTF-8": (b'{"resourceType":"Encounter","id":"\xff"}', 400),
    "too deep": (b'{"x":' * 40 + b"1" + b"}" * 40, 400),
    "too long": (b" " * 1_000_001, 413),
    "another id": (orjson.dumps(an_encounter(id="e2")), 400),
    "no id": (b'{"resourceType":"Encounter"}', 400),
    "an id that is a number": (b'{"resourceType":"Encounter","id":1}', 400),
    "an id that is a path": (orjson.dumps(an_encounter(id="../Patient/1")), 400),
    "no type": (b'{"id":"e1"}', 422),
    "a Condition": (orjson.dumps(a_condition(id="e1")), 422),
    "a Bundle": (orjson.dumps(a_bundle()), 422),
}


@pytest.mark.parametrize("name", NO_ENCOUNTER)
def test_what_is_no_encounter_is_refused_with_an_outcome(tell, noted, name):
    body, status = NO_ENCOUNTER[name]
    answer = tell("PUT", PUT, body)
    assert answer.status_code == status
    assert code_of(answer)
    assert noted() == []


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        (FORM, {}),
        ("application/fhir+xml", {}),
        ("text/plain", {}),
        (f"{FHIR}; charset=latin-1", {}),
        (FHIR, {"Content-Encoding": "gzip"}),
    ],
)
def test_an_encounter_in_another_form_is_refused(tell, noted, kind, headers):
    answer = tell("POST", POST, an_encounter(), kind, **headers)
    assert answer.status_code == 415
    assert code_of(answer)
    assert noted() == []


@pytest.mark.parametrize("path", [".", "..", "e%201", "e1/x", "x" * 65, "e1%2Fx", "%00"])
def test_an_address_that_is_no_id_is_not_one_of_ours(tell, noted, path):
    answer = tell("PUT", f"/hooks/encounter/Encounter/{path}", an_encounter(id="e1"))
    assert 400 <= answer.status_code < 500
    assert noted() == []


def test_an_unknown_parameter_is_refused_and_a_format_is_not(tell):
    assert tell("PUT", f"{PUT}?_format=json", an_encounter()).status_code == 202
    assert tell("PUT", f"{PUT}?formt=json", an_encounter()).status_code == 422


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_other_methods_say_which_there_are(tell, method):
    answer = tell(method, PUT)
    assert (answer.status_code, code_of(answer)) == (405, "method-not-allowed")
    assert "PUT" in answer.headers["Allow"]


def test_no_mutant_breaks_it(tell):
    good = orjson.dumps(an_encounter(meta={"lastUpdated": "2026-11-24T10:00:00Z"}))
    for body in mutants([good], seed=20261124, count=600):
        answer = tell("PUT", PUT, body)
        assert answer.status_code in (202, 400, 413, 422), body
        code_of(answer)


def test_the_subscription_in_the_operators_page_is_the_one_that_the_tests_keep_in_records():
    page = (ROOT / "docs" / "operator.md").read_text("utf-8")
    shown = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    kept = (ROOT / "docs" / "examples" / "subscription.json").read_text("utf-8")
    assert kept in shown


# Who may tell


def test_the_secret_of_a_hook_stands_for_its_own_clinic(tell, noted):
    tell("PUT", PUT, an_encounter(), token=OTHER_SECRET)
    assert (noted(), noted("other")) == ([], [("Encounter/e1", "hook")])


def test_a_token_of_an_issuer_may_tell_too_and_is_named(tell, noted, web):
    assert tell("PUT", PUT, an_encounter(), token=web.token("system")).status_code == 202
    assert noted() == [("Encounter/e1", "demo-system")]


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "x", str.lower, lambda s: ""])
def test_a_secret_that_is_nearly_right_is_nobodys(tell, noted, change):
    answer = tell("PUT", PUT, an_encounter(), token=change(HOOK_SECRET))
    assert (answer.status_code, code_of(answer)) == (401, "not-authenticated")
    assert noted() == []


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        ("system", "system/Encounter.c system/CarePlan.c", 202),
        ("system", "system/Encounter.c", 403),
        ("system", "", 403),
        ("clinician", "user/Encounter.c user/CarePlan.c", 403),
    ],
)
def test_a_token_needs_what_posting_an_encounter_needs(tell, web, role, scope, status):
    token = web.token(role, scope=scope)
    assert tell("PUT", PUT, an_encounter(), token=token).status_code == status


def test_a_full_disk_is_told_so_that_the_record_tells_again(tell, web):
    with web.database.writing() as connection:
        connection.execute("PRAGMA query_only = 1")
    answer = tell("PUT", PUT, an_encounter())
    assert (answer.status_code, code_of(answer)) == (503, "store-busy")
    assert answer.headers["Retry-After"]
