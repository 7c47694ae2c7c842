"""The promises of the Outbox, on every database: order, leases, and nothing lost or twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from service.domain.documenting import add_goal
from service.domain.goal import Goal
from service.store.ids import new_id
from service.store.outbox import DatabaseOutbox
from service.store.plans import DatabasePlans
from service.usecases.delivering import DeliveryState, Place, Receipt
from service.usecases.ports import StoredPlan
from tests.builders import CHANGE, a_plan, an_encounter

LEASE = timedelta(seconds=60)
RECEIPT = Receipt((Place("urn:uuid:1", "CarePlan/7", "1"),), ("Goal",))


@dataclass
class Clock:
    micros: int = 1_795_000_000_000_000

    def __call__(self) -> int:
        return self.micros

    def passes(self, span: timedelta) -> None:
        self.micros += span // timedelta(microseconds=1)


@dataclass
class Queue:
    """An outbox with what fills it."""

    outbox: DatabaseOutbox
    plans: DatabasePlans
    clock: Clock

    def add(self, plan_id: str, revisions: int = 1, tenant: str = "demo") -> None:
        visit = an_encounter(reference=f"Encounter/{plan_id}", patient=f"Patient/{plan_id}")
        plan = a_plan(visit, id=plan_id)
        with self.plans.writing(tenant) as transaction:
            assert transaction.add(StoredPlan(plan, b"{}"))
            transaction.queue(plan)
            for number in range(1, revisions):
                plan = add_goal(plan, Goal(id="", text=f"goal {number}"), CHANGE)
                transaction.replace(StoredPlan(plan, b"{}"))
                transaction.queue(plan)

    def take(self, most: int = 10, tenant: str = "demo"):
        return self.outbox.take(tenant, most, LEASE)

    def states(self, plan_id: str) -> list[str]:
        return [delivery.state.value for delivery in self.outbox.of_plan("demo", plan_id)]


@pytest.fixture
def queue(any_engine) -> Queue:
    clock = Clock()
    engine = any_engine(clock)
    return Queue(DatabaseOutbox(engine), DatabasePlans(engine, new_id), clock)


def named(taken) -> list[tuple[str, int]]:
    return [(each.plan_id, each.revision) for each in taken]


def test_of_each_plan_only_the_first_revision_may_be_taken_and_the_oldest_plan_comes_first(queue):
    queue.add("b", revisions=3)
    queue.add("a", revisions=2)
    assert named(queue.take()) == [("a", 1), ("b", 1)]


def test_what_is_taken_is_nobody_elses_until_its_lease_is_over(queue):
    queue.add("a", revisions=2)
    (first,) = queue.take()
    assert queue.take() == []
    queue.clock.passes(LEASE + timedelta(seconds=1))
    (again,) = queue.take()
    assert (again.tries, again.lost, again.uncertain) == (2, 1, True)
    assert not queue.outbox.delivered(first, RECEIPT)  # it came too late
    assert queue.outbox.delivered(again, RECEIPT)
    assert named(queue.take()) == [("a", 2)]


def test_a_try_counts_from_the_moment_it_is_taken(queue):
    queue.add("a")
    (taken,) = queue.take()
    assert (taken.tries, taken.lost, taken.uncertain) == (1, 0, False)
    assert queue.outbox.of_plan("demo", "a")[0].tries == 1


def test_what_is_put_off_comes_again_when_its_wait_is_over(queue):
    queue.add("a")
    (taken,) = queue.take()
    queue.outbox.later(taken, timedelta(seconds=5), "unreachable", uncertain=False)
    assert queue.take() == []
    queue.clock.passes(timedelta(seconds=5))
    (again,) = queue.take()
    assert (again.tries, again.lost, again.uncertain) == (2, 0, False)
    assert queue.outbox.of_plan("demo", "a")[0].reason == "unreachable"


def test_a_record_that_lets_nobody_in_costs_no_try(queue):
    queue.add("a")
    (taken,) = queue.take()
    queue.outbox.later(taken, timedelta(0), "login", uncertain=True, counts=False)
    (again,) = queue.take()
    assert (again.tries, again.uncertain) == (1, True)


def test_what_was_delivered_says_where_it_stands(queue):
    queue.add("a")
    (taken,) = queue.take()
    assert queue.outbox.delivered(taken, RECEIPT)
    (delivery,) = queue.outbox.of_plan("demo", "a")
    assert (delivery.state, delivery.receipt) == (DeliveryState.DELIVERED, RECEIPT)
    with queue.plans.reading("demo") as transaction:
        assert transaction.delivery("a", 1) == "delivered"


def test_what_the_record_has_no_place_for_is_not_called_delivered(queue):
    queue.add("a")
    (taken,) = queue.take()
    queue.outbox.delivered(taken, Receipt((), ("CarePlan",)))
    assert queue.states("a") == ["not-kept"]


def test_a_parked_revision_lets_the_next_go_on_which_brings_the_record_up_to_date(queue):
    queue.add("a", revisions=2)
    queue.outbox.park(queue.take()[0], "refused")
    assert queue.states("a") == ["parked", "waiting"]
    (second,) = queue.take()
    queue.outbox.delivered(second, RECEIPT)
    assert queue.states("a") == ["superseded", "delivered"]
    assert queue.outbox.replay("demo") == 0


def test_a_parked_revision_is_queued_anew_before_those_that_came_later(queue):
    queue.add("a", revisions=2)
    queue.outbox.park(queue.take()[0], "refused")
    assert queue.outbox.replay("demo", "a", 2) == 0
    assert queue.outbox.replay("demo", "a", 1) == 1
    assert queue.states("a") == ["waiting", "waiting"]
    (again,) = queue.take()
    assert (again.revision, again.tries, again.uncertain) == (1, 1, True)


def test_a_revision_queued_anew_waits_for_the_later_one_that_is_on_its_way(queue):
    queue.add("a", revisions=2)
    queue.outbox.park(queue.take()[0], "refused")
    (second,) = queue.take()
    queue.outbox.replay("demo")
    assert queue.take() == []
    queue.outbox.delivered(second, RECEIPT)
    assert queue.states("a") == ["superseded", "delivered"]
    assert queue.take() == []


def test_two_people_who_queue_the_same_anew_at_once_queue_it_once(queue):
    queue.add("a", revisions=2)
    for _ in range(2):
        queue.outbox.park(queue.take()[0], "refused")
    together = threading.Barrier(2)

    def replay(_: int) -> int:
        together.wait(10)
        return queue.outbox.replay("demo")

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(replay, range(2))) == [0, 2]
    assert queue.states("a") == ["waiting", "waiting"]


def test_clinics_do_not_see_each_other(queue):
    queue.add("a")
    queue.add("a", tenant="other")
    assert queue.outbox.tenants() == ["demo", "other"]
    (taken,) = queue.take()
    queue.outbox.park(taken, "refused")
    assert queue.outbox.tenants() == ["other"]
    assert queue.outbox.replay("other") == 0
    assert queue.outbox.of_plan("other", "a")[0].state is DeliveryState.WAITING


def test_a_backlog_tells_how_much_waits_since_when_and_how_much_is_parked(queue):
    queue.add("a")
    queue.add("b", revisions=2)
    before = queue.outbox.backlog("demo")
    assert (before.waiting, before.parked) == (3, 0)
    assert before.oldest == CHANGE.at
    queue.outbox.park(queue.take(most=1)[0], "refused")
    after = queue.outbox.backlog("demo")
    assert (after.waiting, after.parked) == (2, 1)
    assert queue.outbox.backlog("nobody").oldest is None


def test_deliveries_are_listed_by_their_state(queue):
    queue.add("a")
    queue.add("b")
    queue.outbox.park(queue.take(most=1)[0], "not-allowed")
    parked = queue.outbox.listed("demo", [DeliveryState.PARKED], 10)
    waiting = queue.outbox.listed("demo", [DeliveryState.WAITING], 10)
    assert [(each.plan_id, each.reason) for each in parked] == [("a", "not-allowed")]
    assert [each.plan_id for each in waiting] == ["b"]


def test_no_more_are_taken_than_were_asked_for(queue):
    for name in "abcde":
        queue.add(name)
    assert named(queue.take(most=2)) == [("a", 1), ("b", 1)]
    assert named(queue.take(most=2)) == [("c", 1), ("d", 1)]
