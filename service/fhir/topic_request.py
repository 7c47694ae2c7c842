"""A planned topic to FHIR R4 ServiceRequest: what is asked for, so that it can be done."""

from service.domain.plan import EducationPlan, PlannedTopic
from service.fhir import urls
from service.fhir.careplan import INTENT, PATIENT_EDUCATION, STATUS, reason
from service.fhir.elements import (
    JsonObject,
    coding,
    edition_extension,
    goal_urn,
    handouts_of,
    identifier,
    instant,
    reference,
    topic_urn,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word


def to_topic_request(plan: EducationPlan, topic: PlannedTopic) -> JsonObject:
    """Return the ServiceRequest of one topic.

    The own topic code stands first, SNOMED CT second: two topics of a pack may share
    one SNOMED concept (fhir-model §3.1). It is not `basedOn` the CarePlan: a request
    inside a plan points at goals, not back (R4 CarePlan.activity.reference).
    """
    request: JsonObject = {
        "resourceType": "ServiceRequest",
        "language": plan.language,
        "text": _text(plan, topic),
        "extension": [edition_extension(plan.edition.value), *_goal_extensions(plan, topic)],
        "identifier": [identifier(topic_urn(plan, topic))],
        "instantiatesCanonical": [
            urls.activity_definition(plan.pack.id, topic.id, plan.pack.version)
        ],
        "status": STATUS[plan.state],
        "intent": INTENT[plan.state],
        "category": [PATIENT_EDUCATION],
        "code": {
            "coding": [
                {"system": urls.TOPIC, "code": f"{plan.pack.id}.{topic.id}"},
                *(coding(code) for code in topic.codes),
            ],
            "text": topic.title,
        },
        "subject": reference(plan.patient),
        "encounter": reference(plan.visits[0].encounter),
        "authoredOn": instant(plan.created),
        **reason(plan),
        "patientInstruction": topic.patient_title,
    }
    if plan.author:
        request["requester"] = reference(plan.author)
    if handouts := [
        reference(urn) for handout, urn in handouts_of(plan) if handout.topics == (topic.id,)
    ]:
        request["supportingInfo"] = handouts
    return request


def _goal_extensions(plan: EducationPlan, topic: PlannedTopic) -> list[JsonObject]:
    return [
        {"url": urls.EXT_PERTAINS_TO_GOAL, "valueReference": reference(goal_urn(plan, goal))}
        for goal in plan.goals
        if topic.id in goal.topics
    ]


def _text(plan: EducationPlan, topic: PlannedTopic) -> JsonObject:
    say = plan.language
    return narrative(
        say,
        bold(f"{word(say, 'topic')}: {topic.title}"),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        listed(word(say, "objectives"), topic.objectives),
    )
