"""The one table from error code to what the outside sees; and the two ways to show it.

REST answers problem+json (RFC 9457), FHIR routes answer OperationOutcome, both with the
same code. A house test holds that every error of the domain has a row here.
"""

import logging
from collections.abc import Callable
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from service.domain.errors import (
    BodyTooLarge,
    InvalidField,
    NotAllowed,
    NotFound,
    ServiceError,
    TooManyRequests,
    WrongContentType,
)
from service.domain.values import dataclass
from service.fhir.outcome import to_outcome
from service.web.accompany import CODE, TRACE_ID
from service.web.requests import FHIR

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """HTTP status, R4 issue-type (required binding) and a title that never changes."""

    status: int
    issue_type: str
    title: str


ERRORS = {
    "malformed-json": Shown(400, "structure", "Not readable as JSON"),
    "invalid-resource": Shown(400, "structure", "Not valid FHIR R4"),
    "malformed-http": Shown(400, "structure", "Not readable as HTTP"),
    "bad-input": Shown(400, "invalid", "Something sent is wrong"),
    "invalid-search": Shown(400, "invalid", "Not a search that is understood here"),
    "body-too-large": Shown(413, "too-long", "Too much was sent"),
    "content-encoding-not-accepted": Shown(415, "not-supported", "Compressed body"),
    "content-type-not-accepted": Shown(415, "not-supported", "Content type not accepted"),
    "not-acceptable": Shown(406, "not-supported", "No such representation"),
    "invalid-field": Shown(422, "value", "A field or parameter is wrong"),
    "resource-type-not-accepted": Shown(422, "not-supported", "Resource type not accepted"),
    "bundle-incomplete": Shown(422, "required", "Something needed is missing"),
    "unresolved-reference": Shown(422, "not-found", "A reference leads nowhere"),
    "patient-mismatch": Shown(422, "business-rule", "More than one patient"),
    "encounter-not-usable": Shown(422, "business-rule", "The encounter does not take place"),
    "modifier-not-understood": Shown(422, "extension", "An unknown modifier"),
    "invalid-code": Shown(422, "code-invalid", "Not a code of its system"),
    "unknown-code-system": Shown(422, "code-invalid", "No code that packs are looked up by"),
    "idempotency-key-reused": Shown(422, "conflict", "Idempotency-Key used for another request"),
    "identifies-patient": Shown(400, "security", "Says who a patient is"),
    "data-missing": Shown(412, "incomplete", "Data of the record is missing"),
    "not-authenticated": Shown(401, "login", "Who are you?"),
    "not-allowed": Shown(403, "forbidden", "Not allowed"),
    "launch-refused": Shown(400, "login", "The launch opens nothing"),
    "login-unavailable": Shown(503, "transient", "The record's login does not answer"),
    "withdrawn": Shown(410, "deleted", "Withdrawn"),
    "not-found": Shown(404, "not-found", "Not found"),
    "method-not-allowed": Shown(405, "not-supported", "Method not allowed"),
    "illegal-transition": Shown(409, "business-rule", "The plan's state does not allow this"),
    "stale-plan": Shown(412, "conflict", "The plan was changed in the meantime"),
    "draft-conflict": Shown(409, "conflict", "The draft was changed in another window"),
    "too-many-requests": Shown(429, "throttled", "Too many requests"),
    "unavailable": Shown(503, "transient", "The service does not answer"),
    "store-busy": Shown(503, "transient", "The database is busy"),
    "unfit-database": Shown(500, "exception", "The database cannot be used"),
    "content-error": Shown(500, "exception", "The content cannot be used"),
    "unexpected": Shown(500, "exception", "Something unexpected happened"),
}


class MethodNotAllowed(ServiceError):
    code = "method-not-allowed"
    how_to_fix = "See /docs for what can be done here."


def register(app: Flask, hear: Callable[[ServiceError], None]) -> None:
    """Answer every error of every route through the table; `hear` is told of ours before."""

    def heard(error: ServiceError) -> Response:
        hear(error)
        return answer(error)

    app.register_error_handler(ServiceError, heard)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer(error: ServiceError) -> Response:
    """Return the error as problem+json, or on a FHIR route as OperationOutcome."""
    shown = ERRORS[error.code]
    request.environ[CODE] = error.code
    headers = {"Cache-Control": "no-store"}
    if shown.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="education-plan"'
    if shown.status == 503:
        headers["Retry-After"] = "1"
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.wait)
    if request.path.startswith("/clinician/"):
        from service.web.pages import problem_page  # with the pages, not at the start

        return problem_page(error, shown.status)
    if f"{request.path}/".startswith("/portal/"):
        from service.web.portal_pages import problem_page as own_problem_page

        return own_problem_page(error, shown.status)
    if request.path.startswith("/smart/"):
        from service.web.pages import unopened_page

        request.environ[CODE] = getattr(error, "reason", error.code)
        return unopened_page(error, shown.status)
    if f"{request.path}/".startswith(("/fhir/", "/hooks/", "/cds-services/")):
        return Response(orjson.dumps(outcome(error)), shown.status, headers, mimetype=FHIR)
    return Response(
        orjson.dumps(problem(error)), shown.status, headers, mimetype="application/problem+json"
    )


def problem(error: ServiceError) -> dict[str, Any]:
    """Return the members of problem+json, ours besides those of RFC 9457."""
    shown = ERRORS[error.code]
    return {
        "type": "about:blank",
        "title": shown.title,
        "status": shown.status,
        "code": error.code,
        "detail": error.detail,
        "pointer": error.pointer,
        "how_to_fix": error.how_to_fix,
        "trace_id": request.environ.get(TRACE_ID, ""),
    }


def outcome(error: ServiceError) -> dict[str, object]:
    """Return the same error as an OperationOutcome, for FHIR routes."""
    return to_outcome(error, ERRORS[error.code].issue_type, _root())


def _root() -> str:
    """What was sent: Parameters to $apply, to $validate what the address says, else a Bundle."""
    if request.path.startswith("/hooks/"):
        return "Encounter"
    if request.path.startswith("/cds-services"):
        return "request"  # of CDS Hooks, which is no resource
    if request.path.endswith("/$apply"):
        return "Parameters"
    if request.path.endswith("/$validate"):
        return str((request.view_args or {}).get("resource_type", "Bundle"))
    return "Bundle"


def _answer_http(error: HTTPException) -> Response:
    known = {
        403: NotAllowed("this is not allowed"),
        404: NotFound(
            "there is nothing at this address", how_to_fix="See /docs for the addresses."
        ),
        405: MethodNotAllowed("this method is not for this address"),
        413: BodyTooLarge("the body is larger than 1 MB"),
        415: WrongContentType("this content type is not accepted"),
    }
    if error.code is not None and error.code >= 500:
        return _answer_unexpected(error)
    response = answer(known.get(error.code or 400, InvalidField("the request cannot be read")))
    if allow := dict(error.get_headers()).get("Allow"):
        # Werkzeug has them in the order of a set: another in each process.
        response.headers["Allow"] = ", ".join(sorted(allow.split(", ")))
    return response


def _answer_unexpected(error: Exception) -> Response:
    log.error("unexpected", exc_info=error, extra={"trace_id": request.environ.get(TRACE_ID, "")})
    return answer(ServiceError("something unexpected happened; it has been logged"))
