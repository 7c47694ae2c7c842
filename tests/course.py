"""A course in which everything that can be said is said once, and every end of a plan."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from service.domain.correcting import correct_goal, correct_plan, correct_session, correct_teaching
from service.domain.documenting import add_goal, change_goal, close_plan, record_session
from service.domain.goal import Goal, GoalChange, GoalState, Progress, Step
from service.domain.plan import EducationPlan
from service.domain.teaching import (
    Barrier,
    Job,
    JobSituation,
    Learner,
    Method,
    Mood,
    MoodCue,
    NextStep,
    Outcome,
    Readiness,
    Reason,
    Understanding,
)
from tests.builders import CHANGE, a_plan, a_session, a_teaching

STEPS = (Step("Til hjørnet", date(2026, 12, 7), date(2026, 12, 6)), Step("Til kirken"))


def documented(plan: EducationPlan | None = None) -> EducationPlan:
    """The plan after sessions that say each thing there is to say, one of them an error."""
    plan = plan or a_plan()
    topic = plan.topics[0].id
    for result in Understanding:
        plan = record_session(plan, a_session(a_teaching(topic, understanding=result)), CHANGE)
    for number, reason in enumerate((None, *Reason)):
        missed = a_teaching(plan.topics[1].id, Outcome.DEFERRED, reason=reason, note=str(number))
        plan = record_session(plan, a_session(missed), CHANGE)
    for number, outcome in enumerate((Outcome.DECLINED, Outcome.NOT_RELEVANT), 1):
        plan = record_session(plan, a_session(a_teaching(plan.topics[number].id, outcome)), CHANGE)
    for readiness, job, step in zip(Readiness, JobSituation, NextStep, strict=False):
        plan = record_session(plan, _said(plan, readiness, job, step), CHANGE)
    plan = record_session(plan, _said(plan, None, JobSituation.RETIRED, NextStep.CLOSE), CHANGE)
    plan = correct_teaching(plan, plan.sessions[0].teachings[0].number, "Fejl", None, CHANGE)
    return correct_session(plan, plan.sessions[-1].number, "Fejl", CHANGE)


def _said(plan: EducationPlan, readiness, job, step):
    return a_session(
        a_teaching(plan.topics[0].id, understanding=Understanding.PARTIAL, note="Hvorfor mig?"),
        learners=tuple(Learner),
        interpreter=True,
        readiness=readiness,
        methods=tuple(Method),
        barriers=(Barrier.NONE,)
        if readiness is None
        else tuple(b for b in Barrier if b is not Barrier.NONE),
        barriers_met="Talte langsomt",
        minutes=20,
        mood=Mood(tuple(MoodCue), "Utryg på trapper"),
        job=Job(job, "Møde 1.12.", "Vil gerne tilbage"),
        next_step=step,
        text="Gik fint",
        key=str(step),
    )


def with_goals(plan: EducationPlan | None = None) -> EducationPlan:
    """The plan with a goal in each state and with each word on how it goes."""
    plan = plan or a_plan()
    for number, progress in enumerate(Progress):
        goal = Goal("", f"Gå tur {number}", target="400 m", due=date(2027, 1, 15), steps=STEPS)
        plan = add_goal(plan, goal, CHANGE)
        plan = change_goal(plan, plan.goals[-1].id, GoalChange(progress=progress), CHANGE)
    for state in (GoalState.ACHIEVED, GoalState.NOT_ACHIEVED, GoalState.CANCELLED):
        plan = add_goal(plan, Goal("", f"Cykle, {state}", (plan.topics[0].id,)), CHANGE)
        ended = GoalChange(state=state, reason="Derfor")
        plan = change_goal(plan, plan.goals[-1].id, ended, CHANGE)
    return correct_goal(plan, plan.goals[-1].id, "Fejl", CHANGE)


def ends(plan: EducationPlan) -> Iterator[EducationPlan]:
    """The plan in each state that it can come to from active."""
    yield plan
    yield close_plan(plan, "Flyttet", CHANGE)
    yield close_plan(plan, "Fortrudt", CHANGE, revoked=True)
    yield correct_plan(plan, "Forkert patient", CHANGE)


def courses(plan: EducationPlan | None = None) -> list[EducationPlan]:
    """Everything above, in the language and the pack of the plan."""
    whole = with_goals(documented(plan))
    return [replace(each) for each in ends(whole)]
