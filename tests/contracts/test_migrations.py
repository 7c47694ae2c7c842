"""A database comes to this release from nothing and from every earlier one, whole or not at all."""

import multiprocessing
import sqlite3
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from service.domain.errors import UnfitDatabase
from service.store import migrate as room
from service.store.fitness import why_unfit
from service.store.migrate import HEAD, is_current, migrate, reached
from service.store.opening import open_engine
from service.store.outbox import DatabaseOutbox

VERSIONS = sorted((Path(room.__file__).parent / "migrations" / "versions").glob("*.py"))
NAMES = [path.name.partition("_")[0] for path in VERSIONS]


class OnFile:
    """An empty SQLite file."""

    def __init__(self, path: Path) -> None:
        self.where = path

    def run(self, statement: str) -> list:
        with closing(sqlite3.connect(self.where)) as connection, connection:
            return connection.execute(statement).fetchall()

    def schema(self) -> list:
        return sorted(self.run("SELECT type, name, sql FROM sqlite_master"))


class OnServer:
    """An empty PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self.where = url

    def run(self, statement: str) -> list:
        with psycopg.connect(self.where, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def schema(self) -> list:
        columns = (
            "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
        indexes = (
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
        return sorted(self.run(columns) + self.run(indexes), key=str)


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request, tmp_path):
    """Make empty databases of one kind."""
    made = []

    def one():
        if request.param == "sqlite":
            return OnFile(tmp_path / f"{uuid.uuid4().hex}.sqlite")
        made.append(f"bare_{uuid.uuid4().hex[:12]}")
        return OnServer(request.getfixturevalue("postgres").make(made[-1]))

    yield one
    for name in made:
        request.getfixturevalue("postgres").drop(name)


@pytest.fixture
def bare(make):
    return make()


def test_from_nothing(bare):
    assert reached(bare.where) == ""
    assert migrate(bare.where) == HEAD
    assert is_current(bare.where)


@pytest.mark.parametrize("version", NAMES)
def test_from_every_earlier_release_to_the_very_schema_of_this_one(make, version):
    grown, fresh = make(), make()
    migrate(grown.where, to=version)
    assert is_current(grown.where) == (version == HEAD)
    migrate(grown.where)
    migrate(fresh.where)
    assert grown.schema() == fresh.schema()


def test_what_waited_before_there_was_a_worker_is_delivered_by_it(bare):
    migrate(bare.where, to="0003")
    bare.run(
        "INSERT INTO outbox (tenant, plan_id, revision, state, queued)"
        " VALUES ('demo', 'a', 1, 'waiting', 1795000000000000)"
    )
    migrate(bare.where)
    engine = open_engine(bare.where)
    (taken,) = DatabaseOutbox(engine).take("demo", 10, timedelta(seconds=60))
    assert (taken.plan_id, taken.revision, taken.tries) == ("a", 1, 1)
    engine.close()


def test_several_who_migrate_at_once_take_turns(bare):
    context = multiprocessing.get_context("spawn")
    migrators = [context.Process(target=migrate, args=(bare.where,)) for _ in range(4)]
    for each in migrators:
        each.start()
    for each in migrators:
        each.join(60)
    assert [each.exitcode for each in migrators] == [0] * 4
    assert is_current(bare.where)


def test_a_migration_that_fails_in_the_middle_leaves_everything_as_it_was(bare):
    migrate(bare.where, to="0002")
    before = bare.schema()
    bare.run("CREATE TABLE delivery (mine text)")  # 0004 wants this name
    with pytest.raises(Exception, match="delivery"):
        migrate(bare.where)
    assert reached(bare.where) == "0002"
    bare.run("DROP TABLE delivery")
    assert bare.schema() == before
    migrate(bare.where)
    assert is_current(bare.where)


def test_old_code_leaves_a_newer_schema_alone_and_says_so(bare):
    migrate(bare.where)
    bare.run("UPDATE alembic_version SET version_num = '9999'")
    before = bare.schema()
    with pytest.raises(UnfitDatabase, match="9999"):
        migrate(bare.where)
    assert bare.schema() == before
    assert reached(bare.where) == "9999"
    engine = open_engine(bare.where)
    assert "schema" in why_unfit(bare.where, engine)
    engine.close()


def test_a_database_in_another_encoding_is_refused_with_what_mends_it(postgres):
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
            " LOCALE_PROVIDER libc"
        )
    with pytest.raises(UnfitDatabase, match="LATIN1") as told:
        migrate(postgres.url("latin"))
    assert "UTF8" in told.value.how_to_fix
    postgres.drop("latin")


def test_a_server_that_does_not_sync_to_its_disk_is_not_fit(postgres, postgres_url):
    engine = open_engine(postgres_url)
    assert why_unfit(postgres_url, engine) == ""
    postgres.set("fsync", "off")
    try:
        assert "fsync = on" in why_unfit(postgres_url, engine)
    finally:
        postgres.set("fsync", "on")
    assert why_unfit(postgres_url, engine) == ""
    engine.close()


def test_a_server_that_is_away_says_so_and_not_that_the_schema_is_old(postgres, postgres_url):
    engine = open_engine(postgres_url)
    postgres.stop("immediate")
    try:
        assert "schema" not in why_unfit(postgres_url, engine)
    finally:
        postgres.start()
    assert why_unfit(postgres_url, engine) == ""
    engine.close()


def test_every_text_on_postgresql_is_compared_byte_by_byte(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = 'text'"
        ).fetchall()
    assert rows
    assert [row for row in rows if row[2] != "C"] == []
