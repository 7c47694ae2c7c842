"""The physiotherapist signs what was taught in a visit, for one patient or for a group."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from service.domain.asking import talk_about
from service.domain.assigning import read
from service.domain.documenting import add_goal, change_goal, record_session
from service.domain.errors import InvalidField, ServiceError
from service.domain.goal import Goal, GoalChange
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.teaching import Session
from service.domain.values import dataclass
from service.usecases.assign_handout import Given, give
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class Signed:
    """What is signed for one patient: the session, and the goals agreed in it.

    `given` are handouts that the patient gets with it, `talked_about` the numbers of the
    patient's questions that were answered, `read` handouts that were read as the patient says.
    A session without `encounter` belongs to the plan's latest visit; without
    `practitioner`, to the caller.
    """

    plan_id: str
    session: Session
    new_goals: tuple[Goal, ...] = ()
    changed_goals: tuple[tuple[str, GoalChange], ...] = ()
    given: tuple[Given, ...] = ()
    talked_about: tuple[int, ...] = ()
    read: tuple[str, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class RecordSession:
    """The story with its parts."""

    change: ChangePlan

    def __call__(self, signed: Sequence[Signed], caller: Caller) -> list[Changed]:
        """Return the plans, one for each participant; all of it is stored, or nothing.

        Raises:
            NotFound: one of the plans is not there for this caller.
            StalePlan: somebody changed one of them in the meantime.
            IllegalTransition: a topic's or a goal's state does not allow it.
            InvalidField: something needed is missing, or a plan stands twice.
        """
        if len({each.plan_id for each in signed}) < len(signed):
            raise InvalidField("a participant stands twice", pointer="/participants")
        turned = [
            Turned(each.plan_id, partial(_turn, each, caller), each.revision) for each in signed
        ]
        return self.change("taught", turned, caller)

    def preview(self, signed: Signed, plan: EducationPlan, caller: Caller) -> EducationPlan:
        """Return the plan as it would be after signing; nothing is stored.

        Raises:
            IllegalTransition, InvalidField: as signing it would.
        """
        return _turn(signed, caller, plan, Change(caller.practitioner, self.change.clock()))


def _turn(signed: Signed, caller: Caller, plan: EducationPlan, change: Change) -> EducationPlan:
    """One revision, whatever of it is new: a session with its goals is one signature."""
    session = replace(
        signed.session,
        encounter=signed.session.encounter or plan.visits[-1].encounter,
        practitioner=signed.session.practitioner or caller.practitioner,
    )
    new = record_session(plan, session, change)
    for place, goal in enumerate(signed.new_goals):
        with pointed(f"/goals/{place}"):
            new = add_goal(new, goal, change)
    for place, (goal_id, wanted) in enumerate(signed.changed_goals):
        with pointed(f"/goal_changes/{place}"):
            new = change_goal(new, goal_id, wanted, change)
    new = _of_the_patient(signed, new, change)
    return _with_its_goals(plan, _as_one_revision(plan, new))


def _of_the_patient(signed: Signed, plan: EducationPlan, change: Change) -> EducationPlan:
    """What the patient takes home, and what the patient brought."""
    for given in signed.given:
        with pointed("/handouts"):
            plan = give(given, plan, change)
    for handout in signed.read:
        with pointed("/handouts"):
            plan = read(plan, handout, change)
    for number in signed.talked_about:
        with pointed("/questions"):
            plan = talk_about(plan, number, change)
    return plan


@contextmanager
def pointed(beginning: str) -> Iterator[None]:
    """Let what is refused inside say where in the whole it stood."""
    try:
        yield
    except ServiceError as error:
        error.pointer = beginning + error.pointer
        raise


def _with_its_goals(before: EducationPlan, after: EducationPlan) -> EducationPlan:
    """The new session keeps its goals as they were agreed in it, whatever comes of them."""
    if len(after.sessions) == len(before.sessions):
        return after
    goals = tuple(goal for goal in after.goals if goal.changed == after.revision)
    *earlier, newest = after.sessions
    return replace(after, sessions=(*earlier, replace(newest, goals=goals)))


def _as_one_revision(before: EducationPlan, after: EducationPlan) -> EducationPlan:
    """Several changes told in one go are one revision of the record."""
    revision = before.revision + 1
    if after.revision <= revision:
        return after
    return replace(
        after,
        revision=revision,
        topics=tuple(replace(t, changed=min(t.changed, revision)) for t in after.topics),
        goals=tuple(replace(g, changed=min(g.changed, revision)) for g in after.goals),
        assignments=tuple(replace(a, changed=min(a.changed, revision)) for a in after.assignments),
        questions=tuple(replace(q, changed=min(q.changed, revision)) for q in after.questions),
        sessions=tuple(
            replace(
                s,
                changed=min(s.changed, revision),
                teachings=tuple(replace(t, changed=min(t.changed, revision)) for t in s.teachings),
            )
            for s in after.sessions
        ),
    )
