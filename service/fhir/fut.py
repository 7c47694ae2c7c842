"""The shape of the Danish FUT infrastructure (eHealth), as far as it can be written from here.

By the published guide, release 6.0.0 (ehealth.sundhed.dk/fhir: ehealth-careplan,
-servicerequest, -documentreference, -material-communication). Its package is on no public
registry, so nothing here was held to it; what is written and what is not is listed in
docs/decisions/0020. For what has no profile there (teachings, teach-backs, goals, notes) our
own stays, with the episode of care.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.fhir import urls
from service.fhir.for_record import Entry
from service.fhir.narrative import word

Resource = dict[str, Any]

EHEALTH = "http://ehealth.sundhed.dk"
EXT_PERIOD = f"{EHEALTH}/fhir/StructureDefinition/ehealth-period"
EXT_PARTICIPANT = f"{EHEALTH}/fhir/StructureDefinition/ehealth-participant"
EXT_SHARING = f"{EHEALTH}/fhir/StructureDefinition/ehealth-sharingPolicy"
EXT_AS_EXTRA = f"{EHEALTH}/fhir/StructureDefinition/ehealth-include-as-extra"
_MATERIAL = f"{EHEALTH}/cs/material-category"
# Our categories that FUT has words for; the map is published as ConceptMap/category-to-fut.
CATEGORIES: Mapping[str, Resource] = {
    "handout-assignment": {
        "system": f"{EHEALTH}/cs/material-communication-category",
        "code": "material-assignment",
    },
    "general-material": {"system": _MATERIAL, "code": "general-material"},
    "patient-specific-material": {"system": _MATERIAL, "code": "patient-specific-material"},
}
# The one code of FUT's list of activities that means instruction, and the one of LOINC in its
# list of document types.
INSTRUCTION = {"system": urls.SNOMED, "code": "409073007"}
INSTRUCTIONS = {"system": urls.LOINC, "code": "69730-0"}
PERFORMER = {"system": "http://hl7.org/fhir/action-participant-function", "code": "performer"}
# Nothing of a plan is a measurement, so nothing of it is for national document sharing.
NOT_SHARED = {"system": f"{EHEALTH}/cs/measurement-sharing-policies", "code": "noSharing"}


class ShapeLacks(Exception):
    """The plan does not say what every resource of this shape must say."""


def in_fut_shape(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries in FUT's shape.

    Raises:
        ShapeLacks: the plan has no episode of care, or no Condition that it is about.
    """
    careplan = next(entry.resource for entry in entries if entry.kind == "CarePlan")
    episodes = [e for e in careplan.get("extension", []) if e["url"] == urls.EXT_EPISODE]
    if not episodes or len(careplan.get("addresses", [])) != 1:
        raise ShapeLacks("an episode of care and a Condition")
    agreed = [_in_words(entry.resource) for entry in entries if _is_agreed(entry)]
    return [replace(entry, resource=_shaped(entry, episodes, agreed)) for entry in entries]


def _shaped(entry: Entry, episodes: list[Resource], agreed: list[str]) -> Resource:
    resource = entry.resource
    if entry.kind == "CarePlan":
        return _careplan(resource, agreed)
    if entry.kind == "DocumentReference":
        return _document(resource)
    if entry.kind in ("ServiceRequest", "Communication", "Observation"):
        resource = resource | {"extension": [*resource.get("extension", []), *episodes]}
    if entry.kind == "ServiceRequest":
        return _request(resource)
    return _communication(resource) if entry.kind == "Communication" else resource


def _careplan(careplan: Resource, agreed: list[str]) -> Resource:
    """Goals are for measurements in FUT, so the patient's stand in words."""
    say = careplan["language"]
    told = [{"text": f"{word(say, 'agreed-goals')}: {text}"} for text in agreed]
    notes = [*careplan.get("note", []), *told]
    kept = {key: value for key, value in careplan.items() if key not in ("goal", "note")}
    return kept | {"note": notes} if notes else kept


def _is_agreed(entry: Entry) -> bool:
    if entry.kind != "Goal" or entry.resource["lifecycleStatus"] == "entered-in-error":
        return False
    return any(e["url"] == urls.EXT_ACCEPTANCE for e in entry.resource.get("extension", []))


def _in_words(goal: Resource) -> str:
    due = next((t["dueDate"] for t in goal.get("target", []) if "dueDate" in t), "")
    text = str(goal["description"]["text"])
    return f"{text} ({due})" if due else text


def _request(request: Resource) -> Resource:
    """FUT's requests have a time, and none replaces another."""
    kept = {key: value for key, value in request.items() if key not in ("replaces", "basedOn")}
    more = [
        {"url": EXT_SHARING, "valueCodeableConcept": {"coding": [NOT_SHARED]}},
        {"url": EXT_AS_EXTRA, "valueBoolean": False},
    ]
    return kept | {
        "extension": [*request["extension"], *more],
        "code": _beside(request["code"], INSTRUCTION),
        "occurrencePeriod": {"start": request["authoredOn"]},
    }


def _communication(communication: Resource) -> Resource:
    """A handout that was given is FUT's material-communication; a teaching has no profile."""
    categories = _categories(communication)
    if categories is None:
        return communication
    periods = [
        {"url": EXT_PERIOD, "valuePeriod": each["valuePeriod"]}
        for each in communication["extension"]
        if each["url"] == urls.EXT_AVAILABILITY
    ]
    extensions = [*communication["extension"], *periods, *_assigner(communication)]
    return communication | {"category": categories, "extension": extensions}


def _assigner(communication: Resource) -> list[Resource]:
    """FUT takes a Practitioner or a CareTeam for one who assigns."""
    sender = communication.get("sender", {})
    if not str(sender.get("reference", "")).startswith(("Practitioner/", "CareTeam/")):
        return []
    function = {"url": "function", "valueCoding": PERFORMER}
    actor = {"url": "actor", "valueReference": sender}
    return [{"url": EXT_PARTICIPANT, "extension": [function, actor]}]


def _document(document: Resource) -> Resource:
    """A handout is material for citizens, which has one content: the page, and not its prints.

    A note never is: it is for clinicians.
    """
    categories = _categories(document)
    if categories is None:
        return document
    return document | {
        "category": categories,
        "type": _beside(document["type"], INSTRUCTIONS),
        "content": document["content"][:1],
    }


def _categories(resource: Resource) -> list[Resource] | None:
    """The categories with FUT's word beside ours; None when it has no word for any."""
    ours = resource.get("category", [])
    theirs = [_in_their_words(concept) for concept in ours]
    return None if theirs == ours else theirs


def _in_their_words(concept: Resource) -> Resource:
    codes = [c["code"] for c in concept.get("coding", []) if c.get("system") == urls.CATEGORY]
    found = [CATEGORIES[code] for code in codes if code in CATEGORIES]
    return _beside(concept, *found)


def _beside(concept: Resource, *more: Resource) -> Resource:
    return concept | {"coding": [*concept.get("coding", []), *more]}
