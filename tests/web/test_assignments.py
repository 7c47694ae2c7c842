"""POST …/handouts/{handout}/assignments and …/receipts: given, opened, patient says read."""

import pytest

from tests.conftest import FHIR, JSON
from tests.posted import a_visit


@pytest.fixture
def plan(web):
    return web.post(a_visit("p1", "e1")).headers["Location"]


def send(web, plan, what, body=None, *, role="clinician", handout="knowledge", **more):
    headers = web.headers(role, patient="p1" if role == "patient" else "")
    headers |= {"Content-Type": JSON, "Accept": JSON} | more
    return web.client.post(f"{plan}/handouts/{handout}/{what}", json=body or {}, headers=headers)


def states(answer):
    return [
        given["state"] for handout in answer.json["handouts"] for given in handout["assignments"]
    ]


def test_a_handout_is_given_opened_and_read(web, plan):
    answer = send(web, plan, "assignments", {"until": "2027-01-15"})
    assert (answer.status_code, states(answer)) == (201, ["given"])
    answer = send(web, plan, "receipts", {"state": "opened"}, role="patient")
    assert (answer.status_code, states(answer)) == (201, ["opened"])
    answer = send(web, plan, "receipts", role="patient")
    assert (answer.status_code, states(answer)) == (201, ["read"])
    assert web.rows("outbox") == 4


def test_told_twice_it_is_stored_once(web, plan):
    for what, role in (("assignments", "clinician"), ("receipts", "patient")):
        assert send(web, plan, what, role=role).status_code == 201
        assert send(web, plan, what, role=role).status_code == 200


def test_it_is_taken_back_with_the_reason(web, plan):
    send(web, plan, "assignments")
    refused = send(web, plan, "assignments", {"withdrawn": True})
    assert (refused.status_code, refused.json["pointer"]) == (422, "/reason")
    answer = send(web, plan, "assignments", {"withdrawn": True, "reason": "Forkert pjece"})
    assert (answer.status_code, states(answer)) == (200, ["withdrawn"])
    assert send(web, plan, "receipts", role="patient").status_code == 404


def test_only_the_patient_opens_a_handout_and_a_clinician_may_pass_on_a_tick(web, plan):
    send(web, plan, "assignments")
    assert send(web, plan, "receipts", {"state": "opened"}).status_code == 403
    assert send(web, plan, "receipts", {"state": "read"}).status_code == 201


def test_another_patient_meets_the_same_as_for_a_plan_that_is_not_there(web, plan):
    send(web, plan, "assignments")
    headers = web.headers("patient", patient="p2") | {"Content-Type": JSON}
    theirs = web.client.post(f"{plan}/handouts/knowledge/receipts", json={}, headers=headers)
    nowhere = web.client.post("/api/v1/plans/x/handouts/x/receipts", json={}, headers=headers)
    assert (theirs.status_code, nowhere.status_code) == (404, 404)
    assert theirs.json["detail"] == nowhere.json["detail"]


def test_a_plan_that_moved_on_is_not_given_from(web, plan):
    answer = send(web, plan, "assignments", handout="all", **{"If-Match": 'W/"1"'})
    assert answer.status_code == 201
    stale = send(web, plan, "assignments", **{"If-Match": 'W/"1"'})
    assert stale.status_code == 412


def test_the_record_is_told_by_one_communication_of_each_handout(web, plan):
    send(web, plan, "assignments", {"on_paper": True})
    send(web, plan, "receipts", {"state": "opened"}, role="patient")
    send(web, plan, "receipts", role="patient")
    found = web.get("/fhir/Communication?patient=p1", accept=FHIR).json["entry"]
    (given,) = [each["resource"] for each in found]
    assert given["status"] == "completed"
    assert given["received"] == "2026-11-23T09:00:00Z"
    assert given["meta"]["profile"][0].endswith("edu-handout-communication")
    assert given["note"][0]["authorReference"] == {"reference": "Patient/p1"}
    assert [each["coding"][0]["code"] for each in given["medium"]] == ["ONLINEWRIT", "WRITTEN"]


def test_who_changed_it_stands_in_the_provenance(web, plan):
    send(web, plan, "assignments")
    send(web, plan, "receipts", role="patient")
    bundle = web.get(plan, accept=FHIR).json
    provenance = bundle["entry"][-1]["resource"]
    author = next(a for a in provenance["agent"] if a["type"]["coding"][0]["code"] == "author")
    assert author["who"] == {"reference": "Patient/p1"}
