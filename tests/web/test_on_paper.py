"""The sheet that a patient takes home, and the ticks that come back on it."""

import re

import pytest

from service.web.paper_code import as_printed, code_of
from tests.builders import a_plan


@pytest.fixture
def plan_id(web, plan):
    return plan.rpartition("/")[2]


@pytest.fixture
def sheet(physio, web, plan_id):
    """The sheet of a plan with one handout given."""
    path = f"/api/v1/plans/{plan_id}/handouts/knowledge/assignments"
    web.client.post(path, json={"on_paper": True}, headers=web.headers("clinician"))
    return physio.open().click("Ark til patienten")


def code(sheet):
    return re.search(r"Til klinikken: (\w{4}-\w{4})", sheet.text)[1]


def test_the_sheet_has_patients_words_boxes_a_code_and_its_picture(sheet):
    assert sheet.words(".ticks li") == [
        *("Om knowledge", "Om prognosis", "Om work"),
        "Pjece om knowledge",
    ]
    assert len(sheet.select(".sheet .tick")) == 4
    assert code(sheet)
    (image,) = sheet.select(".sheet svg")
    assert not image.get("style")


def test_ticks_are_written_in_one_go(physio, web, plan_id, sheet):
    page = physio.get(f"/clinician/paper/{code(sheet)}")
    assert page.path.endswith("/ticks")
    after = page.form.tick("taught", "knowledge").tick("own_words", "prognosis")
    after = after.tick("read", "knowledge").send()
    assert after.path.endswith(plan_id)
    told = web.get(f"/api/v1/plans/{plan_id}", role="clinician").json
    (session,) = told["sessions"]
    assert [(t["topic"], t["understanding"]) for t in session["topics"]] == [
        ("knowledge", "not-assessed"),
        ("prognosis", "understood"),
    ]
    assert told["handouts"][0]["assignments"][0]["state"] == "read"
    assert told["revision"] == 3


def test_the_second_press_writes_nothing_more(physio, web, plan_id, sheet):
    form = physio.get(f"/clinician/paper/{code(sheet)}").form.tick("taught", "knowledge")
    form.send()
    form.send()
    assert len(web.get(f"/api/v1/plans/{plan_id}", role="clinician").json["sessions"]) == 1


def test_only_a_handout_that_was_read_needs_no_topic(physio, web, plan_id, sheet):
    physio.get(f"/clinician/paper/{code(sheet)}").form.tick("read", "knowledge").send()
    told = web.get(f"/api/v1/plans/{plan_id}", role="clinician").json
    assert (told["sessions"], told["handouts"][0]["assignments"][0]["state"]) == ([], "read")


def test_nothing_ticked_is_said_to_be_nothing(physio, sheet):
    refused = physio.get(f"/clinician/paper/{code(sheet)}").form.send()
    assert refused.faults == {"ticked": "Sæt kryds ved det, der er krydset af på papiret."}


def test_a_code_may_be_typed_as_people_type(physio, sheet):
    found = code(sheet)
    for typed in (found.lower(), found.replace("-", " "), found.replace("0", "o")):
        assert physio.get(f"/clinician/paper?code={typed}").path.endswith("/ticks")
    assert as_printed("oil1-0000") == "0111-0000"


def test_a_code_of_another_patient_leads_nowhere(physio, web, sheet):
    found = code(sheet)
    physio.open("Patient/p2", "Encounter/e9")
    page = physio.get(f"/clinician/paper/{found}")
    assert page.status == 404
    assert "Koden er ikke denne patients." in page.text
    web.client.delete_cookie("__Host-education_plan_launch")
    assert web.client.get(f"/clinician/paper/{found}").status_code == 401


def test_a_code_is_the_clinics_own_and_tells_nothing():
    plan = a_plan()
    assert code_of(b"a", plan) == code_of(b"a", plan) != code_of(b"b", plan)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code_of(b"a", plan))
