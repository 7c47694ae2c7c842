"""Goals of a plan: agreed with the patient, followed, reached or given up."""

from flask import Response, g

from service.web.access import needs
from service.web.documented import BUNDLE, Described, answers, as_json, parameter, takes
from service.web.parts import Parts
from service.web.plans import IF_MATCH, PLAN_ID, looked_at
from service.web.requests import JSON, accepted, body, json_body, json_only, parameters, shaped
from service.web.teachings import changed_response
from service.web.told import to_goal, to_goal_change

_GOAL_ID = parameter(
    "goal_id",
    "id of the goal",
    {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,40}$"},
    "path",
) | {"required": True}


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("goals", __name__, url_prefix="/api/v1/plans", description="The visit")

    @blp.route("/<plan_id>/goals", methods=["POST"])
    @blp.doc(
        operationId="addGoal",
        parameters=[PLAN_ID, IF_MATCH],
        **takes("Goal", {"text": "Gå til bageren og hjem", "due": "2027-01-15"}),
        **answers(
            _200=("The patient has this goal already", BUNDLE | as_json("Plan")),
            _201=("The plan with the goal", BUNDLE | as_json("Plan")),
        ),
    )
    @needs("user/Goal.c")
    def add(plan_id: str) -> Response:
        """Agree a goal with the patient, in the patient's words."""
        representation = accepted(JSON)
        parameters()
        json_only()
        goal = to_goal(shaped("Goal", json_body(body())))
        done = parts.follow_goals.agree(plan_id, goal, g.caller, looked_at())
        return changed_response(done, representation, parts.service_url, new=201)

    @blp.route("/<plan_id>/goals/<goal_id>", methods=["PATCH"])
    @blp.doc(
        operationId="changeGoal",
        parameters=[PLAN_ID, _GOAL_ID, IF_MATCH],
        **takes("GoalChange", {"progress": "improving"}),
        **answers(_200=("The plan after the change", BUNDLE | as_json("Plan"))),
    )
    @needs("user/Goal.u")
    def change(plan_id: str, goal_id: str) -> Response:
        """Make a proposed goal the patient's own, follow it, or say how it ended."""
        representation = accepted(JSON)
        parameters()
        json_only()
        wanted = to_goal_change(shaped("GoalChange", json_body(body())))
        done = parts.follow_goals.follow(plan_id, goal_id, wanted, g.caller, looked_at())
        return changed_response(done, representation, parts.service_url)

    return blp
