"""What a physiotherapist does to a plan in its visits."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.documenting import add_goal, change_goal, close_plan, record_session
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import Goal, GoalChange, GoalState, Progress
from service.domain.plan import PlanState, continue_plan
from service.domain.revising import Change
from service.domain.teaching import Mood, MoodCue, Outcome, TopicState, Understanding
from tests.builders import (
    CHANGE,
    NOW,
    STENOSIS_ANYWHERE,
    a_condition,
    a_match,
    a_plan,
    a_session,
    a_teaching,
    an_encounter,
)

LATER = NOW + timedelta(days=14)
AGAIN = Change("Practitioner/fys2", LATER)
UNCLEAR = a_teaching("prognosis", understanding=Understanding.NOT_UNDERSTOOD)


def states(plan):
    return {topic.id: topic.state for topic in plan.topics}


def taught(*teachings, plan=None, **more):
    return record_session(plan or a_plan(), a_session(*teachings, **more), CHANGE)


def settled_plan():
    return taught(a_teaching("knowledge"), a_teaching("prognosis"), a_teaching("work"))


def test_taught_and_understood_are_two_facts():
    plan = taught(a_teaching("knowledge"), UNCLEAR)
    assert states(plan) == {
        "knowledge": TopicState.DONE,
        "prognosis": TopicState.REPEAT,
        "work": TopicState.OPEN,
    }
    results = [t.understanding for t in plan.sessions[0].teachings]
    assert results == [Understanding.NOT_ASSESSED, Understanding.NOT_UNDERSTOOD]


def test_a_session_is_one_revision_by_who_signed_it():
    plan = taught(a_teaching(), a_teaching("work"))
    assert (plan.revision, plan.editor, plan.updated) == (2, "Practitioner/fys1", NOW)
    assert [t.number for t in plan.sessions[0].teachings] == [2, 3]
    assert plan.last_number == 3


def test_only_what_was_touched_is_written_anew():
    plan = taught(a_teaching("knowledge"))
    assert {topic.id: topic.changed for topic in plan.topics} == {
        "knowledge": 2,
        "prognosis": 1,
        "work": 1,
    }


def test_the_same_teaching_told_twice_changes_nothing():
    plan = taught(a_teaching())
    assert record_session(plan, a_session(a_teaching()), AGAIN) is plan
    assert record_session(plan, a_session(a_teaching(), at=LATER), AGAIN) is plan


def test_the_same_form_sent_twice_changes_nothing_even_when_it_was_edited():
    plan = taught(a_teaching(), key="form-1")
    assert record_session(plan, a_session(UNCLEAR, key="form-1"), CHANGE) is plan


def test_a_note_is_kept_or_refused_and_never_dropped():
    plan = taught(a_teaching(), note="Gik godt")
    for note in ("Gik godt", ""):  # sent again, or without what was edited
        assert record_session(plan, a_session(a_teaching(), note=note), AGAIN) is plan
    with pytest.raises(IllegalTransition, match="with another note") as refused:
        record_session(plan, a_session(a_teaching(), note="Ringer i morgen"), AGAIN)
    assert refused.value.pointer == "/note"


def test_another_try_in_the_same_visit_is_a_session_of_its_own():
    plan = taught(UNCLEAR)
    again = replace(UNCLEAR, understanding=Understanding.WITH_HELP)
    plan = record_session(plan, a_session(again), CHANGE)
    assert states(plan)["prognosis"] is TopicState.DONE
    assert [s.teachings[0].outcome for s in plan.sessions] == [Outcome.TAUGHT, Outcome.REPEATED]


def test_what_was_not_understood_comes_first_at_the_next_visit_also_for_a_colleague():
    plan = taught(a_teaching("knowledge"), UNCLEAR)
    visit = an_encounter(reference="Encounter/e2", practitioner="Practitioner/fys2")
    plan = continue_plan(plan, visit, a_match(), LATER)
    assert [topic.id for topic in plan.topics] == ["prognosis", "work", "knowledge"]


def test_a_topic_that_was_never_taught_is_not_repeated():
    with pytest.raises(IllegalTransition) as refused:
        taught(a_teaching(outcome=Outcome.REPEATED))
    assert refused.value.pointer == "/topics/0"


def test_a_topic_or_visit_that_the_plan_has_not_is_refused():
    with pytest.raises(InvalidField) as refused:
        taught(a_teaching("knowledge"), a_teaching("unknown"))
    assert refused.value.pointer == "/topics/1/id"
    assert "knowledge" in refused.value.how_to_fix
    with pytest.raises(InvalidField) as refused:
        taught(encounter="Encounter/other")
    assert refused.value.pointer == "/encounter"


def test_mood_and_work_stand_with_the_session():
    mood = Mood((MoodCue.FEAR,), "utryg på trapper")
    assert taught(mood=mood).sessions[0].mood == mood


def test_a_visit_without_teaching_says_why():
    plan = taught(teachings=(), methods=(), no_teaching="Patienten havde for ondt")
    assert set(states(plan).values()) == {TopicState.OPEN}
    assert plan.sessions[0].no_teaching


def test_a_proposal_is_not_documented_in():
    proposal = a_plan(an_encounter(a_condition(STENOSIS_ANYWHERE)))
    with pytest.raises(IllegalTransition):
        taught(plan=proposal)


# Goals


def test_a_suggested_goal_becomes_the_patients_own_in_their_words():
    words = GoalChange(text="Jeg går til bageren", agreed=True, due=date(2027, 1, 15))
    plan = change_goal(a_plan(), "walk", words, CHANGE)
    goal = plan.goal("walk")
    assert (goal.state, goal.text, goal.since) == (GoalState.ACTIVE, words.text, NOW.date())
    assert change_goal(plan, "walk", GoalChange(due=date(2027, 1, 15)), AGAIN) is plan


def test_a_goal_of_the_patients_own_is_followed_and_reached():
    plan = add_goal(a_plan(), Goal("", "Gå til bageren"), CHANGE)
    goal_id = plan.goals[-1].id
    plan = change_goal(plan, goal_id, GoalChange(progress=Progress.IMPROVING), CHANGE)
    plan = change_goal(plan, goal_id, GoalChange(state=GoalState.ACHIEVED), AGAIN)
    reached = plan.goal(goal_id)
    assert (reached.state, reached.progress, reached.since) == (
        GoalState.ACHIEVED,
        None,
        LATER.date(),
    )
    assert change_goal(plan, goal_id, GoalChange(state=GoalState.ACHIEVED), AGAIN) is plan
    with pytest.raises(IllegalTransition):
        change_goal(plan, goal_id, GoalChange(state=GoalState.NOT_ACHIEVED), AGAIN)


def test_the_same_wish_twice_is_one_goal():
    plan = add_goal(a_plan(), Goal("", "Gå til bageren"), CHANGE)
    assert add_goal(plan, Goal("", "Gå til bageren"), AGAIN) is plan
    assert len(add_goal(plan, Goal("", "Cykle"), AGAIN).goals) == 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (GoalChange(state=GoalState.ACHIEVED), IllegalTransition),
        (GoalChange(agreed=True, state=GoalState.ACHIEVED), IllegalTransition),
        (GoalChange(progress=Progress.IMPROVING), IllegalTransition),
        (GoalChange(state=GoalState.CANCELLED), InvalidField),
        (GoalChange(agreed=True, text=" "), InvalidField),
        (GoalChange(state=GoalState.IN_ERROR), IllegalTransition),
    ],
)
def test_nobody_reaches_a_goal_that_was_never_agreed(change, error):
    with pytest.raises(error):
        change_goal(a_plan(), "walk", change, CHANGE)


def test_a_goal_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        change_goal(a_plan(), "fly", GoalChange(agreed=True), CHANGE)


# The end


def test_a_plan_whose_topics_are_settled_closes_without_a_reason():
    plan = close_plan(settled_plan(), "", CHANGE)
    assert plan.state is PlanState.COMPLETED
    assert close_plan(plan, "", AGAIN) is plan


def test_a_plan_with_open_topics_closes_with_a_reason_only():
    with pytest.raises(InvalidField) as refused:
        close_plan(taught(a_teaching()), " ", CHANGE)
    assert refused.value.pointer == "/reason"
    assert close_plan(taught(a_teaching()), "Flyttet", CHANGE).ended == "Flyttet"


def test_giving_a_plan_up_always_needs_a_reason():
    with pytest.raises(InvalidField):
        close_plan(settled_plan(), "", CHANGE, revoked=True)
    assert close_plan(settled_plan(), "Fortrudt", CHANGE, revoked=True).state is PlanState.REVOKED


def test_goals_nobody_agreed_to_end_with_the_plan_and_agreed_ones_stay_the_patients():
    plan = add_goal(settled_plan(), Goal("", "Cykle"), CHANGE)
    plan = close_plan(plan, "", CHANGE)
    assert [goal.state for goal in plan.goals] == [GoalState.CANCELLED, GoalState.ACTIVE]


def test_a_closed_plan_is_not_changed_any_more():
    plan = close_plan(settled_plan(), "", CHANGE)
    for change in (
        lambda: record_session(plan, a_session(UNCLEAR), AGAIN),
        lambda: add_goal(plan, Goal("", "Cykle"), AGAIN),
        lambda: close_plan(plan, "x", AGAIN, revoked=True),
    ):
        with pytest.raises(IllegalTransition):
            change()
