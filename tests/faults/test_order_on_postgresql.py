"""No 2xx leaves before the server has synced what it acknowledges, in the order of system calls.

Service and server are watched together while one client posts, so what comes between two
answers belongs to the second. That the watch can fail is shown on a service whose sessions
let the server answer first.
"""

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.faults.site import children, until
from tests.faults.strace import is_there
from tests.faults.test_order import ANSWER, REQUESTS, post_some
from tests.live import SERVE, live_service

pytestmark = [pytest.mark.real, pytest.mark.slow]

CALLS = "recvfrom,sendto,sendmsg,write,fsync,fdatasync"
HASTILY = (sys.executable, "-m", "tests.faults.serve_hastily", "{port}")
# A session is told COMMIT, and tells that it is done (PostgreSQL's protocol, CommandComplete).
DONE = r"C\0\0\0\vCOMMIT"
TOLD = re.compile(r'^(\d+) .*recvfrom.*"[^"]*COMMIT')
SAID = re.compile(r'^(\d+) .*sendto\(.*"[^"]*' + re.escape(DONE))
SYNC = re.compile(r"^(\d+) .*f(?:data)?sync\(\d+<[^>]*/pg_wal/[^>]*>(.*)$")
SYNC_DONE = re.compile(r"^(\d+) .*<\.\.\. f(?:data)?sync resumed>.*= 0$")


@dataclass
class Watch:
    """Reads the system calls in their order.

    A session that changed something syncs the log itself between COMMIT and its answer; the
    server's own writer only does so for sessions that do not wait for it.
    """

    answers: int = 0
    early: int = 0
    synced: int = 0
    _committing: dict[str, bool] = field(default_factory=dict)  # by session: has it synced?
    _syncing: set[str] = field(default_factory=set)
    _is_safe: bool = False

    def read(self, line: str) -> None:
        if (told := TOLD.search(line)) and DONE not in line:
            self._committing[told[1]] = False
        elif found := SYNC.search(line):
            if found[2].endswith("= 0"):
                self._has_synced(found[1])
            elif "unfinished" in found[2]:
                self._syncing.add(found[1])
        elif (found := SYNC_DONE.search(line)) and found[1] in self._syncing:
            self._syncing.discard(found[1])
            self._has_synced(found[1])
        elif said := SAID.search(line):
            self._is_safe |= self._committing.pop(said[1], False)
        elif ANSWER.search(line):
            self.answers += 1
            self.early += not self._is_safe
            self._is_safe = False

    def _has_synced(self, session: str) -> None:
        if session in self._committing:
            self.synced += 1
            self._committing[session] = True


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    return [pid, *(each for child in children(pid) for each in family(int(child)))]


def is_watched(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "TracerPid:\t0" not in status.read_text()


@contextmanager
def watched(trace: Path, *pids: int):
    """Watch these processes, and those that they start meanwhile."""
    every = [each for pid in pids for each in family(pid)]
    words = [word for pid in every for word in ("-p", str(pid))]
    options = ["-f", "-qq", "-y", "-s", "100", "-e", f"trace={CALLS}", "-e", "signal=none"]
    process = subprocess.Popen(["strace", *options, "-o", str(trace), *words])
    try:
        until(lambda: all(is_watched(pid) for pid in every), 60)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def traced(postgres, url: str, tmp_path: Path, words=SERVE) -> Watch:
    if not is_there():
        missing("there is no strace")
    server = int((postgres.data / "postmaster.pid").read_text().split()[0])
    trace = tmp_path / "trace"
    with (
        live_service(tmp_path / "var", words, EDUPLAN_DATABASE_URL=url) as live,
        watched(trace, server, live.process.pid),
    ):
        post_some(live.url, live.var)
    watch = Watch()
    for line in trace.read_text(errors="replace").splitlines():
        watch.read(line)
    return watch


def test_every_acknowledgement_leaves_after_the_servers_sync(
    postgres, postgres_url, tmp_path, capsys
):
    watch = traced(postgres, postgres_url, tmp_path)
    with capsys.disabled():
        print(  # noqa: T201  # a figure, wanted on every run
            f"\n{watch.answers} acknowledgements on PostgreSQL, {watch.synced} syncs of its log "
            f"by their sessions, {watch.early} too early"
        )
    assert watch.early == 0
    assert watch.answers >= REQUESTS


def test_a_service_whose_server_syncs_later_is_found_out(postgres, postgres_url, tmp_path):
    watch = traced(postgres, postgres_url, tmp_path, HASTILY)
    assert watch.answers >= REQUESTS
    assert watch.early >= REQUESTS * 0.9
