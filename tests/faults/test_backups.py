"""Kill a backup or a restore at any moment, fill its disk: the old stands, or the new, whole."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.store.archive import open_archive
from tests.backups.conftest import frozen  # noqa: F401  # the fixture
from tests.backups.installation import Installation
from tests.commands import clean_environment
from tests.conftest import missing
from tests.faults.strace import Program, is_there, spread

pytestmark = [pytest.mark.real, pytest.mark.slow]
POINTS = int(os.environ.get("FAULT_POINTS", "2"))  # for each call and fault
CALLS = ("pwrite64", "fsync", "linkat", "link", "rename", "renameat")
if "FAULT_POINTS" in os.environ:
    CALLS += ("write", "fdatasync", "unlink", "unlinkat", "ftruncate")


@pytest.fixture(scope="module")
def machines(tmp_path_factory, frozen):  # noqa: F811
    """An archive with one plan, and a machine with another; the ids of both plans."""
    if not is_there():
        missing("there is no strace")
    folder = tmp_path_factory.mktemp("machines")
    here = Installation(folder / "here" / "var", frozen=frozen)
    there = Installation(folder / "there" / "var", frozen=frozen)
    new, old = here.see("anna"), there.see("bent")
    taken = here.back_up()
    here.stop()
    there.stop()
    return taken.path, there.var, old, new


def program(var: Path, *words: str) -> Program:
    return Program(("service", *words), clean_environment(VAR_DIR=str(var)))


def fresh(var: Path, tmp_path: Path) -> Path:
    place = tmp_path / "var"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(var, place)
    return place


def plans(var: Path) -> list[str]:
    """What stands in the database, as a service that starts now would find it."""
    with closing(sqlite3.connect(var / "education-plan.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in connection.execute("SELECT id FROM plan")]


@pytest.mark.parametrize("call", CALLS)
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(machines, tmp_path, call):
    archive, var, old, new = machines
    words = ("restore", str(archive), "--replace")
    counted = program(fresh(var, tmp_path), *words).count(tmp_path, call)[call]
    for number in spread(counted, POINTS):
        place = fresh(var, tmp_path)
        program(place, *words).injected(call, "signal=KILL", number)
        assert plans(place) in ([old], [new]), f"{call} {number}"
    if counted:
        done = program(place, *words).run()
        assert done.returncode == 0, done.stderr
        assert plans(place) == [new]
        assert not list(place.glob(".education-plan-at-work-*"))


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_restore_on_a_failing_disk_changes_nothing_and_says_so(machines, tmp_path, error):
    archive, var, old, _ = machines
    words = ("restore", str(archive), "--replace")
    counted = program(fresh(var, tmp_path), *words).count(tmp_path, "fsync")["fsync"]
    assert counted
    for call in ("pwrite64", "fsync"):
        place = fresh(var, tmp_path)
        done = program(place, *words).injected(call, f"error={error}", 1, onwards=True)
        assert done.returncode == 1
        assert done.stderr.startswith("education-plan: "), done.stderr
        assert done.stderr.count("\n") == 1
        assert plans(place) == [old]


@pytest.mark.parametrize("call", CALLS)
def test_a_backup_that_is_killed_leaves_a_whole_archive_or_none(machines, tmp_path, call):
    _, var, old, _ = machines
    place = fresh(var, tmp_path)
    target = tmp_path / "new.tar"
    words = ("backup", str(target))
    counted = program(place, *words).count(tmp_path, call)[call]
    for number in spread(counted, POINTS):
        target.unlink(missing_ok=True)
        program(place, *words).injected(call, "signal=KILL", number)
        if target.exists():
            with open_archive(target) as found:
                found.unpack(lambda name: tmp_path / "out" / name, lambda *_: None)
        assert plans(place) == [old]
    target.unlink(missing_ok=True)
    done = program(place, *words).run()
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob(".education-plan-at-work-*"))
