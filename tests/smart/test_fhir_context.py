"""What is open in the record beside patient and visit: a plan of ours opens, the rest is left."""

import logging
from datetime import timedelta

import pytest

from service.fhir.elements import plan_urn
from service.identity.fhir_context import MOST, care_plans
from service.store.outbox import DatabaseOutbox
from service.usecases.delivering import Place, Receipt
from tests.conftest import SERVICE_URL
from tests.posted import a_bundle, a_condition, a_patient, an_encounter

ISS = "https://fhir.clinic.example/r4"
URN = "urn:uuid:6f1c1d3e-0000-5000-8000-000000000001"

TAKEN = {
    "a reference": ({"reference": "CarePlan/7"}, "CarePlan/7"),
    "an address of the record": ({"reference": f"{ISS}/CarePlan/7"}, "CarePlan/7"),
    "with the usual role": ({"reference": "CarePlan/7", "role": "launch"}, "CarePlan/7"),
    "an identifier of ours": ({"type": "CarePlan", "identifier": {"value": URN}}, URN),
}
LEFT = {
    "another type": {"reference": "ImagingStudy/9"},
    "an address of another record": {"reference": "https://evil.example/CarePlan/7"},
    "a path": {"reference": "CarePlan/../Patient/1"},
    "a script": {"reference": "javascript:CarePlan/7"},
    "markup": {"reference": "CarePlan/<b>"},
    "another role": {"reference": "CarePlan/7", "role": "https://x.example/questionnaire"},
    "a canonical": {"canonical": "https://x.example/Questionnaire/1"},
    "an identifier that is none of ours": {
        "type": "CarePlan",
        "identifier": {"value": "0101011234"},
    },
    "text": "CarePlan/7",
    "nothing": {},
    "a list": [],
    "no text": {"reference": 7, "identifier": 8},
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_care_plan_is_taken(case):
    entry, wanted = TAKEN[case]
    assert care_plans([entry, entry], ISS) == ((wanted,), 0)


@pytest.mark.parametrize("case", LEFT)
def test_anything_else_is_left(case):
    assert care_plans([LEFT[case]], ISS) == ((), 1)


@pytest.mark.parametrize(("told", "left"), [(None, 0), ([], 0), ("x", 1), ({}, 1), (7, 1)])
def test_what_is_no_list_names_nothing(told, left):
    assert care_plans(told, ISS) == ((), left)


def test_no_more_is_looked_at_than_a_record_can_have_open():
    many = [{"reference": f"CarePlan/{n}"} for n in range(1_000)]
    found, left = care_plans(many, ISS)
    assert (len(found), left) == (MOST, 1_000 - MOST)


@pytest.fixture
def closed(world):
    """The first of the patient's two plans, so that none is the only one."""
    web = world.web
    (listed,) = web.get("/api/v1/plans?patient=p1").json["plans"]
    path, headers = f"/api/v1/plans/{listed['id']}", web.headers("clinician")
    headers |= {"If-Match": web.get(path).headers["ETag"]}
    answer = web.client.post(f"{path}/close", json={"reason": "Flyttet"}, headers=headers)
    assert answer.status_code == 200, answer.text
    web.post(a_bundle(a_patient(), an_encounter(id="e2"), a_condition()))
    with web.parts.store.reading("demo") as transaction:
        return transaction.plan(listed["id"]).plan


def opened(world, *entries):
    """Where the pages lead after a launch with these entries of `fhirContext`."""
    world.login.context = {"fhirContext": list(entries)}
    assert world.arrive().status_code == 303
    return world.browser.get("/clinician/plans", base_url=SERVICE_URL)


def test_the_plan_that_is_open_in_the_record_opens(world, closed):
    outbox = DatabaseOutbox(world.web.database)
    for queued in outbox.take("demo", 5, timedelta(minutes=1)):
        if queued.plan_id == closed.id:
            outbox.delivered(queued, Receipt((Place(plan_urn(closed), "CarePlan/7"),)))
    assert opened(world).status_code == 200, "the list: neither is the only one"
    answer = opened(world, {"reference": "ImagingStudy/9"}, {"reference": "CarePlan/7"})
    assert answer.headers["Location"] == f"/clinician/plans/{closed.id}"
    whole = world.browser.get("/clinician/plans?all=1", base_url=SERVICE_URL)
    assert whole.status_code == 200


def test_a_plan_may_be_named_by_its_identity(world, closed):
    named = {"type": "CarePlan", "identifier": {"value": plan_urn(closed)}}
    assert opened(world, named).headers["Location"] == f"/clinician/plans/{closed.id}"


def test_what_no_plan_of_this_patient_is_opens_the_usual_page(world, closed, caplog):
    with caplog.at_level(logging.INFO, "service"):
        answer = opened(world, {"reference": "CarePlan/nancy"}, {"reference": "Task/nancy"}, "x")
    assert answer.status_code == 200
    assert "nancy" not in answer.text
    (line,) = [each for each in caplog.records if each.msg == "launch-context-left"]
    assert line.tenant == "demo"
    assert "nancy" not in str(vars(line))


def test_nothing_is_logged_where_nothing_is_left(world, caplog):
    with caplog.at_level(logging.INFO, "service"):
        opened(world, {"reference": "CarePlan/1"})
    assert [each for each in caplog.records if each.msg == "launch-context-left"] == []
