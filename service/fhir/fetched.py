"""An encounter that was read in its record: what it refers to there, and all of it as one Bundle.

Only references into the same record are followed. What is at another address is nobody's here:
its id may be somebody else's in this record.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from service.fhir.encounter import may_be_condition
from service.fhir.outcome import to_fhirpath

Resource = dict[str, Any]

# R4 condition-clinical: these say that the person has it now.
_HAD_NOW = ("active", "recurrence", "relapse")
PROBLEM = "problem-list-item"  # R4 condition-category
# Where the two stand in a Bundle of ours.
PATIENT, ENCOUNTER = "/entry/0/resource", "/entry/1/resource"
_PLACE = re.compile(r"(?P<kind>[A-Z][A-Za-z]+)/(?!\.{1,2}\Z)[A-Za-z0-9.-]{1,64}")


class Elsewhere(Exception):
    """A reference that is needed leads to another server."""


def is_place(text: str) -> bool:
    """True for `Type/id`."""
    return _PLACE.fullmatch(text) is not None


def place_of_reference(reference: Mapping[str, Any], base: str) -> str:
    """Return where a reference leads in the record at `base`, as `Type/id`, the version left out.

    "" when it leads nowhere: contained, by identifier, or no address.

    Raises:
        Elsewhere: it leads to another server.
    """
    literal = str(reference.get("reference", "")).split("/_history/")[0]
    local = literal.removeprefix(f"{base}/")
    if _PLACE.fullmatch(local):
        return local
    if "://" in literal or literal.startswith("//"):
        raise Elsewhere
    return ""


def conditions_named(encounter: Resource, base: str) -> list[str]:
    """The places of the Conditions that the encounter names, each once. Raises as above."""
    places = [
        place_of_reference(each, base) for each in _reasons(encounter) if may_be_condition(each)
    ]
    return list(dict.fromkeys(place for place in places if place.startswith("Condition/")))


def names_a_reason(encounter: Resource) -> bool:
    """True when the encounter itself says what it is about: a Condition, or a code."""
    codes = (concept.get("coding") for concept in encounter.get("reasonCode", ()))
    return any(map(may_be_condition, _reasons(encounter))) or any(codes)


def is_of_encounter(condition: Resource, encounter: str, base: str) -> bool:
    """True for a Condition that was found in this encounter."""
    return _leads_to(condition.get("encounter", {}), encounter, base)


def is_current_problem(condition: Resource) -> bool:
    """True for an item of the problem list that the person has now."""
    listed = PROBLEM in {c for each in condition.get("category", ()) for c in _codes(each)}
    return listed and not set(_HAD_NOW).isdisjoint(_codes(condition.get("clinicalStatus", {})))


def is_about(resource: Resource, patient: str, base: str) -> bool:
    """True for a resource whose subject is this patient of the record."""
    return _leads_to(resource.get("subject", {}), patient, base)


def to_bundle(patient: Resource, encounter: Resource, conditions: Iterable[Resource]) -> Resource:
    """Return the Bundle that a record would post of these; see `place_in` for its order."""
    resources = (patient, encounter, *conditions)
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def place_in(pointer: str) -> str:
    """Where a pointer into such a Bundle leads, for people: `Encounter.period.start`."""
    found = re.match(r"/entry/([0-9]+)/resource", pointer)
    if found is None:
        return to_fhirpath(pointer)
    kind = {PATIENT: "Patient", ENCOUNTER: "Encounter"}.get(found[0], "Condition")
    return to_fhirpath(pointer[found.end() :], kind)


def own_people(encounter: Resource, base: str) -> Resource:
    """The encounter without practitioners and clinics that are at another server."""
    kept = _own(encounter, "serviceProvider", base)
    people = [_own(each, "individual", base) for each in kept.pop("participant", ())]
    named = [each for each in people if each]
    return kept | {"participant": named} if named else kept


def last_updated(resource: Mapping[str, Any]) -> datetime | None:
    """When the record dates the resource, in UTC; None when it does not say so."""
    meta = resource.get("meta")
    told = meta.get("lastUpdated") if isinstance(meta, dict) else None
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def matches(searchset: Resource, kind: str) -> Iterator[Resource]:
    """The resources of a searchset that are of the type, and found by the search itself."""
    for entry in _objects(searchset.get("entry")):
        found, search = entry.get("resource"), entry.get("search")
        mode = search.get("mode", "match") if isinstance(search, dict) else "match"
        if mode == "match" and isinstance(found, dict) and found.get("resourceType") == kind:
            yield found


def next_page(searchset: Resource, base: str) -> str:
    """The address of the next page; "" when this is the last.

    Raises:
        Elsewhere: it is not below the record's own base.
    """
    links = _objects(searchset.get("link"))
    told = next((each.get("url") for each in links if each.get("relation") == "next"), None)
    if not told:
        return ""
    try:
        address = urljoin(f"{base}/", str(told))
        ours, theirs = urlsplit(base), urlsplit(address)
    except ValueError as error:
        raise Elsewhere from error
    path = unquote(theirs.path)
    is_below = path == ours.path or path.startswith(f"{ours.path}/")
    same_server = (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)
    if not (same_server and is_below) or ".." in path.split("/"):
        raise Elsewhere
    return address


def _reasons(encounter: Resource) -> Iterator[Resource]:
    for diagnosis in encounter.get("diagnosis", ()):
        yield diagnosis["condition"]
    yield from encounter.get("reasonReference", ())


def _objects(found: Any) -> list[Resource]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _leads_to(reference: Mapping[str, Any], place: str, base: str) -> bool:
    try:
        return place_of_reference(reference, base) == place
    except Elsewhere:
        return False


def _codes(concept: Mapping[str, Any]) -> set[str]:
    return {coding.get("code", "") for coding in concept.get("coding", ())}


def _own(element: Resource, name: str, base: str) -> Resource:
    """The element without the reference of this name, if that leads to another server."""
    try:
        place_of_reference(element.get(name, {}), base)
    except Elsewhere:
        return {key: value for key, value in element.items() if key != name}
    return dict(element)
