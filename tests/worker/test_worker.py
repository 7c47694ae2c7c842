"""The worker: works in order, leaves a failing record alone, and stops politely."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from service.config.tenants import RecordOf, Tenant
from service.fhir.writer import BundleWriter
from service.records import records, system_of
from service.store.ids import new_id
from service.store.inbox import DatabaseInbox
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.store.sqlite import SqliteEngine
from service.usecases.deliver_outbox import Came, DeliverOutbox
from service.usecases.delivering import Closed, NotNow, Parcel, Place, Receipt
from service.usecases.fetch_encounters import FetchEncounters
from service.usecases.make_plan import MakePlan, Wish
from service.usecases.noticing import NoticeState, Shown, Told
from service.usecases.ports import StoredPlan
from service.worker import FAILS, Worker
from tests.builders import a_pack, a_plan, an_encounter
from tests.fakes import FixedCatalogue
from tests.posted import a_visit

FAILED = Came(well=False)


@dataclass
class FakeRecord:
    """Takes everything, unless told to do otherwise."""

    does: object = None
    got: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shows: object = None

    def deliver(self, parcel: Parcel) -> Receipt:
        self.got.append(parcel.bundle)
        if self.does:
            self.does()
        return Receipt((Place("urn:uuid:1", "CarePlan/1"),))

    def visit(self, encounter: str) -> Shown:
        self.asked.append(encounter)
        if self.shows:
            self.shows()
        name = encounter.partition("/")[2]
        return Shown("in-progress", None, a_visit(f"p-{name}", name))


@dataclass
class Site:
    outbox: DatabaseOutbox
    inbox: DatabaseInbox
    plans: DatabasePlans
    told: list[tuple[str, str]] = field(default_factory=list)

    def queue(self, name: str, tenant: str = "demo") -> None:
        visit = an_encounter(reference=f"Encounter/{name}", patient=f"Patient/{name}")
        plan = a_plan(visit, id=name, now=datetime.now(UTC))
        with self.plans.writing(tenant) as transaction:
            assert transaction.add(StoredPlan(plan, name.encode()))
            transaction.queue(plan)

    def worker(self, threads: int = 2, systems=None, **records: FakeRecord) -> Worker:
        def now() -> datetime:
            return datetime.now(UTC)

        def tell(event, said) -> None:
            self.told.append((event, said.get("code", "")))

        def main_job() -> MakePlan:
            write = BundleWriter(orjson.dumps, "https://education.example")
            return MakePlan(FixedCatalogue(a_pack()), self.plans, now, new_id, write)

        deliver = DeliverOutbox(self.outbox, self.plans, now, lambda: 0.0, tell)
        fetch = FetchEncounters(
            self.inbox, self.plans, main_job, lambda _: Wish(), now, lambda: 0.0, tell
        )
        return Worker(deliver, fetch, records, threads, systems or {})

    def hear(self, *names: str, tenant: str = "demo") -> None:
        for name in names:
            self.inbox.hear(tenant, Told(f"Encounter/{name}", by="ehr"))

    def notices(self) -> list[tuple[str, str, str]]:
        found = self.inbox.listed("demo", list(NoticeState), 100)
        return [(each.encounter, each.state.value, each.reason) for each in found]

    def tries(self, name: str, tenant: str = "demo") -> int:
        return self.outbox.of_plan(tenant, name)[0].tries

    def states(self, name: str, tenant: str = "demo") -> list[str]:
        return [each.state.value for each in self.outbox.of_plan(tenant, name)]


@pytest.fixture
def site(database):
    engine = SqliteEngine(database)
    yield Site(DatabaseOutbox(engine), DatabaseInbox(engine), DatabasePlans(engine, new_id))
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


def test_what_the_record_told_of_becomes_a_plan_and_stands_in_the_record(site):
    site.hear("e1", "e2")
    record = FakeRecord()
    site.worker(demo=record).run(threading.Event(), until_empty=True)
    assert sorted(record.asked) == ["Encounter/e1", "Encounter/e2"]
    assert [orjson.loads(bundle)["type"] for bundle in record.got] == ["transaction"] * 2
    assert (site.notices(), site.outbox.backlog("demo").waiting) == ([], 0)


def test_what_a_clinic_without_a_record_was_told_of_waits(site):
    site.hear("e1")
    site.worker(other=FakeRecord()).run(threading.Event(), until_empty=True)
    assert site.notices() == [("Encounter/e1", "waiting", "")]


def test_a_fault_of_ours_over_an_encounter_is_shown_to_a_person_after_three_tries(site):
    site.hear("bad", "good")
    record = FakeRecord()

    def broken() -> None:
        if record.asked[-1] == "Encounter/bad":
            raise KeyError("a fault of ours")

    record.shows = broken
    site.worker(threads=1, demo=record).run(threading.Event(), until_empty=True)
    assert record.asked.count("Encounter/bad") == 3
    assert site.notices() == [("Encounter/bad", "parked", "unexpected")]
    assert ("encounter-parked", "unexpected") in site.told
    assert len(record.got) == 1


def test_many_encounters_do_not_keep_plans_from_the_record_nor_the_other_way_round(site):
    for number in range(10):
        site.queue(f"p{number}")
        site.hear(f"e{number}")
    order: list[str] = []
    record = FakeRecord(lambda: order.append("out"))
    record.shows = lambda: order.append("in")
    site.worker(threads=1, demo=record).run(threading.Event(), until_empty=True)
    assert (order.count("in"), order.count("out")) == (10, 20)
    assert {*order[:4]} == {"in", "out"}


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
    hanging, other = FakeRecord(lambda: free.wait(20)), FakeRecord()
    stop = threading.Event()
    worker = site.worker(threads=4, demo=hanging, other=other)
    running = threading.Thread(target=worker.run, args=(stop,))
    running.start()
    assert soon(lambda: site.states("x", "other") == ["delivered"])
    assert soon(lambda: len(hanging.got) >= 2)
    time.sleep(0.2)  # so that a third would have begun
    assert len(hanging.got) == 2
    stop.set()
    free.set()
    running.join(5)


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


def running(worker):
    """Let the worker run until the test says stop."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    return stop, thread


def soon(true) -> bool:
    """Whether it becomes true within some seconds."""
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 9])
def test_of_several_systems_one_that_hangs_never_has_more_than_half_of_the_hands(site, threads):
    for number in range(12):
        site.queue(f"a{number:02}", tenant="a")
    site.queue("x", tenant="other")
    free = threading.Event()
    hanging, other = FakeRecord(lambda: free.wait(20)), FakeRecord()
    worker = site.worker(threads=threads, a=hanging, other=other)
    stop, thread = running(worker)
    assert soon(lambda: site.states("x", "other") == ["delivered"])
    time.sleep(0.2)
    assert 1 <= len(hanging.got) <= worker.threads / 2
    stop.set()
    free.set()
    thread.join(10)


def test_clinics_on_one_system_share_its_half(site):
    for number in range(6):
        site.queue(f"a{number}", tenant="a")
        site.queue(f"b{number}", tenant="b")
    site.queue("x", tenant="other")
    free = threading.Event()
    one, two = FakeRecord(lambda: free.wait(20)), FakeRecord(lambda: free.wait(20))
    systems = {"a": "ehr:443", "b": "ehr:443"}
    worker = site.worker(threads=4, systems=systems, a=one, b=two, other=FakeRecord())
    stop, thread = running(worker)
    assert soon(lambda: site.states("x", "other") == ["delivered"])
    time.sleep(0.2)
    assert len(one.got) + len(two.got) == 2
    stop.set()
    free.set()
    thread.join(10)


def test_a_system_that_fails_for_one_clinic_is_left_alone_for_all_of_it(site):
    for number in range(10):
        site.queue(f"a{number}", tenant="a")
        site.queue(f"b{number}", tenant="b")

    def failing() -> None:
        raise NotNow("failing", after=timedelta(minutes=5))

    one, two = FakeRecord(failing), FakeRecord(failing)
    systems = {"a": "ehr:443", "b": "ehr:443"}
    stop, thread = running(site.worker(systems=systems, a=one, b=two))
    time.sleep(0.8)
    stop.set()
    thread.join(5)
    assert len(one.got) + len(two.got) <= FAILS + 2


def test_a_long_queue_of_one_clinic_does_not_keep_the_others_of_its_system_waiting(site):
    for number in range(30):
        site.queue(f"a{number:02}", tenant="a")
    site.queue("x", tenant="b")
    order: list[str] = []
    one = FakeRecord(lambda: order.append("a"))
    two = FakeRecord(lambda: order.append("b"))
    systems = {"a": "ehr:443", "b": "ehr:443"}
    worker = site.worker(threads=1, systems=systems, a=one, b=two)
    worker.run(threading.Event(), until_empty=True)
    assert order.index("b") < 5


def test_a_record_that_lets_nobody_in_is_held_after_the_first_and_costs_no_tries(site):
    for number in range(20):
        site.queue(f"p{number:02}")

    def closed() -> None:
        raise Closed("login")

    record = FakeRecord(closed)
    stop, thread = running(site.worker(demo=record))
    assert soon(lambda: record.got)
    time.sleep(0.8)
    stop.set()
    thread.join(5)
    assert len(record.got) <= 2  # as many as were begun at once
    assert all(site.tries(f"p{number:02}") == 0 for number in range(20))


def test_a_record_that_asks_to_wait_is_left_alone_with_everything_for_so_long(site):
    """Retry-After is said to a client, not of one plan: nothing else is sent there either."""
    for number in range(10):
        site.queue(f"p{number:02}")
    asked: list[float] = []

    def busy() -> None:
        asked.append(time.monotonic())
        if len(asked) == 1:
            raise NotNow("busy", after=timedelta(seconds=1))

    record = FakeRecord(busy)
    stop, thread = running(site.worker(threads=1, demo=record))
    assert soon(lambda: len(asked) >= 11)
    stop.set()
    thread.join(10)
    assert asked[1] - asked[0] >= 1
    assert site.states("p00") == ["delivered"]


def test_what_a_record_asks_to_wait_is_heeded_for_an_hour_at_most(site):
    def busy() -> None:
        raise NotNow("busy", after=timedelta(days=1))

    site.queue("a")
    worker = site.worker(demo=FakeRecord(busy))
    (queued,) = worker.deliver.take("demo", 1)
    assert worker.deliver(queued, worker.records["demo"]) == Came(
        well=False, rest=timedelta(hours=1)
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://ehr.example/a", "https://EHR.example:443/b/r4", True),
        ("http://ehr.example/a", "http://ehr.example:80", True),
        ("https://ehr.example/a", "https://ehr.example:8443/a", False),
        ("https://a.ehr.example", "https://b.ehr.example", False),
    ],
)
def test_a_system_is_known_by_its_host_and_port(one, other, same):
    assert (system_of(one) == system_of(other)) is same


def test_clinics_on_one_system_share_the_lowest_of_their_limits():
    told = {
        "a": RecordOf("https://ehr.example/a", most_per_second=20),
        "b": RecordOf("https://ehr.example/b", most_per_second=5),
        "c": RecordOf("https://other.example/c", most_per_second=50),
        "d": RecordOf("https://free.example/d", most_per_second=0),
    }
    clinics = {name: Tenant(name, ehr=record) for name, record in told.items()}
    paces = {name: record.wire.pace for name, record in records(clinics).items()}
    assert paces["a"] is paces["b"]
    assert [paces[name].per_second for name in "acd"] == [5, 50, 0]
