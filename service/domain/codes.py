"""Codes for a diagnosis, in the systems we accept, written one way.

Reality writes one code in many ways: `M48.0`, `M480` and the Danish `DM480` are the
same ICD-10 code; SKS adds laterality and more after a `+`; SNOMED CT is named with
and without an edition. `Coding.key` is the one way, and what packs are looked up by.

Sources: dk-core 3.7.0 (both SKS OIDs), HL7 Terminology (OIDs of the systems),
FHIR R4 "Using Codes" (canonical system URIs).
"""

import re
from functools import lru_cache
from typing import NewType

from service.domain.values import dataclass

Key = NewType("Key", tuple[str, str])

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICPC2 = "http://hl7.org/fhir/sid/icpc-2"
SKS = "urn:oid:1.2.208.176.2.4"
SKS_DIAGNOSES = "urn:oid:1.2.208.176.2.4.12"
ICPC2_DK = "urn:oid:1.2.208.176.2.31"

# An SKS diagnosis is "D" + an ICD-10 code, so the three systems are read as one.
_CANONICAL_SYSTEM = {
    SNOMED: SNOMED,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    ICD10: ICD10,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    SKS: ICD10,
    SKS_DIAGNOSES: ICD10,
    ICD10_CM: ICD10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD10_CM,
    ICPC2: ICPC2,
    ICPC2_DK: ICPC2,
    "urn:oid:2.16.840.1.113883.6.139": ICPC2,
}

# What a code of the system looks like once dots, additions and the Danish "D" are gone.
_SHAPE = {
    SNOMED: re.compile(r"[1-9][0-9]{5,17}"),
    ICD10: re.compile(r"[A-Z][0-9][0-9A-Z]{0,6}"),
    ICD10_CM: re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}"),
    ICPC2: re.compile(r"-?[A-Z]?[0-9]{2}[0-9A-Z]{0,5}"),
}

_DANISH_D = re.compile(r"D(?=[A-Z][0-9])")


@dataclass(frozen=True, slots=True)
class Coding:
    """A code as somebody sent it: `system` a URI, `display` their words or ""."""

    system: str
    code: str
    display: str = ""

    @property
    def key(self) -> Key:
        """System and code written the one way; equal for codes that mean the same."""
        return _key(self.system, self.code)

    @property
    def is_known_system(self) -> bool:
        return canonical_system(self.system) in _SHAPE

    @property
    def is_well_formed(self) -> bool:
        """False for a code that its system cannot hold, such as SNOMED CT `abc`."""
        return _is_well_formed(self.system, self.code)


@lru_cache(maxsize=4096)  # records send the same few codes over and over
def _key(system: str, code: str) -> Key:
    canonical = canonical_system(system)
    return Key((canonical, _canonical_code(canonical, code)))


@lru_cache(maxsize=4096)
def _is_well_formed(system: str, code: str) -> bool:
    canonical, plain = _key(system, code)
    shape = _SHAPE.get(canonical)
    return shape is None or shape.fullmatch(plain) is not None


def canonical_system(system: str) -> str:
    """The system's one URI. SNOMED CT editions (`…/sct/554471000005108`) are SNOMED CT."""
    if system.startswith(SNOMED + "/"):
        return SNOMED
    return _CANONICAL_SYSTEM.get(system, system)


def _canonical_code(system: str, code: str) -> str:
    if system not in _SHAPE:
        return code
    plain = code.split("+", 1)[0].strip().upper().replace(".", "")
    return _DANISH_D.sub("", plain, count=1) if system == ICD10 else plain
