"""Who and what stands behind a Bundle: FHIR R4 Provenance, one per change of the plan."""

from collections.abc import Sequence

from service.domain.plan import EducationPlan
from service.fhir import urls
from service.fhir.elements import (
    JsonObject,
    identifier,
    instant,
    reference,
    revision_urn,
    system_as,
)
from service.fhir.narrative import narrative, paragraph, word


def provenance_tag(plan: EducationPlan) -> JsonObject:
    """What identifies the Provenance: R4 gives it no `identifier`, so it is tagged."""
    return {
        "system": urls.URI,
        "code": revision_urn(plan, "provenance"),
    }


def to_provenance(plan: EducationPlan, targets: Sequence[str], caller: str) -> JsonObject:
    """Return the Provenance of one revision.

    `targets` are the urns of what this revision wrote; `caller` names the system that asked
    for it, and stands as author when no practitioner is named.
    """
    say = plan.language
    author = plan.author if plan.revision == 1 else plan.editor
    verb = word(say, "made" if plan.revision == 1 else "updated")
    return {
        "resourceType": "Provenance",
        "meta": {"tag": [provenance_tag(plan)]},
        "language": say,
        "text": narrative(say, paragraph(f"{verb} {instant(plan.updated)}.")),
        "target": [reference(urn) for urn in targets],
        "recorded": instant(plan.updated),
        "activity": {
            "coding": [
                {
                    "system": urls.DATA_OPERATION,
                    "code": "CREATE" if plan.revision == 1 else "UPDATE",
                }
            ]
        },
        "agent": [
            _agent("author", reference(author) if author else system_as(caller, caller)),
            _agent("assembler", system_as(urls.BASE, word(say, "device"))),
        ],
        "entity": [_source(plan)],
    }


def _agent(kind: str, who: JsonObject) -> JsonObject:
    return {"type": {"coding": [{"system": urls.PARTICIPANT_TYPE, "code": kind}]}, "who": who}


def _source(plan: EducationPlan) -> JsonObject:
    canonical = urls.plan_definition(plan.pack.id, plan.pack.version)
    return {
        "role": "source",
        "what": {
            "type": "PlanDefinition",
            "identifier": identifier(canonical),
            "display": f"{plan.pack.id} {plan.pack.version}, SHA-256 {plan.pack.sha256}",
        },
    }
