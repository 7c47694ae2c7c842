"""Tries a record as a delivery would: connection, login, abilities, write, read-back, clean-up.

What it writes is about no patient: one document that says it is a test.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from service.ehr.capabilities import Capabilities
from service.ehr.lookup import find, place_of, version_of
from service.ehr.record import OURS, FhirRecord
from service.ehr.singles import write_one_by_one
from service.ehr.talk import Talk
from service.fhir import urls
from service.fhir.for_record import Entry
from service.usecases.delivering import REASONS, Closed, NotNow, NotTaken

_READ = ("Encounter", "Patient", "Condition")  # when it tells of an encounter
_TEXT = "A test of education-plan check-ehr; it may be removed."


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: what was tried, whether it went well, and what was seen."""

    name: str
    is_good: bool
    seen: str


class _Stop(Exception):
    """What follows makes no sense."""


def check_record(record: FhirRecord) -> Iterator[Step]:
    """Yield each step as it is done; after one that fails nothing more is tried."""
    talk = record.talk()
    urn = uuid.uuid4().urn
    document: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": urls.URI, "value": urn}],
        "status": "current",
        "description": _TEXT,
        "content": [{"attachment": {"contentType": "text/plain", "title": _TEXT}}],
    }
    entry = Entry(urn, document)
    tries = (
        ("login", lambda: _login(talk)),
        ("connection", lambda: _connection(record, talk)),
        ("abilities", lambda: _abilities(record, talk)),
        ("hook", lambda: _hook(record, talk)),
        ("write", lambda: _write(record, talk, entry)),
        ("write again", lambda: _write_again(record, talk, entry)),
        ("clean-up", lambda: _clean_up(record, talk, entry)),
    )
    for name, attempt in tries:
        step = _step(name, attempt)
        yield step
        if not step.is_good:
            return


def _step(name: str, attempt: Callable[[], str]) -> Step:
    try:
        return Step(name, is_good=True, seen=attempt())
    except (NotTaken, NotNow, Closed) as fault:
        return Step(name, is_good=False, seen=REASONS[fault.reason])
    except _Stop as stop:
        return Step(name, is_good=False, seen=str(stop))


def _login(talk: Talk) -> str:
    return "with a token" if talk.login.headers() else "none is set up"


def _connection(record: FhirRecord, talk: Talk) -> str:
    able = record.capabilities(talk)
    return able.software or "it speaks FHIR"


def _abilities(record: FhirRecord, talk: Talk) -> str:
    able = record.capabilities(talk)
    taken = [kind for kind in OURS if able.takes(kind)]
    if not taken:
        raise _Stop("it takes none of " + ", ".join(OURS))
    missing = [kind for kind in OURS if kind not in taken]
    told = f"{record.manner(able)}; takes {', '.join(taken)}"
    return f"{told}; not {', '.join(missing)}" if missing else told


def _hook(record: FhirRecord, talk: Talk) -> str:
    """What it says it can for the way in; without it plans are made from what is posted."""
    able = record.capabilities(talk)
    unread = [kind for kind in _READ if "read" not in able.interactions(kind)]
    tells = "create" in able.interactions("Subscription")
    told = "takes Subscriptions" if tells else "takes no Subscription"
    return f"{told}; does not say that it reads {', '.join(unread)}" if unread else told


def _write(record: FhirRecord, talk: Talk, entry: Entry) -> str:
    able = _documents(record, talk)
    places = write_one_by_one(talk, able, [entry])
    if find(talk, able, [entry]).keys() != {entry.urn}:
        raise _Stop("it was taken, and is not found again by its identifier")
    return places[entry.urn]


def _write_again(record: FhirRecord, talk: Talk, entry: Entry) -> str:
    able = _documents(record, talk)
    first = place_of(find(talk, able, [entry])[entry.urn])
    query = {"If-None-Exist": entry.query.partition("?")[2]}
    again, _ = talk.write("POST", entry.kind, entry.resource, query)
    if place_of(again) != first:
        raise _Stop("a conditional create makes it a second time")
    return "nothing new was made"


def _clean_up(record: FhirRecord, talk: Talk, entry: Entry) -> str:
    there = find(talk, _documents(record, talk), [entry])[entry.urn]
    error = there | {"status": "entered-in-error"}
    talk.write("PUT", place_of(there), error, {"If-Match": f'W/"{version_of(there)}"'})
    if talk.remove(place_of(there)):
        return "removed"
    return f"{place_of(there)} is left, marked as entered in error"


def _documents(record: FhirRecord, talk: Talk) -> Capabilities:
    able = record.capabilities(talk)
    if not able.takes("DocumentReference"):
        raise _Stop(
            "not tried: it takes no DocumentReference, and nothing else is free of patients"
        )
    return able
