"""The processes of a clinic, each of which may be killed: workers, and the record they write to."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import requests

from tests.commands import clean_environment, start_command
from tests.live import free_port


def kill(process: subprocess.Popen) -> None:
    """Kill it with all that it started, as a power cut would."""
    for child in (int(each) for each in children(process.pid)):
        os.kill(child, signal.SIGKILL)
    process.kill()
    process.wait(10)


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def until(what: Callable[[], bool], patience: float = 60, every: float = 0.05) -> None:
    """Wait until it is so.

    Raises:
        AssertionError: it was not in time (seconds).
    """
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < patience, "it took too long"
        time.sleep(every)


@dataclass
class Kept:
    """The stand-in's file, read past its REST: what it was given, version by version."""

    base: str
    file: Path

    def rows(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()

    def twice(self) -> list[tuple]:
        """Identities that more than one resource has."""
        return self.rows(
            "SELECT kind, value FROM token WHERE name IN ('identifier', '_tag')"
            " AND value LIKE '%urn:uuid:%' GROUP BY kind, value HAVING count(DISTINCT id) > 1"
        )

    def courses(self) -> dict[str, list[int]]:
        """Of each CarePlan by its identity, how many goals each of its versions had."""
        found: dict[str, list[int]] = {}
        kept = "SELECT body FROM resource WHERE kind = 'CarePlan' ORDER BY id, version"
        for (body,) in self.rows(kept):
            plan = orjson.loads(body)
            name = plan["identifier"][0]["value"]
            found.setdefault(name, []).append(len(plan.get("goal", ())))
        return found


@contextmanager
def record(folder: Path) -> Iterator[Kept]:
    """A stand-in for a record in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = clean_environment(MODE="demo", VAR_DIR=str(folder))
    process = start_command(environment, folder / "log", "stand-in", "--port", str(port))
    try:
        until(lambda: _answers(f"{base}/metadata"))
        yield Kept(base, folder / "stand-in-record.sqlite")
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False
