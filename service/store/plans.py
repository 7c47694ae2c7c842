"""PlanStore over SQLite: plans, their revisions, visits, outbox, audit and keys.

Every statement names the tenant first, as does every key (decision 12).
Times are stored as whole microseconds since 1970 UTC: one form on every database. The
exact bytes that were answered are kept, compressed: a sixth of the disk, a third of the
pages to write at every commit.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import zstandard

from service.domain.errors import StalePlan
from service.store.engine import Engine
from service.store.plan_json import from_json, to_json
from service.usecases.ports import AuditEntry, KeyedRequest, StoredPlan

_PLAN = """
    SELECT plan_revision.body, plan_revision.bundle FROM plan
    JOIN plan_revision ON plan_revision.tenant = plan.tenant AND plan_revision.plan_id = plan.id
     AND plan_revision.revision = plan.revision
"""
_BY_ENCOUNTER = f"""{_PLAN}
    JOIN visit ON visit.tenant = plan.tenant AND visit.plan_id = plan.id
    WHERE visit.tenant = ? AND visit.encounter = ? AND visit.pack = ?"""
_OPEN = f"{_PLAN} WHERE plan.tenant = ? AND plan.patient = ? AND plan.pack = ? AND plan.closed = 0"
_BY_ID = f"{_PLAN} WHERE plan.tenant = ? AND plan.id = ?"
_BY_REVISION = (
    "SELECT body, bundle FROM plan_revision WHERE tenant = ? AND plan_id = ? AND revision = ?"
)
_BY_PATIENT = f"{_PLAN} WHERE plan.tenant = ? AND plan.patient = ? ORDER BY plan.created DESC"

_ADD_PLAN = """
    INSERT INTO plan (tenant, id, patient, pack, closed, revision, created, updated)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_REPLACE_PLAN = """
    UPDATE plan SET closed = ?, revision = ?, updated = ?
    WHERE tenant = ? AND id = ? AND revision = ?"""
_ADD_REVISION = """
    INSERT INTO plan_revision (tenant, plan_id, revision, at, body, bundle)
    VALUES (?, ?, ?, ?, ?, ?)"""
_ADD_VISIT = """
    INSERT INTO visit (tenant, encounter, pack, plan_id) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_QUEUE = """
    INSERT INTO outbox (tenant, plan_id, revision, state, queued) VALUES (?, ?, ?, 'waiting', ?)"""
_AUDIT = """
    INSERT INTO audit (tenant, id, at, action, entity, patient, role, actor)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_KEY = """
    SELECT key, fingerprint, happened, plan_id, revision FROM idempotency_key
    WHERE tenant = ? AND key = ?"""
_ADD_KEY = """
    INSERT INTO idempotency_key (tenant, key, fingerprint, happened, plan_id, revision, at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


class _Compressor(threading.local):
    """zstd contexts are not for several threads at once. The checksum finds a flipped bit."""

    def __init__(self) -> None:
        self.squeeze = zstandard.ZstdCompressor(level=1, write_checksum=True).compress
        self.restore = zstandard.ZstdDecompressor().decompress


_zstd = _Compressor()


class SqlitePlans:
    """The PlanStore of one SQLite file. `new_id` names audit rows, in order of time."""

    def __init__(self, engine: Engine, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._new_id = new_id

    @contextmanager
    def writing(self, tenant: str) -> Iterator["SqliteTransaction"]:
        with self._engine.writing() as connection:
            yield SqliteTransaction(connection, tenant, self._new_id)

    @contextmanager
    def reading(self, tenant: str) -> Iterator["SqliteTransaction"]:
        with self._engine.reading() as connection:
            yield SqliteTransaction(connection, tenant, self._new_id)


class SqliteTransaction:
    """One transaction of one tenant; see usecases.ports.Transaction for the promises."""

    def __init__(
        self, connection: sqlite3.Connection, tenant: str, new_id: Callable[[], str]
    ) -> None:
        self._execute = connection.execute
        self._tenant = tenant
        self._new_id = new_id

    def request_of_key(self, key: str) -> KeyedRequest | None:
        row = self._execute(_KEY, (self._tenant, key)).fetchone()
        return KeyedRequest(*row) if row else None

    def remember_key(self, request: KeyedRequest, at: datetime) -> None:
        self._execute(
            _ADD_KEY,
            (
                self._tenant,
                request.key,
                request.fingerprint,
                request.happened,
                request.plan_id,
                request.revision,
                _micros(at),
            ),
        )

    def plan_of_encounter(self, encounter: str, pack_id: str) -> StoredPlan | None:
        return self._one(_BY_ENCOUNTER, encounter, pack_id)

    def open_plan(self, patient: str, pack_id: str) -> StoredPlan | None:
        return self._one(_OPEN, patient, pack_id)

    def plan(self, plan_id: str, revision: int = 0) -> StoredPlan | None:
        if revision:
            return self._one(_BY_REVISION, plan_id, revision)
        return self._one(_BY_ID, plan_id)

    def plans_of_patient(self, patient: str) -> list[StoredPlan]:
        rows = self._execute(_BY_PATIENT, (self._tenant, patient)).fetchall()
        return [_stored(row) for row in rows]

    def save(self, stored: StoredPlan, *, queue: bool) -> None:
        plan, body, at = (
            stored.plan,
            _zstd.squeeze(to_json(stored.plan)),
            _micros(stored.plan.updated),
        )
        if plan.revision == 1:
            self._execute(
                _ADD_PLAN,
                (
                    self._tenant,
                    plan.id,
                    plan.patient,
                    plan.pack.id,
                    0,
                    plan.revision,
                    _micros(plan.created),
                    at,
                ),
            )
        else:
            self._replace(stored, at)
        self._execute(
            _ADD_REVISION,
            (self._tenant, plan.id, plan.revision, at, body, _zstd.squeeze(stored.bundle)),
        )
        for visit in plan.visits:
            self._execute(_ADD_VISIT, (self._tenant, visit.encounter, plan.pack.id, plan.id))
        if queue:
            self._execute(_QUEUE, (self._tenant, plan.id, plan.revision, at))

    def audit(self, entry: AuditEntry) -> None:
        caller = entry.caller
        self._execute(
            _AUDIT,
            (
                self._tenant,
                self._new_id(),
                _micros(entry.at),
                entry.action,
                entry.entity,
                entry.patient,
                caller.role,
                caller.name,
            ),
        )

    def _replace(self, stored: StoredPlan, at: int) -> None:
        plan = stored.plan
        changed = self._execute(
            _REPLACE_PLAN,
            (
                0 if plan.is_open else at,
                plan.revision,
                at,
                self._tenant,
                plan.id,
                plan.revision - 1,
            ),
        )
        if changed.rowcount != 1:
            raise StalePlan("the plan was changed in the meantime")

    def _one(self, statement: str, *keys: object) -> StoredPlan | None:
        row = self._execute(statement, (self._tenant, *keys)).fetchone()
        return _stored(row) if row else None


def _stored(row: tuple[bytes, bytes]) -> StoredPlan:
    return StoredPlan(from_json(_zstd.restore(row[0])), _zstd.restore(row[1]))


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
