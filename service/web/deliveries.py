"""What the clinic's record accepted of a plan, entry by entry, and what waits for a person."""

from collections.abc import Sequence
from typing import Any

from flask import Response, g

from service.fhir.elements import instant
from service.usecases.delivering import REASONS, Delivery
from service.web.access import needs
from service.web.documented import Described, answers, as_json
from service.web.parts import Parts
from service.web.plans import PLAN_ID
from service.web.present import json_response
from service.web.requests import JSON, accepted, parameters

_ANSWER = answers(_200=("Each queued revision, in order", as_json("Deliveries")))


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("deliveries", __name__, url_prefix="/api/v1/plans", description="The record")

    @blp.route("/<plan_id>/deliveries", methods=["GET"])
    @blp.doc(operationId="readDeliveries", parameters=[PLAN_ID], **_ANSWER)
    @needs("*/CarePlan.r")
    def read(plan_id: str) -> Response:
        """What the record accepted of a plan, entry by entry."""
        accepted(JSON, JSON)
        parameters()
        return json_response(_told(parts.deliveries(plan_id, g.caller)))

    @blp.route("/<plan_id>/deliveries/replay", methods=["POST"])
    @blp.doc(operationId="replayDeliveries", parameters=[PLAN_ID], **_ANSWER)
    @needs("*/CarePlan.u")
    def replay(plan_id: str) -> Response:
        """Send once more what the record refused, when that is mended."""
        accepted(JSON, JSON)
        parameters()
        return json_response(_told(parts.deliveries.again(plan_id, g.caller)))

    return blp


def _told(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return {"deliveries": [_one(delivery) for delivery in deliveries]}


def _one(delivery: Delivery) -> dict[str, Any]:
    told: dict[str, Any] = {
        "revision": delivery.revision,
        "state": delivery.state.value,
        "queued": instant(delivery.queued),
        "at": instant(delivery.at),
        "tries": delivery.tries,
        "entries": [
            {"identity": place.urn, "reference": place.reference, "version": place.version}
            for place in delivery.receipt.places
        ],
        "left_out": list(delivery.receipt.left_out),
    }
    if delivery.reason:
        told["reason"] = {"code": delivery.reason, "text": REASONS.get(delivery.reason, "")}
    return told
