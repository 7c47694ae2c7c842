"""SQLite under several processes: no lost update, no hang, nothing half stored."""

import multiprocessing
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from service.domain.errors import StoreBusy
from service.store.sqlite import SqliteEngine, connect


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "counter.sqlite"
    with closing(connect(file)) as connection:
        connection.execute("CREATE TABLE counter (n INTEGER)")
        connection.execute("INSERT INTO counter VALUES (0)")
    return file


@pytest.fixture
def engine(path):
    opened = SqliteEngine(path)
    yield opened
    opened.close()


def count(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT n FROM counter").fetchone()[0]


def add_often(path, times):
    engine = SqliteEngine(path)
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
    other = SqliteEngine(path)
    with engine.writing() as connection:
        connection.execute("UPDATE counter SET n = 7")
        with other.reading() as reader:
            assert reader.execute("SELECT n FROM counter").fetchone() == (0,)
    other.close()


def in_threads(*tasks):
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def queued_behind(engine, *tasks):
    """Run the tasks, in this order, while a first writer is at it; say what each was told."""
    told = []

    def follow(task):
        try:
            with engine.writing() as connection:
                task(connection)
            told.append("stored")
        except (StoreBusy, ZeroDivisionError) as error:
            told.append(type(error).__name__)

    def lead(connection):
        for thread in followers:
            thread.start()
            time.sleep(0.05)  # so that they queue in this order
        add_one(connection)

    followers = [threading.Thread(target=follow, args=(task,)) for task in tasks]
    in_threads(lambda: follow(lead))
    for thread in followers:
        thread.join(30)
    return sorted(told)


def add_one(connection):
    connection.execute("UPDATE counter SET n = n + 1")


def fail(connection):
    connection.execute("UPDATE counter SET n = 1000")
    raise ZeroDivisionError


def fill_the_disk(connection):
    connection.execute("UPDATE counter SET n = 1000")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}")
    connection.execute("CREATE TABLE big AS SELECT randomblob(100000) AS blob")


def commits(path):
    """How many commits the write-ahead log holds (SQLite file format 4.1, frame header)."""
    frames = Path(f"{path}-wal").read_bytes()[32:]
    return sum(frames[at + 4 : at + 8] != b"\0\0\0\0" for at in range(0, len(frames), 4096 + 24))


def test_writers_who_wait_share_the_next_commit(path, engine):
    with engine.writing() as connection:
        connection.execute("UPDATE counter SET n = 0")  # from here on there is a log
    before = commits(path)
    assert queued_behind(engine, add_one, add_one, add_one) == ["stored"] * 4
    assert count(path) == 4
    assert commits(path) - before == 1


def test_an_error_of_one_takes_nothing_of_the_others_along(path, engine):
    told = queued_behind(engine, add_one, fail, add_one)
    assert told == ["ZeroDivisionError", "stored", "stored", "stored"]
    assert count(path) == 3


def test_what_one_could_take_back_is_let_go_before_the_next(path, engine):
    """Else SQLite copies each page for each of them, at last into a file."""
    said = []
    with engine.writing() as connection:
        connection.set_trace_callback(said.append)
    queued_behind(engine, add_one, fail, add_one)
    savepoints = [each for each in said if "mine" in each]
    assert savepoints == [
        *("SAVEPOINT mine", "RELEASE mine"),
        *("SAVEPOINT mine", "ROLLBACK TO mine", "RELEASE mine"),
        *("SAVEPOINT mine", "RELEASE mine"),
    ]


def test_when_the_disk_is_full_nobody_of_the_group_is_told_that_it_is_stored(path, engine):
    told = queued_behind(engine, add_one, fill_the_disk)
    assert "stored" not in told or count(path) == told.count("stored")
    assert "StoreBusy" in told
    assert count(path) < 1000


def test_many_threads_lose_no_update(path, engine):
    def often():
        for _ in range(200):
            with engine.writing() as connection:
                (n,) = connection.execute("SELECT n FROM counter").fetchone()
                connection.execute("UPDATE counter SET n = ?", (n + 1,))

    in_threads(*[often] * 8)
    assert count(path) == 1_600
