"""Our FHIR package as the tests at the real record see it: definitions, and which fits what."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.fhir import urls

Resource = dict[str, Any]

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "fhir_profiles" / "generated"
FOLDER = GENERATED if GENERATED.exists() else GENERATED.parent

PROFILES = {
    "CarePlan": "edu-careplan",
    "ServiceRequest": "edu-topic-request",
    "Goal": "edu-goal",
    "DocumentReference": "edu-handout",
    "Provenance": "edu-provenance",
    "Bundle": "edu-transaction-bundle",
}
DEFINITIONS = {
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "SearchParameter",
    "OperationDefinition",
    "CapabilityStatement",
    "Questionnaire",
}


def definitions() -> Mapping[str, Resource]:
    """Every definition of the package by `Type/id`."""
    found = (json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json")))
    return {f"{r['resourceType']}/{r['id']}": r for r in found if r["resourceType"] in DEFINITIONS}


def profile_of(resource: Resource) -> str:
    """The canonical of the profile that a resource of the main job's answer promises to meet.

    Empty, which means R4 alone, as long as no profiles are generated.
    """
    if not GENERATED.exists():
        return ""
    return f"{urls.BASE}/StructureDefinition/{PROFILES[resource['resourceType']]}"
