"""Kill the process, fill the disk, fail the disk, at any moment: nothing is lost, torn or twice.

A small set of moments in every run; all of them with `make faults`.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.fhir.elements import plan_urn
from service.identity.demo_issuer import DemoIssuer
from service.stand_in.rest import create_stand_in
from service.store.ids import new_id
from service.store.plans import DatabasePlans
from service.store.sqlite import SqliteEngine
from tests.commands import clean_environment
from tests.conftest import missing
from tests.ehr.faults import serving
from tests.faults.form import FEWER, POINTS
from tests.faults.strace import Program, is_there, spread, told, was_met

pytestmark = [pytest.mark.real, pytest.mark.slow]
MANY = 4  # encounters

KILLS = [(call, "signal=KILL") for call in ("pwrite64", "fdatasync", "fcntl", "unlink")]
ERRORS = [("pwrite64", "error=ENOSPC"), ("pwrite64", "error=EIO"), ("fdatasync", "error=EIO")]
ON_THE_WAY = ("sendto", "recvfrom", "connect", "pwrite64", "fdatasync")


@dataclass
class Place:
    """A folder with a prepared database, and the programs that work on it."""

    var: Path
    record: str = ""

    @property
    def database(self) -> Path:
        return self.var / "education-plan.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        record = {"DEMO_EHR": self.record} if self.record else {}
        return clean_environment(MODE="demo", VAR_DIR=str(self.var), **record)

    def main_job(self) -> Program:
        words = ("tests.faults.post_encounters", str(self.var), str(MANY))
        return Program(words, self.environment)

    def worker(self) -> Program:
        return Program(("service", "work", "--until-empty", "--threads", "1"), self.environment)

    def rows(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)

    def is_sound(self) -> None:
        """Every plan has its visit, its outbox row and its audit row, and the file is whole."""
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        plans = {row[0] for row in self.rows("SELECT id FROM plan")}
        queued = "SELECT plan_id FROM outbox UNION SELECT plan_id FROM delivery"
        assert {row[0] for row in self.rows(queued)} == plans
        assert {row[0] for row in self.rows("SELECT plan_id FROM visit")} == plans
        audited = self.rows("SELECT entity FROM audit WHERE action = 'plan.created'")
        assert {row[0] for row in audited} >= plans


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, migrated_database) -> Path:
    """A folder in which everything was started once, so that no start is in the way."""
    if not is_there():
        missing("there is no strace")
    var = tmp_path_factory.mktemp("prepared")
    shutil.copy(migrated_database, var / "education-plan.sqlite")
    DemoIssuer(var / "demo-issuer").ensure_keys()
    warm = with_token(var)
    done = warm.main_job().run()
    assert done.returncode == 0, done.stderr
    shutil.copy(migrated_database, var / "education-plan.sqlite")
    for left in var.glob("education-plan.sqlite-*"):
        left.unlink()
    return var


@pytest.fixture
def place(prepared, tmp_path) -> Place:
    return fresh(prepared, tmp_path / "var")


def fresh(prepared: Path, var: Path, record: str = "") -> Place:
    if var.exists():
        shutil.rmtree(var)
    shutil.copytree(prepared, var)
    return with_token(var, record)


def with_token(var: Path, record: str = "") -> Place:
    token = DemoIssuer(var / "demo-issuer").token("system", tenant="demo")
    (var / "token").write_text(token)
    return Place(var, record)


def acknowledged(done) -> set[str]:
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[1] for words in lines if len(words) == 2}


def stored(place: Place) -> set[str]:
    return {row[0] for row in place.rows("SELECT id FROM plan")}


@pytest.mark.parametrize(("call", "what"), KILLS + ERRORS, ids=map(" ".join, KILLS + ERRORS))
def test_what_was_acknowledged_survives_a_fault_of_the_main_job(
    prepared, tmp_path, capsys, call, what
):
    counted = fresh(prepared, tmp_path / "var").main_job().count(tmp_path, call)[call]
    hits, numbers = 0, spread(counted, POINTS)
    for number in numbers:
        place = fresh(prepared, tmp_path / "var")
        done = place.main_job().injected(call, what, number)
        hits += done.returncode != 0 or "503" in done.stdout
        known = acknowledged(done)
        assert known <= stored(place), f"lost at {call} {number}"
        place.is_sound()
        again = place.main_job().run()
        assert len(acknowledged(again)) == MANY
        assert known <= acknowledged(again) == stored(place)
        place.is_sound()
    told(capsys, f"the main job, {call} {what}", len(numbers), hits)
    assert hits or counted == 0, "no fault was met"


def test_a_full_disk_says_so_and_all_goes_well_when_there_is_room_again(place, tmp_path):
    done = place.main_job().injected("pwrite64", "error=ENOSPC", 1, onwards=True)
    assert [line.split() for line in done.stdout.splitlines()] == [["503"]] * MANY
    place.is_sound()
    assert len(acknowledged(place.main_job().run())) == MANY


@contextmanager
def record_of(folder: Path) -> Iterator[tuple[str, object]]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("record.sqlite*"):
        old.unlink()
    app = create_stand_in(folder / "record.sqlite")
    with serving(app) as url:
        yield url, app.test_client()


def in_the_record(client) -> list[str]:
    """The identities that stand there."""
    kinds = ("CarePlan", "ServiceRequest", "Goal")
    answers = (client.get(f"/{kind}").get_json().get("entry", []) for kind in kinds)
    return [entry["resource"]["identifier"][0]["value"] for found in answers for entry in found]


@pytest.mark.parametrize("call", ON_THE_WAY)
def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(prepared, tmp_path, capsys, call):
    with record_of(tmp_path / "record") as (url, _):
        place = filled(prepared, tmp_path, url)
        counted = place.worker().count(tmp_path, call)[call]
    killed, numbers = 0, spread(counted, POINTS)
    for number in numbers:
        with record_of(tmp_path / "record") as (url, client):
            place = filled(prepared, tmp_path, url)
            killed += place.worker().injected(call, "signal=KILL", number).returncode != 0
            place.is_sound()
            ends_in_the_record_once(place, client, f"{call} {number}")
    told(capsys, f"the worker, {call} signal=KILL", len(numbers), killed)
    assert killed, "nobody was killed"


@pytest.mark.parametrize(("call", "what"), ERRORS, ids=map(" ".join, ERRORS))
def test_a_worker_whose_disk_fails_loses_nothing_and_sends_nothing_twice(
    prepared, tmp_path, capsys, call, what
):
    """The record may have taken what the queue could not be told of."""
    with record_of(tmp_path / "record") as (url, _):
        place = filled(prepared, tmp_path, url)
        counted = place.worker().count(tmp_path, call)[call]
    met, numbers, trace = 0, spread(counted, FEWER), tmp_path / "trace"
    for number in numbers:
        with record_of(tmp_path / "record") as (url, client):
            place = filled(prepared, tmp_path, url)
            done = place.worker().injected(call, what, number, trace=trace)
            met += was_met(trace)
            place.is_sound()
            assert '"event":"unexpected"' not in done.stderr, done.stderr[-2_000:]
            ends_in_the_record_once(place, client, f"{call} {what} {number}")
    told(capsys, f"the worker, {call} {what}", len(numbers), met)
    assert met, "no fault was met"


def test_a_worker_on_a_full_disk_delivers_when_there_is_room_again(prepared, tmp_path):
    with record_of(tmp_path / "record") as (url, client):
        place = filled(prepared, tmp_path, url)
        place.worker().injected("pwrite64", "error=ENOSPC", 1, onwards=True)
        place.is_sound()
        assert place.rows("SELECT count(*) FROM outbox") == [(MANY,)]
        ends_in_the_record_once(place, client, "a full disk")


def ends_in_the_record_once(place: Place, client, where: str) -> None:
    """A worker that is well again brings everything there, and none of it a second time."""
    place.change("UPDATE outbox SET until = 0, due = 0")  # as if a minute had passed
    done = place.worker().run()
    assert done.returncode == 0, done.stderr
    assert place.rows("SELECT DISTINCT state FROM delivery") == [("delivered",)], where
    assert place.rows("SELECT count(*) FROM outbox") == [(0,)], where
    there = in_the_record(client)
    assert len(there) == len(set(there)), f"twice after {where}"
    assert len([each for each in there if each in careplans(place)]) == MANY, where


def filled(prepared: Path, tmp_path: Path, url: str) -> Place:
    place = fresh(prepared, tmp_path / "var", url)
    assert len(acknowledged(place.main_job().run())) == MANY
    return place


def careplans(place: Place) -> set[str]:
    engine = SqliteEngine(place.database)
    plans = DatabasePlans(engine, new_id)
    with plans.reading("demo") as transaction:
        found = {
            plan_urn(each.plan) for each in transaction.plans_beyond("", 100, newest_first=False)
        }
    engine.close()
    return found
