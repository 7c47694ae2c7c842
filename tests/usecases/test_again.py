"""What was interrupted is tried again, a few times and not for long."""

import pytest

from service.domain.errors import StalePlan, StoreBusy
from service.usecases.again import Again

PASSING = StoreBusy("interrupted", passing=True)
BUSY = StoreBusy("away")


class Work:
    """Fails as told, then goes well; every try takes so many seconds."""

    def __init__(self, *faults, takes=0.0):
        self.faults = list(faults)
        self.takes = takes
        self.tries = 0
        self.now = 0.0
        self.waits = []

    def __call__(self):
        self.tries += 1
        self.now += self.takes
        if self.faults:
            raise self.faults.pop(0)
        return "done"

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds

    def again(self, **more):
        return Again(self.sleep, lambda: self.now, lambda: 1.0, **more)(self)


def test_what_goes_well_is_done_once():
    work = Work()
    assert (work.again(), work.tries) == ("done", 1)


def test_what_was_interrupted_is_done_again_up_to_three_times_with_growing_waits():
    work = Work(PASSING, PASSING, PASSING)
    assert (work.again(), work.tries) == ("done", 4)
    assert work.waits == pytest.approx([0.05, 0.2, 0.8])


def test_the_fourth_interruption_is_told():
    work = Work(*[PASSING] * 9)
    with pytest.raises(StoreBusy):
        work.again()
    assert work.tries == 4


def test_nothing_is_begun_again_after_two_seconds():
    work = Work(*[PASSING] * 9, takes=1.2)
    with pytest.raises(StoreBusy):
        work.again()
    assert (work.tries, work.now) == (2, pytest.approx(2.45))


def test_a_database_that_is_away_is_not_asked_again_for_a_request():
    work = Work(BUSY)
    with pytest.raises(StoreBusy):
        work.again()
    assert work.tries == 1


def test_what_must_be_told_is_told_when_the_database_is_back():
    work = Work(*[BUSY] * 4, takes=1.0)
    assert (work.again(most=100, within=8, whatever=True), work.tries) == ("done", 5)


def test_what_the_domain_refuses_is_refused_once():
    work = Work(StalePlan("somebody changed it"))
    with pytest.raises(StalePlan):
        work.again()
    assert work.tries == 1
