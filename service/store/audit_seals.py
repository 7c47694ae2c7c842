"""The seals of the audit trail in the database, and all that is needed to hold rows to them."""

import secrets
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from service.fhir.audit_event import ERASED
from service.store.engine import Connection, Engine
from service.store.restored import clinics
from service.usecases.audit_chain import (
    LATE,
    AuditRow,
    Seal,
    not_before,
    seal,
)

TURN = "audit seals {}"  # who seals, or erases, a clinic's rows holds this
_COLUMNS = "id, at, action, entity, patient, role, actor"
_ROWS = f"SELECT {_COLUMNS} FROM audit WHERE tenant = ?"  # noqa: S608  # ours
_AFTER = f"{_ROWS} AND id > ? ORDER BY id LIMIT ?"
_IDS = "SELECT id FROM audit WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"
_SEALS = "SELECT number, at, until, entries, sha256 FROM audit_seal WHERE tenant = ?"
_LAST = f"{_SEALS} ORDER BY number DESC LIMIT 1"
_NEXT = f"{_SEALS} AND number > ? ORDER BY number LIMIT ?"
_EARLIER = f"{_SEALS} AND number < ? ORDER BY number DESC LIMIT 4"
_ADD = """
    INSERT INTO audit_seal (tenant, number, at, until, entries, sha256)
    VALUES (?, ?, ?, ?, ?, ?)"""
_NOTE = """
    INSERT INTO audit_of_patient (tenant, patient, entry) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING"""
_SECRETS = "SELECT patient, secret FROM audit_secret WHERE tenant = ?"
_KEEP = """
    INSERT INTO audit_secret (tenant, patient, secret) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"""
_PAGE = 2_000
# As `AuditRow._make`, without a call of Python's for each of millions of rows.
_as_row: Callable[[Sequence[Any]], AuditRow] = partial(tuple.__new__, AuditRow)


class DatabaseSeals:
    """The Seals of one database, and the AuditTrails; for any number of processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def clinics(self) -> list[str]:
        return clinics(self._engine, ("audit", "audit_seal"))

    def unsealed(self, tenant: str, most: int) -> tuple[int, list[str]]:
        with self._engine.reading() as connection:
            last = last_seal(connection, tenant)
            begin = not_before(last.until if last else "")
            sealed = _sealed_since(connection, tenant, begin)
            end = _end(self._engine.now(connection))
            ids = (each for each in _ids(connection, tenant, begin) if each < end)
            found = list(islice((each for each in ids if _is_ours(each, sealed)), most))
        return (last.number if last else 0), found

    def seal(self, tenant: str, after: int, ids: Sequence[str]) -> Seal | None:
        with self._engine.writing() as connection:
            self._engine.hold(connection, TURN.format(tenant))
            last = last_seal(connection, tenant)
            rows = rows_of(connection, tenant, ids)
            if (last.number if last else 0) != after or len(rows) < len(ids):
                return None
            patients = {row.patient for row in rows if names_patient(row)}
            known = secrets_for(connection, tenant, patients)
            new = seal(rows, last, self._engine.now(connection), known)
            told = (new.number, new.at, new.until, new.entries, new.sha256)
            connection.execute(_ADD, (tenant, *told))
            for row in rows:
                if names_patient(row):
                    connection.execute(_NOTE, (tenant, row.patient, row.id))
        return new

    @contextmanager
    def trail(self, tenant: str) -> Iterator["DatabaseTrail"]:
        with self._engine.reading() as connection:
            yield DatabaseTrail(connection, tenant)


class DatabaseTrail:
    """One clinic's rows and seals at one moment; see usecases.verify_audit.Trail."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def rows(self) -> Iterator[AuditRow]:
        after = ""
        while True:
            page = self._connection.execute(_AFTER, (self._tenant, after, _PAGE)).fetchall()
            yield from map(_as_row, page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def seals(self) -> Iterator[Seal]:
        number = -(2**62)
        while True:
            keys = (self._tenant, number, _PAGE)
            page = self._connection.execute(_NEXT, keys).fetchall()
            yield from (_seal(row) for row in page)
            if len(page) < _PAGE:
                return
            number = page[-1][0]

    def secrets(self, patients: Sequence[str]) -> Mapping[str, bytes]:
        return _known(self._connection, self._tenant, patients)


def last_seal(connection: Connection, tenant: str) -> Seal | None:
    row = connection.execute(_LAST, (tenant,)).fetchone()
    return _seal(row) if row else None


def rows_of(connection: Connection, tenant: str, ids: Sequence[str]) -> list[AuditRow]:
    """The rows of these ids, as far as they are there."""
    if not ids:
        return []
    statement = f"{_ROWS} AND id IN ({', '.join('?' * len(ids))})"
    found = connection.execute(statement, (tenant, *ids)).fetchall()
    return [AuditRow._make(row) for row in found]


def names_patient(row: AuditRow) -> bool:
    return bool(row.patient) and not row.patient.startswith(ERASED)


def secrets_for(connection: Connection, tenant: str, patients: Collection[str]) -> dict[str, bytes]:
    """The secret of each patient, made when there is none. Hold the turn meanwhile."""
    known = _known(connection, tenant, sorted(patients))
    for patient in sorted(set(patients) - set(known)):
        known[patient] = secrets.token_bytes(32)
        connection.execute(_KEEP, (tenant, patient, known[patient]))
    return known


def _known(connection: Connection, tenant: str, patients: Sequence[str]) -> dict[str, bytes]:
    if not patients:
        return {}
    statement = f"{_SECRETS} AND patient IN ({', '.join('?' * len(patients))})"
    rows = connection.execute(statement, (tenant, *patients)).fetchall()
    return {patient: bytes(secret) for patient, secret in rows}


def _sealed_since(connection: Connection, tenant: str, begin: str) -> set[str]:
    """The sealed rows that are younger than this one, as far back as seals may hold such."""
    found: set[str] = set()
    number = 2**62
    while page := connection.execute(_EARLIER, (tenant, number)).fetchall():
        for each in map(_seal, page):
            if each.until <= begin:
                return found
            found.update(each.digests())
        number = page[-1][0]
    return found


def _ids(connection: Connection, tenant: str, begin: str) -> Iterator[str]:
    after = begin
    while True:
        page = connection.execute(_IDS, (tenant, after, _PAGE)).fetchall()
        yield from (entry_id for (entry_id,) in page)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _end(now: int) -> str:
    """Before this are the ids of now; a wrong clock's would keep all others from being sealed."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=now) + LATE
    digits = f"{int(moment.timestamp() * 1_000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _is_ours(entry_id: str, sealed: set[str]) -> bool:
    """Whether it can be sealed: what is no id of ours stays outside, and is found out."""
    if entry_id in sealed:
        return False
    try:
        return str(uuid.UUID(entry_id)) == entry_id
    except ValueError:
        return False


def _seal(row: Sequence[Any]) -> Seal:
    number, at, until, entries, sha256 = row
    return Seal(number, at, until, bytes(entries), sha256)
