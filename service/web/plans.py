"""Plans for those who may see them, and the clinician's yes to a possible match."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Response, g, request

from service.domain.errors import InvalidField, StalePlan
from service.usecases.ports import StoredPlan
from service.usecases.read_plan import list_plans, read_plan
from service.web.access import needs
from service.web.documented import BUNDLE, Described, answers, as_json, parameter
from service.web.parts import Parts
from service.web.plan_view import to_view
from service.web.present import json_response, plan_response
from service.web.requests import FHIR, JSON, accepted, parameters

PLAN_ID = parameter(
    "plan_id", "id of the plan", {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}, "path"
) | {"required": True}
IF_MATCH = parameter(
    "If-Match", "ETag of the plan that was looked at", {"type": "string"}, "header"
)
_PATIENT = re.compile(r"(Patient/)?[A-Za-z0-9\-.]{1,64}")
_REVISION = re.compile(r'W/"([0-9]{1,9})"')


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("plans", __name__, url_prefix="/api/v1/plans", description="Education plans")

    @blp.route("", methods=["GET"])
    @blp.doc(
        operationId="listPlans",
        parameters=[
            parameter(
                "patient",
                "id of the patient in the clinic's record",
                {"type": "string", "pattern": f"^{_PATIENT.pattern}$"},
            )
            | {"required": True}
        ],
        **answers(_200=("The patient's plans, newest first", BUNDLE | as_json("PlanList"))),
    )
    @needs("*/CarePlan.s")
    def get_plans() -> Response:
        """List a patient's plans."""
        representation = accepted(JSON)
        patient = parameters("patient").get("patient", "")
        if not _PATIENT.fullmatch(patient):
            raise InvalidField("the id of a patient is expected", pointer="?patient")
        found = list_plans(
            f"Patient/{patient.removeprefix('Patient/')}", g.caller, parts.store, parts.clock
        )
        if representation == FHIR:
            return json_response(_searchset(found, patient, parts.service_url), FHIR)
        for_patient = g.caller.role == "patient"
        plans = [stored.plan for stored in found]
        views = [to_view(plan, parts.service_url, for_patient=for_patient) for plan in plans]
        return json_response({"plans": views})

    @blp.route("/<plan_id>", methods=["GET"])
    @blp.doc(
        operationId="getPlan",
        parameters=[PLAN_ID],
        **answers(_200=("The plan in its newest revision", BUNDLE | as_json("Plan"))),
    )
    @needs("*/CarePlan.r")
    def get_plan(plan_id: str) -> Response:
        """Read a plan, as FHIR or as JSON."""
        representation = accepted()
        parameters()
        stored = read_plan(plan_id, g.caller, parts.store, parts.clock)
        return plan_response(stored, representation, parts.service_url)

    @blp.route("/<plan_id>/confirm", methods=["POST"])
    @blp.doc(
        operationId="confirmPlan",
        parameters=[PLAN_ID, IF_MATCH],
        **answers(
            _200=("The plan, now active and queued for the record", BUNDLE | as_json("Plan"))
        ),
    )
    @needs("user/CarePlan.u")
    def confirm(plan_id: str) -> Response:
        """Confirm, as a clinician, that a possible match applies to this patient."""
        representation = accepted()
        parameters()
        stored = parts.confirm_plan(plan_id, g.caller, looked_at())
        return plan_response(stored, representation, parts.service_url)

    return blp


def _searchset(found: Sequence[StoredPlan], patient: str, service_url: str) -> dict[str, Any]:
    """The CarePlans as the façade has them, so that what they refer to can be read there."""
    from service.fhir.page import Page, to_page  # with the façade, not at the start
    from service.fhir.record import PlanRevision, newest
    from service.fhir.search import Query

    shown = tuple(
        newest([PlanRevision(stored.plan, stored.bundle)])[f"CarePlan/{stored.plan.id}"]
        for stored in found
    )
    base = f"{service_url}/fhir"
    links = {"self": f"{base}/CarePlan?patient={patient}"}
    return to_page(Query("CarePlan"), Page(shown, total=len(shown)), base, links)


def looked_at() -> int:
    """Return the revision in If-Match; 0 when the caller does not say.

    Raises:
        StalePlan: it holds no ETag of a plan.
    """
    tag = request.headers.get("If-Match", "*")
    if tag == "*":
        return 0
    found = _REVISION.fullmatch(tag.strip())
    if not found:
        raise StalePlan('If-Match must hold the ETag of the plan, such as W/"1"')
    return int(found[1])
