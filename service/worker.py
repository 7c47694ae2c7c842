"""The delivery worker: takes what is due and brings it to the records, until it is stopped.

It has no state: any number may run, and one that dies is replaced by any other. A record that
fails again and again is left alone for a while, then tried with one delivery (circuit breaker).
"""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event

from service.domain.errors import StoreBusy
from service.usecases.deliver_outbox import DeliverOutbox
from service.usecases.delivering import Outbox, Queued, Record

POLL = 0.5  # seconds between looks at an empty queue
FAILS = 5  # deliveries in a row, before a record is left alone
PAUSE, LONGEST_PAUSE = 1.0, 60.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Breaker:
    """Leaves a record alone after failures in a row, each time for longer."""

    clock: Callable[[], float]
    _fails: int = 0
    _until: float = 0.0

    def slots(self, most: int) -> int:
        """How many deliveries the record may get now."""
        if self._fails < FAILS:
            return most
        return 1 if self.clock() >= self._until else 0

    def tell(self, *, went_well: bool) -> None:
        """What came of a delivery."""
        self._fails = 0 if went_well else self._fails + 1
        if self._fails >= FAILS:
            pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(self._fails - FAILS, 10))
            self._until = self.clock() + pause


@dataclass(slots=True)
class Worker:
    """One process's share of the work: at most `threads` deliveries at once."""

    deliver: DeliverOutbox
    outbox: Outbox
    records: Mapping[str, Record]
    threads: int = 4
    clock: Callable[[], float] = time.monotonic
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _running: dict[Future[bool], Queued] = field(default_factory=dict)

    def run(self, stop: Event, *, until_empty: bool = False) -> None:
        """Work until `stop` is set, or with `until_empty` until nothing is due; finish what began.

        A delivery ends within 45 seconds; what was not begun is left to others.
        """
        with ThreadPoolExecutor(self.threads, "delivery") as pool:
            while not stop.is_set():
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
            for tenant in self.outbox.tenants():
                for queued in self._take(tenant):
                    future = pool.submit(self.deliver, queued, self.records[tenant])
                    self._running[future] = queued
                    begun += 1
        except StoreBusy:
            log.warning("queue-busy")
        return begun

    def _take(self, tenant: str) -> list[Queued]:
        if tenant not in self.records:
            return []
        # One record that hangs must not take the hands from the others.
        share = self.threads if len(self.records) == 1 else max(1, self.threads // 2)
        of_tenant = sum(each.tenant == tenant for each in self._running.values())
        free = min(self.threads - len(self._running), share - of_tenant)
        slots = min(free, self._breaker(tenant).slots(share) - of_tenant)
        return self.deliver.take(tenant, slots) if slots > 0 else []

    def _finish(self, timeout: float | None) -> int:
        """Wait for one to end; how many did."""
        if not self._running:
            return 0
        done, _ = wait(self._running, timeout, "FIRST_COMPLETED")
        for future in done:
            queued = self._running.pop(future)
            self._breaker(queued.tenant).tell(went_well=self._outcome(queued, future))
        return len(done)

    def _outcome(self, queued: Queued, future: Future[bool]) -> bool:
        fault = future.exception()
        if fault is None:
            return future.result()
        said = {"tenant": queued.tenant, "plan": queued.plan_id}
        log.error("unexpected", exc_info=fault, extra=said)
        with suppress(StoreBusy):  # then its lease runs out, and it is tried again
            self.deliver.broken(queued)
        return False

    def _breaker(self, tenant: str) -> Breaker:
        return self._breakers.setdefault(tenant, Breaker(self.clock))
