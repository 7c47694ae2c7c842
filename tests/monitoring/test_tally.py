"""Requests are counted over all workers, also over those that have ended."""

import os
import subprocess
import sys

import pytest

from service.monitoring.tally import Tally
from tests.live import ROOT

SLOT = """
import sys
from pathlib import Path
from service.monitoring.tally import Tally

tally = Tally()
tally.begin(Path(sys.argv[1]), int(sys.argv[2]))
line = {"method": "GET", "route": "/api/v1/plans/<plan_id>", "status": 200, "ms": 4.0}
for _ in range(int(sys.argv[3])):
    tally.request(line)
sys.stdout.write(tally.text().decode())
"""
COUNT = (
    'education_plan_request_seconds_count{method="GET",route="/api/v1/plans/<plan_id>",'
    'status="200"} '
)


@pytest.fixture
def worker(tmp_path):
    """Run a worker of its own process that counts so many requests; what it then tells."""

    def run(slot: int, many: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", SLOT, str(tmp_path), str(slot), str(many)],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


def test_whichever_worker_is_asked_tells_what_all_of_them_counted(worker):
    worker(0, 3)
    assert f"{COUNT}7.0" in worker(1, 4)


def test_a_worker_that_takes_anothers_place_goes_on_counting_there(worker, tmp_path):
    worker(0, 3)
    files = sorted(tmp_path.iterdir())
    assert f"{COUNT}5.0" in worker(0, 2)
    assert sorted(tmp_path.iterdir()) == files


def test_nothing_is_counted_or_loaded_before_it_begins():
    tally = Tally()
    tally.request({"method": "GET", "route": "/", "status": 200, "ms": 1.0})
    assert b"request_seconds" not in tally.text()


def test_what_has_no_name_of_ours_is_counted_under_one_name(tmp_path):
    code = SLOT.replace('"GET"', '""').replace('"/api/v1/plans/<plan_id>"', '""')
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "0", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert 'count{method="other",route="none",status="200"} 2.0' in told
