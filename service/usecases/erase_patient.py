"""A patient is erased: plans, drafts, queues, pages. What was done stays, under a pseudonym."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol

from service.domain.values import dataclass
from service.usecases.ports import AuditEntry, Caller, Clock, Transaction


class NotErased(Exception):
    """Nothing was erased. One line says why, and what mends it."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What there is about a patient: how many rows of each table.

    `undelivered` revisions stand here and not in the record yet, `under_way` ones are being
    written there at this moment; `in_record` is what stands there, as far as this service knows.
    """

    plans: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    undelivered: int = 0
    under_way: int = 0
    in_record: tuple[str, ...] = ()


class PatientRows(Protocol):
    """Everything about patients of one clinic, in one transaction."""

    @property
    def transaction(self) -> Transaction: ...

    def holding(self, patient: str) -> Holding: ...

    def notices(self, patient: str) -> Sequence[Mapping[str, Any]]:
        """What the record told of the patient's visits and nobody has followed yet."""

    def drafts(self, plan_id: str) -> Sequence[Mapping[str, Any]]:
        """What clinicians typed about a plan and have not signed."""

    def erase(self, patient: str) -> str:
        """Erase all of it; the pseudonym that stands in the audit trail from now on."""


class Patients(Protocol):
    def writing(self, tenant: str) -> AbstractContextManager[PatientRows]: ...


Remember = Callable[[str, str, datetime], None]  # clinic, patient, when


@dataclass(frozen=True, slots=True)
class ErasePatient:
    """The story with its parts; `remember` keeps for later restores that it was done."""

    patients: Patients
    clock: Clock
    remember: Remember

    def look(self, patient: str, caller: Caller) -> Holding:
        """Return what would be erased, and erase nothing."""
        with self.patients.writing(caller.tenant) as rows:
            return rows.holding(patient)

    def __call__(
        self, patient: str, caller: Caller, reference: str = "", *, undelivered_too: bool = False
    ) -> Holding:
        """Erase all about a patient in one transaction, and return what it was.

        `reference` names the case that it was decided in, for the audit trail.

        Raises:
            NotErased: there is nothing, or some of it has not come into the record yet.
        """
        now = self.clock()
        with self.patients.writing(caller.tenant) as rows:
            found = rows.holding(patient)
            _refuse(found, undelivered_too=undelivered_too)
            # Before the commit: what is forgotten here would come back with a backup.
            self.remember(caller.tenant, patient, now)
            pseudonym = rows.erase(patient)
            entry = AuditEntry("patient.erased", reference, pseudonym, caller, now)
            rows.transaction.audit(entry)
        return found

    def again(self, patient: str, caller: Caller) -> None:
        """Erase whoever came back with a backup, whatever waits there."""
        with self.patients.writing(caller.tenant) as rows:
            entry = AuditEntry("patient.erased", "", rows.erase(patient), caller, self.clock())
            rows.transaction.audit(entry)


def _refuse(found: Holding, *, undelivered_too: bool) -> None:
    if not found.rows:
        raise NotErased("there is nothing about this patient here; write the id as in the record")
    if found.under_way:
        raise NotErased("a revision is being written to the record now; repeat it in a minute")
    if found.undelivered and not undelivered_too:
        raise NotErased(
            f"{found.undelivered} revisions are not in the record yet and would be lost: let them "
            "be delivered first (`deliveries list`), or say --undelivered-too"
        )
