"""Writing one after the other, for records without transactions: the second and third rung.

None refers to a later one, so at every moment what stands there is whole in itself. What an
interrupted round left behind is found by its identity in the next, before anything is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from service.ehr.capabilities import Capabilities
from service.ehr.lookup import own_place, place_of
from service.ehr.talk import MOST_CONFLICTS, Resource, Talk
from service.ehr.transaction import place_in
from service.ehr.wire import Answer
from service.fhir.for_record import Entry, in_order, is_same
from service.fhir.record import renamed
from service.usecases.delivering import NotNow


def write_one_by_one(
    talk: Talk,
    able: Capabilities,
    entries: Sequence[Entry],
    ready: Callable[[Entry], Entry | None] = lambda entry: entry,
) -> dict[str, str]:
    """Return where each stands now, by urn. Raises as talk.py says.

    What has no `place` was looked for already, and is made. `ready` says at its turn, when all
    that it refers to has a place, how an entry is to be written; None for not at all.
    """
    places: dict[str, str] = {}
    for entry in in_order(entries):
        linked = replace(entry, resource=renamed(entry.resource, places))
        writing = ready(linked)
        places[entry.urn] = _write(talk, able, writing) if writing else entry.place
    return places


def _write(talk: Talk, able: Capabilities, entry: Entry) -> str:
    resource = entry.resource
    if entry.place:
        given = {"If-Match": f'W/"{entry.version}"'} if entry.version else {}
        talk.write("PUT", entry.place, resource | {"id": _id(entry.place)}, given)
        return entry.place  # what came of it is seen when it is read back
    if able.finds(entry.kind):
        once = {"If-None-Exist": entry.query.partition("?")[2]}
        return _place(talk, entry, *talk.write("POST", entry.kind, resource, once))
    place = own_place(entry)
    return _place(talk, entry, *talk.write("PUT", place, resource | {"id": _id(place)}))


def _place(talk: Talk, entry: Entry, made: Resource, answer: Answer) -> str:
    """Where it stands: what is written next may point there, so it is looked at first."""
    if is_same(made, entry) and made.get("id"):
        return place_of(made)
    place = place_in(answer.headers.get("Location", ""), entry.kind)
    there = talk.read(place) if place else None
    if there is None or not is_same(there, entry):
        raise NotNow("not-as-sent", uncertain=True, most=MOST_CONFLICTS)
    return place


def _id(place: str) -> str:
    return place.partition("/")[2]
