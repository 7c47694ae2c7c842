"""Answers: a stored plan as the Bundle that was queued, or as JSON."""

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, request

from service.domain.plan import EducationPlan
from service.fhir.elements import instant
from service.fhir.handout import handout_url
from service.usecases.ports import StoredPlan
from service.web.requests import JSON


class Answer(Response):
    """A response whose body is whole and whose headers are as they are to be sent.

    Werkzeug would rewrite `Location` as an IRI, and count and wrap the body once more.
    """

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.get_data(),)


_VISIT = {"da": "Besøg", "en": "Visit"}


def plan_response(
    stored: StoredPlan, representation: str, service_url: str, status: int = 200, **more: Any
) -> Response:
    """Return the plan with its ETag; `more` are members that only the JSON has."""
    tag = f'W/"{stored.plan.revision}"'
    headers = {"ETag": tag, "Cache-Control": "no-store", "Vary": "Accept"}
    if (
        status == 200
        and request.method == "GET"
        and tag in request.headers.get("If-None-Match", "")
    ):
        return Response(status=304, headers=headers)
    view = to_view(stored.plan, service_url) | more if representation == JSON else None
    content = stored.bundle if view is None else orjson.dumps(view)
    headers |= {"Content-Type": representation, "Content-Length": str(len(content))}
    return Answer(content, status, list(headers.items()))


def json_response(content: dict[str, Any], representation: str = JSON) -> Response:
    return Response(
        orjson.dumps(content), headers={"Cache-Control": "no-store"}, mimetype=representation
    )


def to_view(plan: EducationPlan, service_url: str) -> dict[str, Any]:
    """Return the plan as the JSON of PlanSchema."""
    reason, pack = plan.reason, plan.pack
    return {
        "id": plan.id,
        "title": pack.title,
        "state": plan.state,
        "patient": plan.patient,
        "pack": {
            "id": pack.id,
            "title": pack.title,
            "version": pack.version,
            "sha256": pack.sha256,
            "draft": pack.is_draft,
        },
        "edition": plan.edition,
        "language": plan.language,
        "reason": {
            "system": reason.coding.system,
            "code": reason.coding.code,
            "condition": reason.condition,
            "confidence": reason.confidence,
            "why": reason.why,
        },
        "topics": [
            {"id": t.id, "title": t.title, "patient_title": t.patient_title, "state": t.state}
            for t in plan.topics
        ],
        "goals": [{"id": g.id, "title": g.text, "state": "proposed"} for g in plan.goals],
        "handouts": [
            {
                "id": h.id,
                "title": h.title,
                "url": handout_url(plan, h, service_url),
                "sha256": h.sha256,
            }
            for h in plan.handouts
        ],
        "encounters": [
            {
                "id": visit.encounter.partition("/")[2],
                "title": f"{_VISIT.get(plan.language, _VISIT['da'])} {visit.at:%d.%m.%Y}",
                "start": instant(visit.at),
            }
            for visit in plan.visits
        ],
        "revision": plan.revision,
        "created": instant(plan.created),
        "updated": instant(plan.updated),
    }
