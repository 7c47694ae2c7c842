"""A planned topic to FHIR R4 ServiceRequest: what is asked for, so that it can be done."""

from collections.abc import Iterator

from service.domain.plan import EducationPlan, PlannedTopic, PlanState
from service.domain.teaching import Round, TopicState
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
    own_code,
    reference,
    round_urn,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word

_STATUS = {
    TopicState.OPEN: "active",
    TopicState.REPEAT: "active",
    TopicState.DONE: "completed",
    TopicState.DECLINED: "revoked",
    TopicState.NOT_RELEVANT: "revoked",
}
DECLINED: JsonObject = {"system": urls.NOT_DONE, "code": "patient-objection"}
NOT_RELEVANT: JsonObject = {"system": urls.NOT_DONE_REASON, "code": "not-relevant"}


def to_topic_requests(plan: EducationPlan, topic: PlannedTopic) -> Iterator[tuple[str, JsonObject]]:
    """Yield a ServiceRequest for each round of a topic with its urn, the one that stands last.

    A topic that is taken up again after it was settled is a new request that `replaces`
    the one before: a completed or revoked request never becomes active again.
    """
    before = ""
    for asked in plan.rounds(topic):
        urn = round_urn(plan, topic, asked)
        request = to_topic_request(plan, topic, asked)
        if before and not asked.in_error:
            request["replaces"] = [reference(before)]
        if not asked.in_error:
            before = urn
        yield urn, request


def to_topic_request(
    plan: EducationPlan, topic: PlannedTopic, asked: Round | None = None
) -> JsonObject:
    """Return the ServiceRequest of one topic, as first planned unless a round is named.

    The own topic code stands first, SNOMED CT second: two topics of a pack may share
    one SNOMED concept (fhir-model §3.1). It is not `basedOn` the CarePlan: a request
    inside a plan points at goals, not back (R4 CarePlan.activity.reference).
    """
    asked = asked or Round()
    request: JsonObject = {
        "resourceType": "ServiceRequest",
        "language": plan.language,
        "text": _text(plan, topic),
        "extension": [
            edition_extension(plan.edition.value),
            *_goal_extensions(plan, topic),
            *_status_reason(plan, asked),
        ],
        "identifier": [identifier(round_urn(plan, topic, asked))],
        "instantiatesCanonical": [
            urls.activity_definition(plan.pack.id, topic.id, plan.pack.version)
        ],
        "status": status_of(plan, asked),
        "intent": INTENT[plan.state],
        "category": [PATIENT_EDUCATION],
        "code": topic_code(plan, topic),
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


def topic_code(plan: EducationPlan, topic: PlannedTopic) -> JsonObject:
    """The topic as a concept: the same in the request and in what came of it."""
    return {
        "coding": [
            {"system": urls.TOPIC, "code": f"{plan.pack.id}.{topic.id}"},
            *(coding(code) for code in topic.codes),
        ],
        "text": topic.title,
    }


def status_of(plan: EducationPlan, asked: Round) -> str:
    """The status of a round: what came of it, and how the plan ended (lifecycle §2.3)."""
    if plan.state is PlanState.IN_ERROR or asked.in_error:
        return "entered-in-error"
    if plan.state is PlanState.PROPOSED:
        return STATUS[plan.state]
    if not plan.is_open and not asked.state.is_resolved:
        return "revoked"  # rule (c): nothing stays open in a plan that has ended
    return _STATUS[asked.state]


def _status_reason(plan: EducationPlan, asked: Round) -> list[JsonObject]:
    if status_of(plan, asked) != "revoked":
        return []
    if asked.state is TopicState.DECLINED:
        why: JsonObject = {"coding": [DECLINED]}
    elif asked.state is TopicState.NOT_RELEVANT:
        why = {"coding": [NOT_RELEVANT]}
    else:
        why = own_code(urls.NOT_DONE_REASON, "plan-ended", plan.ended)
    return [{"url": urls.EXT_STATUS_REASON, "valueCodeableConcept": why}]


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
