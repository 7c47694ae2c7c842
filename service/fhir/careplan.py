"""EducationPlan to FHIR R4 CarePlan (fhir-model: request by reference, never inline)."""

from collections.abc import Iterator

from service.domain.goal import Goal, GoalState
from service.domain.plan import EducationPlan, PlannedTopic, PlanState
from service.domain.teaching import Round, Understanding
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    coding,
    edition_extension,
    episode_extension,
    goal_urn,
    handouts_of,
    identifier,
    instant,
    numbered_urn,
    plan_urn,
    reference,
    round_urn,
)
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.note_words import said

# A proposal is `draft`/`proposal`; accepting it makes the plan `active`/`plan`
# (FHIR R4 request pattern; intent is what the record may rely on).
STATUS = {
    PlanState.PROPOSED: "draft",
    PlanState.ACTIVE: "active",
    PlanState.COMPLETED: "completed",
    PlanState.REVOKED: "revoked",
    PlanState.IN_ERROR: "entered-in-error",
}
INTENT = dict.fromkeys(PlanState, "plan") | {PlanState.PROPOSED: "proposal"}

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
        "extension": [edition_extension(plan.edition.value), *_episode(plan)],
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
        "period": _period(plan),
        "created": instant(plan.created),
        "goal": [reference(goal_urn(plan, goal)) for goal in plan.goals],
        "activity": [
            _activity(plan, topic, asked)
            for topic in plan.topics
            for asked in plan.rounds(topic)
            if not asked.in_error
        ],
        "note": [{"text": text} for text in _notes(plan)],
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


def _episode(plan: EducationPlan) -> list[JsonObject]:
    return [episode_extension(plan.episode)] if plan.episode else []


def _period(plan: EducationPlan) -> JsonObject:
    period: JsonObject = {"start": instant(plan.visits[0].at)}
    return period if plan.is_open else period | {"end": instant(plan.updated)}


def _activity(plan: EducationPlan, topic: PlannedTopic, asked: Round) -> JsonObject:
    """A request, and what came of it: what was said, and what was understood."""
    came: list[str] = []
    for teaching in asked.teachings:
        came.append(numbered_urn(plan, "teaching", teaching.number))
        if teaching.understanding is not Understanding.NOT_ASSESSED:
            came.append(numbered_urn(plan, "teach-back", teaching.number))
    activity: JsonObject = {"reference": reference(round_urn(plan, topic, asked))}
    return activity | {"outcomeReference": list(map(reference, came))} if came else activity


def _notes(plan: EducationPlan) -> list[str]:
    say = plan.language
    steps = [s.next_step for s in plan.sessions if s.next_step and not s.error]
    found = [f"{word(say, 'next')}: {said(say, steps[-1])}"] if steps and plan.is_open else []
    if plan.ended:
        found.append(f"{word(say, 'void' if _is_void(plan) else 'ended')}: {plan.ended}")
    return found


def _is_void(plan: EducationPlan) -> bool:
    return plan.state is PlanState.IN_ERROR


def _supporting_info(plan: EducationPlan) -> list[JsonObject]:
    later = [reference(visit.encounter) for visit in plan.visits[1:]]
    whole = [reference(urn) for handout, urn in handouts_of(plan) if len(handout.topics) != 1]
    return later + whole


def _happened(plan: EducationPlan) -> Iterator[str]:
    titles = {topic.id: topic.title for topic in plan.topics}
    for session in plan.sessions:
        for teaching in session.teachings:
            if not teaching.error:
                told = [titles[teaching.topic], said(plan.language, teaching.outcome)]
                if teaching.understanding is not Understanding.NOT_ASSESSED:
                    told.append(said(plan.language, teaching.understanding))
                yield f"{session.at:%d.%m.%Y}: {', '.join(told)}"


def _agreed(say: str, goal: Goal) -> str:
    return f"{goal.text} ({said(say, goal.state)})"


def _text(plan: EducationPlan) -> JsonObject:
    say = plan.language
    return narrative(
        say,
        bold(title(plan)),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        paragraph(word(say, "proposal") if plan.state is PlanState.PROPOSED else ""),
        paragraph(f"{word(say, 'reason')}: {plan.reason.coding.code}. {plan.reason.why}".strip()),
        *(paragraph(f"{text}.") for text in _notes(plan)),
        listed(word(say, "topics"), (topic.title for topic in plan.topics)),
        listed(word(say, "said-of-topics"), _happened(plan)),
        listed(word(say, "agreed-goals"), (_agreed(say, g) for g in plan.goals if g.agreed)),
        listed(word(say, "goals"), (g.text for g in plan.goals if g.state is GoalState.PROPOSED)),
        listed(word(say, "handouts"), (handout.title for handout in plan.handouts)),
        listed(word(say, "visits"), (f"{visit.at:%d.%m.%Y}" for visit in plan.visits)),
        paragraph(
            f"{word(say, 'content')}: {plan.pack.id} {plan.pack.version}, "
            f"{word(say, 'edition-' + plan.edition.value)}, {say}."
        ),
    )
