"""PostgreSQL as servers are: restarted, interrupted, locked, read-only, set up by others."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from service.domain.errors import StoreBusy
from service.store.ids import new_id
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.postgres import PostgresEngine
from tests.builders import a_plan
from tests.live import ROOT

pytestmark = pytest.mark.real

LEASE = timedelta(seconds=60)
COUNT = "SELECT n FROM counter WHERE tenant = ?"
ADD = "UPDATE counter SET n = n + 1 WHERE tenant = ?"


@pytest.fixture
def url(postgres_url):
    """A database with two rows to change."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE counter (tenant text PRIMARY KEY, n integer)")
        connection.execute("INSERT INTO counter VALUES ('a', 0), ('b', 0)")
    return postgres_url


@pytest.fixture
def engine(url):
    opened = PostgresEngine(url)
    yield opened
    opened.close()


def add(engine, tenant="a"):
    with engine.writing() as connection:
        connection.execute(ADD, (tenant,))


def count(engine, tenant="a"):
    with engine.reading() as connection:
        return connection.execute(COUNT, (tenant,)).fetchone()[0]


def several_connections(engine, many=5):
    """Make the pool hold so many."""
    with ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(engine.reading())


def the_admin(url):
    return psycopg.connect(url, autocommit=True)


def end_all_sessions(url):
    with the_admin(url) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )


def test_after_a_crash_of_the_server_every_connection_of_the_pool_is_made_anew(postgres, engine):
    several_connections(engine)
    add(engine)
    postgres.stop("immediate")
    postgres.start()
    began = time.monotonic()
    for _ in range(10):
        add(engine)
    assert count(engine) == 11
    assert time.monotonic() - began < 5  # not one wait for each connection of the pool


def test_a_server_that_is_away_is_busy_soon_and_well_again_when_it_is_back(postgres, engine):
    add(engine)
    postgres.stop("immediate")
    try:
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(StoreBusy):
                add(engine)
        assert time.monotonic() - began < 10
        time.sleep(3)  # long enough for waits that double to be long
    finally:
        postgres.start()
    began = time.monotonic()
    add(engine)
    assert time.monotonic() - began < 3
    assert count(engine) == 2


def test_a_session_that_is_ended_takes_its_transaction_back_and_the_same_may_go_well_at_once(
    url, engine
):
    def be_ended():
        with engine.writing() as connection:
            connection.execute(ADD, ("a",))
            end_all_sessions(url)
            connection.execute(ADD, ("a",))

    with pytest.raises(StoreBusy) as told:
        be_ended()
    assert told.value.passing
    add(engine)
    assert count(engine) == 1


def test_a_deadlock_ends_one_of_the_two_who_may_try_at_once(engine):
    both, told = threading.Barrier(2), []

    def cross(first, second):
        try:
            with engine.writing() as connection:
                connection.execute(ADD, (first,))
                both.wait(5)
                connection.execute(ADD, (second,))
        except StoreBusy as busy:
            told.append(busy.passing)

    threads = [threading.Thread(target=cross, args=pair) for pair in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert told == [True]
    assert (count(engine, "a"), count(engine, "b")) == (1, 1)


def test_nobody_waits_for_ever_for_a_row_that_another_program_holds(url, engine):
    with the_admin(url) as admin, admin.transaction():
        admin.execute(ADD.replace("?", "'a'"))
        began = time.monotonic()
        with pytest.raises(StoreBusy) as told:
            add(engine)
        assert 1 < time.monotonic() - began < 5
        assert not told.value.passing  # it has waited already
    add(engine)
    assert count(engine) == 2


def test_a_server_that_takes_no_writes_is_busy_and_read_all_the_same(url, engine):
    with the_admin(url) as admin:
        (name,) = admin.execute("SELECT current_database()").fetchone()
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with pytest.raises(StoreBusy):
        add(engine)
    assert count(engine) == 0


def test_a_database_without_our_tables_is_busy_as_sqlite_is(postgres):
    engine = PostgresEngine(postgres.make("bare"))
    plans = DatabasePlans(engine, new_id)
    with pytest.raises(StoreBusy), plans.reading("demo") as transaction:
        transaction.plans_of_patient("Patient/p1")
    engine.close()
    postgres.drop("bare")


def test_the_same_row_twice_is_a_fault_of_ours_and_not_a_busy_database(engine):
    with pytest.raises(psycopg.errors.UniqueViolation), engine.writing() as connection:
        connection.execute("INSERT INTO counter VALUES ('a', 1)")
    assert count(engine) == 0


def test_a_wrong_statement_is_a_fault_of_ours(engine):
    with pytest.raises(psycopg.errors.SyntaxError), engine.writing() as connection:
        connection.execute("UPDATE UPDATE")


def test_what_is_answered_as_stored_is_on_the_disk_whatever_the_servers_habit(url):
    with the_admin(url) as admin:
        (name,) = admin.execute("SELECT current_database()").fetchone()
        admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    engine = PostgresEngine(url)
    with engine.writing() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    engine.close()


def test_reading_is_one_snapshot_and_changes_nothing(engine):
    with engine.reading() as connection:
        assert connection.execute(COUNT, ("a",)).fetchone() == (0,)
        add(engine)
        assert connection.execute(COUNT, ("a",)).fetchone() == (0,)
    with pytest.raises(StoreBusy), engine.reading() as connection:
        connection.execute(ADD, ("a",))
    assert count(engine) == 1


def test_writing_sees_what_others_have_committed_meanwhile_whatever_the_servers_habit(url):
    with the_admin(url) as admin:
        (name,) = admin.execute("SELECT current_database()").fetchone()
        sets = f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable'
        admin.execute(sets)
    engine = PostgresEngine(url)
    with engine.writing() as connection:
        connection.execute(COUNT, ("a",))
        add(engine)
        assert connection.execute(COUNT, ("a",)).fetchone() == (1,)
    engine.close()


def said_by(code, *words):
    """Run a program in a process of its own; what it says, and complains of."""
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


# Makes whoever takes from the queue wait at the commit, as long as somebody holds lock 1.
SLOW_COMMIT = """
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON outbox DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait()"""


def test_an_earlier_revision_that_comes_back_waits_for_the_later_one_that_is_being_taken(
    url, engine
):
    outbox, plans = DatabaseOutbox(engine), DatabasePlans(engine, new_id)
    plan = a_plan()
    with plans.writing("demo") as transaction:
        for each in (plan, replace(plan, revision=2)):
            transaction.queue(each)
    outbox.park(*outbox.take("demo", 1, LEASE), "refused")
    with the_admin(url) as admin, ThreadPoolExecutor(3) as threads:
        admin.execute(SLOW_COMMIT)
        admin.execute("SELECT pg_advisory_lock(1)")
        later = threads.submit(outbox.take, "demo", 1, LEASE)
        time.sleep(0.2)
        again = threads.submit(outbox.replay, "demo")
        time.sleep(0.2)
        earlier = threads.submit(outbox.take, "demo", 1, LEASE)
        time.sleep(0.2)
        admin.execute("SELECT pg_advisory_unlock(1)")
    assert [each.revision for each in later.result()] == [2]
    assert again.result() == 1
    assert earlier.result() == []


FORKS = """
import os, sys
from service.store.postgres import PostgresEngine
engine = PostgresEngine(sys.argv[1])
def add():
    with engine.writing() as connection:
        connection.execute("UPDATE counter SET n = n + 1 WHERE tenant = 'a'")
add()
children = []
for _ in range(2):
    if not (child := os.fork()):
        for _ in range(50):
            add()
        engine.close()
        os._exit(0)
    children.append(child)
for _ in range(50):
    add()
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
add()
"""


def test_a_fork_has_connections_of_its_own_and_leaves_its_parents_alone(url, engine):
    assert said_by(FORKS, url) == ("", "")
    assert count(engine) == 152


ENDS = """
import sys
from service.store.postgres import PostgresEngine
engine = PostgresEngine(sys.argv[1])
with engine.reading() as connection:
    print(connection.execute("SELECT 1").fetchone()[0])
"""


def test_a_program_that_ends_without_closing_ends_at_once_and_quietly(url):
    began = time.monotonic()
    assert said_by(ENDS, url) == ("1\n", "")
    assert time.monotonic() - began < 5
