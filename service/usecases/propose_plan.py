"""$propose: what the main job would answer to this encounter, with nothing stored or queued."""

from collections.abc import Callable

from service.domain.encounter import Encounter
from service.domain.errors import NotAllowed
from service.domain.matching import Match, match
from service.domain.plan import PlanState, continue_plan
from service.domain.values import dataclass
from service.usecases.make_plan import (
    Happened,
    Made,
    MakePlan,
    Wish,
    require_known_code,
    require_same_patient,
)
from service.usecases.ports import AuditEntry, Caller, StoredPlan, Transaction

Begin = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True)
class Look:
    """What an encounter calls for, and what the patient has of it already.

    `same` is the plan that the encounter is a visit of, `course` the patient's open one.
    """

    found: Match
    same: StoredPlan | None
    course: StoredPlan | None


@dataclass(frozen=True, slots=True)
class ProposePlan:
    """The same parts and the same rules as the main job: only the store is not written."""

    make: MakePlan

    def __call__(self, encounter: Encounter, wish: Wish, caller: Caller) -> Made:
        """Return the plan this encounter calls for, as it would be now.

        A new plan has another id each time; the plan that stands for the encounter, or
        goes on with it, has its own. The look at the patient's plans is audited.

        Raises:
            NoUsableCode, PatientMismatch, StoreBusy: as the main job does.
            NotAllowed: a patient asks for another.
        """
        look = self.look(encounter, wish, caller)
        if look is None:
            return Made(Happened.NOT_COVERED)
        make, found = self.make, look.found
        if look.same is not None:
            return Made(Happened.SAME, look.same, found.also)
        if look.course is not None:
            plan = continue_plan(look.course.plan, encounter, found, make.clock())
            stored = StoredPlan(plan, *make.write(plan, caller.name))
            return Made(Happened.CONTINUED, stored, found.also)
        stored = make.draft(encounter, found, wish, caller)
        proposed = stored.plan.state is PlanState.PROPOSED
        happened = Happened.PROPOSED if proposed else Happened.CREATED
        return Made(happened, stored, found.also)

    def look(
        self, encounter: Encounter, wish: Wish, caller: Caller, begin: Begin | None = None
    ) -> Look | None:
        """Return what the encounter calls for, None when no pack covers it. Raises as above.

        What every door that proposes begins with, so that they select alike. `begin` comes
        first in the transaction that looks, when there is one.
        """
        if not caller.may_see(encounter.patient):
            raise NotAllowed(
                "the token is for another patient than the encounter", pointer="/entry"
            )
        make = self.make
        rules = make.catalogue.rules(caller.tenant)
        found = match(encounter, rules, wish.pack)
        if found is None:
            require_known_code(encounter, rules)
            return None
        with make.store.writing(caller.tenant) as transaction:
            if begin is not None:
                begin(transaction)
            same = None
            if encounter.reference:  # a hook may tell of a patient alone
                same = transaction.plan_of_encounter(encounter.reference, found.pack.id)
            course = transaction.open_plan(encounter.patient, found.pack.id)
            transaction.audit(
                AuditEntry("plan.propose", "", encounter.patient, caller, make.clock())
            )
        if same is not None:
            require_same_patient(same, encounter)
        return Look(found, same, course)
