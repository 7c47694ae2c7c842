"""The table of what may follow what, and what a signature needs."""

import pytest

from service.domain.errors import IllegalTransition, InvalidField
from service.domain.teaching import (
    Barrier,
    Method,
    Outcome,
    Reason,
    TopicState,
    Understanding,
    after,
    check,
    rounds,
)
from tests.builders import a_session, a_teaching

OPEN, REPEAT, DONE = TopicState.OPEN, TopicState.REPEAT, TopicState.DONE
DECLINED, NOT_RELEVANT = TopicState.DECLINED, TopicState.NOT_RELEVANT

CLEAR = a_teaching(understanding=Understanding.UNDERSTOOD)
WITH_HELP = a_teaching(understanding=Understanding.WITH_HELP)
UNCHECKED = a_teaching()
SOME = a_teaching(understanding=Understanding.PARTIAL)
UNCLEAR = a_teaching(understanding=Understanding.NOT_UNDERSTOOD)
LATER = a_teaching(outcome=Outcome.DEFERRED)
NO_THANKS = a_teaching(outcome=Outcome.DECLINED)
BESIDE = a_teaching(outcome=Outcome.NOT_RELEVANT)

# What happened, then what becomes of: open, repeat, done, declined, not relevant.
TABLE = [
    (CLEAR, (DONE, DONE, DONE, DONE, DONE)),
    (WITH_HELP, (DONE, DONE, DONE, DONE, DONE)),
    (UNCHECKED, (DONE, REPEAT, DONE, DONE, DONE)),
    (SOME, (REPEAT,) * 5),
    (UNCLEAR, (REPEAT,) * 5),
    (LATER, (OPEN, REPEAT, None, OPEN, OPEN)),
    (NO_THANKS, (DECLINED, DECLINED, None, DECLINED, None)),
    (BESIDE, (NOT_RELEVANT, NOT_RELEVANT, None, None, NOT_RELEVANT)),
]
STATES = (OPEN, REPEAT, DONE, DECLINED, NOT_RELEVANT)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("teaching", "row"), TABLE)
def test_what_becomes_of_a_topic(teaching, row, state):
    wanted = row[STATES.index(state)]
    if wanted is None:
        with pytest.raises(IllegalTransition):
            after(state, teaching)
    else:
        assert after(state, teaching) is wanted


def numbered(*teachings):
    return [
        a_teaching(t.topic, t.outcome, understanding=t.understanding, number=n)
        for n, t in enumerate(teachings, 1)
    ]


def test_what_is_repeated_until_it_is_understood_is_asked_for_once():
    (only,) = rounds(numbered(UNCLEAR, UNCHECKED, LATER, CLEAR))
    assert (only.opened_by, only.state, len(only.teachings)) == (0, DONE, 4)


def test_taking_up_what_was_closed_asks_for_it_once_more():
    first, second = rounds(numbered(NO_THANKS, LATER))
    assert (first.state, second.state, second.opened_by) == (DECLINED, OPEN, 2)
    first, second = rounds(numbered(CLEAR, UNCLEAR))
    assert (first.state, second.state) == (DONE, REPEAT)


def test_telling_again_what_was_understood_asks_for_nothing_new():
    (only,) = rounds(numbered(CLEAR, CLEAR, UNCHECKED))
    assert only.state is DONE


def test_a_topic_nobody_touched_is_open():
    assert [each.state for each in rounds([])] == [OPEN]


@pytest.mark.parametrize(
    ("session", "place"),
    [
        (a_session(teachings=()), "/topics"),
        (a_session(UNCLEAR, CLEAR), "/topics/1/id"),
        (a_session(learners=()), "/learners"),
        (a_session(methods=()), "/methods"),
        (a_session(no_teaching="Ingen tid"), "/no_teaching"),
        (a_session(barriers=(Barrier.NONE, Barrier.SIGHT)), "/barriers"),
        (a_session(a_teaching(reason=Reason.NO_TIME)), "/topics/0/reason"),
        (
            a_session(a_teaching(outcome=Outcome.DEFERRED, understanding=Understanding.PARTIAL)),
            "/topics/0/understanding",
        ),
    ],
)
def test_what_a_session_lacks_is_told_with_its_place(session, place):
    with pytest.raises(InvalidField) as refused:
        check(session)
    assert refused.value.pointer == place
    assert refused.value.how_to_fix


@pytest.mark.parametrize(
    "session",
    [
        a_session(CLEAR, methods=(Method.PHONE,)),
        a_session(LATER, methods=()),
        a_session(teachings=(), methods=(), no_teaching="Patienten havde det ikke godt"),
    ],
)
def test_three_things_suffice_for_a_signature(session):
    check(session)
