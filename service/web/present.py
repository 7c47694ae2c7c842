"""Answers: a stored plan as the Bundle that was queued, or as JSON."""

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, g, request
from werkzeug.datastructures import Headers

from service.fhir.restricted import bundle_for_patients
from service.usecases.ports import StoredPlan
from service.web.plan_view import to_view
from service.web.requests import JSON

_STATUS = {200: "200 OK", 201: "201 CREATED"}  # Werkzeug looks a number up, and spells it


class Answer(Response):
    """A response whose body is whole and whose headers are as they are to be sent.

    Werkzeug would rewrite `Location` as an IRI, and count and wrap the body once more.
    """

    def __init__(
        self, content: bytes, status: int | str, headers: Headers | list[tuple[str, str]]
    ) -> None:
        super().__init__([content], status, headers)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        if environ["REQUEST_METHOD"] == "HEAD":
            return ()
        return self.response  # type: ignore[return-value]  # of bytes, as it was made


def plan_response(
    stored: StoredPlan,
    representation: str,
    service_url: str,
    status: int = 200,
    location: str = "",
    **more: Any,
) -> Response:
    """Return the plan with its ETag; `more` are members that only the JSON has."""
    tag = f'W/"{stored.plan.revision}"'
    headers = Headers()  # filled one by one: from a list Werkzeug fills it slowly
    headers.add("ETag", tag)
    headers.add("Cache-Control", "no-store")
    headers.add("Vary", "Accept")
    if (
        status == 200
        and request.method == "GET"
        and tag in request.headers.get("If-None-Match", "")
    ):
        return Response(status=304, headers=headers)
    content = _content(stored, representation, service_url, more)
    headers.add("Content-Type", representation)
    headers.add("Content-Length", str(len(content)))
    if location:
        headers.add("Location", location)
    return Answer(content, _STATUS[status], headers)


def _content(
    stored: StoredPlan, representation: str, service_url: str, more: dict[str, Any]
) -> bytes:
    """A patient is not told what is for clinicians only, in either form."""
    for_patient = g.caller.role == "patient"
    if representation == JSON:
        return orjson.dumps(to_view(stored.plan, service_url, for_patient=for_patient) | more)
    if for_patient:
        return orjson.dumps(bundle_for_patients(orjson.loads(stored.bundle)))
    return stored.bundle


def json_response(content: dict[str, Any], representation: str = JSON) -> Response:
    return Response(
        orjson.dumps(content), headers={"Cache-Control": "no-store"}, mimetype=representation
    )
