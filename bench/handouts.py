"""The handouts' ratios: `python -m bench.handouts`. Bars: docs/reference/figures.md.

A page and a PDF of the service beside a constant body of the same bytes; and how long the
content takes to build from nothing.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.load import burst
from bench.run import Server, Verdict, serving

HANDOUT = "/api/v1/packs/lumbar-spinal-stenosis/handouts/treatment"
REQUESTS = 2_400
MOST_SECONDS = 10


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        seconds, cpu = _build(folder / "build")
        print(f"      content build from nothing: {seconds:.1f} s, {cpu:.1f} s of CPU")
        verdict.at_most(MOST_SECONDS, seconds, "content build of the pack, seconds")
        with serving("service_handouts", folder) as ours:
            (folder / "constant").mkdir()
            shown = {"page": f"{HANDOUT}.html", "pdf": f"{HANDOUT}.pdf"}
            for form, path in list(shown.items()):
                content = _fetch(ours, path)
                if content is None:
                    print(f"skip  the {form}: it was not made here (the extra `pdf`)")
                    del shown[form]
                (folder / "constant" / form).write_bytes(content or b"")
            with serving("constant", folder) as constant:
                for form, path in shown.items():
                    pairs = _side_by_side((ours, path), (constant, f"/{form}"), rounds)
                    requests = statistics.median(a.per_second / b.per_second for a, b in pairs)
                    verdict.at_least(
                        0.8, requests, f"a handout's {form} / a constant body, requests a second"
                    )
                    cpu = statistics.median(a.cpu / b.cpu for a, b in pairs)
                    print(f"      the same by the CPU of the servers: {1 / cpu:.2f}")
    return verdict.close()


def _build(folder: Path) -> tuple[float, float]:
    """Seconds, and seconds of CPU, that `content build` takes with nothing there."""
    environment = os.environ | {"EDUPLAN_VAR_DIR": str(folder), "EDUPLAN_MODE": "demo"}
    command = [sys.executable, "-m", "service", "content", "build"]
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    seconds, after = time.perf_counter() - began, os.times()
    shutil.rmtree(folder)
    used = after.children_user + after.children_system
    return seconds, used - before.children_user - before.children_system


@dataclass(frozen=True)
class Round:
    per_second: float
    cpu: float


def _side_by_side(
    ours: tuple[Server, str], constant: tuple[Server, str], rounds: int
) -> list[tuple[Round, Round]]:
    """Both get the same requests, the token too, which only one of them looks at."""
    headers = {"Authorization": ours[0].headers["Authorization"]}
    for server, path in (ours, constant):
        _burst(server, path, headers)
    return [(_burst(*ours, headers), _burst(*constant, headers)) for _ in range(rounds)]


def _burst(server: Server, path: str, headers: dict[str, str]) -> Round:
    before = server.cpu()
    load = burst(server.port, path, headers, None, requests=REQUESTS)
    return Round(load.per_second, server.cpu() - before)


def _fetch(server: Server, path: str) -> bytes | None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", headers=server.headers
    )
    try:
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError:
        return None


if __name__ == "__main__":
    sys.exit(main())
