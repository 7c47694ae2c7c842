"""The topics inside the CarePlan, for a record that takes no requests (as KL's gateways do)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.fhir import urls
from service.fhir.for_record import Entry, without

Resource = dict[str, Any]

# R4 care-plan-activity-status; a request that is active has not been begun with unless
# something came of it already.
_STATUS = {
    "draft": "not-started",
    "completed": "completed",
    "revoked": "cancelled",
    "entered-in-error": "entered-in-error",
}


def inlined(entries: Sequence[Entry]) -> list[Entry]:
    """Put the topic requests into the CarePlan's activities, and every reference to them out."""
    requests = {entry.urn: entry.resource for entry in entries if entry.kind == "ServiceRequest"}
    kept = []
    for entry in entries:
        if entry.kind == "CarePlan":
            kept.append(replace(entry, resource=_inlined(entry.resource, requests)))
        elif entry.kind != "ServiceRequest":
            kept.append(entry)
    return without(kept, requests)


def _inlined(careplan: Resource, requests: Mapping[str, Resource]) -> Resource:
    activities = []
    for activity in careplan.get("activity", []):
        request = requests.get(activity.get("reference", {}).get("reference", ""))
        rest = {key: value for key, value in activity.items() if key != "reference"}
        detail = _detail(request, begun=bool(rest)) if request else None
        activities.append(rest | {"detail": detail} if detail else activity)
    return careplan | {"activity": activities}


def _detail(request: Resource, *, begun: bool) -> Resource:
    active = "in-progress" if begun else "not-started"
    detail: Resource = {
        "kind": "ServiceRequest",
        "instantiatesCanonical": request["instantiatesCanonical"],
        "code": request["code"],
        "status": _STATUS.get(request["status"], active),
        "description": request["patientInstruction"],
    }
    for name in ("reasonCode", "reasonReference"):
        if name in request:
            detail[name] = request[name]
    for extension in request.get("extension", []):
        if extension["url"] == urls.EXT_PERTAINS_TO_GOAL:
            detail.setdefault("goal", []).append(extension["valueReference"])
        elif extension["url"] == urls.EXT_STATUS_REASON:
            detail["statusReason"] = extension["valueCodeableConcept"]
    return detail
