"""The routes of CDS Hooks 2.0, and what OpenAPI says of them.

The views are loaded at the first request, as those of the façade (fhir_routes.py).
Who calls signs each call (access.py, `cds_client`). Browsers may call from the origins that the
clinics name; the specification asks for CORS.
"""

from functools import cache
from typing import Any

from flask import Response, request

from service.web.access import cds_client, monitored, public
from service.web.documented import Described, parameter
from service.web.hook_services import SERVICES
from service.web.parts import Parts

_FHIR, _JSON = "application/fhir+json", "application/json"
_ID = parameter(
    "service_id",
    "id of a service, from discovery",
    {"type": "string", "enum": list(SERVICES)},
    "path",
) | {"required": True}
_OUTCOME = {
    "default": {
        "description": "What is wrong, where, and the mend",
        "content": {_FHIR: {"schema": {"type": "object", "required": ["resourceType"]}}},
    }
}
_TEXT = {"type": "string"}
_CALL = {
    "type": "object",
    "required": ["hook", "hookInstance", "context"],
    "properties": {
        "hook": _TEXT,
        "hookInstance": {"type": "string", "format": "uuid"},
        "fhirServer": _TEXT,
        "context": {
            "type": "object",
            "required": ["userId", "patientId"],
            "properties": {"userId": _TEXT, "patientId": _TEXT, "encounterId": _TEXT},
        },
        "prefetch": {"type": "object"},
    },
}
_FEEDBACK = {
    "type": "object",
    "required": ["feedback"],
    "properties": {
        "feedback": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["card", "outcome", "outcomeTimestamp"],
                "properties": {
                    "card": {"type": "string", "format": "uuid"},
                    "outcome": {"type": "string", "enum": ["accepted", "overridden"]},
                    "acceptedSuggestions": {"type": "array", "items": {"type": "object"}},
                    "overrideReason": {"type": "object"},
                    "outcomeTimestamp": {"type": "string", "format": "date-time"},
                },
            },
        }
    },
}


def _listed(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(names),
        "properties": {name: {"type": "array", "items": {"type": "object"}} for name in names},
    }


def _answers(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": description, "content": {_JSON: {"schema": schema}}}
    return {"responses": {"200": answer} | _OUTCOME}


def _takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}}


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described("cds_hooks", __name__, url_prefix="/cds-services", description="CDS Hooks 2.0")

    @cache
    def views() -> Any:
        from service.web.cds_views import Views

        return Views(parts)

    @blp.route("", methods=["GET"])
    @blp.doc(
        operationId="discoverServices",
        security=[],
        **_answers("The services", _listed("services")),
    )
    @public
    def discover() -> Response:
        """List the services that a record may call while somebody works in it."""
        answer: Response = views().discover()
        return answer

    @blp.route("/<service_id>", methods=["POST"])
    @blp.doc(operationId="callService", parameters=[_ID], **_takes(_CALL))
    @blp.doc(**_answers("Cards, or none", _listed("cards")))
    @cds_client
    def call(service_id: str) -> Response:
        """Call a service: cards about what there is, and never about what to do."""
        answer: Response = views().call(service_id)
        return answer

    @blp.route("/<service_id>/feedback", methods=["POST"])
    @blp.doc(operationId="giveFeedback", parameters=[_ID], **_takes(_FEEDBACK))
    @blp.doc(**_answers("Kept", {"type": "object"}))
    @cds_client
    def feedback(service_id: str) -> Response:
        """Tell what became of cards."""
        answer: Response = views().feedback(service_id)
        return answer

    @blp.route("/<service_id>/feedback", methods=["GET"])
    @blp.doc(operationId="countFeedback", parameters=[_ID])
    @blp.doc(**_answers("Counts by clinic, outcome and reason", _listed("counts")))
    @monitored
    def count(service_id: str) -> Response:
        """Count what became of cards, for who watches over the service."""
        answer: Response = views().count(service_id)
        return answer

    views_of_ours: tuple[Any, ...] = (discover, call, feedback, count)
    for view in views_of_ours:
        view.provide_automatic_options = False  # `preflight` answers
    _allow_browsers(blp, parts)
    return blp


def _allow_browsers(blp: Described, parts: Parts) -> None:
    @public
    def preflight(service_id: str = "") -> Response:  # noqa: ARG001
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
        answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"
        return answer

    for rule in ("", "/<service_id>", "/<service_id>/feedback"):
        blp.add_url_rule(rule, "preflight", preflight, methods=["OPTIONS"])

    @blp.after_request
    def allow(answer: Response) -> Response:
        origin = request.headers.get("Origin", "")
        answer.headers.add("Vary", "Origin")
        if origin and origin in parts.cds().origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = "X-Trace-Id"
        return answer
