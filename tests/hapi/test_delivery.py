"""A whole course brought into HAPI by the real worker: once, read back, nothing parked."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.config.tenants import RecordOf
from service.ehr.check import check_record
from service.records import record_of
from tests.ehr.story import deliver_a_course, differing, standing, states_of
from tests.hapi.clinic import Clinic, Course
from tests.hapi.conftest import BASE
from tests.live import live_service

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def delivering(tmp_path, hapi):
    with live_service(tmp_path / "var", EDUPLAN_DEMO_EHR=hapi, EDUPLAN_BASE_URL=BASE) as live:
        yield live


@pytest.mark.parametrize("each_time", [True, False], ids=["step by step", "all at once"])
def test_a_whole_course_stands_in_the_record_once(delivering, record, each_time):
    answers = deliver_a_course(delivering, record, each_time=each_time)
    last = answers[-1].json()
    assert set(standing(record, last).values()) == {1}
    assert differing(record, last) == []
    plan_id = answers[0].headers["Location"].rsplit("/", 1)[1]
    assert states_of(delivering, plan_id) == ["delivered"] * len(answers)


def test_many_courses_at_once_by_two_workers_stand_there_once_each(delivering, record):
    clinic = Clinic(delivering, record)
    answers = [clinic.sees(Course()) for _ in range(12)]
    with ThreadPoolExecutor(2) as both:
        list(
            both.map(lambda _: delivering.run("work", "--until-empty", "--threads", "3"), range(2))
        )
    for _ in range(20):  # what met another writer waits a moment
        if "0 waiting" in delivering.run("deliveries", "list"):
            break
        delivering.run("work", "--until-empty")
    assert "0 parked, 0 waiting" in delivering.run("deliveries", "list")
    for answer in answers:
        assert set(standing(record, answer.json()).values()) == {1}


def test_the_check_of_a_record_goes_well_and_leaves_nothing_behind(hapi, record):
    steps = list(check_record(record_of(RecordOf(hapi))))
    assert [step.name for step in steps if not step.is_good] == []
    assert [step.seen for step in steps if step.name == "hook"] == ["takes Subscriptions"]
    document = next(step.seen for step in steps if step.name == "write")
    assert record("GET", document).status_code in (404, 410)
