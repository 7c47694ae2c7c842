"""Who is refused is on the record: which clinic's, or the log's, and never what was sent."""

import json

import pytest

from tests.conftest import SERVICE_URL, Web
from tests.posted import a_bundle
from tests.web.hooks import VIEW, a_call
from tests.web.test_access import DEFECTS, PROTECTED, forged
from tests.web.worlds import a_world_of_pages, as_session

PATH = "/api/v1/plans/x"
GUESS = "Guess-That-Nobody-May-See"


def refusals(web: Web, tenant: str = "demo") -> list[tuple[str, ...]]:
    """Act, door, patient, role and name of every refusal in a clinic's trail."""
    statement = """
        SELECT action, entity, patient, role, actor FROM audit
        WHERE tenant = ? AND action LIKE 'refused.%' ORDER BY id"""
    with web.database.reading() as connection:
        return connection.execute(statement, (tenant,)).fetchall()


@pytest.fixture
def log(capsys):
    """The lines of refusals in the log, so far; it is all that is written meanwhile."""
    from service import logs

    before = logs._log.level
    logs._log.setLevel("INFO")
    yield lambda: [
        line
        for each in capsys.readouterr().err.splitlines()
        if each.startswith("{") and (line := json.loads(each))["event"] == "access-refused"
    ]
    logs._log.setLevel(before)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_token_is_in_the_log_and_nothing_of_it(web, log, defect):
    token = forged(web, **DEFECTS[defect])
    answer = web.client.get(PATH, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    (line,) = log()
    assert (line["code"], line["route"]) == ("not-authenticated", "GET /api/v1/plans/<plan_id>")
    assert (line["count"], len(line["client"])) == (1, 12)
    assert line["trace_id"] == answer.headers["X-Trace-Id"]
    assert token[:20] not in json.dumps(line)
    assert refusals(web) == []


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_no_identity_at_any_door_is_in_the_log(web, log, method, path):
    assert web.client.open(path, method=method).status_code == 401
    assert [line["code"] for line in log()] == ["not-authenticated"]


def test_of_a_thousand_tries_four_are_told(web, log):
    for _ in range(1_000):
        web.client.get(PATH, headers={"Authorization": f"Bearer {GUESS}"})
    lines = log()
    assert [line["count"] for line in lines] == [1, 10, 100, 1_000]
    assert GUESS not in json.dumps(lines)


def test_a_scope_that_is_lacking_is_in_the_trail_of_the_clinic(web, log):
    headers = web.headers(tenant="other", scope="system/Slot.cruds")
    assert web.client.get(PATH, headers=headers).status_code == 403
    door = "1 GET /api/v1/plans/<plan_id>"
    assert refusals(web, "other") == [("refused.not-allowed", door, "", "system", "demo-system")]
    assert (refusals(web), log()) == ([], [])


def test_a_plan_of_another_and_one_that_never_was_are_told_alike(web):
    plan = web.post(a_bundle()).headers["Location"].rpartition("/")[2]
    for each in (plan, "never-was"):
        headers = web.headers("patient", patient=f"p2-{each == plan}")
        assert web.client.get(f"/api/v1/plans/{each}", headers=headers).status_code == 404
    first, second = refusals(web)
    assert first[:2] == second[:2] == ("refused.not-found", "1 GET /api/v1/plans/<plan_id>")
    assert {first[2], second[2]} == {"Patient/p2-True", "Patient/p2-False"}


def test_a_form_from_elsewhere_is_in_the_trail(web):
    world = a_world_of_pages(web, 0)
    for who, path in (("LX", f"/clinician/plans/{world.plan}/close"), ("OX", "/portal/questions")):
        session = as_session(world, who)
        assert session.client.post(path, data={"csrf": session.csrf}).status_code == 403
    assert refusals(web) == [
        ("refused.not-allowed", "1 POST /clinician/plans/<plan_id>/close", "", "clinician", "fys1"),
        ("refused.not-allowed", "1 POST /portal/questions", "Patient/anna0", "patient", "patient"),
    ]


@pytest.mark.parametrize("path", ["/portal/enter", "/clinician/launch"])
def test_a_code_that_is_not_known_is_in_the_log(web, log, path):
    assert web.client.get(f"{path}?code={GUESS}").status_code == 401
    (line,) = log()
    assert (line["route"], line["code"]) == (f"GET {path}", "not-authenticated")
    assert GUESS not in json.dumps(line)


def test_a_call_that_comes_again_is_in_the_trail(web):
    path = f"/cds-services/{VIEW}"
    token = web.issuer.call_token(f"{SERVICE_URL}{path}", tenant="demo")
    headers = {"Authorization": f"Bearer {token}"}
    statuses = [web.client.post(path, json=a_call(VIEW), headers=headers).status_code for _ in "12"]
    assert statuses == [200, 401]
    ((act, door, patient, role, _name),) = refusals(web)
    assert (act, door) == ("refused.not-authenticated", "1 POST /cds-services/<service_id>")
    assert (patient, role) == ("", "system")


def test_a_launch_of_a_record_that_no_clinic_has_is_in_the_log(web, log):
    assert web.client.get(f"/smart/launch?iss=https://{GUESS}.example").status_code == 400
    (line,) = log()
    assert (line["route"], line["code"]) == ("GET /smart/launch", "unknown-record")


def test_an_auditor_sees_a_refusal_as_an_event_that_failed(web):
    web.client.get(PATH, headers=web.headers("clinician"))
    found = web.get("/fhir/AuditEvent", accept="application/fhir+json", role="auditor").json
    events = [each["resource"] for each in found["entry"]]
    (event,) = [each for each in events if each["outcome"] == "4"]
    assert event["subtype"][0]["code"] == "refused.not-found"
    assert event["agent"][0]["name"] == "demo-clinician"
    (entity,) = event["entity"]
    assert entity["name"] == "GET /api/v1/plans/<plan_id>"
    assert entity["detail"] == [{"type": "count", "valueString": "1"}]


def test_what_succeeds_and_what_leads_nowhere_is_no_refusal(web, log):
    assert web.post(a_bundle()).status_code == 201
    for path in ("/api/v1/nothing", "/api/v1/packs/no-such-pack", "/fhir/PlanDefinition/none"):
        assert web.get(path).status_code == 404
    assert (refusals(web), log()) == ([], [])
