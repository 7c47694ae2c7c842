"""A plan for a reader who may see it; every look leaves a row in the audit trail."""

from collections.abc import Sequence

from service.domain.errors import NotFound
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore, StoredPlan


def read_plan(plan_id: str, caller: Caller, store: PlanStore, clock: Clock) -> StoredPlan:
    """Return the plan in its newest revision.

    Raises:
        NotFound: there is none, or it is not the caller's to see; the two look alike.
    """
    with store.writing(caller.tenant) as transaction:
        stored = transaction.plan(plan_id)
        if stored is None or not caller.may_see(stored.plan.patient):
            raise NotFound("there is no such plan")
        transaction.audit(AuditEntry("plan.read", plan_id, stored.plan.patient, caller, clock()))
    return stored


def list_plans(
    patient: str, caller: Caller, store: PlanStore, clock: Clock
) -> Sequence[StoredPlan]:
    """Return the patient's plans, newest first; none when the patient is not the caller's."""
    if not caller.may_see(patient):
        return ()
    with store.writing(caller.tenant) as transaction:
        found = transaction.plans_of_patient(patient)
        transaction.audit(AuditEntry("plan.search", "", patient, caller, clock()))
    return found
