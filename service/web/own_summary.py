"""A visit, and a course, as a patient is told of them: nothing that is for clinicians.

Left out are understanding, mood, barriers, work, and the note: the first is a talk and no
mark, the others are the clinician's (docs/decisions/0026).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from service.domain.assignment import Assignment
from service.domain.goal import Goal, GoalState
from service.domain.plan import EducationPlan
from service.domain.question import Question, QuestionState
from service.domain.teaching import Outcome, Session
from service.domain.values import dataclass

_ENDED = (GoalState.ACHIEVED, GoalState.NOT_ACHIEVED, GoalState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Told:
    """One visit: the patient titles of what was talked about, and what was kept for later."""

    at: datetime
    talked_about: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A course as its patient knows it."""

    plan: EducationPlan
    visits: tuple[Told, ...]
    goals: tuple[Goal, ...]
    handouts: tuple[tuple[str, Assignment], ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The newest visit that was documented, with what goes on from there."""

    told: Told
    summary: Summary


def summaries(plans: Iterable[EducationPlan]) -> list[Summary]:
    return [_summary(plan) for plan in plans]


def last_visit(plans: Sequence[EducationPlan]) -> LastVisit | None:
    """The newest visit of all courses; None when nothing was documented yet."""
    found = [LastVisit(each.visits[-1], each) for each in summaries(plans) if each.visits]
    return max(found, key=lambda visit: visit.told.at, default=None)


def _summary(plan: EducationPlan) -> Summary:
    titles = {handout.id: handout.title for handout in plan.handouts}
    agreed = (GoalState.ACTIVE, *_ENDED)
    return Summary(
        plan,
        visits=tuple(_visits(plan)),
        goals=tuple(goal for goal in plan.goals if goal.agreed and goal.state in agreed),
        handouts=tuple((titles[a.handout], a) for a in plan.assignments),
        questions=tuple(q for q in plan.questions if q.state is not QuestionState.TAKEN_BACK),
    )


def _visits(plan: EducationPlan) -> Iterable[Told]:
    """One for each visit, though it may have been signed in several goes."""
    sessions: dict[str, list[Session]] = {}
    for session in plan.sessions:
        if not session.error:
            sessions.setdefault(session.encounter, []).append(session)
    titles = {topic.id: topic.patient_title for topic in plan.topics}
    for signed in sessions.values():
        said = [t for session in signed for t in session.teachings if not t.error]
        taught = [titles[t.topic] for t in said if t.outcome.was_taught]
        later = [titles[t.topic] for t in said if t.outcome is Outcome.DEFERRED]
        yield Told(signed[0].at, _each_once(taught), _each_once(later))


def _each_once(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
