"""Finding what stands in a record: by its identity of ours, or by its place."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from service.ehr.capabilities import Capabilities
from service.ehr.talk import Resource, Talk
from service.fhir.for_record import Entry, is_same
from service.usecases.delivering import NotNow, NotTaken

_AT_ONCE = 10  # identities in one search: addresses must stay below 2,000 characters
_READ_AT_ONCE = 40


def find(talk: Talk, able: Capabilities, entries: Sequence[Entry]) -> dict[str, Resource]:
    """Return, by urn, what of these stands in the record.

    A record that does not search a type by identity is asked for the id we would have
    given it (update-as-create).

    Raises:
        NotTaken: a resource of one patient's stands there twice.
    """
    found: dict[str, Resource] = {}
    for kind in sorted({entry.kind for entry in entries}):
        of_kind = [entry for entry in entries if entry.kind == kind]
        if able.finds(kind):
            for start in range(0, len(of_kind), _AT_ONCE):
                found |= _search(talk, kind, of_kind[start : start + _AT_ONCE])
        else:
            there = {entry.urn: talk.read(own_place(entry)) for entry in of_kind}
            found |= {urn: resource for urn, resource in there.items() if resource}
    return found


def own_place(entry: Entry) -> str:
    """Where it stands when the record lets us choose the id."""
    return f"{entry.kind}/{entry.urn.removeprefix('urn:uuid:')}"


def place_of(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource.get('id', '')}"


def version_of(resource: Resource) -> str:
    return str(resource.get("meta", {}).get("versionId", ""))


def read_places(talk: Talk, able: Capabilities, places: Sequence[str]) -> dict[str, Resource]:
    """Return what stands at these places (`Type/id`), in as few requests as the record allows."""
    found: dict[str, Resource] = {}
    if able.batch or able.transaction:
        for start in range(0, len(places), _READ_AT_ONCE):
            found |= _together(talk, able, places[start : start + _READ_AT_ONCE])
    for place in places:
        if place not in found and (resource := talk.read(place)):
            found[place] = resource
    return found


def _together(talk: Talk, able: Capabilities, places: Sequence[str]) -> dict[str, Resource]:
    """A batch of reads; nothing when the record does not do that, or one of them is gone."""
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "batch" if able.batch else "transaction",
        "entry": [{"request": {"method": "GET", "url": place}} for place in places],
    }
    try:
        answer = talk.ask(bundle)
    except (NotTaken, NotNow):
        return {}
    resources = [entry.get("resource", {}) for entry in answer.get("entry", [])]
    return {place_of(each): each for each in resources if "id" in each and place_of(each) in places}


def _search(talk: Talk, kind: str, entries: Sequence[Entry]) -> dict[str, Resource]:
    name = entries[0].query.partition("?")[2].partition("=")[0]
    values = ",".join(entry.query.partition("=")[2] for entry in entries)
    resources = list(_pages(talk, f"{kind}?{name}={quote(values, safe=':,|')}&_count=100"))
    found = {}
    for entry in entries:
        same = [resource for resource in resources if is_same(resource, entry)]
        if len(same) > 1 and not entry.is_shared:
            raise NotTaken("duplicate")
        if same:  # of a text that is nobody's own the oldest serves all
            found[entry.urn] = min(same, key=_age)
    return found


def _age(resource: Resource) -> str:
    return str(resource.get("meta", {}).get("lastUpdated", ""))


def _pages(talk: Talk, query: str) -> Iterable[Resource]:
    """The resources of one page: as many as were asked for is never more than one."""
    answer = talk.read(query) or {}
    for entry in answer.get("entry", []):
        if entry.get("search", {}).get("mode", "match") == "match":
            yield entry.get("resource", {})
