"""Reading visits in a record: an encounter with what it refers to, and which were changed.

Only the record itself is asked, whatever address stands in what it shows. Every answer is held
against what was asked for: type, id, patient.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from service.ehr.lookup import place_of
from service.ehr.talk import MOST_CONFLICTS, Resource, Talk
from service.fhir import fetched
from service.fhir.checks import check
from service.fhir.fetched import Elsewhere
from service.usecases.delivering import NotNow, NotTaken
from service.usecases.noticing import Changed, NotYet, Shown

MOST_CONDITIONS = 50
PAGE = 50
# R4 encounter-status. Nothing more is read of a visit that does not take place, or not yet.
_NO_VISIT = ("planned", "cancelled", "entered-in-error")
# All that is looked at of a person: names and numbers stay in the record.
_OF_PATIENT = "?_elements=id"


def read_visit(talk: Talk, reference: str, *, problem_list: bool) -> Shown:
    """Return the encounter (`Encounter/id`) as the record shows it now.

    Its reasons are the Conditions that it names (diagnosis, reasonReference) and its codes
    (reasonCode). Has it none of them, they are the Conditions that name the encounter, and
    with `problem_list`, when there are none of those either, what the patient has now.

    Raises:
        NotTaken, NotNow, Closed, NotYet: as VisitRecord says.
        InvalidResource, ResourceTypeNotAccepted: what it shows does not hold to R4.
    """
    encounter = _read(talk, reference, fetched.ENCOUNTER)
    status, as_of = str(encounter["status"]), fetched.last_updated(encounter)
    if status in _NO_VISIT:
        return Shown(status, as_of, None)
    try:
        bundle = _with_all(talk, encounter, problem_list=problem_list)
    except Elsewhere as error:
        raise NotTaken("elsewhere") from error
    return Shown(status, as_of, bundle)


def read_problems(talk: Talk, patient: str) -> list[Resource]:
    """Return what this patient (`Patient/id`) has now, by the problem list. Raises as above."""
    base = talk.wire.base
    found = _search(talk, {"patient": patient, "category": fetched.PROBLEM})
    conditions = [each for each in found if fetched.is_current_problem(each)]
    if len(conditions) > MOST_CONDITIONS:
        raise NotTaken("too-many")
    if any(not fetched.is_about(each, patient, base) for each in conditions):
        raise NotNow("not-as-asked", most=MOST_CONFLICTS)
    return conditions


def changed_since(talk: Talk, criteria: str, since: datetime) -> Iterator[Sequence[Changed]]:
    """Yield, page by page, the encounters that changed since then, the oldest change first.

    `criteria` are further conditions of the search, "" for none. Raises as VisitRecord says.
    """
    asked = {
        "_lastUpdated": f"ge{since.isoformat(timespec='milliseconds')[:-6]}Z",
        "_sort": "_lastUpdated",
        "_count": str(PAGE),
    }
    query = "&".join(filter(None, (criteria, urlencode(asked, safe=":"))))
    for page in _pages(talk, f"Encounter?{query}"):
        found = [_changed(each) for each in fetched.matches(page, "Encounter")]
        yield [each for each in found if each and not (each.at and each.at < since)]


def _with_all(talk: Talk, encounter: Resource, *, problem_list: bool) -> Resource:
    base = talk.wire.base
    patient = fetched.place_of_reference(encounter.get("subject", {}), base)
    if not patient.startswith("Patient/"):
        raise NotTaken("no-patient")
    named = fetched.conditions_named(encounter, base)
    if len(named) > MOST_CONDITIONS:
        raise NotTaken("too-many")
    person = _person(talk, patient)
    conditions = [_read(talk, place, "/entry/2/resource") for place in named]
    if not fetched.names_a_reason(encounter):
        conditions = _unnamed(talk, place_of(encounter), patient, problem_list=problem_list)
    if any(not fetched.is_about(each, patient, base) for each in conditions):
        raise NotNow("not-as-asked", most=MOST_CONFLICTS)
    return fetched.to_bundle(person, fetched.own_people(encounter, base), conditions)


def _person(talk: Talk, patient: str) -> Resource:
    try:
        return _read(talk, patient, fetched.PATIENT, _OF_PATIENT)
    except NotTaken as refusal:
        if refusal.reason != "refused":
            raise
    return _read(talk, patient, fetched.PATIENT)  # it gives a resource whole, or not at all


def _unnamed(talk: Talk, encounter: str, patient: str, *, problem_list: bool) -> list[Resource]:
    base = talk.wire.base
    found = _search(talk, {"patient": patient, "encounter": encounter})
    conditions = [each for each in found if fetched.is_of_encounter(each, encounter, base)]
    if not conditions and problem_list:
        found = _search(talk, {"patient": patient, "category": fetched.PROBLEM})
        conditions = [each for each in found if fetched.is_current_problem(each)]
    if len(conditions) > MOST_CONDITIONS:
        raise NotTaken("too-many")
    return conditions


def _search(talk: Talk, asked: dict[str, str]) -> list[Resource]:
    """What a search of Conditions finds; nothing where the record has no such search."""
    query = urlencode(asked | {"_count": str(PAGE)}, safe="/")
    found: list[Resource] = []
    try:
        for page in _pages(talk, f"Condition?{query}"):
            found += fetched.matches(page, "Condition")
    except NotTaken as refusal:
        if refusal.reason not in ("refused", "not-found"):
            raise
    for each in found:
        check(each, "/entry/2/resource")
    return found


def _read(talk: Talk, place: str, pointer: str, query: str = "") -> Resource:
    """What stands at the place, and is what was asked for. `pointer` is for faults in it."""
    found = talk.read(place + query)
    if found is None:
        raise NotYet("not-found")
    if place_of(found) != place:
        raise NotNow("not-as-asked", most=MOST_CONFLICTS)
    check(found, pointer)
    return found


def _pages(talk: Talk, query: str) -> Iterator[Resource]:
    address, seen = query, {query}
    while address:
        page = talk.read(address)
        if page is None:
            raise NotTaken("not-found")
        if page["resourceType"] != "Bundle":
            raise NotNow("not-as-asked", most=MOST_CONFLICTS)
        yield page
        try:
            address = fetched.next_page(page, talk.wire.base)
        except Elsewhere as error:
            raise NotTaken("elsewhere") from error
        if address in seen:
            raise NotTaken("not-as-asked")  # a page that leads to one before it never ends
        seen.add(address)


def _changed(encounter: Resource) -> Changed | None:
    place = place_of(encounter)
    if not fetched.is_place(place):
        return None
    return Changed(place, fetched.last_updated(encounter))
