"""A goal: proposed from the pack, made the patient's own, followed, and ended.

    proposed ──agree──▶ active ──▶ achieved | not achieved
        │                 │
        └──────▶ cancelled ◀┘          (with the reason why)

Nothing leads out of the three ends: a goal that is taken up again is a new goal (FHIR R4
goal lifecycle). Any goal may be entered in error.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum

from service.domain.codes import Coding
from service.domain.errors import IllegalTransition, InvalidField
from service.domain.values import dataclass


class GoalState(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    ACHIEVED = "achieved"
    NOT_ACHIEVED = "not-achieved"
    CANCELLED = "cancelled"
    IN_ERROR = "entered-in-error"

    @property
    def is_open(self) -> bool:
        return self in (GoalState.PROPOSED, GoalState.ACTIVE)


class Progress(StrEnum):
    """How it goes with a goal that is worked on (HL7 goal-achievement)."""

    IN_PROGRESS = "in-progress"
    IMPROVING = "improving"
    NO_CHANGE = "no-change"
    WORSENING = "worsening"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ladder under a goal, in the patient's words; the first is the smallest."""

    text: str
    due: date | None = None
    reached: date | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in the patient's own voice.

    A proposed one comes from the pack and nobody has agreed to it. `target` says in words
    what will tell that it is reached; `since` is the day of its state, None for the day the
    plan was made; `agreed` that the patient said yes to it once; `changed` the plan's
    revision in which it was last written.
    """

    id: str
    text: str
    topics: tuple[str, ...] = ()
    measure: Coding | None = None
    state: GoalState = GoalState.PROPOSED
    target: str = ""
    due: date | None = None
    progress: Progress | None = None
    steps: tuple[Step, ...] = ()
    reason: str = ""
    agreed: bool = False
    since: date | None = None
    changed: int = 1


@dataclass(frozen=True, slots=True)
class GoalChange:
    """What is to be changed of a goal; None leaves it as it is.

    `agreed` makes a proposed goal the patient's own. `no_due` takes the date away.
    """

    text: str | None = None
    agreed: bool = False
    target: str | None = None
    due: date | None = None
    no_due: bool = False
    progress: Progress | None = None
    steps: tuple[Step, ...] | None = None
    state: GoalState | None = None
    reason: str = ""


_ENDS = (GoalState.ACHIEVED, GoalState.NOT_ACHIEVED, GoalState.CANCELLED)


def changed(goal: Goal, change: GoalChange, today: date) -> Goal:
    """Return the goal after the change; the same goal when it changes nothing.

    Raises:
        IllegalTransition: the goal has ended, or is still only proposed.
        InvalidField: a goal is given up without a reason, or has no words.
    """
    state = _next_state(goal, change)
    _check(change, state)
    new = replace(
        goal,
        text=goal.text if change.text is None else change.text,
        target=goal.target if change.target is None else change.target,
        due=None if change.no_due else change.due or goal.due,
        progress=None if state in _ENDS else change.progress or goal.progress,
        steps=goal.steps if change.steps is None else change.steps,
        state=state,
        reason=change.reason or goal.reason,
        agreed=goal.agreed or state is GoalState.ACTIVE,
    )
    if new == goal:
        return goal
    return new if state is goal.state else replace(new, since=today)


def in_error(goal: Goal, reason: str, today: date) -> Goal:
    """Return the goal as entered in error; what it said stays readable.

    Raises:
        IllegalTransition: it is so already.
    """
    if goal.state is GoalState.IN_ERROR:
        raise IllegalTransition("this goal is entered in error already")
    return replace(goal, state=GoalState.IN_ERROR, reason=reason, progress=None, since=today)


def _next_state(goal: Goal, change: GoalChange) -> GoalState:
    if not goal.state.is_open:
        if change.state is goal.state and change == GoalChange(state=goal.state):
            return goal.state  # told once more
        raise IllegalTransition(
            f"a goal that is {goal.state.value} is not changed any more",
            how_to_fix="Make a new goal, or correct the entry.",
        )
    wanted = change.state or goal.state
    if change.agreed and wanted is GoalState.PROPOSED:
        return GoalState.ACTIVE
    begun = (GoalState.PROPOSED, GoalState.ACTIVE, GoalState.CANCELLED)
    if goal.state is GoalState.PROPOSED and wanted not in begun:
        raise IllegalTransition(
            "a goal that nobody agreed to cannot be reached or missed",
            how_to_fix="Make it the patient's own first, then say how it ended.",
        )
    if goal.state is GoalState.ACTIVE and wanted is GoalState.PROPOSED:
        raise IllegalTransition("a goal that the patient agreed to is not a proposal again")
    if wanted is GoalState.PROPOSED and change != GoalChange():
        raise IllegalTransition(
            "a proposed goal is not changed before the patient agrees to it",
            how_to_fix="Make it active in the same request.",
        )
    return wanted


def _check(change: GoalChange, state: GoalState) -> None:
    if change.text is not None and not change.text.strip():
        raise InvalidField("a goal needs the patient's words", pointer="/text")
    if state is GoalState.CANCELLED and not change.reason:
        raise InvalidField("why the goal is given up is needed", pointer="/reason")
    if state is GoalState.IN_ERROR:
        raise InvalidField("what was entered in error is corrected", pointer="/state")
    if change.due and change.no_due:
        raise InvalidField("the date is either set or taken away", pointer="/due")
