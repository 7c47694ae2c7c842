"""The physiotherapist documents a visit on the page, with no script running."""

import re

import orjson
import pytest

from tests.conftest import FHIR, JSON
from tests.posted import ICD10, a_visit, coding, the_small_form

NAUGHTY = "\"><script>alert('x')</script> {{ 7*7 }} Ærø 'ø'\u202e"
KINDS = ("CarePlan", "Communication", "Observation", "Goal", "ServiceRequest", "DocumentReference")


def filled(page):
    """Two topics, two teach-backs and a goal."""
    form = page.visit.tick("taught", "knowledge", "prognosis")
    form.fill({"result-knowledge": "understood", "result-prognosis": "not-understood"})
    form.fill({"goal_text": "Jeg vil gå til bageren", "goal_by": "8"})
    return form.fill({"text": "Kom med sin mand"})


def signed(page):
    """Everything above, signed; the page that follows."""
    return filled(page).send("review").form.send("sign")


def the_plan(web):
    (plan,) = web.get("/api/v1/plans?patient=Patient/p1").json["plans"]
    return web.get(f"/api/v1/plans/{plan['id']}", role="clinician").json


def test_a_new_page_has_nothing_ticked_but_who_how_and_the_edition(physio):
    own = {"csrf", "key", "revision", "version"}
    told = [(name, value) for name, value in physio.open().visit.values if value]
    assert [each for each in told if each[0] not in own and not each[0].startswith("words-")] == [
        ("edition", "full"),
        ("learner", "patient"),
        ("method", "talk"),
    ]


def test_a_visit_is_documented_checked_and_signed(physio, web):
    check = filled(physio.open()).send("review")
    assert check.words("h1") == ["Tjek, før du signerer"]
    assert "Prognosis: tages op igen" in check.text
    assert "Jeg vil gå til bageren" in check.form["note"]
    page = check.form.send("sign")
    assert page.words("[aria-current]") == ["Signeret, venter på journalen 10.00"]
    (session,) = the_plan(web)["sessions"]
    assert [(t["topic"], t["outcome"], t["understanding"]) for t in session["topics"]] == [
        ("knowledge", "taught", "understood"),
        ("prognosis", "taught", "not-understood"),
    ]
    assert (session["learners"], session["methods"]) == (["patient"], ["talk"])
    assert (session["practitioner"], session["encounter"]) == ("Practitioner/fys1", "e1")
    assert session["text"] == "Kom med sin mand"


def test_the_page_speaks_english_when_asked_and_says_which_words_are_danish(physio):
    page = physio.open()
    page = physio.post(
        "/clinician/language", {"csrf": page.visit["csrf"], "language": "en", "back": page.path}
    )
    assert page.doc.get("lang") == "en"
    assert page.words("h2#topics") == ["Topics"]
    assert page.select("h1")[0].get("lang") == "da"
    assert "Check before you sign" in filled(page).send("review").text


def test_what_is_to_be_repeated_comes_first_at_the_next_visit(physio, web, new_physio):
    signed(physio.open())
    web.post(a_visit("p1", "e2"))
    page = new_physio().open(encounter="Encounter/e2", practitioner="Practitioner/kollega")
    assert page.words(".topic > legend") == ["Prognosis", "Work", "Knowledge"]
    assert page.words(".topic .last")[0].endswith("gennemgået, tages op igen")
    (since,) = page.words(".since > summary")
    assert since == "Før dette besøg: 2 emner gennemgået; tages op igen: Prognosis."
    assert not [v for name, v in page.visit.values if name.startswith(("taught", "result")) and v]


def test_a_virtual_visit_begins_with_video(web, new_physio):
    posted = a_visit()
    posted["entry"][1]["resource"]["class"]["code"] = "VR"
    web.post(posted)
    assert new_physio().open().visit["method"] == "video-visit"


def test_a_virtual_visit_in_the_small_form_begins_with_video_too(web, new_physio):
    told = the_small_form()
    told["encounter"]["virtual"] = True
    assert web.post(told, kind=JSON).status_code == 201
    assert new_physio().open().visit["method"] == "video-visit"


def test_saving_keeps_a_draft_that_is_there_next_time(physio, web, new_physio):
    page = filled(physio.open()).send("save")
    assert page.words("#kept") == ["Kladde gemt 10.00"]
    form = new_physio().open().visit
    assert form["goal_text"] == "Jeg vil gå til bageren"
    assert form["result-prognosis"] == "not-understood"
    assert the_plan(web)["sessions"] == []


def test_a_colleague_does_not_get_the_draft(physio, new_physio):
    filled(physio.open()).send("save")
    other = new_physio().open(practitioner="Practitioner/kollega", name="kollega")
    assert other.visit["goal_text"] == ""


def test_a_draft_can_be_thrown_away(physio):
    page = filled(physio.open()).send("save")
    assert page.form.send().visit["goal_text"] == ""


def test_the_note_can_be_edited_before_it_is_signed(physio, web):
    filled(physio.open()).send("review").form.fill({"note": "Mine egne ord."}).send("sign")
    plan = the_plan(web)
    told = web.get(f"/api/v1/plans/{plan['id']}/note", role="clinician").json
    assert (told["note"], told["words"]) == ("Mine egne ord.", 3)


def test_the_check_leads_back_to_each_part_of_the_form(physio):
    page = physio.open()
    check = filled(page).send("review")
    ids = {each.get("id") for each in physio.get(page.path).select("[id]")}
    anchors = {a.get("href").partition("#")[2] for a in check.select(".change a")}
    assert anchors
    assert anchors <= ids


def test_keeping_the_draft_from_the_check_signs_nothing(physio, web):
    page = filled(physio.open()).send("review").form.send("keep")
    assert page.visit["goal_text"] == "Jeg vil gå til bageren"
    assert the_plan(web)["sessions"] == []


def test_pressing_sign_twice_signs_once(physio, web):
    form = filled(physio.open()).send("review").form
    assert [form.send("sign").status for _ in range(2)] == [200, 200]
    assert len(the_plan(web)["sessions"]) == 1
    assert web.rows("outbox") == 2


def test_a_visit_without_teaching_is_signed_with_its_reason(physio, web):
    physio.open().visit.fill({"no_teaching": "Havde for ondt"}).send("review").form.send("sign")
    (session,) = the_plan(web)["sessions"]
    assert (session["no_teaching"], session["topics"]) == ("Havde for ondt", [])


def test_a_suggested_goal_is_agreed_in_the_patients_words_and_ended_later(physio, web):
    form = physio.open().visit.tick("taught", "knowledge").tick("adopt-walk", "yes")
    page = form.fill({"words-walk": "Jeg går ned til søen"}).send("review").form.send("sign")
    assert page.words(".goal legend") == ["”Jeg går ned til søen”"]
    page.visit.tick("taught", "work").fill({"goal-walk": "achieved"}).send("review").form.send(
        "sign"
    )
    goal = next(g for g in the_plan(web)["goals"] if g["id"] == "walk")
    assert (goal["title"], goal["state"]) == ("Jeg går ned til søen", "achieved")


def test_everything_that_is_collapsed_is_stored_too(physio, web):
    form = physio.open().visit.tick("taught", "knowledge").tick("cue", "fear")
    form.tick("barrier", "hearing").tick("learner", "relative").tick("interpreter", "yes")
    form.tick("method", "practice")
    form.fill({"other-work": "declined", "note-work": "Er gået på pension"})
    form.fill({"mood_text": "Utryg på trapper", "job": "retired", "barriers_met": "Talte højt"})
    form.fill({"readiness": "accepting", "minutes": "20", "next_step": "follow-up"})
    form.fill({"goal_text": "Cykle", "goal_date": "2027-02-01", "goal_target": "3 km"})
    form.fill({"edition": "pixi"})
    form.send("review", goal_step="Til hjørnet").form.send("sign")
    plan = the_plan(web)
    (session,) = plan["sessions"]
    expected = {
        "edition": "pixi",
        "learners": ["patient", "relative"],
        "interpreter": True,
        "readiness": "accepting",
        "methods": ["talk", "practice"],
        "barriers": ["hearing"],
        "barriers_met": "Talte højt",
        "minutes": 20,
        "mood": {"cues": ["fear"], "text": "Utryg på trapper"},
        "next_step": "follow-up",
    }
    assert {name: session[name] for name in expected} == expected
    assert session["job"]["situation"] == "retired"
    notes = {t["topic"]: (t["outcome"], t["note"]) for t in session["topics"]}
    assert notes["work"] == ("declined", "Er gået på pension")
    goal = plan["goals"][-1]
    assert (goal["title"], goal["due"], goal["target"]) == ("Cykle", "2027-02-01", "3 km")
    assert [step["text"] for step in goal["steps"]] == ["Til hjørnet"]


def test_the_page_and_rest_put_the_same_into_the_record(physio, web, send):
    signed(physio.open(practitioner="Practitioner/demo-clinician", name="demo-clinician"))
    web.post(a_visit("p2", "e-p2"))
    (other,) = web.get("/api/v1/plans?patient=Patient/p2").json["plans"]
    told = {
        "topics": [
            {"id": "knowledge", "outcome": "taught", "understanding": "understood"},
            {"id": "prognosis", "outcome": "taught", "understanding": "not-understood"},
        ],
        "learners": ["patient"],
        "methods": ["talk"],
        "edition": "full",
        "text": "Kom med sin mand",
        "goals": [{"text": "Jeg vil gå til bageren", "due": "2027-01-18"}],
    }
    assert send(f"/api/v1/plans/{other['id']}/teachings", told).status_code == 201
    assert in_the_record(web, "p1", "e1") == in_the_record(web, "p2", "e-p2")


def in_the_record(web, patient, encounter):
    """Every resource of the patient, without what makes two patients two."""
    (plan,) = web.get(f"/api/v1/plans?patient=Patient/{patient}").json["plans"]
    found = []
    for kind in KINDS:
        path = f"/fhir/{kind}?patient=Patient/{patient}&_count=100"
        answer = web.get(path, role="clinician", accept=FHIR).json
        told = orjson.dumps([e["resource"] for e in answer["entry"]], option=orjson.OPT_SORT_KEYS)
        assert answer["entry"]
        text = re.sub(r"urn:uuid:[-0-9a-f]+", "KEY", told.decode().replace(plan["id"], "PLAN"))
        text = text.replace(f"Encounter/{encounter}", "VISIT")
        found.append(text.replace(f"Patient/{patient}", "PATIENT"))
    return found


BAD = [
    ({}, "topics", "Sæt kryds"),
    ({"goal_date": "snart", "goal_text": "x"}, "goal_date", "år-måned-dag"),
    ({"goal_target": "400 m"}, "goal_text", "patientens ord"),
    ({"minutes": "mange"}, "minutes", "tal"),
    ({"minutes": "²"}, "minutes", "tal"),
    ({"note-work": "Talt om det"}, "taught-work", "note"),
    ({"no_teaching": "Træt", "taught": "work"}, "no_teaching", "tomt"),
    ({"taught": "work", "other-work": "declined"}, "other-work", "Vælg"),
    ({"taught": "work", "learner": ""}, "learners", "undervist"),
    ({"taught": "work", "method": ""}, "methods", "undervist"),
    ({"taught": "work", "barrier": ["none", "sight"]}, "barriers", "Ingen oplyst"),
    ({"taught": "work", "next_step": "eaten"}, "next_step", "Vælg"),
    ({"taught": "work", "text": "x" * 10_001}, "text", "højst 10000 tegn"),
    ({"taught": "work", "goal_text": "x" * 501}, "goal_text", "højst 500 tegn"),
]


@pytest.mark.parametrize(("told", "field", "words"), BAD)
def test_a_mistake_is_named_at_its_field_and_what_was_typed_stands(physio, web, told, field, words):
    page = physio.open()
    fields = {"learner": "patient", "method": "talk", "action": "review", "text": "Gik fint"} | told
    answer = physio.post(page.path, fields | {"csrf": page.visit["csrf"]})
    assert answer.status == 422
    assert words in answer.faults[field]
    assert answer.select(f"#{field}")
    assert answer.words(f"#{field}-error")
    assert answer.words("title")[0].startswith("Fejl:")
    assert answer.visit["text"] == fields["text"]
    assert the_plan(web)["sessions"] == []


def test_naughty_words_are_words_everywhere(physio, web):
    form = physio.open().visit.tick("taught", "knowledge")
    names = ("goal_text", "note-knowledge", "text", "mood_text", "goal_target")
    check = form.fill(dict.fromkeys(names, NAUGHTY)).send("review")
    page = check.form.send("sign")
    paper = physio.get(f"{page.path}/print")
    for shown in (check, page, paper):
        assert not [each for each in shown.select("script") if not each.get("src")]
        assert "{{ 7*7 }} Ærø" in shown.text
    assert "\u202e" not in the_plan(web)["goals"][-1]["title"]


def test_a_possible_match_is_confirmed_on_the_page(web, new_physio):
    web.post(a_visit("p1", "e1", coding(ICD10, "M48.0")))
    page = new_physio().open()
    assert "Passer materialet?" in page.text
    assert not page.select("#visit")
    assert page.form.send().select("#visit")
    assert the_plan(web)["state"] == "active"


def test_confirming_what_a_colleague_confirmed_shows_the_plan_as_it_is(web, new_physio):
    web.post(a_visit("p1", "e1", coding(ICD10, "M48.0")))
    one, colleague = new_physio().open(), new_physio().open()
    colleague.form.send()
    page = one.form.send()
    assert (page.status, bool(page.select("#visit"))) == (200, True)


def test_a_draft_is_thrown_away_after_a_second_thought(physio):
    page = filled(physio.open()).send("save")
    assert page.words("details.discard > summary") == ["Kassér kladden"]
    page = page.form.send()
    assert (page.visit["text"], page.visit["goal_text"]) == ("", "")


def test_one_topic_is_corrected_and_the_original_stays(physio, web):
    form = signed(physio.open()).click("Ret: Prognosis").form
    page = form.fill({"reason": "Det nåede vi ikke", "outcome": "deferred"}).send()
    assert "fejl: Det nåede vi ikke" in page.text
    topics = [
        t for s in the_plan(web)["sessions"] for t in s["topics"] if t["topic"] == "prognosis"
    ]
    assert [(t["outcome"], bool(t["error"])) for t in topics] == [
        ("taught", True),
        ("deferred", False),
    ]


def test_a_correction_needs_its_reason(physio, web):
    answer = signed(physio.open()).click("Ret: Prognosis").form.send()
    assert (answer.status, list(answer.faults)) == (422, ["reason"])
    assert web.rows("outbox") == 2


def test_a_correction_that_does_not_fit_is_refused_and_what_was_typed_stands(physio, web):
    form = signed(physio.open()).click("Ret: Prognosis").form
    told = {"reason": "Fejl", "outcome": "declined", "understanding": "understood"}
    answer = form.fill(told).send()
    assert (answer.status, list(answer.faults)) == (422, ["instead"])
    assert {name: answer.form[name] for name in told} == told
    assert web.rows("outbox") == 2


def test_a_whole_entry_is_taken_back(physio, web):
    form = signed(physio.open()).click("Markér hele notatet som fejl").form
    form.fill({"reason": "Forkert patient"}).send()
    assert [s["error"] for s in the_plan(web)["sessions"]] == ["Forkert patient"]


def test_a_course_is_closed_with_a_reason_when_topics_are_left(physio, web):
    answer = physio.open().click("Afslut forløbet").form.send()
    assert (answer.status, list(answer.faults)) == (422, ["reason"])
    page = answer.form.fill({"reason": "Flyttet"}).send()
    assert not page.select("#visit")
    assert "Flyttet" in page.text
    assert the_plan(web)["state"] == "completed"


def test_the_print_view_has_the_whole_course_and_no_buttons(physio):
    paper = signed(physio.open()).click("Udskrift")
    assert "Jeg vil gå til bageren" in paper.text
    assert "Patient p1" in paper.text
    assert "23. nov. 2026" in paper.text
    assert "aftalt, 18. jan. 2027" in paper.text
    assert not paper.select("button")


def test_the_plans_of_the_patient_are_a_list(physio):
    page = physio.open().click("Alle patientens planer")
    assert page.words(".plans h2 a") == ["Lumbal spinalstenose"]
    assert "0 af 3 emner" in page.text


def test_a_patient_without_a_plan_is_told_so(new_physio):
    assert "Patienten har ingen plan endnu" in new_physio().open("Patient/p9", "Encounter/e9").text
