"""The Inbox in the database: leases by the database's clock, one row for each encounter.

See usecases.noticing.Inbox for the promises. Every statement names the tenant first.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from service.store.engine import Connection, Engine, different
from service.usecases.delivering import Backlog
from service.usecases.noticing import CHANGES, Changed, Listed, Looked, Notice, NoticeState, Told

_NEXT_TENANT = "SELECT min(tenant) FROM inbox WHERE tenant > ?"
# News make a notice due at once, parked or not; whoever holds it is left to finish.
_HEAR = f"""
    INSERT INTO inbox (tenant, encounter, state, heard, news, as_of, told_by, at)
    VALUES (?, ?, '{NoticeState.WAITING}', ?, 1, ?, ?, ?)
    ON CONFLICT (tenant, encounter) DO UPDATE SET
      state = excluded.state, heard = excluded.heard, news = inbox.news + 1,
      as_of = CASE
        WHEN excluded.as_of = 0 OR inbox.as_of = 0 THEN excluded.as_of + inbox.as_of
        WHEN (excluded.as_of > inbox.as_of) = (inbox.encounter <> '{CHANGES}')
          THEN excluded.as_of
        ELSE inbox.as_of END,
      told_by = excluded.told_by, due = 0, tries = 0, reason = '', detail = '', at = excluded.at"""
_DUE = f"""
    SELECT encounter, as_of, told_by, heard, news, tries, lost, reason FROM inbox
    WHERE tenant = ? AND state = '{NoticeState.WAITING}' AND due <= ? AND until <= ?
    ORDER BY heard, encounter LIMIT ?"""
_OF_ONE = "WHERE tenant = ? AND encounter = ?"
_HELD = f"{_OF_ONE} AND until = ?"
_UNCHANGED = f"{_HELD} AND news = ?"
_TAKE = f"UPDATE inbox SET until = ?, tries = tries + 1, lost = lost + 1 {_OF_ONE}"
_FOLLOWED = f"DELETE FROM inbox {_UNCHANGED}"
_LATER = f"""
    UPDATE inbox SET until = 0, due = ?, lost = 0, reason = ?, tries = ?, at = ?
    {_UNCHANGED}"""
_PARK = f"""
    UPDATE inbox SET until = 0, state = '{NoticeState.PARKED}', lost = 0, reason = ?, detail = ?,
      at = ? {_UNCHANGED}"""
# It was told of again meanwhile: it is due as it would be if nobody had held it.
_AGAIN = f"UPDATE inbox SET until = 0, due = 0, tries = 0, lost = 0 {_HELD}"
_IS_HELD = f"SELECT 1 FROM inbox {_HELD}"
_GO_ON = f"UPDATE inbox SET as_of = ? {_HELD}"
_LOOKED = "SELECT until, seen FROM looked WHERE tenant = ?"
_KEEP_LOOKED = """
    INSERT INTO looked (tenant, until, seen) VALUES (?, ?, ?)
    ON CONFLICT (tenant) DO UPDATE SET until = excluded.until, seen = excluded.seen"""
_IS_PARKED = f"AND state = '{NoticeState.PARKED}'"
_REPLAY = f"""
    UPDATE inbox SET state = '{NoticeState.WAITING}', heard = ?, due = 0, tries = 0, lost = 0,
      at = ? WHERE tenant = ? {_IS_PARKED}"""
_DISMISS = f"DELETE FROM inbox {_OF_ONE} {_IS_PARKED}"
_LIST = """
    SELECT tenant, encounter, state, at, tries, reason, detail FROM inbox
    WHERE tenant = ? AND state = ? ORDER BY heard, encounter LIMIT ?"""
_COUNT = "SELECT count(*), min(heard) FROM inbox WHERE tenant = ? AND state = ?"


class DatabaseInbox:
    """The Inbox of one database, for any number of services and workers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hear(self, tenant: str, told: Told) -> None:
        with self._engine.writing() as connection:
            self._hear(connection, tenant, told)

    def tenants(self) -> list[str]:
        return different(self._engine, _NEXT_TENANT)

    def take(self, tenant: str, most: int, lease: timedelta) -> list[Notice]:
        with self._engine.writing() as connection:
            now = self._engine.now(connection)
            until = now + _span(lease)
            statement = _DUE + self._engine.skip_locked
            rows = connection.execute(statement, (tenant, now, now, most)).fetchall()
            for encounter, *_ in rows:
                connection.execute(_TAKE, (until, tenant, encounter))
        return [_notice(tenant, row, until) for row in rows]

    def followed(self, notice: Notice) -> bool:
        with self._engine.writing() as connection:
            return self._answer(connection, notice, _FOLLOWED)

    def later(self, notice: Notice, wait: timedelta, reason: str, tries: int) -> bool:
        with self._engine.writing() as connection:
            now = self._engine.now(connection)
            change = (now + _span(wait), reason, tries, now)
            return self._answer(connection, notice, _LATER, *change)

    def park(self, notice: Notice, reason: str, detail: str = "") -> bool:
        with self._engine.writing() as connection:
            now = self._engine.now(connection)
            return self._answer(connection, notice, _PARK, reason, detail, now)

    def looked(self, tenant: str) -> Looked:
        with self._engine.reading() as connection:
            row = connection.execute(_LOOKED, (tenant,)).fetchone()
        if row is None:
            return Looked()
        seen = {name: _moment(at) for name, at in orjson.loads(row[1]).items()}
        return Looked(_moment(row[0]), seen)

    def found(
        self, notice: Notice, changed: Sequence[Changed], reached: datetime | None = None
    ) -> bool:
        with self._engine.writing() as connection:
            if not self._is_held(connection, notice):
                return False
            for each in sorted(changed, key=lambda each: each.encounter):
                self._hear(connection, notice.tenant, Told(each.encounter, each.at, notice.told.by))
            if reached is not None:
                connection.execute(_GO_ON, (_micros(reached), *_held(notice)))
        return True

    def finished(self, notice: Notice, looked: Looked) -> bool:
        with self._engine.writing() as connection:
            if not self._is_held(connection, notice):
                return False
            if looked.until is not None:
                seen = orjson.dumps({name: _micros(at) for name, at in looked.seen.items()})
                row = (notice.tenant, _micros(looked.until), seen)
                connection.execute(_KEEP_LOOKED, row)
            return self._answer(connection, notice, _FOLLOWED)

    def replay(self, tenant: str, encounter: str | None = None) -> int:
        which, named = ("", ()) if encounter is None else (" AND encounter = ?", (encounter,))
        with self._engine.writing() as connection:
            now = self._engine.now(connection)
            return connection.execute(_REPLAY + which, (now, now, tenant, *named)).rowcount

    def dismiss(self, tenant: str, encounter: str) -> bool:
        with self._engine.writing() as connection:
            return connection.execute(_DISMISS, (tenant, encounter)).rowcount == 1

    def listed(self, tenant: str, states: Sequence[NoticeState], most: int) -> list[Listed]:
        found: list[Listed] = []
        with self._engine.reading() as connection:
            for state in states:
                rows = connection.execute(_LIST, (tenant, state.value, most)).fetchall()
                found += map(_listed, rows)
        return found

    def backlog(self, tenant: str) -> Backlog:
        with self._engine.reading() as connection:
            waiting, oldest = connection.execute(
                _COUNT, (tenant, NoticeState.WAITING.value)
            ).fetchone()
            parked, _ = connection.execute(_COUNT, (tenant, NoticeState.PARKED.value)).fetchone()
        return Backlog(waiting, parked, None if oldest is None else _moment(oldest))

    def _is_held(self, connection: Connection, notice: Notice) -> bool:
        return connection.execute(_IS_HELD, _held(notice)).fetchone() is not None

    def _hear(self, connection: Connection, tenant: str, told: Told) -> None:
        now = self._engine.now(connection)
        as_of = _micros(told.as_of) if told.as_of else 0
        connection.execute(_HEAR, (tenant, told.encounter, now, as_of, told.by, now))

    def _answer(self, connection: Connection, notice: Notice, how: str, *change: Any) -> bool:
        """Answer for a notice; when it was told of again meanwhile, set it free instead."""
        held = _held(notice)
        if connection.execute(how, (*change, *held, notice.news)).rowcount == 1:
            return True
        connection.execute(_AGAIN, held)
        return False


def _held(notice: Notice) -> tuple[str, str, int]:
    return notice.tenant, notice.told.encounter, _micros(notice.until)


def _notice(tenant: str, row: Sequence[Any], until: int) -> Notice:
    encounter, as_of, told_by, heard, news, tries, lost, reason = row
    return Notice(
        tenant=tenant,
        told=Told(encounter, _moment(as_of) if as_of else None, told_by),
        heard=_moment(heard),
        news=news,
        tries=tries + 1,
        until=_moment(until),
        lost=lost,
        reason=reason,
    )


def _listed(row: Sequence[Any]) -> Listed:
    tenant, encounter, state, at, tries, reason, detail = row
    return Listed(tenant, encounter, NoticeState(state), _moment(at), tries, reason, detail)


def _span(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)


def _micros(at: datetime) -> int:
    return _span(at - datetime.fromtimestamp(0, UTC))
