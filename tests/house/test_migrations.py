"""Migrations apply to an empty file, and every key of every table begins with the tenant.

The tenant first is what lets an existing distributed PostgreSQL shard the tables unchanged.
"""

import importlib.util
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.domain.errors import StoreBusy
from service.store import migrate as room
from service.store.migrate import HEAD, is_current, migrate

VERSIONS = sorted((Path(room.__file__).parent / "migrations" / "versions").glob("*.py"))


@pytest.fixture
def schema(database):
    with closing(sqlite3.connect(database)) as connection:
        yield connection


def tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ours = {name for (name,) in rows if not name.startswith("sqlite_")}
    return sorted(ours - {"alembic_version"})


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_head_is_the_newest_version():
    assert load(VERSIONS[-1]).revision == HEAD
    assert VERSIONS[-1].name.startswith(f"{HEAD}_")


def test_the_versions_are_one_line():
    before = None
    for module in map(load, VERSIONS):
        assert module.down_revision == before
        before = module.revision


def test_they_apply_to_an_empty_file_and_again_to_the_full_one(tmp_path):
    path = tmp_path / "new" / "plans.sqlite"
    assert not is_current(path)
    assert migrate(path) == HEAD
    assert is_current(path)
    assert migrate(path) == HEAD


def test_they_apply_to_an_empty_postgresql_and_again_to_the_full_one(postgres):
    url = postgres.make("empty")
    assert not is_current(url)
    assert migrate(url) == HEAD
    assert is_current(url)
    assert migrate(url) == HEAD
    postgres.drop("empty")
    with pytest.raises(StoreBusy):
        is_current(url)


def test_plans_of_before_are_there_when_their_table_has_rowids(tmp_path):
    path = tmp_path / "plans.sqlite"
    migrate(path, to="0005")
    plans = [
        ("demo", f"p{n}", f"Patient/{n}", "pack", 0, 1, 5, 6, "", b"body", b"\x00")
        for n in range(9)
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO plan VALUES ({','.join('?' * 11)})", plans)
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT * FROM plan WHERE rowid > 0 ORDER BY id").fetchall()
        assert found == plans
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO plan VALUES ('demo','new','Patient/1','pack',0,1,5,6,'','','')"
            )


def test_every_primary_key_begins_with_the_tenant(schema):
    assert tables(schema)
    for table in tables(schema):
        keyed = {row[5]: row[1] for row in schema.execute(f"PRAGMA table_info({table})") if row[5]}
        assert keyed[1] == "tenant", table


def test_every_index_begins_with_the_tenant(schema):
    for table in tables(schema):
        for _, index, *_ in schema.execute(f"PRAGMA index_list({table})").fetchall():
            columns = [row[2] for row in schema.execute(f"PRAGMA index_info({index})")]
            assert columns[0] == "tenant", index


def test_only_types_that_mean_the_same_everywhere_are_used(schema):
    used = {
        row[2] for table in tables(schema) for row in schema.execute(f"PRAGMA table_info({table})")
    }
    assert used <= {"TEXT", "BIGINT", "INTEGER", "BLOB"}
