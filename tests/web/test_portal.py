"""A patient's own pages: what is there, what each form does, and what nobody else sees."""

import re

import orjson
import pytest

from service.domain.content import Withdrawal
from tests.conftest import SERVICE_URL
from tests.posted import a_visit
from tests.web.pages import Physio, Shown

CLINICIAN = {"role": "clinician"}


class Patient(Physio):
    """A patient's browser."""

    def open(self, patient: str = "Patient/p1", **more) -> Shown:
        return self.get(self.launch_link(patient, **more))


@pytest.fixture
def patient(web):
    return Patient(web.client, web.login_link)


def a_plan_of(web, patient, encounter, tenant="demo"):
    headers = web.headers(tenant=tenant) | {
        "Content-Type": "application/fhir+json",
        "Accept": "application/json",
    }
    posted = orjson.dumps(a_visit(patient, encounter))
    answer = web.client.post("/api/v1/encounters", data=posted, headers=headers)
    assert answer.status_code == 201
    return answer.json["id"]


def give(web, plan_id, handout="knowledge", tenant="demo"):
    path = f"/api/v1/plans/{plan_id}/handouts/{handout}/assignments"
    answer = web.client.post(path, json={}, headers=web.headers("clinician", tenant=tenant))
    assert answer.status_code == 201


def own_goal(web, plan_id):
    path = f"/api/v1/plans/{plan_id}/goals"
    told = {"text": "Gå til bageren"}
    web.client.post(path, json=told, headers=web.headers("clinician"))


@pytest.fixture
def plan_id(web):
    return a_plan_of(web, "p1", "e1")


def form(page, words):
    """The form whose button says this."""
    for each in page.doc.forms:
        if any(words in button.text_content() for button in each.cssselect("button")):
            fields = dict(each.form_values())
            return each.get("action"), fields
    raise AssertionError(f"no form with {words!r} in {page.text}")


def press(page, words, **more):
    action, fields = form(page, words)
    return page.physio.post(action, fields | more)


def handouts(web, plan_id):
    found = web.get(f"/api/v1/plans/{plan_id}").json["handouts"]
    return [given["state"] for each in found for given in each["assignments"]]


def test_what_was_given_is_there_and_what_is_new_comes_first(web, patient, plan_id):
    assert "Der er ikke noget nyt." in patient.open().text
    give(web, plan_id)
    give(web, plan_id, "all")
    page = patient.open()
    assert page.words(".title") == ["Pjece om all", "Pjece om knowledge"]
    press(page, "Pjece om all")
    page = patient.get("/portal")
    assert page.words("section .title") == ["Pjece om knowledge", "Pjece om all"]


def test_opening_is_told_by_the_form_and_never_by_looking(web, patient, plan_id):
    give(web, plan_id)
    page = patient.open()
    action, _fields = form(page, "Pjece om knowledge")
    patient.client.get(action.removesuffix("/open"))
    patient.client.head(action.removesuffix("/open"))
    assert patient.client.get(action).status_code == 405
    assert handouts(web, plan_id) == ["given"]
    opened = press(page, "Pjece om knowledge")
    assert (opened.status, handouts(web, plan_id)) == (200, ["opened"])
    assert "knowledge, full, da" in opened.text


def test_i_have_read_this_is_told_by_a_button(web, patient, plan_id):
    give(web, plan_id)
    page = press(press(patient.open(), "Pjece om knowledge"), "Jeg har læst dette")
    assert "Du har sagt: læst (23. nov. 2026)" in page.text
    assert handouts(web, plan_id) == ["read"]


def test_a_handout_is_shown_in_the_language_that_was_chosen(web, patient, plan_id):
    give(web, plan_id)
    page = press(patient.open(), "Pjece om knowledge")
    english = press(page, "English", language="en")
    assert "knowledge, full, en" in english.text
    assert "I have read this" in english.text
    assert english.doc.get("lang") == "en"


def test_every_page_speaks_the_language_of_the_plan_whatever_the_browser_asks_for(
    web, patient, plan_id
):
    patient.open()
    english = {"Accept-Language": "en"}
    pages = [web.client.get(f"/portal{path}", headers=english) for path in ("", "/data", "/log")]
    assert [Shown(patient, page).doc.get("lang") for page in pages] == ["da", "da", "da"]


def test_times_are_written_as_the_language_does(web, patient, plan_id):
    press(patient.open(), "English", language="en")
    log = patient.get("/portal/log")
    assert "23 Nov 2026 10:00" in log.text


def test_how_it_goes_with_a_goal_is_told_and_seen_by_the_clinic(web, patient, plan_id):
    own_goal(web, plan_id)
    page = patient.open()
    assert "Gå til bageren" in page.text
    assert press(page, "Gem").status == 422
    press(page, "Gem", progress="improving")
    goal = web.get(f"/api/v1/plans/{plan_id}").json["goals"][-1]
    assert goal["progress"] == "improving"


def test_the_patient_ends_and_rewords_no_goal(web, patient, plan_id):
    own_goal(web, plan_id)
    press(patient.open(), "Gem", progress="worsening", state="achieved", text="Andet")
    goal = web.get(f"/api/v1/plans/{plan_id}").json["goals"][-1]
    assert (goal["progress"], goal["state"], goal["title"]) == (None, "active", "Gå til bageren")


def test_questions_are_written_removed_and_bounded(web, patient, plan_id):
    page = patient.open()
    assert press(page, "Tilføj").status == 422
    for number in range(5):
        page = press(page, "Tilføj", text=f"Spørgsmål {number}?")
    full = press(page, "Tilføj", text="Et til?")
    assert (full.status, "Et til?" in full.text) == (409, True)
    page = press(patient.get("/portal"), "Fjern: Spørgsmål 0?")
    assert "Spørgsmål 0?" not in page.text
    assert "Spørgsmål 1?" in page.text


def test_the_front_page_tells_what_the_clinic_sees(web, patient, plan_id):
    give(web, plan_id)
    assert "Klinikken kan se" in patient.open().text


def test_titles_and_addresses_name_no_handout_and_no_diagnosis(web, patient, plan_id):
    give(web, plan_id)
    pages = [patient.open()]
    pages.append(press(pages[0], "Pjece om knowledge"))
    for page in pages:
        assert page.words("title") == ["Din information fra klinikken"]
        links = [each.get("href") or each.get("action") for each in page.select("a, form")]
        assert not [link for link in links if re.search("knowledge|stenos|spin|lumbar", link or "")]
        assert "Lumbal spinalstenose" not in page.text  # the clinicians' word for it


def test_logging_out_clears_the_browser_and_ends_the_login(web, patient, plan_id):
    page = patient.open()
    cookie = patient.client.get_cookie("__Host-education_plan_portal")
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Lax", True)
    action, fields = form(page, "Log ud")
    answer = patient.client.post(action, data=fields)
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    patient.client.set_cookie("__Host-education_plan_portal", cookie.value)
    assert patient.client.get("/portal").status_code == 401


def test_a_login_opens_no_clinicians_page_and_a_launch_no_patients(web, patient, plan_id):
    login = web.login_link().partition("code=")[2]
    launch = web.launch_link().partition("code=")[2]
    assert web.client.get(f"/clinician/launch?code={login}").status_code == 401
    assert web.client.get(f"/portal/enter?code={launch}").status_code == 401
    for page, good, other in (("clinician", launch, login), ("portal", login, launch)):
        name = {"clinician": "launch", "portal": "portal"}[page]
        path = {"clinician": "/clinician/plans?all=1", "portal": "/portal"}[page]
        for code, status in ((other, 401), (good, 200)):
            web.client.set_cookie(f"__Host-education_plan_{name}", code)
            assert web.client.get(path).status_code == status


def test_a_shared_device_holds_one_login_at_a_time(web, patient, plan_id):
    patient.open()
    first = patient.client.get_cookie("__Host-education_plan_portal").value
    patient.open("Patient/p2")
    patient.client.set_cookie("__Host-education_plan_portal", first)
    assert patient.client.get("/portal").status_code == 401


def test_the_log_tells_who_when_and_what(web, patient, plan_id):
    give(web, plan_id)
    press(patient.open(), "Pjece om knowledge")
    rows = patient.get("/portal/log").words(".log li")
    assert "23. nov. 2026 10.00 Dig selv Læste en tekst" in rows
    assert any("Behandler: demo-clinician Gav dig en tekst at læse" in row for row in rows)
    assert any("System: demo-system Sendte et besøg" in row for row in rows)


def test_who_looks_again_and_again_has_one_line_for_it(web, patient, plan_id):
    for _ in range(3):
        assert web.get(f"/api/v1/plans/{plan_id}", role="clinician").status_code == 200
    patient.open()
    rows = patient.get("/portal/log").words(".log li")
    looked = [row for row in rows if "demo-clinician" in row]
    assert looked == [
        "23. nov. 2026 10.00 Behandler: demo-clinician Så på din plan (3 gange i træk)"
    ]


def test_own_data_is_fetched_without_what_is_for_clinicians(web, patient, plan_id):
    give(web, plan_id)
    told = {
        "topics": [{"id": "knowledge", "outcome": "taught"}],
        "methods": ["talk"],
        "mood": {"text": "Utryg på trapper"},
    }
    web.client.post(
        f"/api/v1/plans/{plan_id}/teachings", json=told, headers=web.headers("clinician")
    )
    patient.open()
    answer = patient.client.get("/portal/data/record.json")
    assert answer.content_type == "application/fhir+json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record.json"'
    kinds = {entry["resource"]["resourceType"] for entry in answer.json["entry"]}
    assert {"CarePlan", "Communication", "Goal", "DocumentReference"} <= kinds
    assert all(e["fullUrl"].startswith(f"{SERVICE_URL}/fhir/") for e in answer.json["entry"])
    for path in ("/portal/data/record.json", "/portal/data", "/portal/summary", "/portal"):
        assert "Utryg" not in patient.client.get(path).text


def test_the_last_visit_is_told_on_one_page(web, patient, plan_id):
    patient.open()
    assert patient.client.get("/portal/summary").status_code == 404
    told = {"topics": [{"id": "knowledge", "outcome": "taught"}], "methods": ["talk"]}
    web.client.post(
        f"/api/v1/plans/{plan_id}/teachings", json=told, headers=web.headers("clinician")
    )
    page = patient.get("/portal").click("Dit seneste besøg")
    assert "Vi talte om" in page.text
    assert "Om knowledge" in page.text


def test_what_was_taken_back_is_gone_and_a_closed_course_stays_readable(web, patient, plan_id):
    give(web, plan_id)
    give(web, plan_id, "all")
    path = f"/api/v1/plans/{plan_id}"
    headers = web.headers("clinician")
    gone = {"withdrawn": True, "reason": "Forkert"}
    web.client.post(f"{path}/handouts/all/assignments", json=gone, headers=headers)
    web.client.post(f"{path}/close", json={"reason": "Flyttet"}, headers=headers)
    page = patient.open()
    assert page.words(".title") == ["Pjece om knowledge"]
    assert not page.select("textarea")
    assert press(page, "Pjece om knowledge").status == 200


# Isolation: every address of every patient of two clinics, asked for by each of the others.

PEOPLE = [(tenant, f"Patient/p{n}") for tenant in ("demo", "other") for n in (1, 2)]
MISSING = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def everybody(web):
    """What each patient's pages lead to: addresses, and forms with all that they send."""
    found = {}
    for tenant, patient in PEOPLE:
        name = patient.partition("/")[2]
        plan_id = a_plan_of(web, name, f"{name}-1", tenant)
        for handout in ("knowledge", "all"):
            give(web, plan_id, handout, tenant)
        headers = web.headers("clinician", tenant=tenant)
        path = f"/api/v1/plans/{plan_id}"
        web.client.post(f"{path}/goals", json={"text": f"Mål {name}"}, headers=headers)
        told = {"topics": [{"id": "knowledge", "outcome": "taught"}], "methods": ["talk"]}
        web.client.post(f"{path}/teachings", json=told, headers=headers)
        browser = Patient(web.client.application.test_client(), web.login_link)
        page = browser.open(patient, tenant=tenant)
        press(page, "Tilføj", text=f"Spørgsmål fra {name} i {tenant}?")
        found[tenant, patient] = browser, crawl(browser)
    return found


def crawl(browser):
    """Every address that can be reached from the front page, and every form on the way."""
    seen, forms, waiting = set(), [], ["/portal"]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/portal"):
            continue
        seen.add(path)
        answer = browser.client.get(path)
        if "html" not in answer.content_type:
            continue
        page = Shown(browser, answer)
        waiting += [a.get("href").partition("#")[0] for a in page.select("a[href]")]
        for each in page.doc.forms:
            action = each.get("action")
            forms.append((action, dict(each.form_values())))
            if action.endswith("/open"):
                waiting.append(action.removesuffix("/open"))
    return seen, forms


def is_personal(path):
    return re.search("[0-9a-f]{8}-", path) is not None


def test_another_patients_address_looks_like_one_that_is_not_there(everybody):
    for who, (browser, _own) in everybody.items():
        missing = browser.client.get(f"/portal/handouts/{MISSING}")
        assert missing.status_code == 404
        others = {p for other, (_, (paths, _)) in everybody.items() if other != who for p in paths}
        personal = [path for path in sorted(others) if is_personal(path)]
        assert len(personal) >= 6
        for path in personal:
            answer = browser.client.get(path)
            assert (answer.status_code, answer.data) == (404, missing.data), path


def test_another_patients_form_looks_like_one_that_leads_nowhere(everybody):
    for who, (browser, (_paths, own_forms)) in everybody.items():
        csrf = own_forms[0][1]["csrf"]
        other_forms = [f for o, (_, (_, forms)) in everybody.items() if o != who for f in forms]
        nowhere = {"csrf": csrf, "plan": MISSING, "question": "9", "text": "Hej?"}
        missing = browser.client.post("/portal/questions/remove", data=nowhere)
        assert missing.status_code == 404
        tried = 0
        for action, fields in other_forms:
            if not (is_personal(action) or "plan" in fields):
                continue
            tried += 1
            told = fields | {"csrf": csrf, "text": "Hej?", "progress": "improving"}
            answer = browser.client.post(action, data=told)
            assert (answer.status_code, answer.data) == (404, missing.data), action
        assert tried >= 9


def test_nobodys_pages_hold_another_patients_words(everybody):
    for (tenant, patient), (browser, (paths, _forms)) in everybody.items():
        mine = f"Spørgsmål fra {patient.partition('/')[2]} i {tenant}?"
        shown = [browser.client.get(path).text for path in sorted(paths) if "pdf" not in path]
        assert any(mine in text for text in shown)
        for text in shown:
            assert not set(re.findall(r"Spørgsmål fra p\d i \w+\?", text)) - {mine}


def test_a_text_that_was_withdrawn_says_so_and_shows_no_word_of_it(make_web):
    withdrawn = {("another", "1.0.0"): Withdrawal("")}
    web = make_web(withdrawn=withdrawn)
    plan_id = a_plan_of(web, "p1", "e1")
    give(web, plan_id)
    browser = Patient(web.client, web.login_link)
    page = press(browser.open(), "Pjece om knowledge")
    assert page.status == 200
    withdrawn["lumbar-spinal-stenosis", "1.0.0"] = Withdrawal("En fejl om medicin")
    gone = browser.get(page.path)
    assert (gone.status, gone.words("h1")) == (410, ["Denne tekst er trukket tilbage"])
    assert "knowledge, full" not in gone.text
    assert "medicin" not in gone.text


def test_every_page_and_every_file_leaves_a_row_in_the_audit_trail(web, patient, plan_id):
    give(web, plan_id)
    page = press(patient.open(), "Pjece om knowledge")
    for path in ("/portal", page.path, "/portal/log", "/portal/data/record.json"):
        before = web.rows("audit")
        assert patient.client.get(path).status_code == 200
        assert web.rows("audit") == before + 1, path
