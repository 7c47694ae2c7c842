"""Where the rooms are joined for the worker: settings to queue, records and worker."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from service import logs
from service.config.settings import Settings
from service.config.tenants import HookOf, RecordLogin, RecordOf, Tenant, WrongSetting
from service.domain.errors import StoreBusy
from service.ehr.login import BackendLogin, algorithm_of
from service.ehr.record import FhirRecord, Looking, Manner, Wishes
from service.ehr.talk import NoLogin
from service.ehr.wire import Pace, Wire
from service.fhir.dialects import Dialect
from service.main_job import clock, main_job, wish_of
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


def records(tenants: Mapping[str, Tenant]) -> Mapping[str, FhirRecord]:
    """The record of each clinic, by its name. Those on one system share the lowest limit."""
    told = {name: tenant.ehr for name, tenant in tenants.items() if tenant.ehr}
    limits: dict[str, float] = {}
    for each in told.values():
        if each.most_per_second:
            system = system_of(each.base)
            limits[system] = min(each.most_per_second, limits.get(system, each.most_per_second))
    paces = {system: Pace(most) for system, most in limits.items()}
    return {
        name: record_of(each, tenants[name].hook, paces.get(system_of(each.base)))
        for name, each in told.items()
    }


def system_of(base: str) -> str:
    """The system that answers at an address, whichever of its paths."""
    parts = urlsplit(base)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    return f"{parts.hostname}:{port}"


def record_of(told: RecordOf, hook: HookOf | None = None, pace: Pace | None = None) -> FhirRecord:
    """Return the record as the operator describes it."""
    if told.ca_file and not Path(told.ca_file).is_file():
        raise WrongSetting(f"ehr {told.base}: ca_file cannot be read: {told.ca_file}")
    wire = Wire(told.base, pace or Pace(told.most_per_second), ca_file=told.ca_file)
    login = _login(told) if told.login else NoLogin()
    wishes = Wishes(Dialect(told.dialect), Manner(told.manner), frozenset(told.leave_out))
    looking = Looking(hook.query, hook.problem_list) if hook else Looking()
    return FhirRecord(wire, login, wishes, looking=looking)


def _login(told: RecordOf) -> BackendLogin:
    client = told.login or RecordLogin("", "")
    try:
        key = Path(client.key_file).read_text(encoding="ascii")
        algorithm = algorithm_of(key)
    except (OSError, ValueError) as error:
        raise WrongSetting(f"ehr {told.base}: key_file cannot be used: {error}") from error
    return BackendLogin(
        wire=Wire(told.base, ca_file=told.ca_file),
        client_id=client.client_id,
        key=key,
        algorithm=algorithm,
        key_id=client.key_id,
        token_url=client.token_url,
        scope=client.scope,
    )
