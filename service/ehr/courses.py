"""Courses of a patient that stand in the record, and that this service does not know any more.

Only a database that was restored from a backup can lack one. A second course beside it would
be a second plan for one patient, so a person decides what becomes of the first.
"""

from collections.abc import Collection, Iterator, Sequence
from urllib.parse import quote

from service.ehr.talk import Resource, Talk
from service.fhir.for_record import Entry
from service.fhir.urls import URI
from service.usecases.delivering import NotTaken

_OPEN = ("draft", "active", "on-hold")  # R4 request-status


def refuse_unknown(talk: Talk, entries: Sequence[Entry], known: Collection[str]) -> None:
    """Let no new course begin while the record has an open one on the same pack.

    `known` are the urns of the patient's plans here.

    Raises:
        NotTaken: it has one.
    """
    for entry in entries:
        if entry.kind == "CarePlan":
            unknown = [
                each
                for each in _courses(talk, entry)
                if not _names(each) & {entry.urn, *known}
                and each.get("status") in _OPEN
                and _packs(each) & _packs(entry.resource)
            ]
            if unknown:
                raise NotTaken("unknown-course")


def _courses(talk: Talk, entry: Entry) -> Iterator[Resource]:
    """The patient's CarePlans that bear an identity as ours do."""
    patient = entry.resource["subject"]["reference"]
    try:
        found = talk.read(f"CarePlan?patient={quote(patient, safe='/')}&_count=100") or {}
    except NotTaken:
        return  # a record that cannot be asked so; what is ours there is found by identity
    for each in found.get("entry", []):
        resource = each.get("resource", {})
        if resource.get("resourceType") == "CarePlan" and _names(resource):
            yield resource


def _names(resource: Resource) -> set[str]:
    given = resource.get("identifier", [])
    return {str(each.get("value")) for each in given if each.get("system") == URI}


def _packs(resource: Resource) -> set[str]:
    """What it is made of, in whichever version."""
    return {str(each).partition("|")[0] for each in resource.get("instantiatesCanonical", [])}
