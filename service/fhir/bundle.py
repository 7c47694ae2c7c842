"""Plan to the transaction Bundle that an EHR can post as it is (FHIR R4 transaction).

Every entry is conditional on an identity of ours, so posting the Bundle again, after a
lost answer or by another way in, changes nothing.
"""

from collections.abc import Sequence

from service.domain.plan import EducationPlan
from service.fhir.careplan import to_careplan
from service.fhir.elements import (
    JsonObject,
    goal_urn,
    handouts_of,
    identifier,
    instant,
    plan_urn,
    revision_urn,
    topic_urn,
)
from service.fhir.goal import to_goal
from service.fhir.handout import to_handout
from service.fhir.provenance import provenance_tag, to_provenance
from service.fhir.topic_request import to_topic_request
from service.fhir.urls import URI


def to_bundle(plan: EducationPlan, *, service_url: str, caller: str) -> JsonObject:
    """Return the whole plan as one transaction: CarePlan first, Provenance last.

    References inside are `urn:uuid:`; references to the clinic's own resources
    (Patient, Encounter, Condition, Practitioner) are left as the clinic wrote them.
    """
    topics = (_newest(plan, topic_urn(plan, t), to_topic_request(plan, t)) for t in plan.topics)
    goals = (_once(goal_urn(plan, g), to_goal(plan, g)) for g in plan.goals)
    handouts = (_once(urn, to_handout(plan, h, service_url)) for h, urn in handouts_of(plan))
    entries = [_newest(plan, plan_urn(plan), to_careplan(plan)), *topics, *goals, *handouts]
    targets = [str(entry["fullUrl"]) for entry in entries]
    entries.append(_provenance_entry(plan, to_provenance(plan, targets, caller)))
    return {
        "resourceType": "Bundle",
        "identifier": identifier(revision_urn(plan, "bundle")),
        "type": "transaction",
        "timestamp": instant(plan.updated),
        "entry": entries,
    }


def to_searchset(plans: Sequence[EducationPlan]) -> JsonObject:
    """Return the CarePlans as the result of a search, in the order given."""
    found: JsonObject = {"resourceType": "Bundle", "type": "searchset", "total": len(plans)}
    if plans:  # R4 has no empty lists
        found["entry"] = [
            {
                "fullUrl": plan_urn(plan),
                "resource": to_careplan(plan),
                "search": {"mode": "match"},
            }
            for plan in plans
        ]
    return found


def _newest(plan: EducationPlan, full_url: str, resource: JsonObject) -> JsonObject:
    """A later revision replaces what stands, or makes it where it does not yet.

    What was proposed and is now confirmed would stay a proposal in the record otherwise.
    """
    if plan.revision == 1:
        return _once(full_url, resource)
    query = f"{resource['resourceType']}?identifier={URI}|{full_url}"
    return {
        "fullUrl": full_url,
        "resource": resource,
        "request": {"method": "PUT", "url": query},
    }


def _once(full_url: str, resource: JsonObject) -> JsonObject:
    return {
        "fullUrl": full_url,
        "resource": resource,
        "request": {
            "method": "POST",
            "url": resource["resourceType"],
            "ifNoneExist": f"identifier={URI}|{full_url}",
        },
    }


def _provenance_entry(plan: EducationPlan, resource: JsonObject) -> JsonObject:
    tag = provenance_tag(plan)
    return {
        "fullUrl": revision_urn(plan, "provenance-entry"),
        "resource": resource,
        "request": {
            "method": "POST",
            "url": "Provenance",
            "ifNoneExist": f"_tag={tag['system']}|{tag['code']}",
        },
    }
