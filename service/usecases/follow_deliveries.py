"""How far a plan has come on its way into the record, and another try for what was refused."""

from collections.abc import Sequence

from service.domain.errors import NotFound
from service.domain.values import dataclass
from service.usecases.delivering import Delivery, Outbox
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore


@dataclass(frozen=True, slots=True)
class FollowDeliveries:
    """The story with its parts."""

    outbox: Outbox
    store: PlanStore
    clock: Clock

    def __call__(self, plan_id: str, caller: Caller) -> Sequence[Delivery]:
        """Return what became of each revision that was queued, in their order.

        Raises:
            NotFound: there is no such plan, or it is not the caller's to see.
        """
        self._seen("plan.deliveries", plan_id, caller)
        return self.outbox.of_plan(caller.tenant, plan_id)

    def newest(self, plan_id: str, caller: Caller) -> Delivery | None:
        """What became of the newest one, for a page that has audited its look already."""
        found = self.outbox.of_plan(caller.tenant, plan_id)
        return found[-1] if found else None

    def places(self, plan_id: str, caller: Caller) -> frozenset[str]:
        """Where the record keeps what was ever delivered, as `Type/id`; audited as `newest` is."""
        told = self.outbox.of_plan(caller.tenant, plan_id)
        return frozenset(place.reference for each in told for place in each.receipt.places)

    def glance(self, plan_id: str, caller: Caller) -> Delivery | None:
        """As `newest`, for a page that stands open and looks again: that is no new look.

        Raises:
            NotFound: there is no such plan, or it is not the caller's to see.
        """
        with self.store.reading(caller.tenant) as transaction:
            stored = transaction.plan(plan_id)
        if stored is None or not caller.may_see(stored.plan.patient):
            raise NotFound("there is no such plan")
        return self.newest(plan_id, caller)

    def again(self, plan_id: str, caller: Caller) -> Sequence[Delivery]:
        """Queue what is parked anew, and return as `__call__`. Raises as it."""
        self._seen("plan.replay", plan_id, caller)
        self.outbox.replay(caller.tenant, plan_id)
        return self.outbox.of_plan(caller.tenant, plan_id)

    def _seen(self, act: str, plan_id: str, caller: Caller) -> None:
        with self.store.writing(caller.tenant) as transaction:
            stored = transaction.plan(plan_id)
            if stored is None or not caller.may_see(stored.plan.patient):
                raise NotFound("there is no such plan")
            entry = AuditEntry(act, plan_id, stored.plan.patient, caller, self.clock())
            transaction.audit(entry)
