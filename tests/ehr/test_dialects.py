"""The same plan in each dialect: committed examples, their profiles, and what then stands there."""

import json
from dataclasses import replace
from functools import partial

import pytest

from service.domain.documenting import record_session
from service.domain.plan import continue_plan
from service.fhir import urls
from service.fhir.dialects import Dialect
from service.fhir.for_record import entries_of, references
from service.fhir.fut import EHEALTH, in_fut_shape
from service.usecases.delivering import REASONS
from tests.builders import (
    CHANGE,
    NOW,
    a_condition,
    a_match,
    a_plan,
    a_session,
    a_teaching,
    an_encounter,
)
from tests.ehr.golden import DIALECTS, after_the_visit, kept, made, new_plan, path_of
from tests.ehr.story import as_told
from tests.ehr.test_delivery import dangling
from tests.profiles.validator import validate
from tests.profiles.which import profile_in

MOMENTS = ("a new plan", "a documented visit")


@pytest.fixture
def site(site):
    """Waits as long as in earnest: a busy machine is slow, and here nothing else is."""
    return partial(site, whole=10.0)


def resources(dialect, moment="a documented visit", kind=None):
    found = [entry["resource"] for entry in kept(dialect)[moment]["entry"]]
    return [each for each in found if kind in (None, each["resourceType"])]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_golden_example_is_what_is_written_today(dialect):
    assert kept(dialect) == made(dialect), "look at it, then `python -m tests.ehr.golden`"
    assert len(list(path_of(dialect).parent.glob("*.json"))) == len(DIALECTS)


@pytest.mark.real
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_resource_of_a_golden_example_meets_its_profile(dialect, moment):
    found = {
        f"{profile}: {complaint}"
        for each in resources(dialect, moment)
        for profile in [profile_in(dialect, each)]
        for complaint in validate(each, profile)
    }
    assert found == set()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_golden_example_tells_of_teach_back_goal_and_note(dialect):
    told = json.dumps(resources(dialect), ensure_ascii=False)
    for words in ("forklarer noget, tages op igen", "Gå til bageren og hjem", "Bliver det værre?"):
        assert words in told


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_stands_in_the_record_in_the_end_is_the_golden_example(site, dialect):
    clinic = site(dialect=dialect)
    clinic.queue(new_plan(), after_the_visit())
    clinic.work()
    assert dangling(clinic.kept()) == set()
    found = [each for resources in clinic.kept().values() for each in resources]
    assert as_told(found) == as_told(resources(dialect) + earlier(dialect))


def earlier(dialect):
    """Who stands behind the first revision: told by the first Bundle only."""
    return resources(dialect, "a new plan", "Provenance")


def test_inline_has_the_topics_in_the_plan_and_no_requests():
    assert resources(Dialect.INLINE, kind="ServiceRequest") == []
    (plan,) = resources(Dialect.INLINE, kind="CarePlan")
    told = {each["detail"]["code"]["text"]: each["detail"]["status"] for each in plan["activity"]}
    assert told == {"Knowledge": "in-progress", "Prognosis": "not-started", "Work": "cancelled"}
    (cancelled,) = (a["detail"] for a in plan["activity"] if a["detail"]["status"] == "cancelled")
    assert cancelled["statusReason"]["coding"][0]["code"] == "patient-objection"


def test_the_note_is_one_document_of_the_visit_and_a_new_plan_is_none():
    assert resources(Dialect.NOTE, "a new plan") == []
    (note,) = resources(Dialect.NOTE)
    assert note["context"]["encounter"] == [{"reference": "Encounter/e1"}]


# FUT's shape: what its published guide asks for (docs/decisions/0020).


def test_fut_names_the_episode_of_care_wherever_it_has_a_place_for_it():
    for kind in ("CarePlan", "ServiceRequest", "Communication", "Observation"):
        for each in resources(Dialect.FUT, kind=kind):
            (episode,) = (e for e in each["extension"] if e["url"] == urls.EXT_EPISODE)
            assert episode["valueReference"] == {"reference": "EpisodeOfCare/ep1"}


def test_fut_has_one_condition_no_goals_by_reference_and_topics_as_requests():
    (plan,) = resources(Dialect.FUT, kind="CarePlan")
    assert plan["addresses"] == [{"reference": "Condition/c1"}]
    assert "goal" not in plan
    assert "basedOn" not in plan
    assert {"text": "Patientens mål: Gå til bageren og hjem (2027-01-15)"} in plan["note"]
    asked = {
        each["identifier"][0]["value"] for each in resources(Dialect.FUT, kind="ServiceRequest")
    }
    assert {activity["reference"]["reference"] for activity in plan["activity"]} == asked


def test_fut_requests_say_when_that_they_instruct_and_that_they_are_not_shared():
    for request in resources(Dialect.FUT, kind="ServiceRequest"):
        assert request["occurrencePeriod"]["start"] == request["authoredOn"]
        assert request["code"]["coding"][0]["system"] == urls.TOPIC
        assert request["code"]["coding"][-1] == {"system": urls.SNOMED, "code": "409073007"}
        told = {e["url"].rpartition("/")[2]: e for e in request["extension"]}
        policy = told["ehealth-sharingPolicy"]["valueCodeableConcept"]["coding"][0]["code"]
        assert (policy, told["ehealth-include-as-extra"]["valueBoolean"]) == ("noSharing", False)


@pytest.mark.parametrize(("dialect", "many"), [(Dialect.CORE, 1), (Dialect.FUT, 0)])
def test_a_topic_that_is_taken_up_again_replaces_its_first_request_but_not_in_fut(
    site, dialect, many
):
    clinic = site(dialect=dialect)
    visited = after_the_visit()
    again = record_session(visited, a_session(a_teaching("work")), CHANGE)
    clinic.queue(new_plan(), visited, again)
    clinic.work()
    requests = clinic.kept()["ServiceRequest"]
    assert [each["code"]["text"] for each in requests].count("Work") == 2
    assert len([each for each in requests if "replaces" in each]) == many


def test_a_handout_is_material_for_citizens_in_fut_and_a_note_never_is():
    documents = resources(Dialect.FUT, kind="DocumentReference")
    notes = [each for each in documents if "subject" in each]
    assert len(notes) == 1
    assert EHEALTH not in json.dumps(notes)
    for handout in (each for each in documents if each not in notes):
        codes = [coding["code"] for coding in handout["category"][0]["coding"]]
        assert codes == ["general-material", "general-material"]
        assert handout["type"]["coding"][-1] == {"system": urls.LOINC, "code": "69730-0"}


def test_a_handout_in_several_forms_is_its_page_in_fut():
    plan = entries_of(json.dumps(made(Dialect.CORE)["a new plan"]).encode())
    for number, entry in enumerate(plan):
        if entry.is_shared:
            (page,) = entry.resource["content"]
            printed = {"attachment": page["attachment"] | {"contentType": "application/pdf"}}
            plan[number] = replace(entry, resource=entry.resource | {"content": [page, printed]})
    shaped = [entry.resource for entry in in_fut_shape(plan) if entry.is_shared]
    assert len(shaped) == 2
    for handout in shaped:
        assert [each["attachment"]["contentType"] for each in handout["content"]] == ["text/html"]


@pytest.mark.parametrize(
    "lacking",
    [
        a_plan(an_encounter()),
        a_plan(an_encounter(a_condition(reference=""), episode="EpisodeOfCare/ep1")),
    ],
    ids=["no episode of care", "no Condition"],
)
def test_a_plan_that_fut_cannot_be_told_of_waits_for_a_person_who_is_told_why(site, lacking):
    clinic = site(dialect=Dialect.FUT)
    clinic.queue(lacking)
    clinic.once()
    assert (clinic.states(lacking), clinic.reasons(lacking)) == (["parked"], ["no-episode"])
    assert "EpisodeOfCare" in REASONS["no-episode"]
    assert clinic.kept()["CarePlan"] == []


def test_the_next_visit_that_names_the_episode_brings_the_plan_into_the_record(site):
    clinic = site(dialect=Dialect.FUT)
    first = a_plan(an_encounter())
    clinic.queue(first)
    clinic.once()
    visit = an_encounter(reference="Encounter/e2", episode="EpisodeOfCare/ep1")
    clinic.queue(continue_plan(first, visit, a_match(), NOW))
    clinic.work()
    assert clinic.states(first) == ["superseded", "delivered"]
    assert len(clinic.kept()["CarePlan"]) == 1


def test_every_reference_of_a_golden_example_leads_into_it_or_into_the_record():
    outside = ("Patient/", "Encounter/", "Practitioner/", "Condition/", "EpisodeOfCare/")
    for dialect in DIALECTS:
        for bundle in kept(dialect).values():
            inside = {entry["fullUrl"] for entry in bundle["entry"]}
            named = {r for entry in bundle["entry"] for r in references(entry["resource"])}
            assert {name for name in named - inside if not name.startswith(outside)} == set()
