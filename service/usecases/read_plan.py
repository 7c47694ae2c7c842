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
        stored = _require(transaction.plan(plan_id), caller)
        transaction.audit(AuditEntry("plan.read", plan_id, stored.plan.patient, caller, clock()))
    return stored


def find_plan(plan_id: str, caller: Caller, store: PlanStore) -> StoredPlan:
    """Return the same for who changes it at once: the change is what is audited, and not the look.

    Raises:
        NotFound: as `read_plan`.
    """
    with store.reading(caller.tenant) as transaction:
        return _require(transaction.plan(plan_id), caller)


def list_plans(
    patient: str, caller: Caller, store: PlanStore, clock: Clock
) -> Sequence[StoredPlan]:
    """Return the patient's plans, newest first; none when the patient is not the caller's.

    Who asks for another's leaves a row of their own: nothing of the other was looked at.
    """
    is_own = caller.may_see(patient)
    about = patient if is_own else caller.patient
    with store.writing(caller.tenant) as transaction:
        found = transaction.plans_of_patient(patient) if is_own else []
        transaction.audit(AuditEntry("plan.search", "", about, caller, clock()))
    return found


def _require(stored: StoredPlan | None, caller: Caller) -> StoredPlan:
    if stored is None or not caller.may_see(stored.plan.patient):
        raise NotFound("there is no such plan")
    return stored
