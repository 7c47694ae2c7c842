"""One clinic's record: a revision brought there, down the ladder that the record allows.

    transaction          everything at once
    one by one           conditional creates and updates in order of their references
    at our own ids       where the record searches a type by no identifier (update-as-create)
    what it knows of     types that it does not take are left out, with all that points there;
                         what was taught as Communication, or as Procedure
    the note             signed notes as documents, and nothing else

"In the record" is said of what was read back, and of nothing else (decision 11).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.domain.values import dataclass
from service.ehr.capabilities import Capabilities, read_capabilities
from service.ehr.courses import refuse_unknown
from service.ehr.round import Round
from service.ehr.talk import Login, NoLogin, Talk
from service.ehr.visits import changed_since, read_problems, read_visit
from service.ehr.wire import Wire
from service.fhir.dialects import Dialect, written_in
from service.fhir.for_record import Entry, entries_of
from service.fhir.fut import ShapeLacks
from service.usecases.delivering import NotNow, NotTaken, Parcel, Receipt
from service.usecases.noticing import Changed, Shown

WHOLE_DELIVERY = 45.0  # seconds; less than the lease (deliver_outbox.LEASE)
REMEMBERED = 900.0  # seconds that a CapabilityStatement is believed


class Manner(StrEnum):
    """How a record is written to. `auto` is a transaction where the record says it can."""

    AUTO = "auto"
    TRANSACTION = "transaction"
    SINGLE = "single"


# What a plan may be made of in a record.
OURS = (
    *("CarePlan", "ServiceRequest", "Communication", "Procedure"),
    *("Goal", "Observation", "DocumentReference", "Provenance"),
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator decided about a record, over what it says of itself.

    `leave_out` are resource types that it says it takes, and is to get none of.
    """

    dialect: Dialect = Dialect.AUTO
    manner: Manner = Manner.AUTO
    leave_out: frozenset[str] = frozenset()


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

    @property
    def base(self) -> str:
        return self.wire.base

    def deliver(self, parcel: Parcel) -> Receipt:
        talk = self.talk()
        able = self.capabilities(talk)
        entries, left_out = self._wanted(parcel.bundle, able)
        before = self._before(parcel.before, able)
        if parcel.restored and not parcel.places:
            refuse_unknown(talk, entries, parcel.courses)
        shared = dict(self._shared)
        round_ = Round(talk, able, entries, before, parcel.places, shared, parcel.restored)
        together = self._together(able, {entry.kind for entry in entries})
        try:
            places = round_.bring(together=together, uncertain=parcel.uncertain)
        except (NotTaken, NotNow):
            self._shared.clear()  # perhaps somebody removed one of them there
            raise
        common = {entry.urn for entry in entries if entry.is_shared}
        self._shared |= {p.urn: p.reference for p in places if p.urn in common}
        return Receipt(places, left_out)

    def visit(self, encounter: str) -> Shown:
        return read_visit(self.talk(), encounter, problem_list=self.looking.problem_list)

    def problems(self, patient: str) -> list[dict[str, Any]]:
        """See usecases.answer_hook.AskedRecord."""
        return read_problems(self.talk(), patient)

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

    def takes(self, able: Capabilities, kind: str) -> bool:
        """Whether resources of this type are to be written there."""
        return able.takes(kind) and kind not in self.wishes.leave_out

    def manner(self, able: Capabilities) -> Manner:
        """How it is written to: as the operator wants, else as it says it can."""
        taken = [kind for kind in OURS if self.takes(able, kind)]
        return Manner.TRANSACTION if self._together(able, taken) else Manner.SINGLE

    def _wanted(self, bundle: bytes, able: Capabilities) -> tuple[list[Entry], tuple[str, ...]]:
        try:
            return written_in(
                self.wishes.dialect, entries_of(bundle), lambda kind: self.takes(able, kind)
            )
        except ShapeLacks as lack:
            raise NotTaken("no-episode") from lack

    def _before(self, bundle: bytes | None, able: Capabilities) -> list[Entry]:
        """What it was last given; nothing when that was in no form that is wanted now."""
        try:
            return self._wanted(bundle, able)[0] if bundle else []
        except NotTaken:
            return []

    def _together(self, able: Capabilities, kinds: Iterable[str]) -> bool:
        if self.wishes.manner is Manner.AUTO:
            return able.transaction and all(able.finds(kind) for kind in kinds)
        return self.wishes.manner is Manner.TRANSACTION
