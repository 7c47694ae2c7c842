"""On the physiotherapist's page: handouts that are given, and questions that were brought."""

import pytest

from service.usecases.ports import Caller

PATIENT = Caller("demo", "patient", "p1", patient="Patient/p1")


@pytest.fixture
def plan_id(web, plan):
    return plan.rpartition("/")[2]


def given(physio, **more):
    form = physio.open().visit.tick("taught", "knowledge").tick("give", "knowledge")
    return form.send("review", **more)


def test_a_handout_is_given_with_the_visit_and_stands_on_the_page(physio):
    check = given(physio)
    assert "Pjece om knowledge" in check.words(".answers div")[4 - 1]
    page = check.form.send("sign")
    assert page.words(".handouts .last, #given + .handed .last")[0].startswith("udleveret 23. nov")


def test_the_three_states_are_shown_as_the_patient_comes_to_them(physio, web, plan_id):
    given(physio).form.send("sign")
    web.parts.assign_handout.opened(plan_id, "knowledge", PATIENT)
    assert "åbnet 23. nov" in physio.open().text
    web.parts.assign_handout.says_read(plan_id, "knowledge", PATIENT)
    assert "patienten siger læst 23. nov" in physio.open().text


def test_a_question_stands_on_top_and_is_marked_as_talked_about(physio, web, plan_id):
    web.parts.ask_question.ask(plan_id, "Må jeg cykle?", PATIENT)
    page = physio.open()
    assert "”Må jeg cykle?”" in page.words(".questions")[0]
    check = page.visit.tick("taught", "knowledge").tick("talked", "1").send("review")
    assert "Må jeg cykle?" in check.text
    assert not check.form.send("sign").select(".questions")
    (asked,) = web.get(f"/api/v1/plans/{plan_id}", role="clinician").json["questions"]
    assert asked["state"] == "talked-about"


def test_what_the_patient_does_meanwhile_is_no_conflict(physio, web, plan_id):
    check = given(physio)
    web.parts.ask_question.ask(plan_id, "Må jeg cykle?", PATIENT)
    page = check.form.send("sign")
    assert page.status == 200
    assert "Må jeg cykle?" in page.text


def test_a_handout_is_taken_back_with_the_reason(physio, web):
    page = given(physio).form.send("sign").click("Tag tilbage")
    refused = page.form.send()
    assert refused.faults == {"reason": "Skriv, hvorfor den tages tilbage."}
    after = refused.form.fill({"reason": "Forkert pjece"}).send()
    assert "Tag tilbage" not in after.text
    assert physio.get(page.path).path == after.path


def test_a_handout_that_the_plan_does_not_have_is_not_given(physio):
    page = physio.open()
    told = {"csrf": page.visit["csrf"], "action": "review", "give": "other"}
    answer = physio.post(page.path, told | {"taught": "knowledge", "method": "talk"})
    assert answer.status == 422
