"""What was wrong is marked as an error, and the right entry is made beside it."""

from dataclasses import replace
from enum import StrEnum

from service.domain.correcting import (
    correct_goal,
    correct_plan,
    correct_session,
    correct_teaching,
)
from service.domain.documenting import record_session
from service.domain.errors import InvalidField
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.teaching import Session, Teaching
from service.domain.values import dataclass
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


class Entry(StrEnum):
    """What can be corrected."""

    TEACHING = "teaching"
    SESSION = "session"
    GOAL = "goal"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Correction:
    """Which entry was wrong and why. `id` is empty for the plan itself.

    A teaching may have the right teaching in its place, a session the right session.
    """

    entry: Entry
    reason: str
    id: str = ""
    teaching: Teaching | None = None
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class CorrectEntry:
    """The story with its parts."""

    change: ChangePlan

    def __call__(
        self, plan_id: str, correction: Correction, caller: Caller, revision: int = 0
    ) -> Changed:
        """Return the plan with the entry marked; the original stays readable.

        Raises:
            NotFound: there is no such plan or entry for this caller.
            StalePlan: somebody changed the plan in the meantime.
            IllegalTransition: it is marked already, or a later entry rests on it.
            InvalidField: no reason is given, or the right entry does not fit.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return _correct(plan, correction, caller, change)

        return self.change("corrected", [Turned(plan_id, turn, revision)], caller)[0]


def _correct(
    plan: EducationPlan, told: Correction, caller: Caller, change: Change
) -> EducationPlan:
    if told.entry is Entry.PLAN:
        return correct_plan(plan, told.reason, change)
    if told.entry is Entry.GOAL:
        return correct_goal(plan, told.id, told.reason, change)
    if told.entry is Entry.TEACHING:
        return correct_teaching(plan, _number(told.id), told.reason, told.teaching, change)
    void = correct_session(plan, _number(told.id), told.reason, change)
    return void if told.session is None else _instead(void, told.session, told.id, caller, change)


def _instead(
    void: EducationPlan, session: Session, wrong_id: str, caller: Caller, change: Change
) -> EducationPlan:
    """The right session, in the same revision; of the same visit and time unless it says so."""
    wrong = next(s for s in void.sessions if s.number == _number(wrong_id))
    right = replace(
        session,
        encounter=session.encounter or wrong.encounter,
        practitioner=session.practitioner or caller.practitioner,
    )
    as_before = replace(void, revision=void.revision - 1)
    new = record_session(as_before, right, change)
    return void if new is as_before else new


def _number(entry_id: str) -> int:
    if not entry_id.isascii() or not entry_id.isdigit() or len(entry_id) > 9:
        raise InvalidField("the id of the entry is expected", pointer="/id")
    return int(entry_id)
