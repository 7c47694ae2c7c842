"""The commands export-patient and erase-patient, as an operator runs them."""

import json

import pytest

from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import AuditEntry, StoredPlan
from tests.builders import NOW, a_caller, a_plan


@pytest.fixture
def run(command, database):
    """Run the command on a database with one plan that no record waits for."""
    engine = open_engine(database)
    with DatabasePlans(engine, new_id).writing("demo") as transaction:
        transaction.add(StoredPlan(a_plan(), b'{"resourceType":"Bundle","entry":[]}'))
        transaction.audit(AuditEntry("plan.created", "plan-1", "Patient/p1", a_caller(), NOW))
    engine.close()
    return lambda *words, said="": command(*words, "--tenant", "demo", input=said)


def test_erasing_is_tried_then_asked_then_done(run, tmp_path):
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "old.tar").touch()
    tried = run("erase-patient", "p1", "--dry-run")
    assert "Here: audit 1, plan 1, visit 1" in tried.stdout
    assert "old.tar" in tried.stdout
    assert tried.stdout.endswith("Nothing was erased.\n")
    refused = run("erase-patient", "p1", said="n\n")
    assert refused.returncode == 1
    assert run("erase-patient", "Patient/p1", said="y\n").stdout.endswith("Erased.\n")
    again = run("erase-patient", "p1", "--yes")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)


def test_an_export_is_one_new_file_for_its_owner_alone(run, tmp_path):
    file = tmp_path / "p1.json"
    assert "plan 1" in run("export-patient", "p1", "--into", str(file)).stdout
    assert json.loads(file.read_bytes())["patient"] == "Patient/p1"
    assert file.stat().st_mode & 0o777 == 0o600
    again = run("export-patient", "p1", "--into", str(file))
    assert (again.returncode, "not written over" in again.stderr) == (1, True)


@pytest.mark.parametrize("words", [("p 1",), ("p1", "--reference", "because of Anna")])
def test_what_is_no_id_and_no_case_is_refused_and_not_repeated(run, words):
    told = run("erase-patient", *words, "--yes")
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert "Anna" not in told.stderr
