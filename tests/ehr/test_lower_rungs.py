"""What a record holds that takes little: always something that a clinician can use."""

import base64
from dataclasses import replace
from functools import partial

import pytest

from service.fhir.dialects import Dialect
from service.stand_in.shelf import TYPES, Abilities
from tests.builders import a_plan
from tests.course import documented
from tests.ehr.golden import after_the_visit, new_plan
from tests.ehr.test_delivery import dangling, identities

NOTES = ("DocumentReference",)


@pytest.fixture
def site(site):
    """Waits as long as in earnest: a busy machine is slow, and here nothing else is."""
    return partial(site, whole=10.0)


def delivered(site, abilities, **wishes):
    """The record after a visit in which much was said, and what became of the deliveries."""
    clinic = site(abilities, **wishes)
    first = new_plan()
    clinic.queue(first, after_the_visit())
    clinic.work()
    assert dangling(clinic.kept()) == set()
    found = identities(clinic.kept())
    assert len(found) == len(set(found))
    return clinic, clinic.states(first)


def test_where_plans_are_only_read_a_record_has_what_was_taught_how_it_went_and_the_note(site):
    """As in one of the largest: CarePlan and Goal are read-only, events and documents are taken."""
    taken = ("Communication", "Observation", *NOTES)
    clinic, states = delivered(site, Abilities(types=taken))
    assert states == ["delivered", "delivered"]  # at first the handouts
    kept = clinic.kept()
    taught, declined = sorted(kept["Communication"], key=lambda each: each["status"])
    assert (taught["status"], taught["topic"]["text"]) == ("completed", "Knowledge")
    assert (declined["status"], declined["topic"]["text"]) == ("not-done", "Work")
    (understood,) = (each for each in kept["Observation"] if "method" in each)
    assert understood["valueCodeableConcept"]["coding"][0]["code"] == "partial"
    assert "Knowledge" in understood["code"]["text"]
    assert "Gå til bageren og hjem" in the_note(kept)


def test_where_no_communication_is_taken_what_was_taught_is_a_procedure(site):
    clinic, _ = delivered(site, Abilities(types=("Procedure", "Observation", *NOTES)))
    kept = clinic.kept()
    taught, declined = sorted(kept["Procedure"], key=lambda each: each["status"])
    assert (taught["status"], taught["code"]["text"]) == ("completed", "Knowledge")
    assert taught["performedDateTime"]
    assert taught["performer"] == [{"actor": {"reference": "Practitioner/fys1"}}]
    assert declined["status"] == "not-done"
    assert declined["statusReason"]["coding"][0]["code"] == "patient-objection"
    (understood,) = (each for each in kept["Observation"] if "method" in each)
    assert understood["partOf"] == [{"reference": f"Procedure/{taught['id']}"}]


def test_a_record_that_takes_both_gets_no_procedures(site):
    clinic, _ = delivered(site, Abilities(types=(*TYPES, "Procedure")))
    assert clinic.kept()["Procedure"] == []
    assert len(clinic.kept()["Communication"]) == 2


def test_a_procedure_is_based_on_its_request_and_came_of_it_where_the_plan_is_taken_too(site):
    without = tuple(kind for kind in TYPES if kind != "Communication")
    clinic, _ = delivered(site, Abilities(types=(*without, "Procedure")))
    kept = clinic.kept()
    taught = next(each for each in kept["Procedure"] if each["status"] == "completed")
    requested = {f"ServiceRequest/{each['id']}" for each in kept["ServiceRequest"]}
    assert taught["basedOn"][0]["reference"] in requested
    activities = kept["CarePlan"][0]["activity"]
    came = [out["reference"] for each in activities for out in each.get("outcomeReference", [])]
    assert f"Procedure/{taught['id']}" in came


@pytest.mark.parametrize("kind", ["Communication", "Procedure"])
def test_where_no_observation_is_taken_what_was_understood_stands_with_what_was_taught(site, kind):
    clinic, _ = delivered(site, Abilities(types=(kind,)))
    notes = [note["text"] for each in clinic.kept()[kind] for note in each.get("note", [])]
    assert notes == ["Bliver det værre?", "Teach-back: forklarer noget, tages op igen"]


def test_a_record_that_lets_nobody_change_a_plan_gets_none_and_is_not_stuck(site):
    abilities = Abilities(made_once=("CarePlan", "ServiceRequest", "Goal"))
    clinic, states = delivered(site, abilities)
    assert states == ["delivered", "delivered"]
    kept = clinic.kept()
    assert {kind for kind, resources in kept.items() if resources} == {
        *("Communication", "Observation", "DocumentReference", "Provenance")
    }


def test_what_the_operator_leaves_out_is_not_sent_whatever_the_record_says(site):
    clinic, states = delivered(site, Abilities(), leave_out=frozenset({"Provenance", "Goal"}))
    assert states == ["delivered", "delivered"]
    assert clinic.kept()["Provenance"] == clinic.kept()["Goal"] == []
    assert len(clinic.kept()["Communication"]) == 2


@pytest.mark.parametrize("dialect", [each for each in Dialect if each is not Dialect.FUT])
def test_a_record_of_documents_has_the_note_in_every_dialect(site, dialect):
    clinic, states = delivered(site, Abilities(types=NOTES), dialect=dialect)
    assert states == ["not-kept", "delivered"]
    assert "Bliver det værre?" in the_note(clinic.kept())


def test_everything_that_can_be_said_comes_through_as_procedures(site):
    clinic = site(Abilities(types=("Procedure", "Observation", "CarePlan", *NOTES)))
    first = a_plan()
    last = replace(documented(first), revision=2)
    clinic.queue(first, last)
    clinic.work()
    assert clinic.states(first) == ["delivered"] * 2
    assert dangling(clinic.kept()) == set()
    told = [teaching for session in last.sessions for teaching in session.teachings]
    assert len(clinic.kept()["Procedure"]) == len(told)


def the_note(kept):
    (note,) = (each for each in kept["DocumentReference"] if "subject" in each)
    return base64.b64decode(note["content"][0]["attachment"]["data"]).decode()
