"""A plan on its way into a record: once, in order, read back, on every rung of the ladder."""

import json
import re
from dataclasses import replace

import pytest

from service.domain.documenting import add_goal, record_session
from service.domain.goal import Goal
from service.ehr.check import check_record
from service.ehr.record import Manner
from service.fhir.dialects import Dialect
from service.fhir.for_record import references
from service.stand_in.shelf import TYPES, Abilities
from service.usecases.delivering import Parcel
from tests.builders import CHANGE, a_plan, a_session, a_teaching
from tests.course import documented

LESS = tuple(kind for kind in TYPES if kind not in ("Goal", "ServiceRequest"))


def three_revisions():
    first = a_plan()
    topic = first.topics[0].id
    second = record_session(first, a_session(a_teaching(topic)), CHANGE)
    return first, second, add_goal(second, Goal(id="", text="gå til bageren"), CHANGE)


def identities(kept):
    found = []
    for resources in kept.values():
        for each in resources:
            named = each.get("identifier") or [each.get("masterIdentifier")]
            tags = [tag["code"] for tag in each["meta"].get("tag", [])]
            found += [name["value"] for name in named if name] + tags
    return found


def dangling(kept):
    there = {f"{kind}/{each['id']}" for kind, resources in kept.items() for each in resources}
    outside = (
        *("Patient/", "Encounter/", "Practitioner/", "Condition/"),
        *("Organization/", "EpisodeOfCare/"),
    )
    named = {
        reference
        for resources in kept.values()
        for each in resources
        for reference in references(each)
    }
    # A record may write them in full: these are on loopback.
    places = {re.sub(r"^http://127\.0\.0\.1:\d+/", "", reference) for reference in named}
    return {each for each in places - there if not each.startswith(outside)}


RUNGS = {
    "transaction": (Abilities(), {}),
    "transaction without batch": (Abilities(batch=False), {}),
    "one by one": (Abilities(transaction=False), {}),
    "one by one, nothing read together": (Abilities(transaction=False, batch=False), {}),
    "as the operator wants": (Abilities(), {"manner": Manner.SINGLE}),
    "at our own ids": (Abilities(update_create=True, unsearched=("Goal", "Communication")), {}),
}


@pytest.mark.parametrize("rung", RUNGS)
def test_a_course_stands_in_the_record_once_and_whole(site, rung):
    abilities, wishes = RUNGS[rung]
    clinic = site(abilities, **wishes)
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.work()
    assert clinic.states(plans[0]) == ["delivered"] * 3
    kept = clinic.kept()
    assert len(identities(kept)) == len(set(identities(kept)))
    assert dangling(kept) == set()
    counted = {kind: len(resources) for kind, resources in kept.items()}
    assert counted["CarePlan"] == 1
    assert counted["Communication"] == 1
    assert counted["Goal"] == len(plans[-1].goals)
    assert counted["Provenance"] == 3


@pytest.mark.parametrize("rung", RUNGS)
def test_everything_that_can_be_said_in_a_course_comes_through(site, rung):
    abilities, wishes = RUNGS[rung]
    clinic = site(abilities, **wishes)
    first = a_plan()
    last = replace(documented(first), revision=2)
    clinic.queue(first, last)
    clinic.work()
    assert clinic.states(first) == ["delivered"] * 2
    assert dangling(clinic.kept()) == set()


def test_delivering_it_again_writes_nothing(site):
    clinic = site()
    plan = a_plan()
    clinic.queue(plan)
    clinic.work()
    before = clinic.kept()
    bundle = clinic.write.in_full(plan, "ehr")
    receipt = clinic.record.deliver(Parcel(bundle, uncertain=True))
    assert clinic.kept() == before
    assert len(receipt.places) == len(json.loads(bundle)["entry"])


def test_what_has_not_changed_gets_no_new_version(site):
    clinic = site()
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.work()
    versions = {each["id"]: each["meta"]["versionId"] for each in clinic.kept()["ServiceRequest"]}
    assert sorted(versions.values()) == ["1"] * (len(versions) - 1) + ["2"]


def test_a_record_without_requests_gets_the_topics_inside_the_plan(site):
    clinic = site(Abilities(types=LESS))
    plans = three_revisions()
    clinic.queue(*plans)
    clinic.work()
    (plan,) = clinic.kept()["CarePlan"]
    details = [activity["detail"] for activity in plan["activity"]]
    assert [each["status"] for each in details] == ["completed", "not-started", "not-started"]
    assert {each["kind"] for each in details} == {"ServiceRequest"}
    assert "goal" not in plan
    assert clinic.outbox.of_plan("demo", plans[0].id)[0].receipt.left_out == ("Goal",)


@pytest.mark.parametrize("left_out", TYPES[5:])
def test_a_record_may_lack_any_one_type(site, left_out):
    clinic = site(Abilities(types=tuple(kind for kind in TYPES if kind != left_out)))
    first = a_plan()
    clinic.queue(first, replace(documented(first), revision=2))
    clinic.work()
    assert clinic.states(first) == ["delivered"] * 2
    assert dangling(clinic.kept()) == set()


def test_a_record_of_documents_gets_the_signed_notes_and_nothing_else(site):
    clinic = site(Abilities(types=("DocumentReference", "Patient")))
    first, second, third = three_revisions()
    clinic.queue(first, second, third)
    clinic.work()
    assert clinic.states(first) == ["not-kept", "delivered", "not-kept"]
    (note,) = clinic.kept()["DocumentReference"]
    assert note["description"].startswith("Note")
    assert dangling(clinic.kept()) == set()


def test_a_record_of_events_gets_what_was_taught_and_understood(site):
    clinic = site(Abilities(types=("Communication", "Observation", "DocumentReference")))
    first, second, _ = three_revisions()
    clinic.queue(first, second)
    clinic.work()
    kept = clinic.kept()
    assert len(kept["Communication"]) == 1
    assert "basedOn" not in kept["Communication"][0]
    assert dangling(kept) == set()


def test_the_operator_may_want_less_than_the_record_can(site):
    clinic = site(dialect=Dialect.NOTE)
    first, second, _ = three_revisions()
    clinic.queue(first, second)
    clinic.work()
    assert {kind: len(kept) for kind, kept in clinic.kept().items() if kept} == {
        "DocumentReference": 1
    }


def test_what_the_record_added_of_its_own_stays(site):
    clinic = site()
    first, second, third = three_revisions()
    clinic.queue(first)
    clinic.work()
    change_there(clinic, "CarePlan", lambda plan: plan | {"careTeam": [{"display": "Team 4"}]})
    clinic.queue(second, third)
    clinic.work()
    (plan,) = clinic.kept()["CarePlan"]
    assert plan["careTeam"] == [{"display": "Team 4"}]
    assert clinic.states(first) == ["delivered"] * 3
    assert len(plan["goal"]) == len(third.goals)


def test_what_was_changed_on_both_sides_waits_for_a_person(site):
    clinic = site()
    first, second, third = three_revisions()
    clinic.queue(first)
    clinic.work()
    change_there(clinic, "CarePlan", lambda plan: plan | {"goal": []})
    clinic.queue(second, third)
    clinic.work()
    assert clinic.states(first) == ["delivered", "delivered", "parked"]
    assert clinic.reasons(first)[2] == "changed-in-record"
    assert clinic.kept()["CarePlan"][0]["goal"] == []


def test_what_was_removed_from_the_record_waits_for_a_person(site):
    clinic = site()
    first, second, _ = three_revisions()
    clinic.queue(first)
    clinic.work()
    clinic.faulty.reads[:] = ["410"]
    clinic.queue(second)
    clinic.work()
    assert clinic.reasons(first) == ["", "changed-in-record"]


def change_there(clinic, kind, change):
    client = clinic.faulty.app.test_client()
    (resource,) = clinic.kept()[kind]
    answer = client.put(f"/{kind}/{resource['id']}", json=change(resource))
    assert answer.status_code == 200


def test_a_check_says_whether_the_record_can_tell_of_encounters(site):
    seen = {step.name: step.seen for step in check_record(site().record)}
    assert seen["hook"] == "takes no Subscription"
    less = site(Abilities(types=("DocumentReference", "Patient"))).record
    seen = {step.name: step.seen for step in check_record(less)}
    assert seen["hook"] == (
        "takes no Subscription; does not say that it reads Encounter, Condition"
    )
    assert seen["clean-up"] == "removed"
