"""Refusals are on the record, and a million of them fill no disk."""

from datetime import timedelta

import pytest

from service.domain.errors import StoreBusy
from service.usecases.record_refusal import KINDS, RecordRefusal, Refusal
from tests.builders import NOW, a_caller
from tests.fakes import MemoryPlans

DOOR = "GET /api/v1/plans/<plan_id>"
GUESS = Refusal("not-found", DOOR)
UNKNOWN = Refusal("not-authenticated", DOOR, client="a1b2c3")


class Clock:
    now = NOW

    def __call__(self):
        return self.now


class Away:
    """A database that does not answer."""

    def writing(self, _tenant):
        raise StoreBusy("the database is away")


@pytest.fixture
def store():
    return MemoryPlans()


@pytest.fixture
def log():
    return []


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def record(store, log, clock):
    return RecordRefusal(store, clock, lambda event, line: log.append((event, line)))


def told(store, tenant="demo"):
    return [(row.action, row.entity, row.patient) for row in store.tables(tenant).audit]


def test_who_is_known_stands_in_the_trail_of_the_clinic(record, store, log):
    record(GUESS, a_caller(tenant="north", role="clinician", name="fys1"))
    (row,) = store.tables("north").audit
    assert (row.action, row.entity, row.patient) == ("refused.not-found", f"1 {DOOR}", "")
    assert (row.caller.role, row.caller.name) == ("clinician", "fys1")
    assert (told(store), log) == ([], [])


def test_only_a_patients_own_refusal_is_about_a_patient(record, store):
    record(GUESS, a_caller(role="patient", name="anna", patient="Patient/p1"))
    record(GUESS, a_caller(role="clinician", name="fys1", patient="Patient/p2"))
    assert [patient for _, _, patient in told(store)] == ["Patient/p1", ""]


def test_who_is_not_known_stands_in_the_log(record, store, log):
    record(UNKNOWN, None, "a-trace")
    line = {"route": DOOR, "code": "not-authenticated", "count": 1}
    assert log == [("access-refused", line | {"client": "a1b2c3", "trace_id": "a-trace"})]
    assert told(store) == []


def test_a_thousand_tries_leave_four_rows(record, store):
    for _ in range(1_000):
        record(GUESS, a_caller())
    assert [entity.partition(" ")[0] for _, entity, _ in told(store)] == ["1", "10", "100", "1000"]


def test_the_next_minute_begins_anew(record, store, clock):
    record(GUESS, a_caller())
    record(GUESS, a_caller())
    clock.now += timedelta(minutes=1)
    record(GUESS, a_caller())
    assert [entity for _, entity, _ in told(store)] == [f"1 {DOOR}"] * 2


def test_beyond_so_many_kinds_they_are_told_together(record, store, log):
    for number in range(KINDS + 1_000):
        record(GUESS, a_caller(name=f"n{number}"))
    rows = told(store)
    assert len(rows) == KINDS + 4
    assert [entity for _, entity, _ in rows[KINDS:]] == [f"{10**n} others" for n in range(4)]
    for number in range(1_000):
        record(Refusal("not-authenticated", DOOR, client=str(number)), None)
    assert [(line["route"], line["count"]) for _, line in log] == [
        ("others", 10**n) for n in range(4)
    ]


def test_a_refusal_is_answered_also_when_it_cannot_be_written(log):
    record = RecordRefusal(Away(), Clock(), lambda event, line: log.append((event, line)))
    record(GUESS, a_caller(tenant="north"))
    ((event, line),) = log
    assert (event, line["tenant"], line["count"]) == ("access-refused", "north", 1)
