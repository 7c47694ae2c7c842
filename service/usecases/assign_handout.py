"""Handouts: given to the patient, taken back, opened, and read as the patient says."""

from datetime import date
from functools import partial

from service.domain.assigning import assign, opened, read, withdraw
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.values import dataclass
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class Given:
    """Which handout is given: until when, None for no end, and whether also on paper."""

    handout: str
    until: date | None = None
    on_paper: bool = False


@dataclass(frozen=True, slots=True)
class AssignHandout:
    """The story with its parts."""

    change: ChangePlan

    def give(self, plan_id: str, given: Given, caller: Caller, revision: int = 0) -> Changed:
        """Return the plan with the handout given to the patient.

        Raises:
            NotFound: there is no such plan or handout for this caller.
            StalePlan: somebody changed it in the meantime.
            IllegalTransition: the plan is not active.
            InvalidField: its last day has passed.
        """
        turn = partial(give, given)
        return self.change("handout-given", [Turned(plan_id, turn, revision)], caller)[0]

    def withdraw(
        self, plan_id: str, handout: str, reason: str, caller: Caller, revision: int = 0
    ) -> Changed:
        """Return the plan with the handout taken back.

        Raises:
            NotFound: there is no such plan, or the patient was not given the handout.
            StalePlan: somebody changed it in the meantime.
            InvalidField: no reason is given.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return withdraw(plan, handout, reason, change)

        return self.change("handout-withdrawn", [Turned(plan_id, turn, revision)], caller)[0]

    def opened(self, plan_id: str, handout: str, caller: Caller) -> Changed:
        """Return the plan with the handout opened by the patient; the first time counts.

        Raises:
            NotFound: there is no such plan, or the patient does not have the handout.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return opened(plan, handout, change)

        return self.change("handout-opened", [Turned(plan_id, turn)], caller)[0]

    def says_read(self, plan_id: str, handout: str, caller: Caller, revision: int = 0) -> Changed:
        """Return the plan with the patient's word that the handout was read.

        A clinician may pass it on, as from a tick on paper. Raises as `opened`, and:
            StalePlan: somebody changed it in the meantime.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return read(plan, handout, change)

        return self.change("handout-read", [Turned(plan_id, turn, revision)], caller)[0]


def give(given: Given, plan: EducationPlan, change: Change) -> EducationPlan:
    """Return the plan with this handout given. Raises as `assigning.assign`."""
    return assign(plan, given.handout, change, until=given.until, on_paper=given.on_paper)
