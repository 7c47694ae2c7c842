"""$apply, R4 form: one transient CarePlan whose single activity is a RequestGroup.

Source: https://hl7.org/fhir/R4/plandefinition-operation-apply.html. What the group's actions
point to is contained: with `#` before every id, each named at least once (dom-3), none
nested (dom-2). Nothing here comes from a patient's record but the references handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.domain.plan import EducationPlan, PlannedTopic
from service.domain.values import dataclass
from service.fhir import urls
from service.fhir.careplan import title, to_careplan
from service.fhir.elements import (
    JsonObject,
    goal_urn,
    handouts_of,
    instant,
    plan_urn,
    reference,
    topic_urn,
)
from service.fhir.goal import to_goal
from service.fhir.narrative import bold, listed, narrative, paragraph, word
from service.fhir.record import id_of_urn, renamed
from service.fhir.topic_request import to_topic_request

# Of HL7's extensions for R4 (hl7.fhir.uv.extensions.r4): what applying a definition has to say.
EXT_MESSAGES = "http://hl7.org/fhir/StructureDefinition/cqf-messages"
GROUP, MESSAGES = "request-group", "messages"

# Not known to a definition: who it is for is told, why is not; and a transient thing has no
# identity. Contained resources carry no narrative.
_NOT_HERE = ("identifier", "reasonCode", "reasonReference", "addresses", "text", "period")


@dataclass(frozen=True, slots=True)
class Told:
    """What the caller said besides the definition: references, or "" where nothing was said.

    `replaces` is the open plan of the subject on the same definition. `skipped` are the
    parts of the definition that are not in the answer, each with its reason.
    """

    for_patient: bool = False
    organization: str = ""
    replaces: str = ""
    skipped: tuple[tuple[str, str], ...] = ()


def to_applied_plan(plan: EducationPlan, told: Told) -> JsonObject:
    """Return the CarePlan of a PlanDefinition for one subject.

    `plan` is a draft that is stored nowhere; its reason is not looked at, and its only
    visit may be without an encounter.
    """
    plan = _worded(plan, told)
    inside = _contained_names(plan)
    careplan = _bare(renamed(to_careplan(plan), inside), "goal", "activity")
    careplan["text"] = _text(plan)
    careplan["contained"] = [
        _group(plan, inside),
        *(_contained(to_topic_request(plan, t), inside, topic_urn(plan, t)) for t in plan.topics),
        *(_contained(to_goal(plan, g), inside, goal_urn(plan, g)) for g in plan.goals),
    ]
    if plan.goals:
        careplan["goal"] = [reference(inside[goal_urn(plan, goal)]) for goal in plan.goals]
    careplan["activity"] = [{"reference": reference(f"#{GROUP}")}]
    if told.replaces:
        careplan["replaces"] = [reference(told.replaces)]
    if told.organization:
        careplan["contributor"] = [reference(told.organization)]
    return _with_messages(careplan, told.skipped)


def to_applied_activity(plan: EducationPlan, topic_id: str, told: Told) -> JsonObject:
    """Return the ServiceRequest of one ActivityDefinition, with the goals it pertains to."""
    plan = _worded(plan, told)
    topic = next(each for each in plan.topics if each.id == topic_id)
    inside = _contained_names(plan)
    request = _bare(renamed(to_topic_request(plan, topic), inside))
    goals = [goal for goal in plan.goals if topic.id in goal.topics]
    if goals:
        request["contained"] = [
            _contained(to_goal(plan, goal), inside, goal_urn(plan, goal)) for goal in goals
        ]
    request["text"] = narrative(plan.language, bold(topic.title))
    return _with_messages(request, told.skipped)


def _worded(plan: EducationPlan, told: Told) -> EducationPlan:
    """For a patient, the patient's wording stands where the physiotherapist's would."""
    if not told.for_patient:
        return plan
    topics = tuple(replace(t, title=t.patient_title, objectives=()) for t in plan.topics)
    pack = replace(plan.pack, title=plan.pack.patient_title)
    return replace(plan, topics=topics, pack=pack)


def _contained_names(plan: EducationPlan) -> Mapping[str, str]:
    return {
        plan_urn(plan): "#",
        **{topic_urn(plan, topic): f"#topic-{topic.id}" for topic in plan.topics},
        **{goal_urn(plan, goal): f"#goal-{goal.id}" for goal in plan.goals},
        **{urn: f"DocumentReference/{id_of_urn(urn)}" for _, urn in handouts_of(plan)},
    }


def _group(plan: EducationPlan, inside: Mapping[str, str]) -> JsonObject:
    group: JsonObject = {
        "resourceType": "RequestGroup",
        "id": GROUP,
        "instantiatesCanonical": [urls.plan_definition(plan.pack.id, plan.pack.version)],
        "status": "draft",
        "intent": "proposal",
        "subject": reference(plan.patient),
        "authoredOn": instant(plan.created),
        "action": [_action(plan, topic, inside) for topic in plan.topics],
    }
    if plan.visits[0].encounter:
        group["encounter"] = reference(plan.visits[0].encounter)
    if plan.author:
        group["author"] = reference(plan.author)
    return group


def _action(plan: EducationPlan, topic: PlannedTopic, inside: Mapping[str, str]) -> JsonObject:
    return {
        "id": topic.id,
        "title": topic.title,
        "code": [{"coding": [{"system": urls.TOPIC, "code": f"{plan.pack.id}.{topic.id}"}]}],
        "resource": reference(inside[topic_urn(plan, topic)]),
    }


def _contained(resource: JsonObject, inside: Mapping[str, str], urn: str) -> JsonObject:
    body = _bare(renamed(resource, inside))
    return {"resourceType": body.pop("resourceType"), "id": inside[urn][1:]} | body


def _bare(resource: JsonObject, *more: str) -> JsonObject:
    body = {key: value for key, value in resource.items() if key not in (*_NOT_HERE, *more)}
    if body.get("encounter") == reference(""):
        del body["encounter"]
    return body


def _with_messages(resource: JsonObject, skipped: Iterable[tuple[str, str]]) -> JsonObject:
    issues = [
        {
            "severity": "information",
            "code": "informational",
            "details": {"text": f"{what}: {why}"},
        }
        for what, why in skipped
    ]
    if not issues:
        return resource
    outcome = {"resourceType": "OperationOutcome", "id": MESSAGES, "issue": issues}
    message = {"url": EXT_MESSAGES, "valueReference": reference(f"#{MESSAGES}")}
    return resource | {
        "contained": [*_list(resource, "contained"), outcome],
        "extension": [*_list(resource, "extension"), message],
    }


def _list(resource: JsonObject, name: str) -> list[object]:
    found = resource.get(name, [])
    return found if isinstance(found, list) else []


def _text(plan: EducationPlan) -> JsonObject:
    say = plan.language
    return narrative(
        say,
        bold(title(plan)),
        paragraph(word(say, "draft") if plan.pack.is_draft else ""),
        paragraph(word(say, "proposal")),
        listed(word(say, "topics"), (topic.title for topic in plan.topics)),
        listed(word(say, "goals"), (goal.text for goal in plan.goals)),
        listed(word(say, "handouts"), (handout.title for handout in plan.handouts)),
    )
