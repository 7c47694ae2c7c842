"""What a browser holds opens one launch, for as long as it lasts, and says nothing else."""

import base64
from datetime import timedelta

import pytest

from service.store.launches import DatabaseLaunches
from service.usecases.ports import Launch
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
