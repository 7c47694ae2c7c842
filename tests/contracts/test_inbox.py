"""The promises of the Inbox, on every database: one notice an encounter, none lost or twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from service.store.inbox import DatabaseInbox
from service.usecases.noticing import CHANGES, Changed, Looked, NoticeState, Told
from tests.contracts.test_outbox import LEASE, Clock

E1, E2, E3 = "Encounter/e1", "Encounter/e2", "Encounter/e3"
TEN, NOON = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (10, 12))


@dataclass
class Box:
    """An inbox, and the clock that it goes by."""

    inbox: DatabaseInbox
    clock: Clock

    def hear(self, *encounters: str, as_of: datetime | None = None, tenant: str = "demo") -> None:
        for encounter in encounters:
            self.inbox.hear(tenant, Told(encounter, as_of, "ehr"))
            self.clock.passes(timedelta(seconds=1))

    def take(self, most: int = 10, tenant: str = "demo"):
        return self.inbox.take(tenant, most, LEASE)

    def due(self) -> list[str]:
        return [notice.told.encounter for notice in self.take()]

    def rows(self, *states: str) -> list[tuple[str, str, str]]:
        wanted = [NoticeState(state) for state in states or ("waiting", "parked")]
        found = self.inbox.listed("demo", wanted, 100)
        return [(each.encounter, each.state.value, each.reason) for each in found]


@pytest.fixture
def box(any_engine) -> Box:
    clock = Clock()
    return Box(DatabaseInbox(any_engine(clock)), clock)


def test_what_was_told_comes_in_the_order_in_which_it_was_told(box):
    box.hear(E2, E1, CHANGES)
    first, second, third = box.take()
    assert [each.told.encounter for each in (first, second, third)] == [E2, E1, CHANGES]
    assert (first.told.by, first.tries, first.lost, first.news) == ("ehr", 1, 0, 1)
    assert third.is_about_changes


def test_no_more_are_taken_than_were_asked_for(box):
    box.hear(E1, E2, E3)
    assert [each.told.encounter for each in box.take(most=2)] == [E1, E2]


def test_an_encounter_that_is_told_of_many_times_is_one_notice(box):
    box.hear(E1, E1, E1)
    (notice,) = box.take()
    assert notice.news == 3


def test_the_newest_date_holds_whichever_comes_last(box):
    box.hear(E1, as_of=NOON)
    box.hear(E1, as_of=TEN)
    box.hear(E1)
    (notice,) = box.take()
    assert notice.told.as_of == NOON


def test_of_looks_the_earliest_beginning_holds(box):
    box.hear(CHANGES, as_of=NOON)
    box.hear(CHANGES)
    box.hear(CHANGES, as_of=TEN)
    box.hear(CHANGES, as_of=NOON)
    (notice,) = box.take()
    assert notice.told.as_of == TEN


def test_what_is_taken_is_nobody_elses_until_its_lease_is_over(box):
    box.hear(E1)
    (first,) = box.take()
    assert box.take() == []
    box.clock.passes(LEASE + timedelta(seconds=1))
    (again,) = box.take()
    assert (again.tries, again.lost) == (2, 1)
    assert not box.inbox.followed(first)  # it came too late
    assert box.inbox.followed(again)
    assert box.rows() == []


def test_what_was_followed_is_forgotten(box):
    box.hear(E1)
    (notice,) = box.take()
    assert box.inbox.followed(notice)
    assert not box.inbox.followed(notice)
    box.clock.passes(timedelta(days=1))
    assert box.due() == []


def test_what_is_put_off_comes_again_when_its_wait_is_over(box):
    box.hear(E1)
    (notice,) = box.take()
    assert box.inbox.later(notice, timedelta(minutes=1), "unreachable", notice.tries)
    assert box.rows() == [(E1, "waiting", "unreachable")]
    assert box.due() == []
    box.clock.passes(timedelta(minutes=1))
    (again,) = box.take()
    assert (again.tries, again.lost, again.reason) == (2, 0, "unreachable")


@pytest.mark.parametrize("tries", [0, 1, 7])
def test_whoever_puts_it_off_says_how_many_tries_count(box, tries):
    box.hear(E1)
    box.inbox.later(box.take()[0], timedelta(0), "login", tries)
    (again,) = box.take()
    assert again.tries == tries + 1


@pytest.mark.parametrize("answer", ["followed", "later", "park"])
def test_news_that_come_while_it_is_followed_are_followed_too(box, answer):
    box.hear(E1)
    (notice,) = box.take()
    box.hear(E1, as_of=NOON)
    assert box.due() == []
    answers = {
        "followed": lambda: box.inbox.followed(notice),
        "later": lambda: box.inbox.later(notice, timedelta(hours=1), "busy", 1),
        "park": lambda: box.inbox.park(notice, "refused"),
    }
    assert not answers[answer]()
    (again,) = box.take()
    assert (again.told.as_of, again.tries, again.lost) == (NOON, 1, 0)
    assert box.inbox.followed(again)


def test_news_make_what_waits_due_at_once(box):
    box.hear(E1)
    box.inbox.later(box.take()[0], timedelta(hours=1), "no-reason", 1)
    box.hear(E1)
    assert box.due() == [E1]


def test_what_is_parked_waits_for_a_person(box):
    box.hear(E1, E2)
    first, second = box.take()
    assert box.inbox.park(first, "unusable", "invalid-code: Condition.code")
    assert box.inbox.park(second, "not-found")
    box.clock.passes(timedelta(days=30))
    assert box.due() == []
    (listed, _) = box.inbox.listed("demo", [NoticeState.PARKED], 10)
    assert (listed.encounter, listed.detail) == (E1, "invalid-code: Condition.code")
    assert box.inbox.replay("demo", E1) == 1
    (again,) = box.take()
    assert (again.told.encounter, again.tries, again.lost) == (E1, 1, 0)
    assert box.inbox.replay("demo") == 1
    assert box.due() == [E2]


def test_what_is_parked_is_followed_again_when_there_are_news_of_it(box):
    box.hear(E1)
    box.inbox.park(box.take()[0], "unusable", "somewhere")
    box.hear(E1)
    assert box.rows() == [(E1, "waiting", "")]
    assert box.due() == [E1]


def test_a_person_may_decide_that_nothing_is_to_come_of_it(box):
    box.hear(E1, E2)
    box.inbox.park(box.take(most=1)[0], "withdrawn")
    assert box.inbox.dismiss("demo", E1)
    assert not box.inbox.dismiss("demo", E1)
    assert not box.inbox.dismiss("demo", E2)  # it waits, and is nobody's to dismiss
    assert box.rows() == [(E2, "waiting", "")]


def test_a_worker_that_dies_each_time_is_counted_whatever_is_told_meanwhile(box):
    box.hear(E1)
    for _ in range(3):
        box.take()
        box.hear(E1)
        box.clock.passes(LEASE + timedelta(seconds=1))
    (notice,) = box.take()
    assert notice.lost == 3


def test_a_look_keeps_what_it_found_and_how_far_it_came(box):
    assert box.inbox.looked("demo") == Looked()
    box.hear(CHANGES)
    (look,) = box.take()
    seen = Looked(NOON, {E2: NOON})
    assert box.inbox.found(look, [Changed(E1, TEN), Changed(E2, NOON)], NOON)
    assert box.inbox.finished(look, seen)
    assert box.inbox.looked("demo") == seen
    found = box.take()
    assert [(each.told.encounter, each.told.as_of) for each in found] == [(E1, TEN), (E2, NOON)]
    assert {each.told.by for each in found} == {"ehr"}


def test_a_look_that_was_interrupted_goes_on_where_it_was(box):
    box.hear(CHANGES)
    (look,) = box.take()
    box.inbox.found(look, [Changed(E1, TEN)], TEN)
    box.clock.passes(LEASE + timedelta(seconds=1))
    notices = {each.told.encounter: each for each in box.take()}
    assert notices[CHANGES].told.as_of == TEN
    assert box.inbox.looked("demo").until is None


def test_a_look_whose_lease_has_passed_on_keeps_nothing(box):
    box.hear(CHANGES)
    (late,) = box.take()
    box.clock.passes(LEASE + timedelta(seconds=1))
    box.take()
    assert not box.inbox.found(late, [Changed(E1, TEN)], TEN)
    assert not box.inbox.finished(late, Looked(NOON, {}))
    assert box.rows() == [(CHANGES, "waiting", "")]
    assert box.inbox.looked("demo") == Looked()


def test_workers_that_take_at_once_take_different_notices(box):
    box.hear(*(f"Encounter/e{number:02}" for number in range(40)))
    with ThreadPoolExecutor(4) as workers:
        taken = list(workers.map(lambda _: box.take(most=5), range(8)))
    found = [notice.told.encounter for each in taken for notice in each]
    assert len(found) == len(set(found))
    assert len({*found, *box.due()}) == 40


def test_clinics_do_not_see_each_other(box):
    box.hear(E1)
    box.hear(E1, CHANGES, tenant="other")
    assert box.inbox.tenants() == ["demo", "other"]
    (notice,) = box.take()
    assert box.inbox.followed(notice)
    assert len(box.take(tenant="other")) == 2
    assert box.inbox.replay("other") == 0
    assert box.inbox.tenants() == ["other"]


def test_a_backlog_tells_how_much_waits_since_when_and_how_much_is_parked(box):
    box.hear(E1, E2, E3)
    box.inbox.park(box.take(most=1)[0], "refused")
    backlog = box.inbox.backlog("demo")
    assert (backlog.waiting, backlog.parked) == (2, 1)
    assert backlog.oldest is not None
    assert box.inbox.backlog("nobody").oldest is None
