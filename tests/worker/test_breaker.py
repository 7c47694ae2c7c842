"""The breaker: how long a record is left alone after it failed, closed itself or asked to wait."""

from datetime import timedelta

from service.usecases.deliver_outbox import CLOSED_WAIT, Came
from service.worker import FAILS, Breaker

FAILED = Came(well=False)


def test_a_record_that_fails_in_a_row_is_left_alone_for_longer_each_time():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILS):
        assert breaker.slots(4) == 4
        breaker.tell(FAILED)
    assert breaker.slots(4) == 0
    now[0] = 1.0
    assert breaker.slots(4) == 1  # one delivery tries it out
    breaker.tell(FAILED)
    now[0] = 2.9
    assert breaker.slots(4) == 0
    now[0] = 3.0
    breaker.tell(Came())
    assert breaker.slots(4) == 4


def test_the_longest_pause_is_a_minute():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(50):
        breaker.tell(FAILED)
    now[0] = 59.0
    assert breaker.slots(4) == 0
    now[0] = 60.0
    assert breaker.slots(4) == 1


def test_a_record_that_was_shut_is_tried_with_one_delivery_after_a_minute():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    breaker.tell(Came(well=False, rest=CLOSED_WAIT))
    now[0] = 59.0
    assert breaker.slots(4) == 0
    now[0] = 60.0
    assert breaker.slots(4) == 1
    breaker.tell(Came())
    assert breaker.slots(4) == 4


def test_a_delivery_that_was_begun_before_does_not_end_the_wait():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    breaker.tell(Came(well=False, rest=timedelta(minutes=5)))
    breaker.tell(Came())
    now[0] = 299.0
    assert breaker.slots(4) == 0
    now[0] = 300.0
    assert breaker.slots(4) == 4
