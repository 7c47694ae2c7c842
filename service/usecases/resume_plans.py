"""After a restore: every open plan goes on, clear of what its record may hold already.

A backup is older than the records. What was documented since stands there and not here, so a
plan that simply went on would use the same numbers for other things, and the record, which
knows a thing by its identity, would keep the old ones in their place. So each open plan gets a
revision that is far beyond, and its delivery looks at what stands there first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from service.domain.plan import PlanState
from service.domain.revising import Change, resumed
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

_AT_ONCE = 100  # plans in one transaction
# A plan is not changed more often than this, nor are more of its things numbered. So what was
# counted before a restore, and before another one from the same backup, is always passed by.
_A_SECOND = 10
_LEAST = 1_000

Tell = Callable[[int], None]  # plans so far


@dataclass(frozen=True, slots=True)
class ResumePlans:
    """The story with its parts."""

    store: PlanStore
    clock: Clock
    write: WriteBundle

    def __call__(self, tenant: str, taken: datetime, tell: Tell) -> int:
        """Resume the clinic's open plans, and return how many; `taken` is the backup's time.

        Proposals are resumed too. They are not queued, for no record has them.
        """
        now = self.clock()
        caller = Caller(tenant, "operator", "education-plan restore")
        gap = _LEAST + _A_SECOND * (max(now - taken, timedelta(0)) // timedelta(seconds=1))
        last, many = "", 0
        while True:
            with self.store.writing(tenant) as transaction:
                page = transaction.plans_beyond(last, _AT_ONCE, newest_first=False)
                open_ones = [stored for stored in page if stored.plan.is_open]
                for stored in open_ones:
                    self._one(transaction, stored, Change("", now), gap, caller)
            many += len(open_ones)
            tell(many)
            if len(page) < _AT_ONCE:
                return many
            last = page[-1].plan.id

    def _one(
        self, transaction: Transaction, stored: StoredPlan, change: Change, gap: int, caller: Caller
    ) -> None:
        plan = resumed(stored.plan, change, gap)
        transaction.replace(
            StoredPlan(plan, *self.write(plan, caller.name)), before=stored.plan.revision
        )
        if plan.state is not PlanState.PROPOSED:
            transaction.queue(plan)
        transaction.audit(AuditEntry("plan.resumed", plan.id, plan.patient, caller, change.at))
