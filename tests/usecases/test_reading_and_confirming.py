"""Who may read a plan, and a clinician's yes to a possible match."""

import orjson
import pytest

from service.domain.errors import NotFound, StalePlan
from service.domain.plan import PlanState
from service.fhir.writer import BundleWriter
from service.usecases.confirm_plan import ConfirmPlan
from service.usecases.ports import StoredPlan
from service.usecases.read_plan import list_plans, read_plan
from tests.builders import NOW, STENOSIS_ANYWHERE, a_caller, a_condition, a_plan, an_encounter
from tests.fakes import MemoryPlans

PROPOSAL = a_plan(an_encounter(a_condition(STENOSIS_ANYWHERE)))
PHYSIO = a_caller(role="clinician", practitioner="Practitioner/fys2")


@pytest.fixture
def store():
    filled = MemoryPlans()
    with filled.writing("demo") as transaction:
        transaction.add(StoredPlan(PROPOSAL, b"{}"))
    return filled


@pytest.fixture
def confirm(store):
    return ConfirmPlan(store, lambda: NOW, BundleWriter(orjson.dumps, "http://s"))


def read(store, caller, plan_id=PROPOSAL.id):
    return read_plan(plan_id, caller, store, lambda: NOW)


def test_the_clinic_reads_its_plan_and_leaves_a_trace(store):
    assert read(store, PHYSIO).plan == PROPOSAL
    assert [entry.action for entry in store.tables().audit] == ["plan.read"]


def test_a_patient_reads_their_own_plan(store):
    assert read(store, a_caller(patient="Patient/p1")).plan == PROPOSAL


@pytest.mark.parametrize(
    "caller",
    [a_caller(patient="Patient/p2"), a_caller(tenant="clinic-b")],
    ids=["patient", "clinic"],
)
def test_a_plan_that_is_not_yours_looks_like_one_that_is_not_there(store, caller):
    with pytest.raises(NotFound) as not_yours:
        read(store, caller)
    with pytest.raises(NotFound) as not_there:
        read(store, caller, "no-such-plan")
    assert str(not_yours.value) == str(not_there.value)


def test_a_patient_who_asks_for_anothers_plans_gets_none(store):
    assert list_plans("Patient/p1", a_caller(patient="Patient/p2"), store, lambda: NOW) == []
    assert store.tables().audit[-1].patient == "Patient/p2"  # nothing of p1 was looked at
    assert len(list_plans("Patient/p1", PHYSIO, store, lambda: NOW)) == 1


def test_confirming_activates_queues_and_audits(store, confirm):
    stored = confirm(PROPOSAL.id, PHYSIO)
    assert stored.plan.state is PlanState.ACTIVE
    assert stored.plan.author == "Practitioner/fys2"
    assert store.tables().outbox == [(PROPOSAL.id, 2)]
    assert store.tables().audit[-1].action == "plan.confirmed"


def test_confirming_twice_queues_once(store, confirm):
    first = confirm(PROPOSAL.id, PHYSIO)
    assert confirm(PROPOSAL.id, PHYSIO) == first
    assert store.tables().outbox == [(PROPOSAL.id, 2)]


def test_confirming_what_has_changed_since_it_was_looked_at_is_refused(store, confirm):
    with pytest.raises(StalePlan):
        confirm(PROPOSAL.id, PHYSIO, revision=7)
    assert store.tables().outbox == []


def test_nobody_confirms_another_clinics_plan(confirm):
    with pytest.raises(NotFound):
        confirm(PROPOSAL.id, a_caller(tenant="clinic-b"))
