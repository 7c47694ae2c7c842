"""Canonical URLs, code systems and deterministic identities: the one place for each.

The base is a permanent identifier that the project registers before 1.0 (decision 7).
"""

from uuid import NAMESPACE_URL, uuid5

BASE = "https://w3id.org/education-plan/fhir"

TOPIC = f"{BASE}/CodeSystem/topic"
CATEGORY = f"{BASE}/CodeSystem/category"
EDITION = f"{BASE}/CodeSystem/content-edition"
GOAL = f"{BASE}/CodeSystem/goal"

EXT_EDITION = f"{BASE}/StructureDefinition/content-edition"
EXT_SHA256 = f"{BASE}/StructureDefinition/content-sha256"
EXT_PERTAINS_TO_GOAL = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
URI = "urn:ietf:rfc:3986"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
DATA_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"

_NAMESPACE = uuid5(NAMESPACE_URL, BASE)


def plan_definition(pack_id: str, version: str) -> str:
    return f"{BASE}/PlanDefinition/{pack_id}|{version}"


def activity_definition(pack_id: str, topic_id: str, version: str) -> str:
    return f"{BASE}/ActivityDefinition/{pack_id}-{topic_id}|{version}"


def urn(*names: str) -> str:
    """Return the `urn:uuid:` that these names always have.

    The same plan has the same identities in every Bundle and at every EHR, which is
    what makes writing it twice harmless (decision 11). RFC 9562, version 5.
    """
    return f"urn:uuid:{uuid5(_NAMESPACE, '|'.join(names))}"
