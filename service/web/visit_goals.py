"""What the form of a visit says of goals: new ones, and what became of those from before."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from service.domain.errors import InvalidField
from service.domain.goal import Goal, GoalChange, GoalState, Progress, Step
from service.domain.plan import EducationPlan
from service.web.typed_fields import Fields, day, text

BLANK = "__"  # what a pack leaves for the patient to fill in
_PROGRESS = {each.value: each for each in Progress}
_ENDS = (GoalState.ACHIEVED.value, GoalState.NOT_ACHIEVED.value, GoalState.CANCELLED.value)


def new_goals(fields: Fields, today: date) -> Iterable[Goal]:
    """The goal that was agreed in the visit, if any.

    Raises:
        InvalidField: it has a date, a target or steps, and no words; or the date is none.
    """
    words = text(fields, "goal_text")
    steps = tuple(Step(each) for each in fields.get("goal_step", ()))
    due, target = _due(fields, today), text(fields, "goal_target")
    if words:
        yield Goal("", words, target=target, due=due, steps=steps)
    elif due or target or steps:
        raise InvalidField("goal-without-words", pointer="/goal_text")


def changed_goals(
    plan: EducationPlan, fields: Fields, today: date
) -> Iterable[tuple[str, GoalChange]]:
    """What was said of the goals that the plan has; those that nothing was said of are left out.

    Raises:
        InvalidField: a goal is given up without a reason, a suggestion is left half done, or
            a value cannot be read.
    """
    for goal in plan.goals:
        if goal.state is GoalState.PROPOSED:
            yield from _adopted(goal, fields)
        elif goal.state is GoalState.ACTIVE:
            change = _change(goal, fields, today)
            if change != GoalChange():
                yield goal.id, change


def _adopted(goal: Goal, fields: Fields) -> Iterable[tuple[str, GoalChange]]:
    words = text(fields, f"words-{goal.id}") or goal.text
    due = day(fields, f"due-{goal.id}")
    if f"adopt-{goal.id}" in fields:
        if BLANK in words:
            raise InvalidField("unfinished", pointer=f"/words-{goal.id}")
        yield goal.id, GoalChange(agreed=True, text=words, due=due)
    elif due or words != goal.text:
        raise InvalidField("not-adopted", pointer=f"/adopt-{goal.id}")


def _change(goal: Goal, fields: Fields, today: date) -> GoalChange:
    told, why = text(fields, f"goal-{goal.id}"), text(fields, f"why-{goal.id}")
    if told == GoalState.CANCELLED and not why:
        raise InvalidField("no-why", pointer=f"/why-{goal.id}")
    if told and told not in (*_ENDS, *_PROGRESS):
        raise InvalidField("unknown", pointer=f"/goal-{goal.id}")
    return GoalChange(
        text=text(fields, f"reworded-{goal.id}") or None,
        target=text(fields, f"target-{goal.id}") or None,
        due=day(fields, f"due-{goal.id}"),
        progress=_PROGRESS.get(told),
        state=GoalState(told) if told in _ENDS else None,
        reason=why if told == GoalState.CANCELLED else "",
        steps=_steps(goal, fields, today),
    )


def _steps(goal: Goal, fields: Fields, today: date) -> tuple[Step, ...] | None:
    """The ladder with what was reached, what holds no more, and a step further; None if as before.

    Steps are ticked by their place: whoever signs has seen this very ladder, for a plan that
    was changed in between is not signed.
    """
    reached, undone = (set(fields.get(f"{name}-{goal.id}", ())) for name in ("reached", "undone"))
    steps = []
    for place, step in enumerate(goal.steps):
        if str(place) in reached:
            step = replace(step, reached=step.reached or today)
        elif str(place) in undone:
            step = replace(step, reached=None)
        steps.append(step)
    steps += [Step(each) for each in fields.get(f"step-{goal.id}", ())]
    return None if tuple(steps) == goal.steps else tuple(steps)


def _due(fields: Fields, today: date) -> date | None:
    """A date that is written out is the more exact one."""
    by = text(fields, "goal_by")
    weeks = timedelta(weeks=int(by)) if by in ("4", "8") else None
    return day(fields, "goal_date") or (today + weeks if weeks else None)
