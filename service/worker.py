"""The worker: brings what is due to the records, and fetches what they told of, until stopped.

It has no state: any number may run, and one that dies is replaced by any other. A record that
fails again and again, asks to wait, or lets nobody in, is left alone for a while, then tried with
one delivery (circuit breaker). Several clinics may share a record: it is counted as one.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import field
from threading import Event
from typing import Any, Protocol

from service.domain.errors import StoreBusy
from service.domain.values import dataclass
from service.usecases.deliver_outbox import Came, DeliverOutbox
from service.usecases.delivering import Queued, Record
from service.usecases.fetch_encounters import FetchEncounters
from service.usecases.noticing import Notice, VisitRecord

POLL = 0.5  # seconds between looks at an empty queue
FAILS = 5  # deliveries in a row, before a record is left alone
PAUSE, LONGEST_PAUSE = 1.0, 60.0

Item = Queued | Notice
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Breaker:
    """Leaves a record alone after failures in a row, each time for longer, or as it asks."""

    clock: Callable[[], float]
    _fails: int = 0
    _until: float = 0.0

    def slots(self, most: int) -> int:
        """How many deliveries the record may get now."""
        if self.clock() < self._until:  # also when one that was begun before went well meanwhile
            return 0
        return most if self._fails < FAILS else 1

    def tell(self, came: Came) -> None:
        """What came of a delivery."""
        self._fails = 0 if came.well else self._fails + 1
        if came.rest:
            self._fails = max(self._fails, FAILS)
            self._leave_alone(came.rest.total_seconds())
        elif self._fails >= FAILS:
            self._leave_alone(min(LONGEST_PAUSE, PAUSE * 2 ** min(self._fails - FAILS, 10)))

    def _leave_alone(self, seconds: float) -> None:
        self._until = max(self._until, self.clock() + seconds)


class BothWays(Record, VisitRecord, Protocol):
    """A clinic's record, to write to and to read in."""


class Story(Protocol):
    """A kind of work: what is due of a clinic, and how one of it is done."""

    def tenants(self) -> Sequence[str]: ...

    def take(self, tenant: str, most: int, /) -> Sequence[Any]: ...

    def __call__(self, item: Any, record: Any, /) -> Came:
        """Do it, and tell what that says of the record."""

    def broken(self, item: Any, /) -> None:
        """A fault of ours ended it."""


@dataclass(slots=True)
class Worker:
    """One process's share of the work: at most `threads` conversations with records at once.

    What goes out and what comes in are looked at first in turns. `systems` names the system
    behind a clinic's record where several clinics share one. Of several systems none gets more
    than half of the threads, so there are at least two then.
    """

    deliver: DeliverOutbox
    fetch: FetchEncounters
    records: Mapping[str, BothWays]
    threads: int = 4
    systems: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    beat: Callable[[], None] = lambda: None  # told at every round that it lives
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _running: dict[Future[Came], tuple[Story, Item]] = field(default_factory=dict)
    _stories: deque[Story] = field(init=False)
    _rounds: int = 0
    _share: int = 0

    def __post_init__(self) -> None:
        self._stories = deque((self.deliver, self.fetch))
        several = len({self._system(tenant) for tenant in self.records}) > 1
        self.threads = max(2, self.threads) if several else self.threads
        self._share = self.threads // 2 if several else self.threads

    def run(self, stop: Event, *, until_empty: bool = False) -> None:
        """Work until `stop` is set, or with `until_empty` until nothing is due; finish what began.

        What is begun ends within 45 seconds, a minute when the database is away as well; what
        was not is left to others.
        """
        with ThreadPoolExecutor(self.threads, "delivery") as pool:
            while not stop.is_set():
                self.beat()
                begun = self._begin(pool)
                done = self._finish(timeout=0 if begun else POLL)
                if not begun and not done and not self._running:
                    if until_empty:
                        break
                    stop.wait(POLL)
            while self._running:
                self._finish(timeout=None)

    def _begin(self, pool: ThreadPoolExecutor) -> int:
        """Take as much as there are hands for; nobody waits in line with a lease."""
        begun = 0
        try:
            self._rounds += 1
            for story in tuple(self._stories):
                taken = self._begin_of(story, pool)
                begun += taken
                if taken:
                    self._stories.remove(story)
                    self._stories.append(story)
        except StoreBusy:
            log.warning("queue-busy")
        return begun

    def _begin_of(self, story: Story, pool: ThreadPoolExecutor) -> int:
        begun = 0
        for tenant in self._in_turn(story.tenants()):
            for item in self._take(story, tenant):
                future = pool.submit(story, item, self.records[tenant])
                self._running[future] = story, item
                begun += 1
        return begun

    def _in_turn(self, tenants: Sequence[str]) -> Sequence[str]:
        """Each clinic comes first in its turn: a long queue does not keep the others waiting."""
        first = self._rounds % len(tenants) if tenants else 0
        return [*tenants[first:], *tenants[:first]]

    def _take(self, story: Story, tenant: str) -> Sequence[Item]:
        if tenant not in self.records:
            return ()
        system = self._system(tenant)
        there = sum(self._system(item.tenant) == system for _, item in self._running.values())
        free = self.threads - len(self._running)
        slots = min(free, self._breaker(system).slots(self._share) - there)
        return story.take(tenant, slots) if slots > 0 else ()

    def _system(self, tenant: str) -> str:
        return self.systems.get(tenant, tenant)

    def _finish(self, timeout: float | None) -> int:
        """Wait for one to end; how many did."""
        if not self._running:
            return 0
        done, _ = wait(self._running, timeout, "FIRST_COMPLETED")
        for future in done:
            story, item = self._running.pop(future)
            self._breaker(self._system(item.tenant)).tell(self._outcome(story, item, future))
        return len(done)

    def _outcome(self, story: Story, item: Item, future: Future[Came]) -> Came:
        fault = future.exception()
        if fault is None:
            return future.result()
        if isinstance(fault, StoreBusy):  # no fault of the record's: the lease runs out
            log.warning("queue-busy")
            return Came()
        said = {"tenant": item.tenant}
        if isinstance(item, Queued):
            said["plan"] = item.plan_id
        log.error("unexpected", exc_info=fault, extra=said)
        with suppress(StoreBusy):  # then its lease runs out, and it is tried again
            story.broken(item)
        return Came(well=False)

    def _breaker(self, system: str) -> Breaker:
        return self._breakers.setdefault(system, Breaker(self.clock))
