"""A posted FHIR Bundle to domain.Encounter: who, which encounter, for what reason.

Only what an education plan needs is read: references and codes. Names, identifiers,
birth dates and narratives stay where they are (data minimisation, GDPR art. 5).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from service.domain.codes import Coding
from service.domain.encounter import Condition, Encounter
from service.domain.errors import (
    BundleIncomplete,
    EncounterNotUsable,
    InvalidCode,
    InvalidResource,
    ModifierNotUnderstood,
    PatientMismatch,
    UnresolvedReference,
)
from service.fhir.checks import check
from service.fhir.posted import Posted, PostedBundle

# R4 encounter-status: these say that no encounter took place.
_NO_ENCOUNTER = ("cancelled", "entered-in-error")
# R4 condition-ver-status: these say that the person does not have it.
_NOT_HAD = ("refuted", "entered-in-error")
_ABOUT_PATIENT = {
    "Condition": "subject",
    "ServiceRequest": "subject",
    "EpisodeOfCare": "patient",
    "RelatedPerson": "patient",
}


def from_bundle(resource: dict[str, Any]) -> Encounter:
    """Return the one encounter that a Bundle tells of.

    Conditions come in the record's own order: `Encounter.diagnosis` by rank, then
    `reasonReference`, `reasonCode`, then the other Conditions of the Bundle.

    Raises:
        InvalidResource, ResourceTypeNotAccepted: the Bundle does not hold to R4.
        BundleIncomplete: Patient, Encounter or every reason is missing.
        UnresolvedReference: a reference that is needed points outside the Bundle.
        PatientMismatch: it tells of more than one patient.
        EncounterNotUsable: the encounter is cancelled or entered in error.
        ModifierNotUnderstood: a resource has a modifier extension.
        InvalidCode: a code is not one that its system can hold.
    """
    if resource.get("resourceType") != "Bundle":
        raise InvalidResource("a Bundle is expected", pointer="/resourceType")
    check(resource)
    bundle = PostedBundle(resource)
    encounter = bundle.the_one("Encounter")
    patient = bundle.the_one("Patient")
    _refuse_modifiers(bundle)
    _require_one_patient(bundle, encounter, patient)
    if encounter.body["status"] in _NO_ENCOUNTER:
        raise EncounterNotUsable(
            f"the encounter is {encounter.body['status']}", pointer=f"{encounter.pointer}/status"
        )
    conditions = tuple(_conditions(bundle, encounter))
    if not conditions:
        raise BundleIncomplete(
            "neither a Condition nor a reasonCode says what the encounter is about",
            pointer=f"{encounter.pointer}/diagnosis",
        )
    return Encounter(
        reference=bundle.local_reference(encounter),
        patient=bundle.local_reference(patient),
        conditions=conditions,
        started=_started(encounter.body),
        virtual=_is_virtual(encounter.body),
        accompanied=_is_accompanied(bundle, encounter),
        practitioner=_practitioner(bundle, encounter.body),
        organization=_literal(bundle, encounter.body.get("serviceProvider")),
        episode=_episode(bundle, encounter.body),
    )


def _refuse_modifiers(bundle: PostedBundle) -> None:
    for posted in bundle:
        if "modifierExtension" in posted.body:
            raise ModifierNotUnderstood(
                "a modifier extension may turn the meaning of this resource round",
                pointer=f"{posted.pointer}/modifierExtension",
            )


def _require_one_patient(bundle: PostedBundle, encounter: Posted, patient: Posted) -> None:
    if "subject" not in encounter.body:
        raise UnresolvedReference(
            "the encounter does not say whose it is", pointer=f"{encounter.pointer}/subject"
        )
    _require_about(bundle, encounter, "subject", patient)
    for resource_type, element in _ABOUT_PATIENT.items():
        for posted in bundle.all_of(resource_type):
            if element in posted.body:
                _require_about(bundle, posted, element, patient)


def _require_about(bundle: PostedBundle, posted: Posted, element: str, patient: Posted) -> None:
    pointer = f"{posted.pointer}/{element}"
    found = bundle.resolve(posted.body[element], posted)
    if found is patient:
        return
    if found is None and posted.body["resourceType"] == "Encounter":
        raise UnresolvedReference(
            "the Patient of the encounter is not in the Bundle", pointer=pointer
        )
    raise PatientMismatch(
        "this resource is about another patient than the Patient of the Bundle", pointer=pointer
    )


def _conditions(bundle: PostedBundle, encounter: Posted) -> Iterator[Condition]:
    """A Condition that the encounter names and that is in the Bundle comes once."""
    told: set[str] = set()
    for posted in chain(_named(bundle, encounter), bundle.all_of("Condition")):
        if isinstance(posted, Condition):
            yield posted
        elif posted.pointer not in told:
            told.add(posted.pointer)
            if condition := _condition(bundle, posted):
                yield condition


def _named(bundle: PostedBundle, encounter: Posted) -> Iterator[Posted | Condition]:
    diagnoses = list(enumerate(encounter.body.get("diagnosis", ())))
    if len(diagnoses) > 1:
        diagnoses.sort(key=lambda pair: pair[1].get("rank", len(diagnoses) + 1))  # stable
    for index, diagnosis in diagnoses:
        pointer = f"{encounter.pointer}/diagnosis/{index}/condition"
        if found := _referred(bundle, encounter, diagnosis["condition"], pointer):
            yield found
    for index, reason in enumerate(encounter.body.get("reasonReference", ())):
        pointer = f"{encounter.pointer}/reasonReference/{index}"
        if found := _referred(bundle, encounter, reason, pointer):
            yield found
    for index, concept in enumerate(encounter.body.get("reasonCode", ())):
        pointer = f"{encounter.pointer}/reasonCode/{index}"
        yield Condition(_codings(concept, pointer), pointer=pointer)


def _referred(
    bundle: PostedBundle, encounter: Posted, reference: dict[str, Any], pointer: str
) -> Posted | None:
    found = bundle.resolve(reference, encounter)
    if found is None and may_be_condition(reference):
        raise UnresolvedReference("the Condition referred to is not in the Bundle", pointer=pointer)
    return found


def may_be_condition(reference: dict[str, Any]) -> bool:
    """A reason may also be a Procedure or an Observation, which no plan is made from."""
    stated = reference.get("type") or ""
    literal = reference.get("reference", "")
    if stated:
        return stated == "Condition"
    parts = literal.split("/")
    return len(parts) < 2 or "Condition" in parts


def _condition(bundle: PostedBundle, posted: Posted) -> Condition | None:
    """None of another resource, and of what the person does not have."""
    if posted.body.get("resourceType") != "Condition":
        return None
    for coding in posted.body.get("verificationStatus", {}).get("coding", ()):
        if coding.get("code") in _NOT_HAD:
            return None
    pointer = f"{posted.pointer}/code"
    return Condition(
        _codings(posted.body.get("code", {}), pointer),
        reference=bundle.reference_or_nothing(posted),
        pointer=pointer,
    )


def _codings(concept: dict[str, Any], pointer: str) -> tuple[Coding, ...]:
    codings = tuple(
        Coding(each["system"], each["code"])
        for each in concept.get("coding", ())
        if "system" in each and "code" in each
    )
    for index, coding in enumerate(codings):
        if not coding.is_well_formed:
            raise InvalidCode(
                "this is not a code of its system", pointer=f"{pointer}/coding/{index}/code"
            )
    return codings


def _is_virtual(encounter: dict[str, Any]) -> bool:
    """R4 Encounter.class, HL7 v3-ActCode: VR is by telephone, video or in writing."""
    kind = encounter.get("class")
    return isinstance(kind, dict) and kind.get("code") == "VR"


def _is_accompanied(bundle: PostedBundle, encounter: Posted) -> bool:
    """R4 Encounter.participant: a RelatedPerson took part beside the patient."""
    for participant in encounter.body.get("participant", ()):
        person = participant.get("individual")
        if person and _is_relative(bundle, encounter, person):
            return True
    return False


def _is_relative(bundle: PostedBundle, encounter: Posted, reference: dict[str, Any]) -> bool:
    found = bundle.resolve(reference, encounter)
    if found is not None:
        return bool(found.body["resourceType"] == "RelatedPerson")
    literal = str(reference.get("reference", ""))
    return "RelatedPerson" in (reference.get("type"), *literal.split("/")[:-1])


def _started(encounter: dict[str, Any]) -> datetime | None:
    """When the encounter began; None when only a date is known, which names no moment."""
    start = encounter.get("period", {}).get("start", "")
    return datetime.fromisoformat(start).astimezone(UTC) if "T" in start else None


def _practitioner(bundle: PostedBundle, encounter: dict[str, Any]) -> str:
    for participant in encounter.get("participant", ()):
        literal = _literal(bundle, participant.get("individual"))
        if literal.startswith(("Practitioner/", "PractitionerRole/")):
            return literal
    return ""


def _episode(bundle: PostedBundle, encounter: dict[str, Any]) -> str:
    """The first that is named: R4 lets one encounter count to several."""
    for each in encounter.get("episodeOfCare", ()):
        literal = _literal(bundle, each)
        if literal.startswith("EpisodeOfCare/"):
            return literal
    return ""


def _literal(bundle: PostedBundle, reference: dict[str, Any] | None) -> str:
    """The record's own `Type/id` of a reference, or "" when there is none."""
    if not reference:
        return ""
    found = bundle.resolve(reference, None)
    if found is not None:
        return bundle.reference_or_nothing(found)
    parts = str(reference.get("reference", "")).split("/_history/")[0].split("/")
    return "/".join(parts[-2:]) if len(parts) >= 2 else ""
