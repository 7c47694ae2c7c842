"""The Outbox in the database: leases by the database's clock, outcomes in a table of their own.

See usecases.delivering.Outbox for the promises. Every statement names the tenant first.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from service.store.engine import Connection, Engine, different
from service.store.restored import marked
from service.usecases.delivering import Backlog, Delivery, DeliveryState, Place, Queued, Receipt

_NEXT_TENANT = "SELECT min(tenant) FROM outbox WHERE tenant > ?"
_NEXT_CLINIC = "SELECT min(tenant) FROM delivery WHERE tenant > ?"
# Of a plan the first that waits, and only while nobody holds another of the same plan.
_DUE = """
    SELECT plan_id, revision, queued, tries, lost, uncertain FROM outbox AS mine
    WHERE tenant = ? AND due <= ? AND until <= ? AND NOT EXISTS (
      SELECT 1 FROM outbox AS other
      WHERE other.tenant = mine.tenant AND other.plan_id = mine.plan_id
      AND (other.revision < mine.revision OR other.until > ?))
    ORDER BY plan_id, revision LIMIT ?"""
_OF_ONE = "WHERE tenant = ? AND plan_id = ? AND revision = ?"
_HELD = f"{_OF_ONE} AND until = ?"
_TAKE = f"UPDATE outbox SET until = ?, tries = tries + 1, lost = lost + 1, uncertain = 1 {_OF_ONE}"
_LATER = f"""
    UPDATE outbox SET until = 0, due = ?, lost = 0, uncertain = ?, reason = ?, tries = tries - ?
    {_HELD}"""
_FINISH = f"DELETE FROM outbox {_HELD}"
_ADD = """
    INSERT INTO delivery (tenant, plan_id, revision, state, queued, at, tries, reason, receipt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_BROUGHT_UP_TO_DATE = f"""
    UPDATE delivery SET state = '{DeliveryState.SUPERSEDED}', at = ?
    WHERE tenant = ? AND plan_id = ? AND revision < ? AND state = '{DeliveryState.PARKED}'"""
_EARLIER = "WHERE tenant = ? AND plan_id = ? AND revision < ?"
_MOVE_EARLIER = f"""
    INSERT INTO delivery (tenant, plan_id, revision, state, queued, at, tries, reason, receipt)
    SELECT tenant, plan_id, revision, '{DeliveryState.SUPERSEDED}', queued, ?, tries, reason, ?
    FROM outbox {_EARLIER}"""
_DROP_EARLIER = f"DELETE FROM outbox {_EARLIER}"
_PARKED = f"""
    SELECT plan_id, revision FROM delivery
    WHERE tenant = ? AND state = '{DeliveryState.PARKED}'"""
_TAKE_BACK = f"DELETE FROM delivery {_OF_ONE} AND state = '{DeliveryState.PARKED}'"
_QUEUE = """
    INSERT INTO outbox (tenant, plan_id, revision, state, queued, uncertain)
    VALUES (?, ?, ?, 'waiting', ?, 1)"""
_WAITING = """
    SELECT tenant, plan_id, revision, 'waiting', queued, queued, tries, reason, NULL FROM outbox"""
_DONE = """
    SELECT tenant, plan_id, revision, state, queued, at, tries, reason, receipt FROM delivery"""
_TURNS = "outbox {}"  # nothing is taken while earlier revisions are put back before later ones
_IN_ORDER = "ORDER BY plan_id, revision"
_COUNT_WAITING = "SELECT count(*), min(queued) FROM outbox WHERE tenant = ?"
_COUNT_PARKED = f"""
    SELECT count(*) FROM delivery WHERE tenant = ? AND state = '{DeliveryState.PARKED}'"""


class DatabaseOutbox:
    """The Outbox of one database, for any number of workers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tenants(self) -> list[str]:
        return different(self._engine, _NEXT_TENANT)

    def clinics(self) -> list[str]:
        return sorted({*self.tenants(), *different(self._engine, _NEXT_CLINIC)})

    def take(self, tenant: str, most: int, lease: timedelta) -> list[Queued]:
        with self._engine.writing() as connection:
            self._engine.hold(connection, _TURNS.format(tenant), shared=True)
            now = self._engine.now(connection)
            until = now + _span(lease)
            statement = _DUE + self._engine.skip_locked
            rows = connection.execute(statement, (tenant, now, now, now, most)).fetchall()
            for plan_id, revision, *_ in rows:
                connection.execute(_TAKE, (until, tenant, plan_id, revision))
        return [_queued(tenant, row, until) for row in rows]

    def delivered(self, queued: Queued, receipt: Receipt) -> bool:
        state = DeliveryState.DELIVERED if receipt.places else DeliveryState.NOT_KEPT
        return self._finish(queued, state, "", receipt)

    def park(self, queued: Queued, reason: str) -> bool:
        return self._finish(queued, DeliveryState.PARKED, reason, Receipt(()))

    def later(
        self, queued: Queued, wait: timedelta, reason: str, *, uncertain: bool, counts: bool = True
    ) -> bool:
        with self._engine.writing() as connection:
            due = self._engine.now(connection) + _span(wait)
            change = (due, int(uncertain), reason, 0 if counts else 1)
            return connection.execute(_LATER, (*change, *_held(queued))).rowcount == 1

    def replay(self, tenant: str, plan_id: str = "", revision: int = 0) -> int:
        wanted, keys = _PARKED, [tenant]
        if plan_id:
            wanted, keys = f"{wanted} AND plan_id = ?", [tenant, plan_id]
        with self._engine.writing() as connection:
            self._engine.hold(connection, _TURNS.format(tenant))
            now = self._engine.now(connection)
            rows = connection.execute(wanted, keys).fetchall()
            chosen = [(tenant, *row) for row in rows if revision in (0, row[1])]
            # What was superseded since it was looked at stays so.
            parked = [key for key in chosen if connection.execute(_TAKE_BACK, key).rowcount]
            for key in parked:
                connection.execute(_QUEUE, (*key, now))
        return len(parked)

    def of_plan(self, tenant: str, plan_id: str) -> list[Delivery]:
        where, keys = "WHERE tenant = ? AND plan_id = ?", (tenant, plan_id)
        with self._engine.reading() as connection:
            rows = connection.execute(f"{_WAITING} {where}", keys).fetchall()
            rows += connection.execute(f"{_DONE} {where}", keys).fetchall()
        return sorted(map(_delivery, rows), key=lambda delivery: delivery.revision)

    def listed(self, tenant: str, states: Sequence[DeliveryState], most: int) -> list[Delivery]:
        found: list[Delivery] = []
        with self._engine.reading() as connection:
            for state in states:
                waits = state is DeliveryState.WAITING
                source = f"{_WAITING} WHERE tenant = ?" if waits else f"{_DONE} WHERE tenant = ?"
                # Spelled out, not bound: only so is the index of what is parked used.
                of_state = "" if waits else f"AND state = '{state}'"
                statement = f"{source} {of_state} {_IN_ORDER} LIMIT ?"
                found += map(_delivery, connection.execute(statement, (tenant, most)).fetchall())
        return found

    def backlog(self, tenant: str) -> Backlog:
        with self._engine.reading() as connection:
            waiting, oldest = connection.execute(_COUNT_WAITING, (tenant,)).fetchone()
            (parked,) = connection.execute(_COUNT_PARKED, (tenant,)).fetchone()
        return Backlog(waiting, parked, None if oldest is None else _moment(oldest))

    def restored(self, tenant: str) -> datetime | None:
        with self._engine.reading() as connection:
            return marked(connection, tenant)

    def _finish(self, queued: Queued, state: DeliveryState, reason: str, receipt: Receipt) -> bool:
        with self._engine.writing() as connection:
            now = self._engine.now(connection)
            if connection.execute(_FINISH, _held(queued)).rowcount == 0:
                return False
            told = (state, _micros(queued.queued), now, queued.tries, reason, _to_json(receipt))
            connection.execute(_ADD, (*_key(queued), *told))
            if state is not DeliveryState.PARKED:
                self._supersede(connection, queued, now)
        return True

    def _supersede(self, connection: Connection, queued: Queued, now: int) -> None:
        """What is parked, or was queued anew meanwhile, would now set the record back."""
        connection.execute(_BROUGHT_UP_TO_DATE, (now, *_key(queued)))
        connection.execute(_MOVE_EARLIER, (now, _to_json(Receipt(())), *_key(queued)))
        connection.execute(_DROP_EARLIER, _key(queued))


def _key(queued: Queued) -> tuple[str, str, int]:
    return queued.tenant, queued.plan_id, queued.revision


def _held(queued: Queued) -> tuple[str, str, int, int]:
    return *_key(queued), _micros(queued.until)


def _queued(tenant: str, row: Sequence[Any], until: int) -> Queued:
    plan_id, revision, queued, tries, lost, uncertain = row
    return Queued(
        tenant=tenant,
        plan_id=plan_id,
        revision=revision,
        queued=_moment(queued),
        tries=tries + 1,
        until=_moment(until),
        lost=lost,
        uncertain=bool(uncertain),
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    tenant, plan_id, revision, state, queued, at, tries, reason, receipt = row
    return Delivery(
        tenant=tenant,
        plan_id=plan_id,
        revision=revision,
        state=DeliveryState(state),
        queued=_moment(queued),
        at=_moment(at),
        tries=tries,
        reason=reason,
        receipt=_from_json(receipt) if receipt else Receipt(()),
    )


def _to_json(receipt: Receipt) -> bytes:
    places = [
        [place.urn, place.reference, place.version, place.diverged] for place in receipt.places
    ]
    return orjson.dumps({"places": places, "left_out": receipt.left_out})


def _from_json(kept: bytes) -> Receipt:
    told = orjson.loads(kept)
    places = (
        Place(urn, reference, version, tuple(diverged))
        for urn, reference, version, diverged in told["places"]
    )
    return Receipt(tuple(places), tuple(told["left_out"]))


def _span(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)


def _micros(at: datetime) -> int:
    return _span(at - datetime.fromtimestamp(0, UTC))
