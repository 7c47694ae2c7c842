"""Which profile of ours a resource promises to meet, wherever it came from."""

import json
from typing import Any

from service.fhir import urls
from service.fhir.record import PROFILES

WRITTEN = PROFILES | {"Bundle": "edu-transaction-bundle"}
# What tells a type's other resources apart.
SIGNS = {
    "Observation": (urls.VISIT_OBSERVATION, "edu-visit-observation"),
    "DocumentReference": ("clinical-note", "edu-note"),
}


def profile_of(resource: dict[str, Any]) -> str:
    """The canonical of the profile, or "" when there is none for the type."""
    kind = resource["resourceType"]
    name = WRITTEN.get(kind, "")
    if kind in SIGNS and SIGNS[kind][0] in json.dumps(resource):
        name = SIGNS[kind][1]
    return name and f"{urls.BASE}/StructureDefinition/{name}"
