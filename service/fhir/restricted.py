"""What is for clinicians only, and the record as a patient is shown it.

Mood and the clinician's note are labelled R, "restricted" (HL7 v3-Confidentiality); a
patient is shown neither them nor a pointer to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.fhir.elements import RESTRICTED, JsonObject
from service.fhir.record import Version

Versions = Mapping[str, Sequence[Version]]


def is_restricted(resource: JsonObject) -> bool:
    """True when the resource's own label, or its document's, says so."""
    meta = resource.get("meta")
    labels = meta.get("security", []) if isinstance(meta, dict) else []
    documents = resource.get("securityLabel", [])
    assert isinstance(documents, list)  # noqa: S101  # as note_document writes it
    return RESTRICTED in (*labels, *(code for label in documents for code in label["coding"]))


def for_patients(versions: Versions) -> dict[str, list[Version]]:
    """Return all versions of a plan's resources but those for clinicians, and no word of them."""
    hidden = {name for name, all_of_it in versions.items() if is_restricted(all_of_it[-1].resource)}
    return {
        name: [_without(version, hidden) for version in all_of_it]
        for name, all_of_it in versions.items()
        if name not in hidden
    }


def _without(version: Version, hidden: set[str]) -> Version:
    """Only a Provenance points at what is restricted: at all that its revision wrote."""
    targets = version.resource.get("target")
    if not hidden or not version.name.startswith("Provenance/") or not isinstance(targets, list):
        return version
    shown = [target for target in targets if target["reference"] not in hidden]
    return replace(version, resource=version.resource | {"target": shown})


def bundle_for_patients(bundle: JsonObject) -> JsonObject:
    """Return a plan's Bundle without the entries for clinicians, and without a word of them."""
    entries: Any = bundle["entry"]
    hidden = {e["fullUrl"] for e in entries if is_restricted(e["resource"])}
    shown = [_entry_without(e, hidden) for e in entries if e["fullUrl"] not in hidden]
    return bundle | {"entry": shown}


def _entry_without(entry: JsonObject, hidden: set[str]) -> JsonObject:
    resource: Any = entry["resource"]
    if resource["resourceType"] != "Provenance":
        return entry
    shown = [target for target in resource["target"] if target["reference"] not in hidden]
    return entry | {"resource": resource | {"target": shown}}
