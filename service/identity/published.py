"""What another server publishes and seldom changes, such as its keys: asked for, and kept a while.

Knows no HTTP: how it is asked is handed in, and ends in time.
"""

import threading
import time
from collections.abc import Callable
from copy import copy
from typing import Generic, TypeVar

FRESH = 300.0  # seconds that it is believed without asking
GRACE = 3_600.0  # seconds more that the last good is believed while nothing better comes
AGAIN = 30.0  # seconds before it is asked again because asking failed, or it lacked something
FAILED = 2.0  # seconds in which those who come share the failure, when there is none to believe

T = TypeVar("T")


class Published(Generic[T]):
    """One document. `unpublished` is what asking raises when nothing good comes.

    One thread asks at a time; the others wait for it, or go on with what is there. Whatever else
    asking raises means that it came and is no good: then what was good before is so no longer.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        unpublished: type[Exception],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._unpublished = unpublished
        self._clock = clock
        self._turn = threading.Lock()
        self._found: T | None = None
        self._came = self._asked = float("-inf")
        self._failure: Exception | None = None

    def newest(self, lacks: Callable[[T], bool] = lambda _: False) -> T:
        """Return it; `lacks` says that something is missing in it, which may be new.

        Raises:
            unpublished: nothing good comes, and none was good of late.
        """
        found = self.believed()
        waits = found is None or lacks(found)
        if not self._turn.acquire(blocking=waits) and found is not None:
            return found  # another thread asks, and this will do meanwhile
        try:
            return self._of_now(lacks)
        finally:
            self._turn.release()

    def believed(self) -> T | None:
        """The last good, without asking or waiting; None when there is none of late."""
        return self._found if self._clock() - self._came <= FRESH + GRACE else None

    def is_due(self, lacks: Callable[[T], bool]) -> bool:
        """Whether it is time to ask: for who cannot wait and has `newest` called elsewhere."""
        found, now = self.believed(), self._clock()
        if found is None:
            return True
        fresh = now - self._came <= FRESH and not lacks(found)
        return not fresh and now - self._asked > AGAIN

    def _of_now(self, lacks: Callable[[T], bool]) -> T:
        now, found = self._clock(), self.believed()
        if found is None:
            return self._first(now)
        if not self.is_due(lacks):
            return found
        try:
            return self._renewed(now)
        except self._unpublished:
            return found

    def _first(self, now: float) -> T:
        if self._failure is not None and now - self._asked <= FAILED:
            raise copy(self._failure)
        return self._renewed(now)

    def _renewed(self, now: float) -> T:
        self._asked = now
        kept: T | None = None  # what comes and is no good leaves nothing of what was good before
        try:
            found = kept = self._ask()
            self._came, self._failure = now, None
        except self._unpublished as failure:
            kept, self._asked, self._failure = self._found, self._clock(), failure
            raise
        finally:
            self._found = kept
        return found
