"""A migration that is killed at any moment has either been made or not begun."""

import uuid
from pathlib import Path

import pytest

from service.store.migrate import HEAD, migrate, reached
from tests.commands import clean_environment
from tests.conftest import missing
from tests.faults.form import POINTS
from tests.faults.strace import Program, is_there, spread, told

pytestmark = [pytest.mark.real, pytest.mark.slow]
BEFORE = "0002"


def migrating(var: Path, where: Path | str) -> Program:
    url = f"sqlite:///{where}" if isinstance(where, Path) else where
    return Program(("service", "migrate"), clean_environment(VAR_DIR=str(var), DATABASE_URL=url))


@pytest.fixture(params=["sqlite", "postgresql"])
def a_database(request, tmp_path):
    """Make databases of an earlier release."""
    if not is_there():
        missing("there is no strace")

    def one() -> Path | str:
        name = f"migrate_{uuid.uuid4().hex[:12]}"
        on_file = request.param == "sqlite"
        where = tmp_path / name if on_file else request.getfixturevalue("postgres").make(name)
        migrate(where, to=BEFORE)
        return where

    return one


def test_a_killed_migration_is_made_by_the_next(a_database, tmp_path, capsys):
    where = a_database()
    call = "pwrite64" if isinstance(where, Path) else "sendto"
    counted = migrating(tmp_path, where).count(tmp_path, call)[call]
    assert reached(where) == HEAD
    killed, numbers = 0, spread(counted, POINTS)
    for number in numbers:
        where = a_database()
        done = migrating(tmp_path, where).injected(call, "signal=KILL", number)
        killed += done.returncode != 0
        assert reached(where) in (BEFORE, HEAD), number
        again = migrating(tmp_path, where).run()
        assert again.returncode == 0, again.stderr
        assert reached(where) == HEAD
    told(capsys, f"a migration, {call} signal=KILL", len(numbers), killed)
    assert killed, "nobody was killed"
