"""One valid example for each profile and for each row of the lifecycle.

What the service writes is made by the service itself, from the first pack: a new plan here,
a course of visits in `course`. What it does not write yet (other ways to tell of teaching) is
spelled out. Everybody in them is made up.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha1, sha256
from itertools import chain

from fhir_profiles.build.course import documented
from fhir_profiles.build.otherwise import otherwise
from fhir_profiles.build.plans import AT, PACK, PLAN, ROOT, SERVICE, Json, a_plan, resources
from service import __version__
from service.domain.codes import ICD10, SNOMED
from service.domain.content import HandoutCopy, HandoutForm
from service.domain.plan import EducationPlan
from service.fhir import urls
from service.fhir.apply import Told, to_applied_activity, to_applied_plan
from service.fhir.audit_event import to_audit_event
from service.fhir.bundle import to_bundle
from service.fhir.handout import to_handout
from service.fhir.knowledge import knowledge
from service.packs.files import read_pack

PATIENT = {"reference": "Patient/anna"}
PHYSIO = {"reference": "Practitioner/fys1"}
REQUEST = {"reference": f"ServiceRequest/{PLAN}.t.pain-mechanisms"}
EARLIER = {"reference": "CarePlan/0190a000-0000-7000-8000-000000000000"}
TOPIC = {
    "coding": [
        {"system": urls.TOPIC, "code": f"{PACK}.pain-mechanisms"},
        {"system": SNOMED, "code": "712651001"},
    ],
    "text": "Smertemekanismer",
}
EDITION = {"url": urls.EXT_EDITION, "valueCode": "full"}
CATEGORY = urls.CATEGORY
RESULTS = f"{urls.BASE}/CodeSystem/teach-back-result"


def profile(name: str) -> str:
    """The canonical of a profile of ours."""
    return f"{urls.BASE}/StructureDefinition/{name}"


@cache
def examples() -> dict[str, tuple[str, Json]]:
    """Return each example with the canonical of its profile, by its id; made once, not changed."""
    found: dict[str, tuple[str, Json]] = {}
    groups = (_written(), documented(), otherwise(), _known(), _taught(), _trail())
    for kind, name, resource in chain(*groups):
        body = {"resourceType": resource["resourceType"]} | resource | {"id": name}
        assert name not in found, name
        found[name] = (profile(kind), body)
    return found


def _written() -> Iterator[tuple[str, str, Json]]:
    """What an encounter gives, and what becomes of it."""
    plan, proposal = a_plan("18347007", SNOMED), a_plan("M48.0", ICD10)
    written = resources(plan)
    careplan = written[f"CarePlan/{PLAN}"]
    yield "edu-careplan", "plan-active", careplan
    proposed = resources(proposal)
    yield "edu-careplan", "plan-proposed", proposed[f"CarePlan/{PLAN}"]
    yield "edu-careplan", "plan-replacing", careplan | {"replaces": [EARLIER]}
    request = proposed[f"ServiceRequest/{PLAN}.t.pain-mechanisms"]
    yield "edu-topic-request", "topic-proposed", request
    yield "edu-applied-careplan", "plan-applied", to_applied_plan(proposal, Told())
    skipped = Told(skipped=(("goal swim", "not in the pixi edition"),))
    yield "edu-applied-careplan", "plan-applied-in-part", to_applied_plan(proposal, skipped)
    applied = to_applied_activity(proposal, "pain-mechanisms", Told())
    yield "edu-applied-request", "topic-applied", applied
    yield "edu-topic-request", "topic-planned", written[f"ServiceRequest/{PLAN}.t.pain-mechanisms"]
    goal = next(each for name, each in written.items() if name.startswith("Goal/"))
    yield "edu-goal", "goal-proposed", goal
    handout = next(each for name, each in written.items() if name.startswith("DocumentRef"))
    yield "edu-handout", "handout-general", handout
    yield "edu-handout", "handout-printed", _printed(plan)
    yield "edu-handout", "handout-superseded", handout | {"status": "superseded"}
    yield "edu-handout", "handout-specific", _specific(handout)
    yield "edu-provenance", "provenance", written[f"Provenance/{PLAN}.p.1"]
    for name, each in (("bundle", plan), ("bundle-proposal", proposal)):
        bundle = to_bundle(each, service_url=SERVICE, caller="ehr")
        yield "edu-transaction-bundle", name, bundle


def _printed(plan: EducationPlan) -> Json:
    """A handout of the plan that was made as PDF too; the bytes are not those of a real one."""
    (handout, *_) = plan.handouts
    copies = tuple(
        HandoutCopy(
            form, sha256(form.encode()).hexdigest(), sha1(form.encode()).hexdigest(), 48_000
        )
        for form in (HandoutForm.PDF, HandoutForm.LARGE)
    )
    return dict(to_handout(plan, replace(handout, copies=copies), SERVICE))


def _specific(handout: Json) -> Json:
    category = [{"coding": [{"system": CATEGORY, "code": "patient-specific-material"}]}]
    return handout | {"category": category, "subject": PATIENT}


def _known() -> Iterator[tuple[str, str, Json]]:
    """What the service knows of the first pack."""
    pack = read_pack(ROOT / "content" / PACK)
    known = knowledge(pack, SERVICE, {}.__getitem__)  # no page of it is shown
    yield "edu-plandefinition", "definition", dict(known[f"PlanDefinition/{PACK}"])
    activity = known[f"ActivityDefinition/{PACK}-pain-mechanisms"]
    yield "edu-activitydefinition", "activity", dict(activity)
    yield "edu-library", "manifest", dict(known[f"Library/{PACK}"])


def _taught() -> Iterator[tuple[str, str, Json]]:
    """The ways to tell of teaching that records may want."""
    yield from _forms()
    for status in ("requested", "in-progress", "completed", "entered-in-error"):
        yield "edu-review-task", f"task-{status}", _task(status)


def _identifier(name: str) -> Json:
    return {"system": urls.URI, "value": urls.urn("example", name)}


def _forms() -> Iterator[tuple[str, str, Json]]:
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
