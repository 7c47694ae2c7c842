"""A day without the record: what queued up survives killed workers and arrives in order, once.

Five hundred deliveries and two kills in every run; 10,000 and five with `make faults`.
"""

import time
from collections import Counter
from pathlib import Path

import orjson
import pytest

from service.domain.documenting import add_goal
from service.domain.goal import Goal
from service.fhir.elements import plan_urn
from service.fhir.writer import BundleWriter
from service.store.engine import Engine
from service.store.ids import new_id
from service.store.opening import open_engine
from service.store.plans import DatabasePlans
from service.usecases.ports import StoredPlan
from tests.builders import CHANGE, a_plan, an_encounter
from tests.commands import clean_environment, start_command
from tests.faults.form import FULL
from tests.faults.site import Kept, kill, record, until

pytestmark = [pytest.mark.real, pytest.mark.slow]

PLANS, REVISIONS = (2_500, 4) if FULL else (125, 4)
KILLS = 5 if FULL else 2
write = BundleWriter(orjson.dumps, "https://education.example")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request) -> Path | str:
    on_postgres = request.param == "postgresql"
    return request.getfixturevalue("postgres_url" if on_postgres else "database")


def fill(engine: Engine) -> dict[str, int]:
    """Queue courses of several revisions, each with one goal more; their identities."""
    plans, made = DatabasePlans(engine, new_id), {}
    for number in range(PLANS):
        visit = an_encounter(reference=f"Encounter/e{number}", patient=f"Patient/p{number}")
        plan = a_plan(visit, id=new_id())
        made[plan_urn(plan)] = len(plan.goals)
        with plans.writing("demo") as transaction:
            transaction.add(StoredPlan(plan, *write(plan, "ehr")))
            transaction.queue(plan)
            for text in range(1, REVISIONS):
                plan = add_goal(plan, Goal(id="", text=f"mål {text}"), CHANGE)
                transaction.replace(StoredPlan(plan, *write(plan, "ehr")))
                transaction.queue(plan)
    return made


def delivered(engine: Engine) -> Counter:
    with engine.reading() as connection:
        rows = connection.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall()
    return Counter(dict(map(tuple, rows)))


def a_minute_passes(engine: Engine) -> None:
    """The leases of those who were killed end, and what was put off is due."""
    with engine.writing() as connection:
        connection.execute("UPDATE outbox SET until = 0, due = 0 WHERE tenant = ?", ("demo",))


def drain(engine: Engine, where: Path | str, kept: Kept, folder: Path) -> float:
    """Work it off, killing the worker again and again; how long it took, seconds."""
    url = f"sqlite:///{where}" if isinstance(where, Path) else where
    environment = clean_environment(
        MODE="demo", VAR_DIR=str(folder), DATABASE_URL=url, DEMO_EHR=kept.base
    )
    began, whole = time.monotonic(), PLANS * REVISIONS
    for number in range(1, KILLS + 1):
        worker = start_command(environment, folder / "log", "work")
        enough = whole * number // (KILLS + 1)
        until(lambda enough=enough: delivered(engine).total() >= enough, 1_800, 0.1)
        kill(worker)
    a_minute_passes(engine)
    worker = start_command(environment, folder / "log", "work", "--until-empty")
    assert worker.wait(1_800) == 0, (folder / "log").read_text()[-2_000:]
    return time.monotonic() - began


def test_a_long_queue_survives_killed_workers_and_arrives_in_order(where, tmp_path, capsys):
    engine = open_engine(where)
    made = fill(engine)
    with record(tmp_path / "record") as kept:
        took = drain(engine, where, kept, tmp_path)
        assert delivered(engine) == {"delivered": PLANS * REVISIONS}
        assert kept.twice() == []
        courses = kept.courses()
        assert courses.keys() == made.keys()
        for name, goals in courses.items():
            assert goals == sorted(goals), f"{name} went back"
            assert sorted(set(goals)) == [made[name] + more for more in range(REVISIONS)], name
        ((proofs,),) = kept.rows("SELECT count(*) FROM resource WHERE kind = 'Provenance'")
        assert proofs == PLANS * REVISIONS
    with engine.reading() as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone()[0] == 0
    engine.close()
    with capsys.disabled():
        many = PLANS * REVISIONS
        print(  # noqa: T201  # a figure, wanted on every run
            f"\n{many} deliveries, {KILLS} killed workers, {took:.0f} s: {many / took:.0f} a second"
        )
