"""Which teach-back belongs to which teaching, told by the resources alone.

R4 lets no Observation be part of a Communication, so the two meet in the request, the visit
and the moment (fhir-model §1.1).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from service.fhir import urls
from service.fhir.for_record import Entry

Resource = dict[str, Any]


def is_teaching(entry: Entry) -> bool:
    """Whether it tells what was taught or not taught; a handout that was given does not."""
    return entry.kind == "Communication" and _has(entry, "category", "education-topic")


def teach_backs(entries: Sequence[Entry]) -> Mapping[str, Entry]:
    """Return the teach-back of each teaching that has one, by the urn of the teaching."""
    checked = {_when(e.resource): e for e in entries if _is_teach_back(e)}
    taught = [entry for entry in entries if is_teaching(entry)]
    many = Counter(_when(entry.resource) for entry in taught)
    alone = [entry for entry in taught if many[_when(entry.resource)] == 1]
    return {e.urn: checked[when] for e in alone if (when := _when(e.resource)) in checked}


def _is_teach_back(entry: Entry) -> bool:
    value = entry.resource.get("valueCodeableConcept", {}).get("coding", [{}])
    return entry.kind == "Observation" and value[0].get("system") == urls.TEACH_BACK_RESULT


def _has(entry: Entry, name: str, code: str) -> bool:
    concepts = entry.resource.get(name, [])
    return any(each.get("code") == code for one in concepts for each in one.get("coding", []))


def _when(resource: Resource) -> tuple[str, ...]:
    based_on = [each.get("reference", "") for each in resource.get("basedOn", [])]
    encounter = resource.get("encounter", {}).get("reference", "")
    return (*based_on, encounter, resource.get("sent") or resource.get("effectiveDateTime", ""))
