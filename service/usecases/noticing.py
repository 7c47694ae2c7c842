"""What following the record needs from the outside: the inbox, and encounters as it shows them.

A notice says that something is new about an encounter, and nothing else: what it is about is
read in the record, then and there. So a notice that comes twice, late or forged tells nothing
that is not so (docs/decisions/0017).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from service.domain.values import dataclass
from service.usecases.delivering import REASONS as OF_DELIVERIES
from service.usecases.delivering import Backlog

CHANGES = ""  # in the place of an encounter: look for all that changed
OVERLAP = timedelta(minutes=5)  # a record may show late what it dated early


class NoticeState(StrEnum):
    """`parked` waits for a person. What was followed is forgotten."""

    WAITING = "waiting"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Told:
    """What came in: news of `encounter`, as the record dated it; `by` is who told it.

    With CHANGES in the place of `Encounter/id`, `as_of` is from when on to look: of several the
    earliest, else where the last look ended.
    """

    encounter: str
    as_of: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One that this worker holds until `until`; `tries` and `lost` are as of a Queued revision.

    `news` counts how often the encounter was told of: more by now means that it changed again.
    `heard` is when it was last told of, `reason` why it was put off the last time.
    """

    tenant: str
    told: Told
    heard: datetime
    news: int
    tries: int
    until: datetime
    lost: int = 0
    reason: str = ""

    @property
    def is_about_changes(self) -> bool:
        return self.told.encounter == CHANGES


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice, for people. `reason` is a code of `REASONS`; `detail` says more, without names."""

    tenant: str
    encounter: str
    state: NoticeState
    at: datetime
    tries: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """An encounter that a search found, as the record dates it."""

    encounter: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Looked:
    """How far the looks of a clinic have come, by the clock of its record.

    `until` is the newest change that was seen, None before the first. `seen` are those of the
    overlap before it, so that the next look passes over them.
    """

    until: datetime | None = None
    seen: Mapping[str, datetime] = field(default_factory=dict)

    def news(self, page: Sequence[Changed]) -> list[Changed]:
        """Those that were not seen as they are now."""
        return [c for c in page if c.at is None or self.seen.get(c.encounter) != c.at]

    def further(self, page: Sequence[Changed]) -> "Looked":
        """The same after these were seen, too."""
        dated = {changed.encounter: changed.at for changed in page if changed.at}
        until = max([*dated.values(), *([self.until] if self.until else [])], default=None)
        if until is None:
            return self
        seen = {**self.seen, **dated}
        kept = {name: at for name, at in seen.items() if at >= until - OVERLAP}
        return replace(self, until=until, seen=kept)


@dataclass(frozen=True, slots=True)
class Shown:
    """An encounter as the record shows it now.

    `bundle` has Patient, Encounter and Conditions, in the form in which an encounter is posted;
    None when the status says that no visit takes place, for then nothing more is read.
    """

    status: str
    as_of: datetime | None
    bundle: dict[str, Any] | None


# Why a notice waits or is parked, in words for the person who mends it.
REASONS = {
    **{
        reason: OF_DELIVERIES[reason]
        for reason in (
            "refused",
            "login",
            "unreachable",
            "busy",
            "failing",
            "not-fhir",
            "moved",
            "worker-died",
            "unexpected",
        )
    },
    "not-allowed": "The record does not let this service read there. Mend its rights there.",
    "not-found": "The record does not show the encounter, or what it refers to.",
    "gave-up": "The record could not be read for seven days.",
    "not-as-asked": "The record shows something else than what was asked for.",
    "older": "The record shows an older encounter than the one it told of.",
    "elsewhere": "It refers to another server, which is never asked. Is `base` of the clinic's "
    "`ehr` the address that the record gives itself?",
    "no-patient": "The encounter does not say which Patient of the record it is about.",
    "too-many": "The encounter has more conditions than are read.",
    "no-reason": "The encounter does not say yet what it is about. It is looked at again.",
    "store-busy": "The service could not store the plan at the moment.",
    "no-content": "There is no content that may be used. See `education-plan content check`.",
    "unusable": "What the record shows cannot be used. Mend it there.",
    "withdrawn": "The record took this visit of a plan back. If it never was, correct the plan.",
}


class NotYet(Exception):
    """The record answers well, but does not show yet what is needed.

    It is looked at again after `wait`, then after twice as long, and so on, `most` times in
    all. Then it is parked, or with `is_given_up` left alone.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: timedelta = timedelta(seconds=2),
        most: int = 5,
        is_given_up: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.most = most
        self.is_given_up = is_given_up


class VisitRecord(Protocol):
    """The record of one clinic, as far as its visits are read there.

    Raises, in all methods:
        NotTaken, NotNow, Closed: as when a delivery is made. NotYet: as it says.
    """

    def visit(self, encounter: str) -> Shown:
        """What the record shows of the encounter, and of what it refers to."""

    def changed(self, since: datetime) -> Iterator[Sequence[Changed]]:
        """The encounters that were changed since then, page by page."""


class Inbox(Protocol):
    """The notices that are not followed yet.

    Taking and answering for a notice are commits of their own. An answer returns False, and
    changes nothing, when the lease has passed to somebody else. Was the encounter told of
    again in between, it is due again at once, whatever the answer.
    """

    def hear(self, tenant: str, told: Told) -> None:
        """Keep a notice. Of each encounter there is one, which the newest news makes due."""

    def tenants(self) -> Sequence[str]:
        """The clinics of which something waits or is parked."""

    def take(self, tenant: str, most: int, lease: timedelta) -> Sequence[Notice]:
        """Lease notices that are due, the oldest first. The try is counted with it."""

    def followed(self, notice: Notice) -> bool:
        """All that the notice calls for is done."""

    def later(self, notice: Notice, wait: timedelta, reason: str, tries: int) -> bool:
        """It is due again after `wait`, as one that was tried so often."""

    def park(self, notice: Notice, reason: str, detail: str = "") -> bool:
        """It waits for a person, or for news of the same encounter."""

    def looked(self, tenant: str) -> Looked:
        """How far the looks of the clinic have come."""

    def found(
        self, notice: Notice, changed: Sequence[Changed], reached: datetime | None = None
    ) -> bool:
        """Keep a notice of each encounter that a look found.

        `reached` is from where the look goes on if it is interrupted; None: from its beginning.
        """

    def finished(self, notice: Notice, looked: Looked) -> bool:
        """The look is over, and has come this far."""

    def replay(self, tenant: str, encounter: str | None = None) -> int:
        """Make parked notices due anew, all of them unless one is named; how many they were."""

    def dismiss(self, tenant: str, encounter: str) -> bool:
        """Forget a parked notice: somebody decided that nothing is to come of it."""

    def listed(self, tenant: str, states: Sequence[NoticeState], most: int) -> Sequence[Listed]:
        """Notices in these states, the oldest first."""

    def backlog(self, tenant: str) -> Backlog: ...
