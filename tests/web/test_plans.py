"""Reading plans, confirming proposals: who may, and what they see."""

import pytest

from service.fhir import r4
from tests.conftest import FHIR, JSON, SERVICE_URL
from tests.posted import a_bundle, a_visit, coding

DM480 = coding("urn:oid:1.2.208.176.2.4.12", "DM480")


@pytest.fixture
def plan_path(web):
    return web.post(a_bundle()).headers["Location"]


@pytest.fixture
def proposal_path(web):
    return web.post(a_visit("p1", "e1", DM480)).headers["Location"]


def test_a_plan_is_read_as_the_bundle_that_was_answered(web, plan_path):
    assert web.get(plan_path, accept=FHIR).data == web.post(a_bundle()).data


def test_a_plan_as_json_has_titled_topics_goals_handouts_and_encounters(web, plan_path):
    plan = web.get(plan_path).json
    assert [topic["id"] for topic in plan["topics"]] == ["knowledge", "prognosis", "work"]
    for part in ("topics", "goals", "handouts", "encounters"):
        assert all(item["id"] and item["title"] for item in plan[part])
    assert plan["state"] == "active"
    assert plan["pack"]["draft"] is True


def test_a_plan_names_every_form_of_its_handouts(web, plan_path):
    for handout in web.get(plan_path).json["handouts"]:
        (page, *_) = handout["forms"]
        assert (page["form"], page["url"]) == ("html", handout["url"])
        assert page["sha256"] == handout["sha256"]
        path = page["url"].removeprefix(SERVICE_URL)
        assert len(web.get(path).data) == page["size"]


def test_an_unchanged_plan_is_not_sent_again(web, plan_path):
    tag = web.get(plan_path).headers["ETag"]
    headers = web.headers() | {"If-None-Match": tag}
    assert web.client.get(plan_path, headers=headers).status_code == 304


def test_every_look_leaves_a_row_in_the_audit_trail(web, plan_path):
    before = web.rows("audit")
    web.get(plan_path)
    web.get("/api/v1/plans?patient=p1")
    assert web.rows("audit") == before + 2


@pytest.mark.parametrize("patient", ["p1", "Patient/p1"])
def test_a_patients_plans_are_listed(web, plan_path, patient):
    plans = web.get(f"/api/v1/plans?patient={patient}").json["plans"]
    assert [plan["id"] for plan in plans] == [plan_path.rsplit("/", 1)[1]]


def test_a_patients_plans_as_fhir_are_a_searchset_of_careplans(web, plan_path):
    answer = web.get("/api/v1/plans?patient=p1", accept=FHIR)
    assert (answer.mimetype, answer.json["type"], answer.json["total"]) == (FHIR, "searchset", 1)
    assert answer.json == web.get("/fhir/CarePlan?patient=p1", accept=FHIR).json
    r4.parse(answer.json)
    empty = web.get("/api/v1/plans?patient=nobody", accept=FHIR).json
    assert (empty["total"], "entry" in empty) == (0, False)


def test_a_patient_sees_their_own_plan_and_no_other(web, plan_path):
    assert web.get(plan_path, role="patient", patient="p1").status_code == 200
    assert web.get(plan_path, role="patient", patient="p2").status_code == 404
    assert web.get("/api/v1/plans?patient=p1", role="patient", patient="p2").json == {"plans": []}


def test_not_yours_and_not_there_are_one_answer(web, plan_path):
    def without_trace(answer):
        return {name: value for name, value in answer.json.items() if name != "trace_id"}

    not_yours = web.get(plan_path, tenant="clinic-b")
    not_there = web.get("/api/v1/plans/0190a000-0000-7000-8000-000000000000")
    assert not_yours.status_code == not_there.status_code == 404
    assert without_trace(not_yours) == without_trace(not_there)


@pytest.mark.parametrize(
    "query", ["", "?patient=", "?patient=a b", "?patient=p1&patient=p2", "?x=1"]
)
def test_a_list_without_one_patient_is_refused(web, query):
    assert web.get(f"/api/v1/plans{query}").json["code"] == "invalid-field"


def confirm(web, path, role="clinician", **headers):
    headers = web.headers(role) | {"Accept": JSON} | headers
    return web.client.post(f"{path}/confirm", headers=headers)


def test_a_clinician_confirms_and_the_plan_is_queued_for_the_record(web, proposal_path):
    answer = confirm(web, proposal_path)
    assert (answer.status_code, answer.json["state"]) == (200, "active")
    assert web.rows("outbox") == 1
    bundle = web.get(proposal_path, accept=FHIR).json
    careplan = bundle["entry"][0]["resource"]
    assert (careplan["status"], careplan["intent"]) == ("active", "plan")
    assert careplan["author"] == {"reference": "Practitioner/demo-clinician"}


def test_the_ehr_cannot_confirm_in_the_clinicians_place(web, proposal_path):
    assert confirm(web, proposal_path, role="system").status_code == 403
    assert web.rows("outbox") == 0


def test_confirming_an_older_look_is_refused(web, proposal_path):
    web.post(a_visit("p1", "e2", DM480))
    assert confirm(web, proposal_path, **{"If-Match": 'W/"1"'}).status_code == 412
    assert confirm(web, proposal_path, **{"If-Match": "nonsense"}).status_code == 412
    assert confirm(web, proposal_path, **{"If-Match": 'W/"2"'}).status_code == 200
