"""Launches under way in the database. The state is in the browser only; here stands its hash."""

import secrets
from dataclasses import fields
from datetime import datetime

import orjson

from service.domain.errors import TooManyRequests
from service.store.engine import Engine
from service.store.launches import hash_of, micros, tenant_and_secret, with_tenant
from service.usecases.ports import Attempt

MOST = 1_000  # of one clinic; they end after ten minutes
WAIT = 60  # seconds
_ADD = "INSERT INTO attempt (tenant, id, expires, body) VALUES (?, ?, ?, ?)"
_TAKE = "DELETE FROM attempt WHERE tenant = ? AND id = ? RETURNING expires, body"
_COUNT = "SELECT count(*) FROM attempt WHERE tenant = ?"
_CLEAR = "DELETE FROM attempt WHERE tenant = ? AND expires <= ?"


class DatabaseAttempts:
    """The launches under way of one database; see usecases.ports.Attempts.

    Of one clinic at most `most` are under way at once, whichever replicas began them; 0 is any
    number. Anybody may begin one, and each costs a row and a question to the record.
    """

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        self._engine = engine
        self._most = most

    def begin(self, attempt: Attempt, now: datetime) -> str:
        secret = secrets.token_urlsafe(32)
        kept = {field.name: getattr(attempt, field.name) for field in fields(Attempt)}
        row = (attempt.tenant, hash_of(secret), micros(attempt.expires), orjson.dumps(kept))
        with self._engine.writing() as connection:
            connection.execute(_CLEAR, (attempt.tenant, micros(now)))
            (under_way,) = connection.execute(_COUNT, (attempt.tenant,)).fetchone()
            if self._most and under_way >= self._most:
                raise TooManyRequests("too many launches of this clinic are under way", wait=WAIT)
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
