"""The course ends: completed, or given up with a reason."""

from service.domain import documenting
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.values import dataclass
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class ClosePlan:
    """The story with its parts."""

    change: ChangePlan

    def __call__(
        self,
        plan_id: str,
        caller: Caller,
        *,
        reason: str = "",
        revoked: bool = False,
        revision: int = 0,
    ) -> Changed:
        """Return the plan as closed; closing it twice is harmless.

        Raises:
            NotFound: there is no such plan for this caller.
            StalePlan: somebody changed it in the meantime.
            IllegalTransition: it is not active, or closed in another way.
            InvalidField: topics are not settled and no reason is given.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return documenting.close_plan(plan, reason, change, revoked=revoked)

        return self.change("closed", [Turned(plan_id, turn, revision)], caller)[0]
