"""A teach-back to FHIR R4 Observation: what the patient could say in their own words.

It hangs on the request, for R4 lets no Observation be part of a Communication; several
tries are several Observations (fhir-model §1.1, §2.2).
"""

from service.domain.plan import EducationPlan
from service.domain.teaching import Session, Teaching, Understanding
from service.fhir import urls
from service.fhir.communication import annotation, clinician, request_urn
from service.fhir.elements import (
    JsonObject,
    coding,
    identifier,
    instant,
    numbered_urn,
    own_code,
    reference,
)
from service.fhir.narrative import bold, narrative, paragraph, word
from service.fhir.note_words import said

SURVEY: JsonObject = {"coding": [{"system": urls.OBSERVATION_CATEGORY, "code": "survey"}]}


def is_checked(teaching: Teaching) -> bool:
    """True when there is something to observe: nobody was asked otherwise."""
    return teaching.understanding is not Understanding.NOT_ASSESSED


def to_teach_back(plan: EducationPlan, session: Session, teaching: Teaching) -> JsonObject:
    """Return the Observation of one teach-back; call it for one that was checked."""
    topic = plan.topic(teaching.topic)
    assert topic is not None  # noqa: S101  # the domain lets no other teaching in
    say = plan.language
    result = said(say, teaching.understanding)
    code: JsonObject = {"text": f"{word(say, 'knowledge-of')}: {topic.title}"}
    if topic.knowledge:
        code = {"coding": [coding(topic.knowledge)]} | code
    observation: JsonObject = {
        "resourceType": "Observation",
        "language": say,
        "text": narrative(
            say,
            bold(f"{topic.title}: {result} {session.at:%d.%m.%Y}"),
            paragraph(f"{word(say, 'in-error')}: {teaching.error}" if teaching.error else ""),
        ),
        "identifier": [identifier(numbered_urn(plan, "teach-back", teaching.number))],
        "basedOn": [reference(request_urn(plan, topic, teaching))],
        "status": "entered-in-error" if teaching.error else "final",
        "category": [SURVEY],
        "code": code,
        "subject": reference(plan.patient),
        "encounter": reference(session.encounter),
        "effectiveDateTime": instant(session.at),
        "performer": [clinician(session.practitioner, plan)],
        "valueCodeableConcept": own_code(
            urls.TEACH_BACK_RESULT, teaching.understanding.value, result
        ),
        "method": {"text": "Teach-back"},
    }
    if teaching.error:
        observation["note"] = [annotation(f"{word(say, 'in-error')}: {teaching.error}")]
    return observation
