"""Taking back what was wrong: it stays, marked with the reason, and the right one is new.

Nothing is deleted (KL gateways: send again as entered-in-error, then the right one under a
new id). What rests on an entry must be taken back before it.
"""

from dataclasses import replace

from service.domain import goal as goals
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import GoalState
from service.domain.plan import EducationPlan, PlanState
from service.domain.revising import (
    Change,
    each_teaching,
    goal_of,
    require_reason,
    revised,
    settled,
    with_goal,
)
from service.domain.teaching import Outcome, Session, Teaching, check, rounds, teachings_of


def correct_teaching(
    plan: EducationPlan, number: int, reason: str, instead: Teaching | None, change: Change
) -> EducationPlan:
    """Return the plan with one teaching entered in error, and the right one in its place.

    Raises:
        NotFound: the plan has no such teaching.
        IllegalTransition: it is in error already, or a later entry rests on it.
        InvalidField: no reason is given, or the right one is about another topic.
    """
    require_reason(reason)
    session, wrong = _teaching(plan, number)
    if wrong.error:
        raise IllegalTransition("this entry is marked as an error already")
    void = replace(wrong, error=reason)
    right = (_right(wrong, instead, plan.last_number + 1),) if instead else ()
    at = session.teachings.index(wrong)
    teachings = (*session.teachings[:at], void, *right, *session.teachings[at + 1 :])
    mended = replace(session, teachings=teachings, changed=plan.revision + 1)
    if right:
        check(replace(mended, teachings=tuple(t for t in teachings if not t.error)))
    sessions = _with(plan.sessions, session, mended)
    numbered = replace(plan, sessions=sessions, last_number=plan.last_number + len(right))
    return _resettled(plan, numbered, [wrong.topic], change)


def correct_session(plan: EducationPlan, number: int, reason: str, change: Change) -> EducationPlan:
    """Return the plan with a whole session, and each of its teachings, entered in error.

    Raises:
        NotFound: the plan has no such session.
        IllegalTransition: it is in error already, or a later entry rests on it.
        InvalidField: no reason is given.
    """
    require_reason(reason)
    session = next((s for s in plan.sessions if s.number == number), None)
    if session is None or plan.state is PlanState.IN_ERROR:
        raise NotFound("the plan has no such session")
    if session.error:
        raise IllegalTransition("this session is marked as an error already")
    topics = [teaching.topic for teaching in session.teachings if not teaching.error]
    void = _void(session, reason, plan.revision + 1)
    without = replace(plan, sessions=_with(plan.sessions, session, void))
    return _resettled(plan, without, topics, change)


def correct_goal(plan: EducationPlan, goal_id: str, reason: str, change: Change) -> EducationPlan:
    """Return the plan with one goal entered in error.

    Raises:
        NotFound: the plan has no such goal.
        IllegalTransition: it is in error already.
        InvalidField: no reason is given.
    """
    require_reason(reason)
    return with_goal(plan, goals.in_error(goal_of(plan, goal_id), reason, change.at.date()), change)


def correct_plan(plan: EducationPlan, reason: str, change: Change) -> EducationPlan:
    """Return the plan as entered in error with all that is in it, as for a wrong patient.

    Raises:
        IllegalTransition: it is in error already.
        InvalidField: no reason is given.
    """
    require_reason(reason)
    if plan.state is PlanState.IN_ERROR:
        raise IllegalTransition("this plan is entered in error already")
    revision, today = plan.revision + 1, change.at.date()
    wrong = replace(
        plan,
        state=PlanState.IN_ERROR,
        ended=reason,
        sessions=tuple(s if s.error else _void(s, reason, revision) for s in plan.sessions),
        topics=tuple(replace(topic, changed=revision) for topic in plan.topics),
        goals=tuple(
            g
            if g.state is GoalState.IN_ERROR
            else replace(goals.in_error(g, reason, today), changed=revision)
            for g in plan.goals
        ),
        assignments=tuple(replace(given, changed=revision) for given in plan.assignments),
        questions=tuple(replace(asked, changed=revision) for asked in plan.questions),
    )
    return revised(wrong, change)


def _teaching(plan: EducationPlan, number: int) -> tuple[Session, Teaching]:
    for session in plan.sessions:
        for teaching in session.teachings:
            if teaching.number == number and plan.state is not PlanState.IN_ERROR:
                return session, teaching
    raise NotFound("the plan has no such teaching")


def _right(wrong: Teaching, instead: Teaching, number: int) -> Teaching:
    """The right entry. Whether it was the first time is as it was, if it was taught at all."""
    if instead.topic != wrong.topic:
        raise InvalidField("the right entry is about another topic", pointer="/replacement/id")
    outcome = instead.outcome
    if outcome.was_taught:
        outcome = wrong.outcome if wrong.outcome.was_taught else Outcome.TAUGHT
    return replace(instead, outcome=outcome, number=number)


def _resettled(
    before: EducationPlan, plan: EducationPlan, topics: list[str], change: Change
) -> EducationPlan:
    """What stood after the entry may now belong to another round, so all of it is told anew.

    Raises:
        IllegalTransition: what stands does not follow from each other any more, or would need
            a request that the record was told to be an error, which it stays.
    """
    sessions = plan.sessions
    for topic in topics:
        void, begun = _begun(before, topic, in_error=True), _begun(plan, topic, in_error=False)
        if void & begun:
            raise IllegalTransition(
                "a later entry rests on this one",
                how_to_fix="Correct the later entry first, then this one.",
            )
        sessions = each_teaching(
            sessions, topic, lambda teaching: replace(teaching, changed=plan.revision + 1)
        )
    return settled(replace(plan, sessions=sessions), topics, change)


def _begun(plan: EducationPlan, topic: str, *, in_error: bool) -> set[int]:
    found = rounds(teachings_of(topic, plan.sessions))
    return {each.opened_by for each in found if each.in_error is in_error}


def _with(sessions: tuple[Session, ...], old: Session, new: Session) -> tuple[Session, ...]:
    return tuple(new if session is old else session for session in sessions)


def _void(session: Session, reason: str, revision: int) -> Session:
    return replace(
        session,
        error=reason,
        changed=revision,
        teachings=tuple(
            teaching if teaching.error else replace(teaching, error=reason, changed=revision)
            for teaching in session.teachings
        ),
    )
