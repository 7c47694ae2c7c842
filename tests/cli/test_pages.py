"""The command close-pages, as an operator runs it."""

from functools import partial

import pytest

from service.store.ids import new_id
from service.store.launches import DatabaseLaunches
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import Launch
from tests.builders import NOW


@pytest.fixture
def engine(database):
    opened = open_engine(database)
    yield opened
    opened.close()


@pytest.fixture
def run(command):
    return partial(command, "close-pages", "--tenant", "demo")


def test_an_operator_ends_the_pages_of_one_person_or_of_everybody(run, engine, command):
    launches = DatabaseLaunches(engine)
    ends = NOW.replace(year=2099)
    for number in (1, 1, 2):
        who = f"Practitioner/{number}"
        launches.start(Launch("demo", who, who, "Patient/p1", expires=ends), NOW)
    assert run("--who", "Practitioner/1").stdout == "2 ended.\n"
    assert run("--everybody").stdout == "1 ended.\n"
    with DatabasePlans(engine, new_id).reading("demo") as transaction:
        kept = [row.entry for row in transaction.audit_beyond("", 9, newest_first=False)]
    assert [entry.entity for entry in kept] == ["Practitioner/1", "everybody"]
    assert {(entry.action, entry.caller.role) for entry in kept} == {("pages.closed", "operator")}
    command("audit", "seal")
    assert "2 rows, 1 seals, whole" in command("audit", "verify").stdout


def test_whose_pages_has_to_be_said(run):
    for words in ([], ["--who", "x", "--everybody"]):
        refused = run(*words)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
