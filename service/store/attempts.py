"""Launches under way in the database. The state is in the browser only; here stands its hash."""

import secrets
from dataclasses import fields
from datetime import datetime

import orjson

from service.store.engine import Engine
from service.store.launches import hash_of, micros, tenant_and_secret, with_tenant
from service.usecases.ports import Attempt

_ADD = "INSERT INTO attempt (tenant, id, expires, body) VALUES (?, ?, ?, ?)"
_TAKE = "DELETE FROM attempt WHERE tenant = ? AND id = ? RETURNING expires, body"
_CLEAR = "DELETE FROM attempt WHERE tenant = ? AND expires <= ?"


class DatabaseAttempts:
    """The launches under way of one database; see usecases.ports.Attempts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, attempt: Attempt, now: datetime) -> str:
        secret = secrets.token_urlsafe(32)
        kept = {field.name: getattr(attempt, field.name) for field in fields(Attempt)}
        row = (attempt.tenant, hash_of(secret), micros(attempt.expires), orjson.dumps(kept))
        with self._engine.writing() as connection:
            connection.execute(_CLEAR, (attempt.tenant, micros(now)))
            connection.execute(_ADD, row)
        return with_tenant(attempt.tenant, secret)

    def take(self, state: str, now: datetime) -> Attempt | None:
        found = tenant_and_secret(state)
        if found is None:
            return None
        with self._engine.writing() as connection:
            row = connection.execute(_TAKE, (found[0], hash_of(found[1]))).fetchone()
        if row is None or row[0] <= micros(now):
            return None
        kept = orjson.loads(row[1])
        return Attempt(**kept | {"expires": datetime.fromisoformat(kept["expires"])})
