"""Open pages end at once: those of who may not come in any more, or everybody's."""

from service.domain.values import dataclass
from service.usecases.ports import PATIENT, AuditEntry, Caller, Clock, Launch, PlanStore

_ALL = ("everybody", "")


@dataclass(frozen=True, slots=True)
class ClosePages:
    """The story with its parts."""

    store: PlanStore
    clock: Clock

    def __call__(self, caller: Caller, who: str = "") -> int:
        """End the launches of the caller's clinic, or those of one person; how many there were.

        `who` is the name of a token, or the practitioner or patient by the record's reference.
        The audit trail has one row of it, and where two people answer to `who`, one of each.
        When nobody had a page open, nothing was done and it has none.
        """
        with self.store.writing(caller.tenant) as transaction:
            ended = transaction.end_launches(who)
            for entity, patient in sorted({_whose(launch) if who else _ALL for launch in ended}):
                entry = AuditEntry("pages.closed", entity, patient, caller, self.clock())
                transaction.audit(entry)
        return len(ended)


def _whose(launch: Launch) -> tuple[str, str]:
    """Of whom the row is: a practitioner as what was ended, a patient as whose row it is."""
    return ("", launch.patient) if launch.role == PATIENT else (launch.practitioner, "")
