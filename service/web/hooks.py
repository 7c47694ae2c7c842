"""The record tells of an encounter: FHIR R4 Subscription, channel rest-hook.

What is told is noted and answered at once; the worker fetches the encounter in the record. Of
what is pushed only its id, and when the record dates it, are read (docs/decisions/0017).
"""

import re
from typing import Any

from flask import Response, g, request

from service.domain.errors import InvalidResource, ResourceTypeNotAccepted, WrongContentType
from service.fhir.fetched import last_updated
from service.fhir.outcome import notice
from service.web.access import hooked
from service.web.documented import Described, parameter
from service.web.parts import Parts
from service.web.present import json_response
from service.web.requests import FHIR, body, content_type, json_body, parameters

_FORM = "application/x-www-form-urlencoded"
_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64}")
_OUTCOME = {
    FHIR: {
        "schema": {
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string", "enum": ["OperationOutcome"]}},
        }
    }
}
_ENCOUNTER = {
    "type": "object",
    "required": ["resourceType", "id"],
    "properties": {
        "resourceType": {"type": "string", "enum": ["Encounter"]},
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    },
    "description": "FHIR R4 Encounter; only its id and meta.lastUpdated are read",
}
_ANSWERS: dict[str, Any] = {
    "responses": {
        "202": {"description": "Noted, and on the disk; it is fetched later", "content": _OUTCOME},
        "default": {"description": "What is wrong, where, and the mend", "content": _OUTCOME},
    }
}
_FORMAT = parameter("_format", "taken, and changes nothing", {"type": "string"})
_PLACE = parameter(
    "encounter_id",
    "id of the Encounter in the record",
    {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    "path",
) | {"required": True}


def _takes(*, required: bool) -> dict[str, Any]:
    content = {FHIR: {"schema": _ENCOUNTER}}
    return {"requestBody": {"required": required, "content": content}}


def blueprint(parts: Parts) -> Described:
    """The routes with their parts."""
    blp = Described(
        "hooks", __name__, url_prefix="/hooks/encounter", description="What the record tells"
    )

    @blp.route("", methods=["POST"])
    @blp.doc(operationId="tellEncounter", parameters=[_FORMAT], **_takes(required=False))
    @blp.doc(**_ANSWERS)
    @hooked("system/Encounter.c", "system/CarePlan.c")
    def tell() -> Response:
        """The record tells of an encounter, or with an empty body that some changed."""
        parameters("_format")
        raw = body()
        if raw.strip():
            _hear(_pushed(raw))
        else:
            parts.hear.changes(g.caller)
        return _noted()

    @blp.route("/Encounter/<encounter_id>", methods=["PUT"])
    @blp.doc(operationId="putEncounter", parameters=[_PLACE, _FORMAT], **_takes(required=True))
    @blp.doc(**_ANSWERS)
    @hooked("system/Encounter.c", "system/CarePlan.c")
    def put(encounter_id: str) -> Response:
        """The record tells of the encounter in the address, as HAPI does."""
        parameters("_format")
        pushed = _pushed(body())
        if pushed["id"] != encounter_id:
            raise InvalidResource("the id is another than that of the address", pointer="/id")
        _hear(pushed)
        return _noted()

    def _hear(pushed: dict[str, Any]) -> None:
        parts.hear(f"Encounter/{pushed['id']}", last_updated(pushed), g.caller)

    return blp


def _pushed(raw: bytes) -> dict[str, Any]:
    """Return the Encounter that was sent, as far as it is read: its type and its id are good."""
    if request.mimetype == _FORM:
        raise WrongContentType(
            "a form has nothing to tell here",
            how_to_fix="Send an Encounter as application/fhir+json, or an empty body.",
        )
    content_type()
    encounter = json_body(raw)
    if encounter.get("resourceType") != "Encounter":
        raise ResourceTypeNotAccepted(
            "an Encounter is expected",
            pointer="/resourceType",
            how_to_fix="Subscribe to Encounter, with a payload of application/fhir+json or none.",
        )
    found = encounter.get("id")
    if not (isinstance(found, str) and _ID.fullmatch(found)):
        raise InvalidResource("the Encounter has no id of the record", pointer="/id")
    return encounter


def _noted() -> Response:
    response = json_response(notice("noted", "Noted. The encounter is read in the record."), FHIR)
    response.status_code = 202
    return response
