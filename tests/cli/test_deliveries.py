"""`deliveries`: what a person sees of what waits, both ways, and what can be done about it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.sqlite import SqliteEngine
from service.usecases.noticing import CHANGES, Looked, Told
from service.usecases.ports import StoredPlan
from tests.builders import a_plan

LEASE = timedelta(seconds=60)


@pytest.fixture
def engine(database, monkeypatch):
    monkeypatch.setenv("EDUPLAN_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.setenv("EDUPLAN_VAR_DIR", str(Path(database).parent))
    opened = SqliteEngine(database)
    yield opened
    opened.close()


@pytest.fixture
def inbox(engine):
    return DatabaseInbox(engine)


@pytest.fixture
def parked(engine, inbox):
    """A delivery and an encounter of one clinic that wait for a person, and one that waits."""
    plan = a_plan()
    with DatabasePlans(engine, new_id).writing("demo") as transaction:
        transaction.add(StoredPlan(plan, b"{}"))
        transaction.queue(plan)
    outbox = DatabaseOutbox(engine)
    outbox.park(outbox.take("demo", 1, LEASE)[0], "refused")
    inbox.hear("demo", Told("Encounter/e1", by="hook"))
    inbox.park(inbox.take("demo", 1, LEASE)[0], "unusable", "invalid-code: Condition.code")
    inbox.hear("demo", Told(CHANGES, by="hook"))
    return plan


def run(*words):
    answer = CliRunner().invoke(main, ["deliveries", *words])
    return answer.output if answer.exit_code == 0 else f"{answer.exit_code}: {answer.stderr}"


def test_what_is_parked_is_listed_both_ways(parked):
    to_record, waiting, from_record, told = run("list").splitlines()
    assert to_record.startswith(f"demo  {parked.id}  revision 1  parked")
    assert waiting == "demo: 1 parked, 0 waiting"
    assert from_record.startswith("demo  Encounter/e1  from the record  parked")
    assert from_record.endswith("Mend it there. invalid-code: Condition.code")
    assert told.startswith("demo, from the record: 1 parked, 1 waiting, the oldest since")


def test_what_waits_is_listed_when_asked_for(parked):
    assert "demo  changes  from the record  waiting" in run("list", "--state", "waiting")
    assert "from the record" not in run("list", "--state", "delivered").splitlines()[0]


def test_of_a_clinic_whose_record_told_of_nothing_nothing_is_said(engine):
    assert run("list", "--tenant", "demo") == "demo: 0 parked, 0 waiting\n"


@pytest.mark.parametrize(
    ("words", "many", "left"),
    [
        ([], 2, set()),
        (["--encounter", "e1"], 1, {"revision"}),
        (["--encounter", "Encounter/e1"], 1, {"revision"}),
        (["--plan", "{plan}"], 1, {"Encounter/e1"}),
    ],
)
def test_one_or_all_of_what_is_parked_is_tried_anew(parked, words, many, left):
    named = [word.format(plan=parked.id) for word in words]
    assert run("replay", "--tenant", "demo", *named) == f"{many} queued anew\n"
    shown = run("list")
    assert {each for each in ("revision", "Encounter/e1") if each in shown} == left


def test_what_is_not_parked_is_not_tried_anew(parked):
    for words in (["--encounter", "e2"], ["--plan", "x"]):
        assert run("replay", "--tenant", "demo", *words) == "nothing is parked there\n"


def test_an_encounter_can_be_dismissed_and_a_delivery_cannot(parked, inbox):
    assert run("dismiss", "--tenant", "demo", "--encounter", "e1") == "dismissed\n"
    assert inbox.backlog("demo").parked == 0
    again = run("dismiss", "--tenant", "demo", "--encounter", "e1")
    assert again.startswith("1: education-plan: no encounter e1 of demo is parked")
    assert "parked" in run("list")


def test_an_operator_can_have_the_record_looked_through(engine, inbox):
    assert run("look", "--tenant", "demo").startswith("noted")
    (notice,) = inbox.take("demo", 1, LEASE)
    assert (notice.told.encounter, notice.told.as_of, notice.told.by) == (CHANGES, None, "operator")


@pytest.mark.parametrize(
    ("since", "begins"), [("2026-11-20", 20), ("2026-11-23", 22)], ids=["earlier", "with no gap"]
)
def test_a_look_goes_back_as_far_as_wanted_and_never_leaves_a_gap(engine, inbox, since, begins):
    inbox.hear("demo", Told(CHANGES))
    (look,) = inbox.take("demo", 1, LEASE)
    inbox.finished(look, Looked(datetime(2026, 11, 22, tzinfo=UTC)))
    run("look", "--tenant", "demo", "--since", since)
    (notice,) = inbox.take("demo", 1, LEASE)
    assert notice.told.as_of == datetime(2026, 11, begins, tzinfo=UTC)
