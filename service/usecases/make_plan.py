"""The main job: an encounter comes in, an education plan comes out, stored and queued."""

from dataclasses import field
from enum import StrEnum

from service.domain.content import Edition, Pack
from service.domain.encounter import Encounter
from service.domain.errors import (
    IdempotencyKeyReused,
    NoUsableCode,
    PatientMismatch,
    StoreBusy,
)
from service.domain.matching import Match, Rules, match
from service.domain.plan import (
    Outline,
    PlanState,
    continue_plan,
    draft_plan,
    outline,
)
from service.domain.selection import select
from service.domain.values import dataclass
from service.usecases.ports import (
    AuditEntry,
    Caller,
    Catalogue,
    Clock,
    KeyedRequest,
    NewId,
    PlanStore,
    StoredPlan,
    Transaction,
    WriteBundle,
)


class Happened(StrEnum):
    """What came of a posted encounter."""

    CREATED = "created"
    SAME = "same"
    CONTINUED = "continued"
    PROPOSED = "proposed"
    NOT_COVERED = "not-covered"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for besides the encounter. Empty means: as the clinic has it.

    `key` and `fingerprint` are the Idempotency-Key and a hash of the whole request.
    """

    edition: Edition = Edition.FULL
    language: str = "da"
    pack: str = ""
    key: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """The answer: a stored plan and what happened, or no plan because no pack covers it.

    `also` names other packs the encounter calls for; `replayed` says that an
    Idempotency-Key was used again for the very same request.
    """

    happened: Happened
    stored: StoredPlan | None = None
    also: tuple[str, ...] = ()
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class MakePlan:
    """The story with its parts: posts of one encounter, however many, make one plan."""

    catalogue: Catalogue
    store: PlanStore
    clock: Clock
    new_id: NewId
    write: WriteBundle
    _outlines: dict[tuple[str, ...], Outline] = field(default_factory=dict, init=False)

    def __call__(self, encounter: Encounter, wish: Wish, caller: Caller) -> Made:
        """Make, continue or find the plan this encounter calls for.

        Plan, Bundle, outbox row, audit row and idempotency key are one transaction.

        Raises:
            NoUsableCode: no condition is coded in a system we know.
            IdempotencyKeyReused: the key was used for another request.
            StoreBusy: nothing was stored; the same request may be repeated.
        """
        rules = self.catalogue.rules(caller.tenant)
        found = match(encounter, rules, wish.pack)
        if found is None:
            require_known_code(encounter, rules)
            return self._not_covered(wish, caller)
        fresh = self.draft(encounter, found, wish, caller)
        with self.store.writing(caller.tenant) as transaction:
            if wish.key and (earlier := _replay(transaction, wish, found.also)):
                self._audit(transaction, earlier, caller)
                return earlier
            made = self._settle(transaction, encounter, found, fresh, caller)
            self._record(transaction, made, wish, caller)
            return made

    def draft(self, encounter: Encounter, found: Match, wish: Wish, caller: Caller) -> StoredPlan:
        """Return a new plan with its Bundle; nothing is stored, nor asked of the store.

        Built before the writers' turn comes, so that the turn is short.
        """
        common = self.outline(found.pack, wish)
        plan = draft_plan(self.new_id(), caller.tenant, encounter, found, common, self.clock())
        return StoredPlan(plan, *self.write(plan, caller.name))

    def outline(self, pack: Pack, wish: Wish) -> Outline:
        """What such plans have in common: selected once for a pack's version, then shared."""
        key = (pack.id, pack.sha256, wish.edition, wish.language)
        found = self._outlines.get(key)
        if found is None:
            selection = select(pack, wish.edition, wish.language)
            found = self._outlines[key] = outline(selection)
        return found

    def _settle(
        self,
        transaction: Transaction,
        encounter: Encounter,
        found: Match,
        fresh: StoredPlan,
        caller: Caller,
    ) -> Made:
        """A new plan as a rule; else the one that stands for this encounter, or goes on."""
        happened, stored = Happened.CREATED, fresh
        if not transaction.add(fresh):
            if same := transaction.plan_of_encounter(encounter.reference, found.pack.id):
                require_same_patient(same, encounter)
                return Made(Happened.SAME, same, found.also)
            happened = Happened.CONTINUED
            stored = self._continue(transaction, encounter, found, caller)
        if stored.plan.state is PlanState.PROPOSED:
            return Made(Happened.PROPOSED, stored, found.also)  # the record waits for a clinician
        transaction.queue(stored.plan)
        return Made(happened, stored, found.also)

    def _continue(
        self, transaction: Transaction, encounter: Encounter, found: Match, caller: Caller
    ) -> StoredPlan:
        course = transaction.open_plan(encounter.patient, found.pack.id)
        if course is None:
            raise StoreBusy("the course was closed at this moment", passing=True)
        plan = continue_plan(course.plan, encounter, found, self.clock())
        stored = StoredPlan(plan, *self.write(plan, caller.name))
        transaction.replace(stored)
        return stored

    def _audit(self, transaction: Transaction, made: Made, caller: Caller) -> None:
        if made.stored is None:
            return
        plan, act = made.stored.plan, Happened.SAME if made.replayed else made.happened
        transaction.audit(AuditEntry(f"plan.{act}", plan.id, plan.patient, caller, self.clock()))

    def _record(self, transaction: Transaction, made: Made, wish: Wish, caller: Caller) -> None:
        assert made.stored is not None  # noqa: S101  # _settle always has a plan
        plan = made.stored.plan
        self._audit(transaction, made, caller)
        if wish.key:
            transaction.remember_key(
                KeyedRequest(wish.key, wish.fingerprint, made.happened, plan.id, plan.revision),
                self.clock(),
            )

    def _not_covered(self, wish: Wish, caller: Caller) -> Made:
        """Nothing to store but the key, so that another body under it is still refused."""
        if wish.key:
            with self.store.writing(caller.tenant) as transaction:
                if earlier := _replay(transaction, wish):
                    self._audit(transaction, earlier, caller)
                    return earlier
                transaction.remember_key(
                    KeyedRequest(wish.key, wish.fingerprint, Happened.NOT_COVERED), self.clock()
                )
        return Made(Happened.NOT_COVERED)


def _replay(transaction: Transaction, wish: Wish, also: tuple[str, ...] = ()) -> Made | None:
    earlier = transaction.request_of_key(wish.key)
    if earlier is None:
        return None
    if earlier.fingerprint != wish.fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was used for another request")
    stored = transaction.plan(earlier.plan_id, earlier.revision) if earlier.plan_id else None
    return Made(Happened(earlier.happened), stored, also, replayed=True)


def require_same_patient(same: StoredPlan, encounter: Encounter) -> None:
    """Nobody is handed another patient's plan, whatever ids the record has mixed up."""
    if same.plan.patient != encounter.patient:
        raise PatientMismatch(
            "this encounter is already another patient's",
            how_to_fix="Send the encounter with its own id and the patient it is about.",
        )


def require_known_code(encounter: Encounter, rules: Rules) -> None:
    """Raise NoUsableCode when no condition is coded in a system we know."""
    codings = [coding for condition in encounter.conditions for coding in condition.codings]
    if any(coding.is_known_system or coding.key in rules for coding in codings):
        return
    raise NoUsableCode(
        "no condition is coded in a system that packs are looked up by",
        pointer=encounter.conditions[0].pointer,
    )
