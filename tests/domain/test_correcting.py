"""What was wrong stays, marked, and the right one stands beside it."""

import pytest

from service.domain.correcting import (
    correct_goal,
    correct_plan,
    correct_session,
    correct_teaching,
)
from service.domain.documenting import record_session
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import GoalState
from service.domain.plan import PlanState
from service.domain.teaching import Outcome, TopicState, Understanding
from tests.builders import CHANGE, a_plan, a_session, a_teaching

WRONG = "Skrevet på den forkerte patient"
UNCLEAR = a_teaching(understanding=Understanding.NOT_UNDERSTOOD)


def taught(*sessions):
    plan = a_plan()
    for session in sessions:
        plan = record_session(plan, session, CHANGE)
    return plan


def state(plan, topic="knowledge"):
    return plan.topic(topic).state


def test_the_original_stays_readable_with_the_reason():
    plan = correct_teaching(taught(a_session()), 2, WRONG, None, CHANGE)
    (entry,) = plan.sessions[0].teachings
    assert (entry.number, entry.error, entry.outcome) == (2, WRONG, Outcome.TAUGHT)
    assert state(plan) is TopicState.OPEN


def test_the_right_entry_has_a_number_of_its_own_and_the_time_of_the_visit():
    right = a_teaching(understanding=Understanding.WITH_HELP)
    plan = correct_teaching(taught(a_session(UNCLEAR)), 2, "Tastefejl", right, CHANGE)
    wrong, instead = plan.sessions[0].teachings
    assert (wrong.error, instead.error, instead.number) == ("Tastefejl", "", 3)
    assert state(plan) is TopicState.DONE


def test_what_rests_on_an_entry_is_taken_back_before_it():
    plan = taught(a_session(), a_session(UNCLEAR), a_session(a_teaching(outcome=Outcome.DEFERRED)))
    with pytest.raises(IllegalTransition):
        correct_teaching(plan, 4, WRONG, None, CHANGE)
    plan = correct_teaching(plan, 6, WRONG, None, CHANGE)
    assert state(correct_teaching(plan, 4, WRONG, None, CHANGE)) is TopicState.DONE


def test_a_round_that_was_begun_by_mistake_is_still_told_of():
    plan = taught(a_session(), a_session(UNCLEAR))
    topic = plan.topic("knowledge")
    assert [each.opened_by for each in plan.rounds(topic)] == [0, 4]
    plan = correct_teaching(plan, 4, WRONG, None, CHANGE)
    assert [(each.opened_by, each.in_error) for each in plan.rounds(topic)] == [
        (4, True),
        (0, False),
    ]


def test_a_round_that_was_void_is_never_begun_again():
    clear = a_teaching(understanding=Understanding.UNDERSTOOD)
    beside, later = (a_teaching(outcome=o) for o in (Outcome.NOT_RELEVANT, Outcome.DEFERRED))
    plan = taught(*(a_session(each) for each in (beside, later, clear, UNCLEAR)))
    plan = correct_teaching(plan, 6, WRONG, None, CHANGE)
    with pytest.raises(IllegalTransition):
        correct_teaching(plan, 4, WRONG, None, CHANGE)
    plan = correct_teaching(plan, 8, WRONG, None, CHANGE)
    assert state(correct_teaching(plan, 4, WRONG, None, CHANGE)) is TopicState.NOT_RELEVANT


def test_a_whole_session_is_taken_back_with_all_its_topics():
    plan = taught(a_session(a_teaching("knowledge"), a_teaching("work")))
    plan = correct_session(plan, 1, WRONG, CHANGE)
    assert plan.sessions[0].error == WRONG
    assert {teaching.error for teaching in plan.sessions[0].teachings} == {WRONG}
    assert {topic.state for topic in plan.topics} == {TopicState.OPEN}


def test_what_was_taken_back_may_be_told_again():
    plan = correct_session(taught(a_session()), 1, WRONG, CHANGE)
    plan = record_session(plan, a_session(), CHANGE)
    assert [session.error for session in plan.sessions] == [WRONG, ""]
    assert state(plan) is TopicState.DONE


def test_a_goal_and_a_whole_plan_can_be_errors():
    assert correct_goal(a_plan(), "walk", WRONG, CHANGE).goals[0].state is GoalState.IN_ERROR
    plan = correct_plan(taught(a_session()), WRONG, CHANGE)
    assert (plan.state, plan.ended, plan.is_open) == (PlanState.IN_ERROR, WRONG, False)
    assert plan.sessions[0].teachings[0].error == WRONG
    assert plan.goals[0].state is GoalState.IN_ERROR


@pytest.mark.parametrize(
    "correct",
    [
        lambda plan, reason: correct_teaching(plan, 2, reason, None, CHANGE),
        lambda plan, reason: correct_session(plan, 1, reason, CHANGE),
        lambda plan, reason: correct_goal(plan, "walk", reason, CHANGE),
        lambda plan, reason: correct_plan(plan, reason, CHANGE),
    ],
)
def test_every_correction_says_why_and_is_made_once(correct):
    plan = taught(a_session())
    with pytest.raises(InvalidField):
        correct(plan, "  ")
    with pytest.raises((IllegalTransition, NotFound)):
        correct(correct(plan, WRONG), WRONG)


def test_what_is_not_there_is_not_corrected():
    for correct in (
        lambda: correct_teaching(a_plan(), 9, WRONG, None, CHANGE),
        lambda: correct_session(a_plan(), 9, WRONG, CHANGE),
        lambda: correct_goal(a_plan(), "fly", WRONG, CHANGE),
    ):
        with pytest.raises(NotFound):
            correct()


def test_the_right_entry_is_about_the_same_topic():
    with pytest.raises(InvalidField):
        correct_teaching(taught(a_session()), 2, WRONG, a_teaching("work"), CHANGE)
