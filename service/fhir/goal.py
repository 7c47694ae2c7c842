"""A suggested goal to FHIR R4 Goal: proposed, until the patient makes it their own."""

from service.domain.goal import Goal
from service.domain.plan import EducationPlan
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    coding,
    goal_urn,
    identifier,
    instant,
    reference,
)
from service.fhir.narrative import bold, narrative, word


def to_goal(plan: EducationPlan, goal: Goal) -> JsonObject:
    """Return the Goal with `lifecycleStatus` proposed and nobody's acceptance in it."""
    resource: JsonObject = {
        "resourceType": "Goal",
        "language": plan.language,
        "text": narrative(plan.language, bold(f"{word(plan.language, 'goal')}: {goal.text}")),
        "identifier": [identifier(goal_urn(plan, goal))],
        "lifecycleStatus": "proposed",
        "description": {
            "coding": [{"system": urls.GOAL, "code": f"{plan.pack.id}.{goal.id}"}],
            "text": goal.text,
        },
        "subject": reference(plan.patient),
        "statusDate": instant(plan.created)[:10],
    }
    if goal.measure:
        resource["target"] = [{"measure": {"coding": [coding(goal.measure)]}}]
    if plan.reason.condition:
        resource["addresses"] = [reference(plan.reason.condition)]
    return resource
