"""One delivery to a record: what it lacks is written, in what stands our changes are made,
and all of it is read back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.ehr.capabilities import Capabilities
from service.ehr.lookup import find, place_of, read_places, version_of
from service.ehr.singles import write_one_by_one
from service.ehr.talk import MOST_CONFLICTS, Resource, Talk
from service.ehr.transaction import write_together
from service.fhir.for_record import (
    Entry,
    FieldConflict,
    is_same,
    merged,
    outstanding,
    stands,
)
from service.fhir.record import renamed
from service.usecases.delivering import NotNow, NotTaken, Place


@dataclass(slots=True)
class Round:
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
