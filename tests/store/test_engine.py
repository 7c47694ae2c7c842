"""SQLite under several processes: no lost update, no hang, nothing half stored."""

import multiprocessing
import sqlite3
from contextlib import closing

import pytest

from service.domain.errors import StoreBusy
from service.store.engine import Engine, connect


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "counter.sqlite"
    with closing(connect(file)) as connection:
        connection.execute("CREATE TABLE counter (n INTEGER)")
        connection.execute("INSERT INTO counter VALUES (0)")
    return file


@pytest.fixture
def engine(path):
    opened = Engine(path)
    yield opened
    opened.close()


def count(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT n FROM counter").fetchone()[0]


def add_often(path, times):
    engine = Engine(path)
    for _ in range(times):
        with engine.writing() as connection:
            (n,) = connection.execute("SELECT n FROM counter").fetchone()
            connection.execute("UPDATE counter SET n = ?", (n + 1,))
    engine.close()


def test_two_processes_that_read_and_then_write_lose_no_update(path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_often, args=(path, 300)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert count(path) == 600


def test_a_file_held_by_another_program_is_busy_and_then_free_again(path, engine):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy), engine.writing():
            pass
        other.execute("ROLLBACK")
    with engine.writing() as connection:
        connection.execute("UPDATE counter SET n = 5")
    assert count(path) == 5


def test_an_error_inside_takes_everything_back(path, engine):
    def fail():
        with engine.writing() as connection:
            connection.execute("UPDATE counter SET n = 9")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(path) == 0


def test_a_full_disk_is_busy_and_stores_nothing(path, engine):
    def fill():
        with engine.writing() as connection:
            connection.execute("UPDATE counter SET n = 9")
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count={pages}")
            connection.execute("CREATE TABLE big AS SELECT randomblob(100000) AS blob")

    with pytest.raises(StoreBusy):
        fill()
    assert count(path) == 0


def test_an_acknowledged_commit_has_reached_the_disk(engine):
    with engine.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_readers_do_not_wait_for_a_writer(engine, path):
    other = Engine(path)
    with engine.writing() as connection:
        connection.execute("UPDATE counter SET n = 7")
        with other.reading() as reader:
            assert reader.execute("SELECT n FROM counter").fetchone() == (0,)
    other.close()
