"""A whole course, delivered by the real worker into a real record; and what must stand there."""

import json
import uuid

from service.ehr.record import FhirRecord, Wishes
from service.ehr.wire import Wire
from service.fhir.dialects import Dialect
from service.usecases.delivering import Parcel
from tests.ehr.golden import WRITE, after_the_visit, entries, new_plan
from tests.hapi.client import Record
from tests.hapi.clinic import Clinic, Course
from tests.live import Live

URI = "urn:ietf:rfc:3986"


def identity(entry) -> str:
    kind = entry["resource"]["resourceType"]
    if kind == "Provenance":
        return f"Provenance?_tag={URI}|{entry['resource']['meta']['tag'][0]['code']}"
    return f"{kind}?identifier={URI}|{entry['fullUrl']}"


def deliver_a_course(live: Live, record: Record, *, each_time: bool):
    """Play a course over REST and deliver it, after each step or at the end; its answers."""
    clinic = Clinic(live, record)
    answers = [first := clinic.sees(Course())]
    for answer in clinic.documents(first):
        if each_time:
            live.run("work", "--until-empty")
        answers.append(answer)
    live.run("work", "--until-empty")
    return answers


def states_of(live: Live, plan_id: str) -> list[str]:
    """The states of a plan's revisions as the command tells them, in their order."""
    words = [
        w
        for state in ("parked", "waiting", "delivered", "not-kept", "superseded")
        for w in ("--state", state)
    ]
    rows = [row.split("  ") for row in live.run("deliveries", "list", *words).splitlines()]
    found = [(int(row[2].split()[1]), row[3]) for row in rows if len(row) > 3 and row[1] == plan_id]
    return [state for _, state in sorted(found)]


def standing(record: Record, bundle, without=()) -> dict[str, int]:
    """How many stand in the record of each thing the Bundle is about, by its identity."""
    queries = [identity(e) for e in bundle["entry"] if e["resource"]["resourceType"] not in without]
    return {query: len(record.found(query)) for query in queries}


def differing(record: Record, bundle, without=()) -> list[str]:
    """The identities whose subject or status in the record is not as in the Bundle."""
    found = []
    for entry in bundle["entry"]:
        sent = entry["resource"]
        if sent["resourceType"] in without:
            continue
        (kept,) = record.found(identity(entry))
        if kept.get("status") != sent.get("status") or _subject(kept) != _subject(sent):
            found.append(identity(entry))
    return found


def _subject(resource) -> str:
    return "/".join(resource.get("subject", {}).get("reference", "").split("/")[-2:])


def stands_as_told(base: str, dialect: Dialect, without: tuple[str, ...] = ()) -> bool:
    """Bring the course of the golden examples to a real record, and look what stands there.

    It is a plan of its own each time; `without` are the types that the record does not take.
    """
    plan_id, record = str(uuid.uuid4()), FhirRecord(Wire(base), wishes=Wishes(dialect))
    plans = (new_plan(plan_id), after_the_visit(plan_id))
    first, last = (WRITE.in_full(plan, "ehr") for plan in plans)
    begun = record.deliver(Parcel(first))
    places = {place.urn: place for place in begun.places}
    ended = record.deliver(Parcel(last, first if places else None, places))
    told = {e.urn: e.resource for plan in plans for e in entries(dialect, plan, without)}
    there = {place.reference for receipt in (begun, ended) for place in receipt.places}
    assert as_told(map(Record(base).read, there)) == as_told(told.values())
    assert {*begun.left_out, *ended.left_out} == set(without)
    return True


def as_told(resources) -> list[str]:
    """What is said in each; links, and what the record adds, are left out."""
    added = ("id", "meta", "text")
    return sorted(
        json.dumps(
            _without_links({k: v for k, v in each.items() if k not in added}), sort_keys=True
        )
        for each in resources
    )


def _without_links(value):
    if isinstance(value, dict):
        return {k: _without_links(v) for k, v in value.items() if not _is_link(k, v)}
    return [_without_links(each) for each in value] if isinstance(value, list) else value


def _is_link(key, value):
    outside = ("Patient/", "Encounter/", "Practitioner/", "Condition/", "EpisodeOfCare/")
    return key == "reference" and isinstance(value, str) and not value.startswith(outside)
