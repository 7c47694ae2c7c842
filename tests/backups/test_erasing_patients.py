"""A patient's data is handed out whole, and erased whole; no backup brings it back."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from service.config.erased import ErasedList
from service.config.secret import secret
from service.fhir import r4
from service.store.audit_seals import DatabaseSeals
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.outbox import DatabaseOutbox
from service.store.patient_rows import TREATED, DatabasePatients
from service.usecases.delivering import Place, Receipt
from service.usecases.erase_patient import ErasePatient, NotErased
from service.usecases.export_patient import ExportPatient
from service.usecases.noticing import Told
from service.usecases.ports import Caller, Draft, Launch
from service.usecases.read_access_log import ReadAccessLog
from service.usecases.seal_audit import SealAudit
from service.usecases.verify_audit import Verification
from tests.backups.installation import Installation

OPERATOR = Caller("demo", "operator", "root")
ANNA = "Patient/anna-canary"


class Clinic(Installation):
    """An installation with two patients: one of whom there is something of everything."""

    def work(self) -> str:
        plan = self.see("anna-canary")
        self.see("bodil")
        self.see("anna-canary", tenant="other")  # another clinic's, with the same id
        self.teach(plan)
        now = datetime.now(UTC)
        store = self.parts.store
        with store.writing("demo") as told:
            fields = {"text": ["anna-canary xylofon"]}
            told.keep_draft(
                Draft(plan, "Encounter/anna-canary-1", "Practitioner/1", fields, 2, "k", now, 1)
            )
        opened = Launch("demo", "fys1", "Practitioner/1", ANNA, now + timedelta(hours=1))
        self.parts.launches.start(opened, now)
        DatabaseInbox(store._engine).hear("demo", Told("Encounter/anna-canary-1", now, "hook"))
        ReadAccessLog(store, lambda: now)(Caller("demo", "patient", "anna-canary-user", ANNA))
        self.seal()
        return plan

    def deliver(self) -> None:
        outbox = DatabaseOutbox(self.parts.store._engine)
        while taken := outbox.take("demo", 9, timedelta(minutes=1)):
            for queued in taken:
                outbox.delivered(queued, Receipt((Place("urn:uuid:1", "CarePlan/77", "1"),), ()))

    def seal(self) -> None:
        SealAudit(DatabaseSeals(self.parts.store._engine), lambda *_: None)()

    def faults(self) -> list:
        with DatabaseSeals(self.parts.store._engine).trail("demo") as trail:
            return list(Verification(trail).faults())

    @property
    def patients(self) -> DatabasePatients:
        return DatabasePatients(self.parts.store._engine, new_id)

    @property
    def erased(self) -> ErasedList:
        return ErasedList(self.var, secret(self.var))

    def erase(self, **more):
        story = ErasePatient(self.patients, lambda: datetime.now(UTC), self.erased.add)
        return story(ANNA, OPERATOR, "case-7", **more)

    def tables(self) -> set[str]:
        if self.url:
            named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        else:
            named = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        found = {name for (name,) in self.rows(named)}
        return {name for name in found if not name.startswith("sqlite_")} - {"alembic_version"}

    def said(self, tenant: str = "demo") -> str:
        """Every row of a clinic, as text."""
        told = "".join(
            str([bytes(v) if isinstance(v, memoryview) else v for v in row])
            for table in sorted(self.tables())
            for row in self.rows(f"SELECT * FROM {table} WHERE tenant = '{tenant}'")
        )
        with self.parts.store.reading(tenant) as transaction:
            plans = transaction.plans_beyond("", 99, newest_first=False)
        return told + str(plans)


@pytest.fixture(params=["sqlite", "postgresql"])
def clinic(request, tmp_path, frozen):
    on_postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if on_postgres else ""
    made = Clinic(tmp_path / "here" / "var", url=url, frozen=frozen)
    yield made
    made.stop()


def test_nothing_of_an_erased_patient_is_left_and_everything_of_others_is(clinic):
    clinic.work()
    clinic.deliver()
    before = clinic.said("other")
    found = clinic.erase()
    assert set(found.rows) == {
        *("plan", "plan_history", "visit", "delivery", "draft", "inbox", "launch", "audit")
    }
    assert found.in_record == ("CarePlan/77",)
    assert "anna-canary" not in clinic.said()
    assert "Patient/bodil" in clinic.said()
    assert clinic.said("other") == before
    with pytest.raises(NotErased, match="nothing"):
        clinic.erase()


def test_the_audit_trail_is_kept_whole_under_a_pseudonym(clinic):
    clinic.work()
    many = clinic.rows("SELECT count(*) FROM audit WHERE tenant = 'demo'")[0][0]
    clinic.erase(undelivered_too=True)
    clinic.seal()
    rows = clinic.rows(
        "SELECT action, entity, patient FROM audit WHERE tenant = 'demo' ORDER BY id"
    )
    assert len(rows) == many + 1
    assert clinic.faults() == []
    *_, (action, case, pseudonym) = rows
    assert (action, case) == ("patient.erased", "case-7")
    hidden = {act for act, _, patient in rows if patient == pseudonym}
    assert {"plan.created", "plan.taught", "log.read", "patient.erased"} <= hidden


def test_what_is_not_in_the_record_yet_is_not_erased_unless_that_is_said(clinic):
    clinic.work()
    with pytest.raises(NotErased, match="2 revisions are not in the record yet"):
        clinic.erase()
    assert ANNA in clinic.said()
    DatabaseOutbox(clinic.parts.store._engine).take("demo", 1, timedelta(minutes=1))
    DatabaseOutbox(clinic.parts.store._engine).take("demo", 9, timedelta(minutes=1))
    with pytest.raises(NotErased, match="being written"):
        clinic.erase(undelivered_too=True)
    assert ANNA in clinic.said()


def test_an_erasure_that_fails_changes_nothing(clinic):
    clinic.work()
    before = clinic.said()

    def full(*_):
        raise OSError("disk full")

    story = ErasePatient(clinic.patients, lambda: datetime.now(UTC), full)
    with pytest.raises(OSError, match="disk full"):
        story(ANNA, OPERATOR, undelivered_too=True)
    assert clinic.said() == before


def test_an_export_holds_all_of_a_patient_and_nothing_of_others(clinic):
    clinic.work()
    clinic.deliver()
    story = ExportPatient(
        clinic.patients, DatabaseOutbox(clinic.parts.store._engine), lambda: datetime.now(UTC)
    )
    found = orjson.loads(orjson.dumps(story(ANNA, OPERATOR)))
    assert "bodil" not in str(found)
    resources = [entry["resource"] for entry in found["fhir"]["entry"]]
    kinds = {resource["resourceType"] for resource in resources}
    assert {"CarePlan", "ServiceRequest", "Communication", "Provenance", "AuditEvent"} <= kinds
    for resource in resources:
        r4.parse(resource)
    acts = [r["subtype"][0]["code"] for r in resources if r["resourceType"] == "AuditEvent"]
    assert acts[0] == "patient.exported"
    assert {"plan.created", "plan.taught", "log.read"} <= set(acts)
    (plan,) = found["revisions"]
    assert len(plan["bundles"]) == 2
    assert [each["state"] for each in found["deliveries"]] == ["delivered"] * 2
    assert found["deliveries"][0]["places"] == ["CarePlan/77"]
    assert found["notices"][0]["encounter"] == "Encounter/anna-canary-1"
    assert found["drafts"][0]["fields"] == {"text": ["anna-canary xylofon"]}
    assert found["in_record"] == ["CarePlan/77"]


def test_every_table_says_what_erasing_does_to_it(clinic):
    assert clinic.tables() == set(TREATED)


def test_a_backup_of_before_does_not_bring_an_erased_patient_back(clinic):
    clinic.work()
    clinic.deliver()
    taken = clinic.back_up()
    clinic.now += timedelta(minutes=1)
    clinic.erase()
    clinic.stop()
    done = clinic.restore(taken, replace=True)
    assert done.erased == 1
    assert "anna-canary" not in clinic.said()
    assert "Patient/bodil" in clinic.said()
    assert clinic.faults() == []


def test_who_comes_again_after_an_erasure_stays_when_a_later_backup_is_restored(clinic):
    clinic.work()
    clinic.erase(undelivered_too=True)
    clinic.now = datetime.now(UTC)
    clinic.see("anna-canary", "2")
    taken = clinic.back_up()
    clinic.stop()
    assert clinic.restore(taken, replace=True).erased == 0
    assert ANNA in clinic.said()


def test_the_list_of_the_erased_names_nobody_and_is_in_the_backup(clinic):
    clinic.work()
    clinic.erase(undelivered_too=True)
    assert "anna" not in (clinic.var / "erased").read_text()
    assert "erased" in clinic.back_up().manifest.files


def test_what_was_erased_cannot_be_read_in_the_file_of_sqlite_either(here):
    clinic = Clinic(here.var, frozen=here.frozen)
    clinic.work()
    path = clinic.settings.database
    assert b"xylofon" in settled(clinic, path)
    clinic.erase(undelivered_too=True)
    assert b"xylofon" not in settled(clinic, path)


def settled(clinic, path) -> bytes:
    """The whole file, when nobody has it open."""
    clinic.stop()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()
