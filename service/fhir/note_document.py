"""The note of a session to FHIR R4 DocumentReference: the one thing every record can show.

LOINC 34895-3 Education note (fhir-model §2.4, tier 1). It may tell of mood, so it is for
clinicians: its security label says restricted.
"""

import base64
import hashlib

from service.domain.plan import EducationPlan
from service.domain.teaching import Session
from service.fhir import urls
from service.fhir.communication import clinician
from service.fhir.elements import (
    RESTRICTED,
    JsonObject,
    identifier,
    instant,
    numbered_urn,
    own_code,
    reference,
)
from service.fhir.handout import EDUCATION_NOTE
from service.fhir.narrative import bold, narrative, paragraph, word
from service.fhir.note import text_for_the_record


def to_note(plan: EducationPlan, session: Session) -> JsonObject:
    """Return the DocumentReference of the note as it was signed, with its text inside."""
    say = plan.language
    text = text_for_the_record(plan, session)
    error = session.error and f"{word(say, 'in-error')}: {session.error}"
    return {
        "resourceType": "DocumentReference",
        "language": say,
        "text": narrative(say, bold(title(plan, session)), paragraph(error), paragraph(text)),
        "identifier": [identifier(numbered_urn(plan, "note", session.number))],
        "status": "entered-in-error" if session.error else "current",
        "docStatus": "entered-in-error" if session.error else "final",
        "type": EDUCATION_NOTE,
        "category": [own_code(urls.CATEGORY, "clinical-note")],
        "subject": reference(plan.patient),
        "date": instant(session.at),
        "author": [clinician(session.practitioner, plan)],
        "description": title(plan, session),
        "securityLabel": [{"coding": [RESTRICTED]}],
        "content": [{"attachment": _attachment(plan, session, text.encode())}],
        "context": {"encounter": [reference(session.encounter)]},
    }


def title(plan: EducationPlan, session: Session) -> str:
    return f"{word(plan.language, 'note')} {session.at:%d.%m.%Y}: {plan.pack.title}"


def _attachment(plan: EducationPlan, session: Session, content: bytes) -> JsonObject:
    # R4's `hash` is SHA-1 by definition; the SHA-256 is an extension, as for handouts.
    sha1 = hashlib.sha1(content, usedforsecurity=False).digest()
    return {
        "extension": [{"url": urls.EXT_SHA256, "valueString": hashlib.sha256(content).hexdigest()}],
        "contentType": "text/plain; charset=utf-8",
        "language": plan.language,
        "data": base64.b64encode(content).decode(),
        "size": len(content),
        "hash": base64.b64encode(sha1).decode(),
        "title": title(plan, session),
        "creation": instant(session.at),
    }
