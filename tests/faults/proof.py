"""What must hold after the faults: nothing lost, everything in the record once and in order."""

import psycopg

from tests.faults.load import Load
from tests.faults.site import Kept
from tests.live import Live

ROUNDS = 20


def ask(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def nothing_is_lost(load: Load, url: str) -> None:
    stored = dict(ask(url, "SELECT id, revision FROM plan"))
    newest = {plan: max(told) for plan, told in load.told.items()}
    assert newest == stored, set(newest.items()) ^ set(stored.items())
    assert all(told == sorted(told) for told in load.told.values())


def drained(live: Live, url: str) -> None:
    """Let a worker bring away all that waits, as if every wait and every lease were over.

    A record that does not answer in time, as on a busy machine, is left alone for a while, and
    the worker ends; so it is started again.
    """
    for _ in range(ROUNDS):
        ask(url, "UPDATE outbox SET until = 0, due = 0")
        live.run("work", "--until-empty")
        if not ask(url, "SELECT 1 FROM outbox LIMIT 1"):
            return


def everything_is_in_the_record_once_and_in_order(load: Load, url: str, kept: Kept) -> None:
    left = ask(url, "SELECT plan_id, revision, tries, lost, reason FROM outbox")
    assert left == [], (len(left), left[:5])
    states = dict(ask(url, "SELECT state, count(*) FROM delivery GROUP BY state"))
    revisions = sum(max(told) for told in load.told.values())
    assert states == {"delivered": revisions}, states
    twice = kept.twice()
    assert twice == [], twice
    courses = kept.courses()
    assert len(courses) == len(load.told)
    for name, goals in courses.items():
        assert goals == sorted(goals), f"{name} went back"
        assert goals[-1] - goals[0] == load.goals, name
