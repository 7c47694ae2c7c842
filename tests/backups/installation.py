"""A small installation below a folder, worked with through its parts; SQLite or PostgreSQL."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from service.app import build_parts
from service.backups import KEPT, Restored, Taken, Wishes, back_up, restore
from service.config.settings import Settings, read_settings
from service.store.migrate import migrate
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox
from service.usecases.make_plan import Wish
from service.usecases.ports import Launch
from service.usecases.record_session import Signed
from service.web.parts import Parts
from tests.builders import a_caller, a_condition, a_session, a_teaching, an_encounter

EHR = a_caller()
PHYSIO = a_caller(role="clinician", name="fys1", practitioner="Practitioner/fys1")


@dataclass
class Installation:
    """Its folder, and the clock of whoever backs it up and restores it."""

    var: Path
    url: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: list[str] = field(default_factory=list)
    frozen: Path | None = None  # content that was prepared before

    def __post_init__(self) -> None:
        self.var.mkdir(parents=True, exist_ok=True)
        migrate(self.settings.database)
        self._parts: Parts | None = None

    @property
    def settings(self) -> Settings:
        told = {"EDUPLAN_VAR_DIR": str(self.var)}
        return read_settings(told | ({"EDUPLAN_DATABASE_URL": self.url} if self.url else {}))

    @property
    def parts(self) -> Parts:
        if self._parts is None:
            for name in KEPT if self.frozen else ():
                if not (self.var / name).exists():
                    shutil.copytree(self.frozen / name, self.var / name)
            self._parts = build_parts(self.settings)
        return self._parts

    def stop(self) -> None:
        """As if service and worker were stopped."""
        if self._parts is not None:
            self._parts.store._engine.close()
            self._parts = None

    def see(self, name: str, visit: str = "1", tenant: str = "demo") -> str:
        """An encounter of this patient comes in; the id of the plan."""
        seen = an_encounter(
            a_condition(), reference=f"Encounter/{name}-{visit}", patient=f"Patient/{name}"
        )
        made = self.parts.make_plan(seen, Wish(), a_caller(tenant=tenant))
        assert made.stored
        return made.stored.plan.id

    def teach(self, plan_id: str, topic: str = "knowledge") -> None:
        """A physiotherapist documents a topic in the latest visit."""
        session = a_session(a_teaching(topic), encounter="", practitioner="")
        self.parts.record_session([Signed(plan_id, session)], PHYSIO)

    def plan(self, plan_id: str, tenant: str = "demo") -> Any:
        with self.parts.store.reading(tenant) as transaction:
            return transaction.plan(plan_id)

    def history(self, plan_id: str) -> list[Any]:
        with self.parts.store.reading("demo") as transaction:
            return transaction.history(plan_id)

    def launch(self) -> str:
        """Open a patient's pages; the secret that opens them."""
        opened = Launch("demo", "fys1", "Practitioner/fys1", "Patient/p", self.later(8))
        return self.parts.launches.start(opened, datetime.now(UTC))

    def later(self, hours: float) -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        engine = open_engine(self.settings.database)
        try:
            with engine.reading() as connection:
                return connection.execute(statement).fetchall()
        finally:
            engine.close()

    def outbox(self) -> DatabaseOutbox:
        return DatabaseOutbox(self.parts.store._engine)

    def back_up(self, name: str = "backup.tar") -> Taken:
        return back_up(self.settings, self.var.parent / name, self.now, self._tell)

    def restore(self, taken: Taken | Path, **wishes: Any) -> Restored:
        path = taken if isinstance(taken, Path) else taken.path
        return restore(self.settings, path, Wishes(**wishes), self.now, self._tell)

    def _tell(self, what: str, done: int, of: int) -> None:
        self.told.append(what)

    def is_sound(self) -> None:
        """Every plan has its visit, its audit row, and what was queued of it; all can be read."""
        plans = {row[0] for row in self.rows("SELECT id FROM plan")}
        assert {row[0] for row in self.rows("SELECT plan_id FROM visit")} == plans
        queued = "SELECT plan_id FROM outbox UNION SELECT plan_id FROM delivery WHERE plan_id <> ''"
        assert {row[0] for row in self.rows(queued)} == plans
        audited = self.rows("SELECT entity FROM audit WHERE action = 'plan.created'")
        assert {row[0] for row in audited} == plans
        for plan_id in plans:
            for stored in self.history(plan_id):
                bundle = orjson.loads(stored.bundle)
                assert bundle["entry"][0]["resource"]["resourceType"] == "CarePlan"
