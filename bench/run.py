"""`make bench`: what the service costs beside its baselines, as ratios within one run.

Machines are noisy, so A and B alternate (A B A B …), each ratio is taken within its own
round, and the median of the rounds is judged. Bars: docs/reference/figures.md.
Everything is on loopback, bounded, and stops by itself.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.load import Measured, burst
from bench.startup import measure_startup

ROUNDS, REQUESTS = 5, 1_600
ENCOUNTER = (Path(__file__).parent / "data" / "encounter.json").read_bytes()
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server: one gunicorn, two workers, four threads each."""

    name: str
    process: subprocess.Popen
    port: int
    headers: dict[str, str]
    path: str
    expect: int

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def cpu(self) -> float:
        """Seconds of CPU that the workers have used so far."""
        used = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            used += int(fields[11]) + int(fields[12])
        return used / TICKS

    def rss_mb(self) -> float:
        """Memory of the largest worker."""
        return max(_status(pid, "VmRSS") for pid in self.workers()) / 1024


@dataclass(frozen=True)
class Round:
    load: Measured
    cpu_per_request: float


_numbers = count(1)


def encounter() -> bytes:
    """An encounter of a patient nobody has seen before."""
    return ENCOUNTER.replace(b"@N@", str(next(_numbers)).encode())


def measure(server: Server, requests: int = REQUESTS) -> Round:
    before = server.cpu()
    load = burst(
        server.port, server.path, server.headers, encounter, requests=requests, expect=server.expect
    )
    return Round(load, (server.cpu() - before) / requests)


def prepare(name: str, folder: Path, database: str = "") -> dict[str, str]:
    """Make the folder of a server with what must stand there, and return its settings.

    `database` is the URL of its own, or "" for a file of SQLite in its folder.
    """
    own = folder / name
    own.mkdir(exist_ok=True)
    environment = os.environ | {"EDUPLAN_VAR_DIR": str(own), "EDUPLAN_MODE": "demo"}
    if database:
        environment["EDUPLAN_DATABASE_URL"] = database
    if name.startswith("service"):
        _command(environment, "migrate")
        # A Bundle with PDFs says more than the baselines answer.
        printing = () if name == "service_handouts" else ("--no-pdf",)
        _command(environment, "content", "build", *printing)
    return environment


@contextmanager
def serving(name: str, folder: Path, database: str = "") -> Iterator[Server]:
    """Start one of the bench's servers on a free port, warm it up, stop it at the end."""
    own, environment = folder / name, prepare(name, folder, database)
    headers, path, expect = {"Content-Type": "application/fhir+json"}, "/", 200
    if name.startswith("service"):
        token = _command(environment, "token").strip()
        (own / "bench-token").write_text(token)
        headers |= {"Authorization": f"Bearer {token}"}
        path, expect = "/api/v1/encounters", 201
    if name == "naive":
        expect = 201
    port = free_port()
    with (own / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.serve", name, str(port), str(own)],
            env=environment,
            stdout=log,
            stderr=log,
        )
        server = Server(name, process, port, headers, path, expect)
        try:
            await_server(server)
            measure(server, 160)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def side_by_side(a: Server, b: Server, rounds: int) -> list[tuple[Round, Round]]:
    return [(measure(a), measure(b)) for _ in range(rounds)]


def median(pairs: list[tuple[Round, Round]], ratio: Callable[[Round, Round], float]) -> float:
    return statistics.median(ratio(a, b) for a, b in pairs)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = options.parse_args().rounds
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        with serving("service", folder) as ours:
            with serving("bare_commit", folder) as bare:
                pairs = side_by_side(ours, bare, rounds)
                verdict.at_least(
                    0.60,
                    median(pairs, lambda a, b: a.load.per_second / b.load.per_second),
                    "main job / bare commit, requests a second",
                )
                verdict.at_most(1.8, median(pairs, _cpu), "main job / bare commit, server CPU")
                spread = median(
                    pairs, lambda a, _: a.load.percentile(0.99) / a.load.percentile(0.5)
                )
                verdict.at_most(5, spread, "main job, p99 / p50 at 8 clients")
            with serving("service_1000", folder) as many:
                verdict.at_most(
                    1.05,
                    median(side_by_side(many, ours, rounds), _cpu),
                    "1,000 packs / one pack, CPU",
                )
            with serving("naive", folder) as naive:
                verdict.at_least(
                    8, median(side_by_side(naive, ours, rounds), _cpu), "naive / main job, CPU"
                )
            with serving("hello", folder) as hello:
                verdict.at_most(
                    2, ours.rss_mb() / hello.rss_mb(), "worker / hello-world worker, memory"
                )
        verdict.at_most(
            2.5,
            measure_startup(folder / "service", rounds),
            "start to first plan / import flask, CPU",
        )
    return verdict.close()


class Verdict:
    """Prints each ratio with its bar, and counts."""

    def __init__(self) -> None:
        self._passed = self._failed = 0

    def at_least(self, bar: float, value: float, what: str) -> None:
        self._say(value >= bar, value, f"≥ {bar:g}", what)

    def at_most(self, bar: float, value: float, what: str) -> None:
        self._say(value <= bar, value, f"≤ {bar:g}", what)

    def close(self) -> int:
        print(f"{self._passed} passed, {self._failed} failed")
        return 1 if self._failed else 0

    def _say(self, good: bool, value: float, bar: str, what: str) -> None:
        self._passed += good
        self._failed += not good
        print(f"{'ok  ' if good else 'MISS'}  {value:6.2f}  {bar:7}  {what}", flush=True)


def _cpu(a: Round, b: Round) -> float:
    return a.cpu_per_request / b.cpu_per_request


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def _command(environment: dict[str, str], *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def await_server(server: Server) -> None:
    """Ask until it answers, for what loads nothing: "/" leads to the API docs and their machinery.

    The baselines do not know this address; that they say so is answer enough.
    """
    for _ in range(1_200):
        if server.process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health/live", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server {server.name} did not start; see its log")


if __name__ == "__main__":
    sys.exit(main())
