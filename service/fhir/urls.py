"""Canonical URLs, code systems and deterministic identities: the one place for each.

The base is a permanent identifier that the project registers before 1.0 (decision 7).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
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

_NAMESPACE = uuid5(NAMESPACE_URL, BASE).bytes
_GROUPS = struct.Struct("8s4s4s4s12s")  # digits of a UUID


def plan_definition(pack_id: str, version: str) -> str:
    return f"{BASE}/PlanDefinition/{pack_id}|{version}"


def activity_definition(pack_id: str, topic_id: str, version: str) -> str:
    return f"{BASE}/ActivityDefinition/{pack_id}-{topic_id}|{version}"


def urn(*names: str) -> str:
    """Return the `urn:uuid:` that these names always have.

    The same plan has the same identities in every Bundle and at every EHR, which is
    what makes writing it twice harmless (decision 11). RFC 9562, version 5, written out
    because `uuid.uuid5` costs four times as much and a plan has twenty of them.
    """
    name = hashlib.sha1(_NAMESPACE + "|".join(names).encode(), usedforsecurity=False)
    return spell(_version_5(name.digest()[:16]))[0].decode()


def ids_below(names: Sequence[str], last: Iterable[bytes]) -> bytes:
    """Return the UUIDs of `urn(*names, each)` for each of `last`, 16 bytes each.

    What the names share is hashed once.
    """
    shared = hashlib.sha1(_NAMESPACE + "|".join(names).encode() + b"|", usedforsecurity=False)
    found = []
    for name in last:
        whole = shared.copy()
        whole.update(name)
        found.append(whole.digest()[:16])
    return _version_5(b"".join(found))


def spell(ids: bytes) -> list[bytes]:
    """Return the `urn:uuid:` of each of these UUIDs of 16 bytes."""
    digits = ids.hex().encode()
    return [b"urn:uuid:%b-%b-%b-%b-%b" % groups for groups in _GROUPS.iter_unpack(digits)]


def _version_5(hashes: bytes) -> bytes:
    """Set version and variant in all of them at once."""
    kept, given = _bits(len(hashes) // 16)
    return (int.from_bytes(hashes) & kept | given).to_bytes(len(hashes))


@lru_cache
def _bits(many: int) -> tuple[int, int]:
    """What is kept of so many hashes, and what RFC 9562, 5.5, puts in its place."""
    kept = bytes.fromhex("ffffffffffff0fff3fffffffffffffff")
    given = bytes.fromhex("00000000000050008000000000000000")
    return int.from_bytes(kept * many), int.from_bytes(given * many)
