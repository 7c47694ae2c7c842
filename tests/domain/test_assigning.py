"""Handouts in a patient's hands, and questions for the next visit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.asking import LONGEST, MOST, ask, take_back, talk_about
from service.domain.assigning import assign, opened, read, standing, withdraw
from service.domain.assignment import AssignmentState
from service.domain.correcting import correct_plan
from service.domain.documenting import close_plan, record_session
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.question import QuestionState
from service.domain.revising import Change, heard
from tests.builders import CHANGE, NOW, STENOSIS_ANYWHERE, a_condition, a_plan, a_session
from tests.builders import an_encounter as an_enc

PATIENT = Change("Patient/p1", NOW + timedelta(days=1))
TODAY = NOW.date()


def given(**more):
    return assign(a_plan(), "knowledge", CHANGE, **more)


def state(plan):
    return plan.assignments[-1].state


def test_a_handout_goes_from_given_to_opened_to_read():
    plan = given()
    assert state(plan) is AssignmentState.GIVEN
    plan = opened(plan, "knowledge", PATIENT)
    assert state(plan) is AssignmentState.OPENED
    plan = read(plan, "knowledge", PATIENT)
    assert (state(plan), plan.revision) == (AssignmentState.READ, 4)


def test_the_same_told_twice_changes_nothing():
    plan = read(opened(given(), "knowledge", PATIENT), "knowledge", PATIENT)
    later = replace(PATIENT, at=PATIENT.at + timedelta(days=1))
    assert assign(plan, "knowledge", CHANGE) is plan
    assert opened(plan, "knowledge", later) is plan
    assert read(plan, "knowledge", later) is plan


def test_a_handout_on_paper_is_read_without_being_opened():
    plan = read(given(on_paper=True), "knowledge", PATIENT)
    assert plan.assignments[0].opened is None
    assert state(plan) is AssignmentState.READ


def test_given_once_more_it_is_lent_for_longer_and_on_paper_too():
    plan = assign(
        given(until=TODAY), "knowledge", CHANGE, until=TODAY + timedelta(7), on_paper=True
    )
    (only,) = plan.assignments
    assert (only.until, only.on_paper) == (TODAY + timedelta(7), True)


def test_what_is_over_is_not_there_and_can_be_given_anew():
    plan = given(until=TODAY)
    late = Change("Patient/p1", NOW + timedelta(days=2))
    with pytest.raises(NotFound):
        opened(plan, "knowledge", late)
    again = assign(plan, "knowledge", late)
    assert [each.number for each in again.assignments] == [1, 2]
    assert standing(again, "knowledge", late.at.date()).number == 2


def test_what_was_taken_back_is_not_there_any_more():
    plan = withdraw(given(), "knowledge", "Forkert pjece", CHANGE)
    assert state(plan) is AssignmentState.WITHDRAWN
    for turn in (opened, read):
        with pytest.raises(NotFound):
            turn(plan, "knowledge", PATIENT)
    assert withdraw(plan, "knowledge", "igen", CHANGE) is plan


def test_why_it_is_taken_back_is_needed():
    with pytest.raises(InvalidField) as refused:
        withdraw(given(), "knowledge", " ", CHANGE)
    assert refused.value.pointer == "/reason"


def test_what_was_given_stays_readable_when_the_course_has_ended():
    plan = close_plan(given(), "Flyttet", CHANGE)
    assert state(read(plan, "knowledge", PATIENT)) is AssignmentState.READ
    with pytest.raises(IllegalTransition):
        assign(plan, "all", CHANGE)


def test_nothing_is_given_from_a_proposal_or_from_another_plan():
    with pytest.raises(IllegalTransition):
        assign(a_plan(an_enc(a_condition(STENOSIS_ANYWHERE))), "knowledge", CHANGE)
    with pytest.raises(NotFound):
        assign(a_plan(), "other", CHANGE)
    with pytest.raises(NotFound):
        opened(a_plan(), "knowledge", PATIENT)
    with pytest.raises(InvalidField):
        assign(a_plan(), "knowledge", CHANGE, until=TODAY - timedelta(1))


def test_a_plan_that_was_an_error_shows_nothing():
    plan = correct_plan(given(), "Forkert patient", CHANGE)
    with pytest.raises(NotFound):
        read(plan, "knowledge", PATIENT)
    assert plan.assignments[0].changed == plan.revision


def test_a_question_is_asked_once_and_talked_about():
    plan = ask(a_plan(), "  Må jeg\n cykle? ", PATIENT)
    assert ask(plan, "Må jeg cykle?", PATIENT) is plan
    plan = talk_about(plan, 1, CHANGE)
    (only,) = plan.questions
    assert (only.text, only.state, only.by) == (
        "Må jeg cykle?",
        QuestionState.TALKED_ABOUT,
        "Practitioner/fys1",
    )
    assert talk_about(plan, 1, CHANGE) is plan
    with pytest.raises(IllegalTransition):
        take_back(plan, 1, PATIENT)


def test_a_question_that_was_taken_back_is_not_talked_about():
    plan = take_back(ask(a_plan(), "Må jeg cykle?", PATIENT), 1, PATIENT)
    assert take_back(plan, 1, PATIENT) is plan
    with pytest.raises(IllegalTransition):
        talk_about(plan, 1, CHANGE)
    with pytest.raises(NotFound):
        talk_about(plan, 2, CHANGE)


def test_there_is_room_for_five_open_questions():
    plan = a_plan()
    for number in range(MOST):
        plan = ask(plan, f"Spørgsmål {number}?", PATIENT)
    with pytest.raises(IllegalTransition):
        ask(plan, "Et til?", PATIENT)
    assert ask(take_back(plan, 1, PATIENT), "Et til?", PATIENT).questions[-1].text == "Et til?"


@pytest.mark.parametrize("words", ["", " \n ", "x" * (LONGEST + 1)])
def test_a_question_has_words_and_not_too_many(words):
    with pytest.raises(InvalidField):
        ask(a_plan(), words, PATIENT)


def by_patient(plan, turn):
    return heard(plan, turn(plan))


def test_what_only_the_patient_changed_is_no_conflict_for_the_clinic():
    seen = given()
    plan = by_patient(seen, lambda p: opened(p, "knowledge", PATIENT))
    plan = by_patient(plan, lambda p: ask(p, "Må jeg cykle?", PATIENT))
    assert plan.stands_since(seen.revision)
    assert not plan.stands_since(seen.revision - 1)
    plan = record_session(plan, a_session(), CHANGE)
    assert not plan.stands_since(plan.revision - 1)
    plan = by_patient(plan, lambda p: read(p, "knowledge", PATIENT))
    assert plan.stands_since(plan.revision - 1)
    assert not plan.stands_since(seen.revision)
