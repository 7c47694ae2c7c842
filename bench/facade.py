"""The façade's ratios: `python -m bench.facade [--plans N] [--database postgresql]`.

Bars: docs/reference/figures.md. Search by patient over many plans beside few; `$apply` beside
encender, an implementation of the same operation in JavaScript, on the same definitions (where
node and npm are present).
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.databases import KINDS, Databases, databases
from bench.load import Measured, burst
from bench.run import Server, Verdict, prepare, serving

FEW = 1_000
PACK = "lumbar-spinal-stenosis"
ENCENDER = "encender@0.7.1"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plans", type=int, default=100_000, help="how many are many")
    options.add_argument("--rounds", type=int, default=41)
    options.add_argument("--database", choices=KINDS, default="sqlite")
    given = options.parse_args()
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        with databases(given.database) as kept, _facades(folder, kept, given.plans) as (few, many):
            rounds = [(_search(many, given.plans), _search(few, FEW)) for _ in range(given.rounds)]
            verdict.at_most(
                1.3,
                statistics.median(a / b for a, b in rounds),
                f"search by patient, p50: {given.plans:,} plans / {FEW:,} ({given.database})",
            )
            took = statistics.median(a for a, _ in rounds)
            print(f"      a search over {given.plans:,}: {took * 1000:.2f} ms at p50")
            if given.database == "sqlite":  # it asks the database for next to nothing
                _beside_encender(few, folder, verdict)
    return verdict.close()


@contextmanager
def _facades(folder: Path, kept: Databases, plans: int) -> Iterator[tuple[Server, Server]]:
    """A service over few plans and one over many, both filled and at rest."""
    few = _filled("service_few", folder, kept, FEW)
    many = _filled("service_many", folder, kept, plans)
    with (
        serving("service_few", folder, few) as small,
        serving("service_many", folder, many) as large,
    ):
        yield small, large


def _filled(name: str, folder: Path, kept: Databases, plans: int) -> str:
    """Fill the database of a server, and return its URL."""
    url = kept.make(name)
    environment = prepare(name, folder, url)
    from bench.fill import fill

    fill(environment, plans)
    kept.settle(url)
    return url


def _search(server: Server, plans: int) -> float:
    """Seconds that half of the searches took at most, one client at a time.

    The patients are drawn from all, so that nearly each is looked for for the first time. A
    round is short, so that what else the machine does falls on both sides.
    """

    def path() -> str:
        return f"/fhir/CarePlan?patient=f-{random.randrange(1, plans + 1)}"

    return _get(server, path, 50, clients=1).percentile(0.5)


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
