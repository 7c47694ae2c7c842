"""The real service as a child process on loopback: gunicorn, SQLite, the content of the tree."""

import atexit
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import requests

from service.identity.demo_issuer import DemoIssuer
from tests.canaries import in_metrics, lines_with_canaries
from tests.commands import COMMAND, ROOT, clean_environment, run_command, start_command


@dataclass
class Live:
    """A running service. `var` is its folder: database, demo keys, prepared content, log."""

    url: str
    var: Path
    environment: dict[str, str]
    process: subprocess.Popen

    def run(self, *words: str) -> str:
        """Run the command `education-plan` with this service's settings."""
        done = run_command(*words, environment=self.environment)
        done.check_returncode()
        return done.stdout.strip()

    def token(self, role: str = "system", *more: str) -> str:
        return self.run("token", "--role", role, *more)

    def call(self, method: str, path: str, token: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=30, **more)

    @property
    def database(self) -> Path:
        return self.var / "education-plan.sqlite"

    @property
    def log(self) -> str:
        return (self.var / "log").read_text()


SERVE = (*COMMAND, "serve", "--port", "{port}")
# Without our command: gunicorn itself, with the settings that the service ships.
GUNICORN = (
    *(sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn_conf"),
    *("-b", "127.0.0.1:{port}", "service.wsgi:app"),
)


@cache
def prepared() -> Path:
    """A folder with the content of the tree prepared, so that not every service prints it."""
    folder = Path(tempfile.mkdtemp(prefix="education-plan-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = clean_environment(VAR_DIR=str(folder))
    run_command("content", "build", environment=environment).check_returncode()
    return folder


@contextmanager
def live_service(var: Path, words: Sequence[str] = SERVE, **settings: str) -> Iterator[Live]:
    """Start the service, wait until it is ready, and stop it by its pid at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = clean_environment(MODE="demo", VAR_DIR=str(var)) | settings
    var.mkdir(exist_ok=True)
    for name in ("packs", "handouts"):
        shutil.copytree(prepared() / name, var / name, dirs_exist_ok=True)
    order = [word.format(port=port) for word in words]
    (var / "log").write_text("")
    process = start_command(environment, var / "log", command=order, cwd=ROOT)
    try:
        _await(url, process, var / "log")
        yield Live(url, var, environment, process)
        assert in_metrics(_metrics(url, var)) == [], "/metrics holds what may stand in no output"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    singing = [*lines_with_canaries((var / "log").read_text("utf-8", "replace"))]
    assert singing == [], f"{var / 'log'} holds what may stand in no log"


def _metrics(url: str, var: Path) -> str:
    """What monitors read at the end; "" where they may not, or the service is gone by now."""
    if not (var / "demo-issuer").exists():
        return ""
    token = DemoIssuer(var / "demo-issuer").token("monitor", tenant="demo")
    try:
        answer = requests.get(
            f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
    except requests.RequestException:
        return ""
    return answer.text if answer.ok else ""


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(many: int) -> list[int]:
    """That many, and no two alike."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(many)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _await(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{url}/health/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start:\n{log.read_text()[-2000:]}")
