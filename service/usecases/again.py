"""What the database took back through nobody's fault is done again at once, a few times.

Every story may be told twice: the second time it finds what the first one did, so this also
holds when the answer to a commit was lost on its way.
"""

from collections.abc import Callable
from typing import TypeVar

from service.domain.errors import StoreBusy
from service.domain.values import dataclass

Told = TypeVar("Told")

FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Again:
    """How it is tried again: at most so often, and begun within so many seconds.

    Waits grow, by `jitter` (0 to 1), so that two who were in each other's way part. With
    `whatever` a database that cannot be reached is waited for as well.
    """

    sleep: Callable[[float], None]
    clock: Callable[[], float]  # seconds, never set back
    jitter: Callable[[], float]
    most: int = 3
    within: float = 2.0
    whatever: bool = False

    def __call__(self, work: Callable[[], Told]) -> Told:
        """Return what `work` returns.

        Raises:
            StoreBusy: it did not go well in time.
        """
        begun, tries = self.clock(), 0
        while True:
            try:
                return work()
            except StoreBusy as busy:
                tries += 1
                wait = min(LONGEST_WAIT, FIRST_WAIT * 4 ** (tries - 1)) * (1 + self.jitter()) / 2
                in_time = self.clock() + wait - begun < self.within
                if not (busy.passing or self.whatever) or tries > self.most or not in_time:
                    raise
            self.sleep(wait)


def once(work: Callable[[], Told]) -> Told:
    """Do it, and never again."""
    return work()
