"""What happens in visits, as FHIR: whatever it is, the record is told a story that holds."""

import itertools
import json
from collections import Counter

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.correcting import correct_session, correct_teaching
from service.domain.documenting import close_plan, record_session
from service.domain.errors import ServiceError
from service.domain.teaching import Mood, MoodCue, Outcome, Understanding
from service.fhir import r4, urls
from service.fhir.bundle import to_bundle
from service.fhir.record import PlanRevision, versions_of
from service.fhir.restricted import for_patients, is_restricted
from tests.builders import CHANGE, a_plan, a_session, a_teaching
from tests.course import courses
from tests.walk import references

UNCLEAR = a_teaching(understanding=Understanding.NOT_UNDERSTOOD)
CLEAR = a_teaching(understanding=Understanding.UNDERSTOOD)


def bundle_of(plan):
    return to_bundle(plan, service_url="https://e.example", caller="ehr")


def resources(plan, kind=""):
    found = [entry["resource"] for entry in bundle_of(plan)["entry"]]
    return [each for each in found if kind in ("", each["resourceType"])]


def after(*sessions):
    plan = a_plan()
    for session in sessions:
        plan = record_session(plan, session, CHANGE)
    return plan


def statuses(plan, kind):
    return [each["status"] for each in resources(plan, kind)]


def provenance_targets(plan):
    called = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle_of(plan)["entry"]}
    (told,) = resources(plan, "Provenance")
    return Counter(called[target["reference"]] for target in told["target"])


def test_a_topic_that_was_taught_completes_its_request():
    plan = after(a_session(CLEAR))
    assert statuses(plan, "ServiceRequest") == ["completed", "active", "active"]
    (taught,) = resources(plan, "Communication")
    assert (taught["status"], taught["sent"]) == ("completed", "2026-11-23T09:00:00Z")
    (result,) = resources(plan, "Observation")
    assert result["basedOn"] == taught["basedOn"]
    assert result["valueCodeableConcept"]["coding"][0]["code"] == "understood"


def test_what_was_not_understood_stays_asked_for():
    plan = after(a_session(UNCLEAR))
    assert statuses(plan, "ServiceRequest")[0] == "active"
    assert statuses(plan, "Communication") == ["completed"]


def test_nobody_observed_what_nobody_checked():
    assert resources(after(a_session(a_teaching())), "Observation") == []


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome.DEFERRED, "active", "deferred"),
        (Outcome.DECLINED, "revoked", "patient-objection"),
        (Outcome.NOT_RELEVANT, "revoked", "not-relevant"),
    ],
)
def test_what_was_not_taught_says_why(outcome, status, code):
    plan = after(a_session(a_teaching(outcome=outcome)))
    (missed,) = resources(plan, "Communication")
    assert missed["status"] == "not-done"
    assert missed["statusReason"]["coding"][0]["code"] == code
    assert "sent" not in missed
    request = resources(plan, "ServiceRequest")[0]
    assert request["status"] == status
    told = [e for e in request["extension"] if e["url"] == urls.EXT_STATUS_REASON]
    assert len(told) == (status == "revoked")


def test_what_is_taken_up_again_is_a_new_request_that_replaces_the_old():
    plan = after(a_session(a_teaching(outcome=Outcome.DECLINED)), a_session(CLEAR))
    first, second = resources(plan, "ServiceRequest")[:2]
    assert (first["status"], second["status"]) == ("revoked", "completed")
    assert second["replaces"] == [{"reference": first["identifier"][0]["value"]}]
    activity = resources(plan, "CarePlan")[0]["activity"]
    assert [len(each.get("outcomeReference", ())) for each in activity[:2]] == [1, 2]


def test_what_was_taught_answers_the_first_request_when_what_closed_that_was_an_error():
    plan = after(a_session(a_teaching(outcome=Outcome.DECLINED)), a_session(CLEAR))
    plan = correct_session(plan, 1, "Forkert patient", CHANGE)
    requests = {r["identifier"][0]["value"]: r["status"] for r in resources(plan, "ServiceRequest")}
    _declined, taught = resources(plan, "Communication")
    (based,) = taught["basedOn"]
    assert (taught["status"], requests[based["reference"]]) == ("completed", "completed")
    assert faults(bundle_of(plan)) == []


def test_an_error_stays_in_the_record_and_out_of_the_plan():
    plan = correct_teaching(after(a_session(CLEAR)), 2, "Tastefejl", None, CHANGE)
    assert statuses(plan, "Communication") == ["entered-in-error"]
    assert statuses(plan, "Observation") == ["entered-in-error"]
    assert statuses(plan, "ServiceRequest")[0] == "active"
    assert "outcomeReference" not in resources(plan, "CarePlan")[0]["activity"][0]
    assert "Tastefejl" in json.dumps(resources(plan, "Communication"))


def test_the_note_stands_in_the_record_and_an_error_of_it_too():
    plan = after(a_session(CLEAR))
    (note,) = [d for d in resources(plan, "DocumentReference") if "subject" in d]
    assert (note["status"], note["content"][0]["attachment"]["language"]) == ("current", "da")
    plan = correct_session(plan, 1, "Fejl", CHANGE)
    (note,) = [d for d in resources(plan, "DocumentReference") if "subject" in d]
    assert note["status"] == "entered-in-error"


def test_what_is_open_when_a_plan_ends_is_revoked_with_the_reason():
    plan = close_plan(after(a_session(CLEAR)), "Flyttet til Aarhus", CHANGE)
    assert statuses(plan, "ServiceRequest") == ["completed", "revoked", "revoked"]
    careplan = resources(plan, "CarePlan")[0]
    assert (careplan["status"], careplan["period"]["end"]) == ("completed", "2026-11-23T09:00:00Z")
    assert "Flyttet til Aarhus" in json.dumps(resources(plan, "ServiceRequest")[1])


def test_provenance_names_what_its_revision_wrote_and_whoever_wrote_it():
    plan = after(a_session(CLEAR))
    assert provenance_targets(plan) == {
        "CarePlan": 1,
        "ServiceRequest": 1,
        "Communication": 1,
        "Observation": 1,
        "DocumentReference": 1,
    }
    (told,) = resources(plan, "Provenance")
    assert told["agent"][0]["who"] == {"reference": "Practitioner/fys1"}


def test_what_changed_replaces_what_stands_and_the_rest_is_made_once():
    entries = bundle_of(after(a_session(CLEAR)))["entry"]
    verbs = {(e["resource"]["resourceType"], e["request"]["method"]) for e in entries}
    assert verbs == {
        ("CarePlan", "PUT"),
        ("ServiceRequest", "PUT"),
        ("ServiceRequest", "POST"),
        ("Goal", "POST"),
        ("DocumentReference", "POST"),
        ("DocumentReference", "PUT"),
        ("Communication", "PUT"),
        ("Observation", "PUT"),
        ("Provenance", "POST"),
    }


def test_what_is_for_clinicians_is_hidden_from_the_patient_with_every_pointer_to_it():
    plan = after(a_session(CLEAR, mood=Mood((MoodCue.FEAR,), "utryg")))
    history = versions_of([PlanRevision(plan, orjson.dumps(bundle_of(plan)))])
    hidden = {name for name, all_of_it in history.items() if is_restricted(all_of_it[-1].resource)}
    assert {name.rpartition(".")[0][-1] for name in hidden} == {"m", "n"}
    shown = for_patients(history)
    assert set(shown) == set(history) - hidden
    told = json.dumps([version.resource for versions in shown.values() for version in versions])
    assert "utryg" not in told
    assert [name for name in hidden if name in told] == []


TOPICS = st.sampled_from(["knowledge", "prognosis", "work"])
STEPS = st.one_of(
    st.tuples(
        st.just("sign"),
        TOPICS,
        st.sampled_from(Outcome),
        st.sampled_from(Understanding),
    ),
    st.tuples(st.just("correct"), st.integers(1, 12), st.booleans()),
    st.tuples(st.just("close"), st.booleans()),
)


def step(plan, what, *told):
    if what == "sign":
        topic, outcome, result = told
        return record_session(
            plan, a_session(a_teaching(topic, outcome, understanding=result)), CHANGE
        )
    if what == "close":
        return close_plan(plan, "Flyttet", CHANGE, revoked=told[0])
    number, again = told
    known = [t for s in plan.sessions for t in s.teachings if t.number == number]
    instead = a_teaching(known[0].topic) if again and known else None
    return correct_teaching(plan, number, "Fejl", instead, CHANGE)


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=12))
def test_whatever_happens_every_revision_holds_together(steps):
    history, corrections = [], set()
    plan = a_plan()
    for each in (None, *steps):
        try:
            plan = step(plan, *each) if each else plan
        except ServiceError:
            continue
        if each and each[0] == "correct":
            corrections.add(plan.revision)
        bundle = bundle_of(plan)
        assert faults(bundle) == []
        history.append(PlanRevision(plan, orjson.dumps(bundle)))
    for versions in versions_of({h.plan.revision: h for h in history}.values()).values():
        # Only what was an error moves from one end to the other.
        moves = [
            (before.resource.get("status"), after.resource.get("status"))
            for before, after in itertools.pairwise(versions)
            if after.number not in corrections
        ]
        assert not {("completed", "revoked"), ("revoked", "completed")} & set(moves)


def test_a_topic_whose_teaching_was_an_error_is_revoked_with_the_plan_that_ended():
    plan = record_session(
        a_plan(), a_session(a_teaching(understanding=Understanding.UNDERSTOOD)), CHANGE
    )
    plan = correct_teaching(close_plan(plan, "Flyttet", CHANGE), 2, "Fejl", None, CHANGE)
    requests = [e["resource"] for e in bundle_of(plan)["entry"] if "intent" in e["resource"]]
    statuses = [r["status"] for r in requests if r["resourceType"] == "ServiceRequest"]
    assert set(statuses) == {"revoked"}


@pytest.mark.parametrize("plan", courses(), ids=lambda plan: plan.state.value)
def test_a_course_that_says_everything_holds_together(plan):
    bundle = bundle_of(plan)
    assert faults(bundle) == []
    for entry in bundle["entry"]:
        r4.parse(json.loads(orjson.dumps(entry["resource"])))


def faults(bundle):
    """What leads nowhere, stands twice, or goes against rules (b) and (c) of the lifecycle."""
    urls_of = [entry["fullUrl"] for entry in bundle["entry"]]
    inside = {e["fullUrl"]: e["resource"] for e in bundle["entry"]}
    found = [url for url in references(bundle) if url.startswith("urn:") and url not in inside]
    found += [url for url, times in Counter(urls_of).items() if times > 1]
    plan = bundle["entry"][0]["resource"]
    taught = {
        based["reference"]
        for each in inside.values()
        if each["resourceType"] == "Communication" and each["status"] == "completed"
        for based in each["basedOn"]
    }
    for url, each in inside.items():
        if each["resourceType"] != "ServiceRequest":
            continue
        if each["status"] == "completed" and url not in taught:
            found.append(f"{url} is completed and was never taught")
        if plan["status"] in ("completed", "revoked") and each["status"] in ("active", "draft"):
            found.append(f"{url} is open in a plan that has ended")
    return found
