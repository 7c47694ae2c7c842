"""The state of a launch under way: told once, never kept, good for one use."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.errors import TooManyRequests
from service.store.attempts import DatabaseAttempts
from service.usecases.ports import Attempt
from tests.builders import NOW

SOON = NOW + timedelta(minutes=10)
ATTEMPT = Attempt(
    tenant="demo",
    expires=SOON,
    binding="hash of the cookie",
    verifier="verifier",
    nonce="nonce",
    issuer="https://login.example",
    token_endpoint="https://login.example/token",
    jwks_uri="https://login.example/jwks",
    launch="xyz",
    names_itself=True,
)


@pytest.fixture
def engine(any_engine):
    return any_engine()


@pytest.fixture
def attempts(engine):
    return DatabaseAttempts(engine)


def test_an_attempt_comes_back_as_it_left(attempts):
    assert attempts.take(attempts.begin(ATTEMPT, NOW), NOW) == ATTEMPT


def test_an_attempt_is_taken_once(attempts):
    state = attempts.begin(ATTEMPT, NOW)
    attempts.take(state, NOW)
    assert attempts.take(state, NOW) is None


def test_of_many_who_take_at_once_one_gets_it(attempts):
    state, taken = attempts.begin(ATTEMPT, NOW), []
    threads = [
        threading.Thread(target=lambda: taken.append(attempts.take(state, NOW))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in taken if each] == [ATTEMPT]


def test_the_state_is_not_in_the_database(attempts, engine):
    state = attempts.begin(ATTEMPT, NOW).partition(".")[2]
    with engine.reading() as connection:
        rows = connection.execute("SELECT * FROM attempt WHERE tenant = ?", ("demo",)).fetchall()
    assert rows
    assert state not in str(rows)


def test_an_attempt_ends_with_its_time(attempts):
    assert attempts.take(attempts.begin(ATTEMPT, NOW), SOON) is None


def test_expired_attempts_are_forgotten_when_the_next_one_leaves(attempts, engine):
    attempts.begin(ATTEMPT, NOW)
    attempts.begin(replace(ATTEMPT, expires=SOON + timedelta(minutes=10)), SOON)
    with engine.reading() as connection:
        count = connection.execute("SELECT count(*) FROM attempt WHERE tenant = ?", ("demo",))
        assert count.fetchone()[0] == 1


@pytest.mark.parametrize("wrong", ["", ".", "demo.x", "ZGVtbw==.", "ZGVtbw==.x", "æ.ø", "AA==.x"])
def test_nothing_is_taken_by_another_state(attempts, wrong):
    attempts.begin(ATTEMPT, NOW)
    assert attempts.take(wrong, NOW) is None


def test_a_state_of_one_clinic_takes_nothing_of_another(attempts):
    secret = attempts.begin(ATTEMPT, NOW).partition(".")[2]
    assert attempts.take(f"b3RoZXI=.{secret}", NOW) is None


def test_of_one_clinic_only_so_many_are_under_way_whoever_began_them(engine):
    one, two = DatabaseAttempts(engine, 3), DatabaseAttempts(engine, 3)  # two replicas
    states = [each.begin(ATTEMPT, NOW) for each in (one, two, one)]
    for each in (one, two):
        with pytest.raises(TooManyRequests) as told:
            each.begin(ATTEMPT, NOW)
        assert told.value.wait == 60
    one.begin(replace(ATTEMPT, tenant="other"), NOW)
    assert two.take(states[0], NOW) == ATTEMPT  # what comes back makes room
    one.begin(ATTEMPT, NOW)


def test_those_that_never_came_back_make_room_when_their_time_is_over(engine):
    attempts = DatabaseAttempts(engine, 1)
    attempts.begin(ATTEMPT, NOW)
    later = replace(ATTEMPT, expires=SOON + timedelta(minutes=10))
    assert attempts.take(attempts.begin(later, SOON), SOON) == later


def test_an_operator_may_leave_them_without_a_limit(engine):
    attempts = DatabaseAttempts(engine, 0)
    assert len({attempts.begin(ATTEMPT, NOW) for _ in range(5)}) == 5
