"""All that the database holds about one patient, to be handed out or erased in one transaction.

`TREATED` says of every table what becomes of it; a house test knows of no table that is not there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from service.fhir.audit_event import ERASED
from service.store.audit_seals import TURN, secrets_for
from service.store.engine import Connection, Engine
from service.store.keeping import Keeper, Stencils
from service.store.plans import DatabaseTransaction
from service.usecases.audit_chain import hidden
from service.usecases.erase_patient import Holding

TREATED = {
    "plan": "erased",
    "plan_history": "erased",
    "visit": "erased",
    "outbox": "erased",
    "delivery": "erased",
    "draft": "erased",
    "idempotency_key": "erased",
    "inbox": "erased, as far as its encounters are visits of the patient's plans",
    "launch": "ended, also those of groups with the patient",
    "audit": "kept, with a pseudonym in the place of the patient's names",
    "audit_of_patient": "erased",
    "audit_secret": "destroyed, so that nobody can try out whom the pseudonym is of",
    "audit_seal": "kept: it holds hashes only",
    "stencil": "kept: it names nobody",
    "used_token": "kept: of the tokens of CDS clients, until they expire",
    "card_answer": "kept: what was answered to a card names nobody",
    "attempt": "kept: launches under way, which name nobody, for some minutes",
    "looked": "kept: encounters of some minutes, until the next look",
}
_OF_PLAN = (
    *("plan_history", "visit", "outbox", "delivery", "draft", "idempotency_key"),
    "plan",
)
_PLANS = "SELECT id FROM plan WHERE tenant = ? AND patient = ? ORDER BY id"
_VISITS = "SELECT encounter FROM visit WHERE tenant = ? AND plan_id = ?"
_LAUNCHES = "SELECT id, body FROM launch WHERE tenant = ?"
_AUDIT = "SELECT count(*) FROM audit WHERE tenant = ? AND patient = ?"
_UNDELIVERED = """
    SELECT count(*) FROM outbox WHERE tenant = ? AND plan_id = ? UNION ALL
    SELECT count(*) FROM delivery WHERE tenant = ? AND plan_id = ? AND state = 'parked'"""
_UNDER_WAY = "SELECT count(*) FROM outbox WHERE tenant = ? AND plan_id = ? AND until > ?"
_RECEIPTS = "SELECT receipt FROM delivery WHERE tenant = ? AND plan_id = ?"
_NOTICE = "SELECT state, told_by FROM inbox WHERE tenant = ? AND encounter = ?"
_DRAFTS = "SELECT encounter, practitioner, fields FROM draft WHERE tenant = ? AND plan_id = ?"
_DROP_NOTICE = "DELETE FROM inbox WHERE tenant = ? AND encounter = ?"
_DROP_LAUNCH = "DELETE FROM launch WHERE tenant = ? AND id = ?"
_ACTORS = """
    SELECT DISTINCT actor FROM audit WHERE tenant = ? AND patient = ? AND role = 'patient'"""
_HIDE_ACTOR = """
    UPDATE audit SET actor = ?
    WHERE tenant = ? AND patient = ? AND role = 'patient' AND actor = ?"""
_HIDE = "UPDATE audit SET patient = ? WHERE tenant = ? AND patient = ?"
_DROP_NOTES = "DELETE FROM audit_of_patient WHERE tenant = ? AND patient = ?"
_DROP_SECRET = "DELETE FROM audit_secret WHERE tenant = ? AND patient = ?"  # noqa: S105
_NAMED = (
    "SELECT DISTINCT patient FROM plan WHERE tenant = ?",
    "SELECT DISTINCT patient FROM audit WHERE tenant = ?",
)


class DatabasePatients:
    """The Patients of one database; `new_id` names audit rows."""

    def __init__(self, engine: Engine, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._new_id = new_id

    @contextmanager
    def writing(self, tenant: str) -> Iterator["PatientRows"]:
        with self._engine.writing() as connection:
            connection.execute(self._engine.overwrite)
            # Nobody seals the rows that are rewritten.
            self._engine.hold(connection, TURN.format(tenant))
            keeper = Keeper(connection, tenant, Stencils())
            told = DatabaseTransaction(connection, tenant, self._new_id, keeper, self._engine)
            yield PatientRows(connection, tenant, told, self._engine.now(connection))

    def named(self, tenant: str) -> set[str]:
        """Every patient of whom a clinic has something."""
        with self._engine.reading() as connection:
            rows = [
                row for each in _NAMED for row in connection.execute(each, (tenant,)).fetchall()
            ]
        return {name for (name,) in rows if name and not name.startswith(ERASED)}


class PatientRows:
    """The rows of one clinic in one transaction; see usecases.erase_patient.PatientRows."""

    def __init__(
        self, connection: Connection, tenant: str, transaction: DatabaseTransaction, now: int
    ) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._tenant = tenant
        self._now = now
        self.transaction = transaction

    def holding(self, patient: str) -> Holding:
        plans = self._plans(patient)
        counts = {table: sum(self._count(table, plan) for plan in plans) for table in _OF_PLAN}
        counts["inbox"] = len(self.notices(patient))
        counts["launch"] = len(self._launches(patient))
        counts["audit"] = self._execute(_AUDIT, (self._tenant, patient)).fetchone()[0]
        return Holding(
            plans=tuple(plans),
            rows={table: many for table, many in counts.items() if many},
            undelivered=sum(self._undelivered(plan) for plan in plans),
            under_way=sum(self._under_way(plan) for plan in plans),
            in_record=tuple(sorted({each for plan in plans for each in self._places(plan)})),
        )

    def notices(self, patient: str) -> list[dict[str, Any]]:
        """What the record told of the patient's visits and nobody has followed yet."""
        found = []
        for encounter in self._encounters(patient):
            row = self._execute(_NOTICE, (self._tenant, encounter)).fetchone()
            if row:
                found.append({"encounter": encounter, "state": row[0], "told_by": row[1]})
        return found

    def drafts(self, plan_id: str) -> list[dict[str, Any]]:
        rows = self._execute(_DRAFTS, (self._tenant, plan_id)).fetchall()
        return [
            {"plan": plan_id, "encounter": visit, "practitioner": who, "fields": orjson.loads(raw)}
            for visit, who, raw in rows
        ]

    def erase(self, patient: str) -> str:
        for encounter in self._encounters(patient):
            self._execute(_DROP_NOTICE, (self._tenant, encounter))
        for launch in self._launches(patient):
            self._execute(_DROP_LAUNCH, (self._tenant, launch))
        for plan in self._plans(patient):
            for table in _OF_PLAN:
                column = "id" if table == "plan" else "plan_id"
                statement = f"DELETE FROM {table} WHERE tenant = ? AND {column} = ?"  # noqa: S608
                self._execute(statement, (self._tenant, plan))
        return self._hide(patient)

    def _hide(self, patient: str) -> str:
        """Put a pseudonym in the place of the patient's names in the audit trail."""
        key = (self._tenant, patient)
        secret = secrets_for(self._connection, self._tenant, [patient])[patient]
        for (actor,) in self._execute(_ACTORS, key).fetchall():
            self._execute(_HIDE_ACTOR, (hidden(actor, secret), *key, actor))
        pseudonym = hidden(patient, secret)
        self._execute(_HIDE, (pseudonym, *key))
        self._execute(_DROP_NOTES, key)
        self._execute(_DROP_SECRET, key)
        return pseudonym

    def _plans(self, patient: str) -> list[str]:
        rows = self._execute(_PLANS, (self._tenant, patient)).fetchall()
        # On PostgreSQL whoever changes one of them at this moment is waited for.
        return [plan for (plan,) in rows if self.transaction.plan(plan)]

    def _encounters(self, patient: str) -> list[str]:
        found: list[str] = []
        for plan in self._plans(patient):
            rows = self._execute(_VISITS, (self._tenant, plan)).fetchall()
            found += [encounter for (encounter,) in rows]
        return sorted(set(found))

    def _launches(self, patient: str) -> list[str]:
        rows = self._execute(_LAUNCHES, (self._tenant,)).fetchall()
        told = ((name, orjson.loads(bytes(body))) for name, body in rows)
        return [n for n, each in told if patient in (each["patient"], *each["participants"])]

    def _count(self, table: str, plan: str) -> int:
        column = "id" if table == "plan" else "plan_id"
        statement = f"SELECT count(*) FROM {table} WHERE tenant = ? AND {column} = ?"  # noqa: S608
        return int(self._execute(statement, (self._tenant, plan)).fetchone()[0])

    def _undelivered(self, plan: str) -> int:
        rows = self._execute(_UNDELIVERED, (self._tenant, plan) * 2).fetchall()
        return sum(many for (many,) in rows)

    def _under_way(self, plan: str) -> int:
        row = self._execute(_UNDER_WAY, (self._tenant, plan, self._now)).fetchone()
        return int(row[0])

    def _places(self, plan: str) -> list[str]:
        rows = self._execute(_RECEIPTS, (self._tenant, plan)).fetchall()
        receipts = (orjson.loads(bytes(receipt)) for (receipt,) in rows)
        return [place[1] for each in receipts for place in each.get("places", ())]
