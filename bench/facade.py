"""The façade's ratios: `python -m bench.facade [--plans N]`. Bars: docs/reference/figures.md.

Search by patient over many plans beside few; `$apply` beside encender, an implementation of
the same operation in JavaScript, on the same definitions (where node and npm are present).
"""

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from bench.load import Measured, burst
from bench.run import Server, Verdict, prepare, serving

FEW = 1_000
PACK = "lumbar-spinal-stenosis"
ENCENDER = "encender@0.7.1"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plans", type=int, default=100_000, help="how many are many")
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        _fill("service_few", folder, FEW)
        _fill("service_many", folder, given.plans)
        with serving("service_few", folder) as few, serving("service_many", folder) as many:
            verdict.at_most(
                1.3,
                statistics.median(
                    _search(many, given.plans) / _search(few, FEW) for _ in range(given.rounds)
                ),
                f"search by patient, p50: {given.plans:,} plans / {FEW:,}",
            )
            _beside_encender(few, folder, verdict)
    return verdict.close()


def _fill(name: str, folder: Path, plans: int) -> None:
    environment = prepare(name, folder)
    from bench.fill import fill

    fill(environment, plans)


def _search(server: Server, plans: int) -> float:
    """Seconds that half of the searches took at most, one client at a time."""

    def path() -> str:
        return f"/fhir/CarePlan?patient=f-{random.randrange(1, plans + 1)}"

    return _get(server, path, 300, clients=1).percentile(0.5)


def _get(server: Server, path: Any, requests: int, clients: int = 4) -> Measured:
    return burst(server.port, path, server.headers, None, requests=requests, clients=clients)


def _beside_encender(server: Server, folder: Path, verdict: Verdict) -> None:
    """Bars: as many microseconds of CPU, HTTP included on our side only."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("skip  $apply beside encender: node and npm are not there")
        return
    order = ["npm", "install", "--silent", "--prefix", str(folder), "--ignore-scripts", ENCENDER]
    subprocess.run(order, check=True, capture_output=True)
    plan = _read(server, f"PlanDefinition/{PACK}")
    del plan["library"]  # our manifest; encender takes every library for compiled CQL
    definitions = [
        plan,
        *(e["resource"] for e in _read(server, "ActivityDefinition")["entry"]),
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Testesen"}]},
    ]
    (folder / "definitions.json").write_text(json.dumps(definitions))
    script = Path(__file__).with_name("encender.mjs")
    order = ["node", str(script), str(folder), str(folder / "definitions.json"), "300"]
    theirs = json.loads(subprocess.run(order, check=True, capture_output=True, text=True).stdout)
    path = f"/fhir/PlanDefinition/{PACK}/$apply?subject=Patient/p1"
    actions = _read(server, path.removeprefix("/fhir/"))["contained"][0]["action"]
    ours = [action["code"][0]["coding"][0]["code"] for action in actions]
    if sorted(ours) != sorted(theirs["codes"]):
        raise RuntimeError(f"other topics: {ours} and {theirs['codes']}")
    _get(server, path, 200)
    before = server.cpu()
    _get(server, path, 2_000)
    microseconds = (server.cpu() - before) / 2_000 * 1e6
    verdict.at_least(5, theirs["microseconds"] / microseconds, "$apply: encender / ours, CPU")
    seconds = _get(server, path, 400, clients=1).percentile(0.5)
    print(f"      $apply over HTTP, one client: {seconds * 1000:.2f} ms at p50")


def _read(server: Server, path: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/fhir/{path}", headers=server.headers
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
