"""Writing one after the other, for records without transactions: the second and third rung.

None refers to a later one, so at every moment what stands there is whole in itself. What an
interrupted round left behind is found by its identity in the next.
"""

from collections.abc import Sequence

from service.ehr.capabilities import Capabilities
from service.ehr.lookup import find, own_place, place_of
from service.ehr.talk import Talk
from service.ehr.transaction import place_in
from service.fhir.for_record import Entry, in_order
from service.fhir.record import renamed


def write_one_by_one(talk: Talk, able: Capabilities, entries: Sequence[Entry]) -> dict[str, str]:
    """Return where each stands now, by urn. Raises as talk.py says."""
    places: dict[str, str] = {}
    for entry in in_order(entries):
        places[entry.urn] = _write(talk, able, entry, places)
    return places


def _write(talk: Talk, able: Capabilities, entry: Entry, places: dict[str, str]) -> str:
    resource = renamed(entry.resource, places)
    if entry.place:
        _put(talk, entry, entry.place, resource)
        return entry.place
    there = find(talk, able, [entry]).get(entry.urn)
    if there:
        if entry.changes:
            _put(talk, entry, place_of(there), resource)
        return place_of(there)
    if not able.finds(entry.kind):
        _put(talk, entry, own_place(entry), resource)
        return own_place(entry)
    once = {"If-None-Exist": entry.query.partition("?")[2]}
    made, answer = talk.write("POST", entry.kind, resource, once)
    return place_in(answer.headers.get("Location", "")) or place_of(made)


def _put(talk: Talk, entry: Entry, place: str, resource: dict[str, object]) -> None:
    given = {"If-Match": f'W/"{entry.version}"'} if entry.version else {}
    talk.write("PUT", place, resource | {"id": place.partition("/")[2]}, given)
