"""What the record told of is fetched there, and told on to the main job.

The same story makes the plan, whichever door an encounter comes through (make_plan.py). Here
is what is special about this one: the record is asked, and may not answer.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from service.domain.encounter import Encounter
from service.domain.errors import (
    BadInput,
    BundleIncomplete,
    ContentError,
    NoUsableCode,
    StalePlan,
    StoreBusy,
)
from service.domain.plan import PlanState
from service.domain.values import dataclass
from service.fhir.encounter import from_bundle
from service.fhir.fetched import place_in
from service.usecases.deliver_outbox import (
    CLOSED_WAIT,
    GIVE_UP,
    LEASE,
    MOST_LOST,
    Came,
    Jitter,
    Tell,
    asked_by,
    longest_wait,
)
from service.usecases.delivering import Closed, NotNow, NotTaken
from service.usecases.make_plan import Made, MakePlan, Wish
from service.usecases.noticing import OVERLAP, Inbox, Notice, NotYet, Shown, VisitRecord
from service.usecases.ports import Caller, Clock, PlanStore

FIRST_LOOK = timedelta(hours=1)  # how far back the first look for changes goes
# R4 encounter-status: it has not begun; the record tells when it does.
_NOT_BEGUN = "planned"
# Where the Condition is kept after the Encounter, the reason comes later: ten looks in 8.5 hours.
NO_REASON_WAIT, NO_REASON_LOOKS = timedelta(minutes=1), 10
LATER_WITHOUT_CONTENT = timedelta(minutes=1)
_OVER = (PlanState.REVOKED, PlanState.IN_ERROR)


@dataclass(frozen=True, slots=True)
class FetchEncounters:
    """The story with its parts.

    `main_job` gives the main job, or raises ContentError; `wish` is what a clinic wants of
    its plans.
    """

    inbox: Inbox
    store: PlanStore
    main_job: Callable[[], MakePlan]
    wish: Callable[[str], Wish]
    clock: Clock
    jitter: Jitter
    tell: Tell

    def tenants(self) -> list[str]:
        """The clinics of which something may be due."""
        return list(self.inbox.tenants())

    def take(self, tenant: str, most: int) -> list[Notice]:
        """Lease what is due of this clinic."""
        return list(self.inbox.take(tenant, most, LEASE))

    def __call__(self, notice: Notice, record: VisitRecord) -> Came:
        """Follow one leased notice, and tell what that says of the record.

        Whatever happens, the inbox knows afterwards, unless this process dies. Then the lease
        runs out, and it is followed once more, which changes nothing.
        """
        if notice.lost >= MOST_LOST:
            self._park(notice, "worker-died")
            return Came()
        try:
            follow = self._look if notice.is_about_changes else self._fetch
            follow(notice, record)
        except NotTaken as refusal:
            self._park(notice, refusal.reason)
        except NotYet as early:
            self._look_again(notice, early)
        except NotNow as delay:
            self._later(notice, delay)
            return Came(well=False, rest=asked_by(delay))
        except Closed as closed:
            self._put_off(notice, CLOSED_WAIT, closed.reason, notice.tries - 1)
            return Came(well=False, rest=CLOSED_WAIT)
        return Came()

    def broken(self, notice: Notice) -> None:
        """A fault of ours ended it: it is tried thrice, then a person must look."""
        self._later(notice, NotNow("unexpected", most=MOST_LOST))

    def _look(self, notice: Notice, record: VisitRecord) -> None:
        """Note every encounter that changed since the last look.

        Is the look interrupted, it goes on at its last page, if the record gave them in order.
        """
        looked = before = self.inbox.looked(notice.tenant)
        begins = notice.told.as_of or looked.until or notice.heard - FIRST_LOOK
        reached, is_ordered = begins - OVERLAP, True
        for page in record.changed(reached):
            for changed in page:
                is_ordered = is_ordered and changed.at is not None and changed.at >= reached
                reached = max(reached, changed.at or reached)
            looked = looked.further(page)
            goes_on = reached if is_ordered else None
            if not self.inbox.found(notice, before.news(page), goes_on):
                return  # somebody else looks by now
        self.inbox.finished(notice, looked)
        self.tell("changes-noted", {"tenant": notice.tenant})

    def _fetch(self, notice: Notice, record: VisitRecord) -> None:
        try:
            shown = record.visit(notice.told.encounter)
            _require_as_new(shown, notice)
            if shown.status == _NOT_BEGUN:
                self._leave(notice, "planned")
            elif shown.bundle is None:
                self._take_back(notice)
            else:
                self._told_on(notice, self._make(notice, from_bundle(shown.bundle)))
        except BundleIncomplete as gap:
            raise _no_reason_yet() from gap
        except NoUsableCode as foreign:
            self._leave(notice, foreign.code)
        except BadInput as fault:
            detail = f"{fault.code}: {fault.detail} ({place_in(fault.pointer)})"
            self._park(notice, "unusable", detail)
        except ContentError:
            self._put_off(notice, LATER_WITHOUT_CONTENT, "no-content", notice.tries - 1)
        except (StalePlan, StoreBusy):
            self._later(notice, NotNow("store-busy"))

    def _make(self, notice: Notice, encounter: Encounter) -> Made:
        make = self.main_job()
        if not make.catalogue.packs(notice.tenant):
            raise ContentError("no pack may be used")
        caller = Caller(notice.tenant, "system", notice.told.by)
        return make(encounter, self.wish(notice.tenant), caller)

    def _told_on(self, notice: Notice, made: Made) -> None:
        if made.stored is None:
            self._leave(notice, made.happened.value)
            return
        self.inbox.followed(notice)
        said = {"tenant": notice.tenant, "plan": made.stored.plan.id}
        self.tell("encounter-followed", said | {"code": made.happened.value})

    def _take_back(self, notice: Notice) -> None:
        """The visit did not take place: a person must know if a plan has it."""
        with self.store.reading(notice.tenant) as transaction:
            plans = transaction.plans_of_visit(notice.told.encounter)
        of = [stored.plan.id for stored in plans if stored.plan.state not in _OVER]
        if of:
            self._park(notice, "withdrawn", f"plan {', '.join(of)}")
        else:
            self._leave(notice, "encounter-not-usable")

    def _leave(self, notice: Notice, why: str) -> None:
        if self.inbox.followed(notice):
            self.tell("encounter-left", _said(notice, why))

    def _look_again(self, notice: Notice, early: NotYet) -> None:
        # What failed before the record answered is none of these looks.
        looks = notice.tries if notice.reason == early.reason else 1
        if looks < early.most:
            self._put_off(notice, early.wait * 2 ** (looks - 1), early.reason, looks)
        elif early.is_given_up:
            self._leave(notice, early.reason)
        else:
            self._park(notice, early.reason)

    def _later(self, notice: Notice, delay: NotNow) -> None:
        if delay.most and notice.tries >= delay.most:
            self._park(notice, delay.reason)
        elif self.clock() - notice.heard > GIVE_UP:
            self._park(notice, "gave-up")
        else:
            wait = asked_by(delay) + self.jitter() * longest_wait(notice.tries)
            self._put_off(notice, wait, delay.reason, notice.tries)

    def _put_off(self, notice: Notice, wait: timedelta, reason: str, tries: int) -> None:
        self.inbox.later(notice, wait, reason, tries)
        self.tell("encounter-later", _said(notice, reason))

    def _park(self, notice: Notice, reason: str, detail: str = "") -> None:
        if self.inbox.park(notice, reason, detail):
            self.tell("encounter-parked", _said(notice, reason))


def _require_as_new(shown: Shown, notice: Notice) -> None:
    """A record of several machines may show a moment later what it told of already."""
    told, seen = notice.told.as_of, shown.as_of
    # Some records tell of parts of a second here, and not there.
    if told and seen and seen.replace(microsecond=0) < told.replace(microsecond=0):
        raise NotYet("older")


def _no_reason_yet() -> NotYet:
    return NotYet("no-reason", wait=NO_REASON_WAIT, most=NO_REASON_LOOKS, is_given_up=True)


def _said(notice: Notice, reason: str) -> dict[str, Any]:
    return {"tenant": notice.tenant, "code": reason}
