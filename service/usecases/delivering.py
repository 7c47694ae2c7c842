"""What a delivery needs from the outside: the queue of revisions, and the clinic's record.

A revision of a plan is brought to the record as one. Those of a plan go in their order; those
of different plans do not wait for each other (decision 10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from service.domain.values import dataclass


class DeliveryState(StrEnum):
    """How far a revision has come. `parked` waits for a person; the last three are final."""

    WAITING = "waiting"
    PARKED = "parked"
    DELIVERED = "delivered"  # read back from the record
    NOT_KEPT = "not-kept"  # the record has no place for anything that is new in it
    SUPERSEDED = "superseded"  # a later revision brought the record up to date


@dataclass(frozen=True, slots=True)
class Queued:
    """A revision that this worker holds until `until`, after which another may take it.

    `tries` counts this one. `lost` counts takes that were never answered for, because the
    worker died; `uncertain` means that an earlier try may have reached the record.
    """

    tenant: str
    plan_id: str
    revision: int
    queued: datetime
    tries: int
    until: datetime
    lost: int = 0
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the record keeps a resource of ours: `Type/id`, and the version it has there.

    `diverged` are the fields that somebody changed there, and that were left to them.
    """

    urn: str
    reference: str
    version: str = ""
    diverged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands in the record after a delivery, read back, and what it has no place for."""

    places: tuple[Place, ...]
    left_out: tuple[str, ...] = ()  # resource types


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of one revision, for people. `reason` is a code of `REASONS`."""

    tenant: str
    plan_id: str
    revision: int
    state: DeliveryState
    queued: datetime
    at: datetime
    tries: int = 0
    reason: str = ""
    receipt: Receipt = Receipt(())


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much of a clinic waits for its record, since when, and how much is parked."""

    waiting: int = 0
    parked: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A revision's Bundle, beside what the record was last given of the same plan.

    `before` is the Bundle that was last delivered, None for none; `places` is where all
    that was ever delivered of the plan stands, by urn. `restored` says that the database was
    put back to an earlier day since, so that the record may be ahead of it; `courses` are then
    the urns of the patient's plans that are known here.
    """

    bundle: bytes
    before: bytes | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    uncertain: bool = False
    restored: bool = False
    courses: frozenset[str] = frozenset()


# Why a revision waits or is parked, in words for the person who mends it.
REASONS = {
    "refused": "The record says that what was sent is wrong. The worker's log has its codes.",
    "not-allowed": "The record does not let this service write there. Mend its rights there.",
    "not-found": "The record does not know the patient, visit or address. Mend it there.",
    "login": "The record does not accept this service's login. Mend the credentials.",
    "unreachable": "The record cannot be reached.",
    "busy": "The record asks to wait.",
    "paced": "Its turn did not come in time. Allow the record more requests (most_per_second).",
    "failing": "The record answers that it fails.",
    "not-fhir": "What answers at the record's address does not speak FHIR.",
    "moved": "The record answers with another address. Mend the address in the settings.",
    "conflict": "The record was changed meanwhile.",
    "changed-in-record": "Somebody changed the same field in the record. Decide which one holds.",
    "not-as-sent": "What the record keeps is not what was sent.",
    "unknown-course": "The record has an open course of this patient that is not known here, for "
    "this service was restored from a backup since. End that one there, then send this again.",
    "another-life": "The record keeps something else under this identity: this service's database "
    "is older than what it told the record. Restore it with `education-plan restore`.",
    "duplicate": "The record keeps the same resource more than once. Remove one there.",
    "no-episode": "The record's dialect needs an episode of care and a Condition. Let the record "
    "name both (Encounter.episodeOfCare, an EpisodeOfCare), or choose another dialect.",
    "gave-up": "The record could not be reached for seven days.",
    "worker-died": "The worker died three times over this revision.",
    "unexpected": "A fault of this service, see its log.",
}


class NotTaken(Exception):
    """The record will not take it as it is: a person must look. `reason` is of `REASONS`.

    `answer` is what the record said of it in codes, never in words: they may quote a patient.
    """

    def __init__(self, reason: str, answer: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class NotNow(Exception):
    """It may go well later. `uncertain`: some of it may stand in the record already.

    `after` is what the record asked to wait at least. After `most` tries it is parked.
    """

    def __init__(
        self,
        reason: str,
        *,
        uncertain: bool = False,
        after: timedelta = timedelta(0),
        most: int = 0,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.uncertain = uncertain
        self.after = after
        self.most = most


class Closed(Exception):
    """The record lets nobody in, so no revision is to blame: no try is spent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Record(Protocol):
    """The record of one clinic."""

    def deliver(self, parcel: Parcel) -> Receipt:
        """Bring the record to this revision, read it back, and tell where it stands.

        Told twice, it changes nothing the second time.

        Raises:
            NotTaken, NotNow, Closed: it does not stand there.
        """


class Outbox(Protocol):
    """The queue of revisions, and what became of each.

    Taking and answering for a revision are commits of their own. An answer returns False,
    and changes nothing, when the lease has passed to somebody else.
    """

    def tenants(self) -> Sequence[str]:
        """The clinics of which something waits."""

    def clinics(self) -> Sequence[str]:
        """Every clinic that ever queued something."""

    def take(self, tenant: str, most: int, lease: timedelta) -> Sequence[Queued]:
        """Lease revisions that are due, the oldest plan first; of each plan the first only.

        The try is counted with it: a worker that dies has tried.
        """

    def delivered(self, queued: Queued, receipt: Receipt) -> bool:
        """It stands in the record, so parked revisions before it need not any more."""

    def later(
        self, queued: Queued, wait: timedelta, reason: str, *, uncertain: bool, counts: bool = True
    ) -> bool:
        """It is due again after `wait`; unless it `counts`, the try is taken back."""

    def park(self, queued: Queued, reason: str) -> bool:
        """It waits for a person. Later revisions of its plan go on."""

    def replay(self, tenant: str, plan_id: str = "", revision: int = 0) -> int:
        """Queue parked revisions anew, all of them unless one is named; how many they were."""

    def of_plan(self, tenant: str, plan_id: str) -> Sequence[Delivery]:
        """What became of each queued revision of a plan, in order."""

    def listed(self, tenant: str, states: Sequence[DeliveryState], most: int) -> Sequence[Delivery]:
        """Deliveries in these states, the oldest plan first."""

    def backlog(self, tenant: str) -> Backlog: ...

    def restored(self, tenant: str) -> datetime | None:
        """When the clinic's part of the database was last restored from a backup; None: never."""
