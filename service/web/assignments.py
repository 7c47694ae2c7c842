"""Handouts of a plan: given to the patient, taken back, opened, read as the patient says."""

from typing import Any

from flask import Response, g

from service.domain.errors import NotAllowed
from service.usecases.assign_handout import Given
from service.usecases.change_plan import Changed
from service.web.access import needs
from service.web.documented import BUNDLE, Described, answers, as_json, parameter, takes
from service.web.parts import Parts
from service.web.plans import IF_MATCH, PLAN_ID, looked_at
from service.web.requests import JSON, accepted, body, json_body, json_only, parameters, shaped
from service.web.teachings import changed_response

_HANDOUT_ID = parameter(
    "handout_id",
    "id of a handout of the plan",
    {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,40}$"},
    "path",
) | {"required": True}


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("assignments", __name__, url_prefix="/api/v1/plans", description="The visit")

    @blp.route("/<plan_id>/handouts/<handout_id>/assignments", methods=["POST"])
    @blp.doc(
        operationId="assignHandout",
        parameters=[PLAN_ID, _HANDOUT_ID, IF_MATCH],
        **takes("Assignment", {"until": "2027-01-15"}),
        **answers(
            _200=("Nothing was new, or it was taken back", BUNDLE | as_json("Plan")),
            _201=("The plan with the handout given", BUNDLE | as_json("Plan")),
        ),
    )
    @needs("user/Communication.c")
    def assign(plan_id: str, handout_id: str) -> Response:
        """Give a handout to the patient, or take it back."""
        representation = accepted(JSON)
        told = _told("Assignment")
        if told["withdrawn"]:
            reason = told.get("reason", "")
            done = parts.assign_handout.withdraw(plan_id, handout_id, reason, g.caller, looked_at())
            return changed_response(done, representation, parts.service_url)
        given = Given(handout_id, told.get("until"), told.get("on_paper", False))
        done = parts.assign_handout.give(plan_id, given, g.caller, looked_at())
        return changed_response(done, representation, parts.service_url, new=201)

    @blp.route("/<plan_id>/handouts/<handout_id>/receipts", methods=["POST"])
    @blp.doc(
        operationId="receiptOfHandout",
        parameters=[PLAN_ID, _HANDOUT_ID, IF_MATCH],
        **takes("Receipt", {"state": "read"}),
        **answers(
            _200=("It was known already", BUNDLE | as_json("Plan")),
            _201=("The plan with the receipt", BUNDLE | as_json("Plan")),
        ),
    )
    @needs("*/Communication.u")
    def receive(plan_id: str, handout_id: str) -> Response:
        """Say that the patient opened a handout, or says that it was read."""
        representation = accepted(JSON)
        done = _receipt(plan_id, handout_id, _told("Receipt")["state"])
        return changed_response(done, representation, parts.service_url, new=201)

    def _receipt(plan_id: str, handout_id: str, state: str) -> Changed:
        if state == "read":
            return parts.assign_handout.says_read(plan_id, handout_id, g.caller, looked_at())
        if not g.caller.is_patient:
            raise NotAllowed("only the patient opens a handout")
        return parts.assign_handout.opened(plan_id, handout_id, g.caller)

    return blp


def _told(shape: str) -> dict[str, Any]:
    parameters()
    json_only()
    return shaped(shape, json_body(body()))
