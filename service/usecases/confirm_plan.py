"""A clinician says that a possible match applies: the proposal becomes the plan."""

from service.domain import plan as domain
from service.domain.errors import NotFound, StalePlan
from service.domain.values import dataclass
from service.usecases.ports import (
    AuditEntry,
    Caller,
    Clock,
    PlanStore,
    StoredPlan,
    WriteBundle,
)


@dataclass(frozen=True, slots=True)
class ConfirmPlan:
    """The story with its parts."""

    store: PlanStore
    clock: Clock
    write: WriteBundle

    def __call__(self, plan_id: str, caller: Caller, revision: int = 0) -> StoredPlan:
        """Return the plan as active, queued for the record; confirming twice is harmless.

        `revision` is the one the clinician looked at; 0 when the caller does not say.

        Raises:
            NotFound: there is no such plan for this caller.
            StalePlan: the plan has another revision by now.
            IllegalTransition: the plan is closed.
        """
        with self.store.writing(caller.tenant) as transaction:
            stored = transaction.plan(plan_id)
            if stored is None or not caller.may_see(stored.plan.patient):
                raise NotFound("there is no such plan")
            if revision not in (0, stored.plan.revision):
                raise StalePlan(f"the plan has revision {stored.plan.revision} by now")
            plan = domain.confirm_plan(stored.plan, caller.practitioner, self.clock())
            if plan is stored.plan:
                transaction.audit(
                    AuditEntry("plan.read", plan.id, plan.patient, caller, self.clock())
                )
                return stored
            confirmed = StoredPlan(plan, *self.write(plan, caller.name))
            transaction.replace(confirmed)
            transaction.queue(plan)
            transaction.audit(
                AuditEntry("plan.confirmed", plan.id, plan.patient, caller, self.clock())
            )
            return confirmed
