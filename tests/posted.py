"""What EHRs post, Danish and American, as FHIR Bundles and in the small form."""

from typing import Any

CPR = "urn:oid:1.2.208.176.1.2"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SKS = "urn:oid:1.2.208.176.2.4.12"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICPC2 = "http://hl7.org/fhir/sid/icpc-2"
SNOMED = "http://snomed.info/sct"

# Synthetic: no such person, and 99 is no valid day of a CPR number's serial in use.
SYNTHETIC_CPR = "0101519999"
FAMILY, GIVEN = "Testesen", "Nancyprøve"


def coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


LUMBAR = coding(SNOMED, "18347007")
DANISH = [coding(SKS, "DM480"), coding(ICD10, "M48.0"), coding(ICPC2, "L84")]
AMERICAN = [coding(ICD10_CM, "M48.062")]


def a_patient(**more: Any) -> dict[str, Any]:
    """Shaped as dk-core's Patient: a CPR number as official identifier."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"use": "official", "system": CPR, "value": SYNTHETIC_CPR}],
        "name": [{"use": "official", "family": FAMILY, "given": [GIVEN]}],
        "gender": "female",
        "birthDate": "1951-01-01",
    } | more


def an_encounter(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "in-progress",
        "class": {"system": ACT, "code": "AMB"},
        "subject": {"reference": "Patient/p1"},
        "participant": [{"individual": {"reference": "Practitioner/fys1"}}],
        "period": {"start": "2026-11-23T10:00:00+01:00"},
        "diagnosis": [{"condition": {"reference": "Condition/c1"}}],
    } | more


def a_condition(*codings: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"coding": list(codings) or [LUMBAR], "text": "Lumbal spinalstenose"},
        "subject": {"reference": "Patient/p1"},
    } | more


def a_bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = resources or (a_patient(), an_encounter(), a_condition())
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"https://ehr.example/fhir/{r['resourceType']}/{r['id']}", "resource": r}
            if "id" in r
            else {"resource": r}
            for r in entries
        ],
    }


def a_visit(patient: str = "p1", encounter: str = "e1", *codings: dict[str, str]) -> dict[str, Any]:
    """A whole Bundle for one patient's encounter."""
    subject = {"reference": f"Patient/{patient}"}
    return a_bundle(
        a_patient(id=patient),
        an_encounter(id=encounter, subject=subject),
        a_condition(*codings, subject=subject),
    )


def the_small_form(**more: Any) -> dict[str, Any]:
    return {
        "encounter": {"id": "e1", "start": "2026-11-23T10:00:00+01:00"},
        "patient": {"id": "p1"},
        "conditions": [{"id": "c1", "codings": [LUMBAR]}],
    } | more
