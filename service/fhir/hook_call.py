"""A call of CDS Hooks 2.0: who it is about, and what of the record was sent along (prefetch).

Of what is sent only Encounters and Conditions are read, under whatever names; the patient is
the one of the context. `fhirAuthorization` is never used: the service asks its clinic's own
record with its own login, and no other.

Source: https://cds-hooks.hl7.org/2.0/, "Calling a CDS Service", "Prefetch".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from service.domain.encounter import Encounter
from service.domain.errors import BadInput, InvalidField, PatientMismatch, may_be_told
from service.domain.values import dataclass
from service.fhir.encounter import from_bundle

Resource = dict[str, Any]

_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9\-.]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_USER = re.compile(r"\S{1,255}")
# R4 Encounter.class, HL7 v3-ActCode. Only its shape matters: it is never shown.
_CLASS = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
_ENTRY = re.compile(r"/entry/([0-9]+)/resource")
_NOWHERE = "none"


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call. `encounter` and `server` are "" when none is named.

    `met` and `conditions` are what was sent of them, None when nothing was; `places` is where
    each stood, as JSON Pointers, the encounter first. `needs_met` says that Conditions without
    their Encounter are not enough.
    """

    patient: str
    encounter: str = ""
    server: str = ""
    met: Resource | None = None
    conditions: tuple[Resource, ...] | None = None
    places: tuple[str, ...] = ()
    needs_met: bool = False

    def with_conditions(self, conditions: Iterable[Resource]) -> "HookCall":
        """The same call, as if these had been sent."""
        return replace(self, conditions=tuple(conditions), places=("/context",))


def read_call(body: Mapping[str, Any], hook: str, *, in_encounter: bool) -> HookCall:
    """Return the call that this body makes to a service of `hook`.

    Raises:
        InvalidField: a member is missing, or is not what the specification says.
        PatientMismatch: the encounter that was sent is another patient's.
    """
    if body.get("hook") != hook:
        raise InvalidField(f"this service is for the hook {hook}", pointer="/hook")
    _matching(body, "hookInstance", _UUID, "a UUID")
    context = body.get("context")
    if not isinstance(context, dict):
        raise InvalidField("must be an object", pointer="/context")
    _matching(context, "userId", _USER, "Type/id", "/context")
    patient = _matching(context, "patientId", _ID, "an id of FHIR", "/context")
    encounter = ""
    if in_encounter or "encounterId" in context:
        encounter = _matching(context, "encounterId", _ID, "an id of FHIR", "/context")
    server = body.get("fhirServer", "")
    if not isinstance(server, str) or ("fhirAuthorization" in body and not server):
        raise InvalidField("must be there with fhirAuthorization, as text", pointer="/fhirServer")
    call = HookCall(
        patient=f"Patient/{patient}",
        encounter=f"Encounter/{encounter}" if encounter else "",
        server=server,
        needs_met=in_encounter,
    )
    return _with_prefetch(call, body.get("prefetch", {}))


def met(call: HookCall) -> Encounter:
    """Return the encounter of the call by what was sent.

    Without an Encounter it is as if the patient was met for the Conditions alone.

    Raises:
        BundleIncomplete, UnresolvedReference: not all of it was sent.
        BadInput: what was sent does not hold, as from_bundle says.
    """
    name = call.encounter.partition("/")[2] or _NOWHERE
    encounter = call.met or {
        "resourceType": "Encounter",
        "id": name,
        "status": "unknown",
        "class": _CLASS,
        "subject": {"reference": call.patient},
    }
    patient = {"resourceType": "Patient", "id": call.patient.partition("/")[2]}
    resources = (patient, encounter, *(call.conditions or ()))
    entries = [{"resource": each} for each in resources]
    try:
        found = from_bundle({"resourceType": "Bundle", "type": "collection", "entry": entries})
    except BadInput as fault:
        raise _placed(fault, call) from None
    return found if call.encounter else replace(found, reference="")


def _with_prefetch(call: HookCall, prefetch: Any) -> HookCall:
    if not isinstance(prefetch, dict):
        raise InvalidField("must be an object", pointer="/prefetch")
    encounters: list[tuple[str, Resource]] = []
    conditions: list[tuple[str, Resource]] = []
    told = False
    for name, value in prefetch.items():
        # What a client calls it may be anything; errors never repeat that.
        place = f"/prefetch/{name}" if may_be_told(name) else "/prefetch"
        if not isinstance(value, dict):
            continue  # null: the client could not get it
        told = told or _tells_of_conditions(value)
        for pointer, resource in _resources(value, place):
            kind = resource.get("resourceType")
            if kind == "Encounter" and f"Encounter/{resource.get('id')}" == call.encounter:
                encounters.append((pointer, resource))
            elif kind == "Condition":
                conditions.append((pointer, resource))
    found = encounters[0] if encounters else None
    if found:
        _require_of_patient(*found, call.patient)
    return replace(
        call,
        met=found[1] if found else None,
        conditions=tuple(each for _, each in conditions) if told else None,
        places=(found[0] if found else "/context", *(place for place, _ in conditions)),
    )


def _tells_of_conditions(value: Resource) -> bool:
    """A Condition, or a searchset, which may say that there are none."""
    kind = value.get("resourceType")
    if kind != "Bundle":
        return kind == "Condition"
    others = {each.get("resourceType") for _, each in _resources(value, "")}
    return not others or "Condition" in others


def _resources(value: Resource, place: str) -> Iterator[tuple[str, Resource]]:
    """The resource itself, or those that a searchset found, each with its place."""
    if value.get("resourceType") != "Bundle":
        yield place, value
        return
    entries = value.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        found = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(found, dict):
            yield f"{place}/entry/{index}/resource", found


def _require_of_patient(pointer: str, encounter: Resource, patient: str) -> None:
    subject = encounter.get("subject")
    told = subject.get("reference") if isinstance(subject, dict) else None
    if isinstance(told, str) and "/".join(told.split("/_history/")[0].split("/")[-2:]) != patient:
        raise PatientMismatch(
            "the encounter is another patient's than the context's", pointer=f"{pointer}/subject"
        )


def _placed(fault: BadInput, call: HookCall) -> BadInput:
    """The same fault, with its place in the call."""
    found = _ENTRY.match(fault.pointer)
    number = int(found[1]) if found else 0
    if found and 0 < number <= len(call.places):
        fault.pointer = call.places[number - 1] + fault.pointer[found.end() :]
    else:
        fault.pointer = "/context"
    return fault


def _matching(
    holder: Mapping[str, Any], name: str, shape: re.Pattern[str], what: str, place: str = ""
) -> str:
    value = holder.get(name)
    if not (isinstance(value, str) and shape.fullmatch(value)):
        raise InvalidField(f"must be {what}", pointer=f"{place}/{name}")
    return value
