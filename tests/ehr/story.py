"""A whole course, delivered by the real worker into a real record; and what must stand there."""

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
