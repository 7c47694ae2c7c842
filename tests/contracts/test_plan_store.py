"""The promises of a PlanStore, kept by the fake in memory and by SQLite alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.errors import StalePlan
from service.domain.plan import continue_plan
from service.store.engine import Engine
from service.store.ids import new_id
from service.store.plans import SqlitePlans
from service.usecases.ports import AuditEntry, KeyedRequest, StoredPlan
from tests.builders import NOW, a_caller, a_match, a_plan, an_encounter
from tests.fakes import MemoryPlans

PACK = "lumbar-spinal-stenosis"
FIRST = StoredPlan(a_plan(), b'{"resourceType":"Bundle"}')
NEXT_VISIT = an_encounter(reference="Encounter/e2", started=NOW + timedelta(days=14))
SECOND = StoredPlan(continue_plan(FIRST.plan, NEXT_VISIT, a_match(), NOW), b'{"revision":"2"}')


@pytest.fixture(params=["memory", "sqlite"])
def store(request, database):
    if request.param == "memory":
        yield MemoryPlans()
        return
    engine = Engine(database)
    yield SqlitePlans(engine, new_id)
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
