"""One clinic's record: a revision brought there, down the ladder that the record allows.

    transaction          everything at once
    one by one           conditional creates and updates in order of their references
    at our own ids       where the record searches a type by no identifier (update-as-create)
    what it knows of     types that it does not take are left out, with all that points there
    the note             signed notes as documents, and nothing else

"In the record" is said of what was read back, and of nothing else (decision 11).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from service.ehr.capabilities import Capabilities, read_capabilities
from service.ehr.lookup import find, place_of, read_places, version_of
from service.ehr.singles import write_one_by_one
from service.ehr.talk import MOST_CONFLICTS, Login, NoLogin, Resource, Talk
from service.ehr.transaction import write_together
from service.ehr.visits import changed_since, read_visit
from service.ehr.wire import Wire
from service.fhir.for_record import (
    Entry,
    FieldConflict,
    entries_of,
    fitted,
    inlined,
    is_same,
    merged,
    notes_only,
    outstanding,
    stands,
)
from service.fhir.record import renamed
from service.usecases.delivering import NotNow, NotTaken, Parcel, Place, Receipt
from service.usecases.noticing import Changed, Shown

WHOLE_DELIVERY = 45.0  # seconds; less than the lease (deliver_outbox.LEASE)
REMEMBERED = 900.0  # seconds that a CapabilityStatement is believed


class Dialect(StrEnum):
    """How a record wants a plan. `auto` is `core` as far as the record goes."""

    AUTO = "auto"
    CORE = "core"
    INLINE = "inline"
    NOTE = "note"


class Manner(StrEnum):
    """How a record is written to. `auto` is a transaction where the record says it can."""

    AUTO = "auto"
    TRANSACTION = "transaction"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator decided about a record, over what it says of itself."""

    dialect: Dialect = Dialect.AUTO
    manner: Manner = Manner.AUTO


@dataclass(frozen=True, slots=True)
class Looking:
    """What the operator decided about reading visits there.

    `criteria` are conditions of the search for changed encounters, "" for none;
    `problem_list` says that it may stand in for a visit's reason.
    """

    criteria: str = ""
    problem_list: bool = False


@dataclass(slots=True)
class FhirRecord:
    """The record of one clinic.

    See usecases.delivering.Record and usecases.noticing.VisitRecord for the promises.
    """

    wire: Wire
    login: Login = field(default_factory=NoLogin)
    wishes: Wishes = field(default_factory=Wishes)
    clock: Callable[[], float] = time.monotonic
    looking: Looking = field(default_factory=Looking)
    _able: tuple[float, Capabilities] | None = None
    _shared: dict[str, str] = field(default_factory=dict)  # what is nobody's own, by urn

    def deliver(self, parcel: Parcel) -> Receipt:
        talk = self.talk()
        able = self.capabilities(talk)
        entries, left_out = self._fit(entries_of(parcel.bundle), able)
        before, _ = self._fit(entries_of(parcel.before) if parcel.before else [], able)
        round_ = _Round(talk, able, entries, before, parcel.places, dict(self._shared))
        try:
            places = round_.bring(together=self._together(able), uncertain=parcel.uncertain)
        except NotTaken:
            self._shared.clear()  # perhaps somebody removed one of them there
            raise
        shared = {entry.urn for entry in entries if "subject" not in entry.resource}
        self._shared |= {p.urn: p.reference for p in places if p.urn in shared}
        return Receipt(places, left_out)

    def visit(self, encounter: str) -> Shown:
        return read_visit(self.talk(), encounter, problem_list=self.looking.problem_list)

    def changed(self, since: datetime) -> Iterator[Sequence[Changed]]:
        return changed_since(self.talk(), self.looking.criteria, since)

    def talk(self) -> Talk:
        """A new conversation with the record."""
        return Talk(self.wire, self.login, time.monotonic() + WHOLE_DELIVERY)

    def capabilities(self, talk: Talk) -> Capabilities:
        """What the record says it can; asked again after a quarter of an hour."""
        if self._able is None or self.clock() - self._able[0] > REMEMBERED:
            statement = talk.read("metadata")
            if statement is None or statement.get("resourceType") != "CapabilityStatement":
                raise NotNow("not-fhir")
            self._able = (self.clock(), read_capabilities(statement))
        return self._able[1]

    def _fit(self, entries: list[Entry], able: Capabilities) -> tuple[list[Entry], tuple[str, ...]]:
        wanted = self.wishes.dialect
        by_itself = wanted is Dialect.AUTO and not able.takes("ServiceRequest")
        if wanted is Dialect.INLINE or by_itself:
            entries = inlined(entries)
        nothing_else = not (able.takes("CarePlan") or able.takes("Communication"))
        if wanted is Dialect.NOTE or (wanted is Dialect.AUTO and nothing_else):
            entries = notes_only(entries)
        return fitted(entries, able.takes)

    def manner(self, able: Capabilities) -> Manner:
        """How it is written to: as the operator wants, else as it says it can."""
        return Manner.TRANSACTION if self._together(able) else Manner.SINGLE

    def _together(self, able: Capabilities) -> bool:
        if self.wishes.manner is Manner.AUTO:
            at_our_ids = any(not able.finds(kind) for kind in OURS if able.takes(kind))
            return able.transaction and not at_our_ids
        return self.wishes.manner is Manner.TRANSACTION


OURS = ("CarePlan", "ServiceRequest", "Communication", "Goal", "Observation", "DocumentReference")


@dataclass(slots=True)
class _Round:
    """One delivery: what is wanted, what was there before, what is known of the record."""

    talk: Talk
    able: Capabilities
    entries: Sequence[Entry]
    before: Sequence[Entry]
    places: Mapping[str, Place]
    known: dict[str, str]
    diverged: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def bring(self, *, together: bool, uncertain: bool) -> tuple[Place, ...]:
        """Write what the record lacks, read it back, and return the places that are new."""
        wanted_urns = {entry.urn for entry in self.entries}
        self.known |= {urn: place.reference for urn, place in self.places.items()}
        self.known = {urn: place for urn, place in self.known.items() if urn in wanted_urns}
        lacking = outstanding(self.entries, self.before, self.known)
        if uncertain and lacking:
            half = self._reconcile(lacking)
            together = together and not half
            lacking = outstanding(self.entries, self.before, self.known)
        writing = [ready for entry in lacking if (ready := self._ready(entry))]
        if writing:
            self._write(writing, together=together)
        return self._read_back(lacking)

    def _reconcile(self, lacking: Sequence[Entry]) -> bool:
        """Look what an earlier try left there; True when it is a part of the patient's."""
        found = find(self.talk, self.able, [entry for entry in lacking if not entry.place])
        self.known |= {urn: place_of(resource) for urn, resource in found.items()}
        new = [entry for entry in lacking if not entry.place and "subject" in entry.resource]
        there = [entry for entry in new if entry.urn in found]
        return 0 < len(there) < len(new)

    def _ready(self, entry: Entry) -> Entry | None:
        """The entry as it is to be written; None when the record says the same already."""
        if not entry.place:
            return entry
        theirs = self.talk.read(entry.place)
        if theirs is None or not is_same(theirs, entry):
            raise NotTaken("changed-in-record")
        ours, before = entry.resource, self._before(entry)
        try:
            seen = self._seen(entry, theirs, before)
            result, kept = merged(ours, theirs, before, seen, self._diverged(entry))
        except FieldConflict as conflict:
            raise NotTaken("changed-in-record") from conflict
        self.diverged[entry.urn] = kept
        if result == theirs:
            return None
        return replace(entry, resource=result, version=version_of(theirs))

    def _diverged(self, entry: Entry) -> tuple[str, ...]:
        place = self.places.get(entry.urn)
        return place.diverged if place else ()

    def _before(self, entry: Entry) -> Resource | None:
        found = next((each.resource for each in self.before if each.urn == entry.urn), None)
        return None if found is None else renamed(found, self.known)

    def _seen(self, entry: Entry, theirs: Resource, before: Resource | None) -> Resource | None:
        """What the record kept when we last read it; None when nobody wrote since."""
        place = self.places.get(entry.urn)
        if place is None or not place.version or place.version == version_of(theirs):
            return None
        try:
            return self.talk.read(f"{place.reference}/_history/{place.version}") or before
        except NotTaken:
            return before  # a record that keeps no versions

    def _write(self, entries: list[Entry], *, together: bool) -> None:
        write = write_together if together else _singles(self.able)
        self.known |= write(self.talk, entries)
        if untold := [entry for entry in entries if not self.known[entry.urn]]:
            found = find(self.talk, self.able, untold)
            self.known |= {urn: place_of(resource) for urn, resource in found.items()}

    def _read_back(self, sent: Sequence[Entry]) -> tuple[Place, ...]:
        """Return the places of what is new or was changed, as the record shows them now."""
        changed = {entry.urn for entry in sent}
        entries = [e for e in self.entries if e.urn in changed or e.urn not in self.places]
        wanted = [self.known[entry.urn] for entry in entries]
        found = read_places(self.talk, self.able, wanted)
        places = []
        for entry, place in zip(entries, wanted, strict=True):
            resource = found.get(place)
            if resource is None or not self._is_as_sent(entry, resource):
                raise NotNow("not-as-sent", uncertain=True, most=MOST_CONFLICTS)
            diverged = self.diverged.get(entry.urn, ())
            places.append(Place(entry.urn, place, version_of(resource), diverged))
        return tuple(places)

    def _is_as_sent(self, entry: Entry, found: Resource) -> bool:
        ours = renamed(entry.resource, self.known)
        return is_same(found, entry) and stands(ours, _relative(found, self.talk.wire.base))


def _singles(able: Capabilities) -> Callable[[Talk, Sequence[Entry]], dict[str, str]]:
    return lambda talk, entries: write_one_by_one(talk, able, entries)


def _relative(resource: Resource, base: str) -> Resource:
    """The resource with a subject below the record's base written as `Patient/id`."""
    subject = resource.get("subject")
    if isinstance(subject, dict) and str(subject.get("reference", "")).startswith(f"{base}/"):
        reference = subject["reference"].removeprefix(f"{base}/")
        return resource | {"subject": subject | {"reference": reference}}
    return resource
