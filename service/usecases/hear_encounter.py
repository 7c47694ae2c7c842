"""The record tells that something is new about an encounter: it is noted, and followed later."""

from datetime import datetime

from service.domain.values import dataclass
from service.usecases.noticing import CHANGES, Inbox, Told
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class HearEncounter:
    """The story with its part. When it returns, the notice is on the disk."""

    inbox: Inbox

    def __call__(self, encounter: str, as_of: datetime | None, caller: Caller) -> None:
        """Note that this encounter (`Encounter/id`) is new or changed.

        Raises:
            StoreBusy: nothing was noted; the same may be told again.
        """
        self.inbox.hear(caller.tenant, Told(encounter, as_of, caller.name))

    def changes(self, caller: Caller) -> None:
        """Note that some encounter is new or changed. Raises as `__call__`."""
        self.inbox.hear(caller.tenant, Told(CHANGES, by=caller.name))
