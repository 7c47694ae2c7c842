"""How much waits, on its way to the records and from them, for whoever watches over it all."""

from collections.abc import Collection

from service.domain.values import dataclass
from service.usecases.delivering import Backlog, Outbox
from service.usecases.noticing import Inbox
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class Waiting:
    """A clinic's queues: `outgoing` to its record, `incoming` what the record told of."""

    outgoing: Backlog
    incoming: Backlog


@dataclass(frozen=True, slots=True)
class WatchQueues:
    """The story with its parts; `clinics` are those that are set up."""

    outbox: Outbox
    inbox: Inbox
    clinics: Collection[str]

    def __call__(self, caller: Caller) -> dict[str, Waiting]:
        """Return what waits by clinic: of the caller's, or of all for the operator's own caller.

        The operator's is of no clinic. A clinic's own watcher does not learn of the others.

        Raises:
            StoreBusy: the database cannot be read at the moment.
        """
        names = [caller.tenant] if caller.tenant else self._all()
        return {
            name: Waiting(self.outbox.backlog(name), self.inbox.backlog(name)) for name in names
        }

    def _all(self) -> list[str]:
        return sorted({*self.clinics, *self.outbox.clinics(), *self.inbox.tenants()})
