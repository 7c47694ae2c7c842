"""POST /api/v1/plans/{id}/teachings: what was taught in a visit, for one or for a group."""

from datetime import timedelta
from typing import Any

from flask import Response, g

from service.domain.errors import InvalidField
from service.usecases.change_plan import Changed
from service.usecases.read_plan import find_plan
from service.usecases.record_session import Signed
from service.web.access import needs
from service.web.documented import BUNDLE, Described, answers, as_json, takes
from service.web.parts import Parts
from service.web.plan_view import to_view
from service.web.plans import IF_MATCH, PLAN_ID, looked_at
from service.web.present import json_response, plan_response
from service.web.requests import JSON, accepted, body, json_body, json_only, parameters, shaped
from service.web.told import for_first, for_participant, to_goal_changes, to_goals, to_session

_CLOCKS_DIFFER = timedelta(minutes=5)
_EXAMPLE = {
    "topics": [
        {"id": "self-management", "outcome": "taught", "understanding": "understood-with-help"}
    ],
    "methods": ["talk"],
    "goals": [{"text": "Gå til bageren og hjem", "due": "2027-01-15"}],
}
_DOC: dict[str, Any] = {
    "operationId": "recordTeachings",
    "parameters": [PLAN_ID, IF_MATCH],
    **takes("Teachings", _EXAMPLE),
    **answers(
        _200=("It was signed already; nothing new was stored", BUNDLE | as_json("Plan")),
        _201=("The plan after the visit; for a group, `plans`", BUNDLE | as_json("Plan")),
    ),
}


def blueprint(parts: Parts) -> Described:
    """The route with its parts."""
    blp = Described("teachings", __name__, url_prefix="/api/v1/plans", description="The visit")

    @blp.route("/<plan_id>/teachings", methods=["POST"])
    @blp.doc(**_DOC)
    @needs("user/Communication.c")
    def record(plan_id: str) -> Response:
        """Sign what was taught in a visit, and what was understood.

        Told twice, it is stored once. A group is signed for every participant, or for none.
        """
        representation = accepted(JSON)
        parameters()
        json_only()
        told = shaped("Teachings", json_body(body()))
        _require_past(told, parts)
        edition = find_plan(plan_id, g.caller, parts.store).plan.edition
        common = {"edition": edition} | told
        persons = {each["plan"]: each for each in told.get("participants", ())}
        first = for_first(common, persons.pop(plan_id, {}))
        signed = [_signed(plan_id, first, parts, looked_at())]
        signed += [
            _signed(other, for_participant(common, own), parts) for other, own in persons.items()
        ]
        done = parts.record_session(signed, g.caller)
        if "participants" in told:
            return _group(done, parts)
        return changed_response(done[0], representation, parts.service_url, new=201)

    return blp


def changed_response(
    done: Changed, representation: str, service_url: str, *, new: int = 200
) -> Response:
    """Answer with the plan after a change; 200 when nothing was new."""
    return plan_response(done.stored, representation, service_url, new if done.is_new else 200)


def _signed(plan_id: str, told: dict[str, Any], parts: Parts, revision: int = 0) -> Signed:
    session = to_session(told, at=parts.clock(), edition=told["edition"])
    return Signed(
        plan_id,
        session,
        new_goals=to_goals(told),
        changed_goals=to_goal_changes(told),
        revision=revision,
    )


def _group(done: list[Changed], parts: Parts) -> Response:
    plans = [to_view(each.plan, parts.service_url) for each in done]
    answer = json_response({"plans": plans})
    answer.status_code = 201 if any(each.is_new for each in done) else 200
    return answer


def _require_past(told: dict[str, Any], parts: Parts) -> None:
    if "at" in told and told["at"] > parts.clock() + _CLOCKS_DIFFER:
        raise InvalidField("nothing is documented before it has happened", pointer="/at")
