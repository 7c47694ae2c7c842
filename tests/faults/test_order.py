"""No 2xx leaves before what it acknowledges is on the disk (power cut): the system calls in order.

The real service is watched while it answers. That the watch can fail is shown on a service
that opens SQLite with synchronous=NORMAL, which syncs later than it answers.
"""

import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.commands import clean_environment, run_command, start_command
from tests.conftest import missing
from tests.faults.form import FULL
from tests.faults.site import until
from tests.faults.strace import MODULE, is_there
from tests.live import free_port, prepared
from tests.posted import a_visit

pytestmark = [pytest.mark.real, pytest.mark.slow]

REQUESTS = 1_000 if FULL else 40
WRITE = re.compile(r"p?write(?:v|64)?\(\d+<[^>]*\.sqlite(?:-wal|-journal)?>")
SYNC = re.compile(r"f(?:data)?sync\(\d+<([^>]*\.sqlite(?:-wal|-journal)?)>.*= 0$")
SYNC_DONE = re.compile(r"(\d+) .*<\.\.\. f(?:data)?sync resumed>.*= 0$")
ANSWER = re.compile(r'(?:sendto|sendmsg|write)\(\d+<(?:socket|TCP)[^"]*"HTTP/1.1 2')
CALLS = "pwrite64,write,writev,fsync,fdatasync,sendto,sendmsg"


def judge(trace: str) -> tuple[int, int, int]:
    """How many 2xx left, how many of them too early, and how many syncs there were.

    One client asks, so whatever is not synced belongs to the request that is answered.
    """
    unsynced, answers, early, syncs = False, 0, 0, 0
    for line in trace.splitlines():
        if WRITE.search(line):
            unsynced = True
        elif SYNC.search(line) or SYNC_DONE.search(line):
            unsynced, syncs = False, syncs + 1
        elif ANSWER.search(line):
            answers += 1
            early += unsynced
    return answers, early, syncs


@contextmanager
def watched(var: Path, trace: Path, *words: str):
    """A service under strace; its address. At the end it is stopped and the trace is whole."""
    port = free_port()
    options = ["-f", "-qq", "-y", "-s", "24", "-e", f"trace={CALLS}", "-e", "signal=none"]
    process = start_command(
        clean_environment(MODE="demo", VAR_DIR=str(var)),
        var.parent / "log",
        *(*words, str(port)),
        command=("strace", *options, "-o", str(trace), *MODULE),
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_ready(url), 120)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            subprocess.run(["kill", child], check=False)
        process.wait(60)


def is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/ready", timeout=2).ok
    except requests.ConnectionError:
        return False


def post_some(url: str, var: Path) -> None:
    """New plans, one after the other, each answered with 201."""
    environment = clean_environment(MODE="demo", VAR_DIR=str(var))
    done = run_command("token", "--role", "system", environment=environment)
    headers = {
        "Authorization": f"Bearer {done.stdout.strip()}",
        "Content-Type": "application/fhir+json",
    }
    with requests.Session() as session:
        for number in range(REQUESTS):
            answer = session.post(
                f"{url}/api/v1/encounters",
                json=a_visit(f"p{number}", f"e{number}"),
                headers=headers,
                timeout=60,
            )
            assert answer.status_code == 201, answer.text


def traced(tmp_path: Path, *words: str) -> tuple[int, int, int]:
    if not is_there():
        missing("there is no strace")
    var, trace = tmp_path / "var", tmp_path / "trace"
    for name in ("packs", "handouts"):
        shutil.copytree(prepared() / name, var / name)
    with watched(var, trace, *words) as url:
        post_some(url, var)
    return judge(trace.read_text(errors="replace"))


def test_every_acknowledgement_leaves_after_its_sync(tmp_path, capsys):
    answers, early, syncs = traced(
        tmp_path, "service", "serve", "--workers", "1", "--threads", "4", "--port"
    )
    with capsys.disabled():
        print(f"\n{answers} acknowledgements, {syncs} syncs, {early} too early")  # noqa: T201
    assert early == 0
    assert answers >= REQUESTS
    assert syncs >= REQUESTS


def test_a_service_that_syncs_later_than_it_answers_is_found_out(tmp_path):
    answers, early, _ = traced(tmp_path, "tests.faults.serve_hastily")
    assert answers >= REQUESTS
    assert early >= REQUESTS * 0.9
