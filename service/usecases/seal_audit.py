"""A clinic's audit trail is sealed, row by row, some seconds after it was written.

Not while it is written: the rows of a clinic come from many processes at once, and each would
have to wait for the one before. A row counts as sealed when its seal is committed.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from service.domain.values import dataclass
from service.usecases.audit_chain import Seal

AT_ONCE = 200  # rows in one seal: a short turn for whoever writes meanwhile
A_LOOK = 10_000  # rows of a clinic before the others, and other work, have their turn
EVERY = 10.0  # seconds between looks for what is not sealed


class Seals(Protocol):
    """The seals of all clinics."""

    def clinics(self) -> Sequence[str]:
        """The clinics that have an audit trail."""

    def unsealed(self, tenant: str, most: int) -> tuple[int, Sequence[str]]:
        """The number of the last seal, 0 for none, and rows that no seal holds yet.

        At most so many, by their ids, the oldest first.
        """

    def seal(self, tenant: str, after: int, ids: Sequence[str]) -> Seal | None:
        """Seal these rows; None when this is not the last seal any more, or they are gone."""


@dataclass(frozen=True, slots=True)
class SealAudit:
    """The story with its parts; `tell` writes a line of the log: the place to find a head again."""

    seals: Seals
    tell: Callable[[str, dict[str, Any]], None]

    def __call__(self) -> int:
        """Seal what is not sealed of every clinic, and return how many rows that were.

        After an upgrade there may be too much for one look: call it until it returns 0.

        Raises:
            StoreBusy: the database cannot be reached now; what is sealed stays so.
        """
        return sum(self._clinic(tenant) for tenant in self.seals.clinics())

    def _clinic(self, tenant: str) -> int:
        after, ids = self.seals.unsealed(tenant, A_LOOK)
        many, newest = 0, None
        for begin in range(0, len(ids), AT_ONCE):
            part = ids[begin : begin + AT_ONCE]
            sealed = self.seals.seal(tenant, after, part)
            if sealed is None:
                break  # another worker is at it
            after, many, newest = sealed.number, many + len(part), sealed
        if newest:
            self.tell("audit-sealed", {"tenant": tenant, "seal": newest.head})
        return many


@dataclass(slots=True)
class NowAndThen:
    """Does something when it is asked to, but not oftener than every so many seconds."""

    act: Callable[[], object]
    clock: Callable[[], float]
    every: float = EVERY
    _next: float = float("-inf")

    def __call__(self) -> None:
        if self.clock() >= self._next:
            self._next = self.clock() + self.every
            self.act()
