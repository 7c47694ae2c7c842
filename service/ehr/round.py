"""One delivery to a record: what it lacks is written, in what stands our changes are made,
and all of it is read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from service.domain.values import dataclass
from service.ehr.capabilities import Capabilities
from service.ehr.lookup import find, place_of, read_places, version_of
from service.ehr.singles import write_one_by_one
from service.ehr.talk import MOST_CONFLICTS, Resource, Talk
from service.ehr.transaction import write_together
from service.fhir.another_life import ahead, is_another
from service.fhir.for_record import (
    Entry,
    FieldConflict,
    but_for_links,
    is_about_the_same,
    is_same,
    links,
    merged,
    outstanding,
    stands,
)
from service.fhir.record import renamed
from service.fhir.side_by_side import beside
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
    restored: bool = False  # the record may be ahead of us (Parcel.restored)
    diverged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    adopted: set[str] = field(default_factory=set)  # urns of what an earlier life left there
    touched: bool = False  # somebody else wrote into what we wrote
    unsure: bool = False  # an earlier try may have come there
    mending: set[str] = field(default_factory=set)  # urns of what a broken transaction left
    stood: dict[str, Resource] = field(default_factory=dict)  # what is replaced, by urn

    def bring(self, *, together: bool, uncertain: bool) -> tuple[Place, ...]:
        """Write what the record lacks, read it back, and return the places that are new."""
        wanted_urns = {entry.urn for entry in self.entries}
        self.known |= {urn: place.reference for urn, place in self.places.items()}
        self.known = {urn: place for urn, place in self.known.items() if urn in wanted_urns}
        lacking = outstanding(self.entries, self.before, self.known)
        self.unsure = uncertain
        if lacking and (uncertain or not together):
            together = self._reconcile(lacking) and together
            lacking = outstanding(self.entries, self.before, self.known)
        mending = [self._placed(e) for e in self.entries if e.urn in self.mending]
        lacking += [entry for entry in mending if entry.urn not in {e.urn for e in lacking}]
        self._write(lacking, together=together)
        return self._read_back(lacking)

    def _reconcile(self, lacking: Sequence[Entry]) -> bool:
        """Look what an earlier try left there; False when it was less than the whole.

        A part without the rest says that the record's transactions are none. What it was to
        refer to may have been missing then, so it is mended.
        """
        new = [entry for entry in lacking if not entry.place]
        found = find(self.talk, self.able, new)
        self.known |= {urn: place_of(resource) for urn, resource in found.items()}
        there = [entry for entry in new if entry.urn in found and not entry.is_shared]
        _refuse_another_life(there, found)
        if self.restored:
            self._adopt(there, found)
        self.mending = {e.urn for e in there if self._leads_astray(e, found[e.urn])}
        return not self.mending and (not there or len(found) == len(new))

    def _adopt(self, there: Sequence[Entry], found: Mapping[str, Resource]) -> None:
        """What is there was told before the restore, and perhaps more of it than we know."""
        self.adopted |= {entry.urn for entry in there}
        self.diverged |= {e.urn: ahead(e.resource, found[e.urn]) for e in there}

    def _leads_astray(self, entry: Entry, found: Resource) -> bool:
        """Whether it lacks a link to another resource of the plan."""
        own = {each.urn for each in self.entries} | {*self.known.values()}
        ours = links(renamed(entry.resource, self.known)) & own
        return not ours <= links(found, self._base)

    def _placed(self, entry: Entry) -> Entry:
        resource = renamed(entry.resource, self.known)
        return replace(entry, resource=resource, place=self.known[entry.urn])

    def _ready(self, entry: Entry) -> Entry | None:
        """The entry as it is to be written; None when the record says the same already."""
        if not entry.place:
            return entry
        theirs = self.talk.read(entry.place)
        if theirs is None:
            raise NotTaken("changed-in-record")
        if not (is_same(theirs, entry) and is_about_the_same(entry.resource, theirs, self._base)):
            raise _not_as_sent()  # nothing is written into what may be another patient's
        result, self.diverged[entry.urn] = self._merged(entry, theirs)
        if result == theirs:
            return None
        self.stood[entry.urn] = self._to_be_changed(entry, theirs)
        return replace(entry, resource=result, version=version_of(theirs))

    def _merged(self, entry: Entry, theirs: Resource) -> tuple[Resource, tuple[str, ...]]:
        ours, before = entry.resource, self._before(entry)
        seen = self._seen(entry, theirs, before)
        if self.unsure:  # what is ours but for its links was written by us, in part
            theirs = {name: _as_ours(ours.get(name), value) for name, value in theirs.items()}
        if entry.urn in self.adopted:  # nothing is changed there, but ours may come beside it
            return beside(ours, theirs), self.diverged[entry.urn]
        try:
            diverged = self._diverged(entry)
            return merged(ours, theirs, before, seen, diverged, is_newer=self.restored)
        except FieldConflict as conflict:
            raise NotTaken("changed-in-record") from conflict

    def _to_be_changed(self, entry: Entry, theirs: Resource) -> Resource:
        """What stands in the fields that we change; the narrative is the record's to write."""
        ours, before = entry.resource, self._before(entry) or {}
        left = {"id", "meta", "text", *self.diverged[entry.urn]}
        changed = [
            name for name in before.keys() | ours.keys() if ours.get(name) != before.get(name)
        ]
        return {
            name: theirs.get(name)
            for name in changed
            if before and name not in left and not _says_the_same(ours.get(name), theirs.get(name))
        }

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
        self.touched = True
        try:
            return self.talk.read(f"{place.reference}/_history/{place.version}") or before
        except NotTaken:
            return before  # a record that keeps no versions

    def _write(self, entries: list[Entry], *, together: bool) -> None:
        if not together:
            self.known |= write_one_by_one(self.talk, self.able, entries, self._ready)
            return
        writing = [ready for entry in entries if (ready := self._ready(entry))]
        if self.touched and not self.unsure:  # by a colleague, or by another life of this service
            new = [entry for entry in writing if not entry.place and not entry.is_shared]
            _refuse_another_life(new, find(self.talk, self.able, new))
        if writing:
            self.known |= write_together(self.talk, writing)
        if untold := [entry for entry in writing if not self.known[entry.urn]]:
            found = find(self.talk, self.able, untold)
            self.known |= {urn: place_of(resource) for urn, resource in found.items()}

    def _read_back(self, sent: Sequence[Entry]) -> tuple[Place, ...]:
        """Return the places of what is new or was changed, as the record shows them now."""
        changed = {entry.urn for entry in sent}
        entries = [e for e in self.entries if e.urn in changed or e.urn not in self.places]
        wanted = [self.known[entry.urn] for entry in entries]
        if not all(wanted):  # the record told no place, and does not find it either
            raise _not_as_sent()
        found = read_places(self.talk, self.able, wanted)
        places = []
        for entry, place in zip(entries, wanted, strict=True):
            resource = found.get(place)
            if resource is None or not self._is_as_sent(entry, resource):
                raise _not_as_sent()
            diverged = self.diverged.get(entry.urn, ())
            places.append(Place(entry.urn, place, version_of(resource), diverged))
        return tuple(places)

    def _is_as_sent(self, entry: Entry, found: Resource) -> bool:
        ours = renamed(entry.resource, self.known)
        stood = self.stood.get(entry.urn, {})
        if stood and all(_says_the_same(found.get(name), value) for name, value in stood.items()):
            return False  # it said yes to our change, and did not make it
        if entry.urn not in self.places and is_another(ours, found):
            return False
        diverged = self.diverged.get(entry.urn, ())
        return is_same(found, entry) and stands(ours, found, self._base, diverged)

    @property
    def _base(self) -> str:
        return self.talk.wire.base


def _refuse_another_life(entries: Sequence[Entry], found: Mapping[str, Resource]) -> None:
    for entry in entries:
        if entry.urn in found and is_another(entry.resource, found[entry.urn]):
            raise NotTaken("another-life")


def _not_as_sent() -> NotNow:
    return NotNow("not-as-sent", uncertain=True, most=MOST_CONFLICTS)


def _as_ours(ours: Any, theirs: Any) -> Any:
    return ours if _says_the_same(ours, theirs) else theirs


def _says_the_same(one: Any, other: Any) -> bool:
    return bool(but_for_links(one) == but_for_links(other))
