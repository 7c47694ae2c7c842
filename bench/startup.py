"""CPU from the start of a process to its first answered plan, beside `import flask`."""

import compileall
import os
import statistics
import subprocess
import sys
from pathlib import Path

import bench
import service

FIRST_PLAN = """
from bench.first_plan import answer
answer()
"""


def measure_startup(folder: Path, rounds: int) -> float:
    """Return the median ratio over alternating pairs. `folder` has database, keys, content."""
    environment = os.environ | {"EDUPLAN_VAR_DIR": str(folder), "EDUPLAN_MODE": "demo"}
    # An installed copy is compiled to bytecode; so are Flask and all the rest here.
    for package in (service, bench):
        compileall.compile_dir(Path(package.__file__).parent, quiet=2)
    ratios = []
    for _ in range(max(rounds, 5)):
        flask = _cpu("import flask", environment)
        ratios.append(_cpu(FIRST_PLAN, environment) / flask)
    return statistics.median(ratios)


def _cpu(code: str, environment: dict[str, str]) -> float:
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the first plan did not come; run bench/first_plan.py by hand")
    return usage.ru_utime + usage.ru_stime
