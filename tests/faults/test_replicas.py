"""Two replicas and two workers on one PostgreSQL; one of each is killed under load."""

import shutil
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.commands import start_command
from tests.faults.form import FULL
from tests.faults.load import Load
from tests.faults.proof import (
    drained,
    everything_is_in_the_record_once_and_in_order,
    nothing_is_lost,
)
from tests.faults.site import kill, record, until
from tests.live import Live, live_service

pytestmark = [pytest.mark.real, pytest.mark.slow]

ENOUGH = 2_000 if FULL else 100  # acknowledgements


@pytest.fixture
def site(tmp_path, postgres_url):
    """Two replicas of two gunicorn workers each, and the record of their clinic."""
    with ExitStack() as stack:
        kept = stack.enter_context(record(tmp_path / "record"))
        settings = {"EDUPLAN_DATABASE_URL": postgres_url, "EDUPLAN_DEMO_EHR": kept.base}
        first = stack.enter_context(live_service(tmp_path / "one", **settings))
        shutil.copytree(tmp_path / "one", tmp_path / "two")  # the same secret and keys
        second = stack.enter_context(live_service(tmp_path / "two", **settings))
        yield (first, second), kept


def worker_of(live: Live):
    return start_command(live.environment, live.var / "worker.log", "work", "--threads", "2")


def test_a_replica_and_a_worker_are_killed_and_nothing_is_lost_twice_or_out_of_order(
    site, postgres_url, capsys
):
    replicas, kept = site
    workers = [worker_of(live) for live in replicas]
    load = Load(replicas)
    load.start()
    until(lambda: load.acknowledged > ENOUGH // 3, 300)
    kill(replicas[0].process)
    until(lambda: load.acknowledged > ENOUGH * 2 // 3, 300)
    kill(workers[0])
    until(lambda: load.acknowledged > ENOUGH, 300)
    load.stop()
    workers[1].terminate()
    assert workers[1].wait(60) == 0
    drained(replicas[1], postgres_url)

    assert load.faults == []
    nothing_is_lost(load, postgres_url)
    everything_is_in_the_record_once_and_in_order(load, postgres_url, kept)
    with capsys.disabled():
        print(  # noqa: T201  # a figure, wanted on every run
            f"\n{load.acknowledged} acknowledged of {len(load.told)} courses by two replicas, "
            f"{dict(Counter(load.failures))} sent again, all in the record once"
        )
