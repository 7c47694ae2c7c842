"""A handout to FHIR R4 DocumentReference: which exact text, where, and its hashes."""

import base64

from service.domain.plan import EducationPlan, PlannedHandout
from service.fhir import urls
from service.fhir.elements import JsonObject, edition_extension, handout_urn, identifier
from service.fhir.narrative import bold, narrative, paragraph, word

# LOINC 34895-3 Education note (fhir-model §2.2).
EDUCATION_NOTE: JsonObject = {"coding": [{"system": urls.LOINC, "code": "34895-3"}]}
GENERAL_MATERIAL: JsonObject = {
    "coding": [{"system": urls.CATEGORY, "code": "general-material"}],
}


def to_handout(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> JsonObject:
    """Return the DocumentReference of one handout: general material, no subject.

    `service_url` is where this service is reached, without a slash at the end. R4's
    `hash` is SHA-1 by definition; the SHA-256 that pins the words is an extension.
    """
    return {
        "resourceType": "DocumentReference",
        "language": plan.language,
        "text": narrative(
            plan.language,
            bold(f"{word(plan.language, 'handout')}: {handout.title}"),
            paragraph(word(plan.language, "draft") if plan.pack.is_draft else ""),
        ),
        "extension": [edition_extension(plan.edition.value)],
        "masterIdentifier": identifier(handout_urn(plan, handout)),
        "status": "current",
        "docStatus": "preliminary" if plan.pack.is_draft else "final",
        "type": EDUCATION_NOTE,
        "category": [GENERAL_MATERIAL],
        "description": handout.title,
        "content": [{"attachment": _attachment(plan, handout, service_url)}],
    }


def handout_url(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> str:
    """The address of the text; it names its version and never a patient or a diagnosis."""
    return (
        f"{service_url}/api/v1/packs/{plan.pack.id}/handouts/{handout.id}.html"
        f"?edition={plan.edition.value}&language={plan.language}&sha256={handout.sha256}"
    )


def _attachment(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> JsonObject:
    return {
        "extension": [{"url": urls.EXT_SHA256, "valueString": handout.sha256}],
        "contentType": "text/html",
        "language": plan.language,
        "url": handout_url(plan, handout, service_url),
        "size": handout.size,
        "hash": base64.b64encode(bytes.fromhex(handout.sha1)).decode(),
        "title": handout.title,
        "creation": plan.pack.date,
    }
