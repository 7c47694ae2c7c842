"""Any change of a plan by a person: found, changed, written, queued and audited as one.

The stories of a visit (`record_session`, `follow_goals`, `correct_entry`, `close_plan`) are
told through it, so that each of them keeps the same promises.
"""

from collections.abc import Callable, Sequence

from service.domain.errors import NotFound, StalePlan
from service.domain.plan import EducationPlan
from service.domain.revising import Change, heard
from service.domain.values import dataclass
from service.usecases.ports import (
    AuditEntry,
    Caller,
    Clock,
    PlanStore,
    StoredPlan,
    Transaction,
    WriteBundle,
)

Turn = Callable[[EducationPlan, Change], EducationPlan]


@dataclass(frozen=True, slots=True)
class Turned:
    """What is to become of one plan; `revision` is the one that was looked at, 0 for any."""

    plan_id: str
    turn: Turn
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """The plan after, and whether anything of it is new."""

    stored: StoredPlan
    is_new: bool

    @property
    def plan(self) -> EducationPlan:
        return self.stored.plan


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """The story with its parts."""

    store: PlanStore
    clock: Clock
    write: WriteBundle

    def __call__(self, act: str, turned: Sequence[Turned], caller: Caller) -> list[Changed]:
        """Return the plans after the change, in their order; all of them change, or none.

        `act` names it in the audit trail. What is told twice changes nothing the second
        time, also when the plan has moved on since: then it is a look at the plan.

        Raises:
            NotFound: there is no such plan for this caller.
            StalePlan: somebody changed it since it was looked at.
            IllegalTransition, InvalidField: the domain refuses the change.
        """
        change = Change(caller.reference, self.clock())
        with self.store.writing(caller.tenant) as transaction:
            return [self._one(transaction, act, each, change, caller) for each in turned]

    def _one(
        self, transaction: Transaction, act: str, wanted: Turned, change: Change, caller: Caller
    ) -> Changed:
        stored = transaction.plan(wanted.plan_id)
        if stored is None or not caller.may_see(stored.plan.patient):
            raise NotFound("there is no such plan")
        plan = wanted.turn(stored.plan, change)
        if plan is stored.plan:
            transaction.audit(AuditEntry("plan.read", plan.id, plan.patient, caller, change.at))
            return Changed(stored, is_new=False)
        if wanted.revision not in (0, stored.plan.revision):
            raise StalePlan(f"the plan has revision {stored.plan.revision} by now")
        if caller.is_patient:
            plan = heard(stored.plan, plan)
        new = StoredPlan(plan, *self.write(plan, caller.name))
        transaction.replace(new)
        transaction.queue(plan)
        transaction.audit(AuditEntry(f"plan.{act}", plan.id, plan.patient, caller, change.at))
        return Changed(new, is_new=True)
