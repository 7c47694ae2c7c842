"""Handouts given to a patient, and what the patient makes of them.

Every function takes a plan and returns the plan after; the same thing done twice returns the
plan as it was. What was given stays readable when the course has ended.
"""

from dataclasses import replace
from datetime import date

from service.domain.assignment import Assignment
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.plan import EducationPlan, PlanState
from service.domain.revising import Change, require_active, revised


def assign(
    plan: EducationPlan,
    handout: str,
    change: Change,
    *,
    until: date | None = None,
    on_paper: bool = False,
) -> EducationPlan:
    """Return the plan with this handout given to the patient.

    Given already and still there, it is only lent for another time, or also on paper.

    Raises:
        NotFound: the plan has no such handout.
        IllegalTransition: the plan is not active.
        InvalidField: it would be over before it began.
    """
    require_active(plan)
    if all(each.id != handout for each in plan.handouts):
        raise NotFound("the plan has no such handout")
    today = change.at.date()
    if until and until < today:
        raise InvalidField("the last day has passed", pointer="/until")
    stands = standing(plan, handout, today)
    if stands is None:
        number = plan.last_number + 1
        given = Assignment(handout, change.at, change.by, until, on_paper, number=number)
        more = replace(plan, assignments=(*plan.assignments, given), last_number=number)
        return _written(more, given, change)
    new = replace(stands, until=until or stands.until, on_paper=on_paper or stands.on_paper)
    return _changed(plan, stands, new, change)


def withdraw(plan: EducationPlan, handout: str, reason: str, change: Change) -> EducationPlan:
    """Return the plan with this handout taken back; the patient does not have it any more.

    Raises:
        NotFound: the patient was not given it.
        InvalidField: no reason is given.
    """
    if not reason.strip():
        raise InvalidField("why it is taken back is needed", pointer="/reason")
    given = _newest(plan, handout)
    if given.withdrawn:
        return plan
    return _changed(plan, given, replace(given, withdrawn=change.at, reason=reason), change)


def opened(plan: EducationPlan, handout: str, change: Change) -> EducationPlan:
    """Return the plan with this handout opened by the patient; the first time counts.

    Raises:
        NotFound: the patient does not have it.
    """
    given = had(plan, handout, change.at.date())
    return _changed(plan, given, replace(given, opened=given.opened or change.at), change)


def read(plan: EducationPlan, handout: str, change: Change) -> EducationPlan:
    """Return the plan with the patient's word that this handout was read.

    Opened it is only if the patient opened it: paper is read without.

    Raises:
        NotFound: the patient does not have it.
    """
    given = had(plan, handout, change.at.date())
    return _changed(plan, given, replace(given, read=given.read or change.at), change)


def standing(plan: EducationPlan, handout: str, today: date) -> Assignment | None:
    """The assignment by which the patient has this handout on this day, if any."""
    found = (a for a in reversed(plan.assignments) if a.handout == handout)
    return next((each for each in found if each.is_there(today)), None)


def had(plan: EducationPlan, handout: str, today: date) -> Assignment:
    """The same, and nothing else.

    Raises:
        NotFound: the patient does not have it, or the plan is an error.
    """
    found = standing(plan, handout, today)
    if found is None or plan.state is PlanState.IN_ERROR:
        raise NotFound("the patient was not given this handout")
    return found


def _newest(plan: EducationPlan, handout: str) -> Assignment:
    for given in reversed(plan.assignments):
        if given.handout == handout:
            if plan.state is PlanState.IN_ERROR:
                raise IllegalTransition("this plan is entered in error already")
            return given
    raise NotFound("the patient was not given this handout")


def _changed(
    plan: EducationPlan, before: Assignment, after: Assignment, change: Change
) -> EducationPlan:
    return plan if after == before else _written(plan, after, change)


def _written(plan: EducationPlan, given: Assignment, change: Change) -> EducationPlan:
    new = replace(given, changed=plan.revision + 1)
    found = tuple(new if each.number == given.number else each for each in plan.assignments)
    return revised(replace(plan, assignments=found), change)
