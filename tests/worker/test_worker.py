"""The worker: works in order, leaves a failing record alone, and stops politely."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from service.store.ids import new_id
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.sqlite import SqliteEngine
from service.usecases.deliver_outbox import DeliverOutbox
from service.usecases.delivering import NotNow, Parcel, Place, Receipt
from service.usecases.ports import StoredPlan
from service.worker import FAILS, Breaker, Worker
from tests.builders import a_plan, an_encounter


@dataclass
class FakeRecord:
    """Takes everything, unless told to do otherwise."""

    does: object = None
    got: list[bytes] = field(default_factory=list)

    def deliver(self, parcel: Parcel) -> Receipt:
        self.got.append(parcel.bundle)
        if self.does:
            self.does()
        return Receipt((Place("urn:uuid:1", "CarePlan/1"),))


@dataclass
class Site:
    outbox: DatabaseOutbox
    plans: DatabasePlans
    told: list[tuple[str, str]] = field(default_factory=list)

    def queue(self, name: str, tenant: str = "demo") -> None:
        visit = an_encounter(reference=f"Encounter/{name}", patient=f"Patient/{name}")
        plan = a_plan(visit, id=name, now=datetime.now(UTC))
        with self.plans.writing(tenant) as transaction:
            assert transaction.add(StoredPlan(plan, name.encode()))
            transaction.queue(plan)

    def worker(self, threads: int = 2, **records: FakeRecord) -> Worker:
        deliver = DeliverOutbox(
            self.outbox,
            self.plans,
            lambda: datetime.now(UTC),
            lambda: 0.0,
            lambda event, said: self.told.append((event, said.get("code", ""))),
        )
        return Worker(deliver, self.outbox, records, threads)

    def states(self, name: str, tenant: str = "demo") -> list[str]:
        return [each.state.value for each in self.outbox.of_plan(tenant, name)]


@pytest.fixture
def site(database):
    engine = SqliteEngine(database)
    yield Site(DatabaseOutbox(engine), DatabasePlans(engine, new_id))
    engine.close()


def test_it_empties_the_queue_in_the_order_of_the_plans(site):
    for name in "cab":
        site.queue(name)
    record = FakeRecord()
    site.worker(threads=1, demo=record).run(threading.Event(), until_empty=True)
    assert record.got == [b"a", b"b", b"c"]
    assert site.outbox.backlog("demo").waiting == 0


def test_what_belongs_to_a_clinic_without_a_record_waits(site):
    site.queue("a")
    site.worker(other=FakeRecord()).run(threading.Event(), until_empty=True)
    assert site.states("a") == ["waiting"]


def test_a_fault_of_ours_is_tried_thrice_and_then_shown_to_a_person(site):
    site.queue("a")
    site.queue("b")
    record = FakeRecord()

    def broken() -> None:
        if record.got[-1] == b"a":
            raise KeyError("a fault of ours")

    record.does = broken
    site.worker(demo=record).run(threading.Event(), until_empty=True)
    assert (site.states("a"), site.states("b")) == (["parked"], ["delivered"])
    assert record.got.count(b"a") == 3
    assert ("delivery-parked", "unexpected") in site.told


def test_it_finishes_what_it_began_before_it_stops(site):
    site.queue("a")
    began, stop = threading.Event(), threading.Event()

    def slowly() -> None:
        began.set()
        time.sleep(0.3)

    running = threading.Thread(target=site.worker(demo=FakeRecord(slowly)).run, args=(stop,))
    running.start()
    assert began.wait(5)
    stop.set()
    running.join(5)
    assert site.states("a") == ["delivered"]


def test_a_record_that_hangs_leaves_hands_for_the_others(site):
    for name in "abcd":
        site.queue(name)
    site.queue("x", tenant="other")
    free = threading.Event()
    hanging, other = FakeRecord(lambda: free.wait(10)), FakeRecord()
    stop = threading.Event()
    worker = site.worker(threads=4, demo=hanging, other=other)
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    for _ in range(100):
        if site.states("x", "other") == ["delivered"]:
            break
        time.sleep(0.05)
    assert site.states("x", "other") == ["delivered"]
    assert len(hanging.got) == 2
    stop.set()
    free.set()
    running.join(5)


def test_a_record_that_fails_in_a_row_is_left_alone_for_longer_each_time():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILS):
        assert breaker.slots(4) == 4
        breaker.tell(went_well=False)
    assert breaker.slots(4) == 0
    now[0] = 1.0
    assert breaker.slots(4) == 1  # one delivery tries it out
    breaker.tell(went_well=False)
    now[0] = 2.9
    assert breaker.slots(4) == 0
    now[0] = 3.0
    breaker.tell(went_well=True)
    assert breaker.slots(4) == 4


def test_the_longest_pause_is_a_minute():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(50):
        breaker.tell(went_well=False)
    now[0] = 59.0
    assert breaker.slots(4) == 0
    now[0] = 60.0
    assert breaker.slots(4) == 1


def test_a_failing_record_is_not_stormed(site):
    for number in range(20):
        site.queue(f"p{number:02}")

    def failing() -> None:
        raise NotNow("failing", after=timedelta(minutes=5))

    record, stop = FakeRecord(failing), threading.Event()
    running = threading.Thread(target=site.worker(demo=record).run, args=(stop,))
    running.start()
    time.sleep(0.8)
    stop.set()
    running.join(5)
    assert len(record.got) <= FAILS + 2
