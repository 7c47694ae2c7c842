"""Where the rooms are joined for the worker: settings to queue, records and worker."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial

from service import logs
from service.config.settings import Settings
from service.domain.errors import StoreBusy
from service.main_job import clock, main_job, wish_of
from service.records import records, system_of
from service.store.audit_seals import DatabaseSeals
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.usecases.again import Again
from service.usecases.deliver_outbox import DeliverOutbox
from service.usecases.fetch_encounters import FetchEncounters
from service.usecases.make_plan import MakePlan
from service.usecases.seal_audit import NowAndThen, SealAudit
from service.worker import Worker

log = logging.getLogger(__name__)

# While the database is away the queue cannot be told of an outcome. Asking first and telling
# afterwards may each take so long, and leave a delivery its time within the lease.
_INSIST = Again(time.sleep, time.monotonic, random.random, most=100, within=8, whatever=True)


@contextmanager
def open_queues(settings: Settings) -> Iterator[tuple[DatabaseOutbox, DatabaseInbox]]:
    """Open what waits for the records, and what they told of."""
    engine = open_engine(settings.database)
    try:
        yield DatabaseOutbox(engine), DatabaseInbox(engine)
    finally:
        engine.close()


def build_worker(settings: Settings, threads: int, beat: Callable[[], None]) -> Worker:
    """Return a worker for the records of all clinics; it calls `beat` again and again.

    Raises:
        WrongSetting: a clinic's record is set up wrongly.
    """
    engine = open_engine(settings.database)
    store = DatabasePlans(engine, new_id)
    outbox = DatabaseOutbox(engine)
    deliver = DeliverOutbox(outbox, store, clock, random.random, logs.write, _INSIST)

    @cache
    def make_plan() -> MakePlan:
        """A worker that only delivers reads no content."""
        return main_job(settings, store)

    wish = partial(wish_of, settings.tenants)
    sealing = NowAndThen(SealAudit(DatabaseSeals(engine), logs.write), time.monotonic)

    def live() -> None:
        beat()
        try:
            sealing()
        except StoreBusy:
            log.warning("queue-busy")

    fetch = FetchEncounters(
        DatabaseInbox(engine), store, make_plan, wish, clock, random.random, logs.write
    )
    told = {name: tenant.ehr for name, tenant in settings.tenants.items() if tenant.ehr}
    systems = {name: system_of(record.base) for name, record in told.items()}
    return Worker(deliver, fetch, records(settings.tenants), threads, systems, beat=live)
