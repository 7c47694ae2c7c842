"""Goals: agreed with the patient, followed, reached or given up."""

from functools import partial

from service.domain.documenting import add_goal, change_goal
from service.domain.goal import Goal, GoalChange
from service.domain.plan import EducationPlan
from service.domain.revising import Change
from service.domain.values import dataclass
from service.usecases.change_plan import Changed, ChangePlan, Turned
from service.usecases.ports import Caller


@dataclass(frozen=True, slots=True)
class FollowGoals:
    """The story with its parts."""

    change: ChangePlan

    def agree(self, plan_id: str, goal: Goal, caller: Caller, revision: int = 0) -> Changed:
        """Return the plan with a goal of the patient's own.

        Raises:
            NotFound: there is no such plan for this caller.
            StalePlan: somebody changed it in the meantime.
            IllegalTransition: the plan is not active.
            InvalidField: the goal has no words, or names a topic that the plan has not.
        """

        def turn(plan: EducationPlan, change: Change) -> EducationPlan:
            return add_goal(plan, goal, change)

        return self.change("goal-agreed", [Turned(plan_id, turn, revision)], caller)[0]

    def follow(
        self, plan_id: str, goal_id: str, wanted: GoalChange, caller: Caller, revision: int = 0
    ) -> Changed:
        """Return the plan with one goal changed.

        Raises:
            NotFound: there is no such plan or goal for this caller.
            StalePlan: somebody changed the plan in the meantime.
            IllegalTransition: the goal or the plan has ended.
            InvalidField: the change lacks its reason or its words.
        """
        turn = partial(_change_goal, goal_id, wanted)
        return self.change("goal-changed", [Turned(plan_id, turn, revision)], caller)[0]


def _change_goal(
    goal_id: str, wanted: GoalChange, plan: EducationPlan, change: Change
) -> EducationPlan:
    return change_goal(plan, goal_id, wanted, change)
