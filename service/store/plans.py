"""PlanStore over a database: plans, their revisions, visits, outbox, audit and keys.

Every statement names the tenant first, as does every key (decision 12).
Times are stored as whole microseconds since 1970 UTC: one form on every database.
`plan.closed` is 0 while the course is open, so that the index `one_open_course` lets a patient
have one on a pack. Of a closed plan it is when it was last revised, and at the least a microsecond
after every other such end: two may fall together, and `updated` is the time that is told.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from service.domain.errors import StalePlan
from service.domain.plan import EducationPlan
from service.store.drafts import Drafts
from service.store.engine import Connection, Engine
from service.store.keeping import Keeper, Stencils
from service.store.patient_trail import PatientTrail, audited
from service.usecases.ports import Audited, AuditEntry, KeyedRequest, Launch, StoredPlan, UsedToken

_PLAN = "SELECT plan.stencil, plan.body, plan.bundle FROM plan"
_BY_ENCOUNTER = f"""{_PLAN}
    JOIN visit ON visit.tenant = plan.tenant AND visit.plan_id = plan.id
    WHERE visit.tenant = ? AND visit.encounter = ? AND visit.pack = ?"""
_OPEN = f"{_PLAN} WHERE tenant = ? AND patient = ? AND pack = ? AND closed = 0"
_LAST_CLOSED = "SELECT MAX(closed) FROM plan WHERE tenant = ? AND patient = ? AND pack = ?"
_BY_ID = f"{_PLAN} WHERE tenant = ? AND id = ?"
_BY_REVISION = """
    SELECT stencil, body, bundle FROM plan
    WHERE tenant = ? AND id = ? AND revision = ?
    UNION ALL SELECT stencil, body, bundle FROM plan_history
    WHERE tenant = ? AND plan_id = ? AND revision = ?"""
_BY_PATIENT = f"{_PLAN} WHERE tenant = ? AND patient = ? ORDER BY created DESC"

_BY_VISIT = f"""{_PLAN}
    JOIN visit ON visit.tenant = plan.tenant AND visit.plan_id = plan.id
    WHERE visit.tenant = ? AND visit.encounter = ? ORDER BY visit.pack"""
_OLDER = f"{_PLAN} WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?"
_YOUNGER = f"{_PLAN} WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"
_HISTORY = """
    SELECT stencil, body, bundle FROM plan_history WHERE tenant = ? AND plan_id = ?
    ORDER BY revision"""
_LAST = "~"  # beyond every id

_ADD_PLAN = """
    INSERT INTO plan (tenant, id, patient, pack, closed, revision, created, updated,
      stencil, body, bundle)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_KEEP_AS_IT_WAS = """
    INSERT INTO plan_history (tenant, plan_id, revision, at, stencil, body, bundle)
    SELECT tenant, id, revision, updated, stencil, body, bundle FROM plan
    WHERE tenant = ? AND id = ? AND revision = ? ON CONFLICT DO NOTHING"""
_REPLACE_PLAN = """
    UPDATE plan SET closed = ?, revision = ?, updated = ?, stencil = ?, body = ?, bundle = ?
    WHERE tenant = ? AND id = ?"""
_ADD_VISIT = """
    INSERT INTO visit (tenant, encounter, pack, plan_id) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_TAKE_VISIT_BACK = "DELETE FROM visit WHERE tenant = ? AND encounter = ? AND pack = ?"
_QUEUE = """
    INSERT INTO outbox (tenant, plan_id, revision, state, queued) VALUES (?, ?, ?, 'waiting', ?)"""
_DELIVERY = """
    SELECT state FROM outbox WHERE tenant = ? AND plan_id = ? AND revision = ?
    UNION ALL SELECT state FROM delivery WHERE tenant = ? AND plan_id = ? AND revision = ?"""
_AUDIT = """
    INSERT INTO audit (tenant, id, at, action, entity, patient, role, actor)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_AUDITED = "SELECT id, at, action, entity, patient, role, actor FROM audit WHERE tenant = ?"
_AUDIT_ROW = f"{_AUDITED} AND id = ?"
_AUDIT_OLDER = f"{_AUDITED} AND id < ? ORDER BY id DESC LIMIT ?"
_AUDIT_YOUNGER = f"{_AUDITED} AND id > ? ORDER BY id LIMIT ?"
_KEY = """
    SELECT key, fingerprint, happened, plan_id, revision FROM idempotency_key
    WHERE tenant = ? AND key = ?"""
_ADD_KEY = """
    INSERT INTO idempotency_key (tenant, key, fingerprint, happened, plan_id, revision, at)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""


class DatabasePlans:
    """The PlanStore of one database; `new_id` names audit rows, in order of time."""

    def __init__(self, engine: Engine, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._new_id = new_id
        self._stencils = Stencils()

    @contextmanager
    def writing(self, tenant: str) -> Iterator["DatabaseTransaction"]:
        with self._engine.writing() as connection:
            keeper = Keeper(connection, tenant, self._stencils)
            yield DatabaseTransaction(connection, tenant, self._new_id, keeper, self._engine)
        if keeper.seen:
            self._stencils.remember(tenant, keeper.seen)

    @contextmanager
    def reading(self, tenant: str) -> Iterator["DatabaseTransaction"]:
        with self._engine.reading() as connection:
            keeper = Keeper(connection, tenant, self._stencils)
            yield DatabaseTransaction(connection, tenant, self._new_id, keeper)
        self._stencils.remember(tenant, keeper.seen)


class DatabaseTransaction(Drafts, PatientTrail):
    """One transaction of one tenant; see usecases.ports.Transaction for the promises."""

    def __init__(
        self,
        connection: Connection,
        tenant: str,
        new_id: Callable[[], str],
        keeper: Keeper,
        writing_to: Engine | None = None,
    ) -> None:
        super().__init__(connection, tenant)
        self._connection = connection
        self._engine = writing_to
        self._lock = writing_to.lock_plan if writing_to else ""
        self._new_id = new_id
        self._keeper = keeper

    def request_of_key(self, key: str) -> KeyedRequest | None:
        if self._engine:
            self._engine.hold(self._connection, f"key {self._tenant} {key}")
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
        return self._one(_BY_ENCOUNTER + self._lock, encounter, pack_id)

    def open_plan(self, patient: str, pack_id: str) -> StoredPlan | None:
        return self._one(_OPEN + self._lock, patient, pack_id)

    def plan(self, plan_id: str, revision: int = 0) -> StoredPlan | None:
        if revision:
            return self._one(_BY_REVISION, plan_id, revision, self._tenant, plan_id, revision)
        return self._one(_BY_ID + self._lock, plan_id)

    def plans_of_patient(self, patient: str) -> list[StoredPlan]:
        return self._all(_BY_PATIENT, patient)

    def plans_of_visit(self, encounter: str) -> list[StoredPlan]:
        return self._all(_BY_VISIT, encounter)

    def plans_beyond(self, plan_id: str, limit: int, *, newest_first: bool) -> list[StoredPlan]:
        if newest_first:
            return self._all(_OLDER, plan_id or _LAST, limit)
        return self._all(_YOUNGER, plan_id, limit)

    def history(self, plan_id: str) -> list[StoredPlan]:
        newest = self.plan(plan_id)
        if newest is None:
            return []
        earlier = self._all(_HISTORY, plan_id) if newest.plan.revision > 1 else []
        return [*earlier, newest]

    def add(self, stored: StoredPlan) -> bool:
        plan = stored.plan
        visit = (self._tenant, plan.visits[0].encounter, plan.pack.id)
        if self._execute(_ADD_VISIT, (*visit, plan.id)).rowcount == 0:
            return False  # the encounter is a visit of another plan
        at = _micros(plan.updated)
        named = (self._tenant, plan.id, plan.patient, plan.pack.id)
        created = at if plan.created == plan.updated else _micros(plan.created)
        row = (*named, 0, plan.revision, created, at, *self._keeper.keep(stored))
        if self._execute(_ADD_PLAN, row).rowcount == 0:
            self._execute(_TAKE_VISIT_BACK, visit)
            return False  # the patient has an open course on this pack
        return True

    def replace(self, stored: StoredPlan, before: int = 0) -> None:
        plan, at = stored.plan, _micros(stored.plan.updated)
        stands = (self._tenant, plan.id, before or plan.revision - 1)
        if self._execute(_KEEP_AS_IT_WAS, stands).rowcount != 1:
            raise StalePlan("the plan was changed in the meantime")
        changed = (
            0 if plan.is_open else self._closed(plan, at),
            plan.revision,
            at,
            *self._keeper.keep(stored),
        )
        self._execute(_REPLACE_PLAN, (*changed, self._tenant, plan.id))
        for visit in plan.visits:
            self._execute(_ADD_VISIT, (self._tenant, visit.encounter, plan.pack.id, plan.id))

    def _closed(self, plan: EducationPlan, at: int) -> int:
        """The time given, or the first after all ends of the patient's courses on the pack."""
        course = (self._tenant, plan.patient, plan.pack.id)
        if self._engine:
            self._engine.hold(self._connection, " ".join(("course", *course)))
        (last,) = self._execute(_LAST_CLOSED, course).fetchone()
        return max(at, last + 1)

    def queue(self, plan: EducationPlan) -> None:
        self._execute(_QUEUE, (self._tenant, plan.id, plan.revision, _micros(plan.updated)))

    def delivery(self, plan_id: str, revision: int) -> str:
        row = self._execute(_DELIVERY, (self._tenant, plan_id, revision) * 2).fetchone()
        return str(row[0]) if row else ""

    def use(self, token: UsedToken) -> bool:
        assert self._engine is not None  # noqa: S101  # who only reads uses nothing
        from service.store.cards import use_token  # with the hook services, not at the start

        return use_token(self._engine, self._connection, self._tenant, token)

    def end_launches(self, who: str = "") -> list[Launch]:
        from service.store.launches import end_launches  # only the operator's command ends all

        return end_launches(self._connection, self._tenant, who)

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

    def audited(self, entry_id: str) -> Audited | None:
        row = self._execute(_AUDIT_ROW, (self._tenant, entry_id)).fetchone()
        return audited(self._tenant, row) if row else None

    def audit_beyond(self, entry_id: str, limit: int, *, newest_first: bool) -> list[Audited]:
        statement = _AUDIT_OLDER if newest_first else _AUDIT_YOUNGER
        begin = entry_id or (_LAST if newest_first else "")
        rows = self._execute(statement, (self._tenant, begin, limit)).fetchall()
        return [audited(self._tenant, row) for row in rows]

    def _all(self, statement: str, *keys: object) -> list[StoredPlan]:
        rows = self._execute(statement, (self._tenant, *keys)).fetchall()
        return [self._keeper.give_back(row) for row in rows]

    def _one(self, statement: str, *keys: object) -> StoredPlan | None:
        row = self._execute(statement, (self._tenant, *keys)).fetchone()
        return self._keeper.give_back(row) if row else None


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
