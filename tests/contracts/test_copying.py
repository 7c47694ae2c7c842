"""A database is copied whole, proved row by row, or not at all."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import orjson
import psycopg
import pytest

from service.domain.documenting import add_goal
from service.domain.errors import UnfitDatabase
from service.domain.goal import Goal
from service.fhir.writer import BundleWriter
from service.store.attempts import DatabaseAttempts
from service.store.copying import canonical, copy_database
from service.store.ids import new_id
from service.store.launches import DatabaseLaunches
from service.store.migrate import migrate
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.usecases.delivering import Place, Receipt
from service.usecases.ports import Attempt, AuditEntry, Draft, KeyedRequest, Launch, StoredPlan
from tests.builders import CHANGE, NOW, a_caller, a_plan, an_encounter
from tests.live import ROOT

pytestmark = pytest.mark.real

# In the order of bytes, which is that of no language.
CLINICS = ("B", "a", "demo", "~", "Århus")
LEASE = timedelta(seconds=60)


write = BundleWriter(orjson.dumps, "https://education.example")


def a_draft(plan) -> Draft:
    fields = {"text": ["Gik godt på trappen"]}
    return Draft(plan.id, "Encounter/1", "Practitioner/1", fields, 1, "form-1", NOW, 1)


def quiet(table: str, done: int, many: int) -> None: ...


def fill(engine) -> None:
    """Something of everything that is ever stored, in several clinics."""
    plans, outbox, launches = (
        DatabasePlans(engine, new_id),
        DatabaseOutbox(engine),
        DatabaseLaunches(engine),
    )
    for clinic in CLINICS:
        for number in range(3):
            visit = an_encounter(reference=f"Encounter/{number}", patient=f"Patient/{number}")
            plan = a_plan(visit, id=f"plan-{number}", tenant=clinic)
            after = add_goal(plan, Goal(id="", text="gå til bageren"), CHANGE)
            with plans.writing(clinic) as transaction:
                transaction.add(StoredPlan(plan, *write(plan, "ehr")))
                transaction.queue(plan)
                transaction.replace(StoredPlan(after, *write(after, "ehr")))
                transaction.keep_draft(a_draft(plan))
                transaction.queue(after)
                transaction.remember_key(KeyedRequest(f"key-{number}", "f"), NOW)
                entry = AuditEntry("plan.created", plan.id, plan.patient, a_caller(), NOW)
                transaction.audit(entry)
        first, second, *_ = outbox.take(clinic, 3, LEASE)
        outbox.delivered(first, Receipt((Place("urn:uuid:1", "CarePlan/7", "1"),), ("Goal",)))
        outbox.park(second, "refused")
        expires = NOW + timedelta(days=1)
        opened = Launch(clinic, "fys", "Practitioner/1", "Patient/1", expires)
        launches.start(opened, NOW)
        attempt = Attempt(clinic, expires, "b", "v", "n", "https://i", "https://t", "https://k")
        DatabaseAttempts(engine).begin(attempt, NOW)


@pytest.fixture
def source(database):
    engine = open_engine(database)
    fill(engine)
    engine.close()
    return database


@pytest.fixture
def target(postgres):
    """A new database without a schema."""
    name = f"copy_{new_id()[-12:]}"
    yield postgres.make(name)
    postgres.drop(name)


def rows(path) -> dict[str, list]:
    with closing(sqlite3.connect(path)) as connection:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        tables = [name for (name,) in connection.execute(named)]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=str)
            for name in tables
        }


def is_empty(url) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM plan").fetchone() == (0,)


def test_there_and_back_again_every_row_is_what_it_was(source, target, tmp_path):
    there = copy_database(source, target, quiet, running=False)
    back = copy_database(target, tmp_path / "back.sqlite", quiet, running=False)
    assert there == back
    assert {each.table: each.rows for each in there if each.rows} == {
        "attempt": 5,
        "audit": 15,
        "delivery": 10,
        "draft": 15,
        "idempotency_key": 15,
        "launch": 5,
        "outbox": 20,
        "plan": 15,
        "plan_history": 15,
        "stencil": 5,
        "visit": 15,
    }
    assert rows(tmp_path / "back.sqlite") == rows(source)


def test_the_copy_is_worked_on_where_the_source_stopped(source, target):
    copy_database(source, target, quiet, running=False)
    engine = open_engine(target)
    outbox = DatabaseOutbox(engine)
    assert outbox.clinics() == sorted(CLINICS)
    taken = outbox.take("demo", 9, timedelta(days=9_999))  # what was leased is so still
    assert [each.plan_id for each in taken] == ["plan-0", "plan-1"]
    assert outbox.replay("demo") == 1
    engine.close()


def test_it_tells_how_far_it_has_come(source, target):
    told = []
    copy_database(source, target, lambda *said: told.append(said), running=False)
    assert ("plan", 0, 15) in told
    assert ("plan", 15, 15) in told


def test_a_target_with_anything_in_it_is_refused(source, target):
    copy_database(source, target, quiet, running=False)
    with pytest.raises(UnfitDatabase, match="not empty"):
        copy_database(source, target, quiet, running=False)


def test_a_source_of_another_schema_is_refused(tmp_path, target):
    old = tmp_path / "old.sqlite"
    migrate(old, to="0002")
    with pytest.raises(UnfitDatabase, match="0002"):
        copy_database(old, target, quiet, running=False)
    with pytest.raises(UnfitDatabase):
        copy_database(tmp_path / "missing.sqlite", target, quiet, running=False)
    assert not (tmp_path / "missing.sqlite").exists()


def test_a_source_that_is_written_to_meanwhile_is_refused_and_nothing_is_kept(source, target):
    with pytest.raises(UnfitDatabase, match="meanwhile"):
        copy_database(source, target, writing_to(source), running=False)
    assert is_empty(target)


def test_a_rehearsal_takes_one_moment_of_a_source_that_goes_on(source, target):
    copied = copy_database(source, target, writing_to(source), running=True)
    assert {each.table: each.rows for each in copied}["visit"] == 15
    assert len(rows(source)["visit"]) == 16


def writing_to(source):
    """Write to the source when the first table is done."""
    told = []

    def tell(*said):
        told.append(said)
        if len(told) == 2:
            with closing(sqlite3.connect(source)) as connection, connection:
                connection.execute("INSERT INTO visit VALUES ('demo', 'Encounter/x', 'p', 'x')")

    return tell


def test_a_row_that_the_target_cannot_hold_is_told_by_its_table_and_nothing_is_kept(source, target):
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("INSERT INTO visit VALUES ('~', 'Encounter/x', 'p', char(0))")
    with pytest.raises(UnfitDatabase, match="visit"):
        copy_database(source, target, quiet, running=False)
    assert is_empty(target)


TAMPERS = """
    CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN NEW.actor := upper(NEW.actor); RETURN NEW; END';
    CREATE TRIGGER tamper BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION tamper()"""


def test_a_target_that_keeps_something_else_is_found_out(source, target):
    migrate(target)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(TAMPERS)
    with pytest.raises(UnfitDatabase, match="audit"):
        copy_database(source, target, quiet, running=False)
    assert is_empty(target)


def test_no_two_rows_look_alike_in_the_canonical_form():
    values = (None, "", b"", 0, "0", b"0", "1:a", b"1:a", 10, 1, "n", -1, "æ", "æ".encode())
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical("ab") + canonical("c") != canonical("a") + canonical("bc")


MEMORY = """
import resource, sys
from pathlib import Path
from service.store.copying import copy_database
copy_database(Path(sys.argv[1]), sys.argv[2], lambda *said: None, running=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(source, target) -> int:
    """Kilobytes that copying takes at most."""
    command = [sys.executable, "-c", MEMORY, str(source), target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_large_database_takes_no_more_memory_than_a_small_one(database, postgres):
    peaks = []
    for number, many in enumerate((100, 30_000)):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(
                "INSERT INTO launch (tenant, id, expires, body)"
                " WITH RECURSIVE n(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
                " SELECT 'demo', printf('%012d', n), n, randomblob(2000) FROM n",
                (number * 1_000_000, number * 1_000_000 + many),
            )
        url = postgres.make(f"large_{number}")
        peaks.append(peak(database, url))
        postgres.drop(f"large_{number}")
    assert peaks[1] - peaks[0] < 20_000  # of 60,000 that were copied
