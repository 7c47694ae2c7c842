"""How much waits for the clinics' records, for whoever watches over the installation."""

from collections.abc import Collection
from dataclasses import dataclass

from service.usecases.delivering import Backlog, Outbox
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class WatchDeliveries:
    """The story with its parts; `clinics` are those that are set up."""

    outbox: Outbox
    clinics: Collection[str]

    def __call__(self, caller: Caller) -> dict[str, Backlog]:
        """Return the backlog by clinic: of the caller's, or of all for the operator's own caller.

        The operator's is of no clinic. A clinic's own watcher does not learn of the others.

        Raises:
            StoreBusy: the database cannot be read at the moment.
        """
        names = [caller.tenant] if caller.tenant else {*self.clinics, *self.outbox.clinics()}
        return {name: self.outbox.backlog(name) for name in sorted(names)}
