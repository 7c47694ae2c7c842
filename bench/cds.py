"""The figure of CDS Hooks: `python -m bench.cds`. Its bar: docs/reference/figures.md.

The service beside HealthChain, which serves the same card without looking for it: no token, no
database, no codes. Skipped where HealthChain cannot be installed.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import burst
from bench.run import Server, Verdict, await_server, free_port, serving
from service.identity.demo_issuer import DemoIssuer

HEALTHCHAIN = "healthchain==0.16.1"
ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".cache" / "healthchain-0.16.1"
SERVICE = "/cds-services/education-plan-patient-view"
THEIRS = "/cds/cds-services/card"
REQUESTS = 1_600
JSON = {"Content-Type": "application/json"}
CALL = {
    "hook": "patient-view",
    "hookInstance": str(uuid.UUID(int=7, version=4)),
    "context": {"userId": "Practitioner/fys1", "patientId": "anna"},
    "prefetch": {
        "conditions": {
            "resourceType": "Condition",
            "id": "back",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "18347007"}]},
            "subject": {"reference": "Patient/anna"},
        }
    },
}
BODY = json.dumps(CALL).encode()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    python = healthchain()
    if python is None:
        print(f"skip  {HEALTHCHAIN} cannot be installed here")
        return 0
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        folder = Path(name)
        with serving("service_cds", folder) as ours:
            issuer = DemoIssuer(folder / "service_cds" / "demo-issuer")
            card = folder / "card.json"
            card.write_bytes(_card(ours, issuer))
            print(f"      the card: {card.stat().st_size:,} bytes")
            with _theirs(python, card, folder) as theirs:
                pairs = [
                    (_ours(ours, issuer), _burst(theirs, THEIRS, [JSON])) for _ in range(rounds)
                ]
                for_one = [statistics.median(side) * 1e6 for side in zip(*pairs, strict=True)]
                print(
                    f"      CPU of a request: {for_one[0]:.0f} µs, HealthChain {for_one[1]:.0f} µs"
                )
                ratio = statistics.median(a / b for a, b in pairs)
                verdict.at_most(0.8, ratio, "a card / HealthChain serving the same card, CPU")
    return verdict.close()


def healthchain() -> Path | None:
    """The Python of an environment with HealthChain, made once and kept; None without it."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        for order in (
            [uv, "venv", "-q", "--clear", PLACE],
            [uv, "pip", "install", "-q", "--python", python, HEALTHCHAIN],
        ):
            if subprocess.run(order, capture_output=True).returncode:
                return None
    return python


def _card(ours: Server, issuer: DemoIssuer) -> bytes:
    """What the service answers, for the other to serve."""
    address = f"http://127.0.0.1:{ours.port}{SERVICE}"
    request = urllib.request.Request(address, BODY, _signed(issuer))
    with urllib.request.urlopen(request) as answer:
        (card,) = json.load(answer)["cards"]
    return json.dumps(card, ensure_ascii=False).encode()


def _signed(issuer: DemoIssuer) -> dict[str, str]:
    token = issuer.call_token(f"http://127.0.0.1:8080{SERVICE}", tenant="demo")
    return JSON | {"Authorization": f"Bearer {token}"}


def _ours(server: Server, issuer: DemoIssuer) -> float:
    """Every call is signed anew, before the round."""
    return _burst(server, SERVICE, [_signed(issuer) for _ in range(REQUESTS)])


def _burst(server: Server, path: str, headers: list[dict[str, str]]) -> float:
    """Seconds of CPU of the server for one request."""
    before = server.cpu()
    turns = iter(headers * (REQUESTS // len(headers)))
    burst(server.port, path, lambda: next(turns), lambda: BODY, requests=REQUESTS)
    return (server.cpu() - before) / REQUESTS


@contextmanager
def _theirs(python: Path, card: Path, folder: Path) -> Iterator[Server]:
    port = free_port()
    order = [python, ROOT / "bench" / "healthchain_card.py", str(port), str(card)]
    with (folder / "healthchain.log").open("w") as log:
        process = subprocess.Popen(order, stdout=log, stderr=log, env=os.environ, cwd=folder)
    server = Server("healthchain", process, port, JSON, THEIRS, 200)
    try:
        await_server(server)
        _burst(server, THEIRS, [JSON])
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
