"""What the demo is played on: a service, a worker and a stand-in for the record, of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

import requests

from service.domain.values import dataclass

_COMMAND = [sys.executable, "-P", "-m", "service"]


class Unexpected(Exception):
    """A step of the story did not go as told."""


@dataclass
class Story:
    """A running service, and what has come of the steps so far."""

    url: str
    record: str
    tokens: dict[str, str]
    start_record: Callable[[], None]
    stop_record: Callable[[], None]
    plans: dict[str, str] = field(default_factory=dict)

    def deliveries(self, plan: str) -> list[dict[str, Any]]:
        """What became of each revision of a plan on its way into the record."""
        answer = self.call("GET", f"{plan}/deliveries")
        found: list[dict[str, Any]] = expect(answer, 200)["deliveries"]
        return found

    def delivered(self, plan: str) -> list[dict[str, Any]]:
        """The same, when all of it stands in the record."""
        for _ in range(300):
            found = self.deliveries(plan)
            if all(each["state"] == "delivered" for each in found):
                return found
            time.sleep(0.1)
        raise Unexpected(f"after half a minute it is not in the record: {found[-1]}")

    def call(
        self, method: str, path: str, *, role: str = "system", **more: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} | more.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=10, **more)

    def post(
        self, bundle: dict[str, Any], accept: str = "application/json", query: str = ""
    ) -> requests.Response:
        headers = {"Content-Type": "application/fhir+json", "Accept": accept}
        path = f"/api/v1/encounters{query}"
        return self.call("POST", path, data=json.dumps(bundle), headers=headers)


@contextmanager
def running_service(folder: Path) -> Iterator[Story]:
    """Start service, worker and a stand-in for the record, and stop them by their pids."""
    url, record = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    environment = os.environ | {
        "EDUPLAN_MODE": "demo",
        "EDUPLAN_VAR_DIR": str(folder),
        "EDUPLAN_BASE_URL": url,
        "EDUPLAN_DEMO_EHR": record,
    }
    environment.pop("EDUPLAN_DATABASE_URL", None)
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(*words: str) -> None:
        with (folder / "log").open("a") as log:
            running[words[0]] = subprocess.Popen(
                [*_COMMAND, *words], env=environment, stdout=log, stderr=log
            )

    def stop(name: str) -> None:
        process = running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)

    def start_record() -> None:
        start("stand-in", "--port", record.rsplit(":", 1)[1])

    print(f"Starting the service on {url} with a database and a record of its own …", flush=True)
    try:
        start_record()
        start("serve", "--port", url.rsplit(":", 1)[1])
        _await(url, running["serve"])
        start("work")
        tokens = {role: _token(role, environment) for role in ("system", "clinician")}
        tokens["patient"] = _token("patient", environment, "--patient", "nancy")
        yield Story(url, record, tokens, start_record, lambda: stop("stand-in"))
    finally:
        for name in list(running):
            stop(name)


def _token(role: str, environment: dict[str, str], *more: str) -> str:
    command = [*_COMMAND, "token", "--role", role, *more]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):  # the handouts are printed first
        if process.poll() is not None:
            raise Unexpected("the service did not start")
        try:
            if requests.get(f"{url}/health/ready", timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise Unexpected("the service was not ready within two minutes")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def expect(answer: requests.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise Unexpected(f"expected {status}, got {answer.status_code}: {answer.text[:300]}")
    content: dict[str, Any] = answer.json()
    return content
