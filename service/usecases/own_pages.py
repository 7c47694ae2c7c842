"""A patient's own pages: what the patient was given, agreed and asked, and who has looked.

Everything hangs on the caller's patient: what is another's is not even looked for, so it is
missing like what never was. Every page that is shown leaves a row in the audit trail.
"""

from collections.abc import Iterator

from service.domain.assignment import Assignment
from service.domain.content import HandoutForm
from service.domain.errors import NotFound
from service.domain.plan import EducationPlan, PlannedHandout, PlanState
from service.domain.values import dataclass
from service.fhir.assigned import assignment_urn
from service.usecases.find_handout import FindHandout, FoundHandout, WantedHandout
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore, StoredPlan

_SHOWN = (PlanState.ACTIVE, PlanState.COMPLETED, PlanState.REVOKED)


@dataclass(frozen=True, slots=True)
class Mine:
    """A handout that the patient has. `name` is opaque: it tells no handout and no patient."""

    plan: EducationPlan
    handout: PlannedHandout
    given: Assignment

    @property
    def name(self) -> str:
        return assignment_urn(self.plan, self.given).removeprefix("urn:uuid:")


@dataclass(frozen=True, slots=True)
class OwnPages:
    """The story with its parts. Every caller is a patient."""

    store: PlanStore
    clock: Clock
    find_handout: FindHandout

    def see(self, caller: Caller) -> list[EducationPlan]:
        """Return the patient's plans, the newest first."""
        with self.store.writing(caller.tenant) as transaction:
            found = transaction.plans_of_patient(caller.patient)
            entry = AuditEntry("portal.read", "", caller.patient, caller, self.clock())
            transaction.audit(entry)
        return [stored.plan for stored in found if stored.plan.state in _SHOWN]

    def language(self, caller: Caller) -> str:
        """Return the language of the patient's newest plan, "" without one; not audited."""
        with self.store.reading(caller.tenant) as transaction:
            found = transaction.plans_of_patient(caller.patient)
        return next((each.plan.language for each in found if each.plan.state in _SHOWN), "")

    def mine(self, plans: list[EducationPlan]) -> list[Mine]:
        """The handouts that the patient has today, those given last first."""
        today = self.clock().date()
        found = [mine for plan in plans for mine in _of(plan) if mine.given.is_there(today)]
        return sorted(found, key=lambda mine: (mine.given.given, mine.given.number), reverse=True)

    def named(self, name: str, caller: Caller) -> Mine:
        """Return the handout of this name; nothing is audited.

        Raises:
            NotFound: the patient does not have it.
        """
        with self.store.reading(caller.tenant) as transaction:
            found = transaction.plans_of_patient(caller.patient)
        plans = [stored.plan for stored in found if stored.plan.state in _SHOWN]
        for mine in self.mine(plans):
            if mine.name == name:
                return mine
        raise NotFound("there is no such page")

    def read(self, mine: Mine, language: str, caller: Caller) -> FoundHandout:
        """Return the page that the plan pins, or the one made with it in this language.

        Raises:
            NotFound: the page is not here any more.
            Withdrawn: its text was taken back.
        """
        entity = f"Communication/{mine.plan.id}.h.{mine.given.number}"
        with self.store.writing(caller.tenant) as transaction:
            entry = AuditEntry("portal.handout", entity, caller.patient, caller, self.clock())
            transaction.audit(entry)
        return self._page(mine, language, caller)

    def print(self, mine: Mine, language: str, form: HandoutForm, caller: Caller) -> bytes:
        """Return the same as a file. Raises as `read`."""
        found = self._page(mine, language, caller)
        content = self.find_handout.read(found.page, form)
        entity = f"Communication/{mine.plan.id}.h.{mine.given.number}"
        with self.store.writing(caller.tenant) as transaction:
            entry = AuditEntry("portal.printed", entity, caller.patient, caller, self.clock())
            transaction.audit(entry)
        return content

    def fetch(self, caller: Caller) -> list[list[StoredPlan]]:
        """Return all revisions of every plan of the patient, the newest plan first."""
        with self.store.writing(caller.tenant) as transaction:
            plans = transaction.plans_of_patient(caller.patient)
            shown = [stored.plan.id for stored in plans if stored.plan.state in _SHOWN]
            found = [transaction.history(plan_id) for plan_id in shown]
            entry = AuditEntry("portal.download", "", caller.patient, caller, self.clock())
            transaction.audit(entry)
        return found

    def _page(self, mine: Mine, language: str, caller: Caller) -> FoundHandout:
        plan = mine.plan
        wanted = WantedHandout(plan.pack.id, mine.handout.id, sha256=mine.handout.sha256)
        found = self.find_handout.find(caller.tenant, wanted)
        other = found.page.others.get((plan.edition.value, language), "")
        if language in ("", found.page.language) or not other:
            return found
        spoken = WantedHandout(plan.pack.id, mine.handout.id, sha256=other)
        return self.find_handout.find(caller.tenant, spoken)


def _of(plan: EducationPlan) -> Iterator[Mine]:
    handouts = {each.id: each for each in plan.handouts}
    for given in plan.assignments:
        yield Mine(plan, handouts[given.handout], given)
