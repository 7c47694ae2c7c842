"""Writing everything at once: the first rung of the ladder (FHIR R4 http.html#transaction)."""

from collections.abc import Sequence

from service.ehr.talk import MOST_CONFLICTS, Resource, Talk
from service.fhir.for_record import Entry
from service.usecases.delivering import NotNow


def write_together(talk: Talk, entries: Sequence[Entry]) -> dict[str, str]:
    """Return where each stands now, by urn, as far as the record tells.

    Raises:
        NotTaken, NotNow, Closed: the record did not take all of it (talk.py).
    """
    answer, _ = talk.write("POST", "", to_transaction(entries))
    told = [entry.get("response", {}) for entry in answer.get("entry", [])]
    if len(told) != len(entries) or any(not _went_well(each) for each in told):
        raise NotNow("not-as-sent", uncertain=True, most=MOST_CONFLICTS)
    pairs = zip(entries, told, strict=True)
    return {e.urn: place_in(each.get("location", ""), e.kind) for e, each in pairs}


def to_transaction(entries: Sequence[Entry]) -> Resource:
    """Return the Bundle that writes them all, or none."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(entry) for entry in entries],
    }


def place_in(location: str, kind: str) -> str:
    """`Type/id` of a Location, absolute or not, with or without a version.

    "" when there is none, or one of another type.
    """
    words = location.partition("/_history")[0].rstrip("/").split("/")
    return "/".join(words[-2:]) if words[-2:-1] == [kind] else ""


def _went_well(response: Resource) -> bool:
    return str(response.get("status", "")).startswith("2")


def _entry(entry: Entry) -> Resource:
    if not entry.changes:
        request = {"method": "POST", "url": entry.kind, "ifNoneExist": entry.query.split("?")[1]}
    elif not entry.place:
        request = {"method": "PUT", "url": entry.query}
    else:
        request = {"method": "PUT", "url": entry.place}
        if entry.version:
            request["ifMatch"] = f'W/"{entry.version}"'
    return {"fullUrl": entry.urn, "resource": entry.resource, "request": request}
