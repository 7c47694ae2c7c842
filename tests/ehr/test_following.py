"""The record tells of an encounter: it is read there, and gives the plan that a post would give."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from service.domain.content import Edition
from service.domain.correcting import correct_plan
from service.domain.plan import PlanState
from service.ehr.record import Looking
from service.fhir.encounter import from_bundle
from service.usecases.make_plan import MakePlan, Wish
from service.usecases.noticing import NoticeState
from service.usecases.ports import Caller, StoredPlan
from tests.builders import CHANGE, NOW, a_pack
from tests.ehr.visits import E1, a_site, to, unnamed, without
from tests.fakes import FixedCatalogue, MemoryPlans
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

PARKED = [NoticeState.PARKED]
CALLER = Caller("demo", "system", "ehr")


def test_an_encounter_that_the_record_tells_of_gives_a_plan_that_is_queued_for_it(site):
    clinic = a_site(site)
    clinic.hear(E1)
    clinic.follow_once()
    (plan,) = clinic.made()
    assert (plan.state, plan.visits[0].encounter) == (PlanState.ACTIVE, E1)
    assert plan.reason.condition == "Condition/c1"
    assert clinic.notices() == []
    assert clinic.told == [("encounter-followed", "created")]
    clinic.work()
    assert clinic.states(plan) == ["delivered"]


VISITS = {
    "a diagnosis": (an_encounter(), [a_condition()]),
    "several, by rank": (
        an_encounter(
            diagnosis=[
                {"condition": to("Condition/c2"), "rank": 2},
                {"condition": to("Condition/c1"), "rank": 1},
            ]
        ),
        [a_condition(), a_condition(coding(SNOMED, "38341003"), id="c2")],
    ),
    "a reason": (unnamed(reasonReference=[to("Condition/c1")]), [a_condition()]),
    "a code": (unnamed(reasonCode=[{"coding": [LUMBAR]}]), []),
    "a possible match": (an_encounter(), [a_condition(coding(SKS, "DM480"))]),
    "by video": (an_encounter(**{"class": {"system": "urn:x", "code": "VR"}}), [a_condition()]),
    "a clinic and nobody": (
        without(an_encounter(serviceProvider=to("Organization/1")), "participant"),
        [a_condition()],
    ),
    "finished": (an_encounter(status="finished"), [a_condition()]),
    "contained": (
        an_encounter(contained=[a_condition()], diagnosis=[{"condition": to("#c1")}]),
        [],
    ),
}


@pytest.mark.parametrize("name", VISITS)
def test_the_same_encounter_gives_the_same_bundle_as_when_it_is_posted(site, name):
    encounter, conditions = VISITS[name]
    clinic = a_site(site, a_patient(), encounter, *conditions)

    def main_job(store):
        write, packs = clinic.write, FixedCatalogue(a_pack())
        return MakePlan(packs, store, lambda: NOW, lambda: "plan-1", write)

    posted, followed = MemoryPlans(), MemoryPlans()
    body = from_bundle(a_bundle(a_patient(), encounter, *conditions))
    main_job(posted)(body, Wish(), CALLER)
    shown = clinic.record.visit(E1)
    main_job(followed)(from_bundle(shown.bundle), Wish(), CALLER)
    assert followed.tables().revisions == posted.tables().revisions
    assert followed.tables().outbox == posted.tables().outbox
    assert followed.tables().audit == posted.tables().audit
    assert orjson.loads(followed.tables().plans["plan-1"].bundle)["type"] == "transaction"


def test_what_comes_twice_gives_one_plan(site):
    clinic = a_site(site)
    for _ in range(3):
        clinic.hear(E1, E1)
        clinic.follow_once()
    assert len(clinic.made()) == 1
    assert [each.state.value for each in clinic.outbox.of_plan("demo", clinic.made()[0].id)] == [
        "waiting"
    ]
    assert [code for _, code in clinic.told] == ["created", "same", "same"]


def test_the_next_visit_continues_the_course(site):
    clinic = a_site(site)
    clinic.keep(an_encounter(id="e2"))
    clinic.hear(E1)
    clinic.follow_once()
    clinic.hear("Encounter/e2")
    clinic.follow_once()
    (plan,) = clinic.made()
    assert [visit.encounter for visit in plan.visits] == [E1, "Encounter/e2"]


def test_a_possible_match_is_a_proposal_that_waits_for_a_clinician(site):
    clinic = a_site(site, a_patient(), an_encounter(), a_condition(*DANISH))
    clinic.hear(E1)
    clinic.follow_once()
    assert [plan.state for plan in clinic.made()] == [PlanState.PROPOSED]
    assert clinic.told == [("encounter-followed", "proposed")]
    assert clinic.outbox.backlog("demo").waiting == 0


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (coding(SNOMED, "38341003"), "not-covered"),
        (coding("https://clinic.example/codes", "RYG"), "unknown-code-system"),
    ],
)
def test_what_no_pack_covers_leaves_a_line_in_the_log_and_nothing_else(site, code, why):
    clinic = a_site(site, a_patient(), an_encounter(), a_condition(code))
    clinic.hear(E1)
    clinic.follow_once()
    assert (clinic.made(), clinic.notices()) == ([], [])
    assert clinic.told == [("encounter-left", why)]


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("planned", "planned"),
        ("cancelled", "encounter-not-usable"),
        ("entered-in-error", "encounter-not-usable"),
    ],
)
def test_a_visit_that_does_not_take_place_gives_no_plan_and_nothing_more_is_read(site, status, why):
    clinic = a_site(site, a_patient(), an_encounter(status=status), a_condition())
    clinic.hear(E1)
    clinic.follow_once()
    assert (clinic.made(), clinic.notices()) == ([], [])
    assert clinic.told == [("encounter-left", why)]
    assert clinic.faulty.seen == [("GET", f"/{E1}")]


def test_a_planned_visit_gives_a_plan_when_it_begins(site):
    clinic = a_site(site, a_patient(), an_encounter(status="planned"), a_condition())
    clinic.hear(E1)
    clinic.follow_once()
    clinic.keep(an_encounter(status="in-progress"))
    clinic.hear(E1)
    clinic.follow_once()
    assert len(clinic.made()) == 1


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_a_visit_of_a_plan_that_the_record_takes_back_is_shown_to_a_person(site, status):
    clinic = a_site(site)
    clinic.hear(E1)
    clinic.follow_once()
    clinic.keep(an_encounter(status=status))
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "parked", "withdrawn")]
    (plan,) = clinic.made()
    assert plan.id in clinic.inbox.listed("demo", PARKED, 1)[0].detail
    in_error(clinic, plan)
    clinic.inbox.replay("demo")
    clinic.follow_once()
    assert clinic.notices() == []


def in_error(clinic, plan):
    wrong = correct_plan(plan, "wrong patient", CHANGE)
    with clinic.plans.writing("demo") as transaction:
        transaction.replace(StoredPlan(wrong, clinic.write.in_full(wrong, "ehr")))


def test_the_conditions_that_name_the_encounter_are_its_reason_when_it_names_none(site):
    clinic = a_site(
        site,
        a_patient(),
        unnamed(),
        a_condition(coding(SNOMED, "38341003"), id="c0", encounter=to("Encounter/e0")),
        a_condition(id="c1", encounter=to(E1)),
    )
    clinic.hear(E1)
    clinic.follow_once()
    assert [plan.reason.condition for plan in clinic.made()] == ["Condition/c1"]


def on_the_list(*codings, status="active", **more):
    return a_condition(
        *codings,
        category=[{"coding": [{"system": "urn:x", "code": "problem-list-item"}]}],
        clinicalStatus={"coding": [{"system": "urn:x", "code": status}]},
        **more,
    )


def test_what_a_patient_has_is_not_what_a_visit_is_about_unless_the_clinic_says_so(site):
    clinic = a_site(site, a_patient(), unnamed(), on_the_list())
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.made() == []
    assert clinic.notices() == [(E1, "waiting", "no-reason")]


def test_a_clinic_may_let_the_problem_list_stand_in_for_the_reason(site):
    clinic = a_site(
        site,
        a_patient(),
        unnamed(),
        on_the_list(coding(SNOMED, "38341003"), id="c0"),
        on_the_list(id="c1", status="resolved"),
        on_the_list(id="c2"),
        a_condition(id="c3"),
        looking=Looking(problem_list=True),
    )
    clinic.hear(E1)
    clinic.follow_once()
    assert [plan.reason.condition for plan in clinic.made()] == ["Condition/c2"]


def test_a_reason_that_is_kept_after_the_encounter_is_found_later(site):
    clinic = a_site(site, a_patient(), unnamed())
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "waiting", "no-reason")]
    clinic.keep(a_condition(encounter=to(E1)))
    clinic.follow_once()
    assert clinic.made() == []  # not due yet
    clinic.passes(timedelta(minutes=1))
    clinic.follow_once()
    assert len(clinic.made()) == 1


def test_a_reason_that_never_comes_is_waited_for_a_working_day(site):
    clinic = a_site(site, a_patient(), unnamed())
    clinic.hear(E1)
    began, looks = clinic.clock(), 0
    while clinic.notices():
        looks += 1
        clinic.follow_once()
        due = timedelta(minutes=2 ** (looks - 1))
        clinic.passes(due - timedelta(seconds=1))
        clinic.follow_once()
        clinic.passes(timedelta(seconds=1))
    assert looks == 10
    assert clinic.told[-1] == ("encounter-left", "no-reason")
    assert timedelta(hours=8) < clinic.clock() - began < timedelta(hours=18)


def test_a_record_that_was_down_before_leaves_the_reason_its_time_to_come(site):
    clinic = a_site(site, a_patient(), unnamed())
    clinic.faulty.reads[:] = ["503"] * 12
    clinic.hear(E1)
    while clinic.faulty.reads:
        clinic.follow_once()
        clinic.passes(timedelta(minutes=20))
    clinic.follow_once()
    clinic.keep(a_condition(encounter=to(E1)))
    clinic.passes(timedelta(minutes=1))
    clinic.follow_once()
    assert len(clinic.made()) == 1


def test_a_record_that_does_not_search_conditions_by_encounter_has_to_name_them(site):
    clinic = a_site(site, a_patient(), unnamed())
    clinic.faulty.reads[:] = ["well", "well", "400"]
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "waiting", "no-reason")]


def test_of_the_patient_only_the_id_is_asked_for_where_the_record_lets_us(site):
    clinic = a_site(site)
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.faulty.asked == [f"/{E1}", "/Patient/p1?_elements=id", "/Condition/c1"]
    clinic.faulty.asked.clear()
    clinic.faulty.reads[:] = ["well", "400"]
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.faulty.asked[1:3] == ["/Patient/p1?_elements=id", "/Patient/p1"]
    assert clinic.told[-1] == ("encounter-followed", "same")


def test_the_clinics_wishes_hold_and_who_told_is_in_the_audit_trail(site):
    clinic = a_site(site)
    story = replace(clinic.fetch, wish={"demo": Wish(Edition.PIXI, "en")}.get)
    clinic.hear(E1)
    (notice,) = story.take("demo", 1)
    story(notice, clinic.record)
    (plan,) = clinic.made()
    assert (plan.edition, plan.language) == (Edition.PIXI, "en")
    with clinic.plans.reading("demo") as transaction:
        (row,) = transaction.audit_beyond("", 10, newest_first=False)
    assert (row.entry.action, row.entry.caller.name) == ("plan.created", "ehr")


def test_nothing_is_forgotten_while_there_is_no_content_that_may_be_used(site):
    clinic = a_site(site)
    clinic.packs = ()
    clinic.hear(E1)
    clinic.follow_once()
    assert clinic.notices() == [(E1, "waiting", "no-content")]
    clinic.packs = (a_pack(),)
    clinic.passes(timedelta(minutes=1))
    clinic.follow_once()
    assert len(clinic.made()) == 1
