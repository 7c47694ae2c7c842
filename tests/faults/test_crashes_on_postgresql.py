"""A process that is killed at any moment while it talks to PostgreSQL leaves nothing half done."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from service.identity.demo_issuer import DemoIssuer
from tests.conftest import missing
from tests.faults.form import FULL, POINTS
from tests.faults.strace import Program, is_there, spread, told
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

    def fresh(self) -> "Place":
        name = f"crash_{uuid.uuid4().hex[:12]}"
        self.postgres.make(name, "migrated")
        return Place(self.postgres, self.var, name)

    def main_job(self) -> Program:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("EDUPLAN_")}
        own = {
            "EDUPLAN_MODE": "demo",
            "EDUPLAN_VAR_DIR": str(self.var),
            "EDUPLAN_DATABASE_URL": self.postgres.url(self.name),
        }
        words = ("tests.faults.post_encounters", str(self.var), str(MANY))
        return Program(words, clean | own)

    def ask(self, statement: str) -> set[str]:
        with psycopg.connect(self.postgres.url(self.name)) as connection:
            return {row[0] for row in connection.execute(statement)}

    def is_sound(self) -> None:
        plans = self.ask("SELECT id FROM plan")
        assert self.ask("SELECT plan_id FROM outbox") == plans
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
