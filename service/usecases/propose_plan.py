"""$propose: what the main job would answer to this encounter, with nothing stored or queued."""

from dataclasses import dataclass

from service.domain.encounter import Encounter
from service.domain.errors import NotAllowed
from service.domain.matching import match
from service.domain.plan import PlanState, continue_plan
from service.usecases.make_plan import (
    Happened,
    Made,
    MakePlan,
    Wish,
    require_known_code,
    require_same_patient,
)
from service.usecases.ports import AuditEntry, Caller, StoredPlan


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
        if not caller.may_see(encounter.patient):
            raise NotAllowed(
                "the token is for another patient than the encounter", pointer="/entry"
            )
        make = self.make
        rules = make.catalogue.rules(caller.tenant)
        found = match(encounter, rules, wish.pack)
        if found is None:
            require_known_code(encounter, rules)
            return Made(Happened.NOT_COVERED)
        with make.store.writing(caller.tenant) as transaction:
            same = transaction.plan_of_encounter(encounter.reference, found.pack.id)
            course = transaction.open_plan(encounter.patient, found.pack.id)
            transaction.audit(
                AuditEntry("plan.propose", "", encounter.patient, caller, make.clock())
            )
        if same is not None:
            require_same_patient(same, encounter)
            return Made(Happened.SAME, same, found.also)
        if course is not None:
            plan = continue_plan(course.plan, encounter, found, make.clock())
            stored = StoredPlan(plan, *make.write(plan, caller.name))
            return Made(Happened.CONTINUED, stored, found.also)
        stored = make.draft(encounter, found, wish, caller)
        proposed = stored.plan.state is PlanState.PROPOSED
        happened = Happened.PROPOSED if proposed else Happened.CREATED
        return Made(happened, stored, found.also)
