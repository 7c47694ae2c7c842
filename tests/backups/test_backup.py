"""Back up while it works, restore what was backed up: whole, and clear of what came after."""

import os
import re
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from service.backups import Refused
from service.identity.demo_issuer import DemoIssuer
from service.monitoring.figures import LAST_BACKUP
from service.store import migrate as migrations
from service.store.archive import SQLITE, open_archive
from service.store.opening import open_engine


def refused(act) -> str:
    with pytest.raises(Refused) as why:
        act()
    assert "\n" not in str(why.value)
    return str(why.value)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if "at-work" in path.name]


def test_what_was_backed_up_stands_on_another_machine_to_the_byte(here, there):
    plan = here.see("anna")
    here.teach(plan)
    before = here.history(plan)
    there.restore(here.back_up(), nothing_since=True)
    assert there.history(plan) == before
    assert there.rows("SELECT * FROM audit") == here.rows("SELECT * FROM audit")
    there.is_sound()


def test_a_backup_under_load_is_of_one_moment_and_holds_nobody_up(here, there):
    stop, made = threading.Event(), [here.see("first")]

    def work(number):
        for visit in range(10_000):
            if stop.is_set():
                return
            made.append(here.see(f"p{number}-{visit}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    archives = []
    for number in range(3):
        begun = len(made)
        while len(made) < begun + 20:
            pass
        promised = set(made)
        archives.append((promised, here.back_up(f"{number}.tar")))
    stop.set()
    for thread in threads:
        thread.join()
    for promised, taken in archives:
        there.stop()
        there.now += timedelta(seconds=1)
        there.restore(taken, replace=True, nothing_since=True)
        there.is_sound()
        kept = {row[0] for row in there.rows("SELECT id FROM plan")}
        assert promised <= kept <= set(made)
    assert len(made) > len(kept)


def test_an_archive_is_never_written_over(here):
    taken = here.back_up()
    before = taken.path.read_bytes()
    assert "is there already" in refused(here.back_up)
    assert taken.path.read_bytes() == before
    assert left_over(here.var.parent) == []


def test_the_words_that_plans_pin_and_the_secret_come_along(here, there):
    here.see("anna")
    secret = (here.var / "secret").read_bytes()
    words = {path.name: path.read_bytes() for path in (here.var / "packs").iterdir()}
    there.restore(here.back_up())
    assert (there.var / "secret").read_bytes() == secret
    assert {path.name: path.read_bytes() for path in (there.var / "packs").iterdir()} == words


def test_what_another_release_froze_and_what_lies_deeper_comes_along(here, there):
    (here.var / "packs").mkdir()
    (here.var / "packs" / "old-pack-0.9.json").write_text("{}")
    deep = here.var / "handouts" / "pages" / "ab" / "page.html"
    deep.parent.mkdir(parents=True)
    deep.write_text("<p>Hej</p>")
    there.restore(here.back_up())
    assert (there.var / "packs" / "old-pack-0.9.json").read_text() == "{}"
    assert (there.var / "handouts/pages/ab/page.html").read_text() == "<p>Hej</p>"


def test_words_and_secret_that_are_there_already_stay(here, there):
    here.see("anna")
    there.see("bent")
    own = (there.var / "secret").read_bytes()
    there.stop()
    there.restore(here.back_up(), replace=True)
    assert (there.var / "secret").read_bytes() == own


def test_words_that_nobody_has_any_more_are_named(here):
    here.see("anna")
    shutil.rmtree(here.var / "packs")
    (taken_packs, wordless) = (here.back_up().manifest.packs, here.back_up("b.tar").manifest)
    assert taken_packs == wordless.wordless == ("lumbar-spinal-stenosis 0.1.0",)


def test_the_demos_keys_and_the_settings_stay_where_they_are(here):
    DemoIssuer(here.var / "demo-issuer").ensure_keys()
    here.see("anna")
    with open_archive(here.back_up().path) as archive:
        names = set(archive.manifest.files)
    assert {name.partition("/")[0] for name in names} == {SQLITE, "secret", "packs", "handouts"}


def test_its_time_is_left_for_the_metrics(here):
    here.back_up()
    assert (here.var / LAST_BACKUP).stat().st_mtime == pytest.approx(here.now.timestamp())


def test_a_database_with_plans_is_replaced_only_when_asked_and_kept_aside(here, there):
    taken = here.back_up()
    plan = there.see("bent")
    there.stop()
    before = there.rows("SELECT * FROM plan")
    assert "--replace" in refused(lambda: there.restore(taken))
    assert there.rows("SELECT * FROM plan") == before
    done = there.restore(taken, replace=True)
    assert there.rows("SELECT * FROM plan") == []
    with closing(sqlite3.connect(done.aside)) as old:
        assert old.execute("SELECT id FROM plan").fetchall() == [(plan,)]


def test_a_database_that_is_in_use_is_not_replaced(here, there):
    taken = here.back_up()
    there.see("bent")
    why = refused(lambda: there.restore(taken, replace=True))
    assert "stop the service" in why
    assert len(there.rows("SELECT * FROM plan")) == 1
    there.see("bodil")
    assert left_over(there.var.parent) == []


def test_one_that_is_only_looked_into_is_in_use_as_well(here, there):
    taken = here.back_up()
    there.see("bent")
    there.stop()
    engine = open_engine(there.settings.database)
    with engine.reading() as connection:
        connection.execute("SELECT count(*) FROM plan")
    assert "stop the service" in refused(lambda: there.restore(taken, replace=True))
    engine.close()
    there.restore(taken, replace=True)


def test_a_damaged_database_is_what_a_restore_is_for(here, there):
    plan = here.see("anna")
    there.see("bent")
    there.stop()
    whole = there.settings.database.read_bytes()
    there.settings.database.write_bytes(b"\0" * 4096 + whole[4096:])
    done = there.restore(here.back_up(), replace=True)
    assert Path(done.aside).read_bytes()[:4096] == b"\0" * 4096
    assert there.plan(plan)
    there.is_sound()


def test_a_log_that_was_left_beside_is_not_taken_for_the_new_ones(here, there, tmp_path):
    plan = here.see("anna")
    there.see("bent")
    database = there.settings.database
    left = tmp_path / "left"
    shutil.copy(database.with_name(f"{database.name}-wal"), left)  # with what is committed
    there.stop()
    database.unlink()
    shutil.copy(left, database.with_name(f"{database.name}-wal"))
    there.restore(here.back_up())
    assert [row[0] for row in there.rows("SELECT id FROM plan")] == [plan]


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_tampered_archive_changes_nothing(here, there, place):
    here.see("anna")
    taken = here.back_up()
    spoilt = bytearray(taken.path.read_bytes())
    spoilt[int(len(spoilt) * place)] ^= 1
    (here.var / "spoilt.tar").write_bytes(spoilt)
    there.see("bent")
    there.stop()
    before = there.rows("SELECT * FROM plan"), sorted(p.name for p in there.var.iterdir())
    assert "archive" in refused(lambda: there.restore(here.var / "spoilt.tar", replace=True))
    assert (there.rows("SELECT * FROM plan"), sorted(p.name for p in there.var.iterdir())) == before


def test_only_the_archive_that_was_meant_is_taken(here, there):
    taken = here.back_up()
    assert "SHA-256" in refused(lambda: there.restore(taken, sha256="0" * 64))
    there.restore(taken, sha256=taken.sha256)


def test_trying_an_archive_puts_nothing_anywhere(here, there):
    here.see("anna")
    taken = here.back_up()
    there.see("bent")
    before = sorted(str(path) for path in there.var.rglob("*"))
    tried = there.restore(taken, only_check=True)
    assert tried.manifest.rows["plan"] == 1
    assert sorted(str(path) for path in there.var.rglob("*")) == before


@pytest.fixture
def at_schema(here):
    """Bring the installation's empty database to another revision of the schema."""

    def bring(revision):
        path = here.settings.database
        path.unlink()
        config = Config()
        config.set_main_option("script_location", str(migrations.VERSIONS.parent))
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        engine.dispose()

    return bring


def test_what_an_earlier_release_wrote_is_migrated(here, there, at_schema):
    at_schema("0003")
    with closing(sqlite3.connect(here.settings.database)) as connection, connection:
        connection.execute("INSERT INTO outbox VALUES ('demo', 'x', 1, 'waiting', 5)")
    taken = here.back_up()
    assert taken.manifest.schema == "0003"
    there.restore(taken)
    assert migrations.is_current(there.settings.database)
    assert there.rows("SELECT plan_id, revision, uncertain FROM outbox") == [("x", 1, 1)]


def test_what_a_newer_release_wrote_is_refused(here, there):
    with closing(sqlite3.connect(here.settings.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    taken = here.back_up()
    why = refused(lambda: there.restore(taken))
    assert "9999" in why
    assert "release 0.1.0 or newer" in why


def test_a_file_that_is_no_archive_is_refused(here, tmp_path):
    (tmp_path / "x.tar").write_text("no archive")
    assert "archive" in refused(lambda: here.restore(tmp_path / "x.tar"))
    assert "No such file" in refused(lambda: here.restore(tmp_path / "y.tar"))


def test_without_a_database_there_is_nothing_to_back_up(here):
    here.settings.database.unlink()
    assert "there is no database" in refused(here.back_up)


def test_another_users_installation_is_left_to_that_user(here):
    if here.var.stat().st_uid != 0:
        pytest.skip("only root can give a folder away")
    os.chown(here.var, 12345, 12345)
    assert "the user that the service runs as" in refused(here.back_up)


def test_progress_is_told(here, there):
    here.see("anna")
    there.restore(here.back_up())
    assert {"copying the database", "hashing", "writing"} <= set(here.told)
    assert {"unpacking", "resuming plans"} <= set(there.told)


def test_what_a_killed_backup_left_is_cleared_away_by_the_next(here):
    left = here.var.parent / ".education-plan-at-work-x"
    left.mkdir()
    (left / "lock").touch()
    here.back_up()
    assert left_over(here.var.parent) == []
    assert re.fullmatch(r"[0-9a-f]{64}", here.back_up("b.tar").sha256)
