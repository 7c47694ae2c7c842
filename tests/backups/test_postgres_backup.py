"""The same on PostgreSQL: one snapshot out, and in by a name, in one step."""

import contextlib
import os
import subprocess
import threading
import uuid
from datetime import timedelta

import psycopg
import pytest

from service.backups import Refused
from service.store import restored
from service.store.archive import POSTGRES
from service.store.postgres_vault import PostgresVault
from service.store.vault import Unsound
from tests.backups.installation import Installation
from tests.commands import clean_environment, start_command

pytestmark = pytest.mark.real


@pytest.fixture
def installation(postgres, tmp_path, frozen):
    """Make installations with a database of their own; all are dropped at the end."""
    made: list[Installation] = []

    def make(name: str) -> Installation:
        url = postgres.make(f"{name}_{uuid.uuid4().hex[:8]}", "migrated")
        made.append(Installation(tmp_path / name / "var", url, frozen=frozen))
        return made[-1]

    yield make
    for each in made:
        each.stop()
        name = each.url.rpartition("/")[2]
        for found in databases(postgres):
            if found.startswith(name):
                postgres.drop(found)


def databases(postgres):
    with psycopg.connect(postgres.url("postgres")) as connection:
        return [name for (name,) in connection.execute("SELECT datname FROM pg_database")]


def refused(act) -> str:
    with pytest.raises(Refused) as why:
        act()
    assert "\n" not in str(why.value)
    return str(why.value)


def test_what_was_backed_up_stands_on_another_server_to_the_byte(installation):
    here, there = installation("here"), installation("there")
    plan = here.see("anna")
    here.teach(plan)
    before = here.history(plan)
    taken = here.back_up()
    assert POSTGRES in taken.manifest.files
    assert taken.manifest.packs == ("lumbar-spinal-stenosis 0.1.0",)
    done = there.restore(taken, nothing_since=True)
    assert done.aside == ""
    assert there.history(plan) == before
    there.is_sound()


def test_a_backup_under_load_is_of_one_moment(installation):
    here, there = installation("here"), installation("there")
    stop, made = threading.Event(), [here.see("first")]

    def work():
        for visit in range(10_000):
            if stop.is_set():
                return
            made.append(here.see(f"p-{visit}"))

    thread = threading.Thread(target=work)
    thread.start()
    while len(made) < 20:
        pass
    promised = set(made)
    taken = here.back_up()
    stop.set()
    thread.join()
    there.restore(taken, nothing_since=True)
    there.is_sound()
    assert promised <= {row[0] for row in there.rows("SELECT id FROM plan")} <= set(made)


def test_what_stood_before_is_kept_aside_under_another_name(installation, postgres):
    here, there = installation("here"), installation("there")
    taken = here.back_up()
    plan = there.see("bent")
    there.stop()
    assert "--replace" in refused(lambda: there.restore(taken))
    done = there.restore(taken, replace=True)
    aside = done.aside.removeprefix("the database ")
    with psycopg.connect(postgres.url(aside)) as connection:
        assert connection.execute("SELECT id FROM plan").fetchall() == [(plan,)]
    assert there.rows("SELECT id FROM plan") == []


def test_a_database_that_is_in_use_is_not_replaced(installation, postgres):
    here, there = installation("here"), installation("there")
    taken = here.back_up()
    there.see("bent")
    assert "stop the services" in refused(lambda: there.restore(taken, replace=True))
    assert len(there.rows("SELECT * FROM plan")) == 1
    assert not [name for name in databases(postgres) if "restored" in name]


def test_what_waits_is_in_doubt_and_plans_go_on_beyond(installation):
    here, there = installation("here"), installation("there")
    plan = here.see("anna")
    there.now += timedelta(hours=1)
    assert there.restore(here.back_up()).resumed == 1
    assert there.plan(plan).plan.revision > 3_600
    assert there.rows("SELECT DISTINCT uncertain FROM outbox") == [(1,)]
    engine = there.parts.store._engine
    with engine.reading() as connection:
        assert restored.marked(connection, "demo") is not None


@pytest.mark.parametrize("place", [0.3, 0.8])
def test_a_tampered_archive_changes_nothing(installation, postgres, place):
    here, there = installation("here"), installation("there")
    here.see("anna")
    taken = here.back_up()
    spoilt = bytearray(taken.path.read_bytes())
    spoilt[int(len(spoilt) * place)] ^= 1
    (here.var / "spoilt.tar").write_bytes(spoilt)
    there.see("bent")
    there.stop()
    assert "archive" in refused(lambda: there.restore(here.var / "spoilt.tar", replace=True))
    assert len(there.rows("SELECT * FROM plan")) == 1
    assert not [name for name in databases(postgres) if "restored" in name]


def test_an_archive_of_sqlite_is_for_sqlite(installation, tmp_path, frozen):
    other = Installation(tmp_path / "sqlite" / "var", frozen=frozen)
    other.see("anna")
    taken = other.back_up()
    other.stop()
    assert "EDUPLAN_DATABASE_URL" in refused(lambda: installation("there").restore(taken))


def test_without_the_client_programs_it_says_what_to_run_instead(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    vault = PostgresVault("postgresql://eduplan:hemmeligt@db.example/plans", "x", tmp_path)
    with pytest.raises(Unsound, match="postgresql-client") as why:
        vault.copy(tmp_path / "dump", lambda *_: None)
    assert "pg_dump --format=custom --file=FILE 'postgresql://eduplan@db.example/plans'" in str(
        why.value
    )


def test_a_password_stands_in_no_list_of_processes(installation, tmp_path):
    here = installation("here")
    seen = tmp_path / "seen"
    stop = threading.Event()

    def watch():
        with seen.open("w") as file:
            while not stop.is_set():
                for process in os.scandir("/proc"):
                    if process.name.isdigit():
                        with contextlib.suppress(OSError):
                            with open(f"{process.path}/cmdline", "rb") as words:
                                line = words.read()
                            if b"pg_dump" in line:
                                file.write(line.decode().replace("\0", " ") + "\n")

    thread = threading.Thread(target=watch)
    thread.start()
    url = here.url.replace("postgres@", "postgres:hemmeligt@")
    vault = PostgresVault(url, "x")
    vault.copy(tmp_path / "dump", lambda *_: None)
    stop.set()
    thread.join()
    assert "pg_dump" in seen.read_text()
    assert "hemmeligt" not in seen.read_text()


def test_killed_at_any_moment_the_old_or_the_new_stands(installation, postgres, tmp_path):
    here, there = installation("here"), installation("there")
    new = here.see("anna")
    taken = here.back_up()
    old = there.see("bent")
    there.stop()
    environment = clean_environment(VAR_DIR=str(there.var), DATABASE_URL=there.url)
    seen = set()
    for after in (0.2, 0.6, 0.9, 1.2, 1.6, 2.2, 3.0, 10):
        words = ("restore", str(taken.path), "--replace")
        process = start_command(environment, tmp_path / "restore.log", *words)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        process.kill()
        process.wait()
        stands = [row[0] for row in there.rows("SELECT id FROM plan")]
        assert stands in ([old], [new])
        assert there.rows("SELECT count(*) FROM plan_history") == [(stands == [new],)]
        seen.add(stands[0])
        if stands == [new]:
            break
    assert seen == {old, new}
