"""The figure of CDS Hooks: `python -m bench.cds`. Its bar: docs/reference/figures.md.

The service beside HealthChain, which serves the same card without looking for it: no database, no
codes. CDS Hooks asks whoever serves a card to know who called; HealthChain as it comes lets
everybody in, so a check of the token stands in front of it (PyJWT, the keys at hand, the `jti` in
memory). Without that check it is told, too, and not judged. Calls are signed by RS384, one of the
two that the specification names. Skipped where HealthChain cannot be installed.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.load import burst
from bench.run import Server, Verdict, await_server, free_port, serving

HEALTHCHAIN = "healthchain==0.16.1"
ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".cache" / "healthchain-0.16.1"
SERVICE = "/cds-services/education-plan-patient-view"
THEIRS = "/cds/cds-services/card"
REQUESTS = 1_600
ISSUER, KEY, ALGORITHM = "https://record.example", "bench", "RS384"
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
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name, _client() as client:
        folder = Path(name)
        os.environ["EDUPLAN_TENANTS"] = str(client.clinics(folder))
        with serving("service_cds", folder) as ours:
            card = folder / "card.json"
            card.write_bytes(_card(ours, client))
            print(f"      the card: {card.stat().st_size:,} bytes")
            with (
                _theirs(python, card, folder) as plain,
                _theirs(python, card, folder, client.keys()) as checked,
            ):
                told = [
                    (
                        _signed_calls(ours, SERVICE, client),
                        _burst(plain, THEIRS, [JSON]),
                        _signed_calls(checked, THEIRS, client),
                    )
                    for _ in range(rounds)
                ]
    for_one = [statistics.median(side) * 1e6 for side in zip(*told, strict=True)]
    print(
        "      CPU of a request: {:.0f} µs, HealthChain {:.0f}, with tokens {:.0f}".format(*for_one)
    )
    plain_ratio = statistics.median(a / b for a, b, _ in told)
    print(f"      {plain_ratio:.2f}  of HealthChain that lets everybody in")
    ratio = statistics.median(a / c for a, _, c in told)
    verdict.at_most(0.8, ratio, "a card / HealthChain serving the same card, both with tokens, CPU")
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


class Client:
    """A record that signs its calls; its public key is at an address of its own."""

    def __init__(self, jwks_url: str) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._jwks_url = jwks_url

    def keys(self) -> str:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return json.dumps({"keys": [public | {"kid": KEY, "alg": ALGORITHM, "use": "sig"}]})

    def clinics(self, folder: Path) -> Path:
        """The file of clinics with the one that trusts it."""
        client = {"issuer": ISSUER, "jwks_url": self._jwks_url}
        file = folder / "clinics.yaml"
        file.write_text(json.dumps({"clinic": {"cds_hooks": {"clients": [client]}}}))
        return file

    def signed(self) -> dict[str, str]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": f"http://127.0.0.1:8080{SERVICE}",
            "iat": now,
            "exp": now + 240,
            "jti": str(uuid.uuid4()),
        }
        token = jwt.encode(claims, self._key, ALGORITHM, headers={"kid": KEY})
        return JSON | {"Authorization": f"Bearer {token}"}


@contextmanager
def _client() -> Iterator[Client]:
    with tempfile.TemporaryDirectory(prefix="education-plan-bench-") as name:
        serve = partial(Quiet, directory=name)
        with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            client = Client(f"http://127.0.0.1:{server.server_port}/jwks.json")
            Path(name, "jwks.json").write_text(client.keys())
            yield client
            server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *told: object) -> None: ...


def _card(ours: Server, client: Client) -> bytes:
    """What the service answers, for the other to serve."""
    address = f"http://127.0.0.1:{ours.port}{SERVICE}"
    request = urllib.request.Request(address, BODY, client.signed())
    with urllib.request.urlopen(request) as answer:
        (card,) = json.load(answer)["cards"]
    return json.dumps(card, ensure_ascii=False).encode()


def _signed_calls(server: Server, path: str, client: Client) -> float:
    """Every call is signed anew, before the round."""
    return _burst(server, path, [client.signed() for _ in range(REQUESTS)])


def _burst(server: Server, path: str, headers: list[dict[str, str]]) -> float:
    """Seconds of CPU of the server for one request."""
    before = server.cpu()
    turns = iter(headers * (REQUESTS // len(headers)))
    burst(server.port, path, lambda: next(turns), lambda: BODY, requests=REQUESTS)
    return (server.cpu() - before) / REQUESTS


@contextmanager
def _theirs(python: Path, card: Path, folder: Path, keys: str = "") -> Iterator[Server]:
    """HealthChain with the card; with keys it lets nobody in whose token they did not sign."""
    port = free_port()
    order = [python, ROOT / "bench" / "healthchain_card.py", str(port), str(card)]
    environment = os.environ | {"BENCH_KEYS": keys}
    with (folder / f"healthchain-{port}.log").open("w") as log:
        process = subprocess.Popen(order, stdout=log, stderr=log, env=environment, cwd=folder)
    server = Server("healthchain", process, port, JSON, THEIRS, 200)
    try:
        await_server(server)
        if not keys:
            _burst(server, THEIRS, [JSON])
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
