"""A handout to FHIR R4 DocumentReference: which exact text, where, in which forms, and hashes."""

import base64
from functools import lru_cache

from service.domain.content import HandoutCopy, HandoutForm
from service.domain.plan import EducationPlan, PinnedPack, PlannedHandout
from service.fhir import urls
from service.fhir.elements import JsonObject, edition_extension, handout_urn, identifier
from service.fhir.narrative import bold, narrative, paragraph, word

# LOINC 34895-3 Education note (fhir-model §2.2).
EDUCATION_NOTE: JsonObject = {"coding": [{"system": urls.LOINC, "code": "34895-3"}]}
GENERAL_MATERIAL: JsonObject = {
    "coding": [{"system": urls.CATEGORY, "code": "general-material"}],
}


# The forms that are documents of their own; plain text is there by its address.
_PRINTED = {HandoutForm.PDF: "pdf", HandoutForm.LARGE: "pdf-large"}


def to_handout(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> JsonObject:
    """Return the DocumentReference of one handout: general material, no subject.

    Its contents are the page and, where they were made, the PDFs of this very page.
    `service_url` is where this service is reached, without a slash at the end. R4's
    `hash` is SHA-1 by definition; the SHA-256 that pins the words is an extension.
    The same handout gives the same object, shared by every plan: do not change it.
    """
    return _to_handout(plan.pack, plan.edition.value, plan.language, handout, service_url)


def handout_url(plan: EducationPlan, handout: PlannedHandout, service_url: str) -> str:
    """The address of the text; it names its version and never a patient or a diagnosis."""
    return _url(plan.pack, plan.edition.value, plan.language, handout, service_url)


def general_handout(
    pack: PinnedPack, edition: str, language: str, handout: PlannedHandout, service_url: str
) -> JsonObject:
    """Return the DocumentReference of a handout whether or not a plan names it.

    Made anew every time; `to_handout` gives the same for a handout of a plan.
    """
    return {
        "resourceType": "DocumentReference",
        "language": language,
        "text": narrative(
            language,
            bold(f"{word(language, 'handout')}: {handout.title}"),
            paragraph(word(language, "draft") if pack.is_draft else ""),
        ),
        "extension": [edition_extension(edition)],
        "masterIdentifier": identifier(handout_urn(pack, edition, language, handout)),
        # R4's search by `identifier` finds both; some records look at this one only.
        "identifier": [identifier(handout_urn(pack, edition, language, handout))],
        "status": "current",
        "docStatus": "preliminary" if pack.is_draft else "final",
        "type": EDUCATION_NOTE,
        "category": [GENERAL_MATERIAL],
        "description": handout.title,
        "content": [
            {"attachment": to_attachment(pack, edition, language, handout, service_url)},
            *(
                {"attachment": _printed(pack, edition, language, handout, copy, service_url)}
                for copy in handout.copies
                if copy.form in _PRINTED
            ),
        ],
    }


def to_attachment(
    pack: PinnedPack, edition: str, language: str, handout: PlannedHandout, service_url: str
) -> JsonObject:
    """Return the Attachment that says which exact text it is, and where it is read."""
    return {
        "extension": [{"url": urls.EXT_SHA256, "valueString": handout.sha256}],
        "contentType": "text/html",
        "language": language,
        "url": _url(pack, edition, language, handout, service_url),
        "size": handout.size,
        "hash": base64.b64encode(bytes.fromhex(handout.sha1)).decode(),
        "title": handout.title,
        "creation": pack.date,
    }


def _printed(
    pack: PinnedPack,
    edition: str,
    language: str,
    handout: PlannedHandout,
    copy: HandoutCopy,
    service_url: str,
) -> JsonObject:
    return {
        "extension": [{"url": urls.EXT_SHA256, "valueString": copy.sha256}],
        "contentType": "application/pdf",
        "language": language,
        "url": service_url
        + form_path(pack.id, handout.id, edition, language, handout.sha256, copy.form),
        "size": copy.size,
        "hash": base64.b64encode(bytes.fromhex(copy.sha1)).decode(),
        "title": f"{handout.title} ({word(language, _PRINTED[copy.form])})",
        "creation": pack.date,
    }


_to_handout = lru_cache(maxsize=1024)(general_handout)


def _url(
    pack: PinnedPack, edition: str, language: str, handout: PlannedHandout, service_url: str
) -> str:
    return service_url + form_path(pack.id, handout.id, edition, language, handout.sha256)


def form_path(
    pack_id: str,
    handout_id: str,
    edition: str,
    language: str,
    sha256: str,
    form: HandoutForm = HandoutForm.PAGE,
) -> str:
    """The path of one form of a page; the hash in it is always that of the page."""
    ending = "pdf" if form in _PRINTED else form.value
    large = "&type=large" if form is HandoutForm.LARGE else ""
    return (
        f"/api/v1/packs/{pack_id}/handouts/{handout_id}.{ending}"
        f"?edition={edition}&language={language}&sha256={sha256}{large}"
    )
