"""The PostgreSQL server is lost and its standby takes over; nobody restarts anything (F9)."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.faults.load import Load
from tests.faults.proof import ask, nothing_is_lost
from tests.faults.site import until
from tests.live import live_service
from tests.postgres import Cluster, program

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def pair():
    """A server and its synchronous standby."""
    if not program("pg_basebackup"):
        missing("there is no PostgreSQL (pg_basebackup)")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    first = Cluster(folder / "first")
    first.start()
    second = Cluster(folder / "second", of=first)
    second.start()
    try:
        first.set("synchronous_standby_names", "'*'")
        yield first, second
    finally:
        for cluster in (first, second):
            with suppress(AssertionError):  # it may be stopped already
                cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def test_the_standby_takes_over_and_nothing_that_was_acknowledged_is_lost(pair, tmp_path, capsys):
    first, second = pair
    first.make("clinic")
    hosts = ",".join(f"127.0.0.1:{each.port}" for each in pair)
    url = f"postgresql://postgres@{hosts}/clinic?target_session_attrs=read-write"
    with live_service(tmp_path / "var", EDUPLAN_DATABASE_URL=url) as live:
        load = Load([live])
        load.start()
        until(lambda: load.acknowledged > 30, 120)
        first.stop("immediate")
        lost = load.acknowledged
        second.promote()
        second.set("synchronous_standby_names", "''")  # it has no standby of its own
        until(lambda: load.acknowledged > lost + 30, 120)
        load.stop()
        assert live.call("GET", "/health/ready", "").ok
    assert load.faults == []
    nothing_is_lost(load, url)
    assert ask(url, "SELECT inet_server_port()") == [(second.port,)]
    with capsys.disabled():
        print(  # noqa: T201  # a figure, wanted on every run
            f"\na standby took over: {load.acknowledged} acknowledged, 0 lost, longest time "
            f"without {load.longest_stall():.1f} s"
        )
