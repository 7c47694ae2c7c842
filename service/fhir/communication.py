"""A teaching to FHIR R4 Communication: one topic in one visit, or why it was not taught.

What was understood is another resource (teach_back): taught and understood are two facts.
No text of the pack goes into it; the definition and its version say what was taught.
"""

from service.domain.plan import EducationPlan, PlannedTopic
from service.domain.teaching import Learner, Method, Outcome, Session, Teaching
from service.fhir import urls
from service.fhir.careplan import reason
from service.fhir.elements import (
    JsonObject,
    edition_extension,
    identifier,
    instant,
    numbered_urn,
    own_code,
    reference,
    round_urn,
    system_as,
    topic_urn,
)
from service.fhir.narrative import bold, narrative, paragraph, word
from service.fhir.note_words import said
from service.fhir.topic_request import DECLINED, NOT_RELEVANT, topic_code

_NOT_TAUGHT: dict[Outcome, JsonObject] = {
    Outcome.DEFERRED: {"system": urls.NOT_DONE_REASON, "code": "deferred"},
    Outcome.DECLINED: DECLINED,
    Outcome.NOT_RELEVANT: NOT_RELEVANT,
}
# Where HL7's ParticipationMode has the same concept, it stands beside ours.
_MODES = {
    Method.TALK: "FACE",
    Method.DEMONSTRATION: "FACE",
    Method.PRACTICE: "FACE",
    Method.LEAFLET: "WRITTEN",
    Method.GROUP: "FACE",
    Method.PHONE: "PHONE",
    Method.VIDEO_VISIT: "VIDEOCONF",
}
INSTRUCTION: JsonObject = {
    "coding": [{"system": urls.COMMUNICATION_CATEGORY, "code": "instruction"}]
}


def to_communication(plan: EducationPlan, session: Session, teaching: Teaching) -> JsonObject:
    """Return the Communication of one teaching: completed, not-done, or an error.

    Face to face, it was sent and received when it was said; the learners are its
    recipients, a relative by the relation only, never by name.
    """
    topic = plan.topic(teaching.topic)
    assert topic is not None  # noqa: S101  # the domain lets no other teaching in
    resource: JsonObject = {
        "resourceType": "Communication",
        "language": plan.language,
        "text": _text(plan, topic, session, teaching),
        "extension": [edition_extension(session.edition.value), *_extensions(plan, session)],
        "identifier": [identifier(numbered_urn(plan, "teaching", teaching.number))],
        "instantiatesCanonical": [
            urls.activity_definition(plan.pack.id, topic.id, plan.pack.version)
        ],
        "basedOn": [reference(request_urn(plan, topic, teaching))],
        "status": _status(teaching),
        "category": [own_code(urls.CATEGORY, "education-topic"), INSTRUCTION],
        "medium": [_medium(plan, method) for method in session.methods],
        "subject": reference(plan.patient),
        "topic": topic_code(plan, topic),
        "encounter": reference(session.encounter),
        "recipient": [_recipient(plan, learner) for learner in session.learners],
        "sender": clinician(session.practitioner, plan),
        **reason(plan),
        "note": _notes(plan, session, teaching),
    }
    if teaching.outcome.was_taught:
        resource["sent"] = resource["received"] = instant(session.at)
    elif not teaching.error:
        resource["statusReason"] = _reason(teaching)
    return {key: value for key, value in resource.items() if value != []}


def request_urn(plan: EducationPlan, topic: PlannedTopic, teaching: Teaching) -> str:
    """The urn of the request that a teaching answers; an error's is the one it began, if any.

    A teaching may stand while the request that it once began is void: what was settled before
    it was the error, so now it answers the request before.
    """
    rounds = plan.rounds(topic)
    standing = [each for each in rounds if teaching in each.teachings]
    begun = [each for each in rounds if each.in_error and each.opened_by == teaching.number]
    for asked in (*standing, *begun):
        return round_urn(plan, topic, asked)
    return topic_urn(plan, topic)


def clinician(practitioner: str, plan: EducationPlan) -> JsonObject:
    """Who did it: the practitioner of the record, else this service for want of one."""
    if practitioner:
        return reference(practitioner)
    return system_as(urls.BASE, word(plan.language, "device"))


def annotation(text: str) -> JsonObject:
    return {"text": text}


def _status(teaching: Teaching) -> str:
    if teaching.error:
        return "entered-in-error"
    return "completed" if teaching.outcome.was_taught else "not-done"


def _reason(teaching: Teaching) -> JsonObject:
    """The outcome as a reason, and the clinician's own beside it where one is given."""
    codes = [_NOT_TAUGHT[teaching.outcome]]
    if teaching.reason:
        codes.append({"system": urls.NOT_DONE_REASON, "code": teaching.reason.value})
    return {"coding": codes}


def _medium(plan: EducationPlan, method: Method) -> JsonObject:
    concept = own_code(urls.TEACHING_METHOD, method.value, said(plan.language, method))
    if method in _MODES:
        codes = concept["coding"]
        assert isinstance(codes, list)  # noqa: S101  # own_code makes it
        codes.append({"system": urls.PARTICIPATION_MODE, "code": _MODES[method]})
    return concept


def _recipient(plan: EducationPlan, learner: Learner) -> JsonObject:
    if learner is Learner.PATIENT:
        return reference(plan.patient)
    return {"type": "RelatedPerson", "display": said(plan.language, learner)}


def _extensions(plan: EducationPlan, session: Session) -> list[JsonObject]:
    say = plan.language
    found: list[JsonObject] = [
        {
            "url": urls.EXT_BARRIER,
            "valueCodeableConcept": own_code(
                urls.LEARNING_BARRIER, barrier.value, said(say, barrier)
            ),
        }
        for barrier in session.barriers
    ]
    if ready := session.readiness:
        concept = own_code(urls.LEARNER_READINESS, ready.value, said(say, ready))
        found.append({"url": urls.EXT_READINESS, "valueCodeableConcept": concept})
    if session.interpreter:
        found.append({"url": urls.EXT_INTERPRETER, "valueBoolean": True})
    if session.minutes:
        found.append({"url": urls.EXT_MINUTES, "valuePositiveInt": session.minutes})
    return found


def _notes(plan: EducationPlan, session: Session, teaching: Teaching) -> list[JsonObject]:
    say = plan.language
    met = session.barriers_met and f"{word(say, 'barriers-met')}: {session.barriers_met}"
    error = teaching.error and f"{word(say, 'in-error')}: {teaching.error}"
    return [annotation(text) for text in (teaching.note, met, error) if text]


def _text(
    plan: EducationPlan, topic: PlannedTopic, session: Session, teaching: Teaching
) -> JsonObject:
    say = plan.language
    return narrative(
        say,
        bold(f"{topic.title}: {said(say, teaching.outcome)} {session.at:%d.%m.%Y}"),
        paragraph(f"{word(say, 'in-error')}: {teaching.error}" if teaching.error else ""),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        paragraph(", ".join(said(say, method) for method in session.methods)),
        paragraph(teaching.note),
    )
