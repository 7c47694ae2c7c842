"""How any change makes the next revision of a plan: what documenting and correcting share."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import Goal
from service.domain.plan import EducationPlan, PlannedTopic, PlanState
from service.domain.teaching import Session, Teaching, rounds, teachings_of
from service.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes the plan, and when (UTC); `by` is a reference of the record, or ""."""

    by: str
    at: datetime


def revised(plan: EducationPlan, change: Change) -> EducationPlan:
    """Return the plan as its next revision, by this hand."""
    return replace(plan, revision=plan.revision + 1, updated=change.at, editor=change.by)


def heard(before: EducationPlan, after: EducationPlan) -> EducationPlan:
    """Return the plan after a change as one that the patient made."""
    is_next = before.heard[-1:] == (before.revision,)
    first = before.heard[0] if is_next else after.revision
    return replace(after, heard=(first, after.revision))


def resumed(plan: EducationPlan, change: Change, gap: int) -> EducationPlan:
    """Return the plan as it goes on after its database was restored from a backup.

    What was done between the two is not known here, but the record may hold it, under numbers
    that would be given once more. So the next ones begin `gap` beyond.
    """
    number, revision = plan.last_number + gap, plan.revision + gap
    return replace(plan, revision=revision, last_number=number, updated=change.at, editor=change.by)


def settled(plan: EducationPlan, topics: Collection[str], change: Change) -> EducationPlan:
    """Return the next revision, with these topics' states as the sessions have them by now.

    Raises:
        IllegalTransition: what stands in the sessions does not follow from each other.
    """
    sessions = plan.sessions
    for topic in topics:
        begun = {each.opened_by for each in rounds(teachings_of(topic, sessions))}
        sessions = each_teaching(sessions, topic, _remember(begun))
    now = replace(plan, sessions=sessions)
    states = tuple(_as_of(now, topic) if topic.id in topics else topic for topic in plan.topics)
    return revised(replace(now, topics=states), change)


def each_teaching(
    sessions: tuple[Session, ...], topic: str, turn: Callable[[Teaching], Teaching]
) -> tuple[Session, ...]:
    """Return the sessions with every teaching of this topic turned into another."""
    return tuple(
        replace(s, teachings=tuple(turn(t) if t.topic == topic else t for t in s.teachings))
        for s in sessions
    )


def with_goal(plan: EducationPlan, goal: Goal, change: Change) -> EducationPlan:
    """Return the next revision with this goal in the place of the one of its id."""
    new = replace(goal, changed=plan.revision + 1)
    found = tuple(new if each.id == goal.id else each for each in plan.goals)
    return revised(replace(plan, goals=found), change)


def goal_of(plan: EducationPlan, goal_id: str) -> Goal:
    """Return the goal.

    Raises:
        NotFound: the plan has none of this id, or is itself an error.
    """
    goal = plan.goal(goal_id)
    if goal is None or plan.state is PlanState.IN_ERROR:
        raise NotFound("the plan has no such goal")
    return goal


def require_active(plan: EducationPlan) -> None:
    """Raise IllegalTransition unless the plan is one that is worked with."""
    if plan.state is PlanState.PROPOSED:
        raise IllegalTransition(
            "a proposed plan is not documented in",
            how_to_fix="Have a clinician confirm first that it applies.",
        )
    if plan.state is not PlanState.ACTIVE:
        raise IllegalTransition(f"a plan that is {plan.state.value} is not changed any more")


def require_reason(reason: str) -> None:
    """Raise InvalidField for a correction that does not say why."""
    if not reason.strip():
        raise InvalidField("why it was an error is needed", pointer="/reason")


def _remember(begun: set[int]) -> Callable[[Teaching], Teaching]:
    def mark(teaching: Teaching) -> Teaching:
        return replace(teaching, opened=True) if teaching.number in begun else teaching

    return mark


def _as_of(plan: EducationPlan, topic: PlannedTopic) -> PlannedTopic:
    return replace(topic, state=plan.rounds(topic)[-1].state, changed=plan.revision + 1)
