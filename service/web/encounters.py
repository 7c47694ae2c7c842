"""POST /api/v1/encounters: the main job."""

from typing import Any

from flask import Response, g, request

from service.domain.content import Audience, Edition, Pack
from service.domain.encounter import Encounter
from service.domain.errors import InvalidField
from service.fhir.encounter import from_bundle
from service.fhir.outcome import notice
from service.usecases.make_plan import Happened, Made, Wish
from service.usecases.ports import Caller
from service.web.access import needs
from service.web.documented import BUNDLE, EDITIONS, Described, answers, as_json, parameter
from service.web.parts import Parts
from service.web.present import json_response, plan_response
from service.web.requests import (
    FHIR,
    accepted,
    body,
    content_type,
    fingerprint,
    json_body,
    parameters,
)

_DOC: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/fhir+json": {
                "schema": {
                    "type": "object",
                    "required": ["resourceType", "type", "entry"],
                    "properties": {
                        "resourceType": {"type": "string", "enum": ["Bundle"]},
                        "type": {"type": "string", "examples": ["collection"]},
                        "entry": {"type": "array", "items": {"type": "object"}},
                    },
                    "description": "FHIR R4 Bundle: one Patient, one Encounter, its Conditions, "
                    "optionally Practitioner and Organization",
                }
            },
            **as_json("Encounter"),
        },
    },
    "parameters": [
        parameter(
            "edition", "how much is said of each topic", {"type": "string", "enum": list(EDITIONS)}
        ),
        parameter("language", "da or en", {"type": "string"}),
        parameter("pack", "only this pack, where several match", {"type": "string"}),
        parameter(
            "Idempotency-Key",
            "The same key and request give the same answer; another request under it is refused.",
            {"type": "string", "minLength": 1, "maxLength": 200},
            "header",
        ),
    ],
    **answers(
        _200=(
            "Same plan again, the course continued, a proposal to confirm, or no pack covers it",
            BUNDLE | as_json("Plan"),
        ),
        _201=("A new plan; see Location", BUNDLE | as_json("Plan")),
    ),
}


def blueprint(parts: Parts) -> Described:
    """The route with its parts."""
    blp = Described(
        "encounters", __name__, url_prefix="/api/v1/encounters", description="The main job"
    )

    @blp.route("", methods=["POST"])
    @blp.doc(**_DOC, operationId="postEncounter")
    @needs("system/Encounter.c", "system/CarePlan.c")
    def post_encounter() -> Response:
        """Post an encounter, receive its education plan."""
        representation = accepted()
        kind, raw = content_type(), body()
        asked = _asked(parameters("edition", "language", "pack"))
        encounter, wishes = _read(kind, json_body(raw))
        caller: Caller = g.caller
        wish = _wish(wishes | asked, caller, parts, raw)
        made = parts.make_plan(encounter, wish, caller)
        return _present(made, representation, parts, caller)

    return blp


def _asked(query: dict[str, str]) -> dict[str, str]:
    if not query:
        return {}
    from service.web.schemas import load_wish  # with marshmallow, not at the start

    return load_wish(query)


def _read(kind: str, content: dict[str, Any]) -> tuple[Encounter, dict[str, str]]:
    if kind == FHIR:
        return from_bundle(content), {}
    from service.web.schemas import load_encounter  # with marshmallow, not at the start

    return load_encounter(content)


def _wish(wishes: dict[str, str], caller: Caller, parts: Parts, raw: bytes) -> Wish:
    clinic = parts.clinic(caller.tenant)
    key = request.environ.get("HTTP_IDEMPOTENCY_KEY", "")
    if len(key) > 200:
        raise InvalidField("an Idempotency-Key has at most 200 characters")
    pack = wishes.get("pack", "")
    if pack and all(pack != known.id for known in parts.catalogue.packs(caller.tenant)):
        raise InvalidField("there is no such pack; see /api/v1/packs", pointer="/pack")
    return Wish(
        edition=Edition(wishes["edition"]) if "edition" in wishes else clinic.edition,
        language=wishes.get("language", clinic.language),
        pack=pack,
        key=key,
        fingerprint=fingerprint(raw) if key else "",
    )


def _present(made: Made, representation: str, parts: Parts, caller: Caller) -> Response:
    if made.stored is None:
        response = _not_covered(representation, parts.catalogue.packs(caller.tenant))
    else:
        created = made.happened is Happened.CREATED
        more = {"also_covered": list(made.also)} if made.also else {}
        response = plan_response(
            made.stored,
            representation,
            parts.service_url,
            201 if created else 200,
            location=f"/api/v1/plans/{made.stored.plan.id}",
            **more,
        )
    if made.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _not_covered(representation: str, packs: tuple[Pack, ...]) -> Response:
    """No pack covers it: not an error, and it says what would be covered."""
    covered: list[dict[str, Any]] = [
        {
            "id": pack.id,
            "title": pack.title[Audience.PHYSIO].in_language("da"),
            "codes": [
                {"system": t.coding.system, "code": t.coding.code}
                for t in (*pack.triggers.exact, *pack.triggers.possible)
            ],
        }
        for pack in packs
    ]
    text = "No pack covers the conditions of this encounter. Covered: " + (
        "; ".join(
            f"{pack['title']} ({', '.join(dict.fromkeys(c['code'] for c in pack['codes']))})"
            for pack in covered
        )
        or "nothing yet"
    )
    if representation == FHIR:
        return json_response(notice("not-covered", text), FHIR)
    return json_response({"state": "not-covered", "detail": text, "covered": covered})
