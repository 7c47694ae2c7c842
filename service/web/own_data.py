"""All FHIR resources of a patient's own plans in one Bundle, but those for clinicians only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from service.fhir.elements import instant
from service.fhir.record import PlanRevision, versions_of
from service.fhir.restricted import for_patients
from service.usecases.ports import StoredPlan

Json = dict[str, Any]


def own_bundle(histories: Sequence[Sequence[StoredPlan]], service_url: str, now: datetime) -> Json:
    """Return the newest version of each resource, as the façade would show it to the patient."""
    found: dict[str, Json] = {}
    for history in histories:
        revisions = [PlanRevision(stored.plan, stored.bundle) for stored in history]
        for name, versions in for_patients(versions_of(revisions)).items():
            found[name] = versions[-1].resource
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(now),
        "entry": [
            {"fullUrl": f"{service_url}/fhir/{name}", "resource": resource}
            for name, resource in found.items()
        ],
    }
