"""A real record of somebody else's making, on loopback: sekmet-fhir, pinned, tests only."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.live import free_port


@contextmanager
def running_sekmet(folder: Path, **settings: Any) -> Iterator[str]:
    """Start it on a free port with an empty database, yield its FHIR base, and stop it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/fhir"
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "base_url": base,
        "data_dir": str(folder / "data"),
        "simulator": {"enabled": False},
        "log_inbound": False,
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(told | settings))
    command = [Path(sys.executable).parent / "sekmet", "serve", "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--config", str(folder / "settings.yaml")],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _await(base, process, folder / "log")
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _await(base: str, process: subprocess.Popen, log: Path) -> None:
    patience = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < patience:
        try:
            requests.get(f"{base}/metadata", timeout=2)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"sekmet did not start:\n{log.read_text()[-2000:]}")
