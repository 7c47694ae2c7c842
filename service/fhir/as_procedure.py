"""What was taught as FHIR R4 Procedure, for a record that takes no Communication.

R4's own example of education is a Procedure, and some large records take a Procedure where
they take neither CarePlan nor Goal (fhir-model §1.1, §2.2).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.fhir import urls
from service.fhir.careplan import PATIENT_EDUCATION
from service.fhir.elements import identifier, reference
from service.fhir.for_record import Entry
from service.fhir.record import renamed
from service.fhir.teachings import is_teaching, teach_backs

Resource = dict[str, Any]
_AS_THEY_ARE = (
    *("language", "text", "instantiatesCanonical", "basedOn", "status", "statusReason"),
    *("subject", "encounter", "reasonCode", "reasonReference", "note"),
)


def as_procedures(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with every teaching as a Procedure, and all that pointed at it.

    It has an identity of its own, so a record that learns to take Communications later gets
    those beside, and nothing is found under two types. A teach-back is part of its Procedure.
    """
    procedures = {e.urn: urls.urn("procedure", e.urn) for e in entries if is_teaching(e)}
    part_of = {found.urn: urn for urn, found in teach_backs(entries).items()}
    kept = []
    for entry in entries:
        if entry.urn in procedures:
            procedure = _procedure(entry.resource, procedures[entry.urn])
            entry = replace(entry, urn=procedures[entry.urn], resource=procedure)
        elif entry.urn in part_of:
            whole = {"partOf": [reference(part_of[entry.urn])]}
            entry = replace(entry, resource=entry.resource | whole)
        kept.append(replace(entry, resource=renamed(entry.resource, procedures)))
    return kept


def _procedure(taught: Resource, urn: str) -> Resource:
    procedure: Resource = {"resourceType": "Procedure", "identifier": [identifier(urn)]}
    procedure |= {name: taught[name] for name in _AS_THEY_ARE if name in taught}
    procedure |= {"category": PATIENT_EDUCATION, "code": taught["topic"]}
    if edition := [each for each in taught["extension"] if each["url"] == urls.EXT_EDITION]:
        procedure["extension"] = edition
    if "sent" in taught:
        procedure["performedDateTime"] = taught["sent"]
    procedure["performer"] = [{"actor": taught["sender"]}]
    return procedure
