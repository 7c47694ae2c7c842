"""What was wrong is taken back on the page: the original stays, and nothing typed is lost."""

import pytest

from tests.posted import a_visit


def signed(page, **more):
    form = page.visit.tick("taught", "knowledge", "prognosis")
    form.fill({"result-prognosis": "not-understood", "note-prognosis": "Hvorfor mig?"})
    return form.fill({"goal_text": "Gå til bageren"} | more).send("review").form.send("sign")


def the_plan(web):
    (plan,) = web.get("/api/v1/plans?patient=Patient/p1").json["plans"]
    return web.get(f"/api/v1/plans/{plan['id']}", role="clinician").json


def of_topic(web, topic="prognosis"):
    return [t for s in the_plan(web)["sessions"] for t in s["topics"] if t["topic"] == topic]


@pytest.fixture
def correction(physio):
    """The form that corrects the second topic."""
    return signed(physio.open()).click("Ret: Prognosis").form


def test_nothing_is_chosen_beforehand_and_whoever_does_not_choose_is_asked(correction, web):
    assert (correction["outcome"], correction["understanding"]) == ("", "")
    answer = correction.fill({"reason": "Forkert linje"}).send()
    assert (answer.status, list(answer.faults)) == (422, ["instead"])
    assert answer.form["reason"] == "Forkert linje"
    assert [t["error"] for t in of_topic(web)] == [""]


def test_the_patients_words_are_carried_over_to_the_right_entry(correction, web):
    assert correction["note"] == "Hvorfor mig?"
    told = {"reason": "Hun kunne godt", "outcome": "taught", "understanding": "understood"}
    correction.fill(told).send()
    wrong, right = of_topic(web)
    assert (wrong["error"], right["understanding"]) == ("Hun kunne godt", "understood")
    assert right["note"] == "Hvorfor mig?"


def test_what_was_not_reached_may_say_why(correction, web):
    correction.fill(
        {"reason": "Nåede det ikke", "outcome": "deferred", "why_not": "no-time"}
    ).send()
    assert [(t["outcome"], t["reason"]) for t in of_topic(web)][1] == ("deferred", "no-time")


def test_what_was_never_said_leaves_nothing_in_its_place(correction, web):
    correction.fill({"reason": "Forkert patient", "outcome": "nothing"}).send()
    assert [t["error"] for t in of_topic(web)] == ["Forkert patient"]


def test_pressing_the_button_twice_corrects_once_and_leads_to_the_plan(correction, web):
    correction.fill({"reason": "Fejl", "outcome": "nothing"})
    pages = [correction.send() for _ in range(2)]
    assert [page.status for page in pages] == [200, 200]
    assert pages[0].path == pages[1].path
    assert web.rows("outbox") == 3


def test_a_colleague_who_was_quicker_costs_no_words(correction, web, new_physio):
    colleague = new_physio().open(practitioner="Practitioner/kollega", name="kollega")
    colleague.visit.tick("taught", "work").send("review").form.send("sign")
    told = {"reason": "Fejl", "outcome": "taught", "note": "Sagt på en anden måde"}
    answer = correction.fill(told).send()
    assert (answer.status, list(answer.faults)) == (409, ["reason"])
    assert {name: answer.form[name] for name in told} == told
    assert answer.form.send().status == 200
    assert of_topic(web)[1]["note"] == "Sagt på en anden måde"


def test_an_entry_of_an_earlier_visit_is_corrected_too(physio, web):
    signed(physio.open())
    web.post(a_visit("p1", "e2"))
    page = physio.open(encounter="Encounter/e2")
    page.click("Ret: Prognosis").form.fill({"reason": "Fejl", "outcome": "nothing"}).send()
    assert [t["error"] for t in of_topic(web)] == ["Fejl"]


def test_a_whole_entry_comes_back_as_a_draft_to_be_mended(physio, web):
    more = {"mood_text": "Utryg", "job": "sick", "minutes": "20", "text": "Kom sent"}
    page = signed(physio.open(), **more)
    form = page.click("Markér hele notatet som fejl").form.tick("again", "yes")
    page = form.fill({"reason": "Forkert minuttal"}).send()
    names = ("result-prognosis", "note-prognosis", *more)
    assert {name: page.visit[name] for name in names} == more | {
        "result-prognosis": "not-understood",
        "note-prognosis": "Hvorfor mig?",
    }
    page.visit.fill({"minutes": "25"}).send("review").form.send("sign")
    assert [(s["minutes"], s["error"]) for s in the_plan(web)["sessions"]] == [
        (20, "Forkert minuttal"),
        (25, ""),
    ]


def test_a_goal_is_marked_as_an_error_and_stays_to_be_read(physio, web):
    page = signed(physio.open()).click("Markér som fejl: Gå til bageren")
    assert "Gå til bageren" in page.text
    answer = page.form.send()
    assert (answer.status, list(answer.faults)) == (422, ["reason"])
    page = answer.form.fill({"reason": "Sagt af en anden"}).send()
    assert "skrevet ved en fejl: Sagt af en anden" in page.text
    assert the_plan(web)["goals"][-1]["state"] == "entered-in-error"
    assert not page.select(".goal")


def test_a_plan_of_the_wrong_patient_is_marked_as_an_error_with_all_that_is_in_it(physio, web):
    form = signed(physio.open()).click("Afslut forløbet").form
    answer = form.fill({"outcome": "error"}).send()
    assert (answer.status, list(answer.faults)) == (422, ["reason"])
    page = answer.form.fill({"reason": "Forkert patient"}).send()
    assert "lavet ved en fejl" in page.text
    assert not page.select("#visit, a.small")
    plan = the_plan(web)
    assert plan["state"] == "entered-in-error"
    assert {t["error"] for t in of_topic(web)} == {"Forkert patient"}


def test_closing_what_was_changed_meanwhile_is_asked_once_more(physio, web, new_physio):
    form = physio.open().click("Afslut forløbet").form
    signed(new_physio().open(practitioner="Practitioner/kollega", name="kollega"))
    answer = form.fill({"reason": "Flyttet"}).send()
    assert (answer.status, answer.form["reason"]) == (409, "Flyttet")
    assert the_plan(web)["state"] == "active"
    assert answer.form.send().status == 200
    assert the_plan(web)["state"] == "completed"


def test_a_closed_course_shows_where_its_end_is_and_can_still_be_corrected(physio, web):
    signed(physio.open())
    web.post(a_visit("p1", "e2"))
    page = physio.open(encounter="Encounter/e2").click("Afslut forløbet").form
    page = page.fill({"reason": "Flyttet"}).send()
    assert page.words("[aria-current]") == ["Signeret, venter på journalen"]
    page.click("Ret: Prognosis").form.fill({"reason": "Fejl", "outcome": "nothing"}).send()
    assert [t["error"] for t in of_topic(web)] == ["Fejl"]
