"""Launches in the database. The secret is in the browser only; here stands its hash."""

import base64
import binascii
import hashlib
import secrets
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime, timedelta

import orjson

from service.domain.errors import StoreBusy
from service.store.engine import Connection, Engine
from service.usecases.ports import PATIENT, Launch

_ADD = "INSERT INTO launch (tenant, id, expires, body) VALUES (?, ?, ?, ?)"
_GET = "SELECT body, expires FROM launch WHERE tenant = ? AND id = ? AND expires > ?"
_ALL = "SELECT id, body FROM launch WHERE tenant = ?"
_MOVE = "UPDATE launch SET expires = ? WHERE tenant = ? AND id = ?"
_CHANGE = "UPDATE launch SET body = ? WHERE tenant = ? AND id = ?"
_END = "DELETE FROM launch WHERE tenant = ? AND id = ?"
_CLEAR = "DELETE FROM launch WHERE tenant = ? AND expires <= ?"
_A_MINUTE = 60_000_000  # microseconds: so exactly is it written down when a launch was used


class DatabaseLaunches:
    """The open launches of one database; see usecases.ports.Launches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, launch: Launch, now: datetime) -> str:
        secret = secrets.token_urlsafe(32)
        row = (launch.tenant, hash_of(secret), micros(launch.expires), _body(launch))
        with self._engine.writing() as connection:
            connection.execute(_CLEAR, (launch.tenant, micros(now)))
            connection.execute(_ADD, row)
        return with_tenant(launch.tenant, secret)

    def find(self, secret: str, now: datetime) -> Launch | None:
        row = self._row(secret, now)
        return _launch(row[0], row[2]) if row else None

    def use(self, secret: str, now: datetime, idle: timedelta) -> Launch | None:
        row = self._row(secret, now)
        if row is None:
            return None
        body, ends, name = row
        launch = _launch(body, name)
        wanted = micros(min(launch.expires, now + idle))
        if abs(wanted - ends) >= _A_MINUTE:
            # A full disk must not close what can still be read.
            with suppress(StoreBusy), self._engine.writing() as connection:
                connection.execute(_MOVE, (wanted, launch.tenant, name))
        return launch

    def speak(self, launch: Launch, language: str) -> None:
        body = _body(replace(launch, language=language))
        with self._engine.writing() as connection:
            connection.execute(_CHANGE, (body, launch.tenant, launch.id))

    def end(self, launch: Launch) -> None:
        with self._engine.writing() as connection:
            connection.execute(_END, (launch.tenant, launch.id))

    def _row(self, secret: str, now: datetime) -> tuple[bytes, int, str] | None:
        """The body of a launch, when it ends unless it is used, and its name."""
        found = tenant_and_secret(secret)
        if found is None:
            return None
        tenant, rest = found
        name = hash_of(rest)
        with self._engine.reading() as connection:
            row = connection.execute(_GET, (tenant, name, micros(now))).fetchone()
        return (row[0], row[1], name) if row else None


def end_launches(connection: Connection, tenant: str, who: str) -> list[Launch]:
    """See usecases.ports.Transaction; within the caller's transaction."""
    rows = connection.execute(_ALL, (tenant,)).fetchall()
    launches = [_launch(body, name) for name, body in rows]
    found = [launch for launch in launches if not who or _is_of(launch, who)]
    for launch in found:
        connection.execute(_END, (tenant, launch.id))
    return found


def _is_of(launch: Launch, who: str) -> bool:
    """Whether it is this person's: by name, or by the record's id, with its type or without."""
    named = [launch.practitioner, launch.patient if launch.role == PATIENT else ""]
    return who in (launch.name, *named, *(each.partition("/")[2] for each in named))


def with_tenant(tenant: str, secret: str) -> str:
    """What the browser gets: the clinic, to look in, and the secret."""
    return f"{base64.urlsafe_b64encode(tenant.encode()).decode()}.{secret}"


def tenant_and_secret(told: str) -> tuple[str, str] | None:
    """The clinic and the secret of what a browser sent; None when it is not of ours."""
    clinic, _, secret = told.partition(".")
    try:
        tenant = base64.urlsafe_b64decode(clinic).decode()
    except (binascii.Error, ValueError):
        return None
    return None if "\0" in tenant else (tenant, secret)  # PostgreSQL would not even look for it


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _body(launch: Launch) -> bytes:
    kept = {field.name: getattr(launch, field.name) for field in fields(Launch)}
    return orjson.dumps(kept | {"id": ""})


def _launch(body: bytes, name: str) -> Launch:
    row = orjson.loads(body)
    more = {
        "expires": datetime.fromisoformat(row["expires"]),
        "participants": tuple(row["participants"]),
        "care_plans": tuple(row.get("care_plans", ())),  # not in a launch of an earlier version
        "id": name,
    }
    return Launch(**row | more)


def micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
