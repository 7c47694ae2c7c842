"""How gunicorn serves us: `gunicorn -c python:service.gunicorn_conf service.wsgi:app`.

`education-plan serve` uses the same, after it has brought database and content up to date.
What is said on gunicorn's command line wins over what stands here.
"""

import gc
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from service.monitoring.tally import NAME

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # no disk is to be waited for
_IN_MEMORY = str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None

bind = "127.0.0.1:8080"

# Threads, for a request mostly waits for the disk; a second process for the second core. A
# slow client holds a thread, so slow clients are the job of the proxy (deploy/nginx.conf).
workers = 2
threads = 4
worker_class = "service.serving.Worker"
# Loaded once, before the fork: the workers share its memory, and a fault stops the start.
preload_app = True
if _IN_MEMORY:
    worker_tmp_dir = _IN_MEMORY

# A worker's main loop beats every second; one that does not for half a minute hangs.
timeout = 30
# What was begun is finished: the longest request waits two seconds for the database, twice.
graceful_timeout = 30
# Longer than the pause of a person's browser between a page and its style sheet.
keepalive = 15
# A leak nobody has found yet must not grow for ever; the jitter lets one worker go at a time.
max_requests = 50_000
max_requests_jitter = 5_000

# Well above the longest address of ours, a search with many identities.
limit_request_line = 4094
# Our addresses come from EDUPLAN_BASE_URL: no header of a proxy is believed, whoever sends it.
forwarded_allow_ips = ""
forwarder_headers = ""
header_map = "drop"
# gunicorn 27 would open a socket in the home folder through which it can be commanded.
control_socket_disable = True

logger_class = "service.serving.Log"


def on_starting(server: Any) -> None:
    """Before the workers fork: spare the application's objects the search for garbage.

    What stands before the first request stays, so no collection need look at it; and a
    request makes far more containers than Python's default threshold, all of which are
    gone at its end. Workers inherit both: 6 % of the CPU of a request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    server.counts = tempfile.mkdtemp(prefix="education-plan-", dir=_IN_MEMORY)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker the lowest slot that is free, so that counts go on where one ended."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in count() if slot not in taken)
    worker.counts = Path(server.counts)


def post_worker_init(worker: Any) -> None:
    """Begin to count requests, if it is an application of ours."""
    tally = getattr(worker.wsgi, "extensions", {}).get(NAME)
    if tally is not None:
        tally.begin(worker.counts, worker.slot)


def on_exit(server: Any) -> None:
    shutil.rmtree(server.counts, ignore_errors=True)
