"""What is typed and not signed yet: kept for its writer, gone when it is signed.

A draft is nobody's record: only its practitioner sees it, and it is not in the audit trail.
"""

from dataclasses import replace

from service.domain.errors import DraftConflict, NotFound
from service.domain.values import dataclass
from service.usecases.ports import Caller, Clock, Draft, PlanStore, Transaction


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """The story with its parts."""

    store: PlanStore
    clock: Clock

    def open(self, plan_id: str, encounter: str, caller: Caller) -> Draft | None:
        """Return the caller's draft for this visit, or None.

        Raises:
            NotFound: there is no such plan for this caller.
        """
        with self.store.reading(caller.tenant) as transaction:
            _require_plan(transaction, plan_id, caller)
            return transaction.draft(plan_id, encounter, caller.practitioner)

    def keep(self, draft: Draft, caller: Caller) -> Draft:
        """Return the draft as kept, its version one higher.

        The same fields kept again, from whatever window, change nothing.

        Raises:
            NotFound: there is no such plan for this caller.
            DraftConflict: another window has kept another version; it holds both.
        """
        new = replace(
            draft,
            practitioner=caller.practitioner,
            version=draft.version + 1,
            at=self.clock(),
        )
        with self.store.writing(caller.tenant) as transaction:
            _require_plan(transaction, draft.plan_id, caller)
            kept = transaction.draft(draft.plan_id, draft.encounter, caller.practitioner)
            if kept and _said(kept) == _said(draft):
                return kept
            if not transaction.keep_draft(new):
                raise DraftConflict("another window has kept another version", kept)
        return new

    def discard(self, plan_id: str, encounter: str, caller: Caller) -> None:
        """Forget the caller's draft for this visit, if there is one."""
        with self.store.writing(caller.tenant) as transaction:
            transaction.drop_draft(plan_id, encounter, caller.practitioner)


def _said(draft: Draft) -> tuple[object, ...]:
    return draft.revision, draft.fields


def _require_plan(transaction: Transaction, plan_id: str, caller: Caller) -> None:
    stored = transaction.plan(plan_id)
    if stored is None or not caller.may_see(stored.plan.patient):
        raise NotFound("there is no such plan")
