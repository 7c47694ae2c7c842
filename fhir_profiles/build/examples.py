"""One valid example for each profile and for each row of the lifecycle.

What the service writes today is made by the service itself, from the first pack; what later
issues write (teaching, teach-back, assigned handouts) is spelled out here. Everybody in them
is made up. `profiles.py` writes them into fhir_profiles/generated/examples/.
"""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from fhir_profiles.build.terminology import ROOT
from service import __version__
from service.domain.codes import ICD10, SNOMED, Coding
from service.domain.content import Edition
from service.domain.encounter import Condition, Encounter
from service.domain.matching import index_rules, match
from service.domain.plan import EducationPlan, draft_plan, outline
from service.domain.selection import select
from service.fhir import urls
from service.fhir.apply import Told, to_applied_plan
from service.fhir.audit_event import to_audit_event
from service.fhir.bundle import to_bundle
from service.fhir.knowledge import knowledge
from service.fhir.record import PlanRevision, newest
from service.packs.files import read_pack

Json = dict[str, Any]

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SERVICE = "https://education.example"
PACK = "lumbar-spinal-stenosis"
PLAN = "0190a000-0000-7000-8000-000000000001"
PATIENT = {"reference": "Patient/anna"}
PHYSIO = {"reference": "Practitioner/fys1"}
REQUEST = {"reference": f"ServiceRequest/{PLAN}.t.pain-mechanisms"}
TOPIC = {
    "coding": [
        {"system": urls.TOPIC, "code": f"{PACK}.pain-mechanisms"},
        {"system": SNOMED, "code": "712651001"},
    ],
    "text": "Smertemekanismer",
}
EDITION = {"url": urls.EXT_EDITION, "valueCode": "full"}
CATEGORY = urls.CATEGORY
REASONS = f"{urls.BASE}/CodeSystem/not-done-reason"
RESULTS = f"{urls.BASE}/CodeSystem/teach-back-result"


def profile(name: str) -> str:
    """The canonical of a profile of ours."""
    return f"{urls.BASE}/StructureDefinition/{name}"


def examples() -> dict[str, tuple[str, Json]]:
    """Return each example with the canonical of its profile, by its id."""
    found: dict[str, tuple[str, Json]] = {}
    for kind, name, resource in (*_written(), *_known(), *_taught(), *_trail()):
        body = {"resourceType": resource["resourceType"]} | resource | {"id": name}
        assert name not in found, name
        found[name] = (profile(kind), body)
    return found


def _written() -> Iterator[tuple[str, str, Json]]:
    """What an encounter gives, and what becomes of it."""
    plan, proposal = _plan("18347007", SNOMED), _plan("M48.0", ICD10)
    written = _resources(plan)
    careplan = written[f"CarePlan/{PLAN}"]
    yield "edu-careplan", "plan-active", careplan
    yield "edu-careplan", "plan-proposed", _resources(proposal)[f"CarePlan/{PLAN}"]
    for status in ("completed", "revoked", "on-hold", "entered-in-error"):
        yield "edu-careplan", f"plan-{status}", careplan | {"status": status}
    yield "edu-careplan-inline", "plan-inline", _inline(careplan)
    yield "edu-applied-careplan", "plan-applied", to_applied_plan(proposal, Told())
    request = written[f"ServiceRequest/{PLAN}.t.pain-mechanisms"]
    yield "edu-topic-request", "topic-planned", request
    yield "edu-topic-request", "topic-completed", request | {"status": "completed"}
    yield "edu-topic-request", "topic-revoked", _revoked(request)
    yield "edu-topic-request", "topic-entered-in-error", request | {"status": "entered-in-error"}
    goal = next(each for name, each in written.items() if name.startswith("Goal/"))
    yield from _goals(goal)
    handout = next(each for name, each in written.items() if name.startswith("DocumentRef"))
    yield "edu-handout", "handout-general", handout
    yield "edu-handout", "handout-superseded", handout | {"status": "superseded"}
    yield "edu-handout", "handout-specific", _specific(handout)
    yield "edu-provenance", "provenance", written[f"Provenance/{PLAN}.p.1"]
    for name, each in (("bundle", plan), ("bundle-proposal", proposal)):
        bundle = to_bundle(each, service_url=SERVICE, caller="ehr")
        yield "edu-transaction-bundle", name, bundle


def _plan(code: str, system: str) -> EducationPlan:
    pack = read_pack(ROOT / "content" / PACK)
    condition = Condition((Coding(system, code),), reference="Condition/back")
    encounter = Encounter(
        "Encounter/visit-1", "Patient/anna", (condition,), AT, practitioner="Practitioner/fys1"
    )
    found = match(encounter, index_rules([pack], {}))
    assert found is not None
    return draft_plan(PLAN, "demo", encounter, found, outline(select(pack, Edition.FULL, "da")), AT)


def _resources(plan: EducationPlan) -> dict[str, Json]:
    bundle = orjson.dumps(to_bundle(plan, service_url=SERVICE, caller="ehr"))
    versions = newest([PlanRevision(plan, bundle)])
    return {name: dict(version.resource) for name, version in versions.items()}


def _inline(careplan: Json) -> Json:
    detail = {
        "kind": "ServiceRequest",
        "instantiatesCanonical": [urls.activity_definition(PACK, "pain-mechanisms", "0.1.0")],
        "code": TOPIC,
        "status": "not-started",
    }
    plain = {key: value for key, value in careplan.items() if key not in ("goal", "meta")}
    return plain | {"activity": [{"detail": detail}]}


def _revoked(request: Json) -> Json:
    why = {
        "url": "http://hl7.org/fhir/StructureDefinition/request-statusReason",
        "valueCodeableConcept": {"coding": [{"system": REASONS, "code": "not-relevant"}]},
    }
    return request | {"status": "revoked", "extension": [*request["extension"], why]}


def _goals(proposed: Json) -> Iterator[tuple[str, str, Json]]:
    reached = "http://terminology.hl7.org/CodeSystem/goal-achievement"
    agreed = proposed | {
        "lifecycleStatus": "active",
        "expressedBy": PATIENT,
        "description": {"text": "Gå til bageren og hjem igen uden pause"},
        "target": [
            {
                "measure": {"coding": [{"system": urls.LOINC, "code": "64098-7"}]},
                "detailQuantity": {"value": 400, "unit": "m"},
                "dueDate": "2027-02-01",
            }
        ],
        "extension": [_acceptance("agree")],
    }
    yield "edu-goal", "goal-proposed", proposed
    yield "edu-goal", "goal-active", agreed
    for name, code in (("goal-achieved", "achieved"), ("goal-not-achieved", "not-achieved")):
        status = {"coding": [{"system": reached, "code": code}]}
        ended = {"lifecycleStatus": "completed", "achievementStatus": status}
        yield "edu-goal", name, agreed | ended
    given_up = {"lifecycleStatus": "cancelled", "statusReason": "Patienten vil hellere cykle."}
    yield "edu-goal", "goal-cancelled", agreed | given_up
    yield "edu-goal", "goal-entered-in-error", agreed | {"lifecycleStatus": "entered-in-error"}


def _acceptance(status: str) -> Json:
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/goal-acceptance",
        "extension": [
            {"url": "individual", "valueReference": PATIENT},
            {"url": "status", "valueCode": status},
        ],
    }


def _specific(handout: Json) -> Json:
    category = [{"coding": [{"system": CATEGORY, "code": "patient-specific-material"}]}]
    return handout | {"category": category, "subject": PATIENT}


def _known() -> Iterator[tuple[str, str, Json]]:
    """What the service knows of the first pack."""
    pack = read_pack(ROOT / "content" / PACK)
    known = knowledge(pack, SERVICE)
    yield "edu-plandefinition", "definition", dict(known[f"PlanDefinition/{PACK}"])
    activity = known[f"ActivityDefinition/{PACK}-pain-mechanisms"]
    yield "edu-activitydefinition", "activity", dict(activity)
    yield "edu-library", "manifest", dict(known[f"Library/{PACK}"])


def _taught() -> Iterator[tuple[str, str, Json]]:
    """Teaching, teach-back, handouts in a patient's hands."""
    taught = _communication("education-topic", "completed") | {
        "instantiatesCanonical": [urls.activity_definition(PACK, "pain-mechanisms", "0.1.0")],
        "basedOn": [REQUEST],
        "topic": TOPIC,
        "encounter": {"reference": "Encounter/visit-1"},
        "sent": "2026-11-23T09:20:00Z",
        "received": "2026-11-23T09:20:00Z",
        "sender": PHYSIO,
        "extension": [EDITION],
    }
    taught["category"].append(
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/communication-category",
                    "code": "instruction",
                }
            ]
        }
    )
    yield "edu-topic-communication", "taught", taught
    relative = taught | {"recipient": [PATIENT, {"reference": "RelatedPerson/son"}]}
    yield "edu-topic-communication", "taught-with-relative", relative
    objection = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason"
    for name, system, code in (
        ("not-taught-deferred", REASONS, "deferred"),
        ("not-taught-not-relevant", REASONS, "not-relevant"),
        ("not-taught-declined", objection, "patient-objection"),
    ):
        reason = {"coding": [{"system": system, "code": code}]}
        missed = taught | {"status": "not-done", "statusReason": reason}
        yield "edu-topic-communication", name, missed
    wrong = taught | {"status": "entered-in-error"}
    yield "edu-topic-communication", "taught-entered-in-error", wrong
    yield from _assigned()
    yield from _teach_backs()
    yield "edu-procedure", "procedure", _procedure()
    for status in ("requested", "in-progress", "completed"):
        yield "edu-review-task", f"task-{status}", _task(status)


def _communication(category: str, status: str) -> Json:
    return {
        "resourceType": "Communication",
        "identifier": [_identifier(f"{category}-{status}")],
        "status": status,
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        "subject": PATIENT,
        "recipient": [PATIENT],
    }


def _identifier(name: str) -> Json:
    return {"system": urls.URI, "value": urls.urn("example", name)}


def _assigned() -> Iterator[tuple[str, str, Json]]:
    assigned = _communication("handout-assignment", "in-progress") | {
        "extension": [
            EDITION,
            {"url": profile("handout-availability"), "valuePeriod": {"start": "2026-11-23"}},
        ],
        "sent": "2026-11-23T09:30:00Z",
        "payload": [{"contentReference": {"reference": "DocumentReference/handout-general"}}],
    }
    yield "edu-handout-communication", "handout-assigned", assigned
    opened = assigned | {"received": "2026-11-24T18:00:00Z"}
    yield "edu-handout-communication", "handout-opened", opened
    yield "edu-handout-communication", "handout-ended", opened | {"status": "completed"}
    withdrawn = {"status": "stopped", "statusReason": {"text": "Erstattet af en ny udgave"}}
    yield "edu-handout-communication", "handout-withdrawn", assigned | withdrawn


def _teach_backs() -> Iterator[tuple[str, str, Json]]:
    survey = "http://terminology.hl7.org/CodeSystem/observation-category"
    for result in ("understood", "understood-with-help", "partial", "not-understood"):
        yield (
            "edu-teach-back",
            f"teach-back-{result}",
            {
                "resourceType": "Observation",
                "identifier": [_identifier(f"teach-back-{result}")],
                "basedOn": [REQUEST],
                "status": "final",
                "category": [{"coding": [{"system": survey, "code": "survey"}]}],
                "code": {"coding": [{"system": SNOMED, "code": "440442006"}]},
                "subject": PATIENT,
                "encounter": {"reference": "Encounter/visit-1"},
                "effectiveDateTime": "2026-11-23T09:25:00Z",
                "performer": [PHYSIO],
                "valueCodeableConcept": {"coding": [{"system": RESULTS, "code": result}]},
                "method": {"text": "Teach-back"},
            },
        )
    yield (
        "edu-teach-back-response",
        "teach-back-form",
        {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": f"{urls.BASE}/Questionnaire/teach-back|{__version__}",
            "status": "completed",
            "basedOn": [REQUEST],
            "subject": PATIENT,
            "authored": "2026-11-23T09:25:00Z",
            "author": PHYSIO,
            "item": [
                {"linkId": "own-words", "answer": [{"valueString": "Smerte er ikke altid skade."}]},
                {
                    "linkId": "result",
                    "answer": [{"valueCoding": {"system": RESULTS, "code": "understood"}}],
                },
            ],
        },
    )


def _procedure() -> Json:
    return {
        "resourceType": "Procedure",
        "identifier": [_identifier("procedure")],
        "instantiatesCanonical": [urls.activity_definition(PACK, "pain-mechanisms", "0.1.0")],
        "basedOn": [REQUEST],
        "status": "completed",
        "category": {"coding": [{"system": SNOMED, "code": "311401005"}]},
        "code": TOPIC,
        "subject": PATIENT,
        "performedDateTime": "2026-11-23T09:20:00Z",
        "performer": [{"actor": PHYSIO}],
    }


def _task(status: str) -> Json:
    return {
        "resourceType": "Task",
        "identifier": [_identifier(f"task-{status}")],
        "status": status,
        "intent": "order",
        "code": {"text": "Læs pjecen"},
        "focus": {"reference": "DocumentReference/handout-general"},
        "for": PATIENT,
        "authoredOn": "2026-11-23T09:30:00Z",
        "requester": PHYSIO,
        "owner": PATIENT,
    }


def _trail() -> Iterator[tuple[str, str, Json]]:
    agent = ("clinician", "fys1")
    read = to_audit_event("x", AT, "plan.read", PLAN, "Patient/anna", agent)
    made = to_audit_event("x", AT, "plan.created", PLAN, "Patient/anna", ("system", "ehr"))
    handout = "DocumentReference/handout-general"
    opened = to_audit_event("x", AT, "fhir.read", handout, "Patient/anna", ("patient", "anna"))
    for kind, name, event in (
        ("edu-audit-event", "audit-read", read),
        ("edu-audit-event", "audit-made", made),
        ("edu-viewed-audit-event", "audit-opened", opened),
    ):
        yield kind, name, copy.deepcopy({k: v for k, v in event.items() if k != "meta"})
    yield (
        "edu-device",
        "device",
        {
            "resourceType": "Device",
            "identifier": [{"system": urls.URI, "value": urls.BASE}],
            "status": "active",
            "deviceName": [{"name": "Uddannelsesplan-tjenesten", "type": "user-friendly-name"}],
            "version": [{"value": __version__}],
        },
    )
