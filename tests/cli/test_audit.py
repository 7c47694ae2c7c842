"""The commands about the audit trail, as an operator runs them."""

import json
import sqlite3
from contextlib import closing

import pytest

from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import AuditEntry
from tests.builders import NOW, a_caller


@pytest.fixture
def run(command, database):
    """Run the command on a database with three accesses of one clinic."""
    engine = open_engine(database)
    for _ in range(3):
        with DatabasePlans(engine, new_id).writing("demo") as transaction:
            transaction.audit(AuditEntry("plan.read", "", "Patient/p1", a_caller(), NOW))
    engine.close()
    return lambda *words, of="audit": command(of, *words)


def test_verify_tells_what_is_sealed_and_the_head_to_write_down(run):
    assert "0 rows, 0 seals, whole; 3 not sealed yet" in run("verify").stdout
    assert run("seal").stdout == "3 rows sealed\n"
    told = run("verify")
    assert (told.returncode, told.stderr) == (0, "")
    summary, head = told.stdout.splitlines()
    assert summary == "demo: 3 rows, 1 seals, whole; 0 not sealed yet"
    written_down = head.removeprefix("demo: head ")
    assert run("verify", "--tenant", "demo", "--head", written_down).returncode == 0
    other = run("verify", "--tenant", "demo", "--head", f"1:{'0' * 64}")
    assert (other.returncode, "seal 1 is not the one" in other.stdout) == (1, True)


def test_verify_names_a_row_that_was_changed_and_fails(run, database):
    run("seal")
    with closing(sqlite3.connect(database)) as connection, connection:
        (name,) = connection.execute("SELECT max(id) FROM audit").fetchone()
        connection.execute("UPDATE audit SET actor = 'x' WHERE id = ?", (name,))
    told = run("verify")
    assert told.returncode == 1
    assert f"demo: row {name} (seal 1) was changed" in told.stdout
    assert told.stderr == "education-plan: the audit trail is not what was sealed: 1 faults\n"


@pytest.mark.parametrize("words", [("--head", "1:x"), ("--tenant", "demo", "--head", "x")])
def test_a_head_that_is_none_is_refused_in_one_line(run, words):
    told = run("verify", *words)
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1


def test_export_writes_an_audit_event_on_each_line_and_leaves_one_itself(run):
    lines = run("export", "--tenant", "demo").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["resourceType"] for event in events} == {"AuditEvent"}
    acts = [event["subtype"][0]["code"] for event in events]
    assert acts == ["plan.read"] * 3 + ["audit.exported"]
    assert events[-1]["agent"][0]["role"] == [{"text": "operator"}]
    since = run("export", "--tenant", "demo", "--since", "2999-01-01")
    assert (since.returncode, since.stdout) == (0, "")


def test_a_worker_seals_and_leaves_the_head_in_its_log(run):
    told = run("--until-empty", of="work")
    line = next(line for line in told.stderr.splitlines() if "audit-sealed" in line)
    verified = run("verify").stdout
    assert "3 rows, 1 seals, whole" in verified
    assert f"head {json.loads(line)['seal']}" in verified
