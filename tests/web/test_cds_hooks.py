"""CDS Hooks: a record asks, and hears what there is. A card never says what to do."""

import json
import re

import orjson
import pytest

from service.domain.content import Audience, Edition
from service.web.parts import Clinic
from tests.builders import a_pack, text
from tests.conftest import FHIR, JSON, LAUNCH_URL
from tests.corpora.mutate import mutants
from tests.posted import (
    DANISH,
    LUMBAR,
    SKS,
    SNOMED,
    a_bundle,
    a_condition,
    a_patient,
    an_encounter,
    coding,
)
from tests.web.hooks import DISCHARGE, HOOKS, START, VIEW, a_call, found, refused
from tests.web.hooks_schema import CARDS, SERVICES, faults

NECK = coding(SNOMED, "83561009")
HYPERTENSION = coding(SNOMED, "38341003")


@pytest.fixture
def ask(web):
    """The cards of a call that goes well."""

    def of(service=START, **more):
        answer = web.hook(service, a_call(service, **more))
        assert (answer.status_code, answer.content_type) == (200, JSON), answer.text
        assert faults(answer.json, CARDS) == []
        return answer.json["cards"]

    return of


def conditions(*codings, **more):
    return found(*(a_condition(each, id=f"c{n}", **more) for n, each in enumerate(codings, 1)))


# Discovery


def test_discovery_tells_of_three_services_to_anybody(web):
    answer = web.client.get("/cds-services")
    assert (answer.status_code, answer.content_type) == (200, JSON)
    assert faults(answer.json, SERVICES) == []
    assert {each["id"]: each["hook"] for each in answer.json["services"]} == HOOKS


def test_templates_name_nothing_that_the_hook_does_not_give(web):
    given = {"context.patientId", "context.encounterId"}
    for service in web.client.get("/cds-services").json["services"]:
        told = re.findall(r"{{(.*?)}}", " ".join(service["prefetch"].values()))
        optional = {"context.encounterId"} if service["hook"] == "patient-view" else set()
        assert set(told) <= given - optional
        assert "Patient/" not in str(service["prefetch"]), "nothing of the person is asked for"


# Cards


@pytest.mark.parametrize("service", HOOKS)
def test_what_there_is_for_the_codes_comes_as_one_card(ask, service):
    (card,) = ask(service)
    assert card["summary"] == "Materiale til patientuddannelse: Lumbal spinalstenose"
    assert re.findall(r"^- (.*)$", card["detail"], re.M) == ["Knowledge", "Prognosis", "Work"]
    assert "Kladde" in card["detail"]


def test_the_suggestion_creates_one_resource_that_needs_no_other(ask):
    (card,) = ask()
    ((action,),) = (each["actions"] for each in card["suggestions"])
    plan = action["resource"]
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    assert (plan["subject"], plan["encounter"]) == (
        {"reference": "Patient/p1"},
        {"reference": "Encounter/e1"},
    )
    assert "urn:uuid" not in json.dumps(plan | {"identifier": []})
    assert "1901" not in json.dumps(card)
    assert "1902" not in json.dumps(card)
    assert plan["period"]["start"] == "2026-11-23T09:00:00Z"
    assert "23.11.2026" in plan["text"]["div"]


def test_a_suggestion_for_the_same_encounter_has_the_same_identity(ask):
    def identity():
        (card,) = ask()
        return card["suggestions"][0]["actions"][0]["resource"]["identifier"]

    assert identity() == identity()


def test_every_card_and_suggestion_has_an_id_of_its_own(ask):
    ids = [i for _ in range(3) for c in ask() for i in (c["uuid"], c["suggestions"][0]["uuid"])]
    assert len(set(ids)) == 6


def test_the_link_leads_to_the_pages_and_names_the_pack_and_no_person(ask):
    (card,) = ask()
    (link,) = card["links"]
    assert link["url"] == LAUNCH_URL
    context = json.loads(link["appContext"])
    assert context == {"pack": "lumbar-spinal-stenosis", "version": "1.0.0"}


def test_reasons_to_set_a_card_aside_are_those_that_teaching_is_documented_with(ask):
    (card,) = ask()
    reasons = [each["code"] for each in card["overrideReasons"]]
    assert reasons == ["already-known", "patient-objection", "not-relevant", "deferred", "no-time"]


def test_a_possible_match_says_that_a_clinician_decides(ask):
    (card,) = ask(prefetch={"conditions": found(a_condition(*DANISH)), "encounter": an_encounter()})
    assert "en kliniker afgør" in card["summary"]
    assert "Koden siger ikke hvor i ryggen." in card["detail"]


@pytest.mark.parametrize("codes", [(NECK,), (HYPERTENSION,), (NECK, coding(SKS, "DM480"))])
def test_what_no_pack_covers_is_no_card(ask, codes):
    asked = {"conditions": found(a_condition(*codes)), "encounter": an_encounter()}
    assert ask(prefetch=asked) == []


def test_what_no_pack_could_cover_is_no_card(ask):
    nothing = an_encounter()
    del nothing["diagnosis"]
    assert ask(prefetch={"conditions": found(), "encounter": nothing}) == []
    own = a_condition(coding("https://clinic.example/codes", "X"))
    assert ask(prefetch={"conditions": found(own), "encounter": an_encounter()}) == []
    called_off = an_encounter(status="cancelled")
    assert ask(prefetch={"conditions": found(a_condition()), "encounter": called_off}) == []


def test_a_card_speaks_the_language_and_edition_of_the_clinic(make_web):
    web = make_web(clinic=Clinic(Edition.PIXI, "en"))
    (card,) = web.hook(START, a_call()).json["cards"]
    assert card["summary"].startswith("Material for patient education")
    assert card["overrideReasons"][0]["display"] == "Already known"
    plan = card["suggestions"][0]["actions"][0]["resource"]
    assert (plan["language"], plan["extension"][0]["valueCode"]) == ("en", "pixi")


def test_a_long_title_is_cut_so_that_a_summary_stays_one(make_web):
    words = {audience: text("Stenose " * 40) for audience in Audience}
    (card,) = make_web(a_pack(title=words)).hook(START, a_call()).json["cards"]
    assert len(card["summary"]) == 139
    assert card["summary"].endswith("…")


def test_nothing_that_was_measured_of_the_person_changes_a_card(web):
    """Catalogue: only the codes, and whose and which encounter it is."""

    def said(**more):
        prefetch = {"conditions": found(a_condition()), "encounter": an_encounter(), **more}
        answer = web.hook(START, a_call(prefetch=prefetch))
        return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"", answer.data)

    severe = a_condition(severity={"coding": [coding(SNOMED, "24484000")]}, onsetAge={"value": 81})
    pain = {"resourceType": "Observation", "status": "final", "valueInteger": 9}
    others = [
        {"conditions": found(severe)},
        {"patient": a_patient(birthDate="1931-05-05", gender="male")},
        {"pain": pain, "pains": found(pain)},
    ]
    usual = said()
    assert b'"cards":[{' in usual
    assert [said(**each) == usual for each in others] == [True] * 3


# A plan that stands


def test_a_plan_that_stands_is_told_of_with_what_is_open(web, ask):
    plan = web.post(a_bundle()).headers["Location"].rpartition("/")[2]
    for service in HOOKS:
        (card,) = ask(service)
        assert card["summary"] == "Plan for patientuddannelse: 3 af 3 emner er ikke afsluttet"
        assert "suggestions" not in card
        assert json.loads(card["links"][0]["appContext"])["plan"] == plan


def test_what_is_open_is_told_in_the_order_of_the_guideline_whatever_was_understood(web, ask, send):
    plan = web.post(a_bundle()).headers["Location"]
    told = [
        {"id": "work", "outcome": "taught", "understanding": "not-understood"},
        {"id": "knowledge", "outcome": "taught", "understanding": "understood"},
    ]
    assert send(f"{plan}/teachings", {"topics": told, "methods": ["talk"]}).status_code == 201
    again = an_encounter(id="e2")
    web.post(a_bundle(a_patient(), again, a_condition()))
    (card,) = ask(
        context={"userId": "Practitioner/x", "patientId": "p1", "encounterId": "e2"},
        prefetch={"conditions": found(a_condition()), "encounter": again},
    )
    assert card["summary"] == "Plan for patientuddannelse: 2 af 3 emner er ikke afsluttet"
    assert re.findall(r"^- (.*)$", card["detail"], re.M) == ["Prognosis", "Work"]


def test_when_nothing_is_open_there_is_no_card(web, ask, send):
    plan = web.post(a_bundle()).headers["Location"]
    topics = [
        {"id": name, "outcome": "taught", "understanding": "understood"}
        for name in ("knowledge", "prognosis", "work")
    ]
    assert send(f"{plan}/teachings", {"topics": topics, "methods": ["talk"]}).status_code == 201
    assert ask(DISCHARGE) == []


def test_asking_stores_no_plan_and_is_on_the_audit_trail(web, ask):
    ask()
    assert web.stored == dict.fromkeys(web.stored, 0)
    with web.database.reading() as connection:
        rows = connection.execute("SELECT * FROM audit WHERE tenant = ?", ("demo",)).fetchall()
    assert "plan.propose" in str(rows)
    assert "Patient/p1" in str(rows)


# The same selection as every other door

CASES = {
    "exact": [LUMBAR],
    "Danish, possible": DANISH,
    "possible beside exact": [coding(SKS, "DM480"), LUMBAR],
}


@pytest.mark.parametrize("codes", CASES.values(), ids=CASES)
@pytest.mark.parametrize("edition", ["full", "pixi"])
def test_a_hook_selects_what_posting_the_encounter_selects(make_web, codes, edition):
    web = make_web(clinic=Clinic(Edition(edition)))
    prefetch = {"encounter": an_encounter(), "conditions": found(a_condition(*codes))}
    (card,) = web.hook(START, a_call(prefetch=prefetch)).json["cards"]
    suggested = card["suggestions"][0]["actions"][0]["resource"]
    posted = web.post(a_bundle(a_patient(), an_encounter(), a_condition(*codes))).json["entry"]
    careplan = posted[0]["resource"]
    requests = [e["resource"] for e in posted if e["resource"]["resourceType"] == "ServiceRequest"]
    for name in ("instantiatesCanonical", "title", "subject", "encounter", "addresses", "author"):
        assert suggested.get(name) == careplan.get(name), name
    assert suggested["extension"][0] == careplan["extension"][0]
    details = [each["detail"] for each in suggested["activity"]]
    same = ("instantiatesCanonical", "code", "reasonReference")
    assert [[d.get(n) for n in same] for d in details] == [
        [r.get(n) for n in same] for r in requests
    ]
    exact = careplan["status"] == "active"
    assert exact == card["summary"].startswith("Materiale til")


# What is sent along, and what is not


def test_conditions_of_the_problem_list_are_enough_for_the_view_of_a_patient(ask):
    (card,) = ask(VIEW, prefetch={"conditions": conditions(HYPERTENSION, LUMBAR)})
    plan = card["suggestions"][0]["actions"][0]["resource"]
    assert "encounter" not in plan
    assert plan["addresses"] == [{"reference": "Condition/c2"}]


def test_names_of_what_is_sent_along_do_not_matter(ask):
    bare = {"a": an_encounter(), "b": a_condition(), "c": None, "d": a_patient()}
    assert len(ask(prefetch=bare)) == 1


@pytest.mark.parametrize(
    ("service", "prefetch"),
    [
        (START, None),
        (START, {}),
        (START, {"conditions": found(a_condition())}),
        (START, {"encounter": an_encounter()}),
        (START, {"encounter": an_encounter(id="e2"), "conditions": found(a_condition())}),
        (VIEW, None),
        (VIEW, {"conditions": None}),
        (VIEW, {"conditions": {"resourceType": "OperationOutcome", "issue": []}}),
        (DISCHARGE, {"encounter": an_encounter(), "conditions": found()}),
    ],
)
def test_what_is_not_sent_and_cannot_be_read_is_told(web, service, prefetch):
    answer = web.hook(service, a_call(service, prefetch=prefetch))
    assert refused(answer) == (412, "data-missing", "request.prefetch")


OTHER = {"reference": "Patient/p2"}
BAD = {
    "another hook": ({"hook": "order-sign"}, 422, "request.hook"),
    "no instance": ({"hookInstance": None}, 422, "request.hookInstance"),
    "an instance that is none": ({"hookInstance": "7"}, 422, "request.hookInstance"),
    "no context": ({"context": None}, 422, "request.context"),
    "no user": ({"context": {"patientId": "p1"}}, 422, "request.context.userId"),
    "no patient": ({"context": {"userId": "Practitioner/1"}}, 422, "request.context.patientId"),
    "no encounter": (
        {"context": {"userId": "Practitioner/1", "patientId": "p1"}},
        422,
        "request.context.encounterId",
    ),
    "a patient that is a path": (
        {"context": {"userId": "P/1", "patientId": "../Patient/1", "encounterId": "e1"}},
        422,
        "request.context.patientId",
    ),
    "a token for no server": (
        {"fhirAuthorization": {"access_token": "x"}},
        422,
        "request.fhirServer",
    ),
    "a list sent along": ({"prefetch": []}, 422, "request.prefetch"),
    "another patient's encounter": (
        {"prefetch": {"e": an_encounter(subject=OTHER), "c": found(a_condition())}},
        422,
        "request.prefetch.e.subject",
    ),
    "another patient's condition": (
        {"prefetch": {"e": an_encounter(), "c": found(a_condition(subject=OTHER))}},
        422,
        "request.prefetch.c.entry[0].resource.subject",
    ),
    "a status that R4 has not": (
        {"prefetch": {"e": an_encounter(status="banana"), "c": found(a_condition())}},
        400,
        "request.prefetch.e.status",
    ),
    "a code that is none": (
        {"prefetch": {"e": an_encounter(), "c": found(a_condition(coding(SNOMED, "x")))}},
        422,
        "request.prefetch.c.entry[0].resource.code.coding[0].code",
    ),
}


@pytest.mark.parametrize("service", [START, DISCHARGE])
@pytest.mark.parametrize("said", [{}, {"encounterId": None}, {"encounterId": ""}])
def test_a_hook_of_an_encounter_names_it(web, service, said):
    """Required by both hooks; HealthChain's client leaves it out at discharge. It is not guessed:
    what was sent along may be of another encounter than the one that ends."""
    context = {"userId": "Practitioner/fys1", "patientId": "p1"} | said
    found_status, code, place = refused(web.hook(service, a_call(service, context=context)))
    assert (found_status, code, place) == (422, "invalid-field", "request.context.encounterId")
    assert web.stored == dict.fromkeys(web.stored, 0)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_call_is_told_with_its_place(web, name):
    change, status, place = BAD[name]
    found_status, _, found_place = refused(web.hook(START, a_call(**change)))
    assert (found_status, found_place) == (status, place)


def test_a_body_that_is_no_json_is_refused(web):
    assert refused(web.hook(START, b"{"))[:2] == (400, "malformed-json")
    assert refused(web.hook(START, b"{}", **{"Content-Type": FHIR}))[0] == 415
    assert refused(web.hook("nothing", a_call()))[:2] == (404, "not-found")


def test_no_mutant_breaks_it(web):
    for body in mutants([orjson.dumps(a_call())], seed=20261126, count=150):
        answer = web.hook(START, body)
        assert answer.status_code in (200, 400, 412, 413, 422), body
        if answer.status_code == 200:
            assert faults(answer.json, CARDS) == []
