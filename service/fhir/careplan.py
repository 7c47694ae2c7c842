"""EducationPlan to FHIR R4 CarePlan (fhir-model: request by reference, never inline)."""

from service.domain.plan import EducationPlan, PlanState
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    coding,
    edition_extension,
    goal_urn,
    handouts_of,
    identifier,
    instant,
    plan_urn,
    reference,
    topic_urn,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word

# A proposal is `draft`/`proposal`; accepting it makes the plan `active`/`plan`
# (FHIR R4 request pattern; intent is what the record may rely on).
STATUS = {PlanState.PROPOSED: "draft", PlanState.ACTIVE: "active"}
INTENT = {PlanState.PROPOSED: "proposal", PlanState.ACTIVE: "plan"}

PATIENT_EDUCATION: JsonObject = {"coding": [{"system": urls.SNOMED, "code": "311401005"}]}


def to_careplan(plan: EducationPlan) -> JsonObject:
    """Return the CarePlan: what is planned, why, from which content, in which visits.

    Later visits stand in `supportingInfo`: R4 has one `encounter`, the one the plan was
    made in. Handouts about the whole pack stand there too; those about a topic stand
    with their ServiceRequest.
    """
    careplan: JsonObject = {
        "resourceType": "CarePlan",
        "language": plan.language,
        "text": _text(plan),
        "extension": [edition_extension(plan.edition.value)],
        "identifier": [identifier(plan_urn(plan))],
        "instantiatesCanonical": [urls.plan_definition(plan.pack.id, plan.pack.version)],
        "status": STATUS[plan.state],
        "intent": INTENT[plan.state],
        "category": [
            PATIENT_EDUCATION,
            {"coding": [{"system": urls.CATEGORY, "code": "education-plan"}]},
        ],
        "title": title(plan),
        "subject": reference(plan.patient),
        "encounter": reference(plan.visits[0].encounter),
        "period": {"start": instant(plan.visits[0].at)},
        "created": instant(plan.created),
        "goal": [reference(goal_urn(plan, goal)) for goal in plan.goals],
        "activity": [{"reference": reference(topic_urn(plan, topic))} for topic in plan.topics],
    }
    if plan.pack.is_draft:
        careplan["description"] = word(plan.language, "draft")
    if plan.author:
        careplan["author"] = reference(plan.author)
    if plan.reason.condition:
        careplan["addresses"] = [reference(plan.reason.condition)]
    if supporting := _supporting_info(plan):
        careplan["supportingInfo"] = supporting
    return {key: value for key, value in careplan.items() if value != []}


def title(plan: EducationPlan) -> str:
    return f"{word(plan.language, 'plan')}: {plan.pack.title}"


def reason(plan: EducationPlan) -> JsonObject:
    """The reason as a request carries it: the Condition, or the bare code without one."""
    if plan.reason.condition:
        return {"reasonReference": [reference(plan.reason.condition)]}
    return {"reasonCode": [{"coding": [coding(plan.reason.coding)]}]}


def _supporting_info(plan: EducationPlan) -> list[JsonObject]:
    later = [reference(visit.encounter) for visit in plan.visits[1:]]
    whole = [reference(urn) for handout, urn in handouts_of(plan) if len(handout.topics) != 1]
    return later + whole


def _text(plan: EducationPlan) -> JsonObject:
    say = plan.language
    return narrative(
        say,
        bold(title(plan)),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        paragraph(word(say, "proposal") if plan.state is PlanState.PROPOSED else ""),
        paragraph(f"{word(say, 'reason')}: {plan.reason.coding.code}. {plan.reason.why}".strip()),
        listed(word(say, "topics"), (topic.title for topic in plan.topics)),
        listed(word(say, "goals"), (goal.text for goal in plan.goals)),
        listed(word(say, "handouts"), (handout.title for handout in plan.handouts)),
        listed(word(say, "visits"), (f"{visit.at:%d.%m.%Y}" for visit in plan.visits)),
        paragraph(
            f"{word(say, 'content')}: {plan.pack.id} {plan.pack.version}, "
            f"{word(say, 'edition-' + plan.edition.value)}, {say}."
        ),
    )
