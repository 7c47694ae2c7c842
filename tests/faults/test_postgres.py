"""PostgreSQL crashes, or ends every session, while clinicians and records go on.

Two crashes in every run; ten with `make faults`.
"""

import time
from collections import Counter
from contextlib import contextmanager

import pytest
import requests

from tests.commands import run_command, start_command
from tests.faults.form import FULL
from tests.faults.load import Load
from tests.faults.proof import (
    ask,
    drained,
    everything_is_in_the_record_once_and_in_order,
    nothing_is_lost,
)
from tests.faults.site import record, until
from tests.live import Live, live_service

pytestmark = [pytest.mark.real, pytest.mark.slow]

CRASHES = 10 if FULL else 2
BETWEEN = 3.0  # seconds of work
ENDINGS = 40 if FULL else 10
STALL = 15.0  # seconds beyond an outage; a healthy machine takes well under one


@pytest.fixture
def clinic(tmp_path, postgres_url):
    """One service on a database of its own, and the record of its clinic."""
    with record(tmp_path / "record") as kept:
        settings = {"EDUPLAN_DATABASE_URL": postgres_url, "EDUPLAN_DEMO_EHR": kept.base}
        with live_service(tmp_path / "var", **settings) as live:
            yield live, kept


@contextmanager
def at_work(live: Live):
    """A worker and some clients, until they are done with what they began."""
    worker = start_command(live.environment, live.var / "worker.log", "work")
    load = Load([live])
    load.start()
    until(lambda: load.acknowledged > 5)
    try:
        yield load
    finally:
        load.stop()
        worker.terminate()
        assert worker.wait(90) == 0


def all_is_well(live, load: Load, kept, url: str) -> None:
    drained(live, url)
    assert load.faults == []
    nothing_is_lost(load, url)
    everything_is_in_the_record_once_and_in_order(load, url, kept)
    for log in (live.log, (live.var / "worker.log").read_text()):
        assert '"event":"unexpected"' not in log, log[-3_000:]


def test_what_was_acknowledged_survives_every_crash_and_the_pools_heal(
    clinic, postgres, postgres_url, capsys
):
    (live, kept), stalls = clinic, []
    with at_work(live) as load:
        for _ in range(CRASHES):
            time.sleep(BETWEEN)
            postgres.stop("immediate")
            postgres.start()
            back = time.monotonic()
            until(lambda back=back: load.moments[-1] > back)
            stalls.append(load.first_after(back))
    all_is_well(live, load, kept, postgres_url)
    with capsys.disabled():
        print(  # noqa: T201  # a figure, wanted on every run
            f"\n{CRASHES} crashes of PostgreSQL, {load.acknowledged} acknowledged, 0 lost; "
            f"acknowledging again at most {max(stalls):.2f} s after it was back, longest time "
            f"without {load.longest_stall():.2f} s; {dict(Counter(load.failures))}"
        )
    assert max(stalls) < STALL


def test_sessions_that_are_ended_are_noticed_by_nobody(clinic, postgres_url, capsys):
    """As an administrator, a pooler or a failover does it: F10, tried again inside two seconds."""
    live, kept = clinic
    with at_work(live) as load:
        for _ in range(ENDINGS):
            ask(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid != pg_backend_pid()",
            )
            time.sleep(0.3)
    all_is_well(live, load, kept, postgres_url)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nall sessions ended {ENDINGS} times, {load.acknowledged} acknowledged, 0 lost, "
            f"{len(load.failures)} answered otherwise"
        )
    assert load.failures == []


def test_a_server_that_does_not_sync_is_told_and_not_worked_on(clinic, postgres):
    live, _ = clinic
    monitor = live.token("monitor")
    postgres.set("fsync", "off")
    try:
        answer = live.call("GET", "/health/ready", monitor)
        assert (answer.status_code, "fsync = on" in answer.json()["database"]) == (503, True)
        for words in (("serve", "--port", "0"), ("work", "--until-empty")):
            done = run_command(*words, environment=live.environment, timeout=60)
            assert done.returncode == 1
            assert "fsync = on" in done.stderr
            assert done.stderr.count("\n") == 1
    finally:
        postgres.set("fsync", "on")
    assert requests.get(f"{live.url}/health/ready", timeout=30).ok
