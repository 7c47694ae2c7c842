"""One resource of the FHIR façade: read, an earlier version, its history."""

from collections.abc import Mapping, Sequence

from service.domain.errors import NotFound
from service.domain.values import dataclass
from service.fhir.record import PlanRevision, Version, plan_id_of, versions_of
from service.fhir.restricted import for_patients
from service.fhir.served import KNOWLEDGE, ONLY_KNOWLEDGE
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore, StoredPlan
from service.usecases.read_audit import AuditTrail
from service.usecases.shelf import Shelf


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """The story with its parts. Every look at a patient's resource is audited."""

    store: PlanStore
    shelf: Shelf
    clock: Clock

    def __call__(self, resource_type: str, resource_id: str, caller: Caller) -> Version:
        """Return the resource in its newest version.

        Raises:
            NotFound: there is none, or it is not the caller's to see; the two look alike.
        """
        return self.history(resource_type, resource_id, caller, "read")[-1]

    def version(self, resource_type: str, resource_id: str, number: str, caller: Caller) -> Version:
        """Return the version of this number.

        Raises:
            NotFound: as for reading, and when there is no such version.
        """
        versions = self.history(resource_type, resource_id, caller, "vread")
        for version in versions:
            if str(version.number) == number:
                return version
        raise _not_there("?versionId")

    def history(
        self, resource_type: str, resource_id: str, caller: Caller, act: str = "history"
    ) -> list[Version]:
        """Return every version, the oldest first. Raises as for reading."""
        name = f"{resource_type}/{resource_id}"
        known = self.shelf.find(name, caller) if resource_type in KNOWLEDGE else None
        if known or resource_type in ONLY_KNOWLEDGE:
            versions = [known] if known else []
        elif resource_type == "AuditEvent":
            versions = self._of_audit(name, caller, act)
        else:
            versions = self._of_plan(name, caller, act)
        if not versions:
            raise _not_there("?id")
        return versions

    def _of_audit(self, name: str, caller: Caller, act: str) -> list[Version]:
        with self.store.writing(caller.tenant) as transaction:
            trail = AuditTrail(transaction, caller)
            found = trail.find(name.partition("/")[2])
            if found:
                patient = trail.about[found.id]
                entry = AuditEntry(f"fhir.{act}", name, patient, caller, self.clock())
                transaction.audit(entry)
        return [found] if found else []

    def _of_plan(self, name: str, caller: Caller, act: str) -> list[Version]:
        plan_id = plan_id_of(name.partition("/")[2])
        with self.store.writing(caller.tenant) as transaction:
            history = transaction.history(plan_id)
            if not history or not caller.may_see(history[-1].plan.patient):
                return []
            versions = list(of_plan(history, caller).get(name, ()))
            if versions:
                patient = history[-1].plan.patient
                entry = AuditEntry(f"fhir.{act}", name, patient, caller, self.clock())
                transaction.audit(entry)
        return versions


def of_plan(history: list[StoredPlan], caller: Caller) -> Mapping[str, Sequence[Version]]:
    """All versions of a plan's resources, as this caller may see them."""
    found = versions_of(as_revisions(history))
    return for_patients(found) if caller.role == "patient" else found


def as_revisions(history: list[StoredPlan]) -> list[PlanRevision]:
    return [PlanRevision(stored.plan, stored.bundle) for stored in history]


def _not_there(pointer: str) -> NotFound:
    return NotFound("there is no such resource here", pointer=pointer)
