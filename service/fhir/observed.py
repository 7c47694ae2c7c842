"""What was noticed in a visit to FHIR R4 Observation: mood and strategies, and work.

Mood is for clinicians: it is labelled restricted, and no patient is ever shown it.
"""

from service.domain.plan import EducationPlan
from service.domain.teaching import Job, Mood, Session
from service.fhir import urls
from service.fhir.communication import annotation, clinician
from service.fhir.elements import (
    RESTRICTED,
    JsonObject,
    identifier,
    instant,
    numbered_urn,
    own_code,
    plan_urn,
    reference,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.note_words import said
from service.fhir.teach_back import SURVEY


def to_mood(plan: EducationPlan, session: Session, mood: Mood) -> JsonObject:
    """Return the Observation of mood and strategies: a component for each cue."""
    cues = [own_code(urls.MOOD_CUE, cue.value, said(plan.language, cue)) for cue in mood.cues]
    observation = _observation(plan, session, "mood", "mood-and-strategies")
    observation["meta"] = {"security": [RESTRICTED]}
    if cues:
        observation["component"] = [{"code": cue, "valueBoolean": True} for cue in cues]
    words = [said(plan.language, cue) for cue in mood.cues]
    return _told(plan, session, observation, words, (mood.text,))


def to_job(plan: EducationPlan, session: Session, job: Job) -> JsonObject:
    """Return the Observation of the job situation, with the next agreement as a note."""
    say = plan.language
    observation = _observation(plan, session, "job", "job-situation")
    words = [said(say, job.situation)] if job.situation else []
    if job.situation:
        observation["valueCodeableConcept"] = own_code(
            urls.JOB_SITUATION, job.situation.value, words[0]
        )
    agreed = job.next_agreement and f"{word(say, 'next-agreement')}: {job.next_agreement}"
    return _told(plan, session, observation, words, (agreed, job.text))


def _observation(plan: EducationPlan, session: Session, role: str, code: str) -> JsonObject:
    title = word(plan.language, code)
    return {
        "resourceType": "Observation",
        "language": plan.language,
        "identifier": [identifier(numbered_urn(plan, role, session.number))],
        "basedOn": [reference(plan_urn(plan))],
        "status": "entered-in-error" if session.error else "final",
        "category": [SURVEY],
        "code": own_code(urls.VISIT_OBSERVATION, code, title),
        "subject": reference(plan.patient),
        "encounter": reference(session.encounter),
        "effectiveDateTime": instant(session.at),
        "performer": [clinician(session.practitioner, plan)],
    }


def _told(
    plan: EducationPlan,
    session: Session,
    observation: JsonObject,
    words: list[str],
    texts: tuple[str, ...],
) -> JsonObject:
    say = plan.language
    error = session.error and f"{word(say, 'in-error')}: {session.error}"
    notes = [text for text in (*texts, error) if text]
    code = observation["code"]
    assert isinstance(code, dict)  # noqa: S101  # own_code made it
    title = f"{code['text']} {session.at:%d.%m.%Y}"
    observation["text"] = narrative(
        say, bold(title), listed(word(say, "noticed"), words), *map(paragraph, notes)
    )
    if notes:
        observation["note"] = [annotation(text) for text in notes]
    return observation
