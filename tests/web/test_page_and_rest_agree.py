"""A whole course told on the page and over REST: the record gets the same, resource by resource."""

import re

import orjson
import pytest

from tests.conftest import FHIR
from tests.posted import a_visit

KINDS = (
    "CarePlan",
    "ServiceRequest",
    "Communication",
    "Observation",
    "Goal",
    "DocumentReference",
    "Provenance",
)
WHO = {"practitioner": "Practitioner/demo-clinician", "name": "demo-clinician"}
FIRST = {
    "topics": [
        {"id": "knowledge", "outcome": "taught", "understanding": "understood-with-help"},
        {
            "id": "prognosis",
            "outcome": "taught",
            "understanding": "not-understood",
            "note": "Hvorfor mig?",
        },
        {"id": "work", "outcome": "deferred", "reason": "no-time", "note": "Tages næste gang"},
    ],
    "edition": "pixi",
    "learners": ["patient", "relative"],
    "interpreter": True,
    "readiness": "accepting",
    "methods": ["talk", "practice"],
    "barriers": ["hearing", "worry"],
    "barriers_met": "Talte langsomt",
    "minutes": 25,
    "mood": {"cues": ["fear", "own-strategies"], "text": "Utryg på trapper"},
    "job": {"situation": "sick", "next_agreement": "Møde 1.12.", "text": "Vil gerne tilbage"},
    "next_step": "workplace-video",
    "text": "Kom med sin mand",
    "goals": [
        {
            "text": "Gå til bageren",
            "due": "2027-01-15",
            "target": "400 m",
            "steps": [{"text": "Til hjørnet"}],
        }
    ],
    "goal_changes": [{"id": "walk", "agreed": True, "text": "Gå en tur", "due": "2027-02-01"}],
}
SECOND = {
    "topics": [
        {"id": "prognosis", "outcome": "repeated", "understanding": "understood"},
        {"id": "work", "outcome": "declined"},
    ],
    "learners": ["patient"],
    "methods": ["talk"],
    "edition": "full",
    "note": "Med mine egne ord.",
    "goal_changes": [
        {"id": "walk", "state": "cancelled", "reason": "Vil hellere cykle"},
        {
            "id": "own-5",
            "progress": "worsening",
            "steps": [{"text": "Til hjørnet", "reached": "2026-11-23"}, {"text": "Til kirken"}],
            "due": "2027-03-01",
            "target": "200 m",
            "text": "Gå til kirken",
        },
    ],
}


TYPED_FIRST = {
    "result-knowledge": "understood-with-help",
    "result-prognosis": "not-understood",
    "note-prognosis": "Hvorfor mig?",
    "other-work": "deferred",
    "why_not-work": "no-time",
    "note-work": "Tages næste gang",
    "edition": "pixi",
    "readiness": "accepting",
    "barriers_met": "Talte langsomt",
    "minutes": "25",
    "mood_text": "Utryg på trapper",
    "job": "sick",
    "job_next": "Møde 1.12.",
    "job_text": "Vil gerne tilbage",
    "next_step": "workplace-video",
    "text": "Kom med sin mand",
    "goal_text": "Gå til bageren",
    "goal_date": "2027-01-15",
    "goal_target": "400 m",
    "words-walk": "Gå en tur",
    "due-walk": "2027-02-01",
}
TYPED_SECOND = {
    "result-prognosis": "understood",
    "other-work": "declined",
    "goal-walk": "cancelled",
    "why-walk": "Vil hellere cykle",
    "goal-own-5": "worsening",
    "step-own-5": "Til kirken",
    "due-own-5": "2027-03-01",
    "target-own-5": "200 m",
    "reworded-own-5": "Gå til kirken",
}
RIGHT = {"outcome": "taught", "understanding": "understood-with-help", "note": "Sagde det selv"}


def on_the_page(physio, post, of_plan):
    """The course, typed; `post` brings the second visit."""
    form = physio.open(**WHO).visit.tick("taught", "knowledge", "prognosis")
    form.tick("learner", "relative").tick("method", "practice").tick("interpreter", "yes")
    form.tick("barrier", "hearing", "worry").tick("cue", "fear", "own-strategies")
    form.tick("adopt-walk", "yes").fill(TYPED_FIRST)
    form.send("review", goal_step="Til hjørnet").form.send("sign")
    post()
    form = physio.open(encounter="Encounter/e2", **WHO).visit.tick("taught", "prognosis")
    form.tick("reached-own-5", "0").fill(TYPED_SECOND)
    page = form.send("review").form.fill({"note": "Med mine egne ord."}).send("sign")
    wrong = physio.get(f"{page.path}/entries/{the_second_try(of_plan)}/correct").form
    page = wrong.fill({"reason": "Tastefejl"} | RIGHT).send()
    wrong = physio.get(f"{page.path}/goals/own-5/correct").form
    page = wrong.fill({"reason": "Sagt af en anden"}).send()
    ended = physio.get(f"{page.path}/close").form
    ended.fill({"outcome": "revoked", "reason": "Flytter"}).send()


def the_second_try(of_plan):
    """The number of what was taught of the prognosis in the second session."""
    return next(number for number, topic in of_plan().items() if topic == ("prognosis", 1))


def over_rest(send, plan, post, of_plan):
    """The same course, sent."""

    def tell(path, told):
        answer = send(f"/api/v1/plans/{plan}/{path}", told)
        assert answer.status_code in (200, 201), answer.text

    tell("teachings", FIRST)
    post()
    tell("teachings", SECOND)
    number = the_second_try(of_plan)
    wrong = {"entry": "teaching", "id": number, "reason": "Tastefejl"}
    tell("corrections", wrong | {"replacement": RIGHT})
    tell("corrections", {"entry": "goal", "id": "own-5", "reason": "Sagt af en anden"})
    tell("close", {"outcome": "revoked", "reason": "Flytter"})


@pytest.fixture
def plan_of(web):
    def find(patient):
        (plan,) = web.get(f"/api/v1/plans?patient=Patient/{patient}").json["plans"]
        return plan["id"]

    return find


@pytest.fixture
def entries(web, plan_of):
    """The numbers of a patient's teachings: topic, and in which session it was."""

    def find(patient):
        told = web.get(f"/api/v1/plans/{plan_of(patient)}", role="clinician").json["sessions"]
        return {
            topic["id"]: (topic["topic"], place)
            for place, session in enumerate(told)
            for topic in session["topics"]
        }

    return find


def test_a_whole_course_is_the_same_in_the_record(physio, web, send, plan_of, entries):
    web.post(a_visit("p2", "first-p2"))
    on_the_page(physio, lambda: web.post(a_visit("p1", "e2")), lambda: entries("p1"))
    over_rest(
        send,
        plan_of("p2"),
        lambda: web.post(a_visit("p2", "second-p2")),
        lambda: entries("p2"),
    )
    page = in_the_record(web, "p1", plan_of("p1"), ("e1", "e2"))
    rest = in_the_record(web, "p2", plan_of("p2"), ("first-p2", "second-p2"))
    assert {kind: len(told) for kind, told in page.items()} == {
        "CarePlan": 1,
        "ServiceRequest": 3,
        "Communication": 6,
        "Observation": 6,
        "Goal": 2,
        "DocumentReference": 2,
        "Provenance": 7,
    }
    for kind in KINDS:
        assert page[kind] == rest[kind], kind


def test_a_group_session_is_the_same_in_the_record_of_each_participant(physio, web, send, plan_of):
    for patient in ("p2", "p3", "p4"):
        web.post(a_visit(patient, f"first-{patient}"))
    second = plan_of("p2")
    form = physio.open(participants=("Patient/p2",), **WHO).visit.tick("taught", "knowledge")
    form.tick("attended", second).fill(
        {
            "result-knowledge": "understood",
            f"result-knowledge-{second}": "not-understood",
            "text": "Kun om den første",
            "minutes": "60",
        }
    )
    form.send("review").form.send("sign")
    told = {
        "topics": [{"id": "knowledge", "outcome": "taught", "understanding": "understood"}],
        "methods": ["group"],
        "minutes": 60,
        "text": "Kun om den første",
        "participants": [
            {
                "plan": plan_of("p4"),
                "topics": [
                    {"id": "knowledge", "outcome": "taught", "understanding": "not-understood"}
                ],
            }
        ],
    }
    assert send(f"/api/v1/plans/{plan_of('p3')}/teachings", told).status_code == 201
    for page, rest in (("p1", "p3"), ("p2", "p4")):
        visit = "e1" if page == "p1" else f"first-{page}"
        on_page = in_the_record(web, page, plan_of(page), (visit,))
        over = in_the_record(web, rest, plan_of(rest), (f"first-{rest}",))
        assert on_page == over
        assert len(on_page["Communication"]) == 1


def in_the_record(web, patient, plan, encounters):
    """Every resource of the patient, without what makes two patients two."""
    found = {}
    for kind in KINDS:
        path = f"/fhir/{kind}?patient=Patient/{patient}&_count=100"
        answer = web.get(path, role="clinician", accept=FHIR).json
        found[kind] = sorted(
            plain(entry["resource"], patient, plan, encounters) for entry in answer["entry"]
        )
    return found


def plain(resource, patient, plan, encounters):
    text = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS).decode().replace(plan, "PLAN")
    text = re.sub(r"urn:uuid:[-0-9a-f]+", "KEY", text).replace(f"Patient/{patient}", "PATIENT")
    for number, encounter in enumerate(encounters, 1):
        text = text.replace(f'Encounter/{encounter}"', f'VISIT-{number}"')
    return text
