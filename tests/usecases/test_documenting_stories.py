"""The stories of a visit: who may, what is stored, and that all of it is or nothing."""

from dataclasses import replace

import orjson
import pytest

from service.domain.errors import DraftConflict, IllegalTransition, NotFound, StalePlan
from service.domain.goal import Goal, GoalChange, GoalState
from service.domain.plan import PlanState
from service.domain.teaching import Outcome, TopicState, Understanding
from service.fhir.writer import BundleWriter
from service.usecases.change_plan import ChangePlan
from service.usecases.close_plan import ClosePlan
from service.usecases.correct_entry import CorrectEntry, Correction, Entry
from service.usecases.follow_goals import FollowGoals
from service.usecases.keep_draft import KeepDraft
from service.usecases.ports import Draft, StoredPlan
from service.usecases.record_session import RecordSession, Signed
from tests.builders import NOW, a_caller, a_plan, a_session, a_teaching, an_encounter
from tests.fakes import MemoryPlans

PLANS = [
    a_plan(an_encounter(patient=f"Patient/p{n}", reference=f"Encounter/e{n}"), id=f"plan-{n}")
    for n in (1, 2, 3)
]
PHYSIO = a_caller(role="clinician", practitioner="Practitioner/fys2")
UNCLEAR = a_teaching(understanding=Understanding.NOT_UNDERSTOOD)


@pytest.fixture
def store():
    filled = MemoryPlans()
    with filled.writing("demo") as transaction:
        for plan in PLANS:
            assert transaction.add(StoredPlan(plan, b"{}"))
    return filled


@pytest.fixture
def change(store):
    return ChangePlan(store, lambda: NOW, BundleWriter(orjson.dumps, "http://s"))


@pytest.fixture
def sign(change):
    record = RecordSession(change)

    def told(*signed, caller=PHYSIO):
        return [stored.plan for stored in record(signed, caller)]

    return told


def signed(number=1, *teachings, **more):
    session = a_session(*teachings, encounter="", practitioner="")
    return Signed(f"plan-{number}", session, **more)


def test_a_session_is_of_the_latest_visit_and_of_whoever_signs_it(sign, store):
    (plan,) = sign(signed())
    assert plan.sessions[0].encounter == "Encounter/e1"
    assert (plan.sessions[0].practitioner, plan.editor) == ("Practitioner/fys2",) * 2
    tables = store.tables()
    assert tables.outbox == [("plan-1", 2)]
    assert [entry.action for entry in tables.audit] == ["plan.taught"]


def test_a_signature_with_goals_is_one_revision_and_the_session_keeps_them(sign):
    goal = Goal("", "Gå til bageren")
    walk = ("walk", GoalChange(agreed=True, text="Jeg går"))
    (plan,) = sign(signed(new_goals=(goal,), changed_goals=(walk,)))
    assert plan.revision == 2
    assert {goal.text for goal in plan.sessions[0].goals} == {"Gå til bageren", "Jeg går"}
    assert {goal.changed for goal in plan.goals} == {2}


def test_signing_twice_signs_once_also_with_the_revision_of_the_first_time(sign, store):
    first = sign(signed(revision=1))
    assert sign(signed(revision=1)) == first
    assert store.tables().outbox == [("plan-1", 2)]
    assert [entry.action for entry in store.tables().audit] == ["plan.taught", "plan.read"]


def test_somebody_elses_change_in_between_is_told_and_nothing_is_lost(sign):
    sign(signed())
    with pytest.raises(StalePlan):
        sign(signed(1, a_teaching("work"), revision=1))
    (plan,) = sign(signed(1, a_teaching("work"), revision=2))
    assert len(plan.sessions) == 2


def test_a_group_is_signed_for_every_participant_in_one_go(sign, store):
    plans = sign(signed(1), signed(2, UNCLEAR), signed(3))
    assert [plan.id for plan in plans] == ["plan-1", "plan-2", "plan-3"]
    assert [plan.topics[0].state for plan in plans] == [
        TopicState.DONE,
        TopicState.REPEAT,
        TopicState.DONE,
    ]
    assert len(store.tables().outbox) == 3


def test_a_group_with_one_bad_entry_is_not_signed_at_all(sign, store):
    with pytest.raises(IllegalTransition):
        sign(signed(1), signed(2, a_teaching(outcome=Outcome.REPEATED)))
    with pytest.raises(NotFound):
        sign(signed(1), signed(9))
    assert store.tables().outbox == []


def test_a_launch_reaches_its_patient_and_participants_and_nobody_else(sign):
    launched = replace(PHYSIO, patient="Patient/p1", also=("Patient/p2",))
    assert len(sign(signed(1), signed(2), caller=launched)) == 2
    with pytest.raises(NotFound):
        sign(signed(3), caller=launched)


def test_goals_are_agreed_followed_and_reached(change, store):
    goals = FollowGoals(change)
    plan = goals.agree("plan-1", Goal("", "Gå til bageren"), PHYSIO).plan
    goal_id = plan.goals[-1].id
    plan = goals.follow("plan-1", goal_id, GoalChange(state=GoalState.ACHIEVED), PHYSIO).plan
    assert plan.goal(goal_id).state is GoalState.ACHIEVED
    assert [entry.action for entry in store.tables().audit] == [
        "plan.goal-agreed",
        "plan.goal-changed",
    ]


def test_a_correction_with_the_right_session_is_one_revision(change, sign):
    sign(signed())
    right = replace(a_session(UNCLEAR), encounter="", practitioner="")
    plan = CorrectEntry(change)(
        "plan-1", Correction(Entry.SESSION, "Fejl", "1", session=right), PHYSIO
    ).plan
    assert plan.revision == 3
    assert [session.error for session in plan.sessions] == ["Fejl", ""]
    assert plan.sessions[1].encounter == "Encounter/e1"
    assert plan.topics[0].state is TopicState.REPEAT


@pytest.mark.parametrize("entry", [Entry.GOAL, Entry.PLAN])
def test_goals_and_plans_are_corrected_too(change, entry):
    plan = CorrectEntry(change)("plan-1", Correction(entry, "Fejl", "walk"), PHYSIO).plan
    assert plan.goals[0].state is GoalState.IN_ERROR


def test_a_closed_plan_is_closed_once(change, store):
    close = ClosePlan(change)
    assert close("plan-1", PHYSIO, reason="Flyttet").plan.state is PlanState.COMPLETED
    assert close("plan-1", PHYSIO, reason="Flyttet").plan.revision == 2
    assert store.tables().outbox == [("plan-1", 2)]


# Drafts


@pytest.fixture
def drafts(store):
    return KeepDraft(store, lambda: NOW)


def a_draft(**more):
    given = {
        "plan_id": "plan-1",
        "encounter": "Encounter/e1",
        "practitioner": "",
        "fields": {"text": ["Gik godt"]},
        "revision": 1,
        "key": "form",
        "at": NOW,
    }
    return Draft(**(given | more))


def test_a_draft_is_its_writers_alone(drafts):
    kept = drafts.keep(a_draft(), PHYSIO)
    assert drafts.open("plan-1", "Encounter/e1", PHYSIO) == kept
    colleague = replace(PHYSIO, practitioner="Practitioner/fys3")
    assert drafts.open("plan-1", "Encounter/e1", colleague) is None
    drafts.discard("plan-1", "Encounter/e1", PHYSIO)
    assert drafts.open("plan-1", "Encounter/e1", PHYSIO) is None


def test_two_windows_do_not_overwrite_each_other(drafts):
    kept = drafts.keep(a_draft(), PHYSIO)
    assert drafts.keep(a_draft(), PHYSIO) == kept
    with pytest.raises(DraftConflict) as conflict:
        drafts.keep(a_draft(fields={"text": ["Gik dårligt"]}), PHYSIO)
    assert conflict.value.theirs == kept


def test_nobody_drafts_for_a_patient_who_is_not_theirs(drafts):
    with pytest.raises(NotFound):
        drafts.keep(a_draft(), replace(PHYSIO, patient="Patient/p2"))
    with pytest.raises(NotFound):
        drafts.open("plan-9", "Encounter/e1", PHYSIO)
