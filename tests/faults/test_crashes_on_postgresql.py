"""A process that is killed at any moment while it talks to PostgreSQL leaves nothing half done."""

import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from service.identity.demo_issuer import DemoIssuer
from tests.commands import clean_environment
from tests.conftest import missing
from tests.faults.form import FEWER, FULL, POINTS
from tests.faults.strace import Program, is_there, spread, told
from tests.faults.test_crashes import in_the_record, record_of
from tests.postgres import Cluster

pytestmark = [pytest.mark.real, pytest.mark.slow]
MANY = 4  # encounters
CALLS = ("sendto", "recvfrom") if FULL else ("sendto",)


@dataclass
class Place:
    """A database of its own for one point, and the program that works on it."""

    postgres: Cluster
    var: Path
    name: str = ""
    record: str = ""

    def fresh(self) -> "Place":
        name = f"crash_{uuid.uuid4().hex[:12]}"
        self.postgres.make(name, "migrated")
        return Place(self.postgres, self.var, name)

    @property
    def environment(self) -> dict[str, str]:
        own = {"VAR_DIR": str(self.var), "DATABASE_URL": self.postgres.url(self.name)}
        record = {"DEMO_EHR": self.record} if self.record else {}
        return clean_environment(MODE="demo", **own, **record)

    def main_job(self) -> Program:
        words = ("tests.faults.post_encounters", str(self.var), str(MANY))
        return Program(words, self.environment)

    def worker(self) -> Program:
        words = ("service", "work", "--until-empty", "--threads", "1")
        return Program(words, self.environment)

    def ask(self, statement: str) -> set[str]:
        with psycopg.connect(self.postgres.url(self.name)) as connection:
            return {row[0] for row in connection.execute(statement)}

    def is_sound(self) -> None:
        plans = self.ask("SELECT id FROM plan")
        queued = "SELECT plan_id FROM outbox UNION SELECT plan_id FROM delivery"
        assert self.ask(queued) == plans
        assert self.ask("SELECT plan_id FROM visit") == plans
        assert self.ask("SELECT entity FROM audit WHERE action = 'plan.created'") == plans


@pytest.fixture(scope="module")
def site(tmp_path_factory, postgres) -> Place:
    """Everything was started once, so that no start is in the way."""
    if not is_there():
        missing("there is no strace")
    var = tmp_path_factory.mktemp("crashes")
    issuer = DemoIssuer(var / "demo-issuer")
    issuer.ensure_keys()
    (var / "token").write_text(issuer.token("system", tenant="demo"))
    site = Place(postgres, var)
    done = site.fresh().main_job().run()
    assert done.returncode == 0, done.stderr
    return site


def acknowledged(done) -> set[str]:
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[1] for words in lines if len(words) == 2}


@pytest.mark.parametrize("call", CALLS)
def test_what_was_acknowledged_is_stored_and_nothing_is_half_stored(site, tmp_path, capsys, call):
    counted = site.fresh().main_job().count(tmp_path, call)[call]
    killed, numbers = 0, spread(counted, POINTS)
    for number in numbers:
        place = site.fresh()
        done = place.main_job().injected(call, "signal=KILL", number)
        killed += done.returncode != 0
        known = acknowledged(done)
        assert known <= place.ask("SELECT id FROM plan"), f"lost at {call} {number}"
        place.is_sound()
        again = place.main_job().run()
        assert len(acknowledged(again)) == MANY, again.stderr
        assert known <= acknowledged(again) == place.ask("SELECT id FROM plan")
        place.is_sound()
        site.postgres.drop(place.name)
    told(capsys, f"the main job on PostgreSQL, {call} signal=KILL", len(numbers), killed)
    assert killed, "nobody was killed"


@pytest.mark.parametrize("call", CALLS)
def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(site, tmp_path, capsys, call):
    with record_of(tmp_path / "record") as (url, _):
        counted = filled(site, url).worker().count(tmp_path, call)[call]
    killed, numbers = 0, spread(counted, FEWER)
    for number in numbers:
        with record_of(tmp_path / "record") as (url, client):
            place = filled(site, url)
            killed += place.worker().injected(call, "signal=KILL", number).returncode != 0
            place.is_sound()
            ends_in_the_record_once(place, client, f"{call} {number}")
            site.postgres.drop(place.name)
    told(capsys, f"the worker on PostgreSQL, {call} signal=KILL", len(numbers), killed)
    assert killed, "nobody was killed"


def filled(site: Place, url: str) -> Place:
    place = replace(site.fresh(), record=url)
    assert len(acknowledged(place.main_job().run())) == MANY
    return place


def ends_in_the_record_once(place: Place, client, where: str) -> None:
    """A worker that is well again brings everything there, and none of it a second time."""
    with psycopg.connect(place.postgres.url(place.name)) as connection:
        connection.execute("UPDATE outbox SET until = 0, due = 0")  # as if a minute had passed
    done = place.worker().run()
    assert done.returncode == 0, done.stderr
    assert place.ask("SELECT DISTINCT state FROM delivery") == {"delivered"}, where
    assert place.ask("SELECT count(*) FROM outbox") == {0}, where
    there = in_the_record(client)
    assert len(there) == len(set(there)), f"twice after {where}"
    assert client.get("/CarePlan").get_json()["total"] == MANY, where
