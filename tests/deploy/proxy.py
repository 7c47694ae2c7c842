"""A real nginx on loopback, with the configuration that the project ships."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.conftest import missing
from tests.live import ROOT, free_ports

SHIPPED = ROOT / "deploy" / "nginx.conf"


def program() -> str:
    """Where nginx is; skips, or with REQUIRE_REAL=1 fails, where it is not."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
    if not found or not shutil.which("openssl"):
        missing("there is no nginx, or no openssl")
    return str(found)


@dataclass
class Proxy:
    """A running nginx. `certificate` is what its clients must trust; `log` all that it wrote."""

    url: str
    plain_url: str
    certificate: Path
    folder: Path

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def call(self, method: str, path: str, **more):
        verify = str(self.certificate)
        return requests.request(method, self.url + path, verify=verify, timeout=30, **more)


def laid_out(folder: Path, service: str, secure: int, plain: int) -> Path:
    """Put the shipped configuration into a folder; only its addresses are others."""
    folder.mkdir(parents=True, exist_ok=True)
    text = SHIPPED.read_text()
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{secure}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
    ):
        assert text.count(f"{old} ") == 1
        text = text.replace(f"{old} ", f"{new} ")
    (folder / "nginx.conf").write_text(text.replace("/dev/stdout", str(folder / "access.log")))
    upstream = (SHIPPED.parent / "upstream.conf").read_text()
    where = urlsplit(service).netloc
    (folder / "upstream.conf").write_text(re.sub(r"server \S+;", f"server {where};", upstream))
    self_signed(folder / "tls")
    return folder / "nginx.conf"


def self_signed(folder: Path) -> Path:
    """A certificate for localhost, for a day."""
    folder.mkdir()
    where = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names, *where],
        capture_output=True,
        check=True,
    )
    return folder / "certificate.pem"


@contextmanager
def running_nginx(folder: Path, service: str) -> Iterator[Proxy]:
    """Start nginx before the service at this URL, and stop it at the end."""
    nginx, (secure, plain) = program(), free_ports(2)
    config = laid_out(folder, service, secure, plain)
    command = [nginx, "-p", str(folder), "-c", str(config)]
    own = f"daemon off; pid {folder}/nginx.pid;"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "-g", own], stdout=log, stderr=log)
    proxy = Proxy(
        f"https://localhost:{secure}",
        f"http://localhost:{plain}",
        folder / "tls" / "certificate.pem",
        folder,
    )
    try:
        _await(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(proxy: Proxy, process: subprocess.Popen) -> None:
    for _ in range(200):
        assert process.poll() is None, proxy.log
        try:
            proxy.call("GET", "/health/live")
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(proxy.log)
