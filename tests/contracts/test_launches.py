"""What a browser holds opens one launch, for as long as it lasts, and says nothing else."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.errors import StoreBusy
from service.store.ids import new_id
from service.store.launches import DatabaseLaunches
from service.store.plans import DatabasePlans
from service.usecases.close_pages import ClosePages
from service.usecases.ports import PATIENT, Caller, Launch
from tests.builders import NOW

ANNA = Launch(
    tenant="demo",
    name="fys",
    practitioner="Practitioner/fys1",
    patient="Patient/p1",
    expires=NOW + timedelta(days=3650),
    encounter="Encounter/e1",
    participants=("Patient/p2",),
)


@pytest.fixture
def engine(any_engine):
    return any_engine()


@pytest.fixture
def launches(engine):
    return DatabaseLaunches(engine)


def same(found, launch):
    return found is not None and (found.patient, found.participants, found.expires) == (
        launch.patient,
        launch.participants,
        launch.expires,
    )


def test_a_launch_is_found_by_its_secret(launches):
    secret = launches.start(ANNA, NOW)
    assert same(launches.find(secret, NOW), ANNA)


def test_session_secrets_are_new_each_time_and_of_256_bits(launches):
    secrets = {launches.start(ANNA, NOW).partition(".")[2] for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.urlsafe_b64decode(f"{secret}==")) for secret in secrets} == {32}


def test_the_secret_is_not_in_the_database(launches, engine):
    secret = launches.start(ANNA, NOW).partition(".")[2]
    with engine.reading() as connection:
        rows = connection.execute("SELECT * FROM launch WHERE tenant = ?", ("demo",)).fetchall()
    assert rows
    assert secret not in str(rows)


@pytest.mark.parametrize(
    "wrong", ["", ".", "demo.x", "ZGVtbw==.", "ZGVtbw==.x", "æ.ø", "%.a", "AA==.x"]
)
def test_nothing_is_found_by_another_secret(launches, wrong):
    launches.start(ANNA, NOW)
    assert launches.find(wrong, NOW) is None


def test_a_secret_of_one_clinic_opens_nothing_of_another(launches):
    secret = launches.start(ANNA, NOW).partition(".")[2]
    assert launches.find(f"b3RoZXI=.{secret}", NOW) is None


def test_a_launch_ends_with_its_time_or_when_its_user_leaves(launches):
    secret = launches.start(ANNA, NOW)
    assert launches.find(secret, ANNA.expires) is None
    launches.end(launches.find(secret, NOW))
    assert launches.find(secret, NOW) is None


def test_the_language_stays_for_the_launch(launches):
    secret = launches.start(ANNA, NOW)
    launches.speak(launches.find(secret, NOW), "en")
    assert launches.find(secret, NOW).language == "en"


def test_a_launch_ends_when_nobody_uses_it(launches):
    secret, idle = launches.start(ANNA, NOW), timedelta(minutes=30)
    used = NOW
    for _ in range(5):  # whoever goes on may go on
        assert launches.use(secret, used, idle).expires == ANNA.expires
        used += timedelta(minutes=29)
    last = used - timedelta(minutes=29)
    assert launches.find(secret, last + timedelta(minutes=29)) is not None
    assert launches.use(secret, last + timedelta(minutes=31), idle) is None


def test_however_much_it_is_used_a_launch_ends_with_its_time(launches):
    secret = launches.start(replace(ANNA, expires=NOW + timedelta(hours=1)), NOW)
    for minutes in range(0, 60, 10):
        assert launches.use(secret, NOW + timedelta(minutes=minutes), timedelta(minutes=30))
    assert launches.use(secret, NOW + timedelta(minutes=60), timedelta(minutes=30)) is None


def test_a_link_that_nobody_opened_waits_for_its_time(launches):
    secret = launches.start(ANNA, NOW)
    assert launches.find(secret, NOW + timedelta(days=1)) is not None


@pytest.fixture
def plans(engine):
    return DatabasePlans(engine, new_id)


@pytest.fixture
def close_pages(plans):
    return ClosePages(plans, lambda: NOW)


def trail(plans):
    """What stands in the audit trail: the acts with what was ended, and of which patient."""
    with plans.reading("demo") as transaction:
        entries = [row.entry for row in transaction.audit_beyond("", 9, newest_first=False)]
    return [(entry.action, entry.entity, entry.patient) for entry in entries]


OPERATOR = Caller("demo", "operator", "root")


@pytest.mark.parametrize("who", ["fys", "Practitioner/fys1", "fys1"])
def test_all_pages_of_a_person_can_be_ended_at_once(launches, close_pages, plans, who):
    hers = [launches.start(ANNA, NOW), launches.start(replace(ANNA, patient="Patient/p3"), NOW)]
    other = launches.start(replace(ANNA, name="x", practitioner="Practitioner/x"), NOW)
    elsewhere = launches.start(replace(ANNA, tenant="other"), NOW)
    assert close_pages(OPERATOR, who) == 2
    assert [launches.find(secret, NOW) for secret in hers] == [None, None]
    assert launches.find(other, NOW)
    assert launches.find(elsewhere, NOW)
    assert trail(plans) == [("pages.closed", "Practitioner/fys1", "")]


def test_the_pages_of_a_patient_are_those_of_the_patients_own_login(launches, close_pages, plans):
    own = launches.start(replace(ANNA, role=PATIENT, practitioner="", name="nancy"), NOW)
    clinicians = launches.start(ANNA, NOW)
    assert close_pages(OPERATOR, "Patient/p1") == 1
    assert (launches.find(own, NOW), launches.find(clinicians, NOW) is None) == (None, False)
    assert trail(plans) == [("pages.closed", "", "Patient/p1")]


def test_everybodys_pages_can_be_ended_at_once(launches, close_pages, plans):
    secrets = [launches.start(ANNA, NOW) for _ in range(3)]
    assert close_pages(OPERATOR) == 3
    assert [launches.find(secret, NOW) for secret in secrets] == [None] * 3
    assert close_pages(OPERATOR) == 0
    assert trail(plans) == [("pages.closed", "everybody", "")]


def test_each_of_two_people_who_answer_to_one_id_is_in_the_trail(launches, close_pages, plans):
    launches.start(replace(ANNA, practitioner="Practitioner/1"), NOW)
    launches.start(replace(ANNA, role=PATIENT, practitioner="", patient="Patient/1"), NOW)
    assert close_pages(OPERATOR, "1") == 2
    assert trail(plans) == [
        ("pages.closed", "", "Patient/1"),
        ("pages.closed", "Practitioner/1", ""),
    ]


def test_pages_that_cannot_be_told_of_in_the_trail_stay_open(launches, engine):
    def no_id() -> str:
        raise StoreBusy("the disk is full")

    secret = launches.start(ANNA, NOW)
    with pytest.raises(StoreBusy):
        ClosePages(DatabasePlans(engine, no_id), lambda: NOW)(OPERATOR)
    assert launches.find(secret, NOW)
