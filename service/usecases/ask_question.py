"""Questions for the next visit: asked by the patient, taken back, talked about."""

from service.domain.asking import ask, take_back
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.values import dataclass
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """The story with its parts."""

    change: ChangePlan

    def ask(self, plan_id: str, text: str, caller: Caller) -> Changed:
        """Return the plan with the patient's question.

        Raises:
            NotFound: there is no such plan for this caller.
            IllegalTransition: the plan is not active, or as many are open as there may be.
            InvalidField: the question has no words, or too many.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return ask(plan, text, change)

        return self.change("asked", [Turned(plan_id, turn)], caller)[0]

    def take_back(self, plan_id: str, number: int, caller: Caller) -> Changed:
        """Return the plan with the question taken back.

        Raises:
            NotFound: there is no such plan or question for this caller.
            IllegalTransition: it was talked about already.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return take_back(plan, number, change)

        return self.change("question-taken-back", [Turned(plan_id, turn)], caller)[0]
