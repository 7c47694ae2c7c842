"""Programs that are killed, or told that the disk is full, at their n-th system call (strace)."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import run_command

PATIENCE = 600  # seconds for one program; a busy machine is slow, and no fault is to hang it
MODULE = (sys.executable, "-m")
COUNTED = re.compile(r"^\s*\S+\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)


def is_there() -> bool:
    return shutil.which("strace") is not None


@dataclass(frozen=True)
class Program:
    """A module of the tests with its words, run in a process of its own."""

    words: tuple[str, ...]
    environment: dict[str, str]

    def count(self, folder: Path, *calls: str) -> dict[str, int]:
        """How often the program makes each of these system calls."""
        told = folder / "counted"
        self._run("-c", "-o", str(told), "-e", f"trace={','.join(calls)}")
        found = {name: int(many) for many, name in COUNTED.findall(told.read_text())}
        return {call: found.get(call, 0) for call in calls}

    def injected(
        self,
        call: str,
        what: str,
        number: int,
        *,
        onwards: bool = False,
        trace: Path = Path("/dev/null"),
    ):
        """Run it with `what` (`signal=KILL`, `error=ENOSPC`) at the n-th such call."""
        when = f"{number}+" if onwards else str(number)
        inject = f"inject={call}:{what}:when={when}"
        return self._run("-o", str(trace), "-e", f"trace={call}", "-e", inject)

    def run(self) -> subprocess.CompletedProcess:
        return self._under(*MODULE)

    def _run(self, *options: str) -> subprocess.CompletedProcess:
        return self._under("strace", "-f", "-qq", *options, *MODULE)

    def _under(self, *command: str) -> subprocess.CompletedProcess:
        return run_command(
            *self.words, environment=self.environment, command=command, timeout=PATIENCE
        )


def was_met(trace: Path) -> bool:
    """Whether an error was injected: a program that copes with it ends as if there was none."""
    return "(INJECTED)" in trace.read_text(errors="replace")


def spread(many: int, points: int) -> list[int]:
    """At most so many of the numbers 1 to `many`, evenly, the first and the last among them."""
    if many <= points:
        return list(range(1, many + 1))
    return sorted({1 + round(step * (many - 1) / (points - 1)) for step in range(points)})


# What was swept in this run: points, and those at which the fault was met.
SWEPT: Counter[str] = Counter()


def told(capsys: pytest.CaptureFixture, where: str, points: int, hits: int) -> None:
    """Print a figure that is wanted on every run, and count it into the sum (conftest.py).

    Raises:
        AssertionError: hardly any fault was met, so nothing is shown. strace counts the calls of
            each thread by itself, so that the last points of several threads are met by none.
    """
    assert hits * 4 >= points, f"{where}: of {points} points only {hits} were met"
    SWEPT.update(points=points, hits=hits)
    with capsys.disabled():
        print(f"\n{where}: {points} points, {hits} hit, 0 lost, 0 twice, 0 torn")  # noqa: T201
