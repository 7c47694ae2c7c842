"""The promises of a PlanStore, kept by the fake in memory and by SQLite alike."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.correcting import correct_plan
from service.domain.documenting import add_goal, close_plan, record_session
from service.domain.errors import StalePlan
from service.domain.goal import Goal, Step
from service.domain.plan import continue_plan
from service.domain.teaching import Job, JobSituation, Mood, MoodCue, Understanding
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import AuditEntry, Draft, KeyedRequest, StoredPlan
from tests.builders import (
    CHANGE,
    NOW,
    a_caller,
    a_match,
    a_plan,
    a_session,
    a_teaching,
    an_encounter,
)
from tests.fakes import MemoryPlans

PACK = "lumbar-spinal-stenosis"
FIRST = StoredPlan(a_plan(), b'{"resourceType":"Bundle"}')
NEXT_VISIT = an_encounter(reference="Encounter/e2", started=NOW + timedelta(days=14))
SECOND = StoredPlan(continue_plan(FIRST.plan, NEXT_VISIT, a_match(), NOW), b'{"revision":"2"}')
NEXT_COURSE = StoredPlan(a_plan(NEXT_VISIT, id="0190a000-0000-7000-8000-000000000002"), b"{}")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request):
    if request.param == "memory":
        yield MemoryPlans()
        return
    on_postgres = request.param == "postgresql"
    name = request.getfixturevalue("postgres_url" if on_postgres else "database")
    engine = open_engine(name)
    yield DatabasePlans(engine, new_id)
    engine.close()


def add(store, stored, *, tenant="demo"):
    with store.writing(tenant) as transaction:
        assert transaction.add(stored)
        transaction.queue(stored.plan)


def replace_by(store, stored):
    with store.writing("demo") as transaction:
        transaction.replace(stored)
        transaction.queue(stored.plan)


def test_a_plan_comes_back_as_it_was_saved_to_the_byte(store):
    add(store, FIRST)
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == FIRST


def test_a_plan_is_found_by_its_encounter_and_by_its_open_course(store):
    add(store, FIRST)
    with store.reading("demo") as transaction:
        assert transaction.plan_of_encounter("Encounter/e1", PACK) == FIRST
        assert transaction.open_plan("Patient/p1", PACK) == FIRST
        assert transaction.plan_of_encounter("Encounter/e1", "other-pack") is None
        assert transaction.open_plan("Patient/p2", PACK) is None


def test_every_revision_stays_readable(store):
    add(store, FIRST)
    replace_by(store, SECOND)
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == SECOND
        assert transaction.plan(FIRST.plan.id, 1) == FIRST
        assert transaction.plan(FIRST.plan.id, 2) == SECOND
        assert transaction.plan(FIRST.plan.id, 3) is None


def test_both_visits_lead_to_the_course_they_belong_to(store):
    add(store, FIRST)
    replace_by(store, SECOND)
    with store.reading("demo") as transaction:
        assert transaction.plan_of_encounter("Encounter/e1", PACK) == SECOND
        assert transaction.plan_of_encounter("Encounter/e2", PACK) == SECOND


def test_a_change_on_an_old_revision_is_refused(store):
    add(store, FIRST)
    replace_by(store, SECOND)
    with pytest.raises(StalePlan), store.writing("demo") as transaction:
        transaction.replace(SECOND)


def test_a_second_plan_for_the_same_encounter_or_open_course_is_not_new(store):
    add(store, FIRST)
    same_visit = replace(FIRST.plan, id="x", patient="Patient/p2")
    same_course = replace(FIRST.plan, id="y", visits=(SECOND.plan.visits[1],))
    for plan in (same_visit, same_course):
        with store.writing("demo") as transaction:
            assert not transaction.add(StoredPlan(plan, b"{}"))
    with store.reading("demo") as transaction:
        assert transaction.plan("x") is None
        assert transaction.plan("y") is None
        assert transaction.plan_of_encounter("Encounter/e2", PACK) is None
        assert transaction.plan_of_encounter("Encounter/e1", PACK) == FIRST


def ended(stored):
    return StoredPlan(close_plan(stored.plan, "Flyttet", CHANGE), b'{"ended":true}')


def in_error(stored):
    return StoredPlan(correct_plan(stored.plan, "Forkert patient", CHANGE), b'{"error":true}')


def test_a_patients_courses_may_end_at_the_very_same_moment(store):
    for course in (FIRST, NEXT_COURSE):
        add(store, course)
        replace_by(store, ended(course))
    replace_by(store, in_error(ended(FIRST)))
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == in_error(ended(FIRST))
        assert transaction.plan(NEXT_COURSE.plan.id) == ended(NEXT_COURSE)
        assert transaction.open_plan("Patient/p1", PACK) is None


def test_an_end_that_another_transaction_is_writing_at_that_moment_is_waited_for(store):
    add(store, FIRST)
    replace_by(store, ended(FIRST))
    add(store, NEXT_COURSE)
    comes = threading.Event()

    def mark_in_error() -> None:
        with store.writing("demo") as transaction:
            comes.set()
            transaction.replace(in_error(ended(FIRST)))

    with ThreadPoolExecutor(1) as somebody:
        with store.writing("demo") as transaction:
            transaction.replace(ended(NEXT_COURSE))
            marking = somebody.submit(mark_in_error)
            comes.wait(0.2)  # where writers take turns it comes later
        marking.result(10)
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == in_error(ended(FIRST))
        assert transaction.plan(NEXT_COURSE.plan.id) == ended(NEXT_COURSE)


def test_a_patients_plans_come_newest_first(store):
    older = replace(FIRST.plan, id="a", pack=replace(FIRST.plan.pack, id="other"))
    newer = replace(FIRST.plan, id="b", created=NOW + timedelta(days=1))
    add(store, StoredPlan(older, b"{}"))
    add(store, StoredPlan(newer, b"{}"))
    with store.reading("demo") as transaction:
        assert [s.plan.id for s in transaction.plans_of_patient("Patient/p1")] == ["b", "a"]
        assert transaction.plans_of_patient("Patient/p2") == []


def test_a_clinic_never_sees_the_plans_of_another_with_the_same_ids(store):
    add(store, FIRST)
    with store.reading("clinic-b") as transaction:
        assert transaction.plan(FIRST.plan.id) is None
        assert transaction.plan_of_encounter("Encounter/e1", PACK) is None
        assert transaction.open_plan("Patient/p1", PACK) is None
        assert transaction.plans_of_patient("Patient/p1") == []


def test_two_clinics_may_use_the_same_ids(store):
    add(store, FIRST)
    add(store, replace(FIRST, plan=replace(FIRST.plan, tenant="clinic-b")), tenant="clinic-b")
    with store.reading("clinic-b") as transaction:
        assert transaction.plan(FIRST.plan.id).plan.tenant == "clinic-b"


def test_an_idempotency_key_is_remembered_with_what_it_was_used_for(store):
    used = KeyedRequest("k1", "fingerprint", "created", FIRST.plan.id, 1)
    with store.writing("demo") as transaction:
        assert transaction.request_of_key("k1") is None
        transaction.remember_key(used, NOW)
    with store.reading("demo") as transaction:
        assert transaction.request_of_key("k1") == used
    with store.reading("clinic-b") as transaction:
        assert transaction.request_of_key("k1") is None


def test_a_transaction_that_fails_leaves_nothing_behind(store):
    class Stop(Exception):
        pass

    def fail_late() -> None:
        with store.writing("demo") as transaction:
            transaction.add(FIRST)
            transaction.queue(FIRST.plan)
            transaction.remember_key(KeyedRequest("k1", "f"), NOW)
            transaction.audit(AuditEntry("plan.created", "x", "Patient/p1", a_caller(), NOW))
            raise Stop

    with pytest.raises(Stop):
        fail_late()
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) is None
        assert transaction.plan_of_encounter("Encounter/e1", PACK) is None
        assert transaction.request_of_key("k1") is None


def test_writing_goes_on_after_a_transaction_that_failed(store):
    with pytest.raises(ZeroDivisionError), store.writing("demo"):
        raise ZeroDivisionError
    add(store, FIRST)
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == FIRST


def numbered(number: int) -> StoredPlan:
    encounter = an_encounter(reference=f"Encounter/n{number}", patient=f"Patient/n{number}")
    plan_id = f"0190a000-0000-7000-8000-{number:012}"
    return StoredPlan(a_plan(encounter, id=plan_id), b"{}")


def test_plans_of_the_clinic_are_paged_by_age_both_ways(store):
    plans = [numbered(number) for number in range(1, 6)]
    for stored in plans:
        add(store, stored)
    add(store, numbered(9), tenant="elsewhere")
    with store.reading("demo") as transaction:
        assert transaction.plans_beyond("", 2, newest_first=True) == [plans[4], plans[3]]
        assert transaction.plans_beyond(plans[3].plan.id, 9, newest_first=True) == plans[2::-1]
        assert transaction.plans_beyond("", 2, newest_first=False) == plans[:2]
        assert transaction.plans_beyond(plans[1].plan.id, 9, newest_first=False) == plans[2:]


def test_the_history_of_a_plan_begins_with_the_oldest(store):
    add(store, FIRST)
    with store.reading("demo") as transaction:
        assert transaction.history(FIRST.plan.id) == [FIRST]
    replace_by(store, SECOND)
    with store.reading("demo") as transaction:
        assert transaction.history(FIRST.plan.id) == [FIRST, SECOND]
        assert transaction.history("no-such-plan") == []


def test_a_visit_leads_to_its_plans_and_to_those_of_this_clinic_only(store):
    add(store, FIRST)
    replace_by(store, SECOND)
    with store.reading("demo") as transaction:
        assert transaction.plans_of_visit("Encounter/e1") == [SECOND]
        assert transaction.plans_of_visit("Encounter/e2") == [SECOND]
        assert transaction.plans_of_visit("Encounter/e3") == []
    with store.reading("elsewhere") as transaction:
        assert transaction.plans_of_visit("Encounter/e1") == []


def test_a_patients_part_of_the_audit_trail_is_read_back_the_newest_first(store):
    for number in range(3):
        for patient in ("Patient/p1", "Patient/p2"):
            with store.writing("demo") as transaction:
                transaction.audit(AuditEntry("plan.read", f"x{number}", patient, a_caller(), NOW))
    with store.reading("demo") as transaction:
        newest = transaction.audit_of_patient("Patient/p1", "", 2)
        older = transaction.audit_of_patient("Patient/p1", newest[-1].id, 9)
        assert [each.entry.entity for each in (*newest, *older)] == ["x2", "x1", "x0"]
        assert {each.entry.patient for each in (*newest, *older)} == {"Patient/p1"}
    with store.reading("clinic-b") as transaction:
        assert transaction.audit_of_patient("Patient/p1", "", 9) == []


def test_the_audit_trail_is_read_back_by_age_and_by_row(store):
    entries = [
        AuditEntry(f"plan.{number}", "x", "Patient/p1", a_caller(), NOW + timedelta(seconds=number))
        for number in range(5)
    ]
    for entry in entries:
        with store.writing("demo") as transaction:
            transaction.audit(entry)
    with store.reading("demo") as transaction:
        newest = transaction.audit_beyond("", 2, newest_first=True)
        older = transaction.audit_beyond(newest[-1].id, 9, newest_first=True)
        oldest = transaction.audit_beyond("", 1, newest_first=False)
        assert [each.entry for each in [*newest, *older]] == entries[::-1]
        assert transaction.audited(oldest[0].id) == oldest[0]
        assert transaction.audited("no-such-row") is None
    with store.reading("elsewhere") as transaction:
        assert transaction.audit_beyond("", 9, newest_first=True) == []
        assert transaction.audited(oldest[0].id) is None


def a_draft(**more):
    given = {
        "plan_id": FIRST.plan.id,
        "encounter": "Encounter/e1",
        "practitioner": "Practitioner/fys1",
        "fields": {"text": ["Gik godt på trappen"], "topic": ["knowledge", "work"]},
        "revision": 1,
        "key": "form-1",
        "at": NOW,
        "version": 1,
    }
    return Draft(**(given | more))


def draft_of(transaction, practitioner="Practitioner/fys1"):
    return transaction.draft(FIRST.plan.id, "Encounter/e1", practitioner)


def test_a_draft_comes_back_as_it_was_kept_and_only_to_its_writer(store):
    with store.writing("demo") as transaction:
        assert transaction.keep_draft(a_draft())
    with store.reading("demo") as transaction:
        assert draft_of(transaction) == a_draft()
        assert draft_of(transaction, "Practitioner/fys2") is None
    with store.reading("other") as transaction:
        assert draft_of(transaction) is None


def test_a_draft_takes_the_place_of_the_version_before_it_only(store):
    with store.writing("demo") as transaction:
        assert transaction.keep_draft(a_draft())
        assert not transaction.keep_draft(a_draft(key="another window"))
        assert transaction.keep_draft(a_draft(version=2, fields={"text": ["Mere"]}))
        assert not transaction.keep_draft(a_draft(version=2))
        assert draft_of(transaction).fields == {"text": ["Mere"]}


def test_a_draft_that_is_dropped_is_gone(store):
    with store.writing("demo") as transaction:
        transaction.keep_draft(a_draft())
        transaction.drop_draft(FIRST.plan.id, "Encounter/e1", "Practitioner/fys1")
        assert draft_of(transaction) is None
        assert transaction.keep_draft(a_draft())


def test_how_far_a_revision_has_come_is_told(store):
    add(store, FIRST)
    with store.reading("demo") as transaction:
        assert transaction.delivery(FIRST.plan.id, 1) == "waiting"
        assert transaction.delivery(FIRST.plan.id, 2) == ""


def test_a_plan_full_of_sessions_comes_back_as_it_was(store):
    goal = Goal("", "Gå til bageren", due=NOW.date(), steps=(Step("Ud ad døren", NOW.date()),))
    session = a_session(
        a_teaching(understanding=Understanding.PARTIAL, note="Vil høre mere"),
        mood=Mood((MoodCue.FEAR,), "utryg"),
        job=Job(JobSituation.SICK, "i januar"),
    )
    documented = add_goal(record_session(FIRST.plan, session, CHANGE), goal, CHANGE)
    full = StoredPlan(replace(documented, revision=2), b"{}")
    add(store, FIRST)
    replace_by(store, full)
    with store.reading("demo") as transaction:
        assert transaction.plan(FIRST.plan.id) == full


def test_a_revision_far_beyond_follows_on_the_one_that_stands(store):
    add(store, FIRST)
    far = StoredPlan(replace(SECOND.plan, revision=1_000), b'{"revision":"1000"}')
    with store.writing("demo") as transaction:
        transaction.replace(far, before=1)
    with pytest.raises(StalePlan), store.writing("demo") as transaction:
        transaction.replace(replace(far, plan=replace(far.plan, revision=2_000)), before=1)
    with store.reading("demo") as transaction:
        assert transaction.history(FIRST.plan.id) == [FIRST, far]
        assert transaction.plan(FIRST.plan.id, 1) == FIRST
