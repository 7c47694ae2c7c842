"""A row of the audit trail to FHIR R4 AuditEvent: who did what to whose record, and when."""

from datetime import datetime

from service.fhir import urls
from service.fhir.elements import JsonObject, instant, reference
from service.fhir.record import profiles_of

_TYPE = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
# R4 audit-event-action: create, update, delete, execute; everything else is a look.
_ACTIONS = {
    "plan.created": "C",
    "plan.proposed": "C",
    "plan.continued": "U",
    "plan.confirmed": "U",
    "plan.taught": "U",
    "plan.goal-agreed": "U",
    "plan.goal-changed": "U",
    "plan.corrected": "U",
    "plan.closed": "U",
    "plan.resumed": "U",
    "plan.handout-given": "U",
    "plan.handout-withdrawn": "U",
    "plan.handout-opened": "U",
    "plan.handout-read": "U",
    "plan.asked": "U",
    "plan.question-taken-back": "U",
    "patient.erased": "D",
    "plan.replay": "E",
    "pages.closed": "E",
    "plan.propose": "E",
    "definition.apply": "E",
    "refused.not-authenticated": "E",
    "refused.not-allowed": "E",
    "refused.not-found": "E",
    "refused.launch-refused": "E",
}
_REFUSED = "4"  # R4 audit-event-outcome: minor failure, "a request that is not permitted"
ACTION = f"{urls.BASE}/CodeSystem/audit-action"
ERASED = "erased:"  # begins what stands for a patient who was erased
PSEUDONYM = f"{urls.BASE}/erased-patient"


def to_audit_event(
    name: str, at: datetime, action: str, entity: str, patient: str, agent: tuple[str, str]
) -> JsonObject:
    """Return the AuditEvent of the id `name`; `agent` is the role and the name of who acted.

    `entity` is the id of a plan, the `Type/id` of a resource, or what was searched or applied; of
    a refusal how often, and the door: `10 GET /api/v1/plans/<plan_id>`.
    """
    role, who = agent
    return {
        "resourceType": "AuditEvent",
        "id": name,
        "meta": {
            "versionId": "1",
            "lastUpdated": instant(at),
            **profiles_of("AuditEvent"),
        },
        "type": _TYPE,
        "subtype": [{"system": ACTION, "code": action}],
        "action": _ACTIONS.get(action, "R"),
        "recorded": instant(at),
        "outcome": _REFUSED if action.startswith("refused.") else "0",
        "agent": [
            {
                "role": [{"text": role}],
                "who": {"identifier": {"value": who}},
                "name": who,
                "requestor": True,
            }
        ],
        "source": {"observer": {"identifier": {"value": urls.BASE}}},
        "entity": [each for each in (_patient(patient), _what(entity)) if each],
    }


def _patient(patient: str) -> JsonObject:
    if not patient:
        return {}
    what = reference(patient)
    if patient.startswith(ERASED):  # no patient's reference any more
        what = {"identifier": {"system": PSEUDONYM, "value": patient.removeprefix(ERASED)}}
    return {"what": what, "role": {"system": _ROLE, "code": "1"}}


def _what(entity: str) -> JsonObject:
    if not entity:
        return {}
    role = {"system": _ROLE, "code": "4"}
    many, _, door = entity.partition(" ")
    if door and many.isdigit():  # a door, and how often within a minute it was not opened
        told = {"type": "count", "valueString": many}
        return {"name": door, "role": role, "detail": [told]}
    if "/" in entity:
        return {"what": reference(entity), "role": role}
    if entity.count("-") == 4 and len(entity) == 36:  # a UUID, so a plan
        return {"what": reference(f"CarePlan/{entity}"), "role": role}
    return {"name": entity, "role": role}
