"""After a restore every open plan goes on, clear of what its record may hold already."""

from datetime import timedelta

import orjson
import pytest

from service.domain.documenting import close_plan, record_session
from service.domain.plan import PlanState
from service.fhir.writer import BundleWriter
from service.store.ids import new_id
from service.usecases.ports import StoredPlan
from service.usecases.resume_plans import ResumePlans
from tests.builders import (
    CHANGE,
    NOW,
    STENOSIS_ANYWHERE,
    a_condition,
    a_plan,
    a_session,
    a_teaching,
    an_encounter,
)
from tests.fakes import MemoryPlans

TAKEN = NOW - timedelta(days=1)


def of_patient(number, **more):
    seen = an_encounter(patient=f"Patient/p{number}", reference=f"Encounter/e{number}")
    return a_plan(seen, id=new_id(), **more)


@pytest.fixture
def store():
    return MemoryPlans()


def add(store, *plans):
    with store.writing("demo") as transaction:
        for plan in plans:
            assert transaction.add(StoredPlan(plan, b"{}"))


@pytest.fixture
def resume(store):
    write = BundleWriter(orjson.dumps, "https://education.example")

    def told(now=NOW, taken=TAKEN):
        return ResumePlans(store, lambda: now, write)("demo", taken, lambda _: None)

    return told


def test_all_open_plans_go_on_however_many_there_are(store, resume):
    add(store, *(of_patient(number) for number in range(250)))
    assert resume() == 250
    tables = store.tables()
    assert {stored.plan.revision > 86_400 for stored in tables.plans.values()} == {True}
    assert len(tables.outbox) == 250
    assert {entry.action for entry in tables.audit} == {"plan.resumed"}
    assert {entry.caller.role for entry in tables.audit} == {"operator"}


def test_what_the_plan_says_stays_and_only_its_numbers_begin_anew(store, resume):
    before = record_session(
        of_patient(1), a_session(a_teaching(), encounter="Encounter/e1"), CHANGE
    )
    with store.writing("demo") as transaction:
        transaction.add(StoredPlan(before, b"{}"))
    resume()
    after = store.tables().plans[before.id].plan
    assert (after.topics, after.sessions, after.goals) == (
        before.topics,
        before.sessions,
        before.goals,
    )
    gap = after.revision - before.revision
    assert after.last_number == before.last_number + gap
    bundle = orjson.loads(store.tables().plans[before.id].bundle)
    agents = bundle["entry"][-1]["resource"]["agent"]
    assert agents[0]["who"]["display"] == "education-plan restore"


def test_more_than_could_be_done_in_the_time_lies_between(store, resume):
    add(store, of_patient(1))
    resume(NOW, TAKEN)
    (first,) = store.tables().plans.values()
    assert first.plan.revision >= 10 * 86_400


def test_a_clock_that_was_set_back_makes_no_step_back(store, resume):
    add(store, of_patient(1))
    resume(NOW, NOW + timedelta(hours=1))
    (stored,) = store.tables().plans.values()
    assert stored.plan.revision > 1_000


def test_a_closed_plan_is_left_alone_and_a_proposal_is_for_no_record(store, resume):
    proposed = a_plan(an_encounter(a_condition(STENOSIS_ANYWHERE)), id=new_id())
    assert proposed.state is PlanState.PROPOSED
    closed = close_plan(of_patient(2), "færdig", CHANGE)
    add(store, proposed, closed)
    assert resume() == 1
    assert store.tables().outbox == []
    assert store.tables().plans[closed.id].plan == closed
