"""Canonical URLs, code systems and deterministic identities: the one place for each.

The base is a permanent identifier that the project registers before 1.0 (decision 7).
"""

import hashlib
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

BASE = "https://w3id.org/education-plan/fhir"

TOPIC = f"{BASE}/CodeSystem/topic"
CATEGORY = f"{BASE}/CodeSystem/category"
EDITION = f"{BASE}/CodeSystem/content-edition"
GOAL = f"{BASE}/CodeSystem/goal"
NOT_DONE_REASON = f"{BASE}/CodeSystem/not-done-reason"
TEACH_BACK_RESULT = f"{BASE}/CodeSystem/teach-back-result"
TEACHING_METHOD = f"{BASE}/CodeSystem/teaching-method"
LEARNING_BARRIER = f"{BASE}/CodeSystem/learning-barrier"
LEARNER_READINESS = f"{BASE}/CodeSystem/learner-readiness"
VISIT_OBSERVATION = f"{BASE}/CodeSystem/visit-observation"
MOOD_CUE = f"{BASE}/CodeSystem/mood-cue"
JOB_SITUATION = f"{BASE}/CodeSystem/job-situation"

EXT_EDITION = f"{BASE}/StructureDefinition/content-edition"
EXT_SHA256 = f"{BASE}/StructureDefinition/content-sha256"
EXT_BARRIER = f"{BASE}/StructureDefinition/learning-barrier"
EXT_READINESS = f"{BASE}/StructureDefinition/learner-readiness"
EXT_INTERPRETER = f"{BASE}/StructureDefinition/interpreter-present"
EXT_MINUTES = f"{BASE}/StructureDefinition/teaching-minutes"
EXT_AVAILABILITY = f"{BASE}/StructureDefinition/handout-availability"
EXT_STEP_REACHED = f"{BASE}/StructureDefinition/step-reached"
EXT_STATUS_REASON = "http://hl7.org/fhir/StructureDefinition/request-statusReason"
EXT_ACCEPTANCE = "http://hl7.org/fhir/StructureDefinition/goal-acceptance"
EXT_EPISODE = "http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare"
EXT_PERTAINS_TO_GOAL = "http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
URI = "urn:ietf:rfc:3986"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
NOT_DONE = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason"
COMMUNICATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
PARTICIPATION_MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
GOAL_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
DATA_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"

_NAMESPACE = uuid5(NAMESPACE_URL, BASE)


def plan_definition(pack_id: str, version: str) -> str:
    return f"{BASE}/PlanDefinition/{pack_id}|{version}"


def activity_definition(pack_id: str, topic_id: str, version: str) -> str:
    return f"{BASE}/ActivityDefinition/{pack_id}-{topic_id}|{version}"


def urn(*names: str) -> str:
    """Return the `urn:uuid:` that these names always have (RFC 9562, version 5)."""
    return f"urn:uuid:{uuid5(_NAMESPACE, '|'.join(names))}"


@lru_cache(maxsize=256)
def shared_by_all_of(*names: str) -> str:
    """Return the 24 characters in which the UUIDs of all roles in one thing agree.

    One hash of the names, so that a plan is not hashed anew for each of its twenty
    resources (docs/decisions/0033). RFC 9562, version 8: 74 bits of the hash are left.
    """
    digits = hashlib.sha1("|".join(names).encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-"


@lru_cache(maxsize=1024)
def own_part_of(role: str) -> str:
    """Return the last 12 characters of the UUID of whatever has this role: 48 bits of a hash."""
    return hashlib.sha1(role.encode(), usedforsecurity=False).hexdigest()[:12]
