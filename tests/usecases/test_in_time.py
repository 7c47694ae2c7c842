"""Who cannot wait does not: what has not ended in time ends unheard."""

import threading

import pytest

from service.usecases.in_time import InTime, TooLate


def test_what_ends_in_time_is_heard():
    assert InTime(30, 1)(lambda: 7) == 7


def test_what_goes_wrong_in_time_is_heard_too():
    def work():
        raise KeyError("x")

    with pytest.raises(KeyError):
        InTime(30, 1)(work)


def test_what_hangs_is_left_alone_and_goes_on_by_itself():
    go_on, done = threading.Event(), threading.Event()
    within = InTime(0.05, 2)

    def work():
        go_on.wait(30)
        done.set()

    with pytest.raises(TooLate):
        within(work)
    go_on.set()
    assert done.wait(30)


def test_what_waits_behind_what_hangs_is_not_begun_when_nobody_hears_it():
    go_on, begun = threading.Event(), []
    within = InTime(0.05, 1)
    for name in ("first", "second"):
        with pytest.raises(TooLate):
            within(lambda name=name: (begun.append(name), go_on.wait(30)))
    go_on.set()
    patient = InTime(30, 1)
    patient._work = within._work  # the same threads, asked by somebody with more patience
    patient._process = within._process
    patient(lambda: begun.append("third"))
    assert begun == ["first", "third"]
