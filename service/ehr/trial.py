"""A test document written to a record, read back, changed, written again, and removed.

It is about no patient, unless the operator names a test patient, and says that it is a test.
"""

import uuid
from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import Any

from service.domain.values import dataclass
from service.ehr.capabilities import Capabilities
from service.ehr.lookup import find, place_of, version_of
from service.ehr.singles import write_one_by_one
from service.ehr.talk import Resource, Talk
from service.fhir import urls
from service.fhir.for_record import Entry, is_about_the_same, is_same
from service.usecases.delivering import NotNow, NotTaken

_TEXT = "A test of education-plan check-ehr; it may be removed."


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"  # plans can be brought there, with what the row says
    FAIL = "FAIL"
    SKIP = "skip"


class Stop(Exception):
    """A row that is not well; `verdict` says how badly, `mend` what is to be done."""

    def __init__(self, seen: str, mend: str, verdict: Verdict = Verdict.FAIL) -> None:
        super().__init__(seen)
        self.seen, self.mend, self.verdict = seen, mend, verdict


@dataclass(slots=True)
class Trial:
    """One document on its way. Each step returns what was seen, or raises Stop.

    `place` is where it stands; `may_be_there` once it was sent, whatever was answered.
    """

    talk: Talk
    able: Capabilities
    patient: str = ""
    place: str = ""
    may_be_there: bool = False
    entry: Entry = field(init=False)

    def __post_init__(self) -> None:
        urn = uuid.uuid4().urn
        document: dict[str, Any] = {
            "resourceType": "DocumentReference",
            "identifier": [{"system": urls.URI, "value": urn}],
            "status": "current",
            "description": _TEXT,
            "content": [{"attachment": {"contentType": "text/plain", "title": _TEXT}}],
        }
        if self.patient:
            document["subject"] = {"reference": self.patient}
        self.entry = Entry(urn, document)

    @property
    def steps(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        return (
            ("write", self.write),
            ("read-back", self.read_back),
            ("update", self.update),
            ("write again", self.write_again),
        )

    def write(self) -> str:
        self.may_be_there = True
        self.place = write_one_by_one(self.talk, self.able, [self.entry])[self.entry.urn]
        return self.place

    def read_back(self) -> str:
        there = self.talk.read(self.place)
        if there is None or not is_same(there, self.entry):
            raise Stop("what was written is not what stands there", "See the record's own log.")
        if not is_about_the_same(self.entry.resource, there, self.talk.wire.base):
            raise Stop(
                "the patient is named otherwise than in what was written",
                "Give the address that the record names itself by in its references.",
            )
        if find(self.talk, self.able, [self.entry]).keys() != {self.entry.urn}:
            mend = "Some records index late: try again. Else it cannot tell what it has already."
            raise Stop("it is not found by its identifier", mend)
        return "as it was written, and found by its identifier"

    def update(self) -> str:
        there = self._found()
        old = version_of(there)
        wanted = there | {"description": f"{_TEXT} Changed once."}
        self._put(wanted, old)
        now = self._found()
        if now.get("description") != wanted["description"]:
            raise Stop("it said yes to a change, and did not make it", "See its own log.")
        if not old or self._is_taken(wanted | {"description": _TEXT}, old):
            raise Stop(
                "changed; but it takes a change of a version that is out of date",
                "Two who write at once may overwrite one another: ask for `If-Match` there.",
                Verdict.WARN,
            )
        return "changed; a version that is out of date is refused"

    def write_again(self) -> str:
        again = write_one_by_one(self.talk, self.able, [self.entry])[self.entry.urn]
        if again != self.place or len(self._all()) != 1:
            raise Stop(
                "a conditional create makes it a second time",
                "Let no second service write there: this one looks before it writes again.",
                Verdict.WARN,
            )
        return "nothing new was made"

    def clean_up(self) -> str:
        try:
            there = self._all()
        except (NotTaken, NotNow) as fault:
            where = self.place or f"perhaps one with the identifier {self.entry.urn}"
            raise Stop(f"left there: {where}", "Remove it by hand.", Verdict.WARN) from fault
        left = [place for each in there if (place := self._undo(each))]
        if left:
            raise Stop(f"left there: {', '.join(left)}", "Remove it by hand.", Verdict.WARN)
        return "removed" if there else "nothing is left there"

    def _undo(self, there: Resource) -> str:
        """Mark it as an error, then remove it; return what is left of it."""
        marked = True
        try:
            self._put(there | {"status": "entered-in-error"}, version_of(there))
        except (NotTaken, NotNow):
            marked = False
        if self.talk.remove(place_of(there)):
            return ""
        return f"{place_of(there)}{', marked as entered in error' if marked else ''}"

    def _put(self, resource: Resource, version: str) -> None:
        given = {"If-Match": f'W/"{version}"'} if version else {}
        self.talk.write("PUT", place_of(resource), resource, given)

    def _is_taken(self, resource: Resource, version: str) -> bool:
        try:
            self._put(resource, version)
        except (NotTaken, NotNow):
            return False
        return True

    def _found(self) -> Resource:
        there = self.talk.read(self.place)
        if there is None:
            raise NotTaken("not-found")
        return there

    def _all(self) -> list[Resource]:
        query = f"{self.entry.query}&_count=10" if self.able.finds(self.entry.kind) else ""
        told = (self.talk.read(query) or {}) if query else {"entry": [{"resource": self._found()}]}
        found = [each.get("resource", {}) for each in told.get("entry", [])]
        return [each for each in found if is_same(each, self.entry)]
