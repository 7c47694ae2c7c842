"""The audit trail of a clinic is handed out as FHIR, one AuditEvent after the other."""

from collections.abc import Iterator
from datetime import datetime

from service.domain.values import dataclass
from service.fhir.elements import JsonObject
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore
from service.usecases.read_audit import event_of

_PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportAudit:
    """The story with its parts."""

    store: PlanStore
    clock: Clock

    def __call__(self, caller: Caller, since: datetime | None = None) -> Iterator[JsonObject]:
        """Yield the events of the caller's clinic, the oldest first, from a time on.

        That it was handed out stands in the trail before the first is.
        """
        with self.store.writing(caller.tenant) as transaction:
            entry = AuditEntry("audit.exported", "AuditEvent", "", caller, self.clock())
            transaction.audit(entry)
        last = ""
        while True:
            with self.store.reading(caller.tenant) as transaction:
                page = transaction.audit_beyond(last, _PAGE, newest_first=False)
            yield from (event_of(row) for row in page if since is None or row.entry.at >= since)
            if len(page) < _PAGE:
                return
            last = page[-1].id
