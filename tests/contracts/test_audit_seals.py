"""Seals in the database: each row once, in one chain, whoever seals; the same on both databases."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.store.audit_seals import DatabaseSeals
from service.store.copying import copy_database
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import AuditEntry
from service.usecases.seal_audit import NowAndThen, SealAudit
from service.usecases.verify_audit import Verification, What
from tests.builders import NOW, a_caller
from tests.live import ROOT


class Clinic:
    """The audit trails of one database, written to, sealed, tampered with and verified."""

    def __init__(self, engine, ids=new_id) -> None:
        self.engine = engine
        self.plans = DatabasePlans(engine, ids)
        self.seals = DatabaseSeals(engine)
        self.log = []
        self.seal = SealAudit(self.seals, lambda event, fields: self.log.append((event, fields)))

    def look(self, many=1, tenant="demo", patient="Patient/p1", **more):
        for _ in range(many):
            with self.plans.writing(tenant) as transaction:
                entry = AuditEntry("plan.read", "plan-1", patient, a_caller(**more), NOW)
                transaction.audit(entry)

    def do(self, statement, *values):
        with self.engine.writing() as connection:
            assert connection.execute(statement, values).rowcount == 1

    def verify(self, tenant="demo"):
        with self.seals.trail(tenant) as trail:
            walk = Verification(trail)
            return [fault.what for fault in walk.faults()], walk.rows, walk.unsealed

    def newest(self, tenant="demo"):
        with self.plans.reading(tenant) as transaction:
            return transaction.audit_beyond("", 1, newest_first=True)[0].id


def id_at(milliseconds):
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


@pytest.fixture
def clinic(any_engine):
    return Clinic(any_engine())


def test_every_row_is_sealed_once_and_the_trail_is_whole(clinic):
    clinic.look(3)
    assert clinic.verify() == ([], 0, 3)
    assert clinic.seal() == 3
    clinic.look(450, patient="")
    assert (clinic.seal(), clinic.seal()) == (450, 0)
    clinic.look()
    assert clinic.verify() == ([], 453, 1)
    (_, told) = clinic.log[-1]
    assert told["tenant"] == "demo"
    assert told["seal"].startswith("4:")  # of 3, 200, 200 and 50


def test_each_clinic_has_a_chain_of_its_own(clinic):
    clinic.look(2)
    clinic.look(1, tenant="other")
    assert clinic.seal() == 3
    clinic.do("DELETE FROM audit_seal WHERE tenant = ? AND number = 1", "other")
    assert clinic.verify("demo") == ([], 2, 0)
    assert clinic.verify("other") == ([], 0, 1)
    assert clinic.verify("nobody") == ([], 0, 0)


TAMPERS = {
    What.CHANGED: "UPDATE audit SET actor = 'somebody' WHERE tenant = ? AND id = ?",
    What.REMOVED: "DELETE FROM audit WHERE tenant = ? AND id = ?",
}


@pytest.mark.parametrize("what", TAMPERS)
def test_what_is_done_to_a_sealed_row_is_found_out(clinic, what):
    clinic.look(3)
    clinic.seal()
    clinic.do(TAMPERS[what], "demo", clinic.newest())
    assert clinic.verify() == ([what], 3, 0)


def test_a_row_that_is_added_with_an_older_date_is_never_sealed_and_found_out(clinic):
    clinic.look(2)
    clinic.seal()
    old = "01000000-0000-7000-8000-000000000000"
    add = "INSERT INTO audit (tenant, id, at, action, entity, patient, role, actor)"
    clinic.do(f"{add} VALUES (?, ?, 1, 'plan.read', '', '', 'system', 'x')", "demo", old)
    clinic.do(f"{add} VALUES (?, ?, 1, 'plan.read', '', '', 'system', 'x')", "demo", "0-no-id")
    clinic.look()
    clinic.seal()
    assert clinic.verify() == ([What.ADDED, What.ADDED], 3, 0)


def test_a_row_that_becomes_visible_late_is_sealed(any_engine):
    ids = [new_id() for _ in range(3)]
    order = iter([ids[0], ids[2], ids[1]])
    clinic = Clinic(any_engine(), lambda: next(order))
    clinic.look(2)
    clinic.seal()
    clinic.look()
    assert clinic.seal() == 1
    assert clinic.verify() == ([], 3, 0)


def test_a_row_of_a_clock_that_is_far_ahead_does_not_keep_others_from_being_sealed(any_engine):
    order = iter([id_at(time.time_ns() // 1_000_000 + 3_600_000), new_id()])
    clinic = Clinic(any_engine(), lambda: next(order))
    clinic.look(2)
    assert clinic.seal() == 1
    assert clinic.verify() == ([], 1, 1)


def test_whoever_is_slower_at_sealing_the_same_rows_leaves_them(clinic):
    clinic.look(2)
    found = clinic.seals.unsealed("demo", 9)
    assert clinic.seals.seal("demo", *found)
    assert clinic.seals.seal("demo", *found) is None
    assert clinic.verify() == ([], 2, 0)


def test_workers_that_seal_at_once_make_one_chain_while_others_write(clinic):
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(clinic.look, 60, patient=f"Patient/p{n}") for n in range(2)]
        sealing = [pool.submit(_again_and_again, clinic) for _ in range(2)]
        for each in (*writing, *sealing):
            each.result()
    clinic.seal()
    assert clinic.verify() == ([], 120, 0)


def _again_and_again(clinic):
    for _ in range(30):
        clinic.seal()


SEALS = """
import sys
from pathlib import Path
from service.store.audit_seals import DatabaseSeals
from service.store.opening import open_engine
from service.usecases.seal_audit import SealAudit
where = sys.argv[1]
seal = SealAudit(DatabaseSeals(open_engine(where if "://" in where else Path(where))), print)
print(sum(seal() for _ in range(20)))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_that_seal_make_one_chain(request, kind):
    where = request.getfixturevalue("database" if kind == "sqlite" else "postgres_url")
    clinic = Clinic(open_engine(where))
    clinic.look(300)
    words = [sys.executable, "-c", SEALS, str(where)]
    processes = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    clinic.look(100)
    assert [process.wait(120) for process in processes] == [0, 0]
    for process in processes:
        process.stdout.close()
    clinic.seal()
    assert clinic.verify() == ([], 400, 0)
    clinic.engine.close()


def test_a_patients_rows_are_found_among_sealed_and_unsealed_ones(any_engine):
    hours = (time.time_ns() // 1_000_000 - back * 3_600_000 for back in range(9, 0, -1))
    ids = (id_at(hour) for hour in hours)
    clinic = Clinic(any_engine(), lambda: next(ids))
    clinic.look(2)
    clinic.look(2, patient="Patient/p2")
    clinic.seal()
    clinic.look(1, name="newest")
    with clinic.plans.reading("demo") as transaction:
        found = transaction.audit_of_patient("Patient/p1", "", 9)
        older = transaction.audit_of_patient("Patient/p1", found[0].id, 1)
    assert [each.entry.caller.name for each in found] == ["newest", "ehr", "ehr"]
    assert older == found[1:2]


def test_the_chain_goes_on_in_a_copy_on_the_other_database(database, postgres):
    source = Clinic(open_engine(database))
    source.look(5)
    source.seal()
    source.engine.close()
    target = postgres.make(f"sealed_{new_id()[-12:]}")
    copy_database(database, target, lambda *_: None, running=False)
    copy = Clinic(open_engine(target))
    copy.look(2)
    assert copy.seal() == 2
    assert copy.verify() == ([], 7, 0)
    copy.engine.close()


def test_sealing_is_done_now_and_then_and_not_at_every_round():
    times, done = iter([0.0, 0.0, 9.0, 10.0, 10.0]), []
    sometimes = NowAndThen(lambda: done.append(1), lambda: next(times), every=10)
    for _ in range(3):
        sometimes()
    assert len(done) == 2
