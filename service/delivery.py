"""Where the rooms are joined for the worker: settings to queue, records and worker."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from service import logs
from service.config.settings import Settings
from service.config.tenants import RecordLogin, RecordOf, WrongSetting
from service.ehr.login import BackendLogin, algorithm_of
from service.ehr.record import Dialect, FhirRecord, Manner, Wishes
from service.ehr.talk import NoLogin
from service.ehr.wire import Pace, Wire
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.usecases.deliver_outbox import DeliverOutbox
from service.worker import Worker


def open_outbox(settings: Settings) -> DatabaseOutbox:
    """Return the queue of these settings."""
    return DatabaseOutbox(open_engine(settings.database))


def build_worker(settings: Settings, threads: int) -> Worker:
    """Return a worker for the records of all clinics.

    Raises:
        WrongSetting: a clinic's record is set up wrongly.
    """
    engine = open_engine(settings.database)
    outbox = DatabaseOutbox(engine)
    deliver = DeliverOutbox(
        outbox, DatabasePlans(engine, new_id), _clock, random.random, logs.write
    )
    return Worker(deliver, outbox, records(settings), threads)


def records(settings: Settings) -> Mapping[str, FhirRecord]:
    """The record of each clinic that has one."""
    return {
        name: record_of(tenant.ehr)
        for name, tenant in settings.tenants.items()
        if tenant.ehr is not None
    }


def record_of(told: RecordOf) -> FhirRecord:
    """Return the record as the operator describes it."""
    wire = Wire(told.base, Pace(told.most_per_second))
    login = _login(told) if told.login else NoLogin()
    return FhirRecord(wire, login, Wishes(Dialect(told.dialect), Manner(told.manner)))


def _login(told: RecordOf) -> BackendLogin:
    client = told.login or RecordLogin("", "")
    try:
        key = Path(client.key_file).read_text(encoding="ascii")
        algorithm = algorithm_of(key)
    except (OSError, ValueError) as error:
        raise WrongSetting(f"ehr {told.base}: key_file cannot be used: {error}") from error
    return BackendLogin(
        wire=Wire(told.base),
        client_id=client.client_id,
        key=key,
        algorithm=algorithm,
        key_id=client.key_id,
        token_url=client.token_url,
        scope=client.scope,
    )


def _clock() -> datetime:
    return datetime.now(UTC)
