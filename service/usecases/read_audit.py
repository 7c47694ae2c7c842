"""The audit trail as AuditEvents, for those who may look into it."""

from collections.abc import Iterator
from dataclasses import field

from service.domain.values import dataclass
from service.fhir.audit_event import to_audit_event
from service.fhir.elements import JsonObject
from service.fhir.record import Version
from service.usecases.ports import Audited, Caller, Transaction


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The rows of one clinic; to a patient, those about themselves.

    `about` are the patients of the rows that were shown, by the rows' ids.
    """

    transaction: Transaction
    caller: Caller
    about: dict[str, str] = field(default_factory=dict)

    def find(self, entry_id: str) -> Version | None:
        """Return the AuditEvent of this id, or None."""
        row = self.transaction.audited(entry_id)
        return self._version(row) if row and self._may_see(row) else None

    def beyond(
        self,
        entry_id: str,
        limit: int,
        newest_first: bool,  # noqa: FBT001
    ) -> Iterator[tuple[str, dict[str, Version]]]:
        """Yield the ids of the rows after this one, each with its AuditEvent."""
        for row in self.transaction.audit_beyond(entry_id, limit, newest_first=newest_first):
            shown = {f"AuditEvent/{row.id}": self._version(row)} if self._may_see(row) else {}
            yield row.id, shown

    def _may_see(self, row: Audited) -> bool:
        return self.caller.may_see(row.entry.patient)

    def _version(self, row: Audited) -> Version:
        self.about[row.id] = row.entry.patient
        return Version(f"AuditEvent/{row.id}", 1, row.entry.at, event_of(row))


def event_of(row: Audited) -> JsonObject:
    """The AuditEvent of a row."""
    entry = row.entry
    agent = entry.caller.role, entry.caller.name
    return to_audit_event(row.id, entry.at, entry.action, entry.entity, entry.patient, agent)
