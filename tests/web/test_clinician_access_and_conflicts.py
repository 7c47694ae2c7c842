"""The only way in is a launch; two windows, two colleagues and a group get on with each other."""

import re

import pytest

from tests.builders import a_pack
from tests.posted import a_visit

GROUP = ("Patient/p2", "Patient/p3")


def pages(web):
    """Method and address of every page that needs a launch."""
    app = web.client.application
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "needs", ()) == (("launch", "", ""),):
            path = re.sub(r"<int:[^>]+>", "1", rule.rule).replace("<plan_id>", "x")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield method, path


def filled(page):
    form = page.visit.tick("taught", "knowledge", "prognosis")
    return form.fill({"result-knowledge": "understood", "result-prognosis": "not-understood"})


def the_plan(web, patient="p1"):
    (plan,) = web.get(f"/api/v1/plans?patient=Patient/{patient}").json["plans"]
    return web.get(f"/api/v1/plans/{plan['id']}", role="clinician").json


def topics(web, patient):
    told = [t for s in the_plan(web, patient)["sessions"] for t in s["topics"]]
    return {t["topic"]: (t["outcome"], t["understanding"]) for t in told}


def test_no_page_opens_without_a_launch(web):
    found = list(pages(web))
    assert len(found) > 15
    for method, path in found:
        answer = web.client.open(path, method=method)
        assert answer.status_code == 401, (method, path)
        assert answer.mimetype == "text/html"
        assert "Åbn den igen fra journalen" in answer.text


def test_another_patients_plan_is_no_page(physio, web):
    web.post(a_visit("p2", "e2"))
    other = the_plan(web, "p2")["id"]
    physio.open()
    for path in ("", "/print", "/close", "/check", "/entries/1/correct", "/delivery"):
        assert physio.get(f"/clinician/plans/{other}{path}").status == 404


def test_another_patients_plan_cannot_be_signed(physio, web):
    web.post(a_visit("p2", "e2"))
    other = the_plan(web, "p2")
    csrf = physio.open().visit["csrf"]
    for path in ("", "/draft", "/check", "/close", "/confirm", "/rebase", "/discard"):
        sent = {"csrf": csrf, "action": "sign", "reason": "x", "taught": "knowledge"}
        answer = physio.post(f"/clinician/plans/{other['id']}{path}", sent)
        assert answer.status == 404, path
    assert the_plan(web, "p2") == other


def test_logging_out_closes_the_pages(physio):
    page = physio.open()
    left = physio.post("/clinician/leave", {"csrf": page.visit["csrf"]})
    assert left.words("h1") == ["Du er logget ud"]
    assert physio.get(page.path).status == 401


def test_two_patients_are_open_in_two_windows_and_are_not_mixed_up(physio, web):
    one = physio.open()
    web.post(a_visit("p2", "e2"))
    other = physio.open("Patient/p2", "Encounter/e2")
    filled(one).send("review").form.send("sign")
    other.visit.tick("taught", "work").send("review").form.send("sign")
    assert set(topics(web, "p1")) == {"knowledge", "prognosis"}
    assert set(topics(web, "p2")) == {"work"}
    assert "Patient p1" in physio.get(one.path).text
    assert "Patient p2" in physio.get("/clinician/plans").text


def test_logging_out_closes_the_pages_of_every_patient(physio, web):
    one = physio.open()
    web.post(a_visit("p2", "e2"))
    other = physio.open("Patient/p2", "Encounter/e2")
    physio.post("/clinician/leave", {"csrf": one.visit["csrf"]})
    assert [physio.get(page.path).status for page in (one, other)] == [401, 401]


def test_whoever_comes_next_to_the_computer_does_not_act_as_the_one_before(physio, web):
    one = physio.open()
    web.post(a_visit("p2", "e2"))
    physio.open("Patient/p2", "Encounter/e2", practitioner="Practitioner/next", name="next")
    assert physio.get(one.path).status == 404
    assert filled(one).send("save").status == 403


@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example", "/docs", "", "/clinician//x"]
)
def test_changing_the_language_leads_nowhere_else(physio, back):
    csrf = physio.open().visit["csrf"]
    sent = {"csrf": csrf, "language": "en", "back": back}
    answer = physio.post("/clinician/language", sent, follow=False)
    assert answer.answer.headers["Location"] == "/clinician/plans"


def test_a_visit_signed_elsewhere_in_the_meantime_is_told_and_nothing_is_lost(
    physio, web, new_physio
):
    check = filled(physio.open()).send("review")
    colleague = new_physio().open(practitioner="Practitioner/kollega", name="kollega")
    colleague.visit.tick("taught", "work").send("review").form.send("sign")
    conflict = check.form.send("sign")
    assert conflict.status == 409
    assert conflict.words("h1") == ["Planen er ændret i mellemtiden"]
    assert "Work: gennemgået" in conflict.text
    assert len(the_plan(web)["sessions"]) == 1
    page = conflict.form.send()
    assert page.visit["result-prognosis"] == "not-understood"
    page.visit.send("review").form.send("sign")
    assert len(the_plan(web)["sessions"]) == 2


def test_two_windows_choose_between_their_drafts(physio):
    one, other = physio.open(), physio.open()
    filled(one).send("save")
    form = other.visit.tick("taught", "work").fill({"text": "Anden version", "edition": "pixi"})
    answer = form.send("save")
    assert answer.status == 409
    assert "Udgave brugt i dag PIXI (kort)" in answer.text
    assert "Anden version" in answer.text
    assert "Forståelse: Knowledge forklarer med egne ord" in answer.text
    page = answer.form.send("save")
    assert page.visit["text"] == "Anden version"
    assert page.visit["result-prognosis"] == ""


def test_the_other_windows_draft_can_be_kept_instead(physio):
    one, other = physio.open(), physio.open()
    filled(one).send("save")
    answer = other.visit.fill({"text": "Anden version"}).send("save")
    page = answer.click("Fortsæt med den anden")
    assert page.visit["result-prognosis"] == "not-understood"


def test_the_same_draft_from_two_windows_is_no_conflict(physio):
    one, other = physio.open(), physio.open()
    assert filled(one).send("save").status == 200
    assert filled(other).send("save").status == 200


def test_a_draft_changed_after_it_was_checked_is_checked_again(physio, web):
    page = physio.open()
    check = filled(page).send("review")
    physio.get(page.path).visit.fill({"text": "Nyt"}).send("save")
    again = check.form.send("sign")
    assert again.words("h1") == ["Tjek, før du signerer"]
    assert "Nyt" in again.form["note"]
    assert the_plan(web)["sessions"] == []


def test_the_draft_is_kept_while_typing(physio):
    page = physio.open()
    form = filled(page)
    first = physio.client.post(f"{page.path}/draft", data=dict(form.values)).get_json()
    assert (first["version"], first["saved"]) == (1, "10.00")
    newer = dict(form.values) | {"version": "1", "key": first["key"], "text": "Mere"}
    assert physio.client.post(f"{page.path}/draft", data=newer).get_json()["version"] == 2
    older = dict(form.values) | {"text": "Fra et andet vindue"}
    assert physio.client.post(f"{page.path}/draft", data=older).status_code == 409
    long = newer | {"version": "2", "text": "x" * 10_001}
    assert physio.client.post(f"{page.path}/draft", data=long).status_code == 422


def test_a_draft_that_was_signed_in_another_window_takes_nothing_along(physio, web):
    page = filled(physio.open()).send("save")
    other = physio.get(page.path)
    page.visit.send("review").form.send("sign")
    answer = other.visit.tick("taught", "work").fill({"text": "Skrevet bagefter"}).send("save")
    assert answer.status == 200
    assert "Det, du har skrevet her, er gemt som en ny kladde" in answer.text
    assert answer.visit["text"] == "Skrevet bagefter"
    assert physio.get(page.path).visit["text"] == "Skrevet bagefter"
    assert len(the_plan(web)["sessions"]) == 1


def test_the_very_same_is_not_signed_twice_for_a_visit(physio, web):
    signed = filled(physio.open()).send("review").form.send("sign")
    answer = filled(signed).send("review")
    assert (answer.status, list(answer.faults)) == (422, ["topics"])
    assert "allerede signeret" in answer.faults["topics"]
    assert len(the_plan(web)["sessions"]) == 1


def test_another_note_on_what_is_signed_already_is_refused(physio, web):
    page = filled(filled(physio.open()).send("review").form.send("sign")).send("save")
    answer = physio.post(f"{page.path}/check", dict(page.visit.values) | {"note": "Andre ord."})
    assert answer.status == 422
    assert "med et andet notat" in answer.faults["topics"]
    (session,) = the_plan(web)["sessions"]
    assert session["note"] == ""


def test_a_note_that_was_edited_is_kept_with_the_draft(physio, web):
    check = filled(physio.open()).send("review")
    page = check.form.fill({"note": "Mine egne ord."}).send("keep")
    again = page.visit.send("review")
    assert again.form["note"] == "Mine egne ord."
    again.form.send("sign")
    (session,) = the_plan(web)["sessions"]
    assert session["note"] == "Mine egne ord."


def test_a_note_is_made_anew_when_the_ticks_change_and_the_edited_one_stands_by(physio):
    check = filled(physio.open()).send("review")
    page = check.form.fill({"note": "Mine egne ord."}).send("keep")
    again = page.visit.tick("taught", "work").send("review")
    assert "Work" in again.form["note"]
    assert "Mine egne ord." in again.text
    assert "Teksten, som du rettede den før" in again.text


def test_a_note_that_was_edited_survives_a_conflict(physio, new_physio):
    check = filled(physio.open()).send("review").form.fill({"note": "Mine egne ord."})
    colleague = new_physio().open(practitioner="Practitioner/kollega", name="kollega")
    colleague.visit.tick("taught", "work").send("review").form.send("sign")
    page = check.send("sign").form.send()
    assert "Mine egne ord." in page.visit.send("review").form["note"]


def test_the_note_is_signed_as_soap_when_that_is_chosen(physio, web):
    check = filled(physio.open()).send("review")
    soap = check.click("SOAP")
    assert [line[:2] for line in soap.form["note"].splitlines()] == ["A:", "P:"]
    assert soap.words(".forms [aria-current]") == ["SOAP"]
    soap.form.send("sign")
    (session,) = the_plan(web)["sessions"]
    assert session["note"].startswith("A: Skal tages op igen: Prognosis.")


def test_a_page_that_was_opened_from_another_visit_says_whose_it_is(physio):
    page = physio.open(encounter="Encounter/not-posted-yet")
    assert "hører til besøget den 23. nov. 2026" in page.text
    assert "hører til besøget" not in physio.open().text


def test_a_group_begins_with_the_method_group_and_company_with_the_relative(web, new_physio):
    posted = a_visit()
    relative = {"individual": {"reference": "RelatedPerson/r1"}}
    posted["entry"][1]["resource"]["participant"].append(relative)
    web.post(posted)
    web.post(a_visit("p2", "e-p2"))
    values = new_physio().open(participants=("Patient/p2",)).visit.values
    assert [v for name, v in values if name == "learner"] == ["patient", "relative"]
    assert [v for name, v in values if name == "method"] == ["group"]


def test_where_the_newest_change_is_can_be_looked_at_again_without_a_trace(physio, web):
    page = filled(physio.open()).send("review").form.send("sign")
    before = web.rows("audit")
    found = physio.get(f"{page.path}/delivery")
    assert found.words("[aria-current]") == ["Signeret, venter på journalen"]
    assert found.select("[data-again]")
    assert web.rows("audit") == before
    assert physio.get("/clinician/plans/none/delivery").status == 404


def test_a_group_is_signed_for_everybody_who_took_part(physio, web):
    for patient in ("p2", "p3"):
        web.post(a_visit(patient, f"e-{patient}"))
    page = physio.open(participants=GROUP)
    form = filled(page).tick("attended", the_plan(web, "p2")["id"])
    own = f"result-knowledge-{the_plan(web, 'p2')['id']}"
    check = form.fill({own: "not-understood", "text": "Kun om den første"}).send("review")
    assert "p2: Knowledge: tages op igen" in check.words(".answers")[0]
    check.form.send("sign")
    assert topics(web, "p1")["knowledge"] == ("taught", "understood")
    assert topics(web, "p2") == {
        "knowledge": ("taught", "not-understood"),
        "prognosis": ("taught", "not-assessed"),
    }
    assert topics(web, "p3") == {}
    assert "Kun om den første" not in str(the_plan(web, "p2"))


def test_a_group_is_signed_for_all_or_for_nobody(physio, web, send):
    web.post(a_visit("p2", "e-p2"))
    other = the_plan(web, "p2")["id"]
    check = filled(physio.open(participants=GROUP)).tick("attended", other).send("review")
    told = {"reason": "Flyttet"}
    assert send(f"/api/v1/plans/{other}/close", told).status_code == 200
    answer = check.form.send("sign")
    assert (answer.status, list(answer.faults)) == (422, ["attended"])
    assert answer.select("#attended")
    assert topics(web, "p1") == {}


def test_nobody_else_is_in_a_group_than_who_was_launched(physio, web):
    web.post(a_visit("p2", "e-p2"))
    answer = filled(physio.open()).send("review", attended=the_plan(web, "p2")["id"])
    assert (answer.status, list(answer.faults)) == (422, ["attended"])
    assert topics(web, "p2") == {}


def test_wordings_of_another_version_are_not_passed_off_as_this_plans(physio, web, make_web):
    page = physio.open()
    assert page.select(".of-full")
    newer = make_web(a_pack(sha256="34" * 32))
    link = newer.launch_link()
    physio.client = newer.client.application.test_client()
    page = physio.get(link)
    assert not page.select(".of-full")
    assert "en anden version af materialet" in page.text
    assert page.words(".topic > legend") == ["Knowledge", "Prognosis", "Work"]
