"""What happens to a plan in its visits: sessions, goals, and the end.

Every function takes a plan and returns the plan after; the same thing done twice returns
the plan as it was. Taking back what was wrong is `correcting`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from service.domain import goal as goals
from service.domain.errors import IllegalTransition, InvalidField
from service.domain.goal import Goal, GoalChange, GoalState, Step
from service.domain.plan import EducationPlan, PlanState
from service.domain.revising import (
    Change,
    goal_of,
    require_active,
    revised,
    settled,
    with_goal,
)
from service.domain.teaching import Outcome, Session, Teaching, check, teachings_of

_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def record_session(plan: EducationPlan, session: Session, change: Change) -> EducationPlan:
    """Return the plan with this session signed into it.

    A topic that was taught in an earlier session is `repeated`, whichever the caller says.

    Raises:
        IllegalTransition: the plan is not active, a topic's state does not allow it, or the same
            is signed with another note.
        InvalidField: the session lacks something, or names what the plan does not have.
    """
    if _is_told(plan, session):
        return plan
    require_active(plan)
    check(session)
    if all(visit.encounter != session.encounter for visit in plan.visits):
        raise InvalidField(
            "this encounter is not a visit of the plan",
            pointer="/encounter",
            how_to_fix="Post the encounter first, or leave it out to mean the latest visit.",
        )
    first = plan.last_number + 1
    teachings = tuple(
        _as_recorded(plan, teaching, place, first + 1 + place)
        for place, teaching in enumerate(session.teachings)
    )
    signed = replace(session, number=first, changed=plan.revision + 1, teachings=teachings)
    sessions = (*plan.sessions, signed)
    told = replace(plan, sessions=sessions, last_number=first + len(teachings))
    return settled(told, [teaching.topic for teaching in teachings], change)


def add_goal(plan: EducationPlan, goal: Goal, change: Change) -> EducationPlan:
    """Return the plan with a goal of the patient's own, agreed and active.

    The same words while such a goal is open change nothing.

    Raises:
        IllegalTransition: the plan is not active.
        InvalidField: the goal has no words, or names a topic that the plan has not.
    """
    require_active(plan)
    if not goal.text.strip():
        raise InvalidField("a goal needs the patient's words", pointer="/text")
    _require_topics(plan, goal.topics)
    if any(g.state is GoalState.ACTIVE and _same_wish(g, goal) for g in plan.goals):
        return plan
    number = plan.last_number + 1
    new = replace(
        goal,
        id=f"own-{number}",
        state=GoalState.ACTIVE,
        agreed=True,
        since=change.at.date(),
        changed=plan.revision + 1,
    )
    topics = tuple(
        replace(topic, changed=plan.revision + 1) if topic.id in goal.topics else topic
        for topic in plan.topics
    )
    more = replace(plan, goals=(*plan.goals, new), topics=topics, last_number=number)
    return revised(more, change)


def change_goal(
    plan: EducationPlan, goal_id: str, wanted: GoalChange, change: Change
) -> EducationPlan:
    """Return the plan with one goal changed; unchanged when nothing is new.

    Raises:
        NotFound: the plan has no such goal.
        IllegalTransition: the plan is closed, or the goal has ended.
        InvalidField: the change lacks its reason or its words.
    """
    goal = goal_of(plan, goal_id)
    new = goals.changed(goal, wanted, change.at.date())
    if new is goal:
        return plan
    require_active(plan)
    return with_goal(plan, new, change)


def close_plan(
    plan: EducationPlan, reason: str, change: Change, *, revoked: bool = False
) -> EducationPlan:
    """Return the plan as completed, or as revoked when it is given up.

    Topics that are not settled end with the plan, and goals that nobody agreed to are
    cancelled. Closing it again in the same way changes nothing.

    Raises:
        IllegalTransition: the plan is not active, or is closed in another way.
        InvalidField: a topic is not settled, or the plan is given up, and no reason is given.
    """
    end = PlanState.REVOKED if revoked else PlanState.COMPLETED
    if plan.state is end:
        return plan
    require_active(plan)
    left = [topic for topic in plan.topics if not topic.state.is_resolved]
    if (left or revoked) and not reason.strip():
        raise InvalidField(
            f"{len(left)} of {len(plan.topics)} topics are not settled, so a reason is needed"
            if left
            else "why the plan is given up is needed",
            pointer="/reason",
            how_to_fix="Say why the plan ends now, or settle the topics first.",
        )
    revision, today = plan.revision + 1, change.at.date()
    return revised(
        replace(
            plan,
            state=end,
            ended=reason,
            topics=tuple(
                topic if topic.state.is_resolved else replace(topic, changed=revision)
                for topic in plan.topics
            ),
            goals=tuple(_ended(goal, reason, revision, today) for goal in plan.goals),
        ),
        change,
    )


def _ended(goal: Goal, reason: str, revision: int, today: date) -> Goal:
    if goal.state is not GoalState.PROPOSED:
        return goal
    return replace(goal, state=GoalState.CANCELLED, reason=reason, since=today, changed=revision)


def _is_told(plan: EducationPlan, session: Session) -> bool:
    """True when this very session is signed already: sent twice, or said twice.

    Raises:
        IllegalTransition: it is, and its note would be lost. What was taught once is not written
            down as taught again for a note's sake, and a signed note is not written over.
    """
    if session.key and any(session.key == known.key for known in plan.sessions):
        return True
    content = _content(session)
    notes = [s.note for s in plan.sessions if not s.error and _content(s) == content]
    if notes and session.note not in ("", *notes):
        raise IllegalTransition(
            "the very same is signed already, with another note",
            pointer="/note",
            how_to_fix="Correct the session, with what is right and its note in its place.",
        )
    return bool(notes)


def _content(session: Session) -> Session:
    """What a session says, without what it was given when it was signed."""
    teachings = tuple(
        replace(
            teaching,
            outcome=Outcome.TAUGHT if teaching.outcome.was_taught else teaching.outcome,
            number=0,
            changed=0,
            opened=False,
        )
        for teaching in session.teachings
        if not teaching.error
    )
    return replace(
        session, teachings=teachings, at=_ANY_TIME, note="", goals=(), key="", number=0, changed=0
    )


def _as_recorded(plan: EducationPlan, teaching: Teaching, place: int, number: int) -> Teaching:
    if plan.topic(teaching.topic) is None:
        raise InvalidField(
            "the plan has no such topic",
            pointer=f"/topics/{place}/id",
            how_to_fix="Use one of: " + ", ".join(topic.id for topic in plan.topics),
        )
    outcome = teaching.outcome
    if outcome.was_taught:
        told = teachings_of(teaching.topic, plan.sessions)
        before = any(t.outcome.was_taught and not t.error for t in told)
        if outcome is Outcome.REPEATED and not before:
            raise IllegalTransition(
                "a topic that was never taught cannot be repeated",
                pointer=f"/topics/{place}",
                how_to_fix="Record it as taught.",
            )
        outcome = Outcome.REPEATED if before else Outcome.TAUGHT
    return replace(teaching, outcome=outcome, number=number, changed=plan.revision + 1)


def _same_wish(one: Goal, other: Goal) -> bool:
    return (one.text, one.due, one.target, one.steps) == (
        other.text,
        other.due,
        other.target,
        other.steps,
    )


def _require_topics(plan: EducationPlan, topics: Iterable[str]) -> None:
    for topic in topics:
        if plan.topic(topic) is None:
            raise InvalidField("the plan has no such topic", pointer="/topics")


def steps_of(texts: Iterable[str]) -> tuple[Step, ...]:
    """Return the ladder of these steps, empty ones left out."""
    return tuple(Step(text.strip()) for text in texts if text.strip())
