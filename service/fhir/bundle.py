"""Plan to the transaction Bundle that an EHR can post as it is (FHIR R4 transaction).

Every entry is conditional on an identity of ours, so posting the Bundle again, after a
lost answer or by another way in, changes nothing. It holds the whole plan, so an EHR that
missed a revision is brought up to date by the next.
"""

from collections.abc import Iterator

from service.domain.plan import EducationPlan
from service.domain.teaching import Session
from service.domain.values import dataclass
from service.fhir.asked import question_urn, to_question
from service.fhir.assigned import assignment_urn, to_assignment
from service.fhir.careplan import to_careplan
from service.fhir.communication import to_communication
from service.fhir.elements import (
    JsonObject,
    goal_urn,
    handouts_of,
    identifier,
    instant,
    numbered_urn,
    plan_urn,
    revision_urn,
)
from service.fhir.goal import to_goal
from service.fhir.handout import to_handout
from service.fhir.note_document import to_note
from service.fhir.observed import to_job, to_mood
from service.fhir.provenance import provenance_tag, to_provenance
from service.fhir.teach_back import is_checked, to_teach_back
from service.fhir.topic_request import to_topic_requests
from service.fhir.urls import URI


@dataclass(frozen=True, slots=True)
class Part:
    """A resource of a plan with its identity; `changed` is the revision it was written in."""

    urn: str
    resource: JsonObject
    changed: int = 1


def to_bundle(plan: EducationPlan, *, service_url: str, caller: str) -> JsonObject:
    """Return the whole plan as one transaction: CarePlan first, Provenance last.

    References inside are `urn:uuid:`; references to the clinic's own resources
    (Patient, Encounter, Condition, Practitioner) are left as the clinic wrote them.
    """
    parts = list(_parts(plan, service_url))
    written = [part.urn for part in parts if part.changed == plan.revision]
    entries = [_entry(part) for part in parts]
    entries.append(_provenance_entry(plan, to_provenance(plan, written, caller)))
    return {
        "resourceType": "Bundle",
        "identifier": identifier(revision_urn(plan, "bundle")),
        "type": "transaction",
        "timestamp": instant(plan.updated),
        "entry": entries,
    }


def _parts(plan: EducationPlan, service_url: str) -> Iterator[Part]:
    yield Part(plan_urn(plan), to_careplan(plan), plan.revision)
    for topic in plan.topics:
        for urn, request in to_topic_requests(plan, topic):
            yield Part(urn, request, topic.changed)
    for goal in plan.goals:
        yield Part(goal_urn(plan, goal), to_goal(plan, goal), goal.changed)
    for handout, urn in handouts_of(plan):
        yield Part(urn, to_handout(plan, handout, service_url))
    for session in plan.sessions:
        yield from _of_session(plan, session)
    for given in plan.assignments:
        yield Part(assignment_urn(plan, given), to_assignment(plan, given), given.changed)
    for asked in plan.questions:
        yield Part(question_urn(plan, asked), to_question(plan, asked), asked.changed)


def _of_session(plan: EducationPlan, session: Session) -> Iterator[Part]:
    """What was said, what was understood, what was noticed, and the note."""
    for teaching in session.teachings:
        said = to_communication(plan, session, teaching)
        yield Part(numbered_urn(plan, "teaching", teaching.number), said, teaching.changed)
        if is_checked(teaching):
            result = to_teach_back(plan, session, teaching)
            yield Part(numbered_urn(plan, "teach-back", teaching.number), result, teaching.changed)
    noticed = []
    if session.mood:
        noticed.append(("mood", to_mood(plan, session, session.mood)))
    if session.job:
        noticed.append(("job", to_job(plan, session, session.job)))
    for role, resource in (*noticed, ("note", to_note(plan, session))):
        yield Part(numbered_urn(plan, role, session.number), resource, session.changed)


def _entry(part: Part) -> JsonObject:
    """What is as it was first made is made once; what changed since replaces what stands.

    It is made where it does not stand yet, as when a revision before was never delivered.
    """
    kind = part.resource["resourceType"]
    query = f"identifier={URI}|{part.urn}"
    request: JsonObject = (
        {"method": "POST", "url": kind, "ifNoneExist": query}
        if part.changed == 1
        else {"method": "PUT", "url": f"{kind}?{query}"}
    )
    return {"fullUrl": part.urn, "resource": part.resource, "request": request}


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
