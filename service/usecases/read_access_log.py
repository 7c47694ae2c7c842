"""A patient sees who has looked at their data: the audit trail, as far as it is about them."""

from service.domain.errors import NotAllowed
from service.domain.values import dataclass
from service.usecases.ports import Audited, AuditEntry, Caller, Clock, PlanStore

MOST = 50  # accesses on a page


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Accesses to one patient's data, the newest first.

    Of each there is when, what was done with which plan or resource, and the role and name of
    who did it. `next` begins the page of the older ones; "" when there are none.
    """

    accesses: tuple[Audited, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class ReadAccessLog:
    """The story with its parts."""

    store: PlanStore
    clock: Clock

    def __call__(self, caller: Caller, before: str = "") -> AccessLog:
        """Return the accesses to the caller's own data, from the page that `before` begins.

        That the log was read is an access too, and stands in it the next time.

        Raises:
            NotAllowed: the caller is no patient; others read AuditEvents over FHIR.
        """
        if caller.role != "patient" or not caller.patient:
            raise NotAllowed("a patient's log is that patient's to read")
        with self.store.writing(caller.tenant) as transaction:
            found = transaction.audit_of_patient(caller.patient, before, MOST + 1)
            transaction.audit(AuditEntry("log.read", "", caller.patient, caller, self.clock()))
        shown = tuple(found[:MOST])
        return AccessLog(shown, shown[-1].id if len(found) > MOST else "")
