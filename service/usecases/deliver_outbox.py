"""The queue is brought to the record: revision by revision, each once, none lost.

Backoff with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from service.domain.values import dataclass
from service.fhir.elements import plan_urn
from service.usecases.again import once
from service.usecases.delivering import (
    Closed,
    DeliveryState,
    NotNow,
    NotTaken,
    Outbox,
    Parcel,
    Place,
    Queued,
    Record,
)
from service.usecases.ports import Clock, PlanStore, StoredPlan, Transaction

LEASE = timedelta(seconds=60)  # longer than a delivery may take (ehr/)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=15)
LONGEST_ASKED = timedelta(hours=1)  # what a record may ask to wait
GIVE_UP = timedelta(days=7)
MOST_LOST = 3  # workers that one revision may cost
CLOSED_WAIT = timedelta(minutes=1)

Jitter = Callable[[], float]  # 0 to 1
Insist = Callable[[Callable[[], Any]], Any]  # asks the database again while it is away
Tell = Callable[[str, dict[str, Any]], None]  # a line of the log: its event and fields


@dataclass(frozen=True, slots=True)
class Came:
    """What a delivery says of its record: whether it works, and how long it is to be left alone.

    Whoever answers with Retry-After speaks of all requests, not of one (RFC 9110 §10.2.3,
    RFC 6585 §4), and who lets nobody in will not let the next one in either.
    """

    well: bool = True
    rest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class DeliverOutbox:
    """The story with its parts."""

    outbox: Outbox
    store: PlanStore
    clock: Clock
    jitter: Jitter
    tell: Tell
    insist: Insist = once

    def tenants(self) -> list[str]:
        """The clinics of which something waits."""
        return list(self.outbox.tenants())

    def take(self, tenant: str, most: int) -> list[Queued]:
        """Lease what is due for this clinic's record."""
        return list(self.outbox.take(tenant, most, LEASE))

    def __call__(self, queued: Queued, record: Record) -> Came:
        """Deliver one leased revision, and tell what that says of the record.

        Whatever happens, the queue knows afterwards, unless this process dies. Then the
        lease runs out, and the next to take it knows that it may stand in the record.

        Raises:
            StoreBusy: the queue could not be told. Then it is as if this process had died.
        """
        if queued.lost >= MOST_LOST:
            self._park(queued, "worker-died")
            return Came()
        try:
            receipt = record.deliver(self.insist(lambda: self._parcel(queued)))
        except NotTaken as refusal:
            self._park(queued, refusal.reason, refusal.answer)
        except NotNow as delay:
            self._later(queued, delay)
            return Came(well=False, rest=asked_by(delay))
        except Closed as closed:
            self._hold_back(queued, closed.reason)
            return Came(well=False, rest=CLOSED_WAIT)
        else:
            if self.insist(lambda: self.outbox.delivered(queued, receipt)):
                self.tell("delivered", _said(queued))
        return Came()

    def broken(self, queued: Queued) -> None:
        """A fault of ours ended the delivery: it is tried thrice, then a person must look."""
        self._later(queued, NotNow("unexpected", uncertain=True, most=MOST_LOST))

    def _parcel(self, queued: Queued) -> Parcel:
        of_plan = self.outbox.of_plan(queued.tenant, queued.plan_id)
        earlier = [each for each in of_plan if each.revision < queued.revision]
        final = (DeliveryState.DELIVERED, DeliveryState.NOT_KEPT)
        done = [delivery for delivery in earlier if delivery.state in final]
        places: dict[str, Place] = {}
        for delivery in done:
            places |= {place.urn: place for place in delivery.receipt.places}
        since = self.outbox.restored(queued.tenant)
        restored = since is not None and all(delivery.at <= since for delivery in done)
        with self.store.reading(queued.tenant) as transaction:
            stored = transaction.plan(queued.plan_id, queued.revision)
            before = transaction.plan(queued.plan_id, done[-1].revision) if done else None
            courses = _courses(transaction, stored) if stored and restored else frozenset()
        if stored is None:
            raise NotTaken("unexpected")  # a queued revision is stored in the same transaction
        return Parcel(
            bundle=stored.bundle,
            before=before.bundle if before else None,
            places=places,
            # One that was given up may have left a part of it there.
            uncertain=queued.uncertain or restored or earlier[-1:] != done[-1:],
            restored=restored,
            courses=courses,
        )

    def _later(self, queued: Queued, delay: NotNow) -> None:
        if delay.most and queued.tries >= delay.most:
            self._park(queued, delay.reason)
        elif self.clock() - queued.queued > GIVE_UP:
            self._park(queued, "gave-up")
        else:
            wait = asked_by(delay) + self.jitter() * longest_wait(queued.tries)
            uncertain = queued.uncertain or delay.uncertain
            self.insist(lambda: self.outbox.later(queued, wait, delay.reason, uncertain=uncertain))
            self.tell("delivery-later", _said(queued, delay.reason))

    def _hold_back(self, queued: Queued, reason: str) -> None:
        """The record lets nobody in: that is no try of this revision."""
        later, uncertain = self.outbox.later, queued.uncertain
        self.insist(lambda: later(queued, CLOSED_WAIT, reason, uncertain=uncertain, counts=False))
        self.tell("delivery-closed", _said(queued, reason))

    def _park(self, queued: Queued, reason: str, answer: str = "") -> None:
        if self.insist(lambda: self.outbox.park(queued, reason)):
            self.tell("delivery-parked", _said(queued, reason, answer))


def _courses(transaction: Transaction, stored: StoredPlan) -> frozenset[str]:
    """The identities of all plans of the patient's that are known here."""
    return frozenset(
        plan_urn(each.plan) for each in transaction.plans_of_patient(stored.plan.patient)
    )


def _said(queued: Queued, reason: str = "", answer: str = "") -> dict[str, Any]:
    said = {"tenant": queued.tenant, "plan": queued.plan_id, "code": reason, "answer": answer}
    return {name: value for name, value in said.items() if value}


def asked_by(delay: NotNow) -> timedelta:
    """How long the record asked to be left alone, as far as it is heeded."""
    return min(delay.after, LONGEST_ASKED)


def longest_wait(tries: int) -> timedelta:
    """The most that is waited after this many tries: 1 s, 2 s, 4 s … 15 min."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)
