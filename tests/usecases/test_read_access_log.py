"""A patient reads who has looked at their data, and nobody else's."""

from dataclasses import replace

import pytest

from service.domain.errors import NotAllowed
from service.usecases.ports import AuditEntry
from service.usecases.read_access_log import MOST, ReadAccessLog
from tests.builders import NOW, a_caller
from tests.fakes import MemoryPlans

PATIENT = a_caller(role="patient", name="patient-p1", patient="Patient/p1")


@pytest.fixture
def store():
    return MemoryPlans()


@pytest.fixture
def read(store):
    return ReadAccessLog(store, lambda: NOW)


def look(store, patient="Patient/p1", many=1, act="plan.read"):
    for _ in range(many):
        with store.writing("demo") as transaction:
            transaction.audit(AuditEntry(act, "plan-1", patient, a_caller(name="fys1"), NOW))


def test_each_access_says_who_did_what_and_when(store, read):
    look(store)
    (access,) = read(PATIENT).accesses
    entry = access.entry
    assert (entry.action, entry.entity, entry.at) == ("plan.read", "plan-1", NOW)
    assert (entry.caller.role, entry.caller.name) == ("system", "fys1")


def test_accesses_to_another_patients_data_are_not_shown(store, read):
    look(store, "Patient/p2")
    assert read(PATIENT).accesses == ()


def test_that_the_log_was_read_stands_in_it_the_next_time(store, read):
    read(PATIENT)
    (access,) = read(PATIENT).accesses
    assert (access.entry.action, access.entry.caller.name) == ("log.read", "patient-p1")


def test_older_accesses_are_on_the_next_page(store, read):
    look(store, act="plan.created")
    look(store, many=MOST)
    first = read(PATIENT)
    assert len(first.accesses) == MOST
    second = read(PATIENT, first.next)
    assert [each.entry.action for each in second.accesses] == ["plan.created"]
    assert second.next == ""


@pytest.mark.parametrize("role", ["system", "clinician", "patient"])
def test_whoever_is_no_patient_is_refused(store, read, role):
    caller = a_caller(role=role, patient="" if role == "patient" else "Patient/p1")
    with pytest.raises(NotAllowed):
        read(replace(caller, practitioner="Practitioner/fys1"))
